"""Reading the records: history for people and reports."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asterisk_agent.records.database import WRITES
from asterisk_agent.records.tables import AuditRow, CallRow, RequestRow, TransferRow, TurnRow


@dataclass(frozen=True)
class CallSummary:
    """One line of the history. ``response_ms`` is the median of the call's answers."""

    call: CallRow
    turns: int
    response_ms: float | None


@dataclass(frozen=True)
class CallDetail:
    """Everything recorded of one call."""

    call: CallRow
    turns: Sequence[TurnRow]
    audit: Sequence[AuditRow]
    transfers: Sequence[TransferRow]


class Ambiguous(Exception):
    """More than one call's id begins like this."""


async def history(engine: AsyncEngine, limit: int) -> list[CallSummary]:
    """The latest calls, newest first."""
    async with AsyncSession(engine) as session:
        calls = (await session.scalars(select(CallRow).order_by(CallRow.started_at.desc()).limit(limit))).all()
        wanted = select(TurnRow.call_id, TurnRow.response_ms).where(TurnRow.call_id.in_([call.id for call in calls]))
        turns: dict[str, list[float | None]] = defaultdict(list)
        for call_id, response_ms in await session.execute(wanted):
            turns[call_id].append(response_ms)
    summaries = []
    for call in calls:
        responses = [each for each in turns[call.id] if each is not None]
        summaries.append(CallSummary(call, len(turns[call.id]), statistics.median(responses) if responses else None))
    return summaries


async def detail(engine: AsyncEngine, call_id: str) -> CallDetail | None:
    """One call by its id or the beginning of it; None when there is none. Raises Ambiguous."""
    async with AsyncSession(engine) as session:
        call = await session.get(CallRow, call_id)
        if call is None:
            found = select(CallRow).where(CallRow.id.startswith(call_id, autoescape=True)).limit(2)
            calls = (await session.scalars(found)).all()
            if len(calls) > 1:
                raise Ambiguous(call_id)
            if not calls:
                return None
            call = calls[0]
        turns = select(TurnRow).where(TurnRow.call_id == call.id).order_by(TurnRow.number)
        audit = select(AuditRow).where(AuditRow.call_id == call.id).order_by(AuditRow.at)
        transfers = select(TransferRow).where(TransferRow.call_id == call.id).order_by(TransferRow.at)
        return CallDetail(
            call,
            (await session.scalars(turns)).all(),
            (await session.scalars(audit)).all(),
            (await session.scalars(transfers)).all(),
        )


async def purge(engine: AsyncEngine, before: datetime) -> int:
    """Delete the calls that began before this moment, with all that belongs to them; returns how many.

    Requests that were done before it go too. Open ones are promises and stay.
    """
    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        result: CursorResult[tuple[object]] = await connection.execute(
            delete(CallRow).where(CallRow.started_at < before)
        )
        await connection.execute(delete(RequestRow).where(RequestRow.closed_at < before))
        return result.rowcount
