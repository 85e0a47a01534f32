"""The agent's voice on the telephone: sentences to 8 kHz audio at telephone level, fixed phrases from the cache."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import numpy as np

from asterisk_agent.audio.resample import resample
from asterisk_agent.speech.phrases import PhraseCache
from asterisk_agent.speech.protocols import Pcm, Synthesizer

LEVEL_DBFS = -19.0
"""Level of the voiced parts; telephone speech lies at -26 to -16 dBFS (ITU-T P.56 practice)."""

PAUSE_MS = 180
"""Silence kept after a sentence."""

_RATE = 8000
_FRAME = 160
_QUIET_DB = 40.0
"""Frames this far below the loudest are silence around a sentence."""

_PEAK = 30000.0


class Voice:
    """One synthesizer made fit for calls, shared by all of them."""

    def __init__(self, synthesizer: Synthesizer, cache: PhraseCache) -> None:
        self._synthesizer = synthesizer
        self._cache = cache

    async def warm(self, phrases: Iterable[str], progress: Callable[[int, int], None] | None = None) -> None:
        """Render the phrases that are not in the cache. ``progress`` is told how many are done, of how many."""
        wanted = list(phrases)
        for done, text in enumerate(wanted, 1):
            if await asyncio.to_thread(self._cache.get, self._key(text)) is None:
                pcm = np.concatenate([chunk async for chunk in self._render(text)])
                await asyncio.to_thread(self._cache.put, self._key(text), pcm)
            if progress:
                progress(done, len(wanted))

    def cached(self, text: str) -> bool:
        """Whether ``say`` has this at once."""
        return self._cache.get(self._key(text)) is not None

    async def say(self, text: str) -> AsyncIterator[Pcm]:
        """One sentence as 8 kHz audio, in chunks as they are ready. What is not a fixed phrase is not kept on disk."""
        kept = self._cache.get(self._key(text))
        if kept is not None:
            yield kept
            return
        async for chunk in self._render(text):
            yield chunk

    async def _render(self, text: str) -> AsyncIterator[Pcm]:
        rate = self._synthesizer.sample_rate
        async for chunk in self._synthesizer.stream(text):
            yield telephone(resample(chunk, rate, _RATE))

    def _key(self, text: str) -> tuple[str, ...]:
        return (self._synthesizer.name, self._synthesizer.voice, str(_RATE), text)


def telephone(pcm: Pcm) -> Pcm:
    """Trim the silence around a chunk of speech, set its level, and end it with a short pause."""
    frames = len(pcm) // _FRAME
    pause = np.zeros(PAUSE_MS * 8, np.int16)
    if frames == 0:
        return pause
    wide = pcm[: frames * _FRAME].astype(np.float64)
    energy = np.square(wide).reshape(frames, _FRAME).mean(axis=1)
    if energy.max() == 0:
        return pause
    voiced = np.flatnonzero(energy > energy.max() * 10 ** (-_QUIET_DB / 10))
    loud = energy[energy > energy.max() * 10 ** (-2.5)]
    gain = min(10 ** (LEVEL_DBFS / 20) * 32768 / np.sqrt(loud.mean()), _PEAK / np.abs(wide).max())
    start, end = voiced[0] * _FRAME, (voiced[-1] + 1) * _FRAME
    return np.concatenate(((wide[start:end] * gain).astype(np.int16), pause))
