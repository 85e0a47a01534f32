"""What the turn-taking machine wants done. The call carries these out in order and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BeginUtterance:
    """Recognise a new utterance ``utterance`` whose voice began at ``at`` (with pre-roll before it)."""

    utterance: int
    at: int


@dataclass(frozen=True)
class Decode:
    """Transcribe what utterance ``utterance`` holds up to now; answer with Heard. ``final``: nothing follows."""

    utterance: int
    final: bool = False


@dataclass(frozen=True)
class DropUtterance:
    """Forget utterance ``utterance``; results under way are discarded."""

    utterance: int


@dataclass(frozen=True)
class Anticipate:
    """A partial that may well be the whole turn: look up what it needs, say and disclose nothing."""

    text: str


@dataclass(frozen=True)
class CommitSpeech:
    """The turn is over: give the text to the dialogue as turn ``turn``.

    ``ended_at``: call time of the caller's last voice; ``interrupted``: it cut a prompt off.
    """

    turn: int
    text: str
    confidence: float
    alternatives: tuple[str, ...]
    ended_at: int
    interrupted: bool


@dataclass(frozen=True)
class CommitDigits:
    """Keypad entry is over (without '#')."""

    turn: int
    digits: str
    ended_at: int


@dataclass(frozen=True)
class CommitSilence:
    """Nothing came after a prompt; ``count`` in a row. The dialogue re-prompts or gives up."""

    turn: int
    count: int


@dataclass(frozen=True)
class CommitNoise:
    """Sound without words ended; the dialogue may ask again."""

    turn: int


@dataclass(frozen=True)
class CancelReply:
    """The caller went on: what is being prepared for turn ``turn`` is not to be said."""

    turn: int


@dataclass(frozen=True)
class Play:
    """Start playback ``playback``."""

    playback: int


@dataclass(frozen=True)
class Pause:
    """Silence playback ``playback`` at once, so that it can go on from where it was heard."""

    playback: int


@dataclass(frozen=True)
class Resume:
    """It was no interruption: go on with playback ``playback`` from the last pause before ``heard_ms``."""

    playback: int
    heard_ms: int


@dataclass(frozen=True)
class Flush:
    """Playback ``playback`` is over; ``heard_ms`` of it were heard. The history keeps only those words."""

    playback: int
    heard_ms: int


@dataclass(frozen=True)
class SetTimer:
    """Send TimerFired(name) at call time ``at``; replaces a running timer of that name."""

    name: str
    at: int


@dataclass(frozen=True)
class StopTimer:
    """Stop the timer of that name, if it runs."""

    name: str


@dataclass(frozen=True)
class End:
    """The conversation is over; nothing follows."""

    reason: str


Action = (
    BeginUtterance
    | Decode
    | DropUtterance
    | Anticipate
    | CommitSpeech
    | CommitDigits
    | CommitSilence
    | CommitNoise
    | CancelReply
    | Play
    | Pause
    | Resume
    | Flush
    | SetTimer
    | StopTimer
    | End
)
