"""The state that a ZIP code lies in, by its first three digits (USPS, Domestic Mail Manual, labeling list L002)."""

from __future__ import annotations

from functools import cache

from rapidfuzz import fuzz

from asterisk_agent.dialog import ear

_PREFIXES = (
    "NY 005 100-149",
    "PR 006-007 009",
    "VI 008",
    "MA 010-027 055",
    "RI 028-029",
    "NH 030-038",
    "ME 039-049",
    "VT 050-054 056-059",
    "CT 060-069",
    "NJ 070-089",
    "PA 150-196",
    "DE 197-199",
    "DC 200 202-205 569",
    "MD 206-219",
    "VA 201 220-246",
    "WV 247-268",
    "NC 270-289",
    "SC 290-299",
    "GA 300-319 398-399",
    "FL 320-339 341-349",
    "AL 350-369",
    "TN 370-385",
    "MS 386-397",
    "KY 400-427",
    "OH 430-459",
    "IN 460-479",
    "MI 480-499",
    "IA 500-528",
    "WI 530-549",
    "MN 550-567",
    "SD 570-577",
    "ND 580-588",
    "MT 590-599",
    "IL 600-629",
    "MO 630-658",
    "KS 660-679",
    "NE 680-693",
    "LA 700-714",
    "AR 716-729",
    "OK 730-732 734-749",
    "TX 733 750-799 885",
    "CO 800-816",
    "WY 820-831",
    "ID 832-838",
    "UT 840-847",
    "AZ 850-865",
    "NM 870-884",
    "NV 889-898",
    "CA 900-961",
    "HI 967-968",
    "GU 969",
    "OR 970-979",
    "WA 980-994",
    "AK 995-999",
)

_ALIKE = 75.0
"""rapidfuzz ratio, 0 to 100, from which a word may be the state's name, mis-heard: 'main' for Maine."""


def state_of(code: str) -> str:
    """'04101' → 'ME'; '' for a code that belongs to no state."""
    return _states().get(code[:3], "")


def without_state(city: str, state: str) -> str:
    """A city without the state's name at its end, where it was heard as another word: 'Portland Main' of ME."""
    name = ear.STATES.get(state, "").lower()
    first, _, last = city.rpartition(" ")
    return first if first and name and fuzz.ratio(last.lower(), name) >= _ALIKE else city


@cache
def _states() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _PREFIXES:
        state, *ranges = line.split()
        for one in ranges:
            first, _, last = one.partition("-")
            found |= {f"{prefix:03}": state for prefix in range(int(first), int(last or first) + 1)}
    return found
