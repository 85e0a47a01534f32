"""The simulated caller's voice: exact ends, known level, another voice than the agent's."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from asterisk_agent.caller.segments import SILENCE_DBFS, voice_segments
from asterisk_agent.caller.voice import CallerVoice, at_level, noise, read_wav, trimmed, voice_level, with_noise


@pytest.fixture(scope="module")
def voice() -> CallerVoice:
    return CallerVoice()


def test_an_utterance_begins_and_ends_with_voice(voice: CallerVoice) -> None:
    pcm = voice.say("Hi, where is my order?")
    found = voice_segments(pcm, floor_dbfs=SILENCE_DBFS)
    assert 900 < len(pcm) / 8 < 2500
    assert found[0].start_ms <= 10
    assert len(pcm) / 8 - found[-1].end_ms <= 10


def test_a_pause_in_the_text_is_silence_of_that_length(voice: CallerVoice) -> None:
    whole = voice.say("One zero four [pause 900] four two.")
    gaps = [b.start_ms - a.end_ms for a, b in zip(voice_segments(whole), voice_segments(whole)[1:], strict=False)]
    assert max(gaps) == pytest.approx(900, abs=15)


def test_sentences_in_one_breath_follow_as_people_speak(voice: CallerVoice) -> None:
    found = voice_segments(voice.say("No, that's all. Thank you."), 200, SILENCE_DBFS)
    assert len(found) == 2
    assert found[1].start_ms - found[0].end_ms == pytest.approx(300, abs=15)


def test_the_same_text_gives_the_same_samples(voice: CallerVoice) -> None:
    assert np.array_equal(voice.say("Yes, please."), voice.say("Yes, please."))


def test_the_level_is_that_of_a_telephone_talker(voice: CallerVoice) -> None:
    level = voice_level(voice.say("Could you tell me where my package is?"))
    assert level == pytest.approx(-20, abs=1.5)


def test_the_caller_has_a_lower_voice_than_the_package() -> None:
    text = "Hello, I am calling about my order."
    own, lowered = CallerVoice(pitch=1.0).say(text), CallerVoice().say(text)

    def pitch(pcm: np.ndarray) -> float:
        frame = pcm[4000:8000].astype(float)
        curve = np.correlate(frame, frame, "full")[len(frame) :]
        return 8000 / (int(np.argmax(curve[26:133])) + 27)

    assert pitch(lowered) < 0.93 * pitch(own)


def test_noise_has_the_level_asked_for() -> None:
    sound = noise(2000, -35).astype(float) / 32768
    assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(-35, abs=0.5)


def test_noise_is_added_at_the_ratio_asked_for(voice: CallerVoice) -> None:
    clean = voice.say("Where is my order?")
    added = (with_noise(clean, 10).astype(float) - clean) / 32768
    level = voice_level(clean)
    assert level is not None
    assert level - 10 * np.log10(np.mean(added**2)) == pytest.approx(10, abs=0.7)


def test_silence_has_no_level_and_stays_as_it_is() -> None:
    silence = np.zeros(8000, np.int16)
    assert voice_level(silence) is None
    assert np.array_equal(at_level(silence, -20), silence)
    assert np.array_equal(with_noise(silence, 10), silence)
    assert len(trimmed(silence)) == 0


def test_a_wav_of_another_rate_keeps_its_length(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    tone = (8000 * np.sin(np.arange(44100) * 2 * np.pi * 440 / 44100)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(np.repeat(tone, 2).tobytes())
    pcm = read_wav(path)
    assert len(pcm) == pytest.approx(8000, abs=8)
    assert 7000 < np.abs(pcm).max() < 8400


@pytest.mark.parametrize("content", [b"", b"not a wav file at all", b"RIFF\x00\x00\x00\x00WAVE"])
def test_a_file_that_is_no_wav_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.wav cannot be read as a WAV file"):
        read_wav(path)


def test_a_wav_of_8_bit_samples_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "eight.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(800))
    with pytest.raises(ValueError, match="convert it to 16-bit PCM"):
        read_wav(path)
