"""Outcomes of changes by key, so that a repeated request changes nothing twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from asterisk_agent.commerce.changes import Outcome

REMEMBERED = 5000


class Once:
    """For systems without idempotency keys of their own. What failed is not remembered: it may be asked again.

    ``Lookup`` sees to it that the same key is not asked for twice at once.
    """

    def __init__(self) -> None:
        self._outcomes: OrderedDict[str, Outcome] = OrderedDict()

    async def make(self, key: str, change: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """The outcome of then, or the change made now."""
        if key not in self._outcomes:
            self._outcomes[key] = await change()
            while len(self._outcomes) > REMEMBERED:
                self._outcomes.popitem(last=False)
        return self._outcomes[key]
