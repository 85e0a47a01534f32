"""Days as callers name them: 'a week from Monday', 'the twenty third', 'Tuesday, no, Wednesday'."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from asterisk_agent.dialog.spoken.date_anchor import Anchor, Expects
from asterisk_agent.dialog.spoken.date_grammar import DateGrammar, Found
from asterisk_agent.dialog.spoken.numerals import numeralize
from asterisk_agent.dialog.spoken.tokens import bounded

_REPAIR = re.compile(
    r"\b(?:no|nope|sorry|actually|i mean|i meant|wait|rather|make that|make it|scratch that|strike that|oops|whoops"
    r"|correction|my mistake|my bad|let's say|excuse me|pardon|hang on|hold on|better yet|change that)\b"
)
_SAINT = re.compile(r"\bst\.", re.IGNORECASE)
_FOLLOWING = re.compile(r", so\b")
_BESIDE = 3
"""Words between a weekday and the day of the month that says the same day more exactly."""
_CLOSER = re.compile(r"\b(?:like|maybe|probably|think|say|around|about)\b")
"""After a rough time ('a few days ago'), what leads to the day itself."""
_AGAINST_BEFORE = re.compile(
    r"\b(?:not|except(?: for)?|anything but|other than|instead of|rather than|can't do|cannot do|can't make(?: it)?"
    r"|couldn't do|don't want|doesn't work|but not|never|isn't|it's not|wasn't|away|out of town|busy|not home|working"
    r"|work on)(?: on| until| the| for| this| next| be| home| here)*\s*$"
)
_AGAINST_AFTER = re.compile(
    r"^[ ,]*(?:is |are |'s )?(?:(?:that |it )?(?:doesn't|does not|won't|don't|isn't"
    r"|is not)\b(?: really)? ?(?:work|suit|good|going|do|fit)"
    r"|no good|not good|bad|out\b|i can't|i'm (?:away|busy|out|working|at work|not)|i won't|i am not"
    r"|not possible|is impossible)"
)
_PAST_CUES = re.compile(
    r"\b(?:ordered|bought|placed|purchased|paid|shipped|sent|mailed|returned|dropped|delivered|arrived|came|was|were"
    r"|got|received|made|missed|supposed|should have|charged|since)\b"
)
_FUTURE_CUES = re.compile(
    r"\b(?:deliver|come|arrive|will|can|could|would|reschedule|need|want|available|home|by|works|move|bring|prefer"
    r"|be there|get it|how about|going to|gonna|until|back)\b"
)


def parse_date(text: str, today: date, expects: Expects = "") -> date | None:
    """The day that ``text`` names, seen from ``today``; None if it names none.

    ``expects``: whether a day in the past or the future was asked for; '' takes the nearest. Words: 'next Friday' is
    the Friday of next week (weeks begin on Monday), 'Friday' alone never today, 'this weekend' its Saturday.
    """
    grammar = DateGrammar(tuple(numeralize(_SAINT.sub("st", bounded(text)))), Anchor(today, expects))
    found = _mentions(grammar)
    if not found:
        pairs = (grammar.pair(at) for at in range(len(grammar.words)))
        pair = next((item for item in pairs if item), None)
        return pair.day if pair else None
    return _settled(grammar, found)


def _mentions(grammar: DateGrammar) -> list[tuple[int, Found]]:
    """(start, day) of everything that names a day, from left to right."""
    mentions: list[tuple[int, Found]] = []
    at = 0
    while at < len(grammar.words):
        found = grammar.longest(at) or _beside(grammar, at, mentions)
        if found is None:
            at += 1
        else:
            mentions.append((at, found))
            at = found.end
    exact = [item for item in mentions if item[1].kind != "month"]
    return mentions if _month_corrected(grammar, mentions) else exact or mentions


def _beside(grammar: DateGrammar, at: int, mentions: list[tuple[int, Found]]) -> Found | None:
    """'the day after' that which was just said: 'tomorrow, or rather the day after'."""
    words = grammar.words[at : at + 3]
    if not mentions or words[:2] != ("the", "day") or words[2:] not in (("after",), ("before",)):
        return None
    step = timedelta(days=1 if words[2] == "after" else -1)
    return Found(at + 3, mentions[-1][1].day + step, "relative")


def _month_corrected(grammar: DateGrammar, mentions: list[tuple[int, Found]]) -> bool:
    return any(
        later[1].kind == "month" and earlier[1].number and _REPAIR.search(_between(grammar, earlier[1].end, later[0]))
        for earlier, later in pairwise(mentions)
    )


def _between(grammar: DateGrammar, start: int, end: int) -> str:
    return " ".join(grammar.words[start:end])


def _settled(grammar: DateGrammar, mentions: list[tuple[int, Found]]) -> date:
    """Of several days the one that is meant: the corrected one, not the refused one, the one in the right clause."""
    kept: list[tuple[int, Found]] = []
    refused: list[tuple[int, Found]] = []
    previous_end = 0
    for place, (start, found) in enumerate(mentions):
        before = _between(grammar, previous_end, start)
        following = mentions[place + 1][0] if place + 1 < len(mentions) else len(grammar.words)
        after = _between(grammar, found.end, following)
        previous_end = found.end
        against = bool(_AGAINST_BEFORE.search(before)) and not re.search(r"\buntil(?: the)?$", before)
        if against or _AGAINST_AFTER.search(after):
            refused.append((start, found))
        elif kept and kept[-1][1].kind == "period" and found.kind == "weekday" and not found.modifier:
            period = kept[-1][1].day
            day = period + timedelta(days=found.weekday - period.weekday())
            kept[-1] = (start, replace(found, day=day))
        elif (
            kept and kept[-1][1].kind in ("relative", "period") and found.kind != "relative" and _CLOSER.search(before)
        ):
            kept[-1] = (start, found)
        elif (
            kept and kept[-1][1].weekday == found.day.weekday() and found.number and start - kept[-1][1].end <= _BESIDE
        ):
            kept[-1] = (start, found)  # 'last Monday, the twenty first'
        elif kept and _FOLLOWING.search(before):
            same = found.kind == "day" and found.number == kept[-1][1].number
            kept[-1] = kept[-1] if same else (start, found)
        elif (kept or refused) and _REPAIR.search(before):
            whole = _with_earlier(grammar, (kept or refused)[-1][1], found)
            kept = [*kept[:-1], (start, whole)]
        elif refused and not kept:
            kept.append((start, _with_earlier(grammar, refused[-1][1], found)))
        else:
            kept.append((start, found))
    if not kept:
        return refused[-1][1].day
    if len(kept) > 1 and grammar.anchor.expects:
        wanted = _PAST_CUES if grammar.anchor.expects == "past" else _FUTURE_CUES
        other = _FUTURE_CUES if grammar.anchor.expects == "past" else _PAST_CUES
        scores = [_clause(grammar, kept, place, wanted, other) for place in range(len(kept))]
        return kept[scores.index(max(scores))][1].day
    return kept[0][1].day


def _clause(
    grammar: DateGrammar, kept: list[tuple[int, Found]], place: int, wanted: re.Pattern[str], other: re.Pattern[str]
) -> int:
    """How well the words before a day speak for it: +1 wanted cues, -1 the others."""
    start = kept[place - 1][1].end if place else 0
    before = _between(grammar, start, kept[place][0])
    return bool(wanted.search(before)) - bool(other.search(before))


def _with_earlier(grammar: DateGrammar, earlier: Found, found: Found) -> Found:
    """What a correction in part becomes: 'December third, no, fourth', 'next Tuesday, no, Thursday'."""
    day: date | None = None
    if found.kind == "day" and not found.month and earlier.month and earlier.number:
        day = grammar.anchor.month_day(earlier.month, found.number)
    elif found.kind == "month" and earlier.number:
        day = grammar.anchor.month_day(found.month, earlier.number)
    elif found.kind == "weekday" and not found.modifier and earlier.kind == "weekday" and earlier.modifier:
        day = grammar.anchor.weekday(found.weekday, earlier.modifier)
    return replace(found, day=day) if day else found
