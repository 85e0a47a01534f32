"""A shop's systems as one store: orders from its stores, parcels from carriers, returns and subscriptions beside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from asterisk_agent.commerce.aftersales import Returns, Subscriptions
from asterisk_agent.commerce.changes import (
    Change,
    HoldAtLocation,
    InterceptParcel,
    MoveSubscription,
    OpenExchange,
    OpenReturn,
    Outcome,
    PauseSubscription,
    RescheduleDelivery,
    SkipSubscription,
)
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Appointment, Customer, Order, Return, Shipment, Subscription
from asterisk_agent.commerce.parcels import parcel_of, put_together
from asterisk_agent.commerce.refusals import parcel
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.store import AmbiguousNumber, Store
from asterisk_agent.commerce.trackings import Trackings

log = structlog.get_logger(__name__)

_Answer = TypeVar("_Answer")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Systems:
    """The store protocol on all that the settings name."""

    def __init__(
        self,
        stores: Sequence[Store],
        trackings: Trackings,
        returns: Returns | None = None,
        subscriptions: Subscriptions | None = None,
    ) -> None:
        """``stores``: the first is the main one, which also does what is not an order's."""
        self._stores = tuple(stores)
        self._main = self._stores[0]
        self.trackings = trackings
        self._returns = returns
        self._subscriptions = subscriptions

    @property
    def name(self) -> str:
        """The main store's key."""
        return self._main.name

    async def order(self, number: str) -> Order | None:
        """The order, with its parcels as their carriers know them. Raises AmbiguousNumber where two stores have it."""
        answers = await self._from_all([store.order(number) for store in self._stores])
        found = [order for order in answers if order is not None]
        if len(found) > 1:
            log.error("an order number is in two stores", stores=[order.store for order in found])
            raise AmbiguousNumber(await asyncio.gather(*map(self._complete, found)))
        return await self._complete(found[0]) if found else None

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""
        return await self._newest([store.orders_by_phone(phone) for store in self._stores])

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address, newest first."""
        return await self._newest([store.orders_by_email(email) for store in self._stores])

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest orders that are on their way, as the stores tell them: without asking the carriers."""
        lists = await self._from_all([store.open_orders(most) for store in self._stores])
        return tuple(sorted((one for found in lists for one in found), key=lambda one: one.placed_at, reverse=True))[
            :most
        ]

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions that are not cancelled."""
        return await (self._subscriptions or self._main).subscriptions(customer)

    async def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of this order or what can be booked for it."""
        return await self._main.appointment(number)

    @property
    def capabilities(self) -> frozenset[str]:
        """What any of the systems can do."""
        others = [one.capabilities for one in (self._returns, self._subscriptions) if one is not None]
        return frozenset().union(*(one.capabilities for one in self._stores), self.trackings.capabilities, *others)

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change in the system that it belongs to, and leave a note at the order."""
        match change:
            case SkipSubscription() | PauseSubscription() | MoveSubscription():
                return await (self._subscriptions or self._main).perform(change, key)
            case _:
                store, order = await self._home(change.order)
        if order is None:
            return Outcome("refused", "no_such_order")
        outcome = await self._performed(store, order, change, key)
        if outcome.status == "done":
            await self._note(store, order, change)
        return outcome

    async def note(self, number: str, text: str) -> bool:
        """Leave a note at the order, where its store can."""
        store, order = await self._home(number)
        return order is not None and await store.note(number, text)

    async def check(self) -> tuple[Check, ...]:
        """What every system says of itself, under its name."""
        others = [one for one in (self._returns, self._subscriptions) if one is not None]
        systems = [*self._stores, *self.trackings.carriers, *others]
        found = await asyncio.gather(*(one.check() for one in systems))
        return tuple(
            Check(f"{one.name}: {row.what}", row.works, row.text)
            for one, rows in zip(systems, found, strict=True)
            for row in rows
        )

    async def close(self) -> None:
        """Release connections."""
        await self.trackings.close()
        for one in (*self._stores, self._returns, self._subscriptions):
            if one is not None:
                await one.close()

    async def _performed(self, store: Store, order: Order, change: Change, key: str) -> Outcome:
        match change:
            case InterceptParcel() | RescheduleDelivery() | HoldAtLocation():
                if change.name in store.capabilities:
                    return await store.perform(change, key)
                complete = await self._complete(order)
                found = parcel(complete, change.tracking)
                if found is None:
                    return Outcome("refused", "no_such_parcel")
                return await self.trackings.perform(complete, found, change, key)
            case OpenReturn() | OpenExchange() if self._returns and change.name in self._returns.capabilities:
                return await self._returns.perform(await self._complete(order), change, key)
            case _:
                if change.name not in store.capabilities:
                    return Outcome("unsupported")
                return await store.perform(change, key)

    async def _note(self, store: Store, order: Order, change: Change) -> None:
        try:
            await store.note(order.key, f"By telephone, at the customer's wish: {change.name.replace('_', ' ')}.")
        except SystemFailed:
            log.warning("a change was made, but no note could be left at the order", change=change.name)

    async def _home(self, number: str) -> tuple[Store, Order | None]:
        """The store that has the order, and the order as it tells it. Raises AmbiguousNumber."""
        key = plain(number)
        if len(self._stores) == 1:
            return self._main, await self._main.order(key)
        answers = await self._from_all([store.order(key) for store in self._stores])
        found = [(store, order) for store, order in zip(self._stores, answers, strict=True) if order is not None]
        if len(found) > 1:
            raise AmbiguousNumber([order for _, order in found])
        return found[0] if found else (self._main, None)

    async def _newest(self, asked: list[Awaitable[tuple[Order, ...]]]) -> tuple[Order, ...]:
        lists = await self._from_all(asked)
        orders = await asyncio.gather(*(self._complete(order) for found in lists for order in found))
        return tuple(sorted(orders, key=lambda order: order.placed_at, reverse=True))

    async def _from_all(self, asked: Sequence[Awaitable[_Answer]]) -> list[_Answer]:
        """The stores' answers. One that fails is an error: what it has might be just what is asked for."""
        if len(asked) == 1:
            return [await asked[0]]
        return list(await asyncio.gather(*asked))

    async def _complete(self, order: Order) -> Order:
        shipments, returns = await asyncio.gather(
            asyncio.gather(*(self._tracked(order, shipment) for shipment in order.shipments)), self._returned(order)
        )
        return order.model_copy(update={"shipments": tuple(shipments), "returns": returns})

    async def _tracked(self, order: Order, shipment: Shipment) -> Shipment:
        tracked = await self.trackings.track(parcel_of(order, shipment))
        return put_together(shipment, tracked) if tracked is not None else shipment

    async def _returned(self, order: Order) -> tuple[Return, ...]:
        """The order's returns from the store and the returns system together, the newest last."""
        found = list(order.returns)
        if self._returns is not None:
            # The order itself is worth telling; a failure is logged where it happens.
            with suppress(SystemFailed):
                found += reversed(await self._returns.returns(order))
        return tuple(sorted(found, key=lambda one: one.opened_at or one.received_at or _LONG_AGO))
