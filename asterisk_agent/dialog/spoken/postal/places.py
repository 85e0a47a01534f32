"""City and state: what is left when street, unit and ZIP code are taken out."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken.postal import words as usps
from asterisk_agent.dialog.spoken.postal.leads import BREAK, lead_end
from asterisk_agent.dialog.spoken.postal.naming import named
from asterisk_agent.dialog.spoken.postal.numbers import number_at
from asterisk_agent.dialog.spoken.vocabulary import word_set

_CITY_LABELS = re.compile(
    r"(?:\b(?:the|my) (?:city|town)(?: name)?|\b(?:city|town)(?: name)?(?= (?:is|should|was|would|of)\b)"
    r"|\b(?:city|town)'s)\b"
    r"(?: of)?[ ,:]*(?:(?:it's|should be|is|it should be|was|would be|to)\b[ ,:]*)*"
)
_STATE_LABEL = re.compile(r"\bstate(?: is| should be|'s)?\b[ ,:]*(?:it's |should be |it should be |is )*(?=\w)")
_NOT_CITY = word_set(
    "wrong right address zip code street apartment unit number it's its it same except everything forgot you i"
    " we don't not my me is was should be have has and change can could want need different correct the order"
    " neighbor neighbour house home door porch back work office friend"
)


def take_city(rest: list[str], codes: frozenset[str], after_street: bool, before_zip: bool) -> tuple[str, str]:
    """(city, state code) of the words that are left.

    ``after_street``: a street stood before them, so that they need no 'in' or 'to' to be a city.
    """
    text = " ".join(word for word in rest if word != ".")
    labelled = max(_CITY_LABELS.finditer(text), key=lambda match: match.start(), default=None)
    if labelled and text[labelled.end() :].strip(" ,|"):
        text = text[labelled.end() :]
        after_street = True
    elif label := _STATE_LABEL.search(text):
        _, state = _split_state(text[label.end() :].replace(",", " ").split(), codes, True)
        if state:
            return "", state
    spoken = [word for word in text.split() if word not in (BREAK, "?", "!", ";", ":", "usa", "america")]
    lead = lead_end(spoken)
    led = lead > 0 and bool(re.search(r"\b(?:to|in|at|live|from|over)\b", " ".join(spoken[:lead])))
    spoken = spoken[lead:]
    while spoken and spoken[0] in (",", "in", "and", "over", "it's", "out", "here", "that's", "the", "is", "of"):
        led = led or spoken[0] == "in"
        spoken = spoken[1:]
    while spoken and spoken[-1] in (",", ".", "and", "the", "my"):
        spoken.pop()
    words, state = _split_state(spoken, codes, before_zip)
    city = [word for word in words if word != ","]
    if not (after_street or state or led or before_zip) or len(city) > 4 or any(word in _NOT_CITY for word in city):
        return "", state
    return _city(city) if any(word.isalpha() and number_at([word], 0) is None for word in city) else "", state


def _city(words: list[str]) -> str:
    written = named(words)
    return re.sub(r"^St (?=[A-Z])", "St. ", written)


def _split_state(spoken: list[str], codes: frozenset[str], before_zip: bool) -> tuple[list[str], str]:
    """(the city's words, state code) where the state stands at the end."""
    bare = [word for word in spoken if word not in (",", ".")]
    for length in (3, 2, 1):
        name = " ".join(bare[-length:])
        head = bare[:-length]
        if len(bare) < length or name not in usps.STATES:
            continue
        if not head and name in usps.CITIES_LIKE_STATES:
            return bare, ""
        if name == "jersey" and head[-1:] == ["new"]:
            continue
        return head, usps.STATES[name]
    last = bare[-1] if bare else ""
    if (
        len(last) == 2
        and last.upper() in usps.CODES
        and (last not in usps.CODES_THAT_ARE_WORDS or last.upper() in codes or before_zip)
    ):
        return bare[:-1], last.upper()
    if len(bare) >= 2 and len(bare[-1]) == len(bare[-2]) == 1 and (bare[-2] + bare[-1]).upper() in usps.CODES:
        return bare[:-2], (bare[-2] + bare[-1]).upper()
    return bare, ""
