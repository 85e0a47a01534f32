"""Look-ups under load: how long callers wait, how old their answers are, and what goes out to the carrier."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.lookup import Found, Lookup
from asterisk_agent.commerce.models import Customer, Order, OrderStatus, Shipment
from asterisk_agent.commerce.prefetch import fetch_ahead
from asterisk_agent.commerce.stores.memory import MemoryStore
from asterisk_agent.commerce.systems import Systems
from asterisk_agent.commerce.trackings import Trackings
from asterisk_agent.evaluation.slow_carrier import SlowCarrier, serving
from asterisk_agent.settings_systems import Carriers, FedEx

ORDERS = 10_000
SLACK_S = 3.0
"""Between the carrier's own time stamp and when the answer was there: its delay, which a call waits for."""


@dataclass
class LookupResult:
    """``ms``: how long each caller waited. ``dishonest``: answers that are older than they say.

    ``fresh``, ``live``, ``last_known``: what callers were told; ``store_only``: nothing but the store's own status.
    """

    rate: float
    seconds: float
    ahead: int
    ms: list[float] = field(default_factory=list)
    fresh: int = 0
    live: int = 0
    last_known: int = 0
    store_only: int = 0
    dishonest: int = 0
    requests: int = 0
    busiest_10_s: int = 0
    refused: int = 0

    def percentile(self, share: float) -> float:
        """Of the waiting times, in milliseconds."""
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def as_json(self) -> dict[str, Any]:
        """Everything but the single times."""
        told = {key: value for key, value in asdict(self).items() if key != "ms"}
        times = {"p50": self.percentile(0.5), "p95": self.percentile(0.95), "max": self.percentile(1.0)}
        return {"lookups": len(self.ms), **{key: round(value, 1) for key, value in times.items()}, **told}


class _Clock:
    """The machine's time, moved on by what is skipped."""

    def __init__(self) -> None:
        self.skipped = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.skipped


async def measure(
    rate: float,
    seconds: float,
    ahead: bool,
    progress: Callable[[float, LookupResult], None],
    orders: int = ORDERS,
) -> LookupResult:
    """``rate`` look-ups a second for ``seconds``, of random ones of ``orders`` whose trackings a slow carrier knows.

    ``ahead``: the trackings were fetched ahead 20 minutes before, so that there is something last known.
    """
    clock = _Clock()
    slow = SlowCarrier(clock, calm=True)
    async with serving(slow) as url:
        section = FedEx(url=url, client_id="bench", client_secret=SecretStr("bench"))
        fedex = carriers.create(Carriers(systems=("fedex",), fedex=section), "fedex")
        systems = Systems([MemoryStore(_orders(clock(), orders))], Trackings([fedex], clock))
        lookup = Lookup(systems, 2.5, clock)
        try:
            result = LookupResult(rate, seconds, await fetch_ahead(systems, orders) if ahead else 0)
            clock.skipped = timedelta(minutes=20)
            slow.calm, slow.requests, slow.busiest, slow.refused = False, 0, 0, 0
            await _load(lookup, clock, result, orders, progress)
            result.requests, result.busiest_10_s, result.refused = slow.requests, slow.busiest, slow.refused
        finally:
            await lookup.close()
            await systems.close()
    return result


def _orders(now: datetime, count: int) -> list[Order]:
    customer = Customer(id="c", name="Bench Caller")
    return [
        Order(
            number=str(10_000 + place),
            customer=customer,
            status=OrderStatus.SHIPPED,
            placed_at=now - timedelta(days=2),
            shipments=(Shipment(carrier="FedEx", tracking=str(794_600_000_000 + place)),),
        )
        for place in range(count)
    ]


async def _load(
    lookup: Lookup,
    clock: _Clock,
    result: LookupResult,
    orders: int,
    progress: Callable[[float, LookupResult], None],
) -> None:
    chance = random.Random(2)
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for count in range(int(result.rate * result.seconds)):
            due = began + count / result.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(_one(lookup, clock, str(10_000 + chance.randrange(orders)), result))
            if count % int(result.rate) == 0:
                progress(count / result.rate, result)


async def _one(lookup: Lookup, clock: _Clock, number: str, result: LookupResult) -> None:
    asked, started = clock(), time.monotonic()
    found = await lookup.order(number)
    result.ms.append((time.monotonic() - started) * 1000)
    _judge(found, asked, clock(), result)


def _judge(found: Found, asked: datetime, now: datetime, result: LookupResult) -> None:
    shipment = found.order.shipments[0] if found.order else None
    scan = shipment.last_scan if shipment else None
    if scan is None:
        result.store_only += 1
        return
    slack = timedelta(seconds=SLACK_S)
    if found.live:
        new = scan.at >= asked - slack
        result.live += new
        result.fresh += not new
        result.dishonest += now - scan.at > timedelta(minutes=15) + slack
    else:
        result.last_known += 1
        result.dishonest += abs(found.as_of - scan.at) > slack
