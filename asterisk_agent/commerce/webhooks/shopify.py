"""Shopify's webhooks: topics about orders, fulfillments, refunds and returns (shopify.dev, 'Webhooks').

``X-Shopify-Hmac-Sha256`` is the base64 of the raw body's HMAC with the app's client secret. Headers are not signed,
and deliveries are tried again for hours under the same ``X-Shopify-Webhook-Id``: there is no time stamp to go by. A
delivery that is played back makes the agent ask for an order anew, no more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import Field

from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.webhooks.news import News, NotGenuine, OrderNews
from asterisk_agent.settings_systems import Shopify

SHOPS = ".myshopify.com"

_ABOUT_AN_ORDER = frozenset({"fulfillments", "fulfillment_events", "refunds", "order_transactions"})
"""First parts of topics whose body has an ``order_id``."""


class _Order(Part):
    id: int
    name: str = ""


class _OfOrder(Part):
    id: int = Field(alias="order_id")


class _Edit(Part):
    edit: _OfOrder = Field(alias="order_edit")


class _OrderRef(Part):
    id: int


class _Return(Part):
    order: _OrderRef


def receive(
    section: Shopify, headers: Mapping[str, str], body: bytes, query: Mapping[str, str], now: datetime
) -> tuple[News, ...]:
    """What a delivery tells; () for topics that are about no order. Raises NotGenuine."""
    _verify(section, headers, body)
    topic = headers.get("x-shopify-topic", "").strip().lower()
    try:
        found = _order(topic, json.loads(body))
    except (ValueError, BadAnswer):
        raise NotGenuine(f"shopify: the body is not that of the topic {topic[:60]!r}") from None
    if found is None:
        return ()
    id_, number = found
    delivery = headers.get("x-shopify-webhook-id") or headers.get("x-shopify-event-id") or ""
    return (OrderNews("shopify", f"gid://shopify/Order/{id_}", number, delivery),)


def _verify(section: Shopify, headers: Mapping[str, str], body: bytes) -> None:
    secret = section.client_secret.get_secret_value()
    if not secret:
        raise NotGenuine("store.shopify.client_secret is not set: deliveries cannot be verified")
    given = headers.get("x-shopify-hmac-sha256", "")
    if not given:
        raise NotGenuine("shopify: X-Shopify-Hmac-Sha256 is missing")
    wanted = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    if not hmac.compare_digest(given.strip().encode(), wanted):
        raise NotGenuine("shopify: the signature is wrong; is store.shopify.client_secret that of the app?")
    shop, ours = headers.get("x-shopify-shop-domain", "").lower(), (urlsplit(section.url).hostname or "")
    if shop and ours.endswith(SHOPS) and shop != ours:
        raise NotGenuine("shopify: the delivery is about another shop of the same app")


def _order(topic: str, body: object) -> tuple[int, str] | None:
    """Id and number of the order that the news is about, '' where the body does not have it."""
    about, _, what = topic.partition("/")
    if topic == "orders/edited":
        return read(_Edit, body, "shopify").edit.id, ""
    if about == "orders":
        order = read(_Order, body, "shopify")
        return order.id, order.name.strip().removeprefix("#") if what != "delete" else ""
    if about in _ABOUT_AN_ORDER:
        return read(_OfOrder, body, "shopify").id, ""
    if about == "returns":
        return read(_Return, body, "shopify").order.id, ""
    return None
