"""What the dialogue needs, built from the settings: for calls, for 'chat', for replays and for evaluations alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol, get_args

import structlog

from asterisk_agent import settings_systems
from asterisk_agent.commerce import carriers, returns, stores, subscriptions
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.lookup import Lookup
from asterisk_agent.commerce.systems import Systems
from asterisk_agent.commerce.trackings import Shelf, Trackings
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


def systems(
    settings: Settings,
    clock: Callable[[], datetime] | None = None,
    data_dir: Path | None = None,
    shelf: Shelf | None = None,
) -> Systems:
    """Stores, carriers, returns and subscriptions as the settings name them. Raises SystemFailed.

    ``clock``: aware, None: the machine's. ``data_dir``, ``shelf``: where changes to the local store, and trackings,
    are kept; None: in memory alone.
    """
    now = clock or (lambda: datetime.now(UTC))
    main = [stores.create(settings.store, settings.shop, data_dir, clock)]
    others = [stores.create(settings.store, settings.shop, None, clock, system) for system in settings.store.also]
    asked = [carriers.create(settings.carriers, system) for system in settings.carriers.systems]
    return Systems(
        main + others,
        Trackings(asked, now, settings.carriers.on_call_s, shelf),
        returns.create(settings.returns),
        subscriptions.create(settings, now),
    )


class UnknownSystem(Exception):
    """No system has this name."""


class Checkable(Protocol):
    """Any of the systems."""

    @property
    def name(self) -> str:
        """Its key in the settings."""

    async def check(self) -> tuple[Check, ...]:
        """What works and what does not."""

    async def close(self) -> None:
        """Release connections."""


def systems_named(settings: Settings, name: str = "") -> list[tuple[str, Callable[[], Checkable | None]]]:
    """The systems of this name, in use or not, '' for all that are in use; each with what makes it.

    Raises UnknownSystem; making one raises SystemFailed.
    """
    wanted = [settings.store.system, *settings.store.also, *settings.carriers.systems]
    aside = (settings.returns.system, settings.subscriptions.system)
    stores_ = [one for one in get_args(settings_systems.StoreSystem) if one == name or (not name and one in wanted)]
    parcels = [one for one in get_args(settings_systems.CarrierSystem) if one == name or (not name and one in wanted)]
    sent_back = [one for one in get_args(settings_systems.ReturnsSystem) if one == (name or aside[0])]
    boxes = [one for one in get_args(settings_systems.SubscriptionSystem) if one == (name or aside[1])]
    found: list[tuple[str, Callable[[], Checkable | None]]] = [
        *((one, partial(stores.create, settings.store, settings.shop, system=one)) for one in stores_),
        *((one, partial(carriers.create, settings.carriers, one)) for one in parcels),
        *((one, partial(returns.create, settings.returns.model_copy(update={"system": one}))) for one in sent_back),
        *((one, partial(_subscriptions, settings, one)) for one in boxes),
    ]
    if not found:
        kinds = ("StoreSystem", "CarrierSystem", "ReturnsSystem", "SubscriptionSystem")
        known = sorted({one for kind in kinds for one in get_args(getattr(settings_systems, kind))})
        raise UnknownSystem(f"there is no system {name!r}; known: {', '.join(known)}")
    return found


def _subscriptions(settings: Settings, system: str) -> Checkable | None:
    chosen = settings.subscriptions.model_copy(update={"system": system})
    return subscriptions.create(settings.model_copy(update={"subscriptions": chosen}), lambda: datetime.now(UTC))


@asynccontextmanager
async def talking(
    settings: Settings, clock: Callable[[], datetime], desk: Desk | None = None
) -> AsyncIterator[Services]:
    """The dialogue's services without a PBX. Raises SystemFailed."""
    store = systems(settings, clock)
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
