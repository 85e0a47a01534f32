"""A caller who acts out a script on a line, listening to the agent before each step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

import numpy as np

from asterisk_agent.caller.line import Line, LineEnded
from asterisk_agent.caller.script import (
    AfterAgent,
    AtOnce,
    BargeIn,
    Cue,
    HangUp,
    Keys,
    Listen,
    Noise,
    Pause,
    PlayFile,
    Say,
    ScriptError,
    Stay,
    Step,
)
from asterisk_agent.caller.segments import RATE, Pcm, Segment
from asterisk_agent.caller.voice import CallerVoice, noise, read_wav, with_noise

REPLY_MS = 15_000
"""A caller who hears nothing for this long goes on with the next step."""

LONGEST_SPEECH_MS = 90_000
"""The same for an agent (or a queue's music) that does not stop."""

KEY_MS = 200
"""From one key to the next."""


@dataclass(frozen=True)
class Prepared:
    """A step with its audio, ready before the call."""

    step: Step
    audio: Pcm


@dataclass(frozen=True)
class Acted:
    """What the caller did: ``span`` is when, in milliseconds of the line."""

    kind: Literal["say", "dtmf"]
    text: str
    span: Segment
    barged_in: bool


Watch = Callable[[Acted], None]
"""Is told of an act as it begins; its span is where it is sent, for keys only where they begin."""


def prepare(steps: Sequence[Step], voice: CallerVoice) -> tuple[Prepared, ...]:
    """Render all audio of a script. Blocks: call it in a thread. Raises ScriptError for a WAV that cannot be used."""
    return tuple(Prepared(step, _audio(step, voice)) for step in steps)


def _audio(step: Step, voice: CallerVoice) -> Pcm:
    match step:
        case Say(text, _, snr_db):
            clean = voice.say(text)
        case PlayFile(path, _, snr_db):
            try:
                clean = read_wav(path)
            except ValueError as error:
                raise ScriptError(str(error)) from None
        case Noise(ms, level_dbfs):
            return noise(ms, level_dbfs)
        case _:
            return np.zeros(0, np.int16)
    return clean if snr_db is None else with_noise(clean, snr_db)


class Performer:
    """Acts out one script. ``press`` sends one key."""

    def __init__(self, line: Line, press: Callable[[str], Awaitable[None]], watch: Watch | None = None) -> None:
        self._line = line
        self._press = press
        self._watch = watch
        self._since = 0.0
        self.acted: list[Acted] = []

    async def run(self, steps: Sequence[Prepared]) -> bool:
        """Do all steps. True when the caller is to hang up, False when the other side did."""
        try:
            for prepared in steps:
                if isinstance(prepared.step, HangUp):
                    return True
                await self._do(prepared.step, prepared.audio)
            if not isinstance(steps[-1].step, Stay):
                await self._agent_finished()
        except LineEnded:
            return False
        return True

    async def _do(self, step: Say | PlayFile | Keys | Noise | Pause | Listen | Stay, audio: Pcm) -> None:
        match step:
            case Say(text, cue) | PlayFile(text, cue):
                await self._await_cue(cue)
                span = self._line.say(audio)
                act = Acted("say", str(text), span, isinstance(cue, BargeIn))
                self._note(act)
                if self._watch is not None:
                    self._watch(act)
                await self._sent()
            case Keys(digits, cue):
                await self._await_cue(cue)
                await self._keys(digits, cue)
            case Noise():
                self._line.say(audio)
                await self._sent()
            case Pause(ms):
                self._line.say(np.zeros(ms * RATE // 1000, np.int16))
                await self._sent()
            case Listen():
                await self._agent_finished()
            case Stay(seconds):
                until = self._line.now_ms + seconds * 1000
                while self._line.now_ms < until:
                    await self._line.tick()
            case _:
                assert_never(step)

    async def _keys(self, digits: str, cue: Cue) -> None:
        start = self._line.now_ms
        if self._watch is not None:
            self._watch(Acted("dtmf", digits, Segment(start, start), isinstance(cue, BargeIn)))
        for digit in digits:
            due = self._line.now_ms + KEY_MS
            await self._press(digit)
            while self._line.now_ms < due:
                await self._line.tick()
        self._note(Acted("dtmf", digits, Segment(start, self._line.now_ms), isinstance(cue, BargeIn)))

    def _note(self, act: Acted) -> None:
        self.acted.append(act)
        self._since = act.span.end_ms

    async def _sent(self) -> None:
        while self._line.speaking:
            await self._line.tick()

    async def _await_cue(self, cue: Cue) -> None:
        match cue:
            case AfterAgent():
                await self._agent_finished()
            case BargeIn(ms):
                await self._agent_began()
                began = self._line.agent.began_ms or 0.0
                while self._line.now_ms < began + ms:
                    await self._line.tick()
            case AtOnce():
                return
            case _:
                assert_never(cue)

    async def _agent_began(self) -> None:
        voice, give_up = self._line.agent, self._line.now_ms + REPLY_MS
        while not (voice.speaking(self._line.now_ms) and (voice.last_ms or 0.0) > self._since):
            if self._line.now_ms > give_up:
                return
            await self._line.tick()

    async def _agent_finished(self) -> None:
        voice, started = self._line.agent, self._line.now_ms
        while not voice.finished(self._since, self._line.now_ms):
            waited = self._line.now_ms - started
            if waited > (LONGEST_SPEECH_MS if voice.speaking(self._line.now_ms) else REPLY_MS):
                return
            await self._line.tick()
