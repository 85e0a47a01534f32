"""When a caller has finished: sentences, numbers, addresses, and the waits that follow."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.turn.endpoint import is_complete, wait_ms
from asterisk_agent.turn.spelling import runs, words_of
from asterisk_agent.turn.timing import Timing

ROWS = [json.loads(line) for line in (Path(__file__).parents[1] / "data" / "endpoint.jsonl").read_text().splitlines()]
LENGTHS = {"order_number": (5,), "zip": (5,), "last4": (4,), "phone": (10, 11)}


def test_the_evaluation_rows_are_judged_rightly() -> None:
    wrong: Counter[str] = Counter()
    failures = []
    for row in ROWS:
        judged = is_complete(row["text_so_far"], row["asked"], LENGTHS.get(row["asked"], (5,)))
        if judged != row["complete"]:
            wrong["false complete" if judged else "false incomplete"] += 1
            failures.append(row["text_so_far"])
    assert 1 - wrong.total() / len(ROWS) >= 0.97, (wrong, failures)
    assert wrong["false complete"] / len(ROWS) < 0.02, failures


@pytest.mark.parametrize("asked", ["open", "order_number", "zip", "email", "phone", "last4", "yes_no"])
def test_every_kind_of_question_has_rows_of_both_kinds(asked: str) -> None:
    assert {row["complete"] for row in ROWS if row["asked"] == asked} == {True, False}


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("one zero four four two", {"10442"}),
        ("one oh four forty-two", {"10442"}),
        ("ten four forty two", {"10442"}),
        ("1-0-4-4-2.", {"10442"}),
        ("1 0 4 4 2", {"10442"}),
        ("double seven oh triple two", {"770222"}),
        ("one hundred four forty two", {"10442", "100442"}),
        ("one zero for four two", {"10442"}),
        ("A B as in boy one two", {"ab12"}),
        ("AB-1042", {"ab1042"}),
        ("J-A-N-E", {"jane"}),
    ],
)
def test_a_spoken_code_is_read_in_every_usual_form(text: str, readings: set[str]) -> None:
    assert set().union(*(run.readings for run in runs(words_of(text)))) == readings


def test_the_format_of_the_shop_decides_when_a_number_is_whole() -> None:
    assert not is_complete("one zero four four two", "order_number", (8,))
    assert is_complete("a b one zero four four two seven", "order_number", (8,))
    assert is_complete("one zero four four", "order_number", (4, 6))
    assert is_complete("one zero four four two seven", "order_number", (5,))


def test_a_number_given_unasked_is_waited_for_too() -> None:
    assert not is_complete("where's my order one zero four", "open", (5,))
    assert is_complete("where's my order one zero four four two", "open", (5,))
    assert is_complete("i only want two", "open", (5,))


def test_a_phone_number_with_its_country_code_has_eleven_digits() -> None:
    assert not is_complete("1 415 555 012", "phone", ())
    assert is_complete("1 415 555 0123", "phone", ())


def test_the_waits() -> None:
    timing = Timing()
    assert wait_ms("where is my order", "open", (), timing) == 200
    assert wait_ms("my order number is", "open", (), timing) == 1400
    assert wait_ms("um", "open", (), timing) == 3000
    assert wait_ms("", "open", (), timing) == 200


@given(st.text(max_size=200), st.sampled_from(["open", "order_number", "email", "phone", "yes_no", "unknown slot"]))
def test_any_text_gets_a_verdict(text: str, asked: str) -> None:
    assert is_complete(text, asked, (5,)) in (True, False)


def test_a_very_long_number_is_read_in_no_time() -> None:
    assert is_complete("one hundred two thousand " * 400, "order_number", (5,)) in (True, False)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("one Z nine nine nine", False),
        ("one z nine nine nine a a one oh one two three four five six seven eight four", True),
        ("nine four zero zero one one one eight", False),
        ("seven eight three four, five six", False),
        ("seven seven four nine three one one seven seven oh oh six", True),
    ],
)
def test_a_tracking_number_has_the_length_of_its_carrier(text: str, whole: bool) -> None:
    assert is_complete(text, "tracking_number", (5,)) is whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("okay it's nine nine, hold on, nine nine one", False),
        ("okay it's nine nine, hold on, nine nine one oh two", True),
        ("I think it's eight one four, let me scroll", False),
    ],
)
def test_a_number_begun_again_or_looked_for_is_waited_for(text: str, whole: bool) -> None:
    assert is_complete(text, "order_number", (5,)) is whole
