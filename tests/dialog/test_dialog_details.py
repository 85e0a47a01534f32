"""ZIP codes, last digits, phone numbers and e-mail addresses as callers say them."""

from __future__ import annotations

import pytest

from asterisk_agent.dialog.spoken.details import parse_email, parse_last4, parse_phone, parse_zip
from asterisk_agent.dialog.spoken.zones import zones


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("02139", "02139"),
        ("oh two one three nine", "02139"),
        ("zero two one thirty nine", "02139"),
        ("the zip is 0 2 1 3 9", "02139"),
        ("nine oh two one oh", "90210"),
        ("ninety two ten", "90210"),
        ("four two", ""),
        ("02139-1234", "02139"),
        ("zero two one three eight, sorry, nine", "02139"),
        ("one double zero oh one", "10001"),
        ("ten thousand one", "10001"),
        ("I don't know", ""),
        ("", ""),
    ],
)
def test_zip(spoken: str, value: str) -> None:
    assert parse_zip(spoken) == value


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("forty two forty two", "4242"),
        ("the last four digits are 1 8 8 1", "1881"),
        ("the last 4 is 4242", "4242"),
        ("ends in double oh seven one", "0071"),
        ("four two", ""),
    ],
)
def test_last4(spoken: str, value: str) -> None:
    assert parse_last4(spoken) == value


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("617 555 0142", "+16175550142"),
        ("(617) 555-0142", "+16175550142"),
        ("six one seven five five five oh one four two", "+16175550142"),
        ("one six one seven, triple five, zero one forty two", "+16175550142"),
        ("plus one 617 555 0142", "+16175550142"),
        ("555 0142", "+16175550142"),
        ("the number I'm calling from", "+16175550199"),
        ("five five", ""),
    ],
)
def test_phone(spoken: str, value: str) -> None:
    assert parse_phone(spoken, default_area_code="617", caller_id="+16175550199") == value


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("Jane.Doe@Example.com", "jane.doe@example.com"),
        ("jane dot doe at gmail dot com", "jane.doe@gmail.com"),
        ("my email is j underscore doe forty two at g mail dot com", "j_doe42@gmail.com"),
        ("it's bob at example dot co dot uk please", "bob@example.co.uk"),
        ("look at that", ""),
        ("at at at", ""),
    ],
)
def test_email(spoken: str, value: str) -> None:
    assert parse_email(spoken) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("order 10442 and the zip is 02139", ["order_number", "zip"]),
        ("my zip is 02139 and the order number is 10442", ["open", "zip", "order_number"]),
        ("02139 is my zip, 10442 is my order number", ["zip", "order_number"]),
        ("the phone number is 617 555 0142", ["open", "phone"]),
        ("10442", ["open"]),
    ],
)
def test_parts_of_an_utterance_are_told_apart(text: str, found: list[str]) -> None:
    assert [zone for zone, part in zones(text) if part.strip(" ,.") not in ("my", "the", "and the")] == [
        zone for zone in found if zone != "open" or found == ["open"]
    ]
