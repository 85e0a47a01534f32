"""Whether something was said, however its numbers, days, times and amounts are put into words."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ORDINALS = {
    **dict(
        zip(
            ("first", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
            (1, *range(3, 10)),
            strict=True,
        )
    ),
    **dict(zip(("tenth", "eleventh", "twelfth", "twentieth", "thirtieth"), (10, 11, 12, 20, 30), strict=True)),
    **{f"{word}th": value for value, word in enumerate(_TEENS[3:], 13)},
}
"""Without 'second', which is more often one of two."""
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_SHORT = "|".join(month[:3] for month in _MONTHS)
_MONTH = "|".join(_MONTHS)


def says(reply: str, text: str) -> bool:
    """Whether ``text``, or a word that begins with it, stands in ``reply``; digits and words count alike."""
    return any(_stands_in(said, want) for said in _forms(reply) for want in _forms(text))


def gives_away(reply: str, text: str) -> bool:
    """The same for what must not be said; a text of five letters and more counts within a word too."""
    return says(reply, text) or (len(text) >= 5 and text.lower() in reply.lower())


def _stands_in(said: str, want: str) -> bool:
    """At the beginning of a word. A number is not said by a longer one: 'december 1' is not in 'december 15'."""
    place = said.find(want) if want else -1
    while place >= 0:
        before, after = said[place - 1 : place], said[place + len(want) : place + len(want) + 1]
        if not _in_word(before) and not (want[-1].isdigit() and after.isdigit()):
            return True
        place = said.find(want, place + 1)
    return False


def _in_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


@lru_cache(maxsize=8192)
def _forms(text: str) -> tuple[str, ...]:
    plain = " ".join(text.lower().replace("’", "'").split())
    numeric = _tidy(_numerals(_tidy(plain)))
    joined = re.sub(r"\b(?:[a-z]|\d+)(?: (?:[a-z]|\d+)\b)+", lambda found: found.group().replace(" ", ""), numeric)
    apart = re.sub(r"(?<=\d)\.(?=\d)", " ", numeric)
    return tuple(dict.fromkeys((plain, numeric, joined, apart, numeric.removeprefix("the "))))


def _tidy(text: str) -> str:
    """One way to write days, times and amounts; no punctuation between words."""
    text = re.sub(r"\b([ap])\.? ?m\b\.?", r"\1m", text)
    text = re.sub(r"\b(\d{4})-(\d\d)-(\d\d)\b", lambda found: f"{_name(found[2])} {int(found[3])}", text)
    text = re.sub(rf"\b({_SHORT})\.? (?=\d)", lambda found: f"{_full(found[1])} ", text)
    text = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1", text)
    text = re.sub(rf"\b(?:the )?(\d{{1,2}}) (?:of )?({_MONTH})\b", r"\2 \1", text)
    text = re.sub(r"\$\s?(?=\d)", "", text)
    text = re.sub(r"\b(\d+) dollars? and (\d{1,2}) cents?\b", lambda found: f"{found[1]}.{int(found[2]):02d}", text)
    text = re.sub(r"\b(\d+)\.00\b", r"\1", text)
    text = re.sub(r"\b(\d{1,2}):00 ?(?=[ap]m)", r"\1 ", text)
    text = re.sub(r"\b(\d{1,2}(?::\d\d)?) ?(?=[ap]m\b)", r"\1 ", text)
    text = re.sub(r"\bnoon\b", "12 pm", text)
    text = re.sub(r"(?<=\d)-(?=\D|$)", " ", text)
    text = re.sub(r"(?<!\d)[.,:](?=\d)|[,;:!?](?!\d)|(?<=\d),(?= )|\.(?!\d|\w)", " ", text)
    return " ".join(text.split())


def _name(month: str) -> str:
    return _MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else month


def _full(short: str) -> str:
    return next(month for month in _MONTHS if month.startswith(short))


def _numerals(text: str) -> str:
    """Number words as digits: 'twenty-fifth' as '25', 'one zero' and '1 0' as '10'."""
    out: list[str] = []
    words = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text).split()
    run = False
    """Whether single digits were read just before, to which further ones are joined."""
    while words:
        word = words.pop(0)
        following = words[0] if words else ""
        if word in _TENS:
            value = _TENS[word]
            if following in _DIGITS[1:] or 0 < _ORDINALS.get(following, 0) < 10:
                value += _DIGITS.index(following) if following in _DIGITS else _ORDINALS[following]
                words.pop(0)
            out.append(str(value))
            run = False
        elif word in _DIGITS or re.fullmatch(r"\d", word) or (word == "oh" and run):
            digit = "0" if word == "oh" else str(_DIGITS.index(word)) if word in _DIGITS else word
            if run:
                out[-1] += digit
            else:
                out.append(digit)
            run = True
        else:
            number = 10 + _TEENS.index(word) if word in _TEENS else _ORDINALS.get(word)
            out.append(word if number is None else str(number))
            run = False
    return " ".join(out)
