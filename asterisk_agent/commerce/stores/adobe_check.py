"""What an Adobe Commerce integration may do: one harmless look for each right."""

from __future__ import annotations

from collections.abc import Awaitable

from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Denied, Rejected, SystemFailed
from asterisk_agent.commerce.stores.adobe_search import search
from asterisk_agent.commerce.web.answer import Answer
from asterisk_agent.commerce.web.client import WebClient

_LOOKS = (
    ("orders", "/V1/orders", "Sales > Operations > Orders", "found by number and by e-mail address"),
    ("shipments", "/V1/shipments", "Sales > Operations > Shipments", "told with their tracking numbers"),
    ("refunds", "/V1/creditmemos", "Sales > Operations > Credit Memos", "told one by one"),
    ("returns", "/V1/returns", "Sales > Operations > Returns", "told; people open them"),
    ("phone", "/V1/customers/search", "Customers > All Customers", ""),
)


async def findings(client: WebClient) -> tuple[Check, ...]:
    """What works and what does not. Never raises SystemFailed."""
    rows = [await _look(client, *look) for look in _LOOKS]
    cancel = client.post("/V1/orders/0/cancel", None)
    note = client.post(*comment(0, "A look at rights, at an order that does not exist.", None))
    return (
        *rows,
        await _probe("cancel", "Cancel", cancel, "orders that are not invoiced yet; what is paid, people refund"),
        await _probe("notes", "Comment", note, "left where only the shop's people see them"),
        Check("address", None, "changed before dispatch; not tried here, the integration may lack the right to edit"),
        Check("parcels", None, "Magento does not know where they are: name carriers in carriers.systems"),
    )


def comment(order_id: int, text: str, status: str | None) -> tuple[str, object]:
    """Path and body of a note for the staff. The order's status goes along: older versions empty it otherwise."""
    history = {
        "comment": text,
        "is_customer_notified": 0,
        "is_visible_on_front": 0,
        "parent_id": order_id,
        **({"status": status} if status else {}),
    }
    return f"/V1/orders/{order_id}/comments", {"statusHistory": history}


async def _look(client: WebClient, what: str, path: str, right: str, text: str) -> Check:
    try:
        answer = await client.get(search(path, size=1), expected=(404,))
    except Denied:
        return Check(what, False, f"refused: check the four keys; {_give(right)}")
    except SystemFailed as error:
        return Check(what, False, str(error))
    if answer.status == 404 and what == "returns":
        return Check(what, None, "Magento Open Source keeps none; where another system does, name it in returns.system")
    if answer.status == 404:
        return Check(what, False, "there is no REST API at this address; check store.adobe.url and store_view")
    if what == "phone":
        return Check(what, None, "registered customers are found by their default billing phone, guests are not")
    return Check(what, True, text)


async def _probe(what: str, action: str, request: Awaitable[Answer], text: str) -> Check:
    """Ask for a change of order 0, which never exists: rights are looked at before the order is."""
    try:
        await request
    except Denied:
        return Check(what, False, f"refused: {_give(f'Sales > Operations > Orders > Actions > {action}')}")
    except Rejected:
        pass
    except SystemFailed as error:
        return Check(what, False, str(error))
    return Check(what, True, text)


def _give(right: str) -> str:
    return f"give the integration the resource '{right}' (System > Integrations > API) and activate it anew"
