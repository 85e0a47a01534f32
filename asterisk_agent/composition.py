"""What the dialogue needs, built from the settings: for calls, for 'chat', for replays and for evaluations alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from asterisk_agent.commerce import stores
from asterisk_agent.commerce.lookup import Lookup
from asterisk_agent.dialog.encoder import Encoder, EncoderError, packaged_encoder
from asterisk_agent.dialog.flows.shelf import FlowShelf
from asterisk_agent.dialog.hours import OpeningHours
from asterisk_agent.dialog.intents.local import LocalUnderstanding
from asterisk_agent.dialog.knowledge.faq import faq
from asterisk_agent.dialog.knowledge.load import demo_folder, from_folder
from asterisk_agent.dialog.services import Desk, Hours, Knowledge, QueueState, Request, Services
from asterisk_agent.dialog.understanding import Understanding
from asterisk_agent.settings import Settings

log = structlog.get_logger(__name__)


class NoQueues:
    """Without a PBX nothing is known of its queues."""

    async def state(self, destination: str) -> QueueState | None:
        """Not known."""
        return None


class ShownDesk:
    """Requests are shown instead of kept: where nobody works on them."""

    def __init__(self, show: Callable[[Request], None] | None = None) -> None:
        self._show = show

    async def leave(self, request: Request) -> str:
        """Show it."""
        if self._show is not None:
            self._show(request)
        return "not kept"


def understanding(settings: Settings) -> Understanding:
    """How callers are understood: trained once, then from the data folder."""
    return LocalUnderstanding.create(settings.understanding.examples, settings.data_dir / "understanding")


@cache
def encoder() -> Encoder | None:
    """The sentence encoder; None, with a warning, where its package is not installed."""
    try:
        return packaged_encoder()
    except EncoderError as error:
        log.warning("meaning is judged by words alone", fix=str(error))
        return None


def texts_folder(settings: Settings) -> Path:
    """The folder of the shop's texts about policies."""
    return settings.knowledge.folder or demo_folder()


def knowledge_of(pairs: list[dict[str, Any]]) -> Knowledge:
    """Knowledge that consists of questions with their answers."""
    return faq(pairs, encoder())


def flows(settings: Settings) -> FlowShelf:
    """The flows that are published, or shipped."""
    return FlowShelf(settings.flows.folder or settings.data_dir / "flows", settings.handoff.destinations)


def hours(settings: Settings) -> Hours:
    """When people answer."""
    return OpeningHours(settings.hours, settings.shop.zone)


@asynccontextmanager
async def talking(
    settings: Settings, clock: Callable[[], datetime], desk: Desk | None = None
) -> AsyncIterator[Services]:
    """The dialogue's services without a PBX. Raises StoreError."""
    store = stores.create(settings.store, settings.shop, clock=clock)
    lookup = Lookup(store, settings.store.deadline_s, clock)
    try:
        yield Services(
            lookup,
            desk or ShownDesk(),
            NoQueues(),
            from_folder(texts_folder(settings), encoder()),
            hours(settings),
            understanding(settings),
        )
    finally:
        await lookup.close()
        await store.close()
