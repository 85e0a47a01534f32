"""Subscription systems, one file each. A new one is a file here, with ``create``, and a name in the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module

from asterisk_agent.commerce.aftersales import Subscriptions as SubscriptionSystem
from asterisk_agent.settings import Settings


def create(settings: Settings, clock: Callable[[], datetime]) -> SubscriptionSystem | None:
    """The configured one, None where the store keeps them itself. Raises NotConfigured.

    'woocommerce' and 'shopify' use their store's section.
    """
    system = settings.subscriptions.system
    if not system:
        return None
    section = settings.subscriptions.recharge if system == "recharge" else getattr(settings.store, system)
    made: SubscriptionSystem = import_module(f"{__name__}.{system}").create(section, settings.shop, clock)
    return made
