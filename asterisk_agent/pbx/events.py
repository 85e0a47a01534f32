"""The ARI events that matter to a call, as typed objects. Unknown events are passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Channel:
    """A channel as ARI describes it; ``number`` and ``caller_name`` are what the network claims."""

    id: str
    name: str
    state: str
    number: str
    caller_name: str
    dialed: str


@dataclass(frozen=True)
class StasisStart:
    """A channel entered our application. ``args`` are those of the dialplan's Stasis()."""

    channel: Channel
    args: tuple[str, ...]


@dataclass(frozen=True)
class StasisEnd:
    """A channel left our application, by hang-up or for the dialplan."""

    channel: Channel


@dataclass(frozen=True)
class DtmfReceived:
    """A key was pressed on the telephone: 0-9, '*', '#', A-D."""

    channel: Channel
    digit: str


@dataclass(frozen=True)
class HangupRequested:
    """The other side wants to end; ``cause`` is a Q.850 number or None."""

    channel: Channel
    cause: int | None


@dataclass(frozen=True)
class ChannelDestroyed:
    """The channel is gone."""

    channel: Channel
    cause: int | None


AriEvent = StasisStart | StasisEnd | DtmfReceived | HangupRequested | ChannelDestroyed


def parse_channel(fields: Mapping[str, Any]) -> Channel:
    """A channel from ARI's JSON; missing parts are empty."""
    caller = fields.get("caller") or {}
    dialplan = fields.get("dialplan") or {}
    return Channel(
        id=str(fields.get("id", "")),
        name=str(fields.get("name", "")),
        state=str(fields.get("state", "")),
        number=str(caller.get("number") or ""),
        caller_name=str(caller.get("name") or ""),
        dialed=str(dialplan.get("exten") or ""),
    )


def parse(fields: Mapping[str, Any]) -> AriEvent | None:
    """An event from ARI's JSON, or None for kinds that no call needs."""
    raw = fields.get("channel")
    if not isinstance(raw, Mapping):
        return None
    channel = parse_channel(raw)
    match fields.get("type"):
        case "StasisStart":
            return StasisStart(channel, tuple(str(arg) for arg in fields.get("args") or ()))
        case "StasisEnd":
            return StasisEnd(channel)
        case "ChannelDtmfReceived":
            return DtmfReceived(channel, str(fields.get("digit", "")))
        case "ChannelHangupRequest":
            return HangupRequested(channel, _cause(fields))
        case "ChannelDestroyed":
            return ChannelDestroyed(channel, _cause(fields))
        case _:
            return None


def _cause(fields: Mapping[str, Any]) -> int | None:
    cause = fields.get("cause")
    return cause if isinstance(cause, int) else None
