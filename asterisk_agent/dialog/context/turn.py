"""One turn with the dialogue that it was said in, and the ways in which what it means is put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from asterisk_agent.dialog.capture import DETAIL_SLOTS
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.understanding import Intent, Understood

ABOUT_THE_ORDER = 0.7
"""Confidence of 'this is about the order' where a detail of it is asked for."""
SURE_ACT = 0.5
"""Confidence from which a turn counts as an act of the dialogue; a strange word resembles none."""
SURE_WISH = 0.8
"""Confidence from which a wish goes before a detail that seems to be asked for."""

IDENTIFYING = ("order_number", *DETAIL_SLOTS)
"""What is asked for to know the order and the caller."""
DEEDS = {
    "subscription": ("skip", "pause", "move", "of_boxes"),
    "large_item_delivery": ("move", "slots", "asks_for_times"),
    "address_change": ("changes_it",),
}
"""What can be done about a subject that was just told, by the cue that asks for it."""

STATUS, LATE, RETURN, BROKEN = "order_status", "delivery_delay", "start_return_exchange", "complaint_missing_damaged"
ACTS = frozenset({"repeat", "wait", "goodbye", "greeting"})
PLAIN = ACTS | {"affirm", "deny", "provide_identity"}
"""Labels that ask for nothing."""
ELSEWHERE = frozenset({"policy_faq", "out_of_scope", "follow_up"})
"""Labels of questions that are not about an order."""
NEAR = PLAIN | ELSEWHERE | {STATUS, LATE, "failed_delivery_reschedule", *DEEDS}
"""Labels that a wish about what was just told is mistaken for."""


@dataclass(frozen=True)
class Turn:
    """``meant``: the words alone, as far as they were put right; ``settled``: nothing more is to be done to it."""

    meant: Understood
    text: str
    state: State
    settled: bool = False

    @property
    def heard(self) -> frozenset[str]:
        """The labels."""
        return frozenset(self.meant.labels)

    @property
    def complains(self) -> bool:
        """Whether the words say that something is not as it should be."""
        return self.says("damaged", "wrong", "missing", "not_received")

    def says(self, *cues: str) -> bool:
        """Whether the words have any of these cues."""
        return any(touches(self.text, cue) for cue in cues)

    def sure(self, *beside: str) -> bool:
        """Whether a call type other than these is surely meant."""
        return any(one.confidence >= SURE_WISH for one in self.meant.intents if one.label not in beside)

    def but(self, **changes: Any) -> Turn:
        """With these fields of what is meant changed."""
        return replace(self, meant=replace(self.meant, **changes))

    def means(self, label: str, confidence: float = ABOUT_THE_ORDER, **changes: Any) -> Turn:
        """With this intent alone."""
        return self.but(intents=(Intent(label, confidence),), **changes)

    def asks(self, label: str, confidence: float = ABOUT_THE_ORDER, **changes: Any) -> Turn:
        """With this intent, and what it says to identify the caller."""
        given = tuple(one for one in self.meant.intents if one.label == "provide_identity")
        return self.but(intents=(Intent(label, confidence), *given), **changes)

    def agrees(self, **changes: Any) -> Turn:
        """A yes and nothing else; settled."""
        return self.means("affirm", 1.0, polarity="yes", **changes).settle()

    def without(self, *labels: str) -> Turn:
        """Without these intents."""
        return self.but(intents=tuple(one for one in self.meant.intents if one.label not in labels))

    def rather(self, wrong: str, right: str) -> Turn:
        """With one label taken for another."""
        intents = self.meant.intents
        return self.but(intents=tuple(replace(one, label=right) if one.label == wrong else one for one in intents))

    def unless_sure(self, label: str, confidence: float) -> Turn:
        """Without an intent of less than this confidence."""
        intents = self.meant.intents
        return self.but(intents=tuple(one for one in intents if one.label != label or one.confidence >= confidence))

    def settle(self) -> Turn:
        """The same, and final."""
        return replace(self, settled=True)


Rule = Callable[[Turn], Turn]
"""Puts one thing right, or returns the turn as it is."""
Case = Callable[[Turn], Turn | None]
"""One of several cases of which the first that holds is taken; None: it does not hold."""


def first_of(turn: Turn, cases: tuple[Case, ...]) -> Turn:
    """What the first case makes of the turn that says anything about it; else the turn as it is."""
    return next((found for case in cases if (found := case(turn)) is not None), turn)
