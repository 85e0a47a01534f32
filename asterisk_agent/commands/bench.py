"""``asterisk-agent bench``: how fast the agent is, measured from the caller's side."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from asterisk_agent.caller.bench import AgentTurn, BenchCall, BenchResult
    from asterisk_agent.caller.measure import Percentiles
    from asterisk_agent.evaluation.lookups import LookupResult
    from asterisk_agent.settings import Settings

GOALS_MS = {"response": (500, 800), "greeting": (None, 700), "barge_in": (None, 300)}
"""Median and 95th percentile that the product aims for on two cores with everything local."""

GOAL_LOOKUP_MS = 1100
_SHARES = (("p50", 0.5), ("p95", 0.95), ("max", 1.0))

RECORDS_S = 2.0
"""Time for the last turns to be written."""

_BIN_MS = 100
_BAR = 40


def register(app: typer.Typer) -> None:
    """Add the commands."""
    bench = typer.Typer(no_args_is_help=True, help="Measure the agent from the caller's side.")
    bench.command("latency")(latency)
    bench.command("lookup")(lookup)
    app.add_typer(bench, name="bench")


def latency(
    context: typer.Context,
    calls: Annotated[int, typer.Option(min=1, max=10_000, help="How many calls to place.")] = 10,
    concurrency: Annotated[int, typer.Option(min=1, max=200, help="How many of them at once.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures and rows as JSON.")] = False,
) -> None:
    """How long callers wait: from the end of their speech to the first sound of the answer.

    Starts a private Asterisk and an agent with your settings (any configured PBX is left
    alone), places calls with five different stories, and finds the caller's last voice
    and the agent's first voice in the recordings that Asterisk made of both directions.
    The breakdown beneath comes from the agent's own records of the same calls.
    All figures are milliseconds. One call takes about 30 s.
    """
    import uvloop

    from asterisk_agent import log
    from asterisk_agent.caller.errors import CALL_ERRORS
    from asterisk_agent.cli import settings_of

    settings = settings_of(context)
    log.configure(settings.log)
    try:
        result, agent = uvloop.run(_measure(settings, context.find_root().obj, calls, concurrency))
    except CALL_ERRORS as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)
    if as_json:
        typer.echo(json.dumps(result.as_json(agent), indent=2, ensure_ascii=False))
    else:
        typer.echo(as_text(result, agent))
    if result.response is None:
        typer.secho("the agent answered nothing", fg="red", err=True)
        sys.exit(1)


def lookup(
    rate: Annotated[float, typer.Option(min=1, max=2000, help="Look-ups a second.")] = 200.0,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="For how long.")] = 20.0,
    ahead: Annotated[
        bool, typer.Option(help="Trackings were fetched ahead 20 minutes before; else nothing is known.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """How long callers wait for an order while its carrier is slow, and how honest the answers are.

    Starts a slow carrier on loopback (median 0.6 s, 2 % hang, 2 % fail, 1,400 requests in
    10 s) and asks for random ones of 10,000 orders, as calls do. An answer is dishonest if
    it is older than it says. Exit code 1 if one is, or the carrier's limit is exceeded.
    """
    import uvloop

    from asterisk_agent import log
    from asterisk_agent.evaluation.lookups import measure
    from asterisk_agent.settings import Log

    log.configure(Log(level="error"))
    result = uvloop.run(measure(rate, seconds, ahead, _lookup_progress))
    if as_json:
        typer.echo(json.dumps(result.as_json(), indent=2))
    else:
        typer.echo(lookup_text(result))
    if result.dishonest or result.refused:
        sys.exit(1)


def _lookup_progress(at_s: float, result: LookupResult) -> None:
    waiting = f"p95 {result.percentile(0.95):.0f} ms" if result.ms else "begun"
    typer.secho(f"  {at_s:.0f} s: {len(result.ms)} answers, {waiting}", dim=True, err=True)


def lookup_text(result: LookupResult) -> str:
    """A table and a histogram for people."""
    met = "met" if result.percentile(0.95) <= GOAL_LOOKUP_MS else "missed"
    told = {
        "fresh from the cache": result.fresh,
        "live": result.live,
        "last known, said as such": result.last_known,
        "the store's status alone": result.store_only,
        "older than they say": result.dishonest,
    }
    times = ", ".join(f"{name} {result.percentile(share):.0f}" for name, share in _SHARES)
    return "\n".join(
        [
            f"{len(result.ms)} look-ups, {result.rate:g} a second: {times} ms   p95 ≤ {GOAL_LOOKUP_MS}: {met}",
            *(f"  {name:<28}{count:>6}" for name, count in told.items()),
            f"{result.requests} requests to the carrier, {result.busiest_10_s} in its busiest 10 s (limit 1,400), "
            f"{result.refused} refused; {result.ahead} trackings fetched ahead",
            "",
            *_histogram(result.ms),
        ]
    )


async def _measure(
    settings: Settings, settings_file: Path | None, calls: int, concurrency: int
) -> tuple[BenchResult, dict[tuple[int, int], AgentTurn]]:
    from asterisk_agent.caller.bench import run_bench
    from asterisk_agent.caller.stage import private_stage

    typer.secho("starting a private Asterisk and an agent …", dim=True, err=True)
    async with private_stage(settings, settings_file) as stage:
        typer.secho(f"placing {calls} calls, {concurrency} at once …", dim=True, err=True)
        result = await run_bench(stage, calls, concurrency, _progress)
        await asyncio.sleep(RECORDS_S)
        return result, result.matched(await _agent_turns(stage.database))


async def _agent_turns(database: str) -> list[AgentTurn]:
    """What the agent recorded of the spoken turns of all calls."""
    from sqlalchemy import select

    from asterisk_agent.caller.bench import PARTS, AgentTurn
    from asterisk_agent.records.database import open_engine, url_of
    from asterisk_agent.records.tables import CallRow, TurnRow
    from asterisk_agent.settings import Database, Settings

    engine = open_engine(url_of(Settings(database=Database(url=database))))
    columns = [getattr(TurnRow, f"{part}_ms") for part in PARTS]
    query = select(CallRow.caller_number, TurnRow.at_ms, TurnRow.said, *columns).join(CallRow)
    try:
        async with engine.connect() as connection:
            rows = (await connection.execute(query.where(TurnRow.response_ms.is_not(None)))).all()
    finally:
        await engine.dispose()
    return [AgentTurn(row[0], row[1], row[2], dict(zip(PARTS, row[3:], strict=True))) for row in rows]


def _progress(done: int, total: int, call: BenchCall) -> None:
    if call.failure:
        typer.secho(f"  call {done}/{total} failed: {call.failure}", fg="red", err=True)
        return
    shown = ", ".join("–" if row.response_ms is None else f"{row.response_ms:.0f}" for row in call.rows)
    greeting = "–" if call.greeting_ms is None else f"{call.greeting_ms:.0f}"
    typer.secho(f"  call {done}/{total}: greeting {greeting} ms, responses {shown} ms", dim=True, err=True)


def as_text(result: BenchResult, agent: Mapping[tuple[int, int], AgentTurn]) -> str:
    """A table and a histogram for people."""
    from asterisk_agent.caller.bench import breakdown

    lines = [f"{'ms':<28}{'count':>6}{'p50':>8}{'p95':>8}{'max':>8}   goal"]
    lines.append(_line("response", result.response, "response"))
    lines += [_line(f"  {name}", value) for name, value in breakdown(agent.values()).items()]
    lines.append(_line("answer to greeting", result.greeting, "greeting"))
    lines.append(_line("barge-in to silence", result.barge_in, "barge_in"))
    rows = result.rows
    silent = sum(1 for row in rows if row.response_ms is None and not row.talked_over)
    over = sum(1 for row in rows if row.talked_over)
    lines += ["", f"{len(result.calls)} calls, {result.concurrency} at once; recorded at the {result.recorded_at}"]
    if result.echo_ms is not None:
        lines[-1] += f"; an echo takes {result.echo_ms:.0f} ms of it"
    if silent or over:
        lines.append(f"not timed: {silent} turns without an answer, {over} in which the agent spoke over the caller")
    lines += ["", *_histogram([row.response_ms for row in rows if row.response_ms is not None])]
    return "\n".join(lines)


def _line(name: str, value: Percentiles | None, goal: str = "") -> str:
    if value is None:
        return f"{name:<28}{'0':>6}{'–':>8}{'–':>8}{'–':>8}"
    p50, p95 = GOALS_MS.get(goal, (None, None))
    wanted = [f"p50 ≤ {p50}" if p50 else "", f"p95 ≤ {p95}" if p95 else ""]
    text = ", ".join(part for part in wanted if part)
    met = (p50 is None or value.p50 <= p50) and (p95 is None or value.p95 <= p95)
    verdict = f"   {text}: {'met' if met else 'missed'}" if text else ""
    return f"{name:<28}{value.count:>6}{value.p50:>8.0f}{value.p95:>8.0f}{value.max:>8.0f}{verdict}"


def _histogram(values: list[float]) -> list[str]:
    if not values:
        return []
    bins = [int(value // _BIN_MS) for value in values]
    counts = {index: bins.count(index) for index in range(min(bins), max(bins) + 1)}
    most = max(counts.values())
    return [
        f"{index * _BIN_MS:>6}–{(index + 1) * _BIN_MS:<6}{'█' * round(count / most * _BAR):<{_BAR + 1}}{count or ''}"
        for index, count in counts.items()
    ]
