"""A real store behind a real call: bought in Vendure's shop a moment ago, asked for and changed by telephone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from calls_world import Line, agent_on, line_without_agent, said
from vendure_world import PASSWORD, USER, Vendure

from asterisk_agent.caller.script import Keys, Listen, Say

pytestmark = [pytest.mark.asterisk]

NOBODY = "<anonymous>"
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture(scope="module")
def vendure() -> Iterator[Vendure]:
    """One server for all."""
    server = Vendure()
    try:
        server.start()
        yield server
    finally:
        server.close()


@asynccontextmanager
async def line_of(vendure: Vendure, folder: Path) -> AsyncIterator[Line]:
    """An agent that asks this server."""
    settings = {
        "STORE__SYSTEM": "vendure",
        "STORE__VENDURE__URL": vendure.url,
        "STORE__VENDURE__USERNAME": USER,
        "STORE__VENDURE__PASSWORD": PASSWORD,
    }
    async with line_without_agent(folder, **settings) as line, agent_on(line):
        yield line


def spoken(code: str) -> str:
    """An order number as a caller says it."""
    return " ".join(_DIGITS[int(digit)] for digit in code)


async def test_an_order_just_placed_is_found_and_its_address_changed_by_telephone(
    vendure: Vendure, tmp_path: Path
) -> None:
    async with line_of(vendure, tmp_path) as line:
        placed = await vendure.place()
        report = await line.talk(
            [
                Say("Hi, where is my order?"),
                Say(f"It's {spoken(placed.code)}."),
                Keys("02139#"),
                Say("I need to change the delivery address."),
                Keys("4242#"),
                Say("250 Elm Street, Springfield, Massachusetts, zero one one zero three."),
                Say("Yes, that's right."),
                Listen(),
            ],
            NOBODY,
        )
        words = said(report)
        assert "prepar" in words or "processing" in words, words
        assert "springfield" in words, words
        there = await vendure.order(placed.code)
        now = there["shippingAddress"]
        assert re.fullmatch(r"250 elm (street|st)", now["streetLine1"], re.IGNORECASE), now
        assert (now["city"], now["province"], now["postalCode"]) == ("Springfield", "MA", "01103")
        assert (now["fullName"], now["phoneNumber"]) == ("Ann Lee", "(617) 555-0142")
        assert there["state"] == "PaymentSettled"


async def test_a_parcel_on_its_way_is_told_and_its_address_left_alone(vendure: Vendure, tmp_path: Path) -> None:
    async with line_of(vendure, tmp_path) as line:
        placed = await vendure.place()
        await vendure.move(await vendure.pack(placed, "UPS", "1Z999AA10123456784"), "Shipped")
        before = (await vendure.order(placed.code))["shippingAddress"]
        report = await line.talk(
            [
                Say(f"Where is my order {spoken(placed.code)}?"),
                Keys("02139#"),
                Say("I need to change the delivery address."),
                Keys("4242#"),
                Listen(),
            ],
            NOBODY,
        )
        words = said(report)
        assert "on its way" in words, words
        assert "ups" in words, words
        assert "already" in words, words
        assert (await vendure.order(placed.code))["shippingAddress"] == before
