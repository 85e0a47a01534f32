"""WooCommerce Subscriptions: the next box, and what can be changed about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import pytest
from systems_world import FakeApi
from woocommerce_world import BASE, KEY, NOW, changed, exchange, settings, site

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
from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, Rejected, Unreachable
from asterisk_agent.commerce.models import Customer
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.settings import Settings
from asterisk_agent.settings import Store as StoreSettings
from asterisk_agent.settings import Subscriptions as SubscriptionsSettings
from asterisk_agent.settings_systems import WooCommerce

LIST = f"{BASE}/subscriptions"
ONE = rf"{LIST}/\d+"
MAYA = Customer(id="2", name="Maya Okafor", email="Maya.Okafor@example.com", phone="+12125550147")
GUEST = Customer(id="maya.okafor@example.com", name="Maya Okafor", email="maya.okafor@example.com")
SKIP = SkipSubscription("40")
PAUSE = PauseSubscription("40")
MOVE = MoveSubscription("40", date(2026, 12, 11))


def line(name: str, quantity: float = 1) -> dict[str, Any]:
    return {"id": 1, "name": name, "quantity": quantity, "total": "12.00", "total_tax": "0.00"}


def subscription(**changes: Any) -> dict[str, Any]:
    """As the extension's v3 controller writes it: an order with a schedule. The next payment is at three in the
    morning UTC: the evening before in New York."""
    return {
        "id": 40,
        "parent_id": 39,
        "status": "active",
        "currency": "USD",
        "number": "40",
        "customer_id": 2,
        "billing": {"email": "maya.okafor@example.com", "phone": "(212) 555-0147", "country": "US"},
        "payment_method": "stripe",
        "line_items": [line("Dark Roast &amp; Filter", 2), line("Mug")],
        "billing_period": "week",
        "billing_interval": "2",
        "start_date_gmt": "2026-03-01T15:12:07",
        "trial_end_date_gmt": "",
        "next_payment_date_gmt": "2026-12-05T03:00:00",
        "last_payment_date_gmt": "2026-11-21T03:00:00",
        "cancelled_date_gmt": "",
        "end_date_gmt": "",
        "resubscribed_from": "",
        "removed_line_items": [],
    } | changes


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with site() as server:
        missing = {"code": "woocommerce_rest_shop_subscription_invalid_id", "message": "Invalid ID.", "data": {}}
        server.answer("GET", ONE, missing, 404)
        yield server


@pytest.fixture
async def system(api: FakeApi) -> AsyncIterator[Subscriptions]:
    chosen = Settings(
        store=StoreSettings(woocommerce=settings(api)), subscriptions=SubscriptionsSettings(system="woocommerce")
    )
    made = subscriptions.create(chosen, lambda: NOW)
    assert made is not None
    yield made
    await made.close()


def has(api: FakeApi, *rows: dict[str, Any]) -> None:
    """The customer's subscriptions."""
    api.answer("GET", LIST, list(rows))
    for row in rows:
        api.answer("GET", rf"{LIST}/{row['id']}", row)


def takes(api: FakeApi, told: dict[str, Any], **changes: Any) -> None:
    """A subscription, and what it is after a change."""
    has(api, told)
    api.answer("PUT", rf"{LIST}/{told['id']}", told | changes)


# What there is


async def test_the_next_box_is_on_the_shops_day(api: FakeApi, system: Subscriptions) -> None:
    has(api, subscription())
    [found] = await system.subscriptions(MAYA)
    assert (found.id, found.customer_id, found.status, found.order) == ("40", "2", "active", None)
    assert found.next_date == date(2026, 12, 4)
    assert found.contents == ("2 x Dark Roast & Filter", "Mug")
    assert (found.interval_days, found.skippable) == (14, True)
    [request] = api.requests
    assert (request.query["customer"], request.query["order"]) == ("2", "desc")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("active", ["active"]),
        ("on-hold", ["paused"]),
        ("pending", []),
        ("pending-cancel", []),
        ("cancelled", []),
        ("expired", []),
        ("switched", []),
        ("waiting-for-the-moon", []),
    ],
)
async def test_states(api: FakeApi, system: Subscriptions, status: str, told: list[str]) -> None:
    has(api, subscription(status=status))
    assert [one.status for one in await system.subscriptions(MAYA)] == told


async def test_a_paused_one_has_no_next_box_though_its_old_date_is_still_there(
    api: FakeApi, system: Subscriptions
) -> None:
    has(api, subscription(status="on-hold"))
    [found] = await system.subscriptions(MAYA)
    assert (found.next_date, found.skippable) == (None, False)


@pytest.mark.parametrize(
    ("period", "interval", "days"), [("day", 10, 10), ("week", 1, 7), ("month", 1, None), ("year", 1, None)]
)
async def test_intervals(api: FakeApi, system: Subscriptions, period: str, interval: int, days: int | None) -> None:
    has(api, subscription(billing_period=period, billing_interval=interval))
    [found] = await system.subscriptions(MAYA)
    assert found.interval_days == days


async def test_no_subscriptions(api: FakeApi, system: Subscriptions) -> None:
    has(api)
    assert await system.subscriptions(MAYA) == ()


async def test_next_to_nothing_in_it(api: FakeApi, system: Subscriptions) -> None:
    bare = {"id": 41, "status": "active", "customer_id": 2, "billing": {"phone": "2125550147"}, "robot": True}
    has(api, bare)
    [found] = await system.subscriptions(MAYA)
    assert (found.next_date, found.contents, found.interval_days, found.skippable) == (None, (), None, False)


# Whose they are


async def test_everybodys_subscriptions_are_not_one_customers(api: FakeApi, system: Subscriptions) -> None:
    """A site that ignores the parameter 'customer'."""
    has(api, subscription(), subscription(id=41, customer_id=3))
    assert [one.id for one in await system.subscriptions(MAYA)] == ["40"]


@pytest.mark.parametrize(
    ("billing", "told"),
    [
        ({"email": "MAYA.okafor@example.com"}, ["40"]),
        ({"email": "new@example.com", "phone": "212.555.0147"}, ["40"]),
        ({"email": "eve@example.com", "phone": "212-555-0199"}, []),
        ({}, []),
    ],
)
async def test_the_same_id_of_another_store_is_somebody_else(
    api: FakeApi, system: Subscriptions, billing: dict[str, str], told: list[str]
) -> None:
    has(api, subscription(billing=billing))
    assert [one.id for one in await system.subscriptions(MAYA)] == told


async def test_a_guest_is_found_by_the_accounts_email(api: FakeApi, system: Subscriptions) -> None:
    """Subscribers have another role than customers, whom alone WooCommerce lists without being told."""
    api.answer("GET", f"{BASE}/customers", exchange("customers_by_email")["response"]["body"])
    has(api, subscription(billing={"email": "other@example.com"}))
    [found] = await system.subscriptions(GUEST)
    assert (found.id, found.customer_id) == ("40", "maya.okafor@example.com")
    [asked, listed] = api.requests
    assert (asked.query["email"], asked.query["role"]) == ("maya.okafor@example.com", "all")
    assert listed.query["customer"] == "2"


@pytest.mark.parametrize("recording", ["customers_by_email_guest", "customers_search_name"])
async def test_a_guest_without_an_account(api: FakeApi, system: Subscriptions, recording: str) -> None:
    """No account, or a site that answers with other people's."""
    others = [row for row in exchange(recording)["response"]["body"] if row["email"] != GUEST.email]
    api.answer("GET", f"{BASE}/customers", others)
    assert await system.subscriptions(GUEST) == ()
    assert len(api.requests) == 1


async def test_an_address_that_woocommerce_does_not_take(api: FakeApi, system: Subscriptions) -> None:
    told = exchange("customers_email_invalid")["response"]
    api.answer("GET", f"{BASE}/customers", told["body"], told["status"])
    assert await system.subscriptions(Customer(id="x", name="X", email="a@b")) == ()


async def test_a_customer_without_anything_to_go_by(api: FakeApi, system: Subscriptions) -> None:
    assert await system.subscriptions(Customer(id="gid://shopify/Customer/7", name="X")) == ()
    assert api.requests == []


# Skipping


@pytest.mark.parametrize(
    ("due", "period", "interval", "moved"),
    [
        ("2026-12-05T03:00:00", "week", 2, "2026-12-19T03:00:00"),
        ("2026-12-05T03:00:00", "day", 10, "2026-12-15T03:00:00"),
        ("2026-12-05T03:00:00", "month", 1, "2027-01-05T03:00:00"),
        ("2026-12-05T03:00:00", "year", 1, "2027-12-05T03:00:00"),
        ("2027-01-31T15:00:00", "month", 1, "2027-02-28T15:00:00"),
        ("2027-01-30T15:00:00", "month", 1, "2027-02-28T15:00:00"),
        ("2027-02-28T15:00:00", "month", 1, "2027-03-31T14:00:00"),
        ("2027-03-12T15:00:00", "week", 1, "2027-03-19T14:00:00"),
    ],
    ids=["weeks", "days", "month", "year", "short month", "shorter month", "last day stays last", "summer time"],
)
async def test_a_box_is_skipped_by_moving_the_next_payment_by_one_period(
    api: FakeApi, system: Subscriptions, due: str, period: str, interval: int, moved: str
) -> None:
    """At the same time of day in the shop's zone."""
    told = subscription(next_payment_date_gmt=due, billing_period=period, billing_interval=interval)
    takes(api, told, next_payment_date_gmt=moved)
    assert await system.perform(SKIP, "key") == Outcome("done")
    dates = {"start_date": "2026-03-01 15:12:07", "next_payment_date": moved.replace("T", " ")}
    assert changed(api) == [("PUT", "/subscriptions/40", dates)]


async def test_the_same_request_again_skips_one_box(api: FakeApi, system: Subscriptions) -> None:
    takes(api, subscription(), next_payment_date_gmt="2026-12-19T03:00:00")
    for _ in range(2):
        assert await system.perform(SKIP, "key") == Outcome("done")
    assert len(changed(api)) == 1


async def test_a_skip_that_was_made_without_an_answer_is_not_made_twice(api: FakeApi, system: Subscriptions) -> None:
    has(api, subscription())
    api.fail("PUT", ONE, "cut")
    with pytest.raises(Unreachable):
        await system.perform(SKIP, "key")
    has(api, subscription(next_payment_date_gmt="2026-12-19T03:00:00"))
    assert await system.perform(SKIP, "key") == Outcome("done")
    assert len(changed(api)) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"next_payment_date_gmt": ""}, "not_skippable"),
        ({"payment_method": "paypal"}, "not_skippable"),
        ({"end_date_gmt": "2026-12-10T03:00:00"}, "not_skippable"),
        ({"billing_period": "fortnight"}, "not_skippable"),
        ({"billing_interval": 0}, "not_skippable"),
        ({"status": "on-hold"}, "paused"),
        ({"status": "cancelled"}, "no_such_subscription"),
        ({"status": "pending-cancel"}, "no_such_subscription"),
    ],
)
async def test_a_box_that_is_not_skipped(
    api: FakeApi, system: Subscriptions, changes: dict[str, Any], reason: str
) -> None:
    takes(api, subscription(**changes))
    assert await system.perform(SKIP, "key") == Outcome("refused", reason)
    assert changed(api) == []


# Moving


async def test_the_next_box_is_moved_to_another_day_at_the_same_time(api: FakeApi, system: Subscriptions) -> None:
    takes(api, subscription(), next_payment_date_gmt="2026-12-12T03:00:00")
    assert await system.perform(MOVE, "key") == Outcome("done")
    dates = {"start_date": "2026-03-01 15:12:07", "next_payment_date": "2026-12-12 03:00:00"}
    assert changed(api) == [("PUT", "/subscriptions/40", dates)]


async def test_the_day_on_which_it_comes_already(api: FakeApi, system: Subscriptions) -> None:
    has(api, subscription())
    assert await system.perform(MoveSubscription("40", date(2026, 12, 4)), "key") == Outcome("done")
    assert changed(api) == []


@pytest.mark.parametrize(
    ("changes", "day", "reason"),
    [
        ({}, date(2026, 11, 22), "day_passed"),
        ({"next_payment_date_gmt": "2026-12-05T15:00:00"}, date(2026, 11, 23), "day_not_offered"),
        ({"end_date_gmt": "2026-12-10T03:00:00"}, date(2026, 12, 11), "day_not_offered"),
        ({"payment_method": "paypal"}, date(2026, 12, 11), "day_not_offered"),
        ({"next_payment_date_gmt": ""}, date(2026, 12, 11), "day_not_offered"),
        ({"status": "on-hold"}, date(2026, 12, 11), "paused"),
    ],
    ids=["past", "in less than two hours", "after the end", "another calendar", "none to move", "paused"],
)
async def test_a_day_that_cannot_be(
    api: FakeApi, system: Subscriptions, changes: dict[str, Any], day: date, reason: str
) -> None:
    takes(api, subscription(**changes))
    assert await system.perform(MoveSubscription("40", day), "key") == Outcome("refused", reason)
    assert changed(api) == []


# Pausing


async def test_a_pause_is_the_state_on_hold(api: FakeApi, system: Subscriptions) -> None:
    takes(api, subscription(), status="on-hold")
    assert await system.perform(PAUSE, "key") == Outcome("done")
    assert changed(api) == [("PUT", "/subscriptions/40", {"status": "on-hold"})]


async def test_a_pause_that_was_made_without_an_answer(api: FakeApi, system: Subscriptions) -> None:
    has(api, subscription())
    api.fail("PUT", ONE, "cut")
    with pytest.raises(Unreachable):
        await system.perform(PAUSE, "key")
    has(api, subscription(status="on-hold"))
    assert await system.perform(PAUSE, "key") == Outcome("done")
    assert await system.perform(PAUSE, "another") == Outcome("refused", "already_paused")
    assert len(changed(api)) == 1


async def test_a_pause_with_an_end_is_not_possible(api: FakeApi, system: Subscriptions) -> None:
    assert await system.perform(PauseSubscription("40", date(2027, 1, 1)), "key") == Outcome("unsupported")
    assert api.requests == []


# Refused and failed


@pytest.mark.parametrize("change", [SKIP, MOVE, PAUSE])
async def test_what_the_site_refuses(api: FakeApi, system: Subscriptions, change: Change) -> None:
    has(api, subscription())
    api.answer("PUT", ONE, {"code": "woocommerce_rest_invalid_payment_data", "data": {"status": 400}}, 400)
    assert await system.perform(change, "key") == Outcome("refused", "not_allowed")


@pytest.mark.parametrize("change", [SKIP, MOVE, PAUSE])
async def test_what_the_site_did_not_keep(api: FakeApi, system: Subscriptions, change: Change) -> None:
    takes(api, subscription())
    assert await system.perform(change, "key") == Outcome("refused", "not_allowed")


@pytest.mark.parametrize("id_", ["41", "40/notes", "", "0", "gid://shopify/SubscriptionContract/5", "40\n"])
async def test_a_subscription_that_there_is_not(api: FakeApi, system: Subscriptions, id_: str) -> None:
    has(api, subscription())
    assert await system.perform(SkipSubscription(id_), "key") == Outcome("refused", "no_such_subscription")
    assert changed(api) == []


async def test_changes_of_orders_belong_elsewhere(api: FakeApi, system: Subscriptions) -> None:
    assert await system.perform(CancelOrder("24"), "key") == Outcome("unsupported")
    assert system.capabilities == {"skip_subscription", "move_subscription", "pause_subscription"}


@pytest.mark.parametrize(("status", "failure"), [(401, Denied), (403, Denied), (500, Broken), (404, Rejected)])
async def test_failures_have_their_kinds(
    api: FakeApi, system: Subscriptions, status: int, failure: type[Exception]
) -> None:
    api.answer("GET", LIST, {"code": "odd"}, status)
    with pytest.raises(failure):
        await system.subscriptions(MAYA)


async def test_a_site_without_the_extension_does_not_lack_the_one_subscription(
    api: FakeApi, system: Subscriptions
) -> None:
    api.answer("GET", ONE, exchange("route_missing")["response"]["body"], 404)
    with pytest.raises(BadAnswer, match="plugin active"):
        await system.perform(SKIP, "key")


@pytest.mark.parametrize("body", ["<html>", [subscription(next_payment_date_gmt="soon")], [{"status": "active"}]])
async def test_an_answer_that_is_not_as_described(api: FakeApi, system: Subscriptions, body: Any) -> None:
    api.answer("GET", LIST, body)
    with pytest.raises(BadAnswer):
        await system.subscriptions(MAYA)


# What the operator learns


async def test_a_site_with_the_extension(api: FakeApi, system: Subscriptions) -> None:
    has(api, subscription())
    assert [(one.what, one.works) for one in await system.check()] == [("subscriptions", True), ("changes", None)]


@pytest.mark.parametrize(
    ("recording", "advice"),
    [("route_missing", "has no WooCommerce Subscriptions"), ("auth_bad_key", "key"), ("site_maintenance", "503")],
)
async def test_a_site_that_cannot_be_used(api: FakeApi, system: Subscriptions, recording: str, advice: str) -> None:
    told = exchange(recording)["response"]
    api.answer("GET", LIST, told["body"], told["status"])
    [found] = await system.check()
    assert found.works is False
    assert advice in found.text


def test_missing_keys_are_named() -> None:
    chosen = Settings(
        store=StoreSettings(woocommerce=WooCommerce(url="https://shop.example.com", key=KEY)),  # type: ignore[arg-type]
        subscriptions=SubscriptionsSettings(system="woocommerce"),
    )
    with pytest.raises(NotConfigured, match="ASTERISK_AGENT_STORE__WOOCOMMERCE__SECRET"):
        subscriptions.create(chosen, lambda: datetime.now().astimezone())
