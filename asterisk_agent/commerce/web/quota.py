"""Hard quotas, such as 250 requests a day, as rates of a leaky bucket."""

from __future__ import annotations

from asterisk_agent.commerce.web.client import Rate


def quota(count: int, seconds: float) -> Rate:
    """A rate with which no window of ``seconds`` sees more than ``count`` requests (``count`` > 1).

    A bucket that holds C and leaks r a second lets C + r·T through in T seconds: a tenth of the quota may go at once,
    the rest flows evenly.
    """
    at_once = max(1.0, count / 10)
    evenly = max(count - at_once, at_once)
    return Rate(at_once, seconds * at_once / evenly)
