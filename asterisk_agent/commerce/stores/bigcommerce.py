"""BigCommerce through the token of a store-level API account: orders of V2, refunds, cards and customers of V3.

An order's number is its id. BigCommerce knows what was sent, not where it is, and has no returns in its API. Guests
are not customers: nobody finds them by their phone. Facts: the descriptions in github.com/bigcommerce/docs.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from asterisk_agent.commerce.changes import CancelOrder, Change, ChangeAddress, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Rejected, SystemFailed
from asterisk_agent.commerce.models import Address, Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.phone import same_phone, written_forms
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import Records, plain
from asterisk_agent.commerce.stores.bigcommerce_address import fields, same
from asterisk_agent.commerce.stores.bigcommerce_check import findings
from asterisk_agent.commerce.stores.bigcommerce_parts import (
    CustomersPart,
    LinePart,
    OrderPart,
    RefundPart,
    RefundsPart,
    ShipmentPart,
    ShippingAddressPart,
    TransactionPart,
    TransactionsPart,
)
from asterisk_agent.commerce.stores.bigcommerce_reading import (
    AWAITING_SHIPMENT,
    CANCELLED,
    OPEN,
    SYSTEM,
    Contents,
    may_have_parcels,
    order,
    status_known,
)
from asterisk_agent.commerce.web.answer import Answer, Part, read, read_each
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import BigCommerce

RATE = Rate(75, 30.0)
"""So that no window of 30 s has more than 150: Standard and Plus, all apps of a shop together (API rate limits)."""

MOST_OF_CUSTOMER = 10
"""Newest orders of a customer that are told: each costs a request or two."""

LARGEST_PAGE = 250
AT_ONCE = 6
"""Orders whose parcels are asked for at the same time."""

LONGEST_NOTES = 65_535
"""Characters of ``staff_notes``."""

_WRITTEN_OUT = {"include": "consignments.line_items", "consignment_structure": "object"}
"""Has lines and addresses come with the order instead of links to them."""

_NOT_PAID = frozenset({"", "declined", "refunded", "void", "void pending"})
"""Payment statuses under which a cancelled order leaves nothing to be given back."""

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
"""Order ids count up from what the shop has set; longer numbers are those of something else."""

_Row = TypeVar("_Row", bound=Part)


class BigCommerceStore:
    """The store protocol on BigCommerce's REST API."""

    def __init__(self, client: WebClient, settings: BigCommerce, shop: Shop, clock: Callable[[], datetime]) -> None:
        """``client``: signed, its base address ends with the store's hash."""
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
        return (await self._complete((part,)))[0] if part else None

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the registered customers whose account has this number, newest first. Raises SystemFailed.

        ``phone:in`` compares letter by letter: every way of writing is asked for, and compared again here.
        """
        pages = await asyncio.gather(*(self._customers(form) for form in written_forms(phone)))
        ids = {one.id for page in pages for one in page.data if same_phone(one.phone, phone, self._shop.country)}
        lists = await asyncio.gather(*(self._orders({"customer_id": str(id_)}) for id_ in sorted(ids)))
        return await self._of_customer(row for rows in lists for row in rows if row.customer_id in ids)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders with this billing e-mail address (any case), guests' too, newest first. Raises SystemFailed."""
        wanted = email.strip().casefold()
        if not wanted:
            return ()
        rows = await self._orders({"email": email.strip()})
        return await self._of_customer(row for row in rows if row.billing_address.email.strip().casefold() == wanted)

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest paid orders that are not completed, without their cards. Raises SystemFailed."""
        rows: dict[int, OrderPart] = {}
        for status in OPEN:
            for page in range(1, -(-most // LARGEST_PAGE) + 1):
                wanted = {"status_id": str(status), "page": str(page)}
                found = [one for one in await self._orders(wanted, min(most, LARGEST_PAGE)) if one.status_id == status]
                before = len(rows)
                rows |= {one.id: one for one in found}
                if len(rows) == before:
                    break
        return await self._complete(_newest(rows.values())[:most], cards=False)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """BigCommerce has none."""
        return ()

    async def appointment(self, number: str) -> Appointment | None:
        """BigCommerce has none."""
        return None

    @property
    def capabilities(self) -> frozenset[str]:
        """The delivery address, and cancelling, both before dispatch."""
        return frozenset({ChangeAddress.name, CancelOrder.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key, after a look at the order. Raises SystemFailed.

        Cancelling refunds nothing; the staff find a note about it. Stock moves as the shop has set it up.
        """
        return await self._once.make(key, lambda: self._perform(change, key))

    async def note(self, number: str, text: str) -> bool:
        """A line at the end of the order's staff notes, which customers do not see. Raises SystemFailed."""
        part = await self._by_number(number)
        if part is None:
            return False
        await self._put(part, {"staff_notes": _with_note(part, text)})
        return True

    async def check(self) -> tuple[Check, ...]:
        """Whether the token is good, and each of its scopes."""
        return await findings(self._client, bool(self._settings.webhook_secret.get_secret_value()))

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _by_number(self, number: str) -> OrderPart | None:
        if not _NUMBER.fullmatch(number):
            return None
        answer = await self._client.get(f"/v2/orders/{number}", _WRITTEN_OUT, expected=(404,))
        if answer.status == 404 or answer.body is None:
            return None
        part = read(OrderPart, answer.body, SYSTEM)
        return part if str(part.id) == number else None

    async def _orders(self, wanted: Mapping[str, str], limit: int = MOST_OF_CUSTOMER) -> tuple[OrderPart, ...]:
        """The newest orders that are so; those whose customer left at the payment page are none."""
        params = {**wanted, "sort": "date_created:desc", "limit": str(limit), **_WRITTEN_OUT}
        rows = _rows(OrderPart, await self._client.get("/v2/orders", params))
        return tuple(one for one in rows if one.status_id != 0)

    async def _of_customer(self, rows: Iterable[OrderPart]) -> tuple[Order, ...]:
        return await self._complete(_newest({one.id: one for one in rows}.values())[:MOST_OF_CUSTOMER])

    async def _customers(self, phone: str) -> CustomersPart:
        answer = await self._client.get("/v3/customers", {"phone:in": phone, "limit": "50"})
        return read(CustomersPart, answer.body or {}, SYSTEM)

    async def _complete(self, parts: Sequence[OrderPart], cards: bool = True) -> tuple[Order, ...]:
        """The orders with what is kept apart from them: parcels, refunds and, with ``cards``, payments."""
        refunds, details = await asyncio.gather(
            self._refunds([one.id for one in parts]), asyncio.gather(*(self._details(one, cards) for one in parts))
        )
        return tuple(
            order(part, contents, shipments, refunds[part.id], transactions, self._shop.country)
            for part, (contents, shipments, transactions) in zip(parts, details, strict=True)
        )

    async def _details(
        self, part: OrderPart, cards: bool
    ) -> tuple[Contents, tuple[ShipmentPart, ...], tuple[TransactionPart, ...]]:
        async with self._turns:
            contents = await self._contents(part)
            shipments, transactions = await asyncio.gather(
                self._shipments(part, contents), self._transactions(part, cards)
            )
        return contents, shipments, transactions

    async def _contents(self, part: OrderPart) -> Contents:
        if part.consignments is not None:
            return Contents(part.consignments.lines, part.consignments.shipping, part.consignments.pickups)
        # The description demands a Content-Type although nothing is sent.
        headers = {"Content-Type": "application/json"}
        lines, shipping = await asyncio.gather(
            self._client.get(f"/v2/orders/{part.id}/products", _ALL, headers=headers),
            self._client.get(f"/v2/orders/{part.id}/shipping_addresses", _ALL),
        )
        return Contents(_rows(LinePart, lines), _rows(ShippingAddressPart, shipping))

    async def _shipments(self, part: OrderPart, contents: Contents) -> tuple[ShipmentPart, ...]:
        if not may_have_parcels(part, contents.lines):
            return ()
        return _rows(ShipmentPart, await self._client.get(f"/v2/orders/{part.id}/shipments", _ALL))

    async def _transactions(self, part: OrderPart, wanted: bool) -> tuple[TransactionPart, ...]:
        """What was paid with; the order is worth telling without it, also where the token lacks the right."""
        if not wanted:
            return ()
        try:
            answer = await self._client.get(f"/v3/orders/{part.id}/transactions", expected=(403, 404))
        except SystemFailed:
            return ()  # the failure was logged where it happened
        if answer.status >= 300 or answer.body is None:
            return ()
        return read(TransactionsPart, answer.body, SYSTEM).data

    async def _refunds(self, ids: Sequence[int]) -> Mapping[int, list[RefundPart]]:
        """By order, oldest first."""
        found: dict[int, list[RefundPart]] = defaultdict(list)
        for start in range(0, len(ids), _REFUNDS_OF):
            wanted = ",".join(map(str, ids[start : start + _REFUNDS_OF]))
            answer = await self._client.get(
                "/v3/orders/payment_actions/refunds", {"order_id:in": wanted, "limit": str(LARGEST_PAGE)}
            )
            for refund in read(RefundsPart, answer.body or {}, SYSTEM).data:
                found[refund.order_id].append(refund)
        return found

    async def _perform(self, change: Change, key: str) -> Outcome:
        match change:
            case ChangeAddress() | CancelOrder():
                part = await self._by_number(plain(change.order))
            case _:
                return Outcome("unsupported")
        if part is None:
            return Outcome("refused", "no_such_order")
        contents, shipments, _ = await self._details(part, cards=False)
        now = order(part, contents, shipments, (), (), self._shop.country)
        if isinstance(change, CancelOrder) and key in self._doubtful and part.status_id == CANCELLED:
            return Outcome("done")
        if reason := refusal(Records.of((now,)), change, self._clock().astimezone(self._shop.zone)):
            return Outcome("refused", reason)
        if not status_known(part):
            return Outcome("refused", "not_allowed")
        try:
            if isinstance(change, CancelOrder):
                return await self._cancel(part, key)
            return await self._change_address(part, contents, now, change.address)
        except Rejected:
            return Outcome("refused", "not_allowed")

    async def _cancel(self, part: OrderPart, key: str) -> Outcome:
        body: dict[str, object] = {"status_id": CANCELLED}
        if part.payment_status not in _NOT_PAID:
            body["staff_notes"] = _with_note(part, "Cancelled for the customer by phone. Nothing was refunded.")
        self._doubtful.add(key)
        done = read(OrderPart, (await self._put(part, body)).body, SYSTEM)
        self._doubtful.discard(key)
        return Outcome("done") if done.status_id == CANCELLED else Outcome("refused", "not_allowed")

    async def _change_address(self, part: OrderPart, contents: Contents, now: Order, new: Address) -> Outcome:
        """Written over the only delivery address; another country would need other shipping and taxes."""
        if now.address is None or len(contents.shipping) != 1 or now.address.country != new.country:
            return Outcome("refused", "not_allowed")
        if same(now.address, new):
            return Outcome("done")
        if part.status_id == AWAITING_SHIPMENT:
            return Outcome("refused", "not_allowed")  # packed: the label has the old one
        path = f"/v2/orders/{part.id}/shipping_addresses/{contents.shipping[0].id}"
        await self._client.request("PUT", path, body=fields(new))
        return Outcome("done")

    async def _put(self, part: OrderPart, body: Mapping[str, object]) -> Answer:
        return await self._client.request("PUT", f"/v2/orders/{part.id}", body=dict(body))


_ALL = {"limit": str(LARGEST_PAGE)}
_REFUNDS_OF = 50
"""Orders in one request for refunds."""


def create(section: BigCommerce, shop: Shop, clock: Callable[[], datetime]) -> BigCommerceStore:
    """The store of these settings. Raises NotConfigured."""
    require(section, f"store.{SYSTEM}", "url", "store_hash", "token")
    client = WebClient(
        SYSTEM,
        f"{section.url.rstrip('/')}/stores/{section.store_hash}",
        Key("X-Auth-Token", section.token),
        rates=(RATE,),
    )
    return BigCommerceStore(client, section, shop, clock)


def _rows(model: type[_Row], answer: Answer) -> tuple[_Row, ...]:
    """A list of V2; one without rows is 204 without a body."""
    return read_each(model, [] if answer.body is None else answer.body, SYSTEM)


def _newest(rows: Iterable[OrderPart]) -> list[OrderPart]:
    """Ids are given in the order in which orders are placed."""
    return sorted(rows, key=lambda one: one.id, reverse=True)


def _with_note(part: OrderPart, text: str) -> str:
    return f"{part.staff_notes}\n{text}".strip()[-LONGEST_NOTES:]
