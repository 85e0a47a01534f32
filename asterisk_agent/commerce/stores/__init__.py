"""Store systems, one file each. A new one is a file here, with a function ``create``, and a name in the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from asterisk_agent.commerce.store import Store
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Store as StoreSettings


def create(
    store: StoreSettings,
    shop: Shop,
    data_dir: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    system: str = "",
) -> Store:
    """The configured store, or another ``system`` of the settings. Raises SystemFailed when it cannot be used at all.

    ``data_dir``: where a system that keeps no changes itself has them kept; None: nothing outlives the process.
    ``clock``: aware; None: the machine's. What a pretended day needs, so that the demo's days are relative to it.
    """
    system = system or store.system
    if system == "local":
        from asterisk_agent.commerce.stores.local import DEMO_SHOP, LocalStore

        journal = data_dir / "local_store_changes.jsonl" if data_dir else None
        return LocalStore(store.local.file or DEMO_SHOP, shop.zone, shop.country, clock, journal)
    module = import_module(f"{__name__}.{system}")
    made: Store = module.create(getattr(store, system), shop, clock or (lambda: datetime.now(UTC)))
    return made
