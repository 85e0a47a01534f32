"""The protocols of systems for returns and for subscriptions, where the store itself does not keep them."""

from __future__ import annotations

from typing import Protocol

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.models import Customer, Order, Return, Subscription


class Returns(Protocol):
    """A returns system, e.g. Loop. All methods raise SystemFailed when it fails; absence is not a failure."""

    @property
    def name(self) -> str:
        """The system's key in the settings."""

    async def returns(self, order: Order) -> tuple[Return, ...]:
        """The returns of an order, newest first."""

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the changes that it can make: 'open_return', 'open_exchange', or none."""

    async def perform(self, order: Order, change: Change, key: str) -> Outcome:
        """Make a change, once for each key. The caller has been checked and has agreed."""

    async def check(self) -> tuple[Check, ...]:
        """One harmless look at credentials and rights. Never raises SystemFailed."""

    async def close(self) -> None:
        """Release connections."""


class Subscriptions(Protocol):
    """A subscription system, e.g. Recharge. As above."""

    @property
    def name(self) -> str:
        """The system's key in the settings."""

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions that are not cancelled: next date, contents, whether it can be skipped."""

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the changes that it can make: 'skip_subscription', 'pause_subscription', 'move_subscription'."""

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key. The caller has been checked and has agreed."""

    async def check(self) -> tuple[Check, ...]:
        """One harmless look at credentials and rights. Never raises SystemFailed."""

    async def close(self) -> None:
        """Release connections."""
