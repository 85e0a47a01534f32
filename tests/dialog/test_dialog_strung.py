"""An order number and details in one breath, without their names."""

from __future__ import annotations

import pytest
from dialog_world import Call
from hypothesis import given, settings
from hypothesis import strategies as st

from asterisk_agent.dialog.strung import Strung, strung
from asterisk_agent.dialog.understanding import Scene

WORDS = ("one", "oh", "double", "10442", "02139", "4471", "617", "zip", "last four", "at", "dot com", ",", "no", "and")
OPEN = Scene(pattern=r"\d{5}", asked="open")


@pytest.mark.parametrize(
    ("text", "order", "details"),
    [
        ("when does my box come? two three three seven zero, seven four one oh three", "23370", {"zip": "74103"}),
        ("uh 47725, 77004, 9917", "47725", {"zip": "77004", "last4": "9917"}),
        ("checking on a refund 90544 cyrus dot f at gmail dot com", "90544", {"email": "cyrus.f@gmail.com"}),
        ("skip it please 71188 and the 92683 and 8042", "71188", {"zip": "92683", "last4": "8042"}),
        ("order 73398, 401 555 0145", "73398", {"phone": "4015550145"}),
    ],
)
def test_each_value_is_known_by_its_place_and_length(text: str, order: str, details: dict[str, str]) -> None:
    found = strung(text, OPEN)
    assert found is not None
    assert (found.order, dict(found.details)) == (order, details)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "where is my order",
        "where is my order 10442",
        "10442, no, 10443",
        "1 0 4 4 2 sorry 1 0 4 4 3",
        "I bought 12 lamps 3 weeks ago",
        "it was 500 dollars",
    ],
)
def test_where_there_is_a_doubt_nothing_is_read(text: str) -> None:
    assert strung(text, OPEN) is None


@given(
    st.lists(st.sampled_from(WORDS)),
    st.sampled_from([r"\d{5}", r"[A-Z]{2}\d{4}", r"W\d{6}"]),
    st.sampled_from(["open", "order_number", "zip", "last4", "phone", "email"]),
)
@settings(max_examples=150, deadline=None)
def test_any_words_are_read_or_left(words: list[str], pattern: str, asked: str) -> None:
    found = strung(" ".join(words), Scene(pattern=pattern, asked=asked))
    assert found is None or isinstance(found, Strung)
    if found is not None:
        lengths = {"zip": (5,), "last4": (4,), "phone": (10, 11)}
        assert all(len(value) in lengths[kind] for kind, value in found.details if kind in lengths)


async def test_a_caller_who_says_all_at_once_is_not_asked_again() -> None:
    assert "expected" in (await Call()("Where's my order? 10442, 02139.")).text
