"""When a callback is promised: never at a time when nobody works."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from asterisk_agent.dialog.callbacks import callback_at, callback_on
from asterisk_agent.dialog.hours import OpeningHours
from asterisk_agent.settings import Hours

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=ZONE)
"""A Monday."""

WEEK = OpeningHours(Hours(always=False, tuesday="07:00-08:30", wednesday="20:00-02:00"), ZONE)
ALWAYS = OpeningHours(Hours(), ZONE)
NEVER = OpeningHours(Hours(always=False, monday="", tuesday="", wednesday="", thursday="", friday=""), ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "wished", "promised"),
    [
        ("2026-11-23T14:00", None, "2026-11-23T14:00"),
        ("2026-11-23T19:00", None, "2026-11-24T07:00"),
        ("2026-11-23T14:00", "2026-11-23T17:30", "2026-11-23T17:30"),
        ("2026-11-23T14:00", "2026-11-23T18:00", "2026-11-24T07:00"),
        ("2026-11-23T14:00", "2026-11-28T11:00", "2026-11-30T09:00"),
        ("2026-11-23T14:00", "2026-11-23T10:00", "2026-11-23T14:00"),
        ("2026-11-23T14:00", "2026-11-26T01:00", "2026-11-26T01:00"),
    ],
)
def test_the_wished_time_or_the_next_when_people_answer(now: str, wished: str | None, promised: str) -> None:
    assert callback_at(WEEK, at(now), at(wished) if wished else None) == at(promised)


@pytest.mark.parametrize(
    ("day", "promised"),
    [
        (date(2026, 11, 23), "2026-11-23T14:00"),
        (date(2026, 11, 24), "2026-11-24T07:00"),
        (date(2026, 11, 25), "2026-11-25T20:00"),
        (date(2026, 11, 27), "2026-11-27T09:00"),
        (date(2026, 11, 28), "2026-11-30T09:00"),
        (date(2026, 11, 20), "2026-11-23T14:00"),
    ],
)
def test_a_wished_day_means_its_hours(day: date, promised: str) -> None:
    assert callback_on(WEEK, NOW, day, ZONE) == at(promised)


def test_a_shop_that_never_closes_calls_nobody_at_night_for_a_day() -> None:
    assert callback_on(ALWAYS, NOW, date(2026, 11, 24), ZONE) == at("2026-11-24T09:00")
    assert callback_at(ALWAYS, at("2026-11-24T03:00")) == at("2026-11-24T03:00")


def test_nothing_is_promised_when_nobody_ever_answers() -> None:
    assert callback_at(NEVER, NOW) is None
    assert callback_on(NEVER, NOW, date(2026, 11, 24), ZONE) is None
