"""What an API key or an administrator's account may do in Vendure: one harmless request for each permission."""

from __future__ import annotations

from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Denied, Rejected, SystemFailed
from asterisk_agent.commerce.stores.vendure_api import VendureApi
from asterisk_agent.commerce.stores.vendure_parts import CustomersPart, OrdersPart
from asterisk_agent.commerce.stores.vendure_queries import CUSTOMERS, MODIFY, ORDERS, SIGNED_IN
from asterisk_agent.commerce.web.answer import Part

_NO_ID = "0"
"""Ids begin at 1."""

_ROLES = "give it to the role in the Vendure dashboard (Settings > Roles)"
_LIMITS = (
    Check(
        "telephone numbers",
        None,
        "customers are found by the number that they gave with their name, not by one of a delivery address only",
    ),
    Check("returns", None, "Vendure has none; where another system keeps them, name it in returns.system"),
    Check("parcels", None, "Vendure knows what was sent, not where it is: name carriers in carriers.systems"),
    Check("webhooks", None, "Vendure sends none: what changed there is seen at the next look-up"),
)


async def findings(api: VendureApi) -> tuple[Check, ...]:
    """What works and what does not. Never raises SystemFailed."""
    try:
        await api.ask(SIGNED_IN, {}, Part)
    except SystemFailed as error:
        return (Check("credentials", False, str(error)),)
    return (
        Check("credentials", True, "accepted"),
        await _orders(api),
        await _customers(api),
        await _changes(api),
        *_LIMITS,
    )


async def _orders(api: VendureApi) -> Check:
    newest = {"sort": {"orderPlacedAt": "DESC"}, "filter": {"active": {"eq": False}}, "take": 1}
    try:
        orders = (await api.ask(ORDERS, {"options": newest}, OrdersPart)).orders.items
    except Denied:
        return Check("orders", False, "no order can be looked up without the permission ReadOrder; " + _ROLES)
    except SystemFailed as error:
        return Check("orders", False, str(error))
    if not orders:
        return Check("orders", None, "the shop has none yet, so nothing could be tried")
    return Check("orders", True, f"found by number; the newest is {orders[0].code}")


async def _customers(api: VendureApi) -> Check:
    try:
        await api.ask(CUSTOMERS, {"filter": {"id": {"eq": _NO_ID}}, "orders": {"take": 1}}, CustomersPart)
    except Denied:
        missing = "callers are not found by telephone number or e-mail without the permission ReadCustomer; "
        return Check("customers", False, missing + _ROLES)
    except SystemFailed as error:
        return Check("customers", False, str(error))
    return Check("customers", True, "found by telephone number and e-mail address, guests too")


async def _changes(api: VendureApi) -> Check:
    """By a dry run with an order that does not exist, which is refused for that reason or for want of the right."""
    try:
        await api.change(MODIFY, {"input": {"orderId": _NO_ID, "dryRun": True}})
    except Denied:
        missing = "addresses cannot be changed, orders not cancelled, notes not left without UpdateOrder; "
        return Check("changes", False, missing + _ROLES)
    except Rejected:
        return Check("changes", True, "address and cancelling before dispatch, notes; cancelling refunds nothing")
    except SystemFailed as error:
        return Check("changes", None, f"could not be tried: {error}")
    return Check("changes", None, "could not be tried: Vendure did not look at the order first")
