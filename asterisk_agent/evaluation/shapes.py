"""Values that people write by hand in many ways: lists of one, days, moments, hours, amounts, names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from asterisk_agent.commerce.models import DeliverySlot, Money
from asterisk_agent.dialog.hours import WEEKDAYS

_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d\d))?\s*([ap])\.?m\b|\b(\d{1,2}):(\d\d)(?::\d\d)?\b|\b(noon)\b", re.IGNORECASE)
_PARTS_OF_DAY = {"morning": (8, 12), "afternoon": (12, 17), "evening": (17, 21), "all day": (8, 20)}
_WINDOW = ("window", "windows", "time", "times", "slot", "hours")
_INTERVALS = {"week": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365, "day": 1}
_NO = ("no", "false", "none", "0", "never")


def many(value: Any) -> list[Any]:
    """A list, whatever it was; nothing and false are an empty one."""
    if value is None or value is False:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def first(row: dict[str, Any], *names: str) -> Any:
    """The first of these fields that holds something, else None."""
    return next((row[name] for name in names if row.get(name) not in (None, "", [], {})), None)


def fields(value: Any, name: str) -> dict[str, Any]:
    """An object; a bare value as the one field ``name`` of it."""
    return value if isinstance(value, dict) else {} if value is True else {name: value}


def name_of(value: Any) -> str:
    """What a thing is called, '' when it does not say."""
    if not isinstance(value, dict):
        return str(value)
    return str(first(value, "name", "title", "item", "product", "description", "text", "label") or "")


def names(value: Any) -> tuple[str, ...]:
    """What several things are called."""
    return tuple(name for one in many(value) if (name := name_of(one)))


def yes(value: Any, otherwise: bool | None) -> bool | None:
    """true, 'no', 1 …; ``otherwise`` when it is missing."""
    if value is None:
        return otherwise
    return value.strip().lower() not in _NO if isinstance(value, str) else bool(value)


def money(value: Any) -> Money:
    """64.99, '$1,299.00', '64.99 USD' or an object with 'amount'. Raises ValueError."""
    given = fields(value, "amount")
    amount = re.search(r"\d[\d,]*(?:\.\d+)?", str(first(given, "amount", "value", "total") or ""))
    if amount is None:
        raise ValueError(f"{value!r} is no amount")
    code = re.search(r"\b[A-Z]{3}\b", f"{given.get('currency') or ''} {given.get('amount')}")
    return Money(amount=Decimal(amount.group().replace(",", "")), currency=code.group() if code else "USD")


@dataclass(frozen=True)
class Times:
    """Days and moments of a world in which it is ``now``, an aware datetime in the shop's ``zone``."""

    now: datetime
    zone: ZoneInfo

    def moment(self, value: Any) -> datetime:
        """An ISO moment or day (noon is taken then), or 'yesterday'. Raises ValueError."""
        if isinstance(value, dict):
            day = first(value, "at", "date", "day", "datetime", "when", "timestamp")
            if (clock := value.get("time")) and len(str(day)) == 10:
                return self._at(self.day(day), clocks(str(clock))[0])
            value = day
        text = str(value).strip()
        if not re.match(r"\d{4}-\d\d-\d\d.", text):
            return self._at(self.day(text), time(12))
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=self.zone)

    def maybe_moment(self, value: Any) -> datetime | None:
        """The same; None for nothing and for a mere true."""
        return None if value in (None, "", [], {}) or isinstance(value, bool) else self.moment(value)

    def day(self, value: Any) -> date:
        """An ISO day or moment, an object with one, 'tomorrow', or a weekday to come. Raises ValueError."""
        if isinstance(value, dict):
            value = first(value, "date", "day", "at", "start", "from", "to", "by", "expected")
        text = str(value).strip().lower()
        today = self.now.date()
        if text in ("today", "tomorrow", "yesterday"):
            return today + timedelta(days={"today": 0, "tomorrow": 1, "yesterday": -1}[text])
        if text in WEEKDAYS:
            return today + timedelta(days=(WEEKDAYS.index(text) - today.weekday()) % 7 or 7)
        if not re.match(r"\d{4}-\d\d-\d\d", text):
            raise ValueError(f"{value!r} is no day; write it like 2026-11-25")
        return date.fromisoformat(text[:10])

    def maybe_day(self, value: Any) -> date | None:
        """The same; None for nothing and for a mere true."""
        return None if value in (None, "", [], {}) or isinstance(value, bool) else self.day(value)

    def days(self, value: Any) -> tuple[date, ...]:
        """Days that are offered: a list of days or of objects, or an object that holds one."""
        if isinstance(value, dict):
            value = next((value[name] for name in ("days", "dates", "options", "offered") if name in value), [value])
        found = (self.maybe_day(one) for one in many(value) if not (isinstance(one, dict) and not first(one, *_DAYS)))
        return tuple(day for day in found if day is not None)

    def slots(self, value: Any) -> Iterable[DeliverySlot]:
        """Windows: '2026-12-02 08:00-12:00', objects, an object of days with their windows."""
        if isinstance(value, dict) and value and all(re.match(r"\d{4}-\d\d-\d\d$", str(key)) for key in value):
            value = [{"date": day, "window": window} for day, windows in value.items() for window in many(windows)]
        for one in many(value):
            windows = one.get("windows") if isinstance(one, dict) else None
            for each in [{**one, "window": window} for window in windows] if isinstance(windows, list) else [one]:
                if (slot := self.slot(each)) is not None:
                    yield slot

    def slot(self, value: Any) -> DeliverySlot | None:
        """One window; None when there is no day in it. Raises ValueError."""
        if isinstance(value, dict):
            begin, end = first(value, "start", "from", "begin"), first(value, "end", "to", "until")
            if all(re.match(r"\d{4}-\d\d-\d\d[T ]\d", str(moment)) for moment in (begin, end)):
                return DeliverySlot(start=self.moment(begin), end=self.moment(end))
            day = first(value, "date", "day", "at") or (begin if re.match(r"\d{4}-", str(begin)) else None)
            window = f"{first(value, *_WINDOW) or ''} {begin or ''} {end or ''} {value.get('at') or ''}"
        else:
            found = re.search(r"\d{4}-\d\d-\d\d", str(value))
            day, window = (found.group(), str(value)) if found else (value, "")
        if day in (None, "") or isinstance(day, bool):
            return None
        on, (start, end_) = self.day(day), span(re.sub(r"\d{4}-\d\d-\d\d[T ]?", "", window))
        return DeliverySlot(start=self._at(on, start), end=self._at(on, end_))

    def window(self, day: date | None, value: Any) -> tuple[datetime | None, datetime | None]:
        """The hours of a delivery day, as far as they are given."""
        if isinstance(value, dict):
            value = f"{first(value, 'window', 'start', 'from') or ''} {first(value, 'end', 'to') or ''}"
        found = clocks(" ".join(str(one) for one in many(value)))
        if day is None or len(found) < 2:
            return None, None
        return self._at(day, found[0]), self._at(day, found[-1])

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)


_DAYS = ("date", "day", "at", "start", "from")


def clocks(text: str) -> list[time]:
    """All hours in a text: '08:00', '9am', '12 PM', 'noon'. '9-5' has none."""
    found: list[time] = []
    for match in _CLOCK.finditer(text):
        hour, minute, half, hour24, minute24, noon = match.groups()
        if noon:
            found.append(time(12))
        elif half:
            found.append(time(int(hour) % 12 + (12 if half.lower() == "p" else 0), int(minute or 0)))
        else:
            found.append(time(int(hour24) % 24, int(minute24)))
    return found


def span(text: str) -> tuple[time, time]:
    """The hours from and to; a part of the day by its name, and the morning when nothing is said."""
    found = clocks(text)
    if len(found) >= 2:
        return found[0], found[-1]
    if len(found) == 1:
        return found[0], time(min(23, found[0].hour + 4), found[0].minute)
    begin, end = next((hours for name, hours in _PARTS_OF_DAY.items() if name in text.lower()), (8, 12))
    return time(begin), time(end)


def stock(value: Any) -> dict[str, int] | None:
    """Variants with their counts: an object, also one of objects, or a list of names or objects."""
    if value is None or isinstance(value, bool | int):
        return None
    if isinstance(value, dict):
        found: dict[str, int] = {}
        for name, count in value.items():
            if isinstance(count, dict) and not first(count, "count", "available", "quantity", "qty"):
                found |= {f"{name}, {inner}": int(number or 0) for inner, number in count.items()}
            else:
                found[str(name)] = _count(count)
        return found
    return {
        str(first(told, "name", "variant", "size", "color", "item", "sku") or ""): _count(told.get("name") and 1, told)
        for one in many(value)
        for told in [fields(one, "name")]
    }


def _count(value: Any, told: dict[str, Any] | None = None) -> int:
    row = value if isinstance(value, dict) else told or {}
    given = next((row[name] for name in ("count", "available", "quantity", "qty", "stock") if name in row), None)
    if given is None:
        given = 1 if isinstance(value, dict) or value is None else value
    return int(given or 0) if not isinstance(given, str) or given.isdigit() else int(bool(yes(given, True)))


def interval_days(told: dict[str, Any]) -> int | None:
    """'monthly', 'every 4 weeks', {'interval_weeks': 4}, 30."""
    for unit, days in _INTERVALS.items():
        if (count := told.get(f"interval_{unit}s")) is not None:
            return int(count) * days
    text = str(first(told, "interval", "frequency", "every", "cadence", "schedule") or "").lower()
    if text.isdigit():
        return int(text)
    factor = re.search(r"\d+", text)
    times = int(factor.group()) if factor else 2 if re.search(r"\bbi|every other", text) else 1
    if text.startswith("daily"):
        return 1
    return next((times * days for unit, days in _INTERVALS.items() if unit in text), None)
