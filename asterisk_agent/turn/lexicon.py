"""Word lists."""

from __future__ import annotations


def lexicon(*lines: str) -> frozenset[str]:
    """The words of the lines."""
    return frozenset(word for line in lines for word in line.split())
