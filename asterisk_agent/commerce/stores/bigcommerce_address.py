"""Delivery addresses as BigCommerce writes them: a US state by its whole name, the country by its ISO code. Pure."""

from __future__ import annotations

from asterisk_agent.commerce.models import Address
from asterisk_agent.commerce.stores.bigcommerce_parts import AddressPart

_US = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AS": "American Samoa",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "GU": "Guam",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "PR": "Puerto Rico",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "VI": "Virgin Islands",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}
"""USPS Publication 28, appendix B."""


def address(part: AddressPart, country: str) -> Address | None:
    """The address, None where there is none. ``country``: meant where the store names none."""
    if not part.street_1:
        return None
    return Address(
        line1=part.street_1,
        line2=part.street_2 or None,
        city=part.city,
        state=part.state,
        zip=part.zip,
        country=part.country_iso2 or country,
    )


def fields(new: Address) -> dict[str, str]:
    """What of a delivery address is written anew; name, phone and country stay."""
    return {
        "street_1": new.line1,
        "street_2": new.line2 or "",
        "city": new.city,
        "state": _state(new),
        "zip": new.zip,
    }


def same(one: Address, other: Address) -> bool:
    """Whether two addresses in one country are the same place, however case and state are written."""
    return _compared(one) == _compared(other)


def _compared(value: Address) -> list[str]:
    return [" ".join(text.split()).casefold() for text in fields(value).values()]


def _state(value: Address) -> str:
    return _US.get(value.state.strip().upper(), value.state) if value.country == "US" else value.state
