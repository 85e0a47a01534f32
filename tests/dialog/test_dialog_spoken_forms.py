"""All spoken forms through their one entrance, on rows of the evaluation's shape and on garbage."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterisk_agent.dialog.spoken.address import SpokenAddress
from asterisk_agent.dialog.spoken.parse import KINDS, Context, parse, prepare

DATA = Path(__file__).parents[1] / "data"


def rows(name: str, kind: str) -> list[dict[str, Any]]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["kind"] == kind]


def context(given_: dict[str, Any]) -> Context:
    current = given_.get("current_address")
    return Context(
        pattern=given_.get("pattern", ""),
        carrier=given_.get("carrier", ""),
        default_area_code=given_.get("default_area_code", ""),
        caller_id=given_.get("caller_id", ""),
        today=date.fromisoformat(given_["today"]) if "today" in given_ else None,
        expects=given_.get("expects", ""),
        amounts=tuple(Decimal(amount) for amount in given_.get("amounts_on_order", ())),
        item=given_.get("item", ""),
        current_address=SpokenAddress(**current) if current else None,
    )


def read(row: dict[str, Any]) -> object:
    value = parse(row["kind"], row["spoken"], context(row["context"]))
    return asdict(value) if isinstance(value, SpokenAddress) else value


@pytest.mark.parametrize("name", ["spoken_forms", "spoken_forms_regressions"])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_each_kind_are_read_exactly(name: str, kind: str) -> None:
    all_rows = rows(name, kind)
    wrong = [(row["spoken"], row["value"], got) for row in all_rows if (got := read(row)) != row["value"]]
    assert len(all_rows) >= 25
    assert 1 - len(wrong) / len(all_rows) >= 0.97, wrong


PHRASES = (
    "one two oh zero double fifteen fifty hundred thousand",
    "the twenty third of January next Friday two weeks after from ago in 31 30 0 00",
    "$1,299.99 - / # @ at dot com gmail s as in sam like that's with an e no h",
    "sorry wait i mean not north street st avenue apartment 4 unit number p o box new york zip is",
    "capital hyphen o' mc la point dollars cents grand half a couple of bucks",
    "ext area code plus calling from it's my name last end of the month christmas eve x ray u s",
)
WORDS = " ".join(PHRASES).split()
EVERYTHING = Context(
    pattern=r"[A-Z]{2}-?\d{4,6}",
    default_area_code="617",
    caller_id="+16175550199",
    today=date(2028, 2, 29),
    expects="past",
    amounts=(Decimal("64.99"), Decimal(0)),
    item="table",
    current_address=SpokenAddress("12 N Elm St", "Apt 4", "Boston", "MA", "02139"),
)


@given(st.one_of(st.text(max_size=120), st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join)))
@settings(max_examples=250, deadline=None)
def test_no_text_breaks_a_parser(text: str) -> None:
    for kind in KINDS:
        value = parse(kind, text, EVERYTHING)
        assert value is None or value != ""


@pytest.mark.parametrize(
    "text", ["", " ", "one two " * 2000, "a" * 10_000, " " * 10_000, ", " * 5000, "1" * 10_000, "no " * 3000]
)
def test_long_texts_are_no_danger(text: str) -> None:
    for kind in KINDS:
        parse(kind, text, EVERYTHING)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "I don't know", "what do you mean", "let me check, hold on", "😀"])
def test_what_says_nothing_is_none(kind: str, text: str) -> None:
    if kind != "name":  # any word may be a name
        assert parse(kind, text, Context(today=date(2026, 11, 23))) is None


@pytest.mark.parametrize(
    "text",
    [
        "I have 2 kids",
        "the driver went to the wrong street",
        "it was delivered to my neighbor",
        "this is the second time",
    ],
)
def test_talk_is_no_address(text: str) -> None:
    assert parse("address", text, Context()) is None


@pytest.mark.parametrize("text", ["I'm at home", "look at that", "it arrived at nine", "I ordered it at charter"])
def test_talk_is_no_email_address(text: str) -> None:
    assert parse("email", text, Context()) is None


@pytest.mark.parametrize(
    ("spoken", "name"),
    [
        ("Margaret, though I answer to Peg, Margaret Dole", "Margaret Dole"),
        ("Ilse Brandt, two words, Ilse", "Ilse Brandt"),
        ("Erik with a K, Erik Voss", "Erik Voss"),
        ("Bram Stoll, that's B as in bravo", "Bram Stoll"),
        ("I go by Ace but it's Wendell Ames", "Wendell Ames"),
        ("the account holder is Odette Lane", "Odette Lane"),
    ],
)
def test_a_remark_beside_a_name_is_no_part_of_it(spoken: str, name: str) -> None:
    assert parse("name", spoken, Context()) == name


@pytest.mark.parametrize(
    ("spoken", "email"),
    [
        ("first initial t, last name okafor, o k a f o r, at gmail dot com", "tokafor@gmail.com"),
        ("five larks, with the number five, at gmail dot com", "5larks@gmail.com"),
        ("wren, w r e n, then a nine, at gmail dot com", "wren9@gmail.com"),
        ("first name dot last name, uma dot reyes at gmail dot com", "uma.reyes@gmail.com"),
    ],
)
def test_words_that_describe_an_address_are_no_part_of_it(spoken: str, email: str) -> None:
    assert parse("email", spoken, Context()) == email


@pytest.mark.parametrize(
    ("spoken", "amount"),
    [
        ("three sixty, that's three dollars and sixty cents", "3.60"),
        ("nine dollars and change, nine forty", "9.40"),
        ("half a grand", "500.00"),
        ("eight and a quarter", "8.25"),
        ("six dollars and a dime", "6.10"),
    ],
)
def test_an_amount_is_taken_at_its_most_exact(spoken: str, amount: str) -> None:
    assert parse("money", spoken, Context()) == amount


@pytest.mark.parametrize(
    ("spoken", "line1"),
    [
        ("12 West End Avenue", "12 West End Ave"),
        ("9 The Meadows", "9 The Meadows"),
        ("40 Alder, A L D E R, Road", "40 Alder Rd"),
        ("2020 Highway 9 South, Cumming, Georgia", "2020 Highway 9 S"),
        ("6 Rook Lane, it's a yellow house", "6 Rook Ln"),
    ],
)
def test_streets_whose_names_look_like_other_parts(spoken: str, line1: str) -> None:
    address = parse("address", spoken, Context())
    assert isinstance(address, SpokenAddress)
    assert (address.line1, address.line2) == (line1, None)


def test_without_a_day_there_are_no_dates() -> None:
    assert parse("date", "tomorrow", Context()) is None


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        parse("colour", "blue", Context())


def test_what_is_prepared_reads_all_the_same() -> None:
    prepare(date(2026, 11, 23))
    assert parse("date", "Christmas", Context(today=date(2026, 11, 23), expects="future")) == "2026-12-25"
