"""Subscription contracts of Shopify: the next box, and what can be changed about it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from prometheus_client import REGISTRY
from shopify_world import SCOPES, FakeShopify, nodes, shopify_shop, subscriptions

from asterisk_agent.commerce.changes import (
    CancelOrder,
    Change,
    MoveSubscription,
    Outcome,
    PauseSubscription,
    SkipSubscription,
)
from asterisk_agent.commerce.failures import BadAnswer, Broken, Unreachable
from asterisk_agent.commerce.models import Customer

ID = "gid://shopify/SubscriptionContract/5"
MARIA = Customer(id="gid://shopify/Customer/7", name="Maria Lopez", email="maria@example.com")
GUEST = Customer(id="local-3", name="Maria Lopez", email="Maria@Example.com")
SKIP = SkipSubscription(ID)
MOVE = MoveSubscription(ID, date(2026, 12, 4))
PAUSE = PauseSubscription(ID)
OK: dict[str, Any] = {"userErrors": []}


def contract(**changes: Any) -> dict[str, Any]:
    """A SubscriptionContract of coffee."""
    return {
        "id": ID,
        "status": "ACTIVE",
        "nextBillingDate": "2026-12-24T10:00:00Z",
        "customer": {"id": MARIA.id},
        "originOrder": {"name": "#1001"},
        "deliveryPolicy": {"interval": "WEEK", "intervalCount": 2},
        "lines": nodes(
            {"title": "Coffee", "variantTitle": "Dark", "quantity": 2},
            {"title": "Filter", "variantTitle": "Default Title", "quantity": 1},
        ),
    } | changes


def cycle(index: int, day: str, skipped: bool = False, status: str = "UNBILLED") -> dict[str, Any]:
    """A SubscriptionBillingCycle, due at three in the morning UTC: the evening before in New York."""
    return {
        "cycleIndex": index,
        "billingAttemptExpectedDate": f"{day}T03:00:00Z",
        "skipped": skipped,
        "status": status,
    }


def has(shop: FakeShopify, told: dict[str, Any] | None, *cycles: dict[str, Any]) -> None:
    """The customer's only contract."""
    account = {"defaultEmailAddress": {"emailAddress": "maria@example.com"}}
    listed = nodes(told) if told else nodes()
    shop.says("Contracts", {"customerByIdentifier": account | {"subscriptionContracts": listed}})
    shop.says("Contract", {"subscriptionContract": told})
    shop.says("BillingCycles", {"subscriptionBillingCycles": nodes(*cycles)})


DUE = (cycle(3, "2026-11-24", status="BILLED"), cycle(5, "2026-12-22"), cycle(4, "2026-12-08"))


async def test_the_next_box_is_the_first_cycle_that_is_neither_billed_nor_skipped() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        [found] = await shopify.subscriptions(MARIA)
        assert shop.asked("Contracts")[0]["who"] == {"id": MARIA.id}
        assert shop.asked("BillingCycles")[0]["from"] == "2026-11-23T00:00:00-05:00"
    assert (found.id, found.customer_id, found.order) == (ID, MARIA.id, "1001")
    assert found.next_date == date(2026, 12, 7)
    assert found.contents == ("2 x Coffee, Dark", "Filter")
    assert (found.status, found.interval_days, found.skippable) == ("active", 14, True)


async def test_where_there_are_no_cycles_the_contracts_own_date_counts() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(deliveryPolicy={"interval": "MONTH", "intervalCount": 1}))
        [found] = await shopify.subscriptions(MARIA)
    assert (found.next_date, found.skippable, found.interval_days) == (date(2026, 12, 24), False, None)


async def test_where_every_cycle_is_skipped_there_is_no_next_box() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), cycle(4, "2026-12-08", skipped=True))
        [found] = await shopify.subscriptions(MARIA)
    assert (found.next_date, found.skippable) == (None, False)


@pytest.mark.parametrize(
    ("status", "told"),
    [("ACTIVE", ["active"]), ("PAUSED", ["paused"]), ("CANCELLED", []), ("EXPIRED", []), ("FAILED", [])],
)
async def test_states_of_contracts(status: str, told: list[str]) -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(status=status), *DUE)
        assert [one.status for one in await shopify.subscriptions(MARIA)] == told


async def test_a_state_that_nobody_knows_is_counted_and_not_told() -> None:
    before = REGISTRY.get_sample_value("order_agent_unknown_status_codes_total", {"system": "shopify"}) or 0
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        shop.unchecked.add("Contracts")
        has(shop, contract(status="HIBERNATING"), *DUE)
        assert await shopify.subscriptions(MARIA) == ()
    assert REGISTRY.get_sample_value("order_agent_unknown_status_codes_total", {"system": "shopify"}) == before + 1


async def test_a_customer_of_another_store_is_found_by_the_email_address() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        [found] = await shopify.subscriptions(GUEST)
        assert shop.asked("Contracts")[0]["who"] == {"emailAddress": "Maria@Example.com"}
    assert found.customer_id == "local-3"


async def test_a_stranger_has_no_subscriptions() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        other = GUEST.model_copy(update={"email": "other@example.com"})
        assert await shopify.subscriptions(other) == ()
        shop.says("Contracts", {"customerByIdentifier": None})
        assert await shopify.subscriptions(MARIA) == ()
        assert await shopify.subscriptions(GUEST.model_copy(update={"email": None})) == ()


async def test_the_next_box_is_skipped_once() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        shop.says("SkipCycle", {"subscriptionBillingCycleSkip": {"billingCycle": {"skipped": True}} | OK})
        assert await shopify.perform(SKIP, "key") == Outcome("done")
        assert await shopify.perform(SKIP, "key") == Outcome("done")
        assert shop.asked("SkipCycle") == [{"contract": ID, "index": 4}]


async def test_a_skip_whose_answer_is_lost_does_not_skip_the_box_after_it() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        shop.fails("SkipCycle", "cut", times=1)
        with pytest.raises(Unreachable):
            await shopify.perform(SKIP, "key")
        has(shop, contract(), cycle(4, "2026-12-08", skipped=True), cycle(5, "2026-12-22"))
        assert await shopify.perform(SKIP, "key") == Outcome("done")
        assert len(shop.asked("SkipCycle")) == 1


async def test_the_next_box_is_moved_to_the_same_time_of_another_day() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        moved = {"billingCycle": {"billingAttemptExpectedDate": "2026-12-05T03:00:00Z"}}
        shop.says("MoveCycle", {"subscriptionBillingCycleScheduleEdit": moved | OK})
        assert await shopify.perform(MOVE, "key") == Outcome("done")
        assert shop.asked("MoveCycle") == [{"contract": ID, "index": 4, "date": "2026-12-04T22:00:00-05:00"}]


async def test_a_box_that_comes_that_day_already_is_left() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        assert await shopify.perform(MoveSubscription(ID, date(2026, 12, 7)), "key") == Outcome("done")
        assert shop.asked("MoveCycle") == []


async def test_a_contract_is_paused() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        shop.says("PauseContract", {"subscriptionContractPause": {"contract": {"status": "PAUSED"}} | OK})
        assert await shopify.perform(PAUSE, "key") == Outcome("done")
        assert shop.asked("PauseContract") == [{"contract": ID}]


@pytest.mark.parametrize(
    ("change", "told", "reason"),
    [
        (SKIP, contract(status="PAUSED"), "paused"),
        (MOVE, contract(status="PAUSED"), "paused"),
        (PAUSE, contract(status="CANCELLED"), "no_such_subscription"),
        (SKIP, None, "no_such_subscription"),
        (SkipSubscription("5"), contract(), "no_such_subscription"),
        (SkipSubscription(f'{ID}" OR "'), contract(), "no_such_subscription"),
        (MoveSubscription(ID, date(2026, 11, 1)), contract(), "day_passed"),
    ],
)
async def test_what_cannot_be_done_is_refused(change: Change, told: dict[str, Any] | None, reason: str) -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, told, *DUE)
        assert await shopify.perform(change, "key") == Outcome("refused", reason)


@pytest.mark.parametrize(("change", "reason"), [(SKIP, "not_skippable"), (MOVE, "no_next_box")])
async def test_without_a_cycle_there_is_nothing_to_change(change: Change, reason: str) -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract())
        assert await shopify.perform(change, "key") == Outcome("refused", reason)


@pytest.mark.parametrize("change", [PauseSubscription(ID, date(2027, 1, 1)), CancelOrder("1001")])
async def test_what_shopify_cannot_do_is_said_so(change: Change) -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        assert await shopify.perform(change, "key") == Outcome("unsupported")
        assert shop.api.requests == []


@pytest.mark.parametrize(
    ("code", "reason"), [("OUT_OF_BOUNDS", "day_not_offered"), ("INVALID", "not_allowed"), (None, "not_allowed")]
)
async def test_what_shopify_refuses_is_refused(code: str | None, reason: str) -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        refused = {"billingCycle": None, "userErrors": [{"code": code, "message": "No."}]}
        shop.says("MoveCycle", {"subscriptionBillingCycleScheduleEdit": refused})
        assert await shopify.perform(MOVE, "key") == Outcome("refused", reason)


async def test_an_answer_that_says_nothing_is_not_done() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        has(shop, contract(), *DUE)
        shop.says("SkipCycle", {"subscriptionBillingCycleSkip": None})
        with pytest.raises(BadAnswer):
            await shopify.perform(SKIP, "key")


async def test_a_failure_is_a_failure_and_not_no_subscription() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        shop.api.answer("POST", ".*graphql.json", None, status=502)
        with pytest.raises(Broken):
            await shopify.subscriptions(MARIA)
        assert [(one.what, one.works) for one in await shopify.check()] == [("credentials", False)]


async def test_the_check_tells_the_scopes_that_are_missing_and_whose_contracts_are_seen() -> None:
    async with shopify_shop() as shop, subscriptions(shop) as shopify:
        found = {one.what: one.works for one in await shopify.check()}
    assert found == {
        "credentials": True,
        "read_customers": True,
        "read_own_subscription_contracts": True,
        "write_own_subscription_contracts": True,
        "contracts": None,
    }
    without = tuple(scope for scope in SCOPES if "subscription" not in scope)
    async with shopify_shop(without) as shop, subscriptions(shop) as shopify:
        missing = [one for one in await shopify.check() if one.works is False]
    assert [one.what for one in missing] == ["read_own_subscription_contracts", "write_own_subscription_contracts"]
    assert all("Dev Dashboard" in one.text for one in missing)
