"""Band-limited change of sample rate: 8, 16, 22.05 and 24 kHz among others.

A whole recording goes through libsoxr. A live stream does not: soxr works in blocks and holds back up to 60 ms
of a stream of 20 ms frames even at its low quality (measured), which would be added to every answer. The stream
resampler here is a windowed-sinc polyphase filter (Smith, "Digital Audio Resampling", CCRMA) that holds back 2.5 ms.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, gcd
from typing import cast

import numpy as np
import soxr
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

HALF_WIDTH = 20
"""Samples of the lower rate on each side of the filter: 2.5 ms of delay at 8 kHz."""

_KAISER_BETA = 7.0
"""With that width: 75 dB of rejection from 1.15 of the lower rate's half, 0.1 dB of loss up to 0.85 of it."""


def resample(pcm: Pcm, rate_in: int, rate_out: int) -> Pcm:
    """A whole recording at another rate (high quality; no delay, the length scales exactly)."""
    if rate_in == rate_out:
        return pcm
    return cast(Pcm, soxr.resample(pcm, rate_in, rate_out, quality="HQ"))


class StreamResampler:
    """One stream, piece by piece. What comes out lags ``delay_ms`` behind what went in; nothing else is held back."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._same = rate_in == rate_out
        common = gcd(rate_in, rate_out)
        self._up, self._down = rate_out // common, rate_in // common
        self._phases = _filter(self._up, self._down)
        self._taps = self._phases.shape[1]
        # The first output sample is centred on the first input sample: half a filter of silence goes before it.
        self._buffer = np.zeros(self._taps // 2 - 1, np.float32)
        self._next = 0
        self.delay_ms = 0.0 if self._same else 1000 * (self._taps // 2) / rate_in

    def push(self, pcm: Pcm) -> Pcm:
        """The samples that are ready after this piece."""
        if self._same:
            return pcm
        self._buffer = np.concatenate((self._buffer, pcm.astype(np.float32)))
        ready = ((len(self._buffer) - self._taps) * self._up + self._up - 1) // self._down + 1
        count = ready - self._next if len(self._buffer) >= self._taps else 0
        if count <= 0:
            return np.zeros(0, np.int16)
        positions = (self._next + np.arange(count)) * self._down
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, self._taps)[positions // self._up]
        out: NDArray[np.float32] = np.einsum("nt,nt->n", windows, self._phases[positions % self._up])
        self._forget(self._next + count)
        return cast(Pcm, np.clip(np.rint(out), -32768, 32767).astype(np.int16))

    def flush(self) -> Pcm:
        """The rest, at the end of the stream."""
        return self.push(np.zeros(0 if self._same else self._taps // 2, np.int16))

    def _forget(self, following: int) -> None:
        """Drop whole turns of the phase table from the buffer, so that positions stay small."""
        turns = following // self._up
        self._buffer = self._buffer[turns * self._down :]
        self._next = following - turns * self._up


@lru_cache(maxsize=16)
def _filter(up: int, down: int) -> NDArray[np.float32]:
    """Taps for each phase, shape (up, taps): row p filters output samples that lie p/up after an input sample."""
    cutoff = min(1.0, up / down)
    half = ceil(HALF_WIDTH / cutoff)
    at = np.arange(-half + 1, half + 1)[None, :] - np.arange(up)[:, None] / up
    window = np.i0(_KAISER_BETA * np.sqrt(np.clip(1 - (at / half) ** 2, 0, 1))) / np.i0(_KAISER_BETA)
    taps = np.sinc(at * cutoff) * window
    table: NDArray[np.float32] = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return table
