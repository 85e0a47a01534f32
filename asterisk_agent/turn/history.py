"""What of a reply the caller heard."""

from __future__ import annotations

from collections.abc import Sequence


def heard_text(sentences: Sequence[str], durations_ms: Sequence[int], heard_ms: int) -> str:
    """The words of a reply that had been heard when it was cut off.

    ``durations_ms``: the audio of each sentence in order, milliseconds; sentences not rendered yet may be missing
    (they were not heard). Whole sentences count in full; of the one that was cut the words in proportion to its
    letters, since longer words take longer, down to the last whole word.
    """
    heard: list[str] = []
    left = heard_ms
    for sentence, duration in zip(sentences, durations_ms, strict=False):
        if left <= 0:
            break
        heard.append(sentence if left >= duration else _beginning(sentence, left / duration))
        left -= duration
    return " ".join(part for part in heard if part)


def _beginning(sentence: str, share: float) -> str:
    words = sentence.split()
    budget = share * len(" ".join(words))
    kept: list[str] = []
    used = 0
    for word in words:
        used += len(word)
        if used > budget:
            break
        kept.append(word)
        used += 1
    return " ".join(kept)
