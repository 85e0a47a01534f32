"""``asterisk-agent requests``: what callers were promised that people do."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar, get_args
from zoneinfo import ZoneInfo

import typer

from asterisk_agent.cli import settings_of
from asterisk_agent.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from asterisk_agent.records.tables import RequestRow

_Result = TypeVar("_Result")
_MARGIN = " " * 8


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer()
    group.callback(invoke_without_command=True)(waiting)
    group.command("done")(done)
    app.add_typer(group, name="requests")


def waiting(
    context: typer.Context,
    kind: Annotated[str, typer.Option(help="Only of this kind, such as schedule_callback.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Done ones too, last.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what callers were promised that people do: callbacks, messages, claims, tickets, texts, feedback.

    What was promised for a time comes first, then the oldest. Callers know the reference at the beginning of each.
    Names and numbers are shown, as people work from this list. Tick off what is done: 'requests done K4RX72'.
    """
    if context.invoked_subcommand is not None:
        return
    from asterisk_agent.dialog.services import RequestKind
    from asterisk_agent.records.requests import requests

    if kind and kind not in get_args(RequestKind):
        typer.secho(f"--kind {kind!r} is none of {', '.join(get_args(RequestKind))}", fg="red", err=True)
        sys.exit(2)
    settings = settings_of(context)
    found = _ask(settings, lambda engine: requests(engine, kind, closed=everything))
    rows = [_shown(row, settings.shop.zone) for row in found]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        typer.echo("No requests." if everything else "No open requests.")
    for row in rows:
        _print(row)


def done(
    context: typer.Context,
    references: Annotated[list[str], typer.Argument(metavar="REFERENCE...", help="As the list shows them.")],
) -> None:
    """Tick requests off, so that nobody does them twice."""
    from asterisk_agent.records.requests import SameReference, close

    settings = settings_of(context)
    for reference in references:

        def tick(engine: AsyncEngine, name: str = reference) -> Awaitable[bool]:
            return close(engine, name)

        try:
            closed = _ask(settings, tick)
        except SameReference as error:
            _fail(f"{reference!r} names more than one open request; give one whole id: {error}")
        if not closed:
            _fail(f"no open request has the reference {reference!r}; 'asterisk-agent requests' lists them")
        typer.secho(f"✓ {reference.upper()} is done", fg="green")


def _shown(row: RequestRow, zone: ZoneInfo) -> dict[str, Any]:
    from asterisk_agent.records.requests import reference_of

    def at(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None

    return {
        "reference": reference_of(row),
        "id": row.id,
        "kind": row.kind,
        "due": at(row.due),
        "overdue": row.closed_at is None and row.due is not None and row.due < datetime.now(UTC),
        "phone": row.phone or None,
        "order": row.order_number or None,
        "intent": row.intent or None,
        "destination": row.destination or None,
        "summary": row.summary,
        "words": row.words,
        "call": row.call_id,
        "at": at(row.at),
        "done_at": at(row.closed_at),
    }


def _print(row: dict[str, Any]) -> None:
    parts = [row["reference"], row["kind"]]
    if row["due"]:
        parts.append(f"due {_minute(row['due'])}" + (" (overdue)" if row["overdue"] else ""))
    parts += [row["phone"]] if row["phone"] else []
    parts += [f"order {row['order']}"] if row["order"] else []
    parts += [f"for {row['destination']}"] if row["destination"] else []
    parts += [f"done {_minute(row['done_at'])}" if row["done_at"] else f"since {_minute(row['at'])}"]
    typer.secho("  ".join(map(_printable, parts)), bold=row["overdue"])
    for text in (row["summary"], f"“{row['words']}”" if row["words"] else ""):
        if text:
            typer.echo(_MARGIN + _printable(text))


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _printable(text: str) -> str:
    """Without what a terminal would obey: a caller's name can hold anything."""
    return "".join(char if char.isprintable() else " " for char in text)


def _ask(settings: Settings, question: Callable[[AsyncEngine], Awaitable[_Result]]) -> _Result:
    """Ask the database; an unusable one ends the command."""
    from asterisk_agent.records.asking import ask
    from asterisk_agent.records.database import DatabaseError

    try:
        return asyncio.run(ask(settings, question))
    except DatabaseError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.secho(message, fg="red", err=True)
    sys.exit(1)
