"""When people answer: the week, holidays and special days, in the shop's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from asterisk_agent import settings
from asterisk_agent.spans import Span, spans

AHEAD_DAYS = 60
"""How far the next opening is looked for."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class OpeningHours:
    """The Hours protocol on the settings. Moments that are asked about know their time zone.

    Hours are times on the shop's wall: on the day of a clock change too people come and go by the clock. An hour that
    comes twice is open twice.
    """

    def __init__(self, hours: settings.Hours, zone: ZoneInfo) -> None:
        self._always = hours.always
        self._zone = zone
        self._week = tuple(spans(getattr(hours, day)) for day in WEEKDAYS)
        self._special = {date.fromisoformat(day): spans(text) for day, text in hours.special.items()}
        self._closed = frozenset(date.fromisoformat(day) for day in hours.closed)
        self._holidays = _holidays(hours.holidays)

    def open_at(self, moment: datetime) -> bool:
        """Whether people answer at this moment."""
        if self._always:
            return True
        # Yesterday's night may still be going on.
        first = moment.astimezone(self._zone).date() - timedelta(days=1)
        return any(start <= moment < end for start, end in self._open(first, days=2))

    def next_opening(self, moment: datetime) -> datetime | None:
        """The next time they do, None when they do now or not within two months."""
        if self.open_at(moment):
            return None
        openings = self._open(moment.astimezone(self._zone).date(), AHEAD_DAYS + 1)
        start = next((start for start, end in openings if moment < start < end), None)
        return start.astimezone(self._zone) if start else None

    def _open(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        """From and to in UTC: times of one zone would be compared by the wall, and that goes back once a year."""
        for offset in range(days):
            day = first + timedelta(days=offset)
            for begin, end in self._on(day):
                last = day + timedelta(days=1) if end <= begin else day
                yield self._instant(day, begin, 0), max(self._instant(last, end, fold) for fold in (0, 1))

    def _instant(self, day: date, wall: time, fold: int) -> datetime:
        return datetime.combine(day, wall.replace(fold=fold), self._zone).astimezone(UTC)

    def _on(self, day: date) -> tuple[Span, ...]:
        if (special := self._special.get(day)) is not None:
            return special
        return () if day in self._closed or day in self._holidays else self._week[day.weekday()]


class _Holidays:
    """The public holidays of a country or a part of it, looked up year by year."""

    def __init__(self, place: str) -> None:
        import holidays

        country, _, part = place.partition("-")
        self._calendar = holidays.country_holidays(country, subdiv=part or None)

    def __contains__(self, day: date) -> bool:
        return day in self._calendar


def _holidays(place: str) -> _Holidays | frozenset[date]:
    return _Holidays(place) if place else frozenset()
