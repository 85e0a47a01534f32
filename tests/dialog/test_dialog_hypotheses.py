"""Which of the recogniser's texts is believed when a number was asked for."""

from __future__ import annotations

import pytest

from asterisk_agent.dialog.hypotheses import by_likelihood
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.settings import Shop

SHOP = Shop(order_number=r"\d{5}")
LETTERS = Shop(order_number=r"[A-Z]{2}\d{4}")


@pytest.mark.parametrize(
    ("asked", "best", "other", "shop"),
    [
        ("order_number", "1, 0, 4, 4.", "1, 0, 4, 4, 4.", SHOP),
        ("order_number", "7 8 7 7 7 1.", "It's 7 8 7 7 1", SHOP),
        ("order_number", "A B 4 4.", "A B 4 4 1 7.", LETTERS),
        ("open", "Where is my order 1,044?", "Where is my order? 1, 0, 4, 4, 4.", SHOP),
        ("open", "Where is my order?", "Where is my order? 98999.", SHOP),
        ("zip", "0, 2, 1, 3.", "0, 2, 1, 3, 3.", SHOP),
        ("last4", "4 4 4", "4 4 4 4", SHOP),
        ("phone", "617-555-014", "617-555-0144", SHOP),
    ],
)
def test_a_whole_number_beats_a_piece_of_one(asked: Slot, best: str, other: str, shop: Shop) -> None:
    assert by_likelihood((best, "Uh.", other), asked, shop) == (other, best, "Uh.")


@pytest.mark.parametrize(
    ("asked", "best", "other"),
    [
        ("order_number", "1 0 4 4 2.", "1 0 4 4 3."),
        ("open", "My ZIP code is 02139.", "My order is 02139."),
        ("open", "Call me at 617-555-0142.", "Call me, it's 61755."),
        ("open", "I ordered two shirts.", "I ordered 2 shirts."),
        ("yes_no", "Yes.", "10442."),
        ("email", "Jane at example dot com.", "10442."),
    ],
)
def test_otherwise_the_best_stays_the_best(asked: Slot, best: str, other: str) -> None:
    assert by_likelihood((best, other, best), asked, SHOP) == (best, other)


def test_one_text_is_one_text() -> None:
    assert by_likelihood(("",), "open", SHOP) == ("",)
