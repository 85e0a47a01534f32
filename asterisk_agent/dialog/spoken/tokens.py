"""A caller's words cut into tokens that the spoken-form parsers share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

MAX_TOKENS = 160
"""Longer texts are cut: 20 s of fast speech hold about 80 words."""

_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+|[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)?|\.{2,}|…|[#.,;:?!]")

_MAX_LENGTH = 900
_REPEATED_MARK = re.compile(r"([,;:!?-])(?:\s*\1)+")
_NUMBER_IS = re.compile(
    r"(?:(?<=\d)|(?<=oh)|(?<=one|two|six)|(?<=zero|four|five|nine)|(?<=three|seven|eight))'s(?= (?:my|the|our)\b)",
    re.IGNORECASE,
)
"""'Seven oh eight oh eight's the zip'."""
_LONG_WORD = re.compile(r"(\S{64})\S+")


def bounded(text: str) -> str:
    """``text`` with single spaces, straight apostrophes, and lengths that bound the work of the parsers."""
    short = _REPEATED_MARK.sub(r"\1", _LONG_WORD.sub(r"\1", text[: 4 * _MAX_LENGTH]))
    return " ".join(_NUMBER_IS.sub(" is", short.replace("’", "'")).split())[:_MAX_LENGTH]


@dataclass(frozen=True)
class Token:
    """One word, digit group or punctuation mark. ``raw`` keeps the case; ``glued``: no space before it."""

    raw: str
    glued: bool

    @cached_property
    def word(self) -> str:
        """Lower case, plain apostrophe."""
        return self.raw.lower().replace("’", "'")

    @cached_property
    def digits(self) -> str:
        """The digits of a digit group ('10,442' gives '10442'), else ''."""
        return self.raw.replace(",", "") if self.raw[0].isdigit() else ""


def tokenize(text: str) -> list[Token]:
    """Cut ``text`` into at most MAX_TOKENS tokens; what is neither word, digit nor punctuation only separates."""
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(text):
        found.append(Token(match.group(), glued=match.start() == end))
        end = match.end()
        if len(found) == MAX_TOKENS:
            break
    return found
