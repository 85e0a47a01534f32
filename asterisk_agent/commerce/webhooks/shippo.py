"""Shippo's webhooks: 'track_updated' brings the whole track.

Two proofs count (docs.goshippo.com, Webhook security), both with carriers.shippo.webhook_secret: the token that was
written into the webhook's address (?token=…), or, for accounts that Shippo has enabled for it, the header
``Shippo-Auth-Signature: t=SECONDS,v1=HEX``, the HMAC of 't.body'. A token tells no time: a delivery that is played back
tells of the past, and news older than what is known is dropped where it is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from asterisk_agent.commerce.carriers.shippo_reading import SYSTEM, Track, told
from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.webhooks.news import News, NotGenuine, TrackingNews
from asterisk_agent.settings_systems import Shippo

OLDEST_S = 300.0


class _Delivery(Part):
    event: str = ""
    data: object = None


def receive(
    section: Shippo, headers: Mapping[str, str], body: bytes, query: Mapping[str, str], now: datetime
) -> tuple[News, ...]:
    """What a delivery tells of a parcel; () for events of anything else. Raises NotGenuine."""
    _verify(section.webhook_secret.get_secret_value(), headers, body, query, now)
    try:
        delivery = _Delivery.model_validate_json(body)
        if delivery.event != "track_updated":
            return ()
        track = read(Track, delivery.data, SYSTEM)
        if not track.is_known:
            return ()
        shipment = told(track, track.number)
    except (ValidationError, BadAnswer):
        raise NotGenuine("the delivery is genuine, but not as Shippo describes it") from None
    # Shippo gives its deliveries no id; one that is sent again has the same body.
    return (TrackingNews(SYSTEM, shipment, hashlib.sha256(body).hexdigest()[:32]),)


def _verify(secret: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, str], now: datetime) -> None:
    if not secret:
        raise NotGenuine("carriers.shippo.webhook_secret is not set: no webhook is accepted")
    if hmac.compare_digest(_bytes(query.get("token", "")), secret.encode()):
        return
    signature = headers.get("shippo-auth-signature")
    if signature is None:
        raise NotGenuine("the token in the webhook's address is missing or wrong; add ?token=… to it at Shippo")
    parts = dict(part.strip().partition("=")[::2] for part in signature.split(","))
    at = parts.get("t", "")
    wanted = hmac.new(secret.encode(), _bytes(at) + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(_bytes(parts.get("v1", "")), wanted.encode()):
        raise NotGenuine("the signature is wrong; is carriers.shippo.webhook_secret the one that Shippo gave?")
    if not at.isascii() or not at.isdigit() or abs(now.timestamp() - int(at)) > OLDEST_S:
        raise NotGenuine("the delivery is too old, or a clock is wrong")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
