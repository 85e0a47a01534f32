"""Beam search for the value that a stretch of speech means, given what such a value may look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.corrections import PAUSE, REPAIR, REPETITION, RESTART, correction_at
from asterisk_agent.dialog.spoken.readings import is_number_like, readings, single_digit
from asterisk_agent.dialog.spoken.tokens import Token

_WIDTH = 96
_UNUSED_OUTSIDE = 0.8
"""A digit before or after the value that belongs to nothing."""
_UNUSED_ALONE = 0.1
"""The same, standing alone among words ('one of my orders')."""
_UNUSED_ZERO = 0.5
_UNUSED_INSIDE = 2.0
_OTHER_WORD_INSIDE = 0.3
_HESITATIONS = frozenset({"uh", "um", "er", "erm", "uhm", "..."})
_FRESH_START = 0.3
"""Beginning again after 'uh' without a word of correction."""
_FILLER_INSIDE = 0.01


@dataclass(frozen=True)
class Heard:
    """A value that the tokens may mean. ``cost`` 0 for the plain reading."""

    text: str
    cost: float


_SAME = "|"
"""Separates a whole value from the part of it that is being said once more."""


def search(
    tokens: list[Token],
    viable: Callable[[str], bool],
    complete: Callable[[str], bool],
    spell: bool,
    width: int = _WIDTH,
) -> list[Heard]:
    """All values read from ``tokens``, cheapest first.

    ``viable(text)``: a value may begin with this text; ``complete(text)``: it is a whole value.
    ``spell``: letters are possible too. ``width``: readings kept at each word; fewer are faster.
    """
    size = len(tokens)
    open_: list[dict[str, float]] = [{} for _ in range(size + 1)]
    done: list[dict[str, float]] = [{} for _ in range(size + 1)]
    open_[0][""] = 0.0
    outside = _outside_costs(tokens)
    for at in range(size + 1):
        beam = sorted(open_[at].items(), key=lambda item: item[1])[:width]
        for text, cost in beam:
            value, _, again = text.partition(_SAME)
            if value and (again == value if _SAME in text else complete(value)):
                _keep(done[at], value, cost)
                _keep(open_[at], f"{value}{_SAME}", cost + 0.02)
        if at == size:
            break
        beam = sorted(open_[at].items(), key=lambda item: item[1])[:width]
        edges = readings(tokens, at, spell)
        mark = correction_at(tokens, at)
        for text, cost in beam:
            value, _, again = text.partition(_SAME)
            if _SAME in text:
                for edge in edges:
                    if value.startswith(again + edge.text):
                        _keep(open_[edge.end], text + edge.text, cost + edge.cost)
                _keep(open_[at + 1], text, cost + (_inside_cost(tokens[at]) if again else outside[at]))
                continue
            if mark:
                end, kind = mark
                for kept, extra in _taken_back(text, kind):
                    _keep(open_[end], kept, cost + extra)
            if text and tokens[at].word in _HESITATIONS:
                _keep(open_[at + 1], "", cost + _FRESH_START)
            for edge in edges:
                longer = text + edge.text
                if viable(longer):
                    _keep(open_[edge.end], longer, cost + edge.cost)
            _keep(open_[at + 1], text, cost + (_inside_cost(tokens[at]) if text else outside[at]))
        for text, cost in sorted(done[at].items(), key=lambda item: item[1])[:width]:
            _keep(done[at + 1], text, cost + outside[at])
    return [Heard(text, cost) for text, cost in sorted(done[size].items(), key=lambda item: (item[1], item[0]))]


def _keep(table: dict[str, float], text: str, cost: float) -> None:
    if cost < table.get(text, 9.0):
        table[text] = cost


def _taken_back(text: str, kind: str) -> list[tuple[str, float]]:
    """What may be left of ``text`` after a correcting phrase, with the cost of that interpretation."""
    if not text:
        return [("", 0.0)]
    if kind == PAUSE:
        return [(text, 0.0), ("", 0.25)]
    if kind == RESTART:
        return [("", 0.05), (text, 0.7)]
    if kind == REPETITION:
        return [("", 0.15), (text, 0.02)]
    options = [("", 0.1), (text, 0.3)]
    options += [(text[:-drop], 0.12 + 0.02 * drop) for drop in range(1, len(text))]
    return options


def _outside_costs(tokens: list[Token]) -> list[float]:
    """What it costs to leave each token out of the value."""
    return [_outside_cost(tokens, at, repaired) for at, repaired in enumerate(_after_repairs(tokens))]


def _after_repairs(tokens: list[Token]) -> list[bool]:
    """For each token, whether it is the first word of weight after 'no', 'sorry' and the like."""
    marks = [False] * (len(tokens) + 1)
    for at in range(len(tokens)):
        mark = correction_at(tokens, at)
        if mark and mark[1] in (REPAIR, RESTART):
            marks[mark[0]] = True
        if marks[at] and (tokens[at].word in words.FILLERS or tokens[at].word in words.SEPARATORS):
            marks[at + 1] = True
    return marks[: len(tokens)]


def _outside_cost(tokens: list[Token], at: int, repaired: bool) -> float:
    token = tokens[at]
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    joined = at >= 2 and tokens[at - 1].word == "and"
    before = tokens[at - 2] if joined else tokens[at - 1] if at else None
    beside_number = any(near is not None and _counts(near) for near in (before, after))
    if token.word in words.ZEROS:
        return _UNUSED_ZERO if beside_number else 0.0
    if token.word in words.TIMES:
        one = after is not None and (len(after.raw) == 1 or single_digit(after) is not None or after.word == "you")
        return _UNUSED_OUTSIDE if one else 0.0
    if not _counts(token):
        return 0.0
    if after is not None and after.glued and after.word in ("st", "nd", "rd", "th"):
        return 0.0
    if repaired or beside_number or len(token.digits) > 2:
        return _UNUSED_OUTSIDE
    return _UNUSED_ALONE


def _counts(token: Token) -> bool:
    return is_number_like(token) or token.word in ("hundred", "thousand")


def _inside_cost(token: Token) -> float:
    word = token.word
    if word in words.SEPARATORS:
        return 0.0
    if is_number_like(token) or word in words.TIMES or word in words.PLURALS:
        return _UNUSED_INSIDE
    if word in words.DIGIT_HOMOPHONES or word in words.ZEROS:
        return 0.3
    return _FILLER_INSIDE if word in words.FILLERS else _OTHER_WORD_INSIDE
