"""Audio between a caller and the agent through a real Asterisk: the caller's own codec, gaps, silence after a pause."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
import pytest_asyncio
from pbx_world import ENTRY, agent, left, next_caller, private
from real_programs import eventually

from asterisk_agent.audio.g711 import codec
from asterisk_agent.pbx.ari import AriClient
from asterisk_agent.pbx.events import StasisStart
from asterisk_agent.pbx.leg import AudioFrame, Leg, LegGone
from asterisk_agent.pbx.playout import PlaybackDone, PlaybackProgress
from asterisk_agent.pbx.private import PrivateAsterisk

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

CALLERS = "asterisk-callers"

LOUD = 1000.0
"""Root mean square of a frame that holds the tone and not silence."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx() -> AsyncIterator[PrivateAsterisk]:
    async with private() as running:
        yield running


class Ends:
    """Both ends of calls: the agent's application and the callers'."""

    def __init__(self, ari: AriClient, route: object, callers: AriClient, callers_route: object) -> None:
        self.ari = ari
        self._route = route
        self._callers = callers
        self._callers_route = callers_route
        self._starts: dict[tuple[str, str], asyncio.Future[StasisStart]] = {}

    async def _entered(self, ari: AriClient, name: str) -> StasisStart:
        """The channel of this call that entered the application; of calls at once each waits for its own."""
        own = self._starts.setdefault((ari.app, name), asyncio.get_running_loop().create_future())
        start = await next_caller(ari)
        whose = (ari.app, start.channel.id.removesuffix(";2").removesuffix(";1"))
        self._starts.setdefault(whose, asyncio.get_running_loop().create_future()).set_result(start)
        async with asyncio.timeout(15):
            return await own

    @asynccontextmanager
    async def call(self, name: str, law: str = "ulaw") -> AsyncIterator[tuple[Leg, Leg]]:
        """One call: the agent's leg, open, and the caller's end, which hears what a telephone would."""
        await self._callers.originate(ENTRY, channel_id=name, formats=law)
        leg = Leg(self.ari, self._route, await self._entered(self.ari, name))  # type: ignore[arg-type]
        far: Leg | None = None
        try:
            await leg.open()
            far = Leg(self._callers, self._callers_route, await self._entered(self._callers, name))  # type: ignore[arg-type]
            far.codec = codec(law)
            await far.open()
            yield leg, far
        finally:
            await leg.close()
            if far is not None:
                await far.close()
            await self._callers.hang_up(name)


@pytest_asyncio.fixture(loop_scope="module")
async def ends(pbx: PrivateAsterisk) -> AsyncIterator[Ends]:
    async with agent(pbx) as (ari, route), agent(pbx, CALLERS) as (callers, callers_route):
        yield Ends(ari, route, callers, callers_route)


def tone(leg: Leg, ms: int) -> bytes:
    """A tone that never repeats within a second, so that a code at a wrong place is seen."""
    at = np.arange(ms * 8) / 8000
    return leg.codec.encode((8000 * np.sin(2 * np.pi * (300 + 40 * at) * at)).astype(np.int16))


def loudness(leg: Leg, payload: bytes) -> float:
    """Root mean square of a frame."""
    return float(np.sqrt(np.mean(np.square(leg.codec.decode(payload).astype(np.float64)))))


async def listen(leg: Leg, heard: list[tuple[float, bytes]]) -> None:
    """Keep every frame with the time of its arrival, in seconds."""
    async for event in leg.events():
        if isinstance(event, AudioFrame):
            heard.append((time.monotonic(), event.payload))


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
async def test_both_directions_are_carried_bit_for_bit_in_the_callers_own_codec(ends: Ends, law: str) -> None:
    async with ends.call(f"bits-{law}", law) as (leg, far):
        assert leg.codec.name == law
        for speaker, listener in ((leg, far), (far, leg)):
            heard: list[tuple[float, bytes]] = []
            listening = asyncio.create_task(listen(listener, heard))
            sound = tone(speaker, 600)
            speaker.playout.feed(1, sound)
            speaker.playout.finish(1)
            speaker.playout.start(1)
            await eventually(
                lambda heard=heard, sound=sound: sound in b"".join(payload for _, payload in heard),  # type: ignore[misc]
                5,
                f"the {law} codes arrive unchanged",
            )
            listening.cancel()
            await asyncio.wait([listening])


async def test_a_pause_is_silence_for_the_caller_within_60_ms(ends: Ends) -> None:
    async with ends.call("silence") as (leg, far):
        heard: list[tuple[float, bytes]] = []
        listening = asyncio.create_task(listen(far, heard))
        delays = []
        for playback in range(1, 6):
            leg.playout.feed(playback, tone(leg, 3000))
            leg.playout.start(playback)
            before = len(heard)
            await eventually(
                lambda before=before: sum(loudness(far, p) > LOUD for _, p in heard[before:]) > 20,  # type: ignore[misc]
                5,
                "the caller hears the tone",
            )
            paused_at = time.monotonic()
            await leg.playout.pause(playback)
            await asyncio.sleep(0.4)
            last = max(at for at, payload in heard if loudness(far, payload) > LOUD)
            delays.append((last - paused_at) * 1000)
            await leg.playout.stop(playback)
        listening.cancel()
        await asyncio.wait([listening])
        assert sorted(delays)[len(delays) // 2] < 60, delays


async def test_what_is_told_as_heard_is_what_the_caller_heard(ends: Ends) -> None:
    async with ends.call("truth") as (leg, far):
        heard: list[tuple[float, bytes]] = []
        listening = asyncio.create_task(listen(far, heard))
        leg.playout.feed(1, tone(leg, 2000))
        leg.playout.finish(1)
        leg.playout.start(1)
        told: list[tuple[float, int]] = []
        async with asyncio.timeout(6):
            async for event in leg.events():
                if isinstance(event, PlaybackProgress):
                    told.append((time.monotonic(), event.heard_ms))
                if isinstance(event, PlaybackDone):
                    break
        await asyncio.sleep(0.2)
        listening.cancel()
        await asyncio.wait([listening])
        loud = [at for at, payload in heard if loudness(far, payload) > LOUD]
        assert told[-1][1] == 2000
        # For every mark: how much had really arrived at the caller by then.
        off = [abs(ms - 20 * sum(at <= when for at in loud)) for when, ms in told]
        assert sorted(off)[len(off) // 2] <= 40, off
        assert max(off) <= 120, off


async def test_twenty_calls_at_once_are_all_heard_and_leave_nothing_behind(ends: Ends) -> None:
    async def one(number: int) -> None:
        async with ends.call(f"many-{number:02d}") as (leg, far):
            heard: list[tuple[float, bytes]] = []
            listening = asyncio.create_task(listen(far, heard))
            leg.playout.feed(1, tone(leg, 1000))
            leg.playout.finish(1)
            leg.playout.start(1)
            async with asyncio.timeout(10):
                async for event in leg.events():
                    if isinstance(event, PlaybackDone):
                        break
            listening.cancel()
            await asyncio.wait([listening])
            assert sum(loudness(far, payload) > LOUD for _, payload in heard) >= 45

    await asyncio.gather(*(one(number) for number in range(20)))

    async def empty() -> bool:
        return await left(ends.ari) == ([], [])

    await eventually(empty, 15, "Asterisk is empty after 20 calls")


async def test_the_agent_may_end_the_call(ends: Ends) -> None:
    async with ends.call("ends") as (leg, far):
        await leg.hang_up()
        async with asyncio.timeout(15):
            last = [event async for event in far.events()][-1]
        assert last == LegGone("hangup")
