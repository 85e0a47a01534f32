"""The embedded recogniser: Whisper on CTranslate2, called directly so that a short utterance costs a short decode.

The usual wrappers pad every utterance to 30 s; a 12 s window is about four times as fast with the same accuracy
(measured; shorter windows make the model repeat itself).
"""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from asterisk_agent.settings import Whisper
from asterisk_agent.speech.models import whisper_folder
from asterisk_agent.speech.protocols import Hints, Pcm, RecognizerCapabilities, SpeechError, Transcript
from asterisk_agent.speech.workers import Workers

RATE = 16000
FULL_WINDOW_S = 30
PROMPT_TOKENS = 60
"""Longest domain prompt; each token costs decode time."""

TOKENS_PER_S = 12
"""More text than this in a second of speech is the model talking to itself."""

COMPRESSION_LIMIT = 2.4
"""Text that compresses better than this repeats itself (the limit of OpenAI's own decoder)."""

NO_SPEECH = 0.6
UNSURE_LOGPROB = -1.0
"""Together they mean that there was no speech (the limits of OpenAI's own decoder)."""

_INVENTED = re.compile(
    r"(thank you( very much| so much)?( for watching)?|thanks for watching|bye( bye)?|you|\.+|so|the end"
    r"|please subscribe|subtitles by .*|\[.*\]|\(.*\)|♪.*)[.!]?",
    re.IGNORECASE,
)
"""What Whisper writes over noise; believed only when it is sure of it."""

INVENTED_LOGPROB = -0.5


class WhisperRecognizer:
    """The Recognizer protocol on Whisper."""

    def __init__(self, settings: Whisper, workers: Workers) -> None:
        self._settings = settings
        self._workers = workers
        self._model: Any = None
        self._tokenizer: Any = None
        self._features: Any = None
        self._start: list[int] = []

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
        await self._workers.run(self._load)
        silence = np.zeros(RATE, np.int16)
        await asyncio.gather(*(self._workers.run(self._decode, silence, "") for _ in range(self._workers.count)))

    def utterance(self, hints: Hints) -> WhisperUtterance:
        """Begin to recognise one utterance."""
        return WhisperUtterance(self, hints.prompt)

    async def close(self) -> None:
        """Free the memory."""
        self._model = None

    async def transcribe(self, pcm: Pcm, prompt: str) -> Transcript:
        """The text of this audio. Raises SpeechError."""
        return await self._workers.run(self._decode, pcm, prompt)

    def _load(self) -> None:
        import ctranslate2
        from faster_whisper.feature_extractor import FeatureExtractor
        from tokenizers import Tokenizer

        folder: Path = whisper_folder(self._settings.model)
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=self._workers.count, intra_threads=1
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._features = FeatureExtractor(feature_size=80)
        except Exception as error:  # CTranslate2 raises RuntimeError, tokenizers a bare Exception
            raise SpeechError(
                f"the Whisper model in {folder} cannot be loaded ({error}); 'asterisk-agent models' shows what is there"
            ) from None
        names = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
        self._start = [self._tokenizer.token_to_id(name) for name in names]

    def _decode(self, pcm: Pcm, prompt: str) -> Transcript:
        started = time.monotonic()
        seconds = len(pcm) / RATE
        window = self._settings.window_s if seconds <= self._settings.window_s else FULL_WINDOW_S
        result = self._run(pcm, prompt, window)
        text = self._text(result)
        if window < FULL_WINDOW_S and repeats(text):
            result = self._run(pcm, "", FULL_WINDOW_S)
            text = self._text(result)
        score = float(result.scores[0])
        nothing = result.no_speech_prob > NO_SPEECH and score < UNSURE_LOGPROB
        invented = _INVENTED.fullmatch(text) is not None and (score < INVENTED_LOGPROB or result.no_speech_prob > 0.3)
        if nothing or invented or repeats(text) or score < 2 * UNSURE_LOGPROB:
            text = ""
        return Transcript(
            text=text,
            confidence=float(np.exp(score)) if text else 0.0,
            audio_ms=int(seconds * 1000),
            decode_ms=(time.monotonic() - started) * 1000,
        )

    def _run(self, pcm: Pcm, prompt: str, window_s: int) -> Any:
        import ctranslate2

        audio = np.zeros(window_s * RATE, np.float32)
        kept = pcm[-len(audio) :]
        audio[: len(kept)] = kept.astype(np.float32) / 32768.0
        mel = self._features(audio, padding=0)[:, : window_s * 100]
        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None], dtype=np.float32))
        before: list[int] = []
        if prompt:
            tokens = self._tokenizer.encode(" " + prompt.strip(), add_special_tokens=False).ids
            before = [self._tokenizer.token_to_id("<|startofprev|>"), *tokens[-PROMPT_TOKENS:]]
        longest = len(before) + len(self._start) + 8 + int(TOKENS_PER_S * len(pcm) / RATE)
        return self._model.generate(
            features,
            [before + self._start],
            beam_size=1,
            max_length=min(longest, 448),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]

    def _text(self, result: Any) -> str:
        return str(self._tokenizer.decode(result.sequences_ids[0])).strip()


class WhisperUtterance:
    """One stretch of speech; every question about it is one decode of all its audio."""

    def __init__(self, recognizer: WhisperRecognizer, prompt: str) -> None:
        self._recognizer = recognizer
        self._prompt = prompt
        self._audio: list[Pcm] = []
        self._samples = 0
        self._task: asyncio.Task[Transcript] | None = None
        self._decoded = 0

    def feed(self, pcm: Pcm) -> None:
        """Add audio at 16 kHz. Never blocks."""
        self._audio.append(pcm)
        self._samples += len(pcm)

    async def partial(self) -> Transcript:
        """The text of all audio fed so far; asking again without new audio costs nothing."""
        if self._task is None or self._decoded != self._samples:
            self._decoded = self._samples
            audio = np.concatenate(self._audio) if self._audio else np.zeros(0, np.int16)
            self._task = asyncio.create_task(self._recognizer.transcribe(audio, self._prompt))
        return await asyncio.shield(self._task)

    async def final(self) -> Transcript:
        """The text of the whole utterance."""
        return await self.partial()

    def cancel(self) -> None:
        """Drop a decode that still waits."""
        if self._task is not None:
            self._task.cancel()


def repeats(text: str) -> bool:
    """Whether the text goes round in circles."""
    data = text.encode()
    return len(data) > 40 and len(data) / len(zlib.compress(data)) > COMPRESSION_LIMIT
