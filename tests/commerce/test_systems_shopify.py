"""Orders from Shopify as a caller would be told them, and what the operator is told of the shop."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from prometheus_client import REGISTRY
from shopify_world import (
    SCOPES,
    address,
    bag,
    fulfillment,
    line,
    nodes,
    order,
    payment,
    refund,
    returned,
    shopify_shop,
    store,
    waiting,
)

from asterisk_agent.commerce.models import Address, Money, OrderStatus, ShipmentStatus
from asterisk_agent.commerce.store import AmbiguousNumber
from asterisk_agent.commerce.stores.shopify_answers import ShopifyOrder
from asterisk_agent.commerce.stores.shopify_reading import order_of
from asterisk_agent.settings import Shop

ZONE = Shop().zone


def read(told: dict[str, Any]) -> Any:
    """The order as the agent knows it."""
    return order_of(ShopifyOrder.model_validate(told), "US", ZONE)


async def test_an_order_is_told_with_all_that_shopify_knows() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order(returns=nodes(returned("OPEN")), refunds=[refund("10.0", payment("REFUND"))]))
        found = await shopify.order("1001")
    assert found is not None
    assert (found.number, found.key, found.id, found.store) == ("1001", "1001", "gid://shopify/Order/1", "shopify")
    assert (found.customer.name, found.customer.phone, found.customer.vip) == ("Maria Lopez", "+16175550142", True)
    assert (found.customer.id, found.customer.email) == ("gid://shopify/Customer/7", "maria@example.com")
    assert (found.status, found.raw_status) == (OrderStatus.SHIPPED, "FULFILLED")
    assert found.address == Address(line1="12 Elm St", line2="Apt 4", city="Boston", state="MA", zip="02116")
    assert (found.total, found.last4) == (Money(amount=Decimal("64.99")), "4242")
    assert [(one.name, one.sku, one.price) for one in found.items] == [
        ("Kettle", "KET-1", Money(amount=Decimal("59.9")))
    ]
    assert found.promised == date(2026, 11, 25)  # the last second of the day in New York is the next day in UTC
    [parcel] = found.shipments
    assert (parcel.carrier, parcel.tracking, parcel.status) == (
        "UPS",
        "1Z999AA10123456784",
        ShipmentStatus.IN_TRANSIT,
    )
    assert (parcel.raw_status, parcel.raw_text) == ("IN_TRANSIT", "In transit")
    assert (parcel.expected, parcel.items) == (date(2026, 11, 24), ("Kettle",))
    assert parcel.last_scan is not None
    assert (parcel.last_scan.text, parcel.last_scan.place) == ("Departed facility", "Hartford, CT")
    [back] = found.returns
    assert (back.number, back.status, back.reason) == ("#1001-R1", "open", "Too small")
    assert (back.carrier, back.tracking, back.items) == ("USPS", "9400100000000000000000", ("Kettle",))
    [money] = found.refunds
    assert (money.amount.amount, money.status, money.method) == (Decimal("10.0"), "refunded", "Visa ending 4242")


async def test_what_the_newest_shopify_adds_is_ignored() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.unchecked.add("Order")
        shop.has(order(mood="sunny", fulfillments=[fulfillment() | {"drone": {"name": "Bob"}}]))
        found = await shopify.order("1001")
    assert found is not None
    assert len(found.shipments) == 1


async def test_a_number_that_nobody_has_is_not_found() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has()
        assert await shopify.order("9999") is None
        assert shop.asked("Order") == []


async def test_an_order_whose_number_only_contains_the_one_asked_for_is_another() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order("#10012", 2), order("#1001-A", 3), order("#1001", 1))
        found = await shopify.order("1001")
        assert shop.asked("Order")[0]["id"] == "gid://shopify/Order/1"
    assert found is not None
    assert found.number == "1001"


async def test_two_orders_with_the_same_number_are_not_taken_for_one_another() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order("#1001", 1), order("1001", 2))
        with pytest.raises(AmbiguousNumber) as raised:
            await shopify.order("1001")
    assert {one.id for one in raised.value.orders} == {"gid://shopify/Order/1", "gid://shopify/Order/2"}


@pytest.mark.parametrize(
    ("prefix", "suffix", "name", "number"),
    [
        ("#", "", "#1001", "1001"),
        ("US-", "-A", "US-1001-A", "US1001A"),
        ("EN", "", "EN1001", "EN1001"),
        ("No. ", "/26", "No. 1001/26", "NO100126"),
        ("#", "", "US-1001-A", "US1001A"),  # from before the shop changed how it numbers orders
    ],
)
async def test_numbers_are_searched_for_as_the_shop_writes_them(
    prefix: str, suffix: str, name: str, number: str
) -> None:
    async with shopify_shop(orderNumberFormatPrefix=prefix, orderNumberFormatSuffix=suffix) as shop:
        async with store(shop) as shopify:
            shop.has(order(name))
            found = await shopify.order(number)
        assert f'name:"{name}"' in shop.asked("OrderNames")[0]["query"]
    assert found is not None
    assert found.key == number


@pytest.mark.parametrize(
    "hostile",
    ['1001" OR name:"1002', "1001 OR status:open", "*", "name:1001)", '\\" OR email:"x', "1001\n1002", "' OR ''='"],
)
async def test_a_hostile_number_does_not_change_the_search(hostile: str) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order("#1001", 1), order("#1002", 2))
        assert await shopify.order(hostile) is None
        for asked in shop.asked("OrderNames"):
            terms = asked["query"].split(" OR ")
            assert all(term.startswith('name:"') and term.endswith('"') and term.count('"') == 2 for term in terms)


@pytest.mark.parametrize("number", ["", "---", "1" * 41])
async def test_what_is_no_number_is_not_even_asked_for(number: str) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        assert await shopify.order(number) is None
        assert shop.api.requests == []


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("LABEL_PURCHASED", ShipmentStatus.PRE_TRANSIT),
        ("LABEL_PRINTED", ShipmentStatus.PRE_TRANSIT),
        ("LABEL_VOIDED", ShipmentStatus.PRE_TRANSIT),
        ("CONFIRMED", ShipmentStatus.PRE_TRANSIT),
        ("SUBMITTED", ShipmentStatus.PRE_TRANSIT),
        ("CARRIER_PICKED_UP", ShipmentStatus.IN_TRANSIT),
        ("IN_TRANSIT", ShipmentStatus.IN_TRANSIT),
        ("OUT_FOR_DELIVERY", ShipmentStatus.OUT_FOR_DELIVERY),
        ("ATTEMPTED_DELIVERY", ShipmentStatus.ATTEMPT_FAILED),
        ("READY_FOR_PICKUP", ShipmentStatus.AVAILABLE_FOR_PICKUP),
        ("DELIVERED", ShipmentStatus.DELIVERED),
        ("PICKED_UP", ShipmentStatus.DELIVERED),
        ("DELAYED", ShipmentStatus.DELAYED),
        ("FAILURE", ShipmentStatus.EXCEPTION),
        ("NOT_DELIVERED", ShipmentStatus.EXCEPTION),
        ("FULFILLED", ShipmentStatus.UNKNOWN),
        ("MARKED_AS_FULFILLED", ShipmentStatus.UNKNOWN),
        (None, ShipmentStatus.UNKNOWN),
    ],
)
def test_states_of_parcels(shown: str | None, status: ShipmentStatus) -> None:
    [parcel] = read(order(fulfillments=[fulfillment(shown)])).shipments
    assert (parcel.status, parcel.raw_status) == (status, shown)


def test_a_state_that_nobody_knows_is_counted_and_kept() -> None:
    before = REGISTRY.get_sample_value("order_agent_unknown_status_codes_total", {"system": "shopify"}) or 0
    found = read(order(displayFulfillmentStatus="BEAMED", fulfillments=[fulfillment("TELEPORTED")]))
    after = REGISTRY.get_sample_value("order_agent_unknown_status_codes_total", {"system": "shopify"})
    assert (found.shipments[0].status, found.shipments[0].raw_status) == (ShipmentStatus.UNKNOWN, "TELEPORTED")
    assert (found.status, found.raw_status) == (OrderStatus.SHIPPED, "BEAMED")
    assert after == before + 2


@pytest.mark.parametrize("gone", [{"status": "CANCELLED"}, {"status": "FAILURE"}, {"displayStatus": "CANCELED"}])
def test_a_fulfillment_that_came_to_nothing_is_no_parcel(gone: dict[str, str]) -> None:
    found = read(waiting(fulfillments=[fulfillment() | gone]))
    assert (found.shipments, found.status, found.cancellable) == ((), OrderStatus.PROCESSING, True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.PROCESSING),
        ({"displayFulfillmentStatus": "IN_PROGRESS"}, OrderStatus.PROCESSING),
        ({"displayFulfillmentStatus": "SCHEDULED"}, OrderStatus.PROCESSING),
        ({"displayFulfillmentStatus": "ON_HOLD"}, OrderStatus.ON_HOLD),
        ({"displayFinancialStatus": "PENDING"}, OrderStatus.PENDING),
        ({"displayFinancialStatus": "AUTHORIZED"}, OrderStatus.PROCESSING),
        ({"displayFinancialStatus": "REFUNDED"}, OrderStatus.REFUNDED),
        ({"displayFinancialStatus": "PARTIALLY_REFUNDED"}, OrderStatus.PROCESSING),
        ({"cancelledAt": "2026-11-20T10:00:00Z", "displayFinancialStatus": "REFUNDED"}, OrderStatus.CANCELLED),
        (
            {"displayFulfillmentStatus": "PARTIALLY_FULFILLED", "fulfillments": [fulfillment()]},
            OrderStatus.PARTLY_SHIPPED,
        ),
        ({"displayFulfillmentStatus": "FULFILLED", "fulfillments": [fulfillment()]}, OrderStatus.SHIPPED),
        ({"displayFulfillmentStatus": "FULFILLED", "fulfillments": [fulfillment("DELIVERED")]}, OrderStatus.DELIVERED),
        (
            {"displayFulfillmentStatus": "FULFILLED", "fulfillments": [fulfillment("DELIVERED"), fulfillment()]},
            OrderStatus.SHIPPED,
        ),
        (
            {"displayFulfillmentStatus": "FULFILLED", "fulfillments": [fulfillment(requiresShipping=False)]},
            OrderStatus.DELIVERED,
        ),
    ],
)
def test_states_of_orders(changes: dict[str, Any], status: OrderStatus) -> None:
    assert read(waiting(**changes)).status is status


def test_a_parcel_that_only_its_date_calls_delivered_is_delivered() -> None:
    [parcel] = read(order(fulfillments=[fulfillment("FULFILLED", deliveredAt="2026-11-22T20:00:00Z")])).shipments
    assert (parcel.status, parcel.delivered_at) == (
        ShipmentStatus.DELIVERED,
        datetime(2026, 11, 22, 20, 0, tzinfo=UTC),
    )


def test_a_part_that_has_shipped_is_a_parcel_with_its_items_and_the_rest_waits() -> None:
    mug = line("Mug", "gid://shopify/LineItem/2")
    found = read(
        order(
            displayFulfillmentStatus="PARTIALLY_FULFILLED",
            lineItems=nodes(line(), mug),
            fulfillments=[fulfillment("OUT_FOR_DELIVERY", line())],
        )
    )
    assert [item.name for item in found.items] == ["Kettle", "Mug"]
    assert [parcel.items for parcel in found.shipments] == [("Kettle",)]
    assert (found.status, found.cancellable) == (OrderStatus.PARTLY_SHIPPED, False)


def test_each_tracking_number_is_a_parcel_and_so_is_a_dispatch_without_one() -> None:
    numbers = [{"company": "FedEx Ground", "number": "61299"}, {"company": "FedEx Ground", "number": "61300"}]
    found = read(
        order(fulfillments=[fulfillment(trackingInfo=numbers), fulfillment("MARKED_AS_FULFILLED", trackingInfo=[])])
    )
    assert [(parcel.carrier, parcel.tracking) for parcel in found.shipments] == [
        ("FedEx", "61299"),
        ("FedEx", "61300"),
        ("", None),
    ]


def test_refunds_in_parts_are_told_each_with_its_state() -> None:
    failed, open_ = payment("REFUND", "FAILURE"), payment("REFUND", "PENDING", number=None)
    rows = [
        refund("10.00", payment("REFUND")),
        refund("5.00", failed),
        refund("2.50", open_),
        refund("20.00", payment("REFUND"), payment("REFUND", number="•••• 1111")),
        refund("0.00"),
    ]
    found = read(order(displayFinancialStatus="PARTIALLY_REFUNDED", refunds=rows))
    assert [(str(one.amount.amount), one.status, one.method) for one in found.refunds] == [
        ("10.00", "refunded", "Visa ending 4242"),
        ("5.00", "failed", "Visa ending 4242"),
        ("2.50", "pending", "Shopify Payments"),
        ("20.00", "refunded", None),
    ]
    assert [one.issued_at is not None for one in found.refunds] == [True, False, False, True]


def test_amounts_are_in_the_money_that_the_customer_paid_with() -> None:
    assert read(order(totalPriceSet=bag("80.00", "CAD"))).total == Money(amount=Decimal("80.00"), currency="CAD")


def test_an_item_that_was_taken_off_before_dispatch_is_not_told_one_that_came_back_is() -> None:
    removed = line("Mug", "gid://shopify/LineItem/2", currentQuantity=0)
    came_back = line(currentQuantity=0)
    found = read(order(lineItems=nodes(came_back, removed, line("Tray", "gid://shopify/LineItem/3", quantity=2))))
    assert [item.name for item in found.items] == ["Kettle", "Tray"]


def test_of_an_order_that_is_cancelled_the_items_stay() -> None:
    found = read(waiting(cancelledAt="2026-11-20T10:00:00Z", lineItems=nodes(line(currentQuantity=0))))
    assert [(item.name, item.quantity) for item in found.items] == [("Kettle", 1)]


def test_gift_cards_cannot_come_back() -> None:
    found = read(order(lineItems=nodes(line(), line("Gift card", "gid://shopify/LineItem/2", isGiftCard=True))))
    assert [item.returnable for item in found.items] == [True, False]


@pytest.mark.parametrize(
    "transactions",
    [
        [],
        [payment(number=None)],
        [payment(status="FAILURE")],
        [payment("REFUND")],
        [payment(number="•••")],
    ],
)
def test_the_last_four_digits_are_those_of_a_card_that_paid(transactions: list[dict[str, Any]]) -> None:
    assert read(order(transactions=transactions)).last4 is None


def test_a_guest_is_known_by_what_was_typed_in_at_checkout() -> None:
    found = read(
        order(customer=None, email="Guest@Example.com", phone=None, billingAddress=address(phone="617.555.0199"))
    )
    assert (found.customer.id, found.customer.email) == ("gid://shopify/Order/1", "Guest@Example.com")
    assert (found.customer.name, found.customer.phone) == ("Maria Lopez", "+16175550199")


def test_what_shopify_keeps_back_stays_unknown() -> None:
    found = read(
        order(customer=None, email=None, shippingAddress=None, billingAddress=None, totalPriceSet=None, transactions=[])
    )
    assert (found.customer.name, found.customer.email, found.customer.phone) == ("", None, None)
    assert (found.address, found.total, found.last4) == (None, None, None)


def test_an_address_of_which_only_the_country_may_be_seen_is_none() -> None:
    hidden = dict.fromkeys(address(), None) | {"countryCodeV2": "US"}
    assert read(order(shippingAddress=hidden)).address is None


async def test_orders_are_found_by_the_telephone_number_of_the_account() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        account = {"defaultPhoneNumber": {"phoneNumber": "+16175550142"}}
        older = order("#1000", 9, processedAt="2026-10-01T10:00:00Z")
        shop.says("CustomerOrders", {"customerByIdentifier": account | {"orders": nodes(older, order())}})
        found = await shopify.orders_by_phone("+16175550142")
        assert shop.asked("CustomerOrders")[0]["phone"] == "+16175550142"
    assert [one.number for one in found] == ["1001", "1000"]


@pytest.mark.parametrize(
    "account",
    [None, {"defaultPhoneNumber": {"phoneNumber": "+16175559999"}}, {"defaultPhoneNumber": None}],
)
async def test_an_account_with_another_number_is_not_the_callers(account: dict[str, Any] | None) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        found = account and account | {"orders": nodes(order())}
        shop.says("CustomerOrders", {"customerByIdentifier": found})
        assert await shopify.orders_by_phone("+16175550142") == ()


async def test_without_the_right_to_see_customers_nobody_is_found_by_telephone() -> None:
    async with shopify_shop(("read_orders",)) as shop, store(shop) as shopify:
        assert await shopify.orders_by_phone("+16175550142") == ()
        assert shop.asked("CustomerOrders") == []


async def test_orders_are_found_by_the_email_address_in_any_case_and_strangers_are_not() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        stranger = order("#2000", 5, email="maria@example.com.au", customer=None)
        shop.has(order(), stranger)
        found = await shopify.orders_by_email(" Maria@Example.com ")
        assert shop.asked("Orders")[0]["query"] == 'email:"maria@example.com"'
    assert [one.number for one in found] == ["1001"]


async def test_a_hostile_email_address_does_not_change_the_search() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        assert await shopify.orders_by_email('x"@example.com') == ()
        assert await shopify.orders_by_email('a@b" OR status:open') == ()
        assert await shopify.orders_by_email("no address") == ()
        assert [one["query"] for one in shop.asked("Orders")] == ['email:"x\\"@example.com"']


async def test_an_order_among_others_that_has_more_is_read_as_a_whole() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        whole = order(lineItems=nodes(*(line(f"Mug {n}", f"gid://shopify/LineItem/{n}") for n in range(9))))
        shop.has(whole)
        shop.says("Orders", {"orders": nodes(order(lineItems=nodes(line(), more=True)))})
        [found] = await shopify.orders_by_email("maria@example.com")
    assert len(found.items) == 9


async def test_scopes_that_are_missing_are_not_asked_for() -> None:
    async with shopify_shop(("read_orders",)) as shop, store(shop) as shopify:
        shop.unchecked.add("Order")
        bare = {key: value for key, value in order().items() if key not in ("customer", "returns", "fulfillmentOrders")}
        shop.has(bare)
        found = await shopify.order("1001")
        asked = shop.asked("Order")[0]
    assert (asked["customers"], asked["returnable"], asked["promises"]) == (False, False, False)
    assert found is not None
    assert (found.customer.email, found.promised) == ("maria@example.com", None)


async def test_open_orders_are_those_on_their_way_page_by_page() -> None:
    def page(*orders: dict[str, Any], end: str | None) -> dict[str, Any]:
        info = {"hasNextPage": end is not None, "endCursor": end}
        return {"orders": {"nodes": list(orders), "pageInfo": info}}

    async with shopify_shop() as shop, store(shop) as shopify:
        shop.says("OpenOrders", page(order("#3", 3, processedAt="2026-11-10T00:00:00Z"), end=None))
        arrived = order("#2", 2, fulfillments=[fulfillment("DELIVERED")])
        cancelled = order("#4", 4, cancelledAt="2026-11-20T00:00:00Z")
        shop.says("OpenOrders", page(order("#1", 1), arrived, cancelled, end="next"), times=1)
        found = await shopify.open_orders(10)
        assert [one["after"] for one in shop.asked("OpenOrders")] == [None, "next"]
        assert shop.asked("OpenOrders")[0]["query"] == "processed_at:>='2026-10-09'"
    assert [one.number for one in found] == ["1", "3"]
    assert found[0].shipments[0].tracking == "1Z999AA10123456784"


async def test_a_list_of_open_orders_that_never_ends_is_left() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        again = {"nodes": [order()], "pageInfo": {"hasNextPage": True, "endCursor": "same"}}
        shop.says("OpenOrders", {"orders": again})
        assert [one.number for one in await shopify.open_orders(500)] == ["1001"]
        assert len(shop.asked("OpenOrders")) == 2


async def test_the_newest_open_orders_are_enough() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        two = {
            "nodes": [order("#1", 1), order("#2", 2, processedAt="2026-11-19T00:00:00Z")],
            "pageInfo": {"hasNextPage": True, "endCursor": "next"},
        }
        shop.says("OpenOrders", {"orders": two})
        assert [one.number for one in await shopify.open_orders(1)] == ["2"]
        assert len(shop.asked("OpenOrders")) == 1


async def test_a_shop_where_all_works_is_told_so() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        found = {one.what: one for one in await shopify.check()}
    assert {name for name, one in found.items() if one.works is False} == set()
    assert found["credentials"].text == "the shop Blue Box answers"
    assert found["look-up"].works is True
    assert "#1001" in found["look-up"].text
    assert {name for name, one in found.items() if one.works is None} == {"telephone numbers", "notes"}


@pytest.mark.parametrize(
    ("missing", "works", "said"),
    [
        ("read_orders", False, "no order can be looked up"),
        ("read_all_orders", None, "60 days"),
        ("read_customers", None, "not found by telephone number"),
        ("write_orders", None, "addresses cannot be changed"),
        ("read_returns", None, "returns are not told"),
        ("write_returns", None, "returns cannot be requested"),
        ("read_merchant_managed_fulfillment_orders", None, "delivery day"),
    ],
)
async def test_each_missing_scope_is_told_with_what_it_costs(missing: str, works: bool | None, said: str) -> None:
    implied = {"read_orders": "write_orders", "read_returns": "write_returns"}.get(missing)
    scopes = tuple(scope for scope in SCOPES if scope not in (missing, implied))
    async with shopify_shop(scopes) as shop, store(shop) as shopify:
        shop.has(order())
        found = {one.what: one for one in await shopify.check()}
    assert found[missing].works is works
    assert said in found[missing].text


async def test_the_right_to_write_is_one_to_read_too() -> None:
    async with shopify_shop(("write_orders",)) as shop, store(shop) as shopify:
        shop.has(order())
        found = {one.what: one for one in await shopify.check()}
    assert found["read_orders"].works is True


async def test_a_look_up_that_shopify_refuses_is_told_by_the_check() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        denied = [{"message": "Not approved to access the Order object.", "extensions": {"code": "ACCESS_DENIED"}}]
        shop.says("Orders", None, errors=denied)
        found = {one.what: one for one in await shopify.check()}
    assert found["look-up"].works is False
    assert "Not approved" in found["look-up"].text


async def test_a_shop_without_orders_and_one_that_hides_its_customers_are_told_apart() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has()
        empty = {one.what: one for one in await shopify.check()}["look-up"]
        shop.has(order(email=None, customer=None, shippingAddress=dict.fromkeys(address(), None)))
        hidden = {one.what: one for one in await shopify.check()}["look-up"]
    assert empty.works is None
    assert "nothing could be tried" in empty.text
    assert hidden.works is None
    assert "protected customer data" in hidden.text


async def test_limits_of_the_settings_are_told() -> None:
    keys = {"client_id": "", "client_secret": "", "access_token": "shpat_x"}
    async with shopify_shop(ianaTimezone="Europe/Berlin") as shop, store(shop, **keys) as shopify:
        shop.has(order())
        found = {one.what: one for one in await shopify.check()}
    assert "Europe/Berlin" in found["time zone"].text
    assert "client_secret" in found["webhooks"].text
