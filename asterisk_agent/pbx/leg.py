"""The caller's leg as the call sees it: one stream of events in, audio and a few commands out."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from asterisk_agent.audio.g711 import codec
from asterisk_agent.pbx.ari import AriClient, AriDenied, AriError, AriUnreachable
from asterisk_agent.pbx.events import Channel, ChannelDestroyed, DtmfReceived, HangupRequested, StasisEnd, StasisStart
from asterisk_agent.pbx.handoff import HandOffRoute
from asterisk_agent.pbx.media import MediaFrame, MediaLost, MediaTransport
from asterisk_agent.pbx.playout import PlaybackDone, PlaybackProgress, Playout
from asterisk_agent.pbx.websocket_media import WebSocketMedia

log = structlog.get_logger(__name__)

MEDIA_READY_S = 3.0
"""Longest wait for the media channel to enter the application; it takes a few milliseconds."""


def own_prefix(app: str) -> str:
    """Begins the ids of our media channels and bridges, so that a later process can tell them from callers."""
    return f"{app}-own-"


class LegError(Exception):
    """The PBX did not do what was asked of it for this caller; the message says what."""


@dataclass(frozen=True)
class AudioFrame:
    """Audio from the caller in the leg's codec."""

    payload: bytes


@dataclass(frozen=True)
class DigitPressed:
    """A key: 0-9, '*', '#'."""

    digit: str


@dataclass(frozen=True)
class LegGone:
    """The caller's channel has hung up or left; nothing follows."""

    cause: str


@dataclass(frozen=True)
class MediaBroken:
    """The caller is there but can neither be heard nor spoken to; nothing follows."""


LegEvent = AudioFrame | DigitPressed | PlaybackProgress | PlaybackDone | LegGone | MediaBroken


class Leg:
    """One caller's channel in our application, with its media channel and bridge."""

    def __init__(self, ari: AriClient, route: HandOffRoute, start: StasisStart) -> None:
        self._ari = ari
        self._route = route
        self._channel = start.channel
        self.call_id = uuid.uuid4().hex
        self.codec = codec("alaw" if any("alaw" in arg for arg in start.args) else "ulaw")
        self.playout = Playout(self.codec, self._emit)
        self._prefix = own_prefix(ari.app)
        self._bridge_id = f"{self._prefix}bridge-{self.call_id}"
        self._media_ids: list[str] = []
        self._transport: MediaTransport | None = None
        self._queue: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._channel_events = ari.subscribe(start.channel.id)
        self._tasks: list[asyncio.Task[None]] = []
        self._left = False

    @property
    def channel(self) -> Channel:
        """The caller's channel as it was when it entered."""
        return self._channel

    @property
    def ids(self) -> set[str]:
        """Ids of the channels and the bridge that belong to this call."""
        return {self._channel.id, self._bridge_id, *self._media_ids}

    async def open(self) -> None:
        """Answer and connect the audio. Raises LegError."""
        try:
            _, _, media = await asyncio.gather(
                self._ari.answer(self._channel.id),
                self._ari.create_bridge(self._bridge_id),
                self._open_media(),
            )
            transport, media_id = media
            await self._ari.add_to_bridge(self._bridge_id, [self._channel.id, media_id])
        except (AriError, AriUnreachable, AriDenied, TimeoutError) as error:
            raise LegError(f"the call could not be answered: {error}") from None
        self._tasks = [
            asyncio.create_task(self._watch_channel(), name=f"leg-events-{self.call_id}"),
            asyncio.create_task(self._carry(transport), name=f"leg-media-{self.call_id}"),
        ]

    async def events(self) -> AsyncIterator[LegEvent]:
        """Everything that happens on this leg, in order; ends after LegGone or MediaBroken."""
        while True:
            event = await self._queue.get()
            yield event
            if isinstance(event, LegGone | MediaBroken):
                return

    async def hand_off(self, destination: str, context: Mapping[str, object]) -> None:
        """Send the caller to people. Raises LegError when the channel cannot be moved any more."""
        try:
            await self._route.send(self._channel.id, self._channel.name, destination, context)
        except (AriError, AriUnreachable, AriDenied) as error:
            raise LegError(f"the hand-off failed: {error}") from None
        self._left = True

    async def hang_up(self) -> None:
        """End the call. Raises LegError."""
        try:
            await self._ari.hang_up(self._channel.id)
        except (AriError, AriUnreachable, AriDenied) as error:
            raise LegError(f"the hang-up failed: {error}") from None
        self._left = True

    async def close(self) -> None:
        """Free the media channel, the bridge and the tasks; the caller's channel is left as it is."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []
        self._ari.unsubscribe(self._channel.id)
        if self._transport is not None:
            await self._transport.close()
            self._transport = None
        with suppress(AriError, AriUnreachable, AriDenied):
            for media_id in self._media_ids:
                await self._ari.hang_up(media_id)
            await self._ari.destroy_bridge(self._bridge_id)
        self._media_ids = []

    def _emit(self, event: LegEvent) -> None:
        self._queue.put_nowait(event)

    async def _open_media(self) -> tuple[MediaTransport, str]:
        media_id = f"{self._prefix}media-{uuid.uuid4().hex}"
        entered = self._ari.subscribe(media_id)
        self._media_ids.append(media_id)
        try:
            media = await self._ari.external_media(media_id, self.codec.name)
            socket = await self._ari.connect_media(media.connection)
            self._transport = transport = WebSocketMedia(socket, self.codec.name)
            async with asyncio.timeout(MEDIA_READY_S):
                while not isinstance(await entered.get(), StasisStart):
                    pass
        finally:
            self._ari.unsubscribe(media_id)
        return transport, media_id

    async def _watch_channel(self) -> None:
        while True:
            match await self._channel_events.get():
                case DtmfReceived(digit=digit):
                    self._emit(DigitPressed(digit))
                case HangupRequested() | ChannelDestroyed():
                    self._emit(LegGone("hangup"))
                    return
                case StasisEnd():
                    self._emit(LegGone("left the application"))
                    return
                case _:
                    pass

    async def _carry(self, transport: MediaTransport) -> None:
        rebuilt = False
        while True:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self.playout.run(transport))
                    group.create_task(self._read(transport))
            except* MediaLost as lost:
                log.warning("media lost", channel=self._channel.name, error=str(lost.exceptions[0]))
            if rebuilt or self._left:
                self._emit(MediaBroken())
                return
            rebuilt = True
            try:
                transport, media_id = await self._open_media()
                await self._ari.add_to_bridge(self._bridge_id, [media_id])
            except (AriError, AriUnreachable, AriDenied, TimeoutError) as error:
                log.warning("media cannot be had again", channel=self._channel.name, error=str(error))
                self._emit(MediaBroken())
                return

    async def _read(self, transport: MediaTransport) -> None:
        while True:
            event = await transport.receive()
            if isinstance(event, MediaFrame):
                self._emit(AudioFrame(event.payload))
            else:
                self.playout.marked(event.mark)
