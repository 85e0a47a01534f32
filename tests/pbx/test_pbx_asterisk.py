"""The PBX room on a real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from pydantic import SecretStr

from asterisk_agent.audio.g711 import ULAW
from asterisk_agent.pbx.ami import AmiClient, AmiError
from asterisk_agent.pbx.ari import AriClient, AriDenied, AriUnreachable
from asterisk_agent.pbx.handoff import HandOffRoute
from asterisk_agent.pbx.leg import AudioFrame, DigitPressed, Leg, LegGone
from asterisk_agent.pbx.playout import PlaybackDone, PlaybackProgress
from asterisk_agent.pbx.private import AsteriskNotFound, PrivateAsterisk
from asterisk_agent.settings import Ami, HandOff

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

FAR_END = """
[far-end]
exten => echo,1,Answer()
 same => n,Echo()
exten => wait,1,Answer()
 same => n,Wait(30)
exten => alaw,1,Stasis(order-test,${CHANNEL(audionativeformat)})
exten => ulaw,1,Stasis(order-test,${CHANNEL(audionativeformat)})
exten => keys,1,Answer()
 same => n,Wait(0.3)
 same => n,SendDTMF(12*#)
 same => n,Wait(30)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx() -> AsyncIterator[PrivateAsterisk]:
    try:
        private = PrivateAsterisk(extra_dialplan=FAR_END)
    except AsteriskNotFound as error:
        pytest.skip(str(error))
    async with private:
        yield private


@pytest_asyncio.fixture(loop_scope="module")
async def ari(pbx: PrivateAsterisk) -> AsyncIterator[AriClient]:
    settings = pbx.asterisk
    async with AriClient(settings.url, settings.username, settings.password.get_secret_value(), "order-test") as client:
        await client.connect()
        yield client


async def leg_to(ari: AriClient, pbx: PrivateAsterisk, exten: str, law: str = "ulaw") -> Leg:
    """A caller's leg whose other side runs an extension of [far-end]."""
    async with AmiClient(pbx.asterisk.ami) as ami:
        await ari.originate(f"Local/{exten}@far-end/n", channel_id=f"caller-{exten}-{law}", formats=law)
        async with asyncio.timeout(15):
            async for start in ari.incoming():
                return Leg(ari, HandOffRoute(ari, ami, HandOff()), start)
    raise AssertionError("no channel came")


async def test_the_version_is_read(ari: AriClient) -> None:
    info = await ari.info()
    assert info.version >= (20, 18, 0)


async def test_a_wrong_password_says_which_settings_are_wrong(pbx: PrivateAsterisk) -> None:
    async with AriClient(pbx.asterisk.url, "asterisk-agent", "wrong", "order-test-2") as client:
        with pytest.raises(AriDenied, match=r"asterisk\.password"):
            await client.info()
        with pytest.raises(AriDenied, match=r"asterisk\.password"):
            await client.connect()


async def test_a_dead_asterisk_says_what_to_check() -> None:
    async with AriClient("http://127.0.0.1:9", "u", "p", "order-test") as client:
        with pytest.raises(AriUnreachable, match=r"http\.conf"):
            await client.info()


async def test_a_wrong_manager_secret_says_which_settings_are_wrong(pbx: PrivateAsterisk) -> None:
    wrong = Ami(port=pbx.asterisk.ami.port, secret=SecretStr("wrong"))
    async with AmiClient(wrong) as ami:
        with pytest.raises(AmiError, match=r"asterisk\.ami\.secret"):
            await ami.check()
    async with AmiClient(Ami(port=9)) as ami:
        with pytest.raises(AmiError, match=r"manager\.conf"):
            await ami.check()


async def test_what_is_played_comes_back_from_an_echo_and_is_marked_as_heard(
    ari: AriClient, pbx: PrivateAsterisk
) -> None:
    leg = await leg_to(ari, pbx, "echo")
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16)
    await leg.open()
    try:
        leg.playout.feed(1, ULAW.encode(tone))
        leg.playout.finish(1)
        leg.playout.start(1)
        heard, marks = [], []
        async with asyncio.timeout(15):
            async for event in leg.events():
                match event:
                    case AudioFrame(payload=payload):
                        heard.append(leg.codec.decode(payload))
                    case PlaybackProgress(heard_ms=ms):
                        marks.append(ms)
                    case PlaybackDone(playback=1):
                        break
        assert marks == sorted(marks)
        assert marks[-1] == 1000
        assert len(marks) >= 10
        loud = np.concatenate(heard).astype(np.float64)
        assert np.sqrt(np.mean(np.square(loud[-4000:]))) > 3000
    finally:
        await leg.close()
        await ari.hang_up(leg.channel.id)


async def test_a_pause_silences_at_once_and_a_resume_goes_on_from_there(ari: AriClient, pbx: PrivateAsterisk) -> None:
    leg = await leg_to(ari, pbx, "wait")
    await leg.open()
    try:
        leg.playout.feed(1, b"\x20" * 16000)
        leg.playout.finish(1)
        leg.playout.start(1)
        await progress(leg, 300)
        heard = await leg.playout.pause(1)
        assert 300 <= heard <= 600, "what is queued ahead counts as heard"
        await leg.playout.resume(1, heard)
        after = await progress(leg, 1)
        assert heard - 600 <= after <= heard + 120
        async with asyncio.timeout(15):
            async for event in leg.events():
                if isinstance(event, PlaybackDone):
                    break
    finally:
        await leg.close()
        await ari.hang_up(leg.channel.id)


async def progress(leg: Leg, at_least: int) -> int:
    """Wait until so much has been heard."""
    async with asyncio.timeout(15):
        async for event in leg.events():
            if isinstance(event, PlaybackProgress) and event.heard_ms >= at_least:
                return event.heard_ms
    raise AssertionError("the leg ended")


async def test_keys_and_the_hang_up_arrive_in_order(ari: AriClient, pbx: PrivateAsterisk) -> None:
    leg = await leg_to(ari, pbx, "keys")
    await leg.open()
    digits = []
    try:
        async with asyncio.timeout(10):
            async for event in leg.events():
                if isinstance(event, DigitPressed):
                    digits.append(event.digit)
                    if len(digits) == 4:
                        await ari.hang_up(leg.channel.id)
                if isinstance(event, LegGone):
                    break
        assert digits == ["1", "2", "*", "#"]
    finally:
        await leg.close()
    assert [bridge for bridge in await ari.bridges() if leg.call_id in bridge] == []


async def test_garbage_on_the_media_socket_does_not_end_the_call(ari: AriClient, pbx: PrivateAsterisk) -> None:
    leg = await leg_to(ari, pbx, "echo")
    await leg.open()
    try:
        socket: aiohttp.ClientWebSocketResponse = leg._transport._socket  # type: ignore[union-attr]  # the wire itself
        await socket.send_str("x" * 300)
        await socket.send_str("{not json")
        await socket.send_str('{"command":"NONSENSE"}')
        await socket.send_bytes(b"\x00" * 7)
        await socket.send_bytes(b"")
        leg.playout.feed(1, b"\x20" * 1600)
        leg.playout.finish(1)
        leg.playout.start(1)
        async with asyncio.timeout(15):
            async for event in leg.events():
                if isinstance(event, PlaybackDone):
                    break
        # The media connection itself may be lost: it is built again while the caller waits.
        await socket.close()
        leg.playout.feed(2, b"\x20" * 1600)
        leg.playout.finish(2)
        leg.playout.start(2)
        async with asyncio.timeout(15):
            async for event in leg.events():
                if event == PlaybackDone(2):
                    break
    finally:
        await leg.close()
        await ari.hang_up(leg.channel.id)
