"""The caller's telephone in Asterisk: a channel, a media socket and the bridge between them, driven by ARI."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np

from asterisk_agent.audio.g711 import codec
from asterisk_agent.caller.line import FRAME, FRAME_MS, Line
from asterisk_agent.caller.segments import Pcm
from asterisk_agent.pbx.ari import AriClient, AriError
from asterisk_agent.pbx.events import ChannelDestroyed, StasisStart

RING_S = 30
"""How long it may ring."""

CUSHION_MS = 40.0
"""Silence sent ahead, so that a late frame leaves no hole in the stream (a telephone's RTP has a jitter buffer)."""

_SETUP_S = 5.0
_SILENCE = np.zeros(FRAME, np.int16)
_ULAW = codec("ulaw")

_CAUSES = {
    1: "unallocated number",
    16: "normal clearing",
    17: "user busy",
    18: "no user responding",
    19: "no answer",
    20: "subscriber absent",
    21: "call rejected",
    34: "circuit congestion",
    127: "interworking",
}
"""Q.850 causes that Asterisk reports for a call."""


class CallError(Exception):
    """The call could not be placed; the message says why and what to do."""


@dataclass(frozen=True)
class PbxRecorder:
    """A dialplan entry that records a call at the PBX.

    It runs ``MixMonitor(${CALLER_RECORDING}.raw,D)`` and then ``Stasis(${CALLER_APP})``. ``folder`` is where the
    recordings lie for this process, ``pbx_folder`` the same folder as Asterisk sees it.
    """

    context: str
    extension: str
    folder: Path
    pbx_folder: str


@dataclass(frozen=True)
class Answer:
    """``ring_ms``: dialled to answered. ``connected_ms``: answered to when audio could flow to the caller."""

    ring_ms: float
    connected_ms: float


class Phone:
    """One call. ``lift``, ``dial``, ``talk``, then always ``put_away``. ``ari`` has an application of its own."""

    def __init__(self, ari: AriClient) -> None:
        self._ari = ari
        self._channel = f"{ari.app}-phone"
        self._media_channel = f"{ari.app}-media"
        self._bridge = f"{ari.app}-bridge"
        self._media: aiohttp.ClientWebSocketResponse | None = None
        self._events = ari.subscribe(self._channel)
        self._cause: int | None = None

    async def lift(self) -> None:
        """Make the media channel and its bridge, ready for the answer."""
        events = self._ari.subscribe(self._media_channel)
        external = await self._ari.external_media(self._media_channel, "ulaw")
        self._media = await self._ari.connect_media(external.connection)
        async with asyncio.timeout(_SETUP_S):
            while not isinstance(await events.get(), StasisStart):
                pass
        await self._ari.create_bridge(self._bridge)
        await self._ari.add_to_bridge(self._bridge, [self._media_channel])

    async def dial(self, to: str, caller_id: str, recorder: PbxRecorder | None) -> Answer:
        """Call, wait for the answer and connect the audio. Raises CallError when nobody answers."""
        clock = asyncio.get_running_loop().time
        variables = {"CALLER_APP": self._ari.app}
        if recorder is not None:
            variables["CALLER_RECORDING"] = f"{recorder.pbx_folder}/{self._ari.app}"
        dialled = clock()
        try:
            await self._ari.originate(
                to, channel_id=self._channel, caller_id=caller_id, variables=variables, timeout_s=RING_S
            )
        except AriError as error:
            raise CallError(f"Asterisk cannot dial {to}: {error}") from None
        await self._entered(to)
        answered = clock()
        if recorder is not None:
            await self._ari.continue_in_dialplan(self._channel, recorder.context, recorder.extension)
            await self._entered(to)
        await self._ari.add_to_bridge(self._bridge, [self._channel])
        return Answer((answered - dialled) * 1000, (clock() - answered) * 1000)

    async def _entered(self, to: str) -> None:
        try:
            async with asyncio.timeout(RING_S + _SETUP_S):
                while True:
                    match await self._events.get():
                        case StasisStart():
                            return
                        case ChannelDestroyed(cause=cause):
                            self._cause = cause or 0
                            raise CallError(f"{to} was not answered: {cause_text(self._cause)}")
        except TimeoutError:
            raise CallError(f"{to} was not answered within {RING_S} s") from None

    async def talk(self, line: Line) -> None:
        """Stream the line's frames, one every 20 ms, until cancelled; ends the line when the other side does."""
        clock = asyncio.get_running_loop().time
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(line, clock()))
            group.create_task(self._await_end(line))
            await self._send(_SILENCE, int(CUSHION_MS) // FRAME_MS)
            started, sent = clock(), 0
            while True:
                await self._send(line.next_frame())
                sent += 1
                await asyncio.sleep(max(0.0, started + sent * FRAME_MS / 1000 - clock()))

    async def _send(self, frame: Pcm, times: int = 1) -> None:
        with suppress(ConnectionError):  # the channel's end is told by its event
            for _ in range(times):
                await self._socket.send_bytes(_ULAW.encode(frame))

    @property
    def _socket(self) -> aiohttp.ClientWebSocketResponse:
        if self._media is None:
            raise RuntimeError("lift() comes first")
        return self._media

    async def _listen(self, line: Line, started: float) -> None:
        clock = asyncio.get_running_loop().time
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                line.hear(_ULAW.decode(message.data), (clock() - started) * 1000)

    async def _await_end(self, line: Line) -> None:
        await self._destroyed()
        line.hang_up()

    async def _destroyed(self) -> None:
        while self._cause is None:
            event = await self._events.get()
            if isinstance(event, ChannelDestroyed):
                self._cause = event.cause or 0

    async def press(self, digit: str) -> None:
        """Press one key. Does nothing once the line is gone."""
        with suppress(AriError):
            await self._ari.press(self._channel, digit)

    async def hang_up(self) -> int:
        """End the call, if it has not ended; returns the Q.850 cause of its end, 0 if unknown."""
        await self._ari.hang_up(self._channel)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETUP_S):
                await self._destroyed()
        return self._cause or 0

    async def put_away(self) -> None:
        """Remove what is left in Asterisk."""
        await self._ari.hang_up(self._channel)
        await self._ari.destroy_bridge(self._bridge)
        await self._ari.hang_up(self._media_channel)
        if self._media is not None:
            await self._media.close()


def as_received(pcm: Pcm) -> Pcm:
    """How audio sounds after the line's codec."""
    return _ULAW.decode(_ULAW.encode(pcm))


def cause_text(cause: int) -> str:
    """A Q.850 cause in words."""
    return _CAUSES.get(cause, f"cause {cause}" if cause else "busy, rejected or no such destination")
