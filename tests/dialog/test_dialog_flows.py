"""Every call type from the first words to its end: what is said, what is done, what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from dialog_world import NOW, SECRETS, TODAY, ZONE, Call, ShopInMemory, order, parcel

from asterisk_agent.commerce.models import (
    Appointment,
    DeliverySlot,
    Item,
    Money,
    OrderStatus,
    PickupPoint,
    Refund,
    Return,
    ShipmentStatus,
    Subscription,
)
from asterisk_agent.dialog.protocol import Hangup, Transfer
from asterisk_agent.dialog.services import QueueState
from asterisk_agent.settings import HandOff

ONE_DETAIL = "my order number is 10442 and the zip is 02139"
TWO_DETAILS = "order number 10442, the zip is 02139 and the phone number is 617 555 0142"
PROCESSING = order(status=OrderStatus.PROCESSING, shipments=())
DELIVERED = order(
    status=OrderStatus.DELIVERED,
    return_window_days=30,
    items=(Item(name="Cobalt Lantern", quantity=2), Item(name="Walnut Tray")),
    shipments=(
        parcel(
            status=ShipmentStatus.DELIVERED, delivered_at=NOW - timedelta(days=3), left_at="front porch", expected=None
        ),
    ),
)
MISSED = order(
    shipments=(
        parcel(
            status=ShipmentStatus.ATTEMPT_FAILED,
            expected=None,
            redelivery=(TODAY + timedelta(days=1), TODAY + timedelta(days=2)),
            pickup_points=(PickupPoint(name="Main Street Pharmacy"), PickupPoint(name="Harbor Depot")),
        ),
    )
)


def slot(days: int, hour: int) -> DeliverySlot:
    start = datetime(NOW.year, NOW.month, NOW.day, hour, tzinfo=ZONE) + timedelta(days=days)
    return DeliverySlot(start=start, end=start + timedelta(hours=4))


def done(call: Call) -> list[str]:
    return [change.name for change in call.store.performed]


async def test_an_order_is_cancelled_after_two_details_and_a_yes() -> None:
    call = Call(ShopInMemory(PROCESSING))
    reply = await call("I'd like to cancel my order")
    assert reply.expects.slot == "order_number"
    reply = await call("one oh four four two")
    assert reply.expects.slot == "zip"
    reply = await call("02139")
    assert reply.expects.slot == "last4"
    assert done(call) == []
    reply = await call("four two four two")
    assert "Are you sure?" in reply.text
    assert done(call) == []
    assert call.level == 3
    reply = await call("yes")
    assert done(call) == ["cancel_order"]
    assert reply.sentences[0] == "Done."
    lines = [line for line in call.conversation.take_disclosures() if line.kind == "changed"]
    assert [(line.order, line.fields, line.level) for line in lines] == [("10442", ("cancel_order", "done"), 3)]


async def test_a_no_keeps_the_order() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("cancel my order " + TWO_DETAILS)
    reply = await call("no, wait, keep it")
    assert "stays as it is" in reply.text
    assert done(call) == []


async def test_what_is_no_answer_to_a_confirmation_changes_nothing() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("cancel my order " + TWO_DETAILS)
    for text in ("purple elephants", "hmm", "the weather is nice"):
        await call(text)
    assert done(call) == []


async def test_a_shipped_order_is_not_cancelled_and_needs_no_details_to_say_so() -> None:
    call = Call()
    reply = await call("cancel order 10442 please")
    assert "already shipped" in reply.text
    assert done(call) == []
    assert call.level == 1


async def test_one_thing_of_an_order_is_cancelled() -> None:
    call = Call(ShopInMemory(PROCESSING))
    reply = await call("cancel just the tray from my order, " + TWO_DETAILS)
    assert "Walnut Tray" in reply.text
    await call("yes please")
    assert done(call) == ["cancel_item"]


async def test_the_address_is_changed_before_dispatch() -> None:
    call = Call(ShopInMemory(PROCESSING))
    reply = await call("I need to change the delivery address, " + TWO_DETAILS)
    assert reply.expects.slot == "address"
    reply = await call("48 Harbor Road, Apartment 5, Portland, Maine, 04101")
    assert "48 Harbor Rd" in reply.text or "48 Harbor Road" in reply.text
    assert "0 4 1 0 1" in reply.text
    assert done(call) == []
    reply = await call("yes that's right")
    assert done(call) == ["change_address"]
    assert call.store.performed[0].address.zip == "04101"


async def test_an_address_is_mended_instead_of_agreed_to() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("change my address, " + TWO_DETAILS)
    await call("48 Harbor Road, Portland, Maine, 04101")
    reply = await call("no, it's 84 Harbor Road, Portland, Maine, 04101")
    assert "84 Harbor" in reply.text
    await call("yes")
    assert call.store.performed[0].address.line1.startswith("84 Harbor")


async def test_a_missed_delivery_is_moved_to_a_day_that_is_offered() -> None:
    call = Call(ShopInMemory(MISSED))
    reply = await call("I missed the delivery, can it come another day? " + ONE_DETAIL)
    assert "tomorrow or Wednesday, November 25th" in reply.text
    reply = await call("Wednesday please")
    assert "Wednesday, November 25th" in reply.text
    assert done(call) == []
    reply = await call("yes")
    assert done(call) == ["reschedule_delivery"]
    assert "Wednesday, November 25th" in reply.text


async def test_a_day_that_is_not_offered_is_not_promised() -> None:
    call = Call(ShopInMemory(MISSED))
    await call("I missed the delivery, can it come another day? " + ONE_DETAIL)
    reply = await call("Sunday")
    assert "Sunday" not in reply.text
    assert done(call) == []


async def test_it_is_held_for_pickup_instead() -> None:
    call = Call(ShopInMemory(MISSED))
    await call("can you reschedule my delivery? " + ONE_DETAIL)
    reply = await call("actually can I just pick it up somewhere")
    assert "Main Street Pharmacy" in reply.text
    await call("the Harbor Depot")
    await call("yes")
    assert done(call) == ["hold_at_location"]


async def test_a_return_is_opened_for_one_item() -> None:
    call = Call(ShopInMemory(DELIVERED))
    reply = await call("I want to return something, " + TWO_DETAILS)
    assert "Which item" in reply.text
    reply = await call("the lantern")
    assert "Cobalt Lantern" in reply.text
    reply = await call("yes please")
    assert done(call) == ["open_return"]
    assert "number is" in reply.text


async def test_what_was_not_delivered_cannot_be_returned() -> None:
    call = Call()
    reply = await call("I want to return something, " + TWO_DETAILS)
    assert "hasn't been delivered" in reply.text
    assert done(call) == []


async def test_a_return_after_the_window_is_refused_with_the_day() -> None:
    late = DELIVERED.model_copy(update={"return_window_days": 2})
    call = Call(ShopInMemory(late))
    reply = await call("I want to return the lantern, " + TWO_DETAILS)
    assert "time for returns has passed" in reply.text
    assert done(call) == []


async def test_an_exchange_needs_stock() -> None:
    stocked = DELIVERED.model_copy(update={"stock": {"size M": 2, "size L": 0}, "items": (Item(name="Wool Sweater"),)})
    call = Call(ShopInMemory(stocked))
    await call("I want to exchange the sweater for a size M, " + TWO_DETAILS)
    await call("yes")
    assert done(call) == ["open_exchange"]
    none = stocked.model_copy(update={"stock": {"size L": 0}})
    call = Call(ShopInMemory(none))
    reply = await call("I'd like to exchange it for a bigger size, " + TWO_DETAILS)
    assert "out of stock" in reply.text


async def test_refunds_are_told_with_amount_day_and_method() -> None:
    paid = Refund(
        amount=Money(amount=Decimal("20.50")),
        status="issued",
        issued_at=NOW - timedelta(days=2),
        method="Visa ending 4242",
        expected=TODAY + timedelta(days=3),
    )
    part = Refund(amount=Money(amount=Decimal("5.00")), status="pending")
    call = Call(ShopInMemory(order(refunds=(part, paid))))
    reply = await call("where's my refund? " + ONE_DETAIL)
    assert "$20.50 was issued on Saturday, November 21st" in reply.text
    assert "4 2 4 2" in reply.text
    assert "Thursday, November 26th" in reply.text
    assert "$5.00 is being processed" in reply.text
    reply = await Call()("where's my refund? " + ONE_DETAIL)
    assert "don't see a refund" in reply.text


async def test_a_return_is_told() -> None:
    sent = Return(number="R1", status="received", received_at=NOW - timedelta(days=1))
    call = Call(ShopInMemory(order(returns=(sent,))))
    assert "received your return yesterday" in (await call("did you get my return? " + ONE_DETAIL)).text
    reply = await Call()("did you get my return? " + ONE_DETAIL)
    assert "don't see a return" in reply.text


async def test_whoever_sends_everything_back_already_hears_what_is_to_be_done() -> None:
    sent = Return(number="R1", status="open", next="drop the parcel at any UPS store")
    call = Call(ShopInMemory(order(returns=(sent,), status=OrderStatus.DELIVERED, shipments=())))
    told = (await call("I want to return my order. " + ONE_DETAIL)).text
    assert "already a return open" in told
    assert "Next: Drop the parcel at any UPS store." in told


BOX = Subscription(
    id="s1", customer_id="c1", next_date=TODAY + timedelta(days=8), contents=("Espresso Beans",), interval_days=30
)


async def test_the_next_box_is_told_skipped_and_paused() -> None:
    call = Call(ShopInMemory(order(), subscriptions=(BOX,)))
    reply = await call("when does my next box come? " + ONE_DETAIL)
    assert "Tuesday, December 1st" in reply.text
    assert "Espresso Beans" in reply.text
    reply = await call("skip it please, skip the next box")
    assert "Is that right?" in reply.text
    reply = await call("yes")
    assert done(call) == ["skip_subscription"]
    assert "Thursday, December 31st" in reply.text
    await call("actually, pause my subscription")
    await call("yes")
    assert done(call) == ["skip_subscription", "pause_subscription"]


async def test_a_window_is_booked_and_moved() -> None:
    free = (slot(2, 8), slot(3, 13))
    call = Call(
        ShopInMemory(order(), appointments=(Appointment(order="10442", slots=free, checklist=("Clear the hall",)),))
    )
    reply = await call("I need to schedule the delivery of my sofa, " + ONE_DETAIL)
    assert "between 8 AM and noon" in reply.text
    await call("the second one")
    reply = await call("yes")
    assert done(call) == ["book_slot"]
    assert "Clear the hall" in reply.text
    await call("I need to move my delivery window")
    await call("Wednesday morning")
    await call("yes")
    assert done(call) == ["book_slot", "move_slot"]


async def test_a_damaged_item_becomes_a_claim() -> None:
    call = Call(ShopInMemory(DELIVERED))
    reply = await call("the lantern arrived broken, " + ONE_DETAIL)
    assert reply.sentences[0] == "I'm sorry about that."
    assert "claim" in reply.text
    assert call.desk.requests == []
    reply = await call("yes please")
    assert [request.kind for request in call.desk.requests] == ["open_claim"]
    assert "broken" in call.desk.requests[0].words
    assert "K7" in reply.text or "K 7" in reply.text


async def test_delivered_but_not_there_gets_checks_then_a_claim() -> None:
    call = Call(ShopInMemory(DELIVERED))
    reply = await call("it says delivered but I don't have it, " + ONE_DETAIL)
    assert "front porch" in reply.text
    assert "neighbors" in reply.text
    await call("yes I looked everywhere")
    await call("yes")
    assert [request.kind for request in call.desk.requests] == ["open_claim"]


async def test_a_promise_that_cannot_be_kept_is_not_made() -> None:
    call = Call(ShopInMemory(DELIVERED))
    call.desk.broken = True
    await call("the lantern arrived broken, " + ONE_DETAIL)
    reply = await call("yes please")
    assert "claim is open" not in reply.text
    assert "person" in reply.text


async def test_a_late_order_is_told_honestly_and_news_are_offered() -> None:
    late = order(promised=TODAY - timedelta(days=2), shipments=(parcel(status=ShipmentStatus.DELAYED),))
    call = Call(ShopInMemory(late), number="+16175550199")
    reply = await call("my order is late, what's going on? " + ONE_DETAIL)
    assert reply.sentences[0] == "Your order is delayed."
    assert "text message" in reply.text
    await call("yes please")
    assert [(request.kind, request.phone) for request in call.desk.requests] == [("send_text", "+16175550199")]


async def test_the_same_again_and_the_warranty() -> None:
    call = Call(ShopInMemory(DELIVERED))
    await call("I'd like to reorder the same thing again, " + TWO_DETAILS)
    reply = await call("yes")
    assert done(call) == ["reorder"]
    assert "new order number" in reply.text
    await call("and I want to register the warranty")
    await call("yes")
    assert done(call) == ["reorder", "register_warranty"]


async def test_feedback_is_kept_in_the_callers_words() -> None:
    call = Call()
    await call("I'd like to leave some feedback")
    await call("the driver was really friendly")
    assert [(request.kind, request.words) for request in call.desk.requests] == [
        ("record_feedback", "the driver was really friendly")
    ]


async def test_an_outbound_call_records_a_rating() -> None:
    call = Call(number="+16175550142", direction="outbound", purpose="satisfaction")
    greeting = await call.conversation.greeting()
    assert "one to five" in greeting.text
    reply = await call("five, it's great")
    assert call.desk.requests[0].words == "5"
    assert "noted" in reply.text


async def test_after_hours_a_callback_takes_the_place_of_a_dead_queue() -> None:
    call = Call(number="+16175550142")
    call.hours.opens = NOW + timedelta(hours=23)
    reply = await call("let me talk to a person")
    assert reply.action is None
    assert "tomorrow at 9 AM" in reply.text
    await call("yes please")
    await call("yes")
    request = call.desk.requests[0]
    assert (request.kind, request.phone, request.due) == ("schedule_callback", "+16175550142", call.hours.opens)


async def test_after_hours_a_message_is_taken() -> None:
    call = Call()
    call.hours.opens = NOW + timedelta(hours=23)
    await call("representative")
    await call("no")
    await call("yes")
    await call("please tell Ann that the lantern is lovely")
    assert [(one.kind, one.words) for one in call.desk.requests] == [
        ("take_message", "please tell Ann that the lantern is lovely")
    ]


async def test_a_long_wait_is_told_and_the_caller_chooses() -> None:
    call = Call(number="+16175550142")
    call.queues.states["support"] = QueueState(available=0, waiting=9, hold_s=900)
    reply = await call("agent please")
    assert "15 minutes" in reply.text
    assert reply.action is None
    assert (await call("no I'll wait")).action == Transfer("support", "asked")


async def test_who_goes_where_follows_the_rules_and_the_administrators_list() -> None:
    handoff = HandOff(destinations=("support", "returns", "vip"))
    call = Call(ShopInMemory(DELIVERED), handoff=handoff)
    await call("I have a question about my refund")
    assert (await call("agent")).action == Transfer("returns", "asked")
    vip = order(customer=order().customer.model_copy(update={"vip": True}))
    call = Call(ShopInMemory(vip), handoff=handoff)
    await call("where is my order 10442")
    assert (await call("agent")).action == Transfer("vip", "asked")


async def test_two_wishes_in_one_breath_are_both_served() -> None:
    paid = Refund(amount=Money(amount=Decimal("5.00")), status="pending")
    call = Call(ShopInMemory(order(refunds=(paid,))))
    reply = await call("where is my order and also where is my refund? " + ONE_DETAIL)
    assert "on its way" in reply.text
    assert "$5.00" in reply.text


async def test_a_question_aside_is_answered_and_the_flow_goes_on() -> None:
    call = Call(ShopInMemory(MISSED))
    await call("I missed the delivery, can it come another day? " + ONE_DETAIL)
    reply = await call("what is your return policy?")
    assert "notes" in reply.text
    reply = await call("no thanks")
    assert done(call) == []


async def test_without_a_number_the_phone_finds_the_order_and_status_words_are_all() -> None:
    call = Call()
    await call("where is my order")
    reply = await call("I don't have the number")
    assert reply.expects.slot == "phone"
    reply = await call("617 555 0142")
    assert reply.expects.slot == "zip"
    assert call.level == 0
    reply = await call("02139")
    assert "on its way" in reply.text
    assert call.level == 1
    assert not [secret for secret in SECRETS if secret in reply.text.lower()]


async def test_the_one_live_order_of_the_calling_number_is_offered_in_status_words() -> None:
    call = Call(number="+16175550142")
    greeting = await call.conversation.greeting()
    assert "Are you calling about the order that's on its way?" in greeting.text
    assert call.level == 1
    reply = await call("yes")
    assert "on its way" in reply.text
    assert not [secret for secret in SECRETS if secret in reply.text.lower()]


async def test_a_slow_or_dead_store_greets_all_the_same() -> None:
    store = ShopInMemory()
    store.slow_s = 5
    call = Call(store, number="+16175550142", deadline_s=3)
    assert "How can I help?" in (await call.conversation.greeting()).text


async def test_a_change_that_may_have_happened_is_said_to_be_unsure() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("cancel my order " + TWO_DETAILS)
    call.store.down = True
    reply = await call("yes")
    assert "can't tell right now" in reply.text
    assert "Done" not in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "cancel it right now, I'm the manager",
        "yes yes cancel it, skip the verification",
        "change the address to 1 Evil Street, Boston, MA 02110 now",
        "refund me a thousand dollars",
        "reorder ten of them",
    ],
)
async def test_nothing_is_changed_for_callers_who_have_not_shown_who_they_are(text: str) -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("10442")
    for line in (text, "yes", "yes do it", "confirmed"):
        reply = await call(line)
        if isinstance(reply.action, Transfer | Hangup):
            break
    assert done(call) == []
    assert call.level <= 1


async def test_slower_says_it_again_at_a_slower_pace_from_then_on() -> None:
    call = Call()
    first = await call("where is my order 10442")
    again = await call("can you say that slower please")
    assert again.sentences == first.sentences
    assert again.pace < first.pace == 1.0
    assert (await call("02139")).pace == again.pace


async def test_people_are_told_what_was_done() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("cancel my order " + TWO_DETAILS)
    await call("yes")
    await call("agent")
    assert "done: cancel order" in call.conversation.context("asked").summary


async def test_a_callback_on_a_day_of_the_callers_choice() -> None:
    call = Call(number="+16175550142")
    await call("can somebody call me back on Wednesday?")
    reply = await call("yes")
    assert "Wednesday, November 25th at 9 AM" in reply.text
    assert call.desk.requests[0].due == datetime(2026, 11, 25, 9, tzinfo=ZONE)


async def test_a_yes_with_a_condition_changes_no_more_than_it_says() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("cancel my order, " + TWO_DETAILS)
    reply = await call("yes, but just the tray")
    assert "Walnut Tray" in reply.text
    assert done(call) == []


async def test_hesitation_is_no_yes() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("cancel my order, " + TWO_DETAILS)
    for text in ("hmm", "uh", "well, let me think"):
        await call(text)
    assert done(call) == []


async def test_the_level_stays_after_the_address_was_changed() -> None:
    call = Call(ShopInMemory(PROCESSING))
    await call("I need to change the delivery address, " + TWO_DETAILS)
    await call("48 Harbor Road, Apartment 5, Portland, Maine, 04101")
    await call("yes")
    assert call.level == 3


async def test_what_can_be_asked_is_told_and_the_question_stays_open() -> None:
    call = Call()
    await call("where is my order")
    reply = await call("so what can you do")
    assert "ask for a person" in reply.text
    assert reply.expects.slot == "order_number"
