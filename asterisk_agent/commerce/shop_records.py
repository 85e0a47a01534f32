"""A shop's records as one value: what the stores that keep their own data look up in and change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from asterisk_agent.commerce.models import Appointment, Order, OrderStatus, Subscription


def plain(number: str) -> str:
    """A number as orders are kept by: upper-case letters and digits."""
    return "".join(char for char in number.upper() if char.isascii() and char.isalnum())


ON_THE_WAY = frozenset({OrderStatus.PROCESSING, OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED})
"""Of orders whose parcels callers are likely to ask about."""


@dataclass(frozen=True)
class Records:
    """Never changed, only replaced. ``orders`` by ``Order.key``, appointments by their order's key.

    ``warranties``: keys of the orders whose items are registered.
    """

    orders: Mapping[str, Order] = field(default_factory=dict)
    subscriptions: tuple[Subscription, ...] = ()
    appointments: Mapping[str, Appointment] = field(default_factory=dict)
    warranties: frozenset[str] = frozenset()

    @staticmethod
    def of(
        orders: Iterable[Order],
        subscriptions: Iterable[Subscription] = (),
        appointments: Iterable[Appointment] = (),
    ) -> Records:
        """Records that hold these."""
        return Records(
            {order.key: order for order in orders},
            tuple(subscriptions),
            {plain(one.order): one for one in appointments},
        )

    def order(self, number: str) -> Order | None:
        """The order with this number, however it is written."""
        return self.orders.get(plain(number))

    def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""
        return _newest(order for order in self.orders.values() if phone and order.customer.phone == phone)

    def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address (any case), newest first."""
        wanted = email.strip().casefold()
        return _newest(
            order for order in self.orders.values() if wanted and (order.customer.email or "").casefold() == wanted
        )

    def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest orders that are on their way to customers."""
        return _newest(order for order in self.orders.values() if order.status in ON_THE_WAY)[:most]

    def subscriptions_of(self, customer_id: str) -> tuple[Subscription, ...]:
        """The customer's subscriptions that are not cancelled."""
        return tuple(one for one in self.subscriptions if one.customer_id == customer_id and one.status != "cancelled")

    def subscription(self, id_: str) -> Subscription | None:
        """The subscription with this id, unless it is cancelled."""
        return next((one for one in self.subscriptions if one.id == id_ and one.status != "cancelled"), None)

    def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of this order, or what can be booked for it."""
        return self.appointments.get(plain(number))

    def with_order(self, order: Order) -> Records:
        """With a new or changed order."""
        return replace(self, orders={**self.orders, order.key: order})

    def with_subscription(self, changed: Subscription) -> Records:
        """With a changed subscription."""
        return replace(
            self, subscriptions=tuple(changed if one.id == changed.id else one for one in self.subscriptions)
        )

    def with_appointment(self, changed: Appointment) -> Records:
        """With a new or changed appointment."""
        return replace(self, appointments={**self.appointments, plain(changed.order): changed})

    def without_appointment(self, number: str) -> Records:
        """With nothing booked or to be booked for this order."""
        kept = {key: one for key, one in self.appointments.items() if key != plain(number)}
        return replace(self, appointments=kept)


def _newest(orders: Iterable[Order]) -> tuple[Order, ...]:
    return tuple(sorted(orders, key=lambda order: order.placed_at, reverse=True))
