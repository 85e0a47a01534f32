"""What a turn asks for beside its numbers and details."""

from __future__ import annotations

import pytest

from asterisk_agent.dialog.intents.asking import asking


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "This is ridiculous. Order 39634, zip 33012. It was due last week and it's still not here.",
            "This is ridiculous. Order. It was due last week and it's still not here",
        ),
        (
            "44109 my email is jan at gmail dot com and I want to know when it gets here",
            "I want to know when it gets here",
        ),
        ("phone number's 617 555 0142 what's going on with it", "what's going on with it"),
        ("the card ends in 4419 and the zip's 02139, where's my refund", "where's my refund"),
        ("zip oh two one three nine and the last four is 4419", ""),
        ("10442, zip 02139 on the account", ""),
        ("", ""),
    ],
)
def test_what_is_left_of_a_turn_without_its_values(text: str, left: str) -> None:
    assert asking(text) == left
