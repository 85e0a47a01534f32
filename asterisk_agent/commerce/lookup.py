"""Look-ups for a live call: fresh answer → live answer → last known answer, within a deadline."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from asterisk_agent.commerce.models import Order
from asterisk_agent.commerce.store import Store, StoreError

log = structlog.get_logger(__name__)

FRESH = timedelta(seconds=10)
"""An answer this young is not fetched again: the same caller asks about the same order in one breath."""

REMEMBERED = 2000
"""Orders kept as last known answers; the longest unused go first."""

ABANDON = 4
"""A request goes on behind the calls for this many deadlines, so that a slow answer serves the next question."""


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
    """Asks one store. Calls for the same order share one request, which outlives a caller who goes away."""

    def __init__(self, store: Store, deadline_s: float, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._deadline_s = deadline_s
        self._clock = clock
        self._known: OrderedDict[str, Found] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Found]] = {}
        self.stats = LookupStats()

    async def order(self, number: str) -> Found:
        """The order with this number. Call it early: the answer is instant for ten seconds. Raises LookupFailed."""
        known = self._known.get(number)
        if known is not None:
            self._known.move_to_end(number)
            if abs(self._clock() - known.as_of) < FRESH:
                self.stats.fresh += 1
                return known
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(self._request(number))
        except (StoreError, TimeoutError) as error:
            self._did_not_answer(error)
        # That there was no such order is not worth remembering: it may have been placed since.
        if known is None or known.order is None:
            raise LookupFailed("the store does not answer and nothing is known from before")
        self.stats.last_known += 1
        return Found(known.order, known.as_of, live=False)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first. Raises LookupFailed."""
        started = time.monotonic()
        self.stats.requests += 1
        try:
            async with asyncio.timeout(self._deadline_s):
                orders = await self._store.orders_by_phone(phone)
        except (StoreError, TimeoutError) as error:
            self._did_not_answer(error)
            raise LookupFailed("the store does not answer") from None
        self._took(started)
        for order in orders:
            self._remember(order.key, Found(order, self._clock(), live=True))
        return orders

    async def close(self) -> None:
        """Give up the requests that are under way."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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
        self._remember(number, found)
        return found

    def _answered(self, number: str, task: asyncio.Task[Found]) -> None:
        del self._asking[number]
        if not task.cancelled():
            task.exception()  # seen, even when every caller has gone

    def _took(self, started: float) -> None:
        ms = (time.monotonic() - started) * 1000
        self.stats.request_ms.append(ms)
        log.debug("the store answered", store=self._store.name, ms=round(ms, 1))

    def _did_not_answer(self, error: StoreError | TimeoutError) -> None:
        if isinstance(error, TimeoutError):
            self.stats.late += 1
        else:
            self.stats.failed += 1
        what = str(error) or f"no answer within {self._deadline_s} s"
        log.warning("the store did not answer", store=self._store.name, error=what)

    def _remember(self, number: str, found: Found) -> None:
        self._known[number] = found
        self._known.move_to_end(number)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
