"""Follow-ups in words of their own, and the answers of outbound calls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dialog_world import NOW, TODAY, ZONE, Call, ShopInMemory, order, parcel

from asterisk_agent.commerce.models import Item, Money, OrderStatus, Refund, Return, ShipmentStatus
from asterisk_agent.dialog.flows.reading import Question, read
from asterisk_agent.dialog.protocol import Hangup, Transfer


async def at_level_2(shop: ShopInMemory, ask: str = "where is my order") -> Call:
    call = Call(shop)
    await call(f"{ask}, order 10442, zip 02139")
    assert call.level == 2
    return call


def arrived(**changes: object) -> ShopInMemory:
    there = parcel(status=ShipmentStatus.DELIVERED, expected=None, delivered_at=NOW - timedelta(days=3))
    return ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(there,), **changes))


@pytest.mark.parametrize(("promised", "said"), [(0, "Yes, it's late."), (2, "No, it isn't late.")])
async def test_whether_it_is_late_is_answered_with_the_day(promised: int, said: str) -> None:
    call = await at_level_2(ShopInMemory(order(promised=TODAY + timedelta(days=promised))))
    reply = await call("is it late")
    assert reply.text.startswith(said)
    assert "tomorrow" in reply.text


async def test_what_time_is_said_to_be_unknown_beside_the_day() -> None:
    call = await at_level_2(ShopInMemory())
    reply = await call("what time will that be?")
    assert "tomorrow" in reply.text
    assert "don't have a time of day" in reply.text


async def test_a_reason_that_nobody_gave_is_not_made_up() -> None:
    call = await at_level_2(ShopInMemory(order(status=OrderStatus.ON_HOLD, shipments=())))
    assert "I don't have the reason here." in (await call("why is that")).text


async def test_what_to_do_with_an_order_that_cannot_be_cancelled_any_more() -> None:
    call = Call(ShopInMemory())
    await call("cancel order 10442, zip 02139, last four 4242")
    assert "send it back once it's there" in (await call("so what can I do then")).text


async def test_where_a_refund_goes_to_is_said_as_one_would() -> None:
    money = Money(amount=order().total.amount) if order().total else None
    assert money is not None
    paid = Refund(amount=money, status="issued", method="original payment method", issued_at=NOW)
    call = await at_level_2(arrived(refunds=(paid,)), "where is my refund")
    assert "the original payment method" in (await call("which card did it go to")).text


async def test_why_a_return_was_rejected_is_told() -> None:
    back = Return(number="R1", status="rejected", reason="the seal was broken")
    reply = await Call(arrived(returns=(back,)))("what about my return, order 10442, zip 02139")
    assert "The seal was broken." in reply.text


async def test_what_can_be_had_instead_is_not_what_the_caller_has() -> None:
    lamp = (Item(name="Lantern, size S"),)
    shop = arrived(items=lamp, stock={"Lantern, size S": 4, "Lantern, size M": 2, "Lantern, size L": 1})
    call = Call(shop)
    reply = await call("I'd like to exchange it for another size, order 10442, zip 02139")
    assert "size M" in reply.text
    assert "size S" not in reply.text.split("We have")[1]


async def test_say_that_again_after_silence_means_the_answer() -> None:
    call = await at_level_2(ShopInMemory())
    await call.silence(1)
    assert "tomorrow" in (await call("what was that")).text


async def test_keys_that_give_another_detail_than_the_one_asked_for_count() -> None:
    call = Call()
    await call("where is order 10442")
    assert call.conversation.state.asked == "zip"
    await call.key("4242")
    assert call.level == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("five stars", 5),
        ("I'd say an 8", 8),
        ("waited three weeks but ok, four", 4),
        ("no one called me", None),
        ("it took two days", None),
    ],
)
def test_numbers_that_count_something_else_are_no_rating(text: str, value: int | None) -> None:
    assert read(Question("rating", ZONE, TODAY), text) == value


def test_a_day_that_is_not_offered_is_not_taken_for_another() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=3))  # Tuesday and Thursday
    question = Question("choice", ZONE, TODAY, days)
    assert read(question, "saturday") is None
    assert read(question, "thursday please") == days[1]


def test_what_was_missing_is_the_thing_it_is_about() -> None:
    items = (Item(name="Pour-over kettle"), Item(name="Paper filters"))
    question = Question("item", ZONE, TODAY, items)
    assert read(question, "the filters weren't in there, only the kettle") == items[1]


def test_a_zip_code_alone_corrects_the_address() -> None:
    address = order().address
    found = read(Question("address", ZONE, TODAY, address=address), "it should be 02140")
    assert address is not None
    assert found == address.model_copy(update={"zip": "02140"})
    assert read(Question("address", ZONE, TODAY, address=address), "my order number is wrong") is None


@pytest.mark.parametrize("text", ["he's at work right now", "this is his wife", "you have the wrong number"])
async def test_whoever_is_not_the_customer_hears_nothing_of_the_order(text: str) -> None:
    call = Call(arrived(), number="+16175550142", direction="outbound", purpose="status")
    await call.conversation.greeting()
    reply = await call(text)
    assert isinstance(reply.action, Hangup)
    assert "order" not in reply.text
    assert call.level == 0


@pytest.mark.parametrize("text", ["oh it was great, no complaints", "it came late and the box was torn"])
async def test_praise_and_blame_without_a_number_are_kept_as_feedback(text: str) -> None:
    call = Call(arrived(), number="+16175550142", direction="outbound", purpose="satisfaction")
    await call.conversation.greeting()
    await call(text)
    assert call.desk.requests


async def test_a_missed_delivery_leads_to_another_day() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    missed = parcel(status=ShipmentStatus.ATTEMPT_FAILED, expected=None, redelivery=days)
    reply = await Call(ShopInMemory(order(shipments=(missed,))))("I got a door tag, where is order 10442, zip 02139")
    assert "Which day" in reply.text


async def test_being_connected_with_another_number_is_not_done() -> None:
    call = Call()
    reply = await call("connect me with 617 555 0199 please, the manager")
    assert not isinstance(reply.action, Transfer)
    assert "our own team" in reply.text
