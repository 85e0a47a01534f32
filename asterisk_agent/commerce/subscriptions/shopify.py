"""Subscriptions as Shopify keeps them: subscription contracts and their billing cycles, GraphQL Admin API 2026-10.

An app sees only the contracts that it owns (scopes ``read_own_subscription_contracts`` and
``write_own_subscription_contracts``): those of a shop's own subscription app, not those of Recharge and the like.
A box comes with each billing; the next is the first cycle that is neither billed nor skipped. ``nextBillingDate`` is
only a note that apps keep, and counts where there are no cycles.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import structlog
from pydantic import AwareDatetime, Field

from asterisk_agent.commerce.changes import (
    Change,
    MoveSubscription,
    Outcome,
    PauseSubscription,
    SkipSubscription,
)
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import BadAnswer, SystemFailed
from asterisk_agent.commerce.models import Customer, Subscription
from asterisk_agent.commerce.once import Once
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.shop_records import Records
from asterisk_agent.commerce.stores.shopify_answers import EmailAddress, Nodes
from asterisk_agent.commerce.stores.shopify_api import ShopifyApi, UserError, connect
from asterisk_agent.commerce.stores.shopify_queries import (
    BILLING_CYCLES,
    CONTRACT,
    CONTRACTS,
    MOVE_CYCLE,
    PAUSE_CONTRACT,
    SKIP_CYCLE,
)
from asterisk_agent.commerce.web.answer import Part
from asterisk_agent.commerce.web.metrics import METRICS
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Shopify

log = structlog.get_logger(__name__)

MOST = 10
"""Contracts of a customer that are looked at, the newest."""

AHEAD = timedelta(days=400)
"""How far ahead the next billing cycle is looked for: yearly ones too."""

REMEMBERED = 1000
"""Changes whose billing cycle is remembered."""

_STATUSES = {
    "ACTIVE": "active",
    "PAUSED": "paused",
    "CANCELLED": "cancelled",
    "EXPIRED": "cancelled",
    "FAILED": "cancelled",
}
_DAYS = {"DAY": 1, "WEEK": 7}
"""Intervals that are a number of days; months and years are not."""

_CONTRACT_ID = re.compile(r"gid://shopify/SubscriptionContract/\d+")
_CUSTOMER_ID = re.compile(r"gid://shopify/Customer/\d+")


class _Id(Part):
    id: str


class _OrderName(Part):
    name: str


class _Policy(Part):
    interval: str
    count: int = Field(alias="intervalCount")


class _Line(Part):
    title: str
    variant: str | None = Field(None, alias="variantTitle")
    quantity: int = 1

    @property
    def words(self) -> str:
        """'2 x Coffee, Dark'."""
        name = f"{self.title}, {self.variant}" if self.variant and self.variant != "Default Title" else self.title
        return f"{self.quantity} x {name}" if self.quantity > 1 else name


class _Contract(Part):
    id: str
    status: str
    next: AwareDatetime | None = Field(None, alias="nextBillingDate")
    customer: _Id | None = None
    origin: _OrderName | None = Field(None, alias="originOrder")
    policy: _Policy | None = Field(None, alias="deliveryPolicy")
    lines: Nodes[_Line]

    @property
    def state(self) -> str:
        """'cancelled' for a status that nobody knows, which is counted: such a contract is not told."""
        known = _STATUSES.get(self.status)
        if known is None:
            METRICS.unknown_codes.labels("shopify").inc()
            log.warning("a status code is not known", system="shopify", code=self.status[:60])
        return known or "cancelled"


class _Account(Part):
    email: EmailAddress | None = Field(None, alias="defaultEmailAddress")
    contracts: Nodes[_Contract] = Field(alias="subscriptionContracts")


class _Accounts(Part):
    account: _Account | None = Field(None, alias="customerByIdentifier")


class _OneContract(Part):
    contract: _Contract | None = Field(None, alias="subscriptionContract")


class _Cycle(Part):
    index: int = Field(alias="cycleIndex")
    expected: AwareDatetime = Field(alias="billingAttemptExpectedDate")
    skipped: bool
    status: str

    @property
    def awaited(self) -> bool:
        return not self.skipped and self.status == "UNBILLED"


class _Cycles(Part):
    cycles: Nodes[_Cycle] = Field(alias="subscriptionBillingCycles")


class _Payload(Part):
    errors: tuple[UserError, ...] = Field(alias="userErrors")


class _Skip(Part):
    payload: _Payload | None = Field(alias="subscriptionBillingCycleSkip")


class _Move(Part):
    payload: _Payload | None = Field(alias="subscriptionBillingCycleScheduleEdit")


class _Pause(Part):
    payload: _Payload | None = Field(alias="subscriptionContractPause")


def create(section: Shopify, shop: Shop, clock: Callable[[], datetime]) -> ShopifySubscriptions:
    """The system of the settings, with the store's keys. Raises NotConfigured."""
    return ShopifySubscriptions(connect(section), shop, clock)


class ShopifySubscriptions:
    """The subscriptions protocol on Shopify's contracts."""

    def __init__(self, api: ShopifyApi, shop: Shop, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._shop = shop
        self._clock = clock
        self._once = Once()
        self._chosen: OrderedDict[str, int] = OrderedDict()

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return "shopify"

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's contracts that run or are paused, newest first."""
        if _CUSTOMER_ID.fullmatch(customer.id):
            who = {"id": customer.id}
        elif customer.email:
            who = {"emailAddress": customer.email}
        else:
            return ()
        account = (await self._api.ask(CONTRACTS, {"who": who, "first": MOST}, _Accounts)).account
        if account is None or ("emailAddress" in who and not _same(account.email, who["emailAddress"])):
            return ()
        contracts = [one for one in account.contracts.nodes if one.state != "cancelled"]
        cycles = await asyncio.gather(*(self._cycles(one) for one in contracts))
        return tuple(self._read(one, customer.id, await_) for one, await_ in zip(contracts, cycles, strict=True))

    @property
    def capabilities(self) -> frozenset[str]:
        """Shopify pauses without an end; a pause until a day is not among what it can do."""
        return frozenset({SkipSubscription.name, PauseSubscription.name, MoveSubscription.name})

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key."""
        match change:
            case PauseSubscription(until=until) if until is not None:
                return Outcome("unsupported")
            case SkipSubscription() | PauseSubscription() | MoveSubscription():
                return await self._once.make(key, lambda: self._perform(change, key))
            case _:
                return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """Credentials, and whether the app may see and change contracts of its own."""
        try:
            facts = await self._api.facts()
        except SystemFailed as error:
            return (Check("credentials", False, str(error)),)
        found = [Check("credentials", True, f"the shop {facts.name} answers")]
        for scope, missing in (
            ("read_customers", "needed to find a customer's contracts"),
            ("read_own_subscription_contracts", "needed to see contracts"),
            ("write_own_subscription_contracts", "needed to skip, move and pause"),
        ):
            granted = facts.may(scope)
            text = "granted" if granted else f"{missing}; grant it to the app in the Dev Dashboard"
            found.append(Check(scope, granted, text))
        owned = "only contracts that this app owns are seen; those of another subscription app need that app's system"
        return (*found, Check("contracts", None, owned))

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    async def _perform(self, change: SkipSubscription | PauseSubscription | MoveSubscription, key: str) -> Outcome:
        id_ = change.subscription
        told = await self._contract(id_) if _CONTRACT_ID.fullmatch(id_) else None
        if told is None or told.state == "cancelled":
            return Outcome("refused", "no_such_subscription")
        cycles = await self._cycles(told)
        current = self._read(told, told.customer.id if told.customer else "", cycles)
        known = next((one for one in cycles if one.index == self._chosen.get(key)), None)
        if isinstance(change, SkipSubscription) and known and known.skipped:
            return Outcome("done")  # what was asked before, without hearing the answer, was made
        if isinstance(change, MoveSubscription) and current.next_date == change.day:
            return Outcome("done")
        now = self._clock().astimezone(self._shop.zone)
        if reason := refusal(Records.of([], [current]), change, now):
            return Outcome("refused", reason)
        if isinstance(change, PauseSubscription):
            paused = await self._api.change(PAUSE_CONTRACT, {"contract": id_}, _Pause)
            return _outcome(change, paused.payload)
        cycle = _next(cycles)
        if cycle is None:
            return Outcome("refused", "no_next_box")
        self._choose(key, cycle.index)
        which = {"contract": id_, "index": cycle.index}
        if isinstance(change, SkipSubscription):
            return _outcome(change, (await self._api.change(SKIP_CYCLE, which, _Skip)).payload)
        at = self._at(change.day, cycle.expected)
        return _outcome(change, (await self._api.change(MOVE_CYCLE, {**which, "date": at}, _Move)).payload)

    async def _contract(self, id_: str) -> _Contract | None:
        return (await self._api.ask(CONTRACT, {"id": id_}, _OneContract)).contract

    async def _cycles(self, told: _Contract) -> tuple[_Cycle, ...]:
        """Billing cycles from today on, in order."""
        now = self._clock().astimezone(self._shop.zone)
        start = datetime.combine(now.date(), time(), self._shop.zone)
        span = {"contract": told.id, "from": start.isoformat(), "to": (start + AHEAD).isoformat()}
        found = (await self._api.ask(BILLING_CYCLES, span, _Cycles)).cycles.nodes
        return tuple(sorted(found, key=lambda one: one.expected))

    def _read(self, told: _Contract, customer_id: str, cycles: tuple[_Cycle, ...]) -> Subscription:
        cycle = _next(cycles)
        at = cycle.expected if cycle else None if cycles else told.next
        policy = told.policy
        return Subscription(
            id=told.id,
            customer_id=customer_id,
            next_date=at.astimezone(self._shop.zone).date() if at else None,
            contents=tuple(line.words for line in told.lines.nodes),
            status=told.state,
            interval_days=_DAYS[policy.interval] * policy.count if policy and policy.interval in _DAYS else None,
            skippable=cycle is not None,
            order=told.origin.name.removeprefix("#") if told.origin else None,
        )

    def _at(self, day: date, before: datetime) -> str:
        """That day at the time of day at which it was due, in the shop's zone."""
        return datetime.combine(day, before.astimezone(self._shop.zone).time(), self._shop.zone).isoformat()

    def _choose(self, key: str, index: int) -> None:
        self._chosen[key] = index
        while len(self._chosen) > REMEMBERED:
            self._chosen.popitem(last=False)


def _next(cycles: tuple[_Cycle, ...]) -> _Cycle | None:
    return next((one for one in cycles if one.awaited), None)


def _same(told: EmailAddress | None, wanted: str) -> bool:
    return told is not None and told.text.strip().casefold() == wanted.strip().casefold()


def _outcome(change: Change, payload: _Payload | None) -> Outcome:
    if payload is None:
        raise BadAnswer("shopify: a change was answered with nothing")
    if not payload.errors:
        return Outcome("done")
    codes = [error.code for error in payload.errors]
    log.warning("shopify refused a change", change=change.name, codes=codes)
    reason = "day_not_offered" if "OUT_OF_BOUNDS" in codes else "not_allowed"
    return Outcome("refused", reason)
