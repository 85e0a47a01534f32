"""Webhooks of BigCommerce: ids only, the order is asked for afterwards.

Two proofs count, both with store.bigcommerce.webhook_secret. Either the header X-Agent-Secret is that secret: the
webhook was registered with it in ``headers`` (POST /v3/hooks). Or the delivery is signed with it as in Standard
Webhooks (github.com/standard-webhooks): BigCommerce's key is the bytes of the API account's client secret (HTTPS
Webhooks Overview), which is then what to put into the setting.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from asterisk_agent.commerce.stores.bigcommerce_reading import SYSTEM
from asterisk_agent.commerce.web.answer import Part
from asterisk_agent.commerce.webhooks.news import News, NotGenuine, OrderNews
from asterisk_agent.settings_section import Section
from asterisk_agent.settings_systems import BigCommerce

SECRET_HEADER = "x-agent-secret"
OLDEST_S = 300.0
"""A signed delivery is refused when its time is further from now; BigCommerce signs every try anew."""


class _Data(Part):
    id: int
    orderId: int | None = None


class _Delivery(Part):
    scope: str
    data: _Data
    producer: str = ""
    hash: str = ""
    created_at: int | None = None


def receive(
    section: Section, headers: Mapping[str, str], body: bytes, query: Mapping[str, str], now: datetime
) -> tuple[News, ...]:
    """What a delivery tells of orders; () for news of anything else. Raises NotGenuine."""
    assert isinstance(section, BigCommerce)
    _verify(section.webhook_secret.get_secret_value(), headers, body, now)
    try:
        delivery = _Delivery.model_validate_json(body)
    except ValidationError:
        raise NotGenuine("the delivery is genuine, but not as BigCommerce describes it") from None
    if delivery.producer and delivery.producer != f"stores/{section.store_hash}":
        raise NotGenuine("the delivery is of another store; check store.bigcommerce.store_hash")
    number = _order(delivery)
    if number is None:
        return ()
    # The hash is that of an event's metadata: two changes of one order may share it.
    same = f"{delivery.scope} {delivery.hash} {delivery.created_at}" if delivery.hash else ""
    return (OrderNews(SYSTEM, str(number), str(number), same),)


def _order(delivery: _Delivery) -> int | None:
    if delivery.scope.startswith("store/order/"):
        return delivery.data.id
    return delivery.data.orderId if delivery.scope.startswith("store/shipment/") else None


def _verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    if not secret:
        raise NotGenuine("store.bigcommerce.webhook_secret is not set: no webhook is accepted")
    if hmac.compare_digest(_bytes(headers.get(SECRET_HEADER, "")), secret.encode()):
        return
    if "webhook-signature" not in headers:
        raise NotGenuine("X-Agent-Secret is missing or wrong, and there is no signature; check the webhook's headers")
    _verify_signature(secret, headers, body, now)


def _verify_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    id_, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    content = _bytes(f"{id_}.{at}.") + body
    expected = b"v1," + base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest())
    given = _bytes(headers["webhook-signature"]).split()
    if not any(hmac.compare_digest(one, expected) for one in given):
        raise NotGenuine("the signature is wrong; store.bigcommerce.webhook_secret must be the account's client secret")
    # What is signed here has a time in seconds.
    if not at.isascii() or not at.isdigit() or abs(now.timestamp() - int(at)) > OLDEST_S:
        raise NotGenuine("the delivery is too old, or a clock is wrong")


def _bytes(header: str) -> bytes:
    return header.encode("utf-8", "surrogateescape")
