"""Shopify's webhook deliveries: only genuine ones count, and they tell which order is to be asked for anew."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from pydantic import SecretStr
from shopify_world import NOW

from asterisk_agent.commerce.webhooks.news import NotGenuine, OrderNews
from asterisk_agent.commerce.webhooks.shopify import receive
from asterisk_agent.settings_systems import Shopify

SECRET = "app-secret"
SECTION = Shopify(url="https://blue-box.myshopify.com", client_id="id", client_secret=SecretStr(SECRET))
ORDER = {"id": 820982911946154508, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508", "name": "#1001"}


def signed(body: bytes, topic: str = "orders/updated", secret: str = SECRET, **headers: str) -> dict[str, str]:
    """Headers as the server hands them on: lower case."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": base64.b64encode(digest).decode(),
        "x-shopify-shop-domain": "blue-box.myshopify.com",
        "x-shopify-webhook-id": "delivery-1",
        "x-shopify-event-id": "event-1",
        "x-shopify-triggered-at": "2026-11-23T09:00:00Z",
    } | headers


def news(topic: str, content: object, **headers: str) -> tuple[Any, ...]:
    """What a genuine delivery tells."""
    body = json.dumps(content).encode()
    return receive(SECTION, signed(body, topic, **headers), body, {}, NOW)


def test_the_signature_is_what_openssl_makes_of_body_and_secret() -> None:
    body = b'{"id":1,"name":"#1001"}'
    headers = signed(body) | {"x-shopify-hmac-sha256": "ybi5GMyq3UlgsyWLTJU1wvBRjL3uJyvuWTBki5k2cJY="}
    section = Shopify(client_secret=SecretStr("hush"))
    assert receive(section, headers, body, {}, NOW) == (
        OrderNews("shopify", "gid://shopify/Order/1", "1001", "delivery-1"),
    )


@pytest.mark.parametrize(
    ("topic", "content", "number"),
    [
        ("orders/create", ORDER, "1001"),
        ("orders/updated", ORDER, "1001"),
        ("orders/fulfilled", ORDER, "1001"),
        ("orders/cancelled", ORDER, "1001"),
        ("ORDERS/PAID", ORDER | {"new_field": {}}, "1001"),
        ("orders/delete", {"id": 820982911946154508}, ""),
        ("orders/edited", {"order_edit": {"id": 5, "order_id": 820982911946154508}}, ""),
        ("fulfillments/create", {"id": 123, "order_id": 820982911946154508, "name": "#1001.1"}, ""),
        ("fulfillments/update", {"id": 123, "order_id": 820982911946154508, "name": "#1001.1"}, ""),
        ("fulfillment_events/create", {"id": 1, "order_id": 820982911946154508, "status": "in_transit"}, ""),
        ("refunds/create", {"id": 1, "order_id": 820982911946154508}, ""),
        ("returns/request", {"id": 1, "order": {"id": 820982911946154508}}, ""),
    ],
)
def test_what_is_about_an_order_makes_it_be_asked_for_anew(topic: str, content: object, number: str) -> None:
    expected = OrderNews("shopify", "gid://shopify/Order/820982911946154508", number, "delivery-1")
    assert news(topic, content) == (expected,)


@pytest.mark.parametrize("topic", ["products/update", "app/uninstalled", "customers/redact", ""])
def test_other_topics_are_no_news(topic: str) -> None:
    assert news(topic, {"id": 1}) == ()


def test_without_the_deliverys_id_that_of_the_event_makes_it_known() -> None:
    body = json.dumps(ORDER).encode()
    headers = signed(body)
    del headers["x-shopify-webhook-id"]
    assert receive(SECTION, headers, body, {}, NOW)[0].delivery == "event-1"
    del headers["x-shopify-event-id"]
    assert receive(SECTION, headers, body, {}, NOW)[0].delivery == ""


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x-shopify-hmac-sha256": ""}, "is missing"),
        ({"x-shopify-hmac-sha256": "AAAA"}, "signature is wrong"),
        ({"x-shopify-hmac-sha256": "ümlaut"}, "signature is wrong"),
        ({"x-shopify-shop-domain": "other.myshopify.com"}, "another shop"),
    ],
)
def test_what_is_not_genuine_is_refused(headers: dict[str, str], said: str) -> None:
    body = json.dumps(ORDER).encode()
    with pytest.raises(NotGenuine, match=said):
        receive(SECTION, signed(body) | headers, body, {}, NOW)


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:
    body = json.dumps(ORDER).encode()
    with pytest.raises(NotGenuine, match="signature is wrong"):
        receive(SECTION, signed(body), body + b" ", {}, NOW)


def test_another_apps_secret_does_not_count_and_is_not_shown() -> None:
    body = json.dumps(ORDER).encode()
    with pytest.raises(NotGenuine) as raised:
        receive(SECTION, signed(body, secret="other"), body, {}, NOW)
    assert SECRET not in str(raised.value)


def test_without_a_secret_nothing_is_accepted() -> None:
    body = json.dumps(ORDER).encode()
    section = Shopify(url="https://blue-box.myshopify.com", access_token=SecretStr("shpat_x"))
    with pytest.raises(NotGenuine, match=r"store\.shopify\.client_secret is not set"):
        receive(section, signed(body, secret=""), body, {}, NOW)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"id": "gid"}', b"\xff"])
def test_a_signed_body_that_is_no_order_is_refused(body: bytes) -> None:
    with pytest.raises(NotGenuine, match="orders/updated"):
        receive(SECTION, signed(body), body, {}, NOW)
