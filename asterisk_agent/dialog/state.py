"""Everything a conversation knows, as one immutable value: to go back a turn is to keep the value before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from asterisk_agent.dialog.identity import Detail, Identity
from asterisk_agent.dialog.protocol import Reply, Slot
from asterisk_agent.dialog.services import QueueState
from asterisk_agent.dialog.tools import View
from asterisk_agent.dialog.understanding import Facet

Question = Literal["", "number", "number_not_found", "person", "anything_else", "flow", "this_order"]
"""What a yes or no would answer: a number read back, the offer of a person, 'is there anything else?', a question of
the flow, 'are you calling about the order that …?'."""


@dataclass(frozen=True)
class Frame:
    """A flow under way, waiting at ``node``.

    ``said``: what began it, where answers are looked for before they are asked. ``slots``: what was captured.
    ``level``: what a tool asked for beyond the node's own. ``tries``: how often the node has asked.
    """

    flow: str
    node: str
    said: str = ""
    facets: frozenset[Facet] = frozenset()
    slots: tuple[tuple[str, Any], ...] = ()
    tries: int = 0
    level: int = 0

    def with_slot(self, name: str, value: Any) -> Frame:
        """The frame with a slot filled, or filled anew."""
        return replace(self, slots=(*(item for item in self.slots if item[0] != name), (name, value)))


@dataclass(frozen=True)
class Deed:
    """Something done, or refused, for the caller: ``name`` of the change or request, ``outcome`` in a word.

    ``reference``: the number that it was given, if any.
    """

    name: str
    order: str
    outcome: str
    reference: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the conversation as it was heard."""

    who: Literal["caller", "agent"]
    text: str


@dataclass(frozen=True)
class State:
    """Between two turns."""

    intent: str = ""
    order: str = ""
    """The order number in use: given by the caller, not necessarily found."""
    view: View | None = None
    """That order as last fetched, as far as the caller may know it."""
    views: tuple[View, ...] = ()
    """All fetched on this call, the newest of each order: the grounds of what may be said."""
    other: str = ""
    """A second order number, given in the same breath: what 'the other one' means."""
    identity: Identity = field(default_factory=Identity)
    waiting: tuple[tuple[Detail, str], ...] = ()
    """Details given before any order number."""
    mismatched: Detail | None = None
    """The kind of the last detail, while it did not match: a correction means this one."""
    declined: tuple[Detail, ...] = ()
    """Details that the caller does not have at hand."""
    asked: Slot = "open"
    question: Question = ""
    number: str = ""
    """The number that ``question`` is about."""
    partial: str = ""
    """The beginning of an order number from the turn before."""
    misses: int = 0
    unclear: int = 0
    off_topic: int = 0
    unknown_numbers: tuple[str, ...] = ()
    orders_asked: tuple[str, ...] = ()
    silences: int = 0
    noises: int = 0
    spoke: bool = False
    frustrated: int = 0
    turn: int = 0
    told: tuple[str, ...] = ()
    """Sentences that were heard to their end."""
    last: Reply | None = None
    answer: Reply | None = None
    """The last reply to words or keys: what 'say that again' means, also after noise or silence."""
    history: tuple[Line, ...] = ()
    frame: Frame | None = None
    """The flow that is under way."""
    paused: Frame | None = None
    """The flow that another question cut into; it goes on after that."""
    pending: tuple[str, ...] = ()
    """Call types that were asked for in the same breath and are still to be served."""
    intents: tuple[str, ...] = ()
    """All call types served on this call."""
    deeds: tuple[Deed, ...] = ()
    queue: QueueState | None = None
    sentiment: float = 0.0
    """-1 furious to 1 delighted: the mean of the turns, the latest counting most."""
    interruptions: int = 0
    purpose: str = ""
    """Why the agent calls, on outbound calls."""
    asides: int = 0
    """Questions in a row that were taken as belonging to the subject."""
    reasked: bool = False
    """The open question was put again after something else had been answered."""
    pace: float = 1.0
    offered: tuple[str, ...] = ()
    """Escalation rules that have made their offer."""
    over: Literal["", "transfer", "hangup"] = ""
    """How the agent's part has ended."""
