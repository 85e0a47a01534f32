"""When a callback can be promised: only at times when people answer."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from asterisk_agent.dialog.services import Hours

MORNING = time(9)
"""Nobody who names only a day means its night, not even at a shop that never closes."""


def callback_at(hours: Hours, now: datetime, wished: datetime | None = None) -> datetime | None:
    """The wished time (None: as soon as possible) if people answer then, else the next time that they do.

    None when they do not within the time that ``hours`` looks ahead: then no time may be promised.
    """
    moment = now if wished is None else max(now, wished)
    return moment if hours.open_at(moment) else hours.next_opening(moment)


def callback_on(hours: Hours, now: datetime, day: date, zone: ZoneInfo) -> datetime | None:
    """The same for a day of the shop's time zone: from the morning on, else whenever people answer on that day,
    else the next time that they do."""
    morning = callback_at(hours, now, datetime.combine(day, MORNING, zone))
    if morning is not None and morning.astimezone(zone).date() == day:
        return morning
    early = callback_at(hours, now, datetime.combine(day, time(), zone))
    return early if early is not None and early.astimezone(zone).date() == day else morning
