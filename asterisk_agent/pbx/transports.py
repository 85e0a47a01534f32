"""Which media transport this Asterisk can do: one line for each."""

from __future__ import annotations

from asterisk_agent.pbx.ari import AsteriskInfo

WEBSOCKET_SINCE = {20: (20, 18, 0), 22: (22, 8, 0), 23: (23, 2, 0)}
"""First release of each branch whose chan_websocket has JSON control and marks (read in Asterisk's sources)."""


class NoTransport(Exception):
    """This Asterisk has no media transport that the agent can use; the message says what to do."""


def websocket_works(version: tuple[int, int, int]) -> bool:
    """Whether chan_websocket of this version has JSON control and marks."""
    since = WEBSOCKET_SINCE.get(version[0])
    return version >= since if since else version[0] > max(WEBSOCKET_SINCE)


def choose(info: AsteriskInfo) -> str:
    """The best transport's key. Raises NoTransport with the releases that have one."""
    if websocket_works(info.version):
        return "websocket"
    raise NoTransport(
        f"Asterisk {info.text} has no media WebSocket with JSON control and marks; "
        "use Asterisk 20.18, 22.8, 23.2 or later"
    )
