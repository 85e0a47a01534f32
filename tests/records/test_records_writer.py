"""A database that is slow, down or full never costs a call its time, nor its record."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from private_postgresql import PrivatePostgresql
from records_world import counts, ended, holding, started, turn, until, until_holding, url_of, whole_call
from sqlalchemy.engine import URL

from asterisk_agent.records import migrate, queries, writer
from asterisk_agent.records.database import open_engine
from asterisk_agent.records.rows import CallStarted
from asterisk_agent.records.writer import RecordWriter


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_S", (0.05, 0.2))
    monkeypatch.setattr(writer, "WRITE_S", 2.0)


@asynccontextmanager
async def writing(url: URL, spool: Path, prepared: bool = True) -> AsyncIterator[RecordWriter]:
    engine = open_engine(url)
    try:
        async with RecordWriter(engine, spool, None if prepared else lambda: migrate.prepare(url)) as records:
            yield records
    finally:
        await engine.dispose()


async def test_a_call_is_in_the_database_when_the_writer_is_closed(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        for record in whole_call("c1"):
            records.write(record)
    assert await counts(url) == holding(1)
    assert list((tmp_path / "spool").iterdir()) == []


async def test_the_same_records_twice_change_nothing(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        for record in [*whole_call("c1"), *whole_call("c2"), *whole_call("c1")]:
            records.write(record)
    assert await counts(url) == holding(2)


async def test_sqlite_is_prepared_by_the_writer_itself(tmp_path: Path) -> None:
    url = url_of(f"sqlite:///{tmp_path / 'new' / 'records.db'}")
    async with writing(url, tmp_path / "spool", prepared=False) as records:
        for record in whole_call("c1"):
            records.write(record)
    assert await counts(url) == holding(1)


@pytest.mark.postgresql
async def test_postgresql_without_tables_gets_the_records_after_db_upgrade(
    postgresql: PrivatePostgresql, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = url_of(postgresql.url())
    async with writing(url, tmp_path / "spool", prepared=False) as records:
        for record in whole_call("c1"):
            records.write(record)
        await asyncio.sleep(0.5)
        assert "run 'asterisk-agent db upgrade'" in capsys.readouterr().out
        await migrate.upgrade(url)
        await until_holding(url, 1)


@pytest.mark.postgresql
async def test_a_database_that_is_stopped_and_started_gets_every_record_once(
    postgresql: PrivatePostgresql, tmp_path: Path
) -> None:
    url = url_of(postgresql.url())
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        for record in whole_call("before"):
            records.write(record)
        await until_holding(url, 1)
        await asyncio.to_thread(postgresql.stop)
        started_at = time.monotonic()
        for number in range(50):
            for record in whole_call(f"during-{number}"):
                records.write(record)
        assert time.monotonic() - started_at < 0.1
        await asyncio.sleep(0.5)
        await asyncio.to_thread(postgresql.start)
        for record in whole_call("after"):
            records.write(record)
        await until_holding(url, 52)


@pytest.mark.postgresql
async def test_a_database_that_was_down_all_the_time_gets_the_records_of_the_last_run(
    postgresql: PrivatePostgresql, tmp_path: Path
) -> None:
    url = url_of(postgresql.url())
    await migrate.upgrade(url)
    await asyncio.to_thread(postgresql.stop)
    try:
        async with writing(url, tmp_path / "spool") as records:
            for record in whole_call("c1"):
                records.write(record)
    finally:
        await asyncio.to_thread(postgresql.start)
    async with writing(url, tmp_path / "spool"):
        await until_holding(url, 1)


@pytest.mark.postgresql
async def test_a_database_that_hangs_counts_as_down_and_gets_the_records_later(
    postgresql: PrivatePostgresql, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = url_of(postgresql.url())
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        for record in whole_call("c1"):
            records.write(record)
        await until_holding(url, 1)
        postgresql.freeze()
        try:
            for record in whole_call("c2"):
                records.write(record)
            logged = ""

            async def down() -> bool:
                nonlocal logged
                logged += capsys.readouterr().out
                return "the database is down" in logged

            await until(down)
            assert "does not answer" in logged
        finally:
            postgresql.thaw()
        await until_holding(url, 2)


@pytest.mark.postgresql
async def test_closing_does_not_wait_for_a_database_that_hangs(
    postgresql: PrivatePostgresql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CLOSE_S", 0.5)
    url = url_of(postgresql.url())
    await migrate.upgrade(url)
    postgresql.freeze()
    try:
        async with asyncio.timeout(4):
            engine = open_engine(url)
            async with RecordWriter(engine, tmp_path / "spool") as records:
                for record in whole_call("c1"):
                    records.write(record)
    finally:
        postgresql.thaw()
    await engine.dispose()
    async with writing(url, tmp_path / "spool"):
        await until_holding(url, 1)


async def test_a_locked_sqlite_gets_the_records_when_the_lock_is_gone(tmp_path: Path) -> None:
    url = url_of(f"sqlite:///{tmp_path / 'records.db'}")
    await migrate.upgrade(url)
    blocker = open_engine(url)
    async with writing(url, tmp_path / "spool") as records:
        async with blocker.connect() as connection:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            for record in whole_call("c1"):
                records.write(record)
            await asyncio.sleep(2.5)  # past the deadline of a batch
            assert await counts(url) == holding(0)
            await connection.exec_driver_sql("ROLLBACK")
        await until_holding(url, 1)
    await blocker.dispose()


async def test_a_spoilt_sqlite_keeps_the_records_until_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    file.write_bytes(b"this is no database, but it is long enough to look at" * 50)
    url = url_of(f"sqlite:///{file}")
    async with writing(url, tmp_path / "spool", prepared=False) as records:
        for record in whole_call("c1"):
            records.write(record)
        await asyncio.sleep(0.5)
        file.unlink()
        await until_holding(url, 1)


async def test_a_full_disk_costs_nothing_while_the_database_works(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    spool = tmp_path / "spool"
    async with writing(url, spool) as records:
        _fill_up(records)
        for record in whole_call("c1"):
            records.write(record)
        await until_holding(url, 1)


@pytest.mark.postgresql
async def test_with_a_full_disk_and_no_database_records_wait_in_memory(
    postgresql: PrivatePostgresql, tmp_path: Path
) -> None:
    url = url_of(postgresql.url())
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        await asyncio.to_thread(postgresql.stop)
        try:
            with files_up_to(200_000):
                for number in range(300):
                    for record in whole_call(f"c{number}"):
                        records.write(record)
                await asyncio.sleep(0.5)
                (spool,) = (tmp_path / "spool").glob("*.jsonl")
                assert 150_000 < spool.stat().st_size <= 200_000
        finally:
            await asyncio.to_thread(postgresql.start)
        await until_holding(url, 300)


async def test_a_disk_that_is_full_for_sqlite_and_the_spool_gets_every_record_once_it_has_room(tmp_path: Path) -> None:
    url = url_of(f"sqlite:///{tmp_path / 'records.db'}")
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        with files_up_to(200_000):
            for number in range(300):
                for record in whole_call(f"c{number}"):
                    records.write(record)
            await asyncio.sleep(1)
            assert (await counts(url))["calls"] < 300
        await until_holding(url, 300)


async def test_memory_is_bounded_when_everything_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MEMORY", 10)
    url = url_of("postgresql://nobody:x@127.0.0.1:9/none")
    async with writing(url, tmp_path / "spool") as records:
        _fill_up(records)
        for number in range(100):
            records.write(started(f"c{number}"))
        assert records.lost == 90


async def test_a_record_that_breaks_the_rules_is_set_aside_and_stops_no_other(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        records.write(turn("no-such-call", 1))
        records.write(ended("no-such-call"))
        for record in whole_call("c1"):
            records.write(record)
    assert await counts(url) == holding(1)
    refused = (tmp_path / "spool" / "refused.log").read_text().splitlines()
    assert len(refused) == 2


@pytest.mark.postgresql
async def test_a_number_that_no_column_holds_is_set_aside_and_stops_no_other(
    postgresql: PrivatePostgresql, tmp_path: Path
) -> None:
    url = url_of(postgresql.url())
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as records:
        for record in [*whole_call("c1"), turn("c1", 2**40), *whole_call("c2")]:
            records.write(record)
        await until_holding(url, 2)
    assert str(2**40) in (tmp_path / "spool" / "refused.log").read_text()


async def test_strange_texts_from_a_caller_do_not_cost_the_record(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    strange = CallStarted("c1", started("c1").started_at, "x" * 500 + "\0\ud800", "\0" * 900, "p1")
    async with writing(url, tmp_path / "spool") as records:
        records.write(strange)
        records.write(turn("c1", 1))
    engine = open_engine(url)
    found = await queries.detail(engine, "c1")
    await engine.dispose()
    assert found is not None
    assert found.call.caller_number == "x" * 40
    assert len(found.turns) == 1


_VICTIM = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from asterisk_agent import log
from asterisk_agent.records.database import open_engine, url_of
from asterisk_agent.records.rows import CallStarted, Turn
from asterisk_agent.records.writer import RecordWriter
from asterisk_agent.settings import Database, Log, Settings

async def main():
    log.configure(Log())
    engine = open_engine(url_of(Settings(database=Database(url=sys.argv[1]))))
    async with RecordWriter(engine, Path(sys.argv[2])) as records:
        records.write(CallStarted("victim", datetime.now(UTC), "+16175550142", "PJSIP/1-1", records.process))
        for number in range(1, 100000):
            records.write(Turn("victim", number, number, "speech", "words", "reply"))
            await asyncio.sleep(0.001)
            if not records._waiting:
                print(number, flush=True)

asyncio.run(main())
"""


def kill_while_writing(url: str, spool: Path) -> int:
    """Run a writer, kill it in the middle; returns the last turn that it knew to be safe."""
    command = [sys.executable, "-c", _VICTIM, url, str(spool)]
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert victim.stdout is not None
    safe = 0
    until_time = time.monotonic() + 20
    while safe < 150:
        assert time.monotonic() < until_time
        safe = int(victim.stdout.readline())
    victim.send_signal(signal.SIGKILL)
    for line in victim.stdout.read().splitlines():
        safe = int(line)
    victim.wait()
    victim.stdout.close()
    return safe


@pytest.mark.parametrize("working", [True, False], ids=["database up", "database down"])
async def test_kill_9_loses_nothing_that_was_on_the_disk_and_the_call_is_lost(tmp_path: Path, working: bool) -> None:
    address = f"sqlite:///{tmp_path / 'records.db'}"
    url = url_of(address)
    if working:
        await migrate.upgrade(url)
    safe = await asyncio.to_thread(kill_while_writing, address, tmp_path / "spool")
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool"):

        async def all_there() -> bool:
            return (await counts(url))["turns"] >= safe

        await until(all_there)
    engine = open_engine(url)
    found = await queries.detail(engine, "victim")
    await engine.dispose()
    assert found is not None
    assert [turn.number for turn in found.turns] == list(range(1, len(found.turns) + 1))
    assert (found.call.outcome, found.call.ended_at) == ("lost", None)
    assert [path.name for path in (tmp_path / "spool").iterdir()] == []


async def test_calls_of_another_living_process_are_not_lost(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    async with writing(url, tmp_path / "spool") as one:
        one.write(started("c1", one.process))

        async def there() -> bool:
            return (await counts(url))["calls"] == 1

        await until(there)
        async with writing(url, tmp_path / "spool"):
            pass
        engine = open_engine(url)
        found = await queries.detail(engine, "c1")
        await engine.dispose()
        assert found is not None
        assert found.call.outcome is None
        one.write(ended("c1"))


async def test_a_torn_last_line_costs_only_itself(url: URL, tmp_path: Path) -> None:
    await migrate.upgrade(url)
    spool = tmp_path / "spool"
    engine = open_engine(url_of("postgresql://nobody:x@127.0.0.1:9/none"))
    async with RecordWriter(engine, spool) as records:
        for record in whole_call("c1"):
            records.write(record)
    await engine.dispose()
    (left,) = spool.glob("*.jsonl")
    with left.open("ab") as file:
        file.write(b'{"record": "Turn", "call_id": "c1", "number": 9, "at_')
    async with writing(url, spool):
        await until_holding(url, 1)
    assert (spool / "refused.log").read_text().startswith('{"record": "Turn"')


async def test_a_spool_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    engine = open_engine(url_of(f"sqlite:///{tmp_path / 'records.db'}"))
    with pytest.raises(migrate.DatabaseError, match=r"unwritten records cannot be used.*set data_dir"):
        RecordWriter(engine, tmp_path / "file" / "spool")
    await engine.dispose()


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process can grow beyond ``size`` bytes: as on a full disk, a write ends early, then fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _fill_up(records: RecordWriter) -> None:
    """Let writes to the spool fail as on a full disk: its file becomes /dev/full."""
    full = os.open("/dev/full", os.O_RDWR)
    os.dup2(full, records._spool._file)
    os.close(full)
