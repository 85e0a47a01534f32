"""The one account at a WooCommerce site: key and secret as Basic over HTTPS (REST API v3, 'Authentication')."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.required import NotConfigured, require
from asterisk_agent.commerce.web.answer import Answer, Part, read, read_each
from asterisk_agent.commerce.web.auth import Basic
from asterisk_agent.commerce.web.client import WebClient
from asterisk_agent.settings_systems import WooCommerce

SYSTEM = "woocommerce"

LARGEST_PAGE = 100
"""``per_page`` above it is refused with 400."""

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})

_Row = TypeVar("_Row", bound=Part)


def connect(section: WooCommerce) -> WebClient:
    """The client of these settings. Raises NotConfigured. WooCommerce itself has no rate limits."""
    require(section, f"store.{SYSTEM}", "url", "key", "secret")
    url = urlsplit(section.url)
    if url.scheme != "https" and url.hostname not in _HERE:
        raise NotConfigured(
            f"store.{SYSTEM}.url must begin with https:// : WooCommerce takes keys only so, and others could read them"
        )
    return WebClient(SYSTEM, f"{section.url.rstrip('/')}/wp-json/wc/v3", Basic(section.key, section.secret))


async def rows(
    client: WebClient, model: type[_Row], path: str, params: Mapping[str, str | int] | None = None
) -> tuple[_Row, ...]:
    """A list. Raises SystemFailed."""
    return read_each(model, (await client.get(path, params)).body, SYSTEM)


async def one(
    client: WebClient, model: type[_Row], path: str, params: Mapping[str, str | int] | None = None
) -> _Row | None:
    """What the path names, None where there is no such thing. Raises SystemFailed, also where there is no such path."""
    answer = await client.get(path, params, expected=(404,))
    if answer.status != 404:
        return read(model, answer.body, SYSTEM)
    if is_no_route(answer):
        raise BadAnswer(f"{SYSTEM}: the site has no {path.split('/')[1]} in its REST API; is the plugin active?")
    return None


def is_no_route(answer: Answer) -> bool:
    """Whether the site does not know the path: the plugin or feature behind it is missing or off."""
    return code(answer) == "rest_no_route"


def code(answer: Answer) -> str:
    """The error's code, '' where there is none."""
    found = answer.body.get("code") if isinstance(answer.body, dict) else None
    return found if isinstance(found, str) else ""
