"""Addresses, upgrades and history, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from private_postgresql import PrivatePostgresql
from records_world import START, counts, ended, sqlite_url, started, turn, url_of, whole_call
from sqlalchemy.engine import URL, Connection

from asterisk_agent.records import migrate, queries
from asterisk_agent.records.database import FILE, DatabaseError, open_engine
from asterisk_agent.records.rows import DamagedRecord, ProcessDied, Record, from_line, to_line
from asterisk_agent.records.store import store
from asterisk_agent.records.tables import Base
from asterisk_agent.settings import SettingsError

ROOT = Path(__file__).parents[2]


async def written(url: URL, records: list[Record]) -> None:
    await migrate.upgrade(url)
    engine = open_engine(url)
    await store(engine, records)
    await engine.dispose()


# --- addresses ---


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mysql://user@host/name", "names 'mysql', which is not supported"),
        ("records.db", "is not an address"),
        ("postgresql://user@host:port/name", "is not an address"),
        ("postgresql://user@host", "names no database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://user@host/name?colour=red", "unknown option 'colour'; known: sslmode"),
        ("sqlite:////tmp/x?mode=ro", "unknown option 'mode'; known: none for SQLite"),
    ],
)
def test_a_wrong_address_is_refused_with_the_fix(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        url_of(text)
    assert says in str(caught.value)


def test_common_ways_to_write_an_address_work() -> None:
    assert url_of("postgres://u:p@h/n?sslmode=require").render_as_string(hide_password=False) == (
        "postgresql+asyncpg://u:p@h/n?ssl=require"
    )
    assert url_of("sqlite:////var/lib/x.db").database == "/var/lib/x.db"


async def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(SettingsError, match=r"pip install 'asterisk-order-agent\[postgresql\]'"):
        open_engine(url_of("postgresql://u@h/n"))


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("database", "password", "says"),
    [
        ("calls", "wr0ng", "check the user and the password in database.url"),
        ("nowhere", "s3cret", "create it (createdb nowhere)"),
    ],
)
async def test_a_refused_login_says_what_to_check_and_no_password(
    postgresql: PrivatePostgresql, database: str, password: str, says: str
) -> None:
    with pytest.raises(DatabaseError) as caught:
        await migrate.status(url_of(postgresql.url(database, password)))
    assert says in str(caught.value)
    assert password not in str(caught.value)


async def test_an_unreachable_server_is_one_clear_line() -> None:
    with pytest.raises(DatabaseError, match="check that PostgreSQL runs there") as caught:
        await migrate.status(url_of("postgresql://u:hidden@127.0.0.1:9/n"))
    assert "\n" not in str(caught.value)
    assert "hidden" not in str(caught.value)


async def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_text("hello " * 500)
    with pytest.raises(DatabaseError, match="file is not a database; check that the file"):
        await migrate.upgrade(url_of(f"sqlite:///{tmp_path / 'records.db'}"))


async def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="cannot be made"):
        await migrate.upgrade(sqlite_url(tmp_path / "file" / "data"))


async def test_the_folder_of_the_transcripts_is_closed_to_others(tmp_path: Path) -> None:
    await migrate.upgrade(sqlite_url(tmp_path / "data"))
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


# --- upgrades ---


async def test_upgrade_creates_the_tables_once(url: URL) -> None:
    assert await migrate.pending(url)
    assert await migrate.upgrade(url) == (None, migrate.head())
    assert await migrate.upgrade(url) == (migrate.head(), migrate.head())
    assert not await migrate.pending(url)


async def test_the_migrations_make_exactly_the_tables_of_the_models(url: URL) -> None:
    await migrate.upgrade(url)

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))

    engine = open_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_several_processes_may_upgrade_at_once(url: URL) -> None:
    results = await asyncio.gather(*(migrate.upgrade(url) for _ in range(4)))
    assert sorted(before or "" for before, _ in results) == ["", *[migrate.head()] * 3]


async def test_an_upgrade_waits_for_another_that_has_only_begun_a_new_file(tmp_path: Path) -> None:
    held = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")  # SQLite refuses to turn such a file to WAL at once, whatever busy_timeout says
    upgrade = asyncio.create_task(migrate.upgrade(sqlite_url(tmp_path)))
    await asyncio.wait([upgrade], timeout=0.5)
    assert not upgrade.done()
    held.close()
    assert await upgrade == (None, migrate.head())


async def test_an_upgrade_that_fails_at_its_end_leaves_nothing(url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise OSError("the power went out")

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "head", fail)
        with pytest.raises(DatabaseError, match="the power went out"):
            await migrate.upgrade(url)
    assert (await migrate.status(url))[0] is None
    assert (await migrate.upgrade(url))[0] is None


async def test_a_database_of_a_newer_version_is_left_alone(url: URL) -> None:
    await migrate.upgrade(url)
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await engine.dispose()
    for act in (migrate.upgrade, migrate.prepare):
        with pytest.raises(DatabaseError, match="a newer version upgraded it"):
            await act(url)


async def test_prepare_upgrades_sqlite_and_asks_for_it_on_postgresql(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        await migrate.prepare(url)
        assert not await migrate.pending(url)
    else:
        with pytest.raises(DatabaseError, match="run 'asterisk-agent db upgrade' once"):
            await migrate.prepare(url)
        assert await migrate.pending(url)


def test_the_folder_of_migrations_does_not_hide_the_library() -> None:
    code = "import alembic.config; print(alembic.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "site-packages" in done.stdout


async def test_the_migrations_are_found_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "asterisk_agent" / "alembic"
    inside.parent.mkdir()
    inside.symlink_to(migrate.scripts())
    monkeypatch.setattr(migrate, "_PACKAGE_SCRIPTS", inside)
    monkeypatch.setattr(migrate, "_CHECKOUT_SCRIPTS", tmp_path / "nowhere")
    assert migrate.scripts() == inside
    assert (await migrate.upgrade(sqlite_url(tmp_path)))[0] is None


# --- lines of the spool ---


@pytest.mark.parametrize("record", [*whole_call("c1"), ProcessDied("p1")], ids=lambda record: type(record).__name__)
def test_a_record_survives_its_line(record: Record) -> None:
    line = to_line(record)
    assert line.count("\n") == 1
    assert from_line(line) == record


@pytest.mark.parametrize("line", ["", "[]", "{}", "null", '{"record": "Nothing"}', '{"record": "Turn"}', '{"record"'])
def test_a_damaged_line_is_told_apart(line: str) -> None:
    with pytest.raises(DamagedRecord):
        from_line(line)


# --- history ---


async def test_history_is_newest_first_with_median_and_real_times(url: URL) -> None:
    later = START + timedelta(hours=1)
    berlin = timezone(timedelta(hours=1))
    await written(url, [*whole_call("old"), started("new", at=later.astimezone(berlin)), turn("new", 1, None)])
    engine = open_engine(url)
    new, old = await queries.history(engine, 10)
    assert (new.call.id, new.call.started_at, new.response_ms, new.turns) == ("new", later, None, 1)
    assert (old.call.id, old.call.ended_at, old.response_ms, old.turns) == ("old", ended("old").ended_at, 400.0, 2)
    assert [summary.call.id for summary in await queries.history(engine, 1)] == ["new"]
    await engine.dispose()


async def test_one_call_is_found_by_the_beginning_of_its_id(url: URL) -> None:
    await written(url, [*whole_call("abc1"), *whole_call("abd2"), *whole_call("ab")])
    engine = open_engine(url)
    found = await queries.detail(engine, "abc")
    assert found is not None
    assert [turn.said for turn in found.turns] == ["words 1", "words 2"]
    assert [line.fields for line in found.audit] == [["status", "expected"]]
    assert [transfer.reason for transfer in found.transfers] == ["caller_asked"]
    whole = await queries.detail(engine, "ab")
    assert whole is not None
    assert whole.call.id == "ab"
    assert await queries.detail(engine, "x") is None
    assert await queries.detail(engine, "%") is None
    with pytest.raises(queries.Ambiguous):
        await queries.detail(engine, "a")
    await engine.dispose()


async def test_purge_deletes_old_calls_with_all_that_belongs_to_them(url: URL) -> None:
    day = timedelta(days=1)
    await written(url, [*whole_call("old"), started("new", at=START + 2 * day), turn("new", 1)])
    engine = open_engine(url)
    assert await queries.purge(engine, START + day) == 1
    assert await counts(url) == {"calls": 1, "turns": 1, "audit": 0, "transfers": 0}
    assert await queries.purge(engine, START + day) == 0
    await engine.dispose()


async def test_only_open_calls_of_the_dead_process_are_lost(url: URL) -> None:
    await written(url, [*whole_call("done", "p1"), started("cut", "p1"), started("lives", "p2"), ProcessDied("p1")])
    engine = open_engine(url)
    outcomes = {summary.call.id: summary.call.outcome for summary in await queries.history(engine, 10)}
    await engine.dispose()
    assert outcomes == {"done": "done", "cut": "lost", "lives": None}
