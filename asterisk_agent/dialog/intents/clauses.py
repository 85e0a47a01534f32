"""Cuts a turn into the things that it says, one after the other: 'where is it and can I change the address'."""

from __future__ import annotations

import re

MOST = 4
"""Clauses looked at in one turn; a longer story is judged as a whole."""

_NEW = (
    r"i|i'm|i'd|i've|i'll|can|could|would|will|do|does|did|is|are|was|has|have|please|what|what's|when|when's|where"
    r"|where's|how|who|why|let|get|give|cancel|change|connect|transfer|send|tell|also|then|my|the|it|it's|you|we|they"
    r"|there|there's|that|maybe|just|if|skip|pause|return|refund|reschedule|track|update"
)
_JOIN = r"(?:and also|and then|oh and|and|also|plus|but|then|or else|as well as)"
_CUT = re.compile(
    rf"[.?!;]+(?:\s+|$)"
    rf"|,?\s+{_JOIN}\s+(?=(?:um |uh |oh |also |then |maybe )*(?:{_NEW})\b)"
    rf"|,\s+(?=(?:{_NEW})\b)"
    rf"|\s+(?=(?:also|oh and|plus) (?:{_NEW})\b)",
    re.IGNORECASE,
)


_POLITE = re.compile(
    r"(?:(?:um|uh|so|please|and|but|hi|hello)\W+)*"
    r"(?:(?:can|could|would|will) (?:you|somebody|someone|anyone) (?:please )?"
    r"(?:help|assist)(?: me| us)?(?: out)?(?: with (?:this|that|it))?"
    r"|i need (?:some |your )?help|i have a question|i was hoping you (?:can|could) help(?: me)?)\W*(?:please)?\W*",
    re.IGNORECASE,
)
"""Says nothing of what is wanted."""


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of ``text``, in order; only those of two words and more. One when it says one thing."""
    protected = re.sub(r"(?<=\d)[.,](?=\d)|(?<=\w)\.(?=\w)", "\u2024", text)
    parts = [part.replace("\u2024", ".").strip(" ,") for part in _CUT.split(protected)]
    kept = tuple(part for part in parts if len(part.split()) >= 2 and not _POLITE.fullmatch(part))
    if len(kept) == 1 and any(_POLITE.fullmatch(part) for part in parts):
        return kept
    return kept if 2 <= len(kept) <= MOST else (text,)
