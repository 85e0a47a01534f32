"""The dialogue's question about queues, answered by the PBX."""

from __future__ import annotations

from asterisk_agent.dialog.services import QueueState
from asterisk_agent.pbx.queues import QueueMonitor


class PbxQueues:
    """The Queues protocol on the queue monitor."""

    def __init__(self, monitor: QueueMonitor) -> None:
        self._monitor = monitor

    async def state(self, destination: str) -> QueueState | None:
        """None when it is not known."""
        found = await self._monitor.load(destination)
        return QueueState(found.available, found.callers, found.hold_s) if found else None
