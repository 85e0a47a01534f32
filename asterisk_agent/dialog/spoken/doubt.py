"""Sound-alikes: which characters of a value may have been misheard, and how to say them so that they are not again."""

from __future__ import annotations

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.spelling import spelled_at
from asterisk_agent.dialog.spoken.tokens import Token, tokenize

SOUND_ALIKES: tuple[frozenset[str], ...] = (
    frozenset("BCDEGPTVZ3"),
    frozenset("MN"),
    frozenset("FSX"),
    frozenset("AHJK8"),
    frozenset("IY59"),
    frozenset("QU2"),
)
"""Letters and digits that narrowband speech (300–3400 Hz) blurs into one another."""

_DIGITS_IN_DOUBT = frozenset("59")
_LETTERS_IN_DOUBT = frozenset("BCDEGPTVZMNFS")
_ALPHABET = {letter: word.capitalize() for word, letter in reversed(words.NATO.items()) if word != "xray"} | {
    "X": "X-ray"
}


def doubtful(text: str, value: str) -> tuple[int, ...]:
    """Places in ``value`` (upper case letters and digits) that ``text`` leaves in doubt, ascending.

    In doubt are letters of the sets B C D E G P T V Z, M N and F S unless a word stands for them ('B as in boy',
    'bravo'); five and nine; and both digits of thirteen/thirty … nineteen/ninety where the number ends there.
    """
    tokens = tokenize(text)
    certain = _said_by_word(tokens)
    places: set[int] = set()
    for place, char in enumerate(value):
        if char in _LETTERS_IN_DOUBT:
            if certain.get(char, 0) > 0:
                certain[char] -= 1
            else:
                places.add(place)
        elif char in _DIGITS_IN_DOUBT:
            places.add(place)
    return tuple(sorted(places | _teens_and_tens(tokens, value)))


def _said_by_word(tokens: list[Token]) -> dict[str, int]:
    """How often each letter was said by a word that begins with it."""
    certain: dict[str, int] = {}
    for at, token in enumerate(tokens):
        letter = ""
        if token.word in words.NATO:
            letter = words.NATO[token.word]
        elif token.word in ("in", "for", "like") and at + 1 < len(tokens):
            spelled = spelled_at(tokens, max(0, at - (2 if token.word == "in" else 1)), least=1)
            letter = spelled.letters[0].upper() if spelled else ""
        if letter:
            certain[letter] = certain.get(letter, 0) + 1
    return certain


def _teens_and_tens(tokens: list[Token], value: str) -> set[int]:
    places: set[int] = set()
    start = 0
    for at, token in enumerate(tokens):
        following = tokens[at + 1].word if at + 1 < len(tokens) else ""
        number = words.TEENS.get(token.word, 0) if token.word.endswith("teen") else 0
        if token.word in words.TENS and token.word != "twenty" and following not in words.UNITS:
            number = words.TENS[token.word]
        if token.digits in _BLURRED:
            number = int(token.digits)
        if number and (place := value.find(str(number), start)) >= 0:
            places |= {place, place + 1}
            start = place + 2
    return places


_BLURRED = frozenset(str(number) for ten in range(3, 10) for number in (ten + 10, ten * 10))
"""13 and 30 … 19 and 90, as a recogniser writes them."""


def spell_back(value: str) -> str:
    """``value`` character by character, 'B as in Bravo' for letters that are easily misheard: 'A, B as in"
    " Bravo, 4, 2'."""
    return ", ".join(_aloud(char) for char in value.upper())


def _aloud(char: str) -> str:
    return f"{char} as in {_ALPHABET[char]}" if char in _LETTERS_IN_DOUBT else char
