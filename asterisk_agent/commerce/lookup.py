"""Look-ups for a live call: fresh answer → live answer → last known answer, within a deadline."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from asterisk_agent.commerce.changes import (
    Change,
    MoveSubscription,
    Outcome,
    PauseSubscription,
    SkipSubscription,
)
from asterisk_agent.commerce.models import Appointment, Order, Subscription
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.store import Store, StoreError

log = structlog.get_logger(__name__)

FRESH = timedelta(seconds=10)
"""An answer this young is not fetched again: the same caller asks about the same order in one breath."""

REMEMBERED = 2000
"""Orders kept as last known answers; the longest unused go first."""

CHANGE_S = 5.0
"""Longest wait for a change; the caller hears a filler meanwhile."""

ABANDON = 4
"""A request or a change goes on behind the calls for this many deadlines: a slow answer serves the next question."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Found:
    """An answer as of ``as_of``; ``order`` None: there is none. Not ``live``: last known, as the store is down."""

    order: Order | None
    as_of: datetime
    live: bool


class LookupFailed(Exception):
    """The store is slow or down and nothing is known from before."""


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

    async def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
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

    async def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        """The customer's subscriptions. Raises LookupFailed."""
        with self._timed():
            return await self._lookups.subscriptions(customer_id)

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
        """Milliseconds spent since the last call of this."""
        waited, self._waited = self._waited, 0.0
        return waited

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self._waited += (time.monotonic() - started) * 1000


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
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(self._request(number))
        except (StoreError, TimeoutError) as error:
            self._did_not_answer(error, self._deadline_s)
        # That there was no such order is not worth remembering: it may have been placed since.
        known = self._known.get(number)
        if known is None or known.order is None:
            raise LookupFailed("the store does not answer and nothing is known from before")
        self.stats.last_known += 1
        return Found(known.order, known.as_of, live=False)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first. Raises LookupFailed."""
        changes = self._changes
        return self._all_known(await self._asked(self._store.orders_by_phone(phone)), changes)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address, newest first. Raises LookupFailed."""
        changes = self._changes
        return self._all_known(await self._asked(self._store.orders_by_email(email)), changes)

    async def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        """The customer's subscriptions. Raises LookupFailed."""
        return await self._asked(self._store.subscriptions(customer_id))

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
        except (StoreError, TimeoutError) as error:
            self._did_not_answer(error, CHANGE_S)
            raise LookupFailed(
                "the store did not confirm the change: it is unknown whether it was done; ask again with the same key"
            ) from None

    def remember(self, found: Found) -> None:
        """Take in an answer that is known from elsewhere: the last known one until the store gives its own."""
        if found.order is not None:
            self._remember(found.order.key, found)

    async def close(self) -> None:
        """Give up the requests that are under way; wait for the changes that have begun."""
        if self._changing:
            await asyncio.wait(list(self._changing.values()))
        tasks = [*self._asking.values(), *self._overtaken]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _asked(self, answer: Awaitable[_Answer]) -> _Answer:
        """An answer of the store within the deadline. Raises LookupFailed."""
        started = time.monotonic()
        self.stats.requests += 1
        try:
            async with asyncio.timeout(self._deadline_s):
                found = await answer
        except (StoreError, TimeoutError) as error:
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
        if not task.cancelled():
            task.exception()  # seen, even when every caller has gone

    def _all_known(self, orders: tuple[Order, ...], changes: int) -> tuple[Order, ...]:
        if changes == self._changes:
            for order in orders:
                self._remember(order.key, Found(order, self._clock(), live=True))
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
        found = Found(order, self._clock(), live=True)
        if asyncio.current_task() not in self._overtaken:
            self._remember(number, found)
        return found

    def _answered(self, number: str, task: asyncio.Task[Found]) -> None:
        if self._asking.get(number) is task:
            del self._asking[number]
        self._overtaken.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even when every caller has gone

    def _took(self, started: float) -> None:
        ms = (time.monotonic() - started) * 1000
        self.stats.request_ms.append(ms)
        log.debug("the store answered", store=self._store.name, ms=round(ms, 1))

    def _did_not_answer(self, error: StoreError | TimeoutError, deadline_s: float) -> None:
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
