"""What may stand in the hand-off variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.pbx.handoff import VARIABLES, clean, variables


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("10442", "10442"),
        ("a,b;c|d", "a b c d"),
        ("${SHELL(rm -rf /)}", "SHELL rm -rf"),
        ('say "hi"\r\nAction: Originate', "say hi Action Originate"),
        ("  two   spaces ", "two spaces"),
        ("é", ""),
        (2, "2"),
    ],
)
def test_a_value_holds_nothing_a_dialplan_could_trip_over(value: object, cleaned: str) -> None:
    assert clean(value, 80) == cleaned


@given(st.text())
def test_no_text_gets_through(text: str) -> None:
    value = clean(text, 40)
    assert len(value) <= 40
    assert not set(value) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.#-")


def test_every_variable_is_set_and_inherited() -> None:
    assert variables({}).keys() == {"__" + name for name, _ in VARIABLES.values()}
