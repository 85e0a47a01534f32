"""Adobe Commerce and Magento: requests checked against the official description, answers as Magento writes them."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from oauthlib.oauth1.rfc5849 import signature
from systems_world import FakeApi, Prism, Received, spec

from asterisk_agent.commerce.changes import CancelItem, CancelOrder, ChangeAddress, Outcome
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
from asterisk_agent.commerce.models import Address, Customer, Money, OrderStatus, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.store import AmbiguousNumber
from asterisk_agent.commerce.stores.adobe import AdobeStore, create
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Adobe

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BASE = "/rest/default"
ORDERS, SHIPMENTS, MEMOS, RETURNS = (f"{BASE}/V1/{name}" for name in ("orders", "shipments", "creditmemos", "returns"))
FIELD = "searchCriteria[filterGroups][{}][filters][0][{}]"
HOME = Address(line1="12 Elm Street", line2="Apt 4", city="Boston", state="MA", zip="02118", country="US")
ELSEWHERE = Address(line1="7 Oak Avenue", city="Albany", state="NY", zip="12207", country="US")
REGIONS = [{"id": "32", "code": "MA", "name": "Massachusetts"}, {"id": "43", "code": "NY", "name": "New York"}]


@pytest.fixture(scope="module")
def prism() -> Iterator[Prism]:
    served = Prism(spec("adobe-admin-2.4.9.yaml"))
    yield served
    served.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism, base=BASE) as served:
        yield served


@pytest.fixture
async def store(api: FakeApi) -> AsyncIterator[AdobeStore]:
    made = create(section(api.url), Shop(), lambda: NOW)
    yield made
    await made.close()


def section(url: str) -> Adobe:
    return Adobe(url=url, consumer_key="ck", consumer_secret="cs", access_token="at", access_token_secret="ats")  # type: ignore[arg-type]


def address(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "address_type": kind,
        "entity_id": 246 if kind == "shipping" else 245,
        "parent_id": 123,
        "firstname": "Maria",
        "lastname": "Lopez",
        "street": ["12 Elm Street", "Apt 4"],
        "city": "Boston",
        "region": "Massachusetts",
        "region_code": "MA",
        "region_id": 32,
        "postcode": "02118",
        "country_id": "US",
        "telephone": "(617) 555-0142",
        **more,
    }


def line(item_id: int, name: str, ordered: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "name": name,
        "sku": f"SKU-{item_id}",
        "price": 34.5,
        "qty_ordered": ordered,
        "qty_canceled": 0,
        "qty_invoiced": 0,
        "qty_refunded": 0,
        "qty_shipped": 0,
        "is_virtual": 0,
        **more,
    }


def row(number: str = "000000123", state: str | None = "processing", **more: Any) -> dict[str, Any]:
    return {
        "entity_id": 123,
        "increment_id": number,
        "state": state,
        "status": more.pop("status", state),
        "created_at": "2026-11-20 03:11:00",
        "customer_email": "maria@example.com",
        "customer_firstname": "Maria",
        "customer_lastname": "Lopez",
        "customer_id": 9,
        "grand_total": 74,
        "order_currency_code": "USD",
        "is_virtual": 0,
        "items": [line(1, "Blue Kettle", 2)],
        "billing_address": address("billing"),
        "payment": {"method": "checkmo", "cc_last4": None, "account_status": None, "additional_information": ["x"]},
        "status_histories": [],
        "extension_attributes": {"shipping_assignments": [{"shipping": {"address": address("shipping")}, "items": []}]},
        "a_module_of_the_shop": {"anything": 1},
        **more,
    }


def rows(*found: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(found), "search_criteria": {}, "total_count": 99}


def shipment(entity_id: int, *tracks: tuple[str, str, str], items: tuple[int, ...] = (1,)) -> dict[str, Any]:
    return {
        "entity_id": entity_id,
        "order_id": 123,
        "created_at": "2026-11-21 14:00:00",
        "items": [{"order_item_id": item, "name": f"name of {item}", "qty": 1} for item in items],
        "tracks": [{"carrier_code": code, "title": title, "track_number": number} for code, title, number in tracks],
    }


def asked(request: Received, group: int = 0) -> tuple[str, str, str]:
    return tuple(request.query[FIELD.format(group, part)] for part in ("field", "conditionType", "value"))  # type: ignore[return-value]


async def test_an_order_is_told_with_its_parcels_refunds_and_returns(api: FakeApi, store: AdobeStore) -> None:
    lines = [
        line(1, "Shirt L", 2, qty_shipped=2, qty_invoiced=2, qty_refunded=1),
        line(2, "Shirt", 2, parent_item_id=1, price=0),
        line(3, "Kettle", qty_shipped=1, qty_invoiced=1),
    ]
    told = row(state="complete", items=lines, total_refunded=34.5, payment={"cc_last4": "4242"})
    api.answer("GET", ORDERS, rows(told))
    api.answer(
        "GET",
        SHIPMENTS,
        rows(
            shipment(52, ("fedex", "Federal Express", "7712"), items=(3,)),
            shipment(51, ("ups", "United Parcel Service", "1Z1"), ("custom", "Bob's Vans", "V-2"), items=(1, 2)),
        ),
    )
    memo = {"order_id": 123, "order_currency_code": "USD", "created_at": "2026-11-22 10:00:00"}
    api.answer(
        "GET",
        MEMOS,
        rows(
            {**memo, "entity_id": 8, "state": 1, "grand_total": 4.5},
            {**memo, "entity_id": 7, "state": 2, "grand_total": 30},
        ),
    )
    api.answer(
        "GET",
        RETURNS,
        rows(
            {
                "entity_id": 4,
                "increment_id": "000000004",
                "order_id": 123,
                "status": "approved",
                "date_requested": "2026-11-22 09:00:00",
                "items": [{"order_item_id": 1}],
                "tracks": [{"track_number": "R1", "carrier_title": "UPS", "carrier_code": "ups"}],
            }
        ),
    )

    order = await store.order("123")

    assert order is not None
    assert (order.number, order.key, order.id, order.store) == ("000000123", "000000123", "123", "adobe")
    assert order.customer == Customer(id="9", name="Maria Lopez", email="maria@example.com", phone="+16175550142")
    assert (order.status, order.raw_status, order.last4) == (OrderStatus.SHIPPED, "complete", "4242")
    assert order.placed_at == datetime(2026, 11, 20, 3, 11, tzinfo=UTC)
    assert [(item.name, item.quantity, item.sku) for item in order.items] == [
        ("Shirt L", 2, "SKU-1"),
        ("Kettle", 1, "SKU-3"),
    ]
    assert order.items[0].price == Money(amount=Decimal("34.5"))
    assert (order.total, order.address, order.promised) == (Money(amount=Decimal(74)), HOME, None)
    assert order.cancellable is False
    assert [(one.carrier, one.tracking, one.items) for one in order.shipments] == [
        ("FedEx", "7712", ("Kettle",)),
        ("UPS", "1Z1", ()),
        ("Bob's Vans", "V-2", ()),
    ]
    assert {one.status for one in order.shipments} == {ShipmentStatus.UNKNOWN}
    assert order.shipments[0].shipped_at == datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
    assert [(one.amount.amount, one.status) for one in order.refunds] == [(Decimal("4.5"), "open"), (30, "refunded")]
    returned = order.returns[0]
    assert (returned.number, returned.status, returned.items) == ("000000004", "received and approved", ("Shirt L",))
    assert (returned.carrier, returned.tracking) == ("UPS", "R1")
    assert {asked(one) for path in (SHIPMENTS, MEMOS, RETURNS) for one in api.sent(path)} == {("order_id", "in", "123")}


@pytest.mark.parametrize("number", ["123", "0123", "000000123"])
async def test_callers_leave_zeros_out(api: FakeApi, store: AdobeStore, number: str) -> None:
    api.answer("GET", ORDERS, rows(row("000000123")))

    order = await store.order(number)

    assert order is not None
    assert order.number == "000000123"
    assert "000000123" in asked(api.sent(ORDERS)[0])[2].split(",")


async def test_the_number_as_given_comes_before_the_filled_up_one(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row("000000123"), row("123", entity_id=5)))

    order = await store.order("123")

    assert order is not None
    assert order.id == "5"


@pytest.mark.parametrize("given", [[], [row("000001234")], [row("1000000123")], None])
async def test_an_order_that_is_not_there_is_none_even_if_a_like_one_comes(
    api: FakeApi, store: AdobeStore, given: Any
) -> None:
    api.answer("GET", ORDERS, {"items": given, "search_criteria": {}, "total_count": 7})

    assert await store.order("123") is None


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("1,2' OR '1'='1", "12OR11"),
        ("../V1/customers/1?x=", "V1CUSTOMERS1X"),
        ("%&searchCriteria[pageSize]=9", "SEARCHCRITERIAPAGESIZE9"),
    ],
)
async def test_a_hostile_number_is_only_a_value(api: FakeApi, store: AdobeStore, number: str, value: str) -> None:
    api.answer("GET", ORDERS, rows(row()))

    assert await store.order(number) is None
    assert [(one.path, asked(one)) for one in api.requests] == [(ORDERS, ("increment_id", "in", value))]


@pytest.mark.parametrize("number", ["", "--", "9" * 60])
async def test_what_cannot_be_a_number_is_not_asked_for(api: FakeApi, store: AdobeStore, number: str) -> None:
    assert await store.order(number) is None
    assert api.requests == []


async def test_two_store_views_with_one_number(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row(), row(entity_id=124)))

    with pytest.raises(AmbiguousNumber) as raised:
        await store.order("123")

    assert [order.id for order in raised.value.orders] == ["123", "124"]


@pytest.mark.parametrize(
    ("told", "status", "cancellable"),
    [
        (row(state="new", status="pending"), OrderStatus.PENDING, True),
        (row(state="pending_payment"), OrderStatus.PENDING, True),
        (row(state="processing"), OrderStatus.PROCESSING, True),
        (row(items=[line(1, "Kettle", qty_invoiced=1)]), OrderStatus.PROCESSING, False),
        (row(items=[line(1, "Kettle", 2, qty_shipped=1), line(2, "Mug")]), OrderStatus.PARTLY_SHIPPED, False),
        (row(items=[line(1, "Kettle", 2, qty_shipped=1, qty_canceled=1)]), OrderStatus.SHIPPED, False),
        (row(items=[line(1, "Kettle", qty_shipped=1), line(2, "Code", is_virtual=1)]), OrderStatus.SHIPPED, False),
        (row(state="complete", items=[line(1, "Kettle", qty_shipped=1)]), OrderStatus.SHIPPED, False),
        (row(state="complete", is_virtual=1), OrderStatus.DELIVERED, False),
        (row(state="closed"), OrderStatus.REFUNDED, False),
        (row(state="canceled"), OrderStatus.CANCELLED, False),
        (row(state="holded"), OrderStatus.ON_HOLD, False),
        (row(state="payment_review"), OrderStatus.ON_HOLD, False),
        (row(state="from_a_module", status="at the engraver"), OrderStatus.PROCESSING, None),
        (row(state=None), OrderStatus.PROCESSING, None),
    ],
)
async def test_states(
    api: FakeApi, store: AdobeStore, told: dict[str, Any], status: OrderStatus, cancellable: bool | None
) -> None:
    api.answer("GET", ORDERS, rows(told))
    api.answer("GET", SHIPMENTS, rows())
    api.answer("GET", RETURNS, rows())

    order = await store.order("123")

    assert order is not None
    assert (order.status, order.cancellable, order.raw_status) == (status, cancellable, told["status"])


async def test_an_order_with_little_in_it(api: FakeApi, store: AdobeStore) -> None:
    bare = {"entity_id": 123, "increment_id": "000000123", "created_at": "2026-11-20 03:11:00", "state": "new"}
    api.answer("GET", ORDERS, rows({**bare, "extension_attributes": [], "payment": None, "items": []}))

    order = await store.order("123")

    assert order is not None
    assert order.customer == Customer(id="order 123", name="")
    assert (order.items, order.total, order.address, order.last4, order.shipments) == ((), None, None, None, ())
    assert (order.refunds, order.returns) == ((), ())


async def test_a_cancelled_line_is_left_out_and_half_a_metre_counts_as_one(api: FakeApi, store: AdobeStore) -> None:
    api.answer(
        "GET",
        ORDERS,
        rows(row(items=[line(1, "Mug", 1, qty_canceled=1), line(2, "Cloth", 0.5), line(3, "Pan", 3, qty_canceled=1)])),
    )

    order = await store.order("123")

    assert order is not None
    assert [(item.name, item.quantity) for item in order.items] == [("Cloth", 1), ("Pan", 2)]


async def test_a_guest_is_named_by_the_address(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row(customer_id=None, customer_firstname=None, customer_lastname=None)))

    order = await store.order("123")

    assert order is not None
    assert order.customer == Customer(
        id="maria@example.com", name="Maria Lopez", email="maria@example.com", phone="+16175550142"
    )


async def test_a_shipment_without_tracking_is_told(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row(items=[line(1, "Kettle", 2, qty_shipped=1)])))
    api.answer("GET", SHIPMENTS, rows(shipment(51)))

    order = await store.order("123")

    assert order is not None
    assert [(one.carrier, one.tracking, one.items) for one in order.shipments] == [("", None, ("Kettle",))]


async def test_without_the_right_to_credit_memos_the_refunded_sum_is_told(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row(state="closed", total_refunded=74)))
    api.answer("GET", MEMOS, {"message": "The consumer isn't authorized to access %resources."}, 401)

    order = await store.order("123")

    assert order is not None
    assert [(one.amount.amount, one.status) for one in order.refunds] == [(74, "refunded")]


@pytest.mark.parametrize("status", [404, 401])
async def test_returns_are_asked_for_once_where_there_are_none(api: FakeApi, store: AdobeStore, status: int) -> None:
    api.answer("GET", ORDERS, rows(row(items=[line(1, "Kettle", 1, qty_shipped=1)])))
    api.answer("GET", SHIPMENTS, rows(shipment(51)))
    api.answer("GET", RETURNS, {"message": "Request does not match any route."}, status)

    orders = [await store.order("123"), await store.order("123")]

    assert [order and order.returns for order in orders] == [(), ()]
    assert len(api.sent(RETURNS)) == 1


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        (401, {}, {"message": "The signature is invalid. Verify and try again."}, Denied),
        (403, {}, "<html>Forbidden</html>", Denied),
        (404, {}, {"message": "Request does not match any route."}, Rejected),
        (400, {}, {"message": "bad"}, Rejected),
        (429, {"Retry-After": "60"}, "", Limited),
        (503, {"Retry-After": "60"}, "<html>maintenance</html>", Broken),
        (500, {}, {"message": "Internal Error"}, Broken),
        (200, {"Content-Type": "text/html"}, "<html>Welcome</html>", BadAnswer),
        (200, {}, {"message": "an odd answer"}, BadAnswer),
        (200, {}, {"items": [{"increment_id": "000000123"}]}, BadAnswer),
        (200, {}, {"items": [row(created_at="yesterday")]}, BadAnswer),
        (302, {"Location": "https://elsewhere.example"}, "", BadAnswer),
    ],
)
async def test_failures_are_named(
    api: FakeApi, store: AdobeStore, status: int, headers: dict[str, str], body: Any, error: type[SystemFailed]
) -> None:
    api.answer("GET", ORDERS, body, status, headers)

    with pytest.raises(error):
        await store.order("123")


async def test_a_short_wait_is_kept(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row()))
    api.answer("GET", ORDERS, "", 429, {"Retry-After": "0.05"}, times=1)

    assert await store.order("123") is not None


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection_is_unreachable(api: FakeApi, store: AdobeStore, fault: str) -> None:
    api.fail("GET", ORDERS, fault)

    with pytest.raises(Unreachable):
        await store.order("123")


async def test_no_answer_is_too_slow(api: FakeApi, store: AdobeStore) -> None:
    api.fail("GET", ORDERS, "hang")

    with pytest.raises(TooSlow):
        await store.order("123")


async def test_every_request_is_signed_over_its_query(api: FakeApi, store: AdobeStore) -> None:
    """As Magento checks it: decoded fields of the query and the header, coded and signed anew."""
    api.answer("GET", f"{BASE}/V1/customers/search", rows())
    api.answer("GET", ORDERS, rows())

    await store.orders_by_phone("+12125550147")
    await store.orders_by_email("o'neil+x y@example.com")

    for request in api.requests:
        fields = [part.split("=", 1) for part in request.headers["Authorization"].removeprefix("OAuth ").split(", ")]
        given = {name: unquote(value.strip('"')) for name, value in fields}
        signed = given.pop("oauth_signature")
        pairs = [*request.query.items(), *given.items()]
        base = signature.signature_base_string(
            request.method,
            signature.base_string_uri(api.url + request.path),
            signature.normalize_parameters(pairs),
        )
        assert given["oauth_signature_method"] == "HMAC-SHA256"
        assert signed == b64encode(hmac.digest(b"cs&ats", base.encode(), "sha256")).decode()
    assert "(212) 555-0147" in asked(api.requests[0])[2].split(",")
    assert asked(api.requests[1]) == ("customer_email", "eq", "o'neil+x y@example.com")


async def test_orders_of_an_address_in_any_case_and_of_nobody_else(api: FakeApi, store: AdobeStore) -> None:
    other = row("000000125", entity_id=125, customer_email="maria@example.com.evil")
    api.answer("GET", ORDERS, rows(row("000000124", entity_id=124, customer_email="MARIA@Example.com"), row(), other))

    orders = await store.orders_by_email(" Maria@example.com ")

    assert [order.number for order in orders] == ["000000124", "000000123"]
    assert asked(api.requests[0]) == ("customer_email", "eq", "maria@example.com")
    assert await store.orders_by_email(" ") == ()


async def test_a_shop_that_gives_its_last_page_again_and_again(api: FakeApi, store: AdobeStore) -> None:
    page = [row(f"{number:09}", entity_id=number) for number in range(1, 51)]
    api.answer("GET", ORDERS, rows(*page))

    orders = await store.orders_by_email("maria@example.com")

    assert len({order.id for order in orders}) == len(orders) == 50
    assert [one.query["searchCriteria[currentPage]"] for one in api.requests] == ["1", "2"]


async def test_a_phone_number_that_two_customers_share(api: FakeApi, store: AdobeStore) -> None:
    people = [
        {"id": 9, "addresses": [{"telephone": "(617) 555-0142"}]},
        {"id": 10, "addresses": [{"telephone": None}, {"telephone": "6175550142"}]},
        {"id": 11, "addresses": [{"telephone": "617-555-0143"}]},
        {"id": 12, "addresses": []},
    ]
    api.answer("GET", f"{BASE}/V1/customers/search", rows(*people))
    api.answer("GET", ORDERS, rows(row("000000124", entity_id=124, customer_id=10), row()))

    orders = await store.orders_by_phone("+16175550142")

    assert [order.customer.id for order in orders] == ["10", "9"]
    assert asked(api.requests[0])[:2] == ("billing_telephone", "in")
    assert asked(api.requests[1]) == ("customer_id", "in", "9,10")


async def test_a_phone_number_that_nobody_has(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", f"{BASE}/V1/customers/search", rows())

    assert await store.orders_by_phone("+16175550142") == ()
    assert api.sent(ORDERS) == []


async def test_open_orders_are_the_newest_that_are_paid(api: FakeApi, store: AdobeStore) -> None:
    sent = row(state="complete", items=[line(1, "Kettle", qty_shipped=1)])
    api.answer(
        "GET", ORDERS, rows(row("000000124", entity_id=124), sent, row(state="complete", is_virtual=1, entity_id=9))
    )
    api.answer("GET", SHIPMENTS, rows(shipment(51, ("ups", "UPS", "1Z1"))))
    api.answer("GET", RETURNS, rows())

    orders = await store.open_orders(10)

    assert [order.number for order in orders] == ["000000124", "000000123"]
    assert [one.tracking for one in orders[1].shipments] == ["1Z1"]
    request = api.sent(ORDERS)[0]
    assert asked(request) == ("state", "in", "processing,complete")
    assert asked(request, 1) == ("created_at", "gteq", "2026-10-24 15:00:00")
    assert request.query["searchCriteria[pageSize]"] == "10"


async def test_many_open_orders_are_asked_about_in_several_requests(api: FakeApi, store: AdobeStore) -> None:
    sent = [line(1, "Kettle", qty_shipped=1)]
    for page in (1, 2):
        some = [row(f"{number:09}", entity_id=number, items=sent) for number in range(page * 100, page * 100 + 100)]
        api.answer("GET", ORDERS, rows(*some), query={"searchCriteria[currentPage]": str(page)})
    api.answer("GET", SHIPMENTS, rows())
    api.answer("GET", RETURNS, rows())

    assert len(await store.open_orders(150)) == 150
    assert [len(asked(request)[2].split(",")) for request in api.sent(SHIPMENTS)] == [100, 50]


async def test_a_country_without_states(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row()))
    api.answer("PUT", f"{ORDERS}/123", address("shipping"))
    api.answer("GET", f"{BASE}/V1/directory/countries/IE", {"id": "IE", "available_regions": None})
    there = Address(line1="1 Quay", city="Cork", state="", zip="T12", country="IE")

    assert await store.perform(ChangeAddress("123", there), "key") == Outcome("done")
    entity = api.sent(f"{ORDERS}/123", "PUT")[0].body["entity"]
    assert (entity["region"], entity["region_code"], entity["region_id"]) == ("", "", 0)


def with_regions(api: FakeApi) -> None:
    api.answer("GET", f"{BASE}/V1/directory/countries/US", {"id": "US", "available_regions": REGIONS})


async def test_an_address_is_changed_in_its_place(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row()))
    api.answer("PUT", f"{ORDERS}/123", address("shipping"))
    with_regions(api)
    change = ChangeAddress("000000123", ELSEWHERE)

    outcomes = [await store.perform(change, "key"), await store.perform(change, "key")]

    assert outcomes == [Outcome("done"), Outcome("done")]
    (request,) = api.sent(f"{ORDERS}/123", "PUT")
    assert request.body == {
        "entity": {
            "entity_id": 246,
            "parent_id": 123,
            "address_type": "shipping",
            "firstname": "Maria",
            "lastname": "Lopez",
            "telephone": "(617) 555-0142",
            "street": ["7 Oak Avenue"],
            "city": "Albany",
            "region": "New York",
            "region_code": "NY",
            "region_id": 43,
            "postcode": "12207",
            "country_id": "US",
        }
    }


@pytest.mark.parametrize(
    ("found", "to", "outcome"),
    [
        ([row()], HOME, Outcome("done")),
        ([row()], HOME.model_copy(update={"city": "BOSTON"}), Outcome("done")),
        ([row()], ELSEWHERE.model_copy(update={"state": "Ontario"}), Outcome("refused", "no_such_region")),
        ([row(items=[line(1, "Kettle", 2, qty_shipped=1)])], ELSEWHERE, Outcome("refused", "already_shipped")),
        ([row(state="complete")], ELSEWHERE, Outcome("refused", "already_shipped")),
        ([row(state="canceled")], ELSEWHERE, Outcome("refused", "cancelled")),
        ([row(state="closed")], ELSEWHERE, Outcome("refused", "already_refunded")),
        ([row(state="from_a_module")], ELSEWHERE, Outcome("refused", "not_allowed")),
        ([row(extension_attributes=[])], ELSEWHERE, Outcome("refused", "not_allowed")),
        ([], ELSEWHERE, Outcome("refused", "no_such_order")),
    ],
)
async def test_an_address_that_is_not_written(
    api: FakeApi, store: AdobeStore, found: list[dict[str, Any]], to: Address, outcome: Outcome
) -> None:
    api.answer("GET", ORDERS, rows(*found))
    api.answer("GET", SHIPMENTS, rows())
    api.answer("GET", RETURNS, rows())
    with_regions(api)

    assert await store.perform(ChangeAddress("000000123", to), "key") == outcome
    assert api.sent(".*", "PUT") == []


async def test_magento_refuses_an_address(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row()))
    api.answer("PUT", f"{ORDERS}/123", {"message": "We can't save the address."}, 400)
    with_regions(api)

    assert await store.perform(ChangeAddress("000000123", ELSEWHERE), "key") == Outcome("refused", "not_allowed")


async def test_an_order_is_cancelled_once(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row(state="new")))
    api.answer("POST", f"{ORDERS}/123/cancel", "true")

    outcomes = [await store.perform(CancelOrder("123"), "key"), await store.perform(CancelOrder("123"), "key")]

    assert outcomes == [Outcome("done"), Outcome("done")]
    assert len(api.sent(f"{ORDERS}/123/cancel")) == 1


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (row(items=[line(1, "Kettle", qty_invoiced=1)]), "not_allowed"),
        (row(state="holded"), "not_allowed"),
        (row(state="from_a_module"), "not_allowed"),
        (row(state="complete"), "already_shipped"),
        (row(items=[line(1, "Kettle", 2, qty_shipped=1)]), "already_shipped"),
        (row(state="canceled"), "already_cancelled"),
        (row(state="closed"), "already_refunded"),
    ],
)
async def test_an_order_that_is_not_cancelled(api: FakeApi, store: AdobeStore, found: Any, reason: str) -> None:
    api.answer("GET", ORDERS, rows(found))
    api.answer("GET", SHIPMENTS, rows())
    api.answer("GET", RETURNS, rows())

    assert await store.perform(CancelOrder("123"), "key") == Outcome("refused", reason)
    assert api.sent(".*/cancel") == []


async def test_magento_refuses_to_cancel(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row()))
    api.answer("POST", f"{ORDERS}/123/cancel", "false")

    assert await store.perform(CancelOrder("123"), "key") == Outcome("refused", "not_allowed")


async def test_a_cancellation_without_an_answer_is_found_done_when_asked_again(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row()))
    api.fail("POST", f"{ORDERS}/123/cancel", "cut")
    with pytest.raises(Unreachable):
        await store.perform(CancelOrder("123"), "key")
    api.answer("GET", ORDERS, rows(row(state="canceled")))

    again = await store.perform(CancelOrder("123"), "key")
    other = await store.perform(CancelOrder("123"), "another caller's")

    assert (again, other) == (Outcome("done"), Outcome("refused", "already_cancelled"))
    assert len(api.sent(f"{ORDERS}/123/cancel")) == 1


async def test_other_changes_are_not_magentos(api: FakeApi, store: AdobeStore) -> None:
    assert store.capabilities == {"change_address", "cancel_order"}
    assert await store.perform(CancelItem("123", "Kettle"), "key") == Outcome("unsupported")
    assert api.requests == []


async def test_a_note_is_for_the_staff_and_keeps_the_status(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows(row(status="at the engraver")))
    api.answer("POST", f"{ORDERS}/123/comments", "true")

    assert await store.note("123", "Called about the parcel.")
    (request,) = api.sent(f"{ORDERS}/123/comments")
    assert request.body == {
        "statusHistory": {
            "comment": "Called about the parcel.",
            "is_customer_notified": 0,
            "is_visible_on_front": 0,
            "parent_id": 123,
            "status": "at the engraver",
        }
    }


async def test_no_note_without_an_order(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", ORDERS, rows())

    assert not await store.note("123", "Called.")


def all_rights(api: FakeApi) -> None:
    for path in (ORDERS, SHIPMENTS, MEMOS, RETURNS, f"{BASE}/V1/customers/search"):
        api.answer("GET", path, rows())
    api.answer("POST", f"{ORDERS}/0/.*", {"message": "An ID is needed. Set the ID and try again."}, 400)


async def test_check_with_all_rights(api: FakeApi, store: AdobeStore) -> None:
    all_rights(api)

    found = {row.what: row.works for row in await store.check()}

    assert found == {
        "orders": True,
        "shipments": True,
        "refunds": True,
        "returns": True,
        "phone": None,
        "cancel": True,
        "notes": True,
        "address": None,
        "parcels": None,
    }


@pytest.mark.parametrize(
    ("path", "method", "what", "right"),
    [
        (ORDERS, "GET", "orders", "Sales > Operations > Orders"),
        (SHIPMENTS, "GET", "shipments", "Sales > Operations > Shipments"),
        (MEMOS, "GET", "refunds", "Sales > Operations > Credit Memos"),
        (f"{BASE}/V1/customers/search", "GET", "phone", "Customers > All Customers"),
        (f"{ORDERS}/0/cancel", "POST", "cancel", "Orders > Actions > Cancel"),
        (f"{ORDERS}/0/comments", "POST", "notes", "Orders > Actions > Comment"),
    ],
)
async def test_check_names_the_right_that_is_missing(
    api: FakeApi, store: AdobeStore, path: str, method: str, what: str, right: str
) -> None:
    all_rights(api)
    api.answer(method, path, {"message": "The consumer isn't authorized to access %resources."}, 401)

    failed = [row for row in await store.check() if row.works is False]

    assert [row.what for row in failed] == [what]
    assert right in failed[0].text


async def test_check_of_magento_open_source(api: FakeApi, store: AdobeStore) -> None:
    all_rights(api)
    api.answer("GET", RETURNS, {"message": "Request does not match any route."}, 404)

    (returns,) = [row for row in await store.check() if row.what == "returns"]

    assert returns.works is None
    assert "returns.system" in returns.text


async def test_check_at_a_wrong_address(api: FakeApi, store: AdobeStore) -> None:
    api.answer("GET", f"{BASE}/.*", "<html>Welcome</html>", headers={"Content-Type": "text/html"})
    api.answer("POST", f"{BASE}/.*", "<html>Not found</html>", 404)

    orders = (await store.check())[0]

    assert orders.works is False
    assert "check the address" in orders.text


@pytest.mark.parametrize("name", ["url", "consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_a_missing_setting_is_named(name: str) -> None:
    given = section("https://shop.example.com").model_copy(update={name: type(getattr(Adobe(), name))("")})

    with pytest.raises(NotConfigured, match=f"store.adobe.{name} is missing"):
        create(given, Shop(), lambda: NOW)


async def test_what_magento_has_not(store: AdobeStore) -> None:
    assert await store.subscriptions(Customer(id="9", name="Maria Lopez")) == ()
    assert await store.appointment("123") is None
    assert store.name == "adobe"
