"""What goes into the dialogue and what comes out: text and typed events in, replies and actions out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Slot = Literal[
    "open",
    "order_number",
    "zip",
    "email",
    "phone",
    "last4",
    "yes_no",
    "date",
    "address",
    "choice",
    "item",
    "words",
    "rating",
    "contact",
]
"""What the agent can ask for. ``contact``: a number to call back or to send a text to; ``words``: free speech."""


@dataclass(frozen=True)
class Said:
    """A finished spoken turn. ``confidence`` 0…1; ``interrupted``: it cut the agent off."""

    text: str
    confidence: float = 1.0
    alternatives: tuple[str, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True)
class Keyed:
    """Keypad digits of one entry, without the ending '#'."""

    digits: str


@dataclass(frozen=True)
class Silent:
    """Nothing was said after a prompt; ``count`` 1 for the first time in a row."""

    count: int


@dataclass(frozen=True)
class Noise:
    """Sound, but no words in it."""


CallerEvent = Said | Keyed | Silent | Noise


@dataclass(frozen=True)
class Expectation:
    """What the agent has just asked for, so that turn-taking knows when the answer is complete.

    ``lengths``: possible numbers of letters and digits of the answer, () when not fixed.
    ``words``: vocabulary for engines with a grammar, () for open speech. ``prompt``: for engines that take one.
    """

    slot: Slot = "open"
    lengths: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    prompt: str = ""


@dataclass(frozen=True)
class Transfer:
    """Send the caller to people. ``destination`` is a key from the administrator's list, never a number."""

    destination: str
    reason: str


@dataclass(frozen=True)
class Hangup:
    """Say the reply, then end the call."""

    reason: str


Action = Transfer | Hangup


@dataclass(frozen=True)
class Reply:
    """What to say and what to do then. ``sentences`` are spoken in order, each streamed by itself."""

    sentences: tuple[str, ...]
    expects: Expectation = field(default_factory=Expectation)
    action: Action | None = None
    interruptible: bool = True
    pace: float = 1.0
    """Speed of the voice, 1.0 its own; less for callers who asked for it."""

    @property
    def text(self) -> str:
        """The whole reply."""
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Caller:
    """What the PBX says about the caller; both are claims, not proof. ``number`` as presented, '' if withheld."""

    number: str = ""
    name: str = ""


@dataclass(frozen=True)
class HandOffContext:
    """What the human agent is told, in the AGENT_* channel variables."""

    call_id: str
    intent: str
    order: str
    verified: int
    sentiment: str
    summary: str
    reason: str
    next: str


@dataclass(frozen=True)
class Disclosure:
    """One audit line: ``fields`` of order ``order`` were spoken at identity level ``level``; or an attempt failed.

    ``changed``, ``not_changed``: something was done for the caller, or was refused; ``fields`` names it and how.
    """

    kind: Literal["disclosed", "verified", "refused", "failed", "changed", "not_changed"]
    order: str
    fields: tuple[str, ...]
    level: int
