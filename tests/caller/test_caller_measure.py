"""The ruler itself: boundaries and waiting times on tracks whose truth is known to the sample."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from asterisk_agent.caller.measure import Tracks, percentiles, shift_ms, time_call
from asterisk_agent.caller.segments import Segment, merged, voice_segments
from asterisk_agent.caller.voice import noise

Pcm = NDArray[np.int16]


def mu_law(pcm: Pcm) -> Pcm:
    """Through an 8-bit companded line, computed from the continuous formula (mu = 255), not from our codec."""
    x = pcm / 32768
    y = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
    y = np.round(y * 127) / 127
    return (np.sign(y) * np.expm1(np.abs(y) * np.log(256)) / 255 * 32767).astype(np.int16)


def voice_like(ms: float, dbfs: float = -20, seed: int = 0) -> Pcm:
    """Syllables: a 120 Hz pulse-like harmonic sound whose loudness moves by 12 dB four times a second."""
    t = np.arange(int(ms * 8)) / 8000
    tone = sum(np.sin(2 * np.pi * 120 * k * t + k * k + seed) / k for k in range(2, 20))
    sound = np.asarray(tone) * 10 ** (-6 * (1 - np.cos(2 * np.pi * 4 * t)) / 20)
    return (sound * (10 ** (dbfs / 20) / np.sqrt(np.mean(sound**2)) * 32768)).clip(-32768, 32767).astype(np.int16)


def track(length_ms: int, *voices: tuple[float, float], dbfs: float = -20, floor: float | None = None) -> Pcm:
    sound = np.zeros(length_ms * 8, np.int32)
    for index, (start, end) in enumerate(voices):
        part = voice_like(end - start, dbfs, index)
        sound[int(start * 8) : int(start * 8) + len(part)] += part
    if floor is not None:
        sound += noise(length_ms, floor, seed=3)
    return np.clip(sound, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("floor", [None, -75, -60, -52, -45, -38])
@pytest.mark.parametrize("line", [lambda pcm: pcm, mu_law], ids=["linear", "mu-law"])
def test_boundaries_are_true_to_10_ms_whatever_the_background(line: object, floor: float | None) -> None:
    truth = [(713.0, 2291.5), (3004.25, 3333.0), (4870.0, 6999.0)]
    assert callable(line)
    found = voice_segments(line(track(9000, *truth, floor=floor)))
    assert len(found) == len(truth)
    for segment, (start, end) in zip(found, truth, strict=True):
        assert segment.start_ms == pytest.approx(start, abs=10)
        assert segment.end_ms == pytest.approx(end, abs=10)


@pytest.mark.parametrize("dbfs", [-10, -20, -30, -34])
def test_loud_and_quiet_talkers_are_bounded_alike(dbfs: float) -> None:
    found = voice_segments(mu_law(track(4000, (1000, 2500), dbfs=dbfs, floor=-62)))
    assert len(found) == 1
    assert found[0].start_ms == pytest.approx(1000, abs=10)
    assert found[0].end_ms == pytest.approx(2500, abs=10)


@pytest.mark.parametrize("floor", [None, -70, -50, -45, -30])
def test_comfort_noise_alone_is_no_voice(floor: float | None) -> None:
    assert voice_segments(mu_law(track(5000, floor=floor))) == ()


def test_comfort_noise_that_comes_and_goes_is_no_voice() -> None:
    sound = track(6000, (4000, 5000))
    sound[8000:24000] += noise(2000, -54, seed=5)
    found = voice_segments(mu_law(sound))
    assert len(found) == 1
    assert found[0].start_ms == pytest.approx(4000, abs=10)


def test_a_click_is_no_voice() -> None:
    sound = track(2000)
    sound[8000:8040] = 20000
    assert voice_segments(sound) == ()


def test_a_constant_offset_of_the_line_is_not_a_voice() -> None:
    assert voice_segments(np.full(16000, 60, np.int16)) == ()


@pytest.mark.parametrize("length", [0, 1, 39, 40, 41])
def test_hardly_any_audio_holds_no_voice(length: int) -> None:
    assert voice_segments(np.zeros(length, np.int16)) == ()


def test_pauses_shorter_than_asked_are_closed() -> None:
    parts = (Segment(0, 100), Segment(150, 300), Segment(700, 800))
    assert merged(parts, 100) == (Segment(0, 300), Segment(700, 800))
    assert merged(parts, 50) == parts


def test_a_segment_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Segment(10, 5)


def test_response_is_the_end_of_the_caller_to_the_first_sound_of_the_agent() -> None:
    tracks = Tracks(
        caller=mu_law(track(12000, (3000, 4500), (8000, 9000), floor=-60)),
        agent=mu_law(track(12000, (400, 2500), (4930, 7000), (9612, 11000))),
    )
    timing = time_call(tracks, [Segment(2990, 4510), Segment(7950, 9020)])
    assert timing.greeting_ms == pytest.approx(400, abs=10)
    assert timing.turns[0].response_ms == pytest.approx(430, abs=15)
    assert timing.turns[1].response_ms == pytest.approx(612, abs=15)
    assert [turn.barge_in_ms for turn in timing.turns] == [None, None]
    assert not any(turn.talked_over for turn in timing.turns)
    assert timing.turns[0].answer[0].end_ms == pytest.approx(7000, abs=10)


def test_pauses_inside_one_utterance_are_not_its_end() -> None:
    tracks = Tracks(track(9000, (2000, 2800), (3800, 4600)), track(9000, (200, 1500), (5100, 6000)))
    timing = time_call(tracks, [Segment(2000, 4600)])
    assert len(timing.turns) == 1
    assert timing.turns[0].response_ms == pytest.approx(500, abs=15)


def test_an_agent_that_answers_into_a_pause_is_reported_and_not_timed() -> None:
    tracks = Tracks(track(9000, (2000, 2800), (4200, 5000)), track(9000, (200, 1500), (3600, 5600)))
    turn = time_call(tracks, [Segment(2000, 5000)]).turns[0]
    assert turn.talked_over
    assert turn.response_ms is None


def test_barge_in_is_timed_from_the_callers_onset_to_the_agents_silence() -> None:
    tracks = Tracks(track(9000, (3000, 4500)), track(9000, (200, 3240), (5000, 6000)))
    turn = time_call(tracks, [Segment(3000, 4500)]).turns[0]
    assert turn.barge_in_ms == pytest.approx(240, abs=15)
    assert turn.response_ms == pytest.approx(500, abs=15)
    assert not turn.talked_over


def test_a_breath_of_the_agent_is_not_its_silence() -> None:
    tracks = Tracks(track(9000, (3000, 4500)), track(9000, (200, 3050), (3250, 3600), (5000, 6000)))
    assert time_call(tracks, [Segment(3000, 4500)]).turns[0].barge_in_ms == pytest.approx(600, abs=15)


def test_an_agent_that_pauses_and_resumes_was_silenced_at_its_pause() -> None:
    tracks = Tracks(track(9000, (3000, 3300)), track(9000, (200, 3220), (4200, 6000)))
    turn = time_call(tracks, [Segment(3000, 3300)]).turns[0]
    assert turn.barge_in_ms == pytest.approx(220, abs=15)


def test_an_agent_that_never_stops_has_talked_over_the_caller() -> None:
    turn = time_call(Tracks(track(6000, (2000, 3000)), track(6000, (200, 5000))), [Segment(2000, 3000)]).turns[0]
    assert turn.talked_over
    assert turn.response_ms is None
    assert turn.barge_in_ms == pytest.approx(3000, abs=15)


def test_an_agent_that_says_nothing_has_no_response_and_no_greeting() -> None:
    timing = time_call(Tracks(track(6000, (2000, 3000)), track(6000)), [Segment(2000, 3000)])
    assert timing.greeting_ms is None
    assert timing.turns[0].response_ms is None
    assert timing.turns[0].answer == ()


def test_an_answer_after_the_callers_next_turn_is_not_this_turns() -> None:
    tracks = Tracks(track(9000, (1000, 2000), (4000, 5000)), track(9000, (5400, 6000)))
    first, second = time_call(tracks, [Segment(1000, 2000), Segment(4000, 5000)]).turns
    assert first.response_ms is None
    assert second.response_ms == pytest.approx(400, abs=15)


def test_an_utterance_that_did_not_arrive_is_not_timed() -> None:
    turn = time_call(Tracks(track(6000), track(6000, (3500, 4000))), [Segment(2000, 3000)]).turns[0]
    assert turn.voice is None
    assert turn.response_ms is None


def test_keys_are_timed_from_where_they_were_sent() -> None:
    tracks = Tracks(track(9000), track(9000, (200, 1500), (4300, 6000)))
    assert time_call(tracks, [Segment(2000, 3000)], keyed=frozenset({0})).turns[0].response_ms == pytest.approx(
        1300, abs=10
    )


def test_greeting_counts_from_the_answer() -> None:
    timing = time_call(Tracks(track(4000), track(4000, (900, 2000))), [], answered_ms=300)
    assert timing.greeting_ms == pytest.approx(600, abs=10)
    assert timing.turns == ()


@pytest.mark.parametrize("lag_ms", [-180, -35, 0, 40, 65, 500])
def test_the_recordings_lag_behind_the_sent_stream_is_found(lag_ms: int) -> None:
    sent = track(10000, (2000, 3100), (5000, 5400), (8000, 9200))
    recorded = mu_law(track(10000, *((a + lag_ms, b + lag_ms) for a, b in ((2000, 3100), (5000, 5400), (8000, 9200)))))
    assert shift_ms(sent, recorded) == pytest.approx(lag_ms, abs=5)


def test_silent_tracks_have_no_lag() -> None:
    assert shift_ms(track(1000), track(1000)) is None
    assert shift_ms(track(1000, (200, 700)), track(1000)) is None


def test_utterances_back_to_back_are_kept_apart() -> None:
    tracks = Tracks(track(9000, (2000, 3000), (3050, 4000)), track(9000, (4600, 6000)))
    first, second = time_call(tracks, [Segment(2000, 3000), Segment(3050, 4000)]).turns
    assert first.voice is not None
    assert first.voice.end_ms <= 3050
    assert second.response_ms == pytest.approx(600, abs=15)


def test_percentiles_are_of_the_values_given() -> None:
    result = percentiles([float(value) for value in range(101)])
    assert result is not None
    assert (result.count, result.p50, result.p95, result.max) == (101, 50.0, 95.0, 100.0)
    assert percentiles([]) is None
