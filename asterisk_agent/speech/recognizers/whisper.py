"""The embedded recogniser: Whisper behind the Recognizer protocol, decoding on the worker threads."""

from __future__ import annotations

import asyncio

import numpy as np

from asterisk_agent.settings import Whisper
from asterisk_agent.speech.models import whisper_folder
from asterisk_agent.speech.protocols import Hints, Pcm, RecognizerCapabilities, SpeechError, Transcript
from asterisk_agent.speech.recognizers.whisper_model import RATE, WhisperModel, loudness_dbfs
from asterisk_agent.speech.workers import Workers

SILENT_DB = 20.0
"""Audio this far below the utterance's loudest 20 ms adds no words to it."""


class WhisperRecognizer:
    """The Recognizer protocol on Whisper."""

    def __init__(self, settings: Whisper, workers: Workers) -> None:
        self._settings = settings
        self._workers = workers
        self._model: WhisperModel | None = None

    @property
    def name(self) -> str:
        """The engine's key in the settings."""
        return "whisper"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        """16 kHz; every partial is a whole decode."""
        return RecognizerCapabilities(RATE, cheap_partials=False, grammar=False, prompt=True)

    async def warm(self) -> None:
        """Load the model and run it once in every thread. Raises SpeechError with the fix when it cannot."""
        self._model = await self._workers.run(self._load)
        noise = (np.random.default_rng(1).standard_normal(RATE) * 1000).astype(np.int16)
        await asyncio.gather(*(self.transcribe(noise, "") for _ in range(self._workers.count)))

    def utterance(self, hints: Hints) -> WhisperUtterance:
        """Begin to recognise one utterance."""
        return WhisperUtterance(self, hints.prompt)

    async def close(self) -> None:
        """Free the memory."""
        self._model = None

    async def transcribe(self, pcm: Pcm, prompt: str) -> Transcript:
        """The text of 16 kHz audio. Raises SpeechError."""
        if self._model is None:
            raise SpeechError("the Whisper model is not loaded; warm() comes first")
        return await self._workers.run(self._model.transcribe, pcm, prompt)

    def _load(self) -> WhisperModel:
        return WhisperModel(whisper_folder(self._settings.model), self._settings.window_s, self._workers.count)


class WhisperUtterance:
    """One stretch of speech; a partial is one decode of all its audio."""

    def __init__(self, recognizer: WhisperRecognizer, prompt: str) -> None:
        self._recognizer = recognizer
        self._prompt = prompt
        self._audio: list[Pcm] = []
        self._samples = 0
        self._covered = 0
        self._task: asyncio.Task[Transcript] | None = None

    def feed(self, pcm: Pcm) -> None:
        """Add audio at 16 kHz. Never blocks."""
        self._audio.append(pcm)
        self._samples += len(pcm)

    async def partial(self) -> Transcript:
        """The text of all audio fed so far. Asking again without new audio waits for the same decode."""
        if self._task is None or self._covered != self._samples or self._failed():
            self._covered = self._samples
            self._task = asyncio.create_task(self._recognizer.transcribe(self._all(), self._prompt))
        # One who no longer waits does not take the transcript from another who does.
        return await asyncio.shield(self._task)

    async def final(self) -> Transcript:
        """The text of the whole utterance; the last partial's when only silence was fed since."""
        if self._task is not None and not self._failed() and self._only_silence_since():
            return await asyncio.shield(self._task)
        return await self.partial()

    def cancel(self) -> None:
        """Drop a decode that still waits; one under way ends by itself and is not heard of."""
        if self._task is not None:
            self._task.cancel()

    def _failed(self) -> bool:
        task = self._task
        return task is not None and task.done() and (task.cancelled() or task.exception() is not None)

    def _only_silence_since(self) -> bool:
        audio = self._all()
        before, after = audio[: self._covered], audio[self._covered :]
        return loudness_dbfs(after) < loudness_dbfs(before) - SILENT_DB

    def _all(self) -> Pcm:
        return np.concatenate(self._audio) if self._audio else np.zeros(0, np.int16)
