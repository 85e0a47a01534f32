"""A small shop in memory, and conversations with it at a fixed time."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.lookup import Lookup
from asterisk_agent.commerce.models import (
    Address,
    Appointment,
    Customer,
    Item,
    Money,
    Order,
    OrderStatus,
    Shipment,
    ShipmentStatus,
    Subscription,
    TrackingEvent,
)
from asterisk_agent.commerce.store import StoreError
from asterisk_agent.commerce.stores.memory import MemoryStore
from asterisk_agent.dialog.conversation import Conversation
from asterisk_agent.dialog.intents.local import LocalUnderstanding
from asterisk_agent.dialog.protocol import Caller, CallerEvent, Keyed, Noise, Reply, Said, Silent
from asterisk_agent.dialog.services import DeskError, Passage, QueueState, Request, Services
from asterisk_agent.settings import HandOff, Shop

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)  # a Monday
TODAY = NOW.date()

PARCEL = Shipment(
    carrier="ups",
    tracking="1Z999AA10123456784",
    status=ShipmentStatus.IN_TRANSIT,
    expected=TODAY + timedelta(days=1),
    events=(TrackingEvent(at=NOW - timedelta(hours=3, minutes=48), text="Departed", place="NEWARK, NJ, US"),),
)


def parcel(**changes: Any) -> Shipment:
    return PARCEL.model_copy(update=changes)


def order(number: str = "10442", **changes: Any) -> Order:
    plain = Order(
        number=number,
        customer=Customer(id="c1", name="Dana Reyes", email="dana.reyes@example.com", phone="+16175550142"),
        status=OrderStatus.SHIPPED,
        placed_at=NOW - timedelta(days=4),
        items=(Item(name="Cobalt Lantern", quantity=2), Item(name="Walnut Tray")),
        total=Money(amount=Decimal("64.99")),
        address=Address(line1="12 Maple Street", line2="Unit 4", city="Boston", state="MA", zip="02139"),
        last4="4242",
        shipments=(PARCEL,),
    )
    return plain.model_copy(update=changes)


SECRETS = (
    *("dana", "reyes", "example.com", "617", "0142", "lantern", "walnut", "64.99", "maple", "boston", "unit 4"),
    *("02139", "0 2 1 3 9", "4242", "4 2 4 2", "ups", "1z999", "1 z 9", "newark", "new jersey", "tomorrow"),
)
"""What of ``order()`` must not be said below level 2, lower case."""


class ShopInMemory(MemoryStore):
    """A store. ``down``: it raises; ``slow_s``: it takes so long."""

    def __init__(
        self, *orders: Order, subscriptions: tuple[Subscription, ...] = (), appointments: tuple[Appointment, ...] = ()
    ) -> None:
        super().__init__(orders or (order(),), subscriptions, appointments, Clock())
        self.down = False
        self.slow_s = 0.0
        self.asked: list[str] = []

    async def order(self, number: str) -> Order | None:
        self.asked.append(number)
        await self._answer()
        return await super().order(number)

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        await self._answer()
        return await super().orders_by_phone(phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        await self._answer()
        return await super().orders_by_email(email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        await self._answer()
        return await super().subscriptions(customer)

    async def appointment(self, number: str) -> Appointment | None:
        await self._answer()
        return await super().appointment(number)

    async def perform(self, change: Change, key: str) -> Outcome:
        await self._answer()
        return await super().perform(change, key)

    async def _answer(self) -> None:
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        if self.down:
            raise StoreError("the system is down")


UNDERSTANDING = LocalUnderstanding.create({}, Path(tempfile.gettempdir()))
"""The product's own, with the shipped examples."""


class Clock:
    """Stands still until moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class DeskInMemory:
    """Keeps requests in a list. ``broken``: it cannot."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.broken = False

    async def leave(self, request: Request) -> str:
        if self.broken:
            raise DeskError("the disk is full")
        self.requests.append(request)
        return "K7"


class QueuesInMemory:
    """The states of queues as set."""

    def __init__(self) -> None:
        self.states: dict[str, QueueState] = {}

    async def state(self, destination: str) -> QueueState | None:
        return self.states.get(destination)


class HoursInMemory:
    """Open until told otherwise."""

    def __init__(self) -> None:
        self.opens: datetime | None = None

    def open_at(self, moment: datetime) -> bool:
        return self.opens is None or moment >= self.opens

    def next_opening(self, moment: datetime) -> datetime | None:
        return None if self.open_at(moment) else self.opens


class Nothing:
    """No texts about policies."""

    def answer(self, question: str) -> Passage | None:
        return None


class Call:
    """A conversation in shorthand: ``await call("where is my order")``, ``await call.key("10442")``."""

    def __init__(
        self,
        store: ShopInMemory | None = None,
        number: str = "",
        pattern: str = r"\d{5}",
        deadline_s: float = 0.2,
        name: str = "",
        handoff: HandOff | None = None,
        **more: Any,
    ) -> None:
        self.store = store or ShopInMemory()
        self.clock = Clock()
        self.desk = DeskInMemory()
        self.queues = QueuesInMemory()
        self.hours = HoursInMemory()
        self.services = Services(
            Lookup(self.store, deadline_s, self.clock), self.desk, self.queues, Nothing(), self.hours,
            UNDERSTANDING,
        )  # fmt: skip
        shop = Shop(name="Acme Outdoors", order_number=pattern)
        self.conversation = Conversation(
            "call-1", shop, handoff or HandOff(), self.services, Caller(number=number, name=name), self.clock, **more
        )

    async def __call__(self, text: str, **more: Any) -> Reply:
        return await self.conversation.respond(Said(text, **more))

    async def event(self, event: CallerEvent) -> Reply:
        return await self.conversation.respond(event)

    async def key(self, digits: str) -> Reply:
        return await self.event(Keyed(digits))

    async def silence(self, count: int) -> Reply:
        return await self.event(Silent(count))

    async def noise(self) -> Reply:
        return await self.event(Noise())

    @property
    def level(self) -> int:
        return self.conversation.level


async def verified(shop: ShopInMemory, ask: str = "where is my order") -> Call:
    """A call whose caller asked something and has shown enough for details."""
    call = Call(shop)
    await call(ask)
    await call("one zero four four two")
    await call("my zip code is 02139")
    assert call.level == 2
    return call


def december(day: int) -> date:
    return date(2026, 12, day)
