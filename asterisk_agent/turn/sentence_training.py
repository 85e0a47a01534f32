"""Trains the model of sentence ends. The only place of this room that needs scikit-learn.

Nothing is labelled by hand but two short files of endings that mislead (``examples/<language>/``): a sentence that was
said to its end is a whole one, and cut off between two words it is not. A cut that leaves a sentence which stands by
itself elsewhere, or is followed by a word that may always be added ("please", "because …"), is left out.
"""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from asterisk_agent.turn.dangling import is_dangling
from asterisk_agent.turn.lexicon import lexicon
from asterisk_agent.turn.sentence_end import SentenceEnds, Vectors, WordTable, inputs
from asterisk_agent.turn.spelling import words_of

Words = tuple[str, ...]
Samples = list[tuple[Words, bool]]

DIMENSIONS = 64
COMMON = 60
UNITS = 24
NETWORKS = 12
SHARE = 0.8
"""Each network sees this much of the samples."""
EPOCHS = 6
"""Few: the cuts that are wrong by chance would be learnt by heart."""
DECAY = 0.03
CUTS = 4
REPEATED = 5
"""How often an ending of the two files is shown, each time behind other words."""

_ADDED = lexicon(
    "and but because so then or since cause if when that which who please thanks thank though anymore yet today right",
    "now already",
)
_HEADS = ("um", "so", "yeah", "hi", "okay", "well", "uh", "yeah so", "okay so um", "no", "and", "hello")
_JOINTS = ("and", "but", "so", "because", "and then", "and now", "also", "", "if", "when", "like")
_PLAIN_JOINTS = ("and", "but", "so")


def train(sentences: Sequence[str], vocabulary: Mapping[str, int], vectors: Vectors) -> SentenceEnds:
    """A model from whole ``sentences``; ``vocabulary`` gives each known word's row in ``vectors``. Half a minute."""
    whole = sorted({said for said in map(_words, sentences) if said and not is_dangling(list(said), "open")})
    spread = Counter(word for said in whole for word in said)
    table = _table(spread, vocabulary, vectors)
    common = tuple(word for word, _ in spread.most_common(COMMON))
    samples = _samples(whole, examples("whole"), examples("broken"))
    seen = np.stack([inputs(said, table, common) for said, _ in samples])
    return _fit(seen, np.array([ends for _, ends in samples]), table, common)


def examples(kind: str, language: str = "en_US") -> list[Words]:
    """The endings of one file ('whole' or 'broken'); lines with '#' are remarks."""
    text = resources.files("asterisk_agent.turn").joinpath("examples", language, f"{kind}.txt").read_text("utf-8")
    return [_words(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _words(text: str) -> Words:
    return tuple(words_of(text))


def _table(spread: Counter[str], vocabulary: Mapping[str, int], vectors: Vectors) -> WordTable:
    """The vectors along the directions in which the words of these calls differ most."""
    words = sorted(vocabulary, key=lambda word: vocabulary[word])
    centred = vectors[[vocabulary[word] for word in words]]
    centred = centred - centred.mean(axis=0)
    weight = np.sqrt([spread.get(word, 0) + 0.2 for word in words])
    directions = np.linalg.svd(centred * weight[:, None], full_matrices=False)[2][:DIMENSIONS]
    turned = centred @ directions.T
    return WordTable(tuple(words), (turned / turned.std()).astype(np.float32))


def _samples(whole: Sequence[Words], misleading: Sequence[Words], broken: Sequence[Words]) -> Samples:
    dice = random.Random(1)
    standing = {*whole, *misleading}
    samples: Samples = []
    for said in whole:
        cuts = [at for at in range(1, len(said)) if said[:at] not in standing and said[at] not in _ADDED]
        dice.shuffle(cuts)
        head = _words(dice.choice(_HEADS))
        first = dice.choice(whole) + _words(dice.choice(_JOINTS))
        samples += [(said, True), (head + said, True), (first + said, True)]
        samples += [(said[:at], False) for at in cuts[:CUTS]]
        samples += [(before + said[:at], False) for before in (head, first) for at in cuts[:2]]
        if first not in standing:
            samples.append((first, False))
    for endings, ends in ((misleading, True), (broken, False)):
        for said in [*endings] * REPEATED:
            head = _words(dice.choice(_HEADS))
            first = dice.choice(whole) + _words(dice.choice(_PLAIN_JOINTS))
            samples += [(before + said, ends) for before in ((), head, first)]
    return samples


def _fit(seen: Vectors, ends: NDArray[np.bool_], table: WordTable, common: tuple[str, ...]) -> SentenceEnds:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    networks = []
    for number in range(NETWORKS):
        part = np.random.RandomState(number).permutation(len(ends))[: int(SHARE * len(ends))]
        network = MLPClassifier(
            (UNITS,), alpha=DECAY, max_iter=EPOCHS, batch_size=256, learning_rate_init=2e-3, random_state=number
        )
        with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
            networks.append(network.fit(seen[part], ends[part]))
    return SentenceEnds(
        table=table,
        common=common,
        hidden=np.concatenate([network.coefs_[0] for network in networks], axis=1).astype(np.float32),
        hidden_bias=np.concatenate([network.intercepts_[0] for network in networks]).astype(np.float32),
        output=np.concatenate([network.coefs_[1][:, 0] for network in networks]).astype(np.float32)
        / np.float32(NETWORKS),
        bias=float(np.mean([network.intercepts_[1][0] for network in networks])),
    )
