"""What a webhook tells, after its signature was verified."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.commerce.models import Shipment


class NotGenuine(Exception):
    """A delivery that is not the system's, or is too old: nothing of it is used. The message is for the operator."""


@dataclass(frozen=True)
class OrderNews:
    """Something about an order changed: it is to be asked for anew. ``number`` as callers say it, '' if not told.

    ``id``: the system's own key; ``delivery``: the delivery's own id, the same when it is sent again.
    """

    store: str
    id: str
    number: str = ""
    delivery: str = ""


@dataclass(frozen=True)
class TrackingNews:
    """The parcel as it is now. ``delivery`` as above; ``shipment.tracking`` is set."""

    system: str
    shipment: Shipment
    delivery: str = ""


News = OrderNews | TrackingNews
