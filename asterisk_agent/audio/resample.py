"""Band-limited change of sample rate, 8, 16, 22.05 and 24 kHz among others (libsoxr)."""

from __future__ import annotations

from typing import cast

import numpy as np
import soxr
from numpy.typing import NDArray

Pcm = NDArray[np.int16]


def resample(pcm: Pcm, rate_in: int, rate_out: int) -> Pcm:
    """A whole recording at another rate (high quality; no delay, the length scales exactly)."""
    if rate_in == rate_out:
        return pcm
    return cast(Pcm, soxr.resample(pcm, rate_in, rate_out, quality="HQ"))


class StreamResampler:
    """One stream, piece by piece. What comes out lags a few milliseconds behind what went in (``LQ``: about 4 ms)."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._stream = (
            None if rate_in == rate_out else soxr.ResampleStream(rate_in, rate_out, 1, dtype="int16", quality="LQ")
        )

    def push(self, pcm: Pcm) -> Pcm:
        """The samples that are ready after this piece."""
        if self._stream is None:
            return pcm
        return cast(Pcm, self._stream.resample_chunk(pcm))

    def flush(self) -> Pcm:
        """The rest, at the end of the stream."""
        if self._stream is None:
            return np.zeros(0, np.int16)
        return cast(Pcm, self._stream.resample_chunk(np.zeros(0, np.int16), last=True))
