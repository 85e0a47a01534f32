"""Lists that come in pages, from systems that may be wrong about how many there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)

_Row = TypeVar("_Row")


async def all_pages(
    system: str,
    fetch: Callable[[int], Awaitable[Sequence[_Row]]],
    identity: Callable[[_Row], Hashable],
    most: int = 10,
) -> tuple[_Row, ...]:
    """The rows of the pages 1, 2, … until one is empty or brings nothing new; at most ``most`` pages are asked for.

    A page count that the system tells is not believed: rows that come twice are kept once.
    """
    rows: dict[Hashable, _Row] = {}
    for page in range(1, most + 1):
        before = len(rows)
        for row in await fetch(page):
            rows.setdefault(identity(row), row)
        if len(rows) == before:
            return tuple(rows.values())
    log.info("a list is cut", system=system, pages=most, rows=len(rows))
    return tuple(rows.values())
