"""Tracking numbers as callers read them out: digits in groups, letters by name, checked by the carrier's check"
" digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from asterisk_agent.dialog.spoken.check_digits import CHECKS
from asterisk_agent.dialog.spoken.corrections import without_preview, without_refused
from asterisk_agent.dialog.spoken.order_format import OrderFormat, order_format
from asterisk_agent.dialog.spoken.search import search
from asterisk_agent.dialog.spoken.tokens import Token, bounded, tokenize

_FORMATS = {
    "ups": r"1Z[A-Z0-9]{8}\d{8}|T\d{10}|\d{9}|K\d{10}",
    "fedex": r"\d{12}|\d{15}|\d{20}|\d{22}",
    "usps": r"\d{20}|\d{22}|[A-Z]{2}\d{9}[A-Z]{2}",
    "dhl": r"\d{10}|\d{11}|JJ?D\d{16}|JJ?D\d{18}|GM\d{14}|GM\d{16}|GM\d{17}|GM\d{18}|[A-Z]{2}\d{9}[A-Z]{2}",
}
_ROUTED_LENGTHS = (30, 34)
"""IMpb with the routing in front (420 and the ZIP code), tried only where that many digits are said."""
_TYPICAL = {
    "ups": r"1Z",
    "fedex": r"\d{12}$|\d{15}$|96\d{18,20}$",
    "usps": r"9\d{21}$|420|7\d{19}|[A-Z]{2}\d{9}US$|0",
    "dhl": r"\d{10}$|JD|GM|JJD",
}
_NAMES = re.compile(
    r"\b(?:u\.?\s?s\.?\s?p\.?\s?s\b\.?|u\.?\s?p\.?\s?s\b\.?|fed\s?-?ex|d\.?\s?h\.?\s?l\b\.?|postal service"
    r"|post office)(?:'s)?",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:tracking|track|shipment|shipping|package|waybill|parcel)(?: (?:number|code|id|no))?(?: is| was)?\b",
    re.IGNORECASE,
)
_UNCHECKED = 0.4
"""What a wrong check digit adds to the cost of a reading: more than any one odd reading of a word."""
_UNTYPICAL = 0.2
_ODD = 0.5
"""From this cost on, readings of a whole number are worse than one whose 1Z was left out."""
_WIDTH = 20
_LIMIT = 1.6


@dataclass(frozen=True)
class Tracking:
    """A tracking number (upper case, no separators) and whose; ``checked``: its check digit is right."""

    value: str
    carrier: str
    checked: bool
    cost: float


def parse_tracking(text: str, carrier: str = "") -> str:
    """The likeliest tracking number in ``text``, '' if there is none. ``carrier``: ups, fedex, usps, dhl, '' any."""
    found = tracking_numbers(text, carrier)
    return found[0].value if found else ""


def tracking_numbers(text: str, carrier: str = "") -> list[Tracking]:
    """Tracking numbers that ``text`` may mean, the likeliest first.

    A right check digit settles doubts between readings; a wrong one does not rule a clear reading out, for shops hand
    out numbers of other forms.
    """
    carriers = [carrier] if carrier in _FORMATS else list(_FORMATS)
    found: list[Tracking] = []
    plain = _LABEL.sub(" ", _without_name(bounded(text)))
    for part in dict.fromkeys((without_refused(without_preview(plain)), plain)):
        tokens = tokenize(part)
        found = found or [item for name in carriers for item in _of_carrier(tokens, name)]
    return sorted(found, key=lambda item: (item.cost, -len(item.value), item.value))


def _without_name(text: str) -> str:
    """Leave out the carrier's name, but not a 'U S' that ends the number itself."""
    return _NAMES.sub(lambda match: match.group() if _in_number(text, match) else " ", text)


def _in_number(text: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"\b(?:[A-Z]|\d)[ -]?$", text[: match.start()]) and re.match(r"[ -]?\d", text[match.end() :]))


def _of_carrier(tokens: list[Token], carrier: str) -> list[Tracking]:
    shape = order_format(_FORMATS[carrier])
    found = _read(tokens, shape)
    if carrier == "usps" and sum(len(token.digits) or 1 for token in tokens) >= 20:
        found |= _routed(tokens)
    if carrier == "ups" and min(found.values(), default=9.0) > _ODD:
        found |= {f"1Z{text}": cost + 0.15 for text, cost in _read(tokens, order_format(r"[A-Z0-9]{8}\d{8}")).items()}
    result = []
    for value, cost in found.items():
        checked = CHECKS[carrier](value) if _checkable(carrier, value) else True
        typical = re.match(_TYPICAL[carrier], value) is not None
        whole = cost + (0 if checked else _UNCHECKED) + (0 if typical else _UNTYPICAL)
        if whole < _LIMIT:
            result.append(Tracking(value, carrier, checked, round(whole, 3)))
    return result


def _routed(tokens: list[Token]) -> dict[str, float]:
    def viable(text: str) -> bool:
        return len(text) <= _ROUTED_LENGTHS[-1] and "420".startswith(text[:3])

    found = search(tokens, viable, lambda text: len(text) in _ROUTED_LENGTHS, False, width=_WIDTH)
    return {heard.text: heard.cost for heard in found}


def _checkable(carrier: str, value: str) -> bool:
    return carrier != "ups" or value.startswith("1Z")


def _read(tokens: list[Token], shape: OrderFormat) -> dict[str, float]:
    found = search(tokens, shape.could_begin, shape.fits, shape.speaks_letters, width=_WIDTH)
    return {heard.text: heard.cost for heard in found}
