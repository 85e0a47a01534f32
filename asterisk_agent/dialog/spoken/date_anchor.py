"""Days seen from today: which Friday, which third of December, the end of which month. Pure functions of ``today``."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from asterisk_agent.dialog.spoken import date_words as names
from asterisk_agent.dialog.spoken.holidays_us import holiday as holiday_of

Expects = Literal["past", "future", ""]


@dataclass(frozen=True)
class Anchor:
    """``today`` in the shop's time zone; ``expects``: whether a past or a future day is asked for, '' either."""

    today: date
    expects: Expects

    def weekday(self, weekday: int, modifier: str) -> date:
        """The weekday (0 Monday) with 'this', 'next', 'last', 'coming' or nothing before it."""
        ahead = (weekday - self.today.weekday()) % 7
        back = (self.today.weekday() - weekday) % 7 or 7
        if modifier in ("last", "past", "previous"):
            return self.today - timedelta(days=back)
        if modifier == "next":
            return self.monday(1) + timedelta(days=weekday)
        if modifier in ("coming", "upcoming", "following"):
            return self.today + timedelta(days=ahead or 7)
        if modifier in ("this", "current"):
            if self.expects == "past" and ahead:
                return self.today - timedelta(days=back)
            return self.today + timedelta(days=ahead)
        return self.today - timedelta(days=back) if self.expects == "past" else self.today + timedelta(days=ahead or 7)

    def monday(self, weeks: int) -> date:
        """Monday of the week that lies ``weeks`` ahead."""
        return self.today - timedelta(days=self.today.weekday()) + timedelta(weeks=weeks)

    def in_week(self, weekday: int, modifier: str) -> date:
        """The weekday in 'next week', 'last week' or this one."""
        weeks = {"next": 1, "following": 1, "last": -1, "past": -1, "previous": -1}.get(modifier, 0)
        return self.monday(weeks) + timedelta(days=weekday)

    def holiday(self, name: str, year: int, modifier: str) -> date:
        """The holiday of that year, or the next or last one. ``name``: see ``holidays_us``."""
        if year:
            return holiday_of(name, year)
        days = [holiday_of(name, self.today.year + offset) for offset in (-1, 0, 1)]
        if modifier in ("last", "past") or (self.expects == "past" and modifier not in ("next", "coming")):
            return max(day for day in days if day <= self.today)
        if self.expects == "future" or modifier in ("next", "coming"):
            return min(day for day in days if day >= self.today)
        return min(days, key=lambda day: abs(day - self.today))

    def weekend(self, modifier: str) -> date:
        """The Saturday of the weekend."""
        saturday = self.monday(0) + timedelta(days=5)
        if modifier in ("last", "past", "previous"):
            return saturday - timedelta(days=7)
        if modifier == "next":
            return saturday + timedelta(days=7)
        if self.expects == "past" and saturday > self.today:
            return saturday - timedelta(days=7)
        return saturday

    def part_of_month(self, year: int, month: int, part: str) -> date:
        """The first, fifteenth or last day of a month, for its beginning, middle or end."""
        if part in names.ENDS:
            return date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, 15 if part in names.MIDDLES else 1)

    def chosen(self, days: list[date]) -> date:
        """Of several days the nearest in the time that is asked for."""
        if self.expects == "past":
            return max([day for day in days if day <= self.today], default=min(days))
        if self.expects == "future":
            return min([day for day in days if day >= self.today], default=max(days))
        return min(days, key=lambda day: abs(day - self.today))

    def month_day(self, month: int, number: int) -> date | None:
        """That day of that month in the right year; None if there is no such day."""
        days = [day for offset in range(-4, 5) if (day := exact_day(self.today.year + offset, month, number))]
        return self.chosen(days) if days else None

    def day_of_month(self, number: int) -> date:
        """That day of the right month."""
        first = self.today.replace(day=1)
        months = [add_months(first, offset) for offset in range(-3, 4)]
        return self.chosen([day for month in months if (day := exact_day(month.year, month.month, number))])

    def matching(self, month: int, number: int, weekday: int) -> date | None:
        """The day of that number (and month), on that weekday where one is named and such a day is near."""
        plain = self.month_day(month, number) if month else self.day_of_month(number)
        if weekday < 0 or plain is None or plain.weekday() == weekday:
            return plain
        first = self.today.replace(day=1)
        months = [add_months(first, offset) for offset in range(-14, 15)]
        days = [
            day for near in months if (day := exact_day(near.year, near.month, number)) and day.weekday() == weekday
        ]
        fitting = [day for day in days if not month or day.month == month]
        right = [day for day in fitting if (day - self.today).days * (-1 if self.expects == "past" else 1) >= 0]
        near = min(right or fitting, key=lambda day: abs(day - self.today), default=None)
        return near if near and abs(near - self.today) <= timedelta(days=100) else plain


def exact_day(year: int, month: int, number: int) -> date | None:
    """The day, None if there is none such."""
    if 1 <= month <= 12 and 1 <= number <= 31 and 1900 < year < 2200 and number <= calendar.monthrange(year, month)[1]:
        return date(year, month, number)
    return None


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, the last of the month where that is shorter."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def moved(day: date, amount: int, unit: str) -> date:
    """``amount`` units later. Working days leave out Saturdays and Sundays. Hours count as days of 24."""
    amount = max(-999, min(999, amount))
    if unit == names.WEEK:
        return day + timedelta(weeks=amount)
    if unit == names.MONTH:
        return add_months(day, amount)
    if unit == names.YEAR:
        return add_months(day, 12 * max(-50, min(50, amount)))
    if unit == names.HOUR:
        return day + timedelta(days=round(amount / 24))
    if unit == names.WORKDAY:
        step = 1 if amount > 0 else -1
        for _ in range(abs(amount)):
            day += timedelta(days=step)
            while day.weekday() > 4:
                day += timedelta(days=step)
        return day
    return day + timedelta(days=amount)
