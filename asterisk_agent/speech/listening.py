"""What the recogniser hears in a recording: the same ear as on a call, run over the whole of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from asterisk_agent.audio.detector import SpeechDetector, VoiceStarted, VoiceStopped
from asterisk_agent.audio.resample import resample
from asterisk_agent.audio.vad import RATE as VAD_RATE
from asterisk_agent.audio.vad import WINDOW, WINDOW_MS, VoiceActivity
from asterisk_agent.speech.ear import PRE_ROLL_MS
from asterisk_agent.speech.protocols import Hints, Pcm, Recognizer

PAUSE_MS = 700
"""Silence that parts two utterances; a call's own turn-taking also weighs the words."""

LONGEST_MS = 28_000
"""Speech without a pause is cut here: engines take 30 s at most."""

TAIL_MS = 200


@dataclass(frozen=True)
class HeardUtterance:
    """One utterance of a recording; times in milliseconds of the recording, ``decode_ms`` is the engine's work."""

    start_ms: int
    end_ms: int
    text: str
    confidence: float
    decode_ms: float


async def listen(
    pcm: Pcm, rate: int, voice_activity: VoiceActivity, recognizer: Recognizer, hints: Hints
) -> AsyncIterator[HeardUtterance]:
    """The utterances of a recording, in order, each as soon as it is recognised. Raises SpeechError."""
    engine_rate = recognizer.capabilities.sample_rate
    audio = await asyncio.to_thread(resample, pcm, rate, engine_rate)
    wide = audio if engine_rate == VAD_RATE else await asyncio.to_thread(resample, pcm, rate, VAD_RATE)
    for start, end in await asyncio.to_thread(spans, voice_activity, wide):
        utterance = recognizer.utterance(hints)
        utterance.feed(audio[max(0, start - PRE_ROLL_MS) * engine_rate // 1000 : (end + TAIL_MS) * engine_rate // 1000])
        heard = await utterance.final()
        yield HeardUtterance(start, end, heard.text, round(heard.confidence, 3), round(heard.decode_ms, 1))


def spans(voice_activity: VoiceActivity, pcm: Pcm) -> list[tuple[int, int]]:
    """Where speech begins and ends in 16 kHz audio, in milliseconds; shorter pauses than ``PAUSE_MS`` are bridged.

    Blocks: about half a percent of the recording's length.
    """
    found: list[tuple[int, int]] = []
    session, detector = voice_activity.session(), SpeechDetector()
    begun: int | None = None
    for at in range(0, len(pcm), WINDOW):
        for probability in session.push(pcm[at : at + WINDOW]):
            match detector.push(probability):
                case VoiceStarted(at_ms=start):
                    begun = start
                case VoiceStopped(at_ms=end) if begun is not None:
                    _add(found, begun, end)
                    begun = None
                case _ if begun is not None and at // WINDOW * WINDOW_MS - begun >= LONGEST_MS:
                    _add(found, begun, begun + LONGEST_MS)
                    begun += LONGEST_MS
                case _:
                    pass
    if begun is not None:
        _add(found, begun, len(pcm) * 1000 // VAD_RATE)
    return found


def _add(found: list[tuple[int, int]], start: int, end: int) -> None:
    if found and start - found[-1][1] < PAUSE_MS and end - found[-1][0] <= LONGEST_MS:
        found[-1] = (found[-1][0], end)
    else:
        found.append((start, end))
