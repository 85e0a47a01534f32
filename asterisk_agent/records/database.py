"""The database behind the records: SQLite in the data folder by default, PostgreSQL by URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from asterisk_agent.settings import Settings, SettingsError

FILE = "records.sqlite3"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def url_of(settings: Settings) -> URL:
    """The database's address with the driver that is used. Raises SettingsError."""
    text = settings.database.url
    if not text:
        return URL.create("sqlite+aiosqlite", database=str(settings.data_dir / FILE))
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingsError(
            "database.url is not an address; write 'postgresql://user:password@host/name' or 'sqlite:////path/file'"
        ) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise SettingsError(
            f"database.url names {url.drivername!r}; SQLite ('sqlite:////path/file') and PostgreSQL "
            "('postgresql://user:password@host/name') are known"
        )
    return url.set(drivername=driver)


def open_engine(url: URL) -> AsyncEngine:
    """An engine for this address; nothing is connected yet. Raises SettingsError when the driver is missing."""
    try:
        if url.get_backend_name() == "sqlite":
            Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
            engine = create_async_engine(url)
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            return engine
        return create_async_engine(url, pool_size=2, pool_pre_ping=True, connect_args={"timeout": 5})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise SettingsError(
            f"database.url needs a driver that is not installed ({error}); "
            "install the extra: pip install 'asterisk-order-agent[postgresql]'"
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
