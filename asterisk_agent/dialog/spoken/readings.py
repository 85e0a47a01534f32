"""All ways in which a stretch of tokens can be read as digits and letters."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.tokens import Token


@dataclass(frozen=True)
class Reading:
    """Tokens up to ``end`` (exclusive) read as ``text``; ``cost`` 0 for the plain reading, more for odd ones."""

    end: int
    text: str
    cost: float


def readings(tokens: list[Token], start: int, spell: bool) -> list[Reading]:
    """Every reading that begins at token ``start``. ``spell``: letters are possible too."""
    found = [*_digit_groups(tokens, start), *_numbers(tokens, start), *_repeats(tokens, start, spell)]
    if spell:
        found += _letters(tokens, start)
    return found


def is_number_like(token: Token) -> bool:
    """Digits or an unmistakable number word."""
    word = token.word
    return bool(token.digits) or word in words.UNITS or word in words.TEENS or word in words.TENS or word == "zero"


def single_digit(token: Token) -> tuple[str, float] | None:
    """The one digit that a token stands for, with its cost."""
    word = token.word
    if len(token.digits) == 1:
        return token.digits, 0.0
    if word in words.UNITS:
        return str(words.UNITS[word]), 0.0
    if word in words.ZEROS:
        return "0", 0.0
    if word in words.DIGIT_HOMOPHONES:
        return words.DIGIT_HOMOPHONES[word], 0.06
    return None


def _word_at(tokens: list[Token], index: int) -> str:
    return tokens[index].word if index < len(tokens) else ""


def _digit_groups(tokens: list[Token], start: int) -> list[Reading]:
    if digits := tokens[start].digits:
        return [Reading(start + 1, digits, 0.0)]
    if one := single_digit(tokens[start]):
        return [Reading(start + 1, *one)]
    return []


def _below_hundred(tokens: list[Token], start: int) -> list[tuple[int, int]]:
    """(end, value) of '42', 'forty two', 'forty', 'eleven', 'four'; the longest first."""
    if start >= len(tokens):
        return []
    token = tokens[start]
    if token.digits:
        return [(start + 1, int(token.digits))] if len(token.digits) <= 3 and not token.digits.startswith("0") else []
    word = token.word
    if word in words.TENS:
        tens = words.TENS[word]
        following = _word_at(tokens, start + 1)
        unit = words.UNITS.get(following) or int(words.DIGIT_HOMOPHONES.get(following, "0"))
        if unit:
            return [(start + 2, tens + unit), (start + 1, tens)]
        return [(start + 1, tens)]
    value = words.TEENS.get(word) or words.UNITS.get(word)
    return [(start + 1, value)] if value else []


def _below_thousand(tokens: list[Token], start: int) -> list[tuple[int, int]]:
    """(end, value) of 'four hundred and forty two', 'seventeen hundred', 'a hundred', 'forty two'."""
    found = list(_below_hundred(tokens, start))
    heads = [*found, (start + 1, 1)] if _word_at(tokens, start) == "a" else found
    if _word_at(tokens, start) == "hundred" and not (start and is_number_like(tokens[start - 1])):
        heads = [(start, 1)]
    for end, value in list(heads):
        if value < 100 and _word_at(tokens, end) == "hundred":
            after = end + 1
            found.append((after, value * 100))
            rest = after + 1 if _word_at(tokens, after) == "and" else after
            found += [(stop, value * 100 + low) for stop, low in _below_hundred(tokens, rest) if low < 100]
    return found


def _numbers(tokens: list[Token], start: int) -> list[Reading]:
    """Spoken whole numbers: 'ten thousand four hundred forty two', 'forty two', 'seventeen hundred'."""
    found: list[tuple[int, int]] = list(_below_thousand(tokens, start))
    heads = [*found, (start + 1, 1)] if _word_at(tokens, start) == "a" else list(found)
    for end, value in heads:
        if value < 1000 and _word_at(tokens, end) == "thousand":
            after = end + 1
            found.append((after, value * 1000))
            rest = after + 1 if _word_at(tokens, after) in ("and", ",") else after
            found += [(stop, value * 1000 + low) for stop, low in _below_thousand(tokens, rest) if low < 1000]
            for middle, hundreds in _below_hundred(tokens, rest):  # 'sixty thousand six fifty seven'
                tail = _below_hundred(tokens, middle) if hundreds < 10 else []
                found += [(stop, value * 1000 + hundreds * 100 + low) for stop, low in tail if 10 <= low < 100]
            if len(_digits_at(tokens, rest)) == 3:
                found.append((rest + 1, value * 1000 + int(_digits_at(tokens, rest))))
    for end, value in list(found):
        if value < 1000 and _word_at(tokens, end) == "million":
            rest = end + 2 if _word_at(tokens, end + 1) == "and" else end + 1
            found.append((end + 1, value * 1_000_000))
            low = _numbers(tokens, rest) if rest < len(tokens) else []
            found += [(item.end, value * 1_000_000 + int(item.text)) for item in low]
    best: dict[tuple[int, str], float] = {}
    for end, value in found:
        if tokens[start].digits and end == start + 1:
            continue
        cost = 0.01 + (0.2 if _cuts_a_number(tokens, start, end) else 0.0)
        key = (end, str(value))
        best[key] = min(cost, best.get(key, cost))
    return [Reading(end, text, cost) for (end, text), cost in best.items()]


def _digits_at(tokens: list[Token], index: int) -> str:
    return tokens[index].digits if index < len(tokens) else ""


def _cuts_a_number(tokens: list[Token], start: int, end: int) -> bool:
    """Whether 'forty' is read without the 'two' after it, or 'four' without its 'hundred'."""
    after, last = _word_at(tokens, end), tokens[end - 1].word
    if after in ("hundred", "thousand", "million"):
        return True
    if last in words.TENS:
        return after in words.UNITS
    return last == "hundred" and (after in words.UNITS or after in words.TEENS or after in words.TENS)


def _repeats(tokens: list[Token], start: int, spell: bool) -> list[Reading]:
    """'double seven', 'triple oh', 'three zeros', 'seven twice', 'double B', and 'double 6309' as recognisers write."""
    found: list[Reading] = []
    word, following = tokens[start].word, _word_at(tokens, start + 1)
    if word in words.TIMES and following:
        at = start + 2 if following == "," else start + 1
        for end, char, cost in _single(tokens, at, spell):
            found.append(Reading(end, char * words.TIMES[word], cost + 0.01))
        following, run = _word_at(tokens, at), _digits_at(tokens, at)
        if len(run) > 1:
            found.append(Reading(at + 1, run[0] * words.TIMES[word] + run[1:], 0.05))
        if following in words.TEENS or following in words.TENS:
            value = str(words.TEENS.get(following) or words.TENS.get(following))
            found.append(Reading(at + 1, value * words.TIMES[word], 0.3))
    written = tokens[start].digits
    following = _word_at(tokens, start + 1)
    count = words.UNITS.get(word) or words.TEENS.get(word) or (int(written) if 1 <= len(written) <= 2 else 0)
    if count == 0 and word == "a" and following == "pair" and _word_at(tokens, start + 2) == "of":
        plural = words.PLURALS.get(_word_at(tokens, start + 3))
        return [*found, Reading(start + 4, plural * 2, 0.01)] if plural else found
    if following in words.PLURALS and 2 <= count <= 20:
        found.append(Reading(start + 2, words.PLURALS[following] * count, 0.01))
    for end, char, cost in _single(tokens, start, spell):
        if _word_at(tokens, end) == "twice":
            found.append(Reading(end + 1, char * 2, cost + 0.01))
        times = words.UNITS.get(_word_at(tokens, end))
        if times and _word_at(tokens, end + 1) == "times":
            found.append(Reading(end + 2, char * times, cost + 0.01))
    return found


def _single(tokens: list[Token], start: int, spell: bool) -> list[tuple[int, str, float]]:
    """One digit or letter at ``start``."""
    if start >= len(tokens):
        return []
    found: list[tuple[int, str, float]] = []
    if one := single_digit(tokens[start]):
        found.append((start + 1, *one))
    if spell:
        found += [(item.end, item.text, item.cost) for item in _letters(tokens, start) if len(item.text) == 1]
    return found


def _letters(tokens: list[Token], start: int) -> list[Reading]:
    """'B', 'bee', 'bravo', 'B as in boy', 'AB', 'double u'."""
    token = tokens[start]
    word = token.word
    if token.digits:
        odd = {"0": "O", "1": "I", "5": "S", "8": "A"}.get(token.digits)
        costs = {"O": 0.15, "I": 0.3, "S": 0.5, "A": 0.5}
        plain = [Reading(start + 1, odd, costs[odd])] if odd else []
        return [*plain, *_spelled_by_word(tokens, start, [odd] if odd else [])]
    if not token.raw[0].isalpha():
        return []
    found: list[Reading] = []
    if len(word) == 1:
        cost = 0.1 if token.raw in ("a", "i") else 0.15 if word == "o" else 0.0
        found.append(Reading(start + 1, word.upper(), cost))
    if word in words.LETTER_NAMES:
        found.append(Reading(start + 1, words.LETTER_NAMES[word], _letter_cost(word)))
    if word in words.NATO:
        found.append(Reading(start + 1, words.NATO[word], 0.02))
    elif word in words.POLICE:
        found.append(Reading(start + 1, word[0].upper(), 0.15))
    if word == "double" and _word_at(tokens, start + 1) in ("u", "you", "yu"):
        found.append(Reading(start + 2, "W", 0.0))
    if word == "x" and _word_at(tokens, start + 1) == "ray":
        found.append(Reading(start + 2, "X", 0.0))
    if 2 <= len(word) <= 5 and word.isascii() and word.isalpha():
        written = token.raw.isupper() or token.glued or (start + 1 < len(tokens) and tokens[start + 1].glued)
        common = word in words.FILLERS or word in words.LETTER_NAMES or word in words.SEPARATORS
        found.append(Reading(start + 1, word.upper(), 0.02 if written else 0.7 if common else 0.4))
    return [*found, *_spelled_by_word(tokens, start, [item.text for item in found if len(item.text) == 1])]


def _letter_cost(word: str) -> float:
    if word == "oh":  # more often a zero, where both are possible
        return 0.2
    return 0.25 if word in words.WEAK_LETTER_NAMES else 0.04


def _spelled_by_word(tokens: list[Token], start: int, heard: list[str]) -> list[Reading]:
    """'B as in boy', 'B for boy', 'B like boy': the word decides, since single letters are misheard."""
    if len(tokens[start].raw) > 5:
        return []
    comma = _word_at(tokens, start + 1) == "," and _word_at(tokens, start + 2) in ("like", "as", "for")
    link = _word_at(tokens, start + 1 + comma)
    at = start + 2 + comma
    sure = False
    if link in ("as", "is", "isn't") and _word_at(tokens, at) in ("in", "an", "and"):
        at, sure = at + 1, True
    elif link not in ("for", "like", "as", "from"):
        return []
    while _word_at(tokens, at) in ("the", "a", "an", "word"):
        at += 1
    if at >= len(tokens) or not tokens[at].raw[0].isalpha() or not tokens[at].raw.isascii():
        return []
    word = tokens[at].word
    first = words.NATO.get(word, word[0].upper())
    if first in heard:
        return [Reading(at + 1, first, 0.0)]
    if sure and len(word) > 1 and not is_number_like(tokens[at]):
        return [Reading(at + 1, first, 0.1)]
    return []
