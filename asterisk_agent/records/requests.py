"""What people are to do: open requests for those who work on them, and ticking them off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import nulls_last, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asterisk_agent.records.database import WRITES
from asterisk_agent.records.tables import RequestRow


class SameReference(Exception):
    """More than one open request has this reference; ``ids`` tells them apart."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(", ".join(ids))
        self.ids = ids


def reference_of(row: RequestRow) -> str:
    """What the caller was told: the id's first part."""
    return row.id.partition("-")[0]


async def requests(engine: AsyncEngine, kind: str = "", *, closed: bool = False) -> Sequence[RequestRow]:
    """Open requests, those with a time first, then the oldest; with ``closed`` also the done ones, last."""
    open_first = RequestRow.closed_at.is_not(None)
    wanted = select(RequestRow).order_by(open_first, nulls_last(RequestRow.due), RequestRow.at)
    if kind:
        wanted = wanted.where(RequestRow.kind == kind)
    if not closed:
        wanted = wanted.where(RequestRow.closed_at.is_(None))
    async with AsyncSession(engine) as session:
        return (await session.scalars(wanted)).all()


async def close(engine: AsyncEngine, reference: str) -> bool:
    """Mark a request as done, by its reference or its id; False when there is no open one. Raises SameReference."""
    name = reference.replace(" ", "").upper()
    same = (RequestRow.id == name) | RequestRow.id.startswith(f"{name}-", autoescape=True)
    found = select(RequestRow.id).where(same, RequestRow.closed_at.is_(None)).order_by(RequestRow.at)
    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        ids = (await connection.scalars(found)).all()
        if len(ids) > 1:
            raise SameReference(ids)
        still_open = (RequestRow.id == (ids[0] if ids else "")) & RequestRow.closed_at.is_(None)
        done = await connection.execute(update(RequestRow).where(still_open).values(closed_at=datetime.now(UTC)))
        return bool(done.rowcount)
