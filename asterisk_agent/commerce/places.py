"""Places as carriers write them: how they are said, and their time zone where local times come without an offset.

Zones: USPS ZIP prefixes (Publication 65) against the borders of the zones in 49 CFR 71; where a prefix or a country
lies in several zones it is that of most people there, so a time near such a border can be an hour off.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

_ZIPS = (
    ("America/New_York", "005-349 373-374 376-379 398-418 425-462 465-475 478-499"),
    ("America/Chicago", "324-325 350-372 375 380-397 420-424 463-464 476-477 500-576 580-585 587-588 600-692 700-797"),
    ("America/Denver", "577 586 590-599 693 798-834 836-837 840-847 870-885 979"),
    ("America/Los_Angeles", "835 838 889-961 970-978 980-994"),
    ("America/Phoenix", "850-865"),
    ("America/Anchorage", "995-999"),
    ("Pacific/Honolulu", "967-968"),
    ("Pacific/Guam", "969"),
    ("America/Puerto_Rico", "006-009"),
)
"""Later rows win over earlier ones."""

_STATES = (
    ("America/New_York", "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV"),
    ("America/Chicago", "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI"),
    ("America/Denver", "CO ID MT NM UT WY"),
    ("America/Los_Angeles", "CA NV OR WA"),
    ("America/Phoenix", "AZ"),
    ("America/Anchorage", "AK"),
    ("Pacific/Honolulu", "HI"),
    ("Pacific/Guam", "GU MP"),
    ("Pacific/Pago_Pago", "AS"),
    ("America/Puerto_Rico", "PR VI"),
)

_MOST_PEOPLE = {"AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto", "RU": "Europe/Moscow"}
"""Zones of countries whose first line in tzdata's zone.tab is not the one of most people."""

_SAID = {"GB": "United Kingdom", "KR": "South Korea", "US": "", "": ""}
_ALIASES = {"UK": "GB", "USA": "US"}


def zone_of(country: str | None, zip_code: str | None = None, state: str | None = None) -> ZoneInfo | None:
    """The time zone of a place; ``country`` as ISO 3166 alpha-2, '' for the United States. None if it is not known."""
    code = _code(country)
    if code in ("", "US"):
        name = _zip_zones().get((zip_code or "").strip()[:3]) or _state_zones().get((state or "").strip().upper())
    else:
        name = _MOST_PEOPLE.get(code) or _country_zones().get(code)
    return ZoneInfo(name) if name else None


def place(city: str | None, state: str | None = None, country: str | None = None) -> str | None:
    """'Newark, NJ', 'Sheffield, United Kingdom'; None where the carrier names no place."""
    code = _code(country)
    abroad = _SAID[code] if code in _SAID else _countries().get(code, (country or "").strip())
    # A province's code ('CA' of Cagliari) would be taken for a state's.
    parts = [(city or "").strip(), abroad or (state or "").strip()]
    return ", ".join(_tidy(part) for part in parts if part) or None


def left_at(words: str) -> str | None:
    """Where a delivered parcel is, as USPS's words have it: 'Delivered, In/At Mailbox' → 'in or at mailbox'."""
    done, _, where = words.partition(",")
    if done.strip().casefold() != "delivered":
        return None
    return re.sub(r"\s*/\s*", " or ", where.strip()).lower() or None


def _tidy(part: str) -> str:
    return part.title() if part.isupper() and len(part) > 2 else part


def _code(country: str | None) -> str:
    code = (country or "").strip().upper()
    return _ALIASES.get(code, code)


@cache
def _zip_zones() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, ranges in _ZIPS:
        for one in ranges.split():
            first, _, last = one.partition("-")
            found |= {f"{prefix:03}": name for prefix in range(int(first), int(last or first) + 1)}
    return found


@cache
def _state_zones() -> dict[str, str]:
    return {state: name for name, states in _STATES for state in states.split()}


@cache
def _country_zones() -> dict[str, str]:
    zones: dict[str, str] = {}
    for code, _, name, *_ in _table("zone.tab"):
        zones.setdefault(code, name)
    return zones


@cache
def _countries() -> dict[str, str]:
    return {code: name for code, name, *_ in _table("iso3166.tab")}


def _table(name: str) -> list[list[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
