"""The only way to order data. Each tool works out the caller's level itself and returns what that level may know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from asterisk_agent.commerce.changes import Change, Outcome, idempotency_key
from asterisk_agent.commerce.lookup import Ambiguous, Found, Lookups, found_now
from asterisk_agent.commerce.models import (
    Address,
    Appointment,
    Item,
    Money,
    Order,
    OrderStatus,
    Refund,
    Return,
    Shipment,
    ShipmentStatus,
    Subscription,
)
from asterisk_agent.dialog import levels
from asterisk_agent.dialog.identity import Detail, Identity, plain_number

_OPEN = (
    OrderStatus.PENDING,
    OrderStatus.PROCESSING,
    OrderStatus.ON_HOLD,
    OrderStatus.PARTLY_SHIPPED,
    OrderStatus.SHIPPED,
)


@dataclass(frozen=True)
class Details:
    """Level 2: everything about the order except who the customer is and how they paid."""

    placed_at: datetime
    promised: date | None
    items: tuple[Item, ...]
    total: Money | None
    address: Address | None
    shipments: tuple[Shipment, ...]
    returns: tuple[Return, ...] = ()
    refunds: tuple[Refund, ...] = ()
    cancellable: bool | None = None
    return_window_days: int | None = None
    stock: dict[str, int] | None = None
    subscriptions: tuple[Subscription, ...] = ()
    appointment: Appointment | None = None

    def return_by(self, zone: tzinfo) -> date | None:
        """The last day of the return window; None while it is not delivered, or where the store gives no window."""
        delivered = max((one.delivered_at for one in self.shipments if one.delivered_at), default=None)
        if delivered is None or self.return_window_days is None:
            return None
        return delivered.astimezone(zone).date() + timedelta(days=self.return_window_days)

    def with_more(self, old: Details) -> Details:
        """These details with the subscriptions and the appointment of older ones."""
        return replace(self, subscriptions=old.subscriptions, appointment=old.appointment)


@dataclass(frozen=True)
class View:
    """One order as far as this caller may know it; ``level`` is at least 1, ``details`` is None below 2.

    ``as_of`` and ``live``: when this was known; not live means that the store could not be asked now.
    ``askable``: kinds of details that could still lift the level (not their values).
    """

    number: str
    number_given: bool
    level: int
    status: OrderStatus
    shipments: tuple[ShipmentStatus, ...]
    as_of: datetime
    live: bool
    askable: tuple[Detail, ...]
    details: Details | None
    vip: bool = field(default=False, repr=False)
    value: Decimal | None = field(default=None, repr=False)
    """For escalation alone, at any level: never spoken from here."""

    def with_details(self, details: Details) -> View:
        """The same view with other details."""
        return replace(self, details=details)


@dataclass(frozen=True)
class Checked:
    """The outcome of one detail compared with an order."""

    identity: Identity
    matched: bool
    was_locked: bool
    """Nothing was compared: too many attempts had failed before."""
    view: View | None
    """None: this caller may not even know that there is such an order."""


class LevelNeeded(Exception):
    """The caller has not shown enough of who they are for this; ``level`` says how much it takes."""

    def __init__(self, level: int) -> None:
        super().__init__(f"needs identity level {level}")
        self.level = level


class OrderTools:
    """Reads and changes of orders, gated. All raise LookupFailed when the store is down and nothing is known."""

    def __init__(
        self, lookup: Lookups, clock: Callable[[], datetime], call_id: str = "", needs: dict[str, int] | None = None
    ) -> None:
        """``needs``: identity levels of changes where the shop has its own."""
        self._lookup = lookup
        self._clock = clock
        self._call_id = call_id
        self._needs = needs or {}
        self._latest: Change | None = None
        self._turn = 0

    async def order(self, number: str, identity: Identity) -> View | None:
        """The order as ``identity`` may know it; None if there is none, or none that this caller may ask about."""
        found = await self._found(number, identity)
        if found.order is None:
            return None
        return seen_by(found.order, identity, found.as_of, found.live)

    async def check(self, number: str, identity: Identity, kind: Detail, value: str) -> Checked | None:
        """Compare a detail with the order that the caller gave; None if that order does not exist."""
        found = await self._found(number, identity)
        if found.order is None:
            return None
        after, matched = identity.present(found.order, kind, value)
        view = seen_by(found.order, after, found.as_of, found.live)
        return Checked(after, matched, identity.locked, view)

    async def _found(self, number: str, identity: Identity) -> Found:
        """The order with this number; of several, the one that was placed with the calling number."""
        try:
            return await self._lookup.order(number)
        except Ambiguous as error:
            mine = [order for order in error.orders if identity.is_callers(order)]
            if len(mine) != 1:
                raise
            return found_now(mine[0], self._clock())

    async def of_caller(self, identity: Identity, arrived: bool = False) -> View | None:
        """The one open order of the calling number, in level 1; None if there is none or more than one.

        ``arrived``: without an open one, the only order that there is will do.
        """
        if not identity.caller_phone:
            return None
        orders = await self._lookup.orders_by_phone(identity.caller_phone)
        open_orders = [order for order in orders if order.status in _OPEN and identity.is_callers(order)]
        if arrived and not open_orders:
            open_orders = [order for order in orders if identity.is_callers(order)]
        return self._now(open_orders[0], identity) if len(open_orders) == 1 else None

    async def newest_of_caller(self, identity: Identity) -> View | None:
        """The newest order of the calling, or called, number, in level 1."""
        orders = await self._lookup.orders_by_phone(identity.caller_phone) if identity.caller_phone else ()
        mine = [order for order in orders if identity.is_callers(order)]
        return self._now(mine[0], identity) if mine else None

    async def calling(self, identity: Identity) -> tuple[View, ...]:
        """All open orders of the calling number, in level 1."""
        if not identity.caller_phone:
            return ()
        orders = await self._lookup.orders_by_phone(identity.caller_phone)
        mine = (order for order in orders if order.status in _OPEN and identity.is_callers(order))
        return tuple(view for order in mine if (view := self._now(order, identity)))

    def _now(self, order: Order, identity: Identity) -> View | None:
        """An order that was just told among a customer's."""
        found = found_now(order, self._clock())
        return seen_by(order, identity, found.as_of, found.live)

    async def numbers_of(self, kind: Detail, value: str) -> tuple[str, ...]:
        """Numbers of the open orders, else of all, with this e-mail address or phone number: to be confirmed."""
        if kind not in ("email", "phone"):
            return ()
        find = self._lookup.orders_by_email if kind == "email" else self._lookup.orders_by_phone
        orders = await find(value)
        live = [order for order in orders if order.status in _OPEN]
        return tuple(plain_number(order.number) for order in live or orders)

    async def with_subscriptions(self, view: View, identity: Identity) -> View:
        """The view with its customer's subscriptions. Raises LevelNeeded."""
        details, order = await self._detailed(view, identity)
        found = await self._lookup.subscriptions(order.customer)
        return replace(view, details=replace(details, subscriptions=found))

    async def with_appointment(self, view: View, identity: Identity) -> View:
        """The view with its delivery appointment. Raises LevelNeeded."""
        details, _ = await self._detailed(view, identity)
        found = await self._lookup.appointment(view.number)
        return replace(view, details=replace(details, appointment=found))

    async def _detailed(self, view: View, identity: Identity) -> tuple[Details, Order]:
        found = await self._lookup.order(view.number)
        if found.order is None or identity.level(found.order) < levels.DETAILS or view.details is None:
            raise LevelNeeded(levels.DETAILS)
        return view.details, found.order

    def level_for(self, change: str) -> int:
        """The identity level that a change takes."""
        return levels.needed(change, self._needs)

    async def perform(self, number: str, change: Change, identity: Identity) -> Outcome:
        """Make a change to what belongs to order ``number``, once however often it is asked. Raises LevelNeeded."""
        needed = self.level_for(change.name)
        found = await self._lookup.order(number)
        if found.order is None or identity.level(found.order) < needed:
            raise LevelNeeded(needed)
        if not await self._belongs(change, found.order):
            return Outcome("refused", "no_such_order")
        if change.name not in self._lookup.capabilities:
            return Outcome("unsupported")
        if change != self._latest:
            # 'Move it back' after 'move it' is a change of its own; the same again is not.
            self._latest, self._turn = change, self._turn + 1
        return await self._lookup.perform(change, idempotency_key(self._call_id, change, self._turn))

    async def _belongs(self, change: Change, order: Order) -> bool:
        """Whether what is to be changed is part of the order that the caller was checked for."""
        if (number := getattr(change, "order", None)) is not None and plain_number(number) != plain_number(
            order.number
        ):
            return False
        if (tracking := getattr(change, "tracking", None)) is not None:
            return tracking in {shipment.tracking or "" for shipment in order.shipments}
        if (one := getattr(change, "subscription", None)) is not None:
            return one in {known.id for known in await self._lookup.subscriptions(order.customer)}
        return True

    async def exists(self, number: str) -> bool:
        """Whether there is such an order: tells a mis-heard number from a real one, like asking its status would."""
        return (await self._lookup.order(number)).order is not None

    async def prefetch(self, number: str) -> None:
        """Have the look-up ready for the order; tells nothing."""
        await self._lookup.order(number)


def seen_by(order: Order, identity: Identity, as_of: datetime, live: bool) -> View | None:
    """The order as this caller may know it, None if they may not even know that there is one."""
    level = identity.level(order)
    if level < 1:
        return None
    details = Details(
        order.placed_at,
        order.promised,
        order.items,
        order.total,
        order.address,
        order.shipments,
        order.returns,
        order.refunds,
        order.cancellable,
        order.return_window_days,
        order.stock,
    )
    return View(
        number=plain_number(order.number),
        number_given=identity.order == plain_number(order.number),
        level=level,
        status=order.status,
        shipments=tuple(shipment.status for shipment in order.shipments),
        as_of=as_of,
        live=live,
        askable=() if identity.locked else identity.unchecked(order),
        details=details if level >= levels.DETAILS else None,
        vip=order.customer.vip,
        value=order.total.amount if order.total else None,
    )
