"""The check on everything spoken: facts in a sentence must stand in what this call has fetched or heard.

It reads the finished sentence and knows nothing of how it was made, so it holds for templates and models alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from asterisk_agent.commerce.models import Address, OrderStatus, ShipmentStatus
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.tools import View

_MONTH = "|".join(ear.MONTHS)
_DATE = re.compile(rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,\s+(\d{{4}})\b)?", re.IGNORECASE)
_WEEKDAY = re.compile(rf"\b({'|'.join(ear.WEEKDAYS)})\b", re.IGNORECASE)
_NEAR = re.compile(r"\b(today|tonight|tomorrow|yesterday)\b", re.IGNORECASE)
_TIME = re.compile(r"\b(\d{1,2})(?::(\d{2}))?\s*([AP])M\b|\b(noon|midnight)\b", re.IGNORECASE)
_ARRIVAL = re.compile(r"\b(?:expected|arriv\w+|promised|due|will (?:come|be))\b", re.IGNORECASE)
"""Sentences about an arrival: their days must be estimates or promises, not just any day that was fetched."""
_AMOUNT = re.compile(r"[$€£]\s?(\d[\d,]*(?:\.\d+)?)|\b(\d[\d,]*(?:\.\d+)?)\s+(?:dollars|euros|pounds)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![A-Za-z])[A-Z0-9]*\d[A-Z0-9]*(?:(?:,? |-)(?=[A-Z0-9]\b|\d)[A-Z0-9]+)*")
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’.-]*[A-Za-zÀ-ÿ]|[A-Za-z]")
_COUNTS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
    if value > 1
}
_CARRIER = re.compile(
    rf"\b({'|'.join(re.escape(name) for name in sorted({*ear.CARRIERS.values(), 'Postal Service'}, key=len))})\b",
    re.IGNORECASE,
)
_STATE = re.compile(
    rf"\b({'|'.join(name.replace('_', ' ') for name in ear.STATES.values() if name.isascii() and '.' not in name)})\b",
    re.IGNORECASE,
)
_STATUS_CLAIMS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(r"\b(?:was|is|were|has been|shows as|showed as|got) delivered\b", re.IGNORECASE),
        frozenset({ShipmentStatus.DELIVERED, OrderStatus.DELIVERED}),
    ),
    (re.compile(r"\bout for delivery\b", re.IGNORECASE), frozenset({ShipmentStatus.OUT_FOR_DELIVERY})),
    (re.compile(r"\b(?:was|is|been) cancell?ed\b", re.IGNORECASE), frozenset({OrderStatus.CANCELLED})),
    (re.compile(r"\b(?:was|is|been) refunded\b", re.IGNORECASE), frozenset({OrderStatus.REFUNDED})),
    (
        re.compile(r"\bready for you to pick up\b|\bavailable for pickup\b", re.IGNORECASE),
        frozenset({ShipmentStatus.AVAILABLE_FOR_PICKUP}),
    ),
    (re.compile(r"\bon its way back\b", re.IGNORECASE), frozenset({ShipmentStatus.RETURNING})),
)


@dataclass(frozen=True)
class Grounds:
    """What may be said: from fetched views, from the caller's own words and from the fixed texts."""

    today: date
    statuses: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    counts: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()
    due: frozenset[date] = frozenset()
    """Of the dates, those of arrivals: estimates and promises."""
    times: frozenset[tuple[int, int]] = frozenset()
    amounts: frozenset[Decimal] = frozenset()
    names: frozenset[str] = frozenset()
    """Lower-case words of carriers, places, items and the shop's name."""
    fixed_words: frozenset[str] = frozenset()
    fixed_sentences: frozenset[str] = frozenset()


def grounds(
    views: tuple[View, ...],
    heard: tuple[str, ...],
    now: datetime,
    zone: ZoneInfo,
    *,
    fixed_words: frozenset[str],
    fixed_sentences: frozenset[str],
    shop: str,
    more: tuple[object, ...] = (),
) -> Grounds:
    """Collect what may be said: from views, cut to their level, and from numbers ``heard`` from the caller.

    ``more``: other values of this call: what the caller gave as an answer, when people are there again.
    """
    numbers, names = {_compact(number) for number in heard}, set(_words(shop))
    dates: set[date] = set()
    due: set[date] = set()
    times: set[tuple[int, int]] = set()
    amounts: set[Decimal] = set()
    counts: set[int] = set()
    statuses: set[str] = set()
    moments: list[datetime] = []
    for view in views:
        statuses |= {view.status.value, *(status.value for status in view.shipments)}
        if view.number_given:
            numbers.add(view.number)
        age = (now - view.as_of).total_seconds()
        counts |= {int(age // 60), int(age // 3600)}
        if not view.live:
            moments.append(view.as_of)
        if view.details is None:
            continue
        counts |= {len(view.shipments), *(item.quantity for item in view.details.items), len(view.details.items) - 4}
        moments.append(view.details.placed_at)
        if view.details.promised:
            due.add(view.details.promised)
        if view.details.total:
            amounts.add(view.details.total.amount)
        if view.details.address:
            spoken = ear.address(view.details.address)
            names |= _words(spoken)
            numbers |= _numbers_of(spoken)
        for item in view.details.items:
            names |= _words(item.name)
            numbers |= _numbers_of(item.name)
        for shipment in view.details.shipments:
            scan = shipment.last_scan
            moments += [
                at
                for at in (shipment.shipped_at, shipment.delivered_at, shipment.expected_from, shipment.expected_to)
                if at
            ]
            moments += [scan.at] if scan else []
            due |= {shipment.expected} if shipment.expected else set()
            due |= {at.astimezone(zone).date() for at in (shipment.expected_from, shipment.expected_to) if at}
            place = ear.place(scan.place) if scan and scan.place else ""
            tracking = shipment.tracking or ""
            numbers.add(_compact(tracking))
            for text in (ear.carrier(shipment.carrier), place, shipment.left_at or "", shipment.pickup or "", tracking):
                names |= _words(text)
                numbers |= _numbers_of(text)
        extra = _Found()
        extra.walk((view.details.returns, view.details.refunds, view.details.subscriptions, view.details.appointment))
        extra.walk((view.details.stock, view.details.return_window_days, view.details.items))
        extra.walk([(one.redelivery, one.pickup_points, one.pickup_until) for one in view.details.shipments])
        extra.walk([(one.raw_text, one.last_scan.text if one.last_scan else None) for one in view.details.shipments])
        counts |= {len(view.details.returns), len(view.details.refunds)}
        if view.details.return_window_days is not None:
            window = timedelta(days=view.details.return_window_days)
            dates |= {
                (one.delivered_at.astimezone(zone) + window).date()
                for one in view.details.shipments
                if one.delivered_at
            }
        moments += extra.moments
        due |= extra.days
        amounts |= extra.amounts
        counts |= extra.counts
        for text in extra.texts:
            names |= _words(text)
            numbers |= _numbers_of(text)
            times |= {_time(match) for match in _TIME.finditer(text)}
        for moment in extra.moments:
            due.add(moment.astimezone(zone).date())
    own = _Found()
    own.walk(more)
    moments += own.moments
    due |= own.days | {moment.astimezone(zone).date() for moment in own.moments}
    counts |= own.counts
    for text in own.texts:
        names |= _words(text) | _words(ear.place(text))
        numbers |= _numbers_of(text) | {_compact(text), _compact(text.removeprefix("+1"))}
    for moment in moments:
        local = moment.astimezone(zone)
        dates.add(local.date())
        times.add((local.hour, local.minute))
    return Grounds(
        today=now.astimezone(zone).date(),
        statuses=frozenset(statuses),
        numbers=frozenset(numbers - {""}),
        counts=frozenset(counts),
        dates=frozenset(dates | due),
        due=frozenset(due),
        times=frozenset(times),
        amounts=frozenset(amounts),
        names=frozenset(names),
        fixed_words=fixed_words,
        fixed_sentences=fixed_sentences,
    )


class _Found:
    """The facts in any nest of models, tuples and values."""

    def __init__(self) -> None:
        self.days: set[date] = set()
        self.moments: list[datetime] = []
        self.amounts: set[Decimal] = set()
        self.counts: set[int] = set()
        self.texts: list[str] = []

    def walk(self, value: object) -> None:
        """Collect from ``value``."""
        match value:
            case datetime():
                self.moments.append(value)
            case date():
                self.days.add(value)
            case Decimal():
                self.amounts.add(value)
            case bool() | None:
                return
            case int():
                self.counts.add(value)
            case str():
                self.texts.append(value)
            case Address():
                self.texts.append(ear.address(value))
            case BaseModel():
                for name in type(value).model_fields:
                    self.walk(getattr(value, name))
            case dict():
                for key, item in value.items():
                    self.walk(key)
                    self.walk(item)
            case list() | tuple() | set() | frozenset():
                for item in value:
                    self.walk(item)


def ungrounded(sentence: str, allowed: Grounds) -> tuple[str, ...]:
    """The facts in ``sentence`` that stand nowhere in ``allowed``; empty: it may be said."""
    wrong: list[str] = []
    wrong += [
        match.group() for claim, statuses in _STATUS_CLAIMS if not statuses & allowed.statuses
        for match in claim.finditer(sentence)
    ]  # fmt: skip
    if sentence in allowed.fixed_sentences:
        return tuple(wrong)
    rest = sentence
    dated = replace(allowed, dates=allowed.due) if _ARRIVAL.search(sentence) else allowed
    for pattern, fine in (
        (_AMOUNT, _amount_fine),
        (_DATE, _date_fine),
        (_TIME, _time_fine),
        (_WEEKDAY, _weekday_fine),
        (_NEAR, _near_fine),
    ):
        wrong += [match.group() for match in pattern.finditer(rest) if not fine(match, dated)]
        rest = pattern.sub(" ", rest)
    wrong += [found.group() for found in _NUMBER.finditer(rest) if not _number_fine(found.group(), allowed)]
    wrong += [
        word for word in re.findall(r"[a-z]+", rest.lower())
        if word in _COUNTS and _COUNTS[word] not in allowed.counts and word not in allowed.names
    ]  # fmt: skip
    for names in (_CARRIER, _STATE):
        wrong += [found.group() for found in names.finditer(rest) if not _words(found.group()) <= allowed.names]
    wrong += [name for name in _proper_names(rest, allowed.fixed_words) if not _words(name) <= allowed.names]
    return tuple(dict.fromkeys(wrong))


def _amount_fine(match: re.Match[str], allowed: Grounds) -> bool:
    return Decimal((match.group(1) or match.group(2)).replace(",", "")) in allowed.amounts


def _date_fine(match: re.Match[str], allowed: Grounds) -> bool:
    month = [name.lower() for name in ear.MONTHS].index(match.group(1).lower()) + 1
    day, year = int(match.group(2)), match.group(3)
    return any(
        known.month == month and known.day == day and (year is None or known.year == int(year))
        for known in allowed.dates
    )


def _weekday_fine(match: re.Match[str], allowed: Grounds) -> bool:
    weekday = [name.lower() for name in ear.WEEKDAYS].index(match.group(1).lower())
    return any(known.weekday() == weekday for known in allowed.dates)


def _near_fine(match: re.Match[str], allowed: Grounds) -> bool:
    shift = {"tomorrow": 1, "yesterday": -1}.get(match.group(1).lower(), 0)
    return any((known - allowed.today).days == shift for known in allowed.dates)


def _time_fine(match: re.Match[str], allowed: Grounds) -> bool:
    return _time(match) in allowed.times


def _time(match: re.Match[str]) -> tuple[int, int]:
    """Hour and minute of a time of day."""
    if match.group(4):
        return (12, 0) if match.group(4).lower() == "noon" else (0, 0)
    return int(match.group(1)) % 12 + (12 if match.group(3).upper() == "P" else 0), int(match.group(2) or 0)


def _number_fine(text: str, allowed: Grounds) -> bool:
    compact = _compact(text)
    if compact in allowed.numbers:
        return True
    return compact.isdigit() and len(compact) <= 2 and int(compact) in allowed.counts


def _proper_names(sentence: str, fixed: frozenset[str]) -> list[str]:
    """Capitalised words that are not the shop's own; the first word may be any fixed word with a capital."""
    found: list[str] = []
    for place, match in enumerate(_WORD.finditer(sentence)):
        word = match.group()
        if len(word) > 1 and word[0].isupper() and word not in fixed and not (place == 0 and word.lower() in fixed):
            found.append(word)
    return found


def _words(text: str) -> set[str]:
    return {word.lower().rstrip(".") for word in _WORD.findall(text)}


def _numbers_of(text: str) -> set[str]:
    return {_compact(found.group()) for found in _NUMBER.finditer(text)}


def _compact(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
