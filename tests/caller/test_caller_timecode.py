"""A recording that lost audio is put right: what is known of the sent stream shows where."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from asterisk_agent.caller.line import FRAME, Line
from asterisk_agent.caller.measure import Tracks
from asterisk_agent.caller.segments import Segment
from asterisk_agent.caller.timecode import restore

Pcm = NDArray[np.int16]


def sent(frames: int) -> Pcm:
    line = Line()
    return np.concatenate([line.next_frame() for _ in range(frames)])


def without(track: Pcm, first: int, last: int) -> Pcm:
    return np.delete(track.reshape(-1, FRAME), slice(first, last), axis=0).ravel()


def test_a_whole_recording_stays_as_it_is() -> None:
    stream, agent = sent(200), np.arange(200 * FRAME).astype(np.int16)
    restored = restore(stream, Tracks(stream, agent))
    assert restored is not None
    assert restored.lost_ms == 0
    assert np.array_equal(restored.tracks.caller, stream)
    assert np.array_equal(restored.tracks.agent, agent)
    assert restored.place(Segment(1010, 2000)) == Segment(1010, 2000)


def test_lost_audio_is_put_back_where_it_was() -> None:
    stream = sent(300)
    agent = np.zeros(300 * FRAME, np.int16)
    agent[150 * FRAME :] = 5000  # the agent begins at 3000 ms
    recorded = Tracks(without(stream, 143, 150), without(agent, 143, 150))
    restored = restore(stream, recorded)
    assert restored is not None
    assert restored.lost_ms == 140
    assert np.array_equal(restored.tracks.caller, stream)
    assert np.flatnonzero(restored.tracks.agent)[0] == 3000 * 8


def test_a_recording_that_begins_late_is_placed() -> None:
    stream = sent(300)
    restored = restore(stream, Tracks(stream[50 * FRAME :], stream[50 * FRAME :]))
    assert restored is not None
    assert restored.lost_ms == 0
    assert restored.place(Segment(1000, 3000)) == Segment(0, 2000)
    assert restored.place(Segment(900, 1100)) == Segment(-100, 100)


def test_frames_that_asterisk_cut_anew_are_found_all_the_same() -> None:
    stream = sent(300)
    cut = np.delete(stream, slice(100 * FRAME + 37, 104 * FRAME + 90))
    restored = restore(stream, Tracks(cut, cut))
    assert restored is not None
    assert restored.place(Segment(1000, 4000)).start_ms == 1000
    assert restored.place(Segment(1000, 4000)).end_ms == pytest.approx(4000, abs=20)


def test_silence_that_asterisk_put_in_moves_what_follows() -> None:
    stream = sent(300)
    late = np.insert(stream.reshape(-1, FRAME), 100, np.zeros((2, FRAME), np.int16), axis=0).ravel()
    restored = restore(stream, Tracks(late, late))
    assert restored is not None
    assert restored.lost_ms == 0
    assert restored.place(Segment(1000, 4000)) == Segment(1000, 4040)


@pytest.mark.parametrize("recorded", [np.zeros(0, np.int16), np.zeros(8000, np.int16)])
def test_a_recording_of_something_else_cannot_be_placed(recorded: Pcm) -> None:
    assert restore(sent(100), Tracks(recorded, recorded)) is None
    assert restore(np.zeros(0, np.int16), Tracks(sent(100), sent(100))) is None


def test_no_two_frames_of_a_long_silence_are_alike_after_the_codec() -> None:
    from asterisk_agent.audio.g711 import codec

    ulaw = codec("ulaw")
    stream = ulaw.decode(ulaw.encode(sent(3000))).reshape(-1, FRAME)
    assert len({frame.tobytes() for frame in stream}) == 3000
    assert 20 * np.log10(np.sqrt(np.mean((stream / 32768.0) ** 2))) < -60
