"""Voice activity and speech detection on a real voice over a telephone line."""

import sys
from pathlib import Path

import numpy as np
import pytest

from asterisk_agent.audio import vad
from asterisk_agent.audio.detector import SpeechDetector, VoiceEvent, VoiceGoesOn, VoiceStarted, VoiceStopped
from asterisk_agent.audio.g711 import ULAW
from asterisk_agent.audio.resample import StreamResampler
from asterisk_agent.audio.vad import VoiceActivity, VoiceActivityError
from asterisk_agent.caller.voice import CallerVoice, Pcm, at_level, mixed, noise

SENTENCES = (
    "one two three four five",
    "Hi, where is my order?",
    "I want to talk to a person please.",
    "Can you tell me the status?",
    "What happened to my refund?",
    "nine nine eight six",
)


@pytest.fixture(scope="module")
def model() -> VoiceActivity:
    return VoiceActivity.load()


@pytest.fixture(scope="module")
def spoken() -> list[Pcm]:
    voice = CallerVoice()
    return [voice.say(text) for text in SENTENCES]


def events(model: VoiceActivity, pcm: Pcm) -> list[tuple[VoiceEvent, float]]:
    """What is found in 8 kHz audio sent in frames of 20 ms, and the time of the stream when it was known."""
    session, detector, wide = model.session(), SpeechDetector(), StreamResampler(8000, vad.RATE)
    found = []
    for at in range(0, len(pcm), 160):
        for probability in session.push(wide.push(ULAW.decode(ULAW.encode(pcm[at : at + 160])))):
            event = detector.push(probability)
            if event is not None:
                found.append((event, (at + 160) / 8))
    return found


def call(speech: Pcm, background: Pcm | None = None) -> tuple[Pcm, float, float]:
    """Speech in the middle of a call, and when it begins and ends (ms)."""
    pcm = np.concatenate((np.zeros(8000, np.int16), speech, np.zeros(12000, np.int16)))
    if background is not None:
        pcm = mixed(pcm, background)
    return pcm, 1000.0, 1000.0 + len(speech) / 8


@pytest.mark.parametrize("noise_dbfs", [None, -65, -40, -30], ids=["digital silence", "line", "20 dB", "10 dB"])
def test_finds_speech_soon_and_its_end_sooner_than_a_pause(
    model: VoiceActivity, spoken: list[Pcm], noise_dbfs: float | None
) -> None:
    onset, end, end_known = [], [], []
    for number, speech in enumerate(spoken):
        background = None if noise_dbfs is None else noise(6000, noise_dbfs, seed=number)
        pcm, began, ended = call(speech, background)
        found = events(model, pcm)
        starts = [(event, known) for event, known in found if isinstance(event, VoiceStarted)]
        stops = [(event, known) for event, known in found if isinstance(event, VoiceStopped)]
        assert starts
        assert len(stops) == len(starts)
        onset.append(starts[0][1] - began)
        end.append(stops[-1][0].at_ms - ended)
        end_known.append(stops[-1][1] - ended)
    # Measured over these: onset known after 60–160 ms (median 100), end after -60–130 (median 65).
    assert np.median(onset) <= 140
    assert max(onset) <= 320
    assert abs(np.median(end)) <= 60
    assert np.median(end_known) <= 110
    assert max(end_known) <= 160


@pytest.mark.parametrize("level_dbfs", [-35, -10])
def test_quiet_and_loud_callers(model: VoiceActivity, spoken: list[Pcm], level_dbfs: float) -> None:
    for speech in spoken:
        found = [type(event) for event, _ in events(model, call(at_level(speech, level_dbfs))[0])]
        assert VoiceStarted in found
        assert found[-1] is VoiceStopped


def test_no_speech_in_silence_noise_tones_and_clicks(model: VoiceActivity) -> None:
    random = np.random.default_rng(3)
    time = np.arange(24000) / 8000
    clicks = np.zeros(24000)
    for at in range(4000, 23000, 3000):
        clicks[at : at + 240] = random.standard_normal(240) * 8000
    sounds = {
        "silence": np.zeros(24000),
        "noise": noise(3000, -40),
        "loud noise": noise(3000, -20),
        "white noise": random.standard_normal(24000) * 2000,
        "hum": np.sin(2 * np.pi * 120 * time) * 2000,
        "ringback": (np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time)) * 5000,
        "clicks": clicks,
    }
    for name, sound in sounds.items():
        assert events(model, sound.astype(np.int16)) == [], name


def test_sessions_do_not_disturb_each_other(model: VoiceActivity, spoken: list[Pcm]) -> None:
    wide = StreamResampler(8000, 16000).push(call(spoken[0])[0])
    alone = model.session().push(wide)
    first, second = model.session(), model.session()
    together: list[float] = []
    for at in range(0, len(wide), 320):
        together += first.push(wide[at : at + 320])
        second.push(np.roll(wide, 4000)[at : at + 320])
    assert together == alone
    assert len(alone) == len(wide) // vad.WINDOW


def test_goes_on_for_every_window_of_voice() -> None:
    detector = SpeechDetector()
    found = [detector.push(probability) for probability in (0.9, 0.9, 0.9, 0.4, 0.9, 0.1, 0.9, 0.1)]
    assert found == [
        None,
        VoiceStarted(0),
        VoiceGoesOn(96),
        VoiceGoesOn(128),
        VoiceGoesOn(160),
        VoiceStopped(160),
        None,
        None,
    ]


def test_one_window_is_a_click() -> None:
    detector = SpeechDetector()
    assert [detector.push(probability) for probability in (0.1, 0.99, 0.1, 0.99, 0.2, 0.99)] == [None] * 6


@pytest.mark.parametrize("kind", ["missing", "damaged"])
def test_a_missing_or_damaged_model_is_one_clear_line(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "faster_whisper"
    (package / "assets").mkdir(parents=True)
    (package / "__init__.py").touch()
    if kind == "damaged":
        (package / "assets" / "silero_vad_v6.onnx").write_bytes(b"not a model")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "faster_whisper", raising=False)
    with pytest.raises(VoiceActivityError, match=f"{kind}.*pip install") as error:
        VoiceActivity.load()
    assert "\n" not in str(error.value)
