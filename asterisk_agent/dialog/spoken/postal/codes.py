"""ZIP codes within an address."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken.details import parse_zip
from asterisk_agent.dialog.spoken.postal.leads import BREAK, LINKS
from asterisk_agent.dialog.spoken.postal.numbers import number_at
from asterisk_agent.dialog.spoken.vocabulary import word_set

_NUMBER_WORDS = word_set("- dash and oh o zero double triple hundred thousand hyphen")


def take_zip(rest: list[str]) -> tuple[list[str], str]:
    """Cut out the ZIP code: the number after its label, or the five (nine) digits at the end."""
    for at, word in enumerate(rest):
        if word in ("zip", "zipcode", "postcode", "postal"):
            code = parse_zip(" ".join(rest[at + 1 :]))
            if code:
                before = rest[:at]
                while before and before[-1] in LINKS:
                    before.pop()
                return [*before, BREAK, *_after_code(rest, at + 1, code)], code
    end = len(rest)
    while end and rest[end - 1] in (".", ",", BREAK, "usa", "u", "us", "america", "?"):
        end -= 1
    start = end
    while start and _number_like(rest[start - 1]):
        start -= 1
    while start < end and rest[start] in ("and", "-", ",", "dash"):
        start += 1
    if start < end and (start > 0 or end - start >= 1):
        number = number_at(rest[:end], start)
        digits = number[1] if number else ""
        text = " ".join(rest[start:end])
        code = parse_zip(text)
        plain = len(digits) == 5 or len(re.sub(r"\D", "", text)) == 9
        if (
            code
            and (plain or len(digits) > 5 or code != digits)
            and any(item.isalpha() and len(item) > 1 for item in rest[:start])
        ):
            if digits and len(digits) == 5 and not _after_street_or_city(rest[:start]):
                return rest, ""
            return rest[:start], code
    return rest, ""


def _after_street_or_city(before: list[str]) -> bool:
    """Whether words that are not mere links stand before, so that five digits are a ZIP code and no house number."""
    return any(word.isalpha() and word not in LINKS and word not in ("at", "in", "on") for word in before)


def _after_code(rest: list[str], at: int, code: str) -> list[str]:
    """What follows the ZIP code, whatever was said between its label and it."""
    for start in range(at, len(rest)):
        number = number_at(rest, start)
        if number and (number[1].startswith(code) or number[1].endswith(code)):
            end = number[0]
            while end < len(rest) and _number_like(rest[end]):
                end += 1
            return rest[end:]
    while at < len(rest) and (rest[at] in LINKS or rest[at] == "code" or _number_like(rest[at])):
        at += 1
    return rest[at:]


def _number_like(word: str) -> bool:
    return word.isdigit() or word in _NUMBER_WORDS or number_at([word], 0) is not None
