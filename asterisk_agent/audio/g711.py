"""G.711, both laws: 8-bit telephone samples to and from 16-bit linear PCM (ITU-T G.711, 8 kHz)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]


def _decode_ulaw(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    # Codes travel inverted; value = ((mantissa·8 + 132) << segment) - 132, scaled to 16 bits.
    plain = ~codes & 0xFF
    magnitude = ((((plain & 0x0F) << 3) + 132) << ((plain >> 4) & 0x07)) - 132
    return np.where(plain & 0x80, -magnitude, magnitude)


def _decode_alaw(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    # Even bits travel inverted; segment 0 is linear, each further one doubles the step.
    plain = codes ^ 0x55
    segment = (plain >> 4) & 0x07
    mantissa = ((plain & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, mantissa, (mantissa + 0x100) << np.maximum(segment - 1, 0))
    return np.where(plain & 0x80, magnitude, -magnitude)


def _nearest_codes(decoded: NDArray[np.int32]) -> NDArray[np.uint8]:
    """For each of the 65,536 linear values the code whose value is nearest."""
    # Two codes stand for 0 in µ-law; telephones send the higher one, which is also silence.
    order = np.lexsort((-np.arange(len(decoded)), decoded))
    values = decoded[order]
    values, first = np.unique(values, return_index=True)
    codes = order[first]
    linear = np.arange(-32768, 32768)
    right = np.clip(np.searchsorted(values, linear), 1, len(values) - 1)
    nearer_left = linear - values[right - 1] <= values[right] - linear
    return codes[np.where(nearer_left, right - 1, right)].astype(np.uint8)


@dataclass(frozen=True)
class Codec:
    """One law. ``silence`` is the code of one silent sample, as Asterisk and telephones send it."""

    name: str
    silence: bytes
    _decoded: Pcm = field(repr=False, compare=False)
    _codes: NDArray[np.uint8] = field(repr=False, compare=False)

    def decode(self, payload: bytes) -> Pcm:
        """16-bit samples of a payload, one for each byte."""
        return self._decoded[np.frombuffer(payload, np.uint8)]

    def encode(self, pcm: Pcm) -> bytes:
        """The nearest code for each sample."""
        return self._codes[pcm.astype(np.int32) + 32768].tobytes()


def _codec(name: str, silence: int, decoded: NDArray[np.int32]) -> Codec:
    return Codec(name, bytes([silence]), decoded.astype(np.int16), _nearest_codes(decoded))


ULAW = _codec("ulaw", 0xFF, _decode_ulaw(np.arange(256, dtype=np.int32)))
ALAW = _codec("alaw", 0xD5, _decode_alaw(np.arange(256, dtype=np.int32)))


def codec(name: str) -> Codec:
    """The codec of this name, 'ulaw' or 'alaw'. Raises KeyError."""
    return {"ulaw": ULAW, "alaw": ALAW}[name]
