"""ZIP codes and the last digits of cards as callers say them; with the other details that identify a caller."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken.digit_runs import parse_digits
from asterisk_agent.dialog.spoken.email import parse_email
from asterisk_agent.dialog.spoken.phone import parse_phone
from asterisk_agent.dialog.spoken.tokens import bounded

__all__ = ["parse_digits", "parse_email", "parse_last4", "parse_phone", "parse_zip"]

_LABEL = re.compile(
    r"\b(?:the )?last (?:four|4)(?: digits| numbers)?(?: of (?:my|the|that) (?:card|visa|mastercard|credit card"
    r"|debit card))?\b",
    re.IGNORECASE,
)

_EXPIRY = re.compile(r"[\s,]*\b(?:and )?(?:it )?exp(?:ires|iring|iry|iration|\.)?\b.*$", re.IGNORECASE)
_ENDS = re.compile(r"\b(?:ends?|ending|finishes) (?:in|with)\b", re.IGNORECASE)
_WHOLE_LIMIT = 0.3
"""A whole card number is only taken from a plain reading."""


def parse_zip(text: str) -> str:
    """A five-digit US ZIP code; of ZIP+4 the first five. '' if there is none."""
    plain = re.sub(r"\b[oO](?=\d{4}\b)", "0", bounded(text))
    return parse_digits(plain, (5, 9))[:5]


def parse_last4(text: str) -> str:
    """The last four digits of a payment card; of a whole card number its last four. '' if there are none."""
    text = _EXPIRY.sub("", bounded(text))
    plain = _LABEL.sub(" . ", text)
    whole = parse_digits(text, (16, 15), limit=_WHOLE_LIMIT)
    return whole[-4:] or parse_digits(_ENDS.sub(" . ", plain), (4,))
