"""Which recognised texts are believed. The figures are those that Whisper base gave for real sounds."""

from __future__ import annotations

import pytest

from asterisk_agent.speech.recognizers.plausible import is_speech, repeats

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
