"""Everything a conversation knows, as one immutable value: to go back a turn is to keep the value before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from asterisk_agent.dialog.identity import Detail, Identity
from asterisk_agent.dialog.protocol import Reply, Slot
from asterisk_agent.dialog.tools import View

Question = Literal["", "number", "number_not_found", "person", "anything_else"]
"""What a yes or no would answer: a number read back, the offer of a person, 'is there anything else?'."""


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
    identity: Identity = field(default_factory=Identity)
    waiting: tuple[tuple[Detail, str], ...] = ()
    """Details given before any order number."""
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
    history: tuple[Line, ...] = ()
    over: Literal["", "transfer", "hangup"] = ""
    """How the agent's part has ended."""
