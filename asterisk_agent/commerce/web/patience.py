"""How long a request may take and how often it is tried: little while a caller waits, more behind the calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """``total_s`` covers all attempts, waits and tokens of one request.

    ``longest_wait_s``: a system that asks for a longer wait (Retry-After) is not tried again.
    ``backs_off``: also try again when the system did not say when, with exponential backoff and jitter.
    """

    connect_s: float
    total_s: float
    attempts: int
    longest_wait_s: float
    backs_off: bool


ON_CALL = Patience(connect_s=1.0, total_s=2.5, attempts=2, longest_wait_s=1.0, backs_off=False)
"""A caller waits: one more try, and only where the system says that it is ready within a second."""

BEHIND = Patience(connect_s=5.0, total_s=60.0, attempts=5, longest_wait_s=30.0, backs_off=True)
"""Nobody waits: refreshing, pre-fetching, checking."""

_current: ContextVar[Patience] = ContextVar("patience", default=ON_CALL)


def current() -> Patience:
    """The patience of what runs now."""
    return _current.get()


@contextmanager
def behind_the_calls() -> Iterator[None]:
    """Requests made inside, and by tasks begun inside, may take their time."""
    token = _current.set(BEHIND)
    try:
        yield
    finally:
        _current.reset(token)
