"""Names of weekdays, months and spans of time, with what recognisers write instead of them."""

from __future__ import annotations

WEEKDAYS = {
    "monday": 0,
    "mon": 0,
    "tuesday": 1,
    "tues": 1,
    "tue": 1,
    "chewsday": 1,
    "wednesday": 2,
    "weds": 2,
    "wed": 2,
    "wensday": 2,
    "thursday": 3,
    "thurs": 3,
    "thur": 3,
    "thu": 3,
    "friday": 4,
    "fri": 4,
    "saturday": 5,
    "sat": 5,
    "sunday": 6,
    "sun": 6,
}
MONTHS = {
    "january": 1,
    "jan": 1,
    "february": 2,
    "feb": 2,
    "febuary": 2,
    "march": 3,
    "mar": 3,
    "april": 4,
    "apr": 4,
    "may": 5,
    "june": 6,
    "jun": 6,
    "july": 7,
    "jul": 7,
    "august": 8,
    "aug": 8,
    "september": 9,
    "sept": 9,
    "sep": 9,
    "october": 10,
    "oct": 10,
    "november": 11,
    "nov": 11,
    "december": 12,
    "dec": 12,
}
DAY, WEEK, MONTH, YEAR, WORKDAY, HOUR = "day", "week", "month", "year", "workday", "hour"
UNITS = {
    "day": (DAY, 1),
    "days": (DAY, 1),
    "night": (DAY, 1),
    "nights": (DAY, 1),
    "week": (WEEK, 1),
    "weeks": (WEEK, 1),
    "wk": (WEEK, 1),
    "wks": (WEEK, 1),
    "fortnight": (WEEK, 2),
    "fortnights": (WEEK, 2),
    "month": (MONTH, 1),
    "months": (MONTH, 1),
    "year": (YEAR, 1),
    "years": (YEAR, 1),
    "hour": (HOUR, 1),
    "hours": (HOUR, 1),
}
COUNTS = {"a": 1, "an": 1, "one": 1, "to": 2, "too": 2, "for": 4, "couple": 2, "few": 3}
NTH = {"1st": 1, "2nd": 2, "second": 2, "3rd": 3, "4th": 4, "5th": 5, "last": -1, "final": -1}
STARTS = frozenset({"beginning", "start", "early"})
MIDDLES = frozenset({"middle", "mid"})
ENDS = frozenset({"end", "close", "late"})
THIS = frozenset({"this", "the", "coming", "upcoming", "following", "current", "that"})
PAST = frozenset({"last", "past", "previous"})
