"""WooCommerce, REST API v3, with a key of a shop manager.

Its search is for a literal part of a text, and a parameter that it does not know it ignores and answers with
everybody's orders: what comes back is compared again here. It guards no change either; that is done here too. Facts:
woocommerce.github.io/woocommerce-rest-api-docs, developer.woocommerce.com, and answers of WooCommerce 10.9.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from asterisk_agent.commerce.changes import CancelOrder, Change, ChangeAddress, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Rejected, SystemFailed
from asterisk_agent.commerce.models import Address, Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.phone import same_phone, written_forms
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.shop_records import Records, plain
from asterisk_agent.commerce.stores.woocommerce_address import fields, same, usable
from asterisk_agent.commerce.stores.woocommerce_api import LARGEST_PAGE, SYSTEM, connect, one, rows
from asterisk_agent.commerce.stores.woocommerce_check import findings
from asterisk_agent.commerce.stores.woocommerce_parts import (
    FIELDS,
    FulfillmentPart,
    NumberPart,
    OrderPart,
    RefundPart,
)
from asterisk_agent.commerce.stores.woocommerce_reading import (
    CANCELLED,
    NO_ORDERS,
    address,
    has_fulfillments,
    may_have_left,
    on_its_way,
    order,
    status_known,
)
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part, read, read_each
from asterisk_agent.commerce.web.client import WebClient
from asterisk_agent.commerce.web.paging import all_pages
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import WooCommerce

log = structlog.get_logger(__name__)

MOST_OF_CUSTOMER = 10
"""Newest orders of a customer that are told: each may cost a request or two."""

MOST_FOUND = 50
"""Newest orders that a search brings, strangers' among them."""

AT_ONCE = 4
"""Requests for parts of orders at the same time: a small site has few PHP workers."""

ON_THE_WAY_FOR = timedelta(days=60)
"""A completed order stays completed for ever; of older ones nobody waits for a parcel."""

_NEWEST = {"orderby": "date", "order": "desc"}
_ONLY_NUMBERS = {"per_page": str(LARGEST_PAGE), "_fields": "id,number"}

_Row = TypeVar("_Row", bound=Part)


class WooCommerceStore:
    """The store protocol on WooCommerce's REST API."""

    def __init__(self, client: WebClient, settings: WooCommerce, shop: Shop, clock: Callable[[], datetime]) -> None:
        """``client``: signed, its base address ends with ``/wc/v3``."""
        self._client = client
        self._settings = settings
        self._shop = shop
        self._clock = clock
        self._once = Once()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._doubtful: set[str] = set()
        """Keys of cancellations that were sent and not confirmed."""

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number, or None. Raises SystemFailed."""
        part = await self._by_number(number)
        return await self._complete(part) if part else None

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders with this billing phone, guests' too, of everybody who has it; newest first. Raises SystemFailed.

        Customers cannot be searched by phone, and orders only for the letters as they are stored: the usual ways of
        writing a number are asked for.
        """
        found = await asyncio.gather(*(self._search(text) for text in _searches(phone)))
        country = self._shop.country
        return await self._of_customer(
            row
            for page in found
            for row in page
            if same_phone(row.billing.phone, phone, row.billing.country or country)
        )

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders with this billing e-mail address (any case), guests' too, newest first. Raises SystemFailed."""
        wanted = email.strip().casefold()
        if "@" not in wanted:
            return ()
        found = await self._search(email.strip())
        return await self._of_customer(row for row in found if row.billing.email.strip().casefold() == wanted)

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest paid orders of the last two months that are not delivered or cancelled. Raises SystemFailed."""
        since = self._clock().astimezone(UTC) - ON_THE_WAY_FOR
        wanted = _NEWEST | {
            "after": since.strftime("%Y-%m-%dT%H:%M:%S"),
            "dates_are_gmt": "true",
            "per_page": str(LARGEST_PAGE),
            "_fields": FIELDS,
        }

        async def page(number: int) -> Sequence[OrderPart]:
            return await rows(self._client, OrderPart, "/orders", wanted | {"page": str(number)})

        found = await all_pages(SYSTEM, page, lambda row: row.id, most=-(-most // LARGEST_PAGE) + 1)
        open_ = [row for row in found if on_its_way(row) and moment(row.date_created_gmt) >= since]
        return tuple(await asyncio.gather(*(self._complete(row) for row in _newest(open_)[:most])))

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """None: the subscription system 'woocommerce' has them, where the settings name it."""
        return ()

    async def appointment(self, number: str) -> Appointment | None:
        """WooCommerce has none."""
        return None

    @property
    def capabilities(self) -> frozenset[str]:
        """The delivery address, and cancelling, both before dispatch."""
        return frozenset({ChangeAddress.name, CancelOrder.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key, after a look at the order. Raises SystemFailed.

        Cancelling refunds nothing; the staff find a note about it. WooCommerce puts the items back into stock.
        """
        return await self._once.make(key, lambda: self._perform(change, key))

    async def note(self, number: str, text: str) -> bool:
        """A private note at the order, which customers do not see. Raises SystemFailed."""
        part = await self._by_number(plain(number))
        if part is None:
            return False
        await self._note(part, text)
        return True

    async def check(self) -> tuple[Check, ...]:
        """Whether the keys are good, what they may do, and what the site's plugins tell."""
        return await findings(self._client, bool(self._settings.webhook_secret.get_secret_value()))

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _by_number(self, number: str) -> OrderPart | None:
        if not re.fullmatch(r"(?=[A-Z]*[0-9])[A-Z0-9]{1,30}", number):
            return None
        if re.fullmatch(r"[1-9][0-9]{0,17}", number):
            part = await self._by_id(int(number))
            if part is not None and plain(part.number) == number:
                return part
        id_ = await self._numbered(number)
        part = await self._by_id(id_) if id_ else None
        return part if part is not None and plain(part.number) == number else None

    async def _by_id(self, id_: int) -> OrderPart | None:
        part = await one(self._client, OrderPart, f"/orders/{id_}", {"_fields": FIELDS})
        return part if part is not None and _is_order(part) else None

    async def _numbered(self, number: str) -> int | None:
        """The id of the order to which a plugin has given this number.

        WooCommerce itself knows no other numbers. Sequential Order Numbers makes ``number`` a filter; a site that does
        not know it answers with the newest orders, which may have it too. Others make their numbers searchable.
        """
        digits = max(re.findall(r"[0-9]+", number), key=len)
        listed, searched = await asyncio.gather(
            *(
                rows(self._client, NumberPart, "/orders", _NEWEST | wanted | _ONLY_NUMBERS)
                for wanted in ({"number": number}, {"search": digits})
            )
        )
        return max((row.id for row in (*listed, *searched) if plain(row.number) == number), default=None)

    async def _search(self, text: str) -> tuple[OrderPart, ...]:
        wanted = _NEWEST | {"search": text, "per_page": str(MOST_FOUND), "_fields": FIELDS}
        return await rows(self._client, OrderPart, "/orders", wanted)

    async def _of_customer(self, found: Iterable[OrderPart]) -> tuple[Order, ...]:
        kept = {row.id: row for row in found if _is_order(row)}
        newest = _newest(kept.values())[:MOST_OF_CUSTOMER]
        return tuple(await asyncio.gather(*(self._complete(row) for row in newest)))

    async def _complete(self, part: OrderPart) -> Order:
        """The order with what is kept apart from it: parcels and refunds."""
        parcels = self._parts(FulfillmentPart, part, "fulfillments", has_fulfillments(part))
        refunds = self._parts(RefundPart, part, "refunds", bool(part.refunds))
        told = await asyncio.gather(parcels, refunds)
        return order(part, told[0], told[1], self._shop.country, self._shop.zone)

    async def _parts(self, model: type[_Row], part: OrderPart, what: str, wanted: bool) -> tuple[_Row, ...]:
        if not wanted:
            return ()
        async with self._turns:
            answer = await self._client.get(f"/orders/{part.id}/{what}", expected=(404,))
        return () if answer.status == 404 else read_each(model, answer.body, SYSTEM)

    async def _perform(self, change: Change, key: str) -> Outcome:
        match change:
            case ChangeAddress() | CancelOrder():
                part = await self._by_number(plain(change.order))
            case _:
                return Outcome("unsupported")
        if part is None:
            return Outcome("refused", "no_such_order")
        now = await self._complete(part)
        if isinstance(change, CancelOrder) and key in self._doubtful and part.status == CANCELLED:
            return Outcome("done")
        if reason := refusal(Records.of((now,)), change, self._clock().astimezone(self._shop.zone)):
            return Outcome("refused", reason)
        if not status_known(part):
            return Outcome("refused", "not_allowed")
        if may_have_left(part):
            return Outcome("refused", "already_shipped")
        try:
            if isinstance(change, CancelOrder):
                return await self._cancel(part, key)
            return await self._change_address(part, now, change.address)
        except Rejected:
            return Outcome("refused", "not_allowed")

    async def _cancel(self, part: OrderPart, key: str) -> Outcome:
        self._doubtful.add(key)
        done = await self._put(part, {"status": CANCELLED})
        self._doubtful.discard(key)
        if done.status != CANCELLED:
            return Outcome("refused", "not_allowed")
        if part.date_paid_gmt:
            try:
                await self._note(part, "Cancelled for the customer by phone. Nothing was refunded.")
            except SystemFailed:
                log.warning("a paid order was cancelled, but no note about its refund could be left")
        return Outcome("done")

    async def _change_address(self, part: OrderPart, now: Order, new: Address) -> Outcome:
        """Written over the delivery address; another country would need other shipping and taxes."""
        if now.address is None or now.address.country != new.country or not usable(new):
            return Outcome("refused", "not_allowed")
        if same(now.address, new):
            return Outcome("done")
        if any(one.tracking for one in now.shipments):
            return Outcome("refused", "not_allowed")  # packed: the label has the old one
        done = address((await self._put(part, {"shipping": fields(new)})).shipping, self._shop.country)
        return Outcome("done") if done and same(done, new) else Outcome("refused", "not_allowed")

    async def _put(self, part: OrderPart, body: dict[str, object]) -> OrderPart:
        answer = await self._client.request("PUT", f"/orders/{part.id}", {"_fields": FIELDS}, body=body)
        return read(OrderPart, answer.body, SYSTEM)

    async def _note(self, part: OrderPart, text: str) -> None:
        await self._client.post(f"/orders/{part.id}/notes", {"note": text, "customer_note": False})


def create(section: WooCommerce, shop: Shop, clock: Callable[[], datetime]) -> WooCommerceStore:
    """The store of these settings. Raises NotConfigured."""
    return WooCommerceStore(connect(section), section, shop, clock)


def _is_order(part: OrderPart) -> bool:
    return part.status not in NO_ORDERS


def _newest(found: Iterable[OrderPart]) -> list[OrderPart]:
    return sorted(found, key=lambda row: (row.date_created_gmt, row.id), reverse=True)


def _searches(phone: str) -> tuple[str, ...]:
    """Short texts of which one stands in a number however it is usually written: '555-0147', without its area."""
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", phone):
        return ()
    _, national, _, local, *_ = written_forms(phone)
    groups = re.findall(r"[0-9]+", local)
    rest = groups[1:] if len(groups) > 2 else [groups[0].lstrip("0"), *groups[1:]]
    return tuple(dict.fromkeys((national, *(between.join(rest) for between in "-. "))))
