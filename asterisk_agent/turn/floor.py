"""Who has the floor: nobody, a reply being prepared, or the agent's voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asterisk_agent.turn.events import Prompt, ReplyReady

Kind = Literal["greeting", "speech", "digits", "silence", "noise"]


@dataclass(frozen=True)
class Spoken:
    """Words of the caller as one turn. ``ended_at``: call time of the last voice, in milliseconds."""

    text: str
    confidence: float
    alternatives: tuple[str, ...]
    interrupted: bool
    ended_at: int

    def joined(self, more: Spoken) -> Spoken:
        """Both as one turn: the caller only paused between them."""
        return Spoken(
            text=f"{self.text} {more.text}".strip(),
            confidence=min(self.confidence, more.confidence),
            alternatives=tuple(f"{self.text} {other}".strip() for other in more.alternatives),
            interrupted=self.interrupted or more.interrupted,
            ended_at=more.ended_at,
        )


@dataclass(frozen=True)
class Turn:
    """A committed turn. ``spoken`` is what was said, for ``speech``."""

    number: int
    kind: Kind
    spoken: Spoken | None = None


@dataclass
class Listening:
    """The agent is silent and waits. ``closing``: its last prompt was heard; the call ends unless more is said."""

    closing: bool = False


@dataclass
class Preparing:
    """The dialogue works on ``turn``; ``ready`` is its reply while the caller's voice holds it back."""

    turn: Turn
    ready: ReplyReady | None = None


@dataclass
class Playing:
    """A reply is being heard. ``before`` is the prompt that the caller had answered with ``turn``."""

    turn: Turn
    playback: int
    prompt: Prompt
    before: Prompt
    started_at: int
    heard_ms: int = 0
    progress_at: int = 0
    audible_since: int | None = None
    paused: bool = False
    checked_ms: int = -1

    def played(self, heard_ms: int, now: int) -> None:
        """The transport reports progress."""
        if heard_ms > 0 and self.audible_since is None:
            self.audible_since = now - heard_ms
        if heard_ms > self.heard_ms:
            self.heard_ms = heard_ms
            self.progress_at = now

    def position_ms(self, at: int) -> int:
        """How much had been heard at call time ``at``, between two reports of progress."""
        since = self.progress_at if self.audible_since is not None else self.started_at
        return max(0, self.heard_ms + at - since)


@dataclass
class Ended:
    """Nothing follows."""


Floor = Listening | Preparing | Playing | Ended
