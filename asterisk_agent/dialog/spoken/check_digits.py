"""Check digits of the carriers' tracking numbers. Sources: the carriers' label guides, UPU S10, USPS Pub. 199."""

from __future__ import annotations

import re
from collections.abc import Callable

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_FEDEX_12_WEIGHTS = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)


def ups(value: str) -> bool:
    """1Z, 15 characters, check digit: letters count 2…9, 0, 1, … from A on, every second place twice."""
    body, check = value[2:-1], value[-1]
    if not value.startswith("1Z") or not check.isdigit():
        return False
    total = sum(
        (int(char) if char.isdigit() else (ord(char) - 63) % 10) * (2 if place % 2 else 1)
        for place, char in enumerate(body)
    )
    return (10 - total % 10) % 10 == int(check)


def fedex(value: str) -> bool:
    """12 digits by weights 3, 1, 7 modulo 11; 15, 20 and 22 digits modulo 10 over the parcel's part."""
    if len(value) == 12:
        total = sum(int(digit) * weight for digit, weight in zip(value[:11], _FEDEX_12_WEIGHTS, strict=True))
        return total % 11 % 10 == int(value[-1])
    return modulo_10(value[-15:] if len(value) == 22 else value)


def usps(value: str) -> bool:
    """International ones by S10; the others modulo 10 without the routing in front (420 and the ZIP code)."""
    if value[:2].isalpha():
        return s10(value)
    return modulo_10(value[-22:] if len(value) >= 30 else value)


def s10(value: str) -> bool:
    """Two letters, eight digits, check digit, country (UPU S10)."""
    total = sum(int(digit) * weight for digit, weight in zip(value[2:10], _S10_WEIGHTS, strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11) == int(value[10])


def dhl(value: str) -> bool:
    """Express waybills of ten digits: the last is the rest of the others by 7. Other numbers have none to check."""
    if re.fullmatch(r"\d{10,11}", value):
        return int(value[:-1]) % 7 == int(value[-1])
    return s10(value) if re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", value) else True


def modulo_10(value: str) -> bool:
    """Digits from the right with weights 1, 3, 1, … add up to a multiple of ten (GS1, also IMpb)."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(value))) % 10 == 0


CHECKS: dict[str, Callable[[str], bool]] = {"ups": ups, "fedex": fedex, "usps": usps, "dhl": dhl}
