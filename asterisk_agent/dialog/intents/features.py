"""What the intent classifier sees of a text: the encoder's layers, and hashed words and letters.

The layers carry meaning and tone; words and letters carry what a general encoder blurs ('hold on' and 'hold it for me',
'return' and 'refund') and survive a recogniser's slips.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from asterisk_agent.dialog.encoder import Encoder, Vectors

COLUMNS = 1 << 15
"""Columns of the hashed n-grams; collisions at 8,000 short texts cost nothing measurable."""

_FILLER = re.compile(r"\b(?:u+m+|u+h+|er+m*|hm+|you know|i mean|kind of|sort of|basically|like um)\b(?! huh)")
_LEAD = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|yes|yeah|okay|ok|alright|well|so|oh|and|please|there|sir"
    r"|ma'am)\b\s*)+"
)
_NUMBER = re.compile(
    r"\d+|\b(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|double)\b"
)


class LayeredEncoder(Encoder, Protocol):
    """An encoder that also gives what its last layers say."""

    def encode_layers(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), layers * dimensions), float32."""


def plain(text: str) -> str:
    """Lower case, letters, digits and apostrophes only: what a recogniser would write."""
    lowered = text.lower().replace("’", "'").replace("-", " ").replace("{", " ").replace("}", " ")
    return re.sub(r"\s+", " ", re.sub(r"[^a-z0-9'@#. ]+|\.(?=\s|$)", " ", lowered)).strip()


def core(text: str) -> str:
    """``text`` without fillers and greetings, where something is left: 'um hi where is it' is 'where is it'."""
    bare = re.sub(r"\s+", " ", _FILLER.sub(" ", plain(text))).strip()
    cut = _LEAD.sub("", bare)
    return cut if len(cut.split()) >= 3 else bare or plain(text)


def ngrams(text: str) -> list[str]:
    """Words, pairs of words, letters in words (two to four), and how much of it is numbers."""
    words = text.split()
    found = [f"w {word}" for word in words]
    found += [f"p {first} {second}" for first, second in zip(["^", *words], [*words, "$"], strict=True)]
    for word in words:
        edged = f" {word} "
        found += [f"c {edged[start : start + size]}" for size in (2, 3, 4) for start in range(len(edged) - size + 1)]
    numbers = len(_NUMBER.findall(text))
    if numbers:
        found += [f"n {min(numbers, 5)}", f"n share {round(4 * min(1.0, numbers / len(words)))}"]
    found.append(f"l {min(len(words), 12)}")
    return found


def counted(text: str) -> tuple[NDArray[np.int64], Vectors]:
    """The columns of a text's n-grams and 1 + log of how often each stands there."""
    counts = Counter(zlib.crc32(gram.encode()) % COLUMNS for gram in ngrams(text))
    columns = np.fromiter(counts.keys(), np.int64, len(counts))
    return columns, 1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))
