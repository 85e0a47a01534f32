"""Telephone numbers written in many ways are one number."""

from __future__ import annotations

import pytest

from asterisk_agent.commerce.phone import can_be_called, e164


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("(617) 555-0142", "US", "+16175550142"),
        ("617.555.0142", "US", "+16175550142"),
        ("+1 617 555 0142", "DE", "+16175550142"),
        ("16175550142", "US", "+16175550142"),
        ("030 901820", "DE", "+4930901820"),
        ("0044 20 7946 0958", "GB", "+442079460958"),
    ],
)
def test_the_same_number_in_one_form(text: str, country: str, number: str) -> None:
    assert e164(text, country) == number


@pytest.mark.parametrize("text", ["", "anonymous", "1001", "+", "12", "9" * 300, "sip:bob@example.com", "\0"])
def test_what_is_no_number_of_a_customer_is_none(text: str) -> None:
    assert e164(text, "US") is None


@pytest.mark.parametrize(
    ("number", "allowed"),
    [("+16175550142", True), ("+18005550199", True), ("+19005550188", False), ("+442079460958", False), ("", False)],
)
def test_only_plain_numbers_of_the_shops_country_are_called_back(number: str, allowed: bool) -> None:
    assert can_be_called(number, "US") is allowed
