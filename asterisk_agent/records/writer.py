"""Writes records beside the calls: a call never waits for the database, and nothing is lost when it is down."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

import structlog
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asterisk_agent.records.rows import Audit, CallEnded, CallStarted, Record, Transferred, Turn
from asterisk_agent.records.spool import Spool
from asterisk_agent.records.tables import AuditRow, CallRow, TransferRow, TurnRow

log = structlog.get_logger(__name__)

BATCH = 200
RETRY_S = (0.5, 30.0)
CLOSE_S = 5.0
WRITE_S = 10.0
"""Deadline of one batch: a database that hangs is down."""


class RecordWriter:
    """Takes records at any time and writes them in order. Use as an async context manager."""

    def __init__(self, engine: AsyncEngine, spool_folder: Path) -> None:
        self.process = uuid.uuid4().hex
        self._engine = engine
        self._spool = Spool(spool_folder, self.process)
        self._queue: asyncio.Queue[Record | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._spooled = False
        self._retry_s = RETRY_S[0]

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._spool.adopt)
        self._spooled = bool(await asyncio.to_thread(self._spool.read))
        self._task = asyncio.create_task(self._run(), name="record-writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._queue.put_nowait(None)
        if self._task is not None:
            await asyncio.wait([self._task], timeout=CLOSE_S + WRITE_S)
            self._task.cancel()
            await asyncio.wait([self._task])
        await asyncio.to_thread(self._spool.append, self._drain())
        await asyncio.to_thread(self._spool.close)

    def write(self, record: Record) -> None:
        """Keep a record; returns at once."""
        self._queue.put_nowait(record)

    async def _run(self) -> None:
        closing = False
        while not closing:
            batch: list[Record] = []
            try:
                async with asyncio.timeout(self._retry_s if self._spooled else None):
                    first = await self._queue.get()
                batch = [] if first is None else [first, *self._drain()]
                closing = first is None or self._closed
            except TimeoutError:
                self._retry_s = min(self._retry_s * 2, RETRY_S[1])
            await self._store(batch)

    @property
    def _closed(self) -> bool:
        return not self._queue.empty()  # only the closing mark stays behind in the queue

    def _drain(self) -> list[Record]:
        records: list[Record] = []
        while not self._queue.empty():
            record = self._queue.get_nowait()
            if record is None:
                self._queue.put_nowait(None)
                break
            records.append(record)
        return records

    async def _store(self, batch: list[Record]) -> None:
        if self._spooled:
            await asyncio.to_thread(self._spool.append, batch)
            batch = await asyncio.to_thread(self._spool.read)
        try:
            for start in range(0, len(batch), BATCH):
                await self._commit(batch[start : start + BATCH])
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if not self._spooled:
                log.error("the database is down; records are kept for later", error=str(error) or "deadline passed")
                await asyncio.to_thread(self._spool.append, batch)
            self._spooled = True
            return
        if self._spooled:
            await asyncio.to_thread(self._spool.clear)
            self._spooled, self._retry_s = False, RETRY_S[0]
            log.info("records that were kept are in the database now", records=len(batch))

    async def _commit(self, batch: Sequence[Record]) -> None:
        try:
            async with asyncio.timeout(WRITE_S), AsyncSession(self._engine) as session, session.begin():
                for record in batch:
                    await _merge(session, record)
        except (IntegrityError, DataError) as error:
            if len(batch) == 1:
                await asyncio.to_thread(self._spool.refuse, batch[0], str(error.orig))
                return
            for record in batch:
                await self._commit([record])


async def _merge(session: AsyncSession, record: Record) -> None:
    """Writing the same record again changes nothing."""
    fields = asdict(record)
    match record:
        case CallStarted():
            await session.merge(CallRow(**fields))
        case CallEnded(id=call_id):
            row = await session.get(CallRow, call_id)
            if row is not None:
                for name, value in fields.items():
                    setattr(row, name, value)
        case Turn():
            await session.merge(TurnRow(**fields))
        case Audit():
            await session.merge(AuditRow(**fields | {"fields": list(record.fields)}))
        case Transferred():
            await session.merge(TransferRow(**fields))
    await session.flush()
