"""Which timers of a call are running."""

from __future__ import annotations

from asterisk_agent.turn.actions import Action, SetTimer, StopTimer

EARLY_MS = 5
"""How much earlier than set a timer may fire: event loops round to milliseconds."""


class Timers:
    """Remembers what was set, so that nothing is stopped twice and late firings are recognised."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}

    def running(self, name: str) -> bool:
        """Whether the timer is set and has not fired."""
        return name in self._due

    def set(self, name: str, at: int) -> list[Action]:
        """Run the timer until call time ``at``."""
        if self._due.get(name) == at:
            return []
        self._due[name] = at
        return [SetTimer(name, at)]

    def stop(self, *names: str) -> list[Action]:
        """Stop those that run."""
        return [StopTimer(name) for name in names if self._due.pop(name, None) is not None]

    def stop_all(self) -> list[Action]:
        """Stop everything, at the end of a call."""
        return self.stop(*tuple(self._due))

    def fired(self, name: str, now: int) -> tuple[bool, list[Action]]:
        """Whether this firing counts. One from before the timer was set anew does not; the timer is set again."""
        due = self._due.get(name)
        if due is None:
            return False, []
        if now < due - EARLY_MS:
            return False, [SetTimer(name, due)]
        del self._due[name]
        return True, []
