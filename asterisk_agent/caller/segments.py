"""Where a voice begins and ends on one recorded track, found by energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""Mono linear PCM at 8 kHz, shape (samples,)."""

RATE = 8000

HOP_MS = 5
"""Resolution of every boundary found here."""

_HOP = RATE * HOP_MS // 1000

_FULL_SCALE = 32768.0

SILENCE_DBFS = -80.0
"""Digital silence, and the rounding of G.711 around zero, count as this."""

VOICE_DBFS = -42.0
"""Least level of a voice on a telephone line: 20 dB below a quiet talker, above comfort noise (-50 and less)."""

EDGE_DBFS = -52.0
"""A voice is followed down to this level at both of its ends."""

_VOICE_ABOVE_FLOOR_DB = 14.0
_EDGE_ABOVE_FLOOR_DB = 8.0
"""How far above the track's own noise; a 5 ms window of steady noise strays about ±2 dB from its mean."""

_FLOOR_PERCENTILE = 10.0
"""On a two-way call each side is quiet for far more than a tenth of the time."""

_VOICED_MS = 20
"""A segment holds at least this much voice: shorter sounds are clicks."""

_EDGE_GAP_MS = 15
"""Dips no longer than this inside a voice (between two pitch periods, a G.711 zero crossing) do not cut it."""


@dataclass(frozen=True)
class Segment:
    """Voice from ``start_ms`` up to ``end_ms`` of the track."""

    start_ms: float
    end_ms: float

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"a segment cannot end ({self.end_ms} ms) before it starts ({self.start_ms} ms)")

    @property
    def length_ms(self) -> float:
        """How long it lasts."""
        return self.end_ms - self.start_ms


def levels(pcm: Pcm) -> NDArray[np.float64]:
    """RMS level of each 5 ms of the track in dBFS, shape (hops,); a last part of a hop is left out."""
    hops = len(pcm) // _HOP
    frames = pcm[: hops * _HOP].astype(np.float64).reshape(hops, _HOP) / _FULL_SCALE
    power = np.mean(frames * frames, axis=1)
    floor = 10 ** (SILENCE_DBFS / 10)
    result: NDArray[np.float64] = 10 * np.log10(np.maximum(power, floor))
    return result


def noise_floor(track_levels: NDArray[np.float64]) -> float:
    """The track's own noise in dBFS."""
    return float(np.percentile(track_levels, _FLOOR_PERCENTILE)) if len(track_levels) else SILENCE_DBFS


def voice_segments(pcm: Pcm, merge_ms: float = 120.0, floor_dbfs: float | None = None) -> tuple[Segment, ...]:
    """All voice on the track in order; pauses shorter than ``merge_ms`` (stop consonants) do not divide it.

    The thresholds follow the track's noise: ``floor_dbfs`` if it is known, else found on the track, which must
    then hold silence for a tenth of its length. Boundaries are true to 10 ms for voices 15 dB above the noise.
    """
    track = levels(pcm)
    floor = noise_floor(track) if floor_dbfs is None else floor_dbfs
    edge = track > max(EDGE_DBFS, floor + _EDGE_ABOVE_FLOOR_DB)
    voice = track > max(VOICE_DBFS, floor + _VOICE_ABOVE_FLOOR_DB)
    runs = merged(_runs(edge), _EDGE_GAP_MS)
    voiced = [run for run in runs if _amount_ms(voice, run) >= _VOICED_MS]
    return merged(voiced, merge_ms)


def merged(segments: list[Segment] | tuple[Segment, ...], gap_ms: float) -> tuple[Segment, ...]:
    """The same voice with pauses shorter than ``gap_ms`` closed."""
    result: list[Segment] = []
    for segment in segments:
        if result and segment.start_ms - result[-1].end_ms < gap_ms:
            result[-1] = Segment(result[-1].start_ms, segment.end_ms)
        else:
            result.append(segment)
    return tuple(result)


def _runs(mask: NDArray[np.bool_]) -> list[Segment]:
    steps = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [Segment(float(s) * HOP_MS, float(e) * HOP_MS) for s, e in zip(starts, ends, strict=True)]


def _amount_ms(mask: NDArray[np.bool_], segment: Segment) -> float:
    first, last = int(segment.start_ms) // HOP_MS, int(segment.end_ms) // HOP_MS
    return float(np.count_nonzero(mask[first:last])) * HOP_MS
