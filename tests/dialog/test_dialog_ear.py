"""Dates, numbers and places as they are spoken."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from dialog_world import NOW, TODAY, ZONE, december, order

from asterisk_agent.commerce.models import Item, Money
from asterisk_agent.dialog import ear


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (TODAY, "today"),
        (TODAY + timedelta(days=1), "tomorrow"),
        (TODAY - timedelta(days=1), "yesterday"),
        (december(1), "Tuesday, December 1st"),
        (december(2), "Wednesday, December 2nd"),
        (december(3), "Thursday, December 3rd"),
        (december(11), "Friday, December 11th"),
        (december(22), "Tuesday, December 22nd"),
        (date(2027, 1, 4), "Monday, January 4th"),
        (date(2027, 8, 4), "Wednesday, August 4th, 2027"),
        (date(2025, 3, 3), "Monday, March 3rd, 2025"),
    ],
)
def test_days(value: date, spoken: str) -> None:
    assert ear.day(value, TODAY) == spoken


def test_times_are_in_the_shops_zone() -> None:
    utc = datetime.fromisoformat("2026-11-23T11:12:00+00:00")
    assert ear.clock(utc, ZONE) == "6:12 AM"
    assert ear.clock(NOW.replace(hour=12), ZONE) == "noon"
    assert ear.clock(NOW.replace(hour=0), ZONE) == "midnight"
    assert ear.clock(NOW.replace(hour=14), ZONE) == "2 PM"
    late = datetime.fromisoformat("2026-11-23T03:30:00+00:00")
    assert ear.moment(late, NOW, ZONE) == "yesterday at 10:30 PM"


@pytest.mark.parametrize(
    ("age", "spoken"),
    [
        (timedelta(seconds=40), "a minute ago"),
        (timedelta(minutes=12), "12 minutes ago"),
        (timedelta(minutes=75), "an hour ago"),
        (timedelta(hours=2, minutes=10), "two hours ago"),
        (timedelta(hours=26), "yesterday at 8 AM"),
        (timedelta(days=4), "Thursday, November 19th at 10 AM"),
    ],
)
def test_ages(age: timedelta, spoken: str) -> None:
    assert ear.ago(NOW - age, NOW, ZONE) == spoken


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("10442", "1 0 4, 4 2"),
        ("3317", "3 3 1 7"),
        ("AB123456", "A B, 1 2 3, 4 5 6"),
        ("5550142", "5 5 5, 0 1 4 2"),
        ("1Z999AA10123456784", "1 Z 9, 9 9 A, A 1 0, 1 2 3, 4 5 6, 7 8 4"),
    ],
)
def test_numbers_are_read_back_in_groups(value: str, spoken: str) -> None:
    assert ear.code(value) == spoken


@pytest.mark.parametrize(
    ("code", "spoken"),
    [("ups", "UPS"), ("FedEx", "FedEx"), ("DHL_EXPRESS", "DHL Express"), ("acme freight", "Acme Freight")],
)
def test_carriers(code: str, spoken: str) -> None:
    assert ear.carrier(code) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("NEWARK, NJ, US", "Newark, New Jersey"),
        ("Omaha, Nebraska", "Omaha, Nebraska"),
        ("Memphis, TN", "Memphis, Tennessee"),
        ("Leipzig, Germany", "Leipzig, Germany"),
        ("BOSTON", "Boston"),
    ],
)
def test_places(text: str, spoken: str) -> None:
    assert ear.place(text) == spoken


def test_addresses_amounts_and_items() -> None:
    address = order().address
    assert address is not None
    assert ear.address(address) == "12 Maple Street, Unit 4, Boston, Massachusetts, 0 2 1 3 9"
    assert ear.money(Money(amount="64.99")) == "$64.99"  # type: ignore[arg-type]
    many = tuple(Item(name=name) for name in ("a", "b", "c", "d", "e", "f"))
    assert ear.items(many) == "a, b, c, d, and two more"
