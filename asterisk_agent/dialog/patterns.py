"""Understanding by patterns, likeness to known phrases and the state of the dialogue. No model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from rapidfuzz import fuzz, process

from asterisk_agent.dialog.cues import Cues, cues
from asterisk_agent.dialog.identity import Detail
from asterisk_agent.dialog.number_runs import without_sums
from asterisk_agent.dialog.sentiment import sentiment
from asterisk_agent.dialog.spoken import details as spoken
from asterisk_agent.dialog.spoken.order_number import (
    Candidate,
    correct_order_number,
    join_numbers,
    parse_order_number,
    parse_partial,
)
from asterisk_agent.dialog.spoken.parse import Context, parse
from asterisk_agent.dialog.spoken.tracking import tracking_numbers
from asterisk_agent.dialog.spoken.zones import Zone, zone_text, zones
from asterisk_agent.dialog.strung import strung
from asterisk_agent.dialog.understanding import Facet, Intent, Scene, Understood

_URGENCY = ("talk_to_human", "cancel_order", "address_change")
"""A person first, then a change that dispatch could overtake; the rest as said."""

_TOGETHER = 0.95
"""Confidence of an order number that stands plainly at the head of other values."""
_LIKE_ENOUGH = 84.0
"""rapidfuzz ratio, 0…100, from which a short text counts as a mis-heard form of a known phrase."""


_APART = ([10], [3, 3, 4], [3, 7], [5, 4], [4, 5])
"""Groups of digits in which details are written behind an order number, and hardly ever the rest of a parcel's."""
LEAST_TRACKING = 12
"""Digits of the shortest tracking numbers of digits alone."""


@dataclass(frozen=True)
class PatternUnderstanding:
    """The first implementation of Understanding."""

    language: str = "en_US"

    def __post_init__(self) -> None:
        """Compile the cues before the first call, not in it."""
        cues(self.language)

    def understand(self, text: str, scene: Scene) -> Understood:
        """See Understanding."""
        plain = _plain(text)
        known = cues(self.language)
        priceless = "" if _is_tracking(text, scene) else without_sums(text)
        together = strung(priceless, scene)
        details = _details(text, scene) if priceless else ()
        if together is not None and together.details:
            details = together.details
        numbers, partial = _numbers(priceless, scene, details)
        if together is not None and together.order:
            numbers, partial = (Candidate(together.order, _TOGETHER),), ""
        facets = frozenset(cast(Facet, name) for name, cue in known.facets.items() if cue.search(plain))
        polarity = _polarity(plain, known)
        lacks = bool(known.acts["lacks"].search(plain)) and not numbers and not details
        labels = _labels(plain, scene, known, bool(numbers or details), facets)
        labels += _acts(plain, known, polarity, bool(labels), bool(numbers or details))
        if (numbers or details or partial) and "provide_identity" not in [label for label, _ in labels]:
            labels.append(("provide_identity", numbers[0].confidence if numbers else 0.8))
        if not labels and len(plain.split()) >= 3:
            labels.append(("out_of_scope", 0.5))
        return Understood(
            intents=tuple(Intent(label, confidence) for label, confidence in labels),
            numbers=numbers,
            partial=partial,
            details=details,
            facets=facets,
            polarity=polarity,
            lacks=lacks,
            another=bool(known.acts["another"].search(plain)),
            acknowledges=bool(known.acts["acknowledges"].search(plain)),
            thanks=bool(known.acts["thanks"].search(plain)),
            asks_what_we_are=bool(known.acts["what_we_are"].search(plain)),
            frustrated=bool(known.acts["frustrated"].search(plain)),
            sentiment=sentiment(plain, known),
        )


def _is_tracking(text: str, scene: Scene) -> bool:
    """'4490 4430 4137 821' for an order number of five digits: nothing of it is one, or a detail."""
    digits = re.sub(r"[\s.,-]", "", text)
    if len(digits) < LEAST_TRACKING or not digits.isdigit() or parse_order_number(digits, scene.pattern):
        return False
    found = next(iter(tracking_numbers(text)), None)
    if found is None or not digits.endswith(found.value) or len(found.value) < LEAST_TRACKING:
        return False  # '73318, 43604, 9021' holds nine digits too
    apart = strung(text, scene)
    if apart is None or not apart.order:
        return True
    groups = [len(group) for group in re.split(r"[\s.,-]+", text.strip(" .,-"))]
    return found.checked and not (groups[0] == len(apart.order) and groups[1:] in _APART)


def _plain(text: str) -> str:
    lowered = text.lower().replace("’", "'").replace("-", " ")
    return re.sub(r"\s+", " ", re.sub(r"[^a-z0-9' ]+", " ", lowered)).strip()


def _polarity(plain: str, known: Cues) -> Literal["yes", "no", ""]:
    if known.acts["no"].search(plain):
        return "no"
    return "yes" if known.acts["yes"].search(plain) else ""


def _labels(
    plain: str, scene: Scene, known: Cues, has_identity: bool, facets: frozenset[Facet]
) -> list[tuple[str, float]]:
    """Call types in the order in which they are served."""
    first: dict[str, int] = {}
    for label, pattern in known.intents.items():
        if match := pattern.search(plain):
            first[label] = match.start()
    if known.acts["what_we_are"].search(plain) and not known.acts["wants"].search(plain):
        first.pop("talk_to_human", None)
    if "subscription" in first:
        first.pop("cancel_order", None)
    if first.keys() & {"refund_status", "return_status"}:
        first.pop("order_status", None)
        first.pop("delivery_delay", None)
    if "return_status" in first or "policy_faq" in first:
        first.pop("start_return_exchange", None)
    if first.keys() & {
        "complaint_missing_damaged",
        "delivery_delay",
        "failed_delivery_reschedule",
        "large_item_delivery",
    }:
        first.pop("order_status", None)
    if first.keys() & {"complaint_missing_damaged", "failed_delivery_reschedule"}:
        first.pop("delivery_delay", None)
    if "delivery_delay" in first and known.acts["asks_when"].search(plain):
        first["order_status"] = first.pop("delivery_delay")
    if "address_change" in first and not facets - {"address"}:
        first.pop("order_status", None)
    if scene.asked in ("order_number", "zip", "last4", "phone", "email") and known.acts["lacks"].search(plain):
        first.pop("delivery_delay", None)
        first.pop("order_status", None)
    ranked = sorted(first, key=lambda name: (_URGENCY.index(name) if name in _URGENCY else len(_URGENCY), first[name]))
    found = [(label, 0.9) for label in ranked]
    if not found and facets:
        found.append(("order_status", 0.8))
    if not found and not has_identity and 4 <= len(plain) <= 60:
        like = process.extractOne(plain, known.misheard.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH)
        if like:
            found.append((known.misheard[like[0]], like[1] / 100 * 0.8))
    return found


def _acts(plain: str, known: Cues, polarity: str, has_intent: bool, has_identity: bool) -> list[tuple[str, float]]:
    """Dialogue acts; those that only make sense alone are left out beside a request."""
    found: list[tuple[str, float]] = []
    short = len(plain.split()) <= 8
    if not has_intent and not has_identity:
        if known.acts["repeat"].search(plain) and short:
            found.append(("repeat", 0.9))
        elif known.acts["wait"].search(plain):
            found.append(("wait", 0.85))
    if known.acts["goodbye"].search(plain) and not has_intent:
        found.append(("goodbye", 0.9))
    if polarity and not found:
        found.append(("affirm" if polarity == "yes" else "deny", 0.9 if short else 0.7))
    if known.acts["greeting"].search(plain) and not found:
        found.append(("greeting", 0.9))
    return found


_NAMED: dict[Zone, Detail] = {"zip": "zip", "last4": "last4", "phone": "phone", "email": "email"}


def _details(text: str, scene: Scene) -> tuple[tuple[Detail, str], ...]:
    """Identity details: named ones anywhere, unnamed ones where they were asked for."""
    asked: Zone = _NAMED.get(cast(Zone, scene.asked), "open") if scene.asked != "yes_no" else "open"
    found: dict[Detail, str] = {}
    for zone, part in zones(text, asked):
        kind = _NAMED.get(zone)
        value = _detail(kind, part, scene) if kind else ""
        if kind and value:
            found[kind] = value
    if "email" not in found and (email := spoken.parse_email(text)):
        found["email"] = email
    instead = scene.asked == "order_number" and not parse_order_number(text, scene.pattern)
    if not found and (asked != "open" or instead) and (phone := spoken.parse_phone(text, scene.country)):
        found["phone"] = phone
    return tuple(found.items())


def _detail(kind: Detail | None, part: str, scene: Scene) -> str:
    if kind == "zip":
        code = parse("zip", part, Context())
        return code if isinstance(code, str) else ""
    if kind == "last4":
        return spoken.parse_last4(part)
    if kind == "phone":
        return spoken.parse_phone(part, scene.country, caller_id=scene.caller_phone)
    return spoken.parse_email(part) if kind == "email" else ""


_CORRECTS = re.compile(r"\b(?:i mean|i meant|oops|sorry|no wait|scratch that|my bad|my mistake)\b", re.IGNORECASE)


def _numbers(text: str, scene: Scene, details: tuple[tuple[Detail, str], ...]) -> tuple[tuple[Candidate, ...], str]:
    """Order numbers, and the beginning of one. Where a detail was asked for, a number must be called an order's."""
    asked = _NAMED.get(cast(Zone, scene.asked))
    if asked:
        if scene.order and not details and _CORRECTS.search(text):
            return correct_order_number(scene.order, text, scene.pattern), ""
        parts = [part for zone, part in zones(text, cast(Zone, asked)) if zone == "order_number"]
        return (parse_order_number(" . ".join(parts), scene.pattern) if parts else ()), ""
    if details:
        # Digits that belong to a detail are no order number.
        text = zone_text(text, frozenset({"open", "order_number"}))
        if any(kind == "email" for kind, _ in details):
            text = " . ".join(part for part in re.split(r"(?<=[.,;])\s+| and ", text) if not spoken.parse_email(part))
    if scene.reading_back:
        return correct_order_number(scene.reading_back, text, scene.pattern), ""
    whole = parse_order_number(text, scene.pattern)
    if scene.partial and not (whole and whole[0].confidence > 0.8):
        joined = join_numbers(scene.partial, text, scene.pattern)
        if joined and (not whole or joined[0].confidence > whole[0].confidence):
            return joined, ""
    if not whole and scene.order and re.search(r"\bnot\b|n't\b", text.lower()):
        whole = correct_order_number(scene.order, text, scene.pattern)
    if whole:
        return whole, ""
    partial = parse_partial(text, scene.pattern) if scene.asked in ("order_number", "open") else ""
    return (), partial if len(partial) >= (2 if scene.asked == "order_number" else 3) else ""
