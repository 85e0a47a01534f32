"""Look-ups that pass every question on: what others build on to change an answer or two."""

from __future__ import annotations

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.lookup import Found, Lookups
from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription


class PassingLookups:
    """The Lookups protocol on other look-ups."""

    def __init__(self, lookup: Lookups) -> None:
        self._lookup = lookup

    async def order(self, number: str) -> Found:
        """See Lookups."""
        return await self._lookup.order(number)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """See Lookups."""
        return await self._lookup.orders_by_phone(phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """See Lookups."""
        return await self._lookup.orders_by_email(email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """See Lookups."""
        return await self._lookup.subscriptions(customer)

    async def appointment(self, number: str) -> Appointment | None:
        """See Lookups."""
        return await self._lookup.appointment(number)

    @property
    def capabilities(self) -> frozenset[str]:
        """See Lookups."""
        return self._lookup.capabilities

    async def perform(self, change: Change, key: str) -> Outcome:
        """See Lookups."""
        return await self._lookup.perform(change, key)
