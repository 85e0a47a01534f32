"""Whatever order events come in, the machine keeps its promises."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from turn_world import Reply, World

from asterisk_agent.turn import actions, events
from asterisk_agent.turn.machine import TurnMachine
from asterisk_agent.turn.timing import Timing

TEXTS = st.sampled_from(
    ["", "um", "uh-huh", "okay", "no", "where is my order", "my order number is", "one zero four", "thanks bye"]
)
NUMBERS = st.integers(0, 6)
PROMPTS = st.builds(
    events.Prompt,
    asks=st.sampled_from(["open", "yes_no", "order_number", "email"]),
    lengths=st.sampled_from([(), (5,)]),
    interruptible=st.booleans(),
    last=st.sampled_from([False, False, False, True]),
)


def event_at(now: int) -> st.SearchStrategy[events.Event]:
    back = st.integers(0, 1500).map(lambda ago: now - ago)
    return st.one_of(
        st.builds(events.SpeechStarted, at=back, now=st.just(now)),
        st.builds(events.SpeechGoesOn, now=st.just(now)),
        st.builds(events.SpeechStopped, at=back, now=st.just(now)),
        st.builds(
            events.Heard,
            utterance=NUMBERS,
            text=TEXTS,
            confidence=st.floats(0, 1),
            audio_to=back,
            now=st.just(now),
            final=st.booleans(),
        ),
        st.builds(events.RecognitionFailed, utterance=NUMBERS, now=st.just(now)),
        st.builds(events.Digit, digit=st.sampled_from("0123456789*#"), now=st.just(now)),
        st.builds(events.ReplyReady, turn=NUMBERS, playback=NUMBERS, prompt=PROMPTS, now=st.just(now)),
        st.builds(events.Played, playback=NUMBERS, heard_ms=st.integers(0, 5000), now=st.just(now)),
        st.builds(events.PlaybackEnded, playback=NUMBERS, now=st.just(now)),
        st.builds(
            events.TimerFired,
            name=st.sampled_from(["endpoint", "silence", "decode", "transcript", "utterance", "digits", "reply"]),
            now=st.just(now),
        ),
    )


@st.composite
def event_sequences(draw: st.DrawFn) -> list[events.Event]:
    now = 0
    found: list[events.Event] = []
    for gap in draw(st.lists(st.integers(0, 1500), max_size=60)):
        now += gap
        found.append(draw(event_at(now)))
    return found


@dataclass
class Auditor:
    """Checks every action against the promises of the contract."""

    timers: set[str] = field(default_factory=set)
    utterances: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    speech_commits: int = 0
    turns: list[int] = field(default_factory=list)
    ended: bool = False
    playing: int | None = None

    def see(self, produced: tuple[actions.Action, ...]) -> None:
        for action in produced:
            assert not self.ended, f"{action} after End"
            match action:
                case actions.BeginUtterance(utterance):
                    assert utterance not in self.utterances
                    assert self.utterances == self.gone, "two utterances at once"
                    self.utterances.add(utterance)
                case actions.Decode(utterance):
                    assert utterance in self.utterances - self.gone
                case actions.DropUtterance(utterance):
                    assert utterance in self.utterances - self.gone
                    self.gone.add(utterance)
                case (
                    actions.CommitSpeech(turn=turn)
                    | actions.CommitDigits(turn=turn)
                    | actions.CommitSilence(turn=turn)
                    | actions.CommitNoise(turn=turn)
                ):
                    assert turn == len(self.turns) + 1, "turns are numbered in order"
                    assert self.playing is None, "a turn over the agent's voice"
                    self.turns.append(turn)
                case actions.Play(playback):
                    assert self.playing is None
                    self.playing = playback
                case actions.Pause(playback) | actions.Resume(playback):
                    assert playback == self.playing
                case actions.Flush():
                    self.playing = None
                case actions.CancelReply(turn):
                    assert turn in self.turns
                    self.playing = None
                case actions.SetTimer(name):
                    self.timers.add(name)
                case actions.StopTimer(name):
                    self.timers.remove(name)
                case actions.End():
                    self.ended = True
                    assert not self.timers, "a timer outlives the call"
                    assert self.utterances == self.gone, "an utterance outlives the call"

    def before(self, event: events.Event) -> None:
        """The outer world's part of an event."""
        if isinstance(event, events.TimerFired):
            self.timers.discard(event.name)
        if isinstance(event, events.PlaybackEnded) and event.playback == self.playing:
            self.playing = None


def feed(machine: TurnMachine, auditor: Auditor, event: events.Event) -> None:
    auditor.before(event)
    auditor.see(machine.handle(event))


@settings(max_examples=600, deadline=None)
@given(event_sequences())
def test_no_order_of_events_breaks_a_promise(sequence: list[events.Event]) -> None:
    machine, auditor = TurnMachine(Timing()), Auditor()
    for event in sequence:
        feed(machine, auditor, event)
    now = sequence[-1].now if sequence else 0
    feed(machine, auditor, events.HungUp(now))
    assert auditor.ended
    assert machine.handle(events.SpeechStarted(now, now)) == ()


@st.composite
def calls(draw: st.DrawFn) -> World:
    """A caller who speaks, coughs and presses keys at any time, before a dialogue of any pace."""
    reply = st.builds(
        Reply,
        ms=st.integers(100, 4000),
        asks=st.sampled_from(["open", "yes_no", "order_number"]),
        lengths=st.sampled_from([(), (5,)]),
        interruptible=st.booleans(),
        thinks_ms=st.integers(0, 2500),
    )
    world = World(
        draw(st.lists(reply, max_size=5)),
        asr_ms=draw(st.integers(5, 2900)),
        greeting=draw(reply),
    )
    now = spoken = 0
    for _ in range(draw(st.integers(0, 8))):
        now += draw(st.integers(150, 3000))
        kind = draw(st.sampled_from(["say", "say", "say", "key"]))
        if kind == "say":
            now = spoken = world.say(max(now, spoken + 150), draw(TEXTS), ms=draw(st.integers(60, 3000)))
        else:
            now = world.key(now, draw(st.text("0123456789*#", min_size=1, max_size=6)), gap=draw(st.integers(50, 900)))
        if draw(st.booleans()):  # both at once
            now -= draw(st.integers(0, 1500))
    world.deaf_asr = draw(st.sampled_from([False, False, False, True]))
    world.broken_asr = draw(st.sampled_from([False, False, False, True]))
    return world


@settings(max_examples=400, deadline=None)
@given(calls())
def test_silence_after_anything_leads_to_a_turn(world: World) -> None:
    world.run(120000)
    last = max(at for at, _ in world.log)
    assert last > 100000, "the call went to sleep"
    assert len(world.all(actions.CommitSpeech)) <= 2 * len(world.all(actions.BeginUtterance)), (
        "one turn again and again"
    )
    assert world.turns[-1].startswith("(silence"), "silence does not come to be the last word"


@settings(max_examples=200, deadline=None)
@given(calls(), st.integers(0, 30000))
def test_a_hang_up_at_any_time_ends_the_call_at_once(world: World, at: int) -> None:
    world.hang_up(at)
    world.run(120000)
    assert world.end == "hangup"
    assert world.log[-1] == (at, actions.End("hangup"))


@settings(max_examples=200, deadline=None)
@given(calls())
def test_no_key_is_lost(world: World) -> None:
    """Every key that was pressed and not cleared is committed, in order."""
    world.run(120000)
    keys = "".join(event.digit for event in world.events if isinstance(event, events.Digit))
    assume("*" not in keys)
    keyed = "".join(turn.removeprefix("#") for turn in world.turns if turn.startswith("#"))
    assert keyed == keys.replace("#", ""), world.log
