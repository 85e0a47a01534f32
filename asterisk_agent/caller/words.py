"""What a recogniser hears in the agent's recorded voice: the agent's words, heard back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import soxr

from asterisk_agent.caller.segments import RATE, Pcm
from asterisk_agent.settings import Speech
from asterisk_agent.speech import recognizers
from asterisk_agent.speech.protocols import Hints, Recognizer
from asterisk_agent.speech.workers import Workers

_WINDOW_S = 10.0
"""Longest piece given to the engine at once; longer answers are cut at their quietest place."""

_CUT_S = 7.0


class HeardBack:
    """Turns the agent's recorded voice into text with the agent's own engine."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer

    async def __call__(self, pcm: Pcm) -> str:
        """Telephone audio (8 kHz) to its words. Raises SpeechError."""
        texts = [await self._piece(piece) for piece in pieces(pcm)]
        return " ".join(text for text in texts if text)

    async def _piece(self, pcm: Pcm) -> str:
        rate = self._recognizer.capabilities.sample_rate
        wide = soxr.resample(pcm.astype(np.float32), RATE, rate)
        utterance = self._recognizer.utterance(Hints())
        utterance.feed(np.clip(wide, -32768, 32767).astype(np.int16))
        return (await utterance.final()).text.strip()


@asynccontextmanager
async def heard_back(settings: Speech) -> AsyncIterator[HeardBack]:
    """The configured engine, loaded. Raises SpeechError with the fix when it cannot be used."""
    workers = Workers(settings.workers)
    recognizer = recognizers.create(settings, workers)
    try:
        await recognizer.warm()
        yield HeardBack(recognizer)
    finally:
        await recognizer.close()
        await workers.close()


def pieces(pcm: Pcm) -> list[Pcm]:
    """The audio in pieces of at most 10 s, cut at the quietest 100 ms between 7 and 10 s of each."""
    result: list[Pcm] = []
    step = RATE // 10
    while len(pcm) > _WINDOW_S * RATE:
        begin = int(_CUT_S * RATE)
        hops = pcm[begin : int(_WINDOW_S * RATE)].astype(np.float64).reshape(-1, step)
        cut = begin + int(np.argmin(np.mean(hops * hops, axis=1))) * step + step // 2
        result.append(pcm[:cut])
        pcm = pcm[cut:]
    return [*result, pcm]
