"""Questions with their answers, as a shop's help page lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from asterisk_agent.dialog.encoder import Encoder
from asterisk_agent.dialog.knowledge.index import KnowledgeIndex
from asterisk_agent.dialog.knowledge.split import Passage


def faq(pairs: Iterable[Mapping[str, Any]], encoder: Encoder | None) -> KnowledgeIndex:
    """An index of {"q", "a", "source"?} rows: the question finds it, the answer is spoken as it stands."""
    return KnowledgeIndex(
        [
            Passage(str(pair["a"]), (str(pair["q"]),), str(pair.get("source") or "faq"), place)
            for place, pair in enumerate(pairs, 1)
        ],
        encoder,
    )
