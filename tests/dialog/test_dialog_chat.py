"""``asterisk-agent chat``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from asterisk_agent.cli import app


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """The command sends logs to the runner's standard error, which is closed afterwards."""
    yield
    structlog.reset_defaults()


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["chat", *arguments], input=typed, env={"ASTERISK_AGENT_SETTINGS": ""})


def script(folder: Path, *lines: str) -> str:
    path = folder / "turns.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def said(text: str) -> str:
    return json.dumps({"caller": text})


def test_a_script_prints_one_json_line_a_turn(tmp_path: Path) -> None:
    lines = ["where is my order 10442", "[silence 8s]", "[dtmf:02139#]", "[noise]", "operator"]
    result = run("--script", script(tmp_path, *map(said, lines)))
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["caller"] for row in rows] == [None, *lines]
    assert all(row["reply"] == " ".join(row["sentences"]) for row in rows)
    assert rows[1]["state"] == {"intent": "order_status", "order": "10442", "level": 1, "expects": "zip"}
    assert rows[3]["state"]["level"] == 2
    assert [row["action"] for row in rows] == [None, None, None, None, None, "transfer:support"]


def test_a_long_silence_counts_as_several(tmp_path: Path) -> None:
    result = run("--script", script(tmp_path, said("[silence 30s]")))
    assert json.loads(result.stdout.splitlines()[-1])["action"] == "hangup"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{not json", "line 2 is not JSON"),
        ('{"text": "hi"}', 'line 2 has no text "caller"'),
        ('["hi"]', 'line 2 has no text "caller"'),
        ('{"caller": "[coughs]"}', "line 2: [coughs] is not an event"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    result = run("--script", script(tmp_path, said("hello"), line))
    assert result.exit_code == 1
    assert problem in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_script_is_one_clear_line(tmp_path: Path) -> None:
    result = run("--script", str(tmp_path / "none.jsonl"))
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


def test_by_hand() -> None:
    result = run(typed="where is my order\n[cough]\n10442\n\n")
    assert result.exit_code == 0
    assert "What's your order number?" in result.stdout
    assert "is not an event" in result.stderr
    assert "expects zip" in result.stdout


def test_the_callers_number_can_be_given(tmp_path: Path) -> None:
    result = run("--caller", "+12065550134", "--script", script(tmp_path, said("where is my order")))
    assert result.exit_code == 0
    assert json.loads(result.stdout.splitlines()[-1])["state"]["order"] == "10446"
