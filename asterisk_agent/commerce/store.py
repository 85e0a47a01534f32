"""The protocol that every store system answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription


class StoreError(SystemFailed):
    """The shop's own data cannot be used. The message is for the operator, never for the caller."""


class AmbiguousNumber(SystemFailed):
    """Orders of several stores have this number. ``orders``: all of them."""

    kind = "ambiguous"

    def __init__(self, orders: Sequence[Order]) -> None:
        stores = ", ".join(order.store or "?" for order in orders)
        super().__init__(f"the number is that of several orders ({stores}); give one of the stores another numbering")
        self.orders = tuple(orders)


class Store(Protocol):
    """One shop's orders. All methods raise SystemFailed when the system fails; absence is not a failure."""

    @property
    def name(self) -> str:
        """The system's key in the settings, e.g. 'local'."""

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number (upper case, no separators), or None."""

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address (any case), newest first."""

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest orders that are on their way to customers, at most ``most``; () where it cannot list them."""

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions that are not cancelled; () also where the system has none at all."""

    async def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of this order or what can be booked for it; None: it is no large item."""

    @property
    def capabilities(self) -> frozenset[str]:
        """The names of changes (``changes.ChangeAddress.name`` and so on) that this system can do at all."""

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change. ``key``: a request with a key that was seen before gets the outcome of then, changes nothing.

        The caller has been checked and has agreed before this is called.
        """

    async def note(self, number: str, text: str) -> bool:
        """Leave a note for the shop's people at the order; False where the system cannot or there is no such order."""

    async def check(self) -> tuple[Check, ...]:
        """One harmless look at credentials and rights: what will work and what will not. Never raises SystemFailed."""

    async def close(self) -> None:
        """Release connections."""
