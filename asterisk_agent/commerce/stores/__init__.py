"""Store systems, one file each. A new one is a file here and a line in ``create``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from asterisk_agent import settings
from asterisk_agent.commerce.store import Store


def create(
    store: settings.Store,
    shop: settings.Shop,
    data_dir: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Store:
    """The configured store. Raises StoreError when it cannot be used at all.

    ``data_dir``: where a system that keeps no changes itself has them kept; None: nothing outlives the process.
    ``clock``: aware; None: the machine's. What a pretended day needs, so that the demo's days are relative to it.
    """
    zone: ZoneInfo = shop.zone
    match store.system:
        case "local":
            from asterisk_agent.commerce.stores.local import DEMO_SHOP, LocalStore

            journal = data_dir / "local_store_changes.jsonl" if data_dir else None
            return LocalStore(store.local.file or DEMO_SHOP, zone, shop.country, clock, journal)
