"""A circuit breaker: a system that keeps failing is left alone for a while. Pure; the clock is handed in."""

from __future__ import annotations

from dataclasses import dataclass

FAILURES = 5
"""Failures in a row that open it, if nothing came in between for ``SILENT_S``."""
SILENT_S = 2.0
"""Among hundreds of requests at once a few slow ones end in a row, while others are answered all the time."""
PAUSE_S = 15.0
"""First pause; it doubles with every trial that fails, up to ``LONGEST_PAUSE_S``."""
LONGEST_PAUSE_S = 120.0


@dataclass
class Breaker:
    """Closed, open until a moment, then half open: one request at a time tries whether the system is back."""

    failures: int = 0
    open_until: float | None = None
    pause_s: float = PAUSE_S
    trying: bool = False
    answered_at: float | None = None

    def allows(self, now: float) -> bool:
        """Whether a request may go out now; one that was allowed is to be reported afterwards."""
        if self.open_until is None:
            return True
        if now < self.open_until or self.trying:
            return False
        self.trying = True
        return True

    def succeeded(self, now: float) -> None:
        """It answered, if only that it refuses."""
        self.answered_at = now
        self.failures, self.open_until, self.pause_s, self.trying = 0, None, PAUSE_S, False

    def failed(self, now: float) -> None:
        """It did not answer, or with a failure of its own."""
        self.failures += 1
        if self.trying:
            self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
        silent = self.answered_at is None or now - self.answered_at >= SILENT_S
        if self.trying or (self.failures >= FAILURES and silent):
            self.open_until = now + self.pause_s
        self.trying = False

    def given_up(self) -> None:
        """Nothing is known of the request: whoever asked went away."""
        self.trying = False
