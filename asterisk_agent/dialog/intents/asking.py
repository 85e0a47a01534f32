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
_DOMAIN = r"(?:com|net|org|edu|gov|us|io|co|info|biz|me)\b"
_EMAIL = re.compile(
    rf"[,.]?\s*\b(?:my |the )?e-?mail\b.*?(?:(?:\.|\bdot)\s*{_DOMAIN}|$)|\S+@\S+|\S+(?: dot \S+)* at \S+ dot \w+",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:and |with |for |it's |its |that's |this is )*(?:the |my )?(?:order|confirmation)"
    r"(?: (?:number|no|id|code))(?: is|'s)?\b"
    r"|\bnumber(?: is)?\s*$",
    re.IGNORECASE,
)


_STARTS = (
    r"i|i'd|i'm|i've|i'll|can|could|please|we|where|where's|when|when's|what|what's|how|how's|why|who|which|it|it's|it"
    r" was|that|they|they're|there|nothing|nobody|no one|still|says|said|is|isn't|was|are|has|hasn't|have|did|didn't"
    r"|does|do|will|would|need|want|just|cancel|change|return|refund|exchange|send|track|check|let|tell|give|put|skip|pause"
    r"|reschedule|my|the|says"
)
_WISH = re.compile(rf"\s*(?:[,.;?!]+\s+(?:and |but |so )?|(?:and |but |so )?(?=(?:{_STARTS})\b))(.+)$", re.IGNORECASE)
"""What follows a detail: a new sentence, or words that begin one."""
_DANGLING = re.compile(r"\b(?:(?:and|or|the|my|it's|its|is|for|with|um|uh)\s*)+(?=[.,?!;]|$)", re.IGNORECASE)


def asking(text: str) -> str:
    """The words that are left; '' when there are none."""
    rest, skipped = "", False
    for zone, part in zones(text):
        if zone in ("open", "order_number"):
            rest += ("." if skipped else "") + " " + part
        else:
            # What follows a detail may be the wish: 'phone 301…, I need it sent to …', 'zip 02139 where is it'.
            ends = [found.end() for found in (*_CODE.finditer(part), *_EMAIL.finditer(part))]
            wish = _WISH.match(part[min(ends, default=len(part)) :])
            rest += f". {wish.group(1)}" if wish else ""
        skipped = zone not in ("open", "order_number")
    for pattern in (_EMAIL, _CODE, _LABEL, _DANGLING):
        rest = pattern.sub(" ", rest)
    rest = re.sub(r"\s+([.,?!])", r"\1", re.sub(r"\s+", " ", rest))
    rest = re.sub(r"[,;]+(?=[.?!])|(?<=[.?!])[.,;]+", "", rest)
    return re.sub(r"^[\s.,;:-]+|[\s.,;:-]+$", "", rest)
