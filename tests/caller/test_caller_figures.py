"""What a benchmark and the demo make of their calls: figures, text, JSON, verdicts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from asterisk_agent.caller.bench import STORIES, AgentTurn, BenchCall, BenchResult, Row
from asterisk_agent.caller.demo import STORY, checks, member_variables, queue_line
from asterisk_agent.caller.report import CallReport, Turn
from asterisk_agent.caller.script import Say
from asterisk_agent.caller.voice import noise
from asterisk_agent.caller.words import pieces
from asterisk_agent.commands.bench import as_text


def row(call: int, turn: int, response: float | None, barge_in: float | None = None, over: bool = False) -> Row:
    own = None if response is None else response + 15
    return Row(call, turn, "Where is my order?", turn * 5000.0, response, own, barge_in, over)


RESULT = BenchResult(
    calls=(
        BenchCall(0, "+12125550000", 210.0, (row(0, 1, 400.0), row(0, 2, 500.0, 180.0))),
        BenchCall(1, "+12125550001", 250.0, (row(1, 1, 900.0), row(1, 2, None), row(1, 3, None, 900.0, True))),
        BenchCall(2, "+12125550002", None, (), failure="was not answered"),
    ),
    concurrency=2,
    echo_ms=20.0,
    recorded_at="pbx",
)


def agent_turn(caller_id: str, at_ms: float, endpoint: float) -> AgentTurn:
    return AgentTurn(caller_id, at_ms, "where is my order", {"endpoint": endpoint, "lookup": None})


AGENT_TURNS = (
    agent_turn("+12125550000", 5030.0, 200.0),
    agent_turn("+12125550000", 9900.0, 210.0),
    agent_turn("+12125550001", 7000.0, 900.0),
)
AGENT = RESULT.matched(AGENT_TURNS)


def test_response_percentiles_stand_at_the_top_and_the_breakdown_beneath() -> None:
    document = json.loads(json.dumps(RESULT.as_json(AGENT)))
    assert (document["p50"], document["p95"], document["max"]) == (500.0, 860.0, 900.0)
    assert document["breakdown"]["endpoint"] == {"count": 2, "p50": 205.0, "p95": 209.5, "max": 210.0}
    assert document["breakdown"]["lookup"] is None
    assert document["greeting"]["p50"] == 230.0
    assert document["barge_in"]["max"] == 900.0
    assert (document["unanswered"], document["talked_over"]) == (1, 1)
    assert document["failures"] == [{"call": 2, "error": "was not answered"}]
    assert document["phone_minus_pbx"]["max"] == 15.0
    assert len(document["rows"]) == 5
    assert document["rows"][0]["agent"] == {"heard": "where is my order", "endpoint": 200.0, "lookup": None}


def test_the_agents_record_of_a_turn_is_the_one_with_the_same_caller_and_last_word() -> None:
    assert {key: turn.parts["endpoint"] for key, turn in AGENT.items()} == {(0, 1): 200.0, (0, 2): 210.0}


def test_a_benchmark_in_which_nobody_was_answered_has_no_figures() -> None:
    empty = BenchResult((BenchCall(0, "", None, (), failure="no answer"),), 1, None, "pbx")
    document = empty.as_json({})
    assert document["p50"] is None
    assert "–" in as_text(empty, {})


def test_the_table_says_which_goals_were_met() -> None:
    text = as_text(RESULT, AGENT)
    response, greeting = (
        next(line for line in text.splitlines() if line.startswith(name)) for name in ("response", "answer")
    )
    assert "p50 ≤ 500, p95 ≤ 800: missed" in response
    assert "p95 ≤ 700: met" in greeting
    assert "1 turns without an answer, 1 in which the agent spoke over the caller" in text


def test_the_histogram_counts_every_response() -> None:
    bars = [line for line in as_text(RESULT, {}).splitlines() if "█" in line]
    assert [line.split()[0] for line in bars] == ["400–500", "500–600", "900–1000"]


def test_stories_of_the_benchmark_can_be_said() -> None:
    assert all(any(isinstance(step, Say) for step in story) for story in STORIES)


def report(responses: tuple[float | None, ...], barge_in: float | None = 200.0) -> CallReport:
    says = [step for step in STORY if isinstance(step, Say)]
    turns = tuple(
        Turn(
            turn=number,
            kind="say",
            caller=step.text,
            agent="",
            start_ms=0,
            end_ms=0,
            response_ms=response,
            barge_in_ms=barge_in if number == 4 else None,
            talked_over=False,
            barged_in=number == 4,
        )
        for number, (step, response) in enumerate(zip(says, responses, strict=True), 1)
    )
    return CallReport(
        "Local/s@order-agent/n", 5.0, 210.0, "", turns, {"by": "caller", "cause": 16, "text": ""}, "pbx", 40_000, {}
    )


PBX_LOG = """
[2026-01-05 10:00:00.100] NOTICE[10][C-01] Ext. 1: member-leg AGENT_CALL_ID=c-17
[2026-01-05 10:00:00.100] NOTICE[10][C-01] Ext. 1: member-leg AGENT_ORDER=10442
[2026-01-05 10:00:00.100] NOTICE[10][C-01] Ext. 1: member-leg AGENT_SUMMARY=Asked where the order is.
"""
QUEUE_LOG = """1767607200|1767607199.5|support|NONE|ENTERQUEUE||+16175550199|1
1767607201|1767607199.5|support|Local/1@test-agent/n|CONNECT|1|1767607200.9|0
"""
TOLD = (410.0, 480.0, 620.0, 500.0, 390.0)


def test_the_demo_passes_when_all_of_it_happened() -> None:
    assert all(check.passed for check in checks(report(TOLD), PBX_LOG, QUEUE_LOG))


@pytest.mark.parametrize(
    ("responses", "barge_in", "log", "queue", "failing"),
    [
        ((410.0, None, 620.0, 500.0, 390.0), 200.0, PBX_LOG, QUEUE_LOG, "every question was answered"),
        ((410.0, 5200.0, 620.0, 500.0, 390.0), 200.0, PBX_LOG, QUEUE_LOG, "every question was answered"),
        (TOLD, None, PBX_LOG, QUEUE_LOG, "the agent stopped when it was interrupted"),
        (TOLD, 2400.0, PBX_LOG, QUEUE_LOG, "the agent stopped when it was interrupted"),
        (TOLD, 200.0, PBX_LOG, "", "the caller was connected to a person"),
        (TOLD, 200.0, "", QUEUE_LOG, "the person was told which order it is about"),
    ],
)
def test_the_demo_fails_on_what_did_not_happen(
    responses: tuple[float | None, ...], barge_in: float | None, log: str, queue: str, failing: str
) -> None:
    results = checks(report(responses, barge_in), log, queue)
    assert [check.what for check in results if not check.passed] == [failing]


def test_what_the_person_is_told_is_read_from_the_members_leg() -> None:
    assert member_variables(PBX_LOG) == {
        "AGENT_CALL_ID": "c-17",
        "AGENT_ORDER": "10442",
        "AGENT_SUMMARY": "Asked where the order is.",
    }
    assert queue_line(QUEUE_LOG).endswith("CONNECT|1|1767607200.9|0")
    assert queue_line("") == ""


def test_long_answers_are_cut_where_they_are_quiet() -> None:
    pcm = noise(24_000, -20)
    pcm[8_700 * 8 : 9_000 * 8] = 0
    pcm[17_000 * 8 : 17_300 * 8] = 0
    parts = pieces(pcm)
    assert np.array_equal(np.concatenate(parts), pcm)
    assert [len(part) / 8000 for part in parts][:2] == [pytest.approx(8.8, abs=0.2), pytest.approx(8.3, abs=0.2)]
    assert all(len(part) <= 80_000 for part in parts)
    assert len(pieces(pcm[:100])) == 1
