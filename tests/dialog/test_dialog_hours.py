"""When people answer: weeks, nights, holidays, clock changes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.dialog.hours import OpeningHours
from asterisk_agent.settings import Hours, SettingsError, load

ZONE = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def hours(**more: object) -> OpeningHours:
    return OpeningHours(Hours.model_validate({"always": False, **more}), ZONE)


def test_without_settings_people_always_answer() -> None:
    always = OpeningHours(Hours(), ZONE)
    assert always.open_at(at("2026-12-25T03:00"))
    assert always.next_opening(at("2026-12-25T03:00")) is None


@pytest.mark.parametrize(
    ("moment", "open_", "opens"),
    [
        ("2026-11-23T08:59", False, "2026-11-23T09:00"),
        ("2026-11-23T09:00", True, None),
        ("2026-11-23T17:59", True, None),
        ("2026-11-23T18:00", False, "2026-11-24T09:00"),
        ("2026-11-27T20:00", False, "2026-11-30T09:00"),
    ],
)
def test_a_plain_week(moment: str, open_: bool, opens: str | None) -> None:
    week = hours()
    assert week.open_at(at(moment)) is open_
    assert week.next_opening(at(moment)) == (at(opens) if opens else None)


def test_several_spans_and_a_night() -> None:
    week = hours(monday="09:00-12:00, 13:00-18:00", friday="20:00-02:00", saturday="")
    assert not week.open_at(at("2026-11-23T12:30"))
    assert week.next_opening(at("2026-11-23T12:30")) == at("2026-11-23T13:00")
    assert week.open_at(at("2026-11-28T01:30"))
    assert not week.open_at(at("2026-11-28T02:00"))


def test_holidays_closed_days_and_special_days() -> None:
    week = hours(holidays="US", closed=("2026-11-25",), special={"2026-11-27": "10:00-14:00"})
    assert week.next_opening(at("2026-11-24T19:00")) == at("2026-11-27T10:00")
    assert not hours(holidays="US").open_at(at("2026-11-26T10:00"))


def test_holidays_of_a_part_of_a_country_and_those_kept_on_another_day() -> None:
    assert not hours(holidays="US-CA").open_at(at("2026-03-31T10:00"))
    assert hours(holidays="US").open_at(at("2026-03-31T10:00"))
    assert not hours(holidays="US").open_at(at("2026-07-03T10:00")), "the fourth is a Saturday"


def test_a_night_ends_in_a_closed_day_and_a_special_day_can_be_closed() -> None:
    week = hours(friday="20:00-02:00", closed=("2026-11-28",), special={"2026-11-30": ""})
    assert week.open_at(at("2026-11-28T01:30"))
    assert week.next_opening(at("2026-11-28T03:00")) == at("2026-12-01T09:00")


def test_whole_days_follow_each_other() -> None:
    week = hours(saturday="00:00-24:00", sunday="00:00-24:00")
    assert week.open_at(at("2026-11-28T00:00"))
    assert week.open_at(at("2026-11-29T00:00"))
    assert week.open_at(at("2026-11-29T23:59"))
    assert not week.open_at(at("2026-11-30T00:00"))


def test_the_next_opening_is_the_earliest_however_spans_are_ordered() -> None:
    assert hours(monday="13:00-18:00,8:30 – 12:00").next_opening(at("2026-11-23T07:00")) == at("2026-11-23T08:30")


def test_the_shop_s_clock_counts_wherever_the_question_comes_from() -> None:
    week = hours()
    assert week.open_at(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    assert not week.open_at(datetime(2026, 11, 23, 13, 59, tzinfo=UTC))
    assert week.next_opening(datetime(2026, 7, 6, 4, 0, tzinfo=UTC)) == datetime(2026, 7, 6, 13, 0, tzinfo=UTC)


def test_the_day_of_a_clock_change_keeps_its_hours() -> None:
    week = hours(sunday="08:00-16:00")
    for day in ("2026-03-08", "2026-11-01"):
        assert week.next_opening(at(f"{day}T00:30")) == at(f"{day}T08:00")
        assert not week.open_at(at(f"{day}T07:59"))
        assert not week.open_at(at(f"{day}T16:00"))


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    week = hours(sunday="01:30-02:00")
    twice = at("2026-11-01T01:45").replace(fold=1)
    assert week.open_at(at("2026-11-01T01:45"))
    assert week.open_at(twice)
    assert week.open_at(at("2026-11-01T01:15").replace(fold=1)), "between the two"
    assert not week.open_at(at("2026-11-01T02:00"))


def test_the_hour_that_never_comes_opens_after_it() -> None:
    week = hours(sunday="02:30-05:00")
    opens = week.next_opening(at("2026-03-08T01:00"))
    assert opens is not None
    assert opens.astimezone(UTC) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert week.open_at(opens)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.sampled_from(
        ["09:00-18:00", "", "22:00-06:00", "01:30-02:30", "02:15-02:45", "00:00-24:00", "8:00-9:00,23:00-1:00"]
    ),
    st.sampled_from(["09:00-12:00,13:00-17:00", "20:00-02:30", ""]),
    st.sampled_from(["", "US"]),
)
def test_people_answer_at_every_next_opening_and_not_just_before(
    moment: datetime, weekend: str, friday: str, holidays: str
) -> None:
    week = hours(saturday=weekend, sunday=weekend, friday=friday, holidays=holidays)
    asked = moment.replace(tzinfo=UTC)
    opens = week.next_opening(asked)
    if week.open_at(asked):
        assert opens is None
        return
    assert opens is not None
    assert opens > asked
    assert week.open_at(opens)
    assert not week.open_at(opens.astimezone(UTC) - timedelta(seconds=1))


def test_a_shop_that_never_opens_promises_nothing() -> None:
    never = hours(**dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ""))
    assert never.next_opening(at("2026-11-23T08:00")) is None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MONDAY", "9-18", "write spans like '09:00-18:00'"),
        ("MONDAY", "09:00-25:00", "has '09:00-25:00'; write spans like"),
        ("MONDAY", "24:00-08:00", "has '24:00-08:00'; write spans like"),
        ("MONDAY", "09:00-09:00", "write '00:00-24:00' for the whole day"),
        ("CLOSED", "2026-12-24,24.12.2026", "has '24.12.2026'; write days like '2026-12-24'"),
        ("CLOSED", "20261224", "has '20261224'; write days like '2026-12-24'"),
        ("FRIDAY", "closed", "write spans like"),
        ("HOLIDAYS", "XX", "is no country known"),
        ("HOLIDAYS", "US-ZZ", "has no part 'ZZ'"),
    ],
)
def test_wrong_hours_are_refused_with_the_fix(name: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(reason)) as caught:
        load(environ={f"ASTERISK_AGENT_HOURS__{name}": value, "ASTERISK_AGENT_HOURS__ALWAYS": "false"})
    assert f"hours.{name.lower()}" in str(caught.value)


def from_file(folder: Path, text: str) -> Hours:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}).hours


def test_days_may_be_written_as_toml_has_them(tmp_path: Path) -> None:
    text = "[hours]\nalways = false\nclosed = [2026-12-24, '2026-12-31']\nspecial = {2026-11-27 = '10:00-14:00'}\n"
    week = OpeningHours(from_file(tmp_path, text), ZONE)
    assert not week.open_at(at("2026-12-24T10:00"))
    assert not week.open_at(at("2026-12-31T10:00"))
    assert not week.open_at(at("2026-11-27T15:00"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("special = {'2026-11-27' = 'noon'}", "hours.special.2026-11-27 = 'noon': has 'noon'; write spans like"),
        ("special = {'27.11.' = '10:00-14:00'}", "has '27.11.'; write days like '2026-12-24'"),
        ("closed = '2026-12-24'", "hours.closed = '2026-12-24'"),
        ("mondays = '09:00-18:00'", "did you mean hours.monday?"),
    ],
)
def test_wrong_days_are_refused_with_the_fix(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(reason)):
        from_file(tmp_path, f"[hours]\nalways = false\n{text}\n")


def test_hours_that_would_not_count_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape("hours.monday is given") + ".*hours.always = false"):
        from_file(tmp_path, "[hours]\nmonday = '10:00-16:00'\n")
    assert from_file(tmp_path, "[hours]\nalways = true\nmonday = '10:00-16:00'\n").always
