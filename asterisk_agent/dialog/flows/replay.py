"""What recorded callers would hear with other flows: the same turns through both, nothing changed anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.passing import PassingLookups
from asterisk_agent.dialog.conversation import Conversation
from asterisk_agent.dialog.flows.load import FlowSet
from asterisk_agent.dialog.protocol import Action, Caller, CallerEvent, Reply, Transfer
from asterisk_agent.dialog.services import Request, Services
from asterisk_agent.settings import HandOff, IdentityRules, Shop


@dataclass(frozen=True)
class Recorded:
    """A call out of the records: who rang, and what they said turn by turn."""

    call_id: str
    caller: str
    events: tuple[tuple[str, CallerEvent], ...]
    """What was said, for people, and the event."""


@dataclass(frozen=True)
class Difference:
    """One turn that would go otherwise."""

    call_id: str
    turn: int
    said: str
    before: str
    after: str


class DryLookups(PassingLookups):
    """The shop's data, with changes only pretended."""

    async def perform(self, change: Change, key: str) -> Outcome:
        """Nothing is changed; it counts as done."""
        return Outcome("done", reference=f"dry-{key[:6]}")


class DryDesk:
    """Keeps nothing."""

    async def leave(self, request: Request) -> str:
        """As if it were kept."""
        return "dry-run"


async def replay(
    call: Recorded,
    flows: Sequence[FlowSet],
    shop: Shop,
    handoff: HandOff,
    identity: IdentityRules,
    services: Services,
    clock: Callable[[], datetime],
) -> list[Difference]:
    """Run a call with two sets of flows, before and after; the turns that differ."""
    dry = replace(services, lookup=DryLookups(services.lookup), desk=DryDesk())
    heard: list[list[str]] = []
    for one in flows:
        talk = Conversation(call.call_id, shop, handoff, dry, Caller(call.caller), clock, flows=one, identity=identity)
        lines = [_line(await talk.greeting())]
        for _, event in call.events:
            reply = await talk.respond(event)
            lines.append(_line(reply))
            if reply.action is not None:
                break
        heard.append(lines)
    before, after = heard
    said = ["", *(text for text, _ in call.events)]
    return [
        Difference(
            call.call_id,
            turn,
            said[turn],
            before[turn] if turn < len(before) else "(the call had ended)",
            after[turn] if turn < len(after) else "(the call had ended)",
        )
        for turn in range(max(len(before), len(after)))
        if before[turn : turn + 1] != after[turn : turn + 1]
    ]


def _line(reply: Reply) -> str:
    return reply.text + _done(reply.action)


def _done(action: Action | None) -> str:
    if action is None:
        return ""
    return f" [to {action.destination}]" if isinstance(action, Transfer) else " [hangs up]"
