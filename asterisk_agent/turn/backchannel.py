"""What a sound over the agent's voice means: nothing, "go on", or a caller who wants the floor."""

from __future__ import annotations

import re
from enum import Enum

from asterisk_agent.turn.events import Prompt
from asterisk_agent.turn.lexicon import lexicon
from asterisk_agent.turn.phrases import FILLERS
from asterisk_agent.turn.spelling import words_of

_ANNOTATION = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪[^♪]*♪?")
"""What recognisers write for sounds: "[noise]", "(coughs)", "*sigh*"."""

ACKNOWLEDGEMENTS = lexicon(
    "mhm mm mmhmm uh-huh huh hm okay ok k alright right gotcha great good perfect cool fine nice wow",
    "really see i oh ah got it all sure thank thanks you that's understood sounds",
)
"""Words of a listener; a phrase made only of them does not take the floor."""

YESES = lexicon("yes yeah yep yup ya correct")
"""Listening signals too, but the answer where a yes or no was asked."""

GREETINGS = lexicon("hello hi hey there good morning afternoon evening")
FAREWELLS = lexicon("bye goodbye thanks thank you have a good great nice day one too night so much very later")


class Meaning(Enum):
    """How a transcript over the agent's voice is taken."""

    NOTHING = "nothing"
    BACKCHANNEL = "backchannel"
    WORDS = "words"


def meaning(text: str, prompt: Prompt, greeting: bool = False) -> Meaning:
    """What ``text``, said over ``prompt``, means.

    ``greeting``: the prompt is the call's first, over which callers say "hello". Over a prompt that ends the call
    farewells and thanks change nothing.
    """
    words = words_of(_ANNOTATION.sub(" ", text))
    if not words:
        return Meaning.NOTHING
    listening = ACKNOWLEDGEMENTS | FILLERS
    if prompt.asks != "yes_no":
        listening |= YESES
    if greeting:
        listening |= GREETINGS
    if prompt.last:
        listening |= FAREWELLS
    only_listening = len(words) <= 8 and all(word in listening for word in words)
    return Meaning.BACKCHANNEL if only_listening and words != ["i"] else Meaning.WORDS


def is_wordless(text: str) -> bool:
    """Whether the recogniser found no words (a cough, noise, breath)."""
    return not words_of(_ANNOTATION.sub(" ", text))
