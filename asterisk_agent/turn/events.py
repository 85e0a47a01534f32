"""What the turn-taking machine is told. ``at`` is call time in milliseconds; nothing here reads a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SpeechStarted:
    """The caller's voice was found; ``at`` is when it began, ``now`` when that was known."""

    at: int
    now: int


@dataclass(frozen=True)
class SpeechGoesOn:
    """Voice is still there (sent for every window of voice, about every 32 ms)."""

    now: int


@dataclass(frozen=True)
class SpeechStopped:
    """The first windows of silence after speech; ``at`` is the end of the last voice."""

    at: int
    now: int


@dataclass(frozen=True)
class Heard:
    """A transcript of utterance ``utterance`` up to ``audio_to`` (call time); ``final``: no better one follows."""

    utterance: int
    text: str
    confidence: float
    audio_to: int
    now: int
    final: bool = False
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecognitionFailed:
    """The recogniser could not transcribe this utterance (engine error or deadline)."""

    utterance: int
    now: int


@dataclass(frozen=True)
class Digit:
    """A key was pressed: 0-9, '*', '#'."""

    digit: str
    now: int


@dataclass(frozen=True)
class Prompt:
    """What turn-taking must know of a reply. ``asks``: the slot asked for ('open', 'yes_no', 'order_number', …).

    ``lengths``: possible numbers of letters and digits of the answer. ``last``: the call or the agent's part
    ends after it.
    """

    asks: str = "open"
    lengths: tuple[int, ...] = ()
    interruptible: bool = True
    last: bool = False


@dataclass(frozen=True)
class ReplyReady:
    """The dialogue answered turn ``turn``; its voice may be played as playback ``playback``."""

    turn: int
    playback: int
    prompt: Prompt
    now: int


@dataclass(frozen=True)
class Played:
    """``heard_ms`` of playback ``playback`` have reached the caller (from the transport's marks)."""

    playback: int
    heard_ms: int
    now: int


@dataclass(frozen=True)
class PlaybackEnded:
    """The whole of playback ``playback`` has been heard."""

    playback: int
    now: int


@dataclass(frozen=True)
class TimerFired:
    """A timer set by SetTimer ran out."""

    name: str
    now: int


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""

    now: int


Event = (
    SpeechStarted
    | SpeechGoesOn
    | SpeechStopped
    | Heard
    | RecognitionFailed
    | Digit
    | ReplyReady
    | Played
    | PlaybackEnded
    | TimerFired
    | HungUp
)

Reason = Literal["silence", "noise", "hangup", "done", "no_reply"]
