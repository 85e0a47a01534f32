"""Look-ups for a live call: fresh answer → live answer → last known answer, within a deadline."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog

from asterisk_agent.commerce.changes import (
    Change,
    MoveSubscription,
    Outcome,
    PauseSubscription,
    SkipSubscription,
)
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.store import AmbiguousNumber, Store
from asterisk_agent.commerce.web.patience import behind_the_calls

log = structlog.get_logger(__name__)

FRESH = timedelta(seconds=10)
"""An answer this young is not fetched again: the same caller asks about the same order in one breath."""

CUSTOMERS = 500
"""Customers whose orders were asked for lately."""

REMEMBERED = 2000
"""Orders kept as last known answers; the longest unused go first."""

CHANGE_S = 5.0
"""Longest wait for a change; the caller hears a filler meanwhile."""

PATIENT = 2.5
"""Deadlines that a caller waits for an order of which nothing is known yet: a late answer is better than none."""

ABANDON = 4
"""A request or a change goes on behind the calls for this many deadlines: a slow answer serves the next question."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Found:
    """An answer as of ``as_of``; ``order`` None: there is none. Not ``live``: last known, as the store is down."""

    order: Order | None
    as_of: datetime
    live: bool


def found_now(order: Order | None, now: datetime) -> Found:
    """An answer that has just come; it is as old as the oldest parcel whose carrier does not answer."""
    ages = [one.as_of for one in order.shipments if one.as_of is not None] if order else []
    return Found(order, min(ages, default=now), live=not ages)


class LookupFailed(Exception):
    """The store is slow or down and nothing is known from before."""


class Ambiguous(LookupFailed):
    """Several orders have this number, in different stores."""

    def __init__(self, orders: tuple[Order, ...]) -> None:
        super().__init__("several orders have this number")
        self.orders = orders


@dataclass
class LookupStats:
    """Counts since the start; ``request_ms`` holds how long the latest answered requests took."""

    fresh: int = 0
    requests: int = 0
    failed: int = 0
    late: int = 0
    last_known: int = 0
    request_ms: deque[float] = field(default_factory=lambda: deque(maxlen=1000))


class Lookups(Protocol):
    """What the dialogue asks for."""

    async def order(self, number: str) -> Found:
        """The order with this number. Raises LookupFailed."""

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first. Raises LookupFailed."""

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address, newest first. Raises LookupFailed."""

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions. Raises LookupFailed."""

    async def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of an order. Raises LookupFailed."""

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the changes that the system can make at all."""

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key. Raises LookupFailed when it is not known whether it was made."""


class TimedLookups:
    """The look-ups of one call, and the time spent waiting for them."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._waited = 0.0
        self._waiting = 0
        self._since = 0.0

    async def order(self, number: str) -> Found:
        """The order with this number. Raises LookupFailed."""
        with self._timed():
            return await self._lookups.order(number)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first. Raises LookupFailed."""
        with self._timed():
            return await self._lookups.orders_by_phone(phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address, newest first. Raises LookupFailed."""
        with self._timed():
            return await self._lookups.orders_by_email(email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions. Raises LookupFailed."""
        with self._timed():
            return await self._lookups.subscriptions(customer)

    async def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of an order. Raises LookupFailed."""
        with self._timed():
            return await self._lookups.appointment(number)

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the changes that the system can make at all."""
        return self._lookups.capabilities

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key. Raises LookupFailed when it is not known whether it was made."""
        with self._timed():
            return await self._lookups.perform(change, key)

    def take_ms(self) -> float:
        """Milliseconds since the last call of this in which something was being looked up, by one or by several."""
        self._count()
        waited, self._waited = self._waited, 0.0
        return waited

    @contextmanager
    def _timed(self) -> Iterator[None]:
        self._count()
        self._waiting += 1
        try:
            yield
        finally:
            self._count()
            self._waiting -= 1

    def _count(self) -> None:
        now = time.monotonic()
        if self._waiting:
            self._waited += (now - self._since) * 1000
        self._since = now


@dataclass(frozen=True)
class _OfCustomer:
    task: asyncio.Task[tuple[Order, ...]]
    asked_at: datetime

    def is_good(self, now: datetime) -> bool:
        return self.task.exception() is None and abs(now - self.asked_at) < FRESH


def _is(found: Found, store: str, id_: str) -> bool:
    return found.order is not None and found.order.store == store and found.order.id == id_


def _seen(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()  # even when every caller has gone


class Lookup:
    """Asks one store. Calls for the same order share one request, which outlives a caller who goes away.

    So does a change: once begun it is finished, whoever waits for it.
    """

    def __init__(self, store: Store, deadline_s: float, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._deadline_s = deadline_s
        self._clock = clock
        self._known: OrderedDict[str, Found] = OrderedDict()
        self._doubtful: set[str] = set()
        """Numbers of known orders that are to be asked for anew."""
        self._asking: dict[str, asyncio.Task[Found]] = {}
        self._of_customers: OrderedDict[tuple[str, str], _OfCustomer] = OrderedDict()
        self._changing: dict[str, asyncio.Task[Outcome]] = {}
        self._changes = 0
        self._overtaken: set[asyncio.Task[Found]] = set()
        """Requests for orders that were changed meanwhile: their answer is not kept."""
        self.stats = LookupStats()

    async def order(self, number: str) -> Found:
        """The order with this number. Call it early: the answer is instant for ten seconds. Raises LookupFailed."""
        known = self._known.get(number)
        if known is not None:
            self._known.move_to_end(number)
            if number not in self._doubtful and abs(self._clock() - known.as_of) < FRESH:
                self.stats.fresh += 1
                return known
        patience = self._deadline_s * (1.0 if number in self._known else PATIENT)
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(self._request(number))
        except AmbiguousNumber as error:
            raise Ambiguous(error.orders) from None
        except (SystemFailed, TimeoutError) as error:
            self._did_not_answer(error, patience)
        # That there was no such order is not worth remembering: it may have been placed since.
        known = self._known.get(number)
        if known is None or known.order is None:
            raise LookupFailed("the store does not answer and nothing is known from before")
        self.stats.last_known += 1
        return Found(known.order, known.as_of, live=False)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first. Raises LookupFailed."""
        return await self._customers("phone", phone, self._store.orders_by_phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address, newest first. Raises LookupFailed."""
        return await self._customers("email", email.strip().casefold(), self._store.orders_by_email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions. Raises LookupFailed."""
        return await self._asked(self._store.subscriptions(customer))

    async def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of an order. Raises LookupFailed."""
        return await self._asked(self._store.appointment(number))

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the changes that the system can make at all."""
        return self._store.capabilities

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key; its order is asked for anew afterwards.

        Raises LookupFailed when it is not known whether it was made; asking again with the same key is safe.
        """
        task = self._changing.get(key)
        if task is None:
            task = asyncio.create_task(self._change(change, key), name=f"change-{self._store.name}")
            self._changing[key] = task
            task.add_done_callback(lambda done: self._changed(key, done))
        try:
            async with asyncio.timeout(CHANGE_S):
                return await asyncio.shield(task)
        except (SystemFailed, TimeoutError) as error:
            self._did_not_answer(error, CHANGE_S)
            raise LookupFailed(
                "the store did not confirm the change: it is unknown whether it was done; ask again with the same key"
            ) from None

    def heard_of_change(self, store: str, id_: str, number: str = "") -> None:
        """A store told that an order has changed: it is asked for anew at once if callers asked about it lately.

        ``id_``: the store's own key, by which the order is found where no ``number`` is told.
        """
        self._of_customers.clear()
        numbers = [plain(number)] if number else [key for key, found in self._known.items() if _is(found, store, id_)]
        for key in numbers:
            if (task := self._asking.pop(key, None)) is not None:
                self._overtaken.add(task)
            if key in self._known:
                self._doubtful.add(key)
                with behind_the_calls():
                    self._request(key)

    def remember(self, found: Found) -> None:
        """Take in an answer that is known from elsewhere: the last known one until the store gives its own."""
        if found.order is not None:
            self._remember(found.order.key, found)

    async def close(self) -> None:
        """Give up the requests that are under way; wait for the changes that have begun."""
        if self._changing:
            await asyncio.wait(list(self._changing.values()))
        customers = [one.task for one in self._of_customers.values()]
        tasks: list[asyncio.Task[Any]] = [*self._asking.values(), *self._overtaken, *customers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _customers(
        self, kind: str, value: str, ask: Callable[[str], Coroutine[Any, Any, tuple[Order, ...]]]
    ) -> tuple[Order, ...]:
        """A customer's orders; a request outlives who asked, and serves the next question of the same call."""
        key, now = (kind, value), self._clock()
        one = self._of_customers.get(key)
        if one is None or one.task.cancelled() or (one.task.done() and not one.is_good(now)):
            task = asyncio.create_task(self._ask_customers(ask(value)), name=f"lookup-{self._store.name}")
            one = self._of_customers[key] = _OfCustomer(task, now)
            task.add_done_callback(_seen)
            while len(self._of_customers) > CUSTOMERS:
                self._of_customers.popitem(last=False)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(one.task)
        except (SystemFailed, TimeoutError) as error:
            self._did_not_answer(error, self._deadline_s)
            raise LookupFailed("the store does not answer") from None

    async def _ask_customers(self, answer: Coroutine[Any, Any, tuple[Order, ...]]) -> tuple[Order, ...]:
        started, changes = time.monotonic(), self._changes
        self.stats.requests += 1
        async with asyncio.timeout(self._deadline_s * ABANDON):
            orders = await answer
        self._took(started)
        return self._all_known(orders, changes)

    async def _asked(self, answer: Awaitable[_Answer]) -> _Answer:
        """An answer of the store within the deadline. Raises LookupFailed."""
        started = time.monotonic()
        self.stats.requests += 1
        try:
            async with asyncio.timeout(self._deadline_s):
                found = await answer
        except (SystemFailed, TimeoutError) as error:
            self._did_not_answer(error, self._deadline_s)
            raise LookupFailed("the store does not answer") from None
        self._took(started)
        return found

    async def _change(self, change: Change, key: str) -> Outcome:
        started = time.monotonic()
        self.stats.requests += 1
        outcome: Outcome | None = None
        try:
            async with asyncio.timeout(CHANGE_S * ABANDON):
                outcome = await self._store.perform(change, key)
        finally:
            self._overtake(change, done=outcome is not None and outcome.status == "done")
        self._took(started)
        log.info("a change was asked of the store", change=change.name, outcome=outcome.status, reason=outcome.reason)
        return outcome

    def _overtake(self, change: Change, done: bool) -> None:
        """Have the order of a change asked for anew; what was known before it was done is no answer any more."""
        self._changes += 1
        self._of_customers.clear()
        match change:
            case SkipSubscription() | PauseSubscription() | MoveSubscription():
                return
            case _:
                number = plain(change.order)
        if (task := self._asking.pop(number, None)) is not None:
            self._overtaken.add(task)
        if done:
            self._known.pop(number, None)
        if number in self._known:
            self._doubtful.add(number)

    def _changed(self, key: str, task: asyncio.Task[Outcome]) -> None:
        del self._changing[key]
        _seen(task)

    def _all_known(self, orders: tuple[Order, ...], changes: int) -> tuple[Order, ...]:
        if changes == self._changes:
            for order in orders:
                self._remember(order.key, found_now(order, self._clock()))
        return orders

    def _request(self, number: str) -> asyncio.Task[Found]:
        task = self._asking.get(number)
        if task is None:
            task = asyncio.create_task(self._fetch(number), name=f"lookup-{self._store.name}")
            self._asking[number] = task
            task.add_done_callback(lambda done: self._answered(number, done))
        return task

    async def _fetch(self, number: str) -> Found:
        started = time.monotonic()
        self.stats.requests += 1
        async with asyncio.timeout(self._deadline_s * ABANDON):
            order = await self._store.order(number)
        self._took(started)
        found = found_now(order, self._clock())
        if asyncio.current_task() not in self._overtaken:
            self._remember(number, found)
        return found

    def _answered(self, number: str, task: asyncio.Task[Found]) -> None:
        if self._asking.get(number) is task:
            del self._asking[number]
        self._overtaken.discard(task)
        _seen(task)

    def _took(self, started: float) -> None:
        ms = (time.monotonic() - started) * 1000
        self.stats.request_ms.append(ms)
        log.debug("the store answered", store=self._store.name, ms=round(ms, 1))

    def _did_not_answer(self, error: SystemFailed | TimeoutError, deadline_s: float) -> None:
        if isinstance(error, TimeoutError):
            self.stats.late += 1
        else:
            self.stats.failed += 1
        what = str(error) or f"no answer within {deadline_s} s"
        log.warning("the store did not answer", store=self._store.name, error=what)

    def _remember(self, number: str, found: Found) -> None:
        self._known[number] = found
        self._known.move_to_end(number)
        self._doubtful.discard(number)
        while len(self._known) > REMEMBERED:
            gone, _ = self._known.popitem(last=False)
            self._doubtful.discard(gone)
