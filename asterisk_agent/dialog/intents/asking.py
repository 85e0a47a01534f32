"""What a turn asks for when its numbers and details are taken out: 'cancel it, 10442, zip 02139' is 'cancel it'."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken.zones import zones

_DIGIT = (
    r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w*teen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|double|triple|niner)"
)
_CODE = re.compile(
    rf"#?\b(?:[a-z]{{0,3}}[-.\s]?\d[\d\s.,-]{{2,}}\d|\d{{3,}})\b|\b{_DIGIT}(?:[\s,-]+(?:and\s+)?(?:{_DIGIT}|\d+))+\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[,.]?\s*\b(?:my |the )?e-?mail\b.*$|\S+@\S+|\S+(?: dot \S+)* at \S+ dot \w+", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:and |with |for |it's |its |that's |this is )*(?:the |my )?(?:order|confirmation)"
    r"(?: (?:number|no|id|code))(?: is|'s)?\b"
    r"|\bnumber(?: is)?\s*$",
    re.IGNORECASE,
)


_WISH = re.compile(r"[,.;]\s+((?:i|i'd|i'm|can|could|please|we|where|when|what|how)\b.*)$", re.IGNORECASE)
_DANGLING = re.compile(r"\b(?:(?:and|or|the|my|it's|its|is|for|with|um|uh)\s*)+(?=[.,?!;]|$)", re.IGNORECASE)


def asking(text: str) -> str:
    """The words that are left; '' when there are none."""
    rest, skipped = "", False
    for zone, part in zones(text):
        if zone in ("open", "order_number"):
            rest += ("." if skipped else "") + " " + part
        else:
            # What follows a detail after a pause may be the wish: 'phone 301…, I need it sent to …'.
            rest += "".join(f". {wish}" for wish in _WISH.findall(part)[:1])
        skipped = zone not in ("open", "order_number")
    for pattern in (_EMAIL, _CODE, _LABEL, _DANGLING):
        rest = pattern.sub(" ", rest)
    rest = re.sub(r"\s+([.,?!])", r"\1", re.sub(r"\s+", " ", rest))
    return re.sub(r"^[\s.,;:-]+|[\s.,;:-]+$", "", rest)
