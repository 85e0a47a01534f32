"""What a recogniser and a synthesizer are, whatever engine is behind them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""Mono linear PCM, shape (samples,)."""


class SpeechError(Exception):
    """An engine or its model cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Transcript:
    """What was heard in the audio fed so far.

    ``confidence`` is 0…1 as the engine estimates it, ``audio_ms`` the audio covered, ``decode_ms`` the time spent.
    """

    text: str
    confidence: float
    audio_ms: int
    decode_ms: float
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hints:
    """What is likely to be said next.

    ``prompt`` is shop vocabulary for engines that take one; ``words`` restricts a grammar engine to these
    words (None: open speech).
    """

    prompt: str = ""
    words: tuple[str, ...] | None = None


@dataclass(frozen=True)
class RecognizerCapabilities:
    """What an engine can do. ``cheap_partials``: partial() may be asked for every few frames."""

    sample_rate: int
    cheap_partials: bool
    grammar: bool
    prompt: bool


class Utterance(Protocol):
    """One stretch of speech being recognised."""

    def feed(self, pcm: Pcm) -> None:
        """Add audio at the engine's sample rate. Never blocks."""

    async def partial(self) -> Transcript:
        """The text of all audio fed so far; the utterance may go on."""

    async def final(self) -> Transcript:
        """The text of the whole utterance; nothing may be fed afterwards."""

    def cancel(self) -> None:
        """Drop queued work. A decode under way ends by itself and its result is discarded."""


class Recognizer(Protocol):
    """A speech-to-text engine, shared by all calls of the process."""

    @property
    def name(self) -> str:
        """The engine's key in the settings."""

    @property
    def capabilities(self) -> RecognizerCapabilities:
        """What it can do."""

    async def warm(self) -> None:
        """Load the model and run it once. Raises SpeechError with the fix when it cannot."""

    def utterance(self, hints: Hints) -> Utterance:
        """Begin to recognise one utterance."""

    async def close(self) -> None:
        """Free threads and memory."""


class Synthesizer(Protocol):
    """A text-to-speech engine, shared by all calls of the process."""

    @property
    def name(self) -> str:
        """The engine's key in the settings."""

    @property
    def voice(self) -> str:
        """The voice in use."""

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it yields."""

    async def warm(self) -> None:
        """Load the model and speak once. Raises SpeechError with the fix when it cannot."""

    def stream(self, text: str, pace: float = 1.0) -> AsyncGenerator[Pcm, None]:
        """Speak one sentence; chunks come as they are ready. Closing the iterator stops the work.

        ``pace``: 1.0 as configured, 0.8 slower.
        """

    async def close(self) -> None:
        """Free threads and memory."""
