"""The words of a spoken e-mail address, with punctuation that belongs to addresses."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.readings import readings
from asterisk_agent.dialog.spoken.tokens import MAX_TOKENS, Token

_TOKEN = re.compile(r"\d+|[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)?|[._+,;:?!-]")
MARKS = {
    "dot": ".",
    "period": ".",
    "point": ".",
    "dots": ".",
    "underscore": "_",
    "underline": "_",
    "_": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "plus": "+",
    "+": "+",
}


def email_tokens(spoken: str) -> list[Token]:
    """Words, digit groups and the marks . _ + - of an address; ``glued`` tells 'a.b' from 'a. b'."""
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(spoken):
        found.append(Token(match.group(), glued=match.start() == end))
        end = match.end()
    return found[:MAX_TOKENS]


def glued(tokens: list[Token], at: int) -> bool:
    """Whether a token stands at ``at`` without space before it."""
    return at < len(tokens) and tokens[at].glued


def counts(word: str) -> bool:
    """Whether the word is a number or part of one."""
    return word.isdigit() or word in words.UNITS or word in words.TEENS or word in words.TENS or word in words.ZEROS


def number_at(tokens: list[Token], at: int) -> tuple[int, str] | None:
    """(end, digits) of the longest plain number at ``at``: 'forty two', 'two thousand five', '1984'."""
    token = tokens[at]
    if not (token.digits or counts(token.word)) or token.word in words.ZEROS:
        return None
    found = [item for item in readings(tokens, at, False) if item.cost <= 0.05 and item.text.isdigit()]
    best = max(found, key=lambda item: (item.end, -item.cost), default=None)
    return (best.end, best.text) if best else None
