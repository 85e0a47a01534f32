"""Adobe Commerce and Magento Open Source 2.4 through the REST API of an integration, signed with OAuth 1.0a.

Orders, shipments and credit memos are found through searchCriteria; returns exist in Adobe Commerce alone. Where a
parcel is only its carrier knows. Adobe Commerce as a Cloud Service signs with IMS instead and is not served.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from asterisk_agent.commerce.changes import CancelOrder, Change, ChangeAddress, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Denied, Rejected, SystemFailed
from asterisk_agent.commerce.models import Address, Appointment, Customer, Order, OrderStatus, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.phone import same_phone, written_forms
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import Records, plain
from asterisk_agent.commerce.store import AmbiguousNumber
from asterisk_agent.commerce.stores.adobe_check import comment, findings
from asterisk_agent.commerce.stores.adobe_parts import (
    AddressPart,
    CreditMemoPart,
    CustomerPart,
    OrderPart,
    ReturnPart,
    ShipmentPart,
)
from asterisk_agent.commerce.stores.adobe_reading import SYSTEM, order, same_address, state_known
from asterisk_agent.commerce.stores.adobe_search import Filter, any_of, found, rows_of, search
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.web.auth import OAuth1
from asterisk_agent.commerce.web.client import WebClient, segment
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Adobe

LONGEST_NUMBER = 50
"""Characters of sales_order.increment_id."""

PADDED = 9
"""Digits of Magento's own order numbers: callers leave the zeros before them out."""

OPEN_DAYS = 30
"""Magento does not know what was delivered: older orders are taken as delivered."""

TOGETHER = 100
"""Orders whose shipments are asked for in one request: longer addresses are refused by some web servers."""


class _Region(Part):
    id: str
    code: str
    name: str


class _Country(Part):
    available_regions: tuple[_Region, ...] | None = None


class AdobeStore:
    """The store protocol on Magento's REST API."""

    def __init__(self, client: WebClient, shop: Shop, clock: Callable[[], datetime]) -> None:
        """``client``: signed, its base address ends with the store view."""
        self._client = client
        self._shop = shop
        self._clock = clock
        self._once = Once()
        self._doubtful: set[str] = set()
        """Keys of cancellations that were sent and not confirmed."""
        self._regions: dict[str, tuple[_Region, ...]] = {}
        self._has_returns = True

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    async def order(self, number: str) -> Order | None:
        """The order with this number, or with this number filled up with zeros. Raises AmbiguousNumber, SystemFailed.

        Two store views of one shop may count alike.
        """
        orders = await self._complete(await self._by_number(number))
        if len(orders) > 1:
            raise AmbiguousNumber(orders)
        return orders[0] if orders else None

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of registered customers with this number at their default billing address; guests are not found."""
        wanted = Filter("billing_telephone", ",".join(written_forms(phone)), "in")
        answer = await self._client.get(search("/V1/customers/search", wanted))
        ids = tuple(
            one.id
            for one in rows_of(SYSTEM, CustomerPart, answer)
            if any(same_phone(address.telephone, phone, self._shop.country) for address in one.addresses)
        )
        return await self._complete(await self._found(any_of("customer_id", ids))) if ids else ()

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer or guest with this e-mail address (any case), newest first."""
        wanted = email.strip().casefold()
        if not wanted:
            return ()
        rows = await self._found(Filter("customer_email", wanted))
        return await self._complete([row for row in rows if (row.customer_email or "").strip().casefold() == wanted])

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """Orders of the last ``OPEN_DAYS`` days that are paid or shipped, newest first."""
        since = (self._clock() - timedelta(days=OPEN_DAYS)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        rows = await self._found(
            Filter("state", "processing,complete", "in"),
            Filter("created_at", since, "gteq"),
            size=min(most, 100),
            pages=-(-most // 100),
        )
        orders = await self._complete(rows[:most])
        return tuple(one for one in orders if one.status is not OrderStatus.DELIVERED)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """Magento has none."""
        return ()

    async def appointment(self, number: str) -> Appointment | None:
        """Magento has none."""
        return None

    @property
    def capabilities(self) -> frozenset[str]:
        """The delivery address before dispatch, and cancelling what is not paid yet."""
        return frozenset({ChangeAddress.name, CancelOrder.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key, after a look at the order. Raises SystemFailed."""
        return await self._once.make(key, lambda: self._perform(change, key))

    async def note(self, number: str, text: str) -> bool:
        """A comment at the order that the customer neither gets nor sees."""
        rows = await self._by_number(number)
        if len(rows) != 1:
            return False
        answer = await self._client.post(*comment(rows[0].entity_id, text, rows[0].status), expected=(404,))
        return answer.status < 300

    async def check(self) -> tuple[Check, ...]:
        """Whether the keys are good, and each right."""
        self._has_returns = True
        return await findings(self._client)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _by_number(self, number: str) -> list[OrderPart]:
        asked = plain(number)
        if not asked or len(asked) > LONGEST_NUMBER:
            return []
        numbers = list(dict.fromkeys([asked, asked.zfill(PADDED)] if asked.isdigit() else [asked]))
        answer = await self._client.get(search("/V1/orders", Filter("increment_id", ",".join(numbers), "in")))
        rows = rows_of(SYSTEM, OrderPart, answer)
        for one in numbers:
            if exact := [row for row in rows if plain(row.increment_id) == one]:
                return exact
        return []

    async def _found(self, *filters: Filter, size: int = 50, pages: int = 2) -> tuple[OrderPart, ...]:
        return await found(SYSTEM, self._client.get, OrderPart, "/V1/orders", *filters, most=pages, size=size)

    async def _complete(self, rows: Sequence[OrderPart]) -> tuple[Order, ...]:
        """The orders with their shipments, refunds and returns, where they can have any."""
        parts = [await self._with_parts(rows[at : at + TOGETHER]) for at in range(0, len(rows), TOGETHER)]
        return tuple(one for part in parts for one in part)

    async def _with_parts(self, rows: Sequence[OrderPart]) -> tuple[Order, ...]:
        sent = tuple(row.entity_id for row in rows if row.shipped)
        refunded = tuple(row.entity_id for row in rows if row.total_refunded)
        shipments, memos, returns = await asyncio.gather(
            self._shipments(sent), self._memos(refunded), self._returns(sent)
        )
        return tuple(order(row, shipments, memos, returns, self._shop.country) for row in rows)

    async def _shipments(self, ids: tuple[int, ...]) -> tuple[ShipmentPart, ...]:
        if not ids:
            return ()
        return await found(SYSTEM, self._client.get, ShipmentPart, "/V1/shipments", any_of("order_id", ids), size=100)

    async def _memos(self, ids: tuple[int, ...]) -> tuple[CreditMemoPart, ...]:
        if not ids:
            return ()
        try:
            wanted = any_of("order_id", ids)
            return await found(SYSTEM, self._client.get, CreditMemoPart, "/V1/creditmemos", wanted, size=100)
        except SystemFailed:
            return ()  # The order says itself how much went back; the failure was logged where it happened.

    async def _returns(self, ids: tuple[int, ...]) -> tuple[ReturnPart, ...]:
        if not ids or not self._has_returns:
            return ()
        try:
            answer = await self._client.get(search("/V1/returns", any_of("order_id", ids), size=100), expected=(404,))
        except Denied:
            self._has_returns = False  # A right that the integration lacks; 'connect' says so.
            return ()
        except SystemFailed:
            return ()  # The order itself is worth telling.
        self._has_returns = answer.status != 404
        return rows_of(SYSTEM, ReturnPart, answer) if self._has_returns else ()

    async def _perform(self, change: Change, key: str) -> Outcome:
        match change:
            case ChangeAddress() | CancelOrder():
                rows = await self._by_number(change.order)
            case _:
                return Outcome("unsupported")
        orders = await self._complete(rows)
        if len(orders) > 1:
            raise AmbiguousNumber(orders)
        if isinstance(change, CancelOrder) and key in self._doubtful and rows and rows[0].state == "canceled":
            return Outcome("done")
        records = Records({plain(change.order): one for one in orders})
        if reason := refusal(records, change, self._clock().astimezone(self._shop.zone)):
            return Outcome("refused", reason)
        if not state_known(rows[0]):
            return Outcome("refused", "not_allowed")
        try:
            if isinstance(change, CancelOrder):
                return await self._cancel(rows[0], key)
            return await self._change_address(rows[0], orders[0], change.address)
        except Rejected:
            return Outcome("refused", "not_allowed")

    async def _cancel(self, row: OrderPart, key: str) -> Outcome:
        """Magento answers false where it cannot; it refunds nothing."""
        self._doubtful.add(key)
        answer = await self._client.post(f"/V1/orders/{row.entity_id}/cancel", None)
        self._doubtful.discard(key)
        return Outcome("done") if answer.body is True else Outcome("refused", "not_allowed")

    async def _change_address(self, row: OrderPart, now: Order, address: Address) -> Outcome:
        known = row.shipping_address
        if known is None or known.entity_id is None:
            return Outcome("refused", "not_allowed")
        if now.address is not None and same_address(now.address, address):
            return Outcome("done")
        regions = await self._regions_of(address.country)
        words = address.state.strip().casefold()
        region = next((one for one in regions if words in (one.code.casefold(), one.name.casefold())), None)
        if regions and region is None:
            return Outcome("refused", "no_such_region")
        await self._client.request(
            "PUT", f"/V1/orders/{row.entity_id}", body={"entity": _entity(row, known, address, region)}
        )
        return Outcome("done")

    async def _regions_of(self, country: str) -> tuple[_Region, ...]:
        """States as Magento counts them; without the right id its taxes and labels keep the old one."""
        if country not in self._regions:
            answer = await self._client.get(f"/V1/directory/countries/{segment(country)}")
            self._regions[country] = read(_Country, answer.body, SYSTEM).available_regions or ()
        return self._regions[country]


def create(section: Adobe, shop: Shop, clock: Callable[[], datetime]) -> AdobeStore:
    """The store of these settings. Raises NotConfigured."""
    keys = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    require(section, "store.adobe", "url", *keys)
    auth = OAuth1(section.consumer_key, section.consumer_secret, section.access_token, section.access_token_secret)
    url = f"{section.url.rstrip('/')}/rest/{section.store_view}"
    return AdobeStore(WebClient(SYSTEM, url, auth), shop, clock)


def _entity(row: OrderPart, known: AddressPart, address: Address, region: _Region | None) -> dict[str, object]:
    """The changed address. With its own entity_id: without it Magento would add another address to the order."""
    kept = known.model_dump(exclude_none=True, exclude={"region", "region_code", "street"})
    street = [address.line1, *([address.line2] if address.line2 else [])]
    # 0 and '' take an old state away, where the new country has none.
    place = {
        "region": region.name if region else address.state,
        "region_code": region.code if region else "",
        "region_id": int(region.id) if region else 0,
    }
    return {
        **kept,
        "parent_id": row.entity_id,
        "address_type": "shipping",
        "street": street,
        "city": address.city,
        "postcode": address.zip,
        "country_id": address.country,
        **place,
    }
