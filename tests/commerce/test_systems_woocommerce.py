"""WooCommerce: what callers hear of orders. Most answers are recordings of a real site."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from prometheus_client import REGISTRY
from systems_world import FakeApi
from woocommerce_world import (
    CANCELLED,
    COMPLETED,
    FAILED,
    FULFILLMENTS,
    HOUSEHOLD,
    NOW,
    ON_HOLD,
    ORDERS,
    PARTLY_REFUNDED,
    PENDING,
    PROCESSING,
    REFUNDED,
    SECRET,
    SPLIT,
    everybody,
    exchange,
    finds,
    has,
    placed,
    plays,
    settings,
    site,
)

from asterisk_agent.commerce import stores
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
from asterisk_agent.commerce.store import Store
from asterisk_agent.settings import Shop
from asterisk_agent.settings import Store as StoreSettings

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with site() as server:
        yield server


@pytest.fixture
async def store(api: FakeApi) -> AsyncIterator[Store]:
    section = StoreSettings(system="woocommerce", woocommerce=settings(api))
    made = stores.create(section, Shop(), clock=lambda: NOW)
    yield made
    await made.close()


def unknown_codes() -> float:
    return REGISTRY.get_sample_value("order_agent_unknown_status_codes_total", {"system": "woocommerce"}) or 0


# By number


async def test_a_completed_order_is_told_whole(api: FakeApi, store: Store) -> None:
    has(api, placed(COMPLETED))
    order = await store.order("19")
    assert order is not None
    assert (order.number, order.key, order.id, order.store) == ("19", "19", "19", "woocommerce")
    assert (order.status, order.raw_status, order.cancellable) == (OrderStatus.SHIPPED, "completed", False)
    assert order.customer == Customer(id="2", name="Maya Okafor", email="maya.okafor@example.com", phone="+12125550147")
    assert order.total == Money(amount=Decimal("214.43"))
    [jacket] = order.items
    assert (jacket.name, jacket.quantity, jacket.sku) == ("Alpine Shell Jacket - M, Moss", 1, "ASJ-M-MOSS")
    assert (jacket.price, jacket.returnable) == (Money(amount=Decimal("189.00")), True)
    assert order.address == Address(line1="418 W 47th St", line2="Apt 6B", city="New York", state="NY", zip="10036")
    assert (order.last4, order.promised, order.returns, order.refunds) == (None, None, (), ())


async def test_times_without_a_zone_are_utc_not_the_shops(api: FakeApi, store: Store) -> None:
    """``date_created`` says 10:12 in the site's own zone, ``date_created_gmt`` 15:12, both without an offset."""
    has(api, placed(COMPLETED))
    order = await store.order("19")
    assert order is not None
    assert order.placed_at == datetime(2026, 11, 2, 15, 12, 7, tzinfo=UTC)


async def test_a_parcel_that_two_plugins_tell_is_one_parcel(api: FakeApi, store: Store) -> None:
    """The tracking plugin knows that it left on 5 November: midnight UTC, which in New York is still the 4th."""
    has(api, placed(COMPLETED))
    order = await store.order("19")
    assert order is not None
    [parcel] = order.shipments
    assert (parcel.carrier, parcel.tracking) == ("UPS", "1Z999AA10123456784")
    assert (parcel.status, parcel.raw_status) == (ShipmentStatus.UNKNOWN, "fulfilled")
    assert parcel.items == ("Alpine Shell Jacket - M, Moss",)
    assert parcel.shipped_at is not None
    assert parcel.shipped_at.astimezone(NEW_YORK).date() == date(2026, 11, 5)


async def test_a_split_order_with_one_part_still_open(api: FakeApi, store: Store) -> None:
    has(api, placed(SPLIT))
    order = await store.order("25")
    assert order is not None
    assert (order.status, order.raw_status) == (OrderStatus.PARTLY_SHIPPED, "processing")
    [parcel] = order.shipments
    assert (parcel.carrier, parcel.tracking) == ("FedEx", "794644790132")
    assert parcel.items == ("Alpine Shell Jacket - M, Moss",)
    assert parcel.shipped_at == datetime(2026, 11, 23, 0, 42, 24, tzinfo=UTC)
    assert order.cancellable is False


async def test_a_partial_refund(api: FakeApi, store: Store) -> None:
    """It was made without the payment provider: the shop has only noted it, and nobody says where the money went."""
    has(api, placed(PARTLY_REFUNDED))
    order = await store.order("21")
    assert order is not None
    assert order.status is OrderStatus.PROCESSING
    [refund] = order.refunds
    assert (refund.amount, refund.status, refund.method) == (
        Money(amount=Decimal("26.67")),
        "recorded by the shop",
        None,
    )
    assert refund.issued_at == datetime(2026, 11, 23, 0, 42, 25, tzinfo=UTC)


async def test_refunds_in_parts_of_which_one_went_through_the_payment_provider(api: FakeApi, store: Store) -> None:
    has(api, placed(PARTLY_REFUNDED))
    first = exchange("refunds_list_partial")["response"]["body"][0]
    second = first | {"id": 31, "amount": "4.5", "refunded_payment": True, "date_created_gmt": None}
    api.answer("GET", rf"{ORDERS}/21/refunds", [second, first])
    order = await store.order("21")
    assert order is not None
    assert [(str(one.amount.amount), one.status, one.method, one.issued_at is None) for one in order.refunds] == [
        ("4.50", "issued", "Credit / Debit Card", True),
        ("26.67", "recorded by the shop", None, False),
    ]


async def test_a_refunded_order(api: FakeApi, store: Store) -> None:
    has(api, placed(REFUNDED))
    order = await store.order("20")
    assert order is not None
    assert order.status is OrderStatus.REFUNDED
    assert [str(one.amount.amount) for one in order.refunds] == ["86.95"]


async def test_one_request_where_there_is_nothing_more_to_know(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING))
    assert await store.order("24") is not None
    [request] = api.requests
    assert request.path == f"{ORDERS}/24"
    assert {"id", "number", "billing", "meta_data"} <= set(request.query["_fields"].split(","))


async def test_a_number_that_nobody_has(api: FakeApi, store: Store) -> None:
    assert await store.order("99999999") is None


@pytest.mark.parametrize(
    "number",
    ["", "ORDER", "24/notes", "24?customer=2", "../24", "-24", "2.4", "٢٤", "24\n", "24 ", "2" * 31, "#24", "a24"],
)
async def test_what_is_no_number_is_not_asked_for(api: FakeApi, store: Store, number: str) -> None:
    has(api, placed())
    assert await store.order(number) is None
    assert api.requests == []


async def test_another_order_than_the_one_asked_for_is_not_told(api: FakeApi, store: Store) -> None:
    api.answer("GET", rf"{ORDERS}/2", placed(PROCESSING))
    assert await store.order("2") is None


@pytest.mark.parametrize("status", ["checkout-draft", "auto-draft", "trash"])
async def test_what_is_no_order_yet_or_was_thrown_away(api: FakeApi, store: Store, status: str) -> None:
    has(api, placed(PROCESSING, status=status))
    api.answer("GET", ORDERS, [placed(PROCESSING, status=status)])
    assert await store.order("24") is None
    assert await store.orders_by_email("maya.okafor@example.com") == ()


async def test_a_site_without_woocommerce_is_not_a_shop_without_the_order(api: FakeApi, store: Store) -> None:
    api.answer("GET", rf"{ORDERS}/24", exchange("route_missing")["response"]["body"], 404)
    with pytest.raises(BadAnswer, match="plugin active"):
        await store.order("24")


# Numbers that a plugin gave


async def test_a_plugins_number_counts_and_not_the_id(api: FakeApi, store: Store) -> None:
    """Order 24 is called 1042, and the order that is called 24 has another id."""
    has(api, placed(PROCESSING, number="1042"), placed(HOUSEHOLD, number="24"))
    api.answer("GET", ORDERS, [placed(PROCESSING, number="1042"), placed(HOUSEHOLD, number="24")])
    order = await store.order("24")
    assert order is not None
    assert (order.number, order.id, order.customer.name) == ("24", "26", "Leo Okafor")


@pytest.mark.parametrize("asked", [{"number": "WEB1042"}, {"search": "1042"}])
async def test_a_number_that_the_plugin_lets_be_found(api: FakeApi, store: Store, asked: dict[str, str]) -> None:
    has(api, placed(COMPLETED, number="WEB-1042"))
    api.answer("GET", ORDERS, [placed(COMPLETED, number="WEB-1042")], query=asked)
    order = await store.order("WEB1042")
    assert order is not None
    assert (order.number, order.key, order.id) == ("WEB-1042", "WEB1042", "19")
    assert {one.query.get("_fields") for one in api.sent(ORDERS)} == {"id,number"}


async def test_a_part_of_a_plugins_number_finds_nothing(api: FakeApi, store: Store) -> None:
    api.answer("GET", ORDERS, [placed(PROCESSING, number="WEB-10421"), placed(HOUSEHOLD, number="1042-B")])
    assert await store.order("WEB1042") is None
    assert await store.order("1042") is None


async def test_a_short_number_does_not_find_the_orders_that_contain_it(api: FakeApi, store: Store) -> None:
    """A recorded trap: searching for 24 finds the orders 23, 25 and 27 too."""
    assert finds(api, "orders_search_number") == "24"
    assert await store.order("24") is None


# States


@pytest.mark.parametrize(
    ("number", "status", "cancellable"),
    [
        (PENDING, OrderStatus.PENDING, True),
        (FAILED, OrderStatus.PENDING, True),
        (PROCESSING, OrderStatus.PROCESSING, None),
        (ON_HOLD, OrderStatus.ON_HOLD, None),
        (COMPLETED, OrderStatus.SHIPPED, False),
        (CANCELLED, OrderStatus.CANCELLED, False),
        (REFUNDED, OrderStatus.REFUNDED, False),
    ],
)
async def test_every_state_of_a_real_site(
    api: FakeApi, store: Store, number: int, status: OrderStatus, cancellable: bool | None
) -> None:
    has(api, placed(number))
    order = await store.order(str(number))
    assert order is not None
    assert (order.status, order.cancellable) == (status, cancellable)
    slugs = {one["slug"] for one in exchange("order_statuses")["response"]["body"]}
    assert order.raw_status in slugs - {"checkout-draft"}


@pytest.mark.parametrize(
    ("slug", "status"),
    [
        ("shipped", OrderStatus.SHIPPED),
        ("partial-shipped", OrderStatus.PARTLY_SHIPPED),
        ("delivered", OrderStatus.DELIVERED),
    ],
)
async def test_states_of_a_plugin(api: FakeApi, store: Store, slug: str, status: OrderStatus) -> None:
    has(api, placed(PROCESSING, status=slug))
    order = await store.order("24")
    assert order is not None
    assert (order.status, order.cancellable) == (status, False)


async def test_a_state_of_the_shops_own_is_counted_and_logged(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING, status="engraving"))
    before = unknown_codes()
    with structlog.testing.capture_logs() as logs:
        order = await store.order("24")
    assert order is not None
    assert (order.status, order.raw_status, order.cancellable) == (OrderStatus.PROCESSING, "engraving", False)
    assert unknown_codes() == before + 1
    assert {"code": "engraving", "event": "an order status is not known"}.items() <= logs[0].items()


@pytest.mark.parametrize(
    "changes",
    [{"needs_processing": False}, {"shipping_lines": [{"method_id": "local_pickup"}]}],
    ids=["downloads", "collected"],
)
async def test_a_completed_order_of_which_nothing_is_sent(api: FakeApi, store: Store, changes: dict[str, Any]) -> None:
    has(api, placed(COMPLETED, meta_data=[], **changes))
    order = await store.order("19")
    assert order is not None
    assert (order.status, order.shipments) == (OrderStatus.DELIVERED, ())


async def test_downloads_do_not_come_back(api: FakeApi, store: Store) -> None:
    has(api, placed(COMPLETED, needs_processing=False))
    order = await store.order("19")
    assert order is not None
    assert [item.returnable for item in order.items] == [False]


# Parcels


def tracked(number: int, *rows: Any, **changes: Any) -> dict[str, Any]:
    meta = [{"id": 1, "key": "_wc_shipment_tracking_items", "value": list(rows)}]
    return placed(number, meta_data=meta) | changes


def row(number: str = "9400111899223", provider: str = "usps", **changes: Any) -> dict[str, Any]:
    return {"tracking_provider": provider, "tracking_number": number, "date_shipped": "1793836800"} | changes


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (COMPLETED, OrderStatus.SHIPPED),
        (PROCESSING, OrderStatus.PARTLY_SHIPPED),
        (HOUSEHOLD, OrderStatus.SHIPPED),
        (CANCELLED, OrderStatus.CANCELLED),
    ],
    ids=["completed", "several pieces", "one piece", "cancelled"],
)
async def test_a_tracking_number_says_that_something_has_left(
    api: FakeApi, store: Store, number: int, status: OrderStatus
) -> None:
    has(api, tracked(number, row()))
    order = await store.order(str(number))
    assert order is not None
    assert (order.status, [one.tracking for one in order.shipments]) == (status, ["9400111899223"])


async def test_several_parcels_and_one_twice(api: FakeApi, store: Store) -> None:
    has(api, tracked(COMPLETED, row("A 1"), row("B2", "fedex"), row("a1"), row(" ")))
    order = await store.order("19")
    assert order is not None
    assert [(one.carrier, one.tracking) for one in order.shipments] == [("USPS", "A 1"), ("FedEx", "B2")]


@pytest.mark.parametrize(
    ("told", "carrier"),
    [
        ({"tracking_provider": "ups"}, "UPS"),
        ({"tracking_provider": "dhl-us"}, "DHL"),
        ({"tracking_provider": "canada-post"}, "Canada Post"),
        ({"tracking_provider": "royal-mail"}, "royal mail"),
        ({"tracking_provider": "", "custom_tracking_provider": "Bob &amp; Sons"}, "Bob & Sons"),
        ({"tracking_provider": None, "custom_tracking_provider": None}, ""),
        ({"tracking_provider": "", "custom_tracking_provider": "FedEx Ground"}, "FedEx"),
    ],
)
async def test_carriers_of_the_tracking_plugin(api: FakeApi, store: Store, told: dict[str, Any], carrier: str) -> None:
    has(api, tracked(COMPLETED, row(**told)))
    order = await store.order("19")
    assert order is not None
    assert order.shipments[0].carrier == carrier


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("1793836800", datetime(2026, 11, 5, tzinfo=NEW_YORK)),
        (1793836800, datetime(2026, 11, 5, tzinfo=NEW_YORK)),
        ("1793889000", datetime(2026, 11, 5, 14, 30, tzinfo=UTC)),
        ("2026-11-05", datetime(2026, 11, 5, tzinfo=NEW_YORK)),
        ("", None),
        (None, None),
        ("last week", None),
        ("9" * 30, None),
    ],
)
async def test_the_day_on_which_a_parcel_left(api: FakeApi, store: Store, written: Any, at: datetime | None) -> None:
    has(api, tracked(COMPLETED, row(date_shipped=written)))
    order = await store.order("19")
    assert order is not None
    assert order.shipments[0].shipped_at == at


@pytest.mark.parametrize(
    "value", ["", None, [], {}, "1Z999", [None, 7, "1Z"], [{"tracking_number": ["1Z"]}], {"3": {"tracking_number": ""}}]
)
async def test_a_plugins_data_in_another_form_is_no_parcel(api: FakeApi, store: Store, value: Any) -> None:
    has(api, placed(PROCESSING, meta_data=[{"key": "_wc_shipment_tracking_items", "value": value}]))
    order = await store.order("24")
    assert order is not None
    assert (order.shipments, order.status) == ((), OrderStatus.PROCESSING)


async def test_php_writes_a_list_with_gaps_as_an_object(api: FakeApi, store: Store) -> None:
    has(api, placed(COMPLETED, meta_data=[{"key": "_wc_shipment_tracking_items", "value": {"1": row("X1")}}]))
    order = await store.order("19")
    assert order is not None
    assert [one.tracking for one in order.shipments] == ["X1"]


def fulfillment(id_: int, fulfilled: Any, **meta: Any) -> dict[str, Any]:
    rows = [{"id": place, "key": f"_{key}", "value": value} for place, (key, value) in enumerate(meta.items())]
    status = "fulfilled" if fulfilled in (True, "1") else "unfulfilled"
    return {
        "id": id_,
        "entity_type": "WC_Order",
        "entity_id": "25",
        "status": status,
        "is_fulfilled": fulfilled,
        "date_updated": "2026-11-23T00:42:24Z",
        "date_deleted": None,
        "meta_data": rows,
    }


@pytest.mark.parametrize("fulfilled", [True, "1"])
@pytest.mark.parametrize("not_fulfilled", [False, "0", "", None])
async def test_a_label_without_a_parcel_is_not_on_its_way(
    api: FakeApi, store: Store, fulfilled: Any, not_fulfilled: Any
) -> None:
    """``is_fulfilled`` is a boolean in one answer and a text in another."""
    has(api, placed(SPLIT))
    parts = [
        fulfillment(3, fulfilled, tracking_number="F1", shipment_provider="fedex", items=[{"item_id": 20, "qty": 1}]),
        fulfillment(4, not_fulfilled, tracking_number="F2", shipment_provider="fedex"),
    ]
    api.answer("GET", FULFILLMENTS, parts)
    order = await store.order("25")
    assert order is not None
    assert order.status is OrderStatus.PARTLY_SHIPPED
    assert [(one.tracking, one.status) for one in order.shipments] == [
        ("F1", ShipmentStatus.UNKNOWN),
        ("F2", ShipmentStatus.PRE_TRANSIT),
    ]


@pytest.mark.parametrize("not_fulfilled", [False, "0", "", None])
async def test_what_a_plugin_only_plans_is_not_on_its_way(api: FakeApi, store: Store, not_fulfilled: Any) -> None:
    has(api, placed(SPLIT))
    labelled = fulfillment(3, not_fulfilled, tracking_number="F1", date_fulfilled="2026-11-23T00:42:24Z")
    planned = fulfillment(4, not_fulfilled, shipment_provider="fedex")
    api.answer("GET", FULFILLMENTS, [one | {"status": "picked"} for one in (labelled, planned)])
    order = await store.order("25")
    assert order is not None
    assert order.status is OrderStatus.PROCESSING
    [parcel] = order.shipments
    assert (parcel.tracking, parcel.status, parcel.shipped_at) == ("F1", ShipmentStatus.PRE_TRANSIT, None)


async def test_a_fulfillment_that_was_taken_back_is_not_told(api: FakeApi, store: Store) -> None:
    has(api, placed(SPLIT))
    gone = fulfillment(3, True, tracking_number="F1", shipment_provider="fedex")
    api.answer("GET", FULFILLMENTS, [gone | {"date_deleted": "2026-11-23T01:00:00Z"}])
    order = await store.order("25")
    assert order is not None
    assert order.shipments == ()


async def test_a_download_that_fulfilled_itself_has_not_shipped(api: FakeApi, store: Store) -> None:
    """WooCommerce fulfills downloads as soon as they are paid; the goods of the same order still lie in the shop."""
    has(api, placed(SPLIT))
    api.answer("GET", FULFILLMENTS, [fulfillment(3, True, items=[{"item_id": 21, "qty": 1}])])
    order = await store.order("25")
    assert order is not None
    assert (order.status, order.shipments) == (OrderStatus.PROCESSING, ())


async def test_an_order_that_was_fulfilled_before_it_is_completed(api: FakeApi, store: Store) -> None:
    has(api, placed(SPLIT, meta_data=[{"key": "_fulfillment_status", "value": "fulfilled"}]))
    api.answer("GET", FULFILLMENTS, [fulfillment(3, True, shipment_provider="other", provider_name="Bike Courier")])
    order = await store.order("25")
    assert order is not None
    assert order.status is OrderStatus.SHIPPED
    assert [(one.carrier, one.tracking) for one in order.shipments] == [("Bike Courier", None)]


async def test_a_fulfillment_state_of_a_plugin_is_counted(api: FakeApi, store: Store) -> None:
    has(api, placed(SPLIT))
    odd = fulfillment(3, True, tracking_number="F1") | {"status": "beamed_up"}
    api.answer("GET", FULFILLMENTS, [odd])
    before = unknown_codes()
    order = await store.order("25")
    assert order is not None
    [parcel] = order.shipments
    assert (parcel.status, parcel.raw_status) == (ShipmentStatus.UNKNOWN, "beamed_up")
    assert unknown_codes() == before + 1


async def test_fulfillments_that_were_turned_off_since(api: FakeApi, store: Store) -> None:
    has(api, placed(SPLIT))
    api.answer("GET", FULFILLMENTS, exchange("route_missing")["response"]["body"], 404)
    order = await store.order("25")
    assert order is not None
    assert order.shipments == ()


# Items, money, people


async def test_prices_with_tax_where_the_shop_writes_them_so(api: FakeApi, store: Store) -> None:
    lines = placed(PARTLY_REFUNDED)["line_items"]
    has(api, placed(PARTLY_REFUNDED, prices_include_tax=True, line_items=lines))
    order = await store.order("21")
    assert order is not None
    told = [(item.name, item.quantity, item.price and str(item.price.amount)) for item in order.items]
    assert told == [("Trail Runner Shoe", 1, "86.01"), ("Merino Sock 3-Pack", 2, "26.68")]


async def test_names_are_words_and_not_html(api: FakeApi, store: Store) -> None:
    line = placed()["line_items"][0]
    rows = [line | {"name": "Salt &amp; Pepper &#8211; 2&quot;"}, line | {"id": 99, "quantity": 0}]
    has(api, placed(line_items=[*rows, line | {"id": 98, "quantity": 1.5, "sku": None}]))
    order = await store.order("24")
    assert order is not None
    assert order.items[0].name == 'Salt & Pepper – 2"'
    assert [(item.quantity, item.sku) for item in order.items][1:] == [(2, None)]


@pytest.mark.parametrize(
    ("key", "value", "last4"),
    [
        ("last4", "4242", "4242"),
        ("last4", 4242, "4242"),
        ("_wc_braintree_credit_card_account_four", "1881", "1881"),
        ("_wc_authorize_net_cim_credit_card_account_four", "0002", "0002"),
        ("last4", "••••", None),
        ("phone_last4", "4242", None),
        ("_transaction_last4_hint", "4242", None),
    ],
)
async def test_the_card_that_paid(api: FakeApi, store: Store, key: str, value: Any, last4: str | None) -> None:
    has(api, placed(meta_data=[{"id": 1, "key": key, "value": value}]))
    order = await store.order("24")
    assert order is not None
    assert order.last4 == last4


async def test_a_guest_has_no_customer_number(api: FakeApi, store: Store) -> None:
    has(api, placed(PENDING))
    order = await store.order("27")
    assert order is not None
    assert order.customer == Customer(
        id="tom.hale@example.com", name="Tom Hale", email="tom.hale@example.com", phone="+16465550188"
    )


async def test_a_phone_without_country_code_is_one_of_the_billing_country(api: FakeApi, store: Store) -> None:
    billing = placed()["billing"] | {"country": "GB", "phone": "020 7946 0958"}
    has(api, placed(billing=billing))
    order = await store.order("24")
    assert order is not None
    assert order.customer.phone == "+442079460958"


async def test_an_order_with_next_to_nothing_in_it(api: FakeApi, store: Store) -> None:
    """As a plugin that hides fields leaves it, and with fields of tomorrow."""
    bare = {"id": 24, "number": 24, "status": "processing", "date_created_gmt": "2026-11-20T14:48:39", "total": ""}
    has(api, bare | {"billing": {"first_name": None, "moon": True}, "shipping": {}, "drone": {"id": 7}})
    order = await store.order("24")
    assert order is not None
    assert (order.items, order.total, order.address, order.shipments) == ((), None, None, ())
    assert order.customer == Customer(id="order 24", name="")


async def test_an_amount_without_a_currency_is_not_told(api: FakeApi, store: Store) -> None:
    has(api, placed(PARTLY_REFUNDED, currency=""))
    order = await store.order("21")
    assert order is not None
    assert (order.total, order.items[0].price, order.refunds) == (None, None, ())


# By phone and e-mail


async def test_a_household_with_one_phone_is_two_customers(api: FakeApi, store: Store) -> None:
    """Stored as '(212) 555-0147': its digits alone find nothing, its last seven as stored find all three."""
    assert finds(api, "orders_search_phone_digits") == "2125550147"
    assert finds(api, "orders_search_phone_fragment") == "555-0147"
    orders = await store.orders_by_phone("+12125550147")
    assert [(order.number, order.customer.name) for order in orders] == [
        ("26", "Leo Okafor"),
        ("24", "Maya Okafor"),
        ("19", "Maya Okafor"),
    ]


@pytest.mark.parametrize(
    ("recording", "phone", "numbers"),
    [
        ("orders_search_phone_stored_e164_asked_plain", "+12065550133", ["28", "25"]),
        ("orders_search_phone_digits_stored_digits", "+13125550162", ["22", "20"]),
    ],
)
async def test_a_phone_that_is_stored_in_another_form(
    api: FakeApi, store: Store, recording: str, phone: str, numbers: list[str]
) -> None:
    assert finds(api, recording) == phone.removeprefix("+1")
    assert [order.number for order in await store.orders_by_phone(phone)] == numbers


@pytest.mark.parametrize(
    "stored", ["(646) 555-0188", "646-555-0188", "+1 646 555 0188", "646.555.0188", "1 (646)555-0188", "16465550188"]
)
async def test_usual_ways_of_writing_a_phone_are_found(api: FakeApi, store: Store, stored: str) -> None:
    """The site finds an order only if what is asked for stands in it letter by letter."""
    billing = placed(PENDING)["billing"] | {"phone": stored}
    api.answer("GET", ORDERS, [])
    api.answer("GET", ORDERS, [placed(PENDING, billing=billing)], when=lambda got: got.query["search"] in stored)
    assert [order.number for order in await store.orders_by_phone("+16465550188")] == ["27"]


@pytest.mark.parametrize("phone", ["+16175550100", "", "617", "+", "+1'; DROP"])
async def test_everybodys_orders_are_not_a_strangers(api: FakeApi, store: Store, phone: str) -> None:
    """A site that ignores what it is asked answers with all orders there are."""
    assert await store.orders_by_phone(phone) == ()


async def test_everybodys_orders_are_not_one_customers(api: FakeApi, store: Store) -> None:
    orders = await store.orders_by_email("maya.okafor@example.com")
    assert [order.number for order in orders] == ["24", "19"]
    assert len(everybody()) == 10


@pytest.mark.parametrize("recording", ["orders_search_email", "orders_search_email_upper"])
async def test_an_email_address_in_any_case(api: FakeApi, store: Store, recording: str) -> None:
    email = finds(api, recording)
    assert [order.number for order in await store.orders_by_email(f" {email} ")] == ["24", "19"]


@pytest.mark.parametrize("email", ["", "  ", "maya", "okafor@example.com", "a@example.com&customer=2#"])
async def test_an_address_that_is_nobodys(api: FakeApi, store: Store, email: str) -> None:
    assert await store.orders_by_email(email) == ()
    assert all("customer" not in one.query for one in api.requests)
    assert [one.query["search"] for one in api.requests] == ([email] if "@" in email else [])


async def test_a_guests_orders_are_found_by_email(api: FakeApi, store: Store) -> None:
    assert [order.number for order in await store.orders_by_email("tom.hale@example.com")] == ["27", "21"]


async def test_only_the_newest_orders_of_a_customer(api: FakeApi, store: Store) -> None:
    many = [placed(id=id_, number=str(id_), date_created_gmt=f"2026-10-{id_:02}T12:00:00") for id_ in range(1, 30)]
    api.answer("GET", ORDERS, [*many, many[3]])
    orders = await store.orders_by_email("maya.okafor@example.com")
    assert [order.number for order in orders] == [str(number) for number in range(29, 19, -1)]


# What is on its way


async def test_open_orders_are_the_newest_that_somebody_waits_for(api: FakeApi, store: Store) -> None:
    orders = await store.open_orders(3)
    assert [order.number for order in orders] == ["26", "24", "25"]
    assert [one.tracking for one in orders[2].shipments] == ["794644790132"]
    [first, *_] = api.sent(ORDERS)
    assert (first.query["after"], first.query["dates_are_gmt"]) == ("2026-09-24T15:00:00", "true")


async def test_a_completed_order_of_long_ago_is_not_on_its_way(api: FakeApi, store: Store) -> None:
    """Nor is one of today by a site that does not know the parameter 'after', or a download."""
    old = placed(COMPLETED, date_created_gmt="2025-11-02T15:12:07")
    download = placed(COMPLETED, id=30, number="30", needs_processing=False)
    api.answer("GET", ORDERS, [old, download, placed(COMPLETED, id=31, number="31", meta_data=[])])
    assert [order.number for order in await store.open_orders(10)] == ["31"]


async def test_a_site_that_never_ends_its_pages(api: FakeApi, store: Store) -> None:
    assert len(await store.open_orders(500)) == 5
    assert len(api.sent(ORDERS)) == 2


async def test_pages_end_with_an_empty_list(api: FakeApi, store: Store) -> None:
    beyond = exchange("orders_page_beyond")["response"]
    api.answer("GET", ORDERS, beyond["body"])
    assert await store.open_orders(500) == ()


async def test_subscriptions_and_appointments_are_kept_elsewhere(api: FakeApi, store: Store) -> None:
    assert await store.subscriptions(Customer(id="2", name="Maya")) == ()
    assert await store.appointment("24") is None
    assert api.requests == []


# When it fails


@pytest.mark.parametrize(
    ("recording", "failure"),
    [
        ("auth_bad_key", Denied),
        ("auth_bad_secret", Denied),
        ("auth_none", Denied),
        ("site_database_down", Broken),
        ("site_maintenance", Broken),
    ],
)
async def test_recorded_failures_have_their_kinds(
    api: FakeApi, store: Store, recording: str, failure: type[SystemFailed]
) -> None:
    plays(api, recording)
    with structlog.testing.capture_logs() as logs, pytest.raises(failure) as caught:
        await store.order("24")
    assert len(api.requests) == 1
    assert SECRET not in str(caught.value) + str(logs)
    if recording == "site_maintenance":
        assert isinstance(caught.value, Broken)
        assert caught.value.retry_after == 600


@pytest.mark.parametrize("recording", ["refund_create_too_much", "refund_create_gateway_missing"])
async def test_an_error_of_500_without_the_usual_data_is_a_failure(api: FakeApi, store: Store, recording: str) -> None:
    """WooCommerce answers what it refuses about refunds so, with a bare number for data."""
    has(api, placed(PARTLY_REFUNDED))
    told = exchange(recording)["response"]
    assert told["body"]["data"] == 500
    api.answer("GET", rf"{ORDERS}/21/refunds", told["body"], told["status"])
    with pytest.raises(Broken):
        await store.order("21")


@pytest.mark.parametrize(("status", "failure"), [(403, Denied), (429, Limited), (502, Broken)])
async def test_failures_of_what_stands_before_the_site(
    api: FakeApi, store: Store, status: int, failure: type[SystemFailed]
) -> None:
    """WooCommerce has no rate limit; hosts and firewalls do."""
    html = "<html><h1>Attention required</h1></html>"
    api.answer("GET", rf"{ORDERS}/24", html, status, {"Content-Type": "text/html", "Retry-After": "90"})
    with pytest.raises(failure):
        await store.order("24")
    assert len(api.requests) == 1


async def test_a_host_that_wants_a_moment_gets_it(api: FakeApi, store: Store) -> None:
    has(api, placed())
    api.answer("GET", rf"{ORDERS}/24", status=429, headers={"Retry-After": "0.05"}, times=1)
    assert await store.order("24") is not None
    assert len(api.requests) == 2


async def test_a_key_that_is_revoked_in_mid_call(api: FakeApi, store: Store) -> None:
    has(api, placed())
    assert await store.order("24") is not None
    plays(api, "auth_bad_key")
    with pytest.raises(Denied, match="revoked"):
        await store.order("24")


@pytest.mark.parametrize(
    ("status", "html"), [(200, "<html>Welcome to our shop</html>"), (404, "<html>Page not found</html>")]
)
async def test_a_page_for_people_is_no_answer(api: FakeApi, store: Store, status: int, html: str) -> None:
    """Of a site with plain permalinks, or a wrong address."""
    api.answer("GET", rf"{ORDERS}/24", html, status, {"Content-Type": "text/html"})
    with pytest.raises(BadAnswer, match="address in the settings"):
        await store.order("24")


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection(api: FakeApi, store: Store, fault: str) -> None:
    api.fail("GET", rf"{ORDERS}/24", fault)
    with pytest.raises(Unreachable):
        await store.order("24")


async def test_a_silent_site(api: FakeApi, store: Store) -> None:
    api.fail("GET", rf"{ORDERS}/24", "hang")
    with pytest.raises(TooSlow):
        await store.order("24")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"status": None}, "status"),
        ({"number": {"nested": 1}}, "number"),
        ({"total": "a lot"}, "total"),
        ({"date_created_gmt": None}, "date_created_gmt"),
        ({"date_created_gmt": "yesterday"}, "ISO 8601"),
        ({"line_items": {"1": {}}}, "line_items"),
        ({"billing": None}, "billing"),
    ],
)
async def test_what_is_not_as_described_is_named(
    api: FakeApi, store: Store, changes: dict[str, Any], place: str
) -> None:
    has(api, placed(**changes))
    with pytest.raises(BadAnswer, match=re.escape(place)):
        await store.order("24")


@pytest.mark.parametrize("body", [{"code": "odd"}, None, 7])
async def test_a_list_that_is_none(api: FakeApi, store: Store, body: Any) -> None:
    api.answer("GET", ORDERS, body)
    with pytest.raises(BadAnswer, match="a list was expected"):
        await store.orders_by_email("maya.okafor@example.com")
