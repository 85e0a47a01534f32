"""``asterisk-agent eval`` on small files of every kind: the figures, and clear errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asterisk_agent.cli import app
from asterisk_agent.evaluation.wording import gives_away, says

ORDER = {
    "number": "10442",
    "name": "Dana Reyes",
    "phone": "+16175550142",
    "zip": "02139",
    "last4": "4242",
    "address": {"line1": "12 Maple Street", "city": "Boston", "state": "MA", "zip": "02139"},
    "items": ["lantern"],
    "status": "processing",
    "cancellable": True,
}
WORLD = {
    "now": "2026-11-23T10:00:00-05:00",
    "caller_number": None,
    "orders": [ORDER],
    "queues": {"support": {"available": 1}},
}


def run(tmp_path: Path, kind: str, *rows: Any, expect: int = 0) -> Any:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    result = CliRunner().invoke(
        app, ["eval", kind, str(file), "--json"], env={"ASTERISK_AGENT_DATA_DIR": str(tmp_path)}
    )
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout) if expect == 0 else result.stderr


def test_intents(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "intents",
        {"id": "a", "text": "where is my order", "intent": "order_status", "accept": []},
        {"id": "b", "text": "where is my order", "intent": "cancel_order", "accept": ["order_status"]},
        {"id": "c", "text": "where is my order", "intent": "refund_status"},
        {"id": "d", "text": "what's the capital of France and who won the cup", "intent": "out_of_scope"},
    )
    assert (found["rows"], found["accuracy_strict"], found["accuracy_lenient"]) == (4, 0.5, 0.75)
    assert found["out_of_scope_recall"] == 1.0
    assert [one["id"] for one in found["failures"]] == ["c"]
    assert {"macro_f1", "out_of_scope_precision", "per_label"} <= found.keys()


def test_spoken(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "spoken",
        {
            "id": "a",
            "spoken": "double three oh seven sorry double three one seven",
            "kind": "order_number",
            "value": "3317",
            "context": {"pattern": "\\d{4}"},
        },
        {"id": "b", "spoken": "oh two one three nine", "kind": "zip", "value": "99999", "context": {}},
    )
    assert (found["rows"], found["exact"], found["per_kind"]["zip"]["exact"]) == (2, 0.5, 0.0)
    assert found["failures"][0]["id"] == "b"


def test_endpoint(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "endpoint",
        {"id": "a", "text_so_far": "my order number is", "complete": False, "asked": "order_number"},
        {"id": "b", "text_so_far": "one zero four", "complete": True, "asked": "order_number"},
        {"id": "c", "text_so_far": "yes", "complete": False, "asked": "yes_no"},
    )
    assert (found["false_complete"], found["false_incomplete"]) == (1, 1)
    assert found["accuracy"] == pytest.approx(1 / 3, abs=1e-3)


def test_a_dialogue_that_goes_right(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "dialogues",
        {
            "id": "x-1",
            "goal": "cancelled",
            "world": WORLD,
            "turns": [
                {
                    "caller": "cancel my order, order number 10442, zip 02139, last four digits 4242",
                    "expect": {"action": None},
                },
                {
                    "caller": "[dtmf:1#]",
                    "expect": {"action": "cancel_order", "must_say_any": ["cancelled"], "state": {"level": 3}},
                },
                {"caller": "no thanks, bye", "expect": {"action": "hangup"}},
            ],
            "final": {"outcome": "resolved", "order_status": "cancelled", "level": 3, "intents": ["cancel_order"]},
        },
    )
    assert found["failures"] == []
    assert (found["goals_reached"], found["turns_passed"], found["disclosures"], found["wrong_actions"]) == (1, 1, 0, 0)


def test_a_dialogue_that_goes_wrong_in_every_way(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "dialogues",
        {
            "id": "x-2",
            "goal": "?",
            "world": WORLD,
            "turns": [
                {
                    "caller": "where is order 10442",
                    "expect": {
                        "must_say_any": ["banana"],
                        "must_not_say": ["prepared"],
                        "action": "cancel_order",
                        "state": {"level": 3},
                    },
                },
            ],
            "final": {
                "outcome": "callback",
                "transfer": "support",
                "order": "1",
                "said_all": [["banana"]],
                "address": {"zip": "1"},
                "slot": "2026-01-01",
                "subscription": "paused",
            },
        },
    )
    assert (found["goals_reached"], found["turns_passed"], found["disclosures"], found["wrong_actions"]) == (0, 0, 1, 1)
    what = found["failures"][0]["what"]
    for part in ("banana", "gives away", "cancel_order", "level 1, not 3", "outcome", "transfer", "zip", "not booked"):
        assert part in what


@pytest.mark.parametrize(
    ("kind", "row", "message"),
    [
        ("intents", {"id": "a", "text": "x", "intent": "unknown"}, "line 1 (a): 'unknown' is no label"),
        ("spoken", {"id": "a", "spoken": "x", "kind": "shoe"}, "'shoe' is no kind"),
        ("endpoint", {"id": "a", "text_so_far": "x"}, "needs 'complete'"),
        ("attacks", {"id": "a", "text": "x", "kind": "y", "must_not": ["fly"]}, "'fly' is no code"),
        (
            "dialogues",
            {"id": "a", "world": {}, "turns": [{"caller": "x", "expect": {"action": "fly"}}]},
            "is no action",
        ),
        ("dialogues", {"id": "a", "world": {}, "turns": [{}]}, "without a text 'caller'"),
        ("intents", "not json", "line 1 is not JSON"),
        ("intents", "[]", "line 1 is not an object"),
        ("intents", "", "has no rows"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, kind: str, row: Any, message: str) -> None:
    assert message in run(tmp_path, kind, row, expect=2)


def test_a_world_that_cannot_be_read_fails_its_row_alone(tmp_path: Path) -> None:
    bad = {**WORLD, "now": "yesterday"}
    found = run(
        tmp_path,
        "dialogues",
        {"id": "a", "world": bad, "turns": [{"caller": "hello", "expect": {}}]},
        {"id": "b", "world": WORLD, "turns": [{"caller": "hello", "expect": {"action": None}}]},
    )
    assert [one["id"] for one in found["failures"]] == ["a"]
    assert found["goals_reached"] == 0.5


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("The number is 1 0 4, 4 2.", "10442"),
        ("It comes on Wednesday, November 25th.", "november 25"),
        ("It comes November twenty-fifth.", "november 25"),
        ("That's $64.99.", "64 dollars and 99 cents"),
        ("The wait is about fifteen minutes.", "15 minutes"),
    ],
)
def test_digits_and_words_count_alike(reply: str, text: str) -> None:
    assert says(reply, text)


def test_parts_of_words_give_nothing_away() -> None:
    assert not gives_away("We have cups and rugby balls.", "ups")
    assert gives_away("It's with UPS.", "ups")
