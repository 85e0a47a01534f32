"""Adobe Commerce's searchCriteria as a query string, and its pages of rows.

developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches: filters of different groups are joined by AND;
'in' takes values with commas between them. A page after the last one brings the last one again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from asterisk_agent.commerce.web.answer import Answer, Part, read, read_each
from asterisk_agent.commerce.web.paging import all_pages

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """One condition. ``value``: for 'in' without commas inside the values."""

    field: str
    value: str
    condition: str = "eq"


class Row(Part):
    """What every listed thing has. ``entity_id``: the system's key of it."""

    entity_id: int


class _Found(Part):
    items: list[Any] | None


_Row = TypeVar("_Row", bound=Row)
_Part = TypeVar("_Part", bound=Part)


def search(path: str, *filters: Filter, page: int = 1, size: int = PAGE) -> str:
    """The path with a query for the newest rows that meet all filters.

    Percent-encoded as RFC 3986 has it, a space as %20: the OAuth signature covers the same characters on both sides.
    """
    fields: dict[str, str] = {}
    for index, one in enumerate(filters):
        place = f"searchCriteria[filterGroups][{index}][filters][0]"
        fields |= {f"{place}[field]": one.field, f"{place}[value]": one.value, f"{place}[conditionType]": one.condition}
    fields |= {
        "searchCriteria[sortOrders][0][field]": "entity_id",
        "searchCriteria[sortOrders][0][direction]": "DESC",
        "searchCriteria[pageSize]": str(size),
        "searchCriteria[currentPage]": str(page),
    }
    return path + "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in fields.items())


def any_of(field: str, values: tuple[int, ...]) -> Filter:
    """Rows with one of these ids."""
    return Filter(field, ",".join(map(str, values)), "in")


async def found(
    system: str,
    get: Callable[[str], Awaitable[Answer]],
    model: type[_Row],
    path: str,
    *filters: Filter,
    most: int = 4,
    size: int = PAGE,
) -> tuple[_Row, ...]:
    """All rows that meet the filters, newest first; at most ``most`` pages. Raises SystemFailed."""
    short = False

    async def fetch(page: int) -> tuple[_Row, ...]:
        nonlocal short
        if short:
            return ()
        rows = rows_of(system, model, await get(search(path, *filters, page=page, size=size)))
        short = len(rows) < size
        return rows

    return await all_pages(system, fetch, lambda row: row.entity_id, most)


def rows_of(system: str, model: type[_Part], answer: Answer) -> tuple[_Part, ...]:
    """The rows of one page; an empty list may also be null. Raises BadAnswer."""
    return read_each(model, read(_Found, answer.body, system).items or [], system)
