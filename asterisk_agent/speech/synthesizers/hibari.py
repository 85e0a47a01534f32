"""The embedded voice: hibari (ONNX, 24 kHz), about 10 ms of one core for a second of speech."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np

from asterisk_agent import manifest
from asterisk_agent.settings import Hibari
from asterisk_agent.speech.models import HIBARI, package_folder
from asterisk_agent.speech.protocols import Pcm, SpeechError
from asterisk_agent.speech.workers import Workers

SEED = 1
"""The same text always sounds the same, so that a cached phrase cannot differ from a fresh one."""

LONG_WORDS = 8
"""A sentence with more words is begun with its first clause alone, so that its first sound comes early."""

_CLAUSE = re.compile(r"(?<=[,;:])\s+")
_LEAST_WORDS = 3


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
        self._engine = await self._workers.run(self._load)
        async for _ in self.stream("Ready."):
            pass

    async def stream(self, text: str, pace: float = 1.0) -> AsyncGenerator[Pcm, None]:
        """Speak one sentence; chunks come as they are ready. Closing the iterator stops the work."""
        if self._engine is None:
            raise SpeechError("the voice is not loaded; warm() comes first")
        for part in parts(text):
            pcm = await self._workers.run_urgent(self._speak, part, pace)
            if len(pcm):
                yield pcm

    async def close(self) -> None:
        """Free the memory."""
        self._engine = None

    def _load(self) -> Any:
        try:
            from hibari import Hibari as Engine
            from hibari.voices import VOICES, voice_path
        except ImportError:
            raise SpeechError(f"the voice is not installed; run: {HIBARI.install}") from None
        voice = self._settings.voice
        if voice not in VOICES:
            raise SpeechError(f"speech.hibari.voice = {voice!r} is no voice of hibari; known: {', '.join(VOICES)}")
        folder = package_folder(HIBARI)
        wrong = manifest.damage(folder, HIBARI.pinned) if folder else None
        if wrong:
            raise SpeechError(f"the voice is damaged ({wrong}); run: {HIBARI.install}")
        try:
            # A voice that is not in the package is fetched and checked here.
            path = voice_path(voice)
        except RuntimeError as error:
            raise SpeechError(f"the voice {voice!r} cannot be fetched ({error}); 'heart' is in the package") from None
        return Engine(voice=voice, model=path)

    def _speak(self, text: str, pace: float) -> Pcm:
        audio = np.asarray(self._engine(text, speed=self._settings.speed * pace, seed=SEED), np.float32)
        pcm: Pcm = (np.clip(audio, -1.0, 1.0) * 32767).astype(np.int16)
        return pcm


def parts(text: str) -> list[str]:
    """A long sentence as its beginning (clauses of three words or more) and its rest; a short one whole."""
    if len(text.split()) <= LONG_WORDS:
        return [text]
    head: list[str] = []
    clauses = _CLAUSE.split(text)
    while clauses and len(" ".join(head).split()) < _LEAST_WORDS:
        head.append(clauses.pop(0))
    rest = " ".join(clauses)
    if len(rest.split()) < _LEAST_WORDS:
        return [text]
    return [" ".join(head), rest]
