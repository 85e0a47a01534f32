"""The agent's voice on the telephone: sentences to audio at telephone level, fixed phrases at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing

import numpy as np

from asterisk_agent.audio.resample import resample
from asterisk_agent.speech.phrases import PhraseCache
from asterisk_agent.speech.protocols import Pcm, Synthesizer

LEVEL_DBFS = -19.0
"""Level of the voiced parts; telephone speech lies at -26 to -16 dBFS (ITU-T P.56 practice)."""

PAUSE_MS = 180
"""Silence kept after a chunk of speech."""

FORM = "1"
"""Raise it when trimming, level or pause change: phrases of another form are made anew."""

_QUIET_DB = 40.0
"""Frames this far below the loudest are silence around a sentence."""

_VOICED_DB = 25.0
"""Frames within this of the loudest count for the level."""

_PEAK = 30000.0


class Voice:
    """One synthesizer made fit for calls, shared by all of them. ``rate`` is that of the audio it gives, in Hz."""

    def __init__(self, synthesizer: Synthesizer, cache: PhraseCache, rate: int = 8000) -> None:
        self._synthesizer = synthesizer
        self._cache = cache
        self._rate = rate

    async def warm(self, phrases: Iterable[str], progress: Callable[[int, int], None] | None = None) -> None:
        """Load the phrases, and render those that no cache holds. ``progress`` is told how many are done, of how many.

        Raises SpeechError.
        """
        wanted = list(dict.fromkeys(phrases))
        for done, text in enumerate(wanted, 1):
            if await asyncio.to_thread(self._cache.load, self._key(text)) is None:
                chunks = [chunk async for chunk in self._render(text)]
                if chunks:
                    await asyncio.to_thread(self._cache.keep, self._key(text), np.concatenate(chunks))
            if progress:
                progress(done, len(wanted))

    def cached(self, text: str) -> bool:
        """Whether ``say`` has this at once."""
        return self._cache.get(self._key(text)) is not None

    async def say(self, text: str, pace: float = 1.0) -> AsyncGenerator[Pcm, None]:
        """One sentence in chunks as they are ready. What was not warmed may be personal and is kept nowhere."""
        kept = self._cache.get(self._key(text)) if pace == 1.0 else None
        if kept is not None:
            yield kept
            return
        async with aclosing(self._render(text, pace)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _render(self, text: str, pace: float = 1.0) -> AsyncGenerator[Pcm, None]:
        rate = self._synthesizer.sample_rate
        async with aclosing(self._synthesizer.stream(text, pace)) as chunks:
            async for chunk in chunks:
                yield telephone(resample(chunk, rate, self._rate), self._rate)

    def _key(self, text: str) -> tuple[str, ...]:
        return (self._synthesizer.name, self._synthesizer.voice, str(self._rate), FORM, text)


def telephone(pcm: Pcm, rate: int) -> Pcm:
    """Trim the silence around a chunk of speech, set its level, and end it with a short pause."""
    frame = rate // 50
    pause = np.zeros(PAUSE_MS * rate // 1000, np.int16)
    frames = np.pad(pcm, (0, -len(pcm) % frame)).astype(np.float32).reshape(-1, frame)
    energy = np.square(frames).mean(axis=1)
    loudest = energy.max(initial=0.0)
    if loudest == 0.0:
        return pause
    voiced = np.flatnonzero(energy > loudest * 10 ** (-_QUIET_DB / 10))
    level = np.sqrt(energy[energy > loudest * 10 ** (-_VOICED_DB / 10)].mean()) / 32768
    gain = min(10 ** (LEVEL_DBFS / 20) / level, _PEAK / np.abs(frames).max())
    speech = frames[voiced[0] : voiced[-1] + 1].reshape(-1) * gain
    return np.concatenate((speech.astype(np.int16), pause))
