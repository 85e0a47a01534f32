"""Tracking numbers: formats, check digits, and readings settled by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.dialog.spoken.check_digits import CHECKS
from asterisk_agent.dialog.spoken.tracking import parse_tracking, tracking_numbers


@pytest.mark.parametrize(
    ("carrier", "value"),
    [
        ("ups", "1Z999AA10123456784"),
        ("ups", "1Z5R89390357567127"),
        ("fedex", "986578788855"),
        ("fedex", "477179081230"),
        ("usps", "9400111202555842332669"),
        ("usps", "03071790000523483741"),
        ("usps", "RB123456785US"),
        ("dhl", "3318810025"),
    ],
)
def test_real_numbers_pass_their_check_and_no_neighbour_does(carrier: str, value: str) -> None:
    assert CHECKS[carrier](value)
    place = max(index for index, char in enumerate(value) if char.isdigit())
    for digit in "0123456789":
        if digit != value[place]:
            assert not CHECKS[carrier](value[:place] + digit + value[place + 1 :])


def test_the_check_digit_settles_what_the_words_leave_open() -> None:
    found = tracking_numbers("romeo bravo one two three four five six seven eight five uniform sierra", "usps")
    assert found[0].value == "RB123456785US"
    assert found[0].checked


def test_a_number_whose_check_digit_is_wrong_is_still_read_and_known_as_such() -> None:
    found = tracking_numbers("1Z 999 AA1 01 2345 6785", "ups")
    assert found[0].value == "1Z999AA10123456785"
    assert not found[0].checked


@pytest.mark.parametrize(
    ("text", "value", "carrier"),
    [
        ("it's 1Z 999 AA1 01 2345 6784", "1Z999AA10123456784", "ups"),
        ("nine eight six five seven eight seven eight eight eight five five", "986578788855", "fedex"),
        ("EA 473 124 829 US", "EA473124829US", "usps"),
        ("JD 0146 0000 2152 338795", "JD014600002152338795", "dhl"),
    ],
)
def test_the_carrier_need_not_be_known(text: str, value: str, carrier: str) -> None:
    assert (tracking_numbers(text)[0].value, tracking_numbers(text)[0].carrier) == (value, carrier)


@pytest.mark.parametrize("text", ["", "where is my package", "order 10442", "the zip is 02139", "1Z 999"])
def test_what_is_no_tracking_number_is_none(text: str) -> None:
    assert parse_tracking(text) == ""


@given(st.text(alphabet="0123456789", min_size=11, max_size=11))
def test_a_fedex_number_said_digit_by_digit_is_read(digits: str) -> None:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    whole = next(digits + last for last in "0123456789" if CHECKS["fedex"](digits + last))
    assert parse_tracking(" ".join(words[int(digit)] for digit in whole), "fedex") == whole
