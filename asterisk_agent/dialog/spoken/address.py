"""Street addresses as callers say them, in USPS abbreviations (Publication 28); what was not said stays None."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace

from rapidfuzz import fuzz

from asterisk_agent.dialog.spoken.numerals import plain_words
from asterisk_agent.dialog.spoken.postal import words as usps
from asterisk_agent.dialog.spoken.postal.leads import lead_end
from asterisk_agent.dialog.spoken.postal.numbers import number_at
from asterisk_agent.dialog.spoken.postal.parts import Parts, parts_of
from asterisk_agent.dialog.spoken.remarks import without_remark
from asterisk_agent.dialog.spoken.spelling import spelled_at
from asterisk_agent.dialog.spoken.spelling_hints import hint_at
from asterisk_agent.dialog.spoken.tokens import Token, bounded


@dataclass(frozen=True)
class SpokenAddress:
    """The parts of an address that were said; None: not said. ``line2`` is the unit ('Apt 4B')."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was said."""
        return self == SpokenAddress()


_REPAIR = re.compile(
    r"(?:^|[\s,.;]+)(?:no wait|wait no|no sorry|sorry no|no actually|no no|i mean|i meant|sorry|scratch that"
    r"|actually|correction|or rather"
    r"|rather|wait|oops|my mistake|excuse me|make that|no)\b(?!\s+(?:apartment|unit|number|zip|suite"
    r"|street)\b(?!\s+\w))[\s,.;:]*",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r",?\s*(?:\band\s+|\bbut\s+)?\b(?:it's not|it is not|isn't|not|instead of"
    r"|rather than)\b\s+(?:the\s+)?[^,.;]*?(?=[,.;]|\bit's\b|\bit is\b|\bbut\b|\bit should\b|$)",
    re.IGNORECASE,
)
_WRONG = re.compile(
    r"\b(?:is|was|'s|are|you have is)\s+(?:all\s+|just\s+)?(?:wrong|incorrect|off|not right|outdated|old"
    r"|messed up|missing)\b[,.]?",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"\b(?:everything(?: else)?(?:'s| is)? (?:right|correct|the same|fine|good)|the rest is (?:right|fine"
    r"|correct|the same)|everything else stays the same|same (?:street|address|city|building|zip)(?: and (?:city"
    r"|street|zip))?|rest is the same|all good|all right)"
    r"(?: except(?: for)?| but(?: for)?| apart from| other than| just)?\b,?",
    re.IGNORECASE,
)
_DESCRIPTION = re.compile(
    r"[,.;]\s*(?:and )?(?:it's|it is|that's|there's)\s+(?:an?|my|our)\s[^,.;]*[.\s]*$", re.IGNORECASE
)
_LEAD = re.compile(
    r"^.{0,60}?\b(?:new|right|correct|actual|current|other) (?:one|place|spot|house|home|address)"
    r"(?:'s| is| should be| would be)[\s,:]+(?!not\b|wrong\b)(?=\S+\s+\S)",
    re.IGNORECASE,
)
"""'The new one is', before the address."""
_SPELLED = frozenset({"spelled", "spelt", "that's", "it's", "spelling", ",", "is", "as"})


def parse_address(text: str, current: SpokenAddress | None = None) -> SpokenAddress:
    """The address in ``text``; of a correction in part only the parts that it changes.

    ``current``: the address that is being corrected: 'number 14, same street' needs its street.
    """
    text = _LEAD.sub("", _without_description(without_remark(bounded(text))))
    codes = frozenset(re.findall(r"\b[A-Z]{2}\b", text))
    known = _known(current)
    streets = frozenset(word for word in known.street.lower().split() if not word[0].isdigit())
    said = Parts()
    refused = " ".join(match.group() for match in _AGAINST.finditer(text)).lower()
    city_named = bool(current and current.city and current.city.lower() in refused)
    plain = _AGAINST.sub(" ", _KEPT.sub(" ", _WRONG.sub(" ", text)))
    for clause in _REPAIR.split(plain):
        if clause and clause.strip():
            said = _merged(said, parts_of(_spelled_out(plain_words(_tidy(clause))), codes, streets, city_named), known)
    if said.bare:
        said = _placed(
            said, known, plain_words(refused), bool(re.search(r"\bnumber\b|same street", text, re.IGNORECASE))
        )
    if not _credible(said, known, plain):
        said = replace(said, number="", before="", street="", suffix="", after="")
    return _written(said, known)


def _without_description(text: str) -> str:
    """Without what the caller tells about the place behind the address: '…, it's a trailer park'."""
    match = _DESCRIPTION.search(text)
    if match is None or len(text[: match.start()].split()) < 3:
        return text
    told = match.group().lower()
    named = any(char.isdigit() for char in told) or any(word in usps.STRONG for word in re.findall(r"[a-z]+", told))
    return text if named else text[: match.start()]


def _credible(said: Parts, known: Parts, text: str) -> bool:
    """Whether the street is one: 'I have 2 kids' and 'to the wrong street' name none."""
    if known.number or said.unit or said.city or said.state or said.zip or not said.street:
        return True
    if not said.number:
        return len(said.street.split()) <= 3
    words = plain_words(_tidy(text))
    return bool(said.suffix or said.before) or number_at(words, lead_end(words)) is not None


def _placed(said: Parts, known: Parts, refused: list[str], numbered: bool) -> Parts:
    """A number by itself takes the place of the one that is refused: 'it's three fifty, not three oh five'."""
    wrong = {number[1] for at in range(len(refused)) if (number := number_at(refused, at))}
    kind, _, unit = known.unit.rpartition(" ")
    if unit and unit in wrong:
        return replace(said, unit=f"{kind} {said.bare}")
    if known.number and (known.number in wrong or numbered):
        return replace(said, number=said.bare)
    return replace(said, zip=said.bare) if len(said.bare) == 5 and known.zip in wrong else said


def _tidy(clause: str) -> str:
    """Periods of 'P.O.', 'St.', 'D.C.' away; 'apt.4b' apart; '4b' and '#12' in one piece."""
    tidy = re.sub(r"\b([A-Za-z])\.(?=[\s,]|[A-Za-z]\b|$)", r"\1 ", clause)
    tidy = re.sub(
        r"\b(St|Ave|Rd|Dr|Ln|Blvd|Ct|Apt|Ste|Hwy|Pl|Pkwy|Cir|No|Mt|Ft|N|S|E|W|Jr)\.", r"\1 ", tidy, flags=re.IGNORECASE
    )
    tidy = re.sub(
        r"\b(zip|code|city|state|street|suite|apartment|unit|number)'s\b", r"\1 is", tidy, flags=re.IGNORECASE
    )
    tidy = re.sub(r"\b(\d+)([A-Za-z])\b(?!['’])", r"\1 \2", tidy)
    tidy = re.sub(r"\b([A-Za-z])-?(\d+)\b", r"\1 \2", tidy)
    tidy = re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", " ", tidy)
    return re.sub(r"\bO ?(?=\d{4}\b)", "0", tidy)


def _spelled_out(spoken: list[str]) -> list[str]:
    """Spelled words in place of the words that they spell: 'wyeth street, w y e t h'."""
    result: list[str] = []
    at = 0
    while at < len(spoken):
        if spoken[at] == "with" and result and (hint := _hinted(result, spoken, at)):
            at = hint
            continue
        tokens = [Token(word, False) for word in spoken[at : at + 40]]
        spelled = spelled_at(tokens, 0, least=3) if len(spoken[at]) <= 7 else None
        if spelled is None or spoken[at : at + 3] == ["p", "o", "box"]:
            result.append(spoken[at])
            at += 1
            continue
        _put(result, spelled.letters)
        at += spelled.end
        while result and result[-1] == "," and spoken[at : at + 1] == [","]:
            result.pop()
        if spoken[at : at + 1] == [","] and spoken[at + 1 : at + 2] and spoken[at + 1] in usps.STRONG:
            if result[-1] == ",":
                result.pop()
            at += 1
    return result


def _hinted(result: list[str], spoken: list[str], at: int) -> int:
    """The end of 'green with an e' after mending the word where it stood first; 0 for none."""
    word = result[-1]
    hint = hint_at(word, [Token(item, False) for item in spoken[at : at + 12]], 0)
    if hint is None or not word.isalpha():
        return 0
    result.pop()
    while result and result[-1] in _SPELLED and word in result:
        result.pop()
    if word in result:
        result[result.index(word)] = hint[1]
    else:
        result.append(hint[1])
    return at + hint[0]


def _put(result: list[str], letters: str) -> None:
    scored = [
        (fuzz.ratio(result[-back], letters), back)
        for back in range(1, min(8, len(result)) + 1)
        if result[-back].isalpha() and result[-back] not in usps.SUFFIXES and result[-back] not in _SPELLED
    ]
    best = max(scored, default=(0.0, 0))
    if best[0] >= 55:
        while result and result[-1] in _SPELLED and best[1] > 1:
            result.pop()
            best = (best[0], best[1] - 1)
        result[-best[1]] = letters
    else:
        result.append(letters)


def _known(current: SpokenAddress | None) -> Parts:
    if current is None or not current.line1:
        return Parts()
    line = parts_of(plain_words(_tidy(current.line1)), frozenset())
    return replace(line, unit=current.line2 or "", zip=current.zip or "")


def _merged(said: Parts, more: Parts, known: Parts) -> Parts:
    """What a correction leaves: later parts replace earlier ones; a bare number replaces the last number said."""
    bare = more.bare
    values = {item.name: getattr(more, item.name) or getattr(said, item.name) for item in fields(Parts)}
    merged = Parts(**{**values, "bare": ""})
    if more.street and not more.suffix and said.suffix and not more.number:
        merged = replace(merged, suffix=said.suffix)
    if more.street and more.number:
        merged = replace(merged, before=more.before, suffix=more.suffix, after=more.after)
    if more.street and not more.before and said.before and more.number:
        merged = replace(merged, before="")
    if not bare:
        return replace(
            merged,
            bare=said.bare if not more.number else "",
            number=merged.number or (said.bare if more.street else ""),
        )
    if len(bare) == 5 and (said.zip or (not said.unit and not said.line1 and not known.number)):
        return replace(merged, zip=bare)
    if said.unit:
        return replace(merged, unit=f"{said.unit.rsplit(' ', 1)[0]} {bare}")
    return replace(merged, bare=bare) if not said.number else replace(merged, number=bare)


def _written(said: Parts, known: Parts) -> SpokenAddress:
    if said.line1 and not said.box and known.line1:
        said = _completed(said, known)
    return SpokenAddress(
        line1=said.line1 or None,
        line2=said.unit or None,
        city=said.city or None,
        state=said.state or None,
        zip=said.zip or None,
    )


def _completed(said: Parts, known: Parts) -> Parts:
    """The street line with what was not said of it taken from the current one."""
    if said.number and said.street:
        same = said.street == known.street
        return replace(said, suffix=said.suffix or known.suffix, before=said.before or known.before) if same else said
    if said.number:
        street, before = known.street, said.before or known.before
        return replace(
            said, street=street, before=before, suffix=said.suffix or known.suffix, after=said.after or known.after
        )
    same = not said.street or said.street == known.street
    return replace(
        said,
        number=known.number,
        street=said.street or known.street,
        suffix=said.suffix or known.suffix,
        before=said.before or (known.before if same else ""),
        after=said.after or (known.after if same else ""),
    )
