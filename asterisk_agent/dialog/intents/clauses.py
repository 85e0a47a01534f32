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


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of ``text``, in order; only those of two words and more. One when it says one thing."""
    protected = re.sub(r"(?<=\d)[.,](?=\d)|(?<=\w)\.(?=\w)", "\u2024", text)
    parts = [part.replace("\u2024", ".").strip(" ,") for part in _CUT.split(protected)]
    kept = tuple(part for part in parts if len(part.split()) >= 2)
    return kept if 2 <= len(kept) <= MOST else (text,)
