"""Amazon Selling Partner API: Orders 2026-01-01, and External Fulfillment Returns 2024-09-11 where a seller has them.

Signed with a Login-with-Amazon token. Amazon finds orders by number alone, changes nothing for a caller, and tells
parcels only of orders that the merchant sends. The rates are the description's usage plans for new sellers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Denied, Rejected, SystemFailed
from asterisk_agent.commerce.models import Appointment, Customer, Order, OrderStatus, Subscription
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.stores.amazon_parts import Errors, OneOrder, OrderPart, Orders, ReturnPart, Returns
from asterisk_agent.commerce.stores.amazon_reading import SYSTEM, order
from asterisk_agent.commerce.web.answer import Answer, read
from asterisk_agent.commerce.web.auth import OAuth2
from asterisk_agent.commerce.web.client import Rate, WebClient, segment
from asterisk_agent.commerce.web.paging import all_pages
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Amazon

ORDERS = "/orders/2026-01-01/orders"
RETURNS = "/externalFulfillment/2024-09-11/returns"

GET_ORDER = Rate(30, 60)
"""getOrder: 0.5 a second, 30 at once."""
SEARCH_ORDERS = Rate(20, 20 / 0.0056)
"""searchOrders: one in three minutes, 20 at once."""
LIST_RETURNS = Rate(20, 2)
"""listReturns: 10 a second, 20 at once (developer-docs.amazon.com: External Fulfillment APIs Rate Limits)."""

DATA = ("BUYER", "RECIPIENT", "PROCEEDS", "FULFILLMENT", "PACKAGES")
OPEN_DAYS = 14
OPEN_PAGES = 3
"""Of 100 orders each; as often as the prefetch runs, more would be over the rate."""
RETURN_PAGES = 5
RETURNS_S = 0.8
"""After this an order is told without its returns."""

_NUMBER = re.compile(r"([A-Z0-9]\d\d)(\d{7})(\d{7})")
_ROLE = "ask Amazon for the role '{}', select it for the app, and have the seller authorise the app anew"


class AmazonStore:
    """The store protocol on the Selling Partner API."""

    def __init__(
        self,
        orders: WebClient,
        listing: WebClient,
        returns: WebClient,
        marketplaces: tuple[str, ...],
        shop: Shop,
        clock: Callable[[], datetime],
    ) -> None:
        """A client for each operation, since each has a rate of its own."""
        self._orders = orders
        self._listing = listing
        self._returns = returns
        self._marketplaces = marketplaces
        self._shop = shop
        self._clock = clock
        self._has_returns = True

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    async def order(self, number: str) -> Order | None:
        """The order with this number of 3, 7 and 7 digits; others are not asked for. Raises SystemFailed."""
        parts = _NUMBER.fullmatch(plain(number))
        row = await self._row("-".join(parts.groups())) if parts else None
        return self._told(row, await self._returns_of(row)) if row else None

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Amazon has no such search."""
        return ()

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Amazon has no such search."""
        return ()

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """Orders of the last ``OPEN_DAYS`` days that are paid and not cancelled, newest first."""
        since = self._clock() - timedelta(days=OPEN_DAYS)
        token: str | None = ""

        async def fetch(page: int) -> tuple[OrderPart, ...]:
            nonlocal token
            if token is None:
                return ()
            found = await self._search(since, min(most, 100), {"paginationToken": token} if token else {})
            token = found.pagination.next_token if found.pagination else None
            return found.orders

        rows = await all_pages(SYSTEM, fetch, lambda row: row.order_id, OPEN_PAGES)
        orders = [one for one in (self._told(row) for row in rows) if one.status is not OrderStatus.DELIVERED]
        return tuple(sorted(orders, key=lambda one: one.placed_at, reverse=True)[:most])

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """Subscribe & Save is not told to sellers."""
        return ()

    async def appointment(self, number: str) -> Appointment | None:
        """Amazon has none here."""
        return None

    @property
    def capabilities(self) -> frozenset[str]:
        """None: buyers change and cancel orders at Amazon."""
        return frozenset()

    async def perform(self, change: Change, key: str) -> Outcome:
        """Nothing can be changed."""
        return Outcome("unsupported")

    async def note(self, number: str, text: str) -> bool:
        """Amazon keeps no notes of sellers."""
        return False

    async def check(self) -> tuple[Check, ...]:
        """Whether the token can be had, and what the app's roles let it see."""
        self._has_returns = True
        return (
            *await self._check_orders(),
            await self._check_returns(),
            Check("e-mail, phone", None, "Amazon has no such search: a caller needs the order number"),
            Check("changes", None, "none: buyers change and cancel orders at Amazon"),
            Check("parcels", None, "told of orders that you send; parcels that Amazon sends have no tracking here"),
        )

    async def close(self) -> None:
        """Release connections."""
        for client in (self._orders, self._listing, self._returns):
            await client.close()

    async def _row(self, number: str) -> OrderPart | None:
        path = f"{ORDERS}/{segment(number)}"
        answer = await self._orders.get(path, {"includedData": ",".join(DATA)}, expected=(400, 404))
        if answer.status >= 400:
            _judge(answer)
            return None
        row = read(OneOrder, answer.body, SYSTEM).order
        return row if row is not None and row.order_id == number else None

    async def _search(self, since: datetime, size: int, more: dict[str, str]) -> Orders:
        params = {
            "createdAfter": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fulfillmentStatuses": "UNSHIPPED,PARTIALLY_SHIPPED,SHIPPED",
            "marketplaceIds": ",".join(self._marketplaces),
            "includedData": ",".join(DATA),
            "maxResultsPerPage": str(size),
        }
        return read(Orders, (await self._listing.get(ORDERS, params | more)).body, SYSTEM)

    def _told(self, row: OrderPart, returns: tuple[ReturnPart, ...] = ()) -> Order:
        return order(row, returns, self._shop.country, self._shop.zone)

    async def _returns_of(self, row: OrderPart) -> tuple[ReturnPart, ...]:
        """The order's returns. They cannot be asked for by order: those since it was placed are looked through."""
        sent = row.fulfillment is not None and row.fulfillment.fulfillment_status in ("PARTIALLY_SHIPPED", "SHIPPED")
        if not self._has_returns or not row.by_merchant or not sent:
            return ()
        try:
            async with asyncio.timeout(RETURNS_S):
                found = await self._list_returns(row.created_time)
        except Denied:
            self._has_returns = False  # Not a seller with External Fulfillment; 'connect' says so.
            return ()
        except (SystemFailed, TimeoutError):
            return ()  # The order itself is worth telling; the failure was logged where it happened.
        return tuple(one for one in found if _of(one, row.order_id))

    async def _list_returns(self, since: str) -> tuple[ReturnPart, ...]:
        rows: dict[str, ReturnPart] = {}
        params = {"createdSince": since, "maxResults": "100"}
        for _ in range(RETURN_PAGES):  # A page may be empty and yet not be the last.
            found = read(Returns, (await self._returns.get(RETURNS, params)).body, SYSTEM)
            rows |= {row.id: row for row in found.returns}
            if not found.next_token:
                break
            params["nextToken"] = found.next_token
        return tuple(rows.values())

    async def _check_orders(self) -> tuple[Check, ...]:
        try:
            found = await self._search(self._clock() - timedelta(days=OPEN_DAYS), 20, {})
        except Denied as error:
            return (
                Check(
                    "orders", False, f"{error}. If the token is right, {_ROLE.format('Inventory and Order Tracking')}"
                ),
            )
        except SystemFailed as error:
            return (Check("orders", False, str(error)),)
        mine = [row for row in found.orders if row.by_merchant]
        if not mine:
            seen = Check("names, addresses", None, f"not seen: no order of the last {OPEN_DAYS} days is sent by you")
        elif any(row.address and row.address.address_line1 for row in mine):
            seen = Check("names, addresses", True, "told, so that callers can be checked by their ZIP code")
        else:
            role = _ROLE.format("Direct-to-Consumer Delivery (Restricted)")
            seen = Check("names, addresses", False, f"left out, so that no caller can be checked: {role}")
        return (*await self._check_one(found.orders), seen)

    async def _check_one(self, orders: tuple[OrderPart, ...]) -> tuple[Check, ...]:
        if not orders:
            return (Check("orders", None, f"the token is good; there is no order of the last {OPEN_DAYS} days to try"),)
        try:
            known = await self._row(orders[0].order_id)
        except SystemFailed as error:
            return (Check("orders", False, str(error)),)
        if known is None:
            return (Check("orders", False, "an order that is listed is not found by its number; ask Amazon's support"),)
        return (Check("orders", True, "found by number, one in two seconds"),)

    async def _check_returns(self) -> Check:
        since = (self._clock() - timedelta(days=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            await self._returns.get(RETURNS, {"createdSince": since, "maxResults": "1"})
        except Denied:
            return Check("returns", None, "not told: only sellers with Amazon External Fulfillment have them here")
        except SystemFailed as error:
            return Check("returns", False, str(error))
        return Check("returns", True, "told for orders that you send")


def create(section: Amazon, shop: Shop, clock: Callable[[], datetime]) -> AmazonStore:
    """The store of these settings. Raises NotConfigured."""
    require(section, "store.amazon", "url", "token_url", "client_id", "client_secret", "refresh_token", "marketplaces")
    auth = OAuth2(
        SYSTEM,
        section.token_url,
        {"grant_type": "refresh_token", "client_id": section.client_id},
        {"client_secret": section.client_secret, "refresh_token": section.refresh_token},
        header="x-amz-access-token",
        prefix="",
    )
    orders, listing, returns = (
        WebClient(SYSTEM, section.url, auth, rates=(rate,)) for rate in (GET_ORDER, SEARCH_ORDERS, LIST_RETURNS)
    )
    return AmazonStore(orders, listing, returns, section.marketplaces, shop, clock)


def _judge(answer: Answer) -> None:
    """Whether an error says that there is no such order: a well-formed number that Amazon does not know is 404, or 400
    with InvalidInput; InvalidInput is also how a missing role is told. Raises Denied or Rejected where it does not."""
    if answer.status == 404:
        return
    errors = read(Errors, answer.body, SYSTEM).errors
    if any("access" in (error.message or "").lower() for error in errors):
        raise Denied(f"{SYSTEM} answered 400: {_ROLE.format('Direct-to-Consumer Delivery (Restricted)')}")
    if not any(error.code == "InvalidInput" for error in errors):
        raise Rejected(f"{SYSTEM} answered 400", 400, answer.body)


def _of(part: ReturnPart, number: str) -> bool:
    details = part.marketplace_channel_details
    return details is not None and details.customer_order_id == number
