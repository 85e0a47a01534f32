"""The names that flows read in conditions and texts: what each is, from which level on, and where it comes from.

A fact that is not known, or that this caller may not know yet, is None. ``asterisk-agent flows facts`` prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from asterisk_agent.commerce.models import (
    Address,
    Appointment,
    DeliverySlot,
    Item,
    Money,
    OrderStatus,
    PickupPoint,
    Refund,
    Return,
    Shipment,
    ShipmentStatus,
    Subscription,
)
from asterisk_agent.commerce.refusals import open_returns
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.flows.reading import Question, read
from asterisk_agent.dialog.said import cues, touches
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.tools import Details

_UNDER_WAY = frozenset(
    {
        ShipmentStatus.IN_TRANSIT,
        ShipmentStatus.OUT_FOR_DELIVERY,
        ShipmentStatus.ATTEMPT_FAILED,
        ShipmentStatus.AVAILABLE_FOR_PICKUP,
        ShipmentStatus.DELAYED,
        ShipmentStatus.EXCEPTION,
        ShipmentStatus.UNKNOWN,
        ShipmentStatus.RETURNING,
    }
)
_TROUBLE = frozenset(
    {ShipmentStatus.DELAYED, ShipmentStatus.EXCEPTION, ShipmentStatus.RETURNING, ShipmentStatus.ATTEMPT_FAILED}
)
_BEFORE_DISPATCH = (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.ON_HOLD)
_RELEVANCE = (
    ShipmentStatus.ATTEMPT_FAILED,
    ShipmentStatus.AVAILABLE_FOR_PICKUP,
    ShipmentStatus.OUT_FOR_DELIVERY,
    ShipmentStatus.EXCEPTION,
    ShipmentStatus.DELAYED,
    ShipmentStatus.IN_TRANSIT,
    ShipmentStatus.UNKNOWN,
    ShipmentStatus.PRE_TRANSIT,
    ShipmentStatus.RETURNING,
    ShipmentStatus.DELIVERED,
)
"""Of several parcels, the one that a caller most likely means: where something is to be done comes first."""


@dataclass(frozen=True)
class Moment:
    """What facts are read from: the state of the dialogue at a time, with people's hours."""

    state: State
    now: datetime
    zone: ZoneInfo
    said: str = ""
    """The words that began the flow under way."""
    people_answer: bool = True
    next_opening: datetime | None = None
    callback: datetime | None = None

    @property
    def today(self) -> date:
        """The day in the shop's time zone."""
        return self.now.astimezone(self.zone).date()

    @property
    def details(self) -> Details | None:
        """What a verified caller may know of the order in use."""
        return self.state.view.details if self.state.view else None

    @property
    def parcel(self) -> Shipment | None:
        """The parcel that a caller most likely means."""
        parcels = self.details.shipments if self.details else ()
        return min(parcels, key=lambda one: _RELEVANCE.index(one.status), default=None)

    @property
    def statuses(self) -> tuple[ShipmentStatus, ...]:
        """The parcels' status words, known from level 1 on."""
        return self.state.view.shipments if self.state.view else ()


@dataclass(frozen=True)
class Fact:
    """``level``: from which identity level it is known. ``words``: whether it can stand in a text."""

    level: int
    about: str
    read: Callable[[Moment], Any]
    words: bool = True


def _latest(values: tuple[Any, ...], at: str) -> Any:
    """The newest by a moment that may be missing; later in the list counts as newer."""
    floor = datetime.min.replace(tzinfo=None)

    def key(place: int) -> tuple[datetime, int]:
        moment = getattr(values[place], at)
        return (moment.replace(tzinfo=None) if moment else floor, place)

    return values[max(range(len(values)), key=key)] if values else None


def _return(at: Moment) -> Return | None:
    found: Return | None = _latest(at.details.returns, "opened_at") if at.details else None
    return found


def _refund(at: Moment) -> Refund | None:
    found: Refund | None = _latest(at.details.refunds, "issued_at") if at.details else None
    return found


def _subscription(at: Moment) -> Subscription | None:
    found = at.details.subscriptions if at.details else ()
    live = [one for one in found if one.status != "cancelled"]
    return next(iter(live or found), None)


def _appointment(at: Moment) -> Appointment | None:
    return at.details.appointment if at.details else None


def _free_windows(at: Moment) -> tuple[DeliverySlot, ...] | None:
    """Beside the one that is booked."""
    booked = _appointment(at)
    return tuple(one for one in booked.slots if one.start != booked.start) or None if booked else None


def _window(at: Moment) -> DeliverySlot | None:
    booked = _appointment(at)
    return DeliverySlot(start=booked.start, end=booked.end) if booked and booked.start and booked.end else None


def _status(at: Moment) -> str | None:
    return at.state.view.status.value if at.state.view else None


def _dispatched(at: Moment) -> bool:
    view = at.state.view
    if view is None:
        return False
    moved = any(status in _UNDER_WAY or status is ShipmentStatus.DELIVERED for status in view.shipments)
    return moved or (view.status not in (*_BEFORE_DISPATCH, OrderStatus.CANCELLED) and not view.shipments)


def _delivered(at: Moment) -> bool:
    view = at.state.view
    if view is None:
        return False
    if view.shipments and all(status is ShipmentStatus.DELIVERED for status in view.shipments):
        return True
    return view.status is OrderStatus.DELIVERED and not set(view.shipments) - {ShipmentStatus.UNKNOWN}


def _late(at: Moment) -> bool:
    if any(status is ShipmentStatus.DELAYED for status in at.statuses):
        return True
    if at.details is None or _delivered(at):
        return False
    parcels = [one for one in at.details.shipments if one.status is not ShipmentStatus.DELIVERED]
    if any(one.expected and one.expected < at.today for one in parcels):
        return True
    promised = at.details.promised
    return promised is not None and (
        promised < at.today or any(one.expected and one.expected > promised for one in parcels)
    )


def _cancellable(at: Moment) -> bool | None:
    view = at.state.view
    if view is None or at.details is None:
        return None
    if at.details.cancellable is not None:
        return at.details.cancellable
    return view.status in _BEFORE_DISPATCH and not _dispatched(at)


def _delivered_at(at: Moment) -> datetime | None:
    moments = [one.delivered_at for one in at.details.shipments if one.delivered_at] if at.details else []
    return max(moments, default=None)


def _return_by(at: Moment) -> date | None:
    return at.details.return_by(at.zone) if at.details else None


def _named_item(at: Moment) -> bool | None:
    """Whether the words that began the flow name one item of several."""
    items = at.details.items if at.details else ()
    if len(items) < 2 or not at.said:
        return None
    return read(Question("item", at.zone, at.today, items, prefilled=True), at.said) is not None


def _can_go_back(at: Moment) -> bool | None:
    """None: not known, or some of it."""
    may = {one.returnable for one in at.details.items} if at.details else set()
    return may.pop() if len(may) == 1 else None


def _returnable(at: Moment) -> bool | None:
    """None: not delivered, or nobody has said."""
    if at.details is None or not _delivered(at):
        return None
    last = _return_by(at)
    return last is None or at.today <= last


def _of(read: Callable[[Moment], Any], name: str) -> Callable[[Moment], Any]:
    return lambda at: getattr(read(at), name, None)


def _parcel(at: Moment) -> Shipment | None:
    return at.parcel


def _phone(at: Moment) -> str | None:
    identity = at.state.identity
    return identity.caller_phone or dict(identity.details).get("phone") or None


def _live(at: Moment) -> bool:
    return at.state.view is not None and at.state.view.live


def _day(moment: datetime, at: Moment) -> date:
    return moment.astimezone(at.zone).date()


def _all_sent_back(at: Moment) -> bool | None:
    if at.details is None:
        return None
    return bool(at.details.items) and all(open_returns(at.details.returns, (one.name,)) for one in at.details.items)


def _in_stock(at: Moment) -> tuple[str, ...] | None:
    """What the caller has already is only offered to those who want the same once more."""
    if at.details is None or at.details.stock is None:
        return None
    same = touches(at.said, "same_again") or touches(at.said, "damaged")
    owned = () if same else tuple(one.name.lower() for one in at.details.items)
    return tuple(name for name, count in at.details.stock.items() if count > 0 and name.lower() not in owned)


def _wanted_gone(at: Moment) -> bool | None:
    """Whether the words that began the flow name a variant that is not there."""
    if at.details is None or at.details.stock is None or not at.said:
        return None
    stock = at.details.stock
    wanted = read(Question("choice", at.zone, at.today, tuple(stock), prefilled=True), at.said)
    return wanted is not None and stock[wanted] <= 0


def _of_queue(at: Moment, name: str) -> Any:
    return getattr(at.state.queue, name, None)


def _wait_minutes(at: Moment) -> int | None:
    queue = at.state.queue
    return None if queue is None or queue.hold_s < 60 else round(queue.hold_s / 60)


FACTS: dict[str, Fact] = {
    "level": Fact(0, "the identity level, 0 to 3", lambda at: at.state.view.level if at.state.view else 0, False),
    "order.number": Fact(0, "the order number as the caller gave it", lambda at: at.state.order or None),
    "order.status": Fact(1, "status of the whole order, in the store's vocabulary", _status, False),
    "order.dispatched": Fact(1, "whether anything has left the warehouse", _dispatched, False),
    "order.delivered": Fact(1, "whether everything has been delivered", _delivered, False),
    "order.parcels": Fact(1, "number of parcels", lambda at: len(at.statuses)),
    "order.late": Fact(1, "whether a parcel is delayed, or past its estimate or the promise", _late, False),
    "order.trouble": Fact(
        1, "delayed, exception, returning or attempt failed", lambda at: bool(_TROUBLE & {*at.statuses}), False
    ),
    "order.live": Fact(1, "whether the store could be asked just now", _live, False),
    "order.value": Fact(
        1, "amount of the order, for conditions only", lambda at: at.state.view.value if at.state.view else None, False
    ),
    "customer.vip": Fact(1, "the store's VIP mark", lambda at: bool(at.state.view and at.state.view.vip), False),
    "order.items": Fact(2, "the lines of the order", lambda at: at.details.items if at.details else None),
    "order.item_count": Fact(2, "number of lines", lambda at: len(at.details.items) if at.details else None),
    "order.total": Fact(2, "amount of the order", lambda at: at.details.total if at.details else None),
    "order.address": Fact(2, "delivery address", lambda at: at.details.address if at.details else None),
    "order.placed": Fact(2, "day of the order", lambda at: _day(at.details.placed_at, at) if at.details else None),
    "order.promised": Fact(2, "day that the shop promised", lambda at: at.details.promised if at.details else None),
    "order.cancellable": Fact(2, "whether it can still be stopped", _cancellable, False),
    "order.delivered_at": Fact(2, "when the last parcel was delivered", _delivered_at),
    "order.returnable": Fact(2, "delivered and within the return window, if the store gives one", _returnable, False),
    "order.return_by": Fact(2, "last day of the return window", _return_by),
    "order.item_named": Fact(2, "whether one item of several was named at the beginning", _named_item, False),
    "order.can_go_back": Fact(2, "whether the shop takes all of it back, or none of it", _can_go_back, False),
    "order.return_window": Fact(
        2, "days of the return window", lambda at: at.details.return_window_days if at.details else None
    ),
    "order.stock": Fact(2, "variants that can be exchanged for and are there", _in_stock),
    "order.in_stock": Fact(
        2,
        "whether anything to exchange for is there, if the store says",
        lambda at: None if (found := _in_stock(at)) is None else bool(found),
        False,
    ),
    "order.wanted_gone": Fact(2, "whether the variant named at the beginning is out of stock", _wanted_gone, False),
    "parcel.status": Fact(2, "status of the parcel that matters most", _of(_parcel, "status"), False),
    "parcel.carrier": Fact(2, "its carrier", lambda at: ear.carrier(at.parcel.carrier) if at.parcel else None),
    "parcel.tracking": Fact(2, "its tracking number", _of(_parcel, "tracking"), False),
    "parcel.expected": Fact(2, "the carrier's estimate", _of(_parcel, "expected")),
    "parcel.pickup": Fact(2, "where it waits", _of(_parcel, "pickup")),
    "parcel.left_at": Fact(2, "where it was put", _of(_parcel, "left_at")),
    "parcel.delivered_at": Fact(2, "when it was delivered", _of(_parcel, "delivered_at")),
    "parcel.redelivery": Fact(2, "days offered for another attempt", _of(_parcel, "redelivery")),
    "parcel.pickup_points": Fact(2, "places where it can be held", _of(_parcel, "pickup_points")),
    "return.number": Fact(2, "number of the newest return", _of(_return, "number")),
    "return.status": Fact(2, "its status", _of(_return, "status"), False),
    "order.returns": Fact(2, "number of returns", lambda at: len(at.details.returns) if at.details else None),
    "order.coming_back": Fact(2, "whether returns are under way for everything", _all_sent_back, False),
    "refund.count": Fact(2, "number of refunds", lambda at: len(at.details.refunds) if at.details else None),
    "refund.amount": Fact(2, "amount of the newest refund", _of(_refund, "amount")),
    "refund.status": Fact(2, "its status", _of(_refund, "status"), False),
    "subscription.id": Fact(2, "the customer's subscription", _of(_subscription, "id"), False),
    "subscription.status": Fact(2, "active, paused or cancelled", _of(_subscription, "status"), False),
    "subscription.next": Fact(2, "day of the next box", _of(_subscription, "next_date")),
    "subscription.contents": Fact(2, "what is in it", _of(_subscription, "contents")),
    "subscription.skippable": Fact(2, "whether a box can be left out", _of(_subscription, "skippable"), False),
    "appointment.window": Fact(2, "the booked delivery window", _window),
    "appointment.slots": Fact(2, "windows that are free", _free_windows),
    "appointment.checklist": Fact(2, "what to prepare", _of(_appointment, "checklist")),
    "people.answer": Fact(0, "whether it is within opening hours", lambda at: at.people_answer, False),
    "people.next": Fact(0, "when people answer again", lambda at: at.next_opening),
    "people.callback": Fact(
        0, "when a callback can be promised for; not known where people never answer", lambda at: at.callback
    ),
    "people.callback_later": Fact(
        0, "the same if it is not at once", lambda at: at.callback if at.callback and at.callback > at.now else None
    ),
    "queue.available": Fact(0, "people free now, if known", lambda at: _of_queue(at, "available"), False),
    "queue.wait_minutes": Fact(0, "the wait in whole minutes, if known", _wait_minutes),
    "caller.phone": Fact(0, "the presented number, else one that matched the order", _phone),
    "caller.sentiment": Fact(0, "-1 furious to 1 delighted", lambda at: at.state.sentiment, False),
    "caller.interruptions": Fact(0, "turns in which the caller cut in", lambda at: at.state.interruptions, False),
    "caller.unclear": Fact(0, "turns in a row that were not understood", lambda at: at.state.unclear, False),
    "caller.failed_checks": Fact(
        0, "identity details that did not match", lambda at: at.state.identity.failures, False
    ),
    "call.intent": Fact(0, "the label being served", lambda at: at.state.intent or None, False),
    "call.purpose": Fact(0, "why the agent calls, on outbound calls", lambda at: at.state.purpose or None, False),
}
"""Every fact. 'slot.NAME' reads what a flow has captured, 'done.reference' the reference of what it has done, and
'said.NAME' whether the words that began the flow hold a cue of ``texts/said_en_US.toml``."""


@dataclass(frozen=True)
class Facts(Mapping[str, Any]):
    """The facts at a moment, read when asked for; with the slots of the flow under way."""

    at: Moment
    slots: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """The value, None where it is not known."""
        if name.startswith(("slot.", "done.")):
            return self.slots.get(name.removeprefix("slot."))
        if name == "said.words":
            return self.at.said or None
        if name.startswith("said."):
            return touches(self.at.said, name.removeprefix("said."))
        value = FACTS[name].read(self.at)
        return None if value == () else value

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(FACTS)

    def __len__(self) -> int:
        """How many there are."""
        return len(FACTS)

    def words(self, name: str) -> str | None:
        """The fact as it is spoken; None where it is not known or has no spoken form."""
        return spoken(self.get(name), self.at)


def known(name: str) -> bool:
    """Whether flows may name it."""
    if name.startswith("said."):
        return name == "said.words" or name.removeprefix("said.") in cues()
    return name in FACTS or name.startswith("slot.") or name == "done.reference"


def spoken(value: Any, at: Moment) -> str | None:
    """A value in its form for the ear; None for nothing."""
    if value is None or value in ("", ()):
        return None
    match value:
        case bool():
            return None
        case str():
            return value
        case datetime():
            return ear.moment(value, at.now, at.zone)
        case date():
            return ear.day(value, at.today)
        case Money():
            return ear.money(value)
        case Address():
            return ear.address(value)
        case DeliverySlot():
            return ear.window(value, at.now, at.zone)
        case PickupPoint():
            return value.name
        case int():
            return ear.count(value)
        case Item():
            return value.name
        case tuple() if all(isinstance(item, Item) for item in value):
            return ear.items(value)
        case tuple():
            words = [text for item in value if (text := spoken(item, at))]
            return ear.either(words) if value and isinstance(value[0], date | DeliverySlot) else ear.listed(words)
        case _:
            return None
