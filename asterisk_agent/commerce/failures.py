"""What can go wrong with a store, a carrier or any other system. The messages are for the operator, not callers."""

from __future__ import annotations


class SystemFailed(Exception):
    """The system did not answer, or not usefully. ``kind`` names the failure in metrics."""

    kind = "failed"


class Unreachable(SystemFailed):
    """No connection, or it was cut in the middle."""

    kind = "unreachable"


class TooSlow(SystemFailed):
    """No answer within the time that a caller can wait."""

    kind = "late"


class Paused(SystemFailed):
    """The circuit breaker is open: the system failed too often just now and is not asked."""

    kind = "paused"


class Denied(SystemFailed):
    """401 or 403: a wrong or revoked key, or a right that it lacks."""

    kind = "denied"


class Limited(SystemFailed):
    """429, or our own rate limit is used up. ``retry_after`` in seconds where the system said it."""

    kind = "limited"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Broken(SystemFailed):
    """5xx. ``retry_after`` in seconds where the system said it (maintenance)."""

    kind = "broken"

    def __init__(self, message: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Rejected(SystemFailed):
    """Another 4xx: the request was understood and refused. ``body``: what the system said, it may be personal."""

    kind = "rejected"

    def __init__(self, message: str, status: int, body: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class BadAnswer(SystemFailed):
    """An answer that is not what the system's description says: HTML, a missing field, a time without meaning."""

    kind = "bad_answer"
