"""A shop whose records are handed over as models and kept in memory: for evaluations and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from asterisk_agent.commerce import applying
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.shop_records import Records


class MemoryStore:
    """The store protocol on models. ``performed`` lists the changes that were done, in order."""

    def __init__(
        self,
        orders: Iterable[Order],
        subscriptions: Iterable[Subscription] = (),
        appointments: Iterable[Appointment] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``clock`` returns aware datetimes in the shop's time zone: its days decide what is past."""
        self.records = Records.of(orders, subscriptions, appointments)
        self.performed: list[Change] = []
        self._clock = clock
        self._outcomes: dict[str, Outcome] = {}

    @property
    def name(self) -> str:
        """The system's key."""
        return "memory"

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number (upper case, no separators), or None."""
        return self.records.orders.get(number.upper())

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""
        return self.records.orders_by_phone(phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address (any case), newest first."""
        return self.records.orders_by_email(email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions that are not cancelled."""
        return self.records.subscriptions_of(customer.id)

    async def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of this order, or what can be booked for it."""
        return self.records.appointment(number)

    @property
    def capabilities(self) -> frozenset[str]:
        """All changes."""
        return applying.NAMES

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key."""
        if key not in self._outcomes:
            self.records, self._outcomes[key] = applying.apply(self.records, change, self._clock())
            if self._outcomes[key].status == "done":
                self.performed.append(change)
        return self._outcomes[key]

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest orders that are on their way."""
        return self.records.open_orders(most)

    async def note(self, number: str, text: str) -> bool:
        """There is no place for notes."""
        return False

    async def check(self) -> tuple[Check, ...]:
        """Nothing can be wrong."""
        return (Check("store", True, f"{len(self.records.orders)} orders in memory"),)

    async def close(self) -> None:
        """Nothing to release."""
