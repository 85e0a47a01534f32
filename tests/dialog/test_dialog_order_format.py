"""What order numbers look like, worked out from the shop's regular expression."""

from __future__ import annotations

import pytest

from asterisk_agent.dialog.expectations import expectation
from asterisk_agent.dialog.spoken.order_format import order_format
from asterisk_agent.settings import Shop


@pytest.mark.parametrize(
    ("pattern", "lengths", "fits", "not_fits", "letters"),
    [
        (r"\d{5}", (5,), "10442", "1044", False),
        (r"^\d{5}$", (5,), "10442", "104425", False),
        (r"[A-Z]{2}\d{6}", (8,), "AB123456", "A1123456", True),
        (r"\d{3}-\d{4}", (7,), "5550142", "555014", False),
        (r"\d{4,6}", (4, 5, 6), "40115", "401", False),
        (r"W\d{5}", (6,), "W10442", "10442", False),
        (r"(?:US|CA)\d{2}", (4,), "CA12", "UA12", False),
        (r"#?\d{4}", (4,), "1043", "104", False),
        (r"[0-9a-f]{4}", (4,), "A0F9", "A0G9", True),
        (r"(?=\d)\w{4}", (4,), "1ABC", "AABC", True),
    ],
)
def test_formats(pattern: str, lengths: tuple[int, ...], fits: str, not_fits: str, letters: bool) -> None:
    shape = order_format(pattern)
    assert shape.lengths == lengths
    assert shape.fits(fits)
    assert not shape.fits(not_fits)
    assert shape.has_letters is letters


def test_an_open_repeat_is_bounded() -> None:
    assert max(order_format(r"\d+").lengths) <= 24


def test_a_fixed_beginning_may_be_left_out_by_callers() -> None:
    assert expectation("order_number", Shop(order_number=r"W\d{5}")).lengths == (5, 6)


def test_an_order_number_with_letters_lets_the_grammar_hear_letters() -> None:
    words = expectation("order_number", Shop(order_number=r"[A-Z]\d{3}")).words
    assert {"b", "bravo", "seven", "oh", "representative", "[unk]"} <= set(words)
    assert "bravo" not in expectation("order_number", Shop()).words


@pytest.mark.parametrize(("slot", "lengths"), [("zip", (5,)), ("last4", (4,)), ("phone", (10,)), ("open", ())])
def test_expected_lengths(slot: str, lengths: tuple[int, ...]) -> None:
    expected = expectation(slot, Shop(name="Acme Outdoors"))  # type: ignore[arg-type]
    assert expected.lengths == lengths
    assert expected.slot == slot
    assert "Acme Outdoors" in expected.prompt
