"""What happened on one call, for the records: who said what, how long each step took, what was disclosed.

Steps of a turn follow each other without gaps, so that they add up to the response:
last word → (recognition) transcript → (endpoint) turn committed → (look-up, understanding) reply →
(synthesis) first audio → (transport) first sound at the PBX.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from asterisk_agent.dialog.protocol import CallerEvent, Disclosure, Keyed, Noise, Reply, Said, Silent
from asterisk_agent.records.rows import Audit, CallEnded, CallStarted, Transferred, Turn
from asterisk_agent.records.writer import RecordWriter


@dataclass
class _Steps:
    """Call times in milliseconds at which the steps of one turn were done."""

    number: int
    kind: str
    said: str
    committed: int
    ended: int | None = None
    transcribed: int | None = None
    replied: int | None = None
    rendered: int | None = None
    sounded: int | None = None
    lookup: float = 0.0
    reply: str = ""
    heard: str | None = None
    intent: str | None = None
    sentiment: float | None = None


class CallReport:
    """Collects one call and hands finished turns to the writer. Never waits, never fails a call."""

    def __init__(self, call_id: str, writer: RecordWriter, caller_number: str, channel: str) -> None:
        self.call_id = call_id
        self._writer = writer
        self._open: dict[int, _Steps] = {}
        self._transcripts: list[tuple[int, int]] = []
        writer.write(CallStarted(call_id, datetime.now(UTC), caller_number[:40], channel[:200], writer.process))

    def transcribed(self, audio_to: int, now: int) -> None:
        """A transcript of the audio up to ``audio_to`` came at ``now``."""
        self._transcripts.append((audio_to, now))

    def committed(self, turn: int, event: CallerEvent, ended_at: int | None, now: int) -> None:
        """Turn ``turn`` went to the dialogue; the caller's last word or key was at ``ended_at``."""
        self._flush(before=turn)
        steps = _Steps(turn, *_words(event), committed=now, ended=ended_at)
        if ended_at is not None and isinstance(event, Said):
            covering = [at for audio_to, at in self._transcripts if audio_to >= ended_at]
            steps.transcribed = covering[0] if covering else now
        self._transcripts.clear()
        self._open[turn] = steps

    def replied(self, turn: int, reply: Reply, intent: str, sentiment: float, lookup_ms: float, now: int) -> None:
        """The dialogue answered, after ``lookup_ms`` of waiting for the shop's systems; ``sentiment`` -1 to 1."""
        steps = self._open.get(turn)
        if steps is not None:
            steps.reply, steps.intent, steps.lookup, steps.replied = reply.text, intent, lookup_ms, now
            steps.sentiment = sentiment

    def greeted(self, turn: int, reply: Reply) -> None:
        """The call opens with this greeting."""
        self._open[turn] = _Steps(turn, "greeting", "", committed=0, replied=0, reply=reply.text)

    def rendered(self, turn: int, now: int) -> None:
        """The first audio of the reply is there."""
        steps = self._open.get(turn)
        if steps is not None and steps.rendered is None:
            steps.rendered = now

    def sounded(self, turn: int, at: int) -> None:
        """The first sound of the reply left the PBX at call time ``at``."""
        steps = self._open.get(turn)
        if steps is not None and steps.sounded is None:
            steps.sounded = at

    def cut(self, turn: int, heard: str) -> None:
        """Only ``heard`` of the reply was heard."""
        steps = self._open.get(turn)
        if steps is not None:
            steps.heard = heard

    def cancelled(self, turn: int) -> None:
        """The caller went on speaking: the turn did not happen."""
        self._open.pop(turn, None)

    def disclosed(self, disclosures: Iterable[Disclosure]) -> None:
        """Audit lines of the dialogue."""
        for line in disclosures:
            self._writer.write(
                Audit(
                    uuid.uuid4().hex,
                    self.call_id,
                    datetime.now(UTC),
                    line.kind,
                    line.order[:64],
                    line.fields,
                    line.level,
                )
            )

    def handed_off(self, destination: str, reason: str) -> None:
        """The caller went to people."""
        self._writer.write(
            Transferred(uuid.uuid4().hex, self.call_id, datetime.now(UTC), destination[:40], reason[:80])
        )

    def ended(self, outcome: str, intent: str, order: str, level: int, sentiment: float) -> None:
        """The agent's part is over."""
        self._flush(before=None)
        at = datetime.now(UTC)
        self._writer.write(CallEnded(self.call_id, at, intent, order[:64], level, outcome[:40], sentiment))

    def _flush(self, before: int | None) -> None:
        for number in [number for number in self._open if before is None or number < before]:
            self._writer.write(self._turn(self._open.pop(number)))

    def _turn(self, steps: _Steps) -> Turn:
        def between(start: int | None, end: int | None) -> float | None:
            return None if start is None or end is None else float(max(0, end - start))

        thought = between(steps.committed, steps.replied)
        return Turn(
            call_id=self.call_id,
            number=steps.number,
            at_ms=steps.ended if steps.ended is not None else steps.committed,
            kind=steps.kind,
            said=steps.said,
            reply=steps.reply,
            heard=steps.heard,
            intent=steps.intent,
            recognition_ms=between(steps.ended, steps.transcribed),
            endpoint_ms=between(steps.transcribed if steps.transcribed is not None else steps.ended, steps.committed),
            understanding_ms=None if thought is None else max(0.0, thought - steps.lookup),
            lookup_ms=steps.lookup if steps.replied is not None else None,
            synthesis_ms=between(steps.replied, steps.rendered),
            transport_ms=between(steps.rendered, steps.sounded),
            response_ms=between(steps.ended, steps.sounded),
            sentiment=steps.sentiment,
        )


def _words(event: CallerEvent) -> tuple[str, str]:
    match event:
        case Said(text=text):
            return "speech", text
        case Keyed(digits=digits):
            return "digits", digits
        case Silent():
            return "silence", ""
        case Noise():
            return "noise", ""
