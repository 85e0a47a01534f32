"""The only way to order data. Each tool works out the caller's level itself and returns what that level may know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from asterisk_agent.commerce.lookup import Lookups
from asterisk_agent.commerce.models import Address, Item, Money, Order, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.dialog.identity import Detail, Identity, on_file, plain_number

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


@dataclass(frozen=True)
class View:
    """One order as far as this caller may know it; ``level`` is at least 1, ``details`` is None below 2.

    ``as_of`` and ``live``: when this was known; not live means that the store could not be asked now.
    ``askable``: kinds of details that could lift the level (not their values).
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


@dataclass(frozen=True)
class Checked:
    """The outcome of one detail compared with an order."""

    identity: Identity
    matched: bool
    was_locked: bool
    """Nothing was compared: too many attempts had failed before."""
    view: View


class OrderTools:
    """Reads of orders, gated. All methods raise LookupFailed when the store is down and nothing is known."""

    def __init__(self, lookup: Lookups, clock: Callable[[], datetime]) -> None:
        self._lookup = lookup
        self._clock = clock

    async def order(self, number: str, identity: Identity) -> View | None:
        """The order as ``identity`` may know it; None if there is none, or none that this caller may ask about."""
        found = await self._lookup.order(number)
        if found.order is None:
            return None
        return _view(found.order, identity, found.as_of, found.live)

    async def check(self, number: str, identity: Identity, kind: Detail, value: str) -> Checked | None:
        """Compare a detail with the order that the caller gave; None if that order does not exist."""
        found = await self._lookup.order(number)
        if found.order is None:
            return None
        after, matched = identity.present(found.order, kind, value)
        view = _view(found.order, after, found.as_of, found.live)
        return Checked(after, matched, identity.locked, view) if view else None

    async def of_caller(self, identity: Identity) -> View | None:
        """The one open order of the calling number, in level 1; None if there is none or more than one."""
        if not identity.caller_phone:
            return None
        orders = await self._lookup.orders_by_phone(identity.caller_phone)
        open_orders = [order for order in orders if order.status in _OPEN and identity.is_callers(order)]
        return _view(open_orders[0], identity, self._clock(), True) if len(open_orders) == 1 else None

    async def exists(self, number: str) -> bool:
        """Whether there is such an order: tells a mis-heard number from a real one, like asking its status would."""
        return (await self._lookup.order(number)).order is not None

    async def prefetch(self, number: str) -> None:
        """Have the look-up ready for the order; tells nothing."""
        await self._lookup.order(number)


def _view(order: Order, identity: Identity, as_of: datetime, live: bool) -> View | None:
    level = identity.level(order)
    if level < 1:
        return None
    details = Details(order.placed_at, order.promised, order.items, order.total, order.address, order.shipments)
    return View(
        number=plain_number(order.number),
        number_given=identity.order == plain_number(order.number),
        level=level,
        status=order.status,
        shipments=tuple(shipment.status for shipment in order.shipments),
        as_of=as_of,
        live=live,
        askable=() if identity.locked else on_file(order),
        details=details if level >= 2 else None,
    )
