"""What a caller's turn means: the protocol that every way of understanding answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from asterisk_agent.dialog.identity import Detail
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.dialog.spoken.order_number import Candidate

LABELS = (
    "order_status",
    "delivery_delay",
    "failed_delivery_reschedule",
    "address_change",
    "return_status",
    "refund_status",
    "start_return_exchange",
    "cancel_order",
    "subscription",
    "large_item_delivery",
    "complaint_missing_damaged",
    "policy_faq",
    "follow_up",
    "talk_to_human",
    "provide_identity",
    "affirm",
    "deny",
    "repeat",
    "wait",
    "goodbye",
    "greeting",
    "out_of_scope",
)
"""The product's public vocabulary of intents."""

Facet = Literal["address", "carrier", "items", "tracking", "total", "placed"]


@dataclass(frozen=True)
class Scene:
    """What understanding may know of the dialogue: what was asked and what an order number looks like."""

    pattern: str
    country: str = "US"
    asked: Slot = "open"
    order: str = ""
    reading_back: str = ""
    """The number that the caller was just asked to confirm."""
    partial: str = ""
    caller_phone: str = ""


@dataclass(frozen=True)
class Intent:
    """One label with its confidence, 0…1."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Understood:
    """A turn, understood. ``intents``: what to serve first comes first; empty when nothing is recognised."""

    intents: tuple[Intent, ...] = ()
    numbers: tuple[Candidate, ...] = ()
    partial: str = ""
    details: tuple[tuple[Detail, str], ...] = ()
    facets: frozenset[Facet] = field(default_factory=frozenset)
    polarity: Literal["yes", "no", ""] = ""
    lacks: bool = False
    """The caller does not have what was asked for."""
    another: bool = False
    """The caller asks about a further order."""
    acknowledges: bool = False
    """'Okay', 'great': heard, not an answer."""
    thanks: bool = False
    asks_what_we_are: bool = False
    frustrated: bool = False
    sentiment: float = 0.0
    """-1 furious to 1 delighted, from the words alone."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents' labels in order."""
        return tuple(intent.label for intent in self.intents)


class Understanding(Protocol):
    """Reads one turn. Pure and quick (within 30 ms): it also runs on partial transcripts."""

    def understand(self, text: str, scene: Scene) -> Understood:
        """What ``text``, said in ``scene``, means."""
