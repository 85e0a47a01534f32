"""What the keys of a WooCommerce site may do and what its plugins tell: harmless looks, one for each."""

from __future__ import annotations

from collections.abc import Mapping

from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import BadAnswer, SystemFailed
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.stores.woocommerce_api import LARGEST_PAGE, SYSTEM, code, is_no_route
from asterisk_agent.commerce.stores.woocommerce_parts import MetaPart, NumberPart, meta
from asterisk_agent.commerce.web.answer import Answer, read_each
from asterisk_agent.commerce.web.client import WebClient

_KEYS = "WooCommerce > Settings > Advanced > REST API"
_SEEN = (400, 401, 403, 404)
_NO_SUCH_ORDER = 9_999_999_999
"""An id that no shop reaches; an empty change of it changes nothing wherever it is sent."""


class _Row(NumberPart):
    meta_data: tuple[MetaPart, ...] = ()


async def findings(client: WebClient, hears_news: bool) -> tuple[Check, ...]:
    """What works and what does not. Never raises SystemFailed. ``hears_news``: a secret for webhooks is set."""
    seen = await _look(client, "/orders", {"per_page": str(LARGEST_PAGE), "_fields": "id,number,meta_data"})
    if (wrong := _unusable(seen)) is not None:
        return (wrong,)
    assert isinstance(seen, Answer)
    try:
        newest = read_each(_Row, seen.body, SYSTEM)
    except BadAnswer as error:
        return (Check("orders", False, str(error)),)
    return (
        Check("orders", True, "found by number and, registered or not, by billing e-mail address"),
        await _numbers(client, newest),
        Check(
            "phone",
            None,
            "orders are found by the billing phone as people usually write it; WooCommerce searches for letters, so one"
            " that is stored in an unusual form is missed",
        ),
        await _parcels(client, newest),
        await _changes(client),
        Check("returns", None, "WooCommerce's API has none; where another system does, name it in returns.system"),
        _NEWS if hears_news else _NO_NEWS,
    )


_NEWS = Check("news", True, "webhooks that are signed with the secret are taken")
_NO_NEWS = Check(
    "news", None, "no webhook is accepted: set store.woocommerce.webhook_secret to the 'Secret' of the site's webhook"
)
_OWN = "the shop's numbers are not WooCommerce's own"


async def _look(client: WebClient, path: str, params: Mapping[str, str]) -> Answer | SystemFailed:
    try:
        return await client.get(path, params, expected=_SEEN)
    except SystemFailed as error:
        return error


def _unusable(seen: Answer | SystemFailed) -> Check | None:
    if isinstance(seen, SystemFailed):
        return Check("orders", False, str(seen))
    if seen.status < 300:
        return None
    if seen.status == 401 and code(seen) == "woocommerce_rest_authentication_error":
        return Check("orders", False, f"the secret does not belong to the key: set store.woocommerce.secret ({_KEYS})")
    if seen.status in (401, 403):
        return Check(
            "orders",
            False,
            f"the key is unknown, or its user may not see orders: make one in {_KEYS} for a shop manager; if it is"
            " right, the web server keeps the Authorization header from WordPress",
        )
    return Check(
        "orders",
        False,
        "there is no WooCommerce at this address: check store.woocommerce.url, that the plugin is active, and that"
        " permalinks are not 'Plain' (Settings > Permalinks)",
    )


async def _numbers(client: WebClient, newest: tuple[_Row, ...]) -> Check:
    """Whether an order can be found by a number that a plugin gave it."""
    own = [row for row in newest if row.number != str(row.id)]
    if not own:
        return Check("numbers", True, "they are WooCommerce's own")
    wanted = own[-1]
    if wanted is newest[0]:
        return Check("numbers", None, f"{_OWN}; there are too few orders to try whether they can be found")
    digits = "".join(char if char.isdigit() else " " for char in wanted.number).split()
    for params in ({"number": wanted.number}, {"search": max(digits, key=len, default=wanted.number)}):
        answer = await _look(client, "/orders", {**params, "per_page": "1", "_fields": "id,number"})
        rows = answer.body if isinstance(answer, Answer) and isinstance(answer.body, list) else []
        if any(isinstance(row, dict) and plain(str(row.get("number", ""))) == plain(wanted.number) for row in rows):
            return Check("numbers", True, f"{_OWN}; the plugin that gives them lets them be found")
    return Check(
        "numbers",
        None,
        f"{_OWN}, and the plugin that gives them does not let them be found: by number only the {LARGEST_PAGE} newest"
        " orders are; update it, or use one with a REST filter 'number' such as Sequential Order Numbers",
    )


async def _parcels(client: WebClient, newest: tuple[_Row, ...]) -> Check:
    tracked = any(meta(row.meta_data, "_wc_shipment_tracking_items") for row in newest)
    if newest:
        seen = await _look(client, f"/orders/{newest[0].id}/fulfillments", {})
        if isinstance(seen, Answer) and seen.status < 300:
            return Check("parcels", True, "from WooCommerce's Fulfillments, and from tracking plugins where used")
        if isinstance(seen, Answer) and not is_no_route(seen):
            return Check("parcels", False, f"the key may not see fulfillments: make one in {_KEYS} for a shop manager")
    if tracked:
        return Check("parcels", True, "from the tracking plugin's data")
    return Check(
        "parcels",
        None,
        "no tracking number is known: turn on WooCommerce > Settings > Advanced > Features > Order Fulfillments, or"
        " use a plugin that keeps '_wc_shipment_tracking_items', such as Shipment Tracking",
    )


async def _changes(client: WebClient) -> Check:
    """A key that may only read is refused before WooCommerce looks for the order."""
    try:
        seen = await client.request("PUT", f"/orders/{_NO_SUCH_ORDER}", body={}, expected=_SEEN)
    except SystemFailed as error:
        return Check("changes", False, str(error))
    if seen.status in (401, 403):
        return Check(
            "changes",
            False,
            f"the key may only read: give it the permission 'Read/Write' in {_KEYS}; until then no address is changed,"
            " no order cancelled and no note left",
        )
    return Check(
        "changes", None, "address and cancelling before dispatch, private notes. Cancelling refunds nothing, people do"
    )
