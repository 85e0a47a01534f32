"""How busy Asterisk's queues are, by AMI's QueueStatus (app_queue). It needs no right beyond the login."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from asterisk_agent.pbx.ami import AmiClient, AmiError

log = structlog.get_logger(__name__)

FRESH_S = 2.0
"""An answer this young is not asked for again."""

DEADLINE_S = 0.3
"""Longest wait: a caller is waiting too."""

_FREE = ("0", "1")
"""Device states unknown and not in use: app_queue rings these (include/asterisk/devicestate.h, app_queue.c)."""

_GONE = ("4", "5")
"""Invalid and unavailable: nobody is logged in there."""


@dataclass(frozen=True)
class QueueLoad:
    """``available``: members who could take a call now; ``callers`` waiting.

    ``hold_s``: the wait of a caller who joins now, as far as can be told: 0 when somebody is free for that caller, and
    also when nobody is there at all; else the longer of the queue's average and the longest wait of those in it.
    """

    available: int
    callers: int
    hold_s: int


class QueueMonitor:
    """Asks for the queues behind the destination keys; what is not known is None, never an error."""

    def __init__(self, ami: AmiClient, queues: Mapping[str, str]) -> None:
        """``queues``: destination key to the queue's name."""
        self._ami = ami
        self._queues = queues
        self._known: dict[str, tuple[float, QueueLoad | None]] = {}

    async def load(self, destination: str) -> QueueLoad | None:
        """The queue behind a destination key; None when there is none, or AMI does not say in time."""
        queue = self._queues.get(destination)
        if queue is None:
            return None
        at, known = self._known.get(queue, (-FRESH_S, None))
        if time.monotonic() - at < FRESH_S:
            return known
        found: QueueLoad | None = None
        try:
            async with asyncio.timeout(DEADLINE_S):
                found = _load(await self._ami.events({"Action": "QueueStatus", "Queue": queue}), queue)
        except (AmiError, TimeoutError) as error:
            log.warning("the queue's state is not known", queue=queue, error=str(error) or "no answer in time")
        self._known[queue] = (time.monotonic(), found)
        return found


def _load(events: Sequence[Mapping[str, str]], queue: str) -> QueueLoad | None:
    own = [event for event in events if event.get("Queue") == queue]
    head = next((event for event in own if event.get("Event") == "QueueParams"), None)
    if head is None:
        log.warning("there is no such queue; see handoff.queues", queue=queue)
        return None
    members = [event for event in own if event.get("Event") == "QueueMember" and event.get("Paused") != "1"]
    there = [member for member in members if member.get("Status") not in _GONE]
    available = sum(member.get("Status") in _FREE for member in there)
    waits = [_number(event, "Wait") for event in own if event.get("Event") == "QueueEntry"]
    hold_s = max(_number(head, "Holdtime"), *waits, 0) if there and available <= len(waits) else 0
    return QueueLoad(available, len(waits), hold_s)


def _number(event: Mapping[str, str], name: str) -> int:
    value = event.get(name, "")
    return int(value) if value.isdigit() else 0
