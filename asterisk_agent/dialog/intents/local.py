"""Understanding by the trained classifier, the patterns and the state of the dialogue together. No cloud."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import structlog

from asterisk_agent.dialog.encoder import EncoderError, packaged_encoder
from asterisk_agent.dialog.intents.asking import asking
from asterisk_agent.dialog.intents.classifier import Classifier, Weights
from asterisk_agent.dialog.intents.clauses import clauses
from asterisk_agent.dialog.intents.examples import Examples, collected, shipped
from asterisk_agent.dialog.intents.features import LayeredEncoder, plain
from asterisk_agent.dialog.intents.serving import ACTS, served
from asterisk_agent.dialog.patterns import PatternUnderstanding
from asterisk_agent.dialog.understanding import Intent, Scene, Understanding, Understood

log = structlog.get_logger(__name__)

SHIPPED = Path(__file__).parent / "weights" / "en_US.npz"
"""Trained from the shipped examples alone; see ``asterisk-agent intents train``."""

SURE = 0.60
"""From this probability a label is taken for what the caller wants."""
LIKELIEST = 0.30
"""The same where the doubt is only which of the labels it is: a guess there serves better than a refusal."""
HARDLY_OUTSIDE = 0.20
"""Out of scope is no part of the doubt below this probability. Figures differ little from 0.1 to 0.3."""
SECOND = 0.95
"""A clause's probability from which it counts as a wish of its own."""
BESIDE_IDENTITY = 0.60
"""The same for a wish said together with a number or a detail that was asked for."""
PERSON_HEARD = 0.00002
"""A person whom the patterns hear is believed from this probability."""
HARDLY_SAID = 0.05
"""A clause's probability below which it does not say what the whole turn sounds like."""
HEARD_CLEARLY = 0.02
"""The whole turn must give this much to what is often told as a fact: 'I cancelled it and have no refund'."""
_OFTEN_TOLD = frozenset({"cancel_order", "return_status", "start_return_exchange"})
_ASKED = re.compile(
    r"^(?:(?:and|also|but|so|then|oh|um|uh|please|just)\s+)*(?:did|have you|has|is|are|was|can|could|will|would|do|does"
    r"|what|when|where|how|cancel|stop|return|exchange|swap|i (?:want|need|would|wanna|also|still)|i'd|let|send)\b"
)
NO_NUMBER = 0.1
"""Below this probability of identity, uncertain digits in a free turn are a date, a count or a price."""
_CERTAIN_NUMBER = 0.3

MOST_IDENTITY_WORDS = 3
"""Words beside numbers and details from which they may be a wish."""
MOST_WORDS = 60
"""Words of a turn that are looked at: what a caller wants is said by then, and the time stays bounded."""

_IDENTITY_SLOTS = ("order_number", "zip", "last4", "phone", "email", "contact")


@dataclass(frozen=True)
class LocalUnderstanding:
    """The product's own Understanding; see ``create``."""

    classifier: Classifier
    patterns: PatternUnderstanding

    @classmethod
    def create(
        cls, own: Mapping[str, Sequence[str]], cache_dir: Path, encoder: LayeredEncoder | None = None
    ) -> Understanding:
        """Ready to use; ``own``: the shop's examples, label to texts.

        With examples of its own a shop's classifier is trained here: once, about 50 s on one core, then read from
        ``cache_dir``. Without the encoder's package the patterns alone understand, and a warning says what to install.
        """
        patterns = PatternUnderstanding()
        try:
            encoder = encoder or packaged_encoder()
        except EncoderError as error:
            log.warning("understanding by patterns alone: many requests will not be recognised", error=str(error))
            return patterns
        examples = collected(own, beside=shipped()) if own else shipped()
        return cls(Classifier(_weights(examples, cache_dir, encoder), encoder), patterns)

    def understand(self, text: str, scene: Scene) -> Understood:
        """See Understanding."""
        meant = self.patterns.understand(text, scene)
        bare = plain(text)
        if not any(letter.isalnum() for letter in bare):
            return meant
        # Numbers and details beside a wish say nothing about it.
        wish = asking(text) if meant.numbers or meant.details or meant.partial else ""
        asks = len(wish.split()) >= MOST_IDENTITY_WORDS or (wish and set(meant.labels) - ACTS)
        read = wish if asks else text
        read = " ".join(read.split()[:MOST_WORDS])
        parts = clauses(read)
        read = parts[0] if len(parts) == 1 else read
        whole, *each = self.classifier.probabilities([read, *parts] if len(parts) > 1 else [read])
        if _only_sounds_like_numbers(meant, whole, scene):
            meant = replace(meant, numbers=(), partial="", intents=_without_identity(meant))
        intents = _intents(whole, each, parts, meant, bare, scene)
        return replace(meant, intents=intents, polarity=_polarity(meant, whole, bare))


def _only_sounds_like_numbers(meant: Understood, whole: Mapping[str, float], scene: Scene) -> bool:
    """'It's been three to five days': digits, but nobody asked for any and the turn gives no identity."""
    if scene.asked != "open" or scene.reading_back or scene.partial or meant.details:
        return False
    unsure = bool(meant.partial) or (bool(meant.numbers) and meant.numbers[0].confidence < _CERTAIN_NUMBER)
    return unsure and whole["provide_identity"] < NO_NUMBER


def _without_identity(meant: Understood) -> tuple[Intent, ...]:
    return tuple(intent for intent in meant.intents if intent.label != "provide_identity")


def _weights(examples: Examples, cache_dir: Path, encoder: LayeredEncoder) -> Weights:
    """From the package, from the cache, or trained now."""
    cached = cache_dir / f"intents-{examples.fingerprint}.npz"
    for path in (SHIPPED, cached):
        if weights := Weights.load(path, examples.fingerprint):
            return weights
    from asterisk_agent.dialog.intents.training import train

    log.info("training the intent classifier; this happens once", examples=len(examples.texts))
    weights = train(examples, encoder)
    try:
        weights.save(cached)
    except OSError as error:
        log.warning(
            "the intent classifier cannot be kept: make the folder writable, or every start trains it anew",
            folder=str(cache_dir),
            error=error.strerror or str(error),
        )
    return weights


def _intents(
    whole: dict[str, float],
    each: list[dict[str, float]],
    parts: Sequence[str],
    meant: Understood,
    bare: str,
    scene: Scene,
) -> tuple[Intent, ...]:
    """What is wanted, in serving order, with the acts and identity that go with it."""
    identity = bool(meant.numbers or meant.details)
    given = identity or bool(meant.partial)
    label = max(whole, key=whole.__getitem__)
    words = len(bare.split())
    sure: dict[str, float] = {}
    if label not in ACTS and _taken(label, whole, scene):
        sure[label] = whole[label]
    for part, said in zip(each, parts if each else (), strict=True):
        other = max(part, key=part.__getitem__)
        told = other in _OFTEN_TOLD and not _ASKED.match(plain(said)) and whole[other] < HEARD_CLEARLY
        if other not in ACTS and part[other] >= SECOND and not told:
            sure[other] = max(part[other], sure.get(other, 0.0))
    if sure.get(label, 1.0) < SECOND and _unsaid(label, sure, each):
        del sure[label]
    if "talk_to_human" in meant.labels and whole["talk_to_human"] >= PERSON_HEARD:
        sure.setdefault("talk_to_human", 0.9)
    if meant.asks_what_we_are and "talk_to_human" not in meant.labels:
        sure.pop("talk_to_human", None)
    if given and (label == "provide_identity" or scene.asked in _IDENTITY_SLOTS):
        sure = {name: value for name, value in sure.items() if value >= BESIDE_IDENTITY}
    if meant.lacks and scene.asked in _IDENTITY_SLOTS:
        sure = {name: value for name, value in sure.items() if name not in ("order_status", "delivery_delay")}
    found = [Intent(name, round(sure[name], 3)) for name in served(_as_said(sure, each, label))]
    if given:
        value = meant.numbers[0].confidence if meant.numbers else 0.8
        return (*found, Intent("provide_identity", value))
    if found:
        return tuple(found)
    return _alone(label, whole, meant, words)


def _taken(label: str, whole: Mapping[str, float], scene: Scene) -> bool:
    """A doubtful wish is followed where the caller speaks freely, not where it would leave a question unanswered."""
    guess = scene.asked == "open" and whole["out_of_scope"] < HARDLY_OUTSIDE
    return whole[label] >= (LIKELIEST if guess else SURE)


def _unsaid(label: str, sure: Mapping[str, float], each: list[dict[str, float]]) -> bool:
    """Only the mixture of two clauses sounds like ``label``; a clause by itself says something else."""
    others = any(name != label and part[name] >= SECOND for part in each for name in sure)
    return others and all(part[label] < HARDLY_SAID for part in each)


def _as_said(sure: Mapping[str, float], each: list[dict[str, float]], label: str) -> list[str]:
    """The labels in the order of the clauses that say them."""
    order = [max(part, key=part.__getitem__) for part in each]
    said = [name for name in order if name in sure]
    heard = [name for name in sure if name not in (*said, label)]
    return [*([label] if label in sure and label not in said else []), *said, *heard]


def _alone(label: str, whole: dict[str, float], meant: Understood, words: int) -> tuple[Intent, ...]:
    """A turn without a request: an act of the dialogue, what the patterns know, or out of scope."""
    if label in ACTS and whole[label] >= SURE:
        return (Intent(label, round(whole[label], 3)),)
    if set(meant.labels) - {"out_of_scope"}:
        return meant.intents
    return (Intent("out_of_scope", round(1 - whole[label], 3)),) if words >= 2 else ()


def _polarity(meant: Understood, whole: dict[str, float], bare: str) -> Literal["yes", "no", ""]:
    if meant.polarity or meant.lacks or len(bare.split()) > 6:
        return meant.polarity
    if whole["affirm"] >= 0.7:
        return "yes"
    return "no" if whole["deny"] >= 0.7 else ""
