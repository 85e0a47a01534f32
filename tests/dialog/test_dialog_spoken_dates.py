"""Days as callers name them, seen from a fixed today."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.dialog.spoken.dates import parse_date

WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "expects", "day"),
    [
        ("Friday", "future", "2026-11-27"),
        ("Friday", "past", "2026-11-20"),
        ("Wednesday", "future", "2026-12-02"),
        ("this Wednesday", "future", "2026-11-25"),
        ("next Monday", "future", "2026-11-30"),
        ("next Friday", "future", "2026-12-04"),
        ("Friday week", "future", "2026-12-04"),
        ("last Friday", "past", "2026-11-20"),
        ("the second", "future", "2026-12-02"),
        ("the second", "past", "2026-11-02"),
        ("December first", "past", "2025-12-01"),
        ("December first", "", "2026-12-01"),
        ("Tuesday, no, Thursday", "future", "2026-11-26"),
        ("December third, no, fourth", "future", "2026-12-04"),
        ("the third of December, sorry, January", "future", "2027-01-03"),
        ("next Tuesday, I mean Thursday", "future", "2026-12-03"),
        ("I can't do Thursday, how about Saturday", "future", "2026-11-28"),
        ("it was ordered on the fifth and should come on Friday", "future", "2026-11-27"),
        ("it was ordered on the fifth and should come on Friday", "past", "2026-11-05"),
        ("Christmas", "future", "2026-12-25"),
        ("Christmas", "past", "2025-12-25"),
        ("the day after Thanksgiving", "future", "2026-11-27"),
        ("two days before Christmas", "future", "2026-12-23"),
        ("February twenty ninth", "future", "2028-02-29"),
        ("the thirty first", "future", "2026-12-31"),
    ],
)
def test_days(text: str, expects: str, day: str) -> None:
    assert str(parse_date(text, WEDNESDAY, expects)) == day  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "soon", "one second please", "may I ask", "order 10442", "February thirtieth"])
def test_what_names_no_day_is_none(text: str) -> None:
    assert parse_date(text, WEDNESDAY, "future") is None


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 60))
def test_days_from_now_and_days_ago_mirror_each_other(today: date, days: int) -> None:
    assert parse_date(f"{days} days from now", today, "future") == today + timedelta(days=days)
    assert parse_date(f"{days} days ago", today, "past") == today - timedelta(days=days)


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
)
def test_a_weekday_is_within_a_week_on_the_side_that_was_asked_for(today: date, weekday: str) -> None:
    ahead, back = parse_date(weekday, today, "future"), parse_date(weekday, today, "past")
    assert ahead is not None
    assert back is not None
    assert timedelta(0) < ahead - today <= timedelta(days=7)
    assert timedelta(0) < today - back <= timedelta(days=7)
