"""Units within a building and post office boxes: 'apartment four b', 'third floor', 'P O box'."""

from __future__ import annotations

from asterisk_agent.dialog.spoken.postal import words as usps
from asterisk_agent.dialog.spoken.postal.leads import BREAK, LINKS
from asterisk_agent.dialog.spoken.postal.numbers import ordinal_at, unit_at
from asterisk_agent.dialog.spoken.vocabulary import word_set

_UNIT_LINKS = LINKS | word_set("number # . no letter wrong code i'm in we're i am at changed")
_BOX = (
    ("p", "o", "box"),
    ("po", "box"),
    ("p", ".", "o", ".", "box"),
    ("post", "office", "box"),
    ("pobox",),
    ("po", "boxes"),
)


def take_units(rest: list[str]) -> tuple[list[str], str, str]:
    """Cut out 'apartment four b', 'suite 900', 'third floor'; (rest, 'Apt 4B', a ZIP code that ran into it)."""
    units: list[str] = []
    overflow = ""
    kept: list[str] = []
    at = 0
    while at < len(rest):
        taken = _unit_at(rest, at, kept)
        if taken is None:
            kept.append(rest[at])
            at += 1
            continue
        at, unit = taken
        digits = unit.rsplit(" ", 1)[-1]
        if digits.isdigit() and len(digits) >= 6 and at >= len(rest):
            unit, overflow = unit[:-5], digits[-5:]
        units = [other for other in units if other.split(" ")[0] != unit.split(" ")[0]]  # 'change apartment 1 to 2'
        units.append(unit)
        kept.append(BREAK)
    return kept, " ".join(units), overflow


def _unit_at(rest: list[str], at: int, kept: list[str]) -> tuple[int, str] | None:
    word = rest[at]
    after_street = any(item in usps.SUFFIXES or item in usps.NO_SUFFIX for item in kept)
    floor = ordinal_at(rest, at)
    if floor and floor[0] < len(rest) and rest[floor[0]] in ("floor", "fl"):
        return floor[0] + 1, f"Fl {floor[1][:-2]}"
    if word in ("number", "#", "no") and not after_street and not (word == "#" and at == 0):
        return None
    if word == "p" and rest[at + 1 : at + 2] == ["h"] and after_street:
        found = unit_at(rest, at + 2)
        return (found[0], f"PH {found[1]}") if found else (at + 2, "PH")
    if word in usps.UNITS:
        start = at + 1
        while start < len(rest) and rest[start] in _UNIT_LINKS:
            if rest[start] == "a" and (start + 1 == len(rest) or rest[start + 1] in (",", BREAK)):
                break
            start += 1
        found = unit_at(rest, start)
        if found and not _begins_a_street(rest, found[0], kept):
            return found[0], f"{usps.UNITS[word]} {found[1]}"
        if word in usps.BARE_UNITS and after_street:
            return at + 1, usps.BARE_UNITS[word]
        return None
    if (
        word in usps.BARE_UNITS
        and after_street
        and (at + 1 == len(rest) or rest[at + 1] in (",", BREAK, "apartment", "unit"))
    ):
        extra = 1 if rest[at + 1 : at + 2] in (["apartment"], ["unit"]) and not unit_at(rest, at + 2) else 0
        return at + 1 + extra, usps.BARE_UNITS[word]
    return None


def _begins_a_street(rest: list[str], at: int, kept: list[str]) -> bool:
    """'number 12 elm street': the number is the house's."""
    return not kept and any(word in usps.STRONG for word in rest[at : at + 3]) and rest[at : at + 1] != [","]


def take_box(rest: list[str]) -> tuple[list[str], str]:
    """Cut out a post office box; (rest, 'PO Box 123')."""
    for at in range(len(rest)):
        for phrase in _BOX:
            if tuple(rest[at : at + len(phrase)]) == phrase:
                start = at + len(phrase)
                while start < len(rest) and rest[start] in ("number", "#", "is", "it's"):
                    start += 1
                found = unit_at(rest, start)
                if found:
                    digits, end = found[1], found[0]
                    return [*rest[:at], BREAK, *rest[end:]], f"PO Box {digits}"
    return rest, ""
