"""Voice activity on telephone audio: when speech is found, when its end is known, and what is no speech."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hibari import Hibari
from numpy.typing import NDArray

from asterisk_agent.audio import vad
from asterisk_agent.audio.detector import SpeechDetector, VoiceEvent, VoiceStarted, VoiceStopped
from asterisk_agent.audio.g711 import ULAW
from asterisk_agent.audio.resample import StreamResampler, resample
from asterisk_agent.audio.vad import VoiceActivity, VoiceActivityError

LEAD_MS = 1000
SENTENCES = ("one two three four five", "Hi, where is my order?", "yes", "no", "I want to talk to a person please.")

Pcm = NDArray[np.int16]


@cache
def model() -> VoiceActivity:
    return VoiceActivity.load()


@cache
def voice() -> Hibari:
    return Hibari()


def dbfs(wave: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """The wave at this level of its loud parts."""
    loud = wave[np.abs(wave) > np.abs(wave).max() * 0.05]
    scaled: NDArray[np.float64] = wave / np.sqrt(np.mean(loud**2)) * 10 ** (level / 20) * 32768
    return scaled


def spoken(text: str) -> NDArray[np.float64]:
    """8 kHz speech without the silence around it, at -20 dBFS."""
    wave = np.asarray(voice()(text, seed=1), np.float64)
    narrow = resample(np.clip(wave * 32767, -32768, 32767).astype(np.int16), 24000, 8000).astype(np.float64)
    voiced = np.flatnonzero(np.abs(narrow) > np.abs(narrow).max() * 0.03)
    return dbfs(narrow[voiced[0] : voiced[-1]], -20)


def telephone(wave: NDArray[np.float64], noise_dbfs: float | None, seed: int = 0) -> Pcm:
    """One second of pause on both sides, line noise, and back from µ-law."""
    around = np.zeros(LEAD_MS * 8)
    line = np.concatenate((around, wave, around))
    if noise_dbfs is not None:
        line += np.random.default_rng(seed).standard_normal(len(line)) * 10 ** (noise_dbfs / 20) * 32768
    return ULAW.decode(ULAW.encode(np.clip(line, -32768, 32767).astype(np.int16)))


def events(pcm: Pcm) -> list[tuple[VoiceEvent, int]]:
    """What is found in 20 ms frames, each with the time at which it was known."""
    session, detector, wide = model().session(), SpeechDetector(), StreamResampler(8000, vad.RATE)
    found = []
    for at in range(0, len(pcm), 160):
        for probability in session.push(wide.push(pcm[at : at + 160])):
            event = detector.push(probability)
            if event is not None:
                found.append((event, at // 8 + 20))
    return found


@pytest.mark.parametrize("noise_dbfs", [None, -65.0, -40.0], ids=["digital silence", "quiet line", "20 dB"])
@pytest.mark.parametrize("text", SENTENCES)
def test_speech_is_found_where_it_is(text: str, noise_dbfs: float | None) -> None:
    wave = spoken(text)
    found = events(telephone(wave, noise_dbfs))
    starts = [(event.at_ms, known) for event, known in found if isinstance(event, VoiceStarted)]
    stops = [(event.at_ms, known) for event, known in found if isinstance(event, VoiceStopped)]
    end_ms = LEAD_MS + len(wave) / 8
    assert -100 <= starts[0][0] - LEAD_MS <= 200
    assert starts[0][1] - LEAD_MS <= 260
    assert -200 <= stops[-1][0] - end_ms <= 160
    assert stops[-1][1] - end_ms <= 200


def noises() -> dict[str, NDArray[np.float64]]:
    rng, time = np.random.default_rng(7), np.arange(24000) / 8000
    clicks = np.zeros(24000)
    for at in (4000, 9000, 15000, 20000):
        clicks[at : at + 120] = rng.standard_normal(120)
    return {
        "silence": np.zeros(24000),
        "hiss": dbfs(rng.standard_normal(24000), -30),
        "mains hum": dbfs(np.sin(2 * np.pi * 60 * time) + 0.3 * np.sin(2 * np.pi * 180 * time), -25),
        "ringing tone": dbfs(np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time), -20),
        "digit tone": dbfs(np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time), -15),
        "clicks": clicks * 8000,
        "garbage": rng.integers(-32768, 32767, 24000).astype(np.float64),
    }


@pytest.mark.parametrize("name", list(noises()))
def test_what_is_no_voice_starts_nothing(name: str) -> None:
    assert events(telephone(noises()[name], -65.0)) == []


def test_a_hum_that_sounds_like_a_voice_is_seen_through_at_once() -> None:
    time = np.arange(24000) / 8000
    hum = dbfs(np.sin(2 * np.pi * 120 * time) + 0.3 * np.sin(2 * np.pi * 240 * time), -25)
    found = [event for event, _ in events(telephone(hum, -65.0))]
    assert [type(event) for event in (found[0], found[-1])] == [VoiceStarted, VoiceStopped]
    assert found[-1].at_ms - found[0].at_ms < 500


def test_windows_do_not_depend_on_the_frames() -> None:
    pcm = resample(telephone(spoken("yes"), -60.0), 8000, vad.RATE)
    whole = model().session().push(pcm)
    session, pieces = model().session(), []
    for at in range(0, len(pcm), 321):
        pieces += session.push(pcm[at : at + 321])
    assert len(whole) == len(pcm) // vad.WINDOW
    assert pieces == pytest.approx(whole, abs=1e-6)


def test_calls_do_not_hear_each_other() -> None:
    pcm = resample(telephone(spoken("yes"), -60.0), 8000, vad.RATE)
    alone = model().session().push(pcm)
    first, second = model().session(), model().session()
    mixed = []
    for at in range(0, len(pcm) - vad.WINDOW + 1, vad.WINDOW):
        mixed += first.push(pcm[at : at + vad.WINDOW])
        second.push(np.full(vad.WINDOW, 9000, np.int16))
    assert mixed == pytest.approx(alone, abs=1e-6)


def test_a_damaged_model_is_named_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vad, "SHA256", "0" * 64)
    with pytest.raises(VoiceActivityError, match=r"silero_vad_v6\.onnx is damaged; install it again: pip install"):
        VoiceActivity.load()


def test_a_missing_model_is_named_with_the_fix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(vad, "find_spec", lambda _: Spec())
    with pytest.raises(VoiceActivityError, match="missing; install it again: pip install"):
        VoiceActivity.load()
