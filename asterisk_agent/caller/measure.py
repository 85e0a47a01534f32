"""What the caller's two-track recording says about the agent: waiting times, in milliseconds of the recording.

Pure functions. Nothing here comes from the agent: the end of the caller's speech and the start of the agent's
are both found in the audio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from asterisk_agent.caller.segments import HOP_MS, Pcm, Segment, levels, merged, voice_segments

SPAN_SLACK_MS = 150.0
"""An utterance is looked for this far around where it was sent: the phone's buffers move it a little."""

SILENCE_MS = 300.0
"""The agent counts as silent when it says nothing for this long; pauses between words are shorter."""

_SEARCH_MS = 2000
"""Farthest that the recording can lie from the stream that the caller sent."""


@dataclass(frozen=True)
class Tracks:
    """Both directions of one call at 8 kHz, on one clock."""

    caller: Pcm
    agent: Pcm

    @property
    def length_ms(self) -> float:
        """Length of the recording."""
        return max(len(self.caller), len(self.agent)) / 8


@dataclass(frozen=True)
class TurnTiming:
    """One turn of the caller, in milliseconds of the recording.

    ``voice``: the utterance as found (None: nothing was heard of it). ``response_ms``: its end to the agent's
    first sound after it; None when the agent said nothing before the caller's next turn.
    ``barge_in_ms``: the caller's onset to the agent's silence; None when the agent was silent already.
    ``talked_over``: the agent (still or again) spoke when the utterance ended; there is no response time then.
    ``answer``: the agent's voice from then until the caller's next turn.
    """

    voice: Segment | None
    response_ms: float | None
    barge_in_ms: float | None
    talked_over: bool
    answer: tuple[Segment, ...]


@dataclass(frozen=True)
class CallTiming:
    """A whole call. ``greeting_ms``: answer to the agent's first sound; ``greeting``: its voice before turn one."""

    greeting_ms: float | None
    greeting: tuple[Segment, ...]
    turns: tuple[TurnTiming, ...]


@dataclass(frozen=True)
class Percentiles:
    """Of one figure, in milliseconds; ``count`` values went in."""

    count: int
    p50: float
    p95: float
    max: float


def percentiles(values: Sequence[float]) -> Percentiles | None:
    """Median, 95th percentile (linear interpolation) and maximum; None for no values."""
    if not values:
        return None
    p50, p95 = np.percentile(np.asarray(values, dtype=np.float64), (50, 95))
    return Percentiles(len(values), round(float(p50), 1), round(float(p95), 1), round(float(max(values)), 1))


def shift_ms(sent: Pcm, recorded: Pcm) -> float | None:
    """By how much ``recorded`` lags behind ``sent``, from their loudness curves; true to 5 ms.

    None when one of them holds no sound to go by.
    """
    a, b = (np.maximum(levels(track), -60.0) + 60.0 for track in (sent, recorded))
    if not a.any() or not b.any():
        return None
    size = 1 << int(len(a) + len(b)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    reach = min(_SEARCH_MS // HOP_MS, size // 2 - 1)
    lags = np.arange(-reach, reach + 1)
    return float(lags[int(np.argmax(correlation[lags]))]) * HOP_MS


def time_call(
    tracks: Tracks,
    spans: Sequence[Segment],
    answered_ms: float = 0.0,
    keyed: frozenset[int] = frozenset(),
) -> CallTiming:
    """Measure a call. ``spans``: where each utterance (pauses within it included) was sent, in recording time.

    ``answered_ms``: when the call was answered, in recording time. ``keyed``: the turns that were keys and not
    speech: they cannot be found in the audio, so their span is taken as it is.
    """
    caller = voice_segments(tracks.caller)
    agent = voice_segments(tracks.agent)
    voices = [_extent(caller, span, spans, index) for index, span in enumerate(spans)]
    onsets = [(voice or span).start_ms for voice, span in zip(voices, spans, strict=True)]
    borders = [*onsets, tracks.length_ms]
    greeting = _between(agent, 0.0, borders[0])
    first = next((part.start_ms for part in agent if part.end_ms > answered_ms), None)
    turns = [
        _time_turn(span if index in keyed else voice, agent, span, borders[index + 1])
        for index, (voice, span) in enumerate(zip(voices, spans, strict=True))
    ]
    return CallTiming(None if first is None else first - answered_ms, greeting, tuple(turns))


def _extent(caller: Sequence[Segment], span: Segment, spans: Sequence[Segment], index: int) -> Segment | None:
    """The caller's voice in the span: first onset to last end. Slack never reaches into a neighbouring utterance."""
    low, high = span.start_ms - SPAN_SLACK_MS, span.end_ms + SPAN_SLACK_MS
    if index:
        low = max(low, (spans[index - 1].end_ms + span.start_ms) / 2)
    if index + 1 < len(spans):
        high = min(high, (span.end_ms + spans[index + 1].start_ms) / 2)
    parts = [part for part in caller if part.start_ms < high and part.end_ms > low]
    return Segment(max(parts[0].start_ms, low), min(parts[-1].end_ms, high)) if parts else None


def _between(agent: Sequence[Segment], start: float, end: float) -> tuple[Segment, ...]:
    """The agent's voice in this time; what begins before ``start`` or goes on after ``end`` is cut."""
    inside = [part for part in agent if part.start_ms < end and part.end_ms > start]
    return tuple(Segment(max(part.start_ms, start), min(part.end_ms, end)) for part in inside)


def _time_turn(voice: Segment | None, agent: Sequence[Segment], span: Segment, until: float) -> TurnTiming:
    said = voice or span
    barge_in = _silenced_after(agent, said)
    over = any(part.start_ms < said.end_ms < part.end_ms for part in agent)
    answer = _between(agent, said.end_ms, until)
    timing = TurnTiming(voice, None, barge_in, over, answer)
    if over or not answer or voice is None:
        return timing
    return replace(timing, response_ms=answer[0].start_ms - voice.end_ms)


def _silenced_after(agent: Sequence[Segment], voice: Segment) -> float | None:
    """How long the agent went on speaking into the caller's voice.

    A pause of the agent shorter than 300 ms is not silence. An agent that falls silent and resumes (it took
    the sound for a cough) was silenced at its first silence.
    """
    for part in merged(tuple(agent), SILENCE_MS):
        if part.start_ms < voice.start_ms < part.end_ms:
            return part.end_ms - voice.start_ms
    return None
