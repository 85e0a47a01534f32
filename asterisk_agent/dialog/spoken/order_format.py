"""What whole order numbers of a shop look like, worked out from its regular expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import Any

DIGITS = frozenset("0123456789")
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
ANY = DIGITS | LETTERS

Shape = tuple[frozenset[str], ...]
"""One possible form: for each place the characters that may stand there."""

MAX_LENGTH = 24
_MAX_SHAPES = 200
_OPEN_REPEAT = 14
"""Longest run read into an open repeat such as '\\d+'."""


class _TooRich(Exception):
    """The expression uses something that has no shapes, such as a look-ahead."""


@dataclass(frozen=True)
class OrderFormat:
    """Shapes of an order number in its stored form: upper-case letters and digits, no separators."""

    pattern: str
    shapes: tuple[Shape, ...]
    exact: bool
    """False: the expression was too rich for shapes; they only bound the length and the expression decides."""

    def fits(self, value: str) -> bool:
        """Whether ``value`` (upper case, no separators) is a whole order number."""
        if self._wholes.fullmatch(value) is None:
            return False
        return self.exact or re.fullmatch(self.pattern, value, re.IGNORECASE) is not None

    def could_begin(self, value: str) -> bool:
        """Whether an order number may start with ``value``."""
        return self._prefixes.fullmatch(value) is not None

    @cached_property
    def _wholes(self) -> re.Pattern[str]:
        return re.compile("|".join("".join(_places(shape)) for shape in self.shapes) or r"(?!)")

    @cached_property
    def _prefixes(self) -> re.Pattern[str]:
        """Every beginning of every shape."""
        return re.compile("|".join(_prefixes(shape) for shape in self.shapes))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Possible numbers of letters and digits, ascending."""
        return tuple(sorted({len(shape) for shape in self.shapes}))

    @property
    def has_letters(self) -> bool:
        """Whether letters other than a fixed beginning occur: then the keypad cannot give the number."""
        return any(places & LETTERS for shape in self.shapes for places in shape[len(fixed_beginning(shape)) :])

    @property
    def speaks_letters(self) -> bool:
        """Whether any letter occurs."""
        return any(places & LETTERS for shape in self.shapes for places in shape)

    @property
    def beginnings(self) -> tuple[str, ...]:
        """Fixed beginnings, such as 'W' of 'W\\d{5}', which callers often leave out."""
        return tuple(sorted({text for shape in self.shapes if (text := fixed_beginning(shape))}))


def fixed_beginning(shape: Shape) -> str:
    """The letters that every number of this shape starts with."""
    text = ""
    for places in shape:
        if len(places) != 1 or not places <= LETTERS:
            break
        text += next(iter(places))
    return text if len(text) < len(shape) else ""


def _places(shape: Shape) -> list[str]:
    return [f"[{''.join(sorted(place))}]" for place in shape]


def _prefixes(shape: Shape) -> str:
    """Every beginning of the shape AB1 as one expression: (?:A(?:B(?:1)?)?)?"""
    return "".join(f"(?:{place}" for place in _places(shape)) + ")?" * len(shape)


@cache
def order_format(pattern: str) -> OrderFormat:
    """The format of a shop whose whole order numbers match ``pattern`` (as written in ``shop.order_number``).

    Separators in the expression ('-', ' ', '#') are left out: callers rarely say them and stores are asked without.
    """
    parsed: Any = _parse(pattern)
    try:
        shapes = tuple(dict.fromkeys(shape for shape in _sequence(parsed) if 0 < len(shape) <= MAX_LENGTH))
        if shapes:
            return OrderFormat(pattern, shapes, exact=True)
    except _TooRich:
        pass
    low, high = parsed.getwidth()
    lengths = range(max(1, low), min(high, MAX_LENGTH) + 1)
    return OrderFormat(pattern, tuple((ANY,) * length for length in lengths), exact=False)


def _parse(pattern: str) -> Any:
    from re import _parser  # type: ignore[attr-defined]  # the only reader of re's own syntax

    return _parser.parse(pattern)


def _sequence(items: Any) -> list[Shape]:
    shapes: list[Shape] = [()]
    for operation, argument in items:
        options = _options(str(operation), argument)
        shapes = [left + right for left, right in product(shapes, options)]
        if len(shapes) > _MAX_SHAPES:
            raise _TooRich
    return shapes


def _options(operation: str, argument: Any) -> list[Shape]:
    if operation == "LITERAL":
        return [_place(frozenset(chr(argument).upper()))]
    if operation in ("ANY", "NOT_LITERAL"):
        return [(ANY,)]
    if operation == "IN":
        return [_place(_characters(argument))]
    if operation == "AT":
        return [()]
    if operation == "BRANCH":
        return [shape for branch in argument[1] for shape in _sequence(branch)]
    if operation == "SUBPATTERN":
        return _sequence(argument[-1])
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, body = argument
        once = _sequence(body)
        most = min(int(high), max(int(low), _OPEN_REPEAT))
        repeated: list[Shape] = []
        for count in range(int(low), most + 1):
            if len(once) ** count > _MAX_SHAPES:
                raise _TooRich
            repeated += [sum(parts, ()) for parts in product(once, repeat=count)]
        return list(dict.fromkeys(repeated))
    raise _TooRich


def _place(characters: frozenset[str]) -> Shape:
    """One place, or none for a separator."""
    kept = characters & ANY
    return (kept,) if kept else ()


def _characters(items: Any) -> frozenset[str]:
    found: set[str] = set()
    negated = False
    for operation, argument in items:
        name = str(operation)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found.add(chr(argument).upper())
        elif name == "RANGE":
            found |= {chr(code).upper() for code in range(argument[0], min(argument[1], 255) + 1)}
        elif name == "CATEGORY" and str(argument) == "CATEGORY_DIGIT":
            found |= DIGITS
        elif name == "CATEGORY" and str(argument) == "CATEGORY_WORD":
            found |= ANY
        elif name == "CATEGORY" and str(argument) == "CATEGORY_SPACE":
            found.add(" ")
        else:
            raise _TooRich
    return frozenset(ANY - found) if negated else frozenset(found)
