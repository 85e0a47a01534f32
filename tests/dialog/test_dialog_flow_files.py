"""Flow files: the shipped ones serve every call type; mistakes are refused with their line; publishing is safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk_agent.dialog.flows.expressions import ExpressionError, expression
from asterisk_agent.dialog.flows.load import load, shipped
from asterisk_agent.dialog.flows.located import FlowError
from asterisk_agent.dialog.flows.shelf import FlowShelf
from asterisk_agent.dialog.understanding import LABELS

SERVED_BY_THE_DIALOGUE = {
    *("talk_to_human", "provide_identity", "affirm", "deny", "repeat", "wait", "goodbye", "greeting", "out_of_scope"),
}

GOOD = """\
format: 1
name: cancel_order
version: 2
serves: [cancel_order]
start: order
nodes:
  order: {look_up: order, level: 3, next: sure}
  sure: {act: cancel_order, confirm: own.sure, next: done}
  done: {say: cancel.done, next: end}
texts:
  en_US:
    own.sure: ["Stop order {order.number}, yes or no?"]
"""


def write(folder: Path, text: str, name: str = "cancel_order.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(FlowError) as refused:
        load(folder, destinations=("support",))
    return list(refused.value.problems)


def test_the_shipped_flows_serve_every_call_type() -> None:
    assert set(shipped().serving) == set(LABELS) - SERVED_BY_THE_DIALOGUE


def test_a_flow_of_the_shop_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    flows = load(write(tmp_path / "own", GOOD))
    assert flows.flows["cancel_order"].version == 2
    assert flows.texts.tell("own.sure", lambda name: "1 0 4") == ("Stop order 1 0 4, yes or no?",)
    assert flows.version != shipped().version


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("next: sure}", "next: sur}", 7, "leads to 'sur', which does not exist; did you mean 'sure'?"),
        ("confirm: own.sure, ", "", 8, "give 'confirm'"),
        ("act: cancel_order", "act: cancel_ordr", 8, "did you mean 'cancel_order'?"),
        ("say: cancel.done", "say: cancel.dun", 9, "'cancel.dun' is in no catalogue"),
        ("[cancel_order]", "[cancel]", 4, "'cancel' is no intent; did you mean"),
        ("start: order", "start: ordr", 5, "there is no node 'ordr'"),
        ("level: 3", "level: 9", 7, "less than or equal to 3"),
        ("look_up: order", "lookup: order", 7, "has none of"),
        ("{order.number}", "{order.numbr}", 8, "{order.numbr}, which is no fact; did you mean 'order.number'?"),
        ("next: done}", "next: done, nxt: done}", 8, "is not known here"),
        ("format: 1", "format: 2", 1, "Input should be 1"),
        ("  done:", "  sure: {say: cancel.done}\n  done:", 9, "stands here twice; the first is in line 8"),
        ("nodes:", "nodes: [", 8, "is not valid YAML"),
        ("name: cancel_order", "name: &a [*a]", 2, "refers to itself"),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_the_reason(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    found = mistakes(write(tmp_path / "own", GOOD.replace(old, new)))
    assert any(problem.startswith(f"cancel_order.yaml:{line}: ") and reason in problem for problem in found), found


def test_conditions_and_destinations_are_checked(tmp_path: Path) -> None:
    text = GOOD.replace(
        "  done: {say: cancel.done, next: end}",
        "  done:\n    decide:\n      - {when: order.lat, next: gone}\n      - {next: turn}\n"
        "  gone: {transfer: sales}\n  turn: {say: cancel.done, next: round}\n  round: {say: cancel.done, next: turn}",
    )
    found = "\n".join(mistakes(write(tmp_path / "own", text)))
    assert "cancel_order.yaml:11: 'order.lat' is no fact; did you mean 'order.late'?" in found
    assert "cancel_order.yaml:13: 'sales' is not in handoff.destinations (support)" in found
    assert "turns in a circle" in found


def test_what_nothing_leads_to_is_a_mistake(tmp_path: Path) -> None:
    text = GOOD.replace("texts:", "  lost: {say: cancel.done}\ntexts:")
    assert any("nothing leads to the node 'lost'" in problem for problem in mistakes(write(tmp_path / "own", text)))


@pytest.mark.parametrize("text", ["", "[]", "a", "\x00", "name: x", "{" * 2000])
def test_what_is_no_flow_is_refused(tmp_path: Path, text: str) -> None:
    assert mistakes(write(tmp_path / "own", text))


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    assert "flows copy" in mistakes(tmp_path)[0]


@pytest.mark.parametrize(
    ("text", "facts", "holds"),
    [
        ('status == "shipped" and not late', {"status": "shipped", "late": False}, True),
        ("level < 2", {"level": 2}, False),
        ("amount > 100 or vip", {"amount": None, "vip": True}, True),
        ("amount > 100", {"amount": None}, False),
        ("gone == None", {}, True),
        ('state in ["a", "b"]', {"state": "b"}, True),
        ('"re" in purpose', {"purpose": None}, False),
        ("order.late", {"order.late": True}, True),
    ],
)
def test_conditions(text: str, facts: dict[str, object], holds: bool) -> None:
    assert expression(text).holds(facts) is holds


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "a.b()", "a if b else c", "lambda: 1", "a + 1", "a[0]", "(x := 1)", "", "a b", "f'{a}'"],
)
def test_conditions_run_nothing(text: str) -> None:
    with pytest.raises(ExpressionError):
        expression(text)


def test_publishing_is_for_calls_to_come_and_can_be_undone(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path / "shelf", ("support",))
    before = shelf.current()
    first = shelf.publish(write(tmp_path / "own", GOOD))
    after = shelf.current()
    assert before.flows["cancel_order"].version == 1
    assert after.flows["cancel_order"].version == 2
    second = shelf.publish(write(tmp_path / "own", GOOD.replace("version: 2", "version: 3")))
    assert shelf.current().flows["cancel_order"].version == 3
    assert set(shelf.versions()) == {first, second}
    shelf.choose(first)
    assert shelf.current().flows["cancel_order"].version == 2


def test_a_bad_flow_is_not_published_and_a_broken_file_keeps_the_last_good_one(tmp_path: Path) -> None:
    shelf = FlowShelf(tmp_path / "shelf", ("support",))
    shelf.publish(write(tmp_path / "own", GOOD))
    with pytest.raises(FlowError):
        shelf.publish(write(tmp_path / "own", GOOD.replace("next: done}", "next: nowhere}")))
    assert shelf.current().flows["cancel_order"].version == 2
    source = shelf.source
    assert source is not None
    write(source, "nodes: [")
    assert shelf.current().flows["cancel_order"].version == 2


def test_a_version_that_was_never_published_cannot_be_chosen(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="there are: none"):
        FlowShelf(tmp_path, ("support",)).choose("../..")
