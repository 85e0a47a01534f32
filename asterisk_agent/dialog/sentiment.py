"""How a turn sounds, from its words alone: -1 furious, 0 plain, 1 delighted."""

from __future__ import annotations

import re

from asterisk_agent.dialog.cues import Cues

_NOT = re.compile(r"\b(?:not|isn't|wasn't|never|no|don't|didn't|hardly|aren't)(?: \w+){0,2}$")
_MORE = re.compile(
    r"\b(?:very|really|so|extremely|absolutely|totally|completely|super|fucking|freaking|pretty)(?: \w+)?$"
)


def sentiment(plain: str, known: Cues) -> float:
    """-1…1 for lower-case text without punctuation.

    The strongest words count, each turned round by a negation up to three words before ('not happy') and raised by
    half after 'so', 'really' and the like; several add up, damped.
    """
    total = 0.0
    for weight, pattern in known.feelings:
        for found in pattern.finditer(plain):
            before = plain[: found.start()].rstrip()
            value = weight * (1.5 if _MORE.search(before) else 1.0)
            total += -0.6 * value if _NOT.search(before) else value
    return round(max(-1.0, min(1.0, total)), 3)
