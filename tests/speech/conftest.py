"""A warm recogniser and voice for the tests of this folder, and speech as a telephone line delivers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from asterisk_agent.audio.g711 import ULAW
from asterisk_agent.audio.resample import resample
from asterisk_agent.caller.voice import Pcm, mixed, noise, shared_voice
from asterisk_agent.settings import Hibari, Whisper
from asterisk_agent.speech.recognizers.whisper import WhisperRecognizer
from asterisk_agent.speech.synthesizers.hibari import HibariSynthesizer
from asterisk_agent.speech.workers import Workers

Line = Callable[..., Pcm]


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    pool = Workers(2)
    yield pool
    asyncio.run(pool.close())


@pytest.fixture(scope="session")
def whisper(workers: Workers) -> WhisperRecognizer:
    recognizer = WhisperRecognizer(Whisper(), workers)
    asyncio.run(recognizer.warm())
    return recognizer


@pytest.fixture(scope="session")
def hibari(workers: Workers) -> HibariSynthesizer:
    synthesizer = HibariSynthesizer(Hibari(), workers)
    asyncio.run(synthesizer.warm())
    return synthesizer


@pytest.fixture(scope="session")
def line() -> Line:
    """``line("hello", noise_dbfs=-40)``: a sentence with silence around it through 8 kHz µ-law, as 16 kHz PCM."""

    def speak(text: str, noise_dbfs: float = -65.0) -> Pcm:
        speech = shared_voice().say(text)
        pcm = np.concatenate((np.zeros(2400, np.int16), speech, np.zeros(1600, np.int16)))
        pcm = mixed(pcm, noise(len(pcm) // 8 + 1, noise_dbfs))
        return resample(ULAW.decode(ULAW.encode(pcm)), 8000, 16000)

    return speak
