"""Order numbers as callers say them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.corrections import correction_at, without_preview
from asterisk_agent.dialog.spoken.order_format import ANY, OrderFormat, order_format
from asterisk_agent.dialog.spoken.readings import is_number_like
from asterisk_agent.dialog.spoken.search import Heard, search
from asterisk_agent.dialog.spoken.tokens import Token, bounded, tokenize
from asterisk_agent.dialog.spoken.zones import Zone, zone_text

_ORDER_ZONES: frozenset[Zone] = frozenset({"open", "order_number"})
_AMBIGUOUS = 0.15
"""Two readings closer than this in cost are not told apart."""

_ADDRESS = re.compile(r"@|\b(?:at|dot)\b", re.IGNORECASE)
"""Without one of these, 'it's in my email' introduces no e-mail address."""
_SURE = 0.7
"""Confidence from which what follows 'it starts with a four,' counts as the whole number."""


@dataclass(frozen=True)
class Candidate:
    """A possible order number (upper case, no separators). ``confidence`` 0…1 of the reading, not of the hearing."""

    value: str
    confidence: float


def parse_order_number(text: str, pattern: str) -> tuple[Candidate, ...]:
    """Whole order numbers that ``text`` may mean, the likeliest first; none if there is none.

    ``pattern``: the regular expression of the shop. Parts about a ZIP code, phone or card are left out.
    """
    shape = order_format(pattern)
    text = bounded(text)
    plain = zone_text(text, _ORDER_ZONES if _ADDRESS.search(text) else _ORDER_ZONES | {"email"})
    shorter = without_preview(plain)
    if shorter != plain and (found := _ranked(_read(tokenize(shorter), shape))) and found[0].confidence >= _SURE:
        return found
    tokens = tokenize(plain)
    swapped = _seven_not_eleven(tokens, shape)
    return swapped or _ranked(_read(tokens, shape))


def parse_partial(text: str, pattern: str) -> str:
    """The beginning of an order number that ``text`` holds ('one oh four' gives '104'), or ''."""
    shape = order_format(pattern)
    tokens = tokenize(zone_text(text, _ORDER_ZONES))
    found = search(tokens, shape.could_begin, shape.could_begin, shape.speaks_letters)
    digits = [heard for heard in found if any(char.isdigit() for char in heard.text)]
    best = max(digits, key=lambda heard: (-heard.cost, len(heard.text)), default=None)
    return best.text if best and best.cost <= 0.5 and not shape.fits(best.text) else ""


def begun_number(text: str, pattern: str) -> str:
    """The same where nobody asked for it: 'where's my order one oh four' gives '104', 'the 500 pack' nothing."""
    tokens = tokenize(text)
    at = len(tokens)
    while at and (_is_digit(tokens[at - 1]) or not tokens[at - 1].word[0].isalnum()):
        at -= 1
    before = [token.word for token in tokens[:at]]
    while before and before[-1] in ("is", "was", "it's", "the"):
        before.pop()
    named = before[-1:] == ["order"] or before[-2:] == ["order", "number"] or before[-2:] == ["my", "number"]
    return parse_partial(" ".join(token.raw for token in tokens[at:]), pattern) if named else ""


def _is_digit(token: Token) -> bool:
    return is_number_like(token) or token.word in words.ZEROS


def join_numbers(first: str, text: str, pattern: str) -> tuple[Candidate, ...]:
    """Whole numbers made of the part ``first`` of the turn before and what ``text`` adds to it."""
    shape = order_format(pattern)
    tokens = tokenize(zone_text(text, _ORDER_ZONES))
    rest = search(tokens, lambda more: shape.could_begin(first + more), lambda more: shape.fits(first + more), True)
    return _ranked([Heard(first + heard.text, heard.cost) for heard in rest])


def correct_order_number(previous: str, text: str, pattern: str) -> tuple[Candidate, ...]:
    """What ``previous`` becomes by a correction: a whole new number, 'seven, not eleven', 'the last digit is two'."""
    shape = order_format(pattern)
    tokens = tokenize(zone_text(text, _ORDER_ZONES))
    if swapped := _seven_not_eleven(tokens, shape, previous):
        return swapped
    return _placed(previous, text, shape) or _ranked(_read(tokens, shape))


def _read(tokens: list[Token], shape: OrderFormat) -> list[Heard]:
    found = {heard.text: heard.cost for heard in search(tokens, shape.could_begin, shape.fits, shape.speaks_letters)}
    left_out = 0.1 if len(shape.beginnings) == 1 else 0.6
    for beginning in shape.beginnings:
        bare = search(
            tokens,
            lambda text, head=beginning: shape.could_begin(head + text),  # type: ignore[misc]
            lambda text, head=beginning: shape.fits(head + text),  # type: ignore[misc]
            shape.speaks_letters,
        )
        for heard in bare:
            value = beginning + heard.text
            found[value] = min(found.get(value, 9.0), heard.cost + left_out)
    return sorted((Heard(text, cost) for text, cost in found.items()), key=lambda heard: (heard.cost, heard.text))


def _ranked(found: list[Heard]) -> tuple[Candidate, ...]:
    near = found[:4]
    candidates: list[Candidate] = []
    for place, heard in enumerate(near):
        others = [other.cost for index, other in enumerate(near) if index != place]
        confidence = max(0.05, 1.0 - heard.cost)
        if others and min(others) - heard.cost < _AMBIGUOUS:
            confidence = min(confidence, 0.6 if place == 0 else 0.4)
        candidates.append(Candidate(heard.text, round(confidence, 2)))
    return tuple(candidate for candidate in candidates if candidate.confidence > 0.05 or candidate is candidates[0])


def _free(tokens: list[Token], spell: bool) -> list[str]:
    """Readings without a format, the cheapest few."""

    def plain(text: str) -> bool:
        return len(text) <= 24 and all(char in ANY for char in text)

    found = search(tokens, plain, plain, spell)
    if not found:
        return []
    best = min(heard.cost for heard in found)
    return [heard.text for heard in found if heard.cost <= best + 0.3][:8]


def _seven_not_eleven(tokens: list[Token], shape: OrderFormat, previous: str = "") -> tuple[Candidate, ...]:
    """'(10 4 11 2, no,) seven, not eleven': the wrong part is replaced wherever it stands once."""
    at = next((index for index, token in enumerate(tokens) if token.word in ("not", "isn't")), -1)
    if at < 0 or not any(is_number_like(token) or len(token.raw) == 1 for token in tokens[at + 1 :]):
        return ()
    start = max((end for index in range(at) if (end := _correction_end(tokens, index)) <= at), default=0)
    right, wrong, base = tokens[start:at], tokens[at + 1 :], tokens[:start]
    if not _free(right, shape.speaks_letters):  # "not eleven, seven"
        cut = next((index for index, token in enumerate(wrong) if token.word in (",", "but", "it's", "its", ".")), None)
        if cut is None:
            return ()
        right, wrong, base = wrong[cut:], wrong[:cut], tokens[:at]
    whole = [heard for heard in _read(right, shape) if heard.cost < 0.5]
    if whole:
        return _ranked(whole)
    bases = [previous] if previous else _free(base, shape.speaks_letters)
    values: list[str] = []
    for number in bases:
        for bad in _free(wrong, shape.speaks_letters):
            for good in _free(right, shape.speaks_letters):
                if bad in number:
                    place = number.rindex(bad)
                    values.append(number[:place] + good + number[place + len(bad) :])
    fitting = [value for value in dict.fromkeys(values) if shape.fits(value)]
    return _ranked([Heard(value, 0.1 + 0.2 * rank) for rank, value in enumerate(fitting)])


def _correction_end(tokens: list[Token], index: int) -> int:
    found = correction_at(tokens, index)
    return found[0] if found else len(tokens) + 1


_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "seventh": 6, "eighth": 7}
_PLACE = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth|last|final)\s+"
    r"(?:(one|two|three|four|\d)\s+)?(?:digits?|numbers?|letters?|one|characters?)?\s*"
    r"(?:is|are|should be|was|were)\s+(.*)",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\b(ends? (?:in|with)|ending (?:in|with)|starts? with|begins? with)\s+(.*)", re.IGNORECASE)


def _placed(previous: str, text: str, shape: OrderFormat) -> tuple[Candidate, ...]:
    """'the third digit is a seven', 'the last two are four two', 'it ends in four two'."""
    values: list[str] = []
    if match := _PLACE.search(text):
        for new in _free(tokenize(match.group(3)), shape.speaks_letters):
            at = len(previous) - len(new) if match.group(1).lower() in ("last", "final") else 0
            at = _ORDINALS.get(match.group(1).lower(), at)
            values.append(previous[:at] + new + previous[at + len(new) :])
    elif match := _ENDING.search(text):
        for new in _free(tokenize(match.group(2)), shape.speaks_letters):
            at = 0 if match.group(1).lower().startswith(("start", "begin")) else len(previous) - len(new)
            values.append(previous[:at] + new + previous[at + len(new) :])
    fitting = [value for value in dict.fromkeys(values) if shape.fits(value) and value != previous]
    return _ranked([Heard(value, 0.15 + 0.2 * rank) for rank, value in enumerate(fitting)])
