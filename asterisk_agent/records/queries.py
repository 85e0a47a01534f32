"""Reading the records: history for people and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asterisk_agent.records.tables import AuditRow, CallRow, TransferRow, TurnRow


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


async def history(engine: AsyncEngine, limit: int) -> list[CallSummary]:
    """The latest calls, newest first."""
    async with AsyncSession(engine) as session:
        calls = (await session.scalars(select(CallRow).order_by(CallRow.started_at.desc()).limit(limit))).all()
        wanted = select(TurnRow).where(TurnRow.call_id.in_([call.id for call in calls]))
        turns = (await session.scalars(wanted)).all()
    summaries = []
    for call in calls:
        own = [turn for turn in turns if turn.call_id == call.id]
        responses = sorted(turn.response_ms for turn in own if turn.response_ms is not None)
        median = responses[len(responses) // 2] if responses else None
        summaries.append(CallSummary(call, len(own), median))
    return summaries


async def detail(engine: AsyncEngine, call_id: str) -> CallDetail | None:
    """One call by its id or the beginning of it; None when there is none or more than one."""
    async with AsyncSession(engine) as session:
        found = select(CallRow).where(CallRow.id.startswith(call_id, autoescape=True)).limit(2)
        calls = (await session.scalars(found)).all()
        if len(calls) != 1:
            return None
        own = calls[0].id
        turns = select(TurnRow).where(TurnRow.call_id == own).order_by(TurnRow.number)
        audit = select(AuditRow).where(AuditRow.call_id == own).order_by(AuditRow.at)
        transfers = select(TransferRow).where(TransferRow.call_id == own).order_by(TransferRow.at)
        return CallDetail(
            calls[0],
            (await session.scalars(turns)).all(),
            (await session.scalars(audit)).all(),
            (await session.scalars(transfers)).all(),
        )


async def purge(engine: AsyncEngine, before: datetime) -> int:
    """Delete the calls that began before this moment, with all that belongs to them; returns how many."""
    async with AsyncSession(engine) as session, session.begin():
        count = await session.scalar(select(func.count()).select_from(CallRow).where(CallRow.started_at < before))
        await session.execute(delete(CallRow).where(CallRow.started_at < before))
    return count or 0
