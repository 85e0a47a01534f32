"""Whisper on CTranslate2, called directly: a short window makes a short utterance a short decode. Blocks throughout.

The usual wrappers pad every utterance to 30 s. A 12 s window takes a quarter of the time with the same accuracy;
windows of 8 s and less make the model repeat itself (measured). Beams of 2 or 5 gain no accuracy on digits, and a
second thread gains no time.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterisk_agent.audio import mel
from asterisk_agent.audio.level import quietest
from asterisk_agent.audio.mel import log_mel
from asterisk_agent.speech.protocols import Pcm, SpeechError, Transcript
from asterisk_agent.speech.recognizers.plausible import is_speech, outruns, repeats, swallows

RATE = mel.RATE

FULL_WINDOW_S = 30
"""The window Whisper was trained with."""

CUT_FROM_S, CUT_TO_S = 24, 29
"""Longer audio is cut at the quietest moment between these."""

PROMPT_TOKENS = 64
"""Longest domain prompt; its end is kept."""

TOKENS_PER_S = 10
"""More text than this in a second of speech is the model talking to itself."""

QUIET_DBFS = -57.0
"""Audio whose loudest 20 ms lie below holds no speech."""

VOICE_DB = 25.0
"""Audio this far below the loudest 20 ms is no voice."""

_START = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
_FRAME = RATE // 50


class WhisperModel:
    """A loaded model. Safe to share: ``threads`` decodes run at once, further ones wait."""

    def __init__(self, folder: Path, window_s: int, threads: int) -> None:
        """Raises SpeechError when the folder holds no usable model."""
        import ctranslate2
        from tokenizers import Tokenizer

        try:
            self._model = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=threads, intra_threads=1
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # CTranslate2 raises RuntimeError, tokenizers a bare Exception
            raise SpeechError(
                f"the Whisper model in {folder} cannot be loaded ({error}); 'asterisk-agent models' shows what is there"
            ) from None
        self._window_s = window_s
        self._start = [self._token(name, folder) for name in _START]
        self._before = self._token("<|startofprev|>", folder)

    def transcribe(self, pcm: Pcm, prompt: str) -> Transcript:
        """The text of 16 kHz audio of any length; empty text when nothing was said."""
        started = time.perf_counter()
        heard = [self._passage(passage, prompt) for passage in passages(pcm)]
        said = [(text, sure, length) for text, sure, length in heard if text]
        weight = sum(length for _, _, length in said)
        return Transcript(
            text=" ".join(text for text, _, _ in said),
            confidence=sum(sure * length for _, sure, length in said) / weight if weight else 0.0,
            audio_ms=len(pcm) * 1000 // RATE,
            decode_ms=(time.perf_counter() - started) * 1000,
        )

    def _passage(self, pcm: Pcm, prompt: str) -> tuple[str, float, int]:
        """Text, confidence 0…1 and length in samples of at most 30 s of audio."""
        if loudness_dbfs(pcm) < QUIET_DBFS:
            return "", 0.0, len(pcm)
        seconds = math.ceil(len(pcm) / RATE)
        window_s = self._window_s if seconds <= self._window_s else FULL_WINDOW_S
        text, score, no_speech = self._generate(pcm, prompt, window_s)
        voiced = voiced_s(pcm)
        if repeats(text) or outruns(text, voiced):
            text, score, no_speech = self._generate(pcm, "", FULL_WINDOW_S)
        elif swallows(text, prompt, voiced):
            text, score, no_speech = self._generate(pcm, "", window_s)
        if not is_speech(text, score, no_speech, prompt):
            return "", 0.0, len(pcm)
        return text, math.exp(score), len(pcm)

    def _generate(self, pcm: Pcm, prompt: str, window_s: int) -> tuple[str, float, float]:
        """Text, average log probability of its tokens, and the probability that nobody spoke."""
        import ctranslate2

        features = log_mel(pcm, window_s * RATE // mel.HOP)
        tokens = self._start
        if prompt:
            words = self._tokenizer.encode(" " + prompt.strip(), add_special_tokens=False).ids
            tokens = [self._before, *words[-PROMPT_TOKENS:], *tokens]
        longest = 8 + int(TOKENS_PER_S * len(pcm) / RATE)
        result: Any = self._model.generate(
            ctranslate2.StorageView.from_array(features[None]),
            [tokens],
            beam_size=1,
            # CTranslate2 takes the lesser of half of this and of what the prompt leaves of it.
            max_length=min(448, max(2 * longest, longest + len(tokens))),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        text = str(self._tokenizer.decode(result.sequences_ids[0])).strip()
        return text, float(result.scores[0]), float(result.no_speech_prob)

    def _token(self, name: str, folder: Path) -> int:
        number = self._tokenizer.token_to_id(name)
        if number is None:
            raise SpeechError(f"the model in {folder} has no token {name}: it is no multilingual Whisper model")
        return int(number)


def passages(pcm: Pcm) -> list[Pcm]:
    """Audio in pieces that fit the full window, cut where it is quietest."""
    pieces: list[Pcm] = []
    while len(pcm) > FULL_WINDOW_S * RATE:
        at = CUT_FROM_S * RATE + quietest(pcm[CUT_FROM_S * RATE : CUT_TO_S * RATE], _FRAME) + _FRAME // 2
        pieces.append(pcm[:at])
        pcm = pcm[at:]
    return [*pieces, pcm]


def loudness_dbfs(pcm: Pcm) -> float:
    """RMS of the loudest 20 ms in dB below full scale; -120 when there is no such stretch."""
    return max(-120.0, float(_levels_db(pcm).max(initial=-120.0)))


def voiced_s(pcm: Pcm) -> float:
    """Seconds within ``VOICE_DB`` of the loudest 20 ms: in noise, all of them."""
    levels = _levels_db(pcm)
    return float(np.count_nonzero(levels > levels.max(initial=-120.0) - VOICE_DB)) * _FRAME / RATE


def _levels_db(pcm: Pcm) -> NDArray[np.float32]:
    count = len(pcm) // _FRAME
    power = np.square(pcm[: count * _FRAME].reshape(count, _FRAME).astype(np.float32) / 32768).mean(axis=1)
    levels: NDArray[np.float32] = 10 * np.log10(power + np.float32(1e-12))
    return levels
