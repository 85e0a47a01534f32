"""Numbers inside an address: house numbers, units, numbered streets and ZIP codes in any grouping."""

from __future__ import annotations

import re
from functools import cache

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.numerals import numeralize
from asterisk_agent.dialog.spoken.readings import readings
from asterisk_agent.dialog.spoken.tokens import Token

_LETTER_UNITS = {
    "bee": "B",
    "be": "B",
    "see": "C",
    "sea": "C",
    "dee": "D",
    "ay": "A",
    "eh": "A",
    "ee": "E",
    "eff": "F",
    "gee": "G",
    "jay": "J",
    "kay": "K",
    "el": "L",
    "em": "M",
    "en": "N",
    "pea": "P",
    "queue": "Q",
    "tea": "T",
    "tee": "T",
    "aitch": "H",
}
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")


@cache
def ordinal_words() -> frozenset[str]:
    """The words that end an ordinal number."""
    return words.word_set(
        "first second third fourth forth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
        " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth"
        " sixtieth seventieth eightieth ninetieth hundredth"
    )


def ordinal_at(spoken: list[str], at: int) -> tuple[int, str] | None:
    """(end, '23rd') of an ordinal at ``at``: '23rd', 'fifth', 'twenty third', 'hundred and tenth'."""
    word = spoken[at] if at < len(spoken) else ""
    if _ORDINAL.fullmatch(word):
        return at + 1, word
    if word == "second":
        return at + 1, "2nd"
    if word in ordinal_words():
        return at + 1, numeralize(word)[0]
    following = spoken[at + 1] if at + 1 < len(spoken) else ""
    if word in words.TENS and following in ordinal_words():
        low = "2nd" if following == "second" else numeralize(following)[0]
        value = words.TENS[word] + int(low[:-2])
        return at + 2, f"{value}{low[-2:]}"
    return None


def long_ordinal_at(spoken: list[str], at: int) -> tuple[int, str] | None:
    """As ``ordinal_at``, with hundreds: 'one hundred tenth', 'one sixty fifth'."""
    if plain := ordinal_at(spoken, at):
        return plain
    for cut in range(at + 1, min(at + 4, len(spoken))):
        if (low := ordinal_at(spoken, cut)) and (high := number_at(spoken[:cut], at)) and high[0] == cut:
            value, small = high[1], int(low[1][:-2])
            joined = str(int(value) + small) if value.endswith("00") else f"{value}{small:02d}"
            if len(joined) <= 3 and spoken[at] not in ("oh", "o"):
                return low[0], joined + low[1][-2:]
    return None


def number_at(spoken: list[str], at: int) -> tuple[int, str] | None:
    """(end, digits) of the numbers that follow one another from ``at`` on, as one string: 'twelve forty two'"
    " is '1242'."""
    digits = ""
    end = at
    while end < len(spoken):
        if ordinal_at(spoken, end) or (digits and _hundred_ordinal(spoken, end)):
            break
        step = _one_number(spoken, end, bool(digits))
        if step is None:
            break
        end, digits = step[0], digits + step[1]
    return (end, digits) if digits else None


def _hundred_ordinal(spoken: list[str], at: int) -> bool:
    """'one hundred eleventh' after a house number."""
    rest = at + (3 if spoken[at + 2 : at + 3] == ["and"] else 2)
    return spoken[at + 1 : at + 2] == ["hundred"] and ordinal_at(spoken, rest) is not None


def _one_number(spoken: list[str], at: int, inside: bool) -> tuple[int, str] | None:
    word = spoken[at]
    following = spoken[at + 1] if at + 1 < len(spoken) else ""
    if word in words.ZEROS:
        near = inside or following in words.UNITS or following.isdigit() or following in words.ZEROS
        return (at + 1, "0") if near and word != "nil" else None
    if word in words.DIGIT_HOMOPHONES and not (inside and (following in words.UNITS or following.isdigit())):
        return None
    if word == "a" and following not in ("hundred", "thousand"):
        return None
    tokens = [Token(item, False) for item in spoken[at : at + 9] if item]
    if not tokens:
        return None
    found = [item for item in readings(tokens, 0, False) if item.text.isdigit()]
    fitting = [item for item in found if not ordinal_at(spoken, at + item.end - 1)]
    whole = [item for item in fitting if spoken[at + item.end : at + item.end + 1] not in (["hundred"], ["thousand"])]
    best = max(whole or fitting, key=lambda item: (item.cost <= 0.1, item.end), default=None)
    if best is None or (word in words.TENS and best.end == 1 and following in ordinal_words()):
        return None
    return at + best.end, best.text


def unit_at(spoken: list[str], at: int) -> tuple[int, str] | None:
    """(end, '4B') of a unit's number or letter at ``at``: 'four b', 'B', 'twelve oh five', 'B as in boy', 'A two'."""
    start = at
    number = number_at(spoken, at)
    text = ""
    if number:
        at, text = number
    if at < len(spoken) and spoken[at] in ("dash", "hyphen", "-") and _letter(spoken, at + 1, bool(text)):
        at += 1
        text += "-"
    letter = _letter(spoken, at, bool(text))
    if letter:
        at, text = letter[0], text + letter[1]
        if not number and (after := number_at(spoken, at)):
            at, text = after[0], text + after[1]
    return (at, text) if at > start and text.strip("-") else None


def _letter(spoken: list[str], at: int, after_number: bool) -> tuple[int, str] | None:
    word = spoken[at] if at < len(spoken) else ""
    link = spoken[at + 1 : at + 4]
    if len(link) == 3 and link[:2] == ["as", "in"]:
        return at + 4, words.NATO.get(link[2], link[2][0].upper())
    if len(link) >= 2 and link[0] in ("for", "like") and (len(word) == 1 and link[1].startswith(word)):
        return at + 3, word.upper()
    if len(word) == 1 and word.isalpha():
        return at + 1, word.upper()
    if re.fullmatch(r"[a-z]\d{1,4}|\d{1,5}[a-z]", word) and not after_number:
        return at + 1, word.upper()
    if word in words.NATO:
        return at + 1, words.NATO[word]
    return (at + 1, _LETTER_UNITS[word]) if word in _LETTER_UNITS else None
