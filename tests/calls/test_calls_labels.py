"""Every call type by voice on a real Asterisk, with the agent's words as a recogniser hears them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from calls_world import Line, said
from real_programs import eventually

from asterisk_agent.caller.report import report_call
from asterisk_agent.caller.script import HangUp, Keys, Listen, Say, Step
from asterisk_agent.caller.words import heard_back
from asterisk_agent.settings import Speech

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="package")]


@dataclass(frozen=True)
class Story:
    """What the caller does; words of which one of each group must be heard; labels that the records must hold."""

    steps: tuple[Step, ...]
    heard: tuple[tuple[str, ...], ...]
    intents: tuple[str, ...]


STORIES = {
    "delivery_delay": Story(
        (Say("Hi, my order is late, what's going on?"), Say("It's one zero four five six."), Keys("33139#"), Listen()),
        (("delayed", "delay"), ("fedex", "fed ex"), ("text",)),
        ("delivery_delay",),
    ),
    "failed_delivery_reschedule": Story(
        (
            Say("I missed my delivery yesterday, can you reschedule it?"),
            Say("Order number one zero four four six."),
            Keys("98101#"),
            Say("Tomorrow please."),
            Say("Yes, that's right."),
            Listen(),
        ),
        (("tomorrow",), ("rescheduled", "schedule")),
        ("failed_delivery_reschedule",),
    ),
    "address_change": Story(
        (
            Say("I need to change my delivery address."),
            Say("One zero four four eight."),
            Keys("10036#"),
            Keys("1881#"),
            Say("48 Harbor Road, Portland, Maine, zero four one zero one."),
            Say("Yes, that's right."),
            Listen(),
        ),
        (("harbor", "harbour"), ("maine",), ("now going", "done")),
        ("address_change",),
    ),
    "return_status": Story(
        (Say("Did you receive the return I sent back?"), Say("One zero four five one."), Keys("98101#"), Listen()),
        (("received your return", "received"),),
        ("return_status",),
    ),
    "refund_status": Story(
        (Say("Where is my refund?"), Say("One zero four five zero."), Keys("94110#"), Listen()),
        (("72",), ("issued",)),
        ("refund_status",),
    ),
    "start_return_exchange": Story(
        (
            Say("I'd like to return something I bought."),
            Say("One zero four four four."),
            Keys("60614#"),
            Keys("0005#"),
            Say("Yes please."),
            Listen(),
        ),
        (("lamp",), ("return is open", "open")),
        ("start_return_exchange",),
    ),
    "cancel_order": Story(
        (
            Say("I want to cancel my order."),
            Say("One zero four five three."),
            Keys("02139#"),
            Keys("4242#"),
            Say("Yes, I'm sure."),
            Listen(),
        ),
        (("are you sure",), ("cancelled", "canceled")),
        ("cancel_order",),
    ),
    "subscription": Story(
        (Say("When is my next subscription box coming?"), Say("One zero four four six."), Keys("98101#"), Listen()),
        (("coffee",),),
        ("subscription",),
    ),
    "large_item_delivery": Story(
        (
            Say("I'd like to book a delivery window for my sofa."),
            Say("One zero four five five."),
            Keys("97205#"),
            Say("The first one please."),
            Say("Yes, please."),
            Listen(),
        ),
        (("booked",), ("measure", "doorways")),
        ("large_item_delivery",),
    ),
    "complaint_missing_damaged": Story(
        (
            Say("My desk lamp arrived broken."),
            Say("One zero four four four."),
            Keys("60614#"),
            Say("Yes please."),
            Listen(),
        ),
        (("sorry",), ("claim is open", "claim")),
        ("complaint_missing_damaged",),
    ),
    "policy_faq": Story(
        (Say("What is your return policy?"), Listen()),
        (("30 days", "thirty days"),),
        ("policy_faq",),
    ),
    "follow_up": Story(
        (Say("I'd like to leave some feedback."), Say("The driver was really friendly and careful."), Listen()),
        (("noted",),),
        ("follow_up",),
    ),
    "acts of the dialogue": Story(
        (
            Say("Hello?"),
            Say("Where is my order?"),
            Say("Hold on a second please."),
            Say("One zero four four two."),
            Say("Can you repeat that please?"),
            Say("Who won the football game last night?"),
            Say("No thanks. Goodbye."),
            Listen(),
        ),
        (("on its way",), ("only help with orders",), ("goodbye",)),
        ("order_status",),
    ),
}


async def test_every_call_type_is_served_by_voice(line: Line) -> None:
    """Three callers at a time, each from a number that no order has."""
    turns = asyncio.Semaphore(3)

    async def tell(place: int, name: str) -> list[str]:
        story, number = STORIES[name], f"+1602555{place:04d}"
        async with turns:
            result = await line.call([*story.steps, HangUp()], f"<{number}>")
        async with heard_back(Speech()) as transcribe:
            words = said(await report_call(result, "", None, transcribe))
        missing = [group for group in story.heard if not any(text in words for text in group)]
        await eventually(lambda: _ended(line, number), 20, f"the call about {name} has an end in the records")
        rows = await line.rows(f"SELECT intent FROM calls WHERE caller_number = '{number}'")
        wrong = [] if rows[0]["intent"] in story.intents else [f"recorded as {rows[0]['intent']}"]
        return [f"{name}: {problem}; heard: {words}" for problem in (*map(str, missing), *wrong)]

    found = await asyncio.gather(*(tell(place, name) for place, name in enumerate(STORIES)))
    if problems := [problem for problems in found for problem in problems]:
        pytest.fail("\n".join(problems))


async def _ended(line: Line, number: str) -> bool:
    rows = await line.rows(f"SELECT ended_at FROM calls WHERE caller_number = '{number}'")
    return bool(rows and rows[0]["ended_at"])
