"""Whisper on CTranslate2, called directly: a short window makes a short utterance a short decode. Blocks throughout.

The usual wrappers pad every utterance to 30 s. A 12 s window takes a quarter of the time with the same accuracy;
windows of 8 s and less make the model repeat itself (measured). A second thread gains no time. Three beams cost 17 ms
and make the best text no better, but the three texts hold a five-digit number in 95 % of 180 utterances, the best alone
in 86 %.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
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

BEAMS = 3
"""Texts that are weighed against each other."""

_START = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
_FRAME = RATE // 50


@dataclass(frozen=True)
class Text:
    """One beam. ``score``: average log probability of its tokens; ``no_speech``: probability that nobody spoke."""

    text: str
    score: float
    no_speech: float


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
        heard = [(passage, self._passage(passage, prompt)) for passage in passages(pcm)]
        said = [(len(passage), texts) for passage, texts in heard if texts]
        weight = sum(length for length, _ in said)
        return Transcript(
            text=" ".join(texts[0].text for _, texts in said),
            confidence=sum(math.exp(texts[0].score) * length for length, texts in said) / weight if weight else 0.0,
            audio_ms=len(pcm) * 1000 // RATE,
            decode_ms=(time.perf_counter() - started) * 1000,
            alternatives=tuple(other.text for other in said[0][1][1:]) if len(said) == 1 else (),
        )

    def _passage(self, pcm: Pcm, prompt: str) -> list[Text]:
        """What at most 30 s of audio may say, the likeliest first; nothing when nobody spoke."""
        if loudness_dbfs(pcm) < QUIET_DBFS:
            return []
        seconds = math.ceil(len(pcm) / RATE)
        window_s = self._window_s if seconds <= self._window_s else FULL_WINDOW_S
        voiced = voiced_s(pcm)
        texts = self._generate(pcm, prompt, window_s)
        if swallows(texts[0].text, prompt, voiced):
            texts = self._generate(pcm, "", window_s)
        sound = [text for text in texts if not (repeats(text.text) or outruns(text.text, voiced))]
        texts = sound or self._generate(pcm, "", FULL_WINDOW_S)
        return texts if is_speech(texts[0].text, texts[0].score, texts[0].no_speech, prompt) else []

    def _generate(self, pcm: Pcm, prompt: str, window_s: int) -> list[Text]:
        """The texts of all beams, the likeliest first."""
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
            beam_size=BEAMS,
            num_hypotheses=BEAMS,
            # CTranslate2 takes the lesser of half of this and of what the prompt leaves of it.
            max_length=min(448, max(2 * longest, longest + len(tokens))),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        return [
            Text(str(self._tokenizer.decode(ids)).strip(), float(score), float(result.no_speech_prob))
            for ids, score in zip(result.sequences_ids, result.scores, strict=True)
        ]

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
