"""Counts turns, and how often in a row nothing usable came."""

from __future__ import annotations

from asterisk_agent.turn.floor import Kind, Spoken, Turn


class Ledger:
    """``misses``: silences and noises in a row. ``noise_ms``: wordless sound since the last turn."""

    def __init__(self) -> None:
        self._turns = 0
        self.misses = 0
        self.noise_ms = 0

    def turn(self, kind: Kind, spoken: Spoken | None = None) -> Turn:
        """The next turn. Turn 0 is the greeting's."""
        self._turns += 1
        self.noise_ms = 0
        self.misses = self.misses + 1 if kind in ("silence", "noise") else 0
        return Turn(self._turns, kind, spoken)
