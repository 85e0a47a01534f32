"""Whole calls on a real Asterisk: what callers, human agents and administrators get."""

from __future__ import annotations

import asyncio
import re

import psutil
import pytest
from calls_world import Line, logged, said
from real_programs import eventually

from asterisk_agent.caller.place import CallResult
from asterisk_agent.caller.script import BargeIn, HangUp, Keys, Listen, Noise, Pause, Say, Stay

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="package")]

NOBODY = "<anonymous>"


async def test_a_caller_gets_a_true_answer_by_voice_and_a_person_who_knows_the_case(line: Line) -> None:
    report = await line.talk(
        [
            Say("Hi, where is my order?"),
            Say("It's one zero four four two."),
            Say("The ZIP code is zero two one three nine."),
            Say("Can I talk to a person please?"),
            Stay(6),
        ]
    )
    words = said(report)
    assert "order number" in report.turns[0].agent.lower()
    assert "on its way" in report.turns[1].agent.lower()
    assert "worcester" not in report.turns[1].agent.lower(), "a place was said before the caller was verified"
    assert "ups" in words
    assert "worcester" in report.turns[2].agent.lower()
    variables = line.member_variables()
    assert variables["AGENT_INTENT"] == "order_status"
    assert variables["AGENT_ORDER"] == "10442"
    assert variables["AGENT_VERIFIED"] == "2"
    assert variables["AGENT_REASON"] == "asked"
    assert re.fullmatch(r"[0-9a-f]{32}", variables["AGENT_CALL_ID"])
    assert "10442" in variables["AGENT_SUMMARY"]
    assert {"AGENT_SENTIMENT", "AGENT_NEXT"} <= variables.keys()
    assert "db-after-handoff=intact reason=asked" in line.pbx.log(), "the dialplan cannot read DB() after the hand-off"
    assert re.search(r"\|support\|.*\|CONNECT\|", line.pbx.queue_log())


async def test_the_records_tell_the_same_story(line: Line) -> None:
    await line.call([Say("Where's my order one zero four four three?"), Listen(), HangUp()])
    await eventually(lambda: _ended(line), 10, "the call is in the records")
    call = (await line.rows("SELECT * FROM calls ORDER BY started_at DESC LIMIT 1"))[0]
    turns = await line.rows(f"SELECT * FROM turns WHERE call_id = '{call['id']}' ORDER BY number")
    assert call["order_number"] == "10443", turns
    assert call["outcome"] == "hangup"
    assert call["sentiment"] == turns[1]["sentiment"] == pytest.approx(0.0, abs=0.5)
    assert [turn["kind"] for turn in turns] == ["greeting", "speech"]
    steps = ("recognition", "endpoint", "understanding", "lookup", "synthesis", "transport")
    assert turns[1]["response_ms"] == pytest.approx(sum(turns[1][f"{step}_ms"] for step in steps), abs=2)
    audit = await line.rows(f"SELECT * FROM audit WHERE call_id = '{call['id']}'")
    assert {row["level"] for row in audit if row["kind"] == "disclosed"} == {1}


async def _ended(line: Line) -> bool:
    rows = await line.rows("SELECT ended_at FROM calls ORDER BY started_at DESC LIMIT 1")
    return bool(rows and rows[0]["ended_at"])


async def test_the_keypad_does_as_well_as_the_voice(line: Line) -> None:
    report = await line.talk([Say("Where is my order?"), Keys("10443#"), Keys("10036#"), Listen(), HangUp()])
    assert "out for delivery" in said(report)
    assert "fedex" in said(report).replace("fed ex", "fedex")


async def test_zero_reaches_a_person(line: Line) -> None:
    before = line.pbx.queue_log().count("CONNECT")
    await line.call([Keys("0"), Stay(8)])
    assert line.pbx.queue_log().count("CONNECT") == before + 1


async def test_a_caller_who_interrupts_is_heard(line: Line) -> None:
    report = await line.talk(
        [
            Say("Where is my order one zero four four two?"),
            Say("Can I talk to a real person please?", BargeIn(1200)),
            Stay(6),
        ]
    )
    assert report.turns[1].barge_in_ms is not None
    assert report.turns[1].barge_in_ms < 500
    assert "zip" not in report.turns[0].agent.lower(), "the agent went on talking"
    assert line.member_variables()["AGENT_REASON"] == "asked"


@pytest.mark.parametrize("stage", ["greeting", "speaking", "answer"])
async def test_a_hang_up_at_any_moment_leaves_nothing_behind(line: Line, stage: str) -> None:
    steps = {
        "greeting": [Pause(300), HangUp()],
        "speaking": [Listen(), Say("Hi, where is", cue=BargeIn(0)), HangUp()],
        "answer": [Say("Where is my order one zero four four two?"), Pause(900), HangUp()],
    }[stage]
    await line.call(steps)
    await eventually(lambda: _empty(line), 15, f"Asterisk is empty after a hang-up while {stage}")
    await eventually(lambda: _ended(line), 10, "the call has an end in the records")


async def _empty(line: Line) -> bool:
    return await line.left_in_asterisk() == ([], [])


async def test_silence_is_asked_after_twice_and_then_ends_kindly(line: Line) -> None:
    report = await line.talk([Stay(60)], NOBODY)
    assert report.hangup["by"] != "caller", "the caller had to hang up"
    assert len(re.findall(r"[.?!]", report.greeting)) >= 3


async def test_noise_alone_does_not_hold_the_line_for_ever(line: Line) -> None:
    report = await line.talk([Noise(45_000, level_dbfs=-25.0), Stay(30)], NOBODY)
    assert report.duration_ms < 75_000


async def test_twenty_callers_at_once_are_all_answered_and_nothing_leaks(line: Line) -> None:
    assert line.process is not None
    agent = psutil.Process(line.process.pid)
    await line.call([Say("Where is my order one zero four four two?"), Listen(), HangUp()])
    await eventually(lambda: _empty(line), 15, "Asterisk is empty before")
    files = agent.num_fds()
    steps = [Say("Where is my order one zero four four two?"), Listen(), Stay(22), HangUp()]

    async def later(number: int) -> CallResult:
        await asyncio.sleep(number)  # twenty people do not speak in the same moment
        return await line.call(steps)

    results = await asyncio.gather(*(later(number) for number in range(20)))
    assert max(fields["calls"] for fields in logged(line.agent_log, "call taken")) == 20
    assert all(result.tracks.agent.any() for result in results)
    await eventually(lambda: _empty(line), 10, "Asterisk is empty after 20 calls")
    await eventually(lambda: agent.num_fds() <= files + 2, 10, f"file descriptors are back at {files}")
    await eventually(lambda: _ended(line), 10, "all calls have an end in the records")
    calls = await line.rows("SELECT * FROM calls ORDER BY started_at DESC LIMIT 20")
    assert [call["order_number"] for call in calls] == ["10442"] * 20
    turns = await line.rows("SELECT reply FROM turns WHERE kind = 'speech'")
    assert sum("on its way" in turn["reply"] for turn in turns) >= 20
