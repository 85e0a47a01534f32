"""What a conversation may ask of the world around it, besides orders: protocols, and what they exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from asterisk_agent.commerce.lookup import Lookups
from asterisk_agent.dialog.understanding import Understanding

RequestKind = Literal[
    "schedule_callback",
    "create_ticket",
    "open_claim",
    "send_text",
    "record_feedback",
    "take_message",
]
"""What people are left to do after the call. The names are the actions' public names."""


@dataclass(frozen=True)
class Request:
    """Something that the caller was promised: kept before it is spoken of.

    ``summary``: one line for people; ``words``: the caller's own (a message, feedback), '' if none; ``phone`` E.164;
    ``due``: when it was promised for, None for as soon as possible; ``destination``: the key of the team it is for.
    """

    kind: RequestKind
    call_id: str
    order: str = ""
    intent: str = ""
    summary: str = ""
    words: str = ""
    phone: str = ""
    due: datetime | None = None
    destination: str = ""


class DeskError(Exception):
    """The request could not be kept; the caller must not be told that it was."""


class Desk(Protocol):
    """Keeps requests for people."""

    async def leave(self, request: Request) -> str:
        """Keep it so that it survives this process; the reference. Raises DeskError."""


@dataclass(frozen=True)
class QueueState:
    """A queue as the PBX sees it. ``available``: people who could take a call now; ``hold_s``: the present wait."""

    available: int
    waiting: int = 0
    hold_s: int = 0


class Queues(Protocol):
    """The state of the queues behind the destination keys."""

    async def state(self, destination: str) -> QueueState | None:
        """None when it is not known; never raises, never takes longer than 0.3 s."""


@dataclass(frozen=True)
class Passage:
    """An answer out of the shop's own texts. ``text``: what is spoken; ``source``: file and heading; 0…1 ``score``."""

    text: str
    source: str
    score: float


class Knowledge(Protocol):
    """The shop's texts about policies."""

    def answer(self, question: str) -> Passage | None:
        """The passage that says it, None when none does. Within 30 ms."""


class Hours(Protocol):
    """When people answer, in the shop's time zone."""

    def open_at(self, moment: datetime) -> bool:
        """Whether people answer at this moment."""

    def next_opening(self, moment: datetime) -> datetime | None:
        """The next time they do, None when they do now or never."""


@dataclass(frozen=True)
class Services:
    """Everything that a conversation may ask."""

    lookup: Lookups
    desk: Desk
    queues: Queues
    knowledge: Knowledge
    hours: Hours
    understanding: Understanding
