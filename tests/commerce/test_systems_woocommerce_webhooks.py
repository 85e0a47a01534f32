"""WooCommerce's webhook deliveries: only genuine ones count, and they tell which order is to be asked for anew."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from pydantic import SecretStr
from woocommerce_world import NOW, exchange

from asterisk_agent.commerce.webhooks.news import NotGenuine, OrderNews
from asterisk_agent.commerce.webhooks.woocommerce import receive
from asterisk_agent.settings_systems import Shopify, WooCommerce

SECRET = "whsec-invented-0001"
SECTION = WooCommerce(webhook_secret=SecretStr(SECRET))


def recorded_delivery(name: str = "webhook_delivery_order_updated") -> tuple[dict[str, str], bytes]:
    request = exchange(name)["request"]
    headers = {key.lower(): value for key, value in request["headers"].items()}
    return headers, request["body_raw"].encode()


def signed(content: object, resource: str = "order", delivery: str = "d1", secret: str = SECRET) -> Any:
    """What a genuine delivery tells."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    headers = {
        "x-wc-webhook-signature": base64.b64encode(mac).decode(),
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-delivery-id": delivery,
    }
    return receive(SECTION, headers, body, {}, NOW)


def test_a_recorded_delivery() -> None:
    headers, body = recorded_delivery()
    assert exchange("webhook_delivery_order_updated")["secret"] == SECRET
    [news] = receive(SECTION, headers, body, {}, NOW)
    assert isinstance(news, OrderNews)
    assert (news.store, news.id, news.number) == ("woocommerce", "26", "26")
    assert news.delivery.startswith("56ecf45be6042fe639a21426f3cfb633 ")


def test_a_recorded_ping_is_taken_and_tells_nothing() -> None:
    headers, body = recorded_delivery("webhook_delivery_ping")
    assert "x-wc-webhook-signature" not in headers
    assert receive(SECTION, headers, body, {}, NOW) == ()


def test_a_ping_with_a_signature_is_none_of_woocommerces() -> None:
    with pytest.raises(NotGenuine, match="missing or wrong"):
        receive(SECTION, {"x-wc-webhook-signature": "guessed"}, b"webhook_id=1", {}, NOW)


@pytest.mark.parametrize("body", [b"webhook_id=1&id=26", b"webhook_id=", b'{"webhook_id":1}', b""])
def test_what_is_like_a_ping_is_none(body: bytes) -> None:
    with pytest.raises(NotGenuine, match="missing or wrong"):
        receive(SECTION, {}, body, {}, NOW)


@pytest.mark.parametrize(
    ("content", "number"),
    [
        ({"id": 26, "number": "WEB-1042"}, "WEB-1042"),
        ({"id": 26, "number": "#1042"}, "1042"),
        ({"id": 26, "number": 1042}, "1042"),
        ({"id": 26}, ""),
    ],
    ids=["a plugin's number", "with a hash", "as a number", "deleted: only the id"],
)
def test_the_number_that_callers_say(content: dict[str, Any], number: str) -> None:
    [news] = signed(content)
    assert (news.id, news.number) == ("26", number)


@pytest.mark.parametrize("resource", ["customer", "product", "coupon", "subscription", "action"])
def test_news_of_other_things_say_nothing_of_orders(resource: str) -> None:
    assert signed({"id": 26}, resource) == ()


def test_a_delivery_that_is_played_back_is_the_same() -> None:
    assert signed({"id": 26})[0].delivery == signed({"id": 26})[0].delivery


def test_orders_changed_in_one_second_are_not_the_same() -> None:
    """WooCommerce makes the delivery's id of the webhook and the second."""
    deliveries = {signed({"id": id_}, delivery="56ec")[0].delivery for id_ in (26, 27, 28)}
    assert len(deliveries) == 3


def test_one_delivery_id_does_not_hide_the_next_state_of_an_order() -> None:
    first, second = ({"id": 26, "status": status} for status in ("processing", "completed"))
    assert signed(first)[0].delivery != signed(second)[0].delivery


@pytest.mark.parametrize(
    "changes",
    [
        {"x-wc-webhook-signature": ""},
        {"x-wc-webhook-signature": "5ZsqAuprd6TwGaGPpYAjtlfL15PhsKoXc8BtNpVzs/t="},
        {"x-wc-webhook-signature": "e59b2a02ea6b77a4f019a18fa58023b6"},
        {"x-wc-webhook-signature": "\udcff"},
        {"x-wc-webhook-signature": "é"},
    ],
)
def test_a_wrong_signature(changes: dict[str, str]) -> None:
    headers, body = recorded_delivery()
    with pytest.raises(NotGenuine, match="missing or wrong") as caught:
        receive(SECTION, headers | changes, body, {}, NOW)
    assert SECRET not in str(caught.value)


def test_a_body_that_was_changed_on_the_way() -> None:
    headers, body = recorded_delivery()
    with pytest.raises(NotGenuine):
        receive(SECTION, headers, body.replace(b'"id":26', b'"id":27'), {}, NOW)


def test_another_secret() -> None:
    with pytest.raises(NotGenuine):
        signed({"id": 26}, secret="guessed")


@pytest.mark.parametrize("name", ["webhook_delivery_order_updated", "webhook_delivery_ping"])
def test_nothing_is_taken_without_a_secret(name: str) -> None:
    headers, body = recorded_delivery(name)
    with pytest.raises(NotGenuine, match=r"store\.woocommerce\.webhook_secret"):
        receive(WooCommerce(), headers, body, {}, NOW)


@pytest.mark.parametrize("content", [b"<html>", [], {"number": "26"}, {"id": "twenty"}])
def test_a_delivery_that_makes_no_sense(content: Any) -> None:
    with pytest.raises(NotGenuine, match="not an order as WooCommerce describes it"):
        signed(content)


def test_the_settings_of_another_system_are_a_mistake() -> None:
    with pytest.raises(AssertionError):
        receive(Shopify(), {}, b"", {}, NOW)
