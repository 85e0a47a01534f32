"""WooCommerce Subscriptions, REST API v3: a paid extension of WooCommerce with the same keys.

A box comes with each payment; the next with ``next_payment_date_gmt``. To skip a box is to move the next payment by one
period, as the shop's staff would. A pause is the state 'on-hold' and has no end. Facts:
woocommerce.github.io/subscriptions-rest-api-docs, and how the extension's ``WC_Subscription`` keeps its dates.
"""

from __future__ import annotations

import asyncio
import calendar
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from asterisk_agent.commerce.changes import (
    Change,
    MoveSubscription,
    Outcome,
    PauseSubscription,
    SkipSubscription,
)
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Rejected, SystemFailed
from asterisk_agent.commerce.models import Customer, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.phone import same_phone
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.shop_records import Records
from asterisk_agent.commerce.stores.woocommerce_api import SYSTEM, connect, one, rows
from asterisk_agent.commerce.stores.woocommerce_parts import AddressPart, CustomerPart, LinePart, Text
from asterisk_agent.commerce.stores.woocommerce_reading import words
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.web.client import WebClient
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import WooCommerce

MOST = 20
"""Subscriptions of a customer that are looked at, the newest."""

REMEMBERED = 1000
"""Changes whose wanted date is remembered."""

SOONEST = timedelta(hours=2)
"""WooCommerce Subscriptions schedules no payment that is closer than this."""

_ID = re.compile(r"[1-9][0-9]{0,17}")
_STATES = {"active": "active", "on-hold": "paused"}
"""Others have ended, will end with what is paid ('pending-cancel'), or have not begun ('pending')."""

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}

_DATES_ELSEWHERE = frozenset({"paypal"})
"""Payment methods that charge by a calendar of their own (PayPal Standard): a date changed here changes nothing."""


class SubscriptionPart(Part):
    """A subscription: an order with a schedule. ``*_gmt``: UTC without a Z, '' where there is none."""

    id: int
    status: str
    customer_id: int = 0
    payment_method: Text = ""
    billing: AddressPart = AddressPart()
    line_items: tuple[LinePart, ...] = ()
    billing_period: Text = ""
    billing_interval: int = 1
    start_date_gmt: Text = ""
    next_payment_date_gmt: Text = ""
    end_date_gmt: Text = ""

    @property
    def next(self) -> datetime | None:
        """The next payment. On hold it is only a remainder of before."""
        return moment(self.next_payment_date_gmt) if self.next_payment_date_gmt and self.status == "active" else None


FIELDS = ",".join(SubscriptionPart.model_fields)


def create(section: WooCommerce, shop: Shop, clock: Callable[[], datetime]) -> WooCommerceSubscriptions:
    """The system of the settings, with the store's keys. Raises NotConfigured."""
    return WooCommerceSubscriptions(connect(section), shop, clock)


class WooCommerceSubscriptions:
    """The subscriptions protocol on WooCommerce Subscriptions."""

    def __init__(self, client: WebClient, shop: Shop, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._shop = shop
        self._clock = clock
        self._once = Once()
        self._wanted: OrderedDict[str, str] = OrderedDict()
        """By key: the next payment that was asked for, or the state."""

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions that run or are paused, newest first.

        Ids of customers are small numbers, which another store may have given to somebody else: e-mail address or
        phone must be the same too.
        """
        ids = await self._ids(customer)
        lists = await asyncio.gather(*(self._of(id_) for id_ in ids))
        return tuple(
            self._read(row, customer.id)
            for found in lists
            for row in found
            if row.status in _STATES and row.customer_id in ids and self._is_of(row, customer)
        )

    @property
    def capabilities(self) -> frozenset[str]:
        """A pause until a day is not among what WooCommerce Subscriptions can do."""
        return frozenset({SkipSubscription.name, PauseSubscription.name, MoveSubscription.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key, after a look at the subscription. Raises SystemFailed."""
        match change:
            case PauseSubscription(until=until) if until is not None:
                return Outcome("unsupported")
            case SkipSubscription() | PauseSubscription() | MoveSubscription():
                return await self._once.make(key, lambda: self._perform(change, key))
            case _:
                return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """Whether the extension is there and the key may see it."""
        try:
            await rows(self._client, SubscriptionPart, "/subscriptions", {"per_page": "1", "_fields": FIELDS})
        except Rejected:
            text = (
                "the site has no WooCommerce Subscriptions: activate the extension, or leave subscriptions.system empty"
            )
            return (Check("subscriptions", False, text),)
        except SystemFailed as error:
            return (Check("subscriptions", False, str(error)),)
        return (
            Check("subscriptions", True, "found by customer account or its e-mail address"),
            Check(
                "changes",
                None,
                "skip, move and pause without an end; needs a key that may write. Where PayPal Standard keeps the"
                " calendar, dates are not changed",
            ),
        )

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _ids(self, customer: Customer) -> frozenset[int]:
        """Accounts: the one that ordered; for a guest, the one with the same e-mail address."""
        if _ID.fullmatch(customer.id):
            return frozenset({int(customer.id)})
        email = (customer.email or "").strip()
        if "@" not in email:
            return frozenset()
        wanted = {"email": email, "role": "all", "_fields": "id,email"}
        try:
            found = await rows(self._client, CustomerPart, "/customers", wanted)
        except Rejected:
            return frozenset()  # 400: WooCommerce does not take it for an address
        return frozenset(row.id for row in found if row.email.casefold() == email.casefold())

    async def _of(self, customer_id: int) -> tuple[SubscriptionPart, ...]:
        wanted = {"customer": str(customer_id), "per_page": str(MOST), "_fields": FIELDS}
        return await rows(
            self._client, SubscriptionPart, "/subscriptions", wanted | {"orderby": "date", "order": "desc"}
        )

    def _is_of(self, row: SubscriptionPart, customer: Customer) -> bool:
        if not _ID.fullmatch(customer.id):
            return True  # the account has the customer's e-mail address
        email = (customer.email or "").strip().casefold()
        country = row.billing.country or self._shop.country
        same = bool(email) and row.billing.email.strip().casefold() == email
        return same or bool(customer.phone and same_phone(row.billing.phone, customer.phone, country))

    async def _perform(self, change: SkipSubscription | PauseSubscription | MoveSubscription, key: str) -> Outcome:
        told = await self._one(change.subscription)
        if told is None or told.status not in _STATES:
            return Outcome("refused", "no_such_subscription")
        if self._wanted.get(key) in (told.next_payment_date_gmt, told.status):
            return Outcome("done")  # what was asked before, without hearing the answer, was made
        current = self._read(told, str(told.customer_id))
        if isinstance(change, MoveSubscription) and current.next_date == change.day:
            return Outcome("done")
        if reason := refusal(Records.of([], [current]), change, self._clock().astimezone(self._shop.zone)):
            return Outcome("refused", reason)
        if isinstance(change, PauseSubscription):
            return await self._put(told, key, "status", "on-hold", {"status": "on-hold"})
        at = self._skipped(told) if isinstance(change, SkipSubscription) else self._on(told, change.day)
        if at is None or not self._movable(told, at):
            refused = "not_skippable" if isinstance(change, SkipSubscription) else "day_not_offered"
            return Outcome("refused", refused)
        return await self._put(told, key, "next_payment_date_gmt", _written(at, "T"), _dates(told, at))

    async def _one(self, id_: str) -> SubscriptionPart | None:
        if not _ID.fullmatch(id_):
            return None
        found = await one(self._client, SubscriptionPart, f"/subscriptions/{id_}", {"_fields": FIELDS})
        return found if found is not None and str(found.id) == id_ else None

    async def _put(self, told: SubscriptionPart, key: str, field: str, wanted: str, body: object) -> Outcome:
        self._wanted[key] = wanted
        while len(self._wanted) > REMEMBERED:
            self._wanted.popitem(last=False)
        try:
            answer = await self._client.request("PUT", f"/subscriptions/{told.id}", {"_fields": FIELDS}, body=body)
        except Rejected:
            return Outcome("refused", "not_allowed")
        done = read(SubscriptionPart, answer.body, SYSTEM)
        return Outcome("done") if getattr(done, field) == wanted else Outcome("refused", "not_allowed")

    def _read(self, told: SubscriptionPart, customer_id: str) -> Subscription:
        due = told.next.astimezone(self._shop.zone).date() if told.next else None
        skipped = self._skipped(told)
        days = _DAYS.get(told.billing_period)
        return Subscription(
            id=str(told.id),
            customer_id=customer_id,
            next_date=due,
            contents=tuple(_said(line) for line in told.line_items if line.quantity > 0),
            status=_STATES.get(told.status, "cancelled"),
            interval_days=days * told.billing_interval if days else None,
            skippable=skipped is not None and self._movable(told, skipped),
        )

    def _skipped(self, told: SubscriptionPart) -> datetime | None:
        """The payment after the next, at the same time of day; None where there is none to skip."""
        if told.next is None:
            return None
        day = told.next.astimezone(self._shop.zone).date()
        later = _later(day, told.billing_period, told.billing_interval)
        return self._on(told, later) if later else None

    def _on(self, told: SubscriptionPart, day: date) -> datetime | None:
        """That day at the time of day at which the next payment was due, in the shop's zone."""
        if told.next is None:
            return None
        due = told.next.astimezone(self._shop.zone)
        return datetime.combine(day, due.time(), self._shop.zone).astimezone(UTC)

    def _movable(self, told: SubscriptionPart, at: datetime) -> bool:
        """Whether a payment can be then; WooCommerce Subscriptions itself looks only at the order of the dates."""
        before_end = not told.end_date_gmt or at < moment(told.end_date_gmt)
        return told.payment_method not in _DATES_ELSEWHERE and before_end and at >= self._clock() + SOONEST


def _dates(told: SubscriptionPart, at: datetime) -> dict[str, str]:
    """With the start as it is: some releases put it to now when it is left out (subscriptions-core, issue 542)."""
    start = {"start_date": _written(moment(told.start_date_gmt), " ")} if told.start_date_gmt else {}
    return start | {"next_payment_date": _written(at, " ")}


def _written(at: datetime, between: str) -> str:
    return at.astimezone(UTC).strftime(f"%Y-%m-%d{between}%H:%M:%S")


def _said(line: LinePart) -> str:
    """'2 x Coffee'."""
    return f"{line.quantity.normalize():f} x {words(line)}" if line.quantity > 1 else words(line)


def _later(day: date, period: str, interval: int) -> date | None:
    """One period later. The last day of a month stays the last, as WooCommerce Subscriptions counts."""
    if interval < 1:
        return None
    if period in _DAYS:
        return day + timedelta(days=_DAYS[period] * interval)
    if period not in _MONTHS:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + _MONTHS[period] * interval, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if was_last else min(day.day, last))
