"""Dates, times, numbers, carriers and places in the form that is easiest to hear (US English)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.numbers import format_currency

from asterisk_agent.commerce.models import Address, DeliverySlot, Item, Money

_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

CARRIERS = {
    "ups": "UPS",
    "usps": "USPS",
    "fedex": "FedEx",
    "dhl": "DHL",
    "dhl_express": "DHL Express",
    "dhlexpress": "DHL Express",
    "dhl_ecommerce": "DHL eCommerce",
    "ontrac": "OnTrac",
    "lasership": "LaserShip",
    "amazon": "Amazon",
    "canada_post": "Canada Post",
    "canadapost": "Canada Post",
    "purolator": "Purolator",
    "gls": "GLS",
    "veho": "Veho",
    "uniuni": "UniUni",
}
"""Carriers' codes to their spoken names."""

STATES = dict(
    pair.split("=")
    for pair in [
        "AL=Alabama",
        "AK=Alaska",
        "AZ=Arizona",
        "AR=Arkansas",
        "CA=California",
        "CO=Colorado",
        "CT=Connecticut",
        "DE=Delaware",
        "DC=D.C.",
        "FL=Florida",
        "GA=Georgia",
        "HI=Hawaii",
        "ID=Idaho",
        "IL=Illinois",
        "IN=Indiana",
        "IA=Iowa",
        "KS=Kansas",
        "KY=Kentucky",
        "LA=Louisiana",
        "ME=Maine",
        "MD=Maryland",
        "MA=Massachusetts",
        "MI=Michigan",
        "MN=Minnesota",
        "MS=Mississippi",
        "MO=Missouri",
        "MT=Montana",
        "NE=Nebraska",
        "NV=Nevada",
        "NH=New_Hampshire",
        "NJ=New_Jersey",
        "NM=New_Mexico",
        "NY=New_York",
        "NC=North_Carolina",
        "ND=North_Dakota",
        "OH=Ohio",
        "OK=Oklahoma",
        "OR=Oregon",
        "PA=Pennsylvania",
        "PR=Puerto_Rico",
        "RI=Rhode_Island",
        "SC=South_Carolina",
        "SD=South_Dakota",
        "TN=Tennessee",
        "TX=Texas",
        "UT=Utah",
        "VT=Vermont",
        "VA=Virginia",
        "WA=Washington",
        "WV=West_Virginia",
        "WI=Wisconsin",
        "WY=Wyoming",
    ]
)


def count(number: int) -> str:
    """'three', from eleven on '11'."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else str(number)


def code(value: str) -> str:
    """A number for reading back: 'AB123456' as 'A B, 1 2 3, 4 5 6'. Much mixed codes are cut into threes."""
    runs = ["".join(run) for _, run in groupby(value, key=str.isdigit)]
    return ", ".join(" ".join(part) for run in (runs if len(runs) <= 3 else [value]) for part in _parts(run))


def _parts(run: str) -> list[str]:
    """Runs of up to four stay whole; longer ones are cut into threes with a tail of two to four."""
    parts: list[str] = []
    while len(run) > 4:
        parts.append(run[:3])
        run = run[3:]
    return [*parts, run]


def day(value: date, today: date) -> str:
    """'today', 'tomorrow', 'yesterday', else 'Tuesday, December 1st', with the year if it is another."""
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((value - today).days)
    if near:
        return near
    text = f"{WEEKDAYS[value.weekday()]}, {MONTHS[value.month - 1]} {ordinal(value.day)}"
    return text if value.year == today.year or abs((value - today).days) < 60 else f"{text}, {value.year}"


def on_day(value: date, today: date) -> str:
    """The day as an adverb: 'today', 'on Tuesday, December 1st'."""
    text = day(value, today)
    return text if text in ("today", "tomorrow", "yesterday") else f"on {text}"


def ordinal(number: int) -> str:
    """'1st', '22nd', '13th'."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """'6:12 AM', '2 PM', 'noon', 'midnight' in ``zone``."""
    local = at.astimezone(zone)
    if local.minute == 0 and local.hour in (0, 12):
        return "noon" if local.hour else "midnight"
    half = "AM" if local.hour < 12 else "PM"
    hour = local.hour % 12 or 12
    return f"{hour} {half}" if local.minute == 0 else f"{hour}:{local.minute:02} {half}"


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """'today at 6:12 AM', 'on Friday, November 20th at noon'."""
    return f"{on_day(at.astimezone(zone).date(), now.astimezone(zone).date())} at {clock(at, zone)}"


def ago(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """'a minute ago', 'two hours ago', from a day on the day and time itself; after 'as of'."""
    age = now - at
    if age < timedelta(minutes=2):
        return "a minute ago"
    if age < timedelta(hours=1):
        return f"{count(int(age.total_seconds() // 60))} minutes ago"
    if age < timedelta(hours=2):
        return "an hour ago"
    if age < timedelta(hours=24):
        return f"{count(int(age.total_seconds() // 3600))} hours ago"
    then, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    return f"{day(then, today)} at {clock(at, zone)}"


def carrier(name: str) -> str:
    """The carrier's spoken name."""
    known = CARRIERS.get(name.strip().lower().replace(" ", "_").replace("-", "_"))
    return known or (name.replace("_", " ").title() if _is_bare_name(name) else name.strip())


def _is_bare_name(name: str) -> bool:
    """'estes' or 'old_dominion', not 'the carrier'."""
    return name.islower() and not name.startswith("the ")


def place(text: str) -> str:
    """A scan's place: 'NEWARK, NJ, US' as 'Newark, New Jersey'."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > 1 and parts[-1].upper() in ("US", "USA", "UNITED STATES"):
        parts.pop()
    named = [part.title() if part.isupper() and len(part) > 2 else part for part in parts]
    if len(named) > 1:
        state, _, rest = named[-1].partition(" ")
        if state.upper() in STATES:
            named[-1] = f"{STATES[state.upper()].replace('_', ' ')} {code(rest)}".strip() if rest else _state(state)
    return ", ".join(named)


def _state(code_: str) -> str:
    return STATES.get(code_.upper(), code_).replace("_", " ")


def address(value: Address) -> str:
    """'12 Main Street, Unit 4, Boston, Massachusetts, 0 2 1 3 9'."""
    lines = [value.line1, value.line2 or "", value.city, _state(value.state), " ".join(value.zip)]
    return ", ".join(line for line in lines if line.strip())


def money(value: Money) -> str:
    """'$64.99'."""
    return format_currency(value.amount, value.currency, locale="en_US")


def items(values: tuple[Item, ...]) -> str:
    """Up to four names as the shop writes them, with their quantity, and how many more there are."""
    names = [
        item.name if item.quantity == 1 else f"{item.name}, quantity {count(item.quantity)}" for item in values[:4]
    ]
    if len(values) > 4:
        names.append(f"{count(len(values) - 4)} more")
    return listed(names)


def listed(names: list[str]) -> str:
    """'a', 'a and b', 'a, b, and c'."""
    if len(names) < 3:
        return " and ".join(names)
    return ", ".join(names[:-1]) + f", and {names[-1]}"


def either(names: list[str]) -> str:
    """'a', 'a or b', 'a, b, or c'."""
    if len(names) < 3:
        return " or ".join(names)
    return ", ".join(names[:-1]) + f", or {names[-1]}"


def window(slot: DeliverySlot, now: datetime, zone: ZoneInfo) -> str:
    """'tomorrow between 8 AM and noon', 'Tuesday, December 1st between 1 PM and 5 PM'."""
    when = day(slot.start.astimezone(zone).date(), now.astimezone(zone).date())
    return f"{when} between {clock(slot.start, zone)} and {clock(slot.end, zone)}"


def phone(number: str) -> str:
    """A number for reading back: '+16175550142' as '6 1 7, 5 5 5, 0 1 4 2'."""
    digits = number.removeprefix("+")
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    parts = (digits[:3], digits[3:6], digits[6:]) if len(digits) == 10 else (digits,)
    return ", ".join(" ".join(part) for part in parts)
