"""Writes records beside the calls: a call never waits for the database, and nothing is lost when it is down.

``write`` puts a record into memory; a task moves it to the spool file at once (on the disk, so that it survives the
process), and from there into the database, in order, when the database is up.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from asterisk_agent.records.database import DatabaseError, explain
from asterisk_agent.records.rows import Record
from asterisk_agent.records.spool import Spool
from asterisk_agent.records.store import Refused, store

log = structlog.get_logger(__name__)

BATCH = 200
RETRY_S = (0.5, 30.0)
"""First and longest pause before the database is tried again."""
CLOSE_S = 5.0
"""How long closing waits for the database; what is left is written at the next start."""
WRITE_S = 10.0
"""Deadline of one batch: a database that hangs is down."""
AT_ONCE_S = 3.0
"""Deadline of a record that only the database can keep: a caller waits for it."""
MEMORY = 10_000
"""Records in memory at most, when even the disk fails. Further ones are counted and lost."""


class RecordWriter:
    """Takes records at any time and writes them in order. Use as an async context manager.

    ``prepare`` is awaited before the first write, again and again until it succeeds (``migrate.prepare``).
    """

    def __init__(
        self, engine: AsyncEngine, spool_folder: Path, prepare: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Raises DatabaseError when the spool's folder cannot be written."""
        self.process = uuid.uuid4().hex
        self._engine = engine
        self._prepare = prepare
        try:
            self._spool = Spool(spool_folder, self.process)
        except OSError as error:
            raise DatabaseError(
                f"the folder {spool_folder} for unwritten records cannot be used: {error.strerror}; "
                "set data_dir to a place that can be written"
            ) from None
        self._waiting: deque[Record] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._down = False
        self._disk_failed = False
        self._retry_s = RETRY_S[0]
        self._retry_at = 0.0
        self.lost = 0
        """Records that neither the database nor the disk nor the memory could take."""

    async def __aenter__(self) -> Self:
        try:
            died = await asyncio.to_thread(self._spool.adopt)
            if died:
                log.warning("earlier processes ended abruptly; their records are taken over", processes=died)
        except OSError as error:
            log.error("records of earlier processes cannot be taken over", error=str(error))
        self._task = asyncio.create_task(self._run(), name="record-writer")
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._wake.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=CLOSE_S)
            if late:
                self._task.cancel()
                await asyncio.wait(late)
        await self._to_disk()
        if self._waiting or not self._spool.empty:
            log.warning("records are kept for the next start, as the database did not take them")
        await asyncio.to_thread(self._spool.close)

    def write(self, record: Record) -> None:
        """Keep a record; returns at once and never fails."""
        if len(self._waiting) >= MEMORY:
            if self.lost % 1000 == 0:
                log.error("records are lost, as neither database nor disk takes them", lost=self.lost + 1)
            self.lost += 1
            return
        self._waiting.append(record)
        self._wake.set()

    async def keep(self, record: Record) -> None:
        """Keep a record so that it survives this process: on the disk, or in the database when the disk fails.

        Raises DatabaseError when neither takes it now. It may get ahead of records that were written before.
        """
        try:
            await asyncio.to_thread(self._spool.append, [record])
        except OSError as disk_error:
            log.error("a record cannot be kept on the disk", error=str(disk_error))
            await self._at_once(record)
        self._wake.set()

    async def _at_once(self, record: Record) -> None:
        try:
            async with asyncio.timeout(AT_ONCE_S):
                if self._prepare is not None:
                    await self._prepare()
                await store(self._engine, [record])
        except Refused as error:
            log.error("the database refuses a record", personal_error=str(error))
            raise DatabaseError("the database refuses the record; see the log") from None
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise explain(error, self._engine.url) from None

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            closing = self._closing
            try:
                await self._to_disk()
                if closing or clock() >= self._retry_at:
                    await self._to_database()
            except Exception:
                # Whatever it is, later records still have to be kept.
                log.exception("records could not be written")
                self._pause()
            if closing:
                return
            try:
                async with asyncio.timeout_at(self._retry_at if self._behind else None):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    @property
    def _behind(self) -> bool:
        return not self._spool.empty or bool(self._waiting)

    async def _to_disk(self) -> None:
        """Move what waits in memory to the spool; when the disk fails it goes on waiting."""
        while self._waiting:
            batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
            try:
                await asyncio.to_thread(self._spool.append, batch)
            except OSError as error:
                if not self._disk_failed:
                    log.error("records cannot be kept on the disk, only in memory", error=str(error))
                self._disk_failed = True
                return
            self._disk_failed = False
            self._drop(len(batch))

    async def _to_database(self) -> None:
        """Empty the spool, and what could not get there, into the database."""
        try:
            if self._prepare is not None and self._behind:
                async with asyncio.timeout(WRITE_S):
                    await self._prepare()
                self._prepare = None
            written = 0
            while not self._spool.empty:
                records, place = await asyncio.to_thread(self._spool.peek, BATCH)
                await self._store(records)
                await asyncio.to_thread(self._spool.take, place)
                written += len(records)
            while self._disk_failed and self._waiting:
                batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
                await self._store(batch)
                self._drop(len(batch))
        except (SQLAlchemyError, OSError, TimeoutError, DatabaseError) as error:
            if not self._down:
                cause = error if isinstance(error, DatabaseError) else explain(error, self._engine.url)
                log.error("the database is down; records are kept for later", error=str(cause))
            self._down = True
            self._pause()
            return
        if self._down:
            log.info("the database is back; the records that were kept are in it", records=written)
        self._down, self._retry_s, self._retry_at = False, RETRY_S[0], 0.0

    async def _store(self, records: Sequence[Record]) -> None:
        try:
            async with asyncio.timeout(WRITE_S):
                await store(self._engine, records)
        except Refused as error:
            if len(records) == 1:
                await asyncio.to_thread(self._spool.refuse, records[0], str(error))
                return
            for record in records:
                await self._store([record])

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self._waiting.popleft()

    def _pause(self) -> None:
        self._retry_at = asyncio.get_running_loop().time() + self._retry_s
        self._retry_s = min(self._retry_s * 2, RETRY_S[1])
