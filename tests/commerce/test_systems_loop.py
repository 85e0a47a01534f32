"""Loop Returns: what callers hear of their returns, and what is asked for.

There is no official description at hand: method, path, query and headers are checked here, as Loop's documentation has
them. The answers follow its 'Get Return Details' and 'Return Webhook'.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from systems_world import FakeApi

from asterisk_agent.commerce import returns
from asterisk_agent.commerce.aftersales import Returns
from asterisk_agent.commerce.changes import OpenReturn, Outcome
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
from asterisk_agent.commerce.models import Customer, Order, OrderStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.settings_systems import Loop
from asterisk_agent.settings_systems import Returns as ReturnsSettings

KEY = "key-that-stays-secret"
DETAILS = "/api/v1/warehouse/return/details"
NONE = {"error": {"code": "404", "message": "No return found."}}
ORDER = Order(
    number="1001",
    customer=Customer(id="7", name="Jane Doe"),
    status=OrderStatus.DELIVERED,
    placed_at=datetime(2026, 11, 1, tzinfo=UTC),
)


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with FakeApi() as server:
        server.answer("GET", DETAILS, NONE)
        yield server


@pytest.fixture
async def loop(api: FakeApi) -> AsyncIterator[Returns]:
    made = returns.create(ReturnsSettings(system="loop", loop=Loop(url=api.url, key=KEY)))
    assert made is not None
    yield made
    await made.close()


def sent_back(state: str | None = "open", **more: Any) -> dict[str, Any]:
    row = {
        "id": 37603922,
        "state": state,
        "created_at": "2026-11-10T09:00:00-05:00",
        "updated_at": "2026-11-12T09:00:00-05:00",
        "order_id": 98766312,
        "order_name": "#1001",
        "customer": "jane@example.com",
        "currency": "USD",
        "outcome": "refund",
        "line_items": [{"line_item_id": "1", "title": "Rain boots", "return_reason": "Too small", "price": "60.00"}],
        "carrier": "USPS",
        "tracking_number": "9400111899223197428490",
        "label_status": "new",
        "label_updated_at": "2026-11-14T10:00:00+00:00",
        "a_field_of_tomorrow": True,
    }
    return row | more


async def test_a_return_of_an_order(api: FakeApi, loop: Returns) -> None:
    api.answer("GET", DETAILS, sent_back(), query={"order_name": "1001"})
    (found,) = await loop.returns(ORDER)
    assert (found.number, found.status, found.reason) == ("37603922", "open", "Too small")
    assert (found.carrier, found.tracking) == ("USPS", "9400111899223197428490")
    assert (found.items, found.opened_at) == (("Rain boots",), datetime(2026, 11, 10, 14, 0, tzinfo=UTC))
    assert found.received_at is None


async def test_how_a_return_is_asked_for(api: FakeApi, loop: Returns) -> None:
    """With and without '#': Loop does not say how the name is written."""
    await loop.returns(ORDER)
    assert {(one.method, one.path) for one in api.requests} == {("GET", DETAILS)}
    assert sorted(one.query["order_name"] for one in api.requests) == ["#1001", "1001"]
    assert all(set(one.query) == {"order_name"} for one in api.requests)
    assert {one.headers["X-Authorization"] for one in api.requests} == {KEY}


@pytest.mark.parametrize(
    ("state", "label", "status"),
    [
        ("open", "new", "open"),
        ("open", "pre_transit", "open"),
        ("open", None, "open"),
        ("open", "in_transit", "in transit"),
        ("open", "out_for_delivery", "in transit"),
        ("open", "delivered", "delivered"),
        ("open", "a_status_of_tomorrow", "open"),
        ("closed", "delivered", "closed"),
        ("closed", "in_transit", "closed"),
        ("cancelled", "new", "cancelled"),
        ("expired", "new", "expired"),
        ("review", "new", "pending"),
        ("needs review", None, "pending"),
        ("review", "in_transit", "in transit"),
        ("review", "delivered", "delivered"),
        ("frozen", "delivered", "frozen"),
    ],
)
async def test_states(api: FakeApi, loop: Returns, state: str, label: str | None, status: str) -> None:
    """'Review' blocks a return before anything has arrived: it is not said to be checked."""
    api.answer("GET", DETAILS, sent_back(state, label_status=label))
    assert [one.status for one in await loop.returns(ORDER)] == [status]


async def test_when_it_arrived(api: FakeApi, loop: Returns) -> None:
    api.answer("GET", DETAILS, sent_back(label_status="delivered"))
    (found,) = await loop.returns(ORDER)
    assert found.received_at == datetime(2026, 11, 14, 10, 0, tzinfo=UTC)


async def test_several_returns_newest_first(api: FakeApi, loop: Returns) -> None:
    older = sent_back(id=1, created_at="2026-11-02T09:00:00Z")
    api.answer("GET", DETAILS, [older, sent_back(id=2), sent_back(id=2)])
    assert [one.number for one in await loop.returns(ORDER)] == ["2", "1"]


async def test_a_return_of_which_little_is_told(api: FakeApi, loop: Returns) -> None:
    api.answer("GET", DETAILS, {"id": "37603922", "state": "open", "order_name": "1001", "line_items": None})
    (found,) = await loop.returns(ORDER)
    assert (found.number, found.items, found.opened_at, found.carrier) == ("37603922", (), None, None)


@pytest.mark.parametrize("name", ["#11001", "#1001-2", "10011"])
async def test_returns_of_other_orders_are_left_out(api: FakeApi, loop: Returns, name: str) -> None:
    api.answer("GET", DETAILS, sent_back(order_name=name))
    assert await loop.returns(ORDER) == ()


@pytest.mark.parametrize(
    ("body", "status"),
    [(NONE, 200), ({"errors": {"message": "No return found."}}, 200), (NONE, 404), ([], 200), (None, 200)],
)
async def test_an_order_without_a_return(api: FakeApi, loop: Returns, body: Any, status: int) -> None:
    api.answer("GET", DETAILS, body, status)
    assert await loop.returns(ORDER) == ()


async def test_an_order_without_a_number_is_not_asked_for(api: FakeApi, loop: Returns) -> None:
    assert await loop.returns(ORDER.model_copy(update={"number": " #"})) == ()
    assert not api.requests


async def test_a_hostile_order_name_stays_a_value(api: FakeApi, loop: Returns) -> None:
    api.answer("GET", DETAILS, sent_back())
    assert await loop.returns(ORDER.model_copy(update={"number": "1001&return_id=1#x"})) == ()
    assert all(set(one.query) == {"order_name"} for one in api.requests)
    assert {one.query["order_name"] for one in api.requests} == {"1001&return_id=1#x", "#1001&return_id=1#x"}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (sent_back(order_name=None), "order_name"),
        (sent_back(state=None), "state"),
        (sent_back(created_at="yesterday"), "ISO 8601"),
        (sent_back(line_items="boots"), "line_items"),
        ({"hello": "world"}, "id"),
        ("<html></html>", "JSON was expected"),
    ],
)
async def test_what_is_not_as_described_is_named(api: FakeApi, loop: Returns, body: Any, place: str) -> None:
    api.answer("GET", DETAILS, body)
    with pytest.raises(BadAnswer, match=place):
        await loop.returns(ORDER)


@pytest.mark.parametrize(
    ("status", "body", "headers", "failure"),
    [
        (200, {"error": {"code": "401", "http_code": "GEN-UNAUTHORIZED", "message": "Unauthorized."}}, {}, Denied),
        (200, {"errors": "Unauthorized."}, {}, Denied),
        (401, {"errors": "Unauthorized."}, {}, Denied),
        (403, {}, {}, Denied),
        (422, {"message": "no"}, {}, Rejected),
        (429, {}, {"Retry-After": "30"}, Limited),
        (500, {}, {}, Broken),
        (503, {}, {"Retry-After": "120"}, Broken),
    ],
)
async def test_failures_have_their_kinds(
    api: FakeApi, loop: Returns, status: int, body: Any, headers: dict[str, str], failure: type[SystemFailed]
) -> None:
    api.answer("GET", DETAILS, body, status, headers)
    with structlog.testing.capture_logs() as logs, pytest.raises(failure) as caught:
        await loop.returns(ORDER)
    assert KEY not in str(caught.value) + str(logs)


async def test_a_limit_that_ends_at_once_is_waited_for(api: FakeApi, loop: Returns) -> None:
    api.answer("GET", DETAILS, sent_back())
    api.answer("GET", DETAILS, status=429, headers={"Retry-After": "0"}, times=1)
    assert len(await loop.returns(ORDER)) == 1
    assert len(api.requests) == 3


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection(api: FakeApi, loop: Returns, fault: str) -> None:
    api.fail("GET", DETAILS, fault)
    with pytest.raises(Unreachable):
        await loop.returns(ORDER)


async def test_a_silent_system(api: FakeApi, loop: Returns) -> None:
    api.fail("GET", DETAILS, "hang")
    with pytest.raises(TooSlow):
        await loop.returns(ORDER)


async def test_returns_are_looked_up_only(api: FakeApi, loop: Returns) -> None:
    assert (loop.name, loop.capabilities) == ("loop", frozenset())
    assert await loop.perform(ORDER, OpenReturn("1001", ("Rain boots",)), "k") == Outcome("unsupported")
    assert not api.requests


async def test_the_check_of_a_good_key(api: FakeApi, loop: Returns) -> None:
    assert [(one.what, one.works) for one in await loop.check()] == [("credentials", True), ("open_return", None)]


@pytest.mark.parametrize(("body", "status"), [({"errors": "Unauthorized."}, 200), ({}, 401)])
async def test_the_check_of_a_bad_key(api: FakeApi, loop: Returns, body: Any, status: int) -> None:
    api.answer("GET", DETAILS, body, status)
    (found,) = await loop.check()
    assert (found.what, found.works) == ("credentials", False)
    assert "key" in found.text


def test_without_a_key() -> None:
    with pytest.raises(NotConfigured, match="ASTERISK_AGENT_RETURNS__LOOP__KEY"):
        returns.create(ReturnsSettings(system="loop"))
