"""How many letters and digits have been said: the length of a code that is still being spoken."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIGITS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "nought": "0",
    "naught": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "niner": "9",
}
TEENS = {
    word: str(10 + number)
    for number, word in enumerate(
        ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
    )
}
TENS = {
    word: str(20 + 10 * number)
    for number, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"))
} | {"fourty": "40"}
SCALES = {"hundred": 100, "thousand": 1000}
REPEATS = {"double": 2, "triple": 3, "treble": 3}
PLURALS = {f"{word}s": digit for word, digit in DIGITS.items() if word not in {"o", "six"}} | {
    "sixes": "6",
    "zeroes": "0",
}
"""After a count: "four sevens"."""
HOMOPHONES = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
"""What recognisers write for a digit in the middle of others. Digits only between two other symbols."""

JOINTS = frozenset({"dash", "hyphen", "space", "and", "then", "uh", "um", "er", "erm", "hmm", "slash"})
"""Words that may stand inside a spoken code without ending it."""

CORRECTIONS = frozenset(
    {"no", "sorry", "wait", "actually", "correction", "rather", "scratch", "strike", "oops", "whoops"}
)

MAX_SPLIT_SCALES = 3
"""Codes with more "hundreds" than this are read one way only: the ways double with each."""

_COUNTS = frozenset({"two", "three", "four", "five", "six", "2", "3", "4", "5", "6"})

_CODE = re.compile(r"[a-z]{0,4}\d+[a-z]{0,2}")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_PREFIX = re.compile(r"\b([A-Z]{1,4})-(?=\d)")
_TOKEN = re.compile(r"\$?\d+(?:[.:]\d+)+|[a-z0-9]+(?:'[a-z]+)*|@")


@dataclass(frozen=True)
class Run:
    """One spoken code: ``readings`` are what it may be ("one hundred four": 104 or 1004), ``start`` and ``end``
    its place among the words, ``open`` if a "double" still waits for its digit, ``spelled`` the number of its words.
    """

    readings: frozenset[str]
    start: int
    end: int
    open: bool
    spelled: int


def words_of(text: str) -> list[str]:
    """Lower-case words, numbers and '@' of a transcript, without punctuation."""
    return _TOKEN.findall(_PREFIX.sub(r"\1", text).lower().replace("’", "'"))


def runs(words: list[str]) -> list[Run]:
    """The spoken codes in order. Fillers and "dash" inside a code do not divide it."""
    found: list[Run] = []
    start = 0
    while start < len(words):
        if not _is_symbol(words, start):
            start += 1
            continue
        end = _run_end(words, start)
        found.append(_read(words, start, end))
        start = end
    return found


def _run_end(words: list[str], start: int) -> int:
    end = index = start
    while index < len(words):
        if _is_symbol(words, index) or _is_homophone(words, index, end):
            index += 1
            if words[index : index + 2] == ["as", "in"] or (
                words[index : index + 1] == ["for"] and len(words[index - 1]) == 1 and not words[index - 1].isdigit()
            ):
                index = min(len(words), index + (3 if words[index] == "as" else 2))
            end = index
        elif words[index] in JOINTS:
            index += 1
        else:
            break
    return end


def _is_symbol(words: list[str], index: int) -> bool:
    word = words[index]
    if (word in DIGITS and word != "o") or word in TEENS or word in TENS or word in REPEATS:
        return True
    if word in PLURALS:
        return index > 0 and words[index - 1] in _COUNTS
    if _CODE.fullmatch(word) and not _ORDINAL.fullmatch(word):
        return True
    if word in SCALES:
        return index > 0 and _is_number(words[index - 1])
    if len(word) == 1 and word.isalpha():
        return word not in {"a", "i"} or any(
            len(near) == 1 or _is_number(near)
            for near in (*words[max(0, index - 1) : index], *words[index + 1 : index + 2])
        )
    return False


def _is_number(word: str) -> bool:
    return word in DIGITS or word in TEENS or word in TENS or word.isdigit()


def _is_homophone(words: list[str], index: int, run_end: int) -> bool:
    return (
        words[index] in HOMOPHONES
        and index == run_end
        and index > 0
        and _is_number(words[index - 1])
        and index + 1 < len(words)
        and _is_number(words[index + 1])
    )


def _read(words: list[str], start: int, end: int) -> Run:
    inside = [word for word in words[start:end] if word not in JOINTS]
    return Run(
        readings=frozenset(_readings(tuple(inside), sum(word in SCALES for word in inside) <= MAX_SPLIT_SCALES)),
        start=start,
        end=end,
        open=inside[-1] in REPEATS,
        spelled=len(inside),
    )


def _readings(inside: tuple[str, ...], split: bool) -> set[str]:
    found = {0: {""}}
    for index in range(len(inside)):
        for symbols, used in _heads(inside[index:], split) if index in found else ():
            reached = min(index + used, len(inside))
            found.setdefault(reached, set()).update(before + symbols for before in found[index])
    return found[len(inside)]


def _heads(inside: tuple[str, ...], split: bool) -> list[tuple[str, int]]:
    """What the first words may stand for, with the number of words used. ``split``: "one hundred four" is 1004 too."""
    word, following = inside[0], inside[1:2]
    if word in REPEATS:
        if not following:
            return [("", 1)]
        symbol = DIGITS.get(following[0], following[0])
        return [(symbol * REPEATS[word], 2)] if len(symbol) == 1 else [("", 1)]
    if following and following[0] in PLURALS and word in _COUNTS:
        return [(PLURALS[following[0]] * int(DIGITS.get(word, word)), 2)]
    heads: list[tuple[str, int]] = []
    whole = _cardinal(inside)
    if whole is not None:
        heads.append(whole)
        if split and whole[1] > 2 and inside[1] in SCALES:
            heads.append((str(_small(word) * SCALES[inside[1]]), 2))
        return heads
    if word in TENS and following and following[0] in DIGITS and DIGITS[following[0]] != "0":
        return [(TENS[word][0] + DIGITS[following[0]], 2)]
    if following == ("as",) and len(inside) > 2:
        return [(word, 4)]
    if following == ("for",) and len(word) == 1 and word.isalpha() and word != "o":
        return [(word, 3)]
    symbol = DIGITS.get(word) or TEENS.get(word) or TENS.get(word) or HOMOPHONES.get(word) or word
    return [(symbol, 1)]


def _cardinal(inside: tuple[str, ...]) -> tuple[str, int] | None:
    """A number with "hundred" or "thousand" at the head of the words, with the number of words used."""
    total = current = index = 0
    scaled = False
    room = 10**6
    while index < len(inside):
        word = inside[index]
        if word in SCALES:
            if word == "thousand":
                total, current, room = (total + current) * 1000, 0, 1000
            else:
                current, room = current * 100, 100
            scaled = True
        elif _is_number(word) and (value := _small(word)) < room and value:
            current += value
            room = 10 if word in TENS else 1
        else:
            break
        index += 1
    return (str(total + current), index) if scaled else None


def _small(word: str) -> int:
    return int(DIGITS.get(word) or TEENS.get(word) or TENS.get(word) or word)
