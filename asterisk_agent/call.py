"""One call's life: joins the caller's leg, speech, turn-taking and the dialogue. It decides nothing itself.

A single loop takes events from one inbox, asks the turn machine what to do, and does it. Everything slow
(recognition, look-ups, synthesis) runs in tasks of the call that answer into the inbox.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog

from asterisk_agent.audio.detector import VoiceEvent, VoiceGoesOn, VoiceStarted, VoiceStopped
from asterisk_agent.call_report import CallReport
from asterisk_agent.commerce.lookup import TimedLookups
from asterisk_agent.dialog.conversation import Conversation
from asterisk_agent.dialog.expectations import expectation
from asterisk_agent.dialog.hypotheses import by_likelihood
from asterisk_agent.dialog.protocol import Action, CallerEvent, Expectation, Keyed, Noise, Reply, Said, Silent, Transfer
from asterisk_agent.pbx.leg import AudioFrame, DigitPressed, Leg, LegError, LegGone, MediaBroken
from asterisk_agent.pbx.playout import PlaybackDone, PlaybackProgress
from asterisk_agent.settings import Shop
from asterisk_agent.speech.ear import Ear
from asterisk_agent.speech.protocols import Hints, SpeechError
from asterisk_agent.speech.voice import Voice
from asterisk_agent.turn import actions, events
from asterisk_agent.turn.history import heard_text
from asterisk_agent.turn.machine import TurnMachine

log = structlog.get_logger(__name__)

GAP_MS = 100
"""A stream quiet for this long is filled with silence, so that an utterance can end (phones that send nothing)."""

DECODE_DEADLINE_S = 5.0
"""Longest wait for one transcript; then the caller is asked again."""

FILLER_AGAIN_S = 3.5
"""Silence after a filler before the next one."""

FILLER_S = 1.0
"""Wait for an answer after which the caller is told that it is being looked up."""

GREETING_TURN = 0


@dataclass
class Spoken:
    """A reply on its way to the caller.

    ``durations``: the audio rendered so far of each sentence, in milliseconds. ``expected_before``: what was asked
    for until it was played; None before that. ``filler``: said while the reply was not there yet, before its sentences;
    ``filling`` renders it.
    """

    turn: int
    reply: Reply
    durations: list[int] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    filler: str = ""
    filling: asyncio.Task[None] | None = None
    expected_before: Expectation | None = None


@dataclass(frozen=True)
class Outcome:
    """How the agent's part of a call ended; ``handed_to`` is the destination key or None."""

    reason: str
    handed_to: str | None


@dataclass(frozen=True)
class _StillLooking:
    """The reply to this turn is not there yet."""

    turn: int


@dataclass(frozen=True)
class _TimeUp:
    """The longest time with the agent has passed."""


@dataclass(frozen=True)
class _GapCheck:
    """Time to see whether the caller's stream still flows."""


_Inbox = (
    events.Event
    | AudioFrame
    | DigitPressed
    | PlaybackProgress
    | PlaybackDone
    | LegGone
    | MediaBroken
    | _StillLooking
    | _TimeUp
    | _GapCheck
)


class Call:
    """Serves one caller from answer to hand-off or hang-up."""

    def __init__(  # its collaborators, given once by the composition
        self,
        leg: Leg,
        ear: Ear,
        voice: Voice,
        machine: TurnMachine,
        conversation: Conversation,
        report: CallReport,
        lookups: TimedLookups,
        shop: Shop,
        default_destination: str,
        max_call_s: int,
    ) -> None:
        self._leg = leg
        self._ear = ear
        self._voice = voice
        self._machine = machine
        self._conversation = conversation
        self._report = report
        self._lookups = lookups
        self._shop = shop
        self._order_lengths = expectation("order_number", shop).lengths
        self._default_destination = default_destination
        self._max_call_s = max_call_s
        self._started = time.monotonic()
        self._last_frame = 0
        self._inbox: asyncio.Queue[_Inbox] = asyncio.Queue()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._group: asyncio.TaskGroup
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering: asyncio.Task[None] | None = None
        self._answered_turn = GREETING_TURN
        self._spoken: dict[int, Spoken] = {}
        self._expects = Expectation()
        self._action: Action | None = None
        self._ended: str | None = None
        self._log = log.bind(call_id=report.call_id)

    def now(self) -> int:
        """Call time in milliseconds."""
        return int((time.monotonic() - self._started) * 1000)

    async def run(self) -> Outcome:
        """Answer, talk, and leave the caller with people or after a goodbye.

        Whatever goes wrong inside, the caller goes to people; only a caller who hung up is let go.
        """
        try:
            reason = await self._conduct()
        except asyncio.CancelledError:
            await self._leave("shutdown")
            raise
        except Exception:
            self._log.exception("the call failed; the caller goes to people")
            reason = "error"
        return await self._leave(reason)

    async def _conduct(self) -> str:
        try:
            async with asyncio.TaskGroup() as self._group:
                greeting = self._group.create_task(self._conversation.greeting())
                await self._leg.open()
                self._started = time.monotonic()
                self._spawn(self._read_leg())
                self._after(self._max_call_s, _TimeUp())
                self._after(GAP_MS / 1000, _GapCheck())
                self._report.greeted(GREETING_TURN, await greeting)
                self._say(GREETING_TURN, greeting.result())
                while self._ended is None:
                    for action in self._translate(await self._inbox.get()):
                        await self._perform(action)
                self._stop()
        finally:
            self._stop()
            self._ear.close()
        return self._ended or "error"

    async def _leave(self, reason: str) -> Outcome:
        handed_to: str | None = None
        try:
            if reason == "done" and not isinstance(self._action, Transfer):
                await self._leg.hang_up()
            elif reason != "hangup":
                transfer = self._action if isinstance(self._action, Transfer) else None
                handed_to = transfer.destination if transfer else self._default_destination
                why = transfer.reason if transfer else reason
                await self._leg.hand_off(handed_to, asdict(self._conversation.context(why)))
                self._report.handed_off(handed_to, why)
        except LegError as error:
            # The caller left at the same moment, or the PBX is gone: its dialplan has the next step.
            self._log.warning("the caller could not be moved", reason=reason, error=str(error))
        finally:
            await self._leg.close()
        talk = self._conversation
        self._report.disclosed(talk.take_disclosures())
        self._report.ended("transferred" if handed_to else reason, talk.intent, talk.order, talk.level, talk.sentiment)
        return Outcome(reason, handed_to)

    # --- tasks and timers ---

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _after(self, seconds: float, event: _Inbox) -> None:
        name = type(event).__name__
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, self._inbox.put_nowait, event)

    def _set_timer(self, name: str, at: int) -> None:
        self._stop_timer(name)

        def fire() -> None:
            self._inbox.put_nowait(events.TimerFired(name, self.now()))

        self._timers[name] = asyncio.get_running_loop().call_later(max(0, at - self.now()) / 1000, fire)

    def _stop_timer(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    # --- from the outside in ---

    async def _read_leg(self) -> None:
        async for event in self._leg.events():
            self._inbox.put_nowait(event)

    def _translate(self, event: _Inbox) -> tuple[actions.Action, ...]:
        match event:
            case AudioFrame(payload=payload):
                self._last_frame = self.now()
                return self._listen(self._ear.push(payload))
            case DigitPressed(digit=digit):
                return self._machine.handle(events.Digit(digit, self.now()))
            case PlaybackProgress(playback=playback, heard_ms=heard_ms):
                self._sounded(self._spoken[playback], heard_ms)
                return self._machine.handle(events.Played(playback, heard_ms, self.now()))
            case PlaybackDone(playback=playback):
                return self._machine.handle(events.PlaybackEnded(playback, self.now()))
            case LegGone(cause=cause):
                self._log.info("the caller's leg is gone", cause=cause)
                return self._machine.handle(events.HungUp(self.now()))
            case MediaBroken():
                return (actions.End("media_lost"),)
            case _GapCheck():
                self._after(GAP_MS / 1000, _GapCheck())
                missing = self.now() - self._last_frame
                if missing < GAP_MS:
                    return ()
                self._last_frame = self.now()
                return self._listen(self._ear.push_silence(missing))
            case _StillLooking(turn=turn):
                if self._answering is not None and turn == self._answered_turn:
                    self._fill(turn)
                return ()
            case _TimeUp():
                self._log.warning("the call reached its time limit with the agent", limit_s=self._max_call_s)
                return (actions.End("time limit"),)
            case _:
                return self._machine.handle(event)

    def _listen(self, found: list[VoiceEvent]) -> tuple[actions.Action, ...]:
        now = self.now()
        lag = now - self._ear.position
        wanted: list[actions.Action] = []
        for voice in found:
            match voice:
                case VoiceStarted(at_ms=at):
                    wanted += self._machine.handle(events.SpeechStarted(at + lag, now))
                case VoiceGoesOn():
                    wanted += self._machine.handle(events.SpeechGoesOn(now))
                case VoiceStopped(at_ms=at):
                    wanted += self._machine.handle(events.SpeechStopped(at + lag, now))
        return tuple(wanted)

    # --- from the inside out ---

    async def _perform(self, action: actions.Action) -> None:
        match action:
            case actions.BeginUtterance(utterance, at):
                hints = Hints(prompt=self._expects.prompt, words=self._expects.words or None)
                self._ear.begin(utterance, at - (self.now() - self._ear.position), hints)
            case actions.Decode(utterance, final):
                self._spawn(self._decode(utterance, final))
            case actions.DropUtterance(utterance):
                self._ear.drop(utterance)
            case actions.Anticipate(text):
                self._spawn(self._conversation.anticipate(text))
            case actions.CommitSpeech(turn, text, confidence, alternatives, ended_at, interrupted):
                self._answer(turn, Said(text, confidence, alternatives, interrupted), ended_at)
            case actions.CommitDigits(turn, digits, ended_at):
                self._answer(turn, Keyed(digits), ended_at)
            case actions.CommitSilence(turn, count):
                self._answer(turn, Silent(count), None)
            case actions.CommitNoise(turn):
                self._answer(turn, Noise(), None)
            case actions.CancelReply(turn):
                await self._cancel_reply(turn)
            case actions.Play(playback):
                spoken = self._spoken[playback]
                spoken.expected_before = self._expects
                self._expects, self._action = spoken.reply.expects, spoken.reply.action
                self._leg.playout.start(playback)
            case actions.Pause(playback):
                await self._leg.playout.pause(playback)
            case actions.Resume(playback, heard_ms):
                await self._leg.playout.resume(playback, heard_ms)
            case actions.Flush(playback, heard_ms):
                await self._cut(playback, heard_ms)
            case actions.SetTimer(name, at):
                self._set_timer(name, at)
            case actions.StopTimer(name):
                self._stop_timer(name)
            case actions.End(reason):
                self._ended = reason

    async def _decode(self, utterance: int, final: bool) -> None:
        audio_to = self.now()
        try:
            async with asyncio.timeout(DECODE_DEADLINE_S):
                transcript = await self._ear.transcribe(utterance, final)
        except (SpeechError, TimeoutError) as error:
            self._log.error("an utterance could not be recognised", error=str(error) or "deadline passed")
            self._inbox.put_nowait(events.RecognitionFailed(utterance, self.now()))
            return
        if transcript is None:
            return
        text, *others = by_likelihood((transcript.text, *transcript.alternatives), self._expects.slot, self._shop)
        now = self.now()
        self._log.debug("heard", personal_text=text, confidence=transcript.confidence, ms=round(transcript.decode_ms))
        self._report.transcribed(audio_to, now)
        self._inbox.put_nowait(
            events.Heard(
                utterance,
                text,
                transcript.confidence,
                audio_to,
                now,
                final=final,
                alternatives=tuple(others),
            )
        )

    def _answer(self, turn: int, event: CallerEvent, ended_at: int | None) -> None:
        self._report.disclosed(self._conversation.take_disclosures())
        self._report.committed(turn, event, ended_at, self.now())
        self._answering = self._spawn(self._respond(turn, event))

    async def _respond(self, turn: int, event: CallerEvent) -> None:
        self._answered_turn = turn
        self._lookups.take_ms()
        self._after(FILLER_S, _StillLooking(turn))
        reply = await self._conversation.respond(event)
        self._stop_timer(_StillLooking.__name__)
        self._answering = None
        talk = self._conversation
        self._report.replied(turn, reply, talk.intent, talk.sentiment, self._lookups.take_ms(), self.now())
        self._say(turn, reply)

    async def _cancel_reply(self, turn: int) -> None:
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.wait([self._answering])
            self._answering = None
            self._stop_timer(_StillLooking.__name__)
        for number, spoken in self._spoken.items():
            if spoken.turn == turn and spoken.task is not None:
                spoken.task.cancel()
                await self._leg.playout.stop(number)
                if spoken.expected_before is not None:
                    self._expects, self._action = spoken.expected_before, None
        if self._answered_turn == turn:
            self._conversation.retract()
        self._report.cancelled(turn)

    def _say(self, turn: int, reply: Reply) -> None:
        latest = len(self._spoken)
        begun = self._spoken.get(latest)
        if begun is not None and begun.turn == turn and begun.filling is not None:
            number, spoken = latest, begun
            spoken.reply = reply
        else:
            number, spoken = latest + 1, Spoken(turn, reply)
            self._spoken[number] = spoken
        spoken.task = self._spawn(self._render(number, spoken))

    def _fill(self, turn: int) -> None:
        """Say that it takes a moment, and now and then that it still does; the reply follows in the same playback."""
        number = len(self._spoken)
        begun = self._spoken.get(number)
        if begun is not None and begun.turn == turn and begun.filling is not None:
            again = self._conversation.filler(turn, again=True)
            begun.filling = begun.task = self._spawn(self._render_filler(number, begun, again, begun.filling))
        else:
            number += 1
            spoken = Spoken(turn, Reply(()), filler=self._conversation.filler(turn), durations=[0])
            self._spoken[number] = spoken
            spoken.filling = spoken.task = self._spawn(self._render_filler(number, spoken, spoken.filler))
            self._leg.playout.start(number)
        self._after(FILLER_AGAIN_S, _StillLooking(turn))

    async def _render_filler(
        self, number: int, spoken: Spoken, text: str, before: asyncio.Task[None] | None = None
    ) -> None:
        if before is not None:
            await before
        async for pcm in self._voice.say(text):
            spoken.durations[0] += len(pcm) // 8
            self._leg.playout.feed(number, self._leg.codec.encode(pcm))

    def _sounded(self, spoken: Spoken, heard_ms: int) -> None:
        """Note when the reply itself was first heard; a filler before it does not count."""
        filler_ms = spoken.durations[0] if spoken.filler else 0
        if spoken.expected_before is not None and heard_ms > filler_ms:
            self._report.sounded(spoken.turn, self.now() - heard_ms + filler_ms)

    async def _render(self, number: int, spoken: Spoken) -> None:
        if spoken.filling is not None:
            await spoken.filling
        announced = False
        for sentence in spoken.reply.sentences:
            spoken.durations.append(0)
            async for pcm in self._voice.say(sentence, spoken.reply.pace):
                spoken.durations[-1] += len(pcm) // 8
                self._leg.playout.feed(number, self._leg.codec.encode(pcm))
                if not announced:
                    announced = True
                    self._announce(number, spoken)
        self._leg.playout.finish(number)
        if not announced:
            self._announce(number, spoken)

    def _announce(self, number: int, spoken: Spoken) -> None:
        reply = spoken.reply
        self._report.rendered(spoken.turn, self.now())
        prompt = events.Prompt(
            asks=reply.expects.slot,
            lengths=reply.expects.lengths or self._order_lengths,
            interruptible=reply.interruptible,
            last=reply.action is not None,
        )
        self._inbox.put_nowait(events.ReplyReady(spoken.turn, number, prompt, self.now()))

    async def _cut(self, playback: int, heard_ms: int) -> None:
        spoken = self._spoken[playback]
        if spoken.task is not None:
            spoken.task.cancel()
        await self._leg.playout.stop(playback)
        durations = spoken.durations
        if spoken.filler:
            heard_ms, durations = heard_ms - durations[0], durations[1:]
        heard = heard_text(spoken.reply.sentences, durations, heard_ms)
        self._conversation.heard(heard)
        self._report.cut(spoken.turn, heard)
