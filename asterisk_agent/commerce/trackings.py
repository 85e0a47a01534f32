"""Where parcels are: fresh answer → live answer within a second → last known answer with its age."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.carrier_names import carrier_key
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Order, Shipment, ShipmentStatus
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.patience import behind_the_calls

log = structlog.get_logger(__name__)

REMEMBERED = 20_000
"""Parcels kept in memory; the longest unused go first."""

MOST_AGAIN = 200
"""Parcels at once that are asked for again after a failure; of the others the next caller asks."""

AT_ONCE = 4
"""Requests to one system at once while trackings are fetched ahead."""

SHELF_S = 0.2
"""Longest wait for the database on a call."""

_FINAL = frozenset({ShipmentStatus.DELIVERED})


@dataclass(frozen=True)
class Known:
    """What a system said of a parcel at ``as_of``; ``shipment`` None: that it does not know it."""

    parcel: Parcel
    shipment: Shipment | None
    as_of: datetime
    system: str


class Shelf(Protocol):
    """Keeps answers longer than this process, and for the others. Failures are its own affair: it logs them."""

    async def get(self, carrier: str, tracking: str) -> Known | None:
        """The newest answer that was kept."""

    async def put(self, known: Known) -> None:
        """Keep an answer, unless a newer one is there."""


class Trackings:
    """Asks carriers and aggregators, in the order of the settings. Callers who ask for one parcel share a request."""

    def __init__(
        self,
        carriers: Sequence[Carrier],
        clock: Callable[[], datetime],
        on_call_s: float = 1.0,
        shelf: Shelf | None = None,
    ) -> None:
        """``on_call_s``: longest wait for a live answer; it is awaited behind the call all the same."""
        self.carriers = tuple(carriers)
        self._clock = clock
        self._on_call_s = on_call_s
        self._shelf = shelf
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Known | None]] = {}
        self._behind: set[asyncio.Task[None]] = set()
        self._again: set[str] = set()
        """Parcels that are asked for once more behind the calls."""

    def systems_for(self, carrier: str) -> tuple[Carrier, ...]:
        """Who knows this carrier's parcels (``carrier_key``), in the order in which they are asked."""
        return tuple(one for one in self.carriers if not one.carriers or not carrier or carrier in one.carriers)

    async def track(self, parcel: Parcel) -> Shipment | None:
        """The parcel; ``as_of`` is set where this is what was last known. None: nobody knows it."""
        systems = self.systems_for(parcel.carrier)
        if not parcel.tracking or not systems:
            return None
        known = await self._kept(parcel)
        if known is not None and self._is_fresh(known):
            return known.shipment
        try:
            async with asyncio.timeout(self._on_call_s):
                found = await asyncio.shield(self._request(parcel, systems))
        except TimeoutError:
            found = None
        if found is not None and found.shipment is not None:
            return found.shipment
        known = self._known.get(_key(parcel), known)
        if known is None or known.shipment is None:
            return None
        if self._is_fresh(known):
            return known.shipment
        return known.shipment.model_copy(update={"as_of": known.as_of})

    def known(self, tracking: str) -> Known | None:
        """What was last said of a parcel, by whom and when, as far as this process remembers."""
        return self._known.get(plain(tracking))

    async def fetch_ahead(self, parcels: Iterable[Parcel]) -> int:
        """Have the answers for these parcels ready, behind the calls, in as few requests as it takes; how many came."""
        wanted: dict[Carrier, list[Parcel]] = {}
        for parcel in parcels:
            systems = self.systems_for(parcel.carrier)
            known = await self._kept(parcel) if parcel.tracking and systems else None
            if parcel.tracking and systems and not (known and self._is_fresh(known)):
                wanted.setdefault(systems[0], []).append(parcel)
        with behind_the_calls():
            counts = await asyncio.gather(*(self._fetch_batches(one, rows) for one, rows in wanted.items()))
        return sum(counts)

    def take(self, shipment: Shipment, system: str) -> None:
        """Take in what a webhook told, unless something newer is known."""
        if not shipment.tracking:
            return
        parcel = Parcel(carrier_key(shipment.carrier), shipment.tracking)
        known = self._known.get(_key(parcel))
        if known and known.shipment and _last(known.shipment) > _last(shipment):
            return
        self._keep(Known(parcel, shipment, self._clock(), system))

    def able(self, shipment: Shipment) -> frozenset[str]:
        """Names of the changes that can be made to this parcel."""
        found = self.systems_for(carrier_key(shipment.carrier)) if shipment.tracking else ()
        return frozenset().union(*(one.capabilities for one in found))

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the changes that any of the carriers can make."""
        return frozenset().union(*(one.capabilities for one in self.carriers))

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """Make a change to a parcel through its carrier; it is asked for anew afterwards. Raises SystemFailed."""
        for system in self.systems_for(carrier_key(shipment.carrier)):
            if change.name in system.capabilities:
                outcome = await system.perform(order, shipment, change, key)
                if outcome.status == "done":
                    self._known.pop(_key(Parcel("", shipment.tracking or "")), None)
                return outcome
        return Outcome("unsupported")

    async def close(self) -> None:
        """Give up what is under way, and the carriers' connections."""
        tasks: list[asyncio.Task[object]] = [*self._asking.values(), *self._behind]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in self.carriers:
            await one.close()

    def _is_fresh(self, known: Known) -> bool:
        if known.shipment is not None and known.shipment.status in _FINAL:
            return True
        fresh = next((one.fresh for one in self.carriers if one.name == known.system), timedelta())
        return abs(self._clock() - known.as_of) < fresh

    async def _kept(self, parcel: Parcel) -> Known | None:
        key = _key(parcel)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
        if self._shelf is None or (known is not None and self._is_fresh(known)):
            return known
        try:
            async with asyncio.timeout(SHELF_S):
                kept = await self._shelf.get(parcel.carrier, parcel.tracking)
        except TimeoutError:
            return known
        if kept is None or (known is not None and known.as_of >= kept.as_of):
            return known
        self._remember(kept)
        return kept

    def _request(self, parcel: Parcel, systems: tuple[Carrier, ...]) -> asyncio.Task[Known | None]:
        key = _key(parcel)
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(parcel, systems), name="tracking")
            self._asking[key] = task
            task.add_done_callback(lambda done: self._asked(key, parcel, systems, done))
        return task

    async def _ask(self, parcel: Parcel, systems: tuple[Carrier, ...]) -> Known | None:
        """The first system's answer that knows the parcel; None where all failed."""
        denied: Known | None = None
        for system in systems:
            try:
                shipment = await system.track(parcel)
            except SystemFailed:
                continue  # logged and counted where it was asked; the next one may know
            known = Known(parcel, shipment, self._clock(), system.name)
            if shipment is not None:
                self._keep(known)
                return known
            denied = denied or known
        if denied is not None:
            self._keep(denied)
        return denied

    def _asked(self, key: str, parcel: Parcel, systems: tuple[Carrier, ...], task: asyncio.Task[Known | None]) -> None:
        del self._asking[key]
        failed = not task.cancelled() and task.exception() is None and task.result() is None
        if failed and key not in self._again and len(self._again) < MOST_AGAIN:
            self._again.add(key)
            self._go_on(self._ask_behind(key, parcel, systems))

    async def _ask_behind(self, key: str, parcel: Parcel, systems: tuple[Carrier, ...]) -> None:
        try:
            with behind_the_calls():
                await self._ask(parcel, systems)
        finally:
            self._again.discard(key)

    async def _fetch_batches(self, system: Carrier, parcels: list[Parcel]) -> int:
        batches = [parcels[start : start + system.batch] for start in range(0, len(parcels), system.batch)]
        waiting = iter(batches)

        async def fetch() -> int:
            found = 0
            for batch in waiting:
                try:
                    answers = await system.track_many(batch)
                except SystemFailed:
                    return found  # what is left stays for the next round: the system is in trouble
                for parcel in batch:
                    shipment = answers.get(parcel.tracking)
                    self._keep(Known(parcel, shipment, self._clock(), system.name))
                    found += shipment is not None
            return found

        return sum(await asyncio.gather(*(fetch() for _ in range(AT_ONCE))))

    def _keep(self, known: Known) -> None:
        self._remember(known)
        if self._shelf is not None and known.shipment is not None:
            self._go_on(self._shelf.put(known))

    def _remember(self, known: Known) -> None:
        key = _key(known.parcel)
        if known.shipment is None and (before := self._known.get(key)) and before.shipment:
            return  # a carrier that has lost sight of a parcel takes nothing away from what it said
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _go_on(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name="tracking-behind")
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)


def _key(parcel: Parcel) -> str:
    return plain(parcel.tracking)


def _last(shipment: Shipment) -> float:
    scan = shipment.last_scan
    return scan.at.timestamp() if scan else 0.0
