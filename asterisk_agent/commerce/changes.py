"""What can be changed for a caller in the shop's or a carrier's system, as plain typed values.

``name`` of each class is the action's public name, as flows, the audit trail and evaluation files write it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from asterisk_agent.commerce.models import Address, DeliverySlot


@dataclass(frozen=True)
class ChangeAddress:
    """Another delivery address, before dispatch."""

    name: ClassVar[str] = "change_address"
    order: str
    address: Address


@dataclass(frozen=True)
class InterceptParcel:
    """Another delivery address for a parcel that is on its way, through the carrier."""

    name: ClassVar[str] = "carrier_intercept"
    order: str
    tracking: str
    address: Address


@dataclass(frozen=True)
class RescheduleDelivery:
    """Another day for a parcel, one of ``Shipment.redelivery`` where the carrier names days."""

    name: ClassVar[str] = "reschedule_delivery"
    order: str
    tracking: str
    day: date


@dataclass(frozen=True)
class HoldAtLocation:
    """Keep a parcel at a pickup point (``PickupPoint.name``)."""

    name: ClassVar[str] = "hold_at_location"
    order: str
    tracking: str
    location: str


@dataclass(frozen=True)
class CancelOrder:
    """Stop the whole order."""

    name: ClassVar[str] = "cancel_order"
    order: str


@dataclass(frozen=True)
class CancelItem:
    """Stop one line of an order (``Item.name``)."""

    name: ClassVar[str] = "cancel_item"
    order: str
    item: str


@dataclass(frozen=True)
class OpenReturn:
    """Send items back for money. ``items``: names of ``Item``."""

    name: ClassVar[str] = "open_return"
    order: str
    items: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class OpenExchange:
    """Send an item back for ``wanted``, e.g. 'size L', as the caller said it or as the stock names it."""

    name: ClassVar[str] = "open_exchange"
    order: str
    item: str
    wanted: str
    reason: str = ""


@dataclass(frozen=True)
class SkipSubscription:
    """Leave the next box out."""

    name: ClassVar[str] = "skip_subscription"
    subscription: str


@dataclass(frozen=True)
class PauseSubscription:
    """No boxes for now; ``until`` None: until the customer resumes."""

    name: ClassVar[str] = "pause_subscription"
    subscription: str
    until: date | None = None


@dataclass(frozen=True)
class MoveSubscription:
    """Another day for the next box."""

    name: ClassVar[str] = "move_subscription"
    subscription: str
    day: date


@dataclass(frozen=True)
class BookSlot:
    """A first delivery window for a large item."""

    name: ClassVar[str] = "book_slot"
    order: str
    slot: DeliverySlot


@dataclass(frozen=True)
class MoveSlot:
    """Another delivery window in place of the booked one."""

    name: ClassVar[str] = "move_slot"
    order: str
    slot: DeliverySlot


@dataclass(frozen=True)
class Reorder:
    """The same order once more."""

    name: ClassVar[str] = "reorder"
    order: str


@dataclass(frozen=True)
class RegisterWarranty:
    """Register the items of an order for their warranty."""

    name: ClassVar[str] = "register_warranty"
    order: str


Change = (
    ChangeAddress
    | InterceptParcel
    | RescheduleDelivery
    | HoldAtLocation
    | CancelOrder
    | CancelItem
    | OpenReturn
    | OpenExchange
    | SkipSubscription
    | PauseSubscription
    | MoveSubscription
    | BookSlot
    | MoveSlot
    | Reorder
    | RegisterWarranty
)


@dataclass(frozen=True)
class Outcome:
    """What became of a change.

    ``refused``: the system knows this change and says no, ``reason`` in a word such as 'already_shipped';
    ``unsupported``: it cannot do such changes. ``reference``: number of the return, exchange, new order or claim.
    """

    status: Literal["done", "refused", "unsupported"]
    reason: str = ""
    reference: str = ""


def idempotency_key(call_id: str, change: Change, turn: int = 0) -> str:
    """The same for the same change on the same call, so that a repeated request changes nothing twice.

    ``turn``: to be counted up whenever another change was asked for in between, so that 'back to the first window'
    is a change of its own.
    """
    return hashlib.sha256(f"{call_id}\0{turn}\0{change!r}".encode()).hexdigest()[:32]
