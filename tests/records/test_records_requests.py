"""Requests for people: kept before they are spoken of, listed, ticked off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from private_postgresql import PrivatePostgresql
from records_world import until, url_of
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from asterisk_agent import request_desk
from asterisk_agent.dialog.reference import ALPHABET, new_reference
from asterisk_agent.dialog.services import DeskError, Request
from asterisk_agent.records import migrate, queries, writer
from asterisk_agent.records.database import open_engine
from asterisk_agent.records.requests import SameReference, close, reference_of, requests
from asterisk_agent.records.spool import Spool
from asterisk_agent.records.writer import RecordWriter
from asterisk_agent.request_desk import RecordDesk

DUE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
CALLBACK = Request("schedule_callback", "c1", "10442", "refund_status", "asks about a refund", "", "+16175550142", DUE)
MESSAGE = Request("take_message", "c2", words="please tell Ann: it's 'lovely'; thanks", destination="sales")


@asynccontextmanager
async def opened(url: URL) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def desk(url: URL, spool: Path) -> AsyncIterator[RecordDesk]:
    async with opened(url) as engine, RecordWriter(engine, spool, lambda: migrate.prepare(url)) as records:
        yield RecordDesk(records)


async def references(engine: AsyncEngine) -> list[str]:
    return [reference_of(row) for row in await requests(engine)]


async def test_requests_are_listed_with_times_first_and_ticked_off(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    async with desk(url, tmp_path / "spool") as at:
        later = await at.leave(MESSAGE)
        sooner = await at.leave(CALLBACK)
    async with opened(url) as engine:
        rows = await requests(engine)
        assert [reference_of(row) for row in rows] == [sooner, later]
        assert (rows[0].phone, rows[0].due, rows[0].kind) == ("+16175550142", DUE, "schedule_callback")
        assert (rows[0].order_number, rows[0].intent, rows[0].summary) == ("10442", "refund_status", CALLBACK.summary)
        assert (rows[1].words, rows[1].destination, rows[1].due) == (MESSAGE.words, "sales", None)
        assert await close(engine, f"{sooner[:3]} {sooner[3:]}".lower()), "as people type it"
        assert not await close(engine, sooner)
        assert not await close(engine, sooner[:3])
        assert not await close(engine, "%")
        assert await references(engine) == [later]
        assert [row.closed_at is None for row in await requests(engine, closed=True)] == [True, False]
        assert await requests(engine, "open_claim") == []


async def test_two_requests_with_the_same_reference_are_both_kept(
    url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_desk, "new_reference", lambda length=6: "KKKKKK" if length == 6 else new_reference(9))
    await migrate.upgrade(url)
    async with desk(url, tmp_path / "spool") as at:
        assert {await at.leave(MESSAGE), await at.leave(CALLBACK)} == {"KKKKKK"}
    async with opened(url) as engine:
        callback, message = await requests(engine)
        with pytest.raises(SameReference) as caught:
            await close(engine, "KKKKKK")
        assert set(caught.value.ids) == {callback.id, message.id}
        assert await close(engine, callback.id)
        assert await close(engine, "KKKKKK")
        assert await references(engine) == []


async def test_requests_that_were_done_go_with_old_calls_and_open_ones_stay(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    async with desk(url, tmp_path / "spool") as at:
        open_one, done = await at.leave(CALLBACK), await at.leave(MESSAGE)
    async with opened(url) as engine:
        assert await close(engine, done)
        await queries.purge(engine, datetime(2020, 1, 1, tzinfo=UTC))
        assert len(await requests(engine, closed=True)) == 2
        await queries.purge(engine, datetime(2100, 1, 1, tzinfo=UTC))
        assert [reference_of(row) for row in await requests(engine, closed=True)] == [open_one]


@pytest.mark.postgresql
async def test_a_request_is_on_the_disk_while_the_database_is_down(
    postgresql: PrivatePostgresql, tmp_path: Path
) -> None:
    url = url_of(postgresql.url())
    await migrate.upgrade(url)
    postgresql.stop()
    try:
        async with desk(url, tmp_path / "spool") as at:
            reference = await at.leave(CALLBACK)
            assert reference in "".join(path.read_text() for path in (tmp_path / "spool").glob("*.jsonl"))
    finally:
        postgresql.start()
    async with desk(url, tmp_path / "spool"), opened(url) as engine:

        async def arrived() -> bool:
            return await references(engine) == [reference]

        await until(arrived)
        (row,) = await requests(engine)
        assert (row.due, row.phone) == (DUE, CALLBACK.phone)


async def test_a_full_disk_costs_no_request_while_the_database_works(
    url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url.get_backend_name() == "postgresql":
        await migrate.upgrade(url)
    async with desk(url, tmp_path / "spool") as at, opened(url) as engine:
        monkeypatch.setattr(Spool, "append", _full)
        reference = await at.leave(CALLBACK)
        assert await references(engine) == [reference]


async def test_what_nothing_can_keep_is_not_promised_and_does_not_turn_up_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CLOSE_S", 0.5)
    nowhere = url_of("postgresql://nobody@127.0.0.1:1/none")
    async with desk(nowhere, tmp_path / "spool") as at:
        with monkeypatch.context() as patched:
            patched.setattr(Spool, "append", _full)
            with pytest.raises(DeskError):
                await at.leave(CALLBACK)
    assert list((tmp_path / "spool").iterdir()) == []


def _full(*_: object) -> NoReturn:
    raise OSError(28, "No space left on device")


def test_references_can_be_told_apart_by_ear_and_eye() -> None:
    found = {new_reference() for _ in range(200)}
    assert len(found) > 190
    assert all(len(one) == 6 and set(one) <= set(ALPHABET) for one in found)
    for alike in ("AHJK8", "BCDEGPTVZ3", "FSX", "MN", "QU2", "IY", "59", "O0QD", "1IL7", "2Z", "5S", "6G", "8B"):
        assert len(set(alike) & set(ALPHABET)) <= 1, alike
