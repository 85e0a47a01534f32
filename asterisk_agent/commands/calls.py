"""``asterisk-agent calls``: the history of calls."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer

from asterisk_agent.cli import settings_of
from asterisk_agent.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from asterisk_agent.records.queries import CallDetail, CallSummary
    from asterisk_agent.records.tables import CallRow

REDACTED = "(redacted)"
STEPS = ("recognition", "endpoint", "understanding", "lookup", "synthesis", "transport", "response")
OVERTIME = timedelta(minutes=1)
"""Longer than this past limits.max_call_s no call lasts: its process is gone."""

_Result = TypeVar("_Result")
_Personal = Annotated[bool, typer.Option("--personal", help="Show telephone numbers and what was said.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True)
class _View:
    """How rows are shown. ``longest``: what a call lasts at most."""

    zone: ZoneInfo
    personal: bool
    now: datetime
    longest: timedelta

    def call(self, call: CallRow) -> dict[str, Any]:
        duration = (call.ended_at - call.started_at).total_seconds() if call.ended_at else None
        return {
            "id": call.id,
            "started_at": call.started_at.astimezone(self.zone).isoformat(timespec="seconds"),
            "caller": self._number(call.caller_number),
            "intent": call.intent or None,
            "order": call.order_number or None,
            "level": call.level,
            "outcome": call.outcome or self._open(call.started_at),
            "sentiment": call.sentiment,
            "duration_s": None if duration is None else round(duration, 1),
        }

    def summary(self, summary: CallSummary) -> dict[str, Any]:
        return self.call(summary.call) | {"turns": summary.turns, "response_p50_ms": _whole(summary.response_ms)}

    def detail(self, detail: CallDetail) -> dict[str, Any]:
        start = detail.call.started_at
        return self.call(detail.call) | {
            "channel": detail.call.channel,
            "turns": [
                {
                    "number": turn.number,
                    "at_ms": turn.at_ms,
                    "kind": turn.kind,
                    "said": self._words(turn.said),
                    "reply": self._words(turn.reply),
                    "heard": self._words(turn.heard),
                    "intent": turn.intent,
                    "sentiment": turn.sentiment,
                    **{f"{step}_ms": _whole(getattr(turn, f"{step}_ms")) for step in STEPS},
                }
                for turn in detail.turns
            ],
            "audit": [
                {
                    "at_ms": _whole((line.at - start).total_seconds() * 1000),
                    "kind": line.kind,
                    "order": line.order_number,
                    "fields": line.fields,
                    "level": line.level,
                }
                for line in detail.audit
            ],
            "transfers": [
                {
                    "at_ms": _whole((transfer.at - start).total_seconds() * 1000),
                    "destination": transfer.destination,
                    "reason": transfer.reason,
                }
                for transfer in detail.transfers
            ],
        }

    def _open(self, started_at: datetime) -> str:
        return "lost" if self.now - started_at > self.longest else "live"

    def _number(self, number: str) -> str:
        if self.personal or not number:
            return number or "withheld"
        return f"…{number[-2:]}" if len(number) > 4 else REDACTED

    def _words(self, words: str | None) -> str | None:
        return words if self.personal or not words else REDACTED


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer()
    group.callback(invoke_without_command=True)(history)
    group.command("show")(show)
    group.command("purge")(purge)
    app.add_typer(group, name="calls")


def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the latest calls.")] = 20,
    personal: _Personal = False,
    as_json: _Json = False,
) -> None:
    """List the latest calls, newest first.

    'calls show ID' (the first characters are enough) shows one call turn by turn. Outcomes: what the caller was left
    with; 'live' calls are going on; 'lost' ones were cut by a crash. Level is what the caller proved to be.
    """
    if context.invoked_subcommand is not None:
        return
    from asterisk_agent.records import queries

    settings = settings_of(context)
    view = _view(settings, personal)
    summaries = _ask(settings, lambda engine: queries.history(engine, limit))
    rows = [view.summary(summary) for summary in summaries]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        typer.echo("No calls yet.")
        return
    lines: list[tuple[str, ...]] = [
        ("id", "when", "caller", "intent", "order", "level", "outcome", "duration", "turns", "p50")
    ]
    for row in rows:
        when = row["started_at"][:16].replace("T", " ")
        duration = "–" if row["duration_s"] is None else f"{row['duration_s']:.0f} s"
        p50 = "–" if row["response_p50_ms"] is None else f"{row['response_p50_ms']} ms"
        shown = (row["id"][:12], when, row["caller"], row["intent"], row["order"], row["level"], row["outcome"])
        lines.append((*("–" if value is None else str(value) for value in shown), duration, str(row["turns"]), p50))
    _columns(lines)


def show(
    context: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="ID", help="The call's id, or the beginning of it.")],
    personal: _Personal = False,
    as_json: _Json = False,
) -> None:
    """Show one call turn by turn, with what was disclosed and where the time went (milliseconds)."""
    from asterisk_agent.records import queries

    settings = settings_of(context)
    try:
        found = _ask(settings, lambda engine: queries.detail(engine, call_id))
    except queries.Ambiguous:
        _fail(f"more than one call's id begins with {call_id!r}; give more of it")
    if found is None:
        _fail(f"no call has the id {call_id!r}; 'asterisk-agent calls' lists them")
    detail = _view(settings, personal).detail(found)
    if as_json:
        typer.echo(json.dumps(detail, indent=2, ensure_ascii=False))
        return
    for name in ("id", "started_at", "caller", "intent", "order", "level", "outcome", "sentiment", "duration_s"):
        typer.echo(f"{name:<11} {'–' if detail[name] is None else detail[name]}")
    for turn in detail["turns"]:
        typer.echo(f"\n{turn['at_ms'] / 1000:8.2f} s  caller  {turn['said'] or '[' + turn['kind'] + ']'}")
        typer.echo(f"            agent   {turn['reply']}")
        if turn["heard"] is not None:
            typer.echo(f"            heard   {turn['heard'] or '(nothing of it)'}")
        steps = [(step, turn[f"{step}_ms"]) for step in STEPS if turn[f"{step}_ms"] is not None]
        if steps:
            typer.secho("            " + ", ".join(f"{step} {ms} ms" for step, ms in steps), dim=True)
    if detail["audit"] or detail["transfers"]:
        typer.echo()
    for line in detail["audit"]:
        fields = f": {', '.join(line['fields'])}" if line["fields"] else ""
        typer.echo(
            f"{line['at_ms'] / 1000:8.2f} s  {line['kind']} order {line['order']} at level {line['level']}{fields}"
        )
    for transfer in detail["transfers"]:
        typer.echo(f"{transfer['at_ms'] / 1000:8.2f} s  to people: {transfer['destination']} ({transfer['reason']})")


def purge(
    context: typer.Context,
    older_than: Annotated[str, typer.Option(metavar="DAYS", help="Age in days, such as 90d.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for a nightly job.")] = False,
) -> None:
    """Delete old calls for good, with their transcripts, audit lines and transfers.

    Requests for people that were done before that day go too; open ones stay ('asterisk-agent requests').
    """
    from asterisk_agent.records import queries

    match = re.fullmatch(r"(\d{1,5})d", older_than)
    if match is None:
        typer.secho(f"--older-than {older_than!r} is no age; write a number of days such as 90d", fg="red", err=True)
        sys.exit(2)
    settings = settings_of(context)
    before = datetime.now(UTC) - timedelta(days=int(match[1]))
    if not yes:
        day = before.astimezone(settings.shop.zone).strftime("%Y-%m-%d %H:%M")
        typer.confirm(f"Delete all calls before {day} for good?", abort=True)
    count = _ask(settings, lambda engine: queries.purge(engine, before))
    typer.echo(f"{count} {'call' if count == 1 else 'calls'} deleted.")


def _view(settings: Settings, personal: bool) -> _View:
    longest = timedelta(seconds=settings.limits.max_call_s) + OVERTIME
    return _View(settings.shop.zone, personal, datetime.now(UTC), longest)


def _ask(settings: Settings, question: Callable[[AsyncEngine], Awaitable[_Result]]) -> _Result:
    """Ask the database; an unusable one ends the command."""
    from asterisk_agent.records.asking import ask
    from asterisk_agent.records.database import DatabaseError

    try:
        return asyncio.run(ask(settings, question))
    except DatabaseError as error:
        _fail(str(error))


def _columns(lines: list[tuple[str, ...]]) -> None:
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    for line in lines:
        typer.echo("  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())


def _whole(ms: float | None) -> int | None:
    return None if ms is None else round(ms)


def _fail(message: str) -> NoReturn:
    typer.secho(message, fg="red", err=True)
    sys.exit(1)
