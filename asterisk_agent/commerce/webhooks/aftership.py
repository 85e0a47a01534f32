"""Webhooks of AfterShip Tracking (www.aftership.com/docs/tracking/webhook, 'Signature' and 'Specifications').

``aftership-hmac-sha256`` is the base64 of the raw body's HMAC with the webhook's secret. The same body is tried again
for days, so its ``ts`` is no ground for refusal; what is played back is older than what is known, and is dropped there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from asterisk_agent.commerce.carriers.aftership_reading import SYSTEM, Tracking, shipment
from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.webhooks.news import News, NotGenuine, TrackingNews
from asterisk_agent.settings_systems import AfterShip

SIGNATURE = "aftership-hmac-sha256"

EVENTS = frozenset({"tracking_update", "edd_revise"})
"""Those that tell something new of a parcel; 'tracking_pending_time' tells that there is nothing new."""


class _Delivery(Part):
    event: str
    event_id: str = ""
    msg: object = None


def receive(
    section: AfterShip, headers: Mapping[str, str], body: bytes, query: Mapping[str, str], now: datetime
) -> tuple[News, ...]:
    """What a delivery tells of a parcel; () for other events. Raises NotGenuine."""
    _verify(section.webhook_secret.get_secret_value(), headers.get(SIGNATURE, ""), body)
    try:
        delivery = _Delivery.model_validate_json(body)
        if delivery.event not in EVENTS:
            return ()
        told = read(Tracking, delivery.msg, SYSTEM)
        parcel = shipment(told, told.slug or "", told.tracking_number)
    except (ValidationError, BadAnswer):
        raise NotGenuine("the delivery is genuine, but not as AfterShip describes it") from None
    return (TrackingNews(SYSTEM, parcel, delivery.event_id),)


def _verify(secret: str, given: str, body: bytes) -> None:
    if not secret:
        raise NotGenuine("carriers.aftership.webhook_secret is not set: no webhook is accepted")
    if not given:
        raise NotGenuine(f"{SIGNATURE} is missing: that is no delivery of AfterShip Tracking")
    wanted = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    if not hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), wanted):
        raise NotGenuine("the signature is wrong; check carriers.aftership.webhook_secret")
