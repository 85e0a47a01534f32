"""A simulated caller on a line in virtual time: the agent is a schedule of sounds, no clock runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from asterisk_agent.caller.line import FRAME, FRAME_MS, Line, LineEnded
from asterisk_agent.caller.perform import REPLY_MS, Acted, Performer, Prepared
from asterisk_agent.caller.script import (
    AtOnce,
    BargeIn,
    HangUp,
    Keys,
    Listen,
    Noise,
    Pause,
    Say,
    Stay,
    Step,
)

Pcm = NDArray[np.int16]


def tone(ms: int, amplitude: int = 6000) -> Pcm:
    return (amplitude * np.sin(np.arange(ms * 8) * 2 * np.pi * 300 / 8000)).astype(np.int16)


SILENT_FRAME = np.zeros(FRAME, np.int16)


class Story:
    """Runs a performer against an agent that speaks in the given times; keeps when keys came."""

    def __init__(self, *agent: tuple[int, int], hangs_up_at: int | None = None, background: Pcm | None = None) -> None:
        self.line = Line(background)
        self._agent = agent
        self._hangs_up_at = hangs_up_at
        self.pressed: list[tuple[str, int]] = []
        self.performer = Performer(self.line, self._press)

    async def _press(self, digit: str) -> None:
        self.pressed.append((digit, self.line.now_ms))

    async def run(self, *steps: Step) -> bool:
        prepared = [Prepared(step, _audio(step)) for step in steps]
        task = asyncio.create_task(self.performer.run(prepared))
        while not task.done():
            await asyncio.sleep(0)
            if self._hangs_up_at is not None and self.line.now_ms >= self._hangs_up_at:
                self.line.hang_up()
                break
            self.line.next_frame()
            now = self.line.now_ms
            talks = any(start <= now - FRAME_MS < end for start, end in self._agent)
            self.line.hear(tone(FRAME_MS) if talks else SILENT_FRAME, now)
            await asyncio.sleep(0)
            assert now < 600_000
        return await task

    @property
    def acted(self) -> Sequence[Acted]:
        return self.performer.acted


def _audio(step: Step) -> Pcm:
    if isinstance(step, Say):
        return tone(1000)
    if isinstance(step, Noise):
        return tone(step.ms, 300)
    return tone(0)


async def test_a_caller_waits_until_the_agent_has_finished() -> None:
    story = Story((500, 3000), (5500, 7000))
    assert await story.run(Say("Where is my order?"))
    assert story.acted[0].span.start_ms == pytest.approx(3900, abs=40)
    assert story.line.now_ms == pytest.approx(7900, abs=60)


async def test_a_breath_between_sentences_is_not_the_end() -> None:
    story = Story((500, 2000), (2600, 4000), (6500, 7000))
    await story.run(Say("Where is my order?"))
    assert story.acted[0].span.start_ms == pytest.approx(4900, abs=40)


async def test_a_barge_in_begins_so_far_into_the_agents_speech() -> None:
    story = Story((500, 5000), (7000, 8000))
    await story.run(Say("Stop.", BargeIn(800)))
    assert story.acted[0].span.start_ms == pytest.approx(1300, abs=40)
    assert story.acted[0].barged_in


async def test_a_second_barge_in_waits_for_the_answer_to_the_first() -> None:
    story = Story((500, 1500), (3000, 6000), (8000, 9000))
    await story.run(Say("Stop.", BargeIn(800)), Say("Stop again.", BargeIn(500)))
    assert [act.span.start_ms for act in story.acted] == [pytest.approx(1300, abs=40), pytest.approx(3500, abs=40)]


async def test_at_once_waits_for_nothing() -> None:
    story = Story((500, 5000), (7000, 8000))
    await story.run(Say("Hello?", AtOnce()))
    assert story.acted[0].span.start_ms == 0


async def test_a_silent_agent_is_waited_for_only_so_long() -> None:
    story = Story()
    assert await story.run(Say("Hello?"))
    assert story.acted[0].span.start_ms == pytest.approx(REPLY_MS, abs=60)


async def test_keys_are_pressed_one_after_the_other() -> None:
    story = Story((100, 1000), (4000, 4500))
    await story.run(Keys("12#"))
    assert [digit for digit, _ in story.pressed] == ["1", "2", "#"]
    times = [at for _, at in story.pressed]
    assert [b - a for a, b in pairwise(times)] == [200, 200]
    assert story.acted[0].kind == "dtmf"
    assert story.acted[0].span.start_ms == times[0]


async def test_pauses_and_noise_are_no_utterances() -> None:
    story = Story((100, 1000), (6000, 6500))
    await story.run(Listen(), Pause(500), Noise(700), Say("Hello.", AtOnce()))
    assert len(story.acted) == 1
    assert story.acted[0].span.start_ms == pytest.approx(1900 + 500 + 700, abs=60)


async def test_hanging_up_ends_the_script_at_once() -> None:
    story = Story((100, 1000))
    assert await story.run(Listen(), HangUp(), Say("never said"))
    assert story.acted == []


async def test_staying_ends_with_the_other_side() -> None:
    story = Story((100, 60_000), hangs_up_at=5000)
    assert not await story.run(Stay(20))


async def test_staying_ends_after_its_time() -> None:
    story = Story((100, 60_000))
    assert await story.run(Stay(3))
    assert story.line.now_ms == pytest.approx(3000, abs=40)


@pytest.mark.parametrize("at", [0, 300, 1500, 2200])
async def test_an_agent_that_hangs_up_ends_the_script_anywhere(at: int) -> None:
    story = Story((500, 1000), hangs_up_at=at)
    assert not await story.run(Say("Hello."), Keys("123"))


async def test_what_was_sent_and_heard_lies_on_one_clock() -> None:
    story = Story((500, 3000), (5500, 7000))
    await story.run(Say("Where is my order?"))
    tracks = story.line.tracks()
    assert len(tracks.caller) == len(tracks.agent)
    span = story.acted[0].span
    sent = tracks.caller[int(span.start_ms) * 8 :][:8000].astype(int)
    assert np.abs(sent - tone(1000)).max() < 150  # the line's own noise
    assert np.flatnonzero(tracks.agent)[0] == pytest.approx(500 * 8, abs=2)


def test_a_stream_that_stops_and_goes_on_keeps_its_place() -> None:
    line = Line()
    line.hear(tone(20), 20)
    line.hear(tone(20), 55)  # 15 ms late: jitter
    line.hear(tone(20), 1060)
    heard = line.tracks().agent
    assert len(heard) == 1060 * 8
    assert not heard[40 * 8 : 1040 * 8].any()


def test_what_was_heard_since_a_moment_can_be_listened_to() -> None:
    line = Line()
    for index in range(5):
        line.hear(np.full(FRAME, index, np.int16), (index + 1) * FRAME_MS)
    assert list(line.heard(since_ms=70)) == [3] * 80 + [4] * 160
    assert len(line.heard(since_ms=0)) == 5 * FRAME
    assert len(line.heard(since_ms=500)) == 0
    assert len(Line().heard(since_ms=0)) == 0


def test_background_noise_lies_under_everything() -> None:
    line = Line(background=np.full(100, 700, np.int16))
    line.say(tone(30))
    frames = np.concatenate([line.next_frame() for _ in range(3)]).astype(int)
    assert np.abs(frames[:240] - tone(30) - 700).max() < 150
    assert np.abs(frames[240:] - 700).max() < 150


async def test_a_line_that_has_ended_gives_no_more_frames() -> None:
    line = Line()
    line.hang_up()
    with pytest.raises(LineEnded):
        await line.tick()
