"""Recharge, API 2021-11: a customer's subscriptions, found by e-mail, and their next boxes.

Paths, queries, bodies and scopes: developer.rechargepayments.com/2021-11 as the client library recharge-api 2.0.8 has
it (ChemicalLuck/recharge-api-python); ``purchase_item_ids`` of a skip and ``set_next_charge_date`` as users of 2021-11
send them. Limit: docs.getrecharge.com, 'API rate limits', a bucket of 40 that leaks 2 a second. Likely, not seen: the
form of the answer of /token_information. A box is a queued charge with the subscription among its lines; charges of
several subscriptions on one day are one. Boxes that were paid ahead have no charge, and no day is told of them. The
API has no pause: subscriptions are active, cancelled or expired.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

import structlog

from asterisk_agent.commerce.changes import Change, MoveSubscription, Outcome, SkipSubscription
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import BadAnswer, Rejected, SystemFailed
from asterisk_agent.commerce.models import Customer, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import Records
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Recharge as Settings

log = structlog.get_logger(__name__)

SYSTEM = "recharge"

VERSION = "2021-11"

RATES = (Rate(40, 20.0),)

MOST = 250
"""Rows in one answer, the most that there can be; no customer has more."""

REMEMBERED = 1000
"""Changes whose charge is remembered."""

_DAYS = {"day": 1, "week": 7}
"""Intervals that are a number of days; months are not."""

_READ = {
    "customers": "needed to find a customer",
    "subscriptions": "needed to see subscriptions",
    "charges": "needed to see when the next box comes",
}
_WRITE = {"write_subscriptions": "needed to move a box", "write_orders": "needed to skip a box"}

_NO_PAUSE = Check("pause_subscription", None, "Recharge's API cannot pause: callers can skip or move the next box")

_Row = TypeVar("_Row", bound=Part)


class _Customer(Part):
    id: int
    email: str | None = None


class _Customers(Part):
    customers: tuple[_Customer, ...]


class _Subscription(Part):
    id: int
    customer_id: int
    status: str
    product_title: str | None = None
    variant_title: str | None = None
    quantity: int = 1
    next_charge_scheduled_at: str | None = None
    order_interval_frequency: int | None = None
    order_interval_unit: str | None = None
    is_skippable: bool | None = None
    is_prepaid: bool | None = None

    @property
    def active(self) -> bool:
        return self.status.lower() == "active"

    @property
    def words(self) -> tuple[str, ...]:
        """'2 x Coffee, Dark'."""
        name = ", ".join(part for part in (self.product_title, self.variant_title) if part and part != "Default Title")
        return ((f"{self.quantity} x {name}" if self.quantity > 1 else name),) if name else ()


class _Subscriptions(Part):
    subscriptions: tuple[_Subscription, ...]


class _OneSubscription(Part):
    subscription: _Subscription


class _Line(Part):
    purchase_item_id: int | None = None


class _Charge(Part):
    id: int
    status: str
    scheduled_at: str | None = None
    line_items: tuple[_Line, ...] = ()

    def holds(self, subscription: int) -> bool:
        return any(line.purchase_item_id == subscription for line in self.line_items)

    @property
    def queued(self) -> bool:
        return self.status.lower() == "queued"


class _Charges(Part):
    charges: tuple[_Charge, ...]


class _OneCharge(Part):
    charge: _Charge


class _Token(Part):
    scopes: tuple[str, ...]


class _TokenInformation(Part):
    token_information: _Token


def create(section: Settings, shop: Shop, clock: Callable[[], datetime]) -> Recharge:
    """The system of the settings. Raises NotConfigured."""
    require(section, "subscriptions.recharge", "url", "token")
    return Recharge(section, shop, clock)


class Recharge:
    """The subscriptions protocol on Recharge."""

    def __init__(self, section: Settings, shop: Shop, clock: Callable[[], datetime]) -> None:
        auth = Key("X-Recharge-Access-Token", section.token)
        self._web = WebClient(SYSTEM, section.url, auth, headers={"X-Recharge-Version": VERSION}, rates=RATES)
        self._shop = shop
        self._clock = clock
        self._once = Once()
        self._chosen: OrderedDict[str, int] = OrderedDict()

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions that are active; () for one without an e-mail address."""
        email = (customer.email or "").strip()
        if not email:
            return ()
        found = (await self._read(_Customers, "/customers", email=email, limit=MOST)).customers
        mine = [one for one in found if (one.email or "").strip().casefold() == email.casefold()]
        told = await asyncio.gather(*(self._of(one.id, customer.id) for one in mine))
        return tuple(one for rows in told for one in rows)

    @property
    def capabilities(self) -> frozenset[str]:
        """It has no pause."""
        return frozenset({SkipSubscription.name, MoveSubscription.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key."""
        match change:
            case SkipSubscription() | MoveSubscription():
                return await self._once.make(key, lambda: self._perform(change, key))
            case _:
                return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """What the token may read and change."""
        readable = await asyncio.gather(*(self._readable(path, why) for path, why in _READ.items()))
        try:
            scopes = (await self._read(_TokenInformation, "/token_information")).token_information.scopes
        except SystemFailed as error:
            unseen = tuple(Check(scope, None, f"not known: {error}; {why}") for scope, why in _WRITE.items())
            return (*readable, *unseen, _NO_PAUSE)
        writable = (
            Check(scope, scope in scopes, "granted" if scope in scopes else f"{why}; grant it to the API token")
            for scope, why in _WRITE.items()
        )
        return (*readable, *writable, _NO_PAUSE)

    async def close(self) -> None:
        """Release connections."""
        await self._web.close()

    async def _of(self, id_: int, customer_id: str) -> list[Subscription]:
        """Of Recharge's customer ``id_``, under the customer id of whoever asks."""
        told, charges = await asyncio.gather(
            self._read(_Subscriptions, "/subscriptions", customer_id=id_, status="active", limit=MOST),
            self._queued(id_),
        )
        mine = [one for one in told.subscriptions if one.active and one.customer_id == id_]
        return [_read_one(one, customer_id, charges) for one in mine]

    async def _queued(self, customer_id: int) -> tuple[_Charge, ...]:
        """Charges that are to come, in order."""
        query: dict[str, str | int] = {"customer_id": customer_id, "status": "queued", "sort_by": "scheduled_at-asc"}
        found = (await self._read(_Charges, "/charges", **query, limit=MOST)).charges
        return tuple(sorted((one for one in found if one.queued and one.scheduled_at), key=_scheduled))

    async def _perform(self, change: SkipSubscription | MoveSubscription, key: str) -> Outcome:
        told = await self._subscription(change.subscription)
        if told is None or not told.active:
            return Outcome("refused", "no_such_subscription")
        if key in self._chosen and isinstance(change, SkipSubscription):
            return await self._skip_again(told, self._chosen[key])
        if told.is_prepaid:
            return Outcome("refused", "not_skippable" if isinstance(change, SkipSubscription) else "not_allowed")
        charges = await self._queued(told.customer_id)
        current = _read_one(told, "", charges)
        if isinstance(change, MoveSubscription) and current.next_date == change.day:
            return Outcome("done")
        now = self._clock().astimezone(self._shop.zone)
        if reason := refusal(Records.of([], [current]), change, now):
            return Outcome("refused", reason)
        if isinstance(change, MoveSubscription):
            path = f"/subscriptions/{told.id}/set_next_charge_date"
            return await self._changed(change, path, {"date": change.day.isoformat()})
        charge = _next(told.id, charges)
        if charge is None:
            return Outcome("refused", "no_next_box")
        self._choose(key, charge.id)
        return await self._skipped(charge.id, told.id)

    async def _skip_again(self, told: _Subscription, charge_id: int) -> Outcome:
        """After a skip whose answer was not heard: the same box, never the one after it."""
        charge = (await self._read(_OneCharge, f"/charges/{charge_id}")).charge
        if charge.queued and charge.holds(told.id):
            return await self._skipped(charge_id, told.id)
        made = charge.queued or charge.status.lower() == "skipped"
        return Outcome("done") if made else Outcome("refused", "no_next_box")

    async def _skipped(self, charge_id: int, subscription: int) -> Outcome:
        body = {"purchase_item_ids": [subscription]}
        return await self._changed(SkipSubscription(str(subscription)), f"/charges/{charge_id}/skip", body)

    async def _changed(self, change: SkipSubscription | MoveSubscription, path: str, body: object) -> Outcome:
        try:
            await self._web.post(path, body)
        except Rejected as error:
            log.warning("recharge refused a change", change=change.name, status=error.status)
            return Outcome("refused", "not_allowed")
        return Outcome("done")

    async def _subscription(self, id_: str) -> _Subscription | None:
        if not id_.isascii() or not id_.isdigit():
            return None
        answer = await self._web.get(f"/subscriptions/{id_}", expected=(404,))
        return None if answer.status == 404 else read(_OneSubscription, answer.body, SYSTEM).subscription

    async def _readable(self, path: str, why: str) -> Check:
        try:
            await self._web.get(f"/{path}", {"limit": 1})
        except SystemFailed as error:
            return Check(path, False, f"{error}; {why}")
        return Check(path, True, "can be read")

    async def _read(self, model: type[_Row], path: str, **params: str | int) -> _Row:
        return read(model, (await self._web.get(path, params)).body, SYSTEM)

    def _choose(self, key: str, charge_id: int) -> None:
        self._chosen[key] = charge_id
        while len(self._chosen) > REMEMBERED:
            self._chosen.popitem(last=False)


def _read_one(told: _Subscription, customer_id: str, charges: Sequence[_Charge]) -> Subscription:
    charge = None if told.is_prepaid else _next(told.id, charges)
    text = charge.scheduled_at if charge else None if told.is_prepaid else told.next_charge_scheduled_at
    per = _DAYS.get((told.order_interval_unit or "").lower())
    return Subscription(
        id=str(told.id),
        customer_id=customer_id,
        next_date=_day(text) if text else None,
        contents=told.words,
        interval_days=per * told.order_interval_frequency if per and told.order_interval_frequency else None,
        skippable=charge is not None and told.is_skippable is not False,
    )


def _next(subscription: int, charges: Sequence[_Charge]) -> _Charge | None:
    return next((one for one in charges if one.holds(subscription)), None)


def _scheduled(charge: _Charge) -> date:
    return _day(charge.scheduled_at or "")


def _day(text: str) -> date:
    """Recharge schedules days; a time behind one is midnight and says nothing."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BadAnswer(f"{SYSTEM}: a charge's day is not in ISO 8601 form") from None
