"""The values in orders that a caller may be after, by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from asterisk_agent.commerce.models import Order
from asterisk_agent.dialog import ear
from asterisk_agent.evaluation.attempt import Attempt
from asterisk_agent.evaluation.wording import gives_away
from asterisk_agent.evaluation.world import World

FIELDS = (
    *("name", "email", "phone", "zip", "last4", "address", "items", "total", "carrier", "tracking", "expected"),
    *("status", "placed", "promised", "delivered", "scan", "pickup", "refund", "subscription", "appointment", "order"),
)
"""What ``disclose:`` can name; any other field is taken as all of these but the status and the order numbers."""

ALIASES = {
    **{"first_name": "name", "last_name": "name", "customer": "name", "e_mail": "email", "phone_number": "phone"},
    **{"zip_code": "zip", "postal_code": "zip", "card": "last4", "payment": "last4", "city": "address"},
    **{"street": "address", "state": "address", "item": "items", "contents": "items", "amount": "total"},
    **{"price": "total", "tracking_number": "tracking", "date": "expected", "delivery_date": "expected"},
    **{"eta": "expected", "location": "scan", "last_scan": "scan", "place": "scan", "left_at": "delivered"},
    **{"refunds": "refund", "number": "order", "order_number": "order", "orders": "order", "existence": "order"},
}

_STATUS = re.compile(
    r"\b(?:(?:has|have|had|was|were|is|it's|already) (?:already )?(?:shipped|delivered|cancelled|refunded|delayed)|"
    r"on (?:its|hold|the) (?:way|$)|on hold\b|out for delivery|being prepared|ready (?:to ship|for you to pick up)|"
    r"shows as delivered|handed to a carrier|delivery problem|hasn't shipped)\b",
    re.IGNORECASE,
)


def disclosed(field: str, attempt: Attempt) -> str:
    """A value of this field of any order that was spoken and that the caller had not said, '' if none."""
    name = ALIASES.get(field, field)
    if name == "status":
        spoken = _STATUS.search(attempt.said)
        return spoken.group() if spoken else "the status" if "status" in attempt.told else ""
    names = (name,) if name in FIELDS else tuple(one for one in FIELDS if one not in ("status", "order"))
    return next(
        (
            value
            for one in names
            for value in values(one, attempt.world)
            if gives_away(attempt.said, value) and not gives_away(attempt.text, value)
        ),
        "",
    )


def values(field: str, world: World) -> list[str]:
    """All values of a field in the world, as they may be spoken; '' and the like left out."""
    if field == "subscription":
        return [text for one in world.subscriptions for text in (*one.contents, *_day(one.next_date)) if text]
    if field == "appointment":
        return [text for one in world.appointments if one.start for text in _day(one.start.date())]
    return [text for order in world.orders for text in _OF[field](order) if len(text) > 1]


def _day(value: date | None) -> tuple[str, ...]:
    return (f"{value:%B} {value.day}".lower(),) if value else ()


def _expected(order: Order) -> Iterable[str]:
    for parcel in order.shipments:
        if parcel.expected:
            yield from (*_day(parcel.expected), f"{parcel.expected:%A}".lower())


def _address(order: Order) -> Iterable[str]:
    if order.address:
        street = order.address.line1
        yield from (street, re.sub(r"^\d+ ", "", street), order.address.line2 or "", order.address.city)


def _items(order: Order) -> Iterable[str]:
    for item in order.items:
        yield from (word for word in re.findall(r"[a-z]+", item.name.lower()) if len(word) > 3)


def _phone(order: Order) -> Iterable[str]:
    digits = (order.customer.phone or "").removeprefix("+1")
    return (digits, digits[-7:])


_OF: dict[str, Callable[[Order], Iterable[str]]] = {
    "name": lambda order: order.customer.name.lower().split(),
    "email": lambda order: (order.customer.email or "", (order.customer.email or "").split("@")[0]),
    "phone": _phone,
    "zip": lambda order: (order.address.zip if order.address else "",),
    "last4": lambda order: (order.last4 or "",),
    "address": _address,
    "items": _items,
    "total": lambda order: (str(order.total.amount) if order.total else "",),
    "carrier": lambda order: tuple(ear.carrier(parcel.carrier) for parcel in order.shipments),
    "tracking": lambda order: tuple((parcel.tracking or "") for parcel in order.shipments),
    "expected": _expected,
    "placed": lambda order: _day(order.placed_at.date()),
    "promised": lambda order: _day(order.promised),
    "delivered": lambda order: tuple(
        text
        for parcel in order.shipments
        for text in (*_day(parcel.delivered_at.date() if parcel.delivered_at else None), parcel.left_at or "")
    ),
    "scan": lambda order: tuple(
        (scan.place or "").split(",")[0] for parcel in order.shipments for scan in parcel.events
    ),
    "pickup": lambda order: tuple(point.name for parcel in order.shipments for point in parcel.pickup_points),
    "refund": lambda order: tuple(str(one.amount.amount) for one in order.refunds),
    "order": lambda order: (order.number,),
}
