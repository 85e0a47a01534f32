"""A new address is never given the old one's state."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from asterisk_agent.commerce.models import Address
from asterisk_agent.dialog.flows.reading import Question, read
from asterisk_agent.dialog.spoken.postal.zip_states import state_of, without_state

OLD = Address(line1="1 Main Street", city="Cambridge", state="MA", zip="02139")
ASKED = Question("address", ZoneInfo("America/New_York"), date(2026, 11, 23), address=OLD)


@pytest.mark.parametrize(
    ("text", "city", "state"),
    [
        ("48 Harbor Road, Portland, main, zero four one zero one", "Portland", "ME"),
        ("48 Harbor Road, Portland, oh four one oh one", "Portland", "ME"),
        ("48 Harbor Road, Portland, Maine, 04101", "Portland", "ME"),
        ("12 Oak Street, Springfield, 62704", "Springfield", "IL"),
        ("5 Elm Avenue, Cambridge, 02139", "Cambridge", "MA"),
    ],
)
def test_the_state_comes_with_the_zip_code(text: str, city: str, state: str) -> None:
    found = read(ASKED, text)
    assert isinstance(found, Address)
    assert (found.city, found.state) == (city, state)


def test_a_zip_code_of_no_state_is_asked_for_again() -> None:
    assert read(ASKED, "48 Harbor Road, Portland, 00001") is None


def test_a_citys_own_name_stays() -> None:
    assert without_state("Kansas City", "MO") == "Kansas City"
    assert without_state("New York", "NY") == "New York"
    assert without_state("Portland Main", "ME") == "Portland"
    assert [state_of(code) for code in ("02139", "20101", "73301", "99999", "00001")] == ["MA", "VA", "TX", "AK", ""]
