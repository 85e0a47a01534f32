"""What carriers last said of parcels, in the database: for the next process, and for the others."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.models import Shipment
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.trackings import Known
from asterisk_agent.records.database import WRITES
from asterisk_agent.records.tables import TrackingRow

log = structlog.get_logger(__name__)

KEPT = timedelta(days=120)
"""After this a parcel is of no interest to callers any more."""


class TrackingShelf:
    """The ``Shelf`` of ``commerce.trackings``. A database that is down costs nothing but its memory."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, carrier: str, tracking: str) -> Known | None:
        """The newest answer that was kept."""
        query = select(TrackingRow.system, TrackingRow.as_of, TrackingRow.shipment, TrackingRow.carrier)
        try:
            async with self._engine.connect() as connection:
                row = (await connection.execute(query.where(TrackingRow.tracking == plain(tracking)))).first()
            if row is None or (carrier and row.carrier and row.carrier != carrier):
                return None
            return Known(Parcel(row.carrier, tracking), Shipment.model_validate(row.shipment), row.as_of, row.system)
        except (SQLAlchemyError, OSError) as error:
            log.warning("a kept tracking cannot be read", error=type(error).__name__)
        except ValidationError:
            log.warning("a kept tracking is of an older form and not used")
        return None

    async def put(self, known: Known) -> None:
        """Keep an answer, unless a newer one is there."""
        if known.shipment is None:
            return
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        row = insert(TrackingRow).values(
            tracking=plain(known.parcel.tracking)[:100],
            carrier=known.parcel.carrier[:40],
            system=known.system,
            as_of=known.as_of,
            shipment=known.shipment.model_dump(mode="json", exclude={"as_of"}),
        )
        newer = {name: row.excluded[name] for name in ("carrier", "system", "as_of", "shipment")}
        statement = row.on_conflict_do_update(
            index_elements=["tracking"], set_=newer, where=TrackingRow.as_of < row.excluded.as_of
        )
        try:
            async with self._engine.execution_options(**{WRITES: True}).begin() as connection:
                await connection.execute(statement)
        except (SQLAlchemyError, OSError) as error:
            log.warning("a tracking cannot be kept", error=type(error).__name__)

    async def forget_old(self, now: datetime) -> int:
        """Drop what is older than KEPT; how many went."""
        try:
            async with self._engine.execution_options(**{WRITES: True}).begin() as connection:
                gone = await connection.execute(delete(TrackingRow).where(TrackingRow.as_of < now - KEPT))
            return gone.rowcount
        except (SQLAlchemyError, OSError) as error:
            log.warning("old trackings cannot be dropped", error=type(error).__name__)
            return 0
