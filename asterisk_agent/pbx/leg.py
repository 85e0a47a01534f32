"""The caller's leg as the call sees it: one stream of events in, audio and a few commands out."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

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

LEAVING_S = 0.5
"""Longest wait for the news that a channel which Asterisk no longer finds has left; it takes a few milliseconds."""

_AWAY = (AriError, AriUnreachable, AriDenied)

T = TypeVar("T")


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


def law_of(args: Collection[str]) -> str:
    """The caller's own codec as the dialplan told it, e.g. '(alaw|ulaw)': the first law named, else 'ulaw'."""
    found = re.search(r"[ua]law", " ".join(args))
    return found[0] if found else "ulaw"


class Leg:
    """One caller's channel in our application, with its media channel and bridge."""

    def __init__(self, ari: AriClient, route: HandOffRoute, start: StasisStart) -> None:
        self._ari = ari
        self._route = route
        self._channel = start.channel
        self.call_id = uuid.uuid4().hex
        self.codec = codec(law_of(start.args))
        self.playout = Playout(self.codec, self._emit)
        self._prefix = own_prefix(ari.app)
        self._bridge_id = f"{self._prefix}bridge-{self.call_id}"
        self._media_ids: list[str] = []
        self._transport: MediaTransport | None = None
        self._queue: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._channel_events = ari.subscribe(start.channel.id)
        self._tasks: list[asyncio.Task[None]] = []
        self._requests: asyncio.Task[Any] | None = None
        self._freeing: asyncio.Task[None] | None = None
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
        """Answer and connect the audio; a caller who is gone already is told by LegGone. Raises LegError."""
        try:
            transport = await self._to_the_end(self._connect())
        except (*_AWAY, TimeoutError) as error:
            if isinstance(error, AriError) and await self._caller_left():
                self._emit(LegGone("hangup"))
                return
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
        except _AWAY as error:
            raise LegError(f"the hand-off failed: {error}") from None
        self._left = True

    async def hang_up(self) -> None:
        """End the call. Raises LegError."""
        try:
            await self._ari.hang_up(self._channel.id)
        except _AWAY as error:
            raise LegError(f"the hang-up failed: {error}") from None
        self._left = True

    async def close(self) -> None:
        """Free the media channel, the bridge and the tasks, even if cancelled meanwhile; may be called again.

        The caller's channel is left as it is.
        """
        if self._freeing is None:
            self._freeing = asyncio.create_task(self._free(), name=f"leg-close-{self.call_id}")
        await asyncio.shield(self._freeing)

    async def _free(self) -> None:
        for task in self._tasks:
            task.cancel()
        running = {*self._tasks} | ({self._requests} if self._requests else set())
        if running:
            await asyncio.wait(running)
        self._ari.unsubscribe(self._channel.id)
        await self._close_transport()
        for media_id in self._media_ids:
            with suppress(*_AWAY):
                await self._ari.hang_up(media_id)
        with suppress(*_AWAY):
            await self._ari.destroy_bridge(self._bridge_id)

    def _emit(self, event: LegEvent) -> None:
        self._queue.put_nowait(event)

    async def _to_the_end(self, requests: Coroutine[Any, Any, T]) -> T:
        """Requests that go on when the call is cancelled: only so does ``close`` know all that there is to free."""
        self._requests = task = asyncio.create_task(requests)
        task.add_done_callback(_retrieve)
        return await asyncio.shield(task)

    async def _caller_left(self) -> bool:
        """Whether a failure means that the caller has hung up; Asterisk may answer so before it says so."""
        try:
            if self._channel.id not in await self._ari.app_channels():
                return True
            async with asyncio.timeout(LEAVING_S):
                while not isinstance(await self._channel_events.get(), StasisEnd | ChannelDestroyed):
                    pass
        except (*_AWAY, TimeoutError):
            return False
        return True

    async def _connect(self) -> MediaTransport:
        answered, bridged, media = await asyncio.gather(
            self._ari.answer(self._channel.id),
            self._ari.create_bridge(self._bridge_id),
            self._open_media(),
            return_exceptions=True,
        )
        for outcome in (answered, bridged):
            if isinstance(outcome, BaseException):
                raise outcome
        if isinstance(media, BaseException):
            raise media
        transport, media_id = media
        await self._ari.add_to_bridge(self._bridge_id, [self._channel.id, media_id])
        return transport

    async def _reconnect(self) -> MediaTransport:
        await self._close_transport()
        transport, media_id = await self._open_media()
        await self._ari.add_to_bridge(self._bridge_id, [media_id])
        return transport

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

    async def _close_transport(self) -> None:
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

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
        try:
            await self._move_audio(transport)
            if not self._left:
                await self._move_audio(await self._to_the_end(self._reconnect()))
        except (*_AWAY, TimeoutError) as error:
            log.warning("media cannot be had again", channel=self._channel.name, error=str(error))
        except Exception:
            log.exception("the media of a call failed", channel=self._channel.name)
        self._emit(MediaBroken())

    async def _move_audio(self, transport: MediaTransport) -> None:
        """Both ways, until the media connection is lost."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.playout.run(transport))
                group.create_task(self._read(transport))
        except* MediaLost as lost:
            log.warning("media lost", channel=self._channel.name, error=str(lost.exceptions[0]))

    async def _read(self, transport: MediaTransport) -> None:
        while True:
            event = await transport.receive()
            if isinstance(event, MediaFrame):
                self._emit(AudioFrame(event.payload))
            else:
                self.playout.marked(event.mark)


def _retrieve(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()  # nobody may be waiting for it any more
