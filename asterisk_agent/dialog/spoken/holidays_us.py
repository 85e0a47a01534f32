"""Holidays that US callers name, with the dates on which they are celebrated."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

_NAMES = {
    "new year's day": "New Year's Day",
    "new years day": "New Year's Day",
    "new year's": "New Year's Day",
    "new years": "New Year's Day",
    "new year": "New Year's Day",
    "martin luther king day": "Martin Luther King Jr. Day",
    "martin luther king jr day": "Martin Luther King Jr. Day",
    "mlk day": "Martin Luther King Jr. Day",
    "m l k day": "Martin Luther King Jr. Day",
    "presidents day": "Washington's Birthday",
    "president's day": "Washington's Birthday",
    "memorial day": "Memorial Day",
    "juneteenth": "Juneteenth National Independence Day",
    "independence day": "Independence Day",
    "labor day": "Labor Day",
    "labour day": "Labor Day",
    "columbus day": "Columbus Day",
    "indigenous peoples day": "Columbus Day",
    "veterans day": "Veterans Day",
    "veteran's day": "Veterans Day",
    "thanksgiving day": "Thanksgiving Day",
    "thanksgiving": "Thanksgiving Day",
    "turkey day": "Thanksgiving Day",
    "christmas day": "Christmas Day",
    "christmas": "Christmas Day",
    "xmas": "Christmas Day",
    "x mas": "Christmas Day",
    "valentine's day": "Valentine's Day",
    "valentines day": "Valentine's Day",
    "valentine's": "Valentine's Day",
    "valentines": "Valentine's Day",
    "st patrick's day": "Saint Patrick's Day",
    "saint patrick's day": "Saint Patrick's Day",
    "st patricks day": "Saint Patrick's Day",
    "groundhog day": "Groundhog Day",
    "good friday": "Good Friday",
    "easter sunday": "Easter Sunday",
    "easter": "Easter Sunday",
    "mother's day": "Mother's Day",
    "mothers day": "Mother's Day",
    "father's day": "Father's Day",
    "fathers day": "Father's Day",
    "halloween": "Halloween",
    "election day": "Election Day",
    "cinco de mayo": "Cinco de Mayo",
    "april fools day": "April Fools' Day",
    "april fools": "April Fools' Day",
    "april fool's day": "April Fools' Day",
    "tax day": "Tax Day",
    "earth day": "Earth Day",
    "saint patricks day": "Saint Patrick's Day",
    "st paddy's day": "Saint Patrick's Day",
}
_RELATIVE = {
    "black friday": ("Thanksgiving Day", 1),
    "cyber monday": ("Thanksgiving Day", 4),
    "giving tuesday": ("Thanksgiving Day", 5),
    "thanksgiving eve": ("Thanksgiving Day", -1),
    "christmas eve": ("Christmas Day", -1),
    "xmas eve": ("Christmas Day", -1),
    "boxing day": ("Christmas Day", 1),
    "new year's eve": ("New Year's Day", -1),
    "new years eve": ("New Year's Day", -1),
    "new year eve": ("New Year's Day", -1),
    "easter monday": ("Easter Sunday", 1),
    "day after thanksgiving": ("Thanksgiving Day", 1),
}
PHRASES: tuple[tuple[str, ...], ...] = tuple(
    sorted((tuple(name.split()) for name in (*_NAMES, *_RELATIVE)), key=len, reverse=True)
)
"""Every name as words, the longest first."""


def holiday(name: str, year: int) -> date:
    """The day of the holiday ``name`` (one of PHRASES, joined) in ``year``; New Year's Eve counts for its own year."""
    base, days = _RELATIVE.get(name, (_NAMES.get(name, ""), 0))
    if base == "New Year's Day" and days < 0:
        return date(year, 12, 31)
    return _days(year)[base] + timedelta(days=days)


@cache
def _days(year: int) -> dict[str, date]:
    """Public and popular holidays of the year by name, without the substitute days of those on weekends."""
    found = holidays.country_holidays(
        "US", years=year, observed=False, categories=("public", "unofficial"), language="en_US"
    )
    days = {name: day for day, names in found.items() for name in names.split("; ")}
    easter = days["Good Friday"] + timedelta(days=2)
    return {**_rules(year), "Easter Sunday": easter, **days}


def _rules(year: int) -> dict[str, date]:
    """Days that the library leaves out."""
    return {
        "Cinco de Mayo": date(year, 5, 5),
        "April Fools' Day": date(year, 4, 1),
        "Tax Day": date(year, 4, 15),
        "Earth Day": date(year, 4, 22),
        "Election Day": nth_weekday(year, 11, 0, 1) + timedelta(days=1),
    }


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The ``nth`` (1…5, -1 for the last) weekday (0 Monday) of a month; the last one where there is no fifth."""
    first = date(year, month, 1)
    days = [
        day
        for offset in range(31)
        if (day := first + timedelta(days=offset)).month == month and day.weekday() == weekday
    ]
    return days[-1] if nth < 0 or nth > len(days) else days[nth - 1]
