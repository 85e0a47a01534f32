"""One stretch of the caller's speech: when there was voice, and what was understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from asterisk_agent.turn.events import Heard


@dataclass
class Utterance:
    """Times are call times in milliseconds. ``onset``: first voice; ``last_voice``: end of the last voice known."""

    number: int
    onset: int
    last_voice: int
    speaking: bool = True
    heard: Heard | None = None
    """The transcript that covers most audio."""
    failed: bool = False
    """Its transcript will not come."""
    closing: bool = False
    """The hard cap was reached: the next final transcript ends it."""
    over: bool = False
    """The endpoint was reached; it waits only for its turn to be committed."""
    interrupted: bool = False
    """It cut a prompt off."""
    heard_at_onset_ms: int | None = None
    """How much of the playback it began over had been heard then."""
    unheeded_ms: int = 0
    """Voice from before the playback began; it does not count as barge-in."""
    decodes: int = 0
    """Transcripts asked for that have not come."""
    next_probe_ms: int = 0
    """Voice over the agent at which its words are looked for."""
    empty_probes: int = 0
    """Transcripts taken over the agent's voice that held no words."""
    _segment: int = field(init=False)
    _closed_ms: int = 0

    def __post_init__(self) -> None:
        self._segment = self.onset

    @property
    def voiced_ms(self) -> int:
        """Voice in it, without its pauses."""
        return self._closed_ms + (max(0, self.last_voice - self._segment) if self.speaking else 0)

    @property
    def over_agent_ms(self) -> int:
        """Voice over the playback that runs."""
        return self.voiced_ms - self.unheeded_ms

    @property
    def covered(self) -> bool:
        """Whether the caller is silent and everything they said is transcribed."""
        return not self.speaking and self.heard is not None and self.heard.audio_to >= self.last_voice

    @property
    def text(self) -> str:
        """What was understood so far."""
        return self.heard.text.strip() if self.heard else ""

    def voice(self, at: int, now: int) -> None:
        """There is voice from ``at`` (or still) up to ``now``."""
        if not self.speaking:
            self._segment = max(at, self.last_voice)
            self.speaking = True
        self.last_voice = max(self.last_voice, now)
        if not self.closing:
            self.over = False

    def silence(self, at: int) -> None:
        """The voice ended at ``at``."""
        if self.speaking:
            self.last_voice = max(at, self._segment)
            self._closed_ms += self.last_voice - self._segment
            self.speaking = False

    def take(self, heard: Heard) -> bool:
        """Keep a transcript unless one of more audio is there already."""
        self.decodes = max(0, self.decodes - 1)
        if self.heard is not None and heard.audio_to < self.heard.audio_to:
            return False
        self.heard = heard
        return True
