"""How long to wait after the caller's last word, given what was said so far and what was asked."""

from __future__ import annotations

import re

from asterisk_agent.turn.dangling import is_dangling, is_filler_only
from asterisk_agent.turn.described import DESCRIBED
from asterisk_agent.turn.lexicon import lexicon
from asterisk_agent.turn.phrases import AUXILIARIES, FILLERS, PRONOUNS, QUESTION, SPEAKERS
from asterisk_agent.turn.sentence_end import shipped
from asterisk_agent.turn.spelling import CORRECTIONS, DIGITS, JOINTS, Run, runs, words_of
from asterisk_agent.turn.timing import Timing

CODE_SLOTS = frozenset({"order_number", "zip", "phone", "last4", "contact", "tracking_number"})
"""Slots answered by a code of letters and digits."""

DEFAULT_LENGTHS = {"zip": (5, 9), "last4": (4,), "phone": (10, 11), "contact": (10, 11)}
"""Lengths of the answer where the shop's settings do not give them (phone: North American numbers)."""

_TRACKING_LENGTHS = (("1z", (18,)), ("9", (20, 22)), ("", (10, 12, 15)))
"""Tracking numbers by their beginning: UPS, USPS, then DHL and FedEx."""

SHORTEST_CODE = 4
"""A spoken order number of unknown format is taken as whole from this many letters and digits."""

ASSENT = lexicon("yes yeah yep yup sure okay ok alright right certainly absolutely course of oh so well and")
"""Words before an answer. Alone they answer a yes/no question; asked for a number, the number follows."""

QUESTION_STARTS = lexicon("is are do does did can could would will what where which who how why")

CODE_CUES = frozenset({"order", "orders", "number", "numbers", "num", "code", "zip", "#"})

TOP_LEVEL = lexicon("com net org edu gov mil io co us uk ca au de fr info biz me tv dev app shop store mail")

LIKELY_END = 0.1
"""Below this likelihood that a sentence ends here the caller is waited for."""
CERTAIN_END = 0.8
"""Above this the rules are overruled ("I don't know whose name it's in")."""
FRAGMENTS = frozenset({"name", "date", "address", "choice", "item", "rating"})
"""Slots answered by a phrase that is no sentence ("Tuesday")."""
SENTENCE_WORDS = PRONOUNS | SPEAKERS | AUXILIARIES | QUESTION
COURTESIES = (("please",), ("thanks",), ("thank", "you"))
HEDGES = (("i", "think"), ("i", "guess"), ("i", "believe"), ("or", "so"), *COURTESIES)

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}\b")
_TRAILING_OFF = re.compile(r"(?:,|\.\.+|…|-|–|—|:|;|@)\s*$")
_ADDRESS_WORDS = frozenset({"at", "dot", "underscore", "@", "lowercase", "uppercase", "hyphen"})
_BEFORE_DIGIT = (
    FILLERS
    | JOINTS
    | lexicon(
        "is it's its was number code with in ends ending starts starting by yes okay so well at from digit digits box",
        "like",
    )
)
"""Words after which "one" is the digit."""
_SEARCHES = lexicon("let hold hang")
"""First words of "let me see", "hold on": the rest of a code is being looked for."""
_TAKEN_BACK = CORRECTIONS | FILLERS | lexicon("that i mean oh make it let me is was not it's")
"""Words of a correction whose new digits are still to come."""
_SENTENCE_WORDS = lexicon(
    "i i'd i'm you we they can could do does did don't can't what why where which how who no not never agent",
    "person human representative someone operator help order please skip forget nothing none wait hold hang",
    "one same account file already have",
)


def is_complete(text: str, asked: str, lengths: tuple[int, ...] = ()) -> bool:
    """Whether the caller has probably said all they want to say.

    ``asked`` is what the agent last asked for ('open', 'yes_no' or a slot's name), ``lengths`` the possible numbers
    of letters and digits of the answer. With 'open' and 'yes_no' they are the order number's, which callers give
    unasked ("where's my order one zero four").
    """
    words = words_of(text)
    if not words or is_filler_only(words) or _TRAILING_OFF.search(text):
        return False
    lengths = lengths or DEFAULT_LENGTHS.get(asked, ())
    codes = [run for run in runs(words) if not _is_pronoun(words, run)]
    if asked == "email":
        verdict = _email_complete(text, words, codes)
    elif asked in DESCRIBED:
        verdict = DESCRIBED[asked](_without_hedge(words))
    elif asked in CODE_SLOTS:
        verdict = _code_complete(words, codes, asked, lengths)
    else:
        verdict = _passing_code_complete(words, codes, lengths)
    return _sentence_complete(text, words, asked) if verdict is None else verdict


def _sentence_complete(text: str, words: list[str], asked: str) -> bool:
    """The verdict on free speech: the rules of grammar first, then how likely such words end a sentence."""
    question = text.rstrip().endswith("?")
    said = _without_hedge(words)
    if is_dangling(said if words[-2:] == ["or", "so"] else words, asked, question):
        return len(words) > 2 and shipped().likelihood(words) > CERTAIN_END
    fragment = asked in FRAGMENTS and not SENTENCE_WORDS & set(said)
    brief = len(said) <= (2 if asked == "yes_no" else 1)
    if question or fragment or brief or tuple(words[len(said) :]) in COURTESIES:
        return True
    return shipped().likelihood(said) > LIKELY_END


def _without_hedge(words: list[str]) -> list[str]:
    """Without the "I think" that may follow any answer."""
    for hedge in HEDGES:
        if len(words) > len(hedge) and tuple(words[-len(hedge) :]) == hedge:
            return words[: -len(hedge)]
    return words


def wait_ms(text: str, asked: str, lengths: tuple[int, ...], timing: Timing) -> int:
    """Silence after the last voice, in milliseconds, that ends the caller's turn."""
    words = words_of(text)
    if words and is_filler_only(words):
        return timing.filler_ms
    return timing.endpoint_ms if not words or is_complete(text, asked, lengths) else timing.incomplete_ms


def _is_pronoun(words: list[str], run: Run) -> bool:
    """Whether it is the "one" of "the one I ordered" or "the new one", no digit."""
    if words[run.start : run.end] != ["one"] or run.start == 0:
        return False
    return words[run.start - 1] not in _BEFORE_DIGIT


def _code_complete(words: list[str], codes: list[Run], asked: str, lengths: tuple[int, ...]) -> bool | None:
    """The verdict on an answer that should be a code; None when the words decide."""
    if not codes:
        return False if all(word in ASSENT for word in words) else None
    if words[0] in QUESTION_STARTS:
        return None
    if asked == "tracking_number":
        said = "".join(max(run.readings, key=len) for run in codes)
        lengths = next(sizes for head, sizes in _TRACKING_LENGTHS if said.startswith(head))
    tail = words[codes[-1].end :]
    if (
        codes[-1].open
        or (CORRECTIONS & set(tail) and _TAKEN_BACK.issuperset(tail))
        or _is_begun_again(words, codes, lengths)
    ):
        return False
    if _fits(words, codes, asked, lengths):
        return not is_dangling(words, asked)
    if tail and tail[0] in _SEARCHES and codes[-1].spelled > 1:
        return False
    return None if tail else False


def _passing_code_complete(words: list[str], codes: list[Run], lengths: tuple[int, ...]) -> bool | None:
    """The verdict on a code at the end of a free sentence; None when there is none or it may be anything."""
    if not codes or codes[-1].end != len(words):
        return None
    last = codes[-1]
    if last.open:
        return False
    digits = max(last.readings, key=len)
    cued = any(word in CODE_CUES for word in words[max(0, last.start - 3) : last.start])
    spelled_out = last.spelled > 1 and len(digits) == last.spelled
    if not (cued or spelled_out) or not any(char.isdigit() for char in digits):
        return None if last.start else True
    return _fits(words, codes, "order_number", lengths)


def _fits(words: list[str], codes: list[Run], asked: str, lengths: tuple[int, ...]) -> bool:
    """Whether what was said can be the whole code. A longer one is whole too: nothing is gained by waiting."""
    said = _sayings(words, codes)
    if not lengths:
        return any(len(code) >= SHORTEST_CODE for code in said)
    if asked in ("phone", "contact"):
        said = {code.removeprefix("1") for code in said}
        lengths = tuple({length - 1 if length == 11 else length for length in lengths})
    sizes = {len(code) for code in said}
    return bool(sizes & set(lengths)) or min(sizes) > max(lengths)


def _is_begun_again(words: list[str], codes: list[Run], lengths: tuple[int, ...]) -> bool:
    """Whether after a correction or a pause the code is said from its start again and not yet to its end."""
    if len(codes) < 2 or not (CORRECTIONS | _SEARCHES) & set(words[codes[-2].end : codes[-1].start]):
        return False
    return any(
        len(new) >= 2 and len(new) < max(len(old), min(lengths, default=0)) and old.startswith(new[:2])
        for old in codes[-2].readings
        for new in codes[-1].readings
    )


def _sayings(words: list[str], codes: list[Run]) -> set[str]:
    """The codes that may be meant: all runs together, or after a correction the new run or the old with a new tail."""
    said = {""}
    for number, run in enumerate(codes):
        between = words[codes[number - 1].end : run.start] if number else []
        if any(word in CORRECTIONS for word in between):
            said = set(run.readings) | {old for old in said if len(old) > max(map(len, run.readings))}
        elif between and len(between) > 2:
            said = set(run.readings)
        else:
            said = {before + new for before in said for new in run.readings}
    return said


def _email_complete(text: str, words: list[str], codes: list[Run]) -> bool | None:
    """The verdict on an answer that should be an e-mail address; None when the words decide."""
    spoken = text.lower().rstrip(".!? ")
    if _ADDRESS.search(spoken):
        return True
    if "dot" in words[:-1] and ("at" in words or "@" in words) and words[-1] in TOP_LEVEL:
        return True
    begun = (
        "@" in words
        or any(word in _ADDRESS_WORDS for word in words)
        or any(run.end == len(words) for run in codes)
        or words[-2:-1] == ["in"]
    )
    spelled = {index for run in codes for index in range(run.start, run.end)}
    sentence = any(word in _SENTENCE_WORDS for index, word in enumerate(words) if index not in spelled)
    if begun and not sentence:
        tail = spoken.rsplit(" ", 1)[-1]
        return bool(re.search(r"\w\.(?:com|net|org|edu|co\.uk)$", tail)) and ("at" in words or "@" in words)
    return None if sentence or _is_courtesy(words) else False


def _is_courtesy(words: list[str]) -> bool:
    return bool({"thanks", "thank", "bye", "goodbye", "sorry", "pardon"} & set(words)) or (
        len(words) == 1 and words[0] in DIGITS
    )
