"""One turn in the making: the next state, the sentences so far, what they disclose, what is to be done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from asterisk_agent.dialog.answers import Sentence
from asterisk_agent.dialog.expectations import expectation
from asterisk_agent.dialog.protocol import Action, Disclosure, Hangup, Reply, Slot, Transfer
from asterisk_agent.dialog.state import Question, State
from asterisk_agent.dialog.wording import Catalogue
from asterisk_agent.settings import Shop

MEANT_TO_ANSWER: dict[Question, Slot] = {
    "": "open",
    "number": "yes_no",
    "number_not_found": "yes_no",
    "person": "yes_no",
    "anything_else": "open",
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
    audit: list[Disclosure] = field(default_factory=list)
    action: Action | None = None

    def set(self, **changes: Any) -> None:
        """Change the next state."""
        self.state = replace(self.state, **changes)

    def say(self, key: str, **fields: str) -> None:
        """Add a text of the catalogue."""
        self.sentences += [Sentence(text) for text in self.texts.say(key, fields, self.state.turn)]

    def tell(self, spoken: tuple[Sentence, ...]) -> None:
        """Add sentences that disclose order data."""
        self.sentences += spoken

    def ask(self, slot: Slot, key: str, **fields: str) -> None:
        """Ask for a slot with a text of the catalogue."""
        self.say(key, **fields)
        self.set(asked=slot, question="", number="")

    def wonder(self, question: Question, key: str, about: str = "", **fields: str) -> None:
        """Ask something that yes or no answers; ``about``: the order number in question."""
        self.say(key, **fields)
        self.set(asked=MEANT_TO_ANSWER[question], question=question, number=about)

    def transfer(self, destination: str, reason: str, key: str) -> None:
        """Say so and hand the caller to people."""
        self.say(key)
        self.action = Transfer(destination, reason)
        self.set(asked="open", question="", number="", over="transfer")

    def hang_up(self, reason: str, key: str) -> None:
        """Say goodbye and end."""
        self.say(key)
        self.action = Hangup(reason)
        self.set(asked="open", question="", number="", over="hangup")

    def repeat(self, last: Reply) -> None:
        """Say the last reply once more; what it asks stays open."""
        self.sentences += [Sentence(text) for text in last.sentences]

    def reply(self, sentences: tuple[str, ...]) -> Reply:
        """The finished reply with these sentences."""
        expects = expectation(self.state.asked, self.shop)
        return Reply(sentences, expects, self.action, interruptible=self.action is None)
