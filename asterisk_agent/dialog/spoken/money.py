"""Amounts of money as callers say them: 'sixty four ninety nine', 'a buck fifty', 'twelve hundred dollars'."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from asterisk_agent.dialog.spoken.numerals import numeralize
from asterisk_agent.dialog.spoken.tokens import bounded
from asterisk_agent.dialog.spoken.vocabulary import word_set

_MAJOR = word_set("dollar dollars bucks buck usd euro euros eur pound pounds quid gbp dollar's dollars' cad")
_MINOR = frozenset(["cent", "cents", "pence", "penny", "pennies", "p", "c"])
_COINS = {"quarter": Decimal("0.25"), "dime": Decimal("0.10"), "nickel": Decimal("0.05"), "penny": Decimal("0.01")}
_SIGNS = frozenset("$€£")
_THOUSANDS = frozenset(["grand", "k", "thousand"])
_REPAIR = re.compile(
    r"\b(?:no|nope|sorry|actually|i mean|i meant|wait|rather|make that|make it|scratch that|strike that|oops|whoops"
    r"|correction|my mistake|my bad|excuse me|hang on|hold on)\b"
)
_AGAINST = re.compile(
    r"\b(?:not|isn't|wasn't|instead of|rather than|and not|but not|weren't)(?: for| the| a| just)*\s*$"
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|like|almost|nearly|approximately|close to|something|or so|ish|just under)\b"
)
_PAID = re.compile(
    r"\b(?:paid|pay|cost|costs|was|charged|charge|refund|price|total|amount|came to|comes to|is|it's|spent|owe|worth"
    r"|credit|of|for|about|around|only|exactly)(?: me| a| like| me like| exactly| me back)*\s*$"
)
_CHARGED = re.compile(r"\b(?:paid|charged|refunded|cost)(?: me| us| only| like| about)*\s*$")
_ELSEWHERE = re.compile(
    r"\b(?:order(?: number)?|number|zip(?: code)?|quantity|size|ending in|ends in|the last four|card)(?: is| was)?\s*$"
)
_DEAR = re.compile(
    r"sofa|couch|sectional|table|desk|\bbed\b|bedroom|mattress|fridge|refrigerator|washer|dryer|washing|dishwasher|oven"
    r"|range|freezer|laptop|computer|macbook|\btv\b|television|monitor|phone|camera|bike|bicycle|treadmill|dresser"
    r"|wardrobe|cabinet|recliner|armchair|bookcase|rug|console|tablet|ipad|drone|watch|jacket|coat|suitcase|grill"
    r"|mower|vacuum|espresso|appliance|furniture|ring|necklace|guitar|piano|generator|stroller|headboard|bench",
    re.IGNORECASE,
)
_CHEAP = re.compile(
    r"sock|mug|\bcup\b|book\b|cable|candle|pen\b|pencil|sticker|card|soap|shampoo|cookie|snack|coffee|\btea\b|charger"
    r"|case|keychain|magnet|postcard|poster|brush|toothpaste|lotion|lip|hat|beanie|glove|spoon|towel|notebook|battery"
    r"|batteries|bulb|treat|toy|shipping|delivery fee|fee|tax|postage|tip",
    re.IGNORECASE,
)
_LONGEST = 9
"""Digits of a number; longer ones are no amounts and are cut."""
_COUNTED = word_set("days items boxes weeks of months lamps pieces times")
"""Nouns after which a number after 'dollars and' is no cents."""
_PRICE_ENDINGS = frozenset({95, 97, 98, 99, 49, 79, 89})


@dataclass(frozen=True)
class _Reading:
    value: Decimal
    cost: float


@dataclass(frozen=True)
class _Amount:
    """Words up to ``end`` as amounts, the likeliest first. ``plain``: whole units without any sign of money."""

    start: int
    end: int
    readings: tuple[_Reading, ...]
    marked: bool
    plain: bool
    minor_only: bool = False


def parse_money(text: str, amounts: Sequence[Decimal] = (), item: str = "", currency: str = "USD") -> Decimal | None:
    """The amount that ``text`` names in major units with two decimals, None if there is none.

    ``amounts``: those on the caller's order, which decide between 1.50 and 150.00; ``item``: the thing that was bought,
    whose usual price does so otherwise. ``currency`` is that of the shop: callers rarely name it.
    """
    del currency  # amounts are said alike in every currency of two decimals
    words = [word[:_LONGEST] for word in numeralize(_spaced(bounded(text)))]
    found = _mentions(words)
    known = [Decimal(amount).quantize(Decimal("0.01")) for amount in amounts]
    if not found:
        return _referred(" ".join(words), known)
    chosen, base = _meant(words, found, known)
    chosen = _said_exactly(found, chosen)
    if base is not None and chosen.minor_only:
        whole = _best(base, known, item, False)
        return (Decimal(int(whole)) + chosen.readings[0].value).quantize(Decimal("0.01"))
    around = " ".join(words[max(0, chosen.start - 4) : chosen.end + 3])
    return _best(chosen, known, item, bool(_ABOUT.search(around))).quantize(Decimal("0.01"))


def _spaced(text: str) -> str:
    """'$64.99' apart, '1.2k' apart, '64-99' and '64,99' of recognisers as two groups, '.99' as '0.99'."""
    apart = re.sub(r"(\d)\s?[kK]\b", r"\1 k", text)
    apart = re.sub(r"(?<![\d.])\.(\d\d)\b", r"0.\1", apart)
    apart = re.sub(r"(\d+),(\d\d)(?!\d)", r"\1 \2", apart)
    for count, value in (("couple", 2), ("few", 3)):
        apart = re.sub(rf"\ba {count} (?:of )?hundred\b", f"{value}00", apart, flags=re.IGNORECASE)
        apart = re.sub(rf"\ba {count} (?:of )?(?:thousand|grand)\b", f"{value}000", apart, flags=re.IGNORECASE)
    apart = re.sub(r"\bpoint (\w+) (?:thousand|grand)\b", r"point \1 k", apart)
    return re.sub(r"(\d)-(\d\d)\b", r"\1 \2", apart)


def _mentions(words: list[str]) -> list[_Amount]:
    found: list[_Amount] = []
    at = 0
    while at < len(words):
        amount = _amount_at(words, at)
        if amount is None:
            at += 1
        else:
            found.append(amount)
            at = amount.end
    return found


def _word(words: list[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _amount_at(words: list[str], at: int) -> _Amount | None:
    start = at
    signed = _word(words, at) in _SIGNS
    at += signed
    if _word(words, at) == "half" and _word(words, at + 1) == "a" and _word(words, at + 2) in _MAJOR:
        return _Amount(start, at + 3, (_Reading(Decimal("0.5"), 0),), True, False)
    if fraction := _fraction(words, at):
        return _Amount(start, fraction[0], (_Reading(fraction[1], 0),), True, False)
    groups, end = _groups(words, at)
    if not groups:
        return None
    if _word(words, end) in _THOUSANDS:
        value = Decimal(groups[-1] if len(groups) == 1 else groups[0]) * 1000
        end += 1
        end += _word(words, end) in _MAJOR
        return _Amount(start, end, (_Reading(value, 0),), True, False)
    if _word(words, end) in _MINOR and len(groups) == 1 and "." not in groups[0]:
        return _Amount(start, end + 1, (_Reading(Decimal(groups[0]) / 100, 0),), True, False, minor_only=True)
    if _word(words, end) in _MAJOR:
        return _with_cents(words, start, end + 1, groups)
    readings = _implicit(groups)
    half = _half(words, end)
    if half and len(groups) == 1 and _word(words, half) in _THOUSANDS:
        value = (Decimal(groups[0]) + Decimal("0.5")) * 1000
        return _Amount(start, half + 1, (_Reading(value, 0),), True, False)
    if half and len(groups) == 1:
        return _Amount(start, half, (_Reading(Decimal(groups[0]) + Decimal("0.5"), 0),), signed, False)
    if words[end : end + 3] == ["and", "a", "quarter"] and len(groups) == 1:
        return _Amount(start, end + 3, (_Reading(Decimal(groups[0]) + Decimal("0.25"), 0),), signed, False)
    if _word(words, end) == "and" and len(groups) == 1 and _two_digits(_word(words, end + 1)):
        value = Decimal(groups[0]) + Decimal(_word(words, end + 1)) / 100
        stop = end + 2 + (_word(words, end + 2) in _MINOR)
        if Decimal(groups[0]) >= 10 or stop == end + 3:
            return _Amount(start, stop, (_Reading(value, 0),), True, False)
    marked = signed or any("." in group for group in groups) or len(groups) > 1
    if _word(words, end) in _MINOR and len(groups) > 1:
        end += 1
        readings = tuple(reading for reading in readings if reading.value % 1) or readings
    return _Amount(start, end, readings, marked, len(groups) == 1 and "." not in groups[0])


def _fraction(words: list[str], at: int) -> tuple[int, Decimal] | None:
    """(end, amount) of 'half a grand', 'a quarter', 'three quarters' at ``at``."""
    if words[at : at + 3] in (["half", "a", "grand"], ["half", "a", "thousand"]):
        return at + 3, Decimal(500)
    if words[at : at + 5] in (["a", "grand", "and", "a", "half"], ["1", "grand", "and", "a", "half"]):
        return at + 5, Decimal(1500)
    if words[at : at + 2] == ["a", "quarter"]:
        return at + 2, Decimal("0.25")
    if words[at : at + 2] == ["3", "quarters"]:
        return at + (5 if words[at + 2 : at + 5] == ["of", "a", "dollar"] else 2), Decimal("0.75")
    return None


def _half(words: list[str], at: int) -> int:
    """The end of 'and a half' at ``at``, 0 for none."""
    return at + 3 if words[at : at + 3] == ["and", "a", "half"] else 0


def _two_digits(word: str) -> bool:
    return re.fullmatch(r"\d\d?", word) is not None and word != "0"


def _with_cents(words: list[str], start: int, at: int, groups: list[str]) -> _Amount:
    """After 'dollars': the cents, if they follow."""
    whole = _implicit(groups)
    if len(groups) > 1:
        whole = tuple(sorted((_prefer_whole(reading, groups) for reading in whole), key=lambda item: item.cost))
    if words[at : at + 3] == ["and", "a", "half"]:
        return _Amount(start, at + 3, (_Reading(whole[0].value + Decimal("0.5"), 0),), True, False)
    after = at
    joined = False
    while _word(words, after) in ("and", ",", "with") and after - at < 2:
        after += 1
        joined = True
    if _word(words, after) == "a" and (coin := _COINS.get(_word(words, after + 1))):
        return _Amount(start, after + 2, (_Reading(whole[0].value + coin, 0),), True, False)
    cents, end = _cents(words, after)
    if cents is not None and (not joined or _word(words, end) in _MINOR or _word(words, end) not in _COUNTED):
        first = _whole_value(groups)
        end += _word(words, end) in _MINOR
        return _Amount(start, end, (_Reading(first + cents / 100, 0),), True, False)
    return _Amount(start, at, whole, True, True)


def _prefer_whole(reading: _Reading, groups: list[str]) -> _Reading:
    """'one twenty nine dollars' is 129; 'sixty four ninety nine dollars' stays 64.99."""
    typical = groups[-1].isdigit() and int(groups[-1]) in _PRICE_ENDINGS and len(groups[0]) > 1
    if reading.value % 1 == 0 and not typical:
        return _Reading(reading.value, reading.cost - 1)
    return reading


def _whole_value(groups: list[str]) -> Decimal:
    if len(groups) == 1:
        return Decimal(groups[0])
    return Decimal("".join(groups)) if all("." not in group for group in groups) else Decimal(groups[0])


def _cents(words: list[str], at: int) -> tuple[Decimal | None, int]:
    """(cents, end) of '99', 'oh 5', '9 9' at ``at``."""
    first, second = _word(words, at), _word(words, at + 1)
    if first in ("oh", "o", "0", "zero") and re.fullmatch(r"[1-9]", second):
        return Decimal(second), at + 2
    if re.fullmatch(r"[1-9]", first) and re.fullmatch(r"\d", second):
        return Decimal(first + second), at + 2
    if re.fullmatch(r"\d\d?", first):
        return Decimal(first), at + 1
    return None, at


def _groups(words: list[str], at: int) -> tuple[list[str], int]:
    """The digit groups of one amount at ``at`` and their end; 'point' joins two into '64.99'."""
    groups: list[str] = []
    end = at
    if _word(words, at) in ("a", "an", "one") and _word(words, at + 1) in _MAJOR | {"grand"}:
        return ["1"], at + 1
    if _word(words, at) == "a" and _word(words, at + 1) in ("couple",):
        skip = at + 2 + (_word(words, at + 2) == "of")
        return (["2"], skip) if _word(words, skip) in _MAJOR | _THOUSANDS else ([], at)
    while len(groups) < 8:
        word = _word(words, end)
        if re.fullmatch(r"\d+(?:\.\d+)?", word):
            groups.append(word)
            end += 1
        elif word in ("oh", "o") and groups and re.fullmatch(r"\d|oh|o", _word(words, end + 1)):
            low = _word(words, end + 1)
            groups.append("0" + (low if low.isdigit() else "0"))
            end += 2
        elif word in ("point", "dot") and re.fullmatch(r"\d+|oh|o", _word(words, end + 1)):
            decimals, end = _decimals(words, end + 1)
            whole = "".join(groups) or "0"
            return ([f"{whole}.{decimals}"], end) if "." not in whole else (groups, end)
        else:
            break
    return groups, end


def _decimals(words: list[str], at: int) -> tuple[str, int]:
    digits = ""
    while len(digits) < 2 and (word := _word(words, at)) and (word.isdigit() or word in ("oh", "o")):
        digits += word if word.isdigit() else "0"
        at += 1
    return digits, at


def _implicit(groups: list[str]) -> tuple[_Reading, ...]:
    """What groups without 'dollars' may mean: 64 99 is 64.99, 1 29 99 is 129.99, 1 50 is 150 or 1.50."""
    if len(groups) == 1:
        one = Decimal(groups[0])
        if groups[0].isdigit() and len(groups[0]) in (4, 5) and int(groups[0]) % 100 in _PRICE_ENDINGS:
            return (_Reading(one, 0), _Reading(one / 100, 0.3))
        return (_Reading(one, 0),)
    if any("." in group for group in groups):
        return (_Reading(Decimal(next(group for group in groups if "." in group)), 0),)
    if all(len(group) == 1 for group in groups):
        if len(groups) == 2:
            return (_Reading(Decimal("".join(groups)), 0),)
        whole = Decimal("".join(groups))
        return (_Reading(whole / 100, 0), _Reading(whole, 0.2))
    *head, last = groups
    if len(last) == 1 and len(head) >= 2 and len(head[-1]) == 1:
        last, head = head[-1] + last, head[:-1]
    if len(last) == 1:
        return (_Reading(Decimal("".join(groups)), 0.1), _Reading(Decimal(head[0]), 0.2))
    if len(last) > 2:
        return (_Reading(Decimal("".join(groups)), 0.1),)
    front = Decimal("".join(head))
    cents, joined = front + Decimal(last) / 100, front * 100 + Decimal(last)
    if front >= 10:
        return (_Reading(cents, 0), _Reading(joined, 0.3))
    if int(last) in _PRICE_ENDINGS or last.startswith("0"):
        return (_Reading(cents, 0.1), _Reading(joined, 0.2))
    return (_Reading(joined, 0.1), _Reading(cents, 0.15))


def _meant(words: list[str], found: list[_Amount], known: list[Decimal]) -> tuple[_Amount, _Amount | None]:
    """(the amount that is meant, the one that it corrects in part)."""
    kept: list[_Amount] = []
    base: _Amount | None = None
    end = 0
    for amount in found:
        before = " ".join(words[end : amount.start])
        end = amount.end
        if _AGAINST.search(before) and kept:
            continue
        if kept and _REPAIR.search(before):
            base = kept[-1]
            kept = [amount]
        elif _AGAINST.search(before) and len(found) > 1:
            continue
        else:
            kept.append(amount)
    if not kept:
        return found[-1], None
    best = max(range(len(kept)), key=lambda place: (_weight(words, kept[place], known), -place))
    return kept[best], base if len(kept) == 1 else None


def _said_exactly(found: list[_Amount], chosen: _Amount) -> _Amount:
    """The same amount said again with more to it: 'two seventy-five, like two dollars and seventy-five cents'."""
    for later in found[found.index(chosen) + 1 :]:
        exact = later.readings[0].value
        explains = later.marked and len(later.readings) == 1 and any(one.value == exact for one in chosen.readings)
        if explains:
            return later
        whole = chosen.readings[0].value if len(chosen.readings) == 1 else None
        completed = tuple(one for one in later.readings if one.value % 1 and int(one.value) == whole)
        if completed:
            return replace(later, readings=completed)
    return chosen


def _weight(words: list[str], amount: _Amount, known: list[Decimal]) -> float:
    before = " ".join(words[max(0, amount.start - 5) : amount.start])
    weight = 2.0 if amount.marked else 0.0
    weight += 1.5 if any(reading.value in known for reading in amount.readings) else 0.0
    weight += 1.0 if _PAID.search(before) else 0.0
    weight += 2.5 if _CHARGED.search(before) else 0.0
    weight -= 4.0 if _ELSEWHERE.search(before) else 0.0
    after = _word(words, amount.end)
    if (
        not amount.marked
        and after
        and after.isalpha()
        and after not in ("and", "for", "on", "even", "flat", "or", "please")
    ):
        weight -= 1.0
    return weight


def _best(amount: _Amount, known: list[Decimal], item: str, about: bool) -> Decimal:
    for reading in amount.readings:
        if reading.value in known:
            return reading.value
    first = amount.readings[0].value
    if amount.plain or about:
        near = [one for one in known if int(one) == first or (about and abs(one - first) <= 1)]
        if near:
            return min(near, key=lambda one: abs(one - first))
    if len(amount.readings) > 1 and item:
        dear = max((match.end() for match in _DEAR.finditer(item)), default=0)
        cheap = max((match.end() for match in _CHEAP.finditer(item)), default=0)
        if dear != cheap:  # the last word names the thing: a coffee table is a table
            pick = max if dear > cheap else min
            return pick(reading.value for reading in amount.readings)
    if len(amount.readings) > 1 and known:
        return min(amount.readings, key=lambda reading: _distance(reading.value, known) + reading.cost).value
    return first


def _distance(value: Decimal, known: list[Decimal]) -> float:
    """How far off in magnitude: 0 for the same amount, 1 for ten times as much."""
    if value <= 0:
        return 9.0
    return min(abs(float((value / one).log10())) if one > 0 else 9.0 for one in known)


def _referred(text: str, known: list[Decimal]) -> Decimal | None:
    """An amount meant without a number: 'the whole amount', 'the cheaper one'."""
    if not known:
        return None
    if re.search(
        r"\b(?:full|whole|entire|total|everything|all of it|the lot|more expensive|bigger|larger|higher)\b", text
    ):
        return max(known)
    if re.search(r"\b(?:cheaper|smaller|lower|less expensive|cheapest|smallest)\b", text):
        return min(known)
    return known[0] if len(known) == 1 and re.search(r"\b(?:that amount|same amount|what i paid)\b", text) else None
