"""Who the caller has shown to be, per order: the levels that unlock data.

Level 0: nothing known. 1: the caller's number matches the order, or its number was given: status words only.
2: order number and one of ZIP, last four, phone, e-mail: everything about that order. 3: two of them: changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from asterisk_agent.commerce.models import Order
from asterisk_agent.commerce.phone import e164

Detail = Literal["zip", "last4", "phone", "email"]

DETAILS: tuple[Detail, ...] = ("zip", "last4", "phone", "email")
"""In the order in which they are asked for: what is heard best comes first, e-mail by voice last."""

MAX_FAILURES = 3
"""Failed attempts after which nothing more is compared on this call."""


@dataclass(frozen=True)
class Identity:
    """What the caller has claimed and what of it was true. Only ``given`` and ``present`` change it."""

    country: str = "US"
    caller_phone: str = ""
    """E.164 of the presented number, '' if withheld."""
    order: str = ""
    details: tuple[tuple[Detail, str], ...] = ()
    """Details that matched an order on this call, normalised."""
    failures: int = 0
    found_by: tuple[str, Detail, str] | None = None
    """The order found by a detail instead of its number, that detail and its value: it stands for the number then.

    The value is '' where the calling number found it: that never counts as a detail.
    """
    most_failures: int = MAX_FAILURES

    @property
    def locked(self) -> bool:
        """Too many attempts failed: details stay closed for the rest of the call."""
        return self.failures >= self.most_failures

    def level(self, order: Order) -> int:
        """The level for this order, 0 to 3."""
        if self.order != plain_number(order.number):
            return 1 if self.is_callers(order) else 0
        right = [kind for kind, value in self.details if matches(order, kind, value, self.country)]
        if self.found_by and self.found_by[0] == self.order:
            # An address or phone number is no secret: it opens nothing alone, status words with one more detail, and
            # what the number and a detail open with two more.
            shown = 0 if self.locked else min(2, len(right))
            return max(shown, 1 if self.is_callers(order) else 0)
        return 1 if self.locked else 1 + min(2, len(right))

    def is_callers(self, order: Order) -> bool:
        """Whether the order belongs to the number that is calling."""
        return bool(self.caller_phone) and self.caller_phone == e164(order.customer.phone or "", self.country)

    def given(self, number: str) -> Identity:
        """The caller gave this order number. What it was found by before is then a detail that matched."""
        plain, found = plain_number(number), self.found_by
        if found is None or found[0] != plain:
            return replace(self, order=plain, found_by=None)
        kept = tuple(item for item in self.details if item[0] != found[1])
        return replace(self, order=plain, found_by=None, details=(*kept, found[1:]))

    def moved(self, code: str) -> Identity:
        """The order got another address on this call: a ZIP code that was right before stays what was shown."""
        return replace(self, details=tuple((kind, code if kind == "zip" else value) for kind, value in self.details))

    def found(self, number: str, kind: Detail, value: str) -> Identity:
        """The order was found by its customer's e-mail address or phone number."""
        return replace(self, order=plain_number(number), found_by=(plain_number(number), kind, value))

    def forgotten(self) -> Identity:
        """No order is in use any more."""
        return replace(self, order="", found_by=None)

    def unchecked(self, order: Order) -> tuple[Detail, ...]:
        """The kinds of details on file that have not been matched for this order yet, best first."""
        used = {kind for kind, value in self.details if matches(order, kind, value, self.country)}
        used |= {self.found_by[1]} if self.found_by and self.found_by[0] == plain_number(order.number) else set()
        return tuple(kind for kind in on_file(order) if kind not in used)

    def present(self, order: Order, kind: Detail, value: str) -> tuple[Identity, bool]:
        """Compare one detail with the order: the identity afterwards, and whether it matched. Locked: never."""
        if self.locked:
            return self, False
        if not matches(order, kind, value, self.country):
            return replace(self, failures=self.failures + 1), False
        kept = tuple(item for item in self.details if item[0] != kind)
        return replace(self, details=(*kept, (kind, value))), True


def plain_number(number: str) -> str:
    """An order number as stores are asked for it: upper-case letters and digits."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def on_file(order: Order) -> tuple[Detail, ...]:
    """The kinds of details that this order can be checked by, best first."""
    return tuple(kind for kind in DETAILS if _stored(order, kind))


def matches(order: Order, kind: Detail, value: str, country: str) -> bool:
    """Whether a detail, normalised as the parsers do, equals the stored one."""
    stored = _stored(order, kind)
    if not stored or not value:
        return False
    if kind == "zip":
        return _zip(stored) == _zip(value)
    if kind == "phone":
        left = e164(stored, country)
        return left is not None and left == e164(value, country)
    if kind == "email":
        return stored.strip().casefold() == value.strip().casefold()
    return stored == value


def _stored(order: Order, kind: Detail) -> str:
    if kind == "zip":
        return order.address.zip if order.address else ""
    if kind == "last4":
        return order.last4 or ""
    return (order.customer.phone if kind == "phone" else order.customer.email) or ""


def _zip(value: str) -> str:
    """US codes by their first five digits, others without spaces."""
    compact = re.sub(r"[\s-]", "", value).upper()
    return compact[:5] if compact.isdigit() and len(compact) in (5, 9) else compact
