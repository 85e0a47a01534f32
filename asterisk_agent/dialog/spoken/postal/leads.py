"""Words around an address that are no part of it."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken.postal import words as usps
from asterisk_agent.dialog.spoken.vocabulary import word_set

BREAK = "|"
"""Stands where a part was taken out: no name goes over it."""
FILLERS = word_set(
    "now instead anymore currently um uh er erm uhm hmm please thanks like so okay ok yeah yes well actually just also"
    " then only"
)
LINKS = word_set("is it's its should be to that's it was , the that supposed : now my of actually would 's a mine")
"""Words between a label ('the zip code') and its value."""
_PHRASES = (
    r"address (?:is|to|should be|'s|would be|on file is|will be)",
    r"live (?:at|in|on)",
    r"living (?:at|in)",
    r"moved to|move to|moving to",
    r"send (?:it|that|this|them|everything) to",
    r"ship (?:it|that|this|them)? ?to|shipped to",
    r"deliver (?:it|that|them|this)? ?to|delivered to|delivery to",
    r"go(?:es|ing)? to",
    r"change (?:it|that|the address|this) to|changed to|update (?:it|that) to",
    r"(?:i'm|we're|i am|we are|it's|located) (?:at|in|on|over at)",
    r"reads|make it|use|mail it to|needs to be|supposed to be|should be|should say|should read|redirect it to",
    r"coming to|heads? to|it to",
)
_WORDS = (
    r"it's|it is|that's|the|to|at|my|is|its|in|on|number|and|street|address|hi|hello|yeah|um|uh|sure|okay|so|no|yes"
    r"|well|please|from|new(?! (?:york|jersey|mexico|hampshire|orleans|haven|\w+ (?:street|st|avenue|road)))"
)
_LEAD = re.compile(rf"^(?:.*\b(?:{'|'.join(_PHRASES)})\b|(?:{_WORDS})\b)[ ,:]*")


def lead_end(rest: list[str]) -> int:
    """The first word that belongs to the address: after 'my new address is', 'send it to'."""
    at = 0
    text = " ".join(rest)
    while match := _LEAD.match(text):
        if not match.end() or not text[match.end() :].strip():
            break
        if text[: match.end()].split()[-1] in usps.SUFFIXES and match.group().split()[0] != "street":
            break
        at += len(text[: match.end()].split())
        text = text[match.end() :]
    return at
