"""The media WebSocket against a peer that misbehaves in every way that a socket can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from asterisk_agent.pbx.media import MarkPlayed, MediaFrame, MediaLost
from asterisk_agent.pbx.websocket_media import BINARY_LIMIT, WebSocketMedia

Peer = Callable[[web.WebSocketResponse], Awaitable[None]]


@asynccontextmanager
async def media_with(peer: Peer) -> AsyncIterator[WebSocketMedia]:
    """A transport whose other end behaves as ``peer`` does, then closes."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("media",))
        await socket.prepare(request)
        await peer(socket)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/media", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session:
            socket = await session.ws_connect(f"http://127.0.0.1:{port}/media", protocols=("media",), compress=0)
            media = WebSocketMedia(socket, "ulaw")
            yield media
            await media.close()
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "not json",
        "{",
        "[]",
        "null",
        "7",
        "x" * 100_000,
        '{"event": "SOMETHING_NEW"}',
        '{"event": 5}',
        '{"event": null}',
        '{"event": "ERROR"}',
        '{"event": "ERROR", "error_text": {"deep": [1]}}',
        '{"event": "MEDIA_XOFF", "channel_id": "c"}',
        '{"event": "MEDIA_START", "format": "ulaw"}',
        "MEDIA_START connection_id:x",
        b"",
        "[" * 3_000,
        "[" * 50_000,
    ],
)
async def test_garbage_is_passed_over_and_what_follows_is_heard(garbage: str | bytes) -> None:
    async def peer(socket: web.WebSocketResponse) -> None:
        await (socket.send_bytes(garbage) if isinstance(garbage, bytes) else socket.send_str(garbage))
        await socket.send_bytes(b"\x01" * 160)
        await socket.send_str('{"event": "MEDIA_MARK_PROCESSED", "correlation_id": "1:0:160"}')

    async with media_with(peer) as media:
        assert await media.receive() == MediaFrame(b"\x01" * 160)
        assert await media.receive() == MarkPlayed("1:0:160")
        with pytest.raises(MediaLost):
            await media.receive()


@pytest.mark.parametrize("size", [1, 159, 161, 320, 70_000])
async def test_frames_of_any_size_arrive(size: int) -> None:
    async def peer(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x01" * size)

    async with media_with(peer) as media:
        assert await media.receive() == MediaFrame(b"\x01" * size)


async def test_a_mark_without_a_name_is_still_a_mark() -> None:
    async def peer(socket: web.WebSocketResponse) -> None:
        await socket.send_str('{"event": "MEDIA_MARK_PROCESSED"}')

    async with media_with(peer) as media:
        assert await media.receive() == MarkPlayed("")


async def test_a_long_payload_is_sent_in_messages_that_asterisk_accepts() -> None:
    got: list[int] = []
    done = asyncio.Event()

    async def peer(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                got.append(len(message.data))
            if sum(got) == 200_000:
                done.set()

    async with media_with(peer) as media:
        await media.send(b"\x01" * 200_000)
        async with asyncio.timeout(15):
            await done.wait()
        assert max(got) <= BINARY_LIMIT
        assert all(size % 160 == 0 for size in got[:-1]), "a cut within a frame loses its tail"


async def test_commands_stay_below_what_asterisk_reads() -> None:
    got: list[str] = []
    done = asyncio.Event()

    async def peer(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            got.append(message.data)
            if len(got) == 2:
                done.set()

    async with media_with(peer) as media:
        await media.mark("9" * 60)
        await media.flush()
        async with asyncio.timeout(15):
            await done.wait()
        with pytest.raises(ValueError, match="60"):
            await media.mark("9" * 61)
    assert all(len(text) <= 128 for text in got)


async def test_a_lost_connection_is_told_to_reader_and_writer() -> None:
    async def peer(socket: web.WebSocketResponse) -> None:
        transport = socket._req.transport if socket._req else None  # the wire itself is cut
        assert transport is not None
        transport.abort()

    async with media_with(peer) as media:
        with pytest.raises(MediaLost):
            await media.receive()
        with pytest.raises(MediaLost):
            await media.send(b"\x01" * 160)
        with pytest.raises(MediaLost):
            await media.mark("1")
        with pytest.raises(MediaLost):
            await media.flush()
