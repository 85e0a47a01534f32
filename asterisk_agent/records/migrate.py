"""Bringing the database to this version's tables (Alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from asterisk_agent.records.database import open_engine

_PACKAGE_SCRIPTS = Path(__file__).parent.parent / "alembic"
_CHECKOUT_SCRIPTS = Path(__file__).parent.parent.parent / "alembic"


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""


async def upgrade(url: URL) -> tuple[str | None, str]:
    """Apply what is missing; returns the revisions before and after. Raises DatabaseError."""

    def work(connection: Connection) -> tuple[str | None, str]:
        before = _current(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, _head()

    result: tuple[str | None, str] = await _on(url, work)
    return result


async def status(url: URL) -> tuple[str | None, str]:
    """The revision of the database (None: empty) and of this version. Raises DatabaseError."""
    current: str | None = await _on(url, _current)
    return current, _head()


async def _on(url: URL, work: Any) -> Any:
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    except (SQLAlchemyError, OSError) as error:
        shown = url.render_as_string(hide_password=True)
        raise DatabaseError(f"the database {shown} cannot be used: {_first_line(error)}; check database.url") from None
    finally:
        await engine.dispose()


def _config() -> Config:
    config = Config()
    scripts = _PACKAGE_SCRIPTS if _PACKAGE_SCRIPTS.is_dir() else _CHECKOUT_SCRIPTS
    config.set_main_option("script_location", str(scripts))
    return config


def _head() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
