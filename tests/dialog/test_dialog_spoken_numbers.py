"""Order numbers as callers say them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterisk_agent.dialog.spoken.order_number import (
    begun_number,
    correct_order_number,
    join_numbers,
    parse_order_number,
    parse_partial,
)

DATA = Path(__file__).parents[1] / "data"
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def best(spoken: str, pattern: str = r"\d{5}") -> str:
    found = parse_order_number(spoken, pattern)
    return found[0].value if found else ""


@pytest.mark.parametrize("name", ["spoken_order_numbers", "spoken_order_numbers_regressions"])
def test_rows_are_read_exactly(name: str) -> None:
    rows = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    wrong = [row for row in rows if best(row["spoken"], row["context"]["pattern"]) != row["value"]]
    assert len(rows) >= 80
    assert 1 - len(wrong) / len(rows) >= 0.95, [(row["spoken"], row["value"]) for row in wrong]


@given(
    st.text(alphabet="0123456789", min_size=5, max_size=5), st.sampled_from(["", "it's ", "um, my order number is "])
)
@settings(max_examples=150, deadline=None)
def test_any_number_said_digit_by_digit_is_read_with_confidence(number: str, before: str) -> None:
    found = parse_order_number(before + " ".join(DIGITS[int(digit)] for digit in number), r"\d{5}")
    assert found[0].value == number
    assert found[0].confidence >= 0.8


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("five, double, seven, one, three.", "57713"),
        ("order number double, 1-829", "11829"),
        ("Order double 2472, where is it?", "22472"),
        ("It's triple 4, 1 2.", "44412"),
        ("1 double 044", "10044"),
    ],
)
def test_a_double_digit_as_recognisers_write_it(written: str, number: str) -> None:
    found = parse_order_number(written, r"\d{5}")
    assert (found[0].value, found[0].confidence >= 0.9) == (number, True)


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("where is my order 1, 0, 4, 4.", "1044"),
        ("my order number is one oh four four", "1044"),
        ("cancel my order 104", "104"),
        ("I ordered 3 of the 500 packs", ""),
        ("my order is 3 days late", ""),
        ("my tracking number is 9400", ""),
        ("my phone number is 617", ""),
        ("where is my order", ""),
        ("where is my order 10442", ""),
    ],
)
def test_a_number_that_nobody_asked_for_and_that_is_not_whole(text: str, begun: str) -> None:
    assert begun_number(text, r"\d{5}") == begun


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_only_whole_numbers(text: str) -> None:
    assert all(len(item.value) == 5 and item.value.isdigit() for item in parse_order_number(text, r"\d{5}"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "where is my order",
        "one oh four",
        "I have two kids and one dog",
        "the zip is 02139",
        "my phone number is 617 555 0142",
        "the last four of my card are 4242",
        "\x00\x1f",
        "😀😀😀",
    ],
)
def test_what_is_no_order_number_is_not_taken_for_one(text: str) -> None:
    assert parse_order_number(text, r"\d{5}") == ()


def test_ten_kilobytes_give_at_most_a_few_candidates() -> None:
    assert best("order " + "blah " * 2000) == ""
    assert len(parse_order_number("one two " * 1500, r"\d{5}")) <= 4


def test_an_uncertain_reading_says_so() -> None:
    assert parse_order_number("are you two two four four eight eight", r"[A-Z]{2}\d{6}")[0].confidence < 0.65
    assert parse_order_number("1 0 4 4 2 7 7", r"\d{5}")[0].confidence < 0.65


@pytest.mark.parametrize(
    ("previous", "said", "value"),
    [
        ("10449", "no, two, not nine", "10442"),
        ("10411", "no, seven, not eleven", "1047"),
        ("1011", "no, seven, not eleven", "107"),
        ("10472", "no, four, not seven", "10442"),
        ("10449", "not nine, two", "10442"),
        ("10449", "no it's one zero four four two", "10442"),
        ("10449", "the last digit is two", "10442"),
        ("10449", "the last digit should be a two", "10442"),
        ("10542", "the third digit is a four", "10442"),
        ("10477", "the last two are four two", "10442"),
        ("10477", "no, it ends in four two", "10442"),
        ("20442", "it starts with one zero", "10442"),
    ],
)
def test_a_correction_mends_the_number_that_was_read_back(previous: str, said: str, value: str) -> None:
    pattern = r"\d{3,5}"
    assert correct_order_number(previous, said, pattern)[0].value == value


def test_a_correction_that_fits_no_order_number_is_none() -> None:
    assert correct_order_number("10411", "no, seven, not eleven", r"\d{5}") == ()


def test_a_number_in_two_parts_is_joined() -> None:
    assert parse_partial("it's one oh four", r"\d{5}") == "104"
    assert join_numbers("104", "four two", r"\d{5}")[0].value == "10442"
    assert parse_partial("hello there", r"\d{5}") == ""


def test_a_number_said_over_and_over_is_that_number() -> None:
    assert best("my order number is " + "double seven oh three one sorry " * 8) == "77031"
