"""What happened on a call, turn by turn: who said what and how long the caller waited; as text and as JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asterisk_agent.caller.measure import CallTiming, time_call
from asterisk_agent.caller.place import CallResult
from asterisk_agent.caller.recording import write_mono, write_stereo
from asterisk_agent.caller.segments import Pcm, Segment

_MARGIN_MS = 150.0
"""Audio around a stretch of voice that a recogniser is given."""

Transcribe = Callable[[Pcm], Awaitable[str]]
"""Telephone audio (8 kHz) to its words."""


@dataclass(frozen=True)
class Turn:
    """One turn: what the caller did, and what was heard of the agent until the caller's next turn.

    ``agent`` is what a recogniser heard in the recording, not what the agent's own log says. Times are
    milliseconds of the recording; see ``measure.TurnTiming`` for the three figures.
    """

    turn: int
    kind: str
    caller: str
    agent: str
    start_ms: float
    end_ms: float
    response_ms: float | None
    barge_in_ms: float | None
    talked_over: bool
    barged_in: bool


@dataclass(frozen=True)
class CallReport:
    """A whole call as ``asterisk-agent call --json`` prints it."""

    to: str
    ring_ms: float
    greeting_ms: float | None
    greeting: str
    turns: tuple[Turn, ...]
    hangup: dict[str, Any]
    recorded_at: str
    duration_ms: float
    files: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def timing_of(call: CallResult) -> CallTiming:
    """The waiting times of a finished call, from its recording."""
    return time_call(call.tracks, [act.span for act in call.acted], call.answered_ms, _keyed(call))


def own_timing_of(call: CallResult) -> CallTiming:
    """The same from the caller's own recording, whatever else recorded it."""
    return time_call(call.own, [act.span for act in call.own_acted], keyed=_keyed(call))


def _keyed(call: CallResult) -> frozenset[int]:
    return frozenset(index for index, act in enumerate(call.acted) if act.kind == "dtmf")


async def report_call(call: CallResult, to: str, folder: Path | None, transcribe: Transcribe | None) -> CallReport:
    """Measure and transcribe a call. ``folder``: where its audio is kept; ``transcribe`` None: no agent's words."""
    timing = timing_of(call)

    async def words(parts: Sequence[Segment]) -> str:
        if transcribe is None or not parts:
            return ""
        return await transcribe(_cut(call.tracks.agent, parts))

    turns = []
    for number, (act, turn) in enumerate(zip(call.acted, timing.turns, strict=True), 1):
        voice = turn.voice or act.span
        turns.append(
            Turn(
                turn=number,
                kind=act.kind,
                caller=act.text,
                agent=await words(turn.answer),
                start_ms=voice.start_ms,
                end_ms=voice.end_ms,
                response_ms=turn.response_ms,
                barge_in_ms=turn.barge_in_ms,
                talked_over=turn.talked_over,
                barged_in=act.barged_in,
            )
        )
    return CallReport(
        to=to,
        ring_ms=round(call.ring_ms, 1),
        greeting_ms=None if timing.greeting_ms is None else round(timing.greeting_ms, 1),
        greeting=await words(timing.greeting),
        turns=tuple(turns),
        hangup={"by": call.hung_up_by, "cause": call.cause, "text": call.cause_text},
        recorded_at=call.recorded_at,
        duration_ms=call.tracks.length_ms,
        files={} if folder is None else keep_audio(call, folder),
    )


def keep_audio(call: CallResult, folder: Path) -> dict[str, str]:
    """Write both directions below ``folder``; returns their paths."""
    files = {name: folder / f"{name}.wav" for name in ("call", "caller", "agent")}
    write_stereo(files["call"], call.tracks)
    write_mono(files["caller"], call.tracks.caller)
    write_mono(files["agent"], call.tracks.agent)
    return {name: str(path) for name, path in files.items()}


def _cut(track: Pcm, parts: Sequence[Segment]) -> Pcm:
    first = max(0, int((parts[0].start_ms - _MARGIN_MS) * 8))
    return track[first : int((parts[-1].end_ms + _MARGIN_MS) * 8)]
