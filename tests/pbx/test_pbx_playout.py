"""What the caller is known to have heard, against a PBX that plays 20 ms of its queue every 20 ms. In virtual time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import run

from asterisk_agent.audio.g711 import ULAW
from asterisk_agent.pbx.media import MediaEvent, MediaLost
from asterisk_agent.pbx.playout import PlaybackDone, PlaybackProgress, Playout

FRAME_S = 0.02
FRAME = 160


class PbxQueue:
    """A media transport that plays its queue at the pace of the clock, as chan_websocket does.

    ``heard`` is what the caller got: the codes of every frame that was played.
    """

    codec = "ulaw"

    def __init__(self) -> None:
        self.queue: deque[bytes | str] = deque()
        self.heard = bytearray()
        self.deepest_ms = 0
        self.lost = False
        self.playout: Playout

    @property
    def queued_ms(self) -> int:
        """Audio not yet played."""
        return sum(len(item) for item in self.queue if isinstance(item, bytes)) // 8

    async def play(self) -> None:
        """Play until cancelled."""
        while True:
            await asyncio.sleep(FRAME_S)
            while self.queue:
                item = self.queue.popleft()
                if isinstance(item, bytes):
                    self.heard += item
                    break
                self.playout.marked(item)
            while self.queue and isinstance(self.queue[0], str):
                self.playout.marked(str(self.queue.popleft()))

    async def send(self, payload: bytes) -> None:
        """Queue it in frames."""
        self._check()
        assert len(payload) % FRAME == 0
        self.queue.extend(payload[at : at + FRAME] for at in range(0, len(payload), FRAME))
        self.deepest_ms = max(self.deepest_ms, self.queued_ms)

    async def mark(self, mark: str) -> None:
        """Queue it."""
        self._check()
        self.queue.append(mark)

    async def flush(self) -> None:
        """Forget everything, marks too."""
        self._check()
        self.queue.clear()

    async def receive(self) -> MediaEvent:
        """Not used: the playout only writes."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to close."""

    def _check(self) -> None:
        if self.lost:
            raise MediaLost("gone")


class Scene:
    """A playout on a PBX, and what it has told."""

    def __init__(self) -> None:
        self.told: list[PlaybackProgress | PlaybackDone] = []
        self.playout = Playout(ULAW, self.told.append)
        self.pbx = PbxQueue()
        self.pbx.playout = self.playout

    @property
    def progress(self) -> list[int]:
        """Milliseconds told as heard."""
        return [event.heard_ms for event in self.told if isinstance(event, PlaybackProgress)]

    @property
    def done(self) -> bool:
        """Whether a playback ended by being heard."""
        return any(isinstance(event, PlaybackDone) for event in self.told)


def scene(story: Callable[[Scene], Awaitable[None]]) -> Scene:
    """Play a story in virtual time."""

    async def act() -> Scene:
        here = Scene()
        tasks = [asyncio.create_task(here.playout.run(here.pbx)), asyncio.create_task(here.pbx.play())]
        await story(here)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return here

    return run(act())


def ramp(ms: int, first: int = 0) -> bytes:
    """Audio in which every frame of 20 ms has a code of its own (for up to 2.5 s)."""
    return b"".join(bytes([(first + number) % 127]) * FRAME for number in range(ms // 20))


def test_the_first_audio_leaves_at_once_and_the_queue_stays_short() -> None:
    async def story(here: Scene) -> None:
        here.playout.feed(1, ramp(2000))
        here.playout.finish(1)
        here.playout.start(1)
        await asyncio.sleep(0)
        assert here.pbx.queued_ms >= 200
        await asyncio.sleep(3)

    here = scene(story)
    assert 200 <= here.pbx.deepest_ms <= 400
    assert bytes(here.pbx.heard) == ramp(2000), "nothing is lost, doubled or late"
    assert here.progress[-1] == 2000
    assert max(np.diff([0, *here.progress])) <= 100
    assert here.told[-1] == PlaybackDone(1)


def test_synthesis_that_is_late_is_not_counted_as_heard() -> None:
    async def story(here: Scene) -> None:
        here.playout.feed(1, ramp(200))
        here.playout.start(1)
        await asyncio.sleep(1.0)
        assert here.progress[-1] == 200
        assert not here.done
        here.playout.feed(1, ramp(200, first=10))
        await asyncio.sleep(0.05)
        assert await here.playout.pause(1) <= 200 + 60

    scene(story)


def test_a_playback_without_any_audio_ends() -> None:
    async def story(here: Scene) -> None:
        here.playout.start(1)
        here.playout.finish(1)
        await asyncio.sleep(0.1)

    assert scene(story).told == [PlaybackDone(1)]


def test_an_odd_tail_is_padded_with_silence() -> None:
    async def story(here: Scene) -> None:
        here.playout.feed(1, b"\x10" * 250)
        here.playout.finish(1)
        here.playout.start(1)
        await asyncio.sleep(0.2)

    here = scene(story)
    assert bytes(here.pbx.heard) == b"\x10" * 250 + ULAW.silence * 70
    assert here.done


@settings(deadline=None, max_examples=60)
@given(after_ms=st.integers(0, 1900), chunk_ms=st.sampled_from([20, 60, 180, 1000]))
def test_what_a_pause_says_was_heard_was_heard(after_ms: int, chunk_ms: int) -> None:
    async def story(here: Scene) -> None:
        for number in range(0, 2000, chunk_ms):
            here.playout.feed(1, ramp(min(chunk_ms, 2000 - number), first=number // 20))
        here.playout.finish(1)
        here.playout.start(1)
        await asyncio.sleep(after_ms / 1000)
        heard = await here.playout.pause(1)
        really = len(here.pbx.heard) // 8
        assert abs(heard - really) <= 20
        await asyncio.sleep(0.5)
        assert len(here.pbx.heard) // 8 == really, "nothing sounds after a pause"

    scene(story)


@settings(deadline=None, max_examples=40)
@given(after_ms=st.integers(100, 1900))
def test_a_resumed_playback_misses_nothing_and_repeats_little(after_ms: int) -> None:
    async def story(here: Scene) -> None:
        here.playout.feed(1, ramp(2000))
        here.playout.finish(1)
        here.playout.start(1)
        await asyncio.sleep(after_ms / 1000)
        heard = await here.playout.pause(1)
        before = len(here.pbx.heard)
        await asyncio.sleep(0.3)
        await here.playout.resume(1, heard)
        await asyncio.sleep(3)
        again = bytes(here.pbx.heard[before:])
        assert ramp(2000).endswith(again)
        repeated = (before + len(again)) // 8 - 2000
        assert 0 <= repeated <= 640
        assert here.done

    scene(story)


def test_it_resumes_at_the_last_quiet_moment() -> None:
    word, gap = b"\x05" * 8 * 300, ULAW.silence * 8 * 40

    async def story(here: Scene) -> None:
        here.playout.feed(1, word + gap + word + gap + word * 4)
        here.playout.finish(1)
        here.playout.start(1)
        await asyncio.sleep(0.9)
        heard = await here.playout.pause(1)
        assert 860 <= heard <= 900
        before = len(here.pbx.heard)
        await here.playout.resume(1, heard)
        await asyncio.sleep(3)
        # The second gap lies at 640 to 680 ms; what follows begins in it, not in the middle of a word.
        assert here.pbx.heard[before : before + FRAME] == ULAW.silence * FRAME

    scene(story)


def test_a_stopped_playback_is_silent_at_once_and_its_late_marks_are_ignored() -> None:
    async def story(here: Scene) -> None:
        here.playout.feed(1, ramp(2000))
        here.playout.start(1)
        await asyncio.sleep(0.5)
        late = next(item for item in here.pbx.queue if isinstance(item, str))
        await here.playout.stop(1)
        told = list(here.told)
        here.playout.marked(late)
        assert here.told == told
        here.playout.feed(2, ramp(200))
        here.playout.finish(2)
        here.playout.start(2)
        await asyncio.sleep(0.5)
        assert here.told[-1] == PlaybackDone(2)

    scene(story)


@pytest.mark.parametrize("mark", ["", "x", "1:2", "1:2:3:4", "a:b:c", "1:0:99999999"])
def test_a_mark_that_is_none_of_ours_changes_nothing(mark: str) -> None:
    async def story(here: Scene) -> None:
        here.playout.feed(7, ramp(400))
        here.playout.start(7)
        here.playout.marked(mark)
        await asyncio.sleep(0)
        assert here.told == []

    scene(story)


def test_after_a_lost_connection_what_was_queued_is_sent_again() -> None:
    async def act() -> None:
        here = Scene()
        here.playout.feed(1, ramp(2000))
        here.playout.finish(1)
        here.playout.start(1)
        first = asyncio.create_task(here.playout.run(here.pbx))
        playing = asyncio.create_task(here.pbx.play())
        await asyncio.sleep(0.5)
        here.pbx.lost = True
        with pytest.raises(MediaLost):
            await first
        playing.cancel()
        told = here.progress[-1]
        second = PbxQueue()
        second.playout = here.playout
        tasks = [asyncio.create_task(here.playout.run(second)), asyncio.create_task(second.play())]
        await asyncio.sleep(3)
        assert bytes(second.heard) == ramp(2000)[told * 8 :]
        assert here.done
        for task in tasks:
            task.cancel()
        await asyncio.wait([*tasks, playing])

    run(act())
