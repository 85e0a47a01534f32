"""Places as carriers write them: what is said, and which time zone local times have."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from asterisk_agent.commerce.places import left_at, place, zone_of
from asterisk_agent.commerce.web.quota import quota


@pytest.mark.parametrize(
    ("country", "zip_code", "state", "zone"),
    [
        ("US", "10001", None, "America/New_York"),
        ("", "60601-1234", None, "America/Chicago"),
        ("USA", "80202", None, "America/Denver"),
        (None, "94107", None, "America/Los_Angeles"),
        ("US", "85001", None, "America/Phoenix"),
        ("US", "96813", None, "Pacific/Honolulu"),
        ("US", "99501", None, "America/Anchorage"),
        ("US", "00901", None, "America/Puerto_Rico"),
        ("US", "96910", None, "Pacific/Guam"),
        ("US", "32501", "FL", "America/Chicago"),
        ("US", "32801", "FL", "America/New_York"),
        ("US", "79901", "TX", "America/Denver"),
        ("US", "83814", "ID", "America/Los_Angeles"),
        ("US", "83702", "ID", "America/Denver"),
        ("US", "37402", "TN", "America/New_York"),
        ("US", "37201", "TN", "America/Chicago"),
        ("US", "46402", "IN", "America/Chicago"),
        ("US", "57701", "SD", "America/Denver"),
        ("US", None, "tx", "America/Chicago"),
        ("US", "", "AZ", "America/Phoenix"),
        ("DE", "10115", None, "Europe/Berlin"),
        ("UK", "S8 7FA", None, "Europe/London"),
        ("GB", None, None, "Europe/London"),
        ("CA", "90601", "ON", "America/Toronto"),
        ("AU", None, None, "Australia/Sydney"),
        ("CN", None, None, "Asia/Shanghai"),
    ],
)
def test_zones(country: str | None, zip_code: str | None, state: str | None, zone: str) -> None:
    assert zone_of(country, zip_code, state) == ZoneInfo(zone)


@pytest.mark.parametrize(
    ("country", "zip_code", "state"),
    [("XX", "10001", "NY"), ("US", None, None), ("US", "ABC", "ZZ"), ("Canada", "", "")],
)
def test_a_place_that_is_not_known_has_no_zone(country: str, zip_code: str | None, state: str | None) -> None:
    assert zone_of(country, zip_code, state) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("FALMOUTH", "MA", "US"), "Falmouth, MA"),
        (("Falmouth", "MA"), "Falmouth, MA"),
        (("", "MA"), "MA"),
        (("SHEFFIELD", None, "GB"), "Sheffield, United Kingdom"),
        (("TORONTO", "ON", "CA"), "Toronto, Canada"),
        (("SEOUL", None, "KR"), "Seoul, South Korea"),
        (("Vienna", "VA", "Austria"), "Vienna, Austria"),
        ((None, None, "DE"), "Germany"),
        ((" ", None, ""), None),
        ((None,), None),
    ],
)
def test_places_are_said(given: tuple[str | None, ...], said: str | None) -> None:
    assert place(*given) == said


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("Delivered, In/At Mailbox", "in or at mailbox"),
        ("DELIVERED, FRONT DOOR/PORCH", "front door or porch"),
        ("Delivered, Garage / Other Location at Address", "garage or other location at address"),
        ("Delivered", None),
        ("Delivered, ", None),
        ("Arrived, at last", None),
        ("", None),
    ],
)
def test_where_a_parcel_was_put(words: str, where: str | None) -> None:
    assert left_at(words) == where


@pytest.mark.parametrize("count", [2, 5, 60, 250, 100_000])
def test_a_quota_holds_in_every_window_and_is_used(count: int) -> None:
    """A bucket lets through what it holds and what leaks out meanwhile."""
    rate = quota(count, 3600.0)
    most = rate.count + 3600.0 * rate.count / rate.seconds
    assert count - 1 <= most <= count + 1e-6
    assert rate.count >= 1
