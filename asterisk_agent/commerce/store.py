"""The protocol that every store system answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.models import Appointment, Order, Subscription


class StoreError(Exception):
    """The store did not answer, or not usefully. The message is for the operator, never for the caller."""


class Store(Protocol):
    """One shop's orders. All methods raise StoreError when the system fails; absence is not a failure."""

    @property
    def name(self) -> str:
        """The system's key in the settings, e.g. 'local'."""

    @property
    def problems(self) -> Sequence[object]:
        """What is wrong with the shop's own data; each item's text is a line for the operator."""

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number (upper case, no separators), or None."""

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address (any case), newest first."""

    async def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
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

    async def close(self) -> None:
        """Release connections."""
