"""From window probabilities to speech that starts and stops: hysteresis, no audio, no clock."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.audio.vad import WINDOW_MS

START = 0.5
"""Probability from which a window is voice (Silero's own default)."""

STAY = 0.35
"""Probability above which voice goes on (Silero's default: start - 0.15)."""

ONSET_WINDOWS = 2
"""Windows of voice in a row that make speech: a click fills one."""


@dataclass(frozen=True)
class VoiceStarted:
    """Speech began at ``at_ms`` of the stream."""

    at_ms: int


@dataclass(frozen=True)
class VoiceGoesOn:
    """Still speech, up to ``at_ms``."""

    at_ms: int


@dataclass(frozen=True)
class VoiceStopped:
    """The first window without voice; the last voice was at ``at_ms``."""

    at_ms: int


VoiceEvent = VoiceStarted | VoiceGoesOn | VoiceStopped


class SpeechDetector:
    """Follows one stream, window by window."""

    def __init__(self) -> None:
        self._windows = 0
        self._voiced = 0
        self._speaking = False

    def push(self, probability: float) -> VoiceEvent | None:
        """Take the next window's probability of voice."""
        begin = self._windows * WINDOW_MS
        self._windows += 1
        if self._speaking:
            if probability >= STAY:
                return VoiceGoesOn(begin + WINDOW_MS)
            self._speaking = False
            self._voiced = 0
            return VoiceStopped(begin)
        self._voiced = self._voiced + 1 if probability >= START else 0
        if self._voiced < ONSET_WINDOWS:
            return None
        self._speaking = True
        return VoiceStarted(begin - (ONSET_WINDOWS - 1) * WINDOW_MS)
