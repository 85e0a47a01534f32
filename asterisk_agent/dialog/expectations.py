"""What an answer to each question will look like, for endpointing and for the recogniser."""

from __future__ import annotations

from asterisk_agent.dialog.protocol import Expectation, Slot
from asterisk_agent.dialog.spoken.order_format import order_format
from asterisk_agent.dialog.spoken.vocabulary import NATO, PLURALS, TEENS, TENS, TIMES, UNITS
from asterisk_agent.settings import Shop

_DIGIT_WORDS = (
    *(word for word in UNITS if word not in ("niner", "fife")),
    *("zero", "oh", "hundred", "thousand", "and"),
    *TEENS,
    *(word for word in TENS if word != "fourty"),
    *(word for word in TIMES if word in ("double", "triple")),
    *(word for word in PLURALS if word in ("zeros", "ones", "twos", "fives", "sevens")),
)
_LETTER_WORDS = (*"abcdefghijklmnopqrstuvwxyz", "as", "in", "for", *NATO)
_WAYS_OUT = (
    *("yes", "no", "sorry", "i mean", "wait", "not", "my", "order", "number", "is", "it's", "the", "zip", "code"),
    *("agent", "person", "operator", "representative", "human", "help", "repeat", "what", "i don't know", "um", "uh"),
    "[unk]",
)
"""Words a caller may say instead of a number; without them a grammar engine would bend them into digits."""

_PROMPTS: dict[Slot, str] = {
    # A whole question in a prompt makes Whisper write that question and stop there, before the caller's number.
    "open": "Order number, tracking, package, delivery, refund, return, ZIP code, agent.",
    "order_number": "My order number is",
    "zip": "My ZIP code is",
    "email": "My e-mail address is name@example.com, at, dot com, underscore.",
    "phone": "My phone number is",
    "last4": "The last four digits are",
    "yes_no": "Yes. No. That's right. That's wrong.",
    "date": "Monday. Tuesday, December 1st. Tomorrow. Next Friday.",
    "address": "My address is 12 Main Street, Apartment 4, Boston, Massachusetts, ZIP code 02139.",
    "choice": "The first one. Tuesday. Between 8 AM and noon.",
    "item": "The first one. Just the",
    "words": "",
    "rating": "One, two, three, four, five.",
    "contact": "My phone number is",
}
_LENGTHS: dict[Slot, tuple[int, ...]] = {"zip": (5,), "phone": (10,), "last4": (4,), "contact": (10,)}


def expectation(slot: Slot, shop: Shop) -> Expectation:
    """The expectation after asking for ``slot``."""
    shape = order_format(shop.order_number)
    lengths = _LENGTHS.get(slot, ())
    words: tuple[str, ...] = ()
    prompt = _PROMPTS[slot]
    if slot == "order_number":
        spoken = {length - len(head) for length in shape.lengths for head in ("", *shape.beginnings)}
        lengths = tuple(sorted(spoken | set(shape.lengths)))
    if slot in ("order_number", "zip", "phone", "last4", "contact"):
        words = (*_DIGIT_WORDS, *_WAYS_OUT)
        prompt += " 0 1 2 3 4 5 6 7 8 9."
    if slot == "order_number" and shape.speaks_letters:
        words = tuple(dict.fromkeys((*_LETTER_WORDS, *words)))
        prompt += " A B C, B as in boy."
    return Expectation(slot=slot, lengths=lengths, words=words, prompt=f"{shop.name}. {prompt}".strip())
