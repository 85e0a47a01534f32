"""The trained intent classifier: a table of weights, used in plain numpy, kept in one file."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asterisk_agent.dialog.encoder import Vectors
from asterisk_agent.dialog.intents.features import LayeredEncoder, core, counted

FORMAT = 3
"""Raised when the features change, so that no older file is used."""

LAYER = 1
"""Which of the encoder's pooled layers is compared: the fourth of six."""
NEIGHBOURS = 30
CLOSENESS = 25.0
"""A neighbour's vote falls by e for each 1/25 that its cosine is below one."""
LIKENESS = 0.6
"""Weight of the neighbours beside the regression; the five-fold accuracy rises by 0.9 points with them."""
SHARPNESS = 1.0
"""Chosen for the smallest calibration error."""
_TINY = np.float32(1e-6)
Halves = NDArray[np.float16]


@dataclass(frozen=True)
class Weights:
    """Logistic regression over the encoder's layers and the weighted n-grams, and the examples themselves."""

    labels: tuple[str, ...]
    fingerprint: str
    """Of the examples from which it was trained."""
    layers: Vectors
    """(layers * dimensions, labels)"""
    grams: Halves
    """(COLUMNS, labels)"""
    rarity: Halves
    """(COLUMNS,): inverse document frequency."""
    bias: Vectors
    known: Vectors
    """(examples, dimensions): the compared layer of each example."""
    owners: NDArray[np.int16]
    """(examples,): index of each example's label."""

    def probabilities(self, layers: Vectors, texts: Sequence[str]) -> Vectors:
        """(texts, labels) for cleaned ``texts`` and what the encoder's layers say of them."""
        scores = layers @ self.layers + self.bias
        for row, text in enumerate(texts):
            columns, counts = counted(text)
            scores[row] += weighted(counts, self.rarity[columns]) @ self.grams[columns].astype(np.float32)
        learnt = _softmax(scores)
        return _softmax(SHARPNESS * (np.log(learnt + _TINY) + LIKENESS * np.log(self._alike(layers) + _TINY)))

    def _alike(self, layers: Vectors) -> Vectors:
        """How the labels of the most similar examples are spread."""
        width = self.known.shape[1]
        likeness = layers[:, LAYER * width : (LAYER + 1) * width] @ self.known.T
        count = min(NEIGHBOURS, self.known.shape[0])
        nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        votes = np.zeros((len(layers), len(self.labels)), np.float32)
        for row, places in enumerate(nearest):
            np.add.at(votes[row], self.owners[places], np.exp(CLOSENESS * (likeness[row, places] - 1)))
        result: Vectors = (votes + _TINY) / (votes + _TINY).sum(axis=1, keepdims=True)
        return result

    def save(self, path: Path) -> None:
        """Write the file in one step: another process sees the old one or the new one. Raises OSError."""
        steps = np.maximum(np.abs(self.known).max(axis=0), _TINY) / np.float32(127)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".intents-", dir=path.parent)
        try:
            os.fchmod(handle, 0o644)
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(
                    file,
                    format=FORMAT,
                    fingerprint=self.fingerprint,
                    labels=np.array(self.labels),
                    layers=self.layers.astype(np.float16),
                    grams=self.grams,
                    rarity=self.rarity,
                    bias=self.bias,
                    known=np.round(self.known / steps).astype(np.int8),
                    steps=steps,
                    owners=self.owners,
                )
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: Path, fingerprint: str) -> Weights | None:
        """The weights of ``path`` if they were trained from the examples of ``fingerprint``; else None."""
        try:
            with np.load(path, allow_pickle=False) as data:
                if int(data["format"]) != FORMAT or str(data["fingerprint"]) != fingerprint:
                    return None
                return cls(
                    labels=tuple(str(label) for label in data["labels"]),
                    fingerprint=fingerprint,
                    layers=data["layers"].astype(np.float32),
                    grams=data["grams"],
                    rarity=data["rarity"],
                    bias=data["bias"],
                    known=data["known"].astype(np.float32) * data["steps"],
                    owners=data["owners"],
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None


@dataclass(frozen=True)
class Classifier:
    """Texts in, a probability for each label out. Thread-safe."""

    weights: Weights
    encoder: LayeredEncoder

    def probabilities(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """For each text, label to probability; they add up to one."""
        cleaned = [core(text) for text in texts]
        table = self.weights.probabilities(self.encoder.encode_layers(cleaned), cleaned)
        return [dict(zip(self.weights.labels, map(float, row), strict=True)) for row in table]


GRAM_LENGTH = 0.6
"""Length of the n-grams' part of a text's vector; each of the encoder's layers has length one half."""


def weighted(counts: Vectors, rarity: Halves | Vectors) -> Vectors:
    """tf-idf of one text, scaled to its place beside the layers."""
    values = counts * rarity.astype(np.float32)
    result: Vectors = values * np.float32(GRAM_LENGTH / max(float(np.linalg.norm(values)), 1e-6))
    return result


def _softmax(scores: Vectors) -> Vectors:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Vectors = raised / raised.sum(axis=1, keepdims=True)
    return result
