"""The street line: house number, directions, name and suffix."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.dialog.spoken.postal import words as usps
from asterisk_agent.dialog.spoken.postal.leads import BREAK, lead_end
from asterisk_agent.dialog.spoken.postal.naming import is_state, named
from asterisk_agent.dialog.spoken.postal.numbers import long_ordinal_at, number_at, ordinal_at, unit_at


@dataclass(frozen=True)
class Street:
    """What was said of the street line; '' for what was not."""

    number: str = ""
    before: str = ""
    street: str = ""
    suffix: str = ""
    after: str = ""


def take_street(rest: list[str], streets: frozenset[str], boxed: bool) -> tuple[Street, list[str]]:
    """(street, the words after it). ``streets``: words of names that need no suffix; ``boxed``: it is a PO box."""
    if boxed:
        return Street(), rest
    start = next((at for at in range(len(rest)) if number_at(rest, at) and not ordinal_at(rest, at)), -1)
    number = ""
    if start >= 0:
        at, number = number_at(rest, start) or (start, "")
        at, number = _number_tail(rest, at, number)
        while at < len(rest) and rest[at] in (",", "."):
            at += 1
    else:
        suffixed = any(word in usps.STRONG for word in rest)
        known = any(word in streets for word in rest)
        ahead = lead_end(rest)
        only_direction = (
            len([word for word in rest[ahead:] if word.isalpha()]) == 1
            and rest[ahead:]
            and rest[ahead] in usps.DIRECTIONS
        )
        if not suffixed and not known and not only_direction:
            return Street(), rest
        at = ahead
    stop = _stop(rest, at)
    segment = rest[at:stop]
    before, name, suffix, after, used = _street_words(segment, streets)
    return Street(number, before, name, suffix, after), rest[at + used :]


def _number_tail(rest: list[str], at: int, number: str) -> tuple[int, str]:
    """'221 b', '456 and a half', '12 dash 34' after the house number."""
    if rest[at : at + 3] == ["and", "a", "half"]:
        return at + 3, f"{number} 1/2"
    if rest[at : at + 3] == ["1", "/", "2"]:
        return at + 3, f"{number} 1/2"
    word = rest[at] if at < len(rest) else ""
    if word in ("-", "dash", "hyphen") and (more := number_at(rest, at + 1)):
        return more[0], f"{number}-{more[1]}"
    following = rest[at + 1] if at + 1 < len(rest) else ""
    if following == "as" and (letter := unit_at(rest, at)):
        return letter[0], number + letter[1]
    if word == "u" and following == "s":
        return at, number
    if len(word) == 1 and word.isalpha() and word not in "nsew" and following and following not in (",", "street"):
        return at + 1, number + word.upper()
    return at, number


def _stop(rest: list[str], at: int) -> int:
    """Where the street's words end at the latest: a part cut out, or a comma after a name."""
    for end in range(at, len(rest)):
        if rest[end] == BREAK or (rest[end] in (",", ".", ";", "?") and end > at):
            return end
    return len(rest)


def _street_words(segment: list[str], streets: frozenset[str]) -> tuple[str, str, str, str, int]:
    """(direction before, name, suffix, direction after, words used)."""
    at, before = 0, ""
    after_first = segment[1] if len(segment) > 1 else ""
    if (
        segment
        and segment[0] in usps.DIRECTIONS
        and after_first != "end"
        and (
            not after_first
            or after_first not in usps.STRONG
            or (len(segment) > 2 and (segment[2] in usps.STRONG or segment[2].isdigit()))
        )
    ):
        before, at = usps.DIRECTIONS[segment[0]], 1
    for phrase, written in usps.NUMBERED_ROADS.items():
        end = at + len(phrase)
        number = unit_at(segment, end) if tuple(segment[at:end]) == phrase else None
        if number:
            after = segment[number[0]] if number[0] < len(segment) else ""
            ends = after in usps.DIRECTIONS and not _in_city(segment, number[0])
            return (
                *(before, f"{written} {number[1]}", ""),
                *(usps.DIRECTIONS[after] if ends else "", number[0] + ends),
            )
    if segment[at : at + 1] in (["avenue"], ["ave"]) and len(segment) > at + 1:
        if segment[at + 1] == "of":
            end = at + 3 + (segment[at + 2 : at + 3] == ["the"])
            name = " ".join(word if word in ("of", "the") else named([word]) for word in segment[at + 1 : end])
            return before, f"Avenue {name}", "", "", min(end, len(segment))
        if len(segment[at + 1]) == 1:
            return before, f"Avenue {segment[at + 1].upper()}", "", "", at + 2
    suffix_at = _suffix_place(segment, at, streets)
    if suffix_at is None:
        end = _name_end(segment, at, streets)
        return before, named(segment[at:end]), "", "", end
    name = named(segment[at:suffix_at])
    end = suffix_at + 1
    after = ""
    direction = segment[end] if end < len(segment) else ""
    if direction in usps.DIRECTIONS and not _in_city(segment, end):
        after, end = usps.DIRECTIONS[direction], end + 1
    suffix = usps.SUFFIXES[segment[suffix_at]]
    if name.lower() == "the":  # 'The Meadows' is the whole name
        return before, f"The {segment[suffix_at].capitalize()}", "", after, end
    if segment[end : end + 1] == ["extension"]:
        suffix, end = f"{suffix} Ext", end + 1
    return before, name, suffix, after, end


def _in_city(segment: list[str], at: int) -> bool:
    """Whether the direction at ``at`` begins a city ('North Hollywood') rather than ends a street ('1st Ave N')."""
    return segment[at + 1] in usps.AFTER_DIRECTION if at + 1 < len(segment) else False


def _suffix_place(segment: list[str], at: int, streets: frozenset[str]) -> int | None:
    """The word that ends the street's name: the first plain suffix after a name, the last of several in a row."""
    first = at + 1
    if segment[at : at + 1] and segment[at] in usps.STRONG and len(segment) == at + 1:
        return at
    places = [
        place for place in range(first, len(segment)) if segment[place] in usps.STRONG and not _saint(segment, place)
    ]
    if places:
        place = places[0]
        while place + 1 in places and segment[place + 1] not in ("st",):
            place += 1
        return place
    weak = [
        place
        for place in range(first, len(segment))
        if segment[place] not in streets and segment[place] in usps.SUFFIXES and not _saint(segment, place)
    ]
    if weak:
        place = weak[0]
        while place + 1 in weak:
            place += 1
        return place
    return None


def _saint(segment: list[str], place: int) -> bool:
    """'st' before a name that a suffix follows: 'st marks place'."""
    if segment[place] != "st" or place + 1 >= len(segment):
        return False
    return any(word in usps.STRONG for word in segment[place + 1 : place + 3])


def _name_end(segment: list[str], at: int, streets: frozenset[str]) -> int:
    """The end of a street's name without a suffix: before the city, of which only the state is sure."""
    if at < len(segment) and segment[at] in usps.NO_SUFFIX:
        return at + 1
    if ordinal := long_ordinal_at(segment, at):
        return ordinal[0]
    for place in range(at, len(segment)):
        if segment[place] in streets and segment[place + 1 : place + 2] not in [[word] for word in streets]:
            return place + 1
    if not any(is_state(segment, place) for place in range(at + 1, len(segment))):
        return _city_start(segment, at)
    return min(at + 1, len(segment))


def _city_start(segment: list[str], at: int) -> int:
    for place in range(at + 1, len(segment)):
        if segment[place] == "in":
            return place
    return len(segment)
