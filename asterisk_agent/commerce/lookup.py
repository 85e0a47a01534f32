"""Look-ups for a live call: fresh answer → live answer → last known answer, within a deadline."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from asterisk_agent.commerce.models import Order
from asterisk_agent.commerce.store import Store, StoreError

log = structlog.get_logger(__name__)

FRESH = timedelta(seconds=10)
"""An answer this young is not fetched again: the same caller asks about the same order in one breath."""

REMEMBERED = 2000
"""Orders kept as last known answers; the longest unused go first."""


@dataclass(frozen=True)
class Found:
    """An answer as of ``as_of``; ``order`` None: there is none. Not ``live``: last known, as the store is down."""

    order: Order | None
    as_of: datetime
    live: bool


class LookupFailed(Exception):
    """The store is slow or down and nothing is known from before."""


class Lookup:
    """Asks one store. Calls for the same order share one request, which outlives a caller who goes away."""

    def __init__(self, store: Store, deadline_s: float, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._deadline_s = deadline_s
        self._clock = clock
        self._known: OrderedDict[str, Found] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Found]] = {}

    async def order(self, number: str) -> Found:
        """The order with this number. Raises LookupFailed."""
        known = self._known.get(number)
        if known is not None and self._clock() - known.as_of < FRESH:
            return known
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(self._request(number))
        except (StoreError, TimeoutError) as error:
            log.warning("the store did not answer", store=self._store.name, error=str(error) or "deadline passed")
        if known is None:
            raise LookupFailed("the store does not answer and nothing is known from before")
        return Found(known.order, known.as_of, live=False)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first. Raises LookupFailed."""
        try:
            async with asyncio.timeout(self._deadline_s):
                orders = await self._store.orders_by_phone(phone)
        except (StoreError, TimeoutError) as error:
            log.warning("the store did not answer", store=self._store.name, error=str(error) or "deadline passed")
            raise LookupFailed("the store does not answer") from None
        for order in orders:
            self._remember(order.number, Found(order, self._clock(), live=True))
        return orders

    def _request(self, number: str) -> asyncio.Task[Found]:
        task = self._asking.get(number)
        if task is None:
            task = asyncio.create_task(self._fetch(number))
            self._asking[number] = task
            task.add_done_callback(lambda done: self._answered(number, done))
        return task

    async def _fetch(self, number: str) -> Found:
        order = await self._store.order(number)
        found = Found(order, self._clock(), live=True)
        self._remember(number, found)
        return found

    def _answered(self, number: str, task: asyncio.Task[Found]) -> None:
        del self._asking[number]
        if not task.cancelled():
            task.exception()  # seen, even when every caller has gone

    def _remember(self, number: str, found: Found) -> None:
        self._known[number] = found
        self._known.move_to_end(number)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
