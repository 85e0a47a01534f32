"""Intents and slots of single turns."""

from __future__ import annotations

import pytest

from asterisk_agent.dialog.patterns import PatternUnderstanding
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.dialog.understanding import LABELS, Scene, Understood


def meant(text: str, asked: Slot = "open", **scene: str) -> Understood:
    return PatternUnderstanding().understand(text, Scene(pattern=r"\d{5}", asked=asked, **scene))


INTENTS = {
    "order_status": [
        "where is my order",
        "Where's my package?",
        "uh hi I wanna check on my delivery",
        "track",
        "I'd like to track a package",
        "has it shipped",
        "has my stuff shipped yet",
        "when will it arrive",
        "when is my order coming",
        "what's the status of my order",
        "can you tell me if my order went out did it ship",
        "wear is my order",
        "where is my odor",
        "whereas my package",
        "I'm calling about my order",
        "is it out for delivery",
        "any update on my shipment",
        "order status",
        "what day is it supposed to be delivered",
        "how long until it gets here",
    ],
    "talk_to_human": [
        "speak to somebody",
        "representative",
        "agent",
        "operator please",
        "human",
        "a real person please",
        "I want to talk to a human being",
        "can I speak with someone",
        "get me a person",
        "put me through to customer service",
        "I don't want to talk to a machine",
        "let me talk to your manager",
        "transfer me please",
        "just give me a real person",
        "is there a human I can talk to",
        "reprasentative",
    ],
    "delivery_delay": [
        "my package is late",
        "it was supposed to be here yesterday",
        "I still haven't received my order",
        "the tracking hasn't moved in five days",
        "I've been waiting for two weeks",
    ],
    "refund_status": ["where is my refund", "when do I get my money back"],
    "start_return_exchange": ["I want to return these shoes", "can I exchange it for a bigger size"],
    "return_status": ["did you get my return", "I sent it back last week has the return been processed"],
    "cancel_order": ["I want to cancel my order", "please cancel it"],
    "address_change": ["I need to change my address", "I moved, can you update the shipping address"],
    "complaint_missing_damaged": [
        "it says delivered but I don't have it",
        "the vase arrived broken",
        "you sent me the wrong item",
        "one item is missing",
    ],
    "failed_delivery_reschedule": ["I missed the delivery", "can you reschedule", "they left a note on my door"],
    "subscription": ["when is my next box", "pause my subscription"],
    "large_item_delivery": ["I need to set a delivery window for my sofa"],
    "policy_faq": ["what's your return policy", "do you ship to Canada"],
    "repeat": ["can you repeat that", "what did you say", "sorry?", "say that again please"],
    "wait": ["hold on", "one second please", "let me find it"],
    "goodbye": ["bye", "that's all thank you", "goodbye"],
    "greeting": ["hello", "hi there", "good morning"],
    "affirm": ["yes", "yeah", "that's right", "correct", "sure"],
    "deny": ["no", "nope", "that's wrong", "no thanks", "not really"],
    "provide_identity": [
        "10442",
        "one oh four four two",
        "my zip code is 02139",
        "it's dana dot reyes at example dot com",
    ],
    "out_of_scope": ["what's the weather like", "tell me a joke about cats", "who won the game last night"],
}


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in INTENTS.items() for text in texts])
def test_intents(label: str, text: str) -> None:
    assert meant(text).labels[:1] == (label,)


def test_every_label_is_of_the_public_vocabulary() -> None:
    for texts in INTENTS.values():
        for text in texts:
            assert set(meant(text).labels) <= set(LABELS)


def test_two_things_in_one_breath() -> None:
    both = meant("where is my order 10442 and the zip is 02139")
    assert both.labels[0] == "order_status"
    assert both.numbers[0].value == "10442"
    assert both.details == (("zip", "02139"),)


def test_a_person_comes_first_and_a_change_before_a_question() -> None:
    assert meant("where is my order and can I talk to a person").labels[0] == "talk_to_human"
    assert meant("where is my order and can I cancel it").labels[0] == "cancel_order"


def test_digits_belong_to_what_was_asked_for() -> None:
    assert meant("02139", asked="zip").details == (("zip", "02139"),)
    assert meant("02139", asked="zip").numbers == ()
    assert meant("02139", asked="order_number").numbers[0].value == "02139"
    assert meant("4242", asked="last4").details == (("last4", "4242"),)
    switched = meant("actually the order number is 10443", asked="zip")
    assert switched.numbers[0].value == "10443"
    assert switched.details == ()


def test_four_digits_are_not_taken_for_a_zip() -> None:
    assert meant("0213", asked="zip").details == ()


def test_empty_and_odd_texts_mean_nothing() -> None:
    for text in ("", "   ", "😀", "...", "\x07"):
        assert meant(text).labels == ()
