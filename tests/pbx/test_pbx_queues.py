"""The state of queues, asked of a real Asterisk."""

from __future__ import annotations

import time

import pytest
from pbx_world import client, private
from real_programs import eventually

from asterisk_agent.pbx import queues
from asterisk_agent.pbx.ami import AmiClient
from asterisk_agent.pbx.queues import QueueLoad, QueueMonitor
from asterisk_agent.settings import Ami

pytestmark = pytest.mark.asterisk

KEYS = {"support": "support", "lost": "no-such-queue"}

PAUSES = """
[pauses]
exten => _X,1,PauseQueueMember(support,Local/${EXTEN}@test-agent/n)
 same => n,Hangup()
"""

CALLER = "Local/support@order-agent-handoff/n"


async def _now(ami: AmiClient) -> QueueLoad | None:
    return await QueueMonitor(ami, KEYS).load("support")


async def _free(ami: AmiClient) -> int | None:
    load = await _now(ami)
    return load.available if load else None


async def test_people_take_calls_pause_and_callers_wait() -> None:
    pbx = private(members=2, extra_dialplan=PAUSES)
    async with pbx, AmiClient(pbx.asterisk.ami) as ami, client(pbx, "callers") as callers:
        await callers.connect()

        async def free(count: int, what: str) -> None:
            async def so() -> bool:
                return await _free(ami) == count

            await eventually(so, 15, what)

        assert await _now(ami) == QueueLoad(available=2, callers=0, hold_s=0)
        await callers.originate(CALLER, channel_id="first")
        await free(1, "one of two talks")
        await callers.originate("Local/1@pauses/n", channel_id="pause-1")
        await callers.originate("Local/2@pauses/n", channel_id="pause-2")
        await free(0, "the other pauses")
        await callers.originate(CALLER, channel_id="second")

        async def waited() -> bool:
            load = await _now(ami)
            return load is not None and load.callers == 1

        await eventually(waited, 15, "a caller waits")
        assert await _now(ami) == QueueLoad(available=0, callers=1, hold_s=0), "nobody works: no wait can be told"


async def test_the_wait_is_told_while_people_are_busy() -> None:
    pbx = private(members=1)
    async with pbx, client(pbx, "callers") as callers:
        conf = pbx.folder / "etc/queues.conf"
        conf.write_text(conf.read_text(encoding="utf-8").replace("retry=2", "retry=2\nringinuse=no"), encoding="utf-8")
        await pbx.restart()
        await callers.connect()
        await callers.originate(CALLER, channel_id="first")

        async with AmiClient(pbx.asterisk.ami) as ami:

            async def busy() -> bool:
                return await _free(ami) == 0

            await eventually(busy, 15, "the only one talks")
            await callers.originate(CALLER, channel_id="second")

            async def told() -> bool:
                load = await _now(ami)
                return load is not None and load.callers == 1 and load.hold_s >= 1

            await eventually(told, 15, "the wait grows")


async def test_what_is_not_known_is_none_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    pbx = private(members=2)
    async with pbx, AmiClient(pbx.asterisk.ami) as ami:
        monitor = QueueMonitor(ami, KEYS)
        assert await monitor.load("lost") is None
        assert await monitor.load("never-named") is None
        found = await monitor.load("support")
        assert found is not None
        monkeypatch.setattr(queues, "FRESH_S", 60.0)
        pbx.suspend(True)
        try:
            assert await monitor.load("support") == found, "asked a moment ago"
            begun = time.monotonic()
            assert await _now(ami) is None
            assert time.monotonic() - begun < 2 * queues.DEADLINE_S
        finally:
            pbx.suspend(False)
    async with AmiClient(Ami(port=1)) as gone:
        assert await _now(gone) is None
