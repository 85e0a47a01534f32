"""Turn-taking as a pure state machine: timed events in, actions out. No clock, no I/O.

Two things go on at once and meet here: the caller's ``Utterance`` (is there voice, what was understood, is it over)
and the ``Floor`` (listening, preparing a reply, playing one). A turn is committed when an utterance is over and the
floor allows it. Keypad entries go the same way and are never lost; whatever came first is committed first.
"""

from __future__ import annotations

from asterisk_agent.turn.actions import (
    Action,
    Anticipate,
    CancelReply,
    CommitDigits,
    CommitNoise,
    CommitSilence,
    CommitSpeech,
    End,
    Flush,
    Pause,
    Play,
    Resume,
)
from asterisk_agent.turn.backchannel import Meaning, is_wordless, meaning
from asterisk_agent.turn.dangling import is_filler_only
from asterisk_agent.turn.endpoint import is_complete, wait_ms
from asterisk_agent.turn.events import (
    Digit,
    Event,
    Heard,
    HungUp,
    PlaybackEnded,
    Played,
    Prompt,
    RecognitionFailed,
    ReplyReady,
    SpeechGoesOn,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
)
from asterisk_agent.turn.floor import Ended, Floor, Kind, Listening, Playing, Preparing, Spoken, Turn
from asterisk_agent.turn.keypad import Keypad
from asterisk_agent.turn.ledger import Ledger
from asterisk_agent.turn.listener import Listener
from asterisk_agent.turn.spelling import words_of
from asterisk_agent.turn.timers import Timers
from asterisk_agent.turn.timing import Timing
from asterisk_agent.turn.utterance import Utterance

EMPTY_PROBES = 2
"""Looks without words after which voice over the agent is noise."""


class TurnMachine:
    """Turn-taking of one call. ``handle`` takes every event in order and returns what to do, in order."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._timers = Timers()
        self._listener = Listener(timing, self._timers)
        self._ledger = Ledger()
        self._keypad = Keypad(timing.digit_ms)
        self._floor: Floor = Preparing(Turn(0, "greeting"))
        self._prompt = Prompt()
        self._carried: Spoken | None = None
        self._aside: tuple[Spoken, Utterance] | None = None
        self._silence_at = 0
        self._anticipated = ""
        self._out: list[Action] = []

    @property
    def ended(self) -> bool:
        """Whether End was given; every further event yields ()."""
        return isinstance(self._floor, Ended)

    def handle(self, event: Event) -> tuple[Action, ...]:
        """Take one event; returns the actions to carry out, in order."""
        if isinstance(self._floor, Ended):
            return ()
        self._out = []
        match event:
            case SpeechStarted(at=at, now=now):
                self._out += self._listener.voice(min(at, now), now)
                self._over_agent(now)
            case SpeechGoesOn(now=now):
                self._out += self._listener.voice_goes_on(now)
                self._over_agent(now)
            case SpeechStopped(at=at, now=now):
                self._out += self._listener.silence(min(at, now), now)
            case Heard():
                news, actions = self._listener.take(event)
                self._out += actions
                if news:
                    self._partial(event.now)
            case RecognitionFailed(utterance=number):
                self._listener.failed(number)
            case Digit(digit=key, now=now):
                self._key(key, now)
            case ReplyReady():
                self._reply_ready(event)
            case Played(playback=playback, heard_ms=heard_ms, now=now):
                if isinstance(self._floor, Playing) and self._floor.playback == playback:
                    self._floor.played(heard_ms, now)
            case PlaybackEnded(playback=playback, now=now):
                if isinstance(self._floor, Playing) and self._floor.playback == playback:
                    self._playback_ended(self._floor, now)
            case TimerFired(name=name, now=now):
                counts, again = self._timers.fired(name, now)
                self._out += again
                if counts:
                    self._timer(name, now)
            case HungUp(now=now):
                self._end("hangup")
        self._advance(event.now)
        return tuple(self._out)

    # --- voice over the agent ---

    @property
    def _utterance(self) -> Utterance | None:
        return self._listener.utterance

    def _over_agent(self, now: int) -> None:
        """Voice goes on over a reply that plays or waits: pause it, look for words, or give way."""
        floor, utterance, timing = self._floor, self._utterance, self._timing
        if utterance is None or utterance.closing:
            return
        noise = utterance.empty_probes >= EMPTY_PROBES
        if isinstance(floor, Playing):
            if utterance.heard_at_onset_ms is None:
                utterance.heard_at_onset_ms = floor.position_ms(utterance.onset)
            if not floor.prompt.interruptible:
                return
            if utterance.over_agent_ms >= timing.barge_in_ms and not floor.paused and not noise:
                floor.paused = True
                self._out.append(Pause(floor.playback))
            if utterance.over_agent_ms >= timing.takeover_ms and not utterance.empty_probes:
                self._take_floor(floor, utterance, now)
                return
        elif not (isinstance(floor, Preparing) and floor.ready is not None):
            return
        self._out += self._listener.probe(timing.noise_probe_ms if noise else timing.next_probe_ms)

    def _partial(self, now: int) -> None:
        """A transcript while the caller speaks: enough to give way to words, or to go on over noise."""
        utterance = self._utterance
        if utterance is None or not utterance.speaking or utterance.closing:
            return
        sense = self._meaning(utterance)
        if sense is Meaning.WORDS:
            utterance.empty_probes = 0
            if isinstance(self._floor, Playing) and self._floor.prompt.interruptible:
                self._take_floor(self._floor, utterance, now)
            elif isinstance(self._floor, Preparing):
                self._retract(self._floor)
            text = self._whole_text(utterance)
            if self._is_complete(text):
                self._anticipate(text)
        elif sense is Meaning.NOTHING and utterance.next_probe_ms > self._timing.probe_ms:
            utterance.empty_probes += 1
            if utterance.empty_probes >= EMPTY_PROBES:
                self._resume()

    # --- what was understood ---

    def _meaning(self, utterance: Utterance) -> Meaning:
        if isinstance(self._floor, Playing):
            return meaning(utterance.text, self._floor.prompt, greeting=self._floor.turn.kind == "greeting")
        if isinstance(self._floor, Preparing):
            turn = self._floor.turn
            if turn.spoken is not None and not self._is_complete(turn.spoken.text):
                return Meaning.NOTHING if is_wordless(utterance.text) else Meaning.WORDS
            return meaning(utterance.text, self._prompt, greeting=turn.kind == "greeting")
        if isinstance(self._floor, Listening) and self._floor.closing:
            return meaning(utterance.text, self._prompt)
        return Meaning.NOTHING if is_wordless(utterance.text) else Meaning.WORDS

    def _is_complete(self, text: str) -> bool:
        return is_complete(text, self._prompt.asks, self._prompt.lengths)

    def _whole_text(self, utterance: Utterance) -> str:
        before = self._carried
        if before is None and isinstance(self._floor, Preparing):
            before = self._floor.turn.spoken
        return f"{before.text} {utterance.text}".strip() if before else utterance.text

    def _anticipate(self, text: str) -> None:
        plain = " ".join(words_of(text))
        if plain and plain != self._anticipated:
            self._anticipated = plain
            self._out.append(Anticipate(text))

    # --- who has the floor ---

    def _take_floor(self, floor: Playing, utterance: Utterance, now: int) -> None:
        """The caller interrupts; or goes on, if the reply could not have been heard when they began."""
        turn = floor.turn
        aside, self._aside = self._aside, None
        unheard = floor.audible_since is None or utterance.onset <= floor.audible_since + self._timing.reaction_ms
        if turn.kind == "speech" and unheard:
            self._out.append(CancelReply(turn.number))
            self._carried, self._prompt = turn.spoken, floor.before
        else:
            self._out.append(Flush(floor.playback, floor.heard_ms))
            utterance.interrupted = True
            if aside is not None and utterance.onset - aside[1].last_voice <= self._timing.incomplete_ms:
                self._carried = aside[0]
        self._listen(now)

    def _retract(self, floor: Preparing) -> None:
        """The caller went on before the reply: it is not said, and both parts are one turn.

        Keys are never joined to words: after them (and before them) each input is a turn of its own.
        """
        if floor.turn.kind in ("greeting", "digits") or self._keypad.busy:
            return
        self._out.append(CancelReply(floor.turn.number))
        self._carried = floor.turn.spoken
        self._out += self._timers.stop("reply")
        self._floor = Listening()

    def _resume(self) -> None:
        if isinstance(self._floor, Playing) and self._floor.paused:
            self._floor.paused = False
            self._out.append(Resume(self._floor.playback, self._floor.heard_ms))

    def _listen(self, now: int, closing: bool = False) -> None:
        self._out += self._timers.stop("playback", "reply")
        self._floor = Listening(closing)
        self._silence_at = now + self._timing.silence_ms

    def _reply_ready(self, reply: ReplyReady) -> None:
        floor = self._floor
        if isinstance(floor, Preparing) and floor.turn.number == reply.turn and floor.ready is None:
            self._out += self._timers.stop("reply")
            floor.ready = reply

    def _play(self, floor: Preparing, reply: ReplyReady, now: int) -> None:
        self._out.append(Play(reply.playback))
        self._out += self._timers.set("playback", now + self._timing.stall_ms)
        self._floor = Playing(floor.turn, reply.playback, reply.prompt, before=self._prompt, started_at=now)
        self._prompt = reply.prompt
        if self._utterance is not None:
            self._utterance.unheeded_ms = self._utterance.voiced_ms

    def _playback_ended(self, floor: Playing, now: int) -> None:
        length = floor.heard_ms if floor.paused else floor.position_ms(now)
        self._listen(now)
        utterance = self._utterance
        if floor.prompt.last:
            speaking = utterance is not None and utterance.empty_probes < EMPTY_PROBES
            if floor.prompt.interruptible and speaking:
                self._floor = Listening(closing=True)
            else:
                self._end("done")
            return
        if self._aside is not None:
            spoken, said = self._aside
            late = self._timing.late_yes_ms if floor.prompt.asks == "yes_no" else self._timing.late_answer_ms
            if length - (said.heard_at_onset_ms or 0) <= late:
                self._carried = spoken
            self._aside = None

    # --- the keypad ---

    def _key(self, key: str, now: int) -> None:
        if self._keypad.is_belated_hash(key, now):
            return
        if isinstance(self._floor, Playing) and self._floor.prompt.interruptible:
            self._out.append(Flush(self._floor.playback, self._floor.heard_ms))
            self._aside = None
            self._listen(now)
        elif isinstance(self._floor, Listening):
            self._floor.closing = False
        self._keypad.press(key, self._prompt, now)
        self._silence_at = now + self._timing.silence_ms
        if self._keypad.entry:
            self._out += self._timers.set("digits", now + self._timing.digit_ms)
        else:
            self._out += self._timers.stop("digits")

    # --- timers ---

    def _timer(self, name: str, now: int) -> None:
        match name:
            case "decode" | "endpoint" | "transcript" | "utterance":
                self._out += self._listener.timer(name, now)
            case "silence":
                number = self._next_turn("silence")
                self._out.append(CommitSilence(number, self._ledger.misses))
            case "digits":
                self._keypad.pause()
            case "reply":
                self._end("no_reply")
            case "playback" if isinstance(self._floor, Playing):
                self._check_progress(self._floor, now)

    def _check_progress(self, floor: Playing, now: int) -> None:
        if floor.paused or floor.heard_ms > floor.checked_ms >= 0 or (floor.checked_ms < 0 and floor.heard_ms > 0):
            floor.checked_ms = floor.heard_ms
            self._out += self._timers.set("playback", now + self._timing.stall_ms)
            return
        self._out.append(Flush(floor.playback, floor.heard_ms))
        self._playback_ended(floor, now)

    # --- what follows ---

    def _advance(self, now: int) -> None:
        """Carry everything on as far as it goes, after each event."""
        if isinstance(self._floor, Ended):
            return
        self._weigh(now)
        if isinstance(self._floor, Preparing):
            self._release_reply(self._floor, now)
        if isinstance(self._floor, Listening):
            self._commit(now)
        if isinstance(self._floor, Listening) and self._floor.closing and self._idle:
            self._end("done")
            return
        self._mind_silence(now)
        if isinstance(self._floor, Preparing) and self._floor.ready is None and not self._timers.running("reply"):
            self._out += self._timers.set("reply", now + self._timing.reply_ms)

    @property
    def _idle(self) -> bool:
        return self._utterance is None and not self._keypad.busy

    def _weigh(self, now: int) -> None:
        """Decide an utterance that is transcribed or whose transcript will not come."""
        utterance = self._utterance
        if utterance is None:
            return
        if utterance.failed:
            self._give_up(utterance, now)
            return
        if not utterance.covered and not utterance.over:
            return
        if self._belongs_to_keys(utterance):
            self._out += self._listener.drop()
            return
        sense = self._meaning(utterance)
        floor = self._floor
        if isinstance(floor, Playing):
            if sense is Meaning.WORDS:
                if floor.prompt.interruptible:
                    self._take_floor(floor, utterance, now)
            else:
                if sense is Meaning.BACKCHANNEL:
                    self._aside = (self._spoken(utterance), utterance)
                self._out += self._listener.drop()
                self._resume()
                return
        elif isinstance(floor, Preparing) or (isinstance(floor, Listening) and floor.closing):
            if sense is not Meaning.WORDS:
                self._out += self._listener.drop()
                return
            if isinstance(floor, Preparing):
                self._retract(floor)
        self._mind_endpoint(utterance, now)

    def _belongs_to_keys(self, utterance: Utterance) -> bool:
        """Whether keys say what was spoken: their tones, digits read out while keyed, "my number is" before them."""
        keypad = self._keypad
        if keypad.covers(utterance.onset, utterance.last_voice):
            return True
        keyed = isinstance(self._floor, Preparing) and self._floor.turn.kind == "digits"
        return keyed and utterance.onset < keypad.began_at and not self._is_complete(utterance.text)

    def _mind_endpoint(self, utterance: Utterance, now: int) -> None:
        if utterance.over:
            return
        text = self._whole_text(utterance)
        due = utterance.last_voice + wait_ms(text, self._prompt.asks, self._prompt.lengths, self._timing)
        if now >= due:
            self._out += self._timers.stop("endpoint")
            utterance.over = True
            return
        if not is_wordless(text):
            self._anticipate(text)
        self._out += self._timers.set("endpoint", due)

    def _spoken(self, utterance: Utterance) -> Spoken:
        heard = utterance.heard
        return Spoken(
            text=utterance.text,
            confidence=heard.confidence if heard else 0.0,
            alternatives=heard.alternatives if heard else (),
            interrupted=utterance.interrupted,
            ended_at=utterance.last_voice,
        )

    def _give_up(self, utterance: Utterance, now: int) -> None:
        """Its transcript will not come: ask again if that was the caller's turn, else go on as if nothing was said."""
        if utterance.closing and not is_wordless(utterance.text):
            utterance.failed, utterance.over = False, True
            return
        asks_again = isinstance(self._floor, Listening) and not self._floor.closing and self._carried is None
        self._out += self._listener.drop()
        self._resume()
        if asks_again and not self._keypad.busy:
            self._commit_noise()

    def _release_reply(self, floor: Preparing, now: int) -> None:
        """Play the reply, unless the caller is saying something that may change it or has already gone on."""
        reply, utterance = floor.ready, self._utterance
        if reply is None:
            return
        pending = self._keypad.ready is not None or (utterance is not None and utterance.over)
        if pending and reply.prompt.interruptible:
            self._out.append(Flush(reply.playback, 0))
            self._prompt = reply.prompt
            self._listen(now)
            return
        undecided = utterance is not None and not utterance.over and utterance.empty_probes < EMPTY_PROBES
        held = bool(self._keypad.entry) or (undecided and floor.turn.kind != "greeting")
        if not held:
            self._play(floor, reply, now)

    def _commit(self, now: int) -> None:
        """Give the dialogue what came first. The rest waits for its reply."""
        keypad, utterance = self._keypad, self._utterance
        if keypad.ready is not None:
            if utterance is not None and utterance.onset < keypad.began_at and utterance.covered:
                self._out += self._listener.drop()
                self._carried = self._with_carried(self._spoken(utterance))
            if self._carried is not None and self._is_complete(self._carried.text):
                self._commit_speech(self._carried)
                return
            self._carried = None
            self._out.append(CommitDigits(self._next_turn("digits"), keypad.take(), keypad.ended_at))
        elif keypad.entry:
            return
        elif utterance is None and self._carried is not None:
            self._commit_speech(self._carried)
        elif utterance is not None and utterance.over:
            self._commit_utterance(utterance, now)

    def _commit_utterance(self, utterance: Utterance, now: int) -> None:
        whole = self._with_carried(self._spoken(utterance))
        self._out += self._listener.drop()
        words = words_of(whole.text)
        if not is_wordless(whole.text) and not is_filler_only(words):
            self._commit_speech(whole)
            return
        self._silence_at = max(self._silence_at, now + self._timing.after_noise_ms)
        self._ledger.noise_ms += 0 if words else utterance.voiced_ms
        if self._ledger.noise_ms >= self._timing.noise_ms:
            self._commit_noise()

    def _with_carried(self, spoken: Spoken) -> Spoken:
        if self._carried is None:
            return spoken
        return self._carried if is_wordless(spoken.text) else self._carried.joined(spoken)

    def _commit_speech(self, spoken: Spoken) -> None:
        self._carried = None
        self._out.append(
            CommitSpeech(
                self._next_turn("speech", spoken),
                spoken.text,
                spoken.confidence,
                spoken.alternatives,
                spoken.ended_at,
                spoken.interrupted,
            )
        )

    def _commit_noise(self) -> None:
        self._out.append(CommitNoise(self._next_turn("noise")))

    def _next_turn(self, kind: Kind, spoken: Spoken | None = None) -> int:
        self._anticipated = ""
        turn = self._ledger.turn(kind, spoken)
        self._floor = Preparing(turn)
        return turn.number

    def _mind_silence(self, now: int) -> None:
        """The silence timer runs while the agent waits and nothing comes."""
        if isinstance(self._floor, Listening) and self._idle:
            if not self._timers.running("silence") or self._silence_at > now:
                self._out += self._timers.set("silence", max(now, self._silence_at))
        else:
            self._out += self._timers.stop("silence")

    def _end(self, reason: str) -> None:
        self._out += self._listener.drop()
        self._out += self._timers.stop_all()
        self._out.append(End(reason))
        self._floor = Ended()
