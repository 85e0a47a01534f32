"""Remarks on a spelling: 'with a K', 'no h', 'double t', 'with an e at the end', applied to the word before them."""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.name_groups import SOUND_ALIKE
from asterisk_agent.dialog.spoken.tokens import Token

_SAME_SOUND = {
    "k": ("ck", "ch", "c", "q"),
    "c": ("k", "s"),
    "ch": ("k", "c"),
    "ck": ("k", "c"),
    "s": ("z", "c"),
    "z": ("s",),
    "y": ("ie", "i", "ey", "ee"),
    "i": ("y", "ee", "e"),
    "ie": ("y", "i", "ey"),
    "ey": ("y", "ie", "i"),
    "ee": ("ea", "y", "i"),
    "ea": ("ee",),
    "f": ("ph", "v"),
    "ph": ("f", "v"),
    "v": ("ph", "f"),
    "j": ("g",),
    "g": ("j",),
    "e": ("o", "a", "i"),
    "o": ("e", "a"),
    "a": ("e", "o"),
    "u": ("o", "w"),
    "x": ("ks", "cks"),
    "w": ("u",),
}
_HINT_FILLERS = words.word_set("a an the letter , just only but spelled capital extra")
_ARTICLE_BEFORE = words.word_set("double single ph ie ey ck ch ee ea th extra capital two")
_NOT_LETTERS = frozenset({"hyphen", "dash", "space", "apostrophe", "dot", "underscore"})


def hint_at(word: str, tokens: list[Token], at: int) -> tuple[int, str] | None:
    """(end, word mended) where tokens from ``at`` on remark on the spelling of ``word`` (lower case); else None.

    'With a k and a y' is one remark.
    """
    hint = _one_hint(word, tokens, at)
    while hint and _next(tokens, hint[0]) == "and" and _next(tokens, hint[0] + 1) in ("a", "an", "two", "one", "no"):
        more = _one_hint(hint[1], [Token("with", False), *tokens[hint[0] + 1 :]], 0)
        if more is None:
            break
        hint = (hint[0] + more[0], more[1])
    return hint


def best_hint(said: list[str], tokens: list[Token], at: int) -> tuple[int, int, str] | None:
    """(place, end, word mended): the word of ``said`` that a remark at ``at`` fits, the last unless it makes no sense.

    'mark twain with a k' is about Mark.
    """
    found: tuple[int, int, str] | None = None
    for place in range(len(said) - 1, -1, -1):
        word = said[place].lower()
        if not word.isalpha() or len(word) < 2:
            continue
        hint = hint_at(word, tokens, at)
        if hint is None:
            continue
        added = hint[1].startswith(word) and hint[1][len(word) :]
        if not added or set(added) <= set("eahsy" + word[-1]) or (len(added) == 1 and word.endswith(added)):
            return place, *hint
        found = found or (place, hint[0], word)
    return found


def _one_hint(word: str, tokens: list[Token], at: int) -> tuple[int, str] | None:
    while at < len(tokens) and tokens[at].word in (",", "-", "but", "and", "that's", "it's", "spelled"):
        at += 1
    first = tokens[at].word if at < len(tokens) else ""
    if first in ("no", "without", "minus", "sans"):
        return _left_out(word, tokens, at + 1)
    if first in ("ends", "ending", "finishes") and _next(tokens, at + 1) in ("in", "with"):
        end, letters, _ = _letters(tokens, at + 2)
        return (end, _ended(word, letters)) if letters else None
    if first in ("starts", "starting", "begins") and _next(tokens, at + 1) == "with":
        end, letters, _ = _letters(tokens, at + 2)
        return (end, _with(word, letters)) if letters else None
    if first == "with" and _next(tokens, at + 1) == "no":
        return _left_out(word, tokens, at + 2)
    if first in ("with", "has"):
        start = at + 1
    elif first in words.TIMES or first in ("two", "one", "2", "1"):
        start = at
    else:
        return None
    end, letters, times = _letters(tokens, start)
    if not letters:
        return None
    stop = _at_end(tokens, end)
    if stop > end:
        return stop, _ended(word, letters * times if times > 1 else letters)
    contrast = _next(tokens, end)
    if contrast in ("not", "instead"):
        after, _, _ = _letters(tokens, end + (2 if _next(tokens, end + 1) == "of" else 1))
        end = max(end, after)
    if times > 1:
        return end, _doubled(word, letters)
    if (times == 1 and first in ("one", "1")) or _next(tokens, start) in ("one", "1", "single"):
        return end, re.sub(f"{re.escape(letters)}{{2,}}", letters, word)
    return end, _with(word, letters)


def _left_out(word: str, tokens: list[Token], at: int) -> tuple[int, str] | None:
    """'no h', 'without the h'. 'No, j dot smith' is a correction instead, as is 'no j' after 'john'."""
    if _next(tokens, at) == ",":
        return None
    end, letters, _ = _letters(tokens, at)
    if not letters:
        return None
    if letters not in word:
        return (end, word) if any(letters in name for name in SOUND_ALIKE.get(word, ())) else None
    return None if word.startswith(letters) else (end, _without(word, letters))


def _next(tokens: list[Token], at: int) -> str:
    return tokens[at].word if at < len(tokens) else ""


def _letters(tokens: list[Token], at: int) -> tuple[int, str, int]:
    """(end, letters, times) of 'a K', 'an e', 'two t's', 'double l', 'a p h'."""
    times, start = 0, at
    while at < len(tokens) and tokens[at].word in _HINT_FILLERS and not _is_letter_a(tokens, at):
        at += 1
    word = _next(tokens, at)
    if word in words.TIMES:
        times, at = words.TIMES[word], at + 1
    elif word in ("two", "2"):
        times, at = 2, at + 1
    elif word in ("one", "1", "single"):
        times, at = 1, at + 1
    letters = ""
    while at < len(tokens) and len(letters) < 3:
        letter = _letter(tokens[at], _next(tokens, at + 1))
        if not letter:
            break
        letters += letter
        at += 1
        if _next(tokens, at) == "as" and _next(tokens, at + 1) == "in":
            at += 3
            break
    return (at, letters, times) if letters else (start, "", 0)


def _is_letter_a(tokens: list[Token], at: int) -> bool:
    if tokens[at].word != "a":
        return False
    following = _next(tokens, at + 1)
    article = len(following.removesuffix("'s")) == 1 or following in words.LETTER_NAMES or following in _ARTICLE_BEFORE
    return tokens[at].raw == "A" or _next(tokens, at - 1) in ("an", "letter") or not (article and following != ",")


def _letter(token: Token, following: str) -> str:
    word = token.word
    bare = word.removesuffix("'s")
    if word in _NOT_LETTERS:
        return ""
    if len(bare) == 1 and bare.isalpha():
        return bare
    if bare in words.LETTER_NAMES and bare not in ("and", "he", "we", "are", "our", "be", "you"):
        return words.LETTER_NAMES[bare].lower()
    if bare in ("ts", "ls", "ns", "ss", "rs", "ms", "ps", "es", "ds", "gs", "fs", "bs", "cs", "os"):
        return bare[0]
    if bare in ("tees", "ells", "ens", "els", "ems"):
        return {"tees": "t", "ells": "l", "els": "l", "ens": "n", "ems": "m"}[bare]
    return bare if bare in ("ph", "ie", "ey", "ck", "ch", "ee", "ea", "th", "gh", "en", "on", "igh") else ""


def _at_end(tokens: list[Token], at: int) -> int:
    """The end of 'at the end', 'on the end', or ``at``."""
    if _next(tokens, at) in ("at", "on") and _next(tokens, at + 1) == "the" and _next(tokens, at + 2) == "end":
        return at + 3
    return at


def _variants(word: str, letters: str, more: bool) -> list[str]:
    """Names that sound like ``word`` and have these letters more (less) often, the nearest first."""
    count = word.count(letters)
    fitting = [
        name
        for name in SOUND_ALIKE.get(word, frozenset())
        if (name.count(letters) > count if more else name.count(letters) < count)
    ]
    return sorted(fitting, key=lambda name: (Levenshtein.distance(word, name), abs(len(name) - len(word)), name))


def _with(word: str, letters: str) -> str:
    if word.endswith(letters) or word.startswith(letters):
        return word
    if letters in word and _variants(word, letters, False):
        return word  # 'Anne with an e': it has what others of that sound lack
    if more := _variants(word, letters, True):
        return more[0]
    if word.startswith(letters) or (letters in word and letters not in "eh"):
        return word
    for other in _SAME_SOUND.get(letters, ()):
        if word.startswith(other) and letters in "kcgjzsfv":
            return letters + word[len(other) :]
    if letters in ("e", "h") and not word.endswith(letters):
        return word + letters
    for other in _SAME_SOUND.get(letters, ()):
        if other in word:
            place = word.rindex(other)
            return word[:place] + letters + word[place + len(other) :]
    return word if letters in word else word + letters


def _without(word: str, letters: str) -> str:
    found = _variants(word, letters, False)
    shorter = [name for name in found if Levenshtein.distance(word, name) <= len(letters)]
    if shorter:
        return shorter[0]
    place = word.rindex(letters)
    return word[:place] + word[place + len(letters) :]


def _ended(word: str, letters: str) -> str:
    if word.endswith(letters):
        return word
    for ending in ("ie", "ey", "ee", "y", "i"):
        if word.endswith(ending) and letters in ("ie", "ey", "ee", "y", "i"):
            return word[: -len(ending)] + letters
    if word.endswith(("ah", "a")) and letters in ("ah", "a"):
        return word.removesuffix("h").removesuffix("a") + letters
    return word + letters


def _doubled(word: str, letters: str) -> str:
    if letters * 2 in word:
        return word
    found = [name for name in SOUND_ALIKE.get(word, frozenset()) if letters * 2 in name]
    if found:
        return min(found, key=lambda name: Levenshtein.distance(word, name))
    if letters in word:
        place = word.rindex(letters)
        return word[: place + 1] + letters + word[place + 1 :]
    return word + letters * 2
