"""Where a recording is cut into utterances."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

from asterisk_agent.audio.resample import resample
from asterisk_agent.audio.vad import VoiceActivity
from asterisk_agent.caller.voice import Pcm, shared_voice
from asterisk_agent.speech.listening import LONGEST_MS, spans

RATE = 16000


@cache
def spoken(text: str) -> Pcm:
    return resample(shared_voice().say(text), 8000, RATE)


def pause(ms: int) -> Pcm:
    return np.zeros(ms * RATE // 1000, np.int16)


def found(*pieces: Pcm) -> list[tuple[int, int]]:
    return spans(VoiceActivity.load(), np.concatenate(pieces))


def test_a_short_pause_does_not_part_an_utterance_and_a_long_one_does() -> None:
    text = spoken("My order number is")
    number = spoken("one zero four four two")
    assert len(found(pause(500), text, pause(250), number, pause(500))) == 1
    assert len(found(pause(500), text, pause(1500), number, pause(500))) == 2


def test_speech_up_to_the_last_sample_is_not_lost() -> None:
    speech = spoken("Hi, where is my order?")
    cut = speech[: len(speech) // 2]
    spans_found = found(pause(500), cut)
    assert len(spans_found) == 1
    assert spans_found[0][1] >= 500 + len(cut) * 1000 // RATE - 100


def test_speech_without_end_is_cut_where_engines_end() -> None:
    speech = spoken("Hi, where is my order? I placed it last week and it still has not arrived.")
    parts = found(*([speech] * (70 * RATE // len(speech))))
    assert len(parts) >= 3
    assert all(0 < end - start <= LONGEST_MS for start, end in parts)
    assert all(after[0] >= before[1] for before, after in pairwise(parts))


def test_no_audio_has_no_utterances() -> None:
    assert found(pause(0)) == []
    assert found(pause(3000)) == []
