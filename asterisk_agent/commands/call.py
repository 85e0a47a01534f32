"""``asterisk-agent call``: be the caller of one call and see what the agent says and how fast."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from asterisk_agent.caller.report import CallReport
    from asterisk_agent.caller.script import Step
    from asterisk_agent.settings import Settings

_STEP_OPTIONS = ("say", "wav", "dtmf", "pause")
_ORDER = "asterisk_agent.steps"


class _InOrder(TyperCommand):
    """Remembers the order in which --say, --wav, --dtmf and --pause were given."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order if parameter.name in _STEP_OPTIONS]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("call", cls=_InOrder)(call)


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    steps: tuple[Step, ...]
    to: str
    caller_id: str
    out: Path
    noise_dbfs: float | None
    transcribe: bool


def call(
    context: typer.Context,
    *,
    say: Annotated[list[str] | None, typer.Option(help="Say this when the agent has finished.")] = None,
    wav: Annotated[list[Path] | None, typer.Option(help="Play this WAV file (16-bit PCM) instead of a text.")] = None,
    dtmf: Annotated[list[str] | None, typer.Option(help="Press these keys: 0-9, * and #.")] = None,
    pause: Annotated[list[int] | None, typer.Option(help="Say nothing for so many milliseconds.")] = None,
    script: Annotated[
        Path | None, typer.Option(help="A file of steps, one JSON object a line; can also barge in, make noise, stay.")
    ] = None,
    to: Annotated[
        str, typer.Option(help="Dial string, e.g. 'PJSIP/100@trunk' or 'Local/100@from-internal/n'.")
    ] = "Local/s@order-agent/n",
    caller_id: Annotated[str, typer.Option(help="What the agent sees: a number, or '\"Name\" <number>'.")] = "",
    noise: Annotated[float | None, typer.Option(help="Room noise under the whole call, dBFS, e.g. -45.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the recording of both directions.")] = Path("call"),
    transcribe: Annotated[
        bool, typer.Option(help="Recognise the agent's words in the recording (takes a while after the call).")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Place a call, act as the caller, and report what was said and how long each answer took.

    The call goes into the configured Asterisk (asterisk.url). Without one, a private
    Asterisk and an agent are started for it and stopped again. Steps are done in the
    order given; every time is measured in the call's recording, in milliseconds:

        asterisk-agent call --say "Hi, where is my order?" --dtmf "10442#" --say "Goodbye."

    A script has one step a line:

        {"say": "Hi, where is my order?"}                  wait for the agent to finish, speak
        {"say": "Stop.", "barge_in_ms": 800}               speak 800 ms into the agent's speech
        {"say": "Hello?", "at_once": true, "snr_db": 10}   do not wait; noise under the voice
        {"wav": "question.wav"}                            a recording (same options)
        {"dtmf": "10442#"}                                 keys
        {"pause": 1500}                                    say nothing, milliseconds
        {"noise": 2000, "level_dbfs": -35}                 noise without a voice
        {"listen": true}                                   wait for the agent to finish
        {"stay": 20}                                       stay on the line, at most 20 s
        {"hang_up": true}                                  hang up now
    """
    from asterisk_agent import log
    from asterisk_agent.caller.errors import CALL_ERRORS
    from asterisk_agent.cli import settings_of

    settings = settings_of(context)
    log.configure(settings.log)
    try:
        given: dict[str, Sequence[Any]] = {"say": say or [], "wav": wav or [], "dtmf": dtmf or [], "pause": pause or []}
        steps = _steps(context.meta[_ORDER], given, script)
        wish = Wish(steps, to, caller_id, out, noise, transcribe)
        report = asyncio.run(_place(settings, context.find_root().obj, wish))
    except CALL_ERRORS as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        _print(report)


def _steps(order: Sequence[str], given: dict[str, Sequence[Any]], script: Path | None) -> tuple[Step, ...]:
    from asterisk_agent.caller import script as steps

    if script is not None:
        if order:
            raise steps.ScriptError("use either --script or --say, --wav, --dtmf and --pause")
        return steps.load_script(script)
    make: dict[str, Callable[[Any], Step]] = {
        "say": steps.say,
        "wav": steps.play_file,
        "dtmf": steps.keys,
        "pause": steps.pause,
    }
    values = {name: iter(each) for name, each in given.items()}
    return tuple(make[name](next(values[name])) for name in order) or (steps.Listen(),)


async def _place(settings: Settings, settings_file: Path | None, wish: Wish) -> CallReport:
    from asterisk_agent.caller.line import Line
    from asterisk_agent.caller.perform import prepare
    from asterisk_agent.caller.place import place_call
    from asterisk_agent.caller.report import report_call
    from asterisk_agent.caller.stage import stage_for
    from asterisk_agent.caller.voice import CallerVoice
    from asterisk_agent.caller.voice import noise as room_noise
    from asterisk_agent.caller.words import heard_back

    prepared = await asyncio.to_thread(prepare, wish.steps, CallerVoice())
    line = Line(None if wish.noise_dbfs is None else room_noise(10_000, wish.noise_dbfs))
    async with AsyncExitStack() as stack:
        if not settings.asterisk.url:
            typer.secho("starting a private Asterisk and an agent …", dim=True, err=True)
        stage = await stack.enter_async_context(stage_for(settings, settings_file))
        typer.secho(f"calling {wish.to} …", dim=True, err=True)
        result = await place_call(
            stage.asterisk,
            prepared,
            to=wish.to,
            caller_id=wish.caller_id,
            recorder=stage.recorder,
            line=line,
            watch=lambda act: typer.secho(f"  caller: {act.text}", dim=True, err=True),
        )
    if not wish.transcribe:
        return await report_call(result, wish.to, wish.out, None)
    typer.secho("listening to the agent's words in the recording …", dim=True, err=True)
    async with heard_back(settings.speech) as transcribe:
        return await report_call(result, wish.to, wish.out, transcribe)


def _print(report: CallReport) -> None:
    if report.greeting_ms is None:
        typer.echo("agent   said nothing")
    else:
        typer.echo(f"agent   {report.greeting_ms:5.0f} ms  {report.greeting}")
    for turn in report.turns:
        keyed = "pressed " if turn.kind == "dtmf" else ""
        typer.echo(f"caller            {keyed}{turn.caller}{' (interrupts)' if turn.barged_in else ''}")
        if turn.barge_in_ms is not None:
            typer.secho(f"        {turn.barge_in_ms:5.0f} ms  until the agent was silent", dim=True)
        if turn.response_ms is not None:
            typer.echo(f"agent   {turn.response_ms:5.0f} ms  {turn.agent}")
        elif turn.talked_over:
            typer.echo(f"agent   (spoke over the caller)  {turn.agent}")
        else:
            typer.echo("agent   said nothing")
    typer.secho(
        f"hung up by the {report.hangup['by']} ({report.hangup['text']}); {report.duration_ms / 1000:.1f} s, "
        f"recorded at the {report.recorded_at}: {report.files['call']}",
        dim=True,
    )
