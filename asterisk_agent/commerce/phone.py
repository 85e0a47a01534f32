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
