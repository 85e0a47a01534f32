"""The flow file: what it may hold, checked at the edge. ``flows/README.md`` shows it with examples.

A flow is a graph of named nodes. Each node is of one kind, known by its first key, and names the node that follows.
Texts are keys of the catalogue (``texts/en_US.toml``) or of the flow's own ``texts``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from asterisk_agent.dialog.flows.expressions import Expression, ExpressionError, expression

FORMAT = 1
"""Version of the file format that this program reads."""

END = "end"
"""The node every flow has without naming it: is there anything else?"""

SlotKind = Literal["yes_no", "date", "address", "choice", "item", "words", "phone", "rating"]
Source = Literal["order", "subscription", "appointment"]
Told = Literal["status", "returns", "refunds", "items", "checklist", "slots", "knowledge"]

Keys = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


def _expression(value: object) -> object:
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool | int | float):
        value = repr(value)
    if not isinstance(value, str):
        raise ValueError("is not a condition")
    try:
        return expression(value)
    except ExpressionError as error:
        raise ValueError(str(error)) from None


Condition = Annotated[Any, BeforeValidator(_expression)]
"""An ``Expression``."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def ways(self) -> Iterator[str]:
        """The nodes that can follow."""
        for name in ("next", "yes", "no", "none", "failed", "declined", "unsupported", "refused"):
            value = getattr(self, name, None)
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                yield from value.values()


class Say(_Part):
    """Say texts and go on."""

    say: Keys
    next: str = END


class Way(_Part):
    """One way out of a decision; without ``when`` it is always taken."""

    when: Condition = None
    next: str


class Ask(_Part):
    """Ask for something and wait. ``of``: the fact that lists the choices; ``slot`` keeps the answer.

    ``say`` asks, ``retry`` asks again in other words (once each; a question of yes or no without them once more as
    it is), then ``failed``. What the caller said when the flow began is tried first, so that nobody is asked for what
    they have said, unless ``fresh``.
    """

    ask: SlotKind
    say: Keys
    slot: str = ""
    of: str = ""
    retry: Keys = ()
    next: str = END
    yes: str = END
    no: str = END
    failed: str = "person"
    expects: Literal["past", "future", ""] = "future"
    fresh: bool = False
    instead: tuple[Way, ...] = ()
    """Ways for callers who say something else: conditions on ``said.…`` of the answer, before it is read."""

    def ways(self) -> Iterator[str]:
        """The nodes that can follow."""
        yield from super().ways()
        yield from (way.next for way in self.instead)


class LookUp(_Part):
    """Have data at hand: an order (asks for its number), its appointment, its customer's subscription.

    ``level`` is the identity level that is needed from here on: details are asked for until it is reached.
    ``why`` names the manner of asking ('for_details', 'for_changes').
    """

    look_up: Source
    level: int = Field(1, ge=1, le=3)
    why: Literal["", "for_details", "for_changes"] = ""
    next: str = END
    none: str = "person"
    declined: str = END


class Tell(_Part):
    """Say what the data holds, put together by the program; ``none`` where there is nothing of it."""

    tell: Told
    next: str = END
    none: str = END


class Decide(_Part):
    """The first way whose condition holds."""

    decide: tuple[Way, ...] = Field(min_length=1)

    def ways(self) -> Iterator[str]:
        """The nodes that can follow."""
        yield from (way.next for way in self.decide)


class Act(_Part):
    """Change something in the shop's or a carrier's system, or leave a request for people.

    ``with``: parameters as facts or values. ``confirm``: the text that is agreed to first; changes must have one.
    ``correct``: the asking node whose answer a caller may mend instead of agreeing ('no, the fourth').
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    act: str
    parameters: dict[str, Condition] = Field(default_factory=dict, alias="with")
    confirm: Keys = ()
    correct: str = ""
    instead: tuple[Way, ...] = ()
    next: str = END
    declined: str = END
    refused: str | dict[str, str] = "person"
    unsupported: str = "ticket"
    failed: str = "person"

    def ways(self) -> Iterator[str]:
        """The nodes that can follow."""
        yield from super().ways()
        yield from (way.next for way in self.instead)


class ToPeople(_Part):
    """Hand the caller to people, by the escalation rules, opening hours and queues. ``say``: instead of the usual."""

    transfer: str = "default"
    reason: str = ""
    say: Keys = ()


class Offer(_Part):
    """Offer a person ('Shall I?'); no goes on to ``next``."""

    offer: Literal["person"]
    say: Keys = ()
    reason: str = ""
    next: str = END


class Go(_Part):
    """Go on with another flow."""

    flow: str


class End(_Part):
    """The flow is over: ``anything_else`` asks, ``quiet`` says nothing more, ``goodbye`` ends the call."""

    end: Literal["anything_else", "quiet", "goodbye"]
    say: Keys = ()


Node = Say | Ask | LookUp | Tell | Decide | Act | ToPeople | Offer | Go | End

KINDS: dict[str, type[BaseModel]] = {
    "ask": Ask,
    "look_up": LookUp,
    "tell": Tell,
    "decide": Decide,
    "act": Act,
    "transfer": ToPeople,
    "offer": Offer,
    "flow": Go,
    "end": End,
    "say": Say,
}
"""Keys that make a node's kind; ``say`` comes last since others have it too."""


class Flow(_Part):
    """A whole flow file."""

    format: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    version: int = Field(1, ge=1)
    about: str = ""
    serves: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    """Cues (``said.…``) by which it begins where the caller's words name no call type."""
    start: str
    nodes: dict[str, Any] = Field(min_length=1)
    """Name to ``Node``; turned into nodes by the loader, which knows their lines."""
    texts: dict[str, dict[str, Keys]] = Field(default_factory=dict)
    """Language to key to variants: texts of this flow alone."""


class Rule(_Part):
    """One escalation rule: where it holds, people take over (``act: transfer``) or are offered (``act: offer``).

    Without ``act`` it only chooses where a caller goes who is being handed over: the first rule that holds does.
    """

    when: Condition
    to: str = "default"
    act: Literal["", "transfer", "offer"] = ""
    reason: str = ""
    say: Keys = ()


class Escalation(_Part):
    """The escalation file."""

    format: Literal[1]
    rules: tuple[Rule, ...] = ()
