"""Delivery addresses as WooCommerce keeps them. It checks nothing that is written, so it is checked here. Pure."""

from __future__ import annotations

import re

from asterisk_agent.commerce.models import Address
from asterisk_agent.commerce.places import zone_of

_ZIP = re.compile(r"[0-9]{5}(-[0-9]{4})?")


def fields(new: Address) -> dict[str, str]:
    """What of a delivery address is written anew; what is not sent stays: name, company, country, phone."""
    return {
        "address_1": new.line1,
        "address_2": new.line2 or "",
        "city": new.city,
        "state": new.state.strip().upper() if new.country == "US" else new.state,
        "postcode": new.zip,
    }


def same(one: Address, other: Address) -> bool:
    """Whether both are the same place, however they are spaced and capitalised."""
    return one.country == other.country and _compared(one) == _compared(other)


def usable(new: Address) -> bool:
    """Whether it can be sent to: nothing missing, and in the US a state's code and a ZIP code."""
    if not all(text.strip() for text in (new.line1, new.city, new.zip)):
        return False
    if new.country != "US":
        return True
    known = re.fullmatch(r"[A-Za-z]{2}", new.state.strip()) and zone_of("US", state=new.state)
    return bool(known and _ZIP.fullmatch(new.zip.strip()))


def _compared(value: Address) -> list[str]:
    return [" ".join(text.split()).casefold() for text in fields(value).values()]
