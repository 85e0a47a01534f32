"""Puts back what Asterisk's recording lost, so that its clock can be trusted.

MixMonitor drops what it has queued of both directions whenever one of them starts again after a pause (Asterisk's
main/audiohook.c, AST_AUDIOHOOK_TRIGGER_SYNC: more than 100 ms out of step). On a busy machine that has been
150 ms: exactly where an answer begins, so the answer would seem faster than it was. The caller's stream carries a
faint noise in which no two frames are alike, like a timecode: frames that are missing in the recording are known
and put back.
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
    where: dict[bytes, list[int]] = {}
    for index, frame in enumerate(frames):
        where.setdefault(frame.tobytes(), []).append(index)
    caller, agent = _frames(recorded.caller), _frames(recorded.agent)
    if not len(frames) or not len(caller):
        return None
    out_caller: list[Pcm] = []
    out_agent: list[Pcm] = []
    starts: dict[int, int] = {}
    known = lost = expected = 0
    for heard_caller, heard_agent in zip(caller, agent, strict=True):
        places = where.get(heard_caller.tobytes(), ())
        found = next((place for place in places if expected <= place < expected + _REACH), None)
        if found is not None:
            known += 1
            missing = range(expected, found) if starts else range(0)
            for gone in missing:
                starts[gone] = len(out_caller)
                out_caller.append(frames[gone])
                out_agent.append(np.zeros(FRAME, np.int16))
            lost += len(missing)
            starts[found] = len(out_caller)
            expected = found + 1
        out_caller.append(heard_caller)
        out_agent.append(heard_agent)
    if known < LEAST_KNOWN * len(caller):
        return None
    known_frames = np.array(sorted(starts))
    positions = np.array([starts[index] for index in known_frames]) * float(FRAME_MS)
    every = np.arange(len(frames))
    placed = np.interp(every, known_frames, positions)
    # Before the recording began and after it ended, time simply goes on.
    placed = np.where(every < known_frames[0], positions[0] - (known_frames[0] - every) * FRAME_MS, placed)
    placed = np.where(every > known_frames[-1], positions[-1] + (every - known_frames[-1]) * FRAME_MS, placed)
    tracks = Tracks(np.concatenate(out_caller), np.concatenate(out_agent))
    return Restored(tracks, lost * float(FRAME_MS), tuple(float(value) for value in placed))


def _frames(track: Pcm) -> Pcm:
    return track[: len(track) // FRAME * FRAME].reshape(-1, FRAME)
