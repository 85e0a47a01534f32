"""One entrance to all spoken forms: a kind, the caller's words, and what is known around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from asterisk_agent.dialog.spoken.address import SpokenAddress, parse_address
from asterisk_agent.dialog.spoken.date_anchor import Expects
from asterisk_agent.dialog.spoken.dates import parse_date
from asterisk_agent.dialog.spoken.details import parse_last4, parse_zip
from asterisk_agent.dialog.spoken.email import parse_email
from asterisk_agent.dialog.spoken.money import parse_money
from asterisk_agent.dialog.spoken.names import parse_name
from asterisk_agent.dialog.spoken.order_number import parse_order_number
from asterisk_agent.dialog.spoken.phone import parse_phone
from asterisk_agent.dialog.spoken.tracking import parse_tracking


@dataclass(frozen=True)
class Context:
    """What is known around the words. ``pattern``: the shop's order numbers; ``carrier``: ups, fedex, usps, dhl or ''.

    ``caller_id`` E.164; ``today`` in the shop's time zone, None for no dates; ``amounts``: those on the order in major
    units; ``item``: what an amount is for; ``current_address``: the one on the order, for corrections in part.
    """

    pattern: str = r"\d{5}"
    carrier: str = ""
    country: str = "US"
    default_area_code: str = ""
    caller_id: str = ""
    today: date | None = None
    expects: Expects = ""
    currency: str = "USD"
    amounts: tuple[Decimal, ...] = ()
    item: str = ""
    current_address: SpokenAddress | None = field(default=None)


def parse(kind: str, text: str, context: Context) -> str | SpokenAddress | None:
    """The value of ``kind`` that ``text`` says in its written form, None where it says none.

    Kinds: order_number and tracking_number (upper case, no separators), email (lower case), phone (E.164), zip (five
    digits), last4, date (ISO), money ('64.99'), name, address. Raises KeyError for any other kind; never for a text.
    """
    return _KINDS[kind](text, context) or None


KINDS: tuple[str, ...] = (
    "order_number",
    "tracking_number",
    "email",
    "phone",
    "zip",
    "last4",
    "date",
    "money",
    "name",
    "address",
)


def prepare(today: date) -> None:
    """Load what the first parse of each kind would load (holidays of the year, expressions), before the first call."""
    context = Context(today=today)
    for kind in KINDS:
        parse(kind, "one two three main street at example dot com two days after Christmas", context)


def _order_number(text: str, context: Context) -> str:
    found = parse_order_number(text, context.pattern)
    return found[0].value if found else ""


def _date(text: str, context: Context) -> str:
    day = parse_date(text, context.today, context.expects) if context.today else None
    return day.isoformat() if day else ""


def _money(text: str, context: Context) -> str:
    amount = parse_money(text, context.amounts, context.item, context.currency)
    return f"{amount:.2f}" if amount is not None else ""


def _address(text: str, context: Context) -> SpokenAddress | None:
    address = parse_address(text, context.current_address)
    return None if address.empty else address


def _zip(text: str, context: Context) -> str:
    """The code alone, or the one that ends a whole address."""
    code = parse_zip(text)
    if code:
        return code
    address = _address(text, context)
    return address.zip or "" if address is not None and address.line1 else ""


_KINDS: dict[str, Callable[[str, Context], str | SpokenAddress | None]] = {
    "order_number": _order_number,
    "tracking_number": lambda text, context: parse_tracking(text, context.carrier),
    "tracking": lambda text, context: parse_tracking(text, context.carrier),
    "email": lambda text, _: parse_email(text),
    "phone": lambda text, context: parse_phone(text, context.country, context.default_area_code, context.caller_id),
    "zip": _zip,
    "last4": lambda text, _: parse_last4(text),
    "date": _date,
    "money": _money,
    "name": lambda text, _: parse_name(text),
    "address": _address,
}
