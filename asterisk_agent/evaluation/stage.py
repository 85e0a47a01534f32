"""A row's world as the services that a conversation asks, with systems that can be slow or down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Self, cast, get_args

from asterisk_agent.commerce.lookup import Lookup
from asterisk_agent.commerce.models import Order
from asterisk_agent.dialog.conversation import Conversation
from asterisk_agent.dialog.protocol import Caller
from asterisk_agent.dialog.services import Knowledge, Services
from asterisk_agent.dialog.understanding import Understanding
from asterisk_agent.evaluation import staff
from asterisk_agent.evaluation.shapes import first, many
from asterisk_agent.evaluation.systems import DEADLINE_S, SLOW_S, StagedDesk, StagedLookup, StagedStore, System
from asterisk_agent.evaluation.world import WorldError, world
from asterisk_agent.settings import HandOff, Shop

MakeKnowledge = Callable[[list[dict[str, Any]]], Knowledge]
"""Builds the shop's texts from the rows of ``knowledge``: question, answer, source."""


@dataclass(frozen=True)
class Stage:
    """One conversation with everything around it. Use as an async context manager."""

    talk: Conversation
    store: StagedStore
    desk: StagedDesk
    lookup: StagedLookup
    destinations: tuple[str, ...]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.lookup.close()

    async def turn_over(self) -> None:
        """The time in which a caller listens and answers: slow systems get their answers through."""
        self.lookup.turn_over()
        if self.store.system == "slow":
            await asyncio.sleep(SLOW_S)


def staged(
    call_id: str,
    data: dict[str, Any],
    understanding: Understanding,
    knowledge: MakeKnowledge,
    *,
    caller_name: str = "",
    destinations: tuple[str, ...] = (),
) -> Stage:
    """A conversation in the world ``data``, before its greeting. ``destinations``: further ones than its queues.

    Raises WorldError.
    """
    given = world(data)
    try:
        store, desk = StagedStore(given, _state(data, "store")), StagedDesk()
        lookup = StagedLookup(Lookup(store, DEADLINE_S, lambda: given.now), given, _state(data, "carrier"))
        queues = staff.queues(data.get("queues"))
        keys = tuple(dict.fromkeys((*(queues.states or ("support",)), *destinations)))
        handoff = HandOff(destinations=keys, default="support" if "support" in keys else keys[0])
        services = Services(
            lookup,
            desk,
            queues,
            knowledge(_pairs(data.get("knowledge"))),
            staff.hours(data.get("open"), given.zone),
            understanding,
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise WorldError(f"its world cannot be used: {' '.join(str(error).split())}") from None
    talk = Conversation(
        call_id,
        _shop(given.zone.key, number_pattern(given.orders)),
        handoff,
        services,
        Caller(str(data.get("caller_number") or ""), caller_name),
        lambda: given.now,
        "outbound" if data.get("direction") == "outbound" else "inbound",
        str(data.get("purpose") or ""),
    )
    return Stage(talk, store, desk, lookup, keys)


@cache
def _shop(zone: str, pattern: str) -> Shop:
    """A shop's settings; kept, since checking a time zone's name takes longer than a conversation."""
    return Shop(name="our shop", time_zone=zone, order_number=pattern)


def number_pattern(orders: tuple[Order, ...]) -> str:
    """The shop's form of order numbers, from those there are; five digits where there are none.

    Letters before digits are taken for the shop's own beginning ('SO1042'), others for letters of the number.
    """
    return "|".join(sorted({_form(order.key) for order in orders})) or r"\d{5}"


def _form(key: str) -> str:
    begun = re.fullmatch(r"([A-Z]+)(\d+)", key)
    return rf"{begun[1]}[0-9]{{{len(begun[2])}}}" if begun else re.sub(r"[A-Z]+|\d+", _same_length, key)


def _same_length(run: re.Match[str]) -> str:
    return rf"{'[0-9]' if run[0][0].isdigit() else '[A-Z]'}{{{len(run[0])}}}"


def _state(data: dict[str, Any], system: str) -> System:
    for state in get_args(System):
        if (data.get(system) or "up") == state:
            return cast(System, state)
    raise ValueError(f"{system} {data[system]!r} is none of {', '.join(get_args(System))}")


def _pairs(value: Any) -> list[dict[str, Any]]:
    """The shop's texts, as questions with answers. Raises ValueError for one without an answer."""
    pairs: list[dict[str, Any]] = []
    for one in many(value):
        question, answer = first(one, "q", "question", "title"), first(one, "a", "answer", "text")
        if answer is None:
            raise ValueError(f"knowledge {one!r} has no answer")
        pairs.append({**one, "q": question or "", "a": answer})
    return pairs
