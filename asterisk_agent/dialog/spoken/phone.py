"""Phone numbers as callers say them, as E.164."""

from __future__ import annotations

import re

import phonenumbers

from asterisk_agent.commerce.phone import e164
from asterisk_agent.dialog.spoken.digit_runs import parse_digits
from asterisk_agent.dialog.spoken.tokens import bounded

_THIS_NUMBER = re.compile(
    r"\b(?:call(?:ing|ed|in')?|phon(?:e|ing)|ring(?:ing)?) (?:you )?(?:from|on|with)\b|\b(?:number|one|phone"
    r"|line) (?:that )?(?:i'm|i am|im|we're|you see|you have there|showing|that's showing|on (?:your"
    r"|the) (?:caller|screen|display))"
    r"|\bthis (?:number|phone|one|line|very number|same number|cell|here)\b|\bsame (?:number|one|phone)\b"
    r"|\b(?:my |the )?caller id\b|\bthe one i'm\b|\bright here on this\b|\bi'm calling (?:you )?(?:from|on)\b"
    r"|\bcurrent number\b"
    r"|\bthe (?:number|one) (?:you see|that(?:'s| is| came| comes| shows?)? up|that shows|on your screen)\b",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"[,\s]*\b(?:ext(?:ension)?|x)\.?\s*(?:is\s+|number\s+)?(?:[\w\s-]*)$", re.IGNORECASE)
_AREA_LAST = re.compile(
    r"^(?P<rest>.*?)[,.\s]+(?:(?:with|and)\s+)?(?:the |my |that's )?area code(?: is|'s|,)?\s*(?P<area>.+)$",
    re.IGNORECASE,
)
_LABELS = re.compile(r"\barea code(?: is|'s)?\b,?|\bplus\b|\+|\bcountry code\b", re.IGNORECASE)
_KEYS = {
    letter: str(digit)
    for digit, letters in enumerate(("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), 2)
    for letter in letters
}


def parse_phone(text: str, country: str = "US", default_area_code: str = "", caller_id: str = "") -> str:
    """An E.164 number, or ''. Extensions are left out.

    ``default_area_code`` completes seven digits. ``caller_id`` answers "the number I'm calling from".
    """
    plain = bounded(text)
    digits_said = re.search(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine)\b(?!.{0,4}(?:i'm|i am|here|right))",
        plain,
        re.IGNORECASE,
    )
    numbers = len(
        re.findall(
            r"\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|ten|eleven|twelve"
            r"|\w+teen|\w+ty)\b",
            plain,
            re.IGNORECASE,
        )
    )
    if caller_id and _THIS_NUMBER.search(plain) and (not digits_said or numbers < 4):
        return e164(caller_id, country) or ""
    plain = _EXTENSION.sub("", plain) if numbers >= 7 else plain
    plain = _vanity(plain)
    written = list(phonenumbers.PhoneNumberMatcher(plain, country))
    if written:
        return str(phonenumbers.format_number(written[-1].number, phonenumbers.PhoneNumberFormat.E164))
    if country in ("US", "CA"):
        return _north_american(plain, country, default_area_code)
    for length in range(13, 7, -1):
        if digits := parse_digits(plain, (length,)):
            return e164(digits, country) or ""
    return ""


def _north_american(text: str, country: str, default_area_code: str) -> str:
    if (match := _AREA_LAST.match(text)) and (local := parse_digits(match.group("rest"), (7,))):
        area = parse_digits(match.group("area"), (3,))
        if area:
            return e164(area + local, country) or ""
    plain = _LABELS.sub(" ", text)
    abroad = re.search(r"\bplus\b|\+|\bcountry code\b", text, re.IGNORECASE)
    if abroad and not re.search(r"\bplus one\b|\+\s?1", text, re.IGNORECASE):
        for length in (12, 13, 11):
            if (digits := parse_digits(plain, (length,))) and (number := e164(f"+{digits}", country)):
                return number
    found = parse_digits(plain, (7, 10, 11) if default_area_code else (10, 11), _implausible)
    if not found and abroad:
        found = next((digits for length in (12, 13, 11) if (digits := parse_digits(plain, (length,)))), "")
        return e164(f"+{found}", country) or "" if found else ""
    whole = default_area_code + found if len(found) == 7 else found
    if len(whole) == 11 and not whole.startswith("1"):
        return e164(f"+{whole}", country) or "" if abroad else ""
    return (e164(whole, country) if whole else None) or ""


def _implausible(digits: str) -> float:
    """North American numbers: eleven digits begin with 1; area codes and exchanges never with 0 or 1 (NANP)."""
    if len(digits) == 11:
        return 0.0 if digits[0] == "1" and digits[1] not in "01" else 0.9
    return (0.9 if digits[0] in "01" else 0.0) + (0.35 if len(digits) == 7 else 0.0)


def _vanity(text: str) -> str:
    """'1-800-FLOWERS' as digits."""
    return re.sub(
        r"\b(1[-. ]?)?(8\d\d)[-. ]([A-Z]{7,})\b",
        lambda match: (
            f"{match.group(1) or ''}{match.group(2)}{''.join(_KEYS[char] for char in match.group(3).lower()[:7])}"
        ),
        text,
    )
