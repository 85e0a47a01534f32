"""A whole call in virtual time: a caller's script, a recogniser, a dialogue and a voice around the turn machine."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from asterisk_agent.turn import actions, events
from asterisk_agent.turn.machine import TurnMachine
from asterisk_agent.turn.timing import Timing

FOUND_AFTER_MS = 60
"""How long the voice detector needs to find an onset."""
LOST_AFTER_MS = 64
"""How long it needs to find the end."""
WINDOW_MS = 32
MARK_MS = 40


@dataclass(frozen=True)
class Reply:
    """What the scripted agent says: ``ms`` of voice."""

    ms: int = 2000
    asks: str = "open"
    lengths: tuple[int, ...] = ()
    interruptible: bool = True
    last: bool = False
    thinks_ms: int = 150


@dataclass(frozen=True)
class Speech:
    start: int
    end: int
    text: str

    def words_by(self, since: int, until: int) -> list[str]:
        """The words whose sound ended between the two times."""
        words = self.text.split()
        each = (self.end - self.start) / max(1, len(words))
        ends = [self.start + each * (number + 1) for number in range(len(words))]
        return [word for word, end in zip(words, ends, strict=True) if since < end <= until + 1]


@dataclass
class Playback:
    reply: Reply
    turn: int
    heard: int = 0
    state: str = "ready"
    run: int = 0


@dataclass(order=True)
class Entry:
    at: int
    number: int
    work: Callable[[], None] = field(compare=False)


class World:
    """Runs the machine against a script. Times are call times in milliseconds."""

    def __init__(
        self,
        replies: list[Reply] | None = None,
        *,
        timing: Timing | None = None,
        asr_ms: int = 260,
        greeting: Reply | None = None,
    ) -> None:
        self.machine = TurnMachine(timing or Timing())
        self.replies = list(replies or [])
        self.asr_ms = asr_ms
        self.deaf_asr = False
        self.broken_asr = False
        self.now = 0
        self.log: list[tuple[int, actions.Action]] = []
        self.events: list[events.Event] = []
        self.speeches: list[Speech] = []
        self.playbacks: dict[int, Playback] = {}
        self._began: dict[int, int] = {}
        self._dropped: set[int] = set()
        self._timers: dict[str, int] = {}
        self._cancelled: set[int] = set()
        self._queue: list[Entry] = []
        self._number = 0
        self._reply(0, greeting or Reply(ms=2000))

    # --- the script ---

    def say(self, start: int, text: str, ms: int | None = None) -> int:
        """The caller says something at ``start``; returns when it ends. Empty text is a cough."""
        end = start + (ms if ms is not None else 90 * max(2, len(text.split()) * 3))
        self.speeches.append(Speech(start, end, text))
        self._at(start + FOUND_AFTER_MS, lambda: self.send(events.SpeechStarted(start, self.now)))
        for now in range(start + FOUND_AFTER_MS + WINDOW_MS, end, WINDOW_MS):
            self._at(now, lambda: self.send(events.SpeechGoesOn(self.now)))
        self._at(
            max(end, start + FOUND_AFTER_MS) + LOST_AFTER_MS, lambda: self.send(events.SpeechStopped(end, self.now))
        )
        return end

    def key(self, start: int, digits: str, gap: int = 300) -> int:
        """The caller presses keys; returns when the last is pressed."""
        for number, digit in enumerate(digits):
            at = start + number * gap
            self._at(at, lambda digit=digit: self.send(events.Digit(digit, self.now)))
        return start + (len(digits) - 1) * gap

    def hang_up(self, at: int) -> None:
        self._at(at, lambda: self.send(events.HungUp(self.now)))

    def at(self, when: int, event: Callable[[int], events.Event]) -> None:
        """Send an event that the script makes up, e.g. a late one."""
        self._at(when, lambda: self.send(event(self.now)))

    # --- the world ---

    def run(self, until: int = 60000) -> World:
        while self._queue and self._queue[0].at <= until:
            entry = heapq.heappop(self._queue)
            self.now = entry.at
            entry.work()
        self.now = max(self.now, until)
        return self

    def send(self, event: events.Event) -> None:
        self.events.append(event)
        for action in self.machine.handle(event):
            self.log.append((self.now, action))
            self._perform(action)

    def _at(self, when: int, work: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._queue, Entry(when, self._number, work))

    def _perform(self, action: actions.Action) -> None:
        match action:
            case actions.BeginUtterance(utterance, at):
                self._began[utterance] = at
            case actions.Decode(utterance, final):
                assert utterance in self._began.keys() - self._dropped, "decode of a dropped utterance"
                self._decode(utterance, final)
            case actions.DropUtterance(utterance):
                assert utterance in self._began.keys() - self._dropped, "dropped twice"
                self._dropped.add(utterance)
            case actions.CommitSpeech(turn=turn) | actions.CommitDigits(turn=turn):
                self._reply(turn, self._next_reply())
            case actions.CommitSilence(turn=turn) | actions.CommitNoise(turn=turn):
                self._reply(turn, self._next_reply())
            case actions.CancelReply(turn):
                self._cancelled.add(turn)
                for playback in self.playbacks.values():
                    if playback.turn == turn:
                        playback.state = "over"
            case actions.Play(playback):
                assert self.playbacks[playback].state == "ready"
                self._start(playback)
            case actions.Pause(playback):
                assert self.playbacks[playback].state == "playing"
                self.playbacks[playback].state = "paused"
                self.playbacks[playback].run += 1
            case actions.Resume(playback, heard_ms):
                assert self.playbacks[playback].state == "paused"
                self.playbacks[playback].heard = heard_ms
                self._start(playback)
            case actions.Flush(playback, heard_ms):
                assert self.playbacks[playback].state != "over"
                assert heard_ms <= self.playbacks[playback].heard
                self.playbacks[playback].state = "over"
            case actions.SetTimer(name, at):
                assert at >= self.now, f"timer {name} in the past"
                self._timers[name] = at
                self._at(at, lambda: self._fire(name, at))
            case actions.StopTimer(name):
                assert self._timers.pop(name, None) is not None, f"{name} does not run"
            case actions.End():
                assert not self._timers, f"timers left: {self._timers}"

    def _fire(self, name: str, at: int) -> None:
        if self._timers.get(name) == at:
            del self._timers[name]
            self.send(events.TimerFired(name, self.now))

    def _decode(self, utterance: int, final: bool) -> None:
        since, until = self._began[utterance] - 320, self.now
        words = [word for speech in self.speeches for word in speech.words_by(since, until)]
        if self.deaf_asr:
            return

        def answer() -> None:
            if self.broken_asr:
                self.send(events.RecognitionFailed(utterance, self.now))
            else:
                self.send(events.Heard(utterance, " ".join(words), 0.9, until, self.now, final=final))

        self._at(self.now + self.asr_ms, answer)

    def _next_reply(self) -> Reply:
        return self.replies.pop(0) if self.replies else Reply()

    def _reply(self, turn: int, reply: Reply) -> None:
        def ready() -> None:
            if turn in self._cancelled:
                return
            playback = len(self.playbacks) + 1
            self.playbacks[playback] = Playback(reply, turn)
            prompt = events.Prompt(reply.asks, reply.lengths, reply.interruptible, reply.last)
            self.send(events.ReplyReady(turn, playback, prompt, self.now))

        self._at(self.now + reply.thinks_ms, ready)

    def _start(self, number: int) -> None:
        playback = self.playbacks[number]
        playback.state = "playing"
        playback.run += 1
        self._progress(number, playback.run)

    def _progress(self, number: int, run: int) -> None:
        step = min(MARK_MS, self.playbacks[number].reply.ms - self.playbacks[number].heard)

        def tick() -> None:
            playback = self.playbacks[number]
            if playback.state != "playing" or playback.run != run:
                return
            playback.heard += step
            if playback.heard >= playback.reply.ms:
                playback.state = "over"
                self.send(events.Played(number, playback.heard, self.now))
                self.send(events.PlaybackEnded(number, self.now))
            else:
                self.send(events.Played(number, playback.heard, self.now))
                self._progress(number, run)

        self._at(self.now + step, tick)

    # --- what happened ---

    def all(self, *kinds: type) -> list[actions.Action]:
        return [action for _, action in self.log if isinstance(action, kinds)]

    def when(self, kind: type, number: int = 0) -> int:
        """Time of the ``number``-th action of a kind."""
        return [at for at, action in self.log if isinstance(action, kind)][number]

    @property
    def turns(self) -> list[str]:
        """The committed turns in order, short: the text, '#digits', '(silence 1)', '(noise)'; '-' before retracted."""
        shown: list[str] = []
        for _, action in self.log:
            match action:
                case actions.CommitSpeech(text=text):
                    shown.append(text)
                case actions.CommitDigits(digits=digits):
                    shown.append(f"#{digits}")
                case actions.CommitSilence(count=count):
                    shown.append(f"(silence {count})")
                case actions.CommitNoise():
                    shown.append("(noise)")
                case actions.CancelReply():
                    shown[-1] = f"-{shown[-1]}"
        return shown

    @property
    def answered(self) -> list[int]:
        """The turns whose replies were begun to be played; 0 is the greeting."""
        return [self.playbacks[action.playback].turn for _, action in self.log if isinstance(action, actions.Play)]

    @property
    def end(self) -> str | None:
        ends = self.all(actions.End)
        return ends[0].reason if ends and isinstance(ends[0], actions.End) else None
