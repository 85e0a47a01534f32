"""A simulated telephone: a steady stream of 20 ms frames out, whatever comes in, both kept on one clock.

No sockets and no clock of its own: whoever moves the frames says when they came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from asterisk_agent.caller.measure import Tracks
from asterisk_agent.caller.segments import RATE, VOICE_DBFS, Pcm, Segment, levels

FRAME_MS = 20
FRAME = RATE * FRAME_MS // 1000
"""Samples of one frame."""

GAP_MS = 60.0
"""Frames that come later than this after the last one leave silence between them; less is jitter."""


COMFORT_DBFS = -64.0
"""A telephone's own noise, always there: far below any voice, and no two frames of it are alike (timecode.py)."""


class LineEnded(Exception):
    """The other side has hung up."""


class Line:
    """One call as the caller's telephone sees it. Times are milliseconds since the first frame sent."""

    def __init__(self, background: Pcm | None = None) -> None:
        self._background = background if background is not None and len(background) else None
        self._noise = np.random.default_rng()
        self._sent: list[Pcm] = []
        self._queue: list[Pcm] = []
        self._queued = 0
        self._heard: list[Pcm] = []
        self._heard_samples = 0
        self._tick: asyncio.Future[None] | None = None
        self._ended = False
        self.agent = AgentVoice()

    @property
    def now_ms(self) -> int:
        """How much has been sent."""
        return len(self._sent) * FRAME_MS

    @property
    def speaking(self) -> bool:
        """Whether something queued is still to be sent."""
        return self._queued > 0

    @property
    def ended(self) -> bool:
        """Whether the other side has hung up."""
        return self._ended

    def say(self, pcm: Pcm) -> Segment:
        """Queue audio behind what is queued; returns where in the call it is sent."""
        start = self.now_ms + self._queued / 8
        self._queue.append(pcm)
        self._queued += len(pcm)
        return Segment(start, start + len(pcm) / 8)

    def next_frame(self) -> Pcm:
        """The 20 ms that go out now: what is queued, or silence, with the line's and the room's noise under it."""
        frame = np.zeros(FRAME, np.int16)
        filled = 0
        while self._queue and filled < FRAME:
            head = self._queue[0]
            part = head[: FRAME - filled]
            frame[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) == len(head):
                self._queue.pop(0)
            else:
                self._queue[0] = head[len(part) :]
        self._queued -= filled
        total = frame + self._noise.normal(0.0, 32768 * 10 ** (COMFORT_DBFS / 20), FRAME)
        if self._background is not None:
            where = np.arange(len(self._sent) * FRAME, (len(self._sent) + 1) * FRAME) % len(self._background)
            total += self._background[where]
        frame = np.clip(np.round(total), -32768, 32767).astype(np.int16)
        self._sent.append(frame)
        self._wake()
        return frame

    def hear(self, pcm: Pcm, at_ms: float) -> None:
        """Audio that came from the other side, its last sample at ``at_ms``."""
        end = self._heard_samples / 8
        begin = at_ms - len(pcm) / 8
        if begin - end > GAP_MS:
            silence = int((begin - end) * 8)
            self._heard.append(np.zeros(silence, np.int16))
            self._heard_samples += silence
        self._heard.append(pcm)
        self._heard_samples += len(pcm)
        self.agent.hear(pcm, self._heard_samples / 8)

    def heard(self, since_ms: float) -> Pcm:
        """What came from the other side since then."""
        skip = int(since_ms * 8)
        parts: list[Pcm] = []
        end = self._heard_samples
        for part in reversed(self._heard):
            start = end - len(part)
            parts.append(part[max(0, skip - start) :])
            end = start
            if start <= skip:
                break
        return np.concatenate(parts[::-1]) if parts else np.zeros(0, np.int16)

    def hang_up(self) -> None:
        """The other side is gone: whoever waits for the next frame gets LineEnded."""
        self._ended = True
        self._wake()

    async def tick(self) -> None:
        """Wait for the next frame. Raises LineEnded when there will be none."""
        if self._ended:
            raise LineEnded
        if self._tick is None:
            self._tick = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._tick)
        if self._ended:
            raise LineEnded

    def tracks(self) -> Tracks:
        """What was sent and heard so far, equally long."""
        sent = np.concatenate(self._sent) if self._sent else np.zeros(0, np.int16)
        heard = np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)
        length = max(len(sent), len(heard))
        return Tracks(*(np.pad(track, (0, length - len(track))) for track in (sent, heard)))

    def _wake(self) -> None:
        if self._tick is not None:
            self._tick.set_result(None)
            self._tick = None


class AgentVoice:
    """Whether the agent speaks, by the loudness of what is heard. Times are milliseconds of the call."""

    PAUSE_MS = 900.0
    """Silence after which the agent has finished; pauses between its sentences are shorter."""

    def __init__(self) -> None:
        self.on_begin: Callable[[float], None] | None = None
        """Told of each onset (milliseconds of the call)."""
        self.began_ms: float | None = None
        """Onset of the agent's present or last speech."""
        self.last_ms: float | None = None
        """The last of its voice so far."""

    def hear(self, pcm: Pcm, end_ms: float) -> None:
        """Audio whose last sample lies at ``end_ms``."""
        if not (levels(pcm) > VOICE_DBFS).any():
            return
        if self.last_ms is None or end_ms - self.last_ms > self.PAUSE_MS:
            self.began_ms = end_ms - len(pcm) / 8
            if self.on_begin is not None:
                self.on_begin(self.began_ms)
        self.last_ms = end_ms

    def speaking(self, now_ms: float) -> bool:
        """Whether it speaks or only pauses for breath."""
        return self.last_ms is not None and now_ms - self.last_ms < self.PAUSE_MS

    def finished(self, since_ms: float, now_ms: float) -> bool:
        """Whether it has spoken after ``since_ms`` and is done."""
        return self.last_ms is not None and self.last_ms > since_ms and not self.speaking(now_ms)
