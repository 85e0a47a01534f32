"""Measures how long callers wait: many calls, each with its own story, timed in the recordings made at the PBX."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from asterisk_agent.caller.measure import CallTiming, Percentiles, percentiles, shift_ms
from asterisk_agent.caller.perform import Prepared, prepare
from asterisk_agent.caller.phone import CallError
from asterisk_agent.caller.place import CallResult, place_call
from asterisk_agent.caller.recording import RecordingError
from asterisk_agent.caller.report import own_timing_of, timing_of
from asterisk_agent.caller.script import AtOnce, BargeIn, HangUp, Pause, Say, Step
from asterisk_agent.caller.stage import Stage
from asterisk_agent.caller.voice import CallerVoice
from asterisk_agent.pbx.ari import AriError, AriUnreachable

ECHO = "Local/s@test-echo/n"
"""Says back what it hears: what the ruler itself adds."""

STORIES: tuple[tuple[Step, ...], ...] = (
    (
        Say("Hi, where is my order? The number is one zero four four two."),
        Say("My zip code is zero two one three nine."),
        Say("Thanks, goodbye."),
    ),
    (
        Say("I'd like to know where my package is."),
        Say("It's one oh four four two."),
        Say("Sorry, can you say that again?", BargeIn(1200)),
        Say("Okay, thank you. Bye."),
    ),
    (
        Say("Has my order shipped yet?", BargeIn(1500)),
        Say("Order number ten four forty two."),
        Say("When will it arrive?"),
        Say("No, that's all. Thank you."),
    ),
    (
        Say("Can you check the status of order one zero four four two please?"),
        Say("Which carrier has it?", BargeIn(1500)),
        Say("Oh two one three nine."),
        Say("Great, thanks. Goodbye."),
    ),
    (
        Say("Hello, I'm calling about my order."),
        Say("One zero four, [pause 350] four two."),
        Say("Where is it now?"),
        Say("Goodbye."),
    ),
)
"""What the callers of a benchmark say. They know order 10442 of the demo shop."""

PARTS = ("recognition", "endpoint", "understanding", "lookup", "synthesis", "transport")
"""Parts of a response in the agent's own records, in the order in which the time passes."""

MATCH_MS = 400.0
"""The agent's last word and the recording's differ by less than this: its voice detector rounds to 32 ms."""

START_SPREAD_S = 0.7
"""Callers of a concurrent run begin so far apart, as people do."""


@dataclass(frozen=True)
class Row:
    """One answer of the agent; times in milliseconds of the recording at the PBX.

    ``ended_ms`` is where the caller's last voice was found. ``own_response_ms`` is the response in the caller's own
    recording: a check of the ruler.
    """

    call: int
    turn: int
    said: str
    ended_ms: float
    response_ms: float | None
    own_response_ms: float | None
    barge_in_ms: float | None
    talked_over: bool


@dataclass(frozen=True)
class AgentTurn:
    """What the agent's own records say of a turn: call time of the caller's last word, what it understood, where
    the time went (milliseconds by part).
    """

    caller_id: str
    at_ms: float
    heard: str
    parts: Mapping[str, float | None]


@dataclass(frozen=True)
class BenchCall:
    """One call of the benchmark. ``caller_id`` is what the agent saw, so that its records can be found.

    ``lost_ms``: audio that was missing in the PBX's recording and has been put back.
    """

    number: int
    caller_id: str
    greeting_ms: float | None
    rows: tuple[Row, ...]
    lost_ms: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class BenchResult:
    """All calls. ``echo_ms``: delay of an echo between the two tracks, what the ruler adds to every response."""

    calls: tuple[BenchCall, ...]
    concurrency: int
    echo_ms: float | None
    recorded_at: str

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every answer."""
        return tuple(row for call in self.calls for row in call.rows)

    @property
    def response(self) -> Percentiles | None:
        """End of the caller's speech to the agent's first sound."""
        return percentiles([row.response_ms for row in self.rows if row.response_ms is not None])

    @property
    def greeting(self) -> Percentiles | None:
        """Answer to the agent's first sound."""
        return percentiles([call.greeting_ms for call in self.calls if call.greeting_ms is not None])

    @property
    def barge_in(self) -> Percentiles | None:
        """The caller's onset to the agent's silence."""
        return percentiles([row.barge_in_ms for row in self.rows if row.barge_in_ms is not None])

    @property
    def phone_minus_pbx(self) -> Percentiles | None:
        """By how much the caller's own recording differs from the PBX's: the caller's own buffers."""
        pairs = [(row.own_response_ms, row.response_ms) for row in self.rows]
        return percentiles([own - pbx for own, pbx in pairs if own is not None and pbx is not None])

    def matched(self, turns: Iterable[AgentTurn]) -> dict[tuple[int, int], AgentTurn]:
        """The agent's record of each timed row, by (call, turn): same caller, last word at the same time."""
        known = list(turns)
        found: dict[tuple[int, int], AgentTurn] = {}
        for call in self.calls:
            own = [turn for turn in known if turn.caller_id == call.caller_id]
            for row in call.rows:
                near = min(own, key=lambda turn: abs(turn.at_ms - row.ended_ms), default=None)
                if near is not None and row.response_ms is not None and abs(near.at_ms - row.ended_ms) <= MATCH_MS:
                    found[row.call, row.turn] = near
        return found

    def as_json(self, agent: Mapping[tuple[int, int], AgentTurn]) -> dict[str, Any]:
        """As ``bench latency --json`` prints it; milliseconds. ``agent``: what ``matched`` found."""
        response = self.response
        rows = self.rows
        failures = [{"call": call.number, "error": call.failure} for call in self.calls if call.failure]
        return {
            "p50": response.p50 if response else None,
            "p95": response.p95 if response else None,
            "max": response.max if response else None,
            "responses": response.count if response else 0,
            "breakdown": {name: _plain(value) for name, value in breakdown(agent.values()).items()},
            "greeting": _plain(self.greeting),
            "barge_in": _plain(self.barge_in),
            "calls": len(self.calls),
            "concurrency": self.concurrency,
            "unanswered": sum(1 for row in rows if row.response_ms is None and not row.talked_over),
            "talked_over": sum(1 for row in rows if row.talked_over),
            "recorded_at": self.recorded_at,
            "echo_ms": self.echo_ms,
            "lost_ms": sum(call.lost_ms for call in self.calls),
            "phone_minus_pbx": _plain(self.phone_minus_pbx),
            "failures": failures,
            "rows": [asdict(row) | {"agent": _agent(agent.get((row.call, row.turn)))} for row in rows],
        }


def breakdown(turns: Iterable[AgentTurn]) -> dict[str, Percentiles | None]:
    """Where the time went, part by part."""
    known = list(turns)
    return {part: percentiles([ms for turn in known if (ms := turn.parts.get(part)) is not None]) for part in PARTS}


def _agent(turn: AgentTurn | None) -> dict[str, Any] | None:
    return None if turn is None else {"heard": turn.heard, **turn.parts}


def _plain(value: Percentiles | None) -> dict[str, Any] | None:
    return asdict(value) if value is not None else None


Progress = Callable[[int, int, BenchCall], None]
"""Told after each call: calls done, calls in all, the call."""


async def run_bench(stage: Stage, calls: int, concurrency: int, progress: Progress) -> BenchResult:
    """Place ``calls`` calls, ``concurrency`` at once, and measure them.

    Raises AriDenied, AriError or AriUnreachable when Asterisk cannot be used at all; a single call that fails
    is reported with its reason.
    """
    voice = CallerVoice()
    stories = [await asyncio.to_thread(prepare, story, voice) for story in STORIES]
    echo_ms = await _echo(stage, voice) if stage.pbx is not None else None
    done: list[BenchCall] = []
    waiting = asyncio.Queue[int]()
    for number in range(calls):
        waiting.put_nowait(number)

    async def caller(first: int) -> None:
        await asyncio.sleep(first * START_SPREAD_S)
        while not waiting.empty():
            number = waiting.get_nowait()
            call = await _one(stage, number, stories[number % len(stories)])
            done.append(call)
            progress(len(done), calls, call)

    callers = [asyncio.create_task(caller(first)) for first in range(min(concurrency, calls))]
    try:
        await asyncio.gather(*callers)
    finally:
        for task in callers:
            task.cancel()
        await asyncio.wait(callers)
    done.sort(key=lambda call: call.number)
    return BenchResult(tuple(done), concurrency, echo_ms, "caller" if stage.recorder is None else "pbx")


async def _one(stage: Stage, number: int, story: Sequence[Prepared]) -> BenchCall:
    caller_id = f"+1212555{number % 10000:04d}"
    try:
        result = await place_call(stage.asterisk, story, caller_id=caller_id, recorder=stage.recorder)
    except (AriError, AriUnreachable, CallError, RecordingError) as error:
        return BenchCall(number, caller_id, None, (), failure=str(error))
    timing = timing_of(result)
    return BenchCall(number, caller_id, timing.greeting_ms, _rows(number, result, timing), result.lost_ms)


def _rows(number: int, result: CallResult, timing: CallTiming) -> tuple[Row, ...]:
    own = own_timing_of(result).turns
    return tuple(
        Row(
            call=number,
            turn=index,
            said=act.text,
            ended_ms=(at_pbx.voice or act.span).end_ms,
            response_ms=at_pbx.response_ms,
            own_response_ms=at_phone.response_ms,
            barge_in_ms=at_pbx.barge_in_ms,
            talked_over=at_pbx.talked_over,
        )
        for index, (act, at_pbx, at_phone) in enumerate(zip(result.acted, timing.turns, own, strict=True), 1)
    )


async def _echo(stage: Stage, voice: CallerVoice) -> float | None:
    steps: tuple[Step, ...] = (Say("One two three four five.", AtOnce()), Pause(500), HangUp())
    prepared = await asyncio.to_thread(prepare, steps, voice)
    result = await place_call(stage.asterisk, prepared, to=ECHO, recorder=stage.recorder)
    return shift_ms(result.tracks.caller, result.tracks.agent)
