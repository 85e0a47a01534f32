"""Runs of digits of a known length in what a caller says."""

from __future__ import annotations

from collections.abc import Callable

from asterisk_agent.dialog.spoken.corrections import without_preview, without_refused
from asterisk_agent.dialog.spoken.search import search
from asterisk_agent.dialog.spoken.tokens import tokenize

_LIMIT = 0.7
"""Readings that cost more are guesses, and identity is not guessed."""
_WIDTH = 32


def parse_digits(
    text: str, lengths: tuple[int, ...], extra: Callable[[str], float] | None = None, limit: float = _LIMIT
) -> str:
    """The digits of ``text`` as one string of one of these lengths (corrections obeyed), or ''.

    ``extra``: what speaks against a value besides its words, in the same measure (0.3: an odd reading). ``limit``: the
    cost from which a reading is a guess.
    """
    for plain in dict.fromkeys((without_refused(without_preview(text)), without_refused(text), text)):
        if value := _digits(plain, lengths, extra, limit):
            return value
    return ""


def _digits(text: str, lengths: tuple[int, ...], extra: Callable[[str], float] | None, limit: float) -> str:
    most = max(lengths)

    def viable(value: str) -> bool:
        return len(value) <= most

    found = search(tokenize(text), viable, lambda value: len(value) in lengths, spell=False, width=_WIDTH)
    near = [
        (heard.cost + (extra(heard.text) if extra else 0.0), -len(heard.text), heard.text)
        for heard in found
        if heard.cost < limit
    ]
    return min(near)[2] if near else ""
