"""Stretches of digits in a caller's words, each with what the words before it call it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from asterisk_agent.dialog.identity import Detail
from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.details import parse_email
from asterisk_agent.dialog.spoken.search import search
from asterisk_agent.dialog.spoken.tokens import tokenize
from asterisk_agent.dialog.spoken.zones import Zone, zones
from asterisk_agent.dialog.understanding import Scene

LENGTHS: dict[int, Detail] = {5: "zip", 4: "last4", 10: "phone"}
"""Details that are known by their number of digits."""
_NAMED_LENGTHS: dict[Zone, tuple[int, ...]] = {"zip": (5, 9), "last4": (4,), "phone": (10, 11)}
_NUMBER_WORDS = (
    frozenset((*words.UNITS, *words.TEENS, *words.TENS, *words.TIMES, *words.PLURALS)) | words.ZEROS | {"hundred"}
)
_WORD = re.compile(r"[A-Za-z0-9']+|[.,;:?!]")
_HESITATIONS = frozenset({"uh", "um", "er", "erm"})
_COUNTED = re.compile(
    r"\s*(?:%|percent|dollars?|bucks|cents|days?|weeks?|months?|years?|hours?|minutes?|am|pm|a\.m|p\.m|o'?clock"
    r"|st|nd|rd|th|times?|inch\w*|pounds?|items?|boxes|packages)\b",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:\$|\b(?:january|february|march|april|may|june|july|august|september|october|november|december))\s*$",
    re.IGNORECASE,
)
"""What makes a day or money of the number behind it."""
_LAST_FOUR = re.compile(r"\blast (?:four|4)\b", re.IGNORECASE)
_MOST_READINGS = 6
_PLAIN = 0.45
"""Cost from which a run of digits is a guess."""


@dataclass(frozen=True)
class Run:
    """Digits said without a break, at ``start`` to ``end`` of the text.

    ``zone``: what the words before it name, else what was asked for; ``first``: of its zone, so that the name is its
    own; ``named``: there are such words.
    """

    text: str
    zone: Zone
    start: int
    end: int
    first: bool
    named: bool

    @cached_property
    def readings(self) -> tuple[str, ...]:
        """As digits, the likeliest first."""
        found = search(tokenize(self.text), lambda value: len(value) <= 30, bool, spell=False, width=16)
        plain = [heard for heard in found if heard.text.isdigit() and heard.cost < _PLAIN]
        longest = max((len(heard.text) for heard in plain if heard.cost < 0.05), default=0)
        return tuple(heard.text for heard in plain if heard.cost < 0.05 or len(heard.text) > longest)[:_MOST_READINGS]

    @property
    def called(self) -> bool:
        """Whether it is to be what its zone says."""
        return self.first and self.zone in _NAMED_LENGTHS

    def as_called(self, digits: str) -> Detail | None:
        """The detail that its zone says, if a reading has the length of one."""
        fits = self.called and len(digits) in _NAMED_LENGTHS[self.zone]
        return cast(Detail, self.zone) if fits else None

    def by_length(self, digits: str) -> Detail | None:
        """The detail that the length says."""
        return "phone" if len(digits) == 11 and digits.startswith("1") else LENGTHS.get(len(digits))


_NUMBERS = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_PAID = re.compile(
    rf"\b(?:paid|pay|costs?|charged?(?: me)?|price(?:'s| is| was)|total(?:'s| is| was))\s+(?:only |about |like |me )*"
    rf"\$?((?:(?:{_NUMBERS}|and|\d[\d.,]*)\b[\s-]*)+)"
    rf"|\ba ((?:hundred|thousand)\b[\s-]*(?:(?:{_NUMBERS}|and)\b[\s-]*)*)"
    r"|\b(?:supposed to be|should (?:be|have been)|refund(?:ed)?(?: (?:me|of|for|was|is))*|worth|got)"
    r"\s+(?:only |just |about |like |me )*\$?(\d+\.\d\d)\b",
    re.IGNORECASE,
)
"""'I paid sixty four ninety nine', 'a hundred twelve forty'."""


def without_sums(text: str) -> str:
    """The text, as long as before, without what somebody paid."""
    return _PAID.sub(lambda found: found.group()[: -len(found[found.lastindex or 0])].ljust(len(found.group())), text)


def runs(text: str, scene: Scene) -> list[Run]:
    """Digits without a break, each with the name that it was given."""
    asked = cast(Zone, scene.asked) if scene.asked in ("zip", "last4", "phone", "email") else "open"
    found: list[Run] = []
    at = 0
    unnamed = asked != "open" and zones(text)[:1] != zones(text, asked)[:1]
    for place, (zone, part) in enumerate(zones(text, asked)):
        at = text.index(part, at)
        first, named = True, bool(place) or not unnamed
        for start, end in _stretches(part):
            if zone == "email" and (named or parse_email(part)) and not parse_email(part[:start]):
                continue
            counted = _ORDINAL.fullmatch(part[start:end]) or _COUNTED.match(part, end) or _BEFORE.search(part[:start])
            if counted or _in_address(part, start, end):
                continue
            found.append(Run(part[start:end], zone, at + start, at + end, first, named))
            first = False
        at += len(part)
    return found


def _stretches(part: str) -> Iterator[tuple[int, int]]:
    """Where they begin and end; 'four' of 'last four' is none of them."""
    start = end = -1
    named = _LAST_FOUR.search(part)
    for word in _WORD.finditer(part, named.end() if named else 0):
        plain = word.group().lower().removesuffix("'s")  # 'seven oh eight oh eight's the zip'
        if plain[:1].isdigit() or plain in _NUMBER_WORDS:
            start, end = (word.start() if start < 0 else start), word.start() + len(plain)
        elif plain not in _HESITATIONS and start >= 0:
            yield start, end
            start = -1
    if start >= 0:
        yield start, end


def _in_address(part: str, start: int, end: int) -> bool:
    """Whether digits belong to an e-mail address: '… 88 at gmail dot com', 'dot 88'."""
    return bool(
        re.match(r"\s*(?:@|at\b|dot\b|underscore\b)", part[end:], re.IGNORECASE)
        or re.search(r"(?:@|\b(?:dot|underscore))\s*$", part[:start], re.IGNORECASE)
    )
