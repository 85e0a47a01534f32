"""The parts of one address in one stretch of speech without corrections."""

from __future__ import annotations

import re
from dataclasses import dataclass

from asterisk_agent.dialog.spoken.postal.codes import take_zip
from asterisk_agent.dialog.spoken.postal.leads import BREAK, FILLERS, LINKS
from asterisk_agent.dialog.spoken.postal.numbers import number_at
from asterisk_agent.dialog.spoken.postal.places import take_city
from asterisk_agent.dialog.spoken.postal.streets import take_street
from asterisk_agent.dialog.spoken.postal.units import take_box, take_units

_NUMBER_LABELS = re.compile(
    r"\b(?:house|street|building|address|door) numbers?(?= (?:is|was|should|isn't|it's|changed|to)\b| ,)"
)


@dataclass(frozen=True)
class Parts:
    """What was said of an address, each part in its final form; '' for what was not said."""

    number: str = ""
    before: str = ""
    street: str = ""
    suffix: str = ""
    after: str = ""
    box: str = ""
    unit: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    bare: str = ""
    """A number that says by itself not what it is."""

    @property
    def line1(self) -> str:
        """The street line."""
        if self.box:
            return self.box
        return " ".join(part for part in (self.number, self.before, self.street, self.suffix, self.after) if part)


def parts_of(
    spoken: list[str], codes: frozenset[str], streets: frozenset[str] = frozenset(), city_named: bool = False
) -> Parts:
    """``spoken``: lower-case words and punctuation; ``codes``: two-letter words that stood in capitals.

    ``streets``: words of street names known from before, which count as a street without any suffix. ``city_named``:
    words that are nothing else are the city, because the wrong city was named too.
    """
    rest = [word for word in _joined_directions(spoken) if word not in FILLERS]
    rest, labelled_number = _house_label(rest)
    rest, unit, overflow = take_units(rest)
    rest, box = take_box(rest)
    rest, code = take_zip(rest)
    code = code or overflow
    street, rest = take_street(rest, streets, bool(box))
    city, state = take_city(rest, codes, bool(street.number or street.suffix or box) or city_named, bool(code))
    number = street.number or labelled_number
    bare = ""
    if number and not street.street and not street.suffix and not labelled_number and not street.before:
        bare, number = number, ""
    return Parts(number, street.before, street.street, street.suffix, street.after, box, unit, city, state, code, bare)


def _joined_directions(spoken: list[str]) -> list[str]:
    """'north west' as 'northwest', 'n w' as 'nw'."""
    joined: list[str] = []
    for word in spoken:
        if (joined and joined[-1] in ("north", "south") and word in ("east", "west")) or (
            joined and joined[-1] in ("n", "s") and word in ("e", "w")
        ):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _house_label(rest: list[str]) -> tuple[list[str], str]:
    """'the house number is fourteen twenty four'."""
    text = " ".join(rest)
    match = _NUMBER_LABELS.search(text)
    if match is None:
        return rest, ""
    start = len(text[: match.start()].split())
    at = start + len(match.group().split())
    while at < len(rest) and rest[at] in LINKS:
        at += 1
    number = number_at(rest, at)
    return ([*rest[:start], BREAK, *rest[number[0] :]], number[1]) if number else (rest, "")
