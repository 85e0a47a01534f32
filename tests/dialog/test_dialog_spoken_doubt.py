"""Sound-alikes: what is in doubt, how it is said back, and which known order is nearest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.dialog.spoken.doubt import doubtful, spell_back
from asterisk_agent.dialog.spoken.nearest import nearest, sound_distance

VALUES = st.text(alphabet="ABCDEGMNST0123456789", min_size=3, max_size=8)


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        ("one oh four forty two", "10442", ()),
        ("one oh four fifteen", "10415", (3, 4)),
        ("ten four fifty", "10450", (3, 4)),
        ("five oh one", "501", (0,)),
        ("B D four four", "BD44", (0, 1)),
        ("B as in boy D four four", "BD44", (1,)),
        ("bravo delta four four", "BD44", ()),
        ("M N one two", "MN12", (0, 1)),
        ("A R one two", "AR12", ()),
    ],
)
def test_places_in_doubt(text: str, value: str, places: tuple[int, ...]) -> None:
    assert doubtful(text, value) == places


def test_letters_that_sound_alike_are_said_with_a_word() -> None:
    assert spell_back("AB42") == "A, B as in Bravo, 4, 2"


def test_an_order_of_the_caller_that_sounds_like_it_wins() -> None:
    assert nearest(["10450"], ["10415", "20000"])[0][0] == "10415"
    assert nearest(["BD44", "PD44"], ["PT44"])[0][0] == "PT44"


def test_the_order_that_was_heard_second_wins_when_it_is_the_callers() -> None:
    assert nearest(["10442", "10449"], ["10449"])[0][0] == "10449"


def test_without_known_orders_the_recognisers_order_counts() -> None:
    assert [value for value, _ in nearest(["10442", "10449"], [])] == ["10442", "10449"]


def test_a_number_unlike_all_known_ones_stays_what_was_heard() -> None:
    assert [value for value, _ in nearest(["77777"], ["10442"])] == ["77777"]
    assert nearest([], ["10442"]) == []


@given(VALUES, VALUES)
def test_distance_is_a_distance(one: str, other: str) -> None:
    assert sound_distance(one, one) == 0
    assert (sound_distance(one, other) == 0) == (one == other)
    assert sound_distance(one, other) == pytest.approx(sound_distance(other, one))
