"""Carriers under the many names by which stores and aggregators call them."""

from __future__ import annotations

import re

_NAMES = {
    "ups": ("ups", "united parcel service", "ups mail innovations", "ups ground", "ups surepost"),
    "fedex": ("fedex", "federal express", "fedex ground", "fedex express", "fedex home delivery", "fedex smartpost"),
    "usps": (
        "usps",
        "us postal service",
        "u s postal service",
        "united states postal service",
        "us mail",
        "stamps com",
    ),
    "dhl": ("dhl", "dhl express", "dhl ecommerce", "dhl global mail", "dhl parcel", "dhl paket", "deutsche post dhl"),
    "amazon": ("amazon", "amzl", "amazon logistics", "amzn us", "amazon shipping"),
    "ontrac": ("ontrac", "on trac", "lasership", "laser ship"),
    "canadapost": ("canadapost", "canada post", "postes canada"),
    "lso": ("lso", "lone star overnight"),
}
_KEYS = {name: key for key, names in _NAMES.items() for name in names}
_SPOKEN = {
    "ups": "UPS",
    "fedex": "FedEx",
    "usps": "USPS",
    "dhl": "DHL",
    "amazon": "Amazon",
    "ontrac": "OnTrac",
    "canadapost": "Canada Post",
    "lso": "LSO",
}


def carrier_key(name: str) -> str:
    """'FedEx Ground®' → 'fedex', 'usps_account' → 'usps'; another carrier's name as a key of its own; '' for ''."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower())
    joined = "".join(words)
    for end in range(len(words), 0, -1):
        known = _KEYS.get(" ".join(words[:end])) or _KEYS.get("".join(words[:end]))
        if known:
            return known
    return joined


def carrier_label(name: str) -> str:
    """As it is said to a caller: 'usps' → 'USPS'; one that is not known stays as written."""
    return _SPOKEN.get(carrier_key(name), name)
