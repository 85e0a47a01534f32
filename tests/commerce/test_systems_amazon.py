"""Amazon: requests checked against the official descriptions, answers from the official static sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from systems_world import FakeApi, Prism, recorded, spec

from asterisk_agent.commerce.changes import CancelOrder, Outcome
from asterisk_agent.commerce.failures import (
    BadAnswer,
    Broken,
    Denied,
    Limited,
    Rejected,
    SystemFailed,
    TooSlow,
    Unreachable,
)
from asterisk_agent.commerce.models import Address, Customer, Money, Order, OrderStatus, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.stores import amazon_reading
from asterisk_agent.commerce.stores.amazon import AmazonStore, create
from asterisk_agent.commerce.stores.amazon_reading import last_day
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Amazon

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TOKEN = "/auth/o2/token"
LIST = "/orders/2026-01-01/orders"
RETURNS = "/externalFulfillment/2024-09-11/returns"
BRAZIL, TURKEY, STORE = "171-9876543-2109876", "028-1234567-8901234", "114-9876543-1234567"
NUMBER = "202-7654321-1098765"


@pytest.fixture(scope="module")
def orders_prism() -> Iterator[Prism]:
    served = Prism(spec("amzn-orders-2026.json"))
    yield served
    served.close()


@pytest.fixture(scope="module")
def returns_prism() -> Iterator[Prism]:
    served = Prism(spec("amzn-returns.json"))
    yield served
    served.close()


@pytest.fixture
async def api(orders_prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(orders_prism, unchecked="^/auth|^/externalFulfillment") as served:
        with_token(served)
        served.answer("GET", RETURNS, {"errors": [{"code": "Unauthorized", "message": "Access is denied."}]}, 403)
        yield served


@pytest.fixture
async def store(api: FakeApi) -> AsyncIterator[AmazonStore]:
    made = create(section(api.url), Shop(), lambda: NOW)
    yield made
    await made.close()


def section(url: str) -> Amazon:
    return Amazon(
        url=url,
        token_url=url + TOKEN,
        client_id="amzn1.application-oa2-client.1",
        client_secret="cs",  # type: ignore[arg-type]
        refresh_token="Atzr|r",  # type: ignore[arg-type]
        marketplaces=("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"),
    )


def with_token(api: FakeApi, token: str = "Atza|1", **more: Any) -> None:
    api.answer("POST", TOKEN, {"access_token": token, "token_type": "bearer", "expires_in": 3600}, **more)


def sandbox(path: str, status: int = 200, name: str = "amzn-orders-2026.json") -> list[Any]:
    """Amazon's own static answers."""
    answers = recorded(name)["paths"][path]["get"]["responses"][str(status)]
    return [case["response"] for case in answers["x-amzn-api-sandbox"]["static"]]


def official() -> dict[str, Any]:
    """The sandbox's orders by number."""
    single = [case["order"] for case in sandbox(LIST + "/{orderId}")]
    listed = [order for case in sandbox(LIST) for order in case["orders"]]
    return {order["orderId"]: order for order in (*single, *listed)}


def british(**more: Any) -> dict[str, Any]:
    """The sandbox's order with a parcel, changed."""
    return {**deepcopy(official()[NUMBER]), **more}


def package(detailed: str | None, status: str = "IN_TRANSIT", **more: Any) -> dict[str, Any]:
    told = {"status": status, **({"detailedStatus": detailed} if detailed else {})}
    return {"packageReferenceId": "1", "packageStatus": told, "carrier": "UPS", "trackingNumber": "1Z1", **more}


def give(api: FakeApi, order: dict[str, Any]) -> None:
    api.answer("GET", f"{LIST}/{order['orderId']}", {"order": order})


async def told(api: FakeApi, store: AmazonStore, order: dict[str, Any]) -> Order:
    give(api, order)
    found = await store.order(order["orderId"])
    assert found is not None
    return found


async def test_an_order_that_the_merchant_sends(api: FakeApi, store: AmazonStore) -> None:
    give(api, official()[NUMBER])

    order = await store.order("20276543211098765")

    assert order is not None
    assert (order.number, order.key, order.id, order.store) == (NUMBER, "20276543211098765", NUMBER, "amazon")
    assert order.customer == Customer(
        id="buyer-email@marketplace.amazon.co.uk", name="Sarah Thompson", email=None, phone="+442079460958"
    )
    assert (order.status, order.raw_status) == (OrderStatus.SHIPPED, "SHIPPED")
    assert order.placed_at == datetime(2024, 12, 24, 14, 20, tzinfo=UTC)
    assert order.total == Money(amount=Decimal("34.99"), currency="GBP")
    assert order.address == Address(
        line1="45 Oak Avenue", line2="Flat 2A", city="London", state="England", zip="SW1A 1AA", country="GB"
    )
    assert order.promised == date(2024, 12, 28)
    (item,) = order.items
    assert (item.name[:15], item.quantity, item.sku) == ("Amazon Echo Dot", 1, "ECHO-DOT-4-UK-CHARCOAL-SINGLE")
    (parcel,) = order.shipments
    assert (parcel.carrier, parcel.tracking) == ("DPD", "15501234567890123456")
    assert (parcel.status, parcel.raw_status) == (ShipmentStatus.OUT_FOR_DELIVERY, "OUT_FOR_DELIVERY")
    assert parcel.shipped_at == datetime(2024, 12, 25, 14, 0, tzinfo=UTC)
    assert parcel.items == (item.name,)
    assert (order.cancellable, order.last4, order.refunds, order.returns) == (None, None, (), ())
    (request,) = api.sent(f"{LIST}/.*")
    assert request.query == {"includedData": "BUYER,RECIPIENT,PROCEEDS,FULFILLMENT,PACKAGES"}


async def test_the_token_goes_in_amazons_own_header(api: FakeApi, store: AmazonStore) -> None:
    await told(api, store, official()[BRAZIL])
    await told(api, store, official()[STORE])

    (asked,) = api.sent(TOKEN)
    assert asked.body == {
        "grant_type": "refresh_token",
        "client_id": "amzn1.application-oa2-client.1",
        "client_secret": "cs",
        "refresh_token": "Atzr|r",
    }
    assert {one.headers["x-amz-access-token"] for one in api.sent(f"{LIST}/.*")} == {"Atza|1"}
    assert not any("Authorization" in one.headers for one in api.requests)


async def test_every_official_order_can_be_told(api: FakeApi, store: AmazonStore) -> None:
    found = {number: await told(api, store, order) for number, order in official().items()}

    assert {number: (one.status, one.total and str(one.total.amount)) for number, one in found.items()} == {
        BRAZIL: (OrderStatus.PROCESSING, "299.90"),
        TURKEY: (OrderStatus.SHIPPED, "125.00"),
        STORE: (OrderStatus.PROCESSING, "49.99"),
        "250-1234567-8901234": (OrderStatus.SHIPPED, "19940"),
        NUMBER: (OrderStatus.SHIPPED, "34.99"),
        "171-2345678-9012345": (OrderStatus.PROCESSING, "1599.90"),
    }


async def test_a_shop_where_it_is_picked_up_is_not_the_customer(api: FakeApi, store: AmazonStore) -> None:
    order = await told(api, store, official()[STORE])

    assert order.customer == Customer(id=STORE, name="")
    assert order.address is None


async def test_a_locker_is_not_the_customers_address(api: FakeApi, store: AmazonStore) -> None:
    given = british()
    given["recipient"]["deliveryAddress"]["addressType"] = "PICKUP_POINT"

    order = await told(api, store, given)

    assert (order.address, order.customer.phone, order.customer.name) == (None, None, "Sarah Thompson")


@pytest.mark.parametrize(
    ("phone", "known"),
    [
        ("+1 207-835-4259 ext. 40214", None),
        ("+1 207-835-4259 x40214", None),
        ("617-555-0142", "+16175550142"),
        ("0000", None),
        (None, None),
    ],
)
async def test_a_number_that_amazon_lends_is_nobodys(
    api: FakeApi, store: AmazonStore, phone: str | None, known: str | None
) -> None:
    given = british()
    given["recipient"]["deliveryAddress"] |= {"phone": phone, "countryCode": "US"}

    assert (await told(api, store, given)).customer.phone == known


async def test_without_the_restricted_role_people_are_not_known(api: FakeApi, store: AmazonStore) -> None:
    given = british(buyer={}, recipient={"deliveryAddress": {"city": "London", "countryCode": "GB"}})

    order = await told(api, store, given)

    assert order.customer == Customer(id=NUMBER, name="")
    assert order.address is None
    assert order.status is OrderStatus.SHIPPED


async def test_an_order_with_little_in_it(api: FakeApi, store: AmazonStore) -> None:
    bare = {
        "orderId": NUMBER,
        "createdTime": "2024-12-24T14:20:00Z",
        "lastUpdatedTime": "2024-12-24T14:20:00Z",
        "salesChannel": {"channelName": "AMAZON"},
        "orderItems": [
            {"orderItemId": "1", "quantityOrdered": 2, "product": {"asin": "B08C1W5N87"}},
            {"orderItemId": "2", "quantityOrdered": 0, "product": {"title": "A cancelled lamp"}},
        ],
        "fulfillment": {"fulfillmentStatus": "PENDING"},
        "aNewField": {"of": "next year"},
    }

    order = await told(api, store, bare)

    assert (order.status, order.total, order.promised, order.shipments) == (OrderStatus.PENDING, None, None, ())
    assert [(item.name, item.quantity, item.price) for item in order.items] == [("B08C1W5N87", 2, None)]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("PENDING_AVAILABILITY", OrderStatus.PENDING),
        ("PENDING", OrderStatus.PENDING),
        ("UNSHIPPED", OrderStatus.PROCESSING),
        ("PARTIALLY_SHIPPED", OrderStatus.PARTLY_SHIPPED),
        ("SHIPPED", OrderStatus.SHIPPED),
        ("CANCELLED", OrderStatus.CANCELLED),
        ("UNFULFILLABLE", OrderStatus.ON_HOLD),
        ("TELEPORTED", OrderStatus.PROCESSING),
    ],
)
async def test_states(api: FakeApi, store: AmazonStore, code: str, status: OrderStatus) -> None:
    order = await told(api, store, british(fulfillment={"fulfillmentStatus": code, "fulfilledBy": "AMAZON"}))

    assert (order.status, order.raw_status) == (status, code)


def test_the_tables_have_every_code_of_the_description() -> None:
    described = recorded("amzn-orders-2026.json")["definitions"]
    assert set(described["FulfillmentStatus"]["enum"]) == set(amazon_reading._STATES)
    codes = set(described["PackageStatus"]["properties"]["status"]["enum"]) - amazon_reading._NO_PARCEL
    assert {code for code in codes if amazon_reading._STATUSES.known(code) is None} == set()
    returns = recorded("amzn-returns.json")["definitions"]["Return"]["properties"]["status"]["enum"]
    assert set(returns) == set(amazon_reading._RETURN_STATES)


@pytest.mark.parametrize(
    ("detailed", "status", "common"),
    [
        (None, "PENDING", ShipmentStatus.PRE_TRANSIT),
        (None, "IN_TRANSIT", ShipmentStatus.IN_TRANSIT),
        (None, "SHIPPED", ShipmentStatus.IN_TRANSIT),
        (None, "DELIVERED", ShipmentStatus.DELIVERED),
        (None, "UNDELIVERABLE", ShipmentStatus.EXCEPTION),
        ("PENDING_SCHEDULE", "PENDING", ShipmentStatus.PRE_TRANSIT),
        ("PENDING_PICK_UP", "PENDING", ShipmentStatus.PRE_TRANSIT),
        ("PENDING_DROP_OFF", "PENDING", ShipmentStatus.PRE_TRANSIT),
        ("PICKED_UP", "IN_TRANSIT", ShipmentStatus.IN_TRANSIT),
        ("DROPPED_OFF", "IN_TRANSIT", ShipmentStatus.IN_TRANSIT),
        ("AT_ORIGIN_FC", "IN_TRANSIT", ShipmentStatus.IN_TRANSIT),
        ("AT_DESTINATION_FC", "IN_TRANSIT", ShipmentStatus.IN_TRANSIT),
        ("OUT_FOR_DELIVERY", "IN_TRANSIT", ShipmentStatus.OUT_FOR_DELIVERY),
        ("DELIVERED", "DELIVERED", ShipmentStatus.DELIVERED),
        ("REJECTED_BY_BUYER", "UNDELIVERABLE", ShipmentStatus.RETURNING),
        ("UNDELIVERABLE", "UNDELIVERABLE", ShipmentStatus.EXCEPTION),
        ("RETURNING_TO_SELLER", "UNDELIVERABLE", ShipmentStatus.RETURNING),
        ("RETURNED_TO_SELLER", "UNDELIVERABLE", ShipmentStatus.RETURNING),
        ("LOST", "IN_TRANSIT", ShipmentStatus.EXCEPTION),
        ("DAMAGED", "IN_TRANSIT", ShipmentStatus.EXCEPTION),
        ("EATEN_BY_A_DOG", "IN_TRANSIT", ShipmentStatus.IN_TRANSIT),
        ("EATEN_BY_A_DOG", "GONE", ShipmentStatus.UNKNOWN),
    ],
)
async def test_package_statuses(
    api: FakeApi, store: AmazonStore, detailed: str | None, status: str, common: ShipmentStatus
) -> None:
    (parcel,) = (await told(api, store, british(packages=[package(detailed, status)]))).shipments

    assert (parcel.status, parcel.raw_status) == (common, detailed or status)


@pytest.mark.parametrize("thrown_away", [package("LABEL_CANCELLED"), package(None, "CANCELLED")])
async def test_a_label_that_was_thrown_away_is_no_parcel(
    api: FakeApi, store: AmazonStore, thrown_away: dict[str, Any]
) -> None:
    order = await told(api, store, british(packages=[thrown_away, package("DELIVERED", "DELIVERED")]))

    assert [one.status for one in order.shipments] == [ShipmentStatus.DELIVERED]
    assert order.status is OrderStatus.DELIVERED


async def test_several_parcels_of_which_one_has_arrived(api: FakeApi, store: AmazonStore) -> None:
    parcels = [
        package("DELIVERED", "DELIVERED", packageItems=[{"orderItemId": "20276543210987", "quantity": 1}]),
        {"packageReferenceId": "2"},
    ]

    order = await told(api, store, british(packages=parcels))

    assert order.status is OrderStatus.SHIPPED
    assert [(one.status, one.carrier, one.tracking) for one in order.shipments] == [
        (ShipmentStatus.DELIVERED, "UPS", "1Z1"),
        (ShipmentStatus.UNKNOWN, "", None),
    ]
    assert [len(one.items) for one in order.shipments] == [1, 0]


@pytest.mark.parametrize(
    ("until", "day"),
    [
        ("2024-12-28T23:59:59Z", date(2024, 12, 28)),  # London
        ("2024-12-28T07:59:59Z", date(2024, 12, 27)),  # Seattle, winter
        ("2024-07-28T06:59:59Z", date(2024, 7, 27)),  # Seattle, summer
        ("2024-12-28T14:59:59Z", date(2024, 12, 28)),  # Tokyo
        ("2024-12-28T22:59:59Z", date(2024, 12, 28)),  # Berlin
        ("2024-12-28T00:59:59+02:00", date(2024, 12, 27)),  # the same moment, written otherwise
        ("2024-12-28T03:00:00Z", date(2024, 12, 27)),  # a time of day, in the shop's zone
        ("2024-12-28T20:00:00Z", date(2024, 12, 28)),
    ],
)
def test_the_last_day_of_a_window_is_the_marketplaces(until: str, day: date) -> None:
    assert last_day(until, ZoneInfo("America/New_York")) == day


@pytest.mark.parametrize("number", ["202-7654321-1098765", "20276543211098765", "202 7654321 1098765"])
async def test_numbers_as_they_are_said(api: FakeApi, store: AmazonStore, number: str) -> None:
    give(api, official()[NUMBER])

    order = await store.order(number)

    assert order is not None
    assert order.number == NUMBER


@pytest.mark.parametrize("number", ["", "1001", "2027654321109876", "202765432110987650", "../../feeds", "A" * 17])
async def test_numbers_of_another_shape_are_not_asked_for(api: FakeApi, store: AmazonStore, number: str) -> None:
    assert await store.order(number) is None
    assert api.requests == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"errors": [{"code": "NotFound", "message": "The order was not found."}]}),
        (400, {"errors": [{"code": "InvalidInput", "message": "Invalid Input"}]}),
        (200, {}),
        (200, {"order": {"orderId": "1", "createdTime": "2024-12-24T14:20:00Z", "orderItems": []}}),
    ],
)
async def test_an_order_that_is_not_there(api: FakeApi, store: AmazonStore, status: int, body: Any) -> None:
    api.answer("GET", f"{LIST}/.*", body, status)

    assert await store.order(NUMBER) is None


async def test_the_official_error_for_a_bad_number_means_none(api: FakeApi, store: AmazonStore) -> None:
    api.answer("GET", f"{LIST}/.*", sandbox(LIST + "/{orderId}", 400)[0], 400)

    assert await store.order(NUMBER) is None


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        (400, {}, {"errors": [{"code": "InvalidInput", "message": "Application do not have access to it"}]}, Denied),
        (400, {}, {"errors": [{"code": "Other", "message": "?"}]}, Rejected),
        (400, {}, {"errors": "?"}, BadAnswer),
        (401, {}, {"errors": []}, Denied),
        (403, {}, {"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied."}]}, Denied),
        (413, {}, {"errors": []}, Rejected),
        (429, {}, {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota"}]}, Limited),
        (429, {"Retry-After": "30"}, "", Limited),
        (500, {}, {"errors": [{"code": "InternalFailure", "message": "?"}]}, Broken),
        (503, {}, "", Broken),
        (200, {"Content-Type": "text/html"}, "<html>Sorry</html>", BadAnswer),
        (200, {}, {"order": {"orderId": NUMBER}}, BadAnswer),
        (200, {}, {"order": {"orderId": NUMBER, "createdTime": "last week", "orderItems": []}}, BadAnswer),
    ],
)
async def test_failures_are_named(
    api: FakeApi, store: AmazonStore, status: int, headers: dict[str, str], body: Any, error: type[SystemFailed]
) -> None:
    api.answer("GET", f"{LIST}/.*", body, status, headers)

    with pytest.raises(error):
        await store.order(NUMBER)


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection_is_unreachable(api: FakeApi, store: AmazonStore, fault: str) -> None:
    api.fail("GET", f"{LIST}/.*", fault)

    with pytest.raises(Unreachable):
        await store.order(NUMBER)


async def test_no_answer_is_too_slow(api: FakeApi, store: AmazonStore) -> None:
    api.fail("GET", f"{LIST}/.*", "hang")

    with pytest.raises(TooSlow):
        await store.order(NUMBER)


async def test_a_token_that_is_revoked_in_mid_call_is_replaced(api: FakeApi, store: AmazonStore) -> None:
    await told(api, store, official()[BRAZIL])
    with_token(api, "Atza|2")
    give(api, official()[TURKEY])
    expired = {"errors": [{"code": "Unauthorized", "message": "The access token you provided has expired."}]}
    api.answer("GET", f"{LIST}/{TURKEY}", expired, 403, times=1)

    assert await store.order(TURKEY) is not None
    assert [one.headers["x-amz-access-token"] for one in api.sent(f"{LIST}/.*")] == ["Atza|1", "Atza|1", "Atza|2"]


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, {"error": "invalid_grant"}), (401, {"error": "invalid_client"}), (400, {"error": "unauthorized_client"})],
)
async def test_a_wrong_refresh_token(api: FakeApi, store: AmazonStore, status: int, body: Any) -> None:
    api.answer("POST", TOKEN, body, status)

    with pytest.raises(Denied, match=r"the id or the secret|check the id and the secret") as raised:
        await store.order(NUMBER)
    assert "Atzr" not in str(raised.value)


async def test_a_caller_does_not_wait_for_the_rate(api: FakeApi, store: AmazonStore) -> None:
    give(api, official()[TURKEY])
    for _ in range(30):
        await store.order(TURKEY)

    with pytest.raises(Limited):
        await store.order(TURKEY)
    assert len(api.sent(f"{LIST}/.*")) == 30


async def test_open_orders_come_in_pages(api: FakeApi, store: AmazonStore) -> None:
    arrived = british(orderId="202-0000000-0000001", packages=[package("DELIVERED", "DELIVERED")])
    last = {"orders": [official()[BRAZIL], arrived, official()[TURKEY]]}
    api.answer("GET", LIST, sandbox(LIST)[0])
    api.answer("GET", LIST, last, query={"paginationToken": "2YgYW55IGNhcm5hbCBwbGVhc3VyZS4"})

    with behind_the_calls():
        orders = await store.open_orders(2)

    assert [order.number for order in orders] == [TURKEY, "250-1234567-8901234"]
    first, second = api.sent(LIST)
    assert first.query == {
        "createdAfter": "2026-11-09T15:00:00Z",
        "fulfillmentStatuses": "UNSHIPPED,PARTIALLY_SHIPPED,SHIPPED",
        "marketplaceIds": "ATVPDKIKX0DER,A2EUQ1WTGCTBG2",
        "includedData": "BUYER,RECIPIENT,PROCEEDS,FULFILLMENT,PACKAGES",
        "maxResultsPerPage": "2",
    }
    assert second.query == {**first.query, "paginationToken": "2YgYW55IGNhcm5hbCBwbGVhc3VyZS4"}


async def test_a_list_that_never_ends_is_cut(api: FakeApi, store: AmazonStore) -> None:
    api.answer("GET", LIST, sandbox(LIST)[0])

    assert len(await store.open_orders(500)) == 1
    assert len(api.sent(LIST)) == 2


async def test_no_open_orders(api: FakeApi, store: AmazonStore) -> None:
    api.answer("GET", LIST, {"orders": []})

    assert await store.open_orders(500) == ()


async def test_what_amazon_has_not(api: FakeApi, store: AmazonStore) -> None:
    assert await store.orders_by_phone("+16175550142") == ()
    assert await store.orders_by_email("maria@example.com") == ()
    assert await store.subscriptions(Customer(id="9", name="Maria Lopez")) == ()
    assert await store.appointment(NUMBER) is None
    assert not await store.note(NUMBER, "Called.")
    assert store.capabilities == frozenset()
    assert await store.perform(CancelOrder(NUMBER), "key") == Outcome("unsupported")
    assert api.requests == []


@pytest.fixture
async def external(returns_prism: Prism) -> AsyncIterator[FakeApi]:
    """Of a seller with External Fulfillment; here the requests for returns are checked."""
    async with FakeApi(returns_prism, unchecked="^/auth|^/orders") as served:
        with_token(served)
        give(served, official()[NUMBER])
        yield served


@pytest.fixture
async def sender(external: FakeApi) -> AsyncIterator[AmazonStore]:
    made = create(section(external.url), Shop(), lambda: NOW)
    yield made
    await made.close()


def returned(number: str = NUMBER, **more: Any) -> dict[str, Any]:
    """The first of the sandbox's returns, of this order."""
    given = deepcopy(sandbox(RETURNS, name="amzn-returns.json")[0]["returns"][0])
    given["marketplaceChannelDetails"]["customerOrderId"] = number
    return {**given, **more}


async def test_returns_of_an_order_are_picked_out(external: FakeApi, sender: AmazonStore) -> None:
    mine = returned(merchantSku="ECHO-DOT-4-UK-CHARCOAL-SINGLE", status="DELIVERED", id="r1")
    mine["returnShippingInfo"]["deliveryDateTime"] = "2024-12-30T09:00:00Z"
    external.answer("GET", RETURNS, {"returns": [], "nextToken": "2"})
    external.answer("GET", RETURNS, {"returns": [returned("another", id="r2"), mine]}, query={"nextToken": "2"})

    order = await sender.order(NUMBER)

    assert order is not None
    (one,) = order.returns
    assert (one.number, one.status, one.reason) == ("rmaIdOneShipmentOneItemOneQty200", "received", "Missed")
    assert (one.carrier, one.tracking) == ("UPSN", "10024773658")
    assert one.items == (order.items[0].name,)
    assert one.opened_at == datetime(2020, 6, 9, 18, 13, 18, tzinfo=UTC)
    assert one.received_at == datetime(2024, 12, 30, 9, 0, tzinfo=UTC)
    assert external.sent(RETURNS)[0].query == {"createdSince": "2024-12-24T14:20:00Z", "maxResults": "100"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("CREATED", "requested"),
        ("CARRIER_NOTIFIED_TO_PICK_UP_FROM_CUSTOMER", "requested, the carrier is to pick it up"),
        ("CARRIER_OUT_FOR_PICK_UP_FROM_CUSTOMER", "requested, the carrier is out to pick it up"),
        ("CUSTOMER_CANCELLED_PICK_UP", "requested, the pick-up was called off"),
        ("CUSTOMER_RESCHEDULED_PICK_UP", "requested, the pick-up was moved"),
        ("PICKED_FROM_CUSTOMER", "in transit"),
        ("CUSTOMER_DROPPED_OFF", "in transit"),
        ("IN_TRANSIT", "in transit"),
        ("OUT_FOR_DELIVERY", "in transit"),
        ("REPLANNED", "in transit"),
        ("DELIVERED", "received"),
        ("PARTIALLY_PROCESSED", "received, inspection is not finished"),
        ("PROCESSED", "processed"),
        ("REJECTED", "rejected"),
        ("CANCELLED", "cancelled"),
        ("SENT_TO_THE_MOON", "sent to the moon"),
    ],
)
async def test_return_statuses(external: FakeApi, sender: AmazonStore, code: str, words: str) -> None:
    external.answer("GET", RETURNS, {"returns": [returned(status=code)]})

    order = await sender.order(NUMBER)

    assert order is not None
    assert [one.status for one in order.returns] == [words]


async def test_returns_that_fail_do_not_hold_the_order_back(external: FakeApi, sender: AmazonStore) -> None:
    external.fail("GET", RETURNS, "hang", times=1)
    external.answer("GET", RETURNS, "<html>Sorry</html>", 503)

    orders = [await sender.order(NUMBER), await sender.order(NUMBER)]

    assert [order and order.returns for order in orders] == [(), ()]


async def test_a_seller_without_returns_is_asked_once(api: FakeApi, store: AmazonStore) -> None:
    await told(api, store, official()[NUMBER])
    before = len(api.sent(RETURNS))
    await told(api, store, official()[NUMBER])

    assert len(api.sent(RETURNS)) == before > 0


@pytest.mark.parametrize(
    "order",
    [
        {"fulfillment": {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"}},
        {"fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"}},
        {"fulfillment": None},
    ],
)
async def test_orders_that_can_have_no_returns(api: FakeApi, store: AmazonStore, order: dict[str, Any]) -> None:
    await told(api, store, british(**order))

    assert api.sent(RETURNS) == []


def worked(rows: Any) -> dict[str, bool | None]:
    return {row.what: row.works for row in rows}


async def test_check_of_a_seller_with_all_roles(api: FakeApi, store: AmazonStore) -> None:
    api.answer("GET", LIST, sandbox(LIST)[1])
    give(api, official()[NUMBER])
    api.answer("GET", RETURNS, {"returns": []})

    assert worked(await store.check()) == {
        "orders": True,
        "names, addresses": True,
        "returns": True,
        "e-mail, phone": None,
        "changes": None,
        "parcels": None,
    }


async def test_check_names_the_role_that_is_missing(api: FakeApi, store: AmazonStore) -> None:
    hidden = british(recipient={"deliveryAddress": {"city": "London"}})
    api.answer("GET", LIST, {"orders": [hidden]})
    give(api, hidden)

    rows = {row.what: row for row in await store.check()}

    assert rows["names, addresses"].works is False
    assert "Direct-to-Consumer Delivery" in rows["names, addresses"].text
    assert rows["returns"].works is None


async def test_check_without_orders_to_try(api: FakeApi, store: AmazonStore) -> None:
    api.answer("GET", LIST, {"orders": []})

    rows = worked(await store.check())

    assert (rows["orders"], rows["names, addresses"]) == (None, None)


async def test_check_with_a_wrong_token(api: FakeApi, store: AmazonStore) -> None:
    api.answer("POST", TOKEN, {"error": "invalid_grant"}, 400)

    rows = {row.what: row for row in await store.check()}

    assert rows["orders"].works is False
    assert "invalid_grant" in rows["orders"].text


@pytest.mark.parametrize(
    ("status", "text"), [(403, "Inventory and Order Tracking"), (503, "answered 503"), (404, "answered 404")]
)
async def test_check_without_rights(api: FakeApi, store: AmazonStore, status: int, text: str) -> None:
    api.answer("GET", LIST, {"errors": []}, status)

    rows = {row.what: row for row in await store.check()}

    assert rows["orders"].works is False
    assert text in rows["orders"].text


async def test_check_of_an_order_that_is_listed_and_not_found(api: FakeApi, store: AmazonStore) -> None:
    api.answer("GET", LIST, sandbox(LIST)[1])

    rows = {row.what: row for row in await store.check()}

    assert rows["orders"].works is False
    assert "not found by its number" in rows["orders"].text


@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token", "marketplaces"])
def test_a_missing_setting_is_named(name: str) -> None:
    given = section("https://sellingpartnerapi-na.amazon.com")
    empty = given.model_copy(update={name: type(getattr(given, name))("")})

    with pytest.raises(NotConfigured, match=f"store.amazon.{name} is missing"):
        create(empty, Shop(), lambda: NOW)
