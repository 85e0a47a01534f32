"""Sentences that hold facts which were not fetched are found, those that hold only fetched ones pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from dialog_world import NOW, TODAY, ZONE, Call, order, parcel
from test_dialog_answers import ANSWERS, view

from asterisk_agent.commerce.models import ShipmentStatus
from asterisk_agent.dialog.flows.load import shipped
from asterisk_agent.dialog.grounding import Grounds, grounds, ungrounded
from asterisk_agent.dialog.tools import View
from asterisk_agent.dialog.wording import catalogue, fixed_phrases
from asterisk_agent.settings import Shop

SHOP = Shop(name="Acme Outdoors")


def allowed(*views: View, heard: tuple[str, ...] = ()) -> Grounds:
    return grounds(
        views,
        heard,
        NOW,
        ZONE,
        fixed_words=catalogue().words,
        fixed_sentences=frozenset(fixed_phrases(SHOP)),
        shop=SHOP.name,
    )


@pytest.mark.parametrize(
    ("sentence", "fact"),
    [
        ("Your order was delivered.", "was delivered"),
        ("Your order is out for delivery.", "out for delivery"),
        ("Your order was cancelled.", "was cancelled"),
        ("Your order is on its way back to the sender.", "on its way back"),
        ("It's expected Wednesday.", "Wednesday"),
        ("It's expected today.", "today"),
        ("It's expected December 1st.", "December 1st"),
        ("It's expected November 24th, 2027.", "November 24th, 2027"),
        ("The last scan was today at 6:13 AM.", "6:13 AM"),
        ("The last scan was today at 6:12 PM.", "6:12 PM"),
        ("It comes at noon.", "noon"),
        ("It's with FedEx.", "FedEx"),
        ("It's with fedex.", "fedex"),
        ("It's with the Postal Service.", "Postal Service"),
        ("The last scan was in Denver.", "Denver"),
        ("It is in new york.", "new york"),
        ("The total is $65.99.", "$65.99"),
        ("That is 65 dollars.", "65 dollars"),
        ("Your order comes in three packages.", "three"),
        ("I can't find an order 1 0 4, 4 3.", "1 0 4, 4 3"),
        ("The tracking number is 1Z999AA10123456785.", "1Z999AA10123456785"),
        ("It's going to 13 Maple Street.", "13"),
        ("It's going to 12 Oak Street.", "Oak"),
        ("Dana, your order is on its way.", "Dana"),
    ],
)
async def test_what_was_not_fetched_is_found(sentence: str, fact: str) -> None:
    assert fact in ungrounded(sentence, allowed(await view(order())))


@pytest.mark.parametrize(
    "sentence",
    [
        "Your order is on its way.",
        "It's with UPS and expected tomorrow.",
        "It's expected Tuesday, November 24th.",
        "The last scan was today at 6:12 AM, in Newark, New Jersey.",
        "It's going to 12 Maple Street, Unit 4, Boston, Massachusetts, 0 2 1 3 9.",
        "In the order: Cobalt Lantern, quantity two and Walnut Tray.",
        "The total is $64.99.",
        "The tracking number is 1 Z 9, 9 9 A, A 1 0, 1 2 3, 4 5 6, 7 8 4.",
        "I heard 1 0 4, 4 2. Is that right?",
        "Hi, this is Acme Outdoors's automated assistant.",
        "Please tell me the ZIP code, five digits, or key it in.",
    ],
)
async def test_what_was_fetched_may_be_said(sentence: str) -> None:
    assert ungrounded(sentence, allowed(await view(order()))) == ()


async def test_level_2_facts_are_not_grounded_at_level_1() -> None:
    lower = allowed(await view(order(), level=1))
    for sentence in ("It's with UPS.", "It's expected tomorrow.", "It's in Newark.", "The total is $64.99."):
        assert ungrounded(sentence, lower)
    assert not ungrounded("Your order is on its way.", lower)


async def test_nothing_is_grounded_before_anything_was_fetched() -> None:
    assert ungrounded("Your order was delivered.", allowed())
    assert ungrounded("Order 1 0 4, 4 2 is here.", allowed())
    assert not ungrounded("I can't find an order 1 0 4, 4 9.", allowed(heard=("10449",)))


@pytest.mark.parametrize("status", list(ShipmentStatus))
@pytest.mark.parametrize("live", [True, False])
async def test_every_sentence_of_ours_passes(status: ShipmentStatus, live: bool) -> None:
    at = NOW.replace(hour=14)
    changes = {"expected_from": at, "expected_to": at + timedelta(hours=4), "left_at": "porch", "pickup": "the depot"}
    late = parcel(status=status, expected=TODAY - timedelta(days=3), delivered_at=NOW - timedelta(days=2))
    for one in (parcel(status=status), parcel(status=status, expected=TODAY, **changes), late):
        for shipments in ((one,), (one, parcel(carrier="dhl"))):
            seen = await view(order(shipments=shipments, promised=TODAY - timedelta(days=1)), live=live)
            spoken = [
                *ANSWERS.status(seen, NOW),
                *(
                    sentence
                    for facet in ("address", "items", "tracking", "total", "placed")
                    for sentence in ANSWERS.facet(seen, facet, NOW)
                ),
            ]
            wrong = {sentence.text: ungrounded(sentence.text, allowed(seen)) for sentence in spoken}
            assert not {text: facts for text, facts in wrong.items() if facts}


async def test_an_ungrounded_sentence_is_replaced_and_not_audited() -> None:
    """A wording that invents a date: the caller hears a safe sentence in its place."""
    texts = catalogue()
    wrong = replace(texts, texts={**texts.texts, "detail.carrier_expected": (("It comes with {carrier} on Friday.",),)})
    call = Call(flows=replace(shipped(), texts=wrong))
    reply = await call("where is my order 10442, the zip is 02139")
    assert "Friday" not in reply.text
    assert "a person confirm that" in reply.text
    told = {field for line in call.conversation.take_disclosures() for field in line.fields}
    assert "expected" not in told
