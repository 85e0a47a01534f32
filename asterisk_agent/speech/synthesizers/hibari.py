"""The embedded voice: hibari (ONNX, 24 kHz, about a hundredth of real time on one core)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from asterisk_agent.settings import Hibari
from asterisk_agent.speech.protocols import Pcm, SpeechError
from asterisk_agent.speech.workers import Workers

SEED = 1
"""The same text always sounds the same, so that a cached phrase cannot differ from a fresh one."""

_CLAUSE = re.compile(r"(?<=[,;:])\s+")
_LONG_WORDS = 12
"""A sentence with more words is spoken clause by clause, so that its first sound comes early."""


class HibariSynthesizer:
    """The Synthesizer protocol on hibari."""

    def __init__(self, settings: Hibari, workers: Workers) -> None:
        self._settings = settings
        self._workers = workers
        self._engine: Any = None

    @property
    def name(self) -> str:
        """The engine's key in the settings."""
        return "hibari"

    @property
    def voice(self) -> str:
        """The voice and its pace."""
        return f"{self._settings.voice}@{self._settings.speed}"

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it yields."""
        return 24000

    async def warm(self) -> None:
        """Load the model and speak once. Raises SpeechError with the fix when it cannot."""
        await self._workers.run(self._load)
        await self._workers.run(self._speak, "Ready.")

    async def stream(self, text: str) -> AsyncIterator[Pcm]:
        """Speak one sentence; chunks come as they are ready. Closing the iterator stops the work."""
        for part in parts(text):
            yield await self._workers.run_urgent(self._speak, part)

    async def close(self) -> None:
        """Free the memory."""
        self._engine = None

    def _load(self) -> None:
        try:
            from hibari import Hibari as Engine
            from hibari.voices import VOICES
        except ImportError as error:
            raise SpeechError(f"the voice engine is missing ({error}): pip install hibari-tts==0.2.1") from None
        if self._settings.voice not in VOICES:
            raise SpeechError(
                f"speech.hibari.voice = {self._settings.voice!r} is no voice of hibari; known: {', '.join(VOICES)}"
            )
        try:
            self._engine = Engine(voice=self._settings.voice)
        except Exception as error:  # whatever the file does to onnxruntime
            raise SpeechError(
                f"the voice {self._settings.voice!r} cannot be loaded ({error}); 'heart' comes with the package: "
                "pip install --force-reinstall --no-deps hibari-tts==0.2.1"
            ) from None

    def _speak(self, text: str) -> Pcm:
        audio = np.asarray(self._engine(text, speed=self._settings.speed, seed=SEED), np.float32)
        return (np.clip(audio, -1.0, 1.0) * 32767).astype(np.int16)


def parts(text: str) -> list[str]:
    """A long sentence cut at its clauses, each at least three words; a short one whole."""
    if len(text.split()) <= _LONG_WORDS:
        return [text]
    cut: list[str] = []
    for clause in _CLAUSE.split(text):
        if cut and (len(cut[-1].split()) < 3 or len(clause.split()) < 3):
            cut[-1] += " " + clause
        else:
            cut.append(clause)
    return cut
