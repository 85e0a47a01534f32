"""Look-ups as a live call needs them: instant when asked before, honest when the store is down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from asterisk_agent.commerce import lookup
from asterisk_agent.commerce.lookup import Ambiguous, Found, Lookup, LookupFailed, found_now
from asterisk_agent.commerce.models import Customer, Order, OrderStatus, Shipment
from asterisk_agent.commerce.store import AmbiguousNumber, StoreError
from asterisk_agent.commerce.stores.memory import MemoryStore

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def order(number: str = "10442") -> Order:
    customer = Customer(id="c1", name="Maria Lopez", phone="+16175550142")
    return Order(number=number, customer=customer, status=OrderStatus.SHIPPED, placed_at=NOW)


class Shop:
    """A store whose answers wait for ``open``; ``error`` is raised instead of an answer."""

    name = "shop"

    def __init__(self) -> None:
        self.orders = {"10442": order()}
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None

    async def order(self, number: str) -> Order | None:
        self.asked.append(number)
        await self.open.wait()
        if self.error:
            raise self.error
        return self.orders.get(number)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        self.asked.append(phone)
        await self.open.wait()
        if self.error:
            raise self.error
        return tuple(order for order in self.orders.values() if order.customer.phone == phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        return ()

    async def close(self) -> None:
        pass


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def looking_up(shop: Shop, clock: Clock, deadline_s: float = 0.05) -> Lookup:
    return Lookup(shop, deadline_s, clock)


async def test_an_answer_is_live_and_fresh_for_a_moment(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock)
    found = await lookups.order("10442")
    assert (found.order, found.as_of, found.live) == (order(), NOW, True)
    clock.passes(9)
    shop.open.clear()  # a second request would now hang
    assert await lookups.order("10442") == found
    assert shop.asked == ["10442"]


async def test_after_that_the_store_is_asked_again(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock)
    await lookups.order("10442")
    clock.passes(11)
    shop.orders = {}
    assert (await lookups.order("10442")).order is None
    assert shop.asked == ["10442", "10442"]


async def test_a_clock_that_is_set_back_does_not_freeze_old_answers(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock)
    await lookups.order("10442")
    clock.passes(-3600)
    await lookups.order("10442")
    assert shop.asked == ["10442", "10442"]


async def test_there_is_no_such_order(shop: Shop, clock: Clock) -> None:
    found = await looking_up(shop, clock).order("99999")
    assert (found.order, found.live) == (None, True)


async def test_calls_for_one_order_share_one_request(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock, deadline_s=5)
    shop.open.clear()
    waiting = [asyncio.create_task(lookups.order("10442")) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    shop.open.set()
    results = await asyncio.gather(*waiting)
    assert shop.asked == ["10442"]
    assert {result.live for result in results} == {True}


async def test_a_caller_who_goes_away_does_not_end_the_request_of_another(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock, deadline_s=5)
    shop.open.clear()
    gone, stays = (asyncio.create_task(lookups.order("10442")) for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    shop.open.set()
    assert (await stays).live
    assert shop.asked == ["10442"]


async def test_a_slow_answer_serves_the_next_question(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock)
    shop.open.clear()
    with pytest.raises(LookupFailed):
        await lookups.order("10442")
    shop.open.set()
    assert (await lookups.order("10442")).live
    assert shop.asked == ["10442"]
    assert lookups.stats.late == 1


@pytest.mark.parametrize("how", ["error", "slow"])
async def test_the_last_known_answer_stands_in_with_its_age(shop: Shop, clock: Clock, how: str) -> None:
    lookups = looking_up(shop, clock)
    await lookups.order("10442")
    clock.passes(3600)
    if how == "error":
        shop.error = StoreError("503")
    else:
        shop.open.clear()
    found = await lookups.order("10442")
    assert (found.order, found.as_of, found.live) == (order(), NOW, False)
    assert lookups.stats.last_known == 1
    await lookups.close()


async def test_that_an_order_was_not_there_before_is_no_answer_while_the_store_is_down(
    shop: Shop, clock: Clock
) -> None:
    lookups = looking_up(shop, clock)
    assert (await lookups.order("20000")).order is None
    clock.passes(60)
    shop.error = StoreError("503")
    with pytest.raises(LookupFailed):
        await lookups.order("20000")


async def test_nothing_known_and_nothing_answered_fails_within_the_deadline(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock)
    shop.open.clear()
    async with asyncio.timeout(1):
        with pytest.raises(LookupFailed):
            await lookups.order("10442")
        with pytest.raises(LookupFailed):
            await lookups.orders_by_phone("+16175550142")
    await lookups.close()


async def test_a_request_that_never_ends_is_given_up_and_made_anew(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock, deadline_s=0.02)
    shop.open.clear()
    for _ in range(2 * lookup.ABANDON):
        with pytest.raises(LookupFailed):
            await lookups.order("10442")
    assert len(shop.asked) > 1
    await lookups.close()


async def test_orders_found_by_phone_are_known_for_the_next_question(shop: Shop, clock: Clock) -> None:
    shop.orders = {"A442": order("a-442")}
    lookups = looking_up(shop, clock)
    assert await lookups.orders_by_phone("+16175550142") == (order("a-442"),)
    assert (await lookups.order("A442")).order == order("a-442")
    assert shop.asked == ["+16175550142"]


async def test_memory_is_bounded_and_keeps_what_is_used(
    shop: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "REMEMBERED", 3)
    shop.orders = {number: order(number) for number in ("1", "2", "3", "4")}
    lookups = looking_up(shop, clock)
    for number in ("1", "2", "3", "1", "4"):
        await lookups.order(number)
    shop.error = StoreError("503")
    clock.passes(60)
    for number in ("1", "3", "4"):
        assert (await lookups.order(number)).order == order(number)
    with pytest.raises(LookupFailed):
        await lookups.order("2")


async def test_closing_ends_requests_under_way(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock)
    shop.open.clear()
    with pytest.raises(LookupFailed):
        await lookups.order("10442")
    await lookups.close()
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("lookup")] == []


async def test_latency_is_measured(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock)
    await lookups.order("10442")
    await lookups.order("10442")
    assert (lookups.stats.requests, lookups.stats.fresh, len(lookups.stats.request_ms)) == (1, 1, 1)


async def test_a_customers_orders_are_asked_for_once_in_a_breath_even_if_the_first_did_not_wait(
    shop: Shop, clock: Clock
) -> None:
    lookups = looking_up(shop, clock, deadline_s=5)
    shop.open.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lookups.orders_by_phone("+16175550142")
    shop.open.set()
    assert [order.number for order in await lookups.orders_by_phone("+16175550142")] == ["10442"]
    assert shop.asked.count("+16175550142") == 1
    clock.passes(11)
    await lookups.orders_by_phone("+16175550142")
    assert shop.asked.count("+16175550142") == 2
    await lookups.close()


async def test_news_of_a_change_makes_the_next_answer_new(shop: Shop, clock: Clock) -> None:
    lookups = looking_up(shop, clock, deadline_s=5)
    await lookups.order("10442")
    lookups.heard_of_change("memory", "another order")
    await lookups.order("10442")
    assert shop.asked == ["10442"]
    lookups.heard_of_change("memory", "", "#10442")
    await lookups.order("10442")
    assert shop.asked == ["10442", "10442"]
    await lookups.close()


async def test_a_parcel_whose_carrier_is_silent_makes_the_answer_as_old_as_that(clock: Clock) -> None:
    then = NOW - timedelta(hours=3)
    quiet = Shipment(carrier="UPS", tracking="1Z", as_of=then)
    found = found_now(order().model_copy(update={"shipments": (quiet,)}), NOW)
    assert (found.as_of, found.live) == (then, False)
    assert found_now(order(), NOW) == Found(order(), NOW, live=True)
    assert found_now(None, NOW) == Found(None, NOW, live=True)


async def test_a_number_in_two_stores_is_told_apart_from_a_dead_store(clock: Clock) -> None:
    class Two(MemoryStore):
        async def order(self, number: str) -> Order | None:
            raise AmbiguousNumber([order(), order()])

    with pytest.raises(Ambiguous):
        await Lookup(Two([]), 1, clock).order("10442")
