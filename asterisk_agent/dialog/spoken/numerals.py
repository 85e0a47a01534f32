"""Number words put into digits, so that a grammar of dates, amounts or addresses sees one form of each number."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken import vocabulary as words

MAX_WORDS = 160
"""Longer texts are cut, as in ``tokens``."""

_WORD = re.compile(
    r"[$€£]|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?(?:st|nd|rd|th)?(?![a-z\d])|\d+"
    r"|[a-zà-ÿ]+(?:'[a-z]+)*|[.,;:?!/#&%-]"
)
_ORDINAL_UNITS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "forth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "eigth": 8,
    "ninth": 9,
    "nineth": 9,
}
_ORDINAL_TEENS = {
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    "twelth": 12,
    "thirteenth": 13,
    "fourteenth": 14,
    "fifteenth": 15,
    "sixteenth": 16,
    "seventeenth": 17,
    "eighteenth": 18,
    "nineteenth": 19,
}
_ORDINAL_TENS = {
    "twentieth": 20,
    "thirtieth": 30,
    "fortieth": 40,
    "fiftieth": 50,
    "sixtieth": 60,
    "seventieth": 70,
    "eightieth": 80,
    "ninetieth": 90,
}


_JOINT = re.compile(
    rf"(?<=[a-z])-(?=(?:{'|'.join((*words.UNITS, *words.TEENS, *words.TENS, *_ORDINAL_UNITS))})\b)"
    rf"|(?:(?<=ty)|(?<=hundred))-(?=[a-z])",
    re.IGNORECASE,
)


def ordinal(value: int) -> str:
    """23 as '23rd'."""
    if value % 100 in (11, 12, 13):
        return f"{value}th"
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th') }"


def plain_words(text: str) -> list[str]:
    """Lower-case words, numbers ('1,299' as '1299', '23rd', '64.99') and punctuation of ``text``."""
    lowered = text.lower().replace("’", "'").replace("–", "-").replace("—", " , ").replace("…", " ... ")
    return [match.replace(",", "") if match[0].isdigit() else match for match in _WORD.findall(lowered)[:MAX_WORDS]]


def numeralize(text: str) -> list[str]:
    """``plain_words`` with number words as digits: cardinals '23', ordinals '23rd'; groups stay apart ('20', '26').

    'oh' and 'o' stay words; 'second' stays a word unless a ten stands before it.
    """
    source = plain_words(_without_joints(text))
    result: list[str] = []
    at = 0
    while at < len(source):
        end, value = _value_at(source, at)
        if end == at:
            result.append(source[at])
            at += 1
        else:
            result.append(value)
            at = end
    return result


def _without_joints(text: str) -> str:
    """'forty-two' as 'forty two'; other hyphens stay."""
    return _JOINT.sub(" ", text)


def _value_at(source: list[str], at: int) -> tuple[int, str]:
    """(end, digits) of the longest number at ``at``; end == at where none is."""
    end, value, kind = _below_hundred(source, at)
    if end == at and source[at] == "a" and at + 1 < len(source) and source[at + 1] in ("hundred", "thousand"):
        end, value, kind = at + 1, 1, "cardinal"
    if end == at:
        return at, ""
    if kind != "cardinal":
        return end, _written(value, kind)
    if _is(source, end, "hundred", "hundredth"):
        end, value, kind = _with_rest(source, end, value * 100, 100)
    elif len(source[at]) == 3 and source[at].isdigit():
        end, value = at + 1, int(source[at])
    if kind == "cardinal" and value < 1000 and _is(source, end, "thousand", "thousandth"):
        base = value * 1000
        rest = end + 2 if _is(source, end + 1, "and") else end + 1
        low_end, low, low_kind = _below_hundred(source, rest) if rest < len(source) else (rest, 0, "")
        if low_end > rest and low_kind == "cardinal" and low < 10 and _is(source, low_end, "hundred"):
            end, value, kind = _with_rest(source, low_end, base + low * 100, 100)
        elif rest < len(source) and re.fullmatch(r"\d{3}", source[rest]):
            end, value = rest + 1, base + int(source[rest])
        elif low_end > rest:
            end, value, kind = low_end, base + low, low_kind
        else:
            end, value = end + 1, base
    return end, _written(value, kind)


def _with_rest(source: list[str], at: int, base: int, below: int) -> tuple[int, int, str]:
    """'hundred and forty two' from the word 'hundred' on."""
    if source[at].endswith("th"):
        return at + 1, base, "ordinal"
    rest = at + 2 if _is(source, at + 1, "and") else at + 1
    end, value, kind = _below_hundred(source, rest) if rest < len(source) else (rest, 0, "")
    if end > rest and value < below:
        return end, base + value, kind
    return at + 1, base, "cardinal"


def _below_hundred(source: list[str], at: int) -> tuple[int, int, str]:
    word = source[at]
    following = source[at + 1] if at + 1 < len(source) else ""
    if word in words.TENS:
        tens = words.TENS[word]
        if following in words.UNITS:
            return at + 2, tens + words.UNITS[following], "cardinal"
        if following in _ORDINAL_UNITS:
            return at + 2, tens + _ORDINAL_UNITS[following], "ordinal"
        return at + 1, tens, "cardinal"
    if word in words.UNITS or word in words.TEENS:
        return at + 1, words.UNITS.get(word) or words.TEENS[word], "cardinal"
    if word in _ORDINAL_TEENS or word in _ORDINAL_TENS:
        return at + 1, _ORDINAL_TEENS.get(word) or _ORDINAL_TENS[word], "ordinal"
    if word in _ORDINAL_UNITS and word != "second":
        return at + 1, _ORDINAL_UNITS[word], "ordinal"
    if re.fullmatch(r"[1-9]\d?", word):
        return (at + 1, int(word), "cardinal") if not _is(source, at + 1, "/") else (at, 0, "")
    if re.fullmatch(r"[1-9]\d?(?:st|nd|rd|th)", word):
        return at + 1, int(word[:-2]), "ordinal"
    if word == "zero":
        return at + 1, 0, "cardinal"
    return at, 0, ""


def _is(source: list[str], at: int, *expected: str) -> bool:
    return at < len(source) and source[at] in expected


def _written(value: int, kind: str) -> str:
    return ordinal(value) if kind == "ordinal" else str(value)
