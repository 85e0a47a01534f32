"""References that callers are told: short, and of letters and digits that sound and look like no other."""

from __future__ import annotations

import secrets

ALPHABET = "KMRWXY234679"
"""At most one of those that sound alike (A H J K 8; B C D E G P T V Z 3; F S X; M N; Q U 2; I Y; 5 9) or look alike
(0 O Q D; 1 I L 7; 2 Z; 5 S; 6 G). No vowel, so no word."""

LENGTH = 6


def new_reference(length: int = LENGTH) -> str:
    """One of 3 million, such as 'K4RX72'. Who keeps it must bear with two that are the same."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
