"""How likely a sentence ends at its last word: a small trained model for the endings that no word list foresees.

It judges what grammar alone leaves open ("I'd like to skip next …", "the website shows …") from the last four words,
the first and all of them together. Words count by their meaning, as vectors of the sentence encoder's vocabulary, so
that nouns and verbs which no example has are judged like their kin. 0.1 ms a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asterisk_agent.turn.dangling import is_dangling
from asterisk_agent.turn.phrases import (
    ATTRIBUTES,
    AUXILIARIES,
    CONJUNCTIONS,
    DETERMINERS,
    NEGATED,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION,
)

Vectors = NDArray[np.float32]

LAST = 4
"""How many of the last words are looked at one by one."""
SINGLED_OUT = 3
"""How many of the last words are also known by themselves, when they are among the commonest."""
CLOSED = (
    ATTRIBUTES | AUXILIARIES | CONJUNCTIONS | DETERMINERS | NEGATED | PREPOSITIONS | PRONOUNS | QUESTION | {"not", "me"}
)
"""Words of grammar: about these as the last word the rules have an opinion."""
_SUFFIXES = ("'s", "n't", "s", "ed", "ing")
_LONG = 8


@dataclass(frozen=True)
class WordTable:
    """Vectors of words. Unknown words have none, possessives and contractions that of their stem."""

    words: tuple[str, ...]
    vectors: Vectors

    @cached_property
    def places(self) -> dict[str, int]:
        """Row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    def place(self, word: str) -> int | None:
        """Row of ``word``, None if it is unknown."""
        found = self.places.get(word)
        return self.places.get(word.partition("'")[0]) if found is None else found


@dataclass(frozen=True)
class SentenceEnds:
    """Several networks with one hidden layer whose logits are averaged; they share their input."""

    table: WordTable
    common: tuple[str, ...]
    """The commonest words, known by themselves."""
    hidden: Vectors
    """(inputs, networks * units)"""
    hidden_bias: Vectors
    output: Vectors
    """(networks * units,), already divided by the number of networks."""
    bias: float

    def likelihood(self, words: Sequence[str]) -> float:
        """How likely it is, from 0 to 1, that a caller who said ``words`` (at least one) has finished the sentence."""
        units = np.maximum(inputs(words, self.table, self.common) @ self.hidden + self.hidden_bias, 0)
        return float(1 / (1 + np.exp(-(units @ self.output + self.bias))))

    def save(self, path: Path) -> None:
        """Write the file. Raises OSError."""
        steps = np.abs(self.table.vectors).max(axis=0) / 127
        np.savez_compressed(
            path,
            words=np.array("\n".join(self.table.words)),
            vectors=np.rint(self.table.vectors / steps).astype(np.int8),
            steps=steps.astype(np.float32),
            common=np.array("\n".join(self.common)),
            hidden=self.hidden.astype(np.float16),
            hidden_bias=self.hidden_bias,
            output=self.output,
            bias=np.float32(self.bias),
        )


def inputs(words: Sequence[str], table: WordTable, common: Sequence[str]) -> Vectors:
    """What the networks see of a sentence."""
    known = [table.place(word) for word in words]
    nothing = np.zeros(table.vectors.shape[1], np.float32)

    def vector(back: int) -> Vectors:
        place = known[-back] if back <= len(known) else None
        return nothing if place is None else table.vectors[place]

    every = np.mean([vector(back) for back in range(1, len(words) + 1)], axis=0)
    last, size = words[-1], len(words)
    dangling = is_dangling(list(words), "open")
    marks = [
        min(size, 2 * _LONG) / _LONG,
        *(size == count for count in range(1, LAST + 1)),
        dangling,
        last in CLOSED and not dangling,
        CLOSED.issuperset(words),
        *(back <= size and known[-back] is None for back in (1, 2)),
        "'" in last,
        *(last.endswith(suffix) for suffix in _SUFFIXES),
    ]
    alone = np.zeros((SINGLED_OUT + 1, len(common)), np.float32)
    rank = {word: place for place, word in enumerate(common)}
    for back, word in enumerate(reversed(words)):
        if word in rank:
            alone[min(back, SINGLED_OUT), rank[word]] = 1.0 if back < SINGLED_OUT else 0.5
    near = [vector(back) for back in range(1, LAST + 1)]
    return np.concatenate([*near, every, vector(size), np.array(marks, np.float32), alone.ravel()]).astype(np.float32)


@cache
def shipped(language: str = "en_US") -> SentenceEnds:
    """The model of ``weights/<language>.npz``, loaded once a process (about 20 ms)."""
    file = resources.files("asterisk_agent.turn").joinpath("weights", f"{language}.npz")
    with resources.as_file(file) as path, np.load(path) as data:
        return SentenceEnds(
            table=WordTable(tuple(str(data["words"]).split("\n")), data["vectors"].astype(np.float32) * data["steps"]),
            common=tuple(str(data["common"]).split("\n")),
            hidden=data["hidden"].astype(np.float32),
            hidden_bias=data["hidden_bias"],
            output=data["output"],
            bias=float(data["bias"]),
        )
