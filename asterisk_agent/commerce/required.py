"""Settings that a system cannot do without."""

from __future__ import annotations

from pydantic import SecretStr

from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.settings_section import Section


class NotConfigured(SystemFailed):
    """A setting of the system is missing; the message names it and its variable."""

    kind = "not_configured"


def require(section: Section, path: str, *names: str) -> None:
    """Raise NotConfigured unless all these keys of the section have a value. ``path``: e.g. 'store.shopify'."""
    for name in names:
        value = getattr(section, name)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            variable = "ASTERISK_AGENT_" + f"{path}.{name}".replace(".", "__").upper()
            raise NotConfigured(f"{path}.{name} is missing; set {variable} or {path}.{name} in the settings file")
