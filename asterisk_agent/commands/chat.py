"""``asterisk-agent chat``: the same dialogue in text, by hand or from a script."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from asterisk_agent import log
from asterisk_agent.cli import settings_of
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.composition import ShownDesk, talking
from asterisk_agent.composition import flows as flows_of
from asterisk_agent.dialog.conversation import Conversation
from asterisk_agent.dialog.flows.load import load
from asterisk_agent.dialog.flows.located import FlowError
from asterisk_agent.dialog.protocol import Caller, CallerEvent, Hangup, Keyed, Noise, Reply, Said, Silent, Transfer
from asterisk_agent.dialog.services import Request
from asterisk_agent.settings import Settings

_EVENT = re.compile(
    r"^\[\s*(?:silence(?:\s+(?P<seconds>\d+(?:\.\d+)?)\s*s)?|(?P<noise>noise)|dtmf:\s*(?P<keys>[0-9*#]*))\s*\]$"
)


class ScriptError(Exception):
    """A line of the script, or of the keyboard, cannot be used; the message names it."""


@dataclass(frozen=True)
class Turn:
    """What one line led to."""

    caller: str | None
    replies: tuple[Reply, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences said."""
        return tuple(sentence for reply in self.replies for sentence in reply.sentences)

    @property
    def action(self) -> Transfer | Hangup | None:
        """The last reply's action."""
        return self.replies[-1].action


@dataclass
class Chat:
    """A conversation driven by lines of text."""

    conversation: Conversation
    silence_ms: int
    silences: int = 0

    async def greet(self) -> Turn:
        """The agent begins."""
        return Turn(None, (await self.conversation.greeting(),))

    async def line(self, text: str) -> Turn:
        """One line: words, or an event in brackets. A long silence is as many as the agent would count."""
        replies: list[Reply] = []
        for event in self._events(text):
            replies.append(await self.conversation.respond(event))
            if replies[-1].action is not None:
                break
        return Turn(text, tuple(replies))

    def _events(self, text: str) -> Iterator[CallerEvent]:
        stripped = text.strip()
        match = _EVENT.fullmatch(stripped)
        if match is None and stripped.startswith("[") and stripped.endswith("]"):
            raise ScriptError(f"{stripped[:60]} is not an event; use [silence 8s], [noise] or [dtmf:10442#]")
        if match and match.group("keys") is None and match.group("noise") is None:
            seconds = float(match.group("seconds") or 0)
            for _ in range(min(3, max(1, int(seconds * 1000 // self.silence_ms)))):
                self.silences += 1
                yield Silent(self.silences)
            return
        self.silences = 0
        if match is None:
            yield Said(text)
        elif match.group("noise"):
            yield Noise()
        else:
            yield from (Keyed(keys) for keys in match.group("keys").split("#") if keys or match.group("keys") == "#")


def as_json(turn: Turn, conversation: Conversation) -> str:
    """One line of JSON for a turn."""
    last = turn.replies[-1]
    action = turn.action
    named = None
    if isinstance(action, Transfer):
        named = f"transfer:{action.destination}"
    elif isinstance(action, Hangup):
        named = "hangup"
    row = {
        "caller": turn.caller,
        "reply": " ".join(turn.sentences),
        "sentences": list(turn.sentences),
        "action": named,
        "reason": action.reason if action else None,
        "state": {
            "intent": conversation.intent,
            "order": conversation.order,
            "level": conversation.level,
            "expects": last.expects.slot,
        },
    }
    return json.dumps(row, ensure_ascii=False)


def read_script(path: Path) -> list[tuple[int, str]]:
    """(line number, caller's words) of a JSON-lines script. Raises ScriptError that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError(f"{path} cannot be read: {error}") from None
    turns: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ScriptError(f"{path}, line {number} is not JSON: {error.msg} at column {error.colno}") from None
        if not isinstance(row, dict) or not isinstance(row.get("caller"), str):
            raise ScriptError(f'{path}, line {number} has no text "caller"; write {{"caller": "where is my order"}}')
        turns.append((number, row["caller"]))
    return turns


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("chat")
    def chat(
        context: typer.Context,
        script: Annotated[
            Path | None,
            typer.Option(
                help='JSON lines {"caller": "..."}; prints one JSON line a turn and ends. "-": standard input.'
            ),
        ] = None,
        caller: Annotated[str, typer.Option(help="The caller's number, as the PBX would present it.")] = "",
        now: Annotated[
            datetime | None,
            typer.Option(help="Date and time to pretend, in the shop's time zone.", show_default="the clock"),
        ] = None,
        flows: Annotated[
            Path | None, typer.Option(help="Folder of flows to try, in place of the published ones.")
        ] = None,
        outbound: Annotated[
            str, typer.Option(help="The agent calls: why, e.g. 'satisfaction', 'reorder', 'warranty'.")
        ] = "",
    ) -> None:
        """Talk with the agent in text: the same dialogue, store and identity rules as on a call.

        Type what a caller would say. Events stand in brackets: [silence 8s], [noise], [dtmf:10442#].
        An empty line or Ctrl-D ends the chat.
        """
        settings = settings_of(context)
        log.configure(settings.log)
        try:
            asyncio.run(_chat(settings, script, Caller(number=caller), _clock(settings, now), flows, outbound))
        except (ScriptError, SystemFailed, FlowError) as error:
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(1) from None


def _clock(settings: Settings, now: datetime | None) -> Callable[[], datetime]:
    zone = settings.shop.zone
    if now is None:
        return lambda: datetime.now(zone)
    fixed = now.replace(tzinfo=zone) if now.tzinfo is None else now
    return lambda: fixed


async def _chat(
    settings: Settings,
    script: Path | None,
    caller: Caller,
    clock: Callable[[], datetime],
    folder: Path | None,
    outbound: str,
) -> None:
    turns = read_script(Path("/dev/stdin") if str(script) == "-" else script) if script else None
    flows = load(folder, destinations=settings.handoff.destinations) if folder else flows_of(settings).current()
    # What is done here outlives the chat in no store and no list of requests.
    async with talking(settings, clock, ShownDesk(_show_request)) as services:
        call_id = f"chat-{uuid.uuid4().hex[:8]}"
        conversation = Conversation(
            call_id,
            settings.shop,
            settings.handoff,
            services,
            caller,
            clock,
            "outbound" if outbound else "inbound",
            outbound,
            flows=flows,
            identity=settings.identity,
        )
        session = Chat(conversation, settings.turn.silence_ms)
        if turns is None:
            await _by_hand(session)
        else:
            await _by_script(session, turns)


def _show_request(request: Request) -> None:
    typer.secho(f"        [left for people: {request.kind} {request.words}]", dim=True, err=True)


async def _by_script(session: Chat, turns: list[tuple[int, str]]) -> None:
    typer.echo(as_json(await session.greet(), session.conversation))
    for place, (number, text) in enumerate(turns):
        try:
            turn = await session.line(text)
        except ScriptError as error:
            raise ScriptError(f"script line {number}: {error}") from None
        typer.echo(as_json(turn, session.conversation))
        if turn.action is not None and place + 1 < len(turns):
            typer.secho(f"The conversation ended at line {number}; later lines were not used.", fg="yellow", err=True)
            return


async def _by_hand(session: Chat) -> None:
    _show(await session.greet(), session.conversation)
    while True:
        typer.secho("caller> ", nl=False, bold=True)
        text = await asyncio.to_thread(sys.stdin.readline)
        if not text.strip():
            typer.echo()
            return
        try:
            turn = await session.line(text.rstrip("\n"))
        except ScriptError as error:
            typer.secho(str(error), fg="red", err=True)
            continue
        _show(turn, session.conversation)
        if turn.action is not None:
            return


def _show(turn: Turn, conversation: Conversation) -> None:
    typer.echo(f"agent>  {' '.join(turn.sentences)}")
    last = turn.replies[-1]
    parts = [f"expects {last.expects.slot}", f"level {conversation.level}"]
    parts += [f"intent {conversation.intent}"] if conversation.intent else []
    parts += [f"order {conversation.order}"] if conversation.order else []
    action = turn.action
    if isinstance(action, Transfer):
        parts.append(f"transfer to {action.destination} ({action.reason})")
    elif isinstance(action, Hangup):
        parts.append(f"hang up ({action.reason})")
    typer.secho(f"        [{', '.join(parts)}]", dim=True)
