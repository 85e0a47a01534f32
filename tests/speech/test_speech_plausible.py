"""Which recognised texts are believed. The figures are those that Whisper base gave for real sounds."""

from __future__ import annotations

import pytest

from asterisk_agent.speech.recognizers.plausible import is_speech, outruns, repeats, swallows

OPEN = "Northwind. Where is my order? Order number, tracking, package, delivery, refund, return, ZIP code, agent."


@pytest.mark.parametrize(
    ("text", "log_probability", "no_speech"),
    [
        ("1 0 4 4 2", -0.18, 0.09),
        ("Yes.", -0.44, 0.05),
        ("Yes.", -1.37, 0.44),
        ("No", -1.6, 0.41),
        ("Thank you.", -0.2, 0.1),
        ("Agent.", -0.9, 0.25),
        ("Where is my order?", -0.1, 0.02),
        ("0 0 0 0 0 0 0 0", -0.3, 0.1),
        ("My number is 1 1 1 1 1, 1 1 1 1 1", -0.3, 0.1),
        ("No, no, no, no, no.", -0.3, 0.1),
    ],
)
def test_speech(text: str, log_probability: float, no_speech: float) -> None:
    assert is_speech(text, log_probability, no_speech, OPEN)


@pytest.mark.parametrize(
    ("text", "log_probability", "no_speech"),
    [
        ("you", -1.69, 0.92),
        ("Thank you.", -0.4, 0.55),
        ("Thanks for watching!", -0.3, 0.5),
        ("I'm going to go to the airport.", -1.88, 0.44),
        ("Order number, tracking, package, delivery, refund, return, ZIP code, agent.", -0.7, 0.89),
        ("Northwind.", -1.28, 0.43),
        ("BEEP!", -1.88, 0.56),
        ("...", -0.2, 0.1),
        ("", -0.2, 0.1),
        ("I'm not sure if I can" + " get a chance to" * 20, -0.34, 0.26),
    ],
)
def test_no_speech(text: str, log_probability: float, no_speech: float) -> None:
    assert not is_speech(text, log_probability, no_speech, OPEN)


@pytest.mark.parametrize("text", ["Goodbye. " * 20, "thank you " * 5, "5 " * 200, "I want to go, " * 6])
def test_circles(text: str) -> None:
    assert repeats(text)


@pytest.mark.parametrize(
    "text", ["Goodbye. Goodbye.", "no no no", "5 5 5 5 5", "four four four four four four four four", "42 42 42 42", ""]
)
def test_people_repeat_themselves_too(text: str) -> None:
    assert not repeats(text)


@pytest.mark.parametrize(("text", "voiced_s"), [("0 4" + " 0" * 25, 1.9), ("69" + "6" * 20, 2.2), ("10442 10442", 0.4)])
def test_more_digits_than_anybody_says(text: str, voiced_s: float) -> None:
    assert outruns(text, voiced_s)


@pytest.mark.parametrize(
    ("text", "voiced_s"), [("10442", 0.9), ("617-555-0142", 2.0), ("0 0 0 0 0 0 0 0", 1.6), ("", 0.0)]
)
def test_hurried_digits_are_digits(text: str, voiced_s: float) -> None:
    assert not outruns(text, voiced_s)


def test_a_piece_of_the_prompt_may_hide_what_came_after_it() -> None:
    assert swallows("Where is my order?", OPEN, 1.9)
    assert swallows("Order number", OPEN, 2.0)


@pytest.mark.parametrize(
    ("text", "voiced_s"),
    [
        ("Where is my order?", 1.2),
        ("Refund.", 1.6),
        ("Where is my order 10442?", 2.2),
        ("My order is late.", 2.5),
        ("", 2.0),
    ],
)
def test_a_whole_answer_is_taken_as_it_is(text: str, voiced_s: float) -> None:
    assert not swallows(text, OPEN, voiced_s)
