"""E-mail addresses as callers say them: 'jane dot doe at g mail dot com', 'jon, that's j o n, at yahoo'."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken.email_domain import corrected_domain, domain_at, heard, near_provider
from asterisk_agent.dialog.spoken.email_local import LEADS, local_part
from asterisk_agent.dialog.spoken.email_tokens import email_tokens
from asterisk_agent.dialog.spoken.remarks import without_hyphens
from asterisk_agent.dialog.spoken.tokens import bounded

_WRITTEN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_WORD_BY_WORD = re.compile(r"(?:[\w'-]+\. ){3,}[\w'-]+\.?")
"""'Max. At. Gmail. Dot. Com.' as recognisers write slow speech."""
_FINE = re.compile(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_REMARKS = re.compile(
    r"\bfirst name dot last name\b(?: so\b)?|\b(?:it's |that's |and it's )?(?:all )?(?:in |as )?(?:one word"
    r"|lower ?case|small letters|together|one string|no spaces?"
    r"|without (?:any )?spaces?|no dots?|no caps|smushed together|run together)\b"
)


_DESCRIBED = re.compile(
    r"\b(?:and )?(?:then )?(?:my |the )?(?:(?:first|last|middle) (?:initial|name)|initials)\b(?: is|'s| are)?"
    r"(?: then)?,?"
    r"(?! (?:dot|underscore|dash|at)\b)(?: and then)?"
)
"""'first initial r, last name patel': the words that only say what follows."""
_RESTATED = re.compile(r",?\s*\b(?:with )?the (?:number|numeral|digit) (\w+)\b,?")
_THE_NUMBER = re.compile(r",?\s*\b(?:it's|that's|that is|with) the (number|numeral|digit)\b")
_A_NUMBER = re.compile(r"\b(?:then|and) an? (?=(?:one|two|three|four|five|six|seven|eight|nine|zero|\d)\b)")


def _described(spoken: str) -> str:
    """Without the words that tell of the address rather than belong to it."""
    spoken = _DESCRIBED.sub(" ", spoken)
    spoken = _RESTATED.sub(
        lambda match: " " if re.search(rf"\b{re.escape(match.group(1))}\b", spoken[: match.start()]) else match.group(),
        spoken,
    )
    return _A_NUMBER.sub("then ", _THE_NUMBER.sub(r" the \1", spoken))


def parse_email(text: str) -> str:
    """A lower-case e-mail address written or spoken, or ''.

    A known provider may stand without its ending ('at gmail'); a spelled word replaces the same word said before it.
    """
    plain = without_hyphens(bounded(text)).replace(" @ ", "@")
    if _WORD_BY_WORD.fullmatch(plain):
        plain = plain.replace(". ", " ").rstrip(".")
    written = _WRITTEN.search(plain)
    if written and _stands_alone(plain, written):
        return _mended(written.group().lower().rstrip("."))
    spoken = _described(_REMARKS.sub(" ", heard(plain.lower())))
    tokens = email_tokens(spoken)
    found = [
        (at, *known) for at, token in enumerate(tokens) if token.word == "at" and (known := domain_at(tokens, at + 1))
    ]
    if not found:
        return ""
    at, end, domain = found[-1]
    start = found[-2][1] if len(found) > 1 else 0
    local = local_part(tokens[start:at])
    for earlier, _, _ in reversed(found[:-1]):
        if not local:
            local = local_part(tokens[:earlier])
    address = f"{local}@{corrected_domain(tokens, end) or domain}"
    return address if _FINE.fullmatch(address) else ""


def _stands_alone(text: str, written: re.Match[str]) -> bool:
    """Whether the written address is whole: no letters spelled before it, no 'John Smith@gmail.com'."""
    local = written.group().split("@")[0]
    before = text[: written.start()].rstrip()
    if re.search(r"(?:^|[\s-])[A-Za-z](?:-[A-Za-z])+$", local) or len(local) == 1:
        return not re.search(r"\b[A-Za-z][ ,.-]*$", before) and "-" not in local
    if re.search(r"\b(?:dot|underscore|dash|hyphen|plus)$", before, re.IGNORECASE):
        return False
    name = re.search(r"(?:^|[\s])([A-Z][a-z]+)$", before)
    return name is None or name.group(1).lower() in LEADS or not local[0].isupper()


def _mended(address: str) -> str:
    local, _, domain = address.rpartition("@")
    name, _, ending = domain.partition(".")
    return f"{local}@{near_provider(name)}.{ending}"
