"""A thin typed client of the Asterisk REST Interface: requests over HTTP, events over one WebSocket.

It has no way to set a variable on a channel: on current releases that leaves the channel's dialplan unable to
read DB() and the like after it has left Stasis (measured on Asterisk 22.10.1). Variables go over AMI.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from asterisk_agent.pbx.event_stream import BACKOFF_S, EventStream
from asterisk_agent.pbx.events import AriEvent, Channel, StasisStart, parse_channel

__all__ = ["BACKOFF_S", "AriClient", "AriDenied", "AriError", "AriUnreachable", "AsteriskInfo", "ExternalMedia"]

REQUEST_S = 5.0
"""Deadline of one request; Asterisk answers in about a millisecond."""

PING_S = 5.0
"""A WebSocket that does not answer a ping for half of this again is closed and opened anew."""

KEEP_ALIVE_S = 5.0
"""An idle connection is not used again after this: Asterisk closes it after 15 s (session_keep_alive), and a POST
that meets the closing end is lost."""


class AriError(Exception):
    """Asterisk refused a request. ``status`` is HTTP's; 404 means that the channel or bridge is gone."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Asterisk answered {status}: {message}")
        self.status = status


class AriUnreachable(Exception):
    """Asterisk's HTTP server does not answer; the message says what to check."""


class AriDenied(Exception):
    """Asterisk does not accept the user or password, or lets it only read; the message says what to check."""


@dataclass(frozen=True)
class AsteriskInfo:
    """Which Asterisk this is; ``version`` as (major, minor, patch), zeros where it does not say."""

    text: str
    version: tuple[int, int, int]


@dataclass(frozen=True)
class ExternalMedia:
    """A media channel just made; ``connection`` names its WebSocket below ``/media/``."""

    channel: Channel
    connection: str


class AriClient:
    """One Asterisk, one Stasis application. Use as an async context manager; ``connect`` starts the events."""

    def __init__(self, url: str, username: str, password: str, app: str) -> None:
        self.url = url.rstrip("/")
        self.app = app
        self._username = username
        self._headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}
        self._session: aiohttp.ClientSession | None = None
        self._events = EventStream(self._open_events, self._channel_ids, (AriError, AriUnreachable, AriDenied))

    async def __aenter__(self) -> Self:
        # No limit of connections: each call's media WebSocket is one, for as long as the call lasts.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S)
        self._session = aiohttp.ClientSession(headers=self._headers, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._events.close()
        if self._session is not None:
            await self._session.close()

    # --- events ---

    @property
    def connected(self) -> asyncio.Event:
        """Set while the event WebSocket is open."""
        return self._events.connected

    @property
    def entered(self) -> Collection[str]:
        """Ids of the channels that entered the application since the last (re)connection and are still there."""
        return self._events.entered

    def on_connect(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` after every (re)connection of the event WebSocket; events are dispatched meanwhile."""
        self._events.on_connect(work)

    async def connect(self) -> None:
        """Open the event WebSocket and keep it open from now on, reconnecting with backoff.

        Raises AriDenied and AriUnreachable when the first attempt fails.
        """
        await self._events.start()

    def subscribe(self, channel_id: str) -> asyncio.Queue[AriEvent]:
        """All events of this channel from now on. ChannelDestroyed comes even if it happened while disconnected."""
        return self._events.subscribe(channel_id)

    def unsubscribe(self, channel_id: str) -> None:
        """No more events of this channel."""
        self._events.unsubscribe(channel_id)

    def incoming(self) -> AsyncIterator[StasisStart]:
        """Channels that enter the application and that nobody has subscribed to."""
        return self._events.incoming()

    async def _open_events(self) -> aiohttp.ClientWebSocketResponse:
        query = {"app": self.app, "subscribeAll": "false"}
        try:
            async with asyncio.timeout(REQUEST_S):
                return await self._http.ws_connect(f"{self.url}/ari/events", params=query, heartbeat=PING_S)
        except aiohttp.WSServerHandshakeError as error:
            if error.status in (401, 403):
                raise self._denied() from None
            raise AriUnreachable(
                f"{self.url}/ari/events answered {error.status}: is ARI enabled in ari.conf?"
            ) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self._unreachable(error) from None

    async def _channel_ids(self) -> Collection[str]:
        return [channel.id for channel in await self.channels()]

    # --- requests ---

    async def info(self) -> AsteriskInfo:
        """Version of Asterisk."""
        fields = await self._request("GET", "asterisk/info", {"only": "system"})
        text = str(fields.get("system", {}).get("version", ""))
        numbers = [int(number) for number in re.findall(r"\d+", text)[:3]] + [0, 0, 0]
        return AsteriskInfo(text, (numbers[0], numbers[1], numbers[2]))

    async def module_loaded(self, name: str) -> bool:
        """Whether module ``name`` (with '.so') is running."""
        try:
            fields = await self._request("GET", f"asterisk/modules/{name}")
        except AriError as error:
            if error.status in (404, 409):
                return False
            raise
        return str(fields.get("status")) == "Running"

    async def channels(self) -> list[Channel]:
        """All channels of this Asterisk."""
        return [parse_channel(fields) for fields in await self._request("GET", "channels")]

    async def app_channels(self) -> list[str]:
        """Ids of the channels that are with the application now; [] before its first use."""
        try:
            fields = await self._request("GET", f"applications/{self.app}")
        except AriError as error:
            if error.status == 404:
                return []
            raise
        return [str(channel_id) for channel_id in fields.get("channel_ids") or ()]

    async def app_exists(self, app: str) -> bool:
        """Whether somebody is connected as this application."""
        try:
            await self._request("GET", f"applications/{app}")
        except AriError as error:
            if error.status == 404:
                return False
            raise
        return True

    async def channel(self, channel_id: str) -> Channel:
        """One channel. Raises AriError 404 when it is gone."""
        return parse_channel(await self._request("GET", f"channels/{channel_id}"))

    async def bridges(self) -> list[str]:
        """Ids of all bridges of this Asterisk."""
        return [str(fields.get("id", "")) for fields in await self._request("GET", "bridges")]

    async def answer(self, channel_id: str) -> None:
        """Answer a ringing channel."""
        await self._request("POST", f"channels/{channel_id}/answer")

    async def hang_up(self, channel_id: str) -> None:
        """End a channel; one that is gone already is fine."""
        await self._request("DELETE", f"channels/{channel_id}", gone_is_fine=True)

    async def continue_in_dialplan(self, channel_id: str, context: str, exten: str, priority: int = 1) -> None:
        """Let a channel leave Stasis for the dialplan."""
        query = {"context": context, "extension": exten, "priority": str(priority)}
        await self._request("POST", f"channels/{channel_id}/continue", query)

    async def create_bridge(self, bridge_id: str) -> None:
        """Make a mixing bridge with this id."""
        await self._request(
            "POST", f"bridges/{bridge_id}", {"type": "mixing,dtmf_events,proxy_media", "name": bridge_id}
        )

    async def destroy_bridge(self, bridge_id: str) -> None:
        """End a bridge; one that is gone already is fine."""
        await self._request("DELETE", f"bridges/{bridge_id}", gone_is_fine=True)

    async def add_to_bridge(self, bridge_id: str, channel_ids: Sequence[str]) -> None:
        """Put channels of this application into a bridge."""
        await self._request("POST", f"bridges/{bridge_id}/addChannel", {"channel": ",".join(channel_ids)})

    async def press(self, channel_id: str, digit: str, duration_ms: int = 100) -> None:
        """Send a key to the far end of a channel, as its telephone would: 0-9, '*', '#'."""
        query = {"dtmf": digit, "duration": str(duration_ms)}
        await self._request("POST", f"channels/{channel_id}/dtmf", query)

    async def external_media(self, channel_id: str, codec: str) -> ExternalMedia:
        """Make a media channel over chan_websocket that waits for our connection (Asterisk 20.18, 22.8, 23.2)."""
        query = {
            "channelId": channel_id,
            "app": self.app,
            "external_host": "INCOMING",
            "encapsulation": "none",
            "transport": "websocket",
            "connection_type": "server",
            "format": codec,
            "transport_data": "f(json)",
        }
        # The channel is ours alone and no call of its own, so it writes no call detail record.
        body = {"variables": {"CDR_PROP(disable)": "1"}}
        fields = await self._request("POST", "channels/externalMedia", query, body)
        connection = (fields.get("channelvars") or {}).get("MEDIA_WEBSOCKET_CONNECTION_ID")
        if not connection:
            raise AriError(502, "externalMedia gave no MEDIA_WEBSOCKET_CONNECTION_ID: is chan_websocket loaded?")
        return ExternalMedia(parse_channel(fields), str(connection))

    async def originate(
        self,
        endpoint: str,
        *,
        channel_id: str,
        caller_id: str = "",
        context: str = "",
        exten: str = "s",
        formats: str = "ulaw",
        variables: Mapping[str, str] | None = None,
        timeout_s: int = 30,
    ) -> Channel:
        """Call ``endpoint``; on answer it goes to ``exten`` of ``context``, or into the application if that is ''.

        ``channel_id`` must not begin another channel's id: Asterisk 22.10 takes that for the same and answers 409.
        """
        query = {"endpoint": endpoint, "channelId": channel_id, "formats": formats, "timeout": str(timeout_s)}
        query |= {"context": context, "extension": exten, "priority": "1"} if context else {"app": self.app}
        if caller_id:
            query["callerId"] = caller_id
        return parse_channel(await self._request("POST", "channels", query, {"variables": dict(variables or {})}))

    async def connect_media(self, connection: str) -> aiohttp.ClientWebSocketResponse:
        """The WebSocket of a media channel. Raises AriUnreachable."""
        address = f"{self.url}/media/{connection}"
        try:
            async with asyncio.timeout(REQUEST_S):
                return await self._http.ws_connect(address, protocols=("media",), max_msg_size=0, compress=0)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise AriUnreachable(f"the media WebSocket {address} cannot be opened: {error}") from None

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use AriClient as an async context manager")
        return self._session

    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        gone_is_fine: bool = False,
    ) -> Any:
        try:
            async with (
                asyncio.timeout(REQUEST_S),
                self._http.request(method, f"{self.url}/ari/{path}", params=query, json=body) as response,
            ):
                text = await response.text()
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self._unreachable(error) from None
        if status == 401:
            raise self._denied()
        if status == 403:
            raise AriDenied(
                f"Asterisk at {self.url} lets user {self._username!r} only read: set 'read_only=no' for it in ari.conf"
            )
        if status >= 400:
            if status == 404 and gone_is_fine:
                return {}
            raise AriError(status, _message(text) or f"{method} {path}")
        return json.loads(text) if text else {}

    def _denied(self) -> AriDenied:
        return AriDenied(
            f"Asterisk at {self.url} does not accept user {self._username!r}: "
            "asterisk.username and asterisk.password must equal a user in ari.conf"
        )

    def _unreachable(self, error: BaseException) -> AriUnreachable:
        detail = str(error) or type(error).__name__
        return AriUnreachable(
            f"Asterisk does not answer at {self.url} ({detail}): is it running, is 'enabled=yes' in http.conf "
            "and ari.conf, and is asterisk.url right?"
        )


def _message(text: str) -> str:
    try:
        fields = json.loads(text)
    except json.JSONDecodeError:
        return text[:200]
    return str(fields.get("message") or fields.get("error") or "") if isinstance(fields, dict) else ""
