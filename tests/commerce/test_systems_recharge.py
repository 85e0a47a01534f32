"""Recharge: what callers hear of their boxes, and which changes are made.

There is no official description at hand: method, path, query, headers and bodies are checked here, as the
documentation of 2021-11 and its client libraries have them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import structlog
from systems_world import FakeApi

from asterisk_agent.commerce import subscriptions
from asterisk_agent.commerce.aftersales import Subscriptions
from asterisk_agent.commerce.changes import (
    CancelOrder,
    Change,
    MoveSubscription,
    Outcome,
    PauseSubscription,
    SkipSubscription,
)
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
from asterisk_agent.commerce.models import Customer
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.settings import Settings
from asterisk_agent.settings_systems import Recharge
from asterisk_agent.settings_systems import Subscriptions as SubscriptionsSettings

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""The evening of the 23rd in the shop's zone, New York."""
TOKEN = "sk_that_stays_secret"
JANE = Customer(id="gid://shopify/Customer/7", name="Jane Doe", email="Jane@Example.com ")
SKIP = "/charges/501/skip"
MOVE = "/subscriptions/101/set_next_charge_date"


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with FakeApi() as server:
        server.answer("GET", "/customers", {"customers": [{"id": 9, "email": "jane@example.com"}], "next_cursor": None})
        has(server, plan())
        queued(server, charge())
        server.answer("POST", SKIP, {"charge": charge(status="skipped")})
        server.answer("POST", MOVE, {"subscription": plan()})
        yield server


@pytest.fixture
async def recharge(api: FakeApi) -> AsyncIterator[Subscriptions]:
    section = SubscriptionsSettings(system="recharge", recharge=Recharge(url=api.url, token=TOKEN))
    made = subscriptions.create(Settings(subscriptions=section), lambda: NOW)
    assert made is not None
    yield made
    await made.close()


def plan(**more: Any) -> dict[str, Any]:
    row = {
        "id": 101,
        "address_id": 55,
        "customer_id": 9,
        "status": "active",
        "product_title": "Coffee",
        "variant_title": "Dark",
        "quantity": 2,
        "price": "20.00",
        "next_charge_scheduled_at": "2026-12-01",
        "order_interval_frequency": 2,
        "order_interval_unit": "week",
        "charge_interval_frequency": 2,
        "is_skippable": True,
        "is_prepaid": False,
        "has_queued_charges": True,
        "a_field_of_tomorrow": {},
    }
    return row | more


def charge(id_: int = 501, day: str | None = "2026-12-01", *items: int, **more: Any) -> dict[str, Any]:
    lines = [{"purchase_item_id": item, "purchase_item_type": "subscription", "title": "x"} for item in items or (101,)]
    return {"id": id_, "status": "queued", "scheduled_at": day, "customer": {"id": 9}, "line_items": lines} | more


def has(api: FakeApi, *rows: dict[str, Any]) -> None:
    api.answer("GET", "/subscriptions", {"subscriptions": list(rows), "next_cursor": None})
    for row in rows:
        api.answer("GET", f"/subscriptions/{row['id']}", {"subscription": row})


def queued(api: FakeApi, *rows: dict[str, Any]) -> None:
    api.answer("GET", "/charges", {"charges": list(rows), "next_cursor": None})
    for row in rows:
        api.answer("GET", f"/charges/{row['id']}", {"charge": row})


def changed(api: FakeApi) -> list[tuple[str, Any]]:
    return [(one.path, one.body) for one in api.requests if one.method == "POST"]


# Looking up


async def test_the_next_box_of_a_subscription(api: FakeApi, recharge: Subscriptions) -> None:
    (found,) = await recharge.subscriptions(JANE)
    assert (found.id, found.customer_id, found.status) == ("101", JANE.id, "active")
    assert (found.next_date, found.contents, found.interval_days) == (date(2026, 12, 1), ("2 x Coffee, Dark",), 14)
    assert (found.skippable, found.order) == (True, None)


async def test_how_subscriptions_are_asked_for(api: FakeApi, recharge: Subscriptions) -> None:
    await recharge.subscriptions(JANE)
    asked = {one.path: one.query for one in api.requests}
    assert asked == {
        "/customers": {"email": "Jane@Example.com", "limit": "250"},
        "/subscriptions": {"customer_id": "9", "status": "active", "limit": "250"},
        "/charges": {"customer_id": "9", "status": "queued", "sort_by": "scheduled_at-asc", "limit": "250"},
    }
    assert {one.method for one in api.requests} == {"GET"}
    assert {one.headers["X-Recharge-Access-Token"] for one in api.requests} == {TOKEN}
    assert {one.headers["X-Recharge-Version"] for one in api.requests} == {"2021-11"}


@pytest.mark.parametrize("email", [None, "", "  "])
async def test_a_customer_without_an_address_is_not_asked_for(
    api: FakeApi, recharge: Subscriptions, email: str | None
) -> None:
    assert await recharge.subscriptions(JANE.model_copy(update={"email": email})) == ()
    assert not api.requests


@pytest.mark.parametrize("rows", [[], [{"id": 4, "email": "jane@example.community"}], [{"id": 4, "email": None}]])
async def test_a_customer_whom_recharge_does_not_know(
    api: FakeApi, recharge: Subscriptions, rows: list[dict[str, Any]]
) -> None:
    """A system that ignores the filter answers with others."""
    api.answer("GET", "/customers", {"customers": rows})
    assert await recharge.subscriptions(JANE) == ()
    assert [one.path for one in api.requests] == ["/customers"]


async def test_hostile_mail_stays_a_value(api: FakeApi, recharge: Subscriptions) -> None:
    assert await recharge.subscriptions(JANE.model_copy(update={"email": "a&ids=1#@example.com"})) == ()
    assert api.requests[0].query == {"email": "a&ids=1#@example.com", "limit": "250"}


async def test_a_customer_who_is_there_twice(api: FakeApi, recharge: Subscriptions) -> None:
    both = [{"id": 9, "email": "jane@example.com"}, {"id": 10, "email": "JANE@example.com"}]
    api.answer("GET", "/customers", {"customers": both})
    second = plan(id=102, customer_id=10)
    api.answer("GET", "/subscriptions", {"subscriptions": [second]}, query={"customer_id": "10"})
    assert [one.id for one in await recharge.subscriptions(JANE)] == ["101", "102"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (plan(status="cancelled"), False),
        (plan(status="expired"), False),
        (plan(status="a_state_of_tomorrow"), False),
        (plan(customer_id=77), False),
        (plan(status="ACTIVE"), True),
    ],
)
async def test_only_what_runs_and_is_the_customers(
    api: FakeApi, recharge: Subscriptions, row: dict[str, Any], said: bool
) -> None:
    has(api, row)
    assert len(await recharge.subscriptions(JANE)) == said


@pytest.mark.parametrize(
    ("unit", "every", "days"),
    [("day", 30, 30), ("week", 1, 7), ("month", 1, None), (None, None, None), ("eon", 1, None)],
)
async def test_intervals(
    api: FakeApi, recharge: Subscriptions, unit: str | None, every: int | None, days: int | None
) -> None:
    has(api, plan(order_interval_unit=unit, order_interval_frequency=every))
    assert [one.interval_days for one in await recharge.subscriptions(JANE)] == [days]


@pytest.mark.parametrize(
    ("names", "contents"),
    [
        ({"quantity": 1}, ("Coffee, Dark",)),
        ({"variant_title": "Default Title"}, ("2 x Coffee",)),
        ({"variant_title": None}, ("2 x Coffee",)),
        ({"product_title": None, "variant_title": ""}, ()),
    ],
)
async def test_contents(
    api: FakeApi, recharge: Subscriptions, names: dict[str, Any], contents: tuple[str, ...]
) -> None:
    has(api, plan(**names))
    assert [one.contents for one in await recharge.subscriptions(JANE)] == [contents]


@pytest.mark.parametrize(
    ("row", "charges", "day", "skippable"),
    [
        (plan(), [charge(502, "2026-12-15"), charge(501, "2026-12-02T00:00:00")], date(2026, 12, 2), True),
        (plan(), [charge(501, "2026-11-30", 999), charge(502, "2026-12-15", 999, 101)], date(2026, 12, 15), True),
        (plan(), [charge(501, "2026-11-30", status="skipped"), charge(502)], date(2026, 12, 1), True),
        (plan(), [charge(501, None), charge(502, "2026-12-03")], date(2026, 12, 3), True),
        (plan(is_skippable=False), [charge()], date(2026, 12, 1), False),
        (plan(), [], date(2026, 12, 1), False),
        (plan(next_charge_scheduled_at=None), [], None, False),
        (plan(is_prepaid=True), [charge()], None, False),
    ],
)
async def test_when_the_next_box_comes(
    api: FakeApi,
    recharge: Subscriptions,
    row: dict[str, Any],
    charges: list[dict[str, Any]],
    day: date | None,
    skippable: bool,
) -> None:
    """By the first queued charge with it; boxes that were paid ahead have no charge of their own."""
    has(api, row)
    queued(api, *charges)
    assert [(one.next_date, one.skippable) for one in await recharge.subscriptions(JANE)] == [(day, skippable)]


# Changes


async def test_the_next_box_is_skipped(api: FakeApi, recharge: Subscriptions) -> None:
    queued(api, charge(501, "2026-12-01", 101, 999), charge(502, "2026-12-15"))
    assert await recharge.perform(SkipSubscription("101"), "k") == Outcome("done")
    assert changed(api) == [(SKIP, {"purchase_item_ids": [101]})]


async def test_the_next_box_is_moved(api: FakeApi, recharge: Subscriptions) -> None:
    assert await recharge.perform(MoveSubscription("101", date(2026, 12, 9)), "k") == Outcome("done")
    assert changed(api) == [(MOVE, {"date": "2026-12-09"})]


@pytest.mark.parametrize("change", [SkipSubscription("101"), MoveSubscription("101", date(2026, 12, 9))])
async def test_a_change_is_made_once(api: FakeApi, recharge: Subscriptions, change: Change) -> None:
    assert [await recharge.perform(change, "k") for _ in range(3)] == [Outcome("done")] * 3
    assert len(changed(api)) == 1


async def test_a_box_that_comes_on_that_day_already(api: FakeApi, recharge: Subscriptions) -> None:
    assert await recharge.perform(MoveSubscription("101", date(2026, 12, 1)), "k") == Outcome("done")
    assert not changed(api)


@pytest.mark.parametrize(
    ("change", "row", "charges", "reason"),
    [
        (SkipSubscription("101"), plan(status="cancelled"), [charge()], "no_such_subscription"),
        (SkipSubscription("101"), plan(is_skippable=False), [charge()], "not_skippable"),
        (SkipSubscription("101"), plan(is_prepaid=True), [charge()], "not_skippable"),
        (SkipSubscription("101"), plan(), [], "not_skippable"),
        (MoveSubscription("101", date(2026, 11, 22)), plan(), [charge()], "day_passed"),
        (MoveSubscription("101", date(2026, 12, 9)), plan(is_prepaid=True), [charge()], "not_allowed"),
        (MoveSubscription("101", date(2026, 12, 9)), plan(status="expired"), [], "no_such_subscription"),
    ],
)
async def test_changes_that_cannot_be_made(
    api: FakeApi,
    recharge: Subscriptions,
    change: Change,
    row: dict[str, Any],
    charges: list[dict[str, Any]],
    reason: str,
) -> None:
    has(api, row)
    queued(api, *charges)
    assert await recharge.perform(change, "k") == Outcome("refused", reason)
    assert not changed(api)


async def test_today_is_the_shops_day(api: FakeApi, recharge: Subscriptions) -> None:
    assert await recharge.perform(MoveSubscription("101", date(2026, 11, 23)), "k") == Outcome("done")


@pytest.mark.parametrize("id_", ["102", "", "101/../9", "101?x=1", "gid://shopify/SubscriptionContract/1", "٣"])
async def test_a_subscription_that_is_none(api: FakeApi, recharge: Subscriptions, id_: str) -> None:
    assert await recharge.perform(SkipSubscription(id_), "k") == Outcome("refused", "no_such_subscription")
    assert not changed(api)
    assert {one.path for one in api.requests} <= {"/subscriptions/102"}


@pytest.mark.parametrize("change", [SkipSubscription("101"), MoveSubscription("101", date(2026, 12, 9))])
async def test_what_recharge_refuses(api: FakeApi, recharge: Subscriptions, change: Change) -> None:
    api.answer("POST", ".*", {"errors": {"date": ["not a valid date"]}}, 422)
    assert await recharge.perform(change, "k") == Outcome("refused", "not_allowed")
    assert len(changed(api)) == 1


@pytest.mark.parametrize(
    "change",
    [PauseSubscription("101"), PauseSubscription("101", date(2027, 1, 1)), CancelOrder("1001")],
)
async def test_what_recharge_cannot_do(api: FakeApi, recharge: Subscriptions, change: Change) -> None:
    assert recharge.capabilities == {"skip_subscription", "move_subscription"}
    assert await recharge.perform(change, "k") == Outcome("unsupported")
    assert not api.requests


async def test_a_skip_whose_answer_was_lost_skips_no_second_box(api: FakeApi, recharge: Subscriptions) -> None:
    queued(api, charge(), charge(502, "2026-12-15"))
    api.fail("POST", SKIP, "cut")
    with pytest.raises(Unreachable):
        await recharge.perform(SkipSubscription("101"), "k")
    assert len(changed(api)) == 1
    queued(api, charge(502, "2026-12-15"))
    api.answer("GET", "/charges/501", {"charge": charge(status="skipped")})
    assert await recharge.perform(SkipSubscription("101"), "k") == Outcome("done")
    assert len(changed(api)) == 1


async def test_a_lost_answer_where_a_box_holds_two_things(api: FakeApi, recharge: Subscriptions) -> None:
    queued(api, charge(501, "2026-12-01", 101, 999), charge(502, "2026-12-15"))
    api.fail("POST", SKIP, "cut")
    with pytest.raises(Unreachable):
        await recharge.perform(SkipSubscription("101"), "k")
    queued(api, charge(501, "2026-12-01", 999), charge(502, "2026-12-15"))
    assert await recharge.perform(SkipSubscription("101"), "k") == Outcome("done")
    assert len(changed(api)) == 1


async def test_a_skip_that_did_not_arrive_is_made_when_asked_for_again(api: FakeApi, recharge: Subscriptions) -> None:
    api.answer("POST", SKIP, status=503, times=1)
    with pytest.raises(Broken):
        await recharge.perform(SkipSubscription("101"), "k")
    assert await recharge.perform(SkipSubscription("101"), "k") == Outcome("done")
    assert [path for path, _ in changed(api)] == [SKIP, SKIP]


async def test_a_box_that_was_charged_meanwhile_is_not_skipped(api: FakeApi, recharge: Subscriptions) -> None:
    api.answer("POST", SKIP, status=503, times=1)
    with pytest.raises(Broken):
        await recharge.perform(SkipSubscription("101"), "k")
    queued(api, charge(502, "2026-12-15"))
    api.answer("GET", "/charges/501", {"charge": charge(status="success")})
    assert await recharge.perform(SkipSubscription("101"), "k") == Outcome("refused", "no_next_box")
    assert len(changed(api)) == 1


async def test_a_second_skip_is_of_the_box_after(api: FakeApi, recharge: Subscriptions) -> None:
    await recharge.perform(SkipSubscription("101"), "first")
    queued(api, charge(502, "2026-12-15"))
    api.answer("POST", "/charges/502/skip", {"charge": charge(502)})
    assert await recharge.perform(SkipSubscription("101"), "second") == Outcome("done")
    assert [path for path, _ in changed(api)] == [SKIP, "/charges/502/skip"]


# Failures


@pytest.mark.parametrize("path", ["/customers", "/subscriptions", "/charges"])
@pytest.mark.parametrize(
    ("status", "headers", "failure"),
    [
        (400, {}, Rejected),
        (401, {}, Denied),
        (403, {}, Denied),
        (404, {}, Rejected),
        (429, {"Retry-After": "2"}, Limited),
        (500, {}, Broken),
        (503, {"Retry-After": "120"}, Broken),
    ],
)
async def test_failures_have_their_kinds(
    api: FakeApi, recharge: Subscriptions, path: str, status: int, headers: dict[str, str], failure: type[SystemFailed]
) -> None:
    api.answer("GET", path, {"errors": "no"}, status, headers)
    with structlog.testing.capture_logs() as logs, pytest.raises(failure) as caught:
        await recharge.subscriptions(JANE)
    assert len(api.sent(path)) == 1
    assert TOKEN not in str(caught.value) + str(logs)


async def test_a_limit_that_ends_at_once_is_waited_for(api: FakeApi, recharge: Subscriptions) -> None:
    api.answer("GET", "/customers", status=429, headers={"Retry-After": "0"}, times=1)
    assert len(await recharge.subscriptions(JANE)) == 1


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/customers", {"customers": {}}, "customers"),
        ("/customers", "<html></html>", "JSON was expected"),
        ("/subscriptions", {"subscriptions": [plan(id="x")]}, "subscriptions.0.id"),
        ("/subscriptions", {"subscriptions": [plan(status=None)]}, "subscriptions.0.status"),
        ("/charges", {"charges": [charge(501, "soon")]}, "ISO 8601"),
        ("/charges", [], "the whole answer"),
    ],
)
async def test_what_is_not_as_described_is_named(
    api: FakeApi, recharge: Subscriptions, path: str, body: Any, place: str
) -> None:
    api.answer("GET", path, body)
    with pytest.raises(BadAnswer, match=place):
        await recharge.subscriptions(JANE)


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection(api: FakeApi, recharge: Subscriptions, fault: str) -> None:
    api.fail("GET", "/customers", fault)
    with pytest.raises(Unreachable):
        await recharge.subscriptions(JANE)


async def test_a_silent_system(api: FakeApi, recharge: Subscriptions) -> None:
    """Whether the box was moved is not known."""
    api.fail("POST", MOVE, "hang")
    with pytest.raises(TooSlow):
        await recharge.perform(MoveSubscription("101", date(2026, 12, 9)), "k")
    assert len(changed(api)) == 1


# What works


async def test_the_check_of_a_good_token(api: FakeApi, recharge: Subscriptions) -> None:
    scopes = ["read_customers", "read_subscriptions", "write_subscriptions", "read_orders", "write_orders"]
    api.answer("GET", "/token_information", {"token_information": {"name": "agent", "scopes": scopes}})
    found = await recharge.check()
    assert [(one.what, one.works) for one in found] == [
        ("customers", True),
        ("subscriptions", True),
        ("charges", True),
        ("write_subscriptions", True),
        ("write_orders", True),
        ("pause_subscription", None),
    ]
    assert {one.query["limit"] for one in api.sent("/customers|/subscriptions|/charges")} == {"1"}
    assert not changed(api)


async def test_the_check_of_a_token_that_may_only_read_some(api: FakeApi, recharge: Subscriptions) -> None:
    api.answer("GET", "/charges", {"errors": "scope"}, 403)
    api.answer("GET", "/token_information", {"token_information": {"scopes": ["read_customers"]}})
    found = {one.what: one for one in await recharge.check()}
    assert (found["customers"].works, found["charges"].works, found["write_orders"].works) == (True, False, False)
    assert "next box" in found["charges"].text
    assert "grant it" in found["write_subscriptions"].text


async def test_the_check_of_a_bad_token(api: FakeApi, recharge: Subscriptions) -> None:
    api.answer("GET", ".*", {"errors": "bad authentication"}, 401)
    found = {one.what: one.works for one in await recharge.check()}
    assert (found["customers"], found["subscriptions"], found["charges"]) == (False, False, False)


async def test_the_check_where_scopes_are_not_told(api: FakeApi, recharge: Subscriptions) -> None:
    api.answer("GET", "/token_information", {"unexpected": True})
    found = {one.what: one.works for one in await recharge.check()}
    assert (found["customers"], found["write_subscriptions"], found["write_orders"]) == (True, None, None)


def test_without_a_token() -> None:
    with pytest.raises(NotConfigured, match="ASTERISK_AGENT_SUBSCRIPTIONS__RECHARGE__TOKEN"):
        subscriptions.create(Settings(subscriptions=SubscriptionsSettings(system="recharge")), lambda: NOW)
