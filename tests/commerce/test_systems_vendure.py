"""Vendure as it was recorded, and as it fails: what callers hear and operators learn. See test_vendure_real.py too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import structlog
from systems_world import FakeApi, Received, recorded

from asterisk_agent.commerce import stores
from asterisk_agent.commerce.changes import CancelItem, CancelOrder, Change, ChangeAddress, Outcome
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
from asterisk_agent.commerce.models import Address, Customer, OrderStatus, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.store import AmbiguousNumber, Store
from asterisk_agent.commerce.stores.vendure import codes
from asterisk_agent.commerce.web.metrics import METRICS
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.settings import Shop
from asterisk_agent.settings import Store as StoreSettings
from asterisk_agent.settings_systems import Vendure

PATH = "/admin-api"
PASSWORD, TOKEN, KEY = "p4ssword-that-stays-secret", "t0ken-that-stays-secret", "k3y-that-stays-secret"
NEW_HOME = Address(line1="9 Oak Road", line2="Apt 2", city="Dallas", state="TX", zip="75201")
SETTINGS = {"globalSettings": {"serverConfig": {"moneyStrategyPrecision": 2}}}


def store_at(url: str, **credentials: str) -> Store:
    """The store; with an administrator's account unless something else is given."""
    given = credentials or {"username": "agent", "password": PASSWORD}
    section = Vendure.model_validate({"url": url, **given})
    return stores.create(StoreSettings(system="vendure", vendure=section), Shop())


class VendureApi(FakeApi):
    """Answers operations by their names."""

    def told(self, operation: str, data: Any, times: int | None = None, **headers: str) -> None:
        """The ``data`` of an operation, or a whole body."""
        body = data if "data" in data or "errors" in data else {"data": data}
        self.answer("POST", PATH, body, headers=headers, times=times, when=lambda one: asks(one, operation))

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The variables of all requests for an operation."""
        return [one.body["variables"] for one in self.requests if asks(one, operation)]

    def signs_in(self, token: str = TOKEN, times: int | None = None) -> None:
        """An administrator's account that is accepted."""
        headers = {"vendure-auth-token": token}
        self.told("Login", {"login": {"__typename": "CurrentUser"}}, times, **headers)


def asks(received: Received, operation: str) -> bool:
    """Whether a request is for this operation."""
    document = received.body["query"]
    return bool(document.split("{", 1)[0].split("(", 1)[0].split()[1] == operation)


@pytest.fixture
async def api() -> AsyncIterator[VendureApi]:
    """A server that takes the account."""
    async with VendureApi() as server:
        assert isinstance(server, VendureApi)
        server.signs_in()
        yield server


@pytest.fixture
async def store(api: VendureApi) -> AsyncIterator[Store]:
    """The store at it."""
    made = store_at(api.url)
    yield made
    await made.close()


def order(**changes: Any) -> dict[str, Any]:
    """A paid order of two lamps, as the Admin API answers our query."""
    return {
        "id": "7",
        "code": "41007",
        "state": "PaymentSettled",
        "createdAt": "2026-11-20T09:00:00.000Z",
        "orderPlacedAt": "2026-11-20T09:05:00.000Z",
        "currencyCode": "USD",
        "totalWithTax": 26595,
        "customer": {
            "id": "3",
            "firstName": "Ann",
            "lastName": "Lee",
            "emailAddress": "ann@example.com",
            "phoneNumber": "617-555-0142",
        },
        "shippingAddress": {
            "fullName": "Ann Lee",
            "streetLine1": "12 Main Street",
            "streetLine2": "",
            "city": "Boston",
            "province": "MA",
            "postalCode": "02139",
            "countryCode": "US",
            "phoneNumber": None,
        },
        "shippingLines": [{"shippingMethod": {"code": "standard", "name": "Standard"}}],
        "lines": [line()],
        "payments": [payment()],
        "fulfillments": [],
        "history": {"items": []},
    } | changes


def line(**changes: Any) -> dict[str, Any]:
    """Two lamps."""
    return {
        "id": "70",
        "quantity": 2,
        "orderPlacedQuantity": 2,
        "discountedUnitPriceWithTax": 12900,
        "productVariant": {"sku": "LAMP-1", "name": "Walnut desk lamp"},
    } | changes


def payment(**changes: Any) -> dict[str, Any]:
    """By card, through a plugin that keeps nothing of it."""
    return {"state": "Settled", "amount": 26595, "metadata": {}, "refunds": []} | changes


def parcel(state: str, **changes: Any) -> dict[str, Any]:
    """With one of the lamps."""
    return {
        "id": "5",
        "state": state,
        "method": "UPS",
        "trackingCode": "1Z999AA10123456784",
        "lines": [{"orderLineId": "70", "quantity": 1}],
    } | changes


def orders(*rows: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with these orders."""
    return {"orders": {"items": list(rows)}, **SETTINGS}


def as_recorded(name: str) -> dict[str, Any]:
    """A recorded list of orders, with what our query asks for and the recorded one did not."""
    rows = recorded(f"vendure/{name}.json")["response"]["body"]["data"]["orders"]["items"]
    for row in rows:
        row |= {"createdAt": row["updatedAt"], "history": {"items": []}}
        for one in row["payments"]:
            one["metadata"] = {}
            one["refunds"] = [refund | {"updatedAt": row["updatedAt"]} for refund in one["refunds"]]
        for one in row["lines"]:
            one["discountedUnitPriceWithTax"] = 2667
    return orders(*rows)


def body_of(name: str) -> dict[str, Any]:
    """A recorded answer."""
    body: dict[str, Any] = recorded(f"vendure/{name}.json")["response"]["body"]
    return body


# Look-ups


@pytest.mark.parametrize(
    ("name", "code", "status", "parcels", "refunds", "items"),
    [
        ("order_by_code_payment_authorized", "VW36RU7B1LX9FJZ1", OrderStatus.PROCESSING, [], 0, 1),
        ("order_by_code_payment_settled", None, OrderStatus.PROCESSING, [], 0, 2),
        (
            "order_by_code_partially_shipped",
            "GEDHE7HQV27WEPN4",
            OrderStatus.PARTLY_SHIPPED,
            [("FedEx", "794644790132", ShipmentStatus.IN_TRANSIT, ("Merino Sock 3-Pack",))],
            0,
            2,
        ),
        (
            "order_by_code_shipped",
            "NBWKU7FPCRSZ3RV5",
            OrderStatus.SHIPPED,
            [("UPS", "1Z999AA10123456784", ShipmentStatus.IN_TRANSIT, ("Alpine Shell Jacket M Moss",))],
            0,
            1,
        ),
        (
            "order_by_code_delivered",
            "NBWKU7FPCRSZ3RV5",
            OrderStatus.DELIVERED,
            [("UPS", "1Z999AA10123456784", ShipmentStatus.DELIVERED, ("Alpine Shell Jacket M Moss",))],
            0,
            1,
        ),
        ("order_by_code_cancelled", "JP5HLRLSYGJLFDRC", OrderStatus.CANCELLED, [], 0, 1),
        ("order_by_code_refunded", "TVZR7R83EENQ2M87", OrderStatus.REFUNDED, [], 2, 1),
    ],
)
async def test_recorded_orders_are_told_as_they_are(
    api: VendureApi,
    store: Store,
    name: str,
    code: str | None,
    status: OrderStatus,
    parcels: list[object],
    refunds: int,
    items: int,
) -> None:
    answer = as_recorded(name)
    api.told("Orders", answer)
    code = code or answer["orders"]["items"][0]["code"]
    found = await store.order(code)
    assert found is not None
    assert (found.number, found.status) == (code, status)
    assert [(one.carrier, one.tracking, one.status, one.items) for one in found.shipments] == parcels
    assert (len(found.refunds), len(found.items)) == (refunds, items)
    assert api.asked("Orders")[0]["options"]["filter"]["code"]["in"][0] == code


async def test_a_number_that_no_order_has_is_none(api: VendureApi, store: Store) -> None:
    api.told("Orders", body_of("order_by_code_none")["data"] | SETTINGS)
    assert await store.order("NOSUCHCODE000000") is None


@pytest.mark.parametrize(
    "number", ["", " ", "41007 ", "4100%", "41007' OR 1=1", '"}){x', "４１００７", "\ud800", "7" * 41]
)
async def test_a_number_of_another_shape_is_not_even_asked_for(api: VendureApi, store: Store, number: str) -> None:
    api.told("Orders", orders(order()))
    assert await store.order(number) is None
    assert not api.requests


async def test_another_order_than_the_one_asked_for_is_not_told(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order(code="410070"), order(code="X41007")))
    assert await store.order("41007") is None


def test_codes_are_asked_for_in_the_forms_that_shops_give_them() -> None:
    assert codes("AB12") == ("AB12", "AB-12", "ab12", "ab-12")
    assert codes("41007") == ("41007",)


async def test_two_codes_that_sound_the_same_are_not_guessed_between(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order(id="1", code="AB-12"), order(id="2", code="ab12")))
    with pytest.raises(AmbiguousNumber) as error:
        await store.order("AB12")
    assert [one.number for one in error.value.orders] == ["AB-12", "ab12"]


@pytest.mark.parametrize(
    ("state", "parcels", "status", "cancellable"),
    [
        ("ArrangingPayment", [], OrderStatus.PENDING, False),
        ("PaymentAuthorized", [], OrderStatus.PROCESSING, True),
        ("PaymentSettled", [], OrderStatus.PROCESSING, True),
        ("PaymentSettled", [parcel("Pending")], OrderStatus.PROCESSING, False),
        ("PaymentSettled", [parcel("Cancelled")], OrderStatus.PROCESSING, True),
        ("PartiallyShipped", [parcel("Shipped")], OrderStatus.PARTLY_SHIPPED, False),
        ("Shipped", [], OrderStatus.SHIPPED, False),
        ("PartiallyDelivered", [parcel("Delivered")], OrderStatus.PARTLY_SHIPPED, False),
        ("PartiallyDelivered", [parcel("Delivered"), parcel("Shipped", id="6")], OrderStatus.SHIPPED, False),
        ("Delivered", [parcel("Delivered")], OrderStatus.DELIVERED, False),
        ("Cancelled", [], OrderStatus.CANCELLED, False),
        ("Modifying", [], OrderStatus.PROCESSING, False),
        ("Modifying", [parcel("Shipped")], OrderStatus.PARTLY_SHIPPED, False),
        ("ArrangingAdditionalPayment", [], OrderStatus.ON_HOLD, False),
    ],
)
async def test_each_state_of_an_order(
    api: VendureApi, store: Store, state: str, parcels: list[Any], status: OrderStatus, cancellable: bool
) -> None:
    api.told("Orders", orders(order(state=state, fulfillments=parcels)))
    found = await store.order("41007")
    assert found is not None
    assert (found.status, found.raw_status, found.cancellable) == (status, state, cancellable)


@pytest.mark.parametrize("state", ["Created", "Draft", "AddingItems"])
async def test_a_cart_is_no_order(api: VendureApi, store: Store, state: str) -> None:
    api.told("Orders", orders(order(state=state, orderPlacedAt=None)))
    assert await store.order("41007") is None


async def test_a_state_that_a_shop_made_up_is_counted_and_not_guessed(api: VendureApi, store: Store) -> None:
    count = METRICS.unknown_codes.labels("vendure")
    before = count._value.get()
    rows = orders(order(state="QualityCheck", fulfillments=[parcel("OnTheTruck")]))
    api.told("Orders", rows)
    found = await store.order("41007")
    assert found is not None
    assert (found.status, found.raw_status, found.cancellable) == (OrderStatus.PROCESSING, "QualityCheck", None)
    assert (found.shipments[0].status, found.shipments[0].raw_status) == (ShipmentStatus.UNKNOWN, "OnTheTruck")
    assert count._value.get() == before + 2
    for change in (ChangeAddress("41007", NEW_HOME), CancelOrder("41007")):
        assert await store.perform(change, change.name) == Outcome("refused", "not_allowed")
    assert {one.body["query"].split()[0] for one in api.requests} == {"query", "mutation"}
    assert not api.asked("ToState") + api.asked("Cancel")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Created", ShipmentStatus.PRE_TRANSIT),
        ("Pending", ShipmentStatus.PRE_TRANSIT),
        ("Shipped", ShipmentStatus.IN_TRANSIT),
        ("Delivered", ShipmentStatus.DELIVERED),
    ],
)
async def test_each_state_of_a_parcel(api: VendureApi, store: Store, state: str, status: ShipmentStatus) -> None:
    history = [
        {"createdAt": "2026-11-22T08:00:00.000Z", "data": {"fulfillmentId": 5, "from": "Shipped", "to": "Delivered"}},
        {"createdAt": "2026-11-21T08:00:00.000Z", "data": {"fulfillmentId": 5, "from": "Pending", "to": "Shipped"}},
        {"createdAt": "2026-11-20T08:00:00.000Z", "data": {"fulfillmentId": 9, "from": "Pending", "to": "Shipped"}},
        {"createdAt": "2026-11-19T08:00:00.000Z", "data": None},
    ]
    api.told("Orders", orders(order(fulfillments=[parcel(state)], history={"items": history})))
    found = await store.order("41007")
    assert found is not None
    [one] = found.shipments
    assert (one.status, one.raw_status) == (status, state)
    assert one.shipped_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert one.delivered_at == (datetime(2026, 11, 22, 8, tzinfo=UTC) if state == "Delivered" else None)


@pytest.mark.parametrize(
    ("method", "carrier"),
    [("ups_ground", "UPS"), ("Purolator", "Purolator"), ("Standard", ""), ("standard ", ""), ("", "")],
)
async def test_a_shipping_method_is_no_carrier(api: VendureApi, store: Store, method: str, carrier: str) -> None:
    api.told("Orders", orders(order(fulfillments=[parcel("Shipped", method=method)])))
    found = await store.order("41007")
    assert found is not None
    assert found.shipments[0].carrier == carrier


async def test_what_vendure_leaves_out_stays_out(api: VendureApi, store: Store) -> None:
    bare = order(customer=None, shippingAddress=None, payments=None, fulfillments=None, orderPlacedAt=None, lines=[])
    api.told("Orders", orders(bare | {"unheardOf": {"deep": [1]}}))
    found = await store.order("41007")
    assert found is not None
    assert (found.customer.name, found.customer.email, found.customer.phone) == ("", None, None)
    assert (found.address, found.last4, found.items, found.shipments) == (None, None, (), ())
    assert (found.promised, found.returns, found.stock) == (None, (), None)
    assert found.placed_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


async def test_the_card_is_known_where_the_payment_plugin_keeps_it(api: VendureApi, store: Store) -> None:
    card = {"cardData": {"cardType": "Visa", "last4": "4242", "expirationDate": "12/2029"}}
    refunds = [
        {"state": "Settled", "total": 1000, "updatedAt": "2026-11-21T10:00:00.000Z"},
        {"state": "Pending", "total": 500, "updatedAt": "2026-11-21T10:00:00.000Z"},
        {"state": "Failed", "total": 25095, "updatedAt": "2026-11-21T10:00:00.000Z"},
        {"state": "Settled", "total": 0, "updatedAt": None},
    ]
    declined = payment(state="Declined", metadata={"cardData": {"last4": "0002"}})
    rows = [payment(metadata="none"), payment(metadata=card, refunds=refunds), declined]
    api.told("Orders", orders(order(payments=rows)))
    found = await store.order("41007")
    assert found is not None
    assert (found.last4, found.status) == ("4242", OrderStatus.PROCESSING)
    assert [(one.amount.amount, one.status, one.method) for one in found.refunds] == [
        (Decimal("10.00"), "issued", "Visa ending 4242"),
        (Decimal("5.00"), "pending", "Visa ending 4242"),
        (Decimal("250.95"), "failed", "Visa ending 4242"),
    ]
    assert [one.issued_at for one in found.refunds] == [datetime(2026, 11, 21, 10, tzinfo=UTC), None, None]


@pytest.mark.parametrize(("decimals", "amount"), [(0, "26595"), (2, "265.95"), (4, "2.6595")])
async def test_amounts_have_the_decimals_that_the_shop_keeps(
    api: VendureApi, store: Store, decimals: int, amount: str
) -> None:
    settings = {"globalSettings": {"serverConfig": {"moneyStrategyPrecision": decimals}}}
    api.told("Orders", orders(order()) | settings)
    found = await store.order("41007")
    assert found is not None
    assert found.total is not None
    assert found.total.amount == Decimal(amount)


@pytest.mark.parametrize("at", ["2026-11-20T04:05:00.000-05:00", "Fri, 20 Nov 2026 09:05:00 GMT", "2026-11-20 09:05"])
async def test_times_are_moments_wherever_the_server_stands(api: VendureApi, store: Store, at: str) -> None:
    api.told("Orders", orders(order(orderPlacedAt=at)))
    found = await store.order("41007")
    assert found is not None
    assert found.placed_at == datetime(2026, 11, 20, 9, 5, tzinfo=UTC)


def customers(name: str) -> dict[str, Any]:
    """Recorded customers, whose orders were asked for with fewer fields than ours."""
    found = body_of(name)["data"]["customers"]
    for one in found["items"]:
        one["orders"] = {"items": [order(**row) for row in one["orders"]["items"]]}
    return {"customers": found, **SETTINGS}


async def test_a_telephone_number_that_two_customers_share(api: VendureApi, store: Store) -> None:
    api.told("Customers", customers("customers_by_phone_regex"))
    found = await store.orders_by_phone("+12125550147")
    assert [one.number for one in found] == ["D4916WESF892KWGM", "8J25G73X33KVZPKB", "NBWKU7FPCRSZ3RV5"]
    wanted = api.asked("Customers")[0]["filter"]["phoneNumber"]["regex"]
    assert wanted == recorded("vendure/customers_by_phone_regex.json")["request"]["body"]["variables"]["f"][
        "phoneNumber"
    ]["regex"].removesuffix("$")
    assert await store.orders_by_phone("+16465550147") == (), "found by a part of the number only"


async def test_an_email_address_is_found_in_any_case_and_only_whole(api: VendureApi, store: Store) -> None:
    api.told("Customers", customers("customers_by_email"))
    found = await store.orders_by_email(" Maya.Okafor@Example.com ")
    assert [one.number for one in found] == ["8J25G73X33KVZPKB", "NBWKU7FPCRSZ3RV5"]
    asked = api.asked("Customers")[0]["filter"]["emailAddress"]["in"]
    assert asked == ["maya.okafor@example.com", "Maya.Okafor@Example.com"]
    assert await store.orders_by_email("okafor@example.com") == ()
    assert await store.orders_by_email("no address") == ()
    assert len(api.asked("Customers")) == 2


async def test_open_orders_end_even_if_every_page_is_the_same(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(*(order(id=str(id_), code=str(41000 + id_)) for id_ in range(100))))
    assert len(await store.open_orders(1000)) == 100
    asked = [one["options"] for one in api.asked("Orders")]
    assert [(one["skip"], one["take"]) for one in asked] == [(0, 100), (100, 100)]
    assert "Delivered" in asked[0]["filter"]["state"]["notIn"]


async def test_there_are_no_subscriptions_and_no_appointments(store: Store) -> None:
    assert await store.subscriptions(Customer(id="3", name="Ann Lee")) == ()
    assert await store.appointment("41007") is None


# Credentials


async def test_a_session_is_opened_once_and_opened_again_when_it_has_ended(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order()))
    for _ in range(2):
        assert await store.order("41007") is not None
    api.told("Orders", body_of("auth_bad_token"), times=1)
    api.signs_in("another-token")
    assert await store.order("41007") is not None
    tokens = [one.headers["Authorization"] for one in api.requests if asks(one, "Orders")]
    assert tokens == [f"Bearer {TOKEN}"] * 3 + ["Bearer another-token"]
    assert api.asked("Login") == [{"username": "agent", "password": PASSWORD}] * 2


async def test_a_key_goes_in_its_own_header(api: VendureApi) -> None:
    api.told("Orders", orders(order()))
    store = store_at(api.url, api_key=KEY)
    assert await store.order("41007") is not None
    [sent] = api.requests
    assert sent.headers["vendure-api-key"] == KEY
    assert "Authorization" not in sent.headers
    await store.close()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("auth_login_bad", "INVALID_CREDENTIALS_ERROR"),
        ("auth_none", "run 'asterisk-agent connect vendure'"),
        ("auth_login", "tokenMethod"),
    ],
)
async def test_a_sign_in_that_fails_says_what_to_do_and_shows_no_secret(answer: str, text: str) -> None:
    async with VendureApi() as api:
        assert isinstance(api, VendureApi)
        api.told("Login", body_of(answer))  # 'auth_login' here without the header that holds the token
        store = store_at(api.url)
        with structlog.testing.capture_logs() as logs, pytest.raises(Denied, match=text) as error:
            await store.order("41007")
        [only] = await store.check()
        assert (only.what, only.works) == ("credentials", False)
        assert text in only.text
        assert PASSWORD not in str((logs, error.value, only))
        await store.close()


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"api_key": KEY}, "STORE__VENDURE__URL"),
        ({"url": "http://shop"}, "STORE__VENDURE__API_KEY"),
        ({"url": "http://shop", "username": "agent"}, "STORE__VENDURE__PASSWORD"),
        ({"url": "http://shop", "password": PASSWORD}, "STORE__VENDURE__USERNAME"),
    ],
)
def test_a_setting_that_is_missing_is_named(settings: dict[str, str], missing: str) -> None:
    section = Vendure.model_validate(settings)
    with pytest.raises(NotConfigured, match=missing):
        stores.create(StoreSettings(system="vendure", vendure=section), Shop())


# Failures


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, Denied),
        (403, {}, Denied),
        (404, {}, Rejected),
        (429, {"Retry-After": "30"}, Limited),
        (500, {}, Broken),
        (503, {"Retry-After": "120"}, Broken),
        (302, {"Location": "/login"}, BadAnswer),
    ],
)
async def test_failures_of_the_server_before_vendure(
    api: VendureApi, store: Store, status: int, headers: dict[str, str], error: type[SystemFailed]
) -> None:
    api.answer("POST", PATH, {"error": "no"}, status, headers)
    with pytest.raises(error, match="vendure"):
        await store.order("41007")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("auth_none", Denied),
        ("orders_take_too_large", Rejected),
        ("graphql_missing_variable", Rejected),
        ("refund_amount_only_fails", Broken),
    ],
)
async def test_failures_that_vendure_tells_with_status_200(
    api: VendureApi, store: Store, answer: str, error: type[SystemFailed]
) -> None:
    api.told("Orders", body_of(answer))
    with pytest.raises(error):
        await store.order("41007")


@pytest.mark.parametrize("name", ["graphql_syntax_error", "orders_filter_email_missing"])
async def test_a_query_that_an_older_vendure_does_not_know(api: VendureApi, store: Store, name: str) -> None:
    api.answer("POST", PATH, body_of(name), 400, when=lambda one: asks(one, "Orders"))
    with pytest.raises(Rejected):
        await store.order("41007")


@pytest.mark.parametrize(
    "body",
    [
        "<html>Welcome to our shop</html>",
        "",
        "[]",
        {"data": None},
        {"data": {}},
        orders({"id": "7"}),
        orders(order(totalWithTax="much")),
        orders(order(orderPlacedAt="yesterday")),
    ],
    ids=["html", "nothing", "list", "no data", "no orders", "no order", "no amount", "no time"],
)
async def test_answers_that_make_no_sense(api: VendureApi, store: Store, body: Any) -> None:
    answer = body if isinstance(body, str) or "data" in body else {"data": body}
    api.answer("POST", PATH, answer, when=lambda one: asks(one, "Orders"))
    with pytest.raises(BadAnswer):
        await store.order("41007")


@pytest.mark.parametrize(("fault", "error"), [("cut", Unreachable), ("garbage", Unreachable), ("hang", TooSlow)])
async def test_a_connection_that_fails(api: VendureApi, store: Store, fault: str, error: type[SystemFailed]) -> None:
    api.fail("POST", PATH, fault, when=lambda one: asks(one, "Orders"))
    with pytest.raises(error):
        await store.order("41007")


async def test_behind_the_calls_a_look_up_is_tried_again_and_a_change_is_not(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order()))
    api.fail("POST", PATH, "cut", times=1, when=lambda one: asks(one, "Orders"))
    api.fail("POST", PATH, "cut", when=lambda one: asks(one, "Cancel"))
    with behind_the_calls():
        assert await store.order("41007") is not None
        with pytest.raises(Unreachable):
            await store.perform(CancelOrder("41007"), "k")
    assert len(api.asked("Cancel")) == 1


# Changes


def moved(state: str) -> dict[str, Any]:
    """A mutation that went well."""
    return {"outcome": {"__typename": "Order", "state": state, "totalWithTax": 26595}}


def recorded_outcome(name: str) -> dict[str, Any]:
    """A recorded mutation's result."""
    [result] = body_of(name)["data"].values()
    return {"outcome": result}


async def test_an_address_is_tried_before_it_is_changed(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order()))
    api.told("ToState", recorded_outcome("order_state_modifying"))
    api.told("Modify", moved("Modifying"))
    for _ in range(2):
        assert await store.perform(ChangeAddress("41007", NEW_HOME), "k") == Outcome("done")
    assert [one["state"] for one in api.asked("ToState")] == ["Modifying", "PaymentSettled"]
    tried, made = [one["input"] for one in api.asked("Modify")]
    assert (tried["dryRun"], made["dryRun"]) == (True, False)
    assert made["orderId"] == "7"
    assert made["updateShippingAddress"] == {
        "streetLine1": "9 Oak Road",
        "streetLine2": "Apt 2",
        "city": "Dallas",
        "province": "TX",
        "postalCode": "75201",
        "countryCode": "US",
    }
    assert made["options"] == {"freezePromotions": True, "recalculateShipping": False}


async def test_an_address_that_is_there_already_is_done(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order()))
    same = Address(line1="12  MAIN street", city="boston", state="ma", zip="02139")
    assert await store.perform(ChangeAddress("41007", same), "k") == Outcome("done")
    assert not api.asked("ToState")


async def test_an_address_with_other_taxes_is_not_taken_and_the_order_set_back(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order()))
    api.told("ToState", moved("x"))
    api.told("Modify", {"outcome": {"__typename": "Order", "state": "Modifying", "totalWithTax": 27000}})
    assert await store.perform(ChangeAddress("41007", NEW_HOME), "k") == Outcome("refused", "not_allowed")
    assert [one["input"]["dryRun"] for one in api.asked("Modify")] == [True]
    assert [one["state"] for one in api.asked("ToState")] == ["Modifying", "PaymentSettled"]


@pytest.mark.parametrize(
    "refusal", ["order_state_modifying_shipped", "order_modify_wrong_state", "note_add_order_missing"]
)
async def test_what_vendure_refuses_is_refused(api: VendureApi, store: Store, refusal: str) -> None:
    api.told("Orders", orders(order()))
    api.told("ToState", recorded_outcome(refusal) if "state" in refusal.split("_")[1] else moved("x"))
    api.told("Modify", body_of(refusal) if "missing" in refusal else recorded_outcome(refusal))
    assert await store.perform(ChangeAddress("41007", NEW_HOME), "k") == Outcome("refused", "not_allowed")


async def test_an_order_that_was_left_half_changed_is_set_back_and_changed(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order()), times=1)
    api.told("ToState", moved("Modifying"), times=1)
    api.fail("POST", PATH, "cut", when=lambda one: asks(one, "Modify"))
    with structlog.testing.capture_logs() as logs:
        # Neither the change nor the way back is answered.
        api.fail("POST", PATH, "cut", times=1, when=lambda one: asks(one, "ToState") and back(one))
        with pytest.raises(Unreachable):
            await store.perform(ChangeAddress("41007", NEW_HOME), "k")
    [left] = [one for one in logs if one["log_level"] == "error"]
    assert (left["order_id"], left["state"]) == ("7", "PaymentSettled")

    api.told("Orders", orders(order()))
    api.told("Orders", orders(order(state="Modifying")), times=1)
    api.told("ToState", moved("x"))
    api.told("Modify", moved("Modifying"))
    assert await store.perform(ChangeAddress("41007", NEW_HOME), "k") == Outcome("done")
    states = [one["state"] for one in api.asked("ToState")]
    assert states == ["Modifying", "PaymentSettled", "PaymentSettled", "Modifying", "PaymentSettled"]


def back(received: Received) -> bool:
    """Whether it sets an order back."""
    return bool(received.body["variables"]["state"] == "PaymentSettled")


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (CancelOrder("41007"), order(state="Cancelled", lines=[line(quantity=0)])),
        (
            CancelItem("41007", "Walnut desk lamp"),
            order(lines=[line(quantity=0), line(id="71", productVariant={"name": "x"})]),
        ),
    ],
)
async def test_a_cancellation_whose_answer_was_lost_is_found_done(
    api: VendureApi, store: Store, change: Change, after: dict[str, Any]
) -> None:
    api.told("Orders", orders(order()))
    api.fail("POST", PATH, "cut", when=lambda one: asks(one, "Cancel"))
    with pytest.raises(Unreachable):
        await store.perform(change, "k")
    api.told("Orders", orders(after))
    assert await store.perform(change, "another") != Outcome("done")
    assert await store.perform(change, "k") == Outcome("done")
    assert len(api.asked("Cancel")) == 1


async def test_cancelling_asks_for_the_whole_order_or_one_line(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order(lines=[line(), line(id="71", productVariant={"name": "Wool blanket"})])))
    api.told("Cancel", recorded_outcome("order_cancel"))
    assert await store.perform(CancelItem("41007", "wool blanket"), "k1") == Outcome("done")
    assert await store.perform(CancelOrder("41007"), "k2") == Outcome("done")
    item, whole = [one["input"] for one in api.asked("Cancel")]
    assert item["lines"] == [{"orderLineId": "71", "quantity": 2}]
    assert (item["cancelShipping"], whole["cancelShipping"], "lines" in whole) == (False, True, False)
    api.told("Cancel", recorded_outcome("order_cancel_again"))
    assert await store.perform(CancelOrder("41007"), "k3") == Outcome("refused", "not_allowed")
    api.told("Cancel", body_of("note_add_order_missing"))
    assert await store.perform(CancelOrder("41007"), "k4") == Outcome("refused", "not_allowed")


async def test_a_note_is_private_and_needs_an_order(api: VendureApi, store: Store) -> None:
    api.told("Orders", orders(order()))
    api.told("Note", {"addNoteToOrder": {"id": "7"}})
    assert await store.note("41007", "Rang twice.")
    assert api.asked("Note") == [{"input": {"id": "7", "note": "Rang twice.", "isPublic": False}}]
    api.told("Note", body_of("note_add_order_missing"))
    assert not await store.note("41007", "Rang again.")
    api.told("Orders", orders())
    assert not await store.note("41007", "Rang again.")


async def test_check_never_raises(api: VendureApi, store: Store) -> None:
    api.told("SignedIn", {"globalSettings": {"id": "1"}})
    api.told("Orders", orders())
    api.told("Customers", {"customers": {"items": []}, **SETTINGS})
    api.told("Modify", body_of("note_add_order_missing"))
    assert [(one.what, one.works) for one in await store.check()][:4] == [
        ("credentials", True),
        ("orders", None),
        ("customers", True),
        ("changes", True),
    ]
    for operation in ("Orders", "Customers", "Modify"):
        api.told(operation, body_of("refund_amount_only_fails"))
    assert [(one.what, one.works) for one in await store.check()][:4] == [
        ("credentials", True),
        ("orders", False),
        ("customers", False),
        ("changes", None),
    ]
