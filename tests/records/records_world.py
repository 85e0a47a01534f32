"""Records of made-up calls, and what of them is in a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from asterisk_agent.records.database import open_engine
from asterisk_agent.records.database import url_of as url_of_settings
from asterisk_agent.records.rows import Audit, CallEnded, CallStarted, Record, Transferred, Turn
from asterisk_agent.records.tables import AuditRow, CallRow, TransferRow, TurnRow
from asterisk_agent.settings import Database, Settings

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def sqlite_url(folder: Path) -> URL:
    return url_of_settings(Settings(data_dir=folder))


def url_of(text: str) -> URL:
    return url_of_settings(Settings(database=Database(url=text)))


def started(call_id: str, process: str = "p1", at: datetime = START) -> CallStarted:
    return CallStarted(call_id, at, "+16175550142", "PJSIP/1001-00000001", process)


def turn(call_id: str, number: int, response_ms: float | None = 400.0) -> Turn:
    return Turn(call_id, number, number * 1000, "speech", f"words {number}", "reply", response_ms=response_ms)


def ended(call_id: str, at: datetime = START + timedelta(seconds=42)) -> CallEnded:
    return CallEnded(call_id, at, "order_status", "10442", 2, "done")


def whole_call(call_id: str, process: str = "p1") -> list[Record]:
    """Six records: the call, two turns, an audit line, a transfer, the end."""
    return [
        started(call_id, process),
        turn(call_id, 1, 300.0),
        turn(call_id, 2, 500.0),
        Audit(f"a-{call_id}", call_id, START, "disclosed", "10442", ("status", "expected"), 2),
        Transferred(f"t-{call_id}", call_id, START, "support", "caller_asked"),
        ended(call_id),
    ]


async def counts(url: URL) -> dict[str, int]:
    """Rows of each table."""
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
            return {
                row.__tablename__: await connection.scalar(select(func.count()).select_from(row)) or 0
                for row in (CallRow, TurnRow, AuditRow, TransferRow)
            }
    finally:
        await engine.dispose()


def holding(calls: int) -> dict[str, int]:
    """What ``counts`` gives for this many whole calls, each written once."""
    return {"calls": calls, "turns": 2 * calls, "audit": calls, "transfers": calls}


async def until(condition: Callable[[], Coroutine[Any, Any, bool]], seconds: float = 15) -> None:
    """Wait until the condition holds; a database that is down counts as not yet."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                if await condition():
                    return
            except (SQLAlchemyError, OSError):
                pass
            await asyncio.sleep(0.05)


async def until_holding(url: URL, calls: int) -> None:
    async def there() -> bool:
        return await counts(url) == holding(calls)

    await until(there)
