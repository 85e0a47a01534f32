"""The simulated caller against a real Asterisk whose dialplan needs no agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from asterisk_agent.caller.measure import shift_ms
from asterisk_agent.caller.perform import Acted, prepare
from asterisk_agent.caller.phone import CallError, PbxRecorder
from asterisk_agent.caller.place import CallResult, place_call
from asterisk_agent.caller.recording import read_stereo
from asterisk_agent.caller.report import own_timing_of, report_call, timing_of
from asterisk_agent.caller.script import AtOnce, BargeIn, HangUp, Keys, Listen, Pause, Say, Stay, Step
from asterisk_agent.caller.voice import shared_voice
from asterisk_agent.pbx.ari import AriClient, AriDenied, AriUnreachable
from asterisk_agent.pbx.private import AsteriskNotFound, PrivateAsterisk
from asterisk_agent.settings import Asterisk

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

TARGETS = """
[test-targets]
exten => speech,1,Answer()
 same => n,Wait(0.5)
 same => n,Playback(demo-congrats)
 same => n,Hangup()
exten => keys,1,Answer()
 same => n,Read(KEYS,,5,,1,10)
 same => n,Log(NOTICE,keys=${KEYS})
 same => n,Hangup()
exten => silent,1,Answer()
 same => n,Wait(30)
exten => drop,1,Answer()
 same => n,Wait(1)
 same => n,Hangup()
exten => busy,1,Busy()
exten => caller,1,Log(NOTICE,caller=${CALLERID(all)})
 same => n,Answer()
 same => n,Hangup()
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx() -> AsyncIterator[PrivateAsterisk]:
    try:
        private = PrivateAsterisk(extra_dialplan=TARGETS)
    except AsteriskNotFound as error:
        pytest.skip(str(error))
    async with private:
        yield private


async def call(
    pbx: PrivateAsterisk, target: str, *steps: Step, recorded: bool = True, caller_id: str = ""
) -> CallResult:
    recorder = PbxRecorder("test-caller", "s", pbx.recordings, pbx.recordings_inside) if recorded else None
    prepared = await asyncio.to_thread(prepare, steps, shared_voice())
    to = f"Local/{target}@{'test-echo' if target == 's' else 'test-targets'}/n"
    return await place_call(pbx.asterisk, prepared, to=to, recorder=recorder, caller_id=caller_id)


async def left_over(pbx: PrivateAsterisk) -> Sequence[str]:
    """Channels and bridges still there after a moment."""
    asterisk = pbx.asterisk
    async with AriClient(asterisk.url, asterisk.username, asterisk.password.get_secret_value(), "look") as ari:
        for _ in range(50):
            rest = [channel.name for channel in await ari.channels()] + await ari.bridges()
            if not rest:
                break
            await asyncio.sleep(0.1)
    return rest


async def test_an_echo_comes_back_within_a_few_frames(pbx: PrivateAsterisk) -> None:
    result = await call(pbx, "s", Say("Hi, where is my order?", AtOnce()), Pause(600), HangUp())
    assert result.recorded_at == "pbx"
    at_pbx, at_phone = (
        shift_ms(result.tracks.caller, result.tracks.agent),
        shift_ms(result.own.caller, result.own.agent),
    )
    assert at_pbx is not None
    assert at_phone is not None
    assert 0 <= at_pbx <= 60
    assert at_pbx <= at_phone <= 160
    assert result.hung_up_by == "caller"
    assert await left_over(pbx) == []


async def test_the_utterance_arrives_as_it_was_sent(pbx: PrivateAsterisk) -> None:
    result = await call(pbx, "silent", Pause(400), Say("One zero four four two.", AtOnce()), Pause(400), HangUp())
    voice = timing_of(result).turns[0].voice
    assert voice is not None
    assert voice.start_ms == pytest.approx(result.acted[0].span.start_ms, abs=15)
    assert voice.length_ms == pytest.approx(result.acted[0].span.length_ms, abs=20)


async def test_a_greeting_is_timed_from_the_answer(pbx: PrivateAsterisk) -> None:
    result = await call(pbx, "speech", Pause(2500), HangUp())
    greeting = timing_of(result).greeting_ms
    assert greeting is not None
    # Half a second of Wait() and what the sound file begins with.
    assert 500 <= greeting <= 1000


async def test_both_recordings_agree_on_the_waiting_time(pbx: PrivateAsterisk) -> None:
    result = await call(pbx, "speech", Say("Hi.", AtOnce()), Pause(3000), HangUp())
    pbx_ms, own_ms = timing_of(result).turns[0].response_ms, own_timing_of(result).turns[0].response_ms
    assert pbx_ms is not None
    assert own_ms == pytest.approx(pbx_ms, abs=80)


async def test_a_voice_that_does_not_stop_for_the_caller_is_reported(pbx: PrivateAsterisk) -> None:
    result = await call(pbx, "speech", Say("Stop, please.", BargeIn(700)), Pause(300), HangUp())
    turn = timing_of(result).turns[0]
    assert result.acted[0].barged_in
    assert turn.talked_over
    assert turn.response_ms is None


async def test_keys_arrive_in_order_and_once(pbx: PrivateAsterisk) -> None:
    await call(pbx, "keys", Pause(200), Keys("10442", AtOnce()), Stay(8))
    assert "keys=10442" in pbx.log()


async def test_the_far_end_hanging_up_ends_the_call(pbx: PrivateAsterisk) -> None:
    result = await call(pbx, "drop", Stay(10))
    assert result.hung_up_by == "other side"
    assert result.cause == 16
    assert 800 <= result.tracks.length_ms <= 1800


async def test_without_a_recorder_the_callers_own_recording_counts(pbx: PrivateAsterisk) -> None:
    result = await call(pbx, "s", Say("Hello.", AtOnce()), Pause(500), HangUp(), recorded=False)
    assert result.recorded_at == "caller"
    assert result.tracks is result.own
    assert timing_of(result).turns[0].voice is not None


async def test_the_caller_id_is_presented(pbx: PrivateAsterisk) -> None:
    await call(pbx, "caller", Stay(2), caller_id='"Ann Lee" <+12125550142>')
    assert 'caller="Ann Lee" <+12125550142>' in pbx.log()


@pytest.mark.parametrize("target", ["busy", "no-such-extension"])
async def test_a_call_that_nobody_answers_says_so_and_leaves_nothing(pbx: PrivateAsterisk, target: str) -> None:
    with pytest.raises(CallError, match=f"Local/{target}@test-targets/n was not answered"):
        await call(pbx, target, Listen())
    assert await left_over(pbx) == []


async def test_a_dial_string_that_means_nothing_is_named(pbx: PrivateAsterisk) -> None:
    prepared = prepare([Listen()], shared_voice())
    with pytest.raises(CallError, match="Asterisk cannot dial NoSuchTechnology/1"):
        await place_call(pbx.asterisk, prepared, to="NoSuchTechnology/1")
    assert await left_over(pbx) == []


async def test_a_wrong_password_and_a_dead_asterisk_are_told_apart(pbx: PrivateAsterisk) -> None:
    wrong = pbx.asterisk.model_copy(update={"password": SecretStr("wrong")})
    with pytest.raises(AriDenied):
        await place_call(wrong, prepare([Listen()], shared_voice()))
    with pytest.raises(AriUnreachable):
        await place_call(Asterisk(url="http://127.0.0.1:9"), prepare([Listen()], shared_voice()))


async def test_eight_callers_at_once_hear_only_themselves(pbx: PrivateAsterisk) -> None:
    async def one(index: int) -> float | None:
        steps = (Pause(200 * index), Say("Hi, where is my order?", AtOnce()), Pause(500), HangUp())
        result = await call(pbx, "s", *steps)
        return shift_ms(result.tracks.caller, result.tracks.agent)

    lags = await asyncio.gather(*(one(index) for index in range(8)))
    assert all(lag is not None and 0 <= lag <= 80 for lag in lags), lags
    assert await left_over(pbx) == []


async def test_a_caller_that_is_cancelled_leaves_nothing(pbx: PrivateAsterisk) -> None:
    began = asyncio.Event()
    prepared = prepare([Say("Hello.", AtOnce()), Stay(60)], shared_voice())

    def watch(_: Acted) -> None:
        began.set()

    task = asyncio.create_task(place_call(pbx.asterisk, prepared, to="Local/s@test-echo/n", watch=watch))
    await asyncio.wait_for(began.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await left_over(pbx) == []


async def test_the_report_keeps_the_audio_and_reads_as_json(pbx: PrivateAsterisk, tmp_path: Path) -> None:
    result = await call(pbx, "speech", Say("Hi.", AtOnce()), Pause(3000), HangUp())
    report = await report_call(result, "Local/speech@test-targets/n", tmp_path / "kept", None)
    document = json.loads(json.dumps(report.as_json()))
    assert document["turns"][0]["caller"] == "Hi."
    assert document["turns"][0]["response_ms"] > 0
    assert document["hangup"] == {"by": "caller", "cause": 16, "text": "normal clearing"}
    kept = read_stereo(Path(document["files"]["call"]))
    assert (kept.agent == result.tracks.agent).all()
    assert (kept.caller == result.tracks.caller).all()
