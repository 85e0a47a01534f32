"""Whole calls in virtual time: what the caller says and does, what the agent does then."""

from __future__ import annotations

import pytest
from turn_world import Reply, World

from asterisk_agent.turn.actions import (
    Anticipate,
    CancelReply,
    CommitDigits,
    CommitNoise,
    CommitSilence,
    CommitSpeech,
    Decode,
    DropUtterance,
    End,
    Flush,
    Pause,
    Play,
    Resume,
)
from asterisk_agent.turn.events import Heard, PlaybackEnded, Played, RecognitionFailed, SpeechGoesOn, TimerFired

READY = 150
"""A scripted reply takes this long to prepare."""
GREETED = READY + 2000
"""The scripted greeting has been heard by then."""


def committed(world: World, number: int = 0) -> CommitSpeech:
    action = world.all(CommitSpeech)[number]
    assert isinstance(action, CommitSpeech)
    return action


# --- the ordinary turn ---


def test_a_complete_sentence_is_committed_as_soon_as_it_is_transcribed() -> None:
    world = World()
    end = world.say(3000, "where is my order")
    world.run(6000)
    assert world.turns == ["where is my order"]
    assert committed(world).ended_at == end
    assert world.when(CommitSpeech) == end + 64 + 260  # first decode when silence is known, 64 ms, 260 ms to transcribe
    assert not committed(world).interrupted


def test_a_fast_recogniser_still_leaves_the_endpoint_silence() -> None:
    world = World(asr_ms=30)
    end = world.say(3000, "where is my order")
    world.run(6000)
    assert world.when(CommitSpeech) == end + 200


def test_lookups_run_before_the_turn_is_committed() -> None:
    world = World(asr_ms=30)
    world.say(3000, "where is my order")
    world.run(6000)
    assert world.all(Anticipate) == [Anticipate("where is my order")]
    assert world.when(Anticipate) < world.when(CommitSpeech)


def test_an_incomplete_sentence_is_waited_for() -> None:
    world = World()
    end = world.say(3000, "my order number is")
    world.run(10000)
    assert world.when(CommitSpeech) == end + 1400


def test_a_pause_inside_a_sentence_does_not_divide_it() -> None:
    world = World()
    end = world.say(3000, "my order number is")
    end = world.say(end + 1000, "one zero four four two")
    world.run(10000)
    assert world.turns == ["my order number is one zero four four two"]
    assert committed(world).ended_at == end


def test_digits_that_are_missing_are_waited_for() -> None:
    world = World(greeting=Reply(asks="order_number", lengths=(5,)))
    first = world.say(3000, "one zero four")
    world.say(first + 900, "four two")
    world.run(10000)
    assert world.turns == ["one zero four four two"]


def test_a_word_boundary_pause_costs_a_decode_but_no_turn() -> None:
    world = World()
    first = world.say(3000, "where is")
    second = world.say(first + 150, "my order")
    world.run(10000)
    assert world.turns == ["where is my order"]
    assert len(world.all(Decode)) == 2
    assert world.when(CommitSpeech) < second + 400


def test_a_hesitation_alone_is_not_a_turn() -> None:
    world = World()
    world.say(3000, "um")
    world.run(7000)
    assert world.turns == []
    world.say(7100, "where is my order")
    world.run(9000)
    assert world.turns == ["where is my order"]


def test_each_reply_is_played_once_and_in_order() -> None:
    world = World([Reply(ms=1000), Reply(ms=1000)])
    world.say(3000, "where is my order")
    world.say(6500, "and when does it come")
    world.run(10000)
    assert world.answered == [0, 1, 2]


# --- the caller goes on ---


def test_speech_while_the_reply_is_prepared_joins_the_turn() -> None:
    world = World([Reply(thinks_ms=2000), Reply()])
    end = world.say(3000, "where is my order")
    world.say(end + 600, "the one with the blue lamp")
    world.run(9000)
    assert world.turns == ["-where is my order", "where is my order the one with the blue lamp"]
    assert world.answered == [0, 2]


def test_a_reply_that_comes_while_the_caller_goes_on_is_not_played() -> None:
    world = World([Reply(thinks_ms=300), Reply()])
    end = world.say(3000, "where is my order")
    world.say(end + 500, "the one with the blue lamp please", ms=1500)
    world.run(12000)
    assert world.turns[-1] == "where is my order the one with the blue lamp please"
    assert world.answered == [0, 2]


def test_speech_that_began_before_the_reply_was_heard_joins_even_if_it_was_found_later() -> None:
    world = World([Reply(thinks_ms=150), Reply()])
    end = world.say(3000, "where is my order")
    played = end + 64 + 260 + 150
    world.say(played - 30, "the one with the blue lamp")
    world.run(12000)
    assert world.turns == ["-where is my order", "where is my order the one with the blue lamp"]
    assert world.all(CancelReply) == [CancelReply(1)]


@pytest.mark.parametrize("text", ["", "um", "okay", "uh-huh"])
def test_a_cough_or_an_okay_while_the_reply_is_prepared_does_not_lose_it(text: str) -> None:
    world = World([Reply(thinks_ms=400)])
    end = world.say(3000, "where is my order")
    world.say(end + 500, text, ms=300)
    world.run(6000)
    assert world.turns == ["where is my order"]
    assert world.answered == [0, 1]
    assert world.when(Play, 1) < end + 500 + 300 + 64 + 260 + 40


def test_noise_that_never_stops_does_not_hold_a_reply_back() -> None:
    world = World([Reply(thinks_ms=400)])
    end = world.say(3000, "where is my order")
    world.say(end + 500, "", ms=15000)
    world.run(9000)
    assert world.answered == [0, 1]
    assert world.when(Play, 1) < end + 500 + 4000


def test_a_second_thought_after_a_reprompt_was_begun_withdraws_the_reprompt() -> None:
    world = World([Reply(thinks_ms=600), Reply()])
    world.say(GREETED + 7000, "where is my order")
    world.run(20000)
    assert world.turns[:2] == ["-(silence 1)", "where is my order"]


# --- silence and noise ---


def test_silence_is_counted_and_given_to_the_dialogue() -> None:
    world = World([Reply(ms=1000), Reply(ms=1000), Reply(ms=1000, last=True)])
    world.run(60000)
    assert world.turns == ["(silence 1)", "(silence 2)", "(silence 3)"]
    assert world.end == "done"


def test_an_answer_resets_the_count_of_silences() -> None:
    world = World([Reply(ms=1000)] * 5)
    world.say(11500, "where is my order")
    world.run(30000)
    assert world.turns[:3] == ["(silence 1)", "where is my order", "(silence 1)"]


def test_the_silence_timer_waits_for_the_end_of_the_prompt() -> None:
    world = World(greeting=Reply(ms=9000))
    world.run(20000)
    assert world.when(CommitSilence) == READY + 9000 + 7000


def test_a_short_cough_is_no_turn_and_delays_no_reprompt_for_long() -> None:
    world = World()
    world.say(5000, "", ms=250)
    world.run(12000)
    assert world.turns == ["(silence 1)"]
    assert world.when(CommitSilence) == GREETED + 7000


def test_wordless_sound_that_lasts_is_asked_about() -> None:
    world = World()
    end = world.say(4000, "", ms=900)
    world.run(8000)
    assert world.turns == ["(noise)"]
    assert world.when(CommitNoise) == end + 64 + 260


def test_repeated_coughs_are_asked_about() -> None:
    world = World()
    for start in (3000, 4000, 5000):
        world.say(start, "", ms=250)
    world.run(8000)
    assert world.turns == ["(noise)"]


def test_noise_for_the_whole_call_ends_it() -> None:
    world = World([Reply(ms=1000), Reply(ms=1000), Reply(ms=1000, last=True)])
    world.say(500, "", ms=200000)
    world.run(200000)
    assert len(world.turns) == 3
    assert world.end == "done"


def test_noise_in_bursts_for_the_whole_call_ends_it() -> None:
    world = World([Reply(ms=1000), Reply(ms=1000), Reply(ms=1000, last=True)])
    for start in range(500, 100000, 1100):
        world.say(start, "", ms=700)
    world.run(100000)
    assert world.end == "done"


def test_an_endless_utterance_is_cut_and_committed() -> None:
    world = World([Reply(ms=1000)])
    world.say(3000, "and then " * 100, ms=40000)
    world.run(24000)
    assert world.all(Decode)[-1] == Decode(1, final=True)
    assert committed(world).text.startswith("and then and then")
    assert world.when(CommitSpeech) == 3000 + 20000 + 260


def test_no_transcript_at_all_asks_again() -> None:
    world = World()
    world.deaf_asr = True
    end = world.say(3000, "where is my order")
    world.run(end + 64 + 4000 + 100)
    assert world.turns == ["(noise)"]
    assert world.when(CommitNoise) == end + 64 + 4000


def test_a_broken_recogniser_asks_again_at_once() -> None:
    world = World()
    world.broken_asr = True
    end = world.say(3000, "where is my order")
    world.run(6000)
    assert world.turns == ["(noise)"]
    assert world.when(CommitNoise) == end + 64 + 260


def test_a_failure_of_an_earlier_decode_does_not_spoil_a_later_one() -> None:
    world = World()
    first = world.say(3000, "where is")
    world.at(first + 600, lambda now: RecognitionFailed(1, now))
    world.say(first + 150, "my order")
    world.run(6000)
    assert world.turns == ["where is my order"]


# --- barge-in ---


def test_real_speech_stops_the_agent_and_becomes_the_turn() -> None:
    world = World(greeting=Reply(ms=6000))
    world.say(3000, "can i talk to a person")
    world.run(6000)
    assert world.when(Pause) <= 3000 + 300
    assert [type(action) for action in world.all(Pause, Flush, Resume)] == [Pause, Flush]
    assert committed(world).text == "can i talk to a person"
    assert committed(world).interrupted


def test_the_history_keeps_what_was_heard() -> None:
    world = World(greeting=Reply(ms=6000))
    world.say(3000, "can i talk to a person")
    world.run(6000)
    flush = world.all(Flush)[0]
    assert isinstance(flush, Flush)
    assert 2900 <= flush.heard_ms <= 3200


@pytest.mark.parametrize("text", ["uh-huh", "mm-hmm", "okay", "Okay.", "right", "yeah", "", "[noise]", "I see."])
def test_a_listener_does_not_stop_the_agent(text: str) -> None:
    world = World([Reply()], greeting=Reply(ms=6000))
    world.say(2000, text, ms=350)
    world.run(8000)
    assert [type(action) for action in world.all(Pause, Flush, Resume)] == [Pause, Resume]
    assert world.when(Resume) < 3000
    assert world.turns == []


def test_the_voice_goes_on_from_where_it_was_heard() -> None:
    world = World(greeting=Reply(ms=6000))
    world.say(2000, "uh-huh", ms=350)
    world.run(9000)
    resume = world.all(Resume)[0]
    assert isinstance(resume, Resume)
    assert resume.heard_ms == max(
        event.heard_ms for event in world.events if isinstance(event, Played) and event.now <= world.when(Pause)
    )
    assert world.playbacks[1].heard == 6000


def test_speech_that_goes_on_takes_the_floor_without_its_words() -> None:
    world = World(greeting=Reply(ms=8000), asr_ms=2000)
    world.say(3000, "no listen i have called three times now about this", ms=4000)
    world.run(12000)
    assert world.when(Flush) <= 3000 + 1000 + 64
    assert world.turns == ["no listen i have called three times now about this"]


def test_words_found_while_the_caller_speaks_stop_the_agent_earlier() -> None:
    world = World(greeting=Reply(ms=8000))
    world.say(3000, "no listen i have called three times now about this", ms=3000)
    world.run(9000)
    assert world.when(Flush) < 3000 + 950


@pytest.mark.parametrize("text", ["no", "agent", "stop"])
def test_a_very_short_word_still_counts(text: str) -> None:
    world = World(greeting=Reply(ms=6000))
    world.say(3000, text, ms=160)
    world.run(5000)
    assert world.all(Pause) == []
    assert len(world.all(Flush)) == 1
    assert world.turns == [text]


def test_a_blip_does_not_even_pause() -> None:
    world = World(greeting=Reply(ms=6000))
    world.say(3000, "", ms=120)
    world.run(6500)
    assert world.all(Pause, Flush, Resume) == []


def test_long_noise_over_the_agent_lets_it_go_on() -> None:
    world = World(greeting=Reply(ms=8000), asr_ms=150)
    world.say(2000, "", ms=5000)
    world.run(12000)
    assert [type(action) for action in world.all(Pause, Flush, Resume)] == [Pause, Resume]
    assert world.playbacks[1].heard == 8000


def test_a_yes_to_a_yes_no_question_cuts_it_short() -> None:
    world = World(greeting=Reply(ms=6000, asks="yes_no"))
    world.say(4000, "yeah", ms=300)
    world.run(6000)
    assert world.turns == ["yeah"]


def test_an_okay_early_in_a_yes_no_question_is_no_answer() -> None:
    world = World(greeting=Reply(ms=6000, asks="yes_no"))
    world.say(1500, "okay", ms=300)
    world.run(12000)
    assert world.turns == []


@pytest.mark.parametrize("before_end", [700, 500, 300, 100, 20])
def test_talk_over_at_the_very_end_is_the_answer(before_end: int) -> None:
    world = World(greeting=Reply(ms=3000))
    world.say(READY + 3000 - before_end, "okay", ms=300)
    world.run(7000)
    assert world.turns == ["okay"]


def test_an_answer_at_the_end_that_goes_on_is_one_turn() -> None:
    world = World(greeting=Reply(ms=3000))
    end = world.say(READY + 3000 - 650, "yeah", ms=300)
    world.say(end + 500, "where is my order")
    world.run(9000)
    assert world.turns == ["yeah where is my order"]


def test_a_prompt_that_must_be_heard_is_not_cut_and_the_words_are_kept() -> None:
    world = World(greeting=Reply(ms=5000, interruptible=False))
    world.say(2000, "where is my order")
    world.run(9000)
    assert world.all(Pause, Flush) == []
    assert world.turns == ["where is my order"]
    assert world.when(CommitSpeech) == READY + 5000


def test_an_okay_in_a_prompt_that_must_be_heard_is_no_turn() -> None:
    world = World(greeting=Reply(ms=5000, interruptible=False))
    world.say(2000, "okay")
    world.run(9000)
    assert world.turns == []


def test_hello_over_the_greeting_does_not_stop_it() -> None:
    world = World(greeting=Reply(ms=4000, thinks_ms=600))
    world.say(200, "hello", ms=400)
    world.run(6000)
    assert world.when(Play) == 600
    assert world.turns == []


def test_words_before_the_greeting_are_answered() -> None:
    world = World(greeting=Reply(ms=4000, thinks_ms=300))
    world.say(100, "where is my order")
    world.run(6000)
    assert world.turns == ["where is my order"]


def test_a_failed_transcript_of_an_interruption_lets_the_agent_go_on() -> None:
    world = World(greeting=Reply(ms=6000))
    world.broken_asr = True
    world.say(2000, "hmm what", ms=400)
    world.run(8500)
    assert [type(action) for action in world.all(Pause, Flush, Resume)] == [Pause, Resume]
    assert world.turns == []


# --- the end ---


def test_the_last_prompt_ends_the_call_when_it_was_heard() -> None:
    world = World([Reply(ms=1500, last=True)])
    end = world.say(3000, "no that's all thanks")
    world.run(20000)
    assert world.end == "done"
    assert world.when(End) == end + 64 + 260 + 150 + 1500


def test_goodbye_over_the_last_prompt_does_not_stop_it() -> None:
    world = World([Reply(ms=2500, last=True)])
    end = world.say(3000, "no that's all")
    world.say(end + 1500, "thanks bye", ms=500)
    world.run(20000)
    assert world.end == "done"
    assert world.turns == ["no that's all"]


def test_one_more_thing_over_the_last_prompt_keeps_the_call() -> None:
    world = World([Reply(ms=2500, last=True), Reply()])
    end = world.say(3000, "no that's all")
    world.say(end + 64 + 260 + 150 + 2300, "wait what about my refund", ms=1400)
    world.run(10000)
    assert world.turns == ["no that's all", "wait what about my refund"]
    assert world.end is None


HANG_UPS = [50, 500, 2500, 3200, 3400, 3900, 4100, 4300, 4500, 5200, 7000, 9000, 12000]


@pytest.mark.parametrize("at", HANG_UPS)
@pytest.mark.parametrize("spoken", [True, False])
def test_a_hang_up_ends_everything_in_every_state(at: int, spoken: bool) -> None:
    world = World()
    if spoken:
        world.say(3000, "where is my order")
        world.say(5000, "uh-huh", ms=300)
    else:
        world.key(3000, "10442")
    world.hang_up(at)
    world.run(30000)
    assert world.end == "hangup"
    assert world.log[-1] == (at, End("hangup"))


def test_a_reply_that_never_comes_sends_the_caller_to_people() -> None:
    world = World([Reply(thinks_ms=10**9)])
    world.say(3000, "where is my order")
    world.run(60000)
    assert world.end == "no_reply"


def test_a_playback_whose_end_is_never_reported_is_taken_as_ended() -> None:
    world = World(greeting=Reply(ms=10**9))
    world.run(3000)
    world.playbacks[1].state = "lost"
    world.run(40000)
    assert world.turns[0] == "(silence 1)"


# --- the keypad ---


def test_keys_stop_the_prompt_and_are_committed_with_hash() -> None:
    world = World(greeting=Reply(ms=6000))
    pressed = world.key(2000, "10442#")
    world.run(5000)
    assert world.when(Flush) == 2000
    assert world.turns == ["#10442"]
    assert world.when(CommitDigits) == pressed


def test_an_entry_of_the_full_length_needs_no_hash() -> None:
    world = World(greeting=Reply(asks="order_number", lengths=(5,)))
    pressed = world.key(3000, "10442")
    world.run(5000)
    assert world.when(CommitDigits) == pressed


def test_the_hash_after_a_full_entry_does_not_cut_the_reply() -> None:
    world = World([Reply(ms=3000)], greeting=Reply(asks="order_number", lengths=(5,)))
    world.key(3000, "10442#", gap=400)
    world.run(9000)
    assert world.turns == ["#10442"]
    assert world.all(Flush) == []
    assert world.playbacks[2].heard == 3000


def test_a_pause_ends_the_entry() -> None:
    world = World()
    pressed = world.key(3000, "0")
    world.run(9000)
    assert world.turns[0] == "#0"
    assert world.when(CommitDigits) == pressed + 2500


def test_star_clears_the_entry() -> None:
    world = World()
    world.key(3000, "99*10442#")
    world.run(6000)
    assert world.turns == ["#10442"]


def test_keys_pressed_while_the_reply_is_prepared_are_the_next_turn() -> None:
    world = World([Reply(thinks_ms=1000), Reply()])
    end = world.say(3000, "where is my order")
    world.key(end + 600, "10442#", gap=100)
    world.run(9000)
    assert world.turns == ["where is my order", "#10442"]
    assert world.all(Flush) == [Flush(2, 0)]


def test_keys_while_a_prompt_must_be_heard_are_committed_after_it() -> None:
    world = World(greeting=Reply(ms=5000, interruptible=False))
    world.key(1000, "10442#", gap=100)
    world.run(6000)
    assert world.all(Flush) == []
    assert world.when(CommitDigits) == READY + 5000


def test_an_announcement_before_the_keys_is_dropped() -> None:
    world = World()
    end = world.say(3000, "my order number is")
    world.key(end + 300, "10442#")
    world.run(8000)
    assert world.turns == ["#10442"]


def test_a_request_before_the_keys_is_answered_first_and_the_keys_are_kept() -> None:
    world = World([Reply(thinks_ms=100), Reply()])
    world.say(3000, "i want to cancel my order", ms=1500)
    world.key(3900, "10442#", gap=300)
    world.run(9000)
    assert world.turns == ["i want to cancel my order", "#10442"]


def test_a_request_spoken_while_keying_is_answered_after_the_keys() -> None:
    world = World([Reply(thinks_ms=100), Reply()])
    world.say(3000, "i want to cancel my order", ms=1500)
    world.key(3900, "10442#", gap=50)
    world.run(9000)
    assert world.turns == ["#10442", "i want to cancel my order"]


def test_the_tones_of_the_keys_are_no_words() -> None:
    world = World()
    for number in range(5):
        world.say(3000 + 500 * number, "beep", ms=150)
    world.key(3050, "10442#", gap=500)
    world.run(9000)
    assert world.turns == ["#10442"]


def test_digits_read_out_while_keyed_are_not_taken_twice() -> None:
    world = World()
    world.say(3000, "one zero four four two", ms=2100)
    world.key(3050, "10442#", gap=400)
    world.run(9000)
    assert world.turns == ["#10442"]


def test_speech_after_keys_waits_for_their_reply() -> None:
    world = World([Reply(thinks_ms=900), Reply()])
    pressed = world.key(3000, "10442#")
    world.say(pressed + 100, "that is the lamp", ms=500)
    world.run(9000)
    assert world.turns == ["#10442", "that is the lamp"]
    assert world.all(CancelReply) == []


def test_silence_does_not_count_while_keys_are_pressed() -> None:
    world = World()
    world.key(GREETED + 6900, "1")
    world.run(13000)
    assert world.turns == ["#1"]


# --- late and stray events ---


def test_a_transcript_after_the_commit_changes_nothing() -> None:
    world = World()
    world.say(3000, "where is my order")
    world.at(5000, lambda now: Heard(1, "where is my mother", 0.9, 4400, now, final=True))
    world.run(7000)
    assert world.turns == ["where is my order"]


def test_the_end_of_a_flushed_playback_changes_nothing() -> None:
    world = World(greeting=Reply(ms=6000))
    world.say(3000, "can i talk to a person")
    world.at(4300, lambda now: PlaybackEnded(1, now))
    world.at(4300, lambda now: Played(1, 5000, now))
    world.run(6000)
    assert world.turns == ["can i talk to a person"]
    assert world.answered == [0, 1]


@pytest.mark.parametrize("name", ["silence", "endpoint", "transcript", "utterance", "digits", "reply", "decode", "x"])
def test_a_stopped_timer_that_fires_all_the_same_changes_nothing(name: str) -> None:
    world = World()
    world.run(1000)
    before = len(world.log)
    world.send(TimerFired(name, 1000))
    if name in world._timers:  # it runs, and this firing is from before it was set
        assert all(type(action).__name__ == "SetTimer" for _, action in world.log[before:])
    else:
        assert len(world.log) == before


def test_progress_after_a_pause_is_counted() -> None:
    world = World(greeting=Reply(ms=6000))
    world.say(2000, "uh-huh", ms=350)
    world.at(2330, lambda now: Played(1, 2200, now))
    world.run(2500)
    assert world.all(Pause)
    world.run(3000)
    resume = world.all(Resume)[0]
    assert isinstance(resume, Resume)
    assert resume.heard_ms == 2200


def test_voice_without_a_start_is_heard() -> None:
    world = World()
    world.at(4000, SpeechGoesOn)
    world.run(4000)
    assert world.log[-1][0] == 4000


def test_every_utterance_is_dropped_once_it_is_done() -> None:
    world = World([Reply(ms=1000)] * 4)
    world.say(3000, "where is my order")
    world.say(5000, "")
    world.say(7000, "and when does it come")
    world.run(11000)
    assert len(world.all(DropUtterance)) == len(world._began)
