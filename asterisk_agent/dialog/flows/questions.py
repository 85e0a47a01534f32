"""The questions that flows put, and the answers to them that were given before or are mended afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from asterisk_agent.commerce.models import DeliverySlot
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.cursor import Cursor
from asterisk_agent.dialog.flows.format import Act, Ask
from asterisk_agent.dialog.flows.reading import narrowed, new_place, read
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.dialog.spoken.zones import Zone, zone_text
from asterisk_agent.dialog.state import Frame

OPEN: frozenset[Zone] = frozenset({"open"})
"""Where answers given beforehand are looked for: not in order numbers, ZIP codes and other details."""
_SLOTS: dict[str, Slot] = {
    "yes_no": "yes_no",
    "date": "date",
    "address": "address",
    "choice": "choice",
    "item": "item",
    "words": "words",
    "phone": "contact",
    "rating": "rating",
}

_NOT_CAUGHT = ("unclear.yes_no",)
"""What comes before a question of yes or no that is asked a second time, where the flow has no other words for it."""


@dataclass(frozen=True)
class Questions:
    """Puts questions into the draft; the engine judges the caller's answers."""

    cursor: Cursor

    def put(self, draft: Draft, frame: Frame, node: Ask) -> str | None:
        """Put a question, unless its answer is known. Returns the next node's name, None when the flow waits."""
        question = self.cursor.question(draft, node)
        if frame.tries == 0 and node.ask != "yes_no":
            if node.ask in ("choice", "item") and not question.options:
                return node.failed
            if node.ask in ("choice", "item") and len(question.options) == 1:
                self.cursor.fill(draft, node, question.options[0])
                return node.next
            early = replace(question, prefilled=True)
            said = () if node.fresh else _said_before(frame.said, node)
            value = next((found for part in said if (found := read(early, part)) is not None), None)
            if value is not None and value != question.address:
                self.cursor.fill(draft, node, value)
                return node.next
        plainly = ((*_NOT_CAUGHT, *node.say),) if node.ask == "yes_no" else ()
        retries = tuple((key,) for key in node.retry) or plainly
        if frame.tries > len(retries):
            return node.failed
        self.cursor.recite(draft, retries[frame.tries - 1] if frame.tries else node.say)
        draft.set(frame=replace(frame, tries=frame.tries + 1))
        draft.await_words(_SLOTS[node.ask])
        return None

    def narrow(self, draft: Draft, text: str) -> bool:
        """'What do you have in the afternoon?' to a choice of days or windows: those alone."""
        node = self.cursor.node(draft.state.frame)
        if not isinstance(node, Ask) or node.ask != "choice":
            return False
        question = self.cursor.question(draft, node)
        left = narrowed(question, text)
        if not 0 < len(left) < len(question.options):
            return False
        named = [
            ear.window(one, draft.now, question.zone) if isinstance(one, DeliverySlot) else ear.day(one, question.today)
            for one in left
        ]
        draft.say("choice.narrowed", options=ear.either(named))
        draft.await_words(_SLOTS[node.ask])
        return True

    def mend(self, draft: Draft, frame: Frame, node: Act, text: str) -> Frame | None:
        """The frame with the answer that a text puts right before it is acted upon; None if it names none."""
        asking = self.cursor.node(replace(frame, node=node.correct))
        if not isinstance(asking, Ask):
            return None
        value = read(replace(self.cursor.question(draft, asking), prefilled=asking.ask != "address"), text)
        name = asking.slot or asking.ask
        if value is None:
            return None
        return frame if value == dict(frame.slots).get(name) else frame.with_slot(name, value)

    def again(self, draft: Draft, node: Ask) -> None:
        """Put a question once more, in other words."""
        self.cursor.recite(draft, node.retry[:1] or node.say)
        draft.await_words(_SLOTS[node.ask])


def _said_before(said: str, node: Ask) -> tuple[str, ...]:
    """Where the answer to a question may stand in what was said before it."""
    if node.ask in ("choice", "item", "phone"):
        return (said,)
    if node.ask != "address":
        return (zone_text(said, OPEN),)
    sentences = re.split(r"(?<=[.?!])\s+", said)
    return (new_place(said) or zone_text(said, OPEN), *(reversed(sentences) if len(sentences) > 1 else ()))
