"""Why a change cannot be made to a shop's records: pure, one word a reason.

What the shop does not say refuses nothing: without a return window any delivered item may come back, without a
stock any variant may be asked for, without redelivery days any day that is not past.
"""

from __future__ import annotations

import re
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
    PauseSubscription,
    RegisterWarranty,
    Reorder,
    RescheduleDelivery,
    SkipSubscription,
)
from asterisk_agent.commerce.models import Order, OrderStatus, Return, Shipment, ShipmentStatus, Subscription
from asterisk_agent.commerce.shop_records import Records, plain

BEFORE_DISPATCH = frozenset((OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.ON_HOLD))
_UNDER_WAY = frozenset(
    (
        ShipmentStatus.IN_TRANSIT,
        ShipmentStatus.OUT_FOR_DELIVERY,
        ShipmentStatus.ATTEMPT_FAILED,
        ShipmentStatus.DELAYED,
        ShipmentStatus.EXCEPTION,
    )
)
_STILL_HERE = frozenset((ShipmentStatus.PRE_TRANSIT, ShipmentStatus.UNKNOWN))
_ENDS = {ShipmentStatus.DELIVERED: "already_delivered", ShipmentStatus.RETURNING: "returning"}
_RETURN_ENDED = ("cancel", "reject", "declin", "denied", "expired")
"""Parts of the words by which shops say that a return came to nothing."""
_SIZES = (
    *(("extra extra large", "xxl"), ("double extra large", "xxl"), ("extra large", "xl"), ("extra small", "xs")),
    *(("large", "l"), ("medium", "m"), ("small", "s")),
)
_NO_VARIANT = frozenset(("a", "an", "the", "in", "size", "colour", "color", "please", "one"))


def refusal(records: Records, change: Change, now: datetime) -> str:
    """Why the change cannot be made, '' if it can. ``now``: aware, in the shop's time zone."""
    match change:
        case SkipSubscription() | PauseSubscription() | MoveSubscription():
            found = records.subscription(change.subscription)
            return _of_subscription(found, change, now.date()) if found else "no_such_subscription"
        case _:
            order = records.order(change.order)
            return _of_order(records, order, change, now) if order else "no_such_order"


def _of_order(records: Records, order: Order, change: Change, now: datetime) -> str:
    match change:
        case ChangeAddress():
            return "cancelled" if order.status is OrderStatus.CANCELLED else _shipped(order)
        case InterceptParcel(tracking=tracking):
            return _not_under_way(order, parcel(order, tracking))
        case RescheduleDelivery(tracking=tracking, day=day):
            found = parcel(order, tracking)
            if reason := _not_awaited(order, found):
                return reason
            offered = found.redelivery if found else ()
            return "day_not_offered" if day < now.date() or (offered and day not in offered) else ""
        case HoldAtLocation(tracking=tracking, location=location):
            found = parcel(order, tracking)
            if reason := _not_awaited(order, found):
                return reason
            places = {point.name for point in found.pickup_points} if found else set()
            return "" if location in places else "place_not_offered"
        case CancelOrder():
            return _not_cancelled(order)
        case CancelItem(item=name):
            if order.status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED):
                return _not_cancelled(order)
            if not is_item(order, name):
                return "no_such_item"
            return _not_cancelled(order, name)
        case OpenReturn(items=names):
            return _not_returned(order, names or tuple(line.name for line in order.items), now)
        case OpenExchange(item=name, wanted=wanted):
            if reason := _not_returned(order, (name,), now):
                return reason
            if order.stock is None:
                return ""
            return "" if in_stock(order.stock, wanted) else "out_of_stock"
        case BookSlot() | MoveSlot():
            return _not_booked(records, order, change, now)
        case RegisterWarranty():
            if order.status is OrderStatus.CANCELLED:
                return "cancelled"
            return "already_registered" if order.key in records.warranties else ""
        case Reorder():
            return ""
        case _:
            raise TypeError(f"{change!r} is no change of an order")


def _of_subscription(
    found: Subscription, change: SkipSubscription | PauseSubscription | MoveSubscription, today: date
) -> str:
    paused = found.status == "paused"
    match change:
        case SkipSubscription():
            if paused:
                return "paused"
            if not found.skippable:
                return "not_skippable"
            return "" if found.next_date else "no_next_box"
        case PauseSubscription(until=until):
            if until is not None and until < today:
                return "day_passed"
            return "already_paused" if paused and found.next_date == until else ""
        case MoveSubscription(day=day):
            if paused:
                return "paused"
            return "day_passed" if day < today else ""


def parcel(order: Order, tracking: str) -> Shipment | None:
    """The parcel with this tracking number; '' means the only one where that has none yet."""
    found = [one for one in order.shipments if plain(one.tracking or "") == plain(tracking)]
    return found[0] if found and (tracking or len(found) == 1) else None


def is_item(order: Order, name: str) -> bool:
    """Whether a line of the order has this name, in any case."""
    return any(line.name.casefold() == name.casefold() for line in order.items)


def left(one: Shipment) -> bool:
    """Whether the parcel has left the shop, as far as is known."""
    return one.status not in _STILL_HERE


def ended(one: Shipment) -> bool:
    """Whether the parcel is no longer on its way to the customer."""
    return one.status in _ENDS


def dispatched(order: Order, item: str = "") -> bool:
    """Whether the order, or the parcel with this item where that is known, has left or is said to have left."""
    carrying = _carrying(order, item)
    if carrying and order.status is OrderStatus.PARTLY_SHIPPED:
        return any(left(one) for one in carrying)
    gone = order.status not in BEFORE_DISPATCH and order.status is not OrderStatus.CANCELLED
    return gone or any(left(one) for one in order.shipments)


def delivered(order: Order, item: str = "") -> bool:
    """Whether the order, or what carries this item where that is known, has arrived."""
    parcels = _carrying(order, item) or order.shipments
    known = [one for one in parcels if one.status is not ShipmentStatus.UNKNOWN]
    if known:
        return all(one.status is ShipmentStatus.DELIVERED for one in known)
    return order.status is OrderStatus.DELIVERED


def open_returns(returns: tuple[Return, ...], names: tuple[str, ...]) -> tuple[Return, ...]:
    """Returns of these items that came to something; one that names no items counts for all."""
    wanted = {name.casefold() for name in names}
    return tuple(
        one
        for one in returns
        if not any(word in one.status.lower() for word in _RETURN_ENDED)
        and (not one.items or not wanted or wanted & {name.casefold() for name in one.items})
    )


def in_stock(stock: dict[str, int], wanted: str) -> str:
    """The variant that is there and that the words name ('a large' is 'size L'), '' if none is."""
    words = _variant(wanted)
    there = [name for name, count in stock.items() if count > 0]
    exact = [name for name in there if _variant(name) == words]
    return next(iter(exact or [name for name in there if words and words < _variant(name)]), "")


def _variant(words: str) -> frozenset[str]:
    text = " ".join(re.findall(r"[\w.]+", words.casefold()))
    for long, short in _SIZES:
        text = re.sub(rf"\b{long}\b", short, text)
    return frozenset(text.split()) - _NO_VARIANT


def _carrying(order: Order, item: str) -> tuple[Shipment, ...]:
    wanted = item.casefold()
    return tuple(one for one in order.shipments if wanted and wanted in (name.casefold() for name in one.items))


def _shipped(order: Order) -> str:
    if order.status is OrderStatus.REFUNDED:
        return "already_refunded"
    return "already_shipped" if dispatched(order) else ""


def _not_cancelled(order: Order, item: str = "") -> str:
    if order.status is OrderStatus.CANCELLED:
        return "already_cancelled"
    if order.status is OrderStatus.REFUNDED:
        return "already_refunded"
    arrived = order.status is OrderStatus.DELIVERED or any(one.status in _ENDS for one in order.shipments)
    if dispatched(order, item) and (order.cancellable is not True or arrived):
        return "already_shipped"
    return "not_allowed" if order.cancellable is False else ""


def _not_under_way(order: Order, found: Shipment | None) -> str:
    if found is None:
        return "no_such_parcel"
    if found.status in _ENDS:
        return _ENDS[found.status]
    if found.status is ShipmentStatus.AVAILABLE_FOR_PICKUP:
        return "waits_for_pickup"
    silent = found.status is ShipmentStatus.UNKNOWN and order.status is OrderStatus.SHIPPED
    return "" if found.status in _UNDER_WAY or silent else "not_under_way"


def _not_awaited(order: Order, found: Shipment | None) -> str:
    if order.status is OrderStatus.CANCELLED:
        return "cancelled"
    return _ENDS.get(found.status, "") if found else "no_such_parcel"


def _not_returned(order: Order, names: tuple[str, ...], now: datetime) -> str:
    if order.items and not all(is_item(order, name) for name in names):
        return "no_such_item"
    if order.status is OrderStatus.CANCELLED or not all(delivered(order, name) for name in names or ("",)):
        return "not_delivered"
    wanted = {name.casefold() for name in names}
    if not all(line.returnable for line in order.items if line.name.casefold() in wanted):
        return "not_returnable"
    last = _last_day(order, names, now)
    if last is not None and now.date() > last:
        return "window_passed"
    return "already_open" if open_returns(order.returns, names) else ""


def _last_day(order: Order, names: tuple[str, ...], now: datetime) -> date | None:
    """The last day on which all of the items can come back, a whole day in the shop's zone; None: not known."""
    if order.return_window_days is None:
        return None
    arrivals = [
        at.astimezone(now.tzinfo).date()
        for name in names or ("",)
        if (at := max((one.delivered_at for one in _parcels_of(order, name) if one.delivered_at), default=None))
    ]
    return min(arrivals) + timedelta(days=order.return_window_days) if arrivals else None


def _parcels_of(order: Order, name: str) -> tuple[Shipment, ...]:
    return _carrying(order, name) or order.shipments


def _not_booked(records: Records, order: Order, change: BookSlot | MoveSlot, now: datetime) -> str:
    if order.status is OrderStatus.CANCELLED:
        return "cancelled"
    if delivered(order):
        return "already_delivered"
    found = records.appointments.get(order.key)
    if found is None:
        return "no_appointment"
    booked = found.start is not None
    if isinstance(change, BookSlot) and booked:
        return "already_booked"
    if isinstance(change, MoveSlot) and not booked:
        return "not_booked"
    if change.slot not in found.slots:
        return "slot_taken"
    return "slot_passed" if change.slot.start <= now else ""
