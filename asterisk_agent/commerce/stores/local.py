"""A shop in one JSON file: for the demo, for tests, and for shops that are small enough.

The format is described in ``local_format``. A broken row is left out and reported; the rest of the shop works. A
file that is changed is read again at the next look-up; a new version that is no shop at all is reported, and the
last good one stays.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from asterisk_agent.commerce.models import Order
from asterisk_agent.commerce.store import StoreError
from asterisk_agent.commerce.stores.local_format import Problem, Shop, check_outline, read_shop

log = structlog.get_logger(__name__)

DEMO_SHOP = Path(__file__).with_name("demo_shop.json")

RELATIVE = timedelta(minutes=1)
"""How long relative times stand before they are worked out again."""


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
        self._lock = threading.Lock()
        self._stamp = _stamp(file)
        self._lists = _parse(file)
        self._trouble: StoreError | None = None
        self._read_at, self._shop = self._interpret(())

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return "local"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file now; empty when all of it is used. For 'doctor'."""
        trouble = (Problem(str(self._file), "", str(self._trouble)),) if self._trouble else ()
        return (*trouble, *self._shop.problems)

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number (upper case, no separators), or None."""
        shop = await self._current()
        return shop.orders.get(number.upper())

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""
        shop = await self._current()
        return _newest(order for order in shop.orders.values() if order.customer.phone == phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address (any case), newest first."""
        wanted = email.strip().casefold()
        shop = await self._current()
        return _newest(
            order for order in shop.orders.values() if wanted and (order.customer.email or "").casefold() == wanted
        )

    async def close(self) -> None:
        """Nothing to release."""

    async def _current(self) -> Shop:
        return await asyncio.to_thread(self._refreshed)

    def _refreshed(self) -> Shop:
        with self._lock:
            try:
                stamp, self._stamp = self._stamp, ()
                self._stamp = _stamp(self._file)
                if stamp != self._stamp:
                    self._lists = _parse(self._file)
                    self._trouble = None
                    self._read_at, self._shop = self._interpret(self._shop.problems)
                    log.info("the local store was read again", file=str(self._file), orders=len(self._shop.orders))
            except StoreError as error:
                if str(error) != str(self._trouble):
                    log.error("the local store has a bad new version; the last good one stays", problem=str(error))
                self._trouble = error
            if self._shop.relative and abs(self._clock() - self._read_at) >= RELATIVE:
                self._read_at, self._shop = self._interpret(self._shop.problems)
            return self._shop

    def _interpret(self, reported: tuple[Problem, ...]) -> tuple[datetime, Shop]:
        now = self._clock()
        shop = read_shop(self._lists, self._zone, self._country, now)
        for problem in shop.problems:
            if problem not in reported:
                log.error(
                    "the local store has an error",
                    file=str(self._file),
                    place=problem.place,
                    fix=problem.fix,
                    personal_value=problem.value,
                )
        return now, shop


def _stamp(file: Path) -> tuple[int, ...]:
    """What changes with every new version of the file, be it written in place, replaced, or made readable."""
    try:
        status = file.stat()
    except OSError as error:
        raise StoreError(_unreadable(file, error)) from None
    return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def _parse(file: Path) -> dict[str, list[Any]]:
    try:
        return check_outline(json.loads(file.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise StoreError(_unreadable(file, error)) from None
    except json.JSONDecodeError as error:
        raise StoreError(
            f"the local store {file} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    except UnicodeDecodeError as error:
        raise StoreError(f"the local store {file} is not UTF-8 text: {error}") from None
    except RecursionError:
        raise StoreError(f"the local store {file} is nested too deeply to be a shop") from None
    except ValueError as error:
        raise StoreError(f"the local store {file} {error}") from None


def _unreadable(file: Path, error: OSError) -> str:
    return f"the local store {file} cannot be read: {error.strerror}; check store.local.file and its rights"


def _newest(orders: Iterable[Order]) -> tuple[Order, ...]:
    return tuple(sorted(orders, key=lambda order: order.placed_at, reverse=True))
