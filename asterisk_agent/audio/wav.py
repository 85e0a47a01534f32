"""Recordings in WAV files: linear PCM of any usual width, float, µ-law and A-law, any number of channels."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asterisk_agent.audio.g711 import ALAW, ULAW

Pcm = NDArray[np.int16]

_EXTENSIBLE = 0xFFFE
_RATES = range(4000, 192001)


class WavError(Exception):
    """The file is missing or no WAV file that can be read; the message says which and why."""


@dataclass(frozen=True)
class _Format:
    """The ``fmt`` chunk (RIFF, Microsoft "Multiple Channel Audio Data and WAVE Files")."""

    tag: int
    channels: int
    rate: int
    bits: int


def read(path: Path) -> tuple[Pcm, int]:
    """The recording as mono 16-bit samples (channels mixed) and its rate in Hz. Blocks. Raises WavError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WavError(f"{path} cannot be read: {error.strerror}") from None
    if data[:4] not in {b"RIFF", b"RF64"} or data[8:12] != b"WAVE":
        raise WavError(f"{path} is not a WAV file; convert it, e.g.: sox {path.name} -r 8000 -c 1 out.wav")
    chunks = _chunks(data)
    try:
        form = _format(chunks[b"fmt "])
        samples = _samples(form, chunks[b"data"])
    except KeyError as error:
        raise WavError(f"{path} is cut off: it has no chunk {error.args[0].decode()!r}") from None
    except ValueError as error:
        raise WavError(f"{path}: {error}") from None
    frames = samples[: len(samples) // form.channels * form.channels].reshape(-1, form.channels)
    mono = frames[:, 0] if form.channels == 1 else frames.mean(axis=1)
    return np.clip(np.rint(mono), -32768, 32767).astype(np.int16), form.rate


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """Chunks by name, the first of each. A length that runs past the end (a recorder was killed) is cut to it."""
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        found.setdefault(name, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return found


def _format(chunk: bytes) -> _Format:
    if len(chunk) < 16:
        raise ValueError("its format chunk is cut off")
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little")
    if not channels or rate not in _RATES:
        raise ValueError(f"{channels} channels at {rate} Hz cannot be read")
    return _Format(tag, channels, rate, bits)


def _samples(form: _Format, data: bytes) -> NDArray[np.float64]:
    """All channels' samples, interleaved, on the scale of 16 bits."""
    width = form.bits // 8
    data = data[: len(data) // width * width] if width else data
    match form.tag, form.bits:
        case (1, 8):
            return (np.frombuffer(data, np.uint8).astype(np.float64) - 128) * 256
        case (1, 16):
            return np.frombuffer(data, "<i2").astype(np.float64)
        case (1, 24):
            # The three bytes become the upper ones of 32 bits.
            padded = np.zeros((len(data) // 3, 4), np.uint8)
            padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            return np.frombuffer(padded.tobytes(), "<i4").astype(np.float64) / 65536
        case (1, 32):
            return np.frombuffer(data, "<i4").astype(np.float64) / 65536
        case (3, 32):
            return np.nan_to_num(np.frombuffer(data, "<f4").astype(np.float64) * 32768)
        case (3, 64):
            return np.nan_to_num(np.frombuffer(data, "<f8").astype(np.float64) * 32768)
        case (6, 8):
            return ALAW.decode(data).astype(np.float64)
        case (7, 8):
            return ULAW.decode(data).astype(np.float64)
        case _:
            raise ValueError(f"its format (tag {form.tag}, {form.bits} bits) cannot be read; convert it to 16-bit PCM")
