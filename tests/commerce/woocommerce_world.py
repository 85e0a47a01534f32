"""A WooCommerce site that answers what a real one was recorded to answer, and refuses what none would take."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import SecretStr
from systems_world import FakeApi, Received, recorded

from asterisk_agent.settings_systems import WooCommerce

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY, SECRET = "ck_5eb1", "cs_that-stays-secret"
BASE = "/wp-json/wc/v3"
ORDERS = f"{BASE}/orders"
FULFILLMENTS = rf"{ORDERS}/\d+/fulfillments"

COMPLETED, REFUNDED, PARTLY_REFUNDED, CANCELLED, ON_HOLD = 19, 20, 21, 22, 23
PROCESSING, SPLIT, HOUSEHOLD, PENDING, FAILED = 24, 25, 26, 27, 28
_NAMES = {
    COMPLETED: "completed",
    REFUNDED: "refunded",
    PARTLY_REFUNDED: "partial_refund",
    CANCELLED: "cancelled",
    ON_HOLD: "on_hold",
    PROCESSING: "processing",
    SPLIT: "split",
    HOUSEHOLD: "household",
    PENDING: "pending",
    FAILED: "failed",
}

_LISTED = {"search", "per_page", "page", "orderby", "order", "after", "dates_are_gmt", "number", "customer", "_fields"}
_TAKEN = {
    ("GET", r"/orders"): _LISTED,
    ("GET", r"/orders/\d+"): {"_fields"},
    ("PUT", r"/orders/\d+"): {"_fields"},
    ("GET", r"/orders/\d+/(fulfillments|refunds)"): set(),
    ("POST", r"/orders/\d+/notes"): set(),
    ("GET", r"/customers"): {"email", "role", "_fields"},
    ("GET", r"/subscriptions"): {"customer", "per_page", "orderby", "order", "_fields"},
    ("GET", r"/subscriptions/\d+"): {"_fields"},
    ("PUT", r"/subscriptions/\d+"): {"_fields"},
}
"""Routes and parameters as WooCommerce's documentation has them, and the filter 'number' of Sequential Order Numbers.

WooCommerce ignores a parameter that it does not know, and answers with everybody's orders.
"""


@cache
def _recorded(name: str) -> dict[str, Any]:
    return recorded(f"woocommerce/{name}.json")


def exchange(name: str) -> dict[str, Any]:
    """A recorded exchange."""
    return deepcopy(_recorded(name))


def placed(order: int = PROCESSING, /, **changes: Any) -> dict[str, Any]:
    """An order as the real site answered it, with changes."""
    body: dict[str, Any] = exchange(f"order_get_{_NAMES[order]}")["response"]["body"]
    return body | changes


def everybody() -> list[dict[str, Any]]:
    """All orders of the site, newest first."""
    return [placed(row["id"]) for row in exchange("orders_billing_email_ignored")["response"]["body"]]


def plays(api: FakeApi, name: str, times: int | None = None) -> None:
    """Answer as recorded."""
    known = exchange(name)
    asked, told = known["request"], known["response"]
    kept = {key: value for key, value in told["headers"].items() if key == "Retry-After"}
    body = told["body"]
    api.answer(asked["method"], asked["path"], body, told["status"], kept, times)


def finds(api: FakeApi, name: str) -> str:
    """Answer a search with the orders that were found then; what was searched for."""
    known = exchange(name)
    text = str(known["request"]["query"]["search"])
    ids = [row["id"] for row in known["response"]["body"]]
    api.answer("GET", ORDERS, [placed(id_) for id_ in ids], query={"search": text})
    return text


def has(api: FakeApi, *orders: dict[str, Any]) -> None:
    """These can be asked for by id."""
    for one in orders:
        api.answer("GET", rf"{ORDERS}/{one['id']}", one)


def settings(api: FakeApi, **more: Any) -> WooCommerce:
    """The settings of the site."""
    return WooCommerce(url=api.url + "/", key=SecretStr(KEY), secret=SecretStr(SECRET), **more)


def changed(api: FakeApi) -> list[tuple[str, str, Any]]:
    """What was asked for besides looking: method, path below the API, body."""
    return [(one.method, one.path.removeprefix(BASE), one.body) for one in api.requests if one.method != "GET"]


@asynccontextmanager
async def site() -> AsyncIterator[FakeApi]:
    """The site. It has no order that nobody gave it; every list is everybody's orders; every request must be one that
    WooCommerce knows, with the key."""
    async with FakeApi() as api:
        missing = exchange("order_get_not_found")["response"]
        api.answer("GET", rf"{ORDERS}/\d+", missing["body"], 404)
        api.answer("GET", ORDERS, everybody())
        api.answer("GET", rf"{ORDERS}/\d+/(fulfillments|refunds)", [])
        api.answer("POST", rf"{ORDERS}/\d+/notes", exchange("note_create_private")["response"]["body"], 201)
        for name in ("fulfillments_list", "fulfillments_list_split", "refunds_list_full", "refunds_list_partial"):
            plays(api, name)
        yield api
        for request in api.requests:
            assert _is_known(request), f"{request.method} {request.path} {request.query}"
            assert request.headers["Authorization"] == _basic(), request.path


def _is_known(request: Received) -> bool:
    path = request.path.removeprefix(BASE)
    return any(
        method == request.method and re.fullmatch(route, path) and set(request.query) <= names
        for (method, route), names in _TAKEN.items()
    )


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
