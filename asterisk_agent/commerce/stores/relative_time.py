"""Days and times in the local store's file: ISO 8601, or relative to now so that a demo stays true on any day.

A day is ``2026-11-23``, ``today``, ``today+2`` or ``today-1``. A time is ``2026-11-23T14:05`` (in the shop's zone
unless it has an offset), ``today 14:05``, ``today-1 14:05``, ``now``, ``now-3h`` or ``now-20m``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_FORMS = "write a day as 2026-11-23, or relative: today, today+2"
TIME_FORMS = "write a time as 2026-11-23T14:05, or relative: today 14:05, today-1 14:05, now-3h, now-20m"

_NOW = re.compile(r"now(?:([+-]\d{1,5})([mh]))?")
_DAY = re.compile(r"today([+-]\d{1,4})?|(\d{4}-\d{2}-\d{2})")
_TIME_OF_DAY = re.compile(r"(today(?:[+-]\d{1,4})?) (\d{2}:\d{2})")


def day(text: str, now: datetime, zone: ZoneInfo) -> date:
    """The day that is meant. Raises ValueError with the forms that are understood."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(DAY_FORMS)
    if match[2]:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{error}; {DAY_FORMS}") from None
    return now.astimezone(zone).date() + timedelta(days=int(match[1] or 0))


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment that is meant, with an offset. Raises ValueError with the forms that are understood."""
    if match := _NOW.fullmatch(text):
        amount = int(match[1] or 0)
        ago = timedelta(hours=amount) if match[2] == "h" else timedelta(minutes=amount)
        # In UTC, as three hours ago is not three hours of wall clock on the day the clocks change.
        return (now.astimezone(UTC) + ago).astimezone(zone)
    try:
        if match := _TIME_OF_DAY.fullmatch(text):
            return datetime.combine(day(match[1], now, zone), time.fromisoformat(match[2]), zone)
        if "T" not in text and " " not in text:
            raise ValueError("no time of day")
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{error}; {TIME_FORMS}") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def is_relative(text: str) -> bool:
    """Whether the meaning changes as time goes by."""
    return text.startswith(("now", "today"))
