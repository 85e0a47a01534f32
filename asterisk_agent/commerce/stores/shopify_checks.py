"""What 'connect' and 'doctor' say about a Shopify shop: rights of the app, one look-up, known limits."""

from __future__ import annotations

from collections.abc import Callable

from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.stores.shopify_answers import Nodes, ShopifyOrder
from asterisk_agent.commerce.stores.shopify_api import VERSION, Facts, ShopifyApi
from asterisk_agent.commerce.stores.shopify_queries import AMONG, ORDERS, Sizes
from asterisk_agent.commerce.web.answer import Part
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Shopify

GRANT = "grant it to the app in the Dev Dashboard (release a new version, then install it)"
"""What to do about a scope that is missing."""

NEEDED = {"read_orders": "no order can be looked up; " + GRANT}
"""Scopes without which nothing works. A right to write includes the one to read."""

USEFUL = {
    "read_all_orders": "only orders of the last 60 days are found; ask for it in the Dev Dashboard for older ones",
    "read_customers": "callers are not found by telephone number, and orders have no customer account; " + GRANT,
    "write_orders": "addresses cannot be changed, orders not cancelled, notes not left; " + GRANT,
    "read_returns": "returns are not told; " + GRANT,
    "write_returns": "returns cannot be requested; " + GRANT,
    "read_merchant_managed_fulfillment_orders": "the delivery day promised at checkout is not told; " + GRANT,
}
"""Scopes that bring one thing each, and what is missing without them."""


class _Orders(Part):
    orders: Nodes[ShopifyOrder]


async def check(
    api: ShopifyApi, section: Shopify, shop: Shop, variables: Callable[[Sizes, Facts], dict[str, object]]
) -> tuple[Check, ...]:
    """The findings. Never raises SystemFailed."""
    try:
        facts = await api.facts()
    except SystemFailed as error:
        return (Check("credentials", False, f"{error}; check store.shopify.url and its credentials"),)
    found = [Check("credentials", True, f"the shop {facts.name} answers"), *_scopes(facts)]
    if facts.may("read_orders"):
        found.append(await _look_up(api, variables(AMONG, facts)))
    return (*found, *_limits(facts, section, shop))


def _scopes(facts: Facts) -> list[Check]:
    needed = [
        Check(scope, True, "granted") if facts.may(scope) else Check(scope, False, missing)
        for scope, missing in NEEDED.items()
    ]
    useful = [
        Check(scope, True, "granted") if facts.may(scope) else Check(scope, None, missing)
        for scope, missing in USEFUL.items()
    ]
    return needed + useful


async def _look_up(api: ShopifyApi, variables: dict[str, object]) -> Check:
    try:
        asked = {"query": "", "first": 1, **variables}
        orders = (await api.ask(ORDERS, asked, _Orders)).orders.nodes
    except SystemFailed as error:
        return Check("look-up", False, str(error))
    if not orders:
        return Check("look-up", None, "the shop has no order that the app may see, so nothing could be tried")
    told = orders[0]
    hidden = not (told.email or told.phone or (told.shipping and (told.shipping.zip or told.shipping.line1)))
    if hidden:
        return Check(
            "look-up",
            None,
            "the newest order comes without e-mail, telephone and address, by which callers are recognised; if others "
            "have them, all is well, else request protected customer data access for the app in the Dev Dashboard",
        )
    return Check("look-up", True, f"the newest order is {told.name}")


def _limits(facts: Facts, section: Shopify, shop: Shop) -> list[Check]:
    found = [
        Check(
            "telephone numbers",
            None,
            "customers are found by the number of their account, not by one typed in at checkout only",
        ),
        Check(
            "notes",
            None,
            "they are kept in the order's metafield order_agent.phone_calls; to see them on the order page, add a "
            "definition for it (Settings, Metafields, Orders; multi-line text) and pin it",
        ),
    ]
    if not section.client_secret.get_secret_value():
        found.append(
            Check("webhooks", None, "none is accepted; set store.shopify.client_secret, with which they are signed")
        )
    if facts.zone != shop.time_zone:
        found.append(
            Check("time zone", None, f"Shopify has {facts.zone}, the settings {shop.time_zone}, in which days are told")
        )
    if facts.version != VERSION:
        found.append(
            Check(
                "API version",
                None,
                f"Shopify answers with {facts.version} instead of {VERSION}; update the agent",
            )
        )
    return found
