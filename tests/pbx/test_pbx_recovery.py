"""When a process or Asterisk itself goes away: callers get to people, and the next connection works."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import time

import pytest
from pbx_world import APP, ENTRY, agent, client, left, leg_of_next_caller, private
from real_programs import eventually

from asterisk_agent.caller.demo import member_variables
from asterisk_agent.pbx.adoption import send_orphans_to_people
from asterisk_agent.pbx.ami import AmiClient, AmiError
from asterisk_agent.pbx.ari import AriClient, AriDenied
from asterisk_agent.pbx.leg import Leg, LegError, LegGone, MediaBroken

pytestmark = [pytest.mark.asterisk]

VANISHING_AGENT = """
    import asyncio, os, sys
    from asterisk_agent.pbx.ami import AmiClient
    from asterisk_agent.pbx.ari import AriClient
    from asterisk_agent.pbx.handoff import HandOffRoute
    from asterisk_agent.pbx.leg import Leg
    from asterisk_agent.settings import load

    async def main() -> None:
        settings = load()
        pbx = settings.asterisk
        password = pbx.password.get_secret_value()
        async with AriClient(pbx.url, pbx.username, password, pbx.app) as ari, AmiClient(pbx.ami) as ami:
            await ari.connect()
            print("ready", flush=True)
            legs = []
            async for start in ari.incoming():
                if "-own-" not in start.channel.id:
                    legs.append(Leg(ari, HandOffRoute(ari, ami, settings.handoff), start))
                    await legs[-1].open()
                    print("open", flush=True)

    asyncio.run(main())
"""


async def test_callers_of_a_killed_process_are_in_the_queue_soon_after_the_next_one_connects() -> None:
    pbx = private(members=5)
    async with pbx, client(pbx, "callers") as callers:
        await callers.connect()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", textwrap.dedent(VANISHING_AGENT)),
            env=pbx.environment,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(20):
            await process.stdout.readline()
            for number in range(5):
                await callers.originate(ENTRY, channel_id=f"caller-{number}")
            for _ in range(5):
                await process.stdout.readline()
        process.kill()
        await process.wait()
        await asyncio.sleep(0.2)
        assert len(await callers.bridges()) == 5, "the dead process left its bridges"

        began = time.monotonic()
        async with agent(pbx) as (ari, route):
            # A caller who comes at this very moment belongs to the new process, whatever the list says.
            own: set[str] = set()
            adopting = asyncio.create_task(send_orphans_to_people(ari, route, "support", lambda: own))
            await callers.originate(ENTRY, channel_id="newcomer")
            leg = await leg_of_next_caller(ari, route)
            await leg.open()
            own |= leg.ids
            assert await adopting == 5
            assert time.monotonic() - began < 5
            await eventually(lambda: pbx.queue_log().count("ENTERQUEUE") == 5, 15, "five callers in the queue")
            assert member_variables(pbx.log())["AGENT_REASON"] == "agent restarted"
            assert set(await ari.app_channels()) == {leg.channel.id, *(i for i in leg.ids if "-media-" in i)}
            assert [bridge for bridge in await ari.bridges() if bridge.startswith(APP)] == [
                bridge for bridge in leg.ids if "-bridge-" in bridge
            ]
            await leg.close()


async def test_asterisk_may_restart_and_both_connections_come_back_by_themselves() -> None:
    pbx = private()
    async with pbx, agent(pbx) as (ari, route), AmiClient(pbx.asterisk.ami) as ami:
        await ari.originate("Local/1@test-agent/n", channel_id="lost")
        leg = await leg_of_next_caller(ari, route)
        await leg.open()
        await pbx.kill()
        async with asyncio.timeout(15):
            last = [event async for event in leg.events()][-1]
        assert isinstance(last, LegGone | MediaBroken)
        with pytest.raises(LegError):
            await leg.hand_off("support", {})
        await leg.close()
        with pytest.raises(AmiError):
            await ami.check()

        await pbx.start()
        async with asyncio.timeout(15):
            await ari.connected.wait()
        await ari.originate("Local/1@test-agent/n", channel_id="next")
        leg = await leg_of_next_caller(ari, route)
        await leg.open()
        await leg.close()
        await eventually(lambda: _answers(ami), 10, "the manager interface answers again")


async def _answers(ami: AmiClient) -> bool:
    try:
        await ami.check()
    except AmiError:
        return False
    return True


async def test_an_asterisk_that_hangs_is_noticed_and_a_hand_off_does_not_wait_for_it() -> None:
    pbx = private()
    async with pbx, agent(pbx) as (ari, _), AmiClient(pbx.asterisk.ami) as ami:
        await ami.check()
        pbx.suspend(True)
        try:
            began = time.monotonic()
            with pytest.raises(AmiError, match="did not answer"):
                await ami.check()
            assert time.monotonic() - began < 3
            await eventually(lambda: not ari.connected.is_set(), 15, "the loss is noticed")
        finally:
            pbx.suspend(False)
        async with asyncio.timeout(30):
            await ari.connected.wait()
        assert (await ari.info()).version[0] >= 20
        await eventually(lambda: _answers(ami), 10, "the manager interface answers again")


async def test_a_user_who_may_only_read_is_told_which_line_to_change() -> None:
    pbx = private()
    async with pbx:
        users = pbx.folder / "etc/ari.conf"
        users.write_text(users.read_text(encoding="utf-8").replace("read_only=no", "read_only=yes"), encoding="utf-8")
        managers = pbx.folder / "etc/manager.conf"
        managers.write_text(managers.read_text(encoding="utf-8").replace("write=call", "write="), encoding="utf-8")
        await pbx.restart()
        async with client(pbx) as ari:
            with pytest.raises(AriDenied, match="read_only=no"):
                await ari.create_bridge("mine")
        async with AmiClient(pbx.asterisk.ami) as ami:
            with pytest.raises(AmiError, match="write=call"):
                await ami.set_variables("Local/none", {"X": "1"})


async def test_a_second_process_of_the_same_name_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    pbx = private()
    async with pbx, client(pbx) as first, client(pbx) as second:
        await first.connect()
        await second.connect()
        await eventually(lambda: "another process took over" in capsys.readouterr().out, 15, "the first one says so")


async def test_callers_who_give_up_at_any_moment_leave_nothing_behind() -> None:
    """Hang-up or cancellation at 40 moments of the first 16 ms of a call."""
    pbx = private()
    async with pbx, agent(pbx) as (ari, route):
        for moment in range(40):
            channel_id = f"caller-{moment}"
            await ari.originate("Local/1@test-agent/n", channel_id=channel_id)
            leg = await leg_of_next_caller(ari, route)
            opening = asyncio.create_task(leg.open())
            await asyncio.sleep(moment * 0.0004)
            if moment % 2:
                opening.cancel()
                await asyncio.wait([opening])
            else:
                await ari.hang_up(channel_id)
                await opening
                assert await _ends(leg)
            await leg.close()
            await leg.close()
            await ari.hang_up(channel_id)
        await eventually(lambda: _empty(ari), 15, "Asterisk is empty")


async def _ends(leg: Leg) -> bool:
    """Whether the leg says that the caller is gone."""
    async with asyncio.timeout(15):
        return [event async for event in leg.events()][-1] == LegGone("hangup")


async def _empty(ari: AriClient) -> bool:
    return await left(ari) == ([], [])


async def test_more_than_a_hundred_calls_leave_room_for_requests() -> None:
    pbx = private()
    async with pbx, client(pbx) as ari:
        sockets = [
            await ari.connect_media((await ari.external_media(f"media-{number}", "ulaw")).connection)
            for number in range(220)
        ]
        assert (await ari.info()).version[0] >= 20
        for socket in sockets:
            await socket.close()
        await eventually(lambda: _empty(ari), 15, "Asterisk is empty")
