"""``asterisk-agent demo``: the whole story on this machine, with a caller's voice and a real Asterisk."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from asterisk_agent.caller.line import Line
    from asterisk_agent.caller.perform import Acted
    from asterisk_agent.caller.report import CallReport, Transcribe
    from asterisk_agent.caller.segments import Pcm
    from asterisk_agent.caller.stage import Stage
    from asterisk_agent.settings import Settings

CALLER_ID = '"Maria Lopez" <+16175550199>'
"""Not the number of the order, so that the ZIP code is really needed."""


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
    """A customer calls, asks for an order, interrupts, and is put through to a person.

    Everything is real: a private Asterisk, both voices, recognition, the demo shop's
    data, the queue. Times are measured in the recording of the call.
    Ends with 0 only if the whole story happened.
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
        sys.exit(130)
    sys.exit(0 if happened else 1)


async def _show(
    console: Console, settings: Settings, settings_file: Path | None, sip_bind: str | None, out: Path | None
) -> bool:
    """Show everything; with ``sip_bind`` stay up afterwards, with SIP on that address."""
    from asterisk_agent.caller.stage import private_stage
    from asterisk_agent.caller.words import heard_back

    started = monotonic()
    console.print("Starting a private Asterisk and an agent …", style="dim")
    async with (
        private_stage(settings, settings_file, sip_bind=sip_bind or "127.0.0.1") as stage,
        heard_back(settings.speech) as transcribe,
    ):
        console.print(f"Both are up after {monotonic() - started:.1f} s. Maria Lopez calls.\n", style="dim")
        happened = await _tell(console, stage, transcribe, out)
        if sip_bind:
            await _stay(console, stage)
    return happened


async def _tell(console: Console, stage: Stage, transcribe: Transcribe, out: Path | None) -> bool:
    from asterisk_agent.caller.demo import STORY, checks, member_variables
    from asterisk_agent.caller.line import Line
    from asterisk_agent.caller.perform import prepare
    from asterisk_agent.caller.place import AGENT, place_call
    from asterisk_agent.caller.report import report_call
    from asterisk_agent.caller.voice import shared_voice

    prepared = await asyncio.to_thread(prepare, STORY, shared_voice())
    line = Line()
    screen = _Screen(console, line, transcribe)
    printing = asyncio.create_task(screen.print_all())
    try:
        result = await place_call(
            stage.asterisk,
            prepared,
            caller_id=CALLER_ID,
            recorder=stage.recorder,
            line=line,
            watch=screen.caller_speaks,
        )
    finally:
        screen.end()
        await printing
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
    """Prints the call as it goes. The agent's words are what a recogniser hears on the caller's telephone."""

    def __init__(self, console: Console, line: Line, transcribe: Transcribe) -> None:
        self._console = console
        self._line = line
        self._transcribe = transcribe
        self._since_ms = 0.0
        self._began_ms: float | None = None
        self._lines: asyncio.Queue[tuple[Pcm, float | None, Acted | None]] = asyncio.Queue()
        line.agent.on_begin = self._agent_begins

    def caller_speaks(self, act: Acted) -> None:
        """The caller begins to speak: what the agent said before is complete."""
        self._queue(act)
        self._since_ms = act.span.end_ms

    def end(self) -> None:
        """The call is over."""
        self._queue(None)

    async def print_all(self) -> None:
        """Print until the call is over."""
        while True:
            audio, wait_ms, act = await self._lines.get()
            if wait_ms is not None:
                words = await self._transcribe(audio)
                # Speech that was under way before the caller had finished is no answer and has no wait.
                wait = f"{wait_ms:5.0f} ms" if wait_ms >= 0 else " " * 8
                self._console.print(f"agent   {wait}  {words}", style="yellow", markup=False)
            if act is None:
                return
            interrupts = "  (interrupts)" if act.barged_in else ""
            self._console.print(f"caller            {act.text}{interrupts}", style="cyan", markup=False)

    def _agent_begins(self, at_ms: float) -> None:
        if self._began_ms is None:
            self._began_ms = at_ms

    def _queue(self, act: Acted | None) -> None:
        wait_ms = None if self._began_ms is None else self._began_ms - self._since_ms
        self._lines.put_nowait((self._line.heard(self._since_ms), wait_ms, act))
        self._began_ms = None


async def _stay(console: Console, stage: Stage) -> None:
    if stage.pbx is None:
        return
    console.print("\nBoth stay up. Register a softphone (SIP, UDP):", style="bold")
    console.print(f"  server    {stage.pbx.sip_bind}:{stage.pbx.sip_port}")
    console.print(f"  user      1001\n  password  {stage.pbx.sip_password}")
    console.print("  and dial  100  (the demo shop's order 10442, ZIP code 02139). Ctrl-C ends everything.")
    with suppress(asyncio.CancelledError):  # Ctrl-C or SIGTERM: the story has been told
        await asyncio.Event().wait()
