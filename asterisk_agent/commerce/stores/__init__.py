"""Store systems, one file each. A new one is a file here and a line in ``create``."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from asterisk_agent import settings
from asterisk_agent.commerce.store import Store


def create(store: settings.Store, shop: settings.Shop) -> Store:
    """The configured store. Raises StoreError when it cannot be used at all."""
    zone: ZoneInfo = shop.zone
    match store.system:
        case "local":
            from asterisk_agent.commerce.stores.local import DEMO_SHOP, LocalStore

            return LocalStore(store.local.file or DEMO_SHOP, zone, shop.country)
