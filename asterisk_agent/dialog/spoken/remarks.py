"""Words after an answer that are no part of it: 'Bobby Tucker, sir', '…, Ohio, 45402, please send it there'."""

from __future__ import annotations

import re

_REMARK = re.compile(
    r"\s*[,.;]\s*(?:and\s+|but\s+)?(?:please|thanks?|thank you|sir|ma'?am|dear|hon|honey|sweetie|my orders?|the order"
    r"|no relation|that'?s (?:it|all|how|the whole|my)|i (?:got|ordered|placed|bought|think)|like it sounds"
    r"|just like)\b.*$",
    re.IGNORECASE,
)
_SPELLED = re.compile(r"\b[A-Za-z](?:[-\s.]+[A-Za-z]\b){2}")
_HYPHENATED = re.compile(
    r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(one|two|three|four|five|six|seven|eight|nine)\b",
    re.IGNORECASE,
)


def without_remark(text: str) -> str:
    """The answer alone, where something is left before the remark; spelled letters behind it keep it whole."""
    match = _REMARK.search(text)
    if match is None or len(text[: match.start()].split()) < 2 or _SPELLED.search(match.group()):
        return text
    return text[: match.start()]


def without_hyphens(text: str) -> str:
    """'forty-two' as a recogniser writes it, as the two words that are spoken."""
    return _HYPHENATED.sub(r"\1 \2", text)
