"""Trackings in the database: the newest stays, old ones go, and a database that is down costs nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, make_url

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.models import Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.trackings import Known
from asterisk_agent.records import migrate
from asterisk_agent.records.database import open_engine
from asterisk_agent.records.trackings import KEPT, TrackingShelf

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ONE = Parcel("ups", "1Z 999-AA1")


def known(status: ShipmentStatus, minutes: int, system: str = "ups") -> Known:
    scan = TrackingEvent(at=NOW, text="Departed", place="Newark, NJ")
    shipment = Shipment(carrier="UPS", tracking=ONE.tracking, status=status, events=(scan,))
    return Known(ONE, shipment, NOW + timedelta(minutes=minutes), system)


async def test_the_newest_answer_stays_whoever_writes_last(url: URL) -> None:
    await migrate.upgrade(url)
    engine = open_engine(url)
    shelf = TrackingShelf(engine)
    try:
        assert await shelf.get("ups", ONE.tracking) is None
        await shelf.put(known(ShipmentStatus.OUT_FOR_DELIVERY, 10, "easypost"))
        await shelf.put(known(ShipmentStatus.IN_TRANSIT, 5))
        found = await shelf.get("ups", "1Z999AA1")
        assert found is not None
        assert found.shipment == known(ShipmentStatus.OUT_FOR_DELIVERY, 10).shipment
        assert (found.as_of, found.system) == (NOW + timedelta(minutes=10), "easypost")
        assert await shelf.get("fedex", ONE.tracking) is None
    finally:
        await engine.dispose()


async def test_old_ones_go(url: URL) -> None:
    await migrate.upgrade(url)
    engine = open_engine(url)
    shelf = TrackingShelf(engine)
    try:
        await shelf.put(known(ShipmentStatus.IN_TRANSIT, 0))
        assert await shelf.forget_old(NOW + KEPT) == 0
        assert await shelf.forget_old(NOW + KEPT + timedelta(minutes=1)) == 1
        assert await shelf.get("ups", ONE.tracking) is None
    finally:
        await engine.dispose()


async def test_without_a_database_there_is_just_no_memory(tmp_path: Path) -> None:
    engine = open_engine(make_url(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/x.db"))
    shelf = TrackingShelf(engine)
    await shelf.put(known(ShipmentStatus.IN_TRANSIT, 0))
    assert await shelf.get("ups", ONE.tracking) is None
    assert await shelf.forget_old(NOW) == 0
    await engine.dispose()
