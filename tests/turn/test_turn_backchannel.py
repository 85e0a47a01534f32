"""What sounds over the agent's voice mean."""

from __future__ import annotations

import pytest

from asterisk_agent.turn.backchannel import Meaning, is_wordless, meaning
from asterisk_agent.turn.events import Prompt


@pytest.mark.parametrize("text", ["uh-huh", "Mm-hmm.", "okay", "Right, okay.", "oh I see", "yeah", "got it"])
def test_a_listener_says_go_on(text: str) -> None:
    assert meaning(text, Prompt()) is Meaning.BACKCHANNEL


@pytest.mark.parametrize("text", ["no", "wait", "stop", "agent", "okay but where is it", "hello", "one zero"])
def test_words_take_the_floor(text: str) -> None:
    assert meaning(text, Prompt()) is Meaning.WORDS


@pytest.mark.parametrize("text", ["", " ", "...", "[noise]", "(coughs)", "*sigh*", "♪ ♪"])
def test_sounds_mean_nothing(text: str) -> None:
    assert meaning(text, Prompt()) is Meaning.NOTHING
    assert is_wordless(text)


def test_yes_is_an_answer_only_where_one_was_asked() -> None:
    assert meaning("yes", Prompt(asks="yes_no")) is Meaning.WORDS
    assert meaning("yes", Prompt(asks="order_number")) is Meaning.BACKCHANNEL


def test_hello_and_goodbye_change_nothing_where_they_belong() -> None:
    assert meaning("hello?", Prompt(), greeting=True) is Meaning.BACKCHANNEL
    assert meaning("thank you bye bye", Prompt(last=True)) is Meaning.BACKCHANNEL
    assert meaning("bye", Prompt()) is Meaning.WORDS
