"""Carriers and aggregators, one file each. A new one is a file here, with ``create``, and a name in the settings."""

from __future__ import annotations

from importlib import import_module

from asterisk_agent.commerce.carrier import Carrier
from asterisk_agent.settings_systems import Carriers


def create(carriers: Carriers, system: str) -> Carrier:
    """One of the systems of the settings. Raises NotConfigured."""
    made: Carrier = import_module(f"{__name__}.{system}").create(getattr(carriers, system))
    return made
