"""Loudness of short stretches of audio."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quietest(pcm: NDArray[np.int16], window: int) -> int:
    """Where the quietest whole window of ``window`` samples begins, in samples; 0 when there is none.

    Of equally quiet windows it is the last.
    """
    count = len(pcm) // window
    if count == 0:
        return 0
    energy = np.square(pcm[: count * window].astype(np.float64)).reshape(count, window).sum(axis=1)
    return int(count - 1 - np.argmin(energy[::-1])) * window
