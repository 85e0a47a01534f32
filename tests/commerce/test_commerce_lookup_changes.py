"""Changes through the look-ups of a live call: once, to the end, honest when nobody knows, and fresh afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from asterisk_agent.commerce import lookup
from asterisk_agent.commerce.changes import CancelOrder, Change, Outcome, Reorder, SkipSubscription
from asterisk_agent.commerce.lookup import Found, Lookup, LookupFailed, TimedLookups
from asterisk_agent.commerce.models import Appointment, Customer, Order, OrderStatus, Subscription
from asterisk_agent.commerce.store import StoreError
from asterisk_agent.commerce.stores.memory import MemoryStore

MARIA = Customer(id="c1", name="Maria Lopez")

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CANCEL = CancelOrder("10442")


def order(status: OrderStatus = OrderStatus.PROCESSING) -> Order:
    customer = Customer(id="c1", name="Maria Lopez", phone="+16175550142", email="maria@example.com")
    return Order(number="10442", customer=customer, status=status, placed_at=NOW)


class Slow(MemoryStore):
    """A shop whose answers and changes wait for their gates; ``error`` is raised instead of either."""

    def __init__(self) -> None:
        super().__init__(
            (order(),),
            (Subscription(id="S-1", customer_id="c1", next_date=NOW.date(), interval_days=7),),
            (Appointment(order="10442"),),
            lambda: NOW,
        )
        self.answers, self.changes = asyncio.Event(), asyncio.Event()
        self.reached, self.begun = asyncio.Event(), asyncio.Event()
        self.answers.set()
        self.changes.set()
        self.asked = 0
        self.error: StoreError | None = None

    async def order(self, number: str) -> Order | None:
        self.asked += 1
        self.reached.set()
        found = await super().order(number)
        await self._gate(self.answers)
        return found

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        found = await super().orders_by_phone(phone)
        await self._gate(self.answers)
        return found

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        await self._gate(self.answers)
        return await super().orders_by_email(email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        await self._gate(self.answers)
        return await super().subscriptions(customer)

    async def appointment(self, number: str) -> Appointment | None:
        await self._gate(self.answers)
        return await super().appointment(number)

    async def perform(self, change: Change, key: str) -> Outcome:
        self.begun.set()
        await self._gate(self.changes)
        return await super().perform(change, key)

    async def _gate(self, gate: asyncio.Event) -> None:
        await gate.wait()
        if self.error:
            raise self.error


@pytest.fixture
def shop() -> Slow:
    return Slow()


@pytest.fixture
def lookups(shop: Slow, monkeypatch: pytest.MonkeyPatch) -> Lookup:
    """Deadlines: 50 ms for answers, 100 ms for changes."""
    monkeypatch.setattr(lookup, "CHANGE_S", 0.1)
    return Lookup(shop, 0.05, lambda: NOW)


async def status(lookups: Lookup) -> OrderStatus | None:
    found = await lookups.order("10442")
    return found.order.status if found.order else None


async def test_a_change_is_seen_by_the_next_question(shop: Slow, lookups: Lookup) -> None:
    assert await status(lookups) is OrderStatus.PROCESSING
    assert await lookups.perform(CANCEL, "key") == Outcome("done")
    assert await status(lookups) is OrderStatus.CANCELLED
    assert shop.asked == 2


async def test_the_number_may_be_written_with_separators(shop: Slow, lookups: Lookup) -> None:
    await status(lookups)
    assert await lookups.perform(CancelOrder("#10-442"), "key") == Outcome("done")
    assert await status(lookups) is OrderStatus.CANCELLED


async def test_what_was_asked_before_the_change_is_not_the_answer_after_it(shop: Slow, lookups: Lookup) -> None:
    """The request is under way with the old state in hand while the change is made."""
    shop.answers.clear()
    before = asyncio.create_task(lookups.order("10442"))
    by_phone = asyncio.create_task(lookups.orders_by_phone("+16175550142"))
    await shop.reached.wait()
    await lookups.perform(CANCEL, "key")
    shop.answers.set()
    assert (await before).order == order()
    assert await by_phone == (order(),)
    assert await status(lookups) is OrderStatus.CANCELLED


async def test_a_refusal_asks_anew_and_keeps_what_was_known_for_when_the_store_is_down(
    shop: Slow, lookups: Lookup
) -> None:
    await status(lookups)
    shop.records = shop.records.with_order(order(OrderStatus.SHIPPED))
    assert await lookups.perform(CANCEL, "key") == Outcome("refused", "already_shipped")
    shop.error = StoreError("503")
    found = await lookups.order("10442")
    assert (found.order, found.live) == (order(), False)
    shop.error = None
    assert await status(lookups) is OrderStatus.SHIPPED


async def test_after_a_change_what_was_known_before_it_is_never_told(shop: Slow, lookups: Lookup) -> None:
    await status(lookups)
    await lookups.perform(CANCEL, "key")
    shop.error = StoreError("503")
    with pytest.raises(LookupFailed):
        await lookups.order("10442")


async def test_a_change_of_a_subscription_leaves_orders_alone(shop: Slow, lookups: Lookup) -> None:
    await status(lookups)
    assert await lookups.perform(SkipSubscription("S-1"), "key") == Outcome("done")
    await status(lookups)
    assert shop.asked == 1


# --- time and failure ---


async def test_a_change_has_its_own_deadline_and_nobody_claims_to_know(shop: Slow, lookups: Lookup) -> None:
    await status(lookups)
    shop.changes.clear()
    with pytest.raises(LookupFailed, match="unknown whether it was done"):
        await lookups.perform(CANCEL, "key")
    assert lookups.stats.late == 1
    # It went through behind the call; the same key finds it out and does nothing twice.
    shop.changes.set()
    assert await lookups.perform(CANCEL, "key") == Outcome("done")
    assert await lookups.perform(CANCEL, "key") == Outcome("done")
    assert shop.performed == [CANCEL]
    assert await status(lookups) is OrderStatus.CANCELLED
    assert lookup.CHANGE_S == 0.1


async def test_a_change_may_take_longer_than_an_answer(shop: Slow, lookups: Lookup) -> None:
    shop.changes.clear()
    asyncio.get_running_loop().call_later(0.07, shop.changes.set)
    assert await lookups.perform(CANCEL, "key") == Outcome("done")


async def test_a_caller_who_hangs_up_does_not_leave_half_a_change(shop: Slow, lookups: Lookup) -> None:
    await status(lookups)
    shop.changes.clear()
    call = asyncio.create_task(lookups.perform(CANCEL, "key"))
    await shop.begun.wait()
    call.cancel()
    await asyncio.wait([call])
    shop.changes.set()
    await lookups.close()
    assert shop.performed == [CANCEL]
    assert await status(lookups) is OrderStatus.CANCELLED


async def test_asking_twice_at_once_with_one_key_is_one_request(shop: Slow, lookups: Lookup) -> None:
    shop.changes.clear()
    asking = [asyncio.create_task(lookups.perform(Reorder("10442"), "key")) for _ in range(5)]
    await shop.begun.wait()
    shop.changes.set()
    assert set(await asyncio.gather(*asking)) == {Outcome("done", reference="10443")}
    assert lookups.stats.requests == 1


async def test_a_store_that_is_down_makes_no_change(shop: Slow, lookups: Lookup) -> None:
    shop.error = StoreError("503")
    with pytest.raises(LookupFailed, match="unknown whether it was done"):
        await lookups.perform(CANCEL, "key")
    assert (lookups.stats.failed, shop.performed) == (1, [])


async def test_a_change_that_never_ends_is_given_up(shop: Slow, lookups: Lookup) -> None:
    shop.changes.clear()
    with pytest.raises(LookupFailed):
        await lookups.perform(CANCEL, "key")
    async with asyncio.timeout(2):
        await lookups.close()
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("change")] == []


# --- the other questions ---


@pytest.mark.parametrize("failing", ["late", "failed"])
async def test_every_question_keeps_the_deadline(shop: Slow, lookups: Lookup, failing: str) -> None:
    if failing == "late":
        shop.answers.clear()
    else:
        shop.error = StoreError("503")
    async with asyncio.timeout(2):
        for question in (
            lambda: lookups.orders_by_email("maria@example.com"),
            lambda: lookups.subscriptions(MARIA),
            lambda: lookups.appointment("10442"),
        ):
            with pytest.raises(LookupFailed, match="does not answer"):
                await question()
    assert getattr(lookups.stats, failing) == 3


async def test_questions_are_passed_on_and_their_time_is_counted(shop: Slow, lookups: Lookup) -> None:
    timed = TimedLookups(lookups)
    assert await timed.orders_by_email("MARIA@example.com") == (order(),)
    assert [one.id for one in await timed.subscriptions(MARIA)] == ["S-1"]
    assert await timed.appointment("10442") == Appointment(order="10442")
    assert timed.capabilities == shop.capabilities == lookups.capabilities
    assert "cancel_order" in timed.capabilities
    assert timed.take_ms() > 0
    shop.changes.clear()
    asyncio.get_running_loop().call_later(0.03, shop.changes.set)
    assert await timed.perform(CANCEL, "key") == Outcome("done")
    assert timed.take_ms() >= 25
    assert timed.take_ms() == 0


async def test_orders_found_by_email_are_known_for_the_next_question(shop: Slow, lookups: Lookup) -> None:
    await lookups.orders_by_email("maria@example.com")
    assert await status(lookups) is OrderStatus.PROCESSING
    assert shop.asked == 0


async def test_what_is_known_from_elsewhere_stands_in_until_the_store_answers(shop: Slow, lookups: Lookup) -> None:
    old = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    lookups.remember(Found(order(OrderStatus.ON_HOLD), old, live=True))
    shop.error = StoreError("503")
    found = await lookups.order("10442")
    assert (found.order, found.as_of, found.live) == (order(OrderStatus.ON_HOLD), old, False)
    shop.error = None
    assert await status(lookups) is OrderStatus.PROCESSING
