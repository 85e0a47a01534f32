"""One turn in the making: the next state, the sentences so far, what they disclose, what is to be done."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from asterisk_agent.dialog.answers import Sentence
from asterisk_agent.dialog.expectations import expectation
from asterisk_agent.dialog.protocol import Action, Disclosure, Hangup, Reply, Slot, Transfer
from asterisk_agent.dialog.state import Frame, Question, State
from asterisk_agent.dialog.wording import Catalogue
from asterisk_agent.settings import Shop

_END = re.compile(r"(?<=[.?!])\s+")

MEANT_TO_ANSWER: dict[Question, Slot] = {
    "": "open",
    "number": "yes_no",
    "number_not_found": "yes_no",
    "person": "yes_no",
    "anything_else": "open",
    "flow": "yes_no",
    "this_order": "yes_no",
}


@dataclass
class Draft:
    """Filled by the policy; ``state`` is replaced, never changed in place."""

    state: State
    texts: Catalogue
    shop: Shop
    now: datetime
    sentences: list[Sentence] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    """Numbers understood from the caller in this turn; they may be read back."""
    quoted: list[str] = field(default_factory=list)
    """Sentences of the shop's own texts."""
    mismatch: bool = False
    """A detail of this turn did not match the order."""
    numberless: bool = False
    """The caller said in this turn that there is no order number at hand."""
    audit: list[Disclosure] = field(default_factory=list)
    action: Action | None = None
    _frames: list[Frame] = field(default_factory=list)
    given_up: tuple[str, str] | None = None
    """Reason and text with which people are to take over."""

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Flows that were under way in this turn, with what they had captured."""
        return tuple(self._frames)

    def set(self, **changes: Any) -> None:
        """Change the next state."""
        if (frame := self.state.frame) is not None and changes.get("frame", frame) is not frame:
            self._frames.append(frame)
        self.state = replace(self.state, **changes)

    def say(self, key: str, **fields: str) -> None:
        """Add a text of the catalogue."""
        self.sentences += [Sentence(text) for text in self.texts.say(key, fields, self.state.turn)]

    def add(self, told: tuple[str, ...], fields: tuple[str, ...] = ()) -> None:
        """Add finished sentences; ``fields``: what of the order they disclose."""
        self.sentences += [Sentence(text, fields) for text in told]

    def quote(self, passage: str) -> None:
        """Add the shop's own words as they stand; they are their own ground."""
        parts = tuple(part for part in _END.split(passage.strip()) if part)
        self.quoted += parts
        self.add(parts)

    def tell(self, spoken: tuple[Sentence, ...]) -> None:
        """Add sentences that disclose order data."""
        self.sentences += spoken

    def ask(self, slot: Slot, key: str, **fields: str) -> None:
        """Ask for a slot with a text of the catalogue."""
        self.say(key, **fields)
        self.set(asked=slot, question="", number="")

    def await_words(self, slot: Slot) -> None:
        """What was just said asks for ``slot``."""
        self.set(asked=slot, question="flow" if slot == "yes_no" else "", number="")

    def wonder(self, question: Question, key: str, about: str = "", **fields: str) -> None:
        """Ask something that yes or no answers; ``about``: the order number in question."""
        self.say(key, **fields)
        self.set(asked=MEANT_TO_ANSWER[question], question=question, number=about)

    def transfer(self, destination: str, reason: str, key: str = "") -> None:
        """Say so (with the text ``key``, if any) and hand the caller to people."""
        if key:
            self.say(key)
        self.action = Transfer(destination, reason)
        self.set(asked="open", question="", number="", over="transfer", frame=None)

    def give_up(self, reason: str, key: str) -> None:
        """This cannot be settled here: people take over, with the text ``key``."""
        self.given_up = (reason, key)
        self.set(asked="open", question="", number="", frame=None)

    def hang_up(self, reason: str, key: str) -> None:
        """Say goodbye and end."""
        self.say(key)
        self.action = Hangup(reason)
        self.set(asked="open", question="", number="", over="hangup", frame=None)

    def repeat(self, last: Reply) -> None:
        """Say the last reply once more; what it asks stays open. It was checked when it was said first."""
        self.quoted += last.sentences
        self.sentences += [Sentence(text) for text in last.sentences]

    def reply(self, sentences: tuple[str, ...]) -> Reply:
        """The finished reply with these sentences."""
        expects = expectation(self.state.asked, self.shop)
        return Reply(sentences, expects, self.action, self.action is None, self.state.pace)
