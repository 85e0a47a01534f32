"""Keypad entry: gathers digits until the entry is complete.

'#' ends an entry, '*' clears it. An entry also ends with the last digit that the answer can have, or by a pause
(a timer of the machine). A '#' that follows an entry which ended by its length belongs to that entry.
"""

from __future__ import annotations

from asterisk_agent.turn.endpoint import CODE_SLOTS
from asterisk_agent.turn.events import Prompt

LONGEST_ENTRY = 32
"""No answer is longer; more keys are somebody leaning on the phone."""

BEFORE_KEY_MS = 100
"""A tone may be heard this long before its key is reported."""

TONE_MS = 400
"""A key is held this long at most (ITU-T Q.24 asks for 40 ms; people take 100 to 300)."""


class Keypad:
    """The entry being keyed and the one that is complete. Times are call times in milliseconds."""

    def __init__(self, pause_ms: int) -> None:
        self._pause_ms = pause_ms
        self.entry = ""
        self.ready: str | None = None
        self.began_at = -1
        self.ended_at = 0
        self._last_key_at = 0
        self._full_at: int | None = None

    @property
    def busy(self) -> bool:
        """Whether something was keyed that is not committed."""
        return bool(self.entry) or self.ready is not None

    def is_belated_hash(self, key: str, now: int) -> bool:
        """Whether this '#' ends an entry that has ended by itself."""
        return key == "#" and not self.entry and self._full_at is not None and now - self._full_at <= self._pause_ms

    def covers(self, onset: int, last_voice: int) -> bool:
        """Whether sound from ``onset`` to ``last_voice`` lies within the keying of the last entry."""
        return (
            self.began_at >= 0 and self.began_at - BEFORE_KEY_MS <= onset and last_voice <= self._last_key_at + TONE_MS
        )

    def press(self, key: str, prompt: Prompt, now: int) -> None:
        """Take a key. ``prompt`` tells how long the entry can be."""
        self._last_key_at = now
        if key == "*":
            self.entry = ""
            return
        if key == "#":
            self._complete()
            return
        if not self.entry and self.ready is None:
            self.began_at = now
        self.entry += key
        self.ended_at = now
        limit = max(prompt.lengths) if prompt.asks in CODE_SLOTS and prompt.lengths else LONGEST_ENTRY
        if len(self.entry) >= min(limit, LONGEST_ENTRY):
            self._complete()
            self._full_at = now

    def pause(self) -> None:
        """No key came for a while: the entry is complete."""
        self._complete()

    def take(self) -> str:
        """The complete entry, which is forgotten here."""
        digits, self.ready = self.ready or "", None
        return digits

    def _complete(self) -> None:
        if self.entry:
            self.ready = (self.ready or "") + self.entry
            self.entry = ""
