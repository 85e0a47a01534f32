"""ARI's events over one WebSocket that is kept open: dispatched to whoever watches a channel, in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection

import aiohttp
import structlog

from asterisk_agent.pbx.events import AriEvent, Channel, ChannelDestroyed, StasisEnd, StasisStart, parse

log = structlog.get_logger(__name__)

BACKOFF_S = (0.2, 10.0)
"""First and longest pause between attempts to reconnect."""

QUEUE_LIMIT = 1000
"""Events kept for one channel; a call that is so far behind is beyond help."""

_REPLACED = "ApplicationReplaced"


class EventStream:
    """Events of one Stasis application.

    ``open_socket`` opens the WebSocket and raises when it cannot; ``alive`` tells the ids of all channels.
    ``expected`` are the exceptions with which both say that Asterisk is away.
    """

    def __init__(
        self,
        open_socket: Callable[[], Awaitable[aiohttp.ClientWebSocketResponse]],
        alive: Callable[[], Awaitable[Collection[str]]],
        expected: tuple[type[Exception], ...],
    ) -> None:
        self._open_socket = open_socket
        self._alive = alive
        self._expected = expected
        self._task: asyncio.Task[None] | None = None
        self._subscribers: dict[str, asyncio.Queue[AriEvent]] = {}
        self._incoming: asyncio.Queue[StasisStart] = asyncio.Queue()
        self._on_connect: list[Callable[[], Awaitable[None]]] = []
        self._entered: set[str] = set()
        self.connected = asyncio.Event()

    @property
    def entered(self) -> Collection[str]:
        """Ids of the channels that entered since the last (re)connection and are still there."""
        return self._entered

    def on_connect(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` after every (re)connection; events are read and dispatched meanwhile."""
        self._on_connect.append(work)

    async def start(self) -> None:
        """Open the WebSocket and keep it open from now on. Raises what ``open_socket`` raises at first."""
        socket = await self._open_socket()
        self._task = asyncio.create_task(self._keep(socket), name="ari-events")

    async def close(self) -> None:
        """No more events."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def subscribe(self, channel_id: str) -> asyncio.Queue[AriEvent]:
        """All events of this channel from now on. ChannelDestroyed comes even if it happened while disconnected."""
        return self._subscribers.setdefault(channel_id, asyncio.Queue(QUEUE_LIMIT))

    def unsubscribe(self, channel_id: str) -> None:
        """No more events of this channel."""
        self._subscribers.pop(channel_id, None)

    async def incoming(self) -> AsyncIterator[StasisStart]:
        """Channels that enter the application and that nobody has subscribed to."""
        while True:
            yield await self._incoming.get()

    async def _keep(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        again = False
        while True:
            self._entered.clear()
            self.connected.set()
            try:
                async with asyncio.TaskGroup() as group:
                    reader = group.create_task(self._read(socket))
                    work = group.create_task(self._after_connect(again))
                    await reader
                    work.cancel()
            except* self._expected as away:
                log.warning("Asterisk went away just after it came back", error=str(away.exceptions[0]))
            except* Exception:
                # The calls live on these events: whatever was odd, the next connection may be right.
                log.exception("the events of Asterisk could not be read; connecting again")
            finally:
                self.connected.clear()
                await socket.close()
            again = True
            log.warning("the connection to Asterisk is lost; reconnecting")
            socket = await self._reopen()

    async def _reopen(self) -> aiohttp.ClientWebSocketResponse:
        delay = BACKOFF_S[0]
        while True:
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, BACKOFF_S[1])
            try:
                socket = await self._open_socket()
            except self._expected as error:
                log.warning("Asterisk cannot be reached yet", error=str(error), next_s=round(delay, 1))
            else:
                log.info("connected to Asterisk again")
                return socket

    async def _after_connect(self, again: bool) -> None:
        known = set(self._subscribers) if again else set()
        if known:
            alive = set(await self._alive())
            for channel_id in known - alive:
                self._deliver(ChannelDestroyed(Channel(channel_id, "", "Down", "", "", ""), None))
        for work in self._on_connect:
            await work()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                fields = json.loads(message.data)
            except (json.JSONDecodeError, RecursionError):
                log.warning("an event of Asterisk is not JSON and is passed over", size=len(message.data))
                continue
            if not isinstance(fields, dict):
                continue
            if fields.get("type") == _REPLACED:
                log.error(
                    "another process took over the application, and with it the calls; stop one of the two, "
                    "or give it another asterisk.app"
                )
            event = parse(fields)
            if event is not None:
                self._deliver(event)

    def _deliver(self, event: AriEvent) -> None:
        match event:
            case StasisStart(channel=channel):
                self._entered.add(channel.id)
            case StasisEnd(channel=channel) | ChannelDestroyed(channel=channel):
                self._entered.discard(channel.id)
        queue = self._subscribers.get(event.channel.id)
        if queue is not None:
            if queue.full():
                log.error("a call does not read its events; one is dropped", channel=event.channel.name)
            else:
                queue.put_nowait(event)
        elif isinstance(event, StasisStart):
            self._incoming.put_nowait(event)
