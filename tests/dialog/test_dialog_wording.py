"""The catalogue is complete and says what it is given."""

from __future__ import annotations

import string
from typing import get_args

import pytest

from asterisk_agent.commerce.models import OrderStatus, ShipmentStatus
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.dialog.wording import TextsError, catalogue, fixed_phrases
from asterisk_agent.settings import Shop

TEXTS = catalogue()


@pytest.mark.parametrize("status", list(ShipmentStatus))
def test_every_parcel_status_has_its_texts(status: ShipmentStatus) -> None:
    assert all(TEXTS.has(f"{section}.{status.value}") for section in ("status", "stale", "package"))


@pytest.mark.parametrize("status", [status for status in OrderStatus if status is not OrderStatus.DELIVERED])
def test_every_order_status_has_its_texts(status: OrderStatus) -> None:
    assert all(TEXTS.has(f"{section}.{status.value}") for section in ("status", "stale"))


@pytest.mark.parametrize("slot", get_args(Slot))
def test_every_slot_can_be_asked_again_after_silence(slot: str) -> None:
    assert TEXTS.has(f"silence.{slot}")


def test_level_1_texts_have_no_fields() -> None:
    for key, variants in TEXTS.texts.items():
        if key.startswith("status."):
            fields = {name for lines in variants for line in lines for _, name, _, _ in string.Formatter().parse(line)}
            assert fields <= {None}, key


def test_first_sentences_are_short() -> None:
    for key, variants in TEXTS.texts.items():
        for sentences in variants:
            assert len(sentences[0].split()) <= 20, key


def test_fixed_phrases_begin_with_the_greeting_and_hold_no_fields() -> None:
    phrases = fixed_phrases(Shop(name="Acme Outdoors"))
    assert "Acme Outdoors" in phrases[0]
    assert "Your order is out for delivery." in phrases
    assert not [phrase for phrase in phrases if "{" in phrase]
    assert len(set(phrases)) == len(phrases)


def test_a_missing_text_or_field_says_what_to_do() -> None:
    with pytest.raises(TextsError, match=r"has no text 'status\.lost'"):
        TEXTS.say("status.lost")
    with pytest.raises(TextsError, match="age"):
        TEXTS.say("stale.in_transit")
    with pytest.raises(TextsError, match="xx_XX"):
        catalogue("xx_XX")
