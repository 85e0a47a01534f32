"""Telephone numbers in one form, so that they can be compared."""

from __future__ import annotations

import phonenumbers


def e164(text: str, country: str = "US") -> str | None:
    """The number as E.164 (``+16175550123``), read as one of ``country`` unless it says; None if it is none."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def same_phone(stored: str | None, wanted: str, country: str = "US") -> bool:
    """Whether what a store has written is this E.164 number. Systems find by parts of a text: compare again here."""
    return bool(stored) and e164(stored or "", country) == wanted


def written_forms(number: str) -> tuple[str, ...]:
    """How people write an E.164 number, for systems that search for literal text; the likeliest first."""
    parsed = phonenumbers.parse(number)
    national = str(parsed.national_number)
    local = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    plain = [number, national, f"{parsed.country_code}{national}", local, international]
    dashed = [local.replace("(", "").replace(") ", "-"), local.replace("(", "").replace(") ", ".").replace("-", ".")]
    return tuple(dict.fromkeys([*plain, *dashed]))


_COSTLY = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)


def can_be_called(number: str, country: str) -> bool:
    """Whether a caller may have an E.164 number called back: one of the shop's country that costs nothing special."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return False
    home = phonenumbers.country_code_for_region(country) == parsed.country_code
    return home and phonenumbers.number_type(parsed) not in _COSTLY
