"""Handing callers to people: where to by the shop's rules, and what instead when nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from asterisk_agent.dialog.callbacks import callback_at, callback_on
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.facts import Facts, Moment
from asterisk_agent.dialog.flows.format import Rule
from asterisk_agent.dialog.services import Hours, Queues
from asterisk_agent.dialog.spoken.parse import Context, parse
from asterisk_agent.dialog.state import Frame
from asterisk_agent.settings import HandOff

CALLBACK = "callback"
"""The flow that notes callbacks."""

LONG_WAIT_S = 180
"""Hold time from which a callback is offered instead."""


@dataclass(frozen=True)
class People:
    """Decides on hand-overs. Destination keys come from the administrator's list only."""

    handoff: HandOff
    rules: Sequence[Rule]
    hours: Hours
    queues: Queues
    own_flows: frozenset[str]
    """Names of the flows there are: 'after_hours' and 'busy' serve callers whom nobody can take."""

    def facts(self, draft: Draft) -> Facts:
        """The facts of this turn, with the slots of the flow under way."""
        frame = draft.state.frame
        open_ = self.hours.open_at(draft.now)
        opening = None if open_ else self.hours.next_opening(draft.now)
        said = frame.said if frame else ""
        callback = self._callback(draft, said) if frame and frame.flow == CALLBACK else None
        return Facts(
            Moment(draft.state, draft.now, draft.shop.zone, said, open_, opening, callback),
            dict(frame.slots) if frame else {},
        )

    def _callback(self, draft: Draft, said: str) -> datetime | None:
        """When somebody can call back: on the day that was named, else as soon as people answer."""
        zone = draft.shop.zone
        today = draft.now.astimezone(zone).date()
        wished = parse("date", said, Context(today=today, expects="future")) if said else None
        if isinstance(wished, str) and (day := date.fromisoformat(wished)) > today:
            return callback_on(self.hours, draft.now, day, zone)
        return callback_at(self.hours, draft.now)

    async def take_over(self, draft: Draft, reason: str, say: tuple[str, ...] = (), to: str = "default") -> bool:
        """Transfer, or begin a flow for callers whom nobody can take now. True: that flow is to be run."""
        destination = self._destination(draft, to)
        if not self.hours.open_at(draft.now):
            return self._instead(draft, "after_hours", reason, say)
        queue = await self.queues.state(destination)
        draft.set(queue=queue)
        nobody = queue is not None and queue.available == 0 and not 0 < queue.hold_s < LONG_WAIT_S
        if nobody and draft.state.over != "transfer" and not self._has_chosen(draft):
            return self._instead(draft, "busy", reason, say)
        words = self.facts(draft).words
        for key in say or ("person.transfer",):
            draft.add(draft.texts.tell(key, words, draft.state.turn))
        if words("queue.wait_minutes"):
            draft.add(draft.texts.tell("person.wait", words))
        draft.transfer(destination, reason)
        return False

    def automatic(self, draft: Draft, act: str) -> Rule | None:
        """The first rule that holds now and acts by itself in this way, if it has not done so before."""
        facts = self.facts(draft)
        for index, rule in enumerate(self.rules):
            name = f"{index}:{rule.reason}"
            if rule.act == act and name not in draft.state.offered and rule.when.holds(facts):
                draft.set(offered=(*draft.state.offered, name))
                return rule
        return None

    def _destination(self, draft: Draft, to: str) -> str:
        """The named destination, else the first rule's that holds, else the default; only what is on the list."""
        if to in self.handoff.destinations:
            return to
        facts = self.facts(draft)
        for rule in self.rules:
            if rule.act != "offer" and rule.to in self.handoff.destinations and rule.when.holds(facts):
                return rule.to
        return self.handoff.default

    def _has_chosen(self, draft: Draft) -> bool:
        frame = draft.state.frame
        return frame is not None and frame.flow in ("after_hours", "busy")

    def _instead(self, draft: Draft, flow: str, reason: str, say: tuple[str, ...]) -> bool:
        if flow not in self.own_flows:
            draft.transfer(self.handoff.default, reason, "" if say else "person.transfer")
            return False
        draft.set(frame=Frame(flow, "", slots=(("reason", reason),)), question="", paused=None, pending=())
        return True
