"""Callers whose process died: found again when the next one starts, and sent to people.

When an ARI controller goes away its channels stay in Stasis, silent (measured). The next process to connect
ends what belonged to the old one (media channels, bridges) and lets every caller go on to the human queue.
"""

from __future__ import annotations

from collections.abc import Collection

import structlog

from asterisk_agent.pbx.ari import AriClient, AriError
from asterisk_agent.pbx.handoff import HandOffRoute
from asterisk_agent.pbx.leg import own_prefix

log = structlog.get_logger(__name__)


async def send_orphans_to_people(
    ari: AriClient, route: HandOffRoute, default_destination: str, own: Collection[str]
) -> int:
    """Hand every caller left in our application to people; returns how many.

    ``own``: ids of the channels and bridges of calls that this process serves.
    """
    prefix = own_prefix(ari.app)
    count = 0
    for channel_id in await ari.app_channels():
        if channel_id in own:
            continue
        try:
            if channel_id.startswith(prefix):
                await ari.hang_up(channel_id)
                continue
            channel = await ari.channel(channel_id)
            context = {"reason": "agent restarted", "summary": "The automated assistant restarted during this call."}
            await route.send(channel.id, channel.name, default_destination, context)
            count += 1
        except AriError as error:
            log.warning("a caller left behind is gone", channel_id=channel_id, error=str(error))
    for bridge_id in await ari.bridges():
        if bridge_id.startswith(prefix) and bridge_id not in own:
            await ari.destroy_bridge(bridge_id)
    if count:
        log.warning("callers of an earlier process went to people", callers=count)
    return count
