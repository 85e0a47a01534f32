"""Vosk: true streaming, and a grammar at run time (only digits while an order number is expected, say).

Its English models are not in the package registries: a folder in ``speech.vosk.model``, or one that
``asterisk-agent models pull`` has put into the cache.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from asterisk_agent.settings import Vosk
from asterisk_agent.speech.models import vosk_folder
from asterisk_agent.speech.protocols import Hints, Pcm, RecognizerCapabilities, SpeechError, Transcript
from asterisk_agent.speech.workers import Workers

RATE = 16000

STEP = RATE // 10
"""Audio taken by the engine at once, in samples: 100 ms, so that a partial has little left to do."""

UNKNOWN = "[unk]"
"""The grammar's word for everything else; without it any sound becomes one of the words."""


class VoskRecognizer:
    """The Recognizer protocol on Vosk."""

    def __init__(self, settings: Vosk, workers: Workers) -> None:
        self._settings = settings
        self._workers = workers
        self._model: Any = None

    @property
    def name(self) -> str:
        """The engine's key in the settings."""
        return "vosk"

    @property
    def capabilities(self) -> RecognizerCapabilities:
        """16 kHz; partials come with the audio."""
        return RecognizerCapabilities(RATE, cheap_partials=True, grammar=True, prompt=False)

    async def warm(self) -> None:
        """Load the model and run it once. Raises SpeechError with the fix when it cannot."""
        await self._workers.run(self._load)
        utterance = self.utterance(Hints())
        utterance.feed(np.zeros(RATE, np.int16))
        await utterance.final()

    def utterance(self, hints: Hints) -> VoskUtterance:
        """Begin to recognise one utterance. ``hints.words`` becomes its grammar."""
        return VoskUtterance(self._model, self._workers, hints.words)

    async def close(self) -> None:
        """Free the memory."""
        self._model = None

    def _load(self) -> None:
        try:
            import vosk
        except ImportError as error:
            raise SpeechError(
                f"the Vosk engine cannot be loaded ({error}); run: pip install 'asterisk-order-agent[vosk]'"
            ) from None
        folder: Path = vosk_folder(self._settings.model)
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(folder))
        except Exception as error:  # vosk raises nothing more precise
            raise SpeechError(
                f"the Vosk model in {folder} cannot be loaded ({error}); 'asterisk-agent models' shows what is there"
            ) from None


class VoskUtterance:
    """One stretch of speech. The engine takes its audio in order on the worker threads while it is still spoken."""

    def __init__(self, model: Any, workers: Workers, words: tuple[str, ...] | None) -> None:
        self._model = model
        self._workers = workers
        self._words = words
        self._engine: Any = None
        # Held while the engine works: a cancelled question may leave work behind that is still running.
        self._lock = threading.Lock()
        self._waiting: deque[Pcm] = deque()
        self._waiting_samples = 0
        self._taken_samples = 0
        self._spent_ms = 0.0
        self._done: list[dict[str, Any]] = []
        self._final: Transcript | None = None
        self._closed = False
        self._follow: asyncio.Future[None] | None = None

    def feed(self, pcm: Pcm) -> None:
        """Add audio at 16 kHz. Never blocks. What comes after ``final`` is not heard."""
        if self._closed:
            return
        self._waiting.append(pcm)
        self._waiting_samples += len(pcm)
        if self._waiting_samples >= STEP and (self._follow is None or self._follow.done()):
            self._follow = asyncio.ensure_future(self._workers.run(self._catch_up))
            # Its error comes again with the next question, which works on the same engine.
            self._follow.add_done_callback(lambda follow: follow.cancelled() or follow.exception())

    async def partial(self) -> Transcript:
        """The text of all audio fed so far. Raises SpeechError."""
        return await self._workers.run(self._ask, False)

    async def final(self) -> Transcript:
        """The text of the whole utterance. Raises SpeechError."""
        self._closed = True
        return await self._workers.run(self._ask, True)

    def cancel(self) -> None:
        """Drop audio and work that wait."""
        self._closed = True
        self._waiting.clear()
        if self._follow is not None:
            self._follow.cancel()

    def _ask(self, final: bool) -> Transcript:
        if self._final is not None:
            return self._final
        self._catch_up()
        with self._lock:
            engine = self._opened()
            started = time.monotonic()
            rest = json.loads(engine.FinalResult() if final else engine.PartialResult())
            self._spent_ms += (time.monotonic() - started) * 1000
            transcript = self._transcript([*self._done, rest])
            if final:
                self._final, self._engine = transcript, None
            return transcript

    def _catch_up(self) -> None:
        """Give the engine all audio that waits."""
        with self._lock:
            engine = self._opened()
            started = time.monotonic()
            while self._waiting:
                pcm = self._waiting.popleft()
                self._waiting_samples -= len(pcm)
                self._taken_samples += len(pcm)
                # Vosk ends a segment at pauses of its own; the utterance ends when the turn does.
                if engine.AcceptWaveform(pcm.astype("<i2").tobytes()):
                    self._done.append(json.loads(engine.Result()))
            self._spent_ms += (time.monotonic() - started) * 1000

    def _opened(self) -> Any:
        if self._engine is None:
            import vosk

            try:
                grammar = self._grammar()
                self._engine = vosk.KaldiRecognizer(self._model, RATE, *([grammar] if grammar else []))
            except Exception as error:  # vosk raises nothing more precise
                raise SpeechError(f"Vosk cannot begin an utterance ({error}); is its model whole?") from None
            self._engine.SetWords(True)
            self._engine.SetPartialWords(True)
        return self._engine

    def _grammar(self) -> str | None:
        """The words that the model knows, in any order; None: open speech."""
        known = [word for word in self._words or () if self._model.vosk_model_find_word(word) >= 0]
        if not known:
            return None
        unknown = [UNKNOWN] if self._model.vosk_model_find_word(UNKNOWN) >= 0 else []
        return json.dumps([" ".join(known), *known, *unknown], ensure_ascii=False)

    def _transcript(self, results: list[dict[str, Any]]) -> Transcript:
        texts = [str(result.get("text") or result.get("partial") or "") for result in results]
        heard = " ".join(" ".join(texts).replace(UNKNOWN, " ").split())
        words = [word for result in results for word in result.get("result") or result.get("partial_result") or []]
        sure = [float(word["conf"]) for word in words if word["word"] != UNKNOWN]
        return Transcript(
            text=heard,
            confidence=min(1.0, sum(sure) / len(sure)) if heard and sure else 0.0,
            audio_ms=self._taken_samples * 1000 // RATE,
            decode_ms=self._spent_ms,
        )
