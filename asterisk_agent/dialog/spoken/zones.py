"""Which part of an utterance speaks of what: 'order 10442 and the zip is 02139'."""

from __future__ import annotations

import re
from typing import Literal

Zone = Literal["open", "order_number", "zip", "phone", "last4", "email", "tracking"]

_LABELS: tuple[tuple[Zone, str], ...] = (
    ("last4", r"(?:the )?last (?:four|4)(?: digits)?(?: of (?:my|the) (?:credit |debit |payment )?card)?"),
    ("last4", r"(?:credit |debit |payment )?card(?: number)?(?: ends| ending)?(?: in| with)?"),
    ("last4", r"ending (?:in|with)|ends (?:in|with)"),
    ("zip", r"(?:delivery |shipping |billing )?(?:zip|postal|post) ?code|zip"),
    (
        "phone",
        r"(?:tele|cell|mobile |home |my |work )?phone(?: number)?|mobile(?: number)?|cell(?: number)?",
    ),
    ("phone", r"call me (?:back )?(?:at|on)"),
    ("email", r"e-?mail(?: address)?"),
    ("tracking", r"tracking(?: number| code| id)"),
    (
        "order_number",
        r"(?:order|confirmation|reference|purchase|invoice)(?: (?:number|no\.?|id|code))?"
        r"|(?:my|the|with|for) number|number is",
    ),
)
_LABEL = re.compile(
    r"\b(?:" + "|".join(f"(?P<{zone}_{count}>{text})" for count, (zone, text) in enumerate(_LABELS)) + r")(?![a-z0-9])",
    re.IGNORECASE,
)

_ON_FILE = re.compile(r"\b(?:on|for|with|to|in|under) (?:the|my|this|that|our)?\s*$", re.IGNORECASE)


def zones(text: str, asked: Zone = "open") -> list[tuple[Zone, str]]:
    """Cut ``text`` at the words that name what follows; the part before the first belongs to ``asked``.

    '02139 is my zip' is understood as well. The label itself stays at the front of its part.
    """
    parts: list[tuple[Zone, str]] = []
    start, current = 0, asked
    for match in _LABEL.finditer(text):
        kind = match.lastgroup or ""
        label: Zone = next(zone for zone, _ in _LABELS if kind.startswith(zone))
        if label == "order_number" and current not in ("open", "order_number") and not _names_an_order(match.group()):
            continue
        before = text[start : match.start()]
        # 'The phone number on the order is …' speaks of the phone number.
        if label == "order_number" and current not in ("open", "order_number") and _ON_FILE.search(before):
            continue
        backward = re.search(r"(?:\bis|'s|\bas)\s+(?:my|the|our|a)\s*$", before, re.IGNORECASE)
        if backward and re.search(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|zero|oh)\b", before, re.I):
            parts.append((label, before))
            start, current = match.end(), "open"
            continue
        if before.strip():
            parts.append((current, before))
        start, current = match.start(), label
    if text[start:].strip():
        parts.append((current, text[start:]))
    return parts


def _names_an_order(label: str) -> bool:
    """Whether the words name an order themselves, rather than 'the number is' of what was named before."""
    return re.match(r"order|confirmation|reference|purchase|invoice", label, re.IGNORECASE) is not None


def zone_text(text: str, wanted: frozenset[Zone], asked: Zone = "open") -> str:
    """Only the parts of ``text`` in the wanted zones."""
    return " . ".join(part for zone, part in zones(text, asked) if zone in wanted)
