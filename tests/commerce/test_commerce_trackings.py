"""Where parcels are: fresh, live or last known, with as few requests as it takes. Time stands still until moved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carrier_names import carrier_key, carrier_label
from asterisk_agent.commerce.changes import Change, HoldAtLocation, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed, Unreachable
from asterisk_agent.commerce.models import (
    Address,
    Customer,
    Order,
    OrderStatus,
    Return,
    Shipment,
    ShipmentStatus,
    TrackingEvent,
)
from asterisk_agent.commerce.parcels import put_together
from asterisk_agent.commerce.prefetch import fetch_ahead
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.store import AmbiguousNumber
from asterisk_agent.commerce.stores.memory import MemoryStore
from asterisk_agent.commerce.systems import Systems
from asterisk_agent.commerce.trackings import Known, Trackings
from asterisk_agent.commerce.web import patience

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ONE = Parcel("ups", "1Z999AA10123456784")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class FakeCarrier:
    """Answers from ``parcels``. ``open`` cleared: it does not answer; ``error``: it fails."""

    def __init__(self, name: str = "ups", carriers: tuple[str, ...] = ("ups",), batch: int = 2) -> None:
        self.name = name
        self.carriers = frozenset(carriers)
        self.fresh = timedelta(minutes=15)
        self.batch = batch
        self.capabilities: frozenset[str] = frozenset()
        self.parcels: dict[str, Shipment] = {}
        self.error: SystemFailed | None = None
        self.fails_once = False
        self.open = asyncio.Event()
        self.open.set()
        self.asked: list[tuple[str, ...]] = []
        self.patience: list[patience.Patience] = []
        self.closed = False

    async def track(self, parcel: Parcel) -> Shipment | None:
        return (await self.track_many([parcel])).get(parcel.tracking)

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        self.asked.append(tuple(parcel.tracking for parcel in parcels))
        self.patience.append(patience.current())
        await self.open.wait()
        if self.error:
            error, self.error = self.error, None if self.fails_once else self.error
            raise error
        return {one.tracking: self.parcels[one.tracking] for one in parcels if one.tracking in self.parcels}

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        return Outcome("done", reference=shipment.tracking or "")

    async def check(self) -> tuple[Check, ...]:
        return (Check("key", True, "is right"),)

    async def close(self) -> None:
        self.closed = True


class Shelf:
    def __init__(self) -> None:
        self.rows: dict[str, Known] = {}

    async def get(self, carrier: str, tracking: str) -> Known | None:
        return self.rows.get(tracking)

    async def put(self, known: Known) -> None:
        self.rows[known.parcel.tracking] = known


def shipment(status: ShipmentStatus = ShipmentStatus.IN_TRANSIT, **more: object) -> Shipment:
    return Shipment(carrier="UPS", tracking=ONE.tracking, status=status, **more)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ups() -> FakeCarrier:
    carrier = FakeCarrier()
    carrier.parcels[ONE.tracking] = shipment()
    return carrier


async def settled() -> None:
    """Let what was begun behind the calls run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_answer_is_fresh_for_as_long_as_its_carrier_says(ups: FakeCarrier, clock: Clock) -> None:
    trackings = Trackings([ups], clock)
    for minutes, requests in ((0, 1), (14, 1), (16, 2)):
        clock.now = NOW + timedelta(minutes=minutes)
        found = await trackings.track(ONE)
        assert found is not None
        assert found.as_of is None
        assert len(ups.asked) == requests


async def test_a_delivered_parcel_is_not_asked_for_again(ups: FakeCarrier, clock: Clock) -> None:
    ups.parcels[ONE.tracking] = shipment(ShipmentStatus.DELIVERED)
    trackings = Trackings([ups], clock)
    await trackings.track(ONE)
    clock.now += timedelta(days=2)
    await trackings.track(ONE)
    assert len(ups.asked) == 1


async def test_a_slow_carrier_gives_the_last_known_with_its_age_and_the_new_one_next(
    ups: FakeCarrier, clock: Clock
) -> None:
    trackings = Trackings([ups], clock, on_call_s=0.01)
    await trackings.track(ONE)
    clock.now += timedelta(hours=3)
    ups.open.clear()
    ups.parcels[ONE.tracking] = shipment(ShipmentStatus.OUT_FOR_DELIVERY)
    old = await trackings.track(ONE)
    assert old is not None
    assert (old.status, old.as_of) == (ShipmentStatus.IN_TRANSIT, NOW)
    ups.open.set()
    await settled()
    new = await trackings.track(ONE)
    assert new is not None
    assert (new.status, new.as_of) == (ShipmentStatus.OUT_FOR_DELIVERY, None)
    assert len(ups.asked) == 2


async def test_a_failing_carrier_is_asked_again_behind_the_call(ups: FakeCarrier, clock: Clock) -> None:
    ups.error, ups.fails_once = Unreachable("down"), True
    trackings = Trackings([ups], clock)
    await trackings.track(ONE)
    await settled()
    assert [one.backs_off for one in ups.patience] == [False, True]
    found = await trackings.track(ONE)
    assert found is not None
    assert len(ups.asked) == 2


async def test_callers_who_ask_for_one_parcel_share_a_request(ups: FakeCarrier, clock: Clock) -> None:
    trackings = Trackings([ups], clock)
    await asyncio.gather(*(trackings.track(ONE) for _ in range(20)))
    assert len(ups.asked) == 1


async def test_an_aggregator_is_asked_when_the_carrier_does_not_know_or_fails(ups: FakeCarrier, clock: Clock) -> None:
    every = FakeCarrier("easypost", ())
    every.parcels[ONE.tracking] = shipment(ShipmentStatus.DELAYED)
    ups.parcels.clear()
    trackings = Trackings([ups, every], clock)
    found = await trackings.track(ONE)
    assert found is not None
    assert found.status is ShipmentStatus.DELAYED
    other = Parcel("fedex", "794600000000")
    assert await trackings.track(other) is None
    assert ups.asked == [(ONE.tracking,)]


async def test_a_number_that_nobody_knows_is_not_asked_for_at_every_turn(ups: FakeCarrier, clock: Clock) -> None:
    ups.parcels.clear()
    trackings = Trackings([ups], clock)
    for _ in range(3):
        assert await trackings.track(ONE) is None
    assert len(ups.asked) == 1


async def test_a_carrier_that_loses_sight_takes_nothing_away(ups: FakeCarrier, clock: Clock) -> None:
    trackings = Trackings([ups], clock)
    await trackings.track(ONE)
    ups.parcels.clear()
    clock.now += timedelta(hours=1)
    old = await trackings.track(ONE)
    assert old is not None
    assert old.as_of == NOW


async def test_the_next_process_starts_with_what_is_kept(ups: FakeCarrier, clock: Clock) -> None:
    shelf = Shelf()
    first = Trackings([ups], clock, shelf=shelf)
    await first.track(ONE)
    await settled()
    clock.now += timedelta(minutes=5)
    second = Trackings([ups], clock, shelf=shelf)
    found = await second.track(ONE)
    assert found is not None
    assert found.as_of is None
    assert len(ups.asked) == 1


async def test_open_orders_are_fetched_ahead_in_batches_and_behind_the_calls(ups: FakeCarrier, clock: Clock) -> None:
    numbers = [f"1Z{number:016d}" for number in range(5)]
    for number in numbers:
        ups.parcels[number] = shipment().model_copy(update={"tracking": number})
    trackings = Trackings([ups], clock)
    parcels = [Parcel("ups", number) for number in numbers]
    assert await trackings.fetch_ahead(parcels) == 5
    assert [len(batch) for batch in ups.asked] == [2, 2, 1]
    assert all(one.backs_off for one in ups.patience)
    assert await trackings.fetch_ahead(parcels) == 0
    assert len(ups.asked) == 3


async def test_a_webhook_is_taken_in_unless_something_newer_is_known(ups: FakeCarrier, clock: Clock) -> None:
    trackings = Trackings([ups], clock)
    scans = [TrackingEvent(at=NOW - timedelta(hours=hours), text="scan") for hours in (1, 3)]
    newer = shipment(ShipmentStatus.OUT_FOR_DELIVERY, events=(scans[0],))
    older = shipment(ShipmentStatus.IN_TRANSIT, events=(scans[1],))
    trackings.take(newer, "ups")
    trackings.take(older, "ups")
    found = await trackings.track(ONE)
    assert found is not None
    assert found.status is ShipmentStatus.OUT_FOR_DELIVERY
    assert ups.asked == []


# --- all systems as one store ---

MARIA = Customer(id="c1", name="Maria Lopez", phone="+16175550142")


def order(number: str = "10442", store: str = "memory", **more: object) -> Order:
    place = Address(line1="1 Main St", city="Cambridge", state="MA", zip="02139")
    return Order(
        number=number,
        customer=MARIA,
        status=OrderStatus.SHIPPED,
        placed_at=NOW - timedelta(days=2),
        store=store,
        address=place,
        shipments=(Shipment(carrier="UPS®", tracking=ONE.tracking, status=ShipmentStatus.UNKNOWN, items=("Mug",)),),
        **more,  # type: ignore[arg-type]
    )


class FakeReturns:
    name = "loop"
    capabilities = frozenset({"open_return"})
    error: SystemFailed | None = None

    async def returns(self, order: Order) -> tuple[Return, ...]:
        if self.error:
            raise self.error
        return (Return(number="R1", status="open"),)

    async def perform(self, order: Order, change: Change, key: str) -> Outcome:
        return Outcome("done", reference="R2")

    async def check(self) -> tuple[Check, ...]:
        return ()

    async def close(self) -> None:
        return


async def test_an_order_is_told_with_what_its_carrier_and_the_returns_system_know(
    ups: FakeCarrier, clock: Clock
) -> None:
    systems = Systems([MemoryStore([order()])], Trackings([ups], clock), FakeReturns())
    found = await systems.order("10442")
    assert found is not None
    assert found.shipments[0].status is ShipmentStatus.IN_TRANSIT
    assert found.shipments[0].items == ("Mug",)
    assert [one.number for one in found.returns] == ["R1"]
    assert "open_return" in systems.capabilities


async def test_of_returns_from_two_systems_the_newest_is_the_last(clock: Clock) -> None:
    class Several(FakeReturns):
        async def returns(self, order: Order) -> tuple[Return, ...]:
            days = {"R9": 1, "R3": 7}
            return tuple(
                Return(number=one, status="open", opened_at=NOW - timedelta(days=age)) for one, age in days.items()
            )

    own = Return(number="R5", status="open", opened_at=NOW - timedelta(days=5))
    found = await Systems([MemoryStore([order(returns=(own,))])], Trackings([], clock), Several()).order("10442")
    assert found is not None
    assert [one.number for one in found.returns] == ["R3", "R5", "R9"]


async def test_a_returns_system_that_is_down_costs_only_the_returns(ups: FakeCarrier, clock: Clock) -> None:
    returns = FakeReturns()
    returns.error = Unreachable("down")
    found = await Systems([MemoryStore([order()])], Trackings([ups], clock), returns).order("10442")
    assert found is not None
    assert found.returns == ()
    assert found.shipments[0].status is ShipmentStatus.IN_TRANSIT


async def test_a_number_in_two_stores_is_not_guessed(clock: Clock) -> None:
    stores = [MemoryStore([order(store="shopify")]), MemoryStore([order(store="amazon")])]
    with pytest.raises(AmbiguousNumber, match="shopify, amazon") as caught:
        await Systems(stores, Trackings([], clock)).order("10442")
    assert [one.store for one in caught.value.orders] == ["shopify", "amazon"]


async def test_a_store_of_two_that_is_down_makes_the_answer_unknown(clock: Clock) -> None:
    class Down(MemoryStore):
        async def order(self, number: str) -> Order | None:
            raise Unreachable("down")

    with pytest.raises(Unreachable):
        await Systems([MemoryStore([]), Down([])], Trackings([], clock)).order("10442")


async def test_a_parcel_is_held_through_its_carrier_when_the_store_cannot(ups: FakeCarrier, clock: Clock) -> None:
    class Plain(MemoryStore):
        capabilities = frozenset()  # type: ignore[assignment]

    ups.capabilities = frozenset({"hold_at_location"})
    systems = Systems([Plain([order()])], Trackings([ups], clock))
    hold = HoldAtLocation("10442", ONE.tracking, "The UPS Store")
    assert await systems.perform(hold, "k1") == Outcome("done", reference=ONE.tracking)
    assert (await systems.perform(HoldAtLocation("10442", "1Z0", "x"), "k2")).reason == "no_such_parcel"
    assert (await systems.perform(HoldAtLocation("1", ONE.tracking, "x"), "k3")).reason == "no_such_order"


async def test_trackings_of_open_orders_are_ready_before_callers_ring(ups: FakeCarrier, clock: Clock) -> None:
    systems = Systems([MemoryStore([order()])], Trackings([ups], clock))
    assert await fetch_ahead(systems, 100) == 1
    await systems.order("10442")
    assert len(ups.asked) == 1


async def test_closing_ends_what_is_under_way(ups: FakeCarrier, clock: Clock) -> None:
    systems = Systems([MemoryStore([order()])], Trackings([ups], clock, on_call_s=0.01))
    ups.open.clear()
    await systems.order("10442")
    async with asyncio.timeout(1):
        await systems.close()
    assert ups.closed


def test_the_stores_status_stays_where_the_carriers_code_is_unknown() -> None:
    stored = shipment(ShipmentStatus.IN_TRANSIT, raw_status="SHIPPED", items=("Mug",))
    tracked = shipment(ShipmentStatus.UNKNOWN, raw_status="ZZ")
    both = put_together(stored, tracked)
    assert (both.status, both.raw_status, both.items) == (ShipmentStatus.IN_TRANSIT, "SHIPPED", ("Mug",))


def test_a_code_that_no_table_knows_is_counted_and_never_guessed() -> None:
    table = StatusTable("test-carrier", {"OD": ShipmentStatus.OUT_FOR_DELIVERY})
    counter = table.metrics.unknown_codes.labels("test-carrier")
    assert table.read("od") is ShipmentStatus.OUT_FOR_DELIVERY
    assert table.read("Q7") is ShipmentStatus.UNKNOWN
    assert table.known("Q7") is None
    assert counter._value.get() == 1


@pytest.mark.parametrize(
    ("name", "key", "label"),
    [
        ("UPS®", "ups", "UPS"),
        ("United Parcel Service", "ups", "UPS"),
        ("FedEx Ground", "fedex", "FedEx"),
        ("fedex_home_delivery", "fedex", "FedEx"),
        ("USPS Priority Mail", "usps", "USPS"),
        ("DHLExpress", "dhl", "DHL"),
        ("Amazon Logistics", "amazon", "Amazon"),
        ("Cyclists & Co", "cyclistsco", "Cyclists & Co"),
        ("", "", ""),
    ],
)
def test_carriers_are_known_by_their_many_names(name: str, key: str, label: str) -> None:
    assert carrier_key(name) == key
    assert carrier_label(name) == label
