"""Opening times of a day, as people write them: '09:00-12:00, 13:00-18:00'."""

from __future__ import annotations

import re
from datetime import time

Span = tuple[time, time]
"""From, to; a span that ends before it begins, or at midnight, runs into the next day."""

MIDNIGHT = time()
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")


def spans(text: str) -> tuple[Span, ...]:
    """'09:00-12:00, 13:00-18:00' as spans, earliest first; '' is closed. Raises ValueError with the form."""
    return tuple(sorted(_span(piece.strip()) for piece in text.split(",") if piece.strip()))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        hour, minute, last_hour, last_minute = map(int, found.groups())
        end = MIDNIGHT if (last_hour, last_minute) == (24, 0) else time(last_hour, last_minute)
        span = time(hour, minute), end
    except ValueError:
        raise ValueError(f"has {text!r}; write spans like '09:00-18:00', several with commas, '' for closed") from None
    if span[0] == span[1] != MIDNIGHT:
        raise ValueError(f"has {text!r}, which ends as it begins; write '00:00-24:00' for the whole day")
    return span
