"""Embeddings of passages in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asterisk_agent.records.database import WRITES
from asterisk_agent.records.tables import PassageRow


@dataclass(frozen=True)
class StoredPassage:
    """One passage with its vector (float32, little endian)."""

    digest: str
    source: str
    text: str
    vector: bytes


async def stored(engine: AsyncEngine) -> dict[str, bytes]:
    """Digest to vector of everything that is stored."""
    async with AsyncSession(engine) as session:
        rows = await session.execute(select(PassageRow.digest, PassageRow.vector))
        return {row.digest: row.vector for row in rows}


async def keep(engine: AsyncEngine, passages: Sequence[StoredPassage], known: set[str]) -> tuple[int, int]:
    """Make the table hold these and no others; how many were added and removed. ``known``: digests that are there."""
    wanted = {passage.digest for passage in passages}
    gone = known - wanted
    new = [vars(passage) for passage in passages if passage.digest not in known]
    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        if gone:
            await connection.execute(delete(PassageRow).where(PassageRow.digest.in_(gone)))
        if new:
            await connection.execute(insert(PassageRow), new)
    return len(new), len(gone)
