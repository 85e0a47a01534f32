"""Identity details as callers say them: ZIP code, last four digits, phone number, e-mail address."""

from __future__ import annotations

import re

import phonenumbers

from asterisk_agent.commerce.phone import e164
from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.readings import single_digit
from asterisk_agent.dialog.spoken.search import search
from asterisk_agent.dialog.spoken.tokens import tokenize

_LIMIT = 0.7
"""Readings that cost more are guesses, and identity is not guessed."""


def parse_digits(text: str, lengths: tuple[int, ...]) -> str:
    """The digits of ``text`` as one string of one of these lengths (corrections obeyed), or ''."""
    most = max(lengths)

    def viable(value: str) -> bool:
        return len(value) <= most

    found = search(tokenize(text), viable, lambda value: len(value) in lengths, spell=False)
    return found[0].text if found and found[0].cost < _LIMIT else ""


def parse_zip(text: str) -> str:
    """A five-digit US ZIP code; of ZIP+4 the first five. '' if there is none."""
    return parse_digits(text, (5, 9))[:5]


def parse_last4(text: str) -> str:
    """The last four digits of a payment card; '' if there are none."""
    without_label = re.sub(r"\b(?:the )?last (?:four|4)(?: digits)?\b", " . ", text, flags=re.IGNORECASE)
    return parse_digits(without_label, (4,))


def parse_phone(text: str, country: str = "US", default_area_code: str = "", caller_id: str = "") -> str:
    """An E.164 number, or ''.

    ``default_area_code`` completes seven digits. ``caller_id`` answers "the number I'm calling from".
    """
    if caller_id and re.search(
        r"\b(?:calling|call) (?:you )?from\b|\bthis (?:number|phone|one)\b", text, re.IGNORECASE
    ):
        return e164(caller_id, country) or ""
    written = next(iter(phonenumbers.PhoneNumberMatcher(text, country)), None)
    if written is not None:
        return phonenumbers.format_number(written.number, phonenumbers.PhoneNumberFormat.E164)
    if country in ("US", "CA"):
        without_label = re.sub(r"\bplus\b|\+", " ", text, flags=re.IGNORECASE)
        digits = parse_digits(without_label, (7, 10, 11) if default_area_code else (10, 11))
        whole = default_area_code + digits if len(digits) == 7 else digits
        return (e164(whole, country) if whole else None) or ""
    for length in range(13, 7, -1):
        if digits := parse_digits(text, (length,)):
            return e164(digits, country) or ""
    return ""


_MARKS = {
    "dot": ".",
    "period": ".",
    "point": ".",
    "underscore": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "plus": "+",
}
_WRITTEN_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_FINE_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_LEAD = re.compile(
    r"^.*\b(?:e-?mail(?: address)?(?: is|'s)?|it is|it's|that's|address is|you can use|under)\b[\s:,]*",
    re.IGNORECASE,
)
_PROVIDERS = {"g mail": "gmail", "hot mail": "hotmail", "out look": "outlook", "i cloud": "icloud", "a o l": "aol"}


def parse_email(text: str) -> str:
    """A lower-case e-mail address written or spoken ('jane dot doe at g mail dot com'), or ''."""
    if written := _WRITTEN_EMAIL.search(text.replace(" @ ", "@")):
        return written.group().lower().rstrip(".")
    spoken = text.lower().replace("’", "'")
    for apart, joined in _PROVIDERS.items():
        spoken = spoken.replace(apart, joined)
    match = re.search(r"^(.*?)\s(?:at sign|at|@)\s(?!all\b|the moment)(.*)$", spoken.strip(" .!?"))
    if match is None:
        return ""
    local = _joined(_LEAD.sub("", match.group(1)))
    domain = _joined(re.split(r"[,;!?]|\bthank|\bplease\b|\band\b", match.group(2))[0])
    address = f"{local}@{domain}"
    return address if _FINE_EMAIL.fullmatch(address) else ""


def _joined(spoken: str) -> str:
    """'j dot doe forty two' as 'j.doe42'."""
    pieces: list[str] = []
    tokens = tokenize(spoken)
    index = 0
    while index < len(tokens):
        word = tokens[index].word
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if word in words.TIMES and following is not None:
            one = single_digit(following)
            pieces.append((one[0] if one else following.word[0]) * words.TIMES[word])
            index += 2
            continue
        if word in words.TENS and following is not None and following.word in words.UNITS:
            pieces.append(str(words.TENS[word] + words.UNITS[following.word]))
            index += 2
            continue
        if word in _MARKS or word == ".":
            pieces.append(_MARKS.get(word, "."))
        elif word in words.UNITS or word in ("zero", "oh"):
            pieces.append(str(words.UNITS.get(word, 0)))
        elif word in words.TEENS or word in words.TENS:
            pieces.append(str(words.TEENS.get(word) or words.TENS.get(word)))
        elif word not in ("um", "uh", "er", ",", ";", ":", "#", "?", "!", "all", "lowercase", "lower", "case"):
            pieces.append(tokens[index].digits or word.replace("'", ""))
        index += 1
    return "".join(pieces).strip(".")
