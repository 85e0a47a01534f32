"""The command line of ``call``: steps in the order given, mistakes in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from asterisk_agent.caller.script import Keys, Listen, Pause, Say, ScriptError, Step
from asterisk_agent.commands import bench
from asterisk_agent.commands import call as command


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Step, ...]]:
    """What the command would have done; placing the call itself is tested against Asterisk."""
    seen: list[tuple[Step, ...]] = []

    async def place(_settings: object, _file: object, wish: command.Wish) -> None:
        seen.append(wish.steps)
        raise ScriptError("stop here")

    monkeypatch.setattr(command, "_place", place)
    return seen


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    command.register(app)
    bench.register(app)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_steps_are_done_in_the_order_given(steps: list[tuple[Step, ...]]) -> None:
    run("call", "--say", "Hi.", "--dtmf", "10442#", "--pause", "500", "--say", "Thanks.", "--dtmf=1")
    assert steps == [(Say("Hi."), Keys("10442#"), Pause(500), Say("Thanks."), Keys("1"))]


def test_without_steps_the_caller_only_listens(steps: list[tuple[Step, ...]]) -> None:
    run("call")
    assert steps == [(Listen(),)]


def test_a_script_file_is_read(steps: list[tuple[Step, ...]], tmp_path: Path) -> None:
    script = tmp_path / "story.jsonl"
    script.write_text('{"say": "Hi."}\n{"pause": 100}\n', encoding="utf-8")
    run("call", "--script", str(script))
    assert steps == [(Say("Hi."), Pause(100))]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dtmf", "12a"), "keys are 0-9"),
        (("--wav", "missing.wav"), "there is no file missing.wav"),
        (("--say", " "), "there is nothing to say"),
        (("--pause", "-3"), "a pause lasts from 0"),
        (("--script", "missing.jsonl"), "script missing.jsonl cannot be read"),
        (("--say", "Hi.", "--script", "x.jsonl"), "use either --script or"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    code, output = run("call", *arguments)
    assert code == 1
    assert message in output
    assert len(output.strip().splitlines()) == 1


def test_the_help_shows_every_way_to_act() -> None:
    code, output = run("call", "--help")
    assert code == 0
    assert all(option in output for option in ("--say", "--wav", "--dtmf", "--pause", "--script", "--json"))


@pytest.mark.parametrize("arguments", [("--calls", "0"), ("--concurrency", "0"), ("--calls", "many")])
def test_a_benchmark_of_nothing_is_refused(arguments: tuple[str, ...]) -> None:
    assert run("bench", "latency", *arguments)[0] == 2
