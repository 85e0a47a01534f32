"""The systems behind a row's conversation: a store and carriers that can be slow or down, and a desk."""

from __future__ import annotations

import asyncio
from typing import Literal

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.lookup import Found, Lookup
from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.passing import PassingLookups
from asterisk_agent.commerce.store import StoreError
from asterisk_agent.commerce.stores.memory import MemoryStore
from asterisk_agent.dialog.services import Request
from asterisk_agent.evaluation.world import World

System = Literal["up", "slow", "down"]

DEADLINE_S = 0.05
"""For look-ups. A slow system takes longer than that, but less than the time for which answers are awaited behind it
(``lookup.ABANDON`` deadlines): seconds of a real call, made short."""
SLOW_S = 0.1


class StagedStore(MemoryStore):
    """The row's orders in a system that is 'up', 'slow' or 'down'."""

    def __init__(self, given: World, system: System) -> None:
        super().__init__(given.orders, given.subscriptions, given.appointments, lambda: given.now)
        self.system = system

    async def order(self, number: str) -> Order | None:
        """See Store."""
        await self._reach()
        return await super().order(number)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """See Store."""
        await self._reach()
        return await super().orders_by_phone(phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """See Store."""
        await self._reach()
        return await super().orders_by_email(email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """See Store."""
        await self._reach()
        return await super().subscriptions(customer)

    async def appointment(self, number: str) -> Appointment | None:
        """See Store."""
        await self._reach()
        return await super().appointment(number)

    async def perform(self, change: Change, key: str) -> Outcome:
        """See Store."""
        await self._reach()
        return await super().perform(change, key)

    async def _reach(self) -> None:
        if self.system == "slow":
            await asyncio.sleep(SLOW_S)
        if self.system == "down":
            raise StoreError("the row's store is down")


class StagedLookup(PassingLookups):
    """Look-ups where the carriers too can be slow or down.

    The models hold a carrier's data inside the order. While the carrier does not answer, an order's shipments are told
    as they were last known: by the row's ``last_known``, else by their last scan, and not as live. A slow carrier has
    answered by the caller's next turn.
    """

    def __init__(self, lookup: Lookup, given: World, carrier: System) -> None:
        super().__init__(lookup)
        self._known = lookup
        self._given = given
        self._carrier = carrier
        self._told_old: set[str] = set()
        self._caught_up: set[str] = set()
        for order, at in given.stale.values():
            lookup.remember(Found(order, at, live=True))

    async def order(self, number: str) -> Found:
        """See Lookups."""
        found = await self._lookup.order(number)
        silent = self._carrier == "down" or (self._carrier == "slow" and number not in self._caught_up)
        if found.order is None or not silent or not found.order.shipments:
            return found
        self._told_old.add(number)
        old, at = self._given.stale.get(number, (found.order, None))
        scans = [one.last_scan.at for one in old.shipments if one.last_scan]
        return Found(old, at or max(scans, default=found.as_of), live=False)

    def turn_over(self) -> None:
        """The caller has heard the reply: a slow carrier has answered meanwhile."""
        self._caught_up |= self._told_old

    async def close(self) -> None:
        """Give up what is under way."""
        await self._known.close()


class StagedDesk:
    """Keeps requests in a list."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def leave(self, request: Request) -> str:
        """See Desk."""
        self.requests.append(request)
        return f"K{len(self.requests)}"
