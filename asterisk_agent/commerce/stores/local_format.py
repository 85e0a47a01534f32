"""The local store's file format: rows of JSON in, models out, and every broken row reported with its place.

The file is an object with these lists; all but ``customers`` and ``orders`` may be left out. ``?`` marks what may
be left out of a row::

    customers      {"id", "name", "email"?, "phone"?, "vip"?: true or false}
    orders         {"number", "customer": id of a customer, "status", "placed_at", "raw_status"?,
                    "items"?: [{"name", "quantity"?, "sku"?, "price"?: {"amount", "currency"?}, "returnable"?}],
                    "total"?: {"amount", "currency"?},
                    "address"?: {"line1", "line2"?, "city", "state", "zip", "country"?}, "last4"?, "promised"?,
                    "shipments"?, "returns"?, "refunds"?, "cancellable"?, "return_window_days"?,
                    "stock"?: {variant to exchange for: how many}}
        status     pending, processing, on_hold, partly_shipped, shipped, delivered, cancelled, refunded
        last4      last four digits of the payment card; promised: the day the shop promised
        shipments  {"carrier", "tracking"?, "status"?, "raw_status"?, "shipped_at"?, "expected"?, "expected_from"?,
                    "expected_to"?, "delivered_at"?, "left_at"?, "pickup"?, "items"?: [names],
                    "redelivery"?: [days of another attempt], "pickup_points"?: [{"name", "address"?, "hours"?}],
                    "events"?: [{"at", "text", "place"?, "status"?, "raw_code"?}]}
            status pre_transit, in_transit, out_for_delivery, attempt_failed, available_for_pickup, delivered,
                   delayed, returning, exception, unknown
            left_at  where a delivered parcel was put; pickup: where it waits
        returns    {"number", "status", "items"?: [names], "opened_at"?, "received_at"?, "refund_expected"?}
        refunds    {"amount": {"amount", "currency"?}, "status", "issued_at"?, "method"?, "expected"?}
    subscriptions  {"id", "customer_id", "next_date"?, "contents"?: [names], "status"?: active, paused or cancelled,
                    "interval_days"?, "skippable"?, "order"?: number of the order that began it}
    appointments   {"order": number of an order, "start"?, "end"?, "checklist"?: [sentences],
                    "slots"?: [{"start", "end"}] that are free}

``expected``, ``promised``, ``redelivery``, ``refund_expected`` and ``next_date`` are days; ``start``, ``end`` and
everything that ends in ``at``, ``from`` or ``to`` are times, in the forms of ``relative_time``. Amounts are texts:
``"64.90"``; an item's price is that of one. Order numbers may be written with or without separators, and must be
unique, as must ids. Telephone numbers without a country code are read as the shop's country's. Without
``return_window_days`` any delivered item may come back at any time, without ``stock`` any variant may be exchanged
for, without ``redelivery`` any coming day may be asked for; without ``cancellable`` an order can be stopped until it
is dispatched. ``demo_shop.json`` beside this file is a whole example.
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from asterisk_agent.commerce.models import Appointment, Customer, DeliverySlot, Order, Subscription
from asterisk_agent.commerce.phone import e164
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.stores import relative_time

LISTS = ("customers", "orders", "subscriptions", "appointments")
REQUIRED = ("customers", "orders")
SUBSCRIPTION = ("active", "paused", "cancelled")

_DAYS = frozenset(("expected", "promised", "next_date", "refund_expected", "redelivery"))
_TIMES = frozenset(
    (
        *("placed_at", "shipped_at", "expected_from", "expected_to", "delivered_at", "at"),
        *("opened_at", "received_at", "issued_at", "start", "end"),
    )
)

_Row = TypeVar("_Row", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """What is wrong with the file: where (``orders[3].shipments[0].expected``), the value, and what to do."""

    place: str
    value: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place} = {self.value}: {self.fix}" if self.value else f"{self.place}: {self.fix}"


@dataclass(frozen=True)
class Shop:
    """Everything usable in the file. ``orders`` by ``Order.key``; ``relative``: it has times that move with now."""

    orders: Mapping[str, Order]
    subscriptions: tuple[Subscription, ...]
    appointments: tuple[Appointment, ...]
    problems: tuple[Problem, ...]
    relative: bool


def check_outline(data: Any) -> dict[str, list[Any]]:
    """The lists of a parsed file. Raises ValueError when it is no shop at all."""
    if not isinstance(data, dict):
        raise ValueError(f"must hold an object with the lists {', '.join(LISTS)}")
    for key, rows in data.items():
        if key not in LISTS:
            close = difflib.get_close_matches(key, LISTS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(LISTS)}"
            raise ValueError(f"has the unknown list {key!r}; {hint}")
        if not isinstance(rows, list):
            raise ValueError(f"has {key!r} as {_kind(rows)}; it must be a list")
    for key in REQUIRED:
        if key not in data:
            raise ValueError(f'has no list {key!r}; add it, if only as "{key}": []')
    return data


def read_shop(lists: Mapping[str, list[Any]], zone: ZoneInfo, country: str, now: datetime) -> Shop:
    """The usable rows as models; broken ones are left out and reported. ``lists`` comes from ``check_outline``."""
    return _Reader(lists, zone, country, now).read()


class _Reader:
    def __init__(self, lists: Mapping[str, list[Any]], zone: ZoneInfo, country: str, now: datetime) -> None:
        self._lists = lists
        self._zone = zone
        self._country = country
        self._now = now
        self._problems: list[Problem] = []
        self._relative = False

    def read(self) -> Shop:
        customers: dict[str, Customer] = {}
        for place, row in self._rows("customers"):
            customer = self._model(Customer, place, row)
            if customer and not self._twice(f"{place}.id", customer.id, customers):
                customers[customer.id] = self._with_phone(place, customer)
        orders: dict[str, Order] = {}
        for place, row in self._rows("orders"):
            order = self._order(place, row, customers)
            if order and not self._twice(f"{place}.number", order.key, orders):
                orders[order.key] = order
        return Shop(
            orders,
            tuple(self._subscriptions(customers)),
            tuple(self._appointments(orders)),
            tuple(self._problems),
            self._relative,
        )

    def _order(self, place: str, row: dict[str, Any], customers: Mapping[str, Customer]) -> Order | None:
        customer = row.get("customer")
        known = customers.get(customer) if isinstance(customer, str) else None
        if known is None and "customer" in row:
            self._bad(f"{place}.customer", customer, "no usable customer has this id")
        order = self._model(Order, place, row | ({"customer": known} if known else {}), "customer")
        if order is not None and not order.key:
            self._bad(f"{place}.number", order.number, "must have letters or digits")
            return None
        return order

    def _subscriptions(self, customers: Mapping[str, Customer]) -> Iterator[Subscription]:
        seen: dict[str, Subscription] = {}
        for place, row in self._rows("subscriptions"):
            subscription = self._model(Subscription, place, row)
            if subscription is None:
                continue
            if subscription.customer_id not in customers:
                self._bad(f"{place}.customer_id", subscription.customer_id, "no usable customer has this id")
            elif subscription.status not in SUBSCRIPTION:
                self._bad(f"{place}.status", subscription.status, f"use one of {', '.join(SUBSCRIPTION)}")
            elif subscription.interval_days is not None and subscription.interval_days < 1:
                self._bad(f"{place}.interval_days", subscription.interval_days, "must be 1 or more")
            elif not self._twice(f"{place}.id", subscription.id, seen):
                seen[subscription.id] = subscription
                yield subscription

    def _appointments(self, orders: Mapping[str, Order]) -> Iterator[Appointment]:
        seen: dict[str, Appointment] = {}
        for place, row in self._rows("appointments"):
            appointment = self._model(Appointment, place, row)
            if appointment is None:
                continue
            if plain(appointment.order) not in orders:
                self._bad(f"{place}.order", appointment.order, "no usable order has this number")
            elif (appointment.start is None) != (appointment.end is None):
                self._bad(f"{place}.start", row.get("start"), "start and end belong together")
            elif appointment.start and appointment.end and appointment.end <= appointment.start:
                self._bad(f"{place}.end", row["end"], "must be after start")
            elif not self._twice(f"{place}.order", plain(appointment.order), seen):
                seen[plain(appointment.order)] = appointment
                yield appointment.model_copy(update={"slots": tuple(self._slots(place, row, appointment))})

    def _slots(self, place: str, row: dict[str, Any], appointment: Appointment) -> Iterator[DeliverySlot]:
        for index, slot in enumerate(appointment.slots):
            if slot.end > slot.start:
                yield slot
            else:
                self._bad(f"{place}.slots[{index}].end", row["slots"][index]["end"], "must be after start")

    def _rows(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for index, row in enumerate(self._lists.get(name, ())):
            if isinstance(row, dict):
                yield f"{name}[{index}]", row
            else:
                self._bad(f"{name}[{index}]", row, f"must be an object, not {_kind(row)}")

    def _twice(self, place: str, value: str, seen: Mapping[str, object]) -> bool:
        if value in seen:
            self._bad(place, value, "an earlier row has it already; give this one its own")
        return value in seen

    def _with_phone(self, place: str, customer: Customer) -> Customer:
        if customer.phone is None:
            return customer
        number = e164(customer.phone, self._country)
        if number is None:
            self._bad(f"{place}.phone", customer.phone, "is no telephone number and is not used; write +16175550142")
        return customer.model_copy(update={"phone": number})

    def _model(self, model: type[_Row], place: str, row: dict[str, Any], known_bad: str = "") -> _Row | None:
        """The row as a model, or None with what is wrong reported; ``known_bad``: a key that was judged before."""
        before = len(self._problems)
        values = self._resolved(row, place)
        reported = {problem.place for problem in self._problems}
        try:
            parsed = model.model_validate(values)
        except ValidationError as error:
            for item in error.errors():
                where = place + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in item["loc"])
                if where not in reported:
                    self._report(model, where, dict(item))
            return None
        return parsed if len(self._problems) == before else None

    def _report(self, model: type[BaseModel], where: str, item: dict[str, Any]) -> None:
        kind, value = str(item["type"]), item["input"]
        if kind == "missing":
            self._problems.append(Problem(where, "", "is missing"))
        elif kind == "extra_forbidden":
            known = _keys(model, item["loc"][:-1])
            close = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            self._bad(where, value, f"there is no such key; {hint}")
        elif kind == "enum":
            self._bad(where, value, f"use one of {item['ctx']['expected'].replace(chr(39), '').replace(' or ', ', ')}")
        else:
            self._bad(where, value, str(item["msg"]).replace("Input should", "must").replace("String should", "must"))

    def _bad(self, place: str, value: object, fix: str) -> None:
        shown = repr(value)
        self._problems.append(Problem(place, shown if len(shown) <= 80 else shown[:77] + "...", fix))

    def _resolved(self, value: Any, place: str, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._resolved(child, f"{place}.{name}", name) for name, child in value.items()}
        if isinstance(value, list):
            inner = key if key in _DAYS else ""
            return [self._resolved(child, f"{place}[{index}]", inner) for index, child in enumerate(value)]
        if value is None or key not in _DAYS | _TIMES:
            return value
        try:
            if not isinstance(value, str):
                raise ValueError(relative_time.DAY_FORMS if key in _DAYS else relative_time.TIME_FORMS)
            self._relative = self._relative or relative_time.is_relative(value)
            read = relative_time.day if key in _DAYS else relative_time.moment
            return read(value, self._now, self._zone)
        except ValueError as error:
            self._bad(place, value, str(error))
            return value


def _keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys of the object at ``path`` of a model."""
    for part in path:
        if isinstance(part, str):
            inner = _model_in(model.model_fields[part].annotation)
            if inner is not None:
                model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := _model_in(part))), None)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
