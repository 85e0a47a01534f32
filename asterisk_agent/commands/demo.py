"""``asterisk-agent demo``: the whole story on this machine, with a caller's voice and a real Asterisk."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from asterisk_agent.caller.perform import Acted
    from asterisk_agent.caller.report import CallReport
    from asterisk_agent.caller.stage import Stage
    from asterisk_agent.settings import Settings

CALLER_ID = '"Maria Lopez" <+16175550199>'
"""Not the number of the order, so that the ZIP code is really needed."""

_POLL_S = 0.2
_LAST_WORDS_S = 2.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    *,
    stay: Annotated[
        bool, typer.Option(help="Keep PBX and agent up afterwards, to call them with a softphone.")
    ] = False,
    listen_on: Annotated[
        str, typer.Option(help="Address for the softphone with --stay; 0.0.0.0 lets others of your network in.")
    ] = "127.0.0.1",
    out: Annotated[Path | None, typer.Option(help="Keep the recording of the call in this folder.")] = None,
) -> None:
    """A customer calls a private Asterisk, asks for an order, interrupts, and is put through to a person.

    Everything is real: Asterisk, both voices, recognition, the demo shop's data, the queue. Times are measured in
    the recording. Ends with 0 only if the whole story happened.
    """
    from rich.console import Console

    from asterisk_agent import log
    from asterisk_agent.caller.errors import CALL_ERRORS
    from asterisk_agent.cli import settings_of

    settings = settings_of(context)
    log.configure(settings.log)
    console = Console(highlight=False, soft_wrap=True)
    try:
        happened = asyncio.run(_show(console, settings, context.find_root().obj, listen_on if stay else None, out))
    except CALL_ERRORS as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(0 if stay else 130)
    sys.exit(0 if happened else 1)


async def _show(
    console: Console, settings: Settings, settings_file: Path | None, sip_bind: str | None, out: Path | None
) -> bool:
    """Show everything; with ``sip_bind`` stay up afterwards, with SIP on that address."""
    from asterisk_agent.caller.stage import private_stage

    started = monotonic()
    console.print("Starting a private Asterisk and an agent …", style="dim")
    async with private_stage(settings, settings_file, sip_bind=sip_bind or "127.0.0.1") as stage:
        console.print(f"Both are up after {monotonic() - started:.1f} s. Maria Lopez calls.\n", style="dim")
        happened = await _tell(console, stage, out)
        if sip_bind:
            await _stay(console, stage)
    return happened


async def _tell(console: Console, stage: Stage, out: Path | None) -> bool:
    from asterisk_agent.caller.demo import STORY, checks, member_variables
    from asterisk_agent.caller.perform import prepare
    from asterisk_agent.caller.place import AGENT, place_call
    from asterisk_agent.caller.report import report_call
    from asterisk_agent.caller.voice import shared_voice

    prepared = await asyncio.to_thread(prepare, STORY, shared_voice())
    async with _screen(console, stage) as screen:
        result = await place_call(
            stage.asterisk,
            prepared,
            caller_id=CALLER_ID,
            recorder=stage.recorder,
            watch=screen.caller_speaks,
            on_agent=screen.agent_speaks,
        )
    report = await report_call(result, AGENT, out, None)
    pbx_log, queue_log = (stage.pbx.log(), stage.pbx.queue_log()) if stage.pbx else ("", "")
    console.print("\nOn the person's telephone:", style="bold")
    for name, value in member_variables(pbx_log).items():
        console.print(f"  {name}={value}", markup=False)
    _timings(console, report)
    console.print("\nDid it happen?", style="bold")
    results = checks(report, pbx_log, queue_log)
    for check in results:
        mark, style = ("✓", "green") if check.passed else ("✗", "red")
        console.print(f"  {mark} {check.what}: {check.detail}", style=style, markup=False)
    if report.files:
        console.print(f"\nRecording (left the caller, right the agent): {report.files['call']}", style="dim")
    return all(check.passed for check in results)


def _timings(console: Console, report: CallReport) -> None:
    console.print(f"\nWaiting times, measured in the recording at the {report.recorded_at}:", style="bold")
    if report.greeting_ms is not None:
        console.print(f"  {report.greeting_ms:6.0f} ms  answer to greeting")
    for turn in report.turns:
        if turn.barge_in_ms is not None:
            console.print(f"  {turn.barge_in_ms:6.0f} ms  until the agent was silent: {turn.caller!r}", markup=False)
        if turn.response_ms is not None:
            console.print(f"  {turn.response_ms:6.0f} ms  response: {turn.caller!r}", markup=False)


class _Screen:
    """Prints the call as it goes: the caller's words as they are spoken, the agent's from its records."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ended_ms = 0.0
        self._waits: list[float] = []

    def caller_speaks(self, act: Acted) -> None:
        """The caller begins to speak."""
        self._ended_ms = act.span.end_ms
        interrupts = "  (interrupts)" if act.barged_in else ""
        self._console.print(f"caller            {act.text}{interrupts}", style="cyan", markup=False)

    def agent_speaks(self, at_ms: float) -> None:
        """The agent begins to speak."""
        self._waits.append(at_ms - self._ended_ms)

    def agent_said(self, words: str) -> None:
        """What the agent's records say of a turn."""
        wait = f"{self._waits.pop(0):5.0f} ms" if self._waits else " " * 8
        self._console.print(f"agent   {wait}  {words}", style="yellow", markup=False)


@asynccontextmanager
async def _screen(console: Console, stage: Stage) -> AsyncIterator[_Screen]:
    screen = _Screen(console)
    follower = asyncio.create_task(_follow(stage.database, screen.agent_said))
    try:
        yield screen
        await asyncio.sleep(_LAST_WORDS_S)
    finally:
        follower.cancel()
        await asyncio.wait((follower,))


async def _follow(database: str, said: Callable[[str], None]) -> None:
    """Tell of each turn as the agent records it."""
    from sqlalchemy import select
    from sqlalchemy.exc import OperationalError

    from asterisk_agent.records.database import open_engine, url_of
    from asterisk_agent.records.tables import TurnRow
    from asterisk_agent.settings import Database, Settings

    engine = open_engine(url_of(Settings(database=Database(url=database))))
    told: set[Any] = set()
    try:
        while True:
            await asyncio.sleep(_POLL_S)
            try:
                async with engine.connect() as connection:
                    rows = await connection.execute(select(TurnRow.number, TurnRow.reply).order_by(TurnRow.number))
                    news = [row for row in rows.all() if row.number not in told]
            except OperationalError:  # busy for a moment
                continue
            for row in news:
                told.add(row.number)
                if row.reply:
                    said(row.reply)
    finally:
        await engine.dispose()


async def _stay(console: Console, stage: Stage) -> None:
    if stage.pbx is None:
        return
    console.print("\nBoth stay up. Register a softphone (SIP, UDP):", style="bold")
    console.print(f"  server    {stage.pbx.sip_bind}:{stage.pbx.sip_port}")
    console.print(f"  user      1001\n  password  {stage.pbx.sip_password}")
    console.print("  and dial  100  (the demo shop's order 10442, ZIP code 02139). Ctrl-C ends everything.")
    await asyncio.Event().wait()
