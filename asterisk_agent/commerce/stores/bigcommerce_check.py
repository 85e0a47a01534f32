"""What the token of a BigCommerce API account may do: one harmless look for each scope."""

from __future__ import annotations

from collections.abc import Mapping

from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.web.answer import Answer
from asterisk_agent.commerce.web.client import WebClient

_ACCOUNT = "Settings > Store-level API accounts"
_SEEN = (401, 403, 404)


async def findings(client: WebClient, hears_news: bool) -> tuple[Check, ...]:
    """What works and what does not. Never raises SystemFailed. ``hears_news``: a secret for webhooks is set."""
    orders = await _look(client, "/v2/orders", {"limit": "1"})
    if (wrong := _unusable(orders)) is not None:
        return (wrong,)
    assert isinstance(orders, Answer)
    rows = orders.body if isinstance(orders.body, list) else []
    newest = rows[0].get("id") if rows and isinstance(rows[0], dict) else None
    return (
        Check("orders", True, "found by number and, registered or not, by e-mail address"),
        _refunds(await _look(client, "/v3/orders/payment_actions/refunds", {"limit": "1"})),
        _cards(await _look(client, f"/v3/orders/{newest}/transactions", {})) if isinstance(newest, int) else _NO_ORDERS,
        _phone(await _look(client, "/v3/customers", {"limit": "1"})),
        Check(
            "changes",
            None,
            "address and cancelling before dispatch, staff notes; not tried here: they need the scope 'Orders: modify'."
            " Cancelling refunds nothing, people do",
        ),
        Check("parcels", None, "BigCommerce does not know where they are: name carriers in carriers.systems"),
        Check("returns", None, "BigCommerce's API has none; where another system does, name it in returns.system"),
        _NEWS if hears_news else _NO_NEWS,
    )


_NO_ORDERS = Check("cards", None, "there is no order yet to look at; needs the scope 'Order transactions: read-only'")
_NEWS = Check("news", True, "webhooks that carry the secret are taken")
_NO_NEWS = Check(
    "news", None, "no webhook is accepted: set store.bigcommerce.webhook_secret, and X-Agent-Secret at the webhook"
)


async def _look(client: WebClient, path: str, params: Mapping[str, str]) -> Answer | SystemFailed:
    try:
        return await client.get(path, params, expected=_SEEN)
    except SystemFailed as error:
        return error


def _unusable(orders: Answer | SystemFailed) -> Check | None:
    if isinstance(orders, SystemFailed):
        return Check("orders", False, str(orders))
    text = {
        401: f"the token is wrong or was revoked: make an account in {_ACCOUNT}, set store.bigcommerce.token",
        403: f"the token may not read orders: make an account in {_ACCOUNT} with the scope 'Orders: modify'",
        404: "there is no such store: check store.bigcommerce.store_hash (in the API path of the account)",
    }.get(orders.status)
    return Check("orders", False, text) if text else None


def _refunds(seen: Answer | SystemFailed) -> Check:
    if isinstance(seen, SystemFailed):
        return Check("refunds", False, str(seen))
    if seen.status >= 300:
        return Check("refunds", False, "may not be read: give the account the scope 'Order transactions: read-only'")
    return Check("refunds", True, "told one by one")


def _cards(seen: Answer | SystemFailed) -> Check:
    if isinstance(seen, SystemFailed):
        return Check("cards", False, str(seen))
    if seen.status >= 300:
        return Check(
            "cards",
            None,
            "their last four digits cannot verify a caller: give the account 'Order transactions: read-only'",
        )
    return Check("cards", True, "their last four digits can verify a caller, where the payment provider tells them")


def _phone(seen: Answer | SystemFailed) -> Check:
    if isinstance(seen, SystemFailed):
        return Check("phone", False, str(seen))
    if seen.status >= 300:
        return Check("phone", False, "no caller is found by phone: give the account the scope 'Customers: read-only'")
    return Check("phone", None, "registered customers are found by the phone of their account, guests are not")
