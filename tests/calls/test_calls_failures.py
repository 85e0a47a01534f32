"""When things break: the caller always has a next step, and the operator one clear line."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest
from calls_world import Line, agent_on, line_without_agent, logged, said
from real_programs import eventually

from asterisk_agent.caller.script import Listen, Pause, Say, Stay
from asterisk_agent.caller.stage import StageError
from asterisk_agent.settings import ENV_PREFIX

pytestmark = [pytest.mark.asterisk]


def entered(line: Line) -> int:
    """How many callers have entered the human queue."""
    return line.pbx.queue_log().count("ENTERQUEUE")


async def test_no_agent_means_people(tmp_path: Path) -> None:
    async with line_without_agent(tmp_path) as line:
        await line.call([Pause(500), Stay(2)])
        assert entered(line) == 1
        assert line.member_variables()["AGENT_REASON"] == "agent not running"


async def test_callers_of_a_killed_agent_are_in_the_queue_within_five_seconds_of_its_restart(tmp_path: Path) -> None:
    async with line_without_agent(tmp_path) as line:
        async with agent_on(line):
            calls = [
                asyncio.create_task(line.call([Say("Where is my order?"), Stay(60)], f"<+1617555014{number}>"))
                for number in range(5)
            ]
            await eventually(lambda: len(logged(line.agent_log, "call taken")) == 5, 20, "five calls are up")
            await asyncio.sleep(1)  # so that the kill comes in the middle of the conversation
            assert line.process is not None
            line.process.send_signal(signal.SIGKILL)
            await line.process.wait()
            assert entered(line) == 0
        async with agent_on(line):
            # agent_on returns when the new process is ready: from there the five seconds count.
            await eventually(lambda: entered(line) == 5, 5, "five callers in the queue")
            assert line.member_variables()["AGENT_REASON"] == "agent restarted"
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


async def test_asterisk_may_restart_under_the_agent(tmp_path: Path) -> None:
    async with line_without_agent(tmp_path) as line, agent_on(line):
        first = asyncio.create_task(line.call([Say("Where is my order?"), Stay(30)]))
        await eventually(lambda: len(logged(line.agent_log, "call taken")) == 1, 20, "a call is up")
        await line.pbx.restart()
        await asyncio.gather(first, return_exceptions=True)
        await eventually(
            lambda: bool(logged(line.agent_log, "connected to Asterisk again")), 20, "the agent is connected again"
        )
        report = await line.talk([Say("Where is my order one zero four four two?"), Listen()])
        assert "on its way" in said(report)
        assert line.process is not None
        assert line.process.returncode is None


async def test_a_call_beyond_the_limit_goes_to_people_at_once(tmp_path: Path) -> None:
    async with line_without_agent(tmp_path, LIMITS__MAX_CALLS="1") as line, agent_on(line):
        first = asyncio.create_task(line.call([Stay(6)]))
        await eventually(lambda: len(logged(line.agent_log, "call taken")) == 1, 10, "the first call is up")
        await line.call([Stay(2)])
        assert entered(line) == 1
        assert line.member_variables()["AGENT_REASON"] == "busy"
        await first


async def test_a_call_that_takes_too_long_goes_to_people(tmp_path: Path) -> None:
    async with line_without_agent(tmp_path, LIMITS__MAX_CALL_S="10") as line, agent_on(line):
        await line.call([Stay(14)])
        assert entered(line) == 1
        assert line.member_variables()["AGENT_REASON"] == "time limit"


async def test_a_dead_store_is_told_honestly_and_the_shop_goes_on_when_it_is_back(tmp_path: Path) -> None:
    shop = tmp_path / "shop.json"
    shop.write_text(json.dumps({"customers": [], "orders": [{"number": "1"}]}), encoding="utf-8")
    async with line_without_agent(tmp_path, STORE__LOCAL__FILE=str(shop)) as line, agent_on(line):
        report = await line.talk([Say("Where is my order one zero four four two?"), Listen()])
        assert "on its way" not in said(report)
        assert "orders[0]" in line.agent_log


async def test_without_its_manager_access_the_caller_still_reaches_people(tmp_path: Path) -> None:
    async with line_without_agent(tmp_path, ASTERISK__AMI__SECRET="wrong") as line, agent_on(line):
        await line.call([Say("I want to talk to a person please."), Stay(5)])
        assert entered(line) == 1
        assert logged(line.agent_log, "the hand-off goes without its variables")


async def test_a_database_that_is_down_never_stops_a_call(tmp_path: Path) -> None:
    broken = "postgresql://nobody:nothing@127.0.0.1:9/none"
    async with line_without_agent(tmp_path, DATABASE__URL=broken) as line, agent_on(line):
        report = await line.talk([Say("Where is my order one zero four four two?"), Listen()])
        assert "on its way" in said(report)
        kept = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "spool").glob("*.jsonl"))
        assert "10442" in kept


@pytest.mark.parametrize(
    ("variables", "line_of_error"),
    [
        ({"ASTERISK__PASSWORD": "wrong"}, "asterisk.password"),
        ({"SPEECH__WHISPER__MODEL": "/nowhere"}, "speech.whisper.model"),
        ({"STORE__LOCAL__FILE": "/nowhere.json"}, "/nowhere.json"),
        ({"TURN__ENDPOINT_MS": "1"}, "turn.endpoint_ms = '1'"),
        ({"SHOPP__NAME": "x"}, "did you mean shop"),
    ],
)
async def test_a_wrong_setting_ends_the_start_with_one_clear_line(
    tmp_path: Path, variables: dict[str, str], line_of_error: str
) -> None:
    async with line_without_agent(tmp_path) as line:
        line.environment |= {ENV_PREFIX + key: value for key, value in variables.items()}
        with pytest.raises(StageError):
            async with agent_on(line):
                pass
        assert line_of_error in line.agent_log
        assert "Traceback" not in line.agent_log


async def test_an_agent_waits_for_an_asterisk_that_is_not_there_yet(tmp_path: Path) -> None:
    async with line_without_agent(tmp_path) as line:
        await line.pbx.kill()
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(_run_until_ready(line))
            await eventually(
                lambda: (tmp_path / "agent.log").exists() and bool(logged(line.agent_log, "waiting for Asterisk")),
                60,
                "the agent waits",
            )
            await line.pbx.start()
            await waiting


async def _run_until_ready(line: Line) -> None:
    async with agent_on(line):
        pass
