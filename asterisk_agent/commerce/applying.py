"""What a change does to a shop's records: pure; for the stores that keep their own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from asterisk_agent.commerce.changes import (
    BookSlot,
    CancelItem,
    CancelOrder,
    Change,
    ChangeAddress,
    HoldAtLocation,
    InterceptParcel,
    MoveSlot,
    MoveSubscription,
    OpenExchange,
    OpenReturn,
    Outcome,
    PauseSubscription,
    RegisterWarranty,
    Reorder,
    RescheduleDelivery,
    SkipSubscription,
)
from asterisk_agent.commerce.models import (
    DeliverySlot,
    Order,
    OrderStatus,
    Return,
    Shipment,
    ShipmentStatus,
    Subscription,
)
from asterisk_agent.commerce.refusals import (
    BEFORE_DISPATCH,
    dispatched,
    ended,
    in_stock,
    is_item,
    left,
    open_returns,
    parcel,
    refusal,
)
from asterisk_agent.commerce.shop_records import Records

NAMES = frozenset(kind.name for kind in Change.__args__)
"""Every change that can be applied here."""


def apply(records: Records, change: Change, now: datetime) -> tuple[Records, Outcome]:
    """The records afterwards and what became of the change; refused, they are the same.

    ``now``: aware, in the shop's time zone. The reasons for a refusal are those of ``refusals``.
    """
    if reason := refusal(records, change, now):
        return records, Outcome("refused", reason)
    return _effect(records, change, now, "")


def redo(records: Records, change: Change, at: datetime, reference: str, replaced: str) -> Records | None:
    """The records with a change that was done at ``at`` over an older state of them, ``reference`` and all.

    None where they have moved on: where what the change replaces is no longer what it replaced then.
    """
    if replaces(records, change) != replaced or (isinstance(change, Reorder) and records.order(reference)):
        return None
    return _effect(records, change, at, reference)[0]


def replaces(records: Records, change: Change) -> str:
    """What a change puts something else in place of, as text to compare; '' where there is nothing to change."""
    match change:
        case SkipSubscription() | PauseSubscription() | MoveSubscription():
            found = records.subscription(change.subscription)
            return f"{found.status} {found.next_date}" if found else ""
        case _:
            order = records.order(change.order)
            return _replaces_of(records, order, change) if order else ""


def _replaces_of(records: Records, order: Order, change: Change) -> str:
    match change:
        case ChangeAddress() | InterceptParcel():
            return order.address.model_dump_json() if order.address else "no address"
        case CancelOrder():
            waiting = order.status in BEFORE_DISPATCH and not dispatched(order)
            return "waiting" if waiting else order.status.value
        case CancelItem(item=name):
            return f"{is_item(order, name)} {dispatched(order, name)}"
        case RescheduleDelivery(tracking=tracking) | HoldAtLocation(tracking=tracking):
            found = parcel(order, tracking)
            return f"{found.expected} {found.pickup} {ended(found)}" if found else ""
        case OpenReturn(items=names):
            return " ".join(("returns", *(one.number for one in open_returns(order.returns, names))))
        case OpenExchange(item=name):
            return " ".join(("returns", *(one.number for one in open_returns(order.returns, (name,)))))
        case BookSlot() | MoveSlot():
            booked = records.appointments.get(order.key)
            return f"{_utc(booked.start)} {_utc(booked.end)}" if booked else ""
        case _:
            return "nothing"


def _utc(moment: datetime | None) -> str:
    return str(moment.timestamp()) if moment else "none"


def _effect(records: Records, change: Change, now: datetime, reference: str) -> tuple[Records, Outcome]:
    match change:
        case SkipSubscription() | PauseSubscription() | MoveSubscription():
            found = records.subscription(change.subscription)
            return (records.with_subscription(_box(found, change)) if found else records), Outcome("done")
        case _:
            order = records.order(change.order)
            return _to_order(records, order, change, now, reference) if order else (records, Outcome("done"))


def _to_order(records: Records, order: Order, change: Change, now: datetime, reference: str) -> tuple[Records, Outcome]:
    match change:
        case ChangeAddress(address=address) | InterceptParcel(address=address):
            return _done(records, order, address=address)
        case CancelOrder():
            return _cancelled(records, order), Outcome("done")
        case CancelItem(item=name):
            return _without_item(records, order, name), Outcome("done")
        case RescheduleDelivery(tracking=tracking, day=day):
            return _rescheduled(records, order, parcel(order, tracking), day), Outcome("done")
        case HoldAtLocation(tracking=tracking, location=location):
            return _held(records, order, parcel(order, tracking), location), Outcome("done")
        case OpenReturn(items=names):
            every = names or tuple(line.name for line in order.items)
            return _opened(records, order, every, "requested", now, reference)
        case OpenExchange(item=name, wanted=wanted):
            variant = in_stock(order.stock, wanted) if order.stock else ""
            if order.stock and variant:
                order = order.model_copy(update={"stock": {**order.stock, variant: order.stock[variant] - 1}})
            return _opened(records, order, (name,), "exchange requested", now, reference)
        case BookSlot(slot=slot) | MoveSlot(slot=slot):
            return _booked(records, order, slot, now), Outcome("done")
        case Reorder():
            again = _again(order, reference or _next_number(records, order), now)
            return records.with_order(again), Outcome("done", reference=again.number)
        case RegisterWarranty():
            return replace(records, warranties=records.warranties | {order.key}), Outcome("done")
        case _:
            raise TypeError(f"{change!r} is no change of an order")


def _done(records: Records, order: Order, reference: str = "", **changes: object) -> tuple[Records, Outcome]:
    return records.with_order(order.model_copy(update=changes)), Outcome("done", reference=reference)


def _cancelled(records: Records, order: Order) -> Records:
    changes = {
        "status": OrderStatus.CANCELLED,
        "raw_status": None,
        "cancellable": False,
        "shipments": tuple(one for one in order.shipments if left(one)),
    }
    return records.with_order(order.model_copy(update=changes)).without_appointment(order.key)


def _without_item(records: Records, order: Order, name: str) -> Records:
    """Without the line, and without the total: how the shop counts tax and shipping anew, it has not said."""
    kept = tuple(line for line in order.items if line.name.casefold() != name.casefold())
    if not kept:
        return _cancelled(records, order)
    parcels: list[Shipment] = []
    for one in order.shipments:
        names = tuple(other for other in one.items if other.casefold() != name.casefold())
        if names or not one.items:
            parcels.append(one.model_copy(update={"items": names}))
    changes = {"items": kept, "total": None, "shipments": tuple(parcels)}
    return records.with_order(order.model_copy(update=changes))


def _rescheduled(records: Records, order: Order, found: Shipment | None, day: date) -> Records:
    """The day that the customer chose is the promised one where that was earlier: it is not late by their own wish."""
    pickup = found.pickup if found and found.status is ShipmentStatus.AVAILABLE_FOR_PICKUP else None
    changes = {"expected": day, "expected_from": None, "expected_to": None, "pickup": pickup}
    shipments = _with_parcel(order, found, changes)
    promised = order.promised and max(order.promised, day)
    return records.with_order(order.model_copy(update={"shipments": shipments, "promised": promised}))


def _held(records: Records, order: Order, found: Shipment | None, location: str) -> Records:
    """Nobody has said on which day it will wait there, and the day at the door does not hold any more."""
    changes = {"pickup": location, "expected": None, "expected_from": None, "expected_to": None}
    others = [one for one in order.shipments if one is not found and not ended(one)]
    return records.with_order(
        order.model_copy(
            update={
                "shipments": _with_parcel(order, found, changes),
                "promised": order.promised if others else None,
            }
        )
    )


def _with_parcel(order: Order, found: Shipment | None, changes: Mapping[str, object]) -> tuple[Shipment, ...]:
    return tuple(one.model_copy(update=changes) if one is found else one for one in order.shipments)


def _opened(
    records: Records, order: Order, names: tuple[str, ...], status: str, now: datetime, reference: str
) -> tuple[Records, Outcome]:
    taken = {one.number for one in order.returns}
    count = len(taken) + 1
    while not reference or reference in taken:
        reference, count = f"R{order.key}-{count}", count + 1
    opened = Return(number=reference, status=status, items=names, opened_at=now)
    return _done(records, order, reference, returns=(*order.returns, opened))


def _booked(records: Records, order: Order, slot: DeliverySlot, now: datetime) -> Records:
    """With the window booked, the one before free again, and the days that were told for the delivery moved along."""
    found = records.appointments.get(order.key)
    if found is None:
        return records
    free = [one for one in found.slots if one != slot]
    before = None
    if found.start and found.end:
        free.append(DeliverySlot(start=found.start, end=found.end))
        before = found.start.astimezone(now.tzinfo).date()
    slots = tuple(sorted(free, key=lambda one: one.start))
    booked = found.model_copy(update={"start": slot.start, "end": slot.end, "slots": slots})
    day = slot.start.astimezone(now.tzinfo).date()
    return records.with_appointment(booked).with_order(_delivered_on(order, before, day))


def _delivered_on(order: Order, before: date | None, day: date) -> Order:
    """The order with the window's day; of several parcels those that were awaited on the day of the old window."""
    awaited = [one for one in order.shipments if not ended(one)]
    moved = [one for one in awaited if (before and one.expected == before) or len(awaited) == 1]
    shipments = tuple(
        one.model_copy(update={"expected": day, "expected_from": None, "expected_to": None}) if one in moved else one
        for one in order.shipments
    )
    whole = len(awaited) <= 1 or order.promised == before
    promised = day if order.promised and whole else order.promised
    return order.model_copy(update={"shipments": shipments, "promised": promised})


def _again(order: Order, number: str, now: datetime) -> Order:
    """The same items to the same place, as a new order."""
    changes = {
        "number": number,
        "status": OrderStatus.PENDING,
        "raw_status": None,
        "placed_at": now,
        "promised": None,
        "shipments": (),
        "returns": (),
        "refunds": (),
        "cancellable": None,
    }
    return order.model_copy(update=changes)


def _next_number(records: Records, order: Order) -> str:
    """A number like the order's own that no order has: the next after the highest of its kind."""
    head = order.key.rstrip("0123456789")
    digits = len(order.key) - len(head)
    same = [
        int(key[len(head) :])
        for key in records.orders
        if key.startswith(head) and key[len(head) :].isdigit() and len(key) - len(head) == digits
    ]
    value = max(same, default=0) + 1
    while (number := f"{head}{value:0{digits}d}") in records.orders:
        value += 1
    return number


def _box(found: Subscription, change: SkipSubscription | PauseSubscription | MoveSubscription) -> Subscription:
    match change:
        case SkipSubscription():
            later = None
            if found.next_date and found.interval_days and found.interval_days > 0:
                later = found.next_date + timedelta(days=found.interval_days)
            return found.model_copy(update={"next_date": later})
        case PauseSubscription(until=until):
            return found.model_copy(update={"status": "paused", "next_date": until})
        case MoveSubscription(day=day):
            return found.model_copy(update={"next_date": day})
