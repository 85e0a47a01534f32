"""What the caller heard of a reply that was cut off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.turn.history import heard_text

SENTENCES = ("Your order shipped on Monday.", "It should arrive tomorrow.")


@pytest.mark.parametrize(
    ("heard_ms", "text"),
    [
        (0, ""),
        (-5, ""),
        (100, ""),
        (1000, "Your order"),
        (1990, "Your order shipped on"),
        (2000, "Your order shipped on Monday."),
        (2900, "Your order shipped on Monday. It should"),
        (4000, "Your order shipped on Monday. It should arrive tomorrow."),
        (9000, "Your order shipped on Monday. It should arrive tomorrow."),
    ],
)
def test_only_whole_words_that_were_heard_are_kept(heard_ms: int, text: str) -> None:
    assert heard_text(SENTENCES, (2000, 2000), heard_ms) == text


def test_a_sentence_that_was_not_rendered_was_not_heard() -> None:
    assert heard_text(SENTENCES, (2000,), 5000) == SENTENCES[0]


def test_an_empty_reply() -> None:
    assert heard_text((), (), 100) == ""
    assert heard_text(("",), (0,), 100) == ""


@given(st.lists(st.tuples(st.text("abc ", max_size=30), st.integers(0, 3000)), max_size=5), st.integers(-10, 20000))
def test_more_is_never_less(parts: list[tuple[str, int]], heard_ms: int) -> None:
    sentences = [sentence for sentence, _ in parts]
    durations = [duration for _, duration in parts]
    less, more = (heard_text(sentences, durations, ms) for ms in (heard_ms, heard_ms + 300))
    assert len(less) <= len(more)
