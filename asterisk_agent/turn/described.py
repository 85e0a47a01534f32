"""Whether an address, a day or a name has been said to its end; None where the words themselves decide."""

from __future__ import annotations

from collections.abc import Callable

from asterisk_agent.turn.lexicon import lexicon
from asterisk_agent.turn.spelling import DIGITS, TEENS, TENS, runs

MONTHS = lexicon(
    "january february march april may june july august september october november december",
    "jan feb mar apr jun jul aug sept sep oct nov dec",
)
WEEKDAYS = lexicon("monday tuesday wednesday thursday friday saturday sunday")
_DAYS_TO_COME = lexicon(
    "next this last coming following early late mid end beginning middle twenty thirty around before after between",
    "about",
)
_STREETS = lexicon(
    "street st avenue ave road rd drive dr lane ln boulevard blvd court ct place pl way circle terrace parkway highway",
    "trail square loop hollow bend alley broadway route plaza crescent ridge run row path",
)
_UNITS = lexicon("apartment apt unit suite ste floor building lot room number box")
_STATES = lexicon(
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois",
    "indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri",
    "montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington",
    "wisconsin wyoming hampshire jersey mexico york carolina dakota island",
)
_ZIP_DIGITS = (5, 9)
_SPELLED_NAME = 5
"""Letters of a name that was only spelled: shorter ones are waited for, a second longer."""
_TALK = lexicon(
    "i don't know can can't what why where how no not never same already have keep leave forget person agent human",
    "somebody someone help sorry wait hold hang repeat skip nothing correct right fine",
)
"""Words of refusals, questions and remarks: such answers are no address and no day."""


_GO_ON = lexicon("at in on of by near off the a an my our and or to from with it's that's is")
_SPANS = lexicon("days weeks months years")


def _is_number(word: str) -> bool:
    return word.isdigit() or word in DIGITS or word in TEENS or word in TENS


def address_complete(words: list[str]) -> bool | None:
    """An address is whole with its ZIP code or state at the end; a part that mends one, when the part is."""
    if _TALK & set(words):
        return None
    if words[-1] in _GO_ON:
        return False
    codes = [run for run in runs(words) if run.end == len(words)]
    ends_in_zip = bool(codes) and any(len(code) in _ZIP_DIGITS for code in codes[-1].readings)
    streets = [place for place, word in enumerate(words) if word in _STREETS and place > 0]
    if not streets:
        mends = bool({"zip", "city", *_UNITS} & set(words))
        if mends:
            if _is_number(words[-1]):
                return ends_in_zip or "zip" not in words
            return words[-1] not in _UNITS | {"zip", "code", "is"}
        return None if not any(_is_number(word) for word in words) else ends_in_zip
    if ends_in_zip and codes[-1].start > streets[-1]:
        return True
    return words[-1] in _STATES and len(words) - streets[-1] > 2


def date_complete(words: list[str]) -> bool | None:
    """A day is not whole at a bare month, at 'the', 'next' or 'twenty', or between two days that are weighed."""
    last = words[-1]
    if last in {"sometime", "early", "late"} and len(words) <= 2:
        return False
    if last in _SPANS and len(words) <= 3 and not {"in", "within", "for"} & set(words):
        return False
    if last in _DAYS_TO_COME or (last in MONTHS and last != "may" and not _day_before(words)):
        return False
    named = [place for place, word in enumerate(words) if word in WEEKDAYS or word in MONTHS]
    if "or" in words and named and not _TALK & set(words):
        return None if words.index("or") == 0 else False
    return None


def name_complete(words: list[str]) -> bool | None:
    """A spelled name is whole when it has all letters of the name that was said, or, without one, enough of them."""
    if words[-2:] == ["as", "in"]:
        return False
    codes = [run for run in runs(words) if run.end == len(words)]
    if not codes or len(words[-1]) > 1 or not words[-1].isalpha():
        return None
    letters = max(codes[-1].readings, key=len).replace("0", "o")
    said = words[: codes[-1].start]
    if letters in said or "".join(said).endswith(letters):
        return True
    if any(word.startswith(letters[:2]) for word in said):
        return False
    return len(letters) >= _SPELLED_NAME


def _day_before(words: list[str]) -> bool:
    """'the third of December': the month comes last."""
    return len(words) > 1 and (words[-2] == "of" or words[-2][:-2].isdigit() or _is_number(words[-2]))


DESCRIBED: dict[str, Callable[[list[str]], bool | None]] = {
    "address": address_complete,
    "date": date_complete,
    "name": name_complete,
}
"""Slots that are judged here."""
