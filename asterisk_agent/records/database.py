"""The database behind the records: SQLite in the data folder by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from asterisk_agent.settings import Settings, SettingsError

FILE = "records.sqlite3"
CONNECT_S = 5
"""Longest wait for a connection to PostgreSQL, and for another process's write to SQLite, in seconds."""

WRITES = "records_writes"
"""Execution option of a transaction that will write: it takes SQLite's write lock at once, so that it can wait for it
(a reading transaction that turns into a writing one fails without waiting)."""

_FORMS = "'postgresql://user:password@host/name' or 'sqlite:////path/file'"
_OPTIONS = ("sslmode", "ssl", "host", "port", "passfile", "target_session_attrs", "prepared_statement_cache_size")
"""What may follow '?' in a PostgreSQL address."""
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""


def url_of(settings: Settings) -> URL:
    """The database's address with the driver that is used. Raises SettingsError."""
    text = settings.database.url
    if not text:
        return URL.create("sqlite+aiosqlite", database=str(settings.data_dir / FILE))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(f"database.url is not an address; write {_FORMS}") from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise SettingsError(f"database.url names {url.drivername!r}, which is not supported; write {_FORMS}")
    if driver.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise SettingsError("database.url names no file; write 'sqlite:////path/file' (four slashes: a full path)")
    if not driver.startswith("sqlite") and not url.database:
        raise SettingsError("database.url names no database; write 'postgresql://user:password@host/name'")
    known = () if driver.startswith("sqlite") else _OPTIONS
    for option in url.query:
        if option not in known:
            raise SettingsError(
                f"database.url has the unknown option {option!r}; known: {', '.join(known) or 'none for SQLite'}"
            )
    # libpq's name for it, as in most documentation, and asyncpg's.
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    return url.set(drivername=driver, query=query)


def open_engine(url: URL) -> AsyncEngine:
    """An engine for this address; nothing is connected yet.

    Raises SettingsError when the driver is missing, DatabaseError when SQLite's folder cannot be made.
    """
    try:
        if url.get_backend_name() == "sqlite":
            _make_folder(Path(url.database or ""))
            engine = create_async_engine(url)
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
            return engine
        return create_async_engine(url, pool_size=2, pool_pre_ping=True, connect_args={"timeout": CONNECT_S})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise SettingsError(
            f"database.url needs a driver that is not installed ({error}); "
            "install the extra: pip install 'asterisk-order-agent[postgresql]'"
        ) from None


def explain(error: BaseException, url: URL) -> DatabaseError:
    """A driver's error as one line with what to do."""
    shown = url.render_as_string(hide_password=True)
    if isinstance(error, TimeoutError):
        return DatabaseError(f"the database {shown} does not answer; look whether it is overloaded or hangs")
    cause = getattr(error, "orig", None) or error
    root = cause.__cause__ or cause  # the driver's own error, inside SQLAlchemy's copy of it
    what = (str(root).strip() or type(root).__name__).splitlines()[0]
    return DatabaseError(f"the database {shown} cannot be used: {what}; {_advice(root, url)}")


def _advice(error: BaseException, url: URL) -> str:
    names = {base.__name__ for base in type(error).__mro__}
    if names & {"InvalidPasswordError", "InvalidAuthorizationSpecificationError"}:
        return "check the user and the password in database.url"
    if "InvalidCatalogNameError" in names:
        return f"create it (createdb {url.database}) or correct the name in database.url"
    if "InsufficientPrivilegeError" in names:
        return "give the user of database.url the right to create tables"
    if url.get_backend_name() == "sqlite":
        if _is_locked(error):
            return "another process holds it; end that or wait"
        return "check that the file and its folder can be written and that the disk has room"
    return "check that PostgreSQL runs there and that host and port in database.url are right"


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _make_folder(file: Path) -> None:
    try:
        # Transcripts are personal: a folder that is made for them is the agent's alone.
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DatabaseError(
            f"the folder {file.parent} for the records cannot be made: {error.strerror}; "
            "set data_dir or database.url to a place that can be written"
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # No implicit transactions, so that BEGIN below covers table changes too and a killed migration leaves no trace.
    connection.isolation_level = None
    connection.run_async(_set_pragmas)


@retry(
    stop=stop_after_delay(CONNECT_S),
    wait=wait_random(0.005, 0.05),
    retry=retry_if_exception(_is_locked),
    reraise=True,
)
async def _set_pragmas(connection: aiosqlite.Connection) -> None:
    # SQLite does not wait for the switch of a new file to WAL as busy_timeout has it: two processes that open a new
    # file at once could each hold what the other needs, so one of them fails at once and has to ask again.
    await connection.execute(f"PRAGMA busy_timeout={CONNECT_S * 1000}")
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        await connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")
