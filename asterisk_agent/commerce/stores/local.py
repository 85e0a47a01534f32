"""A shop in one JSON file: for the demo, for tests, and for shops that are small enough.

The file is an object with these lists; all but ``customers`` and ``orders`` may be left out::

    customers      {"id", "name", "email"?, "phone"?}
    orders         {"number", "customer": customer id, "status", "placed_at", "items"?: [{"name", "quantity"?, "sku"?}],
                    "total"?: {"amount", "currency"?}, "address"?: {"line1", "line2"?, "city", "state", "zip",
                    "country"?}, "last4"?, "promised"?, "shipments"?, "returns"?, "refunds"?}
        status     pending, processing, on_hold, partly_shipped, shipped, delivered, cancelled, refunded
        shipments  {"carrier", "tracking"?, "status", "shipped_at"?, "expected"?, "expected_from"?, "expected_to"?,
                    "delivered_at"?, "left_at"?, "pickup"?, "items"?, "events"?: [{"at", "text", "place"?, "status"?}]}
            status pre_transit, in_transit, out_for_delivery, attempt_failed, available_for_pickup, delivered,
                   delayed, returning, exception, unknown
        returns    {"number", "status", "items"?, "opened_at"?, "received_at"?}
        refunds    {"amount": {"amount", "currency"?}, "status", "issued_at"?, "method"?}
    subscriptions  {"id", "customer_id", "next_date"?, "contents"?, "status"?}
    appointments   {"order", "start", "end", "checklist"?}

Times are ISO 8601 (``2026-11-23T14:05``; without an offset they are in the shop's time zone), days are
``2026-11-23``. Both may be relative to now, so that a demo stays true: ``now-3h``, ``now-20m``, ``today``,
``today+2``, ``today-1 14:05``.

A broken row is left out and reported; the rest of the shop works. A file that is changed is read again at the
next look-up; a new version that is no JSON is reported, and the last good one stays.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel, ValidationError

from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.phone import e164
from asterisk_agent.commerce.store import StoreError

log = structlog.get_logger(__name__)

DEMO_SHOP = Path(__file__).with_name("demo_shop.json")

RELATIVE = timedelta(minutes=1)
"""How long relative times stand before they are worked out again."""

_LISTS = ("customers", "orders", "subscriptions", "appointments")
_TIME_KEYS = frozenset(
    [
        "placed_at",
        "shipped_at",
        "expected_from",
        "expected_to",
        "delivered_at",
        "at",
        "opened_at",
        "received_at",
        "issued_at",
        "start",
        "end",
    ]
)
_DAY_KEYS = frozenset(("expected", "promised", "next_date"))
_NOW = re.compile(r"now(?:([+-]\d+)([mh]))?")
_TODAY = re.compile(r"today([+-]\d+)?(?: (\d\d:\d\d))?")

_Row = TypeVar("_Row", bound=BaseModel)


class LocalStore:
    """The store protocol on a JSON file."""

    def __init__(
        self, file: Path, zone: ZoneInfo, country: str = "US", clock: Callable[[], datetime] | None = None
    ) -> None:
        """Read the file. Raises StoreError when it is missing, unreadable, no JSON, or no shop."""
        self._file = file
        self._zone = zone
        self._country = country
        self._clock = clock or (lambda: datetime.now(UTC))
        self._stamp: tuple[int, int] | None = None
        self._data: Mapping[str, Any] = {}
        self._read: tuple[datetime, dict[str, Order]] | None = None
        self.problems: tuple[str, ...] = ()
        self._refresh(first=True)

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return "local"

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number (upper case, no separators), or None."""
        return (await self._shop()).get(number.upper())

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""
        return _newest(order for order in (await self._shop()).values() if order.customer.phone == phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address (any case), newest first."""
        wanted = email.casefold()
        orders = (await self._shop()).values()
        return _newest(order for order in orders if (order.customer.email or "").casefold() == wanted)

    async def close(self) -> None:
        """Nothing to release."""

    async def _shop(self) -> dict[str, Order]:
        return await asyncio.to_thread(self._orders)

    def _orders(self) -> dict[str, Order]:
        self._refresh(first=False)
        now = self._clock()
        if self._read is not None and now - self._read[0] < RELATIVE:
            return self._read[1]
        orders, problems = _Reader(self._data, self._zone, self._country, now).read()
        self._read = (now, orders)
        if problems != self.problems:
            for problem in problems:
                log.error("a row of the local store is left out", file=str(self._file), problem=problem)
            self.problems = problems
        return orders

    def _refresh(self, first: bool) -> None:
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._data = _parse(self._file)
            self._read = None
        except OSError as error:
            self._bad(f"the local store {self._file} cannot be read: {error.strerror}", first)
        except ValueError as error:
            self._bad(f"the local store {self._file} {error}", first)
        if first:
            self._orders()

    def _bad(self, message: str, first: bool) -> None:
        if first:
            raise StoreError(message)
        log.error("the local store has a bad new version; the last good one stays", problem=message)


def _parse(file: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 text: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"must be an object with the lists {', '.join(_LISTS)}")
    for key, rows in data.items():
        if key not in _LISTS:
            raise ValueError(f"has the unknown list {key!r}; known: {', '.join(_LISTS)}")
        if not isinstance(rows, list):
            raise ValueError(f"{key} must be a list")
    return data


class _Reader:
    """Turns the file's rows into models, leaving broken ones out."""

    def __init__(self, data: Mapping[str, Any], zone: ZoneInfo, country: str, now: datetime) -> None:
        self._data = data
        self._zone = zone
        self._country = country
        self._now = now.astimezone(zone)
        self._problems: list[str] = []

    def read(self) -> tuple[dict[str, Order], tuple[str, ...]]:
        customers: dict[str, Customer] = {}
        for place, row in self._rows("customers"):
            customer = self._model(Customer, place, self._with_phone(row))
            if customer and not self._twice(place, "id", customer.id, customers):
                customers[customer.id] = customer
        orders: dict[str, Order] = {}
        for place, row in self._rows("orders"):
            known = customers.get(str(row.get("customer")))
            if known is None:
                self._problems.append(f"{place}.customer = {row.get('customer')!r}: no customer has this id")
                continue
            order = self._model(Order, place, row | {"customer": known, "number": str(row.get("number", "")).upper()})
            if order and not self._twice(place, "number", order.number, orders):
                orders[order.number] = order
        for place, row in self._rows("subscriptions"):
            self._model(Subscription, place, row)
        for place, row in self._rows("appointments"):
            self._model(Appointment, place, row)
        return orders, tuple(self._problems)

    def _rows(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        rows = []
        for index, row in enumerate(self._data.get(name, ())):
            if isinstance(row, dict):
                rows.append((f"{name}[{index}]", row))
            else:
                self._problems.append(f"{name}[{index}] = {row!r}: must be an object")
        return rows

    def _twice(self, place: str, field: str, value: str, seen: Mapping[str, object]) -> bool:
        if value in seen:
            self._problems.append(f"{place}.{field} = {value!r}: an earlier row has it already")
        return value in seen

    def _with_phone(self, row: dict[str, Any]) -> dict[str, Any]:
        phone = row.get("phone")
        return row | {"phone": e164(phone, self._country) or phone} if isinstance(phone, str) else row

    def _model(self, model: type[_Row], place: str, row: dict[str, Any]) -> _Row | None:
        try:
            return model.model_validate(self._resolved(row))
        except ValidationError as error:
            for item in error.errors():
                key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in item["loc"])
                what = "" if item["type"] == "missing" else f" = {item['input']!r}"
                self._problems.append(f"{place}{key}{what}: {item['msg']}")
        return None

    def _resolved(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._resolved(child, name) for name, child in value.items()}
        if isinstance(value, list):
            return [self._resolved(child, key) for child in value]
        if isinstance(value, str) and key in _TIME_KEYS:
            return self._moment(value)
        if isinstance(value, str) and key in _DAY_KEYS:
            return self._day(value)
        return value

    def _moment(self, text: str) -> datetime | str:
        if match := _NOW.fullmatch(text):
            amount, unit = int(match[1] or 0), match[2]
            return self._now + (timedelta(hours=amount) if unit == "h" else timedelta(minutes=amount))
        if match := _TODAY.fullmatch(text):
            day = self._now.date() + timedelta(days=int(match[1] or 0))
            return datetime.combine(day, time.fromisoformat(match[2] or "12:00"), self._zone)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)

    def _day(self, text: str) -> date | str:
        match = _TODAY.fullmatch(text)
        if match and not match[2]:
            return self._now.date() + timedelta(days=int(match[1] or 0))
        return text


def _newest(orders: Any) -> tuple[Order, ...]:
    return tuple(sorted(orders, key=lambda order: order.placed_at, reverse=True))
