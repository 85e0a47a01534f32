"""Puts back what Asterisk's recording lost, so that its clock can be trusted.

MixMonitor drops what it has queued of both directions when one of them starts again after a pause (Asterisk's
main/audiohook.c, AST_AUDIOHOOK_TRIGGER_SYNC: more than 100 ms out of step): just where an answer begins, so that
the answer would seem faster than it was. The caller's stream therefore carries a faint noise in which no two
frames are alike, like a timecode: frames that are missing in the recording are known and put back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asterisk_agent.caller.line import FRAME, FRAME_MS
from asterisk_agent.caller.measure import Tracks
from asterisk_agent.caller.segments import Pcm, Segment

LEAST_KNOWN = 0.8
"""Share of the recording's frames that must be found again; a transcoding PBX leaves none as they were."""

_REACH = 500
"""Frames (10 s) that may be missing at once."""


@dataclass(frozen=True)
class Restored:
    """A recording with its losses put back. ``starts_ms[n]``: where the nth frame that was sent lies in it."""

    tracks: Tracks
    lost_ms: float
    starts_ms: tuple[float, ...]

    def place(self, span: Segment) -> Segment:
        """A span of the sent stream in time of the recording."""
        return Segment(self._place(span.start_ms), self._place(span.end_ms))

    def _place(self, at_ms: float) -> float:
        frame = min(int(at_ms) // FRAME_MS, len(self.starts_ms) - 1)
        return self.starts_ms[frame] + at_ms - frame * FRAME_MS


def as_it_is(tracks: Tracks) -> Restored:
    """A recording in which nothing is missing and time is that of the sent stream."""
    frames = max(1, len(tracks.caller) // FRAME)
    return Restored(tracks, 0.0, tuple(float(frame * FRAME_MS) for frame in range(frames)))


def restore(sent: Pcm, recorded: Tracks) -> Restored | None:
    """Find each frame of the recording in what was sent (as it sounds after the codec).

    None when the recording does not hold the frames as they were sent.
    """
    frames = sent[: len(sent) // FRAME * FRAME].reshape(-1, FRAME)
    found = _find(frames, recorded.caller)
    if not found or len(found) * FRAME < LEAST_KNOWN * len(recorded.caller):
        return None
    out_caller: list[Pcm] = []
    out_agent: list[Pcm] = []
    starts: dict[int, float] = {}
    copied = length = lost = 0
    expected = found[0][1]
    for position, index in found:
        out_caller.append(recorded.caller[copied:position])
        out_agent.append(recorded.agent[copied:position])
        length += position - copied
        for missing in range(expected, index):
            starts[missing] = length / 8
            out_caller.append(frames[missing])
            out_agent.append(np.zeros(FRAME, np.int16))
            length += FRAME
            lost += FRAME
        starts[index] = length / 8
        copied, expected = position, index + 1
    out_caller.append(recorded.caller[copied:])
    out_agent.append(recorded.agent[copied:])
    tracks = Tracks(np.concatenate(out_caller), np.concatenate(out_agent))
    return Restored(tracks, lost / 8, _all_starts(starts, len(frames)))


def _find(frames: Pcm, track: Pcm) -> list[tuple[int, int]]:
    """(sample of the track, number of the frame) of each frame that is in the track, both growing."""
    where: dict[bytes, list[int]] = {}
    for index, frame in enumerate(frames):
        where.setdefault(frame.tobytes(), []).append(index)
    data = track.tobytes()
    size = FRAME * track.itemsize
    found: list[tuple[int, int]] = []
    expected = at = 0
    while at + size <= len(data):
        places = where.get(data[at : at + size], ())
        here = next((place for place in places if expected <= place < expected + _REACH), None)
        if here is None:
            at += track.itemsize  # something else stands here: go on sample by sample until a frame begins
            continue
        found.append((at // track.itemsize, here))
        expected = here + 1
        at += size
    return found


def _all_starts(starts: dict[int, float], count: int) -> tuple[float, ...]:
    """Where every frame lies; before and after what was recorded, time simply goes on."""
    first, last = min(starts), max(starts)
    before = [starts[first] - (first - index) * FRAME_MS for index in range(first)]
    after = [starts[last] + (index - last) * FRAME_MS for index in range(last + 1, count)]
    return (*before, *(starts[index] for index in range(first, last + 1)), *after)
