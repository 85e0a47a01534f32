"""An order number and details in one breath, without their names."""

from __future__ import annotations

import pytest
from dialog_world import Call
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from asterisk_agent.dialog.patterns import PatternUnderstanding
from asterisk_agent.dialog.strung import Strung, strung
from asterisk_agent.dialog.understanding import Scene

WORDS = ("one", "oh", "double", "10442", "02139", "4471", "617", "zip", "last four", "at", "dot com", ",", "no", "and")
OPEN = Scene(pattern=r"\d{5}", asked="open")


@pytest.mark.parametrize(
    ("text", "order", "details"),
    [
        ("when does my box come? two three three seven zero, seven four one oh three", "23370", {"zip": "74103"}),
        ("uh 47725, 77004, 9917", "47725", {"zip": "77004", "last4": "9917"}),
        ("checking on a refund 90544 cyrus dot f at gmail dot com", "90544", {"email": "cyrus.f@gmail.com"}),
        ("skip it please 71188 and the 92683 and 8042", "71188", {"zip": "92683", "last4": "8042"}),
        ("order 73398, 401 555 0145", "73398", {"phone": "4015550145"}),
    ],
)
def test_each_value_is_known_by_its_place_and_length(text: str, order: str, details: dict[str, str]) -> None:
    found = strung(text, OPEN)
    assert found is not None
    assert (found.order, dict(found.details)) == (order, details)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "where is my order",
        "where is my order 10442",
        "10442, no, 10443",
        "1 0 4 4 2 sorry 1 0 4 4 3",
        "I bought 12 lamps 3 weeks ago",
        "it was 500 dollars",
    ],
)
def test_where_there_is_a_doubt_nothing_is_read(text: str) -> None:
    assert strung(text, OPEN) is None


@given(
    st.lists(st.sampled_from(WORDS)),
    st.sampled_from([r"\d{5}", r"[A-Z]{2}\d{4}", r"W\d{6}"]),
    st.sampled_from(["open", "order_number", "zip", "last4", "phone", "email"]),
)
@settings(max_examples=150, deadline=None)
def test_any_words_are_read_or_left(words: list[str], pattern: str, asked: str) -> None:
    found = strung(" ".join(words), Scene(pattern=pattern, asked=asked))
    assert found is None or isinstance(found, Strung)
    if found is not None:
        lengths = {"zip": (5,), "last4": (4,), "phone": (10, 11)}
        assert all(len(value) in lengths[kind] for kind, value in found.details if kind in lengths)


async def test_a_caller_who_says_all_at_once_is_not_asked_again() -> None:
    assert "expected" in (await Call()("Where's my order? 10442, 02139.")).text


@pytest.mark.parametrize(
    "form",
    ["{order}, {zip}, {last4}", "{order} {zip} {last4}", "{order} {zip}", "{order}. {phone}", "{order}, {dashed}"],
)
@given(
    order=st.from_regex(r"[1-9][0-9]{4}", fullmatch=True),
    zip_code=st.from_regex(r"[0-9]{5}", fullmatch=True),
    last4=st.from_regex(r"[0-9]{4}", fullmatch=True),
    phone=st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True),
)
@settings(max_examples=60, deadline=None)
def test_values_written_apart_are_read_apart_and_make_no_tracking_number(
    form: str, order: str, zip_code: str, last4: str, phone: str
) -> None:
    assume(order != zip_code)  # the same number twice is one number
    dashed = f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"
    text = form.format(order=order, zip=zip_code, last4=last4, phone=phone, dashed=dashed)
    read = PatternUnderstanding().understand(text, Scene(pattern=r"\d{5}", country="US", asked="order_number"))
    given_details = {"zip": zip_code, "last4": last4, "phone": phone}
    named = {
        "phone" if kind == "dashed" else kind for kind in ("zip", "last4", "phone", "dashed") if f"{{{kind}}}" in form
    }
    assert [number.value for number in read.numbers] == [order]
    assert dict(read.details) == {kind: given_details[kind] for kind in named}


@pytest.mark.parametrize(
    "text", ["4490 4430 4137 821", "4490-4430-4137-821", "449044304137821", "9400 1118 9922 3197 4284 90"]
)
def test_a_tracking_number_holds_no_order_number(text: str) -> None:
    read = PatternUnderstanding().understand(text, Scene(pattern=r"\d{5}", country="US", asked="order_number"))
    assert not read.numbers
    assert not read.details
