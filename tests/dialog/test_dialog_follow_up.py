"""Short questions about what was just told get the one fact that they ask for, and nothing is made up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dialog_world import NOW, TODAY, Call, ShopInMemory, order, parcel, verified

from asterisk_agent.commerce.models import (
    Appointment,
    OrderStatus,
    PickupPoint,
    Return,
    ShipmentStatus,
    Subscription,
    TrackingEvent,
)
from asterisk_agent.dialog.follow_up import asked_for


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("where do I go exactly?", "where"),
        ("and where is it", "where"),
        ("which post office?", "where"),
        ("until when do they keep it", "until"),
        ("how long will they hold it", "until"),
        ("why would it do that", "why"),
        ("what happened", "why"),
        ("okay what happens next", "next"),
        ("does somebody have to be home?", "home"),
        ("do I have to do anything before?", "prepare"),
        ("ok when will you have it", "when"),
        ("sorry, which day again?", "when"),
        ("where do I drop it off", "next"),
        ("where's my order", ""),
        ("when did I order it", ""),
        ("I would like to change the address please", ""),
        ("cancel it", ""),
        ("one zero four four two", ""),
    ],
)
def test_what_a_short_question_asks_for(text: str, kind: str) -> None:
    assert asked_for(text) == kind


def waiting_parcel() -> ShopInMemory:
    place = PickupPoint(name="UPS Access Point, 2095 Union Avenue", until=TODAY + timedelta(days=6))
    waiting = parcel(
        status=ShipmentStatus.AVAILABLE_FOR_PICKUP, expected=None, pickup=place.name, pickup_points=(place,)
    )
    return ShopInMemory(order(shipments=(waiting,)))


async def test_where_and_until_when_a_parcel_waits() -> None:
    call = await verified(waiting_parcel())
    assert "2095 Union Avenue" in (await call("where do I go exactly")).text
    assert "kept there until" in (await call("until when?")).text


async def test_why_it_goes_back_in_the_carriers_words() -> None:
    scan = TrackingEvent(at=NOW - timedelta(days=1), text="Returning to shipper, address unknown")
    returning = parcel(status=ShipmentStatus.RETURNING, expected=None, events=(scan,))
    call = await verified(ShopInMemory(order(shipments=(returning,))))
    assert "Returning to shipper, address unknown." in (await call("what? why would it do that")).text


async def test_a_return_on_its_way_and_what_comes_next() -> None:
    sent = Return(number="R1", status="in_transit", expected=date(2026, 12, 4), next="inspection, then the refund")
    delivered = parcel(status=ShipmentStatus.DELIVERED, delivered_at=NOW - timedelta(days=9))
    shop = ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(delivered,), returns=(sent,)))
    call = await verified(shop, "did you get my return")
    assert "December 4th" in (await call("ok when will you have it")).text
    assert "Inspection, then the refund." in (await call("okay what happens next")).text


async def test_who_has_to_be_home_for_a_large_item() -> None:
    start = NOW + timedelta(days=3)
    booked = Appointment(
        order="10442",
        start=start,
        end=start + timedelta(hours=4),
        checklist=("Measure the doorway", "Have an adult at home"),
    )
    shop = ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=()), appointments=(booked,))
    call = await verified(shop, "when is the truck bringing my sofa")
    reply = await call("is somebody supposed to be home?")
    assert "Have an adult at home." in reply.text
    assert "doorway" not in reply.text
    assert "Measure the doorway." in (await call("do I have to do anything before?")).text


async def test_what_is_in_the_next_box() -> None:
    box = Subscription(id="S1", customer_id="c1", next_date=TODAY + timedelta(days=5), contents=("Ethiopia Guji",))
    call = await verified(ShopInMemory(order(), subscriptions=(box,)), "when does my next box come")
    assert "Ethiopia Guji" in (await call("what's in it this time")).text


async def test_the_open_question_of_the_flow_is_put_again() -> None:
    missed = parcel(
        status=ShipmentStatus.ATTEMPT_FAILED,
        expected=None,
        redelivery=(TODAY + timedelta(days=1),),
        pickup_points=(PickupPoint(name="The UPS Store", until=TODAY + timedelta(days=6)),),
    )
    call = await verified(ShopInMemory(order(shipments=(missed,))))
    offer = (await call("hm where is it now")).text
    assert "another delivery day" in offer
    assert "kept there until" in (await call("until when?")).text


async def test_before_the_caller_is_verified_nothing_is_told() -> None:
    call = Call(waiting_parcel())
    await call("where is my order")
    await call("one zero four four two")
    text = (await call("where do I go exactly")).text + (await call("until when do they keep it?")).text
    assert "Union" not in text
    assert "until" not in text


async def test_what_the_data_does_not_say_is_not_answered_with_something_else() -> None:
    call = await verified(ShopInMemory())
    assert "kept there" not in (await call("until when do they keep it?")).text
    assert "note says" not in (await call("why?")).text


async def test_oops_after_a_wrong_detail_gives_it_again() -> None:
    call = Call()
    await call("change the address of order one zero four four two please")
    await call("last four 4243")
    reply = await call("oops I mean four two four two")
    assert call.level == 2
    assert "doesn't match" not in reply.text


async def test_a_detail_beside_sure_is_no_yes_to_a_change() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    missed = parcel(status=ShipmentStatus.ATTEMPT_FAILED, expected=None, redelivery=days)
    shop = ShopInMemory(order(shipments=(missed,)))
    call = await verified(shop, "I missed my delivery, can you reschedule it")
    await call("tomorrow works")
    reply = await call("oh sure, last four is four two four two")
    assert call.level == 3
    assert shop.performed == []
    assert "right?" in reply.text
    await call("yes, do it")
    assert len(shop.performed) == 1


async def test_an_address_said_with_everything_else_is_taken() -> None:
    shop = ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=()))
    call = Call(shop)
    reply = await call(
        "hi, order one zero four four two, zip 02139, phone 617-555-0142, "
        "I need it sent to 7401 Carroll Avenue, Takoma Park, Maryland 20912 instead"
    )
    assert "7401 Carroll" in reply.text
    assert shop.performed == []


async def test_the_only_order_of_the_calling_number_is_meant_by_my_refund() -> None:
    arrived = parcel(status=ShipmentStatus.DELIVERED, delivered_at=NOW - timedelta(days=9))
    call = Call(ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(arrived,))), number="+16175550142")
    await call("did my refund go through")
    assert call.level == 1


async def test_whether_the_order_went_through_is_answered_first() -> None:
    call = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    await call("did my order go through? I never got an email")
    assert (await call("one zero four four two")).text.startswith("Yes, we have your order.")
    gone = Call(ShopInMemory(order(status=OrderStatus.CANCELLED, shipments=())))
    await gone("did my order go through?")
    assert "Yes" not in (await gone("one zero four four two")).text
