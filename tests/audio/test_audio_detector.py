"""When speech begins and ends, from window probabilities alone."""

from __future__ import annotations

import pytest

from asterisk_agent.audio.detector import SpeechDetector, VoiceEvent, VoiceGoesOn, VoiceStarted, VoiceStopped


def heard(*probabilities: float) -> list[VoiceEvent | None]:
    detector = SpeechDetector()
    return [detector.push(probability) for probability in probabilities]


def test_two_voiced_windows_are_speech_that_began_with_the_first() -> None:
    assert heard(0.1, 0.9, 0.9) == [None, None, VoiceStarted(32)]


def test_a_click_is_no_speech() -> None:
    assert heard(0.0, 0.95, 0.0, 0.0, 0.95, 0.0) == [None] * 6


def test_the_first_silent_window_is_the_stop_and_names_the_end_of_voice() -> None:
    assert heard(0.9, 0.9, 0.9, 0.1, 0.1) == [None, VoiceStarted(0), VoiceGoesOn(96), VoiceStopped(96), None]


def test_a_doubtful_window_does_not_end_speech_nor_begin_it() -> None:
    assert heard(0.4, 0.4, 0.4) == [None, None, None]
    assert heard(0.9, 0.9, 0.4) == [None, VoiceStarted(0), VoiceGoesOn(96)]


def test_voice_after_a_stop_is_speech_anew() -> None:
    events = heard(0.9, 0.9, 0.0, 0.9, 0.9, 0.0)
    assert [event for event in events if event] == [
        VoiceStarted(0),
        VoiceStopped(64),
        VoiceStarted(96),
        VoiceStopped(160),
    ]


@pytest.mark.parametrize("probability", [0.0, float("nan")])
def test_what_is_no_probability_of_voice_is_no_voice(probability: float) -> None:
    assert heard(probability, probability, probability) == [None] * 3
    assert isinstance(heard(0.9, 0.9, probability)[-1], VoiceStopped)
