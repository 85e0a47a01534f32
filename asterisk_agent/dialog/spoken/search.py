"""Beam search for the value that a stretch of speech means, given what such a value may look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.corrections import PAUSE, REPETITION, RESTART, correction_at
from asterisk_agent.dialog.spoken.readings import is_number_like, readings
from asterisk_agent.dialog.spoken.tokens import Token

_WIDTH = 96
_UNUSED_OUTSIDE = 0.8
"""A digit before or after the value that belongs to nothing."""
_UNUSED_ALONE = 0.1
"""The same, standing alone among words ('one of my orders')."""
_UNUSED_INSIDE = 2.0
_OTHER_WORD_INSIDE = 0.5
_FILLER_INSIDE = 0.01


@dataclass(frozen=True)
class Heard:
    """A value that the tokens may mean. ``cost`` 0 for the plain reading."""

    text: str
    cost: float


def search(
    tokens: list[Token],
    viable: Callable[[str], bool],
    complete: Callable[[str], bool],
    spell: bool,
) -> list[Heard]:
    """All values read from ``tokens``, cheapest first.

    ``viable(text)``: a value may begin with this text; ``complete(text)``: it is a whole value.
    ``spell``: letters are possible too.
    """
    size = len(tokens)
    open_: list[dict[str, float]] = [{} for _ in range(size + 1)]
    done: list[dict[str, float]] = [{} for _ in range(size + 1)]
    open_[0][""] = 0.0
    for at in range(size):
        beam = sorted(open_[at].items(), key=lambda item: item[1])[:_WIDTH]
        edges = readings(tokens, at, spell)
        mark = correction_at(tokens, at)
        outside = _outside_cost(tokens, at)
        for text, cost in beam:
            if text and complete(text):
                _keep(done[at], text, cost)
            if mark:
                end, kind = mark
                for kept, extra in _taken_back(text, kind):
                    _keep(open_[end], kept, cost + extra)
            for edge in edges:
                longer = text + edge.text
                if viable(longer):
                    _keep(open_[edge.end], longer, cost + edge.cost)
            _keep(open_[at + 1], text, cost + (_inside_cost(tokens[at]) if text else outside))
        for text, cost in sorted(done[at].items(), key=lambda item: item[1])[:_WIDTH]:
            _keep(done[at + 1], text, cost + outside)
    for text, cost in open_[size].items():
        if text and complete(text):
            _keep(done[size], text, cost)
    return [Heard(text, cost) for text, cost in sorted(done[size].items(), key=lambda item: (item[1], item[0]))]


def _keep(table: dict[str, float], text: str, cost: float) -> None:
    if cost < table.get(text, 9.0):
        table[text] = cost


def _taken_back(text: str, kind: str) -> list[tuple[str, float]]:
    """What may be left of ``text`` after a correcting phrase, with the cost of that interpretation."""
    if not text:
        return [("", 0.0)]
    if kind == PAUSE:
        return [(text, 0.0)]
    if kind == RESTART:
        return [("", 0.05), (text, 0.7)]
    if kind == REPETITION:
        return [("", 0.15), (text, 0.02)]
    options = [("", 0.1), (text, 0.3)]
    options += [(text[:-drop], 0.12 + 0.02 * drop) for drop in range(1, len(text))]
    return options


def _outside_cost(tokens: list[Token], at: int) -> float:
    if not is_number_like(tokens[at]) and tokens[at].word not in words.TIMES:
        return 0.0
    if tokens[at].digits:
        return _UNUSED_OUTSIDE
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    lonely = not any(token and (is_number_like(token) or token.word in words.ZEROS) for token in (before, after))
    return _UNUSED_ALONE if lonely else _UNUSED_OUTSIDE


def _inside_cost(token: Token) -> float:
    word = token.word
    if word in words.SEPARATORS:
        return 0.0
    if is_number_like(token) or word in words.TIMES or word in words.PLURALS:
        return _UNUSED_INSIDE
    if word in words.DIGIT_HOMOPHONES or word in words.ZEROS:
        return 0.3
    return _FILLER_INSIDE if word in words.FILLERS else _OTHER_WORD_INSIDE
