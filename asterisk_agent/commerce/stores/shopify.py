"""Shopify: orders over the GraphQL Admin API 2026-10.

Without the scope ``read_all_orders`` Shopify shows the orders of the last 60 days only: older ones are not found.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from pydantic import Field

from asterisk_agent.commerce.changes import CancelOrder, Change, ChangeAddress, OpenReturn, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.phone import same_phone
from asterisk_agent.commerce.shop_records import ON_THE_WAY, plain
from asterisk_agent.commerce.store import AmbiguousNumber
from asterisk_agent.commerce.stores.shopify_answers import Nodes, PhoneNumber, ShopifyOrder
from asterisk_agent.commerce.stores.shopify_api import Facts, ShopifyApi, connect, quoted
from asterisk_agent.commerce.stores.shopify_changes import ShopifyChanges
from asterisk_agent.commerce.stores.shopify_checks import check
from asterisk_agent.commerce.stores.shopify_queries import (
    AMONG,
    CUSTOMER_ORDERS,
    CUSTOMERS_ORDERS,
    NAMES,
    ONE,
    OPEN_ORDERS,
    ORDER,
    ORDER_NAMES,
    ORDERS,
    PAGE,
    Sizes,
)
from asterisk_agent.commerce.stores.shopify_reading import newest_first, order_of
from asterisk_agent.commerce.web.answer import Part
from asterisk_agent.commerce.web.paging import all_pages
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Shopify

log = structlog.get_logger(__name__)

OPEN_FOR = timedelta(days=45)
"""Older orders are not listed as open: their parcels have arrived or are past tracking."""

LONGEST_NUMBER = 40

FULFILLMENT_ORDER_SCOPES = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)
"""Any of them shows the delivery promise that was made at checkout."""


class _Name(Part):
    id: str
    name: str


class _Names(Part):
    orders: Nodes[_Name]


class _One(Part):
    order: ShopifyOrder | None = None


class _Orders(Part):
    orders: Nodes[ShopifyOrder]


class _Account(Part):
    phone: PhoneNumber | None = Field(None, alias="defaultPhoneNumber")
    orders: Nodes[ShopifyOrder]


class _Accounts(Part):
    account: _Account | None = Field(None, alias="customerByIdentifier")


class _PageEnd(Part):
    more: bool = Field(False, alias="hasNextPage")
    cursor: str | None = Field(None, alias="endCursor")


class _OpenOrders(Part):
    nodes: tuple[ShopifyOrder, ...]
    page: _PageEnd = Field(alias="pageInfo")


class _Open(Part):
    orders: _OpenOrders


def create(section: Shopify, shop: Shop, clock: Callable[[], datetime]) -> ShopifyStore:
    """The store of the settings. Raises NotConfigured."""
    return ShopifyStore(connect(section), section, shop, clock)


class ShopifyStore:
    """The store protocol on Shopify."""

    def __init__(self, api: ShopifyApi, section: Shopify, shop: Shop, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._section = section
        self._shop = shop
        self._clock = clock
        self._once = Once()
        self._changes = ShopifyChanges(api, shop.zone, clock)

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return "shopify"

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number. Raises AmbiguousNumber: Shopify lets two orders have the same name."""
        found = await self._raw_orders(number)
        orders = [self._read(one) for one in found]
        if len(orders) > 1:
            raise AmbiguousNumber(orders)
        return orders[0] if orders else None

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """The newest orders of the customer whose account has this number; a number typed in at checkout alone is
        not found."""
        facts = await self._api.facts()
        if not facts.may("read_customers"):
            return ()
        asked = {"phone": phone, "first": CUSTOMERS_ORDERS, **_sizes(AMONG, facts)}
        account = (await self._api.ask(CUSTOMER_ORDERS, asked, _Accounts)).account
        if account is None or not same_phone(account.phone.text if account.phone else None, phone, self._shop.country):
            return ()
        return await self._complete(account.orders.nodes, facts)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """The newest orders of the customer with this e-mail address (any case)."""
        wanted = email.strip().casefold()
        if "@" not in wanted or any(char.isspace() for char in wanted):
            return ()
        facts = await self._api.facts()
        asked = {"query": f"email:{quoted(wanted)}", "first": CUSTOMERS_ORDERS, **_sizes(AMONG, facts)}
        found = (await self._api.ask(ORDERS, asked, _Orders)).orders.nodes
        return await self._complete([one for one in found if wanted in _emails(one)], facts)

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest orders that are on their way, without items, refunds and returns: for their parcels."""
        facts = await self._api.facts()
        since = (self._clock() - OPEN_FOR).date().isoformat()
        asked = {"query": f"processed_at:>='{since}'", "first": PAGE, "customers": facts.may("read_customers")}
        found: list[Order] = []
        cursor: str | None = None

        async def fetch(page: int) -> Sequence[ShopifyOrder]:
            nonlocal cursor
            if len(found) >= most or (page > 1 and cursor is None):
                return ()
            told = (await self._api.ask(OPEN_ORDERS, {**asked, "after": cursor}, _Open)).orders
            cursor = told.page.cursor if told.page.more else None
            found.extend(order for one in told.nodes if (order := self._read(one)).status in ON_THE_WAY)
            return told.nodes

        await all_pages(self.name, fetch, lambda one: one.id, most=2 * (most // PAGE) + 2)
        return newest_first({order.id: order for order in found}.values())[:most]

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """None: contracts are asked for by the subscription system 'shopify', where the settings name it."""
        return ()

    async def appointment(self, number: str) -> Appointment | None:
        """None: Shopify books no deliveries."""
        return None

    @property
    def capabilities(self) -> frozenset[str]:
        """A return is requested, for the shop to approve."""
        return frozenset({ChangeAddress.name, CancelOrder.name, OpenReturn.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key."""
        if not isinstance(change, ChangeAddress | CancelOrder | OpenReturn):
            return Outcome("unsupported")
        return await self._once.make(key, lambda: self._perform(change))

    async def note(self, number: str, text: str) -> bool:
        """Add a line to the order's metafield for calls, which only the shop's people see."""
        found = await self._raw_orders(number)
        return len(found) == 1 and await self._changes.note(found[0].id, text)

    async def check(self) -> tuple[Check, ...]:
        """Credentials, scopes, one look-up, and what the shop's customers cannot be found by."""
        return await check(self._api, self._section, self._shop, _sizes)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    async def _perform(self, change: ChangeAddress | CancelOrder | OpenReturn) -> Outcome:
        found = await self._raw_orders(change.order)
        if len(found) != 1:
            return Outcome("refused", "no_such_order" if not found else "several_orders")
        return await self._changes.make(change, found[0], self._read(found[0]))

    async def _raw_orders(self, number: str) -> list[ShopifyOrder]:
        """The orders with exactly this number. The search finds by parts of names: they are compared again here."""
        key = plain(number)
        if not key or len(key) > LONGEST_NUMBER:
            return []
        facts = await self._api.facts()
        terms = " OR ".join(f"name:{quoted(name)}" for name in names(key, facts))
        rows = (await self._api.ask(ORDER_NAMES, {"query": terms, "first": NAMES}, _Names)).orders.nodes
        ids = list(dict.fromkeys(row.id for row in rows if plain(row.name) == key))
        found = await asyncio.gather(*(self._whole(id_, facts) for id_ in ids[:2]))
        return [one for one in found if one is not None]

    async def _whole(self, id_: str, facts: Facts) -> ShopifyOrder | None:
        told = (await self._api.ask(ORDER, {"id": id_, **_sizes(ONE, facts)}, _One)).order
        if told is not None and told.cut(ONE):
            log.info("an order may have more than is read", system=self.name)
        return told

    async def _complete(self, told: Sequence[ShopifyOrder], facts: Facts) -> tuple[Order, ...]:
        """The orders; those that have more than was asked for are asked for alone."""
        whole = await asyncio.gather(*(self._whole(one.id, facts) for one in told if one.cut(AMONG)))
        by_id = {one.id: one for one in told} | {one.id: one for one in whole if one is not None}
        return newest_first(self._read(one) for one in by_id.values())

    def _read(self, told: ShopifyOrder) -> Order:
        return order_of(told, self._shop.country, self._shop.zone)


def names(key: str, facts: Facts) -> tuple[str, ...]:
    """How Shopify may write an order number of letters and digits: '1001' as '#1001', 'US1001A' as 'US-1001-A'.

    Prefix and suffix are those of the shop's settings; orders from before they were changed keep their names.
    """
    forms = [f"#{key}", key]
    prefix, suffix = plain(facts.prefix), plain(facts.suffix)
    if key.startswith(prefix) and key.endswith(suffix) and len(key) > len(prefix) + len(suffix):
        forms.append(facts.prefix + key[len(prefix) : len(key) - len(suffix)] + facts.suffix)
    forms.append(re.sub(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])", "-", key))
    return tuple(dict.fromkeys(forms))


def _sizes(sizes: Sizes, facts: Facts) -> dict[str, object]:
    """The variables of a document with whole orders: sizes, and the parts for which the app has the scopes."""
    return {
        **sizes.variables(),
        "customers": facts.may("read_customers"),
        "returnable": facts.may("read_returns"),
        "promises": any(facts.may(scope) for scope in FULFILLMENT_ORDER_SCOPES),
    }


def _emails(told: ShopifyOrder) -> set[str]:
    account = told.customer.email.text if told.customer and told.customer.email else ""
    return {text.strip().casefold() for text in (told.email or "", account) if text}
