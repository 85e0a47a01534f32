"""Bringing the database to this version's tables (Alembic)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from asterisk_agent.records.database import WRITES, DatabaseError, explain, open_engine

__all__ = ["DatabaseError", "head", "pending", "prepare", "scripts", "status", "upgrade"]

_PACKAGE_SCRIPTS = Path(__file__).parent.parent / "alembic"
_CHECKOUT_SCRIPTS = Path(__file__).parent.parent.parent / "alembic"
_LOCK = 0x61676E74
"""Advisory lock of PostgreSQL that upgrades take, so that two processes do not upgrade at once."""

_Result = TypeVar("_Result")


async def upgrade(url: URL) -> tuple[str | None, str]:
    """Apply what is missing; returns the revisions before and after. Raises DatabaseError."""

    def work(connection: Connection) -> tuple[str | None, str]:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = _current(connection)
        _refuse_newer(before)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, head()

    return await _on(url, work, writes=True)


async def status(url: URL) -> tuple[str | None, str]:
    """The revision of the database (None: empty) and of this version. Raises DatabaseError."""
    return await _on(url, _current), head()


async def pending(url: URL) -> bool:
    """Whether 'db upgrade' has something to do. Raises DatabaseError."""
    current, wanted = await status(url)
    return current != wanted


async def prepare(url: URL) -> None:
    """What a process does before it writes: SQLite is upgraded, PostgreSQL must have been. Raises DatabaseError."""
    current, wanted = await status(url)
    if current == wanted:
        return
    _refuse_newer(current)
    if url.get_backend_name() == "sqlite":
        await upgrade(url)
        return
    raise DatabaseError(
        f"the database {url.render_as_string(hide_password=True)} has revision {current or 'none'} and needs {wanted}; "
        "run 'asterisk-agent db upgrade' once (records are kept until then)"
    )


def head() -> str:
    """The revision of this version's tables."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def scripts() -> Path:
    """The folder of the migrations: inside the installed package, or at the top of a checkout."""
    return _PACKAGE_SCRIPTS if _PACKAGE_SCRIPTS.is_dir() else _CHECKOUT_SCRIPTS


async def _on(url: URL, work: Callable[[Connection], _Result], writes: bool = False) -> _Result:
    engine = open_engine(url)
    try:
        async with engine.execution_options(**{WRITES: writes}).begin() as connection:
            return await connection.run_sync(work)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise explain(error, url) from None
    except CommandError as error:
        raise DatabaseError(f"the migrations in {scripts()} cannot be used: {error}; reinstall the package") from None
    finally:
        await engine.dispose()


def _refuse_newer(current: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseError(
            f"the database has revision {current}, which this version does not know: a newer version upgraded it; "
            "install that version or name another database"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    return config


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
