"""Webhooks of WooCommerce (WooCommerce > Settings > Advanced > Webhooks), topics 'Order created/updated/deleted'.

``X-WC-Webhook-Signature`` is the base64 of the raw body's HMAC-SHA256 with the webhook's secret (REST API v3,
'Webhooks'). Headers are not signed and there is no time stamp: a delivery that is played back makes the agent ask for
an order anew, no more. WooCommerce does not try again, and turns a webhook off after five deliveries that were refused
in a row; when one is saved, it tries the address with a form that says only ``webhook_id=1``, unsigned.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from asterisk_agent.commerce.stores.woocommerce_api import SYSTEM
from asterisk_agent.commerce.stores.woocommerce_parts import Text
from asterisk_agent.commerce.web.answer import Part
from asterisk_agent.commerce.webhooks.news import News, NotGenuine, OrderNews
from asterisk_agent.settings_section import Section
from asterisk_agent.settings_systems import WooCommerce

_PING = re.compile(rb"webhook_id=[0-9]+")


class _Order(Part):
    """Of a deleted order only the id is told."""

    id: int
    number: Text = ""


def receive(
    section: Section, headers: Mapping[str, str], body: bytes, query: Mapping[str, str], now: datetime
) -> tuple[News, ...]:
    """What a delivery tells of an order; () for a ping and for news of anything else. Raises NotGenuine."""
    assert isinstance(section, WooCommerce)
    secret = section.webhook_secret.get_secret_value()
    if not secret:
        raise NotGenuine("store.woocommerce.webhook_secret is not set: no webhook is accepted")
    given = headers.get("x-wc-webhook-signature", "")
    if not given and _PING.fullmatch(body):
        return ()
    wanted = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    if not hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), wanted):
        raise NotGenuine(
            "X-WC-Webhook-Signature is missing or wrong; is store.woocommerce.webhook_secret the webhook's 'Secret'?"
        )
    if headers.get("x-wc-webhook-resource", "order") != "order":
        return ()
    try:
        told = _Order.model_validate_json(body)
    except ValidationError:
        raise NotGenuine("the delivery is genuine, but not an order as WooCommerce describes it") from None
    return (OrderNews(SYSTEM, str(told.id), told.number.removeprefix("#"), _delivery(headers, body)),)


def _delivery(headers: Mapping[str, str], body: bytes) -> str:
    """WooCommerce makes the delivery's id of the webhook's and the second: orders changed in one second share it."""
    id_ = headers.get("x-wc-webhook-delivery-id", "")
    return f"{id_} {hashlib.sha256(body).hexdigest()[:32]}"
