"""Media over chan_websocket with JSON control (Asterisk 20.18, 22.8, 23.2 and later)."""

from __future__ import annotations

import json

import aiohttp
import structlog

from asterisk_agent.pbx.media import MarkPlayed, MediaEvent, MediaFrame, MediaLost

log = structlog.get_logger(__name__)

BINARY_LIMIT = 409 * 160
"""Whole 20 ms frames: a binary message over 65,500 bytes closes the call, an odd tail is dropped (measured)."""

TEXT_LIMIT = 4096
"""Asterisk's events have a few hundred characters; what is longer is none, and is not parsed."""

MARK_LIMIT = 60
"""A text message over 128 bytes is ignored by Asterisk (measured): marks stay far below it."""


class WebSocketMedia:
    """MediaTransport on an open chan_websocket connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, codec: str) -> None:
        self._socket = socket
        self._codec = codec
        self._odd = 0

    @property
    def codec(self) -> str:
        """'ulaw' or 'alaw', 8 kHz."""
        return self._codec

    async def receive(self) -> MediaEvent:
        """The next frame or mark. Raises MediaLost when the connection has ended."""
        while True:
            message = await self._socket.receive()
            match message.type:
                case aiohttp.WSMsgType.BINARY:
                    if message.data:
                        return MediaFrame(message.data)
                case aiohttp.WSMsgType.TEXT:
                    mark = self._mark_in(message.data)
                    if mark is not None:
                        return MarkPlayed(mark)
                case aiohttp.WSMsgType.CLOSE | aiohttp.WSMsgType.CLOSED | aiohttp.WSMsgType.CLOSING:
                    raise MediaLost("the media WebSocket was closed")
                case aiohttp.WSMsgType.ERROR:
                    raise MediaLost(f"the media WebSocket failed: {self._socket.exception()}")

    async def send(self, payload: bytes) -> None:
        """Queue audio at the PBX: whole 20 ms frames, played at their own pace. Raises MediaLost."""
        for start in range(0, len(payload), BINARY_LIMIT):
            try:
                await self._socket.send_bytes(payload[start : start + BINARY_LIMIT])
            except (aiohttp.ClientError, ConnectionError) as error:
                raise MediaLost(str(error)) from None

    async def mark(self, mark: str) -> None:
        """Ask to be told when everything sent so far was played. Raises MediaLost."""
        if len(mark) > MARK_LIMIT:
            raise ValueError(f"a mark has at most {MARK_LIMIT} characters")
        await self._command("MARK_MEDIA", correlation_id=mark)

    async def flush(self) -> None:
        """Forget what is queued, at once; its marks do not come. Raises MediaLost."""
        await self._command("FLUSH_MEDIA")

    async def close(self) -> None:
        """End the connection."""
        await self._socket.close()

    async def _command(self, name: str, **fields: str) -> None:
        try:
            await self._socket.send_str(json.dumps({"command": name, **fields}))
        except (aiohttp.ClientError, ConnectionError) as error:
            raise MediaLost(str(error)) from None

    def _mark_in(self, text: str) -> str | None:
        try:
            fields = json.loads(text) if len(text) <= TEXT_LIMIT else None
        except (json.JSONDecodeError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            self._odd += 1
            log.warning("the media WebSocket sent text that is not JSON", count=self._odd, size=len(text))
            return None
        match fields.get("event"):
            case "MEDIA_MARK_PROCESSED":
                return str(fields.get("correlation_id", ""))
            case "ERROR":
                log.warning("Asterisk refused a media command", error=str(fields.get("error_text", ""))[:200])
            case "MEDIA_XOFF":
                log.warning("Asterisk's media queue is full: more was sent than it may hold")
            case _:
                pass
        return None
