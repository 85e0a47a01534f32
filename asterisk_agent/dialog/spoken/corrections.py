"""Where callers take something back: 'no', 'sorry', 'I mean', 'scratch that', 'seven, not eleven'."""

from __future__ import annotations

import re

from asterisk_agent.dialog.spoken.tokens import Token

_RESTARTS = (
    "let me start over",
    "let me start again",
    "let me begin again",
    "let me try again",
    "let me try that again",
    "let me repeat",
    "let me say that again",
    "start over",
    "start again",
    "starting over",
    "from the top",
    "from the beginning",
    "scratch that",
    "strike that",
    "forget that",
    "never mind",
    "delete that",
    "cancel that",
    "all wrong",
)
_REPAIRS = (
    "no wait",
    "no no",
    "no sorry",
    "no actually",
    "oh no",
    "oh wait",
    "oh sorry",
    "wait no",
    "sorry no",
    "i mean",
    "i meant",
    "i'm sorry",
    "excuse me",
    "pardon me",
    "my mistake",
    "my bad",
    "make that",
    "make it",
    "that's wrong",
    "that's not right",
    "that is wrong",
    "or rather",
    "correction",
    "actually",
    "rather",
    "sorry",
    "oops",
    "whoops",
    "nope",
    "nah",
    "no",
    "but",
)
_REPETITIONS = ("that's", "that is", "i repeat", "again", "once more", "i'll repeat", "so that's", "so", "...", "…")
_PAUSES = (
    "hold on a sec",
    "hold on a second",
    "hang on a sec",
    "what was it",
    "what is it",
    "let me double check",
    "let me check",
    "wait",
    "hold on",
    "hang on",
    "one second",
    "one sec",
    "one moment",
    "let's see",
    "let me see",
    "just a moment",
)

RESTART, REPAIR, REPETITION, PAUSE = "restart", "repair", "repetition", "pause"

_PHRASES: dict[str, list[tuple[tuple[str, ...], str]]] = {}
"""Phrases by their first word, the longest first."""
for _kind, _phrases in ((RESTART, _RESTARTS), (REPAIR, _REPAIRS), (REPETITION, _REPETITIONS), (PAUSE, _PAUSES)):
    for _phrase in sorted(_phrases, key=lambda phrase: -len(phrase.split())):
        _PHRASES.setdefault(_phrase.split()[0], []).append((tuple(_phrase.split()), _kind))
for _list in _PHRASES.values():
    _list.sort(key=lambda item: -len(item[0]))


def correction_at(tokens: list[Token], start: int) -> tuple[int, str] | None:
    """(end, kind) of the longest correcting phrase that begins at ``start``, commas inside it allowed."""
    for phrase, kind in _PHRASES.get(tokens[start].word, ()):
        at = start
        for count, word in enumerate(phrase):
            while count and at < len(tokens) and tokens[at].raw == ",":
                at += 1
            if at >= len(tokens) or tokens[at].word != word:
                break
            at += 1
        else:
            # "No. 10442" is the abbreviation of "number" as recognisers write it after "order".
            if phrase == ("no",) and start and tokens[start - 1].word == "order":
                return None
            return at, kind
    return None


_PREVIEW = re.compile(
    r"\b(?:it |which |that )?(?:starts?|begins?|ends?|ending|starting|beginning)(?: off)? (?:with|in) [^,.;]+[,.;]",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"\b(?:not|isn't|instead of|rather than)\b[^,.;]*?(?:[,.;]|\bit's\b|\bbut\b|$)", re.IGNORECASE)


_AFRESH = re.compile(r"^.*\b(?:" + "|".join(re.escape(phrase) for phrase in _RESTARTS) + r")\b", re.IGNORECASE)


def without_preview(text: str) -> str:
    """Without 'it starts with a four,' and what was said before 'let me start over'."""
    return _PREVIEW.sub(" . ", _AFRESH.sub(" ", text))


def without_refused(text: str) -> str:
    """Without the wrong value of 'not 02138, 02139' and '02139, not 02138'."""
    return _REFUSED.sub(" . ", text)
