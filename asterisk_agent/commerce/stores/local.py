"""A shop in one JSON file: for the demo, for tests, and for shops that are small enough.

The format is described in ``local_format``. A broken row is left out and reported; the rest of the shop works. A
file that is changed is read again at the next look-up; a new version that is no shop at all is reported, and the
last good one stays.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from asterisk_agent.commerce.applying import NAMES, apply, redo, replaces
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.models import Appointment, Customer, Order, Subscription
from asterisk_agent.commerce.shop_records import Records
from asterisk_agent.commerce.store import StoreError
from asterisk_agent.commerce.stores.journal import Entry, Journal
from asterisk_agent.commerce.stores.local_format import Problem, Shop, check_outline, read_shop

log = structlog.get_logger(__name__)

DEMO_SHOP = Path(__file__).with_name("demo_shop.json")

RELATIVE = timedelta(minutes=1)
"""How long relative times stand before they are worked out again."""


class LocalStore:
    """The store protocol on a JSON file."""

    def __init__(
        self,
        file: Path,
        zone: ZoneInfo,
        country: str = "US",
        clock: Callable[[], datetime] | None = None,
        journal: Path | None = None,
    ) -> None:
        """Read the file. Raises StoreError when it is missing, unreadable, no JSON, or no shop.

        ``journal``: where changes are kept, to be made again over the file at every start, except where the file
        says something else by then. None: in memory alone. Taking that file away forgets the changes.
        """
        self._file = file
        self._zone = zone
        self._country = country
        self._clock = clock or (lambda: datetime.now(UTC))
        self._lock = threading.Lock()
        self._journal = Journal(journal)
        self._made: list[Entry] = []
        self._outcomes: dict[str, Outcome] = {}
        self._overruled: frozenset[str] = frozenset()
        self._stamp = _stamp(file)
        self._lists = _parse(file)
        self._trouble: StoreError | None = None
        self._journal_trouble: StoreError | None = None
        self._read_at, self._shop = self._interpret(())
        self._records = Records()
        self._heard_news()
        self._rebuild()

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return "local"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file and with the journal now; empty when all of it is used. For 'doctor'."""
        trouble = [(self._file, self._trouble), (self._file, self._journal_trouble)]
        found = [Problem(str(place), "", str(error)) for place, error in trouble if error]
        lines = [
            Problem(line, "", "is no change that is understood and is not used; remove the line")
            for line in self._journal.problems
        ]
        return (*found, *self._shop.problems, *lines)

    async def order(self, number: str) -> Order | None:
        """The order with exactly this number (upper case, no separators), or None."""
        return (await self._current()).orders.get(number.upper())

    async def orders_by_phone(self, phone: str) -> tuple[Order, ...]:
        """Orders of the customers with this E.164 number, newest first."""
        return (await self._current()).orders_by_phone(phone)

    async def orders_by_email(self, email: str) -> tuple[Order, ...]:
        """Orders of the customer with this e-mail address (any case), newest first."""
        return (await self._current()).orders_by_email(email)

    async def subscriptions(self, customer: Customer) -> tuple[Subscription, ...]:
        """The customer's subscriptions that are not cancelled."""
        return (await self._current()).subscriptions_of(customer.id)

    async def appointment(self, number: str) -> Appointment | None:
        """The delivery appointment of this order, or what can be booked for it."""
        return (await self._current()).appointment(number)

    @property
    def capabilities(self) -> frozenset[str]:
        """All changes."""
        return NAMES

    async def perform(self, change: Change, key: str) -> Outcome:
        """Make a change, once for each key; it is on the disk when this returns. Raises StoreError."""
        return await asyncio.to_thread(self._perform, change, key)

    async def open_orders(self, most: int) -> tuple[Order, ...]:
        """The newest orders that are on their way to customers, at most ``most``."""
        return (await self._current()).open_orders(most)

    async def note(self, number: str, text: str) -> bool:
        """The file has no place for notes."""
        return False

    async def check(self) -> tuple[Check, ...]:
        """Whether all of the file is used; a line for each row that is not."""
        await self._current()
        found = tuple(Check("row left out", False, str(problem)) for problem in self.problems)
        return (Check("orders", True, f"{len(self._records.orders)} in {self._file}"), *found)

    async def close(self) -> None:
        """Nothing to release."""

    def _perform(self, change: Change, key: str) -> Outcome:
        with self._lock:
            # Before anything is written: a folder whose disk is not there must not be made anew.
            self._refresh()
            if self._journal_trouble:
                raise self._journal_trouble
            with self._journal.alone():
                self._refresh()
                return self._performed(change, key)

    def _performed(self, change: Change, key: str) -> Outcome:
        if key in self._outcomes:
            return self._outcomes[key]
        now = self._now()
        replaced = replaces(self._records, change)
        records, outcome = apply(self._records, change, now)
        entry = Entry(now, key, change, outcome, replaced)
        self._journal.append(entry)
        self._made.append(entry)
        self._records, self._outcomes[key] = records, outcome
        return outcome

    async def _current(self) -> Records:
        return await asyncio.to_thread(self._refreshed)

    def _refreshed(self) -> Records:
        with self._lock:
            self._refresh()
            return self._records

    def _refresh(self) -> None:
        before = self._shop
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
        if self._heard_news() or self._shop is not before:
            self._rebuild()

    def _heard_news(self) -> bool:
        """Take in what was written to the journal by another process, or before; whether there was anything."""
        known = self._journal.problems
        try:
            entries, another = self._journal.news()
        except StoreError as error:
            if str(error) != str(self._journal_trouble):
                log.error("the changes made to the local store cannot be read; none is made now", problem=str(error))
            self._journal_trouble = error
            return False
        self._journal_trouble = None
        if another:
            log.warning("the changes made to the local store were taken away; the file counts alone")
            self._made, self._outcomes = [], {}
        for entry in entries:
            self._made.append(entry)
            self._outcomes[entry.key] = entry.outcome
        for line in self._journal.problems:
            if line not in known:
                log.error("a change made to the local store is not understood and not used", place=line)
        return another or bool(entries)

    def _rebuild(self) -> None:
        """The file's rows with everything done again over them, except where the file has moved on."""
        records = Records.of(self._shop.orders.values(), self._shop.subscriptions, self._shop.appointments)
        overruled: set[str] = set()
        for entry in self._made:
            if entry.outcome.status != "done":
                continue
            at = entry.at.astimezone(self._zone)
            again = redo(records, entry.change, at, entry.outcome.reference, entry.replaced)
            if again is None:
                overruled.add(entry.key)
                if entry.key not in self._overruled:
                    log.info(
                        "a change gives way: the local store's file says something newer", change=entry.change.name
                    )
            records = again or records
        self._records, self._overruled = records, frozenset(overruled)

    def _now(self) -> datetime:
        return self._clock().astimezone(self._zone)

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
