"""Scripts of a simulated caller: what is understood, and what a mistake in one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk_agent.caller.script import (
    AfterAgent,
    AtOnce,
    BargeIn,
    HangUp,
    Keys,
    Listen,
    Noise,
    Pause,
    PlayFile,
    Say,
    ScriptError,
    Stay,
    load_script,
    parse_script,
)


def test_every_kind_of_step_is_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "question.wav").write_bytes(b"RIFF")
    steps = parse_script(
        """
        # a caller in a hurry
        {"say": "Hi, where is my order?"}
        {"say": "Stop.", "barge_in_ms": 800}
        {"say": "Hello?", "at_once": true, "snr_db": 10}
        {"wav": "question.wav"}

        {"dtmf": "10442#", "barge_in_ms": 0}
        {"pause": 1500}
        {"noise": 2000, "level_dbfs": -35}
        {"noise": 100}
        {"listen": true}
        {"stay": 20}
        {"hang_up": true}
        """,
        folder=tmp_path,
    )
    assert steps == (
        Say("Hi, where is my order?", AfterAgent()),
        Say("Stop.", BargeIn(800)),
        Say("Hello?", AtOnce(), 10),
        PlayFile(tmp_path / "question.wav"),
        Keys("10442#", BargeIn(0)),
        Pause(1500),
        Noise(2000, -35),
        Noise(100, -40),
        Listen(),
        Stay(20),
        HangUp(),
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("say hello", r"is not JSON"),
        ('"hello"', r'a step is an object such as \{"say": "Hello"\}'),
        ("{}", r"exactly one of say, wav, .*; found nothing"),
        ('{"speak": "hello"}', r"exactly one of .*; found speak"),
        ('{"say": "a", "dtmf": "1"}', r"exactly one of .*; found say, dtmf"),
        ('{"say": "a", "volume": 3}', r"say has no option volume \(options: at_once, barge_in_ms, snr_db\)"),
        ('{"pause": 100, "at_once": true}', r"pause has no option at_once \(options: none\)"),
        ('{"say": ""}', r"say takes a text"),
        ('{"say": 7}', r"say takes a text, not 7"),
        ('{"say": " [pause 300] ... "}', r"nothing to say"),
        ('{"say": "a", "barge_in_ms": -1}', r"barge_in_ms takes a number from 0"),
        ('{"say": "a", "barge_in_ms": true}', r"barge_in_ms takes a number .* not true"),
        ('{"say": "a", "barge_in_ms": 1, "at_once": true}', r"exclude each other"),
        ('{"dtmf": "12a"}', r"keys are 0-9, \* and #"),
        ('{"dtmf": 12}', r"dtmf takes a text, not 12"),
        ('{"wav": "missing.wav"}', r"there is no file .*missing\.wav"),
        ('{"pause": "long"}', r"pause takes a number"),
        ('{"listen": false}', r"listen takes true"),
        ('{"hang_up": 1}', r"hang_up takes true"),
        ('{"stay": 1e9}', r"stay takes a number from 0 to 7200"),
    ],
)
def test_a_mistake_is_named_with_its_line(line: str, message: str) -> None:
    with pytest.raises(ScriptError, match=r"^story\.jsonl, line 3: .*" + message):
        parse_script('# greeting\n{"listen": true}\n' + line, "story.jsonl")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_a_script_without_steps_is_refused(text: str) -> None:
    with pytest.raises(ScriptError, match="has no steps"):
        parse_script(text)


def test_a_file_names_wavs_relative_to_itself(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").write_bytes(b"RIFF")
    script = tmp_path / "story.jsonl"
    script.write_text('{"wav": "hello.wav"}\n', encoding="utf-8")
    assert load_script(script) == (PlayFile(tmp_path / "hello.wav"),)


def test_a_missing_or_binary_script_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"story\.jsonl cannot be read"):
        load_script(tmp_path / "story.jsonl")
    (tmp_path / "story.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScriptError, match=r"story\.jsonl cannot be read"):
        load_script(tmp_path / "story.jsonl")
