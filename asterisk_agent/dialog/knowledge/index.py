"""Finds the passage that answers a question: words (BM25) and meaning (embeddings) together, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np
import structlog
from numpy.typing import NDArray

from asterisk_agent.dialog import services
from asterisk_agent.dialog.encoder import Encoder
from asterisk_agent.dialog.knowledge.split import Passage

log = structlog.get_logger(__name__)

SURE = 0.42
"""Score from which a passage is taken to answer (measured on questions with and without an answer)."""
SURE_BY_WORDS = 0.5
"""The same without embeddings: share of the question's weight that the passage's words carry."""
_MEANING = 0.75
"""Weight of the meaning in the score; the words have the rest."""
_STOPPED = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for"),
        *("from", "get", "got", "had", "has", "have", "hi", "hello", "how", "i", "if", "in", "is", "it", "its", "just"),
        *("like", "me", "my", "of", "on", "or", "our", "please", "so", "tell", "than", "thanks", "that", "the"),
        *("them", "their", "there", "they", "this", "to", "um", "uh", "up", "want", "was", "we", "were", "what"),
        *("when", "where", "which", "who", "will", "with", "would", "you", "your", "know", "about", "any"),
        "wondering",
    )
)


@dataclass(frozen=True)
class Hit:
    """A passage and how well it fits, 0…1."""

    passage: Passage
    score: float


class KnowledgeIndex:
    """The Knowledge protocol on passages. Immutable after it is built."""

    def __init__(
        self, passages: Sequence[Passage], encoder: Encoder | None, vectors: NDArray[np.float32] | None = None
    ) -> None:
        """``vectors`` of the passages' contexts where they are known; computed otherwise. No encoder: words alone."""
        self._passages = tuple(passages)
        self._encoder = encoder
        self._words = [terms(passage.context) for passage in self._passages]
        self._rarity = _rarity(self._words)
        self._bm25: bm25s.BM25 | None = None
        if self._passages:
            self._bm25 = bm25s.BM25()
            self._bm25.index(self._words, show_progress=False)
        self._vectors = vectors
        if encoder is not None and vectors is None and self._passages:
            self._vectors = encoder.encode([passage.context for passage in self._passages])

    def answer(self, question: str) -> services.Passage | None:
        """The passage that says it, None when none does."""
        hits = self.search(question, 1)
        sure = SURE if self._encoder is not None else SURE_BY_WORDS
        if not hits or hits[0].score < sure:
            return None
        best = hits[0]
        return services.Passage(best.passage.text, best.passage.source, best.score)

    def search(self, question: str, most: int = 5) -> list[Hit]:
        """The best passages, best first, whether or not they answer."""
        if not self._passages:
            return []
        question = written(question)
        asked = terms(question)
        by_words = np.array([self._carried(asked, words) for words in self._words], np.float32)
        score = by_words
        if self._encoder is not None and self._vectors is not None:
            meaning = self._vectors @ self._encoder.encode([question])[0]
            score = _MEANING * meaning + (1 - _MEANING) * by_words
        order = np.argsort(-(score + 1e-4 * self._rank(asked)))[:most]
        return [Hit(self._passages[place], round(float(score[place]), 4)) for place in order]

    def _rank(self, asked: list[str]) -> NDArray[np.float32]:
        """BM25 of every passage, between 0 and 1: settles what is otherwise even."""
        if self._bm25 is None or not asked:
            return np.zeros(len(self._passages), np.float32)
        known = [term for term in asked if term in self._bm25.vocab_dict]
        if not known:
            return np.zeros(len(self._passages), np.float32)
        scores: NDArray[np.float32] = self._bm25.get_scores(known)
        return scores / max(float(scores.max()), 1e-6)

    def _carried(self, asked: list[str], words: list[str]) -> float:
        """How much of what was asked, rare words counting more, the passage speaks of."""
        whole = sum(self._rarity.get(term, _UNKNOWN) for term in set(asked))
        found = sum(self._rarity.get(term, _UNKNOWN) for term in set(asked) & set(words))
        return found / whole if whole else 0.0


_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|um|uh|oh|so|ok|okay|and|but|well|wait|now|by the way|quick question)[, ]+)+",
    re.IGNORECASE,
)
_UNKNOWN = 4.0
"""Rarity of a word that no passage has: what it asks about is not in the texts."""


def _rarity(texts: list[list[str]]) -> Mapping[str, float]:
    counts: dict[str, int] = {}
    for words in texts:
        for word in set(words):
            counts[word] = counts.get(word, 0) + 1
    return {word: float(np.log1p(len(texts) / count)) for word, count in counts.items()}


def terms(text: str) -> list[str]:
    """The words that carry meaning, cut to their stems' beginnings."""
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _STOPPED]


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ment", "ers", "ed", "es", "er", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


_SENDS = r"(?:send|sending|sent|mail|mailing|ship|shipping|bring|take)"
_COLLOQUIAL = tuple(
    (re.compile(rf"\b{said}\b", re.IGNORECASE), written)
    for said, written in (
        (
            rf"(pay|cost|charged?|free|fee|much)(?: \w+)? (?:to|when i|if i|for) {_SENDS} (?:\w+ ){{0,3}}?back",
            r"\1 for return shipping",
        ),
        (rf"{_SENDS} (?:\w+ ){{0,3}}?back", "return an item"),
        (r"(?:postage|shipping (?:fee|charge|cost)s?|mailing cost)", "shipping cost"),
        (r"(?:gotta|have got to|'ve got to|need to)", "have to"),
        (r"(?:stuff|things?)", "items"),
        (r"(?:does|do|would|will) (?:she|he|they|somebody|someone|people) (?:have|need) to pay", "do I pay"),
        (r"(?:does|do) (?:she|he|they|somebody|someone|people)", "do I"),
        (r"(?:coupon|discount|voucher) codes?|coupons|vouchers", "promo codes"),
        (r"stack", "use two"),
        (r"amex", "American Express"),
        (r"(?:overnight|expedited|rush(?:ed)?|priority|next day)(?: (?:shipping|delivery))?", "express shipping"),
        (r"(?:fast(?:er|est)?|quick(?:er|est)?) (?:shipping|delivery)|faster|quicker", "express shipping"),
        (r"(?:get|have) (it|them|my order) (?:sooner|express shipping|earlier)", r"express shipping"),
        (r"guarantees?", "warranty"),
        (r"(?:is|am|are) (?:it|i|we|that|they) covered", "is there a warranty"),
        (r"y'?all|you guys|you folks|you people", "you"),
    )
)
"""What callers say for what help pages write."""


def written(question: str) -> str:
    """The question as a help page would put it."""
    plain = _OPENING.sub("", question.strip())
    for said, instead in _COLLOQUIAL:
        plain = said.sub(instead, plain)
    return plain
