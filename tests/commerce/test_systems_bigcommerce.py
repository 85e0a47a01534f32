"""BigCommerce: what callers hear of orders and operators learn; each request as it is described officially."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from systems_world import FakeApi, Prism, recorded, spec

from asterisk_agent.commerce import stores
from asterisk_agent.commerce.changes import CancelItem, CancelOrder, Change, ChangeAddress, OpenReturn, Outcome
from asterisk_agent.commerce.failures import (
    BadAnswer,
    Broken,
    Denied,
    Limited,
    SystemFailed,
    TooSlow,
    Unreachable,
)
from asterisk_agent.commerce.models import Address, Customer, Money, OrderStatus, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.store import Store
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.commerce.webhooks import bigcommerce as webhooks
from asterisk_agent.commerce.webhooks.news import NotGenuine, OrderNews
from asterisk_agent.settings import Shop
from asterisk_agent.settings import Store as StoreSettings
from asterisk_agent.settings_systems import BigCommerce

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TOKEN = "tok3n-that-stays-secret"
BASE = "/stores/abc123"
ORDERS = f"{BASE}/v2/orders"
REFUNDS = f"{BASE}/v3/orders/payment_actions/refunds"
CUSTOMERS = f"{BASE}/v3/customers"
NEW_HOME = Address(line1="9 Oak Road", line2="Apt 2", city="Dallas", state="TX", zip="75201")


# The official descriptions, as one


def described(folder: Path) -> Path:
    """The three descriptions under the paths of the real API."""
    whole: dict[str, Any] = {"openapi": "3.0.3", "info": {"title": "BigCommerce", "version": "1"}, "paths": {}}
    parts: dict[str, dict[str, Any]] = {}
    for name, version in (("bc-orders-v2.yml", "v2"), ("bc-orders-v3.yml", "v3"), ("bc-customers-v3.yml", "v3")):
        label = re.sub(r"\W", "", name)
        text = json.dumps(yaml.safe_load(spec(name).read_text(encoding="utf-8")), default=str)
        one = json.loads(re.sub(r'"#/components/(\w+)/', rf'"#/components/\1/{label}', text))
        for path, methods in one["paths"].items():
            whole["paths"][f"/{version}{path}"] = methods | {"security": [{f"{label}X-Auth-Token": []}]}
        for kind, members in one["components"].items():
            parts.setdefault(kind, {}).update({label + key: value for key, value in members.items()})
        for methods in one["paths"].values():
            for operation in methods.values():
                if isinstance(operation, dict):
                    operation["security"] = [{f"{label}X-Auth-Token": []}]
    # "add ':asc' or ':desc'", says the description of 'sort', and leaves them out of the list of values.
    for parameter in parts["parameters"].values():
        if parameter["name"] == "sort":
            parameter["schema"]["enum"].append("date_created:desc")
    file = folder / "bigcommerce.json"
    file.write_text(json.dumps(whole | {"components": parts}), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    server = Prism(described(tmp_path_factory.mktemp("bigcommerce")))
    yield server
    server.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism, BASE) as server:
        server.answer("GET", REFUNDS, {"data": [], "meta": {}})
        server.answer("GET", rf"{BASE}/v3/orders/\d+/transactions", status=204)
        server.answer("GET", rf"{ORDERS}/\d+/shipments", status=204)
        yield server


def settings(api: FakeApi, **more: Any) -> BigCommerce:
    return BigCommerce(url=api.url, store_hash="abc123", token=TOKEN, **more)


@pytest.fixture
async def store(api: FakeApi) -> AsyncIterator[Store]:
    made = stores.create(StoreSettings(system="bigcommerce", bigcommerce=settings(api)), Shop(), clock=lambda: NOW)
    yield made
    await made.close()


# What the shop answers


def line(**changes: Any) -> dict[str, Any]:
    row = {"id": 65, "name": "Chambray Towel", "sku": "S-ORAN", "type": "physical", "quantity": 1}
    return row | {"quantity_shipped": 0, "quantity_refunded": 0, "price_inc_tax": "65.2300"} | changes


HOME = {"street_1": "666 Sussex St", "street_2": "", "city": "Austin", "state": "Texas", "zip": "78751"}


def placed(lines: list[dict[str, Any]] | None = None, number: int = 218, **changes: Any) -> dict[str, Any]:
    """An order as V2 answers it with ``include=consignments.line_items``."""
    shipping = HOME | {"id": 132, "country": "United States", "country_iso2": "US", "line_items": lines or [line()]}
    return {
        "id": number,
        "customer_id": 11,
        "date_created": "Tue, 05 Mar 2019 21:40:11 +0000",
        "date_shipped": "",
        "status_id": 11,
        "status": "Awaiting Fulfillment",
        "total_inc_tax": "69.8400",
        "currency_code": "USD",
        "default_currency_code": "USD",
        "payment_status": "captured",
        "staff_notes": "",
        "billing_address": {
            "first_name": "Jane",
            "last_name": "Doe",
            "zip": "78108",
            "country_iso2": "US",
            "phone": "(617) 555-0123",
            "email": "Jane.Doe@example.com",
        },
        "consignments": {"shipping": [shipping], "pickups": [], "downloads": [], "email": {"gift_certificates": []}},
        "a_field_of_tomorrow": {"anything": [1]},
    } | changes


def parcel(number: int, items: dict[int, int], **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "order_id": 218,
        "date_created": "Mon, 11 Mar 2019 17:22:08 +0000",
        "tracking_number": f"1Z{number}",
        "tracking_carrier": "",
        "shipping_provider": "ups",
        "shipping_provider_display_name": "UPS",
        "items": [{"order_product_id": key, "product_id": 0, "quantity": count} for key, count in items.items()],
    } | changes


def has(api: FakeApi, order: dict[str, Any]) -> None:
    api.answer("GET", rf"{ORDERS}/{order['id']}", order)


@cache
def described_answers() -> dict[str, Any]:
    return yaml.safe_load(spec("bc-orders-v2.yml").read_text(encoding="utf-8"))["components"]["responses"]


def official(name: str, example: str = "response") -> Any:
    """An example of the official description of V2."""
    return described_answers()[name]["content"]["application/json"]["examples"][example]["value"]


# Looking up


async def test_the_official_example_is_told_whole(api: FakeApi, store: Store) -> None:
    """Its order comes without consignments: lines and addresses are fetched by themselves."""
    has(api, official("order_Resp", "Response") | {"status_id": 2, "status": "Shipped"})
    api.answer("GET", rf"{ORDERS}/218/products", official("orderProductsCollection_Resp"))
    api.answer("GET", rf"{ORDERS}/218/shipping_addresses", official("orderShippingAddressCollection_Resp"))
    api.answer("GET", rf"{ORDERS}/218/shipments", official("orderShipmentCollection_Resp", "application/json"))
    order = await store.order("218")
    assert order is not None
    assert (order.number, order.key, order.id, order.store) == ("218", "218", "218", "bigcommerce")
    assert order.customer == Customer(id="11", name="Jane Doe", email="janedoe@example.com", phone="+11234567890")
    assert (order.status, order.raw_status) == (OrderStatus.SHIPPED, "Shipped")
    assert order.placed_at == datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)
    assert order.total == Money(amount=Decimal("69.84"))
    assert order.address == Address(line1="666 Sussex St", city="San Antonio", state="Texas", zip="78251")
    assert order.items[0].name == "Fog Linen Chambray Towel - Beige Stripe"
    assert (order.items[0].sku, order.items[0].price) == ("S-ORAN", Money(amount=Decimal("65.23")))
    assert [(one.carrier, one.tracking, one.status) for one in order.shipments] == [
        ("USPS", "EJ958083578US", ShipmentStatus.UNKNOWN),
        ("USPS", "EJ958083578UK", ShipmentStatus.UNKNOWN),
    ]
    assert order.shipments[0].shipped_at == datetime(2019, 3, 11, 17, 22, 8, tzinfo=UTC)


async def test_links_to_lines_are_followed(api: FakeApi, store: Store) -> None:
    """A store that writes consignments out, but not their lines."""
    link = {"url": "https://api.bigcommerce.com/…", "resource": "/orders/218/products/65"}
    has(api, placed([link]))
    api.answer("GET", rf"{ORDERS}/218/products", [line(), line(id=66, name="Mug", quantity=2)])
    api.answer("GET", rf"{ORDERS}/218/shipping_addresses", [HOME | {"id": 132, "country_iso2": "US"}])
    order = await store.order("218")
    assert order is not None
    assert [(item.name, item.quantity) for item in order.items] == [("Chambray Towel", 1), ("Mug", 2)]
    assert order.address is not None
    assert order.address.city == "Austin"


async def test_each_official_list_example_is_read(api: FakeApi, store: Store) -> None:
    rows = [*official("orderCollection_Resp"), official("order_Resp", "Multiple Items")]
    assert len(rows) > 1
    api.answer("GET", ORDERS, rows)
    api.answer("GET", rf"{ORDERS}/\d+/(products|shipping_addresses)", status=204)
    emails = {row["billing_address"]["email"] for row in rows}
    told = {order.id for email in emails for order in await store.orders_by_email(email)}
    assert told == {str(row["id"]) for row in rows}


async def test_one_request_brings_lines_and_address(api: FakeApi, store: Store) -> None:
    has(api, placed([line(quantity=3)]))
    order = await store.order("218")
    assert order is not None
    assert [(item.name, item.quantity) for item in order.items] == [("Chambray Towel", 3)]
    assert order.address == Address(line1="666 Sussex St", city="Austin", state="Texas", zip="78751")
    assert not api.sent(rf"{ORDERS}/218/(products|shipping_addresses|shipments)")
    assert {one.headers["X-Auth-Token"] for one in api.requests} == {TOKEN}


async def test_a_number_that_nobody_has(api: FakeApi, store: Store) -> None:
    api.answer("GET", rf"{ORDERS}/999", [{"status": 404, "message": "The requested resource was not found."}], 404)
    assert await store.order("999") is None


async def test_another_order_than_the_one_asked_for_is_not_told(api: FakeApi, store: Store) -> None:
    api.answer("GET", rf"{ORDERS}/21", placed())
    assert await store.order("21") is None


@pytest.mark.parametrize(
    "number",
    [
        "",
        "0",
        "0218",
        "A218",
        "218/products",
        "218?status_id=1",
        "../218",
        "-218",
        "2.18",
        "٢١٨",
        "1234567890",
        "218\n",
    ],
)
async def test_what_is_no_number_is_not_asked_for(api: FakeApi, store: Store, number: str) -> None:
    has(api, placed())
    assert await store.order(number) is None
    assert api.requests == []


@pytest.mark.parametrize(
    ("status_id", "words", "status"),
    [
        (0, "Incomplete", OrderStatus.PENDING),
        (1, "Pending", OrderStatus.PENDING),
        (2, "Shipped", OrderStatus.SHIPPED),
        (3, "Partially Shipped", OrderStatus.PARTLY_SHIPPED),
        (4, "Refunded", OrderStatus.REFUNDED),
        (5, "Cancelled", OrderStatus.CANCELLED),
        (6, "Declined", OrderStatus.CANCELLED),
        (7, "Awaiting Payment", OrderStatus.PENDING),
        (8, "Awaiting Pickup", OrderStatus.SHIPPED),
        (9, "Awaiting Shipment", OrderStatus.PROCESSING),
        (10, "Completed", OrderStatus.DELIVERED),
        (11, "Awaiting Fulfillment", OrderStatus.PROCESSING),
        (12, "Manual Verification Required", OrderStatus.ON_HOLD),
        (13, "Disputed", OrderStatus.ON_HOLD),
        (14, "Partially Refunded", OrderStatus.PROCESSING),
    ],
)
async def test_every_status(api: FakeApi, store: Store, status_id: int, words: str, status: OrderStatus) -> None:
    assert any((one["id"], one["name"]) == (status_id, words) for one in official("orderStatusCollection_Resp"))
    has(api, placed(status_id=status_id, status=words))
    order = await store.order("218")
    assert order is not None
    assert (order.status, order.raw_status) == (status, words)


async def test_a_status_of_tomorrow_is_logged_and_changes_nothing(api: FakeApi, store: Store) -> None:
    has(api, placed(status_id=15, status="Teleported"))
    with structlog.testing.capture_logs() as logs:
        order = await store.order("218")
    assert order is not None
    assert (order.status, order.raw_status) == (OrderStatus.PROCESSING, "Teleported")
    assert {"code": 15, "event": "an order status is not known"}.items() <= logs[0].items()
    assert await store.perform(CancelOrder("218"), "k") == Outcome("refused", "not_allowed")


@pytest.mark.parametrize("status_id", [1, 7, 9, 11, 12, 13, 14])
@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([line(quantity=2, quantity_shipped=2)], OrderStatus.SHIPPED),
        ([line(quantity=2, quantity_shipped=1)], OrderStatus.PARTLY_SHIPPED),
        ([line(quantity=2, quantity_shipped=1, quantity_refunded=1)], OrderStatus.SHIPPED),
        ([line(quantity_shipped=1), line(id=66, name="Mug")], OrderStatus.PARTLY_SHIPPED),
        ([line(quantity_shipped=1), line(id=66, name="Song", type="digital")], OrderStatus.SHIPPED),
    ],
)
async def test_what_was_sent_counts_more_than_a_status_that_lags_behind(
    api: FakeApi, store: Store, status_id: int, lines: list[dict[str, Any]], status: OrderStatus
) -> None:
    has(api, placed(lines, status_id=status_id))
    order = await store.order("218")
    assert order is not None
    assert order.status is status


async def test_a_partly_refunded_order_that_was_sent_is_told_as_sent(api: FakeApi, store: Store) -> None:
    has(api, placed(status_id=14, date_shipped="Mon, 11 Mar 2019 17:22:08 +0000"))
    order = await store.order("218")
    assert order is not None
    assert order.status is OrderStatus.SHIPPED


async def test_parcels_with_a_part_of_a_line_each(api: FakeApi, store: Store) -> None:
    lines = [line(quantity=3, quantity_shipped=2), line(id=66, name="Mug", quantity_shipped=1)]
    has(api, placed(lines, status_id=3, status="Partially Shipped"))
    api.answer("GET", rf"{ORDERS}/218/shipments", [parcel(6, {65: 1, 66: 1}), parcel(7, {65: 1, 99: 1})])
    order = await store.order("218")
    assert order is not None
    assert order.status is OrderStatus.PARTLY_SHIPPED
    assert [(one.tracking, one.items) for one in order.shipments] == [
        ("1Z6", ("Chambray Towel", "Mug")),
        ("1Z7", ("Chambray Towel",)),
    ]


@pytest.mark.parametrize(
    ("told", "carrier"),
    [
        ({"shipping_provider": "fedex"}, "FedEx"),
        ({"shipping_provider": "endicia"}, "USPS"),
        ({"shipping_provider": "upsready"}, "UPS"),
        ({"shipping_provider": "upsonline"}, "UPS"),
        ({"shipping_provider": "canadapost"}, "Canada Post"),
        ({"shipping_provider": "shipperhq", "tracking_carrier": "dhl"}, "DHL"),
        ({"shipping_provider": "carrier_1234567", "shipping_provider_display_name": "Bob's Vans"}, "Bob's Vans"),
        ({"shipping_provider": "royalmail", "shipping_provider_display_name": "Royal Mail"}, "Royal Mail"),
        ({"shipping_provider": "", "shipping_provider_display_name": ""}, ""),
        ({"shipping_provider": None, "shipping_provider_display_name": None, "tracking_carrier": None}, ""),
    ],
)
async def test_carriers(api: FakeApi, store: Store, told: dict[str, Any], carrier: str) -> None:
    has(api, placed(status_id=2))
    api.answer("GET", rf"{ORDERS}/218/shipments", [parcel(6, {65: 1}, **told)])
    order = await store.order("218")
    assert order is not None
    assert order.shipments[0].carrier == carrier


async def test_a_parcel_without_number_and_date(api: FakeApi, store: Store) -> None:
    has(api, placed(status_id=2))
    api.answer("GET", rf"{ORDERS}/218/shipments", [{"id": 6, "tracking_number": " ", "date_created": ""}])
    order = await store.order("218")
    assert order is not None
    assert [(one.tracking, one.shipped_at, one.items) for one in order.shipments] == [(None, None, ())]


async def test_an_order_to_collect(api: FakeApi, store: Store) -> None:
    location = {"name": "Austin Store", "address_line_1": "123 Main Street", "address_line_2": "", "city": "Austin"}
    pickups = [{"id": 99, "location": location, "line_items": [line()]}]
    consignments = {"shipping": [], "pickups": pickups, "downloads": [], "email": {"gift_certificates": []}}
    has(api, placed(status_id=8, status="Awaiting Pickup", consignments=consignments))
    order = await store.order("218")
    assert order is not None
    assert order.address is None
    [waiting] = order.shipments
    assert waiting.status is ShipmentStatus.AVAILABLE_FOR_PICKUP
    assert waiting.pickup == "Austin Store, 123 Main Street, Austin"
    assert waiting.items == ("Chambray Towel",)


async def test_downloads_and_gift_certificates_do_not_come_back(api: FakeApi, store: Store) -> None:
    consignments = {
        "shipping": [],
        "downloads": [{"recipient_email": "a@example.com", "line_items": line(type="digital", name="Song")}],
        "email": {"gift_certificates": [{"line_items": [line(id=70, type="giftcertificate", name="Gift $50")]}]},
    }
    has(api, placed(status_id=10, consignments=consignments))
    order = await store.order("218")
    assert order is not None
    assert [(item.name, item.returnable) for item in order.items] == [("Song", False), ("Gift $50", False)]


async def test_a_line_that_was_taken_out_is_not_told(api: FakeApi, store: Store) -> None:
    has(api, placed([line(quantity=0), line(id=66, name="Mug")]))
    order = await store.order("218")
    assert order is not None
    assert [item.name for item in order.items] == ["Mug"]


# Money


def paid(**changes: Any) -> dict[str, Any]:
    card = {"card_type": "visa", "card_iin": "411111", "card_last4": "4242"}
    row = {"id": 1234, "event": "purchase", "method": "credit_card", "amount": 69.84, "currency": "USD", "status": "ok"}
    return row | {"credit_card": card} | changes


def back(number: int, amount: float, *payments: dict[str, Any], order: int = 218) -> dict[str, Any]:
    return {
        "id": number,
        "order_id": order,
        "created": "2019-03-12T09:00:00+00:00",
        "total_amount": amount,
        "payments": list(payments),
    }


async def test_refunds_in_parts_and_the_ways_they_took(api: FakeApi, store: Store) -> None:
    has(api, placed(status_id=14, status="Partially Refunded"))
    api.answer("GET", rf"{BASE}/v3/orders/218/transactions", {"data": [paid()]})
    card = {"id": 1, "provider_id": "stripe", "amount": 10.1, "is_declined": False, "transaction_id": "1234"}
    credit = {"id": 2, "provider_id": "storecredit", "amount": 5, "is_declined": False}
    declined = {"id": 3, "provider_id": "adyen", "amount": 3.5, "is_declined": True, "declined_message": "no"}
    rows = [back(1, 15.1, card, credit), back(2, 3.5, declined), back(3, 2.0), back(4, 99.0, order=999)]
    api.answer("GET", REFUNDS, {"data": rows, "meta": {}}, query={"order_id:in": "218"})
    order = await store.order("218")
    assert order is not None
    at = datetime(2019, 3, 12, 9, 0, tzinfo=UTC)
    assert [(str(one.amount.amount), one.status, one.method, one.issued_at) for one in order.refunds] == [
        ("10.10", "issued", "Visa ending 4242", at),
        ("5.00", "issued", "store credit", at),
        ("3.50", "failed", None, None),
        ("2.00", "issued", None, at),
    ]


@pytest.mark.parametrize(
    ("transactions", "last4"),
    [
        ([paid()], "4242"),
        ([paid(), paid(id=1235, credit_card={"card_last4": "1881"})], "1881"),
        ([paid(status="error")], None),
        ([paid(event="refund")], None),
        ([paid(credit_card={"card_last4": "••••"})], None),
        ([paid(credit_card={"card_last4": None})], None),
        ([paid(credit_card=None, method="offline")], None),
        ([], None),
    ],
)
async def test_the_card_that_paid(api: FakeApi, store: Store, transactions: list[Any], last4: str | None) -> None:
    has(api, placed())
    api.answer("GET", rf"{BASE}/v3/orders/218/transactions", {"data": transactions})
    order = await store.order("218")
    assert order is not None
    assert order.last4 == last4


@pytest.mark.parametrize("status", [403, 404, 500, 503])
async def test_an_order_is_told_without_its_card(api: FakeApi, store: Store, status: int) -> None:
    has(api, placed())
    api.answer("GET", rf"{BASE}/v3/orders/218/transactions", {"title": "no"}, status)
    order = await store.order("218")
    assert order is not None
    assert (order.last4, order.status) == (None, OrderStatus.PROCESSING)


async def test_a_right_that_is_missing_is_no_alarm_at_every_call(api: FakeApi, store: Store) -> None:
    has(api, placed())
    api.answer("GET", rf"{BASE}/v3/orders/218/transactions", {"title": "no"}, 403)
    with structlog.testing.capture_logs() as logs:
        assert await store.order("218") is not None
    assert logs == []


async def test_what_is_paid_counts_not_what_is_displayed(api: FakeApi, store: Store) -> None:
    has(api, placed(currency_code="USD", default_currency_code="EUR"))
    order = await store.order("218")
    assert order is not None
    assert order.total == Money(amount=Decimal("69.84"), currency="EUR")


async def test_an_amount_without_currency_is_not_told(api: FakeApi, store: Store) -> None:
    has(api, placed(currency_code="", default_currency_code=""))
    order = await store.order("218")
    assert order is not None
    assert (order.total, order.items[0].price) == (None, None)


# Partial and wrong answers


async def test_an_order_with_next_to_nothing_in_it(api: FakeApi, store: Store) -> None:
    bare = {"id": 218, "status_id": 11, "date_created": "Tue, 05 Mar 2019 21:40:11 +0000", "total_inc_tax": "5"}
    has(api, bare | {"consignments": {"shipping": []}})
    order = await store.order("218")
    assert order is not None
    assert (order.raw_status, order.items, order.address, order.customer.name) == ("11", (), None, "")
    assert (order.customer.email, order.customer.phone) == (None, None)


async def test_a_guest_has_no_customer_number(api: FakeApi, store: Store) -> None:
    has(api, placed(customer_id=0))
    order = await store.order("218")
    assert order is not None
    assert order.customer.id == "Jane.Doe@example.com"


async def test_a_time_with_another_zone_is_the_same_moment(api: FakeApi, store: Store) -> None:
    has(api, placed(date_created="Tue, 05 Mar 2019 16:40:11 -0500"))
    order = await store.order("218")
    assert order is not None
    assert order.placed_at == datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"status_id": None}, "status_id"),
        ({"total_inc_tax": "a lot"}, "total_inc_tax"),
        ({"date_created": "yesterday"}, "RFC 2822"),
        ({"consignments": {"shipping": [{"id": "x"}]}}, "consignments.shipping.0.id"),
        ({"consignments": {"shipping": 7}}, "consignments.shipping"),
    ],
)
async def test_what_is_not_as_described_is_named(
    api: FakeApi, store: Store, changes: dict[str, Any], place: str
) -> None:
    has(api, placed(**changes))
    with pytest.raises(BadAnswer, match=re.escape(place)):
        await store.order("218")


@pytest.mark.parametrize(
    ("status", "headers", "failure"),
    [
        (401, {}, Denied),
        (403, {}, Denied),
        (429, {"X-Rate-Limit-Time-Reset-Ms": "15000"}, Limited),
        (500, {}, Broken),
        (503, {"Retry-After": "120"}, Broken),
    ],
)
async def test_failures_have_their_kinds(
    api: FakeApi, store: Store, status: int, headers: dict[str, str], failure: type[SystemFailed]
) -> None:
    api.answer("GET", rf"{ORDERS}/218", [{"status": status, "message": "no"}], status, headers)
    with structlog.testing.capture_logs() as logs, pytest.raises(failure) as caught:
        await store.order("218")
    assert len(api.requests) == 1
    assert TOKEN not in str(caught.value) + str(logs)


async def test_html_is_no_answer(api: FakeApi, store: Store) -> None:
    api.answer("GET", rf"{ORDERS}/218", "<html>Down for maintenance</html>", headers={"Content-Type": "text/html"})
    with pytest.raises(BadAnswer, match="JSON was expected"):
        await store.order("218")


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection(api: FakeApi, store: Store, fault: str) -> None:
    api.fail("GET", rf"{ORDERS}/218", fault)
    with pytest.raises(Unreachable):
        await store.order("218")


async def test_a_silent_store(api: FakeApi, store: Store) -> None:
    api.fail("GET", rf"{ORDERS}/218", "hang")
    with pytest.raises(TooSlow):
        await store.order("218")


async def test_a_quota_that_is_renewed_at_once_is_waited_for(api: FakeApi, store: Store) -> None:
    """BigCommerce says the wait in milliseconds, in a header of its own."""
    has(api, placed())
    api.answer("GET", rf"{ORDERS}/218", status=429, headers={"X-Rate-Limit-Time-Reset-Ms": "50"}, times=1)
    assert await store.order("218") is not None
    assert len(api.sent(rf"{ORDERS}/218")) == 2


# By phone and e-mail


async def test_a_phone_is_asked_for_as_people_write_it(api: FakeApi, store: Store) -> None:
    stranger = {"id": 12, "email": "x@example.com", "phone": "(617) 555-0199"}
    mine = {"id": 11, "email": "jane.doe@example.com", "phone": "(617) 555-0123"}
    api.answer("GET", CUSTOMERS, {"data": [], "meta": {}})
    api.answer("GET", CUSTOMERS, {"data": [mine, stranger], "meta": {}}, query={"phone:in": "(617) 555-0123"})
    api.answer("GET", ORDERS, [placed(number=218), placed(number=220)], query={"customer_id": "11"})
    orders = await store.orders_by_phone("+16175550123")
    assert [order.number for order in orders] == ["220", "218"]
    assert {one.query["phone:in"] for one in api.sent(CUSTOMERS)} >= {"+16175550123", "6175550123", "617-555-0123"}
    assert [one.query["customer_id"] for one in api.sent(ORDERS)] == ["11"]
    assert api.sent(ORDERS)[0].query["sort"] == "date_created:desc"


async def test_a_phone_that_two_customers_share(api: FakeApi, store: Store) -> None:
    both = [{"id": 11, "phone": "617-555-0123"}, {"id": 13, "phone": "+1 617 555 0123"}]
    api.answer("GET", CUSTOMERS, {"data": both})
    api.answer("GET", ORDERS, [placed(number=218)], query={"customer_id": "11"})
    api.answer("GET", ORDERS, [placed(number=230, customer_id=13)], query={"customer_id": "13"})
    orders = await store.orders_by_phone("+16175550123")
    assert [(order.number, order.customer.id) for order in orders] == [("230", "13"), ("218", "11")]


async def test_a_phone_that_no_customer_has(api: FakeApi, store: Store) -> None:
    api.answer("GET", CUSTOMERS, {"data": [], "meta": {"pagination": {"total": 0}}})
    assert await store.orders_by_phone("+16175550123") == ()
    assert not api.sent(ORDERS)


async def test_orders_of_others_are_left_out(api: FakeApi, store: Store) -> None:
    """A store that ignores the filter answers with everybody's orders."""
    others = {"first_name": "Eve", "email": "eve@example.com"}
    api.answer("GET", CUSTOMERS, {"data": [{"id": 11, "phone": "6175550123"}]})
    api.answer("GET", ORDERS, [placed(number=3, customer_id=77, billing_address=others), placed(number=2)])
    assert [order.number for order in await store.orders_by_phone("+16175550123")] == ["2"]
    assert [order.number for order in await store.orders_by_email("JANE.doe@example.com ")] == ["2"]


async def test_no_orders_is_an_answer_without_a_body(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, status=204)
    assert await store.orders_by_email("nobody@example.com") == ()
    assert await store.orders_by_email("  ") == ()
    assert len(api.requests) == 1


async def test_hostile_mail_stays_a_value(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, status=204)
    assert await store.orders_by_email("a&status_id=2#@example.com") == ()
    assert api.requests[0].query["email"] == "a&status_id=2#@example.com"
    assert "status_id" not in api.requests[0].query


async def test_a_checkout_that_was_left_is_no_order(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, [placed(number=5, status_id=0, status="Incomplete"), placed(number=4)])
    assert [order.number for order in await store.orders_by_email("jane.doe@example.com")] == ["4"]


async def test_only_the_newest_orders_of_a_customer(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, [placed(number=number) for number in [*range(1, 30), 29]])
    orders = await store.orders_by_email("jane.doe@example.com")
    assert [order.number for order in orders] == [str(number) for number in range(29, 19, -1)]
    assert len(api.sent(REFUNDS)) == 1


async def test_refunds_go_to_their_orders(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, [placed(number=2), placed(number=1)])
    api.answer("GET", REFUNDS, {"data": [back(1, 4.0, order=1)]}, query={"order_id:in": "2,1"})
    newer, older = await store.orders_by_email("jane.doe@example.com")
    assert newer.refunds == ()
    assert [str(one.amount.amount) for one in older.refunds] == ["4.00"]


async def test_open_orders_are_the_newest_that_are_paid(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, status=204)
    for status, number in ((11, 7), (2, 9), (3, 8), (9, 5)):
        api.answer(
            "GET", ORDERS, [placed(number=number, status_id=status)], query={"status_id": str(status), "page": "1"}
        )
    api.answer("GET", rf"{ORDERS}/9/shipments", [parcel(1, {65: 1})])
    orders = await store.open_orders(3)
    assert [order.number for order in orders] == ["9", "8", "7"]
    assert [one.tracking for one in orders[0].shipments] == ["1Z1"]
    assert not api.sent(rf"{BASE}/v3/orders/\d+/transactions")


async def test_a_store_that_never_ends_its_pages(api: FakeApi, store: Store) -> None:
    """The same page again and again, with orders of any status."""
    api.answer("GET", ORDERS, [placed(number=1, status_id=11), placed(number=2, status_id=5)])
    assert [order.number for order in await store.open_orders(600)] == ["1"]
    assert len(api.sent(ORDERS)) <= 6


# Changes


def takes_changes(api: FakeApi, order: dict[str, Any]) -> None:
    has(api, order)
    api.answer("PUT", rf"{ORDERS}/\d+", order | {"status_id": 5})
    api.answer("PUT", rf"{ORDERS}/\d+/shipping_addresses/\d+", HOME | {"id": 132})


def changed(api: FakeApi) -> list[tuple[str, Any]]:
    return [(one.path, one.body) for one in api.requests if one.method not in ("GET", "HEAD")]


async def test_the_address_is_changed_before_dispatch(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed())
    assert await store.perform(ChangeAddress("218", NEW_HOME), "key") == Outcome("done")
    new = {"street_1": "9 Oak Road", "street_2": "Apt 2", "city": "Dallas", "state": "Texas", "zip": "75201"}
    assert changed(api) == [(f"{ORDERS}/218/shipping_addresses/132", new)]


async def test_the_same_request_again_changes_nothing(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed())
    for _ in range(2):
        assert await store.perform(ChangeAddress("218", NEW_HOME), "key") == Outcome("done")
    assert len(changed(api)) == 1


async def test_the_address_it_has_already(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed())
    same = Address(line1="666 SUSSEX  St", city="austin", state="TX", zip="78751")
    assert await store.perform(ChangeAddress("218", same), "key") == Outcome("done")
    assert changed(api) == []


def to_two_addresses() -> dict[str, Any]:
    order = placed()
    order["consignments"]["shipping"] *= 2
    return order


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (placed(status_id=2), "already_shipped"),
        (placed([line(quantity=2, quantity_shipped=1)]), "already_shipped"),
        (placed(status_id=8), "already_shipped"),
        (placed(status_id=5), "cancelled"),
        (placed(status_id=4), "already_refunded"),
        (placed(status_id=9), "not_allowed"),
        (placed(consignments={"shipping": []}), "not_allowed"),
        (to_two_addresses(), "not_allowed"),
    ],
)
async def test_an_address_that_stays(api: FakeApi, store: Store, order: dict[str, Any], reason: str) -> None:
    takes_changes(api, order)
    assert await store.perform(ChangeAddress("218", NEW_HOME), "key") == Outcome("refused", reason)
    assert changed(api) == []


async def test_another_country_is_not_written_over_the_old_one(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed())
    abroad = Address(line1="1 King Street", city="Toronto", state="ON", zip="M5H 1A1", country="CA")
    assert await store.perform(ChangeAddress("218", abroad), "key") == Outcome("refused", "not_allowed")
    assert changed(api) == []


async def test_an_address_that_the_store_does_not_take(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed())
    api.answer("PUT", rf"{ORDERS}/218/shipping_addresses/132", [{"status": 400, "message": "no"}], 400)
    assert await store.perform(ChangeAddress("218", NEW_HOME), "key") == Outcome("refused", "not_allowed")


async def test_an_order_is_cancelled_and_the_staff_learn_of_the_money(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed(staff_notes="BIN-45"))
    assert await store.perform(CancelOrder("218"), "key") == Outcome("done")
    notes = "BIN-45\nCancelled for the customer by phone. Nothing was refunded."
    assert changed(api) == [(f"{ORDERS}/218", {"status_id": 5, "staff_notes": notes})]


async def test_an_order_that_is_not_paid_is_just_cancelled(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed(status_id=7, payment_status=""))
    assert await store.perform(CancelOrder("218"), "key") == Outcome("done")
    assert changed(api) == [(f"{ORDERS}/218", {"status_id": 5})]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (placed(status_id=2), "already_shipped"),
        (placed(status_id=10), "already_shipped"),
        (placed([line(quantity=2, quantity_shipped=1)]), "already_shipped"),
        (placed(status_id=5), "already_cancelled"),
        (placed(status_id=4), "already_refunded"),
        (placed(status_id=9), "not_allowed"),
        (placed(status_id=13), "not_allowed"),
    ],
)
async def test_an_order_that_is_not_cancelled(api: FakeApi, store: Store, order: dict[str, Any], reason: str) -> None:
    takes_changes(api, order)
    assert await store.perform(CancelOrder("218"), "key") == Outcome("refused", reason)
    assert changed(api) == []


async def test_a_store_that_keeps_its_status_has_not_cancelled(api: FakeApi, store: Store) -> None:
    has(api, placed())
    api.answer("PUT", rf"{ORDERS}/218", placed())
    assert await store.perform(CancelOrder("218"), "key") == Outcome("refused", "not_allowed")


async def test_a_cancellation_whose_answer_was_lost_is_done_when_asked_again(api: FakeApi, store: Store) -> None:
    has(api, placed())
    api.fail("PUT", rf"{ORDERS}/218", "cut")
    with pytest.raises(Unreachable):
        await store.perform(CancelOrder("218"), "key")
    has(api, placed(status_id=5, status="Cancelled"))
    assert await store.perform(CancelOrder("218"), "key") == Outcome("done")
    assert await store.perform(CancelOrder("218"), "another") == Outcome("refused", "already_cancelled")
    assert len(changed(api)) == 1


async def test_a_change_to_no_order(api: FakeApi, store: Store) -> None:
    api.answer("GET", rf"{ORDERS}/219", [{"status": 404, "message": "no"}], 404)
    assert await store.perform(CancelOrder("219"), "key") == Outcome("refused", "no_such_order")


@pytest.mark.parametrize("change", [CancelItem("218", "Chambray Towel"), OpenReturn("218", ("Chambray Towel",))])
async def test_what_it_cannot_do(api: FakeApi, store: Store, change: Change) -> None:
    assert change.name not in store.capabilities
    assert await store.perform(change, "key") == Outcome("unsupported")
    assert api.requests == []


async def test_a_note_is_added_for_the_staff_alone(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed(staff_notes="BIN-45"))
    assert await store.note("218", "Caller asks for a bigger box.") is True
    assert changed(api) == [(f"{ORDERS}/218", {"staff_notes": "BIN-45\nCaller asks for a bigger box."})]


async def test_notes_that_are_full_lose_the_oldest(api: FakeApi, store: Store) -> None:
    takes_changes(api, placed(staff_notes="x" * 65_535))
    assert await store.note("218", "the end") is True
    assert len(changed(api)[0][1]["staff_notes"]) == 65_535
    assert changed(api)[0][1]["staff_notes"].endswith("x\nthe end")


async def test_no_note_without_an_order(api: FakeApi, store: Store) -> None:
    api.answer("GET", rf"{ORDERS}/219", status=404)
    assert await store.note("219", "x") is False


async def test_subscriptions_and_appointments_are_kept_elsewhere(api: FakeApi, store: Store) -> None:
    assert await store.subscriptions(Customer(id="11", name="Jane")) == ()
    assert await store.appointment("218") is None
    assert api.requests == []


# What the operator learns


async def findings(store: Store) -> dict[str, tuple[bool | None, str]]:
    with behind_the_calls():
        return {one.what: (one.works, one.text) for one in await store.check()}


async def test_a_good_token(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, [placed()])
    api.answer("GET", CUSTOMERS, {"data": []})
    told = await findings(store)
    assert {what for what, (works, _) in told.items() if works} == {"orders", "refunds", "cards"}
    assert {what for what, (works, _) in told.items() if works is False} == set()
    assert "guests are not" in told["phone"][1]
    assert "webhook_secret" in told["news"][1]


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "wrong or was revoked"), (403, "Orders: modify"), (404, "store_hash")]
)
async def test_a_token_that_opens_nothing(api: FakeApi, store: Store, status: int, advice: str) -> None:
    api.answer("GET", ORDERS, {"title": "no"}, status)
    told = await findings(store)
    assert list(told) == ["orders"]
    assert told["orders"][0] is False
    assert advice in told["orders"][1]


async def test_scopes_that_are_missing_are_named(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, [placed()])
    for path in (CUSTOMERS, REFUNDS, rf"{BASE}/v3/orders/218/transactions"):
        api.answer("GET", path, {"status": 403, "title": "You don't have a required scope"}, 403)
    told = await findings(store)
    assert told["orders"][0] is True
    assert (told["phone"][0], told["refunds"][0], told["cards"][0]) == (False, False, None)
    assert "Customers: read-only" in told["phone"][1]
    assert "Order transactions: read-only" in told["cards"][1]


async def test_an_empty_store(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, status=204)
    api.answer("GET", CUSTOMERS, {"data": []})
    told = await findings(store)
    assert told["orders"][0] is True
    assert told["cards"][0] is None


async def test_a_store_that_cannot_be_reached() -> None:
    section = BigCommerce(url="http://127.0.0.1:9", store_hash="abc123", token=TOKEN)
    made = stores.create(StoreSettings(system="bigcommerce", bigcommerce=section), Shop(), clock=lambda: NOW)
    [found] = await made.check()
    await made.close()
    assert (found.what, found.works) == ("orders", False)
    assert TOKEN not in found.text


@pytest.mark.parametrize("missing", ["store_hash", "token"])
def test_a_missing_setting_is_named(missing: str) -> None:
    section = BigCommerce(**({"store_hash": "abc123", "token": TOKEN} | {missing: ""}))
    with pytest.raises(NotConfigured, match=f"ASTERISK_AGENT_STORE__BIGCOMMERCE__{missing.upper()}"):
        stores.create(StoreSettings(system="bigcommerce", bigcommerce=section), Shop())


# News

SECRET = "a-secret-of-the-shop"
LISTENING = BigCommerce(store_hash="abc123", token=TOKEN, webhook_secret=SECRET)
WITH_SECRET = {"x-agent-secret": SECRET}
UPDATED = b'{"scope": "store/order/updated", "data": {"type": "order", "id": 250}, "producer": "stores/abc123"}'


def delivery(name: str = "store_order_updated", **changes: Any) -> bytes:
    body = recorded(f"bigcommerce-webhooks/{name}.json") | {"producer": "stores/abc123"}
    return json.dumps(body | changes).encode()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("store_order_created", "250"),
        ("store_order_updated", "250"),
        ("store_order_archived", "250"),
        ("store_order_statusUpdated", "250"),
        ("store_order_message_created", "250"),
        ("store_order_refund_created", "250"),
        ("store_shipment_created", "251"),
        ("store_shipment_updated", "251"),
        ("store_shipment_deleted", "251"),
    ],
)
def test_news_of_orders_and_parcels(name: str, number: str) -> None:
    [news] = webhooks.receive(LISTENING, WITH_SECRET, delivery(name), {}, NOW)
    assert isinstance(news, OrderNews)
    assert (news.store, news.id, news.number) == ("bigcommerce", number, number)


@pytest.mark.parametrize("name", ["store_customer_updated", "store_customer_address_updated"])
def test_news_of_customers_say_nothing_of_orders(name: str) -> None:
    assert webhooks.receive(LISTENING, WITH_SECRET, delivery(name), {}, NOW) == ()


def test_a_repeated_delivery_is_the_same_and_the_next_change_is_not() -> None:
    """In the official examples created, updated and archived have one hash."""
    deliveries = [
        delivery("store_order_updated"),
        delivery("store_order_updated"),
        delivery("store_order_updated", created_at=1561479999),
        delivery("store_order_archived"),
    ]
    news = [webhooks.receive(LISTENING, WITH_SECRET, body, {}, NOW)[0].delivery for body in deliveries]
    assert news[0] == news[1]
    assert len(set(news)) == 3


def signed(body: bytes, at: int = int(NOW.timestamp()), secret: str = SECRET) -> dict[str, str]:
    mac = hmac.new(secret.encode(), f"msg_1.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(b'of an older key').decode()} v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}


def test_a_signature_with_the_client_secret_is_as_good() -> None:
    body = delivery()
    [news] = webhooks.receive(LISTENING, signed(body), body, {}, NOW)
    assert isinstance(news, OrderNews)
    assert news.number == "250"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "missing or wrong"),
        ({"x-agent-secret": ""}, "missing or wrong"),
        ({"x-agent-secret": SECRET[:-1]}, "missing or wrong"),
        ({"x-agent-secret": "\udcff"}, "missing or wrong"),
        ({"webhook-signature": "v1,AAAA"}, "signature is wrong"),
        ({"webhook-signature": ""}, "signature is wrong"),
        (signed(b"another body"), "signature is wrong"),
        (signed(UPDATED, secret="guessed"), "signature is wrong"),
        (signed(UPDATED) | {"webhook-id": "msg_2"}, "signature is wrong"),
        (signed(UPDATED, int(NOW.timestamp()) - 301), "too old"),
        (signed(UPDATED, int(NOW.timestamp()) + 301), "too old"),
    ],
)
def test_a_delivery_that_is_not_genuine(headers: dict[str, str], why: str) -> None:
    with pytest.raises(NotGenuine, match=why) as caught:
        webhooks.receive(LISTENING, headers, UPDATED, {}, NOW)
    assert SECRET not in str(caught.value)


def test_nothing_is_taken_without_a_secret() -> None:
    with pytest.raises(NotGenuine, match="webhook_secret"):
        webhooks.receive(BigCommerce(store_hash="abc123"), {"x-agent-secret": ""}, delivery(), {}, NOW)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (UPDATED.replace(b"abc123", b"another"), "another store"),
        (b"<html>", "not as BigCommerce describes"),
        (b"[]", "not as BigCommerce describes"),
        (b'{"scope": "store/order/updated", "data": {"type": "order"}}', "not as BigCommerce describes"),
    ],
)
def test_a_delivery_that_makes_no_sense(body: bytes, why: str) -> None:
    with pytest.raises(NotGenuine, match=why):
        webhooks.receive(LISTENING, WITH_SECRET, body, {}, NOW)
