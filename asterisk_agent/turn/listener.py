"""Follows the caller's voice: begins utterances, asks for their transcripts, and knows when none will come."""

from __future__ import annotations

from asterisk_agent.turn.actions import Action, BeginUtterance, Decode, DropUtterance
from asterisk_agent.turn.events import Heard
from asterisk_agent.turn.timers import Timers
from asterisk_agent.turn.timing import Timing
from asterisk_agent.turn.utterance import Utterance

TIMERS = ("decode", "endpoint", "transcript", "utterance")
"""Timers of an utterance: its next decode, its end, its late transcript, its hard cap."""


class Listener:
    """One utterance at a time. Methods return the actions to carry out; times are call times in milliseconds."""

    def __init__(self, timing: Timing, timers: Timers) -> None:
        self._timing = timing
        self._timers = timers
        self._count = 0
        self._deaf = False
        self.utterance: Utterance | None = None

    def voice_goes_on(self, now: int) -> list[Action]:
        """Voice up to ``now``. After an utterance was cut at its cap, the same voice begins no other."""
        return [] if self._deaf else self.voice(now, now)

    def voice(self, at: int, now: int) -> list[Action]:
        """There is voice from ``at``: begins an utterance or continues the one that is there."""
        self._deaf = False
        done: list[Action] = []
        if self.utterance is None:
            self._count += 1
            self.utterance = Utterance(self._count, onset=at, last_voice=now, next_probe_ms=self._timing.probe_ms)
            done.append(BeginUtterance(self._count, at))
            done += self._timers.set("utterance", at + self._timing.max_utterance_ms)
        self.utterance.voice(at, now)
        if not self.utterance.closing:
            done += self._timers.stop("decode", "endpoint", "transcript")
        return done

    def silence(self, at: int, now: int) -> list[Action]:
        """The voice ended at ``at``: transcribe at the first short silence, before it is known to be the end."""
        self._deaf = False
        utterance = self.utterance
        if utterance is None or not utterance.speaking:
            return []
        utterance.silence(at)
        if utterance.closing:
            return []
        due = utterance.last_voice + self._timing.decode_after_ms
        return self._decode(utterance, now) if now >= due else self._timers.set("decode", due)

    def probe(self, every_ms: int) -> list[Action]:
        """Look for words while the voice goes on, and again after ``every_ms`` more of it."""
        utterance = self.utterance
        if utterance is None or utterance.over_agent_ms < utterance.next_probe_ms:
            return []
        utterance.next_probe_ms = utterance.over_agent_ms + every_ms
        utterance.decodes += 1
        return [Decode(utterance.number)]

    def take(self, heard: Heard) -> tuple[bool, list[Action]]:
        """A transcript came; returns whether it is news."""
        utterance = self.utterance
        if utterance is None or heard.utterance != utterance.number or not utterance.take(heard):
            return False, []
        if not utterance.covered and not (heard.final and utterance.closing):
            return True, []
        utterance.over = utterance.over or utterance.closing
        return True, self._timers.stop("transcript")

    def failed(self, number: int) -> None:
        """A transcript will not come. That matters when it was the last one asked for."""
        utterance = self.utterance
        if utterance is None or number != utterance.number:
            return
        utterance.decodes = max(0, utterance.decodes - 1)
        waiting = not utterance.speaking or utterance.closing
        utterance.failed = utterance.failed or (waiting and utterance.decodes == 0 and not utterance.covered)

    def timer(self, name: str, now: int) -> list[Action]:
        """One of TIMERS ran out."""
        utterance = self.utterance
        if utterance is None:
            return []
        match name:
            case "decode":
                return self._decode(utterance, now)
            case "endpoint":
                utterance.over = utterance.covered
            case "transcript":
                utterance.failed = True
            case "utterance":
                utterance.closing = True
                return self._timers.stop("decode", "endpoint") + self._decode(utterance, now, final=True)
        return []

    def drop(self) -> list[Action]:
        """The utterance is committed or was nothing."""
        if self.utterance is None:
            return []
        number = self.utterance.number
        self._deaf = self.utterance.closing and self.utterance.speaking
        self.utterance = None
        return [*self._timers.stop(*TIMERS), DropUtterance(number)]

    def _decode(self, utterance: Utterance, now: int, final: bool = False) -> list[Action]:
        utterance.decodes += 1
        return [
            Decode(utterance.number, final),
            *self._timers.set("transcript", now + self._timing.transcript_ms),
        ]
