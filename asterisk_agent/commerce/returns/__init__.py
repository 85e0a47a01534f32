"""Returns systems, one file each. A new one is a file here, with ``create``, and a name in the settings."""

from __future__ import annotations

from importlib import import_module

from asterisk_agent.commerce.aftersales import Returns as ReturnsSystem
from asterisk_agent.settings_systems import Returns


def create(returns: Returns) -> ReturnsSystem | None:
    """The configured one, None where the store keeps its returns itself. Raises NotConfigured."""
    if not returns.system:
        return None
    module = import_module(f"{__name__}.{returns.system}")
    made: ReturnsSystem = module.create(getattr(returns, returns.system))
    return made
