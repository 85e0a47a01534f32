"""What the dialogue makes of a label that the classifier gave to a text alone."""

from __future__ import annotations

import pytest

from asterisk_agent.dialog.context.in_context import in_context
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.understanding import Intent, Understood


def labels(text: str, *heard: str) -> list[str]:
    meant = Understood(intents=tuple(Intent(label, 0.9) for label in heard))
    return [one.label for one in in_context(meant, text, State()).intents]


@pytest.mark.parametrize(
    "text", ["I opened a return but don't know what to do with it", "I've already requested the return"]
)
def test_a_return_that_was_opened_is_asked_after(text: str) -> None:
    assert labels(text, "start_return_exchange") == ["return_status"]


def test_a_return_still_to_be_opened_is_opened() -> None:
    assert labels("I'd like to open a return", "start_return_exchange") == ["start_return_exchange"]


def test_what_is_to_go_back_is_a_return_although_it_is_broken() -> None:
    assert labels("I want to send the lamp back, it's cracked", "complaint_missing_damaged") == [
        "start_return_exchange"
    ]
    assert labels("the lamp is cracked", "complaint_missing_damaged") == ["complaint_missing_damaged"]
    both = labels("I want to send it back, it's cracked", "complaint_missing_damaged", "start_return_exchange")
    assert both == ["complaint_missing_damaged", "start_return_exchange"]
