"""Vendure 3: orders over the GraphQL Admin API, with an API key or an administrator's account.

An order's number is its code, which a shop forms as it likes (``orderCodeStrategy``). Guests are customers too, so
telephone and e-mail find them. Vendure has no returns, no delivery dates and no scans: carriers know these.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from weakref import WeakValueDictionary

import phonenumbers

from asterisk_agent.commerce.changes import CancelItem, CancelOrder, Change, ChangeAddress, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Rejected
from asterisk_agent.commerce.models import Address, Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.phone import same_phone
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.shop_records import Records, plain
from asterisk_agent.commerce.store import AmbiguousNumber
from asterisk_agent.commerce.stores.vendure_api import SYSTEM, VendureApi, connect
from asterisk_agent.commerce.stores.vendure_changes import VendureChanges
from asterisk_agent.commerce.stores.vendure_check import findings
from asterisk_agent.commerce.stores.vendure_parts import CustomersPart, OrderPart, OrdersPart
from asterisk_agent.commerce.stores.vendure_queries import CUSTOMERS, NOTE, ORDERS, PAGE
from asterisk_agent.commerce.stores.vendure_reading import CLOSED, MODIFYING, order, parcels, state_known, was_placed
from asterisk_agent.commerce.web.paging import all_pages
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Vendure

MOST_OF_CUSTOMER = 10
"""Newest orders of a customer that are told."""

LONGEST_NUMBER = 40

_NEWEST_FIRST = {"orderPlacedAt": "DESC"}


class VendureStore:
    """The store protocol on Vendure."""

    def __init__(self, api: VendureApi, shop: Shop, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._shop = shop
        self._clock = clock
        self._once = Once()
        self._changes = VendureChanges(api)
        self._doubtful: set[str] = set()
        """Keys of cancellations that were sent and not confirmed."""
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """By number: an order is changed by one caller at a time."""

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number. Raises AmbiguousNumber where codes differ in case or dashes only."""
        return (await self._by_number(number))[1]

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of all customers and guests with this number, newest first; Vendure compares letter by letter."""
        digits = str(phonenumbers.parse(phone).national_number)
        found = await self._customers({"phoneNumber": {"regex": "[^0-9]*".join(digits)}})
        country = self._shop.country
        return self._of(found, (one.id for one in found.customers.items if same_phone(one.phone, phone, country)))

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer or guest with this e-mail address (any case), newest first."""
        wanted = email.strip().casefold()
        if "@" not in wanted:
            return ()
        found = await self._customers({"emailAddress": {"in": list(dict.fromkeys((wanted, email.strip())))}})
        return self._of(found, (one.id for one in found.customers.items if one.email.strip().casefold() == wanted))

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest orders that were paid and are neither delivered nor cancelled."""
        asked = {"filter": {"state": {"notIn": list(CLOSED)}, "active": {"eq": False}}, "sort": _NEWEST_FIRST}

        async def fetch(page: int) -> Sequence[Order]:
            if (skip := (page - 1) * PAGE) >= most:
                return ()
            return self._told(await self._orders(asked | {"take": min(PAGE, most - skip), "skip": skip}))

        return (await all_pages(self.name, fetch, lambda one: one.id, most=-(-most // PAGE) + 1))[:most]

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """Vendure has none."""
        return ()

    async def appointment(self, number: str) -> Appointment | None:
        """Vendure has none."""
        return None

    @property
    def capabilities(self) -> frozenset[str]:
        """The delivery address, and cancelling, both before dispatch."""
        return frozenset({ChangeAddress.name, CancelOrder.name, CancelItem.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key, after a look at the order. Cancelling refunds nothing: people do."""
        if not isinstance(change, ChangeAddress | CancelOrder | CancelItem):
            return Outcome("unsupported")
        async with self._turns.setdefault(plain(change.order), asyncio.Lock()):
            return await self._once.make(key, lambda: self._perform(change, key))

    async def note(self, number: str, text: str) -> bool:
        """An entry in the order's history that customers do not see."""
        part, _ = await self._by_number(number)
        if part is None:
            return False
        try:
            await self._api.add(NOTE, {"input": {"id": part.id, "note": text, "isPublic": False}})
        except Rejected:
            return False
        return True

    async def check(self) -> tuple[Check, ...]:
        """Whether the key or account is good, and each permission of its role."""
        return await findings(self._api)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    async def _by_number(self, number: str) -> tuple[OrderPart, Order] | tuple[None, None]:
        key = plain(number)
        if not key or key != number.upper() or len(key) > LONGEST_NUMBER:
            return None, None
        found = await self._orders({"filter": {"code": {"in": list(codes(key))}}, "take": 5})
        pairs = [
            (part, order(part, found.decimals, self._shop.country)) for part in found.orders.items if was_placed(part)
        ]
        same = [(part, one) for part, one in pairs if one.key == key]
        if len(same) > 1:
            raise AmbiguousNumber([one for _, one in same])
        return same[0] if same else (None, None)

    async def _orders(self, options: Mapping[str, object]) -> OrdersPart:
        return await self._api.ask(ORDERS, {"options": options}, OrdersPart)

    async def _customers(self, wanted: Mapping[str, object]) -> CustomersPart:
        orders = {"sort": _NEWEST_FIRST, "take": MOST_OF_CUSTOMER, "filter": {"active": {"eq": False}}}
        return await self._api.ask(CUSTOMERS, {"filter": wanted, "orders": orders}, CustomersPart)

    def _told(self, found: OrdersPart) -> tuple[Order, ...]:
        return tuple(order(part, found.decimals, self._shop.country) for part in found.orders.items if was_placed(part))

    def _of(self, found: CustomersPart, ids: Iterable[str]) -> tuple[Order, ...]:
        wanted = set(ids)
        rows = [
            order(part, found.decimals, self._shop.country)
            for one in found.customers.items
            if one.id in wanted
            for part in one.orders.items
            if was_placed(part)
        ]
        return tuple(sorted(rows, key=lambda one: one.placed_at, reverse=True)[:MOST_OF_CUSTOMER])

    async def _perform(self, change: ChangeAddress | CancelOrder | CancelItem, key: str) -> Outcome:
        part, now = await self._by_number(plain(change.order))
        if part is not None and await self._changes.state_restored(part):
            part, now = await self._by_number(plain(change.order))
        if part is None or now is None:
            return Outcome("refused", "no_such_order")
        if key in self._doubtful and _was_made(part, change):
            return Outcome("done")
        if reason := refusal(Records.of((now,)), change, self._clock().astimezone(self._shop.zone)):
            return Outcome("refused", reason)
        if not state_known(part) or part.state == MODIFYING:
            return Outcome("refused", "not_allowed")
        if isinstance(change, ChangeAddress):
            if now.address is not None and _same(now.address, change.address):
                return Outcome("done")
            if parcels(part):
                return Outcome("refused", "not_allowed")  # packed: the label has the old one
            return await self._changes.change_address(part, now, change.address)
        self._doubtful.add(key)
        outcome = await self._changes.cancel(part, change)
        self._doubtful.discard(key)
        return outcome


def create(section: Vendure, shop: Shop, clock: Callable[[], datetime]) -> VendureStore:
    """The store of these settings. Raises NotConfigured."""
    return VendureStore(connect(section), shop, clock)


def codes(key: str) -> tuple[str, ...]:
    """How a shop may write an order code of these letters and digits: 'AB12' also as 'AB-12', and in lower case."""
    dashed = re.sub(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])", "-", key)
    return tuple(dict.fromkeys((key, dashed, key.lower(), dashed.lower())))


def _was_made(part: OrderPart, change: Change) -> bool:
    match change:
        case CancelOrder():
            return part.state == "Cancelled"
        case CancelItem(item=name):
            lines = [line for line in part.lines if line.variant.name.casefold() == name.casefold()]
            return bool(lines) and all(line.quantity == 0 < line.placed for line in lines)
        case _:
            return False


def _same(one: Address, other: Address) -> bool:
    def written(address: Address) -> tuple[str, ...]:
        parts = (address.line1, address.line2 or "", address.city, address.state, address.zip, address.country)
        return tuple(" ".join(part.casefold().split()) for part in parts)

    return written(one) == written(other)
