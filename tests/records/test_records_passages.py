"""Embeddings of the shop's texts in the database: computed once, gone with their text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sqlalchemy.engine import URL

from asterisk_agent.dialog.encoder import packaged_encoder
from asterisk_agent.dialog.knowledge.load import from_folder, index, with_database
from asterisk_agent.records import migrate
from asterisk_agent.records.database import open_engine
from asterisk_agent.records.passages import stored


class CountingEncoder:
    """The packaged encoder, which notes what it is asked for."""

    dimensions = 384

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.texts += texts
        return packaged_encoder().encode(texts)


async def test_only_new_passages_are_computed_and_old_ones_go(url: URL, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Hours\nWe open at nine.\n\nWe close at five.", encoding="utf-8")
    await migrate.upgrade(url)
    engine = open_engine(url)
    encoder = CountingEncoder()
    try:
        first = await index(tmp_path, encoder, engine)
        assert (first.passages, first.added, first.removed) == (2, 2, 0)
        page.write_text("# Hours\nWe open at nine.\n\nWe close at six.", encoding="utf-8")
        second = await index(tmp_path, encoder, engine)
        assert (second.passages, second.added, second.removed) == (2, 1, 1)
        assert encoder.texts == ["Hours. We open at nine.", "Hours. We close at five.", "Hours. We close at six."]
        assert len(await stored(engine)) == 2
        encoder.texts.clear()
        known = await with_database(tmp_path, encoder, engine)
        assert encoder.texts == []
        answer = known.answer("when do you close")
        plain = from_folder(tmp_path, packaged_encoder()).answer("when do you close")
        assert answer == plain
        assert answer is not None
    finally:
        await engine.dispose()


async def test_without_the_tables_the_texts_are_read_all_the_same(url: URL, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Hours\nWe open at nine in the morning.", encoding="utf-8")
    engine = open_engine(url)
    try:
        known = await with_database(tmp_path, packaged_encoder(), engine)
        assert known.answer("when do you open in the morning") is not None
    finally:
        await engine.dispose()
