"""Words that help nothing here: off the subject, not made out, or a piece of what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.dialog.beside import SURELY_OFF
from asterisk_agent.dialog.capture import DETAIL_SLOTS, Capture
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.engine import Engine
from asterisk_agent.dialog.follow_up import asked_for
from asterisk_agent.dialog.protocol import Said, Slot
from asterisk_agent.dialog.reprompts import Reprompts
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.spoken.order_number import parse_partial
from asterisk_agent.dialog.understanding import Understood

CLEAR_HEARING = 0.6
"""Recogniser's confidence below which strange words are taken for misheard ones, not for another subject.

Whisper base on narrowband speech: right sentences 0.66 to 0.98, garbled ones 0.50 to 0.71 (a dozen, measured).
"""

MAX_UNCLEAR = 3
"""Turns in a row that nothing could be done with; then a person."""
LEAST_SUBJECT_WORDS = 4
"""Words from which an answer that is none counts as another subject; fewer are misheard."""
_PIECES: dict[Slot, int] = {"zip": 5, "last4": 4, "phone": 10}
"""Digits of details that callers may give in pieces."""
LEAST_PIECE = 2
"""Digits that are a piece of a detail; one alone may be any word."""
_WITH_ITEMS = ("complaint_missing_damaged", "start_return_exchange", "cancel_order")
"""Call types whose flows ask which item it is: callers say it at once."""


def _of_trade(text: str) -> bool:
    """Whether a question is one for a shop or its carrier, though nothing here answers it."""
    return any(touches(text, cue) for cue in ("of_trade", "of_delivery", "wants_contact"))


@dataclass(frozen=True)
class Unclear:
    """Asks again in other words; in the end a person."""

    engine: Engine
    capture: Capture
    reprompts: Reprompts

    async def answer(self, draft: Draft, meant: Understood, event: Said) -> None:
        """Words, but none that help here: off the subject, or not made out."""
        state = draft.state
        strange = state.asked != "open" and len(event.text.split()) < LEAST_SUBJECT_WORDS
        of_days = touches(event.text, "speaks_of_days") or touches(event.text, "of_presence")
        nearly = state.asked in ("choice", "date") and of_days
        clear = event.confidence >= CLEAR_HEARING
        off_topic = "out_of_scope" in meant.labels and clear and not (meant.lacks or strange or nearly)
        identifying = state.asked in ("order_number", *DETAIL_SLOTS)
        off_topic = off_topic and not (identifying and touches(event.text, "of_details"))
        off = max((one.confidence for one in meant.intents if one.label == "out_of_scope"), default=0.0)
        if identifying and state.view is not None and off < SURELY_OFF and asked_for(event.text):
            self.capture.ask_detail(draft, state.view, "for_details")
            return
        if self._piece(draft, event.text):
            return
        if identifying and state.intent in _WITH_ITEMS:
            self.engine.remember(draft, event.text)
            off_topic = off_topic and off >= SURELY_OFF
        if state.asked == "order_number" and not off_topic:
            self.capture.missed_number(draft)
            return
        if not off_topic and await self.engine.missed(draft, event.text):
            return
        unclear = state.unclear + 1
        draft.set(unclear=unclear)
        if unclear >= MAX_UNCLEAR:
            draft.give_up("not_understood", "person.transfer_stuck")
        elif off_topic and touches(event.text, "names_order") and state.question not in ("person", "flow"):
            draft.set(intent=state.intent or "out_of_scope", intents=(*state.intents, "out_of_scope"))
            draft.say("unserved.text")
            draft.wonder("person", "ask.person")
        elif off_topic and (state.view is not None or state.intent == "policy_faq") and _of_trade(event.text):
            draft.say("knowledge.unknown")
            if state.asked == "open":
                draft.wonder("person", "ask.person")
            else:
                self.reprompts.ask_again(draft)
        elif off_topic and unclear > 1:
            draft.wonder("person", "out_of_scope.again")
        elif off_topic:
            draft.set(intent=state.intent or "out_of_scope", intents=(*state.intents, "out_of_scope"))
            draft.say("out_of_scope.first")
            self.reprompts.ask_again(draft)
        elif state.asked in DETAIL_SLOTS:
            draft.ask(state.asked, f"ask.{state.asked}_again")
        elif state.question:
            draft.say("unclear.yes_no")
            self.reprompts.ask_again(draft)
        else:
            draft.ask("open", "unclear.first" if unclear == 1 else "unclear.again")

    def _piece(self, draft: Draft, text: str) -> bool:
        """'Four three six' of a ZIP code: what has been understood so far, and the rest is asked for."""
        before, whole = draft.state.partial, _PIECES.get(draft.state.asked, 0)
        piece = parse_partial(text, rf"\d{{{whole}}}") if whole else ""
        if not LEAST_PIECE <= len(piece) < whole:
            return False
        so_far = before + piece if len(before + piece) < whole else piece
        draft.set(partial=so_far)
        draft.numbers.append(so_far)
        draft.ask(draft.state.asked, "ask.order_number_rest", number=" ".join(so_far))
        return True
