"""Does what a flow asks for: a change at the store, or a request kept for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from asterisk_agent.commerce.changes import Change, ChangeAddress
from asterisk_agent.commerce.lookup import LookupFailed
from asterisk_agent.dialog import summary
from asterisk_agent.dialog.capture import Capture
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows import acts
from asterisk_agent.dialog.flows.acts import ActError, Given
from asterisk_agent.dialog.flows.cursor import Cursor
from asterisk_agent.dialog.flows.format import Act
from asterisk_agent.dialog.protocol import Disclosure
from asterisk_agent.dialog.services import Desk, DeskError
from asterisk_agent.dialog.state import Deed
from asterisk_agent.dialog.tools import LevelNeeded

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Performer:
    """Only what was done, or kept, is noted as done and spoken of."""

    cursor: Cursor
    capture: Capture
    desk: Desk
    call_id: str

    def change(self, draft: Draft, node: Act) -> Change | str | None:
        """The change that a node asks for, None for a request; the node to go to if something is missing."""
        try:
            return acts.change(node.act, self._given(draft, node))
        except ActError as error:
            log.error("an act lacks something", call_id=self.call_id, act=node.act, personal_error=str(error))
            return node.refused if isinstance(node.refused, str) else "person"

    def _given(self, draft: Draft, node: Act) -> Given:
        facts = self.cursor.people.facts(draft)
        values = {name: self._raw(value, facts) for name, value in node.parameters.items()}
        return Given(draft.state.order, draft.state.view, values)

    @staticmethod
    def _raw(value: Any, facts: Any) -> Any:
        """A parameter's value: a fact as it is (an address, a day, a window), else what the expression comes to."""
        return facts.get(value.text.strip()) if value.names == {value.text.strip()} else value.value(facts)

    async def perform(self, draft: Draft, node: Act) -> str | None:
        """Do what a node asks for. Returns the next node's name, None when a detail has to come first."""
        state = draft.state
        change = self.change(draft, node)
        if isinstance(change, str):
            return change
        if change is None:
            return await self._leave(draft, node)
        try:
            outcome = await self.capture.tools.perform(state.order, change, state.identity)
        except LevelNeeded as needed:
            return None if not self.capture.has_level(draft, needed.level, "for_changes") else "person"
        except LookupFailed:
            self._note(draft, node.act, "unknown")
            self.cursor.recite(draft, ("act.not_sure",))
            return node.failed
        result = outcome.status if outcome.status == "done" else outcome.reason or outcome.status
        self._note(draft, node.act, result, outcome.reference or "")
        if outcome.status == "done":
            if isinstance(change, ChangeAddress):
                draft.set(identity=draft.state.identity.moved(change.address.zip))
            if draft.state.frame is not None and outcome.reference:
                draft.set(frame=draft.state.frame.with_slot("done.reference", outcome.reference))
            await self.capture.refresh(draft)
            return node.next
        if outcome.status == "unsupported":
            return node.unsupported
        ways = node.refused
        return ways if isinstance(ways, str) else ways.get(outcome.reason, ways.get("other", "person"))

    async def _leave(self, draft: Draft, node: Act) -> str:
        """Keep a request for people; only what is kept is spoken of."""
        state = draft.state
        told = summary.context(self.call_id, state, "").summary
        given = self._given(draft, node)
        request = acts.request(node.act, given, self.call_id, state.intent, told, state.identity.caller_phone)
        try:
            reference = await self.desk.leave(request)
        except DeskError as error:
            log.error("a request could not be kept", call_id=self.call_id, kind=node.act, error=str(error))
            return node.failed
        self._note(draft, node.act, "done", reference)
        if draft.state.frame is not None:
            kept = draft.state.frame.with_slot("done.reference", reference)
            draft.set(frame=kept.with_slot("due", request.due) if request.due else kept)
        return node.next

    def _note(self, draft: Draft, act: str, outcome: str, reference: str = "") -> None:
        state = draft.state
        draft.set(deeds=(*state.deeds, Deed(act, state.order, outcome, reference)))
        kind: Any = "changed" if outcome == "done" else "not_changed"
        level = state.view.level if state.view else 0
        draft.audit.append(Disclosure(kind, state.order, (act, outcome), level))
