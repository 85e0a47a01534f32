"""The simulated caller's mouth: text, files and noise as telephone audio (8 kHz, 16 bit, mono)."""

from __future__ import annotations

import re
import threading
import wave
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from asterisk_agent.caller.segments import RATE, SILENCE_DBFS, Pcm, levels, voice_segments

SPEECH_DBFS = -20.0
"""Active speech level of an ordinary talker on a digital telephone line (ITU-T P.56 practice: -26 to -16)."""

PITCH = 0.86
"""The voice of the package is lowered by this factor (pitch and formants), so that caller and agent differ."""

SENTENCE_GAP_MS = 300
"""Between two sentences in one breath; the engine alone pauses for 700 ms, as if reading aloud."""

_VOICED_RANGE_DB = 25.0
_BAND_HZ = (250, 3500)
_PAUSE = re.compile(r"\[pause (\d+)\]")


class CallerVoice:
    """Speaks as the caller. Methods block: call them in a thread. Safe to share between threads."""

    def __init__(self, pitch: float = PITCH) -> None:
        self._pitch = pitch
        self._engine: Any = None
        self._lock = threading.Lock()

    def say(self, text: str) -> Pcm:
        """One utterance without silence around it; ``[pause 900]`` inside is 900 ms of silence.

        The same text gives the same samples.
        """
        parts: list[Pcm] = []
        for index, part in enumerate(_PAUSE.split(text)):
            if index % 2:
                parts.append(np.zeros(int(part) * RATE // 1000, np.int16))
            elif part.strip():
                parts.append(self._speak(part.strip()))
        return trimmed(np.concatenate(parts)) if parts else np.zeros(0, np.int16)

    def _speak(self, text: str) -> Pcm:
        with self._lock:
            if self._engine is None:
                from hibari import Hibari

                self._engine = Hibari()
            # Spoken faster by the same factor as it is then stretched, so the pace stays.
            sentences = [
                soxr.resample(audio, self._engine.sample_rate * self._pitch, RATE)
                for audio in self._engine.stream(text, speed=1.0 / self._pitch, seed=1)
            ]
        gap = np.zeros(SENTENCE_GAP_MS * RATE // 1000, np.int16)
        parts = [part for sentence in sentences for part in (gap, trimmed(_to_pcm(sentence)))][1:]
        return at_level(np.concatenate(parts), SPEECH_DBFS) if parts else gap[:0]


@lru_cache(maxsize=1)
def shared_voice() -> CallerVoice:
    """One voice for all simulated callers of the process."""
    return CallerVoice()


def read_wav(path: Path) -> Pcm:
    """A WAV file of 16-bit PCM at any rate, first channel, as telephone audio. Raises ValueError with the fix."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise ValueError(f"{path} cannot be read as a WAV file: {str(error) or 'it is empty or cut short'}") from None
    if width != 2:
        raise ValueError(f"{path} has {8 * width}-bit samples; convert it to 16-bit PCM")
    pcm = np.frombuffer(data, "<i2")[::channels].astype(np.int16)
    if rate == RATE:
        return pcm
    return _to_pcm(soxr.resample(pcm.astype(np.float32) / 32768, rate, RATE))


def trimmed(pcm: Pcm) -> Pcm:
    """A clean voice without the silence before and after it."""
    found = voice_segments(pcm, floor_dbfs=SILENCE_DBFS)
    if not found:
        return pcm[:0]
    return pcm[int(found[0].start_ms) * RATE // 1000 : int(found[-1].end_ms) * RATE // 1000]


def at_level(pcm: Pcm, dbfs: float) -> Pcm:
    """The same voice at this level (see voice_level), limited to the 16-bit range."""
    level = voice_level(pcm)
    if level is None:
        return pcm
    return _to_pcm(pcm.astype(np.float32) / 32768 * np.float32(10 ** ((dbfs - level) / 20)))


def voice_level(pcm: Pcm) -> float | None:
    """Power of the voiced parts (within 25 dB of the loudest) in dBFS; None for silence."""
    track = levels(pcm)
    loudest = float(track.max(initial=SILENCE_DBFS))
    if loudest <= SILENCE_DBFS + _VOICED_RANGE_DB:
        return None
    voiced = track[track > loudest - _VOICED_RANGE_DB]
    return float(10 * np.log10(np.mean(10 ** (voiced / 10))))


def noise(ms: int, dbfs: float, seed: int = 1) -> Pcm:
    """Room noise: pink (3 dB less an octave) in the telephone band, RMS ``dbfs``."""
    samples = ms * RATE // 1000
    if samples < 2:
        return np.zeros(samples, np.int16)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / RATE)
    inside = (frequency >= _BAND_HZ[0]) & (frequency <= _BAND_HZ[1])
    shape = np.where(inside, 1 / np.sqrt(np.maximum(frequency, 1.0)), 0.0)
    sound = np.fft.irfft(spectrum * shape, samples)
    rms = float(np.sqrt(np.mean(sound * sound))) or 1.0
    return _to_pcm(sound * (10 ** (dbfs / 20) / rms))


def with_noise(pcm: Pcm, snr_db: float, seed: int = 1) -> Pcm:
    """The voice with noise ``snr_db`` below its level."""
    level = voice_level(pcm)
    if level is None:
        return pcm
    return mixed(pcm, noise(len(pcm) * 1000 // RATE + 1, level - snr_db, seed))


def mixed(voice: Pcm, background: Pcm) -> Pcm:
    """Both together, as long as ``voice``; the background is cut or ends early."""
    total = voice.astype(np.int32)
    part = background[: len(voice)]
    total[: len(part)] += part
    return np.clip(total, -32768, 32767).astype(np.int16)


def _to_pcm(sound: NDArray[np.floating[Any]]) -> Pcm:
    return np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)
