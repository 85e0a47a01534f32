"""Words that callers spell letter by letter: 'S as in Sam, M, I, double T', 'J-O-N', 'sierra mike'."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.tokens import Token

_BETWEEN = words.word_set(", . - ; : um uh er then and")
_CASES = words.word_set("capital letter lowercase uppercase big small upper lower case cap little")
_NATO_NAMES = frozenset(["mike", "charlie", "victor", "oscar", "juliet", "juliett", "romeo"])
"""Words of the alphabet that are also given names."""
_LETTER_NAMES_OF_PEOPLE = words.word_set("jay kay dee bea bee em")
_STRONG_LETTER_NAMES = (
    frozenset(words.LETTER_NAMES) - words.WEAK_LETTER_NAMES - _LETTER_NAMES_OF_PEOPLE - {"oh", "owe", "eye"}
)
_ARTICLES = frozenset({"the", "a", "an", "word", "in"})


@dataclass(frozen=True)
class Spelled:
    """Tokens up to ``end`` (exclusive) spell ``letters`` (lower case, hyphens and apostrophes where named)."""

    end: int
    letters: str


@dataclass(frozen=True)
class _Letter:
    end: int
    text: str
    sure: bool
    named: bool = False
    """Said by a word: 'S as in Sam'."""


def spelled_at(tokens: list[Token], start: int, least: int = 2) -> Spelled | None:
    """The run of spelled letters that begins at token ``start``; None for fewer than ``least`` letters.

    Ordinary words that sound like letters ('see', 'you', 'and') count only inside a run that is sure otherwise.
    """
    first = _letter(tokens, start)
    if first is None or (not first.sure and not _strong_after(tokens, first.end)):
        return None
    letters, at, end, sure = "", start, start, 0
    while (letter := _letter(tokens, at)) is not None:
        if not (letter.named and letters.endswith(letter.text) and tokens[at - 1].word in (*_BETWEEN, letter.text)):
            letters += letter.text  # 'm, m as in Mary' is one
        sure += letter.sure
        at = end = letter.end
        while at < len(tokens) and tokens[at].word in _BETWEEN:
            at += 1
        if at < len(tokens) and tokens[at].word in ("hyphen", "dash", "apostrophe") and _letter(tokens, at + 1):
            letters += "'" if tokens[at].word == "apostrophe" else "-"
            at += 1
    named = len(letters) == 2 and tokens[start].word in _LETTER_NAMES_OF_PEOPLE
    if len(letters) < max(least, 1) or not sure or named:
        return None
    return Spelled(end, letters)


def _strong_after(tokens: list[Token], at: int) -> bool:
    while at < len(tokens) and tokens[at].word in _BETWEEN:
        at += 1
    following = _letter(tokens, at)
    return following is not None and following.sure


def _letter(tokens: list[Token], at: int) -> _Letter | None:
    """One letter, or one letter several times."""
    if at >= len(tokens):
        return None
    word = tokens[at].word
    if word in _CASES and at + 1 < len(tokens):
        return _letter(tokens, at + 1)
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if word == "double" and following in ("u", "you", "yu", "ewe"):
        after = _by_word(tokens, at + 1, "w")
        return after or _Letter(at + 2, "w", True)
    if word in words.TIMES:
        once = _letter(tokens, at + 1)
        return (
            _Letter(once.end, once.text * words.TIMES[word], following != "oh")
            if once and len(once.text) == 1
            else None
        )
    if word == "two" and following.endswith("'s") and len(following) == 3:
        return _Letter(at + 2, following[0] * 2, True)
    if word == "x" and following == "ray":
        return _Letter(at + 2, "x", True)
    if len(word) == 1 and word.isalpha():
        named = _by_word(tokens, at, word)
        unsure = word in ("a", "i") and tokens[at].raw == word
        return named or _Letter(at + 1, word, not unsure)
    if word in words.LETTER_NAMES:
        letter = words.LETTER_NAMES[word].lower()
        if word == "and":
            return None
        return _by_word(tokens, at, letter) or _Letter(at + 1, letter, word in _STRONG_LETTER_NAMES)
    if word in words.NATO:
        beside = _nato(tokens, at + 1) or _nato(tokens, at - 1)
        if beside or word not in _NATO_NAMES:
            return _Letter(at + 1, words.NATO[word].lower(), beside and word not in _NATO_NAMES)
    if word == "oh":
        return _Letter(at + 1, "o", False)
    return None


def _nato(tokens: list[Token], at: int) -> bool:
    if 0 <= at < len(tokens) and tokens[at].word in (",", "."):
        at += 1
    return 0 <= at < len(tokens) and tokens[at].word in words.NATO


def _by_word(tokens: list[Token], at: int, heard: str) -> _Letter | None:
    """'S as in Sam', 'S for Sam', 'S like Sam': the word decides after 'as in', agrees after the others."""
    link = tokens[at + 1].word if at + 1 < len(tokens) else ""
    start = at + 2
    sure = False
    if link == "," and at + 2 < len(tokens) and tokens[at + 2].word == "as":
        link, start = "as", at + 3
    if link in ("as", "is") and start < len(tokens) and tokens[start].word in ("in", "an"):
        start, sure = start + 1, True
    elif link not in ("for", "like", "as"):
        return None
    while start < len(tokens) and tokens[start].word in _ARTICLES:
        start += 1
    if start >= len(tokens) or not tokens[start].raw[0].isalpha():
        return None
    word = tokens[start].word
    first = words.NATO.get(word, word[0]).lower()
    if word == "x":  # 'x-ray'
        while start + 1 < len(tokens) and tokens[start + 1].word in ("-", "ray"):
            start += 1
        return _Letter(start + 1, "x", True)
    if len(word) > 1 and (sure or first == heard):
        return _Letter(start + 1, first, True, True)
    return None
