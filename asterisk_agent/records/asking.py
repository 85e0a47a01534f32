"""A question to the database outside the agent's own process: for commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from asterisk_agent.records import database, migrate
from asterisk_agent.settings import Settings

_Answer = TypeVar("_Answer")


async def ask(settings: Settings, question: Callable[[AsyncEngine], Awaitable[_Answer]]) -> _Answer:
    """The answer, from tables that are up to date. Raises DatabaseError and SettingsError."""
    url = database.url_of(settings)
    await migrate.prepare(url)
    engine = database.open_engine(url)
    try:
        return await question(engine)
    except (SQLAlchemyError, OSError) as error:
        raise database.explain(error, url) from None
    finally:
        await engine.dispose()
