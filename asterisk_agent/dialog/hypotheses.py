"""Which of the recogniser's texts answers what was asked: the one with a whole number, if its best has none."""

from __future__ import annotations

from collections.abc import Sequence

from asterisk_agent.dialog.capture import SURE_READING
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.dialog.spoken.order_number import parse_order_number
from asterisk_agent.dialog.spoken.parse import Context, parse
from asterisk_agent.settings import Shop

_NUMBERS: dict[Slot, str] = {
    "open": "order_number",
    "order_number": "order_number",
    "zip": "zip",
    "last4": "last4",
    "phone": "phone",
    "contact": "phone",
}
_SAID_UNASKED = ("tracking_number", "phone", "zip")


def by_likelihood(texts: Sequence[str], asked: Slot, shop: Shop) -> tuple[str, ...]:
    """``texts`` (the best first, each once) with the first in front that has the number that was asked for.

    Recognisers drop one of three equal digits, or the whole number behind a sentence that they know well; their second
    choice often has it. A best text that holds a whole number stays where it is.
    """
    ordered = tuple(dict.fromkeys(texts))
    kind = _NUMBERS.get(asked)
    if kind is None or len(ordered) < 2:
        return ordered
    context = Context(pattern=shop.order_number, country=shop.country)
    better = next((text for text in ordered[1:] if _holds(kind, text, context)), None)
    whole = (kind, *_SAID_UNASKED) if asked == "open" else (kind,)
    if better is None or any(_holds(number, ordered[0], context) for number in whole):
        return ordered
    return tuple(dict.fromkeys((better, *ordered)))


def _holds(kind: str, text: str, context: Context) -> bool:
    """Whether ``text`` has a whole number of this kind: nothing missing, nothing too much."""
    if kind != "order_number":
        return bool(parse(kind, text, context))
    return any(found.confidence >= SURE_READING for found in parse_order_number(text, context.pattern))
