"""From a folder of pages to an index, with embeddings kept in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from asterisk_agent.dialog.encoder import Encoder
from asterisk_agent.dialog.knowledge.index import KnowledgeIndex
from asterisk_agent.dialog.knowledge.split import Passage, pages
from asterisk_agent.records import passages as table

log = structlog.get_logger(__name__)

MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Indexed:
    """What indexing did: passages in all, embeddings added to and removed from the database, files with problems."""

    passages: int
    added: int
    removed: int
    problems: tuple[str, ...]


def demo_folder() -> Path:
    """The demo shop's texts."""
    return Path(str(resources.files("asterisk_agent.dialog.knowledge").joinpath("demo")))


def from_folder(folder: Path, encoder: Encoder | None) -> KnowledgeIndex:
    """The index of a folder, in memory alone. Files that cannot be used are logged and left out."""
    found, problems = pages(folder)
    for problem in problems:
        log.error("a page of the shop's texts cannot be used", problem=problem)
    if not found:
        log.warning("there are no texts to answer questions from", folder=str(folder))
    return KnowledgeIndex(found, encoder)


async def with_database(folder: Path, encoder: Encoder | None, engine: AsyncEngine) -> KnowledgeIndex:
    """The index of a folder; embeddings come from the database where they are. Without it they are computed."""
    if encoder is None:
        return from_folder(folder, None)
    found, problems = pages(folder)
    for problem in problems:
        log.error("a page of the shop's texts cannot be used", problem=problem)
    try:
        known = await table.stored(engine)
    except (SQLAlchemyError, OSError) as error:
        log.info("the texts are embedded anew, as the database does not have them", error=type(error).__name__)
        known = {}
    digests = [_digest(passage) for passage in found]
    if not found or not set(digests) <= known.keys():
        return KnowledgeIndex(found, encoder)
    vectors = np.stack([np.frombuffer(known[digest], "<f4").astype(np.float32) for digest in digests])
    return KnowledgeIndex(found, encoder, vectors)


async def index(folder: Path, encoder: Encoder, engine: AsyncEngine) -> Indexed:
    """Bring the database to the folder's present texts: only what is new is computed."""
    found, problems = pages(folder)
    known = await table.stored(engine)
    rows = _rows(found, encoder, known)
    added, removed = await table.keep(engine, rows, set(known))
    return Indexed(len(found), added, removed, tuple(problems))


def _rows(found: Sequence[Passage], encoder: Encoder, known: dict[str, bytes]) -> list[table.StoredPassage]:
    digests = [_digest(passage) for passage in found]
    new = [place for place, digest in enumerate(digests) if digest not in known]
    vectors = encoder.encode([found[place].context for place in new])
    fresh = {place: vector.astype("<f4").tobytes() for place, vector in zip(new, vectors, strict=True)}
    rows = [
        table.StoredPassage(digest, passage.source[:300], passage.text, fresh.get(place, known.get(digest, b"")))
        for place, (digest, passage) in enumerate(zip(digests, found, strict=True))
    ]
    return list({row.digest: row for row in rows}.values())


def _digest(passage: Passage) -> str:
    return hashlib.sha256(f"{MODEL}\0{passage.context}".encode()).hexdigest()
