"""What the tests of the PBX room need of a real Asterisk."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from asterisk_agent.pbx.ami import AmiClient
from asterisk_agent.pbx.ari import AriClient
from asterisk_agent.pbx.events import StasisStart
from asterisk_agent.pbx.handoff import HandOffRoute
from asterisk_agent.pbx.leg import Leg, own_prefix
from asterisk_agent.pbx.private import AsteriskNotFound, PrivateAsterisk
from asterisk_agent.settings import HandOff

APP = "asterisk-order-agent"
"""The application that the product's dialplan names."""

ENTRY = "Local/s@order-agent/n"
"""Where callers enter in the product's dialplan."""


def private(members: int = 1, extra_dialplan: str = "") -> PrivateAsterisk:
    """A private Asterisk; the test is skipped where there is none."""
    try:
        return PrivateAsterisk(members=members, extra_dialplan=extra_dialplan)
    except AsteriskNotFound as error:
        pytest.skip(str(error))


def client(pbx: PrivateAsterisk, app: str = APP) -> AriClient:
    """A client for an application, not yet connected."""
    settings = pbx.asterisk
    return AriClient(settings.url, settings.username, settings.password.get_secret_value(), app)


@asynccontextmanager
async def agent(pbx: PrivateAsterisk, app: str = APP) -> AsyncIterator[tuple[AriClient, HandOffRoute]]:
    """A connected controller with its way to people."""
    async with client(pbx, app) as ari, AmiClient(pbx.asterisk.ami) as ami:
        await ari.connect()
        yield ari, HandOffRoute(ari, ami, HandOff())


async def next_caller(ari: AriClient) -> StasisStart:
    """The next channel that enters and is a caller."""
    async with asyncio.timeout(15):
        async for start in ari.incoming():
            if not start.channel.id.startswith(own_prefix(ari.app)):
                return start
    raise AssertionError("no caller came")


async def leg_of_next_caller(ari: AriClient, route: HandOffRoute) -> Leg:
    """The same, as a leg that is not yet open."""
    return Leg(ari, route, await next_caller(ari))


def cdr_rows(pbx: PrivateAsterisk) -> list[list[str]]:
    """Call detail records so far: 4 is the caller id, 5 the channel, 7 the last application, 14 the disposition."""
    return list(csv.reader(io.StringIO(pbx.cdr())))


async def left(ari: AriClient) -> tuple[list[str], list[str]]:
    """Names of all channels and ids of all bridges in Asterisk."""
    return [channel.name for channel in await ari.channels()], await ari.bridges()
