"""Callers whose process died: found again when the next one starts, and sent to people.

When an ARI controller goes away its channels stay in Stasis, silent (measured). The next process to connect
ends what belonged to the old one (media channels, bridges) and lets every caller go on to the human queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any

import structlog

from asterisk_agent.pbx.ari import AriClient, AriError
from asterisk_agent.pbx.handoff import HandOffRoute
from asterisk_agent.pbx.leg import own_prefix

log = structlog.get_logger(__name__)

SETTLE_S = 0.2
"""A caller who enters just now may be in the list before the event of it is here: wait for that event."""

_CONTEXT = {"reason": "agent restarted", "summary": "The automated assistant restarted during this call."}


async def send_orphans_to_people(
    ari: AriClient, route: HandOffRoute, default_destination: str, own: Callable[[], Collection[str]]
) -> int:
    """Hand every caller left in our application to people; returns how many.

    ``own`` tells the ids of the channels and bridges of calls that this process serves. Callers who have entered
    since the connection are left alone too: their events are with us. Raises AriUnreachable.
    """
    prefix = own_prefix(ari.app)
    bridges = [bridge_id for bridge_id in await ari.bridges() if bridge_id.startswith(prefix)]
    channels = await ari.app_channels()
    await asyncio.sleep(SETTLE_S)
    served = {*own(), *ari.entered}
    left_behind = [channel_id for channel_id in channels if channel_id not in served]
    # All at once: one that takes long must not keep the others in silence.
    async with asyncio.TaskGroup() as group:
        sent = [
            group.create_task(_send(ari, route, default_destination, channel_id))
            for channel_id in left_behind
            if not channel_id.startswith(prefix)
        ]
        for channel_id in left_behind:
            if channel_id.startswith(prefix):
                group.create_task(_free(ari.hang_up(channel_id)))
        for bridge_id in bridges:
            if bridge_id not in served:
                group.create_task(_free(ari.destroy_bridge(bridge_id)))
    count = sum(task.result() for task in sent)
    if count:
        log.warning("callers of an earlier process went to people", callers=count)
    return count


async def _send(ari: AriClient, route: HandOffRoute, destination: str, channel_id: str) -> bool:
    try:
        channel = await ari.channel(channel_id)
        await route.send(channel.id, channel.name, destination, _CONTEXT)
    except AriError as error:
        log.warning("a caller left behind is gone", channel_id=channel_id, error=str(error))
        return False
    return True


async def _free(request: Coroutine[Any, Any, None]) -> None:
    try:
        await request
    except AriError as error:
        log.warning("something left behind cannot be freed", error=str(error))
