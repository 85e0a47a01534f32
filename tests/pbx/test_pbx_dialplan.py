"""The product's dialplan and hand-off on a real Asterisk: every caller has a next step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pbx_world import ENTRY, agent, cdr_rows, client, left, leg_of_next_caller, private
from real_programs import eventually

from asterisk_agent.caller.demo import member_variables
from asterisk_agent.pbx.ami import AmiClient
from asterisk_agent.pbx.ari import AriClient
from asterisk_agent.pbx.handoff import HandOffRoute
from asterisk_agent.pbx.leg import LegGone
from asterisk_agent.pbx.private import PrivateAsterisk
from asterisk_agent.settings import Ami, HandOff

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

DIALPLAN = """
; What FreePBX's own dialplan does after the hand-off: it reads its database, calls and evaluates.
[order-agent-handoff](+)
exten => dbcheck,1,Set(DB(order-agent-test/key)=intact)
 same => n,Log(NOTICE,db=${DB(order-agent-test/key)} stat=${STAT(e,/)} reason=${AGENT_REASON})
 same => n,Log(NOTICE,expression=$["${AGENT_SUMMARY}" != ""])
 same => n,Goto(support,1)
[hasty]
exten => s,1,Set(TIMEOUT(absolute)=1)
 same => n,Goto(order-agent,s,3)
"""

CONTEXT = {
    "call_id": "4d3f21fdf56c4d4abd79214181219f7d",
    "intent": "order_status",
    "order": "10442",
    "verified": 2,
    "sentiment": "upset",
    "summary": 'Where is order 10442? "On its way", $[1/0] ${SHELL(id)}; told the status',
    "reason": "asked",
    "next": "help with the request",
}

ON_THE_MEMBERS_LEG = {
    "AGENT_CALL_ID": "4d3f21fdf56c4d4abd79214181219f7d",
    "AGENT_INTENT": "order_status",
    "AGENT_ORDER": "10442",
    "AGENT_VERIFIED": "2",
    "AGENT_SENTIMENT": "upset",
    "AGENT_SUMMARY": "Where is order 10442 On its way 1 0 SHELL id told the status",
    "AGENT_REASON": "asked",
    "AGENT_NEXT": "help with the request",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx() -> AsyncIterator[PrivateAsterisk]:
    async with private(members=2, extra_dialplan=DIALPLAN) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def caller(pbx: PrivateAsterisk) -> AsyncIterator[AriClient]:
    """The callers' side; whatever a test leaves is hung up."""
    async with client(pbx, "callers") as ari:
        await ari.connect()
        yield ari
        for channel in await ari.channels():
            await ari.hang_up(channel.id)
        await eventually(lambda: _empty(ari), 15, "Asterisk is empty")


async def _empty(ari: AriClient) -> bool:
    return await left(ari) == ([], [])


async def test_everything_the_agent_knows_is_on_the_members_leg_and_the_dialplan_is_whole(
    pbx: PrivateAsterisk, caller: AriClient
) -> None:
    async with client(pbx) as ari, AmiClient(pbx.asterisk.ami) as ami:
        await ari.connect()
        route = HandOffRoute(ari, ami, HandOff(destinations=("support", "dbcheck")))
        await caller.originate(ENTRY, channel_id="knows", caller_id='"Maria" <+16175550142>')
        leg = await leg_of_next_caller(ari, route)
        await leg.open()
        await leg.hand_off("dbcheck", CONTEXT)
        await leg.close()
        await eventually(lambda: "|CONNECT|" in pbx.queue_log(), 15, "a human agent answers")
    assert member_variables(pbx.log()) == ON_THE_MEMBERS_LEG
    # Had a variable been set over ARI, DB() would now read nothing ("Dangerous function DB read blocked").
    assert "db=intact stat=1 reason=asked" in pbx.log()
    assert "expression=1" in pbx.log()
    assert "blocked" not in pbx.log()
    await caller.hang_up("knows")
    await eventually(lambda: _recorded(pbx, "+16175550142"), 15, "the call is in the CDRs")
    records = [row for row in cdr_rows(pbx) if "+16175550142" in row[4]]
    served = next(row for row in records if row[3] == "order-agent-handoff")
    assert (served[7], served[14]) == ("Queue", "ANSWERED")
    assert not [row for row in cdr_rows(pbx) if row[5].startswith("WebSocket")], "the media channel is no call"
    assert [line.split("|")[4] for line in pbx.queue_log().splitlines()][-3:] == [
        "ENTERQUEUE",
        "CONNECT",
        "COMPLETECALLER",
    ]


def _queued(pbx: PrivateAsterisk) -> int:
    return pbx.queue_log().count("ENTERQUEUE")


def _recorded(pbx: PrivateAsterisk, number: str) -> bool:
    return any(number in row[4] and row[3] == "order-agent-handoff" for row in cdr_rows(pbx))


async def test_a_destination_that_is_not_on_the_list_or_not_in_the_dialplan_is_the_default_queue(
    pbx: PrivateAsterisk, caller: AriClient
) -> None:
    before = _queued(pbx)
    async with client(pbx) as ari, AmiClient(pbx.asterisk.ami) as ami:
        await ari.connect()
        route = HandOffRoute(ari, ami, HandOff(destinations=("support", "forgotten")))
        for number, destination in enumerate(("100@test-phones", "forgotten"), 1):
            await caller.originate(ENTRY, channel_id=f"destination-{number}")
            leg = await leg_of_next_caller(ari, route)
            await leg.open()
            await leg.hand_off(destination, {})
            await leg.close()
            await eventually(lambda: _queued(pbx) == before + number, 15, "the caller is in the queue")  # noqa: B023


async def test_without_the_manager_interface_the_caller_still_gets_to_people(
    pbx: PrivateAsterisk, caller: AriClient
) -> None:
    before = _queued(pbx)
    async with client(pbx) as ari, AmiClient(Ami(port=9)) as ami:
        await ari.connect()
        await caller.originate(ENTRY, channel_id="no-ami")
        leg = await leg_of_next_caller(ari, HandOffRoute(ari, ami, HandOff()))
        await leg.open()
        await leg.hand_off("support", CONTEXT)
        await leg.close()
        await eventually(lambda: _queued(pbx) == before + 1, 15, "the caller is in the queue")


async def test_without_an_agent_callers_get_to_people(pbx: PrivateAsterisk, caller: AriClient) -> None:
    before = _queued(pbx)
    await caller.originate(ENTRY, channel_id="no-agent")
    await eventually(lambda: _queued(pbx) == before + 1, 15, "the caller is in the queue")
    await eventually(
        lambda: member_variables(pbx.log()).get("AGENT_REASON") == "agent not running",
        15,
        "people know why it comes to them",
    )


async def test_a_caller_whose_time_is_up_gets_to_people_and_the_agent_is_told(
    pbx: PrivateAsterisk, caller: AriClient
) -> None:
    before = _queued(pbx)
    async with agent(pbx) as (ari, route):
        # The agent never acts: it is the dialplan that limits the time.
        await caller.originate("Local/s@hasty/n", channel_id="time-up")
        leg = await leg_of_next_caller(ari, route)
        await leg.open()
        async with asyncio.timeout(15):
            gone = [event async for event in leg.events() if isinstance(event, LegGone)]
        await leg.close()
    assert gone == [LegGone("left the application")]
    assert _queued(pbx) == before + 1
    assert "time limit" in pbx.log()


async def test_a_caller_waits_on_when_nobody_answers_the_first_ring() -> None:
    busy_people = "[nobody]\nexten => 1,1,Wait(60)\n"
    pbx = private(members=0, extra_dialplan=busy_people)
    async with pbx, client(pbx, "callers") as caller:
        queues = pbx.folder / "etc/queues.conf"
        text = queues.read_text(encoding="utf-8").replace("timeout=20", "timeout=1")
        queues.write_text(text.replace("retry=2", "retry=1") + "\nmember => Local/1@nobody/n\n", encoding="utf-8")
        await pbx.restart()
        await caller.connect()
        await caller.originate("Local/support@order-agent-handoff/n", channel_id="waits")
        await eventually(lambda: pbx.queue_log().count("RINGNOANSWER") >= 2, 10, "people are rung again")
        assert "EXITWITHTIMEOUT" not in pbx.queue_log()


async def test_with_nobody_in_the_queue_the_caller_is_told_so() -> None:
    pbx = private(members=0)
    async with pbx, client(pbx, "callers") as caller:
        await caller.connect()
        await caller.originate("Local/support@order-agent-handoff/n", channel_id="nobody")
        await eventually(lambda: "Queue ended: JOINEMPTY" in pbx.log(), 15, "the queue does not take the caller")
        await eventually(lambda: "vm-goodbye" in pbx.log(), 10, "the caller hears goodbye")
        await eventually(lambda: _empty(caller), 15, "the call has ended")
