"""Dialogue rows: the caller's world, slow and broken systems, and a harness that notices what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asterisk_agent.commerce.changes import CancelOrder
from asterisk_agent.dialog.knowledge.faq import faq
from asterisk_agent.dialog.patterns import PatternUnderstanding
from asterisk_agent.dialog.protocol import Hangup, Keyed, Noise, Reply, Said, Silent, Transfer
from asterisk_agent.dialog.services import Request
from asterisk_agent.evaluation import actions
from asterisk_agent.evaluation.dialogues import evaluate
from asterisk_agent.evaluation.events import Events
from asterisk_agent.evaluation.expectations import judge_turn
from asterisk_agent.evaluation.report import Report
from asterisk_agent.evaluation.rows import Row
from asterisk_agent.evaluation.stage import number_pattern
from asterisk_agent.evaluation.world import world

PARCEL = {
    "carrier": "UPS",
    "tracking": "1Z999AA10123456784",
    "status": "out_for_delivery",
    "expected": "2026-11-23",
    "last_scan": {"at": "2026-11-22T21:00:00-05:00", "place": "Albany, NY", "text": "Departed"},
}
ORDER = {
    "number": "10442",
    "name": "Dana Reyes",
    "phone": "+16175550142",
    "zip": "02139",
    "last4": "4242",
    "address": {"line1": "12 Maple Street", "city": "Boston", "state": "MA", "zip": "02139"},
    "items": ["lantern"],
    "status": "shipped",
    "shipments": [PARCEL],
}
ASK = "where is order 10442, zip 02139"


async def run(*turns: Any, final: dict[str, Any] | None = None, orders: Any = None, **world_: Any) -> Report:
    row = {
        "id": "row-1",
        "world": {"now": "2026-11-23T10:00:00-05:00", "orders": orders or [ORDER], **world_},
        "turns": [turn if isinstance(turn, dict) else {"caller": turn} for turn in turns],
        "final": final or {},
    }
    return await evaluate([Row(Path("x"), 1, row)], PatternUnderstanding(), lambda pairs: faq(pairs, None))


def turn(caller: str, **expect: Any) -> dict[str, Any]:
    return {"caller": caller, "expect": expect}


async def test_a_store_that_is_down_is_said_to_be() -> None:
    report = await run(turn(ASK, must_say_any=["can't reach"], must_not_say=["ups"]), store="down")
    assert report.failures == ()


async def test_a_store_that_is_down_leaves_what_was_known_last() -> None:
    known = {**ORDER, "last_known": {"status": "in_transit", "at": "2026-11-22T18:00:00-05:00"}}
    expected = turn(ASK, must_say_any=["as of 16 hours ago"], must_not_say=["out for delivery"])
    assert (await run(expected, orders=[known], store="down")).failures == ()


async def test_a_slow_store_is_waited_for_while_nothing_is_known() -> None:
    assert (await run(turn(ASK, must_say_any=["out for delivery"]), store="slow")).failures == ()


async def test_a_silent_carrier_makes_the_last_scan_the_latest_news() -> None:
    known = {**ORDER, "last_known": {"status": "in_transit", "at": "2026-11-22T18:00:00-05:00"}}
    down = await run(
        turn(ASK, must_say_any=["as of"], must_not_say=["out for delivery"]), orders=[known], carrier="down"
    )
    assert down.failures == ()
    slow = await run(
        turn(ASK, must_say_any=["as of"]),
        turn("where is order 10442 now", must_say_any=["out for delivery"]),
        orders=[known],
        carrier="slow",
    )
    assert slow.failures == ()


async def test_closed_hours_and_queues_come_from_the_world() -> None:
    hours = {"mon-fri": "12:00-18:00", "sat": "10:00-14:00"}
    closed = await run(turn("I want a person", action=None, must_say_any=["today at noon", "closed"]), open=hours)
    assert closed.failures == ()
    open_ = await run(turn("I want a person", action="transfer:care"), queues={"care": {"available": 1}})
    assert open_.failures == ()


async def test_knowledge_comes_from_the_world() -> None:
    pairs = [{"q": "Do you ship to Canada?", "a": "We ship to the United States only.", "source": "shipping.md"}]
    report = await run(turn("do you ship to Canada", must_say_any=["united states"]), knowledge=pairs)
    assert report.failures == ()


async def test_an_outbound_call_is_one() -> None:
    report = await run(turn("[silence 8s]"), direction="outbound", purpose="satisfaction_check", final={"level": 0})
    assert report.failures == ()


async def test_what_a_change_left_behind_is_compared() -> None:
    order = {**ORDER, "status": "processing", "shipments": [], "cancellable": True}
    turns = ("cancel order 10442, zip 02139, last four digits 4242", "yes")
    right = {
        "order_status": "cancelled",
        "order": "10442",
        "outcome": "resolved",
        "transfer": None,
        "items": ["lantern"],
    }
    assert (await run(*turns, orders=[order], final=right)).figures["goals_reached"] == 1
    wrong = await run(
        *turns,
        orders=[order],
        final={
            "order_status": "processing",
            "delivery_date": "2026-11-25",
            "slot": {"date": "2026-12-02", "window": "08:00-12:00"},
            "subscription": {"status": "paused"},
            "items": [],
            "returns": ["lantern"],
            "pickup": "The UPS Store",
            "claim": True,
            "callback": {"phone": "+16175550142"},
            "transfer": "support",
            "level": 1,
            "intents": ["refund_status"],
            "order": "20776",
            "address": {"zip": "10001"},
            "said_all": [["banana"]],
        },
    )
    assert wrong.figures["goals_reached"] == 0
    for name in ("order_status", "delivery_date", "slot", "subscription", "items", "returns", "pickup", "claim"):
        assert f"at the end {name} is" in wrong.failures[0].what
    for name in ("callback", "transfer", "level", "intents", "order", "address", "said_all"):
        assert f"at the end {name} is" in wrong.failures[0].what


async def test_the_address_that_was_changed_is_the_store_s() -> None:
    order = {**ORDER, "status": "processing", "shipments": []}
    new = {"line1": "88 Beacon Street", "city": "Boston", "state": "MA", "zip": "02108"}
    report = await run(
        "change the address of order 10442, zip 02139, last four digits 4242",
        "88 Beacon Street, Boston, Massachusetts 02108",
        turn("yes", action="change_address"),
        orders=[order],
        final={"address": new},
    )
    assert report.failures == ()


def test_reaching_the_goal_by_a_wrong_way_is_not_reaching_it() -> None:
    told = judge_turn({"must_not_say": ["maple"]}, "It goes to 12 Maple Street.", [], 2)
    assert (told.disclosed, told.wrong_action) == (1, False)


@pytest.mark.parametrize(
    ("wanted", "did", "right"),
    [
        (None, [], True),
        (None, ["hangup"], True),
        (None, ["transfer:support"], False),
        (None, ["create_ticket"], False),
        ("hangup", ["hangup"], True),
        ("hangup", [], False),
        ("transfer:support|hangup", ["hangup"], True),
        ("transfer:support", ["create_ticket", "transfer:support"], True),
        ("cancel_order", ["cancel_order", "reorder"], False),
        ("cancel_order", ["cancel_item"], False),
    ],
)
def test_actions_of_a_turn(wanted: str | None, did: list[str], right: bool) -> None:
    assert judge_turn({"action": wanted}, "", did, 0).wrong_action is not right
    assert judge_turn({}, "", did, 0).wrong == ()


def test_actions_go_by_their_public_names() -> None:
    changes, requests = [CancelOrder("10442")], [Request("take_message", "c"), Request("open_claim", "c")]
    assert actions.done(changes, requests, Reply(("x",), action=Transfer("care", "asked"))) == [
        *("cancel_order", "create_ticket", "open_claim", "transfer:care"),
    ]
    assert actions.done([], [], Reply(("x",), action=Hangup("done"))) == ["hangup"]
    assert all(actions.is_action(name) for name in ("book_slot", "transfer:care", "hangup", "send_text"))
    assert not any(actions.is_action(name) for name in ("transfer:", "fly", ""))


def test_events_stand_in_brackets() -> None:
    events = Events()
    found = [events.of(text) for text in ("[silence 8s]", "[silence 4s]", "[noise]", "[dtmf:10442#]", "[silence 1s]")]
    assert found == [Silent(1), Silent(2), Noise(), Keyed("10442"), Silent(1)]
    assert events.of("[what]") == Said("[what]")


@pytest.mark.parametrize(
    ("numbers", "pattern"),
    [
        (["10442", "58317"], r"[0-9]{5}"),
        (["AB-123", "AB-777", "4X9"], "AB[0-9]{3}|[0-9]{1}[A-Z]{1}[0-9]{1}"),
        ([], r"\d{5}"),
    ],
)
def test_the_form_of_order_numbers_is_the_row_s_own(numbers: list[str], pattern: str) -> None:
    assert number_pattern(world({"orders": [{"number": number} for number in numbers]}).orders) == pattern
