"""Reads the answer to a flow's question out of the caller's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, utils

from asterisk_agent.commerce.models import Address, DeliverySlot, Item, PickupPoint
from asterisk_agent.commerce.phone import can_be_called, e164
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.flows.format import SlotKind
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.spoken.address import SpokenAddress
from asterisk_agent.dialog.spoken.parse import Context, parse
from asterisk_agent.dialog.spoken.postal.zip_states import state_of, without_state

_ORDINALS = (
    (re.compile(r"\b(?:first|1st|earliest|soonest|former|number one)\b|^one$"), 0),
    (re.compile(r"\b(?:second|2nd)\b"), 1),
    (re.compile(r"\b(?:third|3rd)\b"), 2),
    (re.compile(r"\b(?:fourth|4th)\b"), 3),
    (re.compile(r"\b(?:last|latest|latter)\b"), -1),
)
_ANY = re.compile(r"\b(?:any|either|whichever|whatever|doesn't matter|don't care|don't mind|you choose|you pick)\b")
_WEEKDAY = re.compile(r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tomorrow|today)\b")
"""A day that is named is that day or none: 'Saturday' is not nearly 'Thursday'."""
_SOME_DAY = re.compile(
    r"\b(?:next week|following week|this week|in a week|later (?:this|in the) week|the week (?:after|of)|weekends?)\b"
)
"""More than one day; none of them is chosen yet."""
_DAY_OF_MONTH = re.compile(
    r"\b(?:(?:\d+|four|fif|six|seven|eigh|nin|ten|eleven|twelf|[a-z]+teen|[a-z]+tie)th|\d*(?:1st|2nd|3rd)|first|second"
    r"|third|this|next|tomorrow|today)\b"
)
_TOO = re.compile(r"\b(?:too|a bit|kinda|kind of|i have|i got|i ordered) (?:a |the )?\w+")
"""What a caller has, not what is wanted: 'it's too small, a large please'."""
_NONE = re.compile(r"\b(?:none|neither|nothing|no other|not any)\b")
_PARTS_OF_DAY = (
    (re.compile(r"\bmornings?\b"), range(5, 12)),
    (re.compile(r"\bafternoons?\b"), range(12, 17)),
    (re.compile(r"\b(?:evenings?|tonight|after work)\b"), range(16, 23)),
)
_HOUR = re.compile(r"\b(?:at |from |between )?(\d{1,2})(?::\d\d)?\s*(a\.?m|p\.?m|o'?clock)?\b")
_RATINGS = {
    "ten": 10, "nine": 9, "eight": 8, "seven": 7, "six": 6, "five": 5, "four": 4, "three": 3, "two": 2, "one": 1,
    "zero": 0,
}  # fmt: skip
_COUNTED = re.compile(
    rf"\b(?:\d+|{'|'.join(_RATINGS)}) (?:days?|weeks?|months?|hours?|minutes?|times?|calls?|boxes|packages|people)\b"
    r"|\b(?:no|this|that|the|each|every|any|some) one\b"
)
"""Numbers that count something else than stars."""
_SIZES = {
    word: str(value)
    for value, word in enumerate(
        ["four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"], 4
    )
}
"""Number words of sizes as the stock writes them; smaller ones are mostly 'the one', 'the two'."""
_LACKS = r" (?:weren't|wasn't|aren't|isn't|is missing|are missing|was missing|were missing|missing|never|didn't)\b"
_MISSES = r"\b(?:missing|without|no|forgot|left out)(?: (?:the|my|any|an?|\w+))?"
_VARIANTS = {"small": "s", "medium": "m", "large": "l"}
_ALIKE = 72.0
"""rapidfuzz partial ratio, 0…100, from which words name a thing."""


@dataclass(frozen=True)
class Question:
    """What was asked: the kind of slot, the choices, and what the answer is read against."""

    kind: SlotKind
    zone: ZoneInfo
    today: date
    options: Sequence[Any] = ()
    expects: Literal["past", "future", ""] = ""
    address: Address | None = None
    country: str = "US"
    booked: date | None = None
    """The day that is to be moved: 'push it back a week' counts from it."""
    caller_phone: str = ""
    prefilled: bool = False
    """The words were said before the question: only what is plainly an answer counts."""


def read(question: Question, text: str) -> Any | None:
    """The answer, None if the words hold none."""
    plain = " ".join(_SIZES.get(word, word) for word in _bare(text).split())
    match question.kind:
        case "words":
            if question.prefilled:
                return swap["wanted"].strip() if (swap := _SWAP.search(text)) else None
            return text.strip() if plain else None
        case "rating":
            return None if question.prefilled else _rating(plain)
        case "phone":
            return _phone(question, text, plain)
        case "date":
            if question.booked and (shift := _SHIFT.search(plain)):
                return question.booked + _moved_by(shift)
            found = parse("date", text, Context(today=question.today, expects=question.expects))
            return date.fromisoformat(found) if isinstance(found, str) else None
        case "address":
            return _address(question, text)
        case "choice" | "item":
            return _choice(question, text, plain)
        case _:
            return None


def _bare(text: str) -> str:
    """Lower case, without punctuation around words."""
    words = (word.strip(".:'") for word in re.sub(r"[^a-z0-9':. ]+", " ", text.lower()).split())
    return " ".join(word for word in words if word)


_SWAP = re.compile(
    r"\b(?:exchang|swap|trad|switch)\w*\b[^.?!]*?\bfor (?P<wanted>(?:an?|the|one) [^.,;?!]+)", re.IGNORECASE
)
"""'Exchange the blanket for a bigger one.'"""
_COUNT = r"an?|one|two|three|four|five|six|\d{1,2}"
_SHIFT = re.compile(
    rf"\b(?:push|move|mov|delay|bump|back|later|put|hold)\w*\b.{{0,20}}?\b({_COUNT}) (day|week)s?\b"
    rf"|\b({_COUNT}) (?:more )?(day|week)s? (?:later|back|after)\b"
)
"""'Push it back a week', 'two weeks later'."""
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def _moved_by(shift: re.Match[str]) -> timedelta:
    count, unit = (group for group in shift.groups() if group)
    number = _COUNTS.get(count) or int(count)
    return timedelta(days=number * (7 if unit == "week" else 1))


def narrowed(question: Question, text: str) -> list[Any]:
    """Of days or windows those that the words leave: 'what's in the afternoon'; all where they say nothing."""
    options = list(question.options)
    if not options or not isinstance(options[0], date | DeliverySlot):
        return options
    plain = _bare(text)
    week = _week(question.today, plain)
    left = [one for one in options if week is None or week[0] <= _day(one, question.zone) <= week[1]]
    left = _on_weekday(left, plain, question) or left
    return _at_time(left, plain, question.zone) if left and isinstance(left[0], DeliverySlot) else left or options


def _week(today: date, plain: str) -> tuple[date, date] | None:
    """First and last day of the week that is spoken of."""
    monday = today - timedelta(days=today.weekday())
    if re.search(r"\b(?:next|following) week\b", plain):
        return monday + timedelta(days=7), monday + timedelta(days=13)
    if re.search(r"\bthis week\b", plain):
        return today, monday + timedelta(days=6)
    return None


def _rating(plain: str) -> int | None:
    plain = _COUNTED.sub(" ", plain)
    found = re.search(r"\b(10|\d)\b", plain)
    if found:
        return int(found.group(1))
    return next((value for word, value in _RATINGS.items() if re.search(rf"\b{word}\b", plain)), None)


def _phone(question: Question, text: str, plain: str) -> str | None:
    found = parse("phone", text, Context(country=question.country, caller_id=question.caller_phone))
    if isinstance(found, str):
        number = e164(found, question.country)
        return number if number and can_be_called(number, question.country) else None
    this_one = re.search(r"\b(?:this|same|that) (?:one|number|phone|line)\b|\bcalling from\b", plain)
    return question.caller_phone or None if this_one else None


_NEW_PLACE = re.compile(
    r"\b(?:sen[dt]|ship\w*|deliver\w*|chang\w*|mov\w*|redirect\w*|forward\w*|go(?:es|ing)?)\b[^.?!]{0,40}?\bto\b(?P<to>.+)"
    r"|\b(?:new|right|correct|updated|actual) address\b(?: is| should be|:)?(?P<is>.+)",
    re.IGNORECASE | re.DOTALL,
)


def new_place(text: str) -> str:
    """Of a turn that says more, the part that may be an address: 'order 10442, send it to 7401 Carroll Avenue …'."""
    found = _NEW_PLACE.search(text)
    return (found["to"] or found["is"]) if found else ""


_NO_PLACE = re.compile(
    r"\b(?:zip|order|number|phone|e-?mail|card|wrong|typed|address|please|my|is|it|daughter|son|mother|husband|wife)\b"
    r"|\blast(?: four)?$",
    re.IGNORECASE,
)
"""Words that stand in no street or city: the caller speaks of something else."""


def _address(question: Question, text: str) -> Address | None:
    """A whole address: what was said, and what of the present one stays. None until there is a street or a unit."""
    now = question.address
    present = SpokenAddress(now.line1, now.line2, now.city, now.state, now.zip) if now else None
    said = parse("address", text, Context(country=question.country, current_address=present))
    if said is None and not question.prefilled and isinstance(code := parse("zip", text, Context()), str) and code:
        said = SpokenAddress(None, None, None, None, code)  # 'it should be 84790': all else stays
    if not isinstance(said, SpokenAddress) or _NO_PLACE.search(f"{said.line1 or ''} {said.city or ''}"):
        return None
    moved = said.line1 is not None
    mended = said.line2 and re.search(r"\b(?:should be|instead of|not)\b", text)
    if question.prefilled and not (moved and (said.city or said.zip)) and not mended:
        return None
    if not moved and (now is None or not any((said.line2, said.zip, said.city))):
        return None
    old = now if now is not None else Address(line1="", city="", state="", zip="")
    city, state, code = said.city or old.city, said.state or old.state, said.zip or old.zip
    if said.zip and not said.state and question.country == "US":
        # The state of the address before is not that of another ZIP code.
        state = state_of(said.zip)
        city = without_state(city, state)
    if not (said.line1 or old.line1) or not city or not code or not state:
        return None
    same_street = moved and _street(said.line1 or "") == _street(old.line1)
    return Address(
        line1=said.line1 or old.line1,
        line2=said.line2 or (old.line2 if same_street or not moved else None),
        city=city,
        state=state,
        zip=code,
        country=question.country,
    )


def _street(line: str) -> str:
    """A street line without its number: 'no wait, 80, not 88' is about the same door."""
    return re.sub(r"^\d+\s+", "", line).lower()


def _choice(question: Question, text: str, plain: str) -> Any | None:
    options = list(question.options)
    if not options or _NONE.search(plain):
        return None
    if isinstance(options[0], date | DeliverySlot):
        if question.prefilled and touches(text, "not_then"):
            # 'A second attempt tomorrow, but I work' names no day; 'I work tomorrow. Can they come Friday?' does.
            if len({day.group() for day in _WEEKDAY.finditer(plain)}) < 2:
                return None
            text = " ".join(part for part in re.split(r"[.,;?!]\s", text) if not touches(part, "not_then"))
            plain = _bare(text)
        if not question.prefilled and touches(text, "not_then"):
            # 'Well, I'm working tomorrow' chooses another day than that.
            text = " ".join(
                part for part in re.split(r"[.,;?!]\s|\b(?:but|so)\b", text) if not touches(part, "not_then")
            )
            plain = _bare(text)
        found = _by_time(question, options, text, plain)
        if found is not None or _WEEKDAY.search(plain):
            return found
    fitting = _TOO.sub(" ", plain)
    told = [option for option in options if _told_apart(option, options, fitting)]
    if len(told) == 1:
        return told[0]
    others = [option for option in options if not _is_alone(option, plain)]
    if len(others) == 1 and len(options) == 2:
        return others[0]
    if len(lacking := [option for option in options if _is_lacking(option, plain)]) == 1:
        return lacking[0]
    named = sorted(((_likeness(option, plain), place) for place, option in enumerate(options)), reverse=True)
    if named[0][0] >= _ALIKE and (len(named) == 1 or named[0][0] - named[1][0] >= 5):
        return options[named[0][1]]
    if question.prefilled:
        return None
    for pattern, place in _ORDINALS:
        if pattern.search(plain) and -len(options) <= place < len(options):
            return options[place]
    if _ANY.search(plain):
        return options[0]
    return (
        options[0] if len(options) == 1 and re.search(r"\b(?:yes|yeah|sure|ok|okay|fine|works|that)\b", plain) else None
    )


def _by_time(question: Question, options: list[Any], text: str, plain: str) -> Any | None:
    """The one option on the day and at the time that were said; a day or time that is not offered gives None."""
    vague = _SOME_DAY.search(plain) and not _WEEKDAY.search(plain)
    days = {name for name in ear.WEEKDAYS if re.search(rf"\b{name.lower()}\b", plain)}
    offered = [one for one in options if ear.WEEKDAYS[_day(one, question.zone).weekday()] in days]
    if len(days) > 1 and len(offered) == 1:
        return offered[0]  # 'Thursday I can't, is Saturday open?'
    found = None if vague else parse("date", text, Context(today=question.today, expects="future"))
    left = options
    if isinstance(found, str):
        day = date.fromisoformat(found)
        left = [option for option in left if _day(option, question.zone) == day] or _on_weekday(left, plain, question)
    if isinstance(options[0], DeliverySlot):
        left = _at_time(left, plain, question.zone)
    if len(left) == 1 and (isinstance(found, str) or len(left) < len(options)):
        return left[0]
    return left[0] if left and isinstance(found, str) and not isinstance(options[0], DeliverySlot) else None


def _on_weekday(options: list[Any], plain: str, question: Question) -> list[Any]:
    """'Tuesday' is the Tuesday that is offered, were it the one after the next."""
    if _DAY_OF_MONTH.search(plain):
        return []
    named = [name for name in ear.WEEKDAYS if re.search(rf"\b{name.lower()}\b", plain)]
    return [one for one in options if [ear.WEEKDAYS[_day(one, question.zone).weekday()]] == named]


def _day(option: Any, zone: ZoneInfo) -> date:
    if isinstance(option, DeliverySlot):
        return option.start.astimezone(zone).date()
    return option.date() if isinstance(option, datetime) else option


def _at_time(slots: list[Any], plain: str, zone: ZoneInfo) -> list[Any]:
    for pattern, hours in _PARTS_OF_DAY:
        if pattern.search(plain):
            return [slot for slot in slots if slot.start.astimezone(zone).hour in hours] or slots
    for found in _HOUR.finditer(plain):
        said = int(found.group(1)) % 12
        fitting = [slot for slot in slots if slot.start.astimezone(zone).hour % 12 == said]
        if len(fitting) == 1:
            return fitting
    return slots


def _told_apart(option: Any, options: list[Any], plain: str) -> bool:
    """Whether the words hold everything by which an option differs from the others: 'size 10', not 'size 9'."""
    own = _tokens(option)
    shared = set(own)
    for other in options:
        shared &= _tokens(other)
    apart = own - shared
    said = re.sub(r" and a half\b", " 5", plain).replace(".", " ").split()
    return bool(apart) and apart <= {*(_VARIANTS.get(word, word) for word in said), *plain.split()}


def _is_lacking(option: Any, plain: str) -> bool:
    """'The filters weren't in there, only the kettle': it is about the filters."""
    words = utils.default_process(_name_of(option)).split()
    last = re.escape(words[-1].rstrip("s")) if words and len(words[-1]) >= 3 else ""
    return bool(last) and re.search(rf"\b{last}\w*(?: \w+)?{_LACKS}|{_MISSES} {last}", plain) is not None


def _is_alone(option: Any, plain: str) -> bool:
    """'I only got the mug': it is not about the mug."""
    words = utils.default_process(_name_of(option)).split()
    named = "|".join(re.escape(word.rstrip("s")) for word in words if len(word) >= 3)
    came = r"(?:came|arrived|showed up|made it|was (?:in|there)|is here)"
    if named and re.search(rf"\b(?:only|just) (?:the|my|one) (?:\w+ )?(?:{named})\w* {came}\b", plain):
        return True
    return (
        bool(named)
        and re.search(rf"\bonly (?:got|received|get|had|have|saw|came with|the)(?: \w+){{0,3}}? (?:{named})", plain)
        is not None
    )


def _tokens(option: Any) -> set[str]:
    words = utils.default_process(_name_of(option)).split()
    return {_VARIANTS.get(word, word) for word in words} - {"size", "colour", "color", "the", "in"}


def _name_of(option: Any) -> str:
    if isinstance(option, Item | PickupPoint):
        return option.name
    return option if isinstance(option, str) else ""


def _likeness(option: Any, plain: str) -> float:
    """How well the words name an option, 0…100."""
    if isinstance(option, date):
        return max((fuzz.ratio(ear.WEEKDAYS[option.weekday()].lower(), word) for word in plain.split()), default=0.0)
    wanted = utils.default_process(_name_of(option))
    content = " ".join(word for word in plain.split() if len(word) > 2)
    if not wanted or not content:
        return 0.0
    if wanted in plain:
        return 100.0
    words = wanted.split()
    whole = fuzz.partial_ratio(wanted, content) if len(wanted) >= 4 else 0.0
    if len(content) < len(wanted):  # of a part of the name the letters must be a word's: 'great' is no 'reading lamp'
        pairs = ((one, other) for one in words for other in content.split() if len(one) >= 4)
        whole = max((fuzz.ratio(one, other) for one, other in pairs), default=0.0)
    each = max((100.0 * sum(word in plain.split() for word in words) / len(words), 0.0))
    last = 90.0 if len(words[-1]) >= 3 and re.search(rf"\b{re.escape(words[-1])}", plain) else 0.0
    return float(max(whole, each, last))
