"""Spoken forms: the written value of what was said, exactly."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from asterisk_agent.dialog.spoken.address import SpokenAddress
from asterisk_agent.dialog.spoken.parse import KINDS, Context, parse
from asterisk_agent.evaluation.report import Failure, Report, share
from asterisk_agent.evaluation.rows import Row

_PARTS = ("line1", "line2", "city", "state", "zip")


def evaluate(rows: list[Row]) -> Report:
    """Share of exact values, for each kind too. Raises RowsError."""
    right: dict[str, list[bool]] = defaultdict(list)
    failures: list[Failure] = []
    for row in rows:
        kind = row.text("kind")
        if kind not in KINDS:
            raise row.wrong(f"{kind!r} is no kind; known: {', '.join(KINDS)}")
        found = parse(kind, row.text("spoken"), _context(row))
        value: Any = asdict(found) if isinstance(found, SpokenAddress) else found
        wanted = row.data.get("value")
        if isinstance(wanted, dict):
            wanted = {name: wanted.get(name) for name in _PARTS}
        right[kind].append(value == wanted)
        if value != wanted:
            failures.append(Failure(row.id, f"{kind} {row.text('spoken')!r}: {wanted!r}, read as {value!r}"))
    figures = {
        "rows": len(rows),
        "exact": share(len(rows) - len(failures), len(rows)),
        "per_kind": {kind: {"rows": len(all_), "exact": share(sum(all_), len(all_))} for kind, all_ in right.items()},
    }
    lines = tuple((kind, str(len(all_)), f"{share(sum(all_), len(all_)):.3f}") for kind, all_ in right.items())
    return Report(figures, tuple(failures), (("Per kind", ("kind", "rows", "exact"), lines),))


def _context(row: Row) -> Context:
    given = row.object("context")
    known = Context()
    address = given.get("current_address")
    try:
        return Context(
            pattern=given.get("pattern", known.pattern),
            carrier=given.get("carrier") or "",
            country=given.get("country", known.country),
            default_area_code=str(given.get("default_area_code") or ""),
            caller_id=given.get("caller_id") or "",
            today=date.fromisoformat(given["today"]) if given.get("today") else None,
            expects=given.get("expects") or "",
            currency=given.get("currency", known.currency),
            amounts=tuple(Decimal(str(amount)) for amount in given.get("amounts_on_order") or ()),
            item=str(given.get("item") or ""),
            current_address=SpokenAddress(**{name: address.get(name) for name in _PARTS}) if address else None,
        )
    except (ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise row.wrong(f"its context cannot be used: {error}") from None
