"""Names of streets and cities in their written form."""

from __future__ import annotations

from asterisk_agent.dialog.spoken.capitals import capitalized
from asterisk_agent.dialog.spoken.postal import words as usps
from asterisk_agent.dialog.spoken.postal.leads import BREAK
from asterisk_agent.dialog.spoken.postal.numbers import long_ordinal_at, number_at

_INITIALS = frozenset({"mlk", "jfk", "fdr"})


def named(name: list[str]) -> str:
    """Street or city words in their written form; ordinals as '5th'."""
    written: list[str] = []
    at = 0
    while at < len(name):
        if ordinal := long_ordinal_at(name, at):
            written.append(ordinal[1])
            at = ordinal[0]
        elif number := number_at(name, at):
            written.append(number[1])
            at = number[0]
        else:
            if name[at] not in (",", ".", BREAK, "-"):
                written.append(_word(name[at], at))
            at += 1
    return " ".join(written)


def _word(word: str, place: int) -> str:
    if word in ("saint", "st"):
        return "St"
    if word in ("junior", "jr"):
        return "Jr"
    if word in _INITIALS:
        return word.upper()
    return word if place and word in ("of", "the", "and", "de", "del", "la", "las", "los") else capitalized([word])


def is_state(segment: list[str], at: int) -> bool:
    """Whether a state's name or code stands at ``at``."""
    if any(" ".join(segment[at : at + length]) in usps.STATES for length in (1, 2, 3)):
        return True
    code = segment[at] if at < len(segment) else ""
    return code.upper() in usps.CODES and code not in usps.CODES_THAT_ARE_WORDS
