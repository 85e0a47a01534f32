"""What callers say beside the open question: doubts, thanks, other wishes, a detail, a number found after all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dialog_world import NOW, TODAY, Call, ShopInMemory, order, parcel, verified

from asterisk_agent.commerce.models import (
    Appointment,
    DeliverySlot,
    Item,
    OrderStatus,
    Refund,
    Return,
    ShipmentStatus,
    Subscription,
    TrackingEvent,
)
from asterisk_agent.dialog.protocol import Hangup, Transfer
from asterisk_agent.dialog.said import after


def delivered(days: int = 3, **changes: object) -> ShopInMemory:
    there = parcel(status=ShipmentStatus.DELIVERED, expected=None, delivered_at=NOW - timedelta(days=days))
    return ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(there,), return_window_days=30, **changes))


async def test_a_doubt_is_no_yes_and_gets_the_same_once_more() -> None:
    call = await verified(delivered(), "did you get my return")
    reply = await call("are you sure?")
    assert reply.text.startswith("That's what I see here.")
    assert "don't see a return" in reply.text
    assert call.store.performed == []


@pytest.mark.parametrize("text", ["can you guarantee that? I got people coming over", "is that for sure?"])
async def test_nobody_promises_a_day(text: str) -> None:
    call = await verified(ShopInMemory())
    reply = await call(text)
    assert "can't promise" in reply.text
    assert "tomorrow" in reply.text


@pytest.mark.parametrize("text", ["ok so tomorrow?", "it's coming tuesday then"])
async def test_a_day_said_once_more_is_a_question_about_it(text: str) -> None:
    late = parcel(status=ShipmentStatus.DELAYED, events=())
    call = await verified(ShopInMemory(order(shipments=(late,))), "my package is late")
    assert call.conversation.state.question == "flow"
    reply = await call(text)
    assert "tomorrow" in reply.text
    assert call.conversation.state.question == "flow"


async def test_the_reason_of_a_delay_is_told_unasked_where_the_carrier_gives_one() -> None:
    scan = TrackingEvent(at=NOW - timedelta(hours=3), text="Delay: road closure", place="Boise, ID")
    late = parcel(status=ShipmentStatus.EXCEPTION, events=(scan,))
    call = Call(ShopInMemory(order(shipments=(late,))))
    reply = await call("my package is late, 10442, zip 02139")
    assert "Delay: road closure." in reply.text
    moving = late.model_copy(update={"events": (scan.model_copy(update={"text": "Departed"}),)})
    quiet = Call(ShopInMemory(order(shipments=(moving,))))
    assert "note" not in (await quiet("my package is late, 10442, zip 02139")).text


async def test_whether_it_can_still_go_back_is_answered_with_the_day() -> None:
    call = Call(delivered(days=3))
    reply = await call("can I still return order 10442, zip 02139")
    assert "until Sunday, December 20th" in reply.text
    later = await call("ok good to know, I'll think about it")
    assert "nything else" in later.text
    assert call.store.performed == []


async def test_what_the_shop_does_not_take_back_is_not_said_to_be_in_time() -> None:
    kept = delivered(days=3, items=(Item(name="Gift Card", returnable=False),))
    reply = await Call(kept)("can I still return order 10442, zip 02139")
    assert "until" not in reply.text
    mixed = delivered(days=3, items=(Item(name="Gift Card", returnable=False), Item(name="Walnut Tray")))
    assert "until" not in (await Call(mixed)("can I still return order 10442, zip 02139")).text


async def test_thanks_alone_do_not_agree_to_a_person() -> None:
    call = await verified(ShopInMemory(order(shipments=(parcel(status=ShipmentStatus.EXCEPTION),))))
    assert call.conversation.state.question == "flow"
    reply = await call("alright then, thanks")
    assert not isinstance(reply.action, Transfer)


@pytest.mark.parametrize(
    "text", ["I want to know where my stuff is but I don't have my order number", "I lost my order number, where is it"]
)
async def test_without_a_number_at_hand_another_way_is_offered_at_once(text: str) -> None:
    call = Call()
    assert "phone number or e-mail" in (await call(text)).text
    assert "ZIP" in (await call("dana dot reyes at example dot com")).text
    assert call.level == 0


async def test_a_number_found_after_all_counts_with_what_found_the_order() -> None:
    call = Call()
    await call("where is my order, I don't have the number")
    await call("dana dot reyes at example dot com")
    await call("oh wait I got it, one zero four four two")
    assert call.level == 2
    await call("zip code 02139")
    assert call.level == 3


async def test_an_order_found_by_an_address_and_a_zip_code_opens_status_words_only() -> None:
    call = Call()
    await call("where is my order, I don't have the number")
    await call("dana dot reyes at example dot com")
    await call("02139")
    assert call.level == 1


async def test_a_question_after_okay_is_no_yes() -> None:
    assert after("Okay, and if a zipper breaks is that covered?", "goes_on") == "if a zipper breaks is that covered?"
    assert after("okay can you do that", "goes_on") == "okay can you do that"
    assert after("", "goes_on") == ""


async def test_a_detail_while_an_item_is_asked_for_lifts_the_level() -> None:
    call = await verified(delivered(), "I want to return something")
    assert call.conversation.state.asked == "item"
    reply = await call("four two four two")
    assert call.level == 3
    assert "Which item" in reply.text
    assert "Walnut Tray" in (await call("the tray")).text


async def test_a_detail_after_sure_is_no_yes_to_a_change() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    missed = parcel(status=ShipmentStatus.ATTEMPT_FAILED, expected=None, redelivery=days)
    call = await verified(ShopInMemory(order(shipments=(missed,))), "I missed my delivery, can you reschedule it")
    await call("tomorrow works")
    await call("sure it's four two four two")
    assert call.level == 3
    assert call.store.performed == []


def slots() -> Appointment:
    windows = tuple(
        DeliverySlot(
            start=NOW.replace(hour=hour) + timedelta(days=day), end=NOW.replace(hour=hour + 4) + timedelta(days=day)
        )
        for day, hour in ((3, 8), (7, 12), (8, 8))
    )
    return Appointment(order="10442", start=windows[0].start, end=windows[0].end, slots=windows)


async def test_a_weekday_is_the_one_that_is_offered() -> None:
    shop = ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=()), appointments=(slots(),))
    call = Call(shop)
    reply = await call("I need to move my furniture delivery, 10442, zip 02139, last four 4242")
    assert "Thursday" not in reply.text
    again = await call("what've you got next week")
    assert "only help with orders" not in again.text
    assert "Monday" in again.text
    assert "Tuesday, December 1st" in (await call("tuesday morning")).text


async def test_no_refund_is_told_before_the_state_of_the_return() -> None:
    back = Return(number="R1", status="in_transit")
    call = Call(delivered(days=9, returns=(back,)))
    reply = await call("is my refund out already? 10442, zip 02139")
    assert reply.text.startswith("There's no refund yet.")
    paid = Call(delivered(days=9, returns=(back,), refunds=(Refund(amount=order().total, status="issued"),)))
    assert "no refund" not in (await paid("is my refund out already? 10442, zip 02139")).text


async def test_who_wants_no_calls_is_not_called_again() -> None:
    call = await verified(ShopInMemory())
    reply = await call("stop calling me")
    assert isinstance(reply.action, Hangup)
    assert call.desk.requests
    other = await verified(ShopInMemory())
    assert not isinstance((await other("well I don't call that fast")).action, Hangup)


async def test_money_off_is_not_promised() -> None:
    call = await verified(ShopInMemory())
    reply = await call("it's late again so what discount do I get")
    assert "can't offer that" in reply.text
    assert isinstance((await call("yes please")).action, Transfer)


async def test_why_a_detail_is_asked_for_is_explained() -> None:
    call = Call()
    await call("where is order 10442")
    reply = await call("why do you need that")
    assert "shows me that the order is yours" in reply.text
    assert "ZIP" in reply.text


async def test_skip_that_one_after_the_next_box_is_a_wish_and_no_goodbye() -> None:
    box = Subscription(id="S1", customer_id="c1", next_date=TODAY + timedelta(days=5), contents=("Guji",))
    call = await verified(ShopInMemory(order(), subscriptions=(box,)), "when does my next box come")
    assert "skip" in (await call("skip that one")).text
    await call("yes please")
    assert [change.name for change in call.store.performed] == ["skip_subscription"]


@pytest.mark.parametrize("text", ["I can't be home then. Is Friday afternoon open?", "what about next week instead"])
async def test_another_time_after_the_booked_one_is_a_wish_to_move_it(text: str) -> None:
    shop = ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=()), appointments=(slots(),))
    call = await verified(shop, "when is my furniture coming")
    reply = await call(text)
    assert "Free are" in reply.text


async def test_one_item_that_is_named_is_cancelled_alone() -> None:
    call = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    await call("order 10442, zip 02139, last four 4242")
    reply = await call("I want to take the walnut tray off, keep the other thing")
    assert "Walnut Tray" in reply.text
    await call("yes")
    assert [change.name for change in call.store.performed] == ["cancel_item"]
    whole = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    assert "whole order" in (await whole("cancel my order 10442, zip 02139, last four 4242")).text


async def test_how_long_it_can_go_back_is_said_before_it_is_there() -> None:
    call = await verified(ShopInMemory(order(return_window_days=30)))
    assert "30 days after it's delivered" in (await call("and how long do I have to return it")).text


async def test_can_you_help_me_is_no_wish_for_a_person() -> None:
    call = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    reply = await call("hi I just realized I put in my old address, can you help me")
    assert reply.action is None
    assert "order number" in reply.text
    alone = await Call()("can you help me")
    assert alone.action is None
    assert "You can ask" in alone.text


async def test_what_broke_is_asked_about_and_not_looked_for_at_the_door() -> None:
    call = await verified(delivered(), "the tray showed up in pieces")
    assert call.conversation.state.question == "flow"
    await call("I'd rather just get a new one")
    assert "new one" in str(call.desk.requests[0])


async def test_a_complaint_that_misses_nothing_is_not_sent_to_the_neighbors() -> None:
    call = await verified(delivered(), "I want to complain, your driver threw my package over the fence")
    assert "claim" in (await call("so what now")).text


async def test_the_only_thing_received_is_not_what_is_missing() -> None:
    call = Call(delivered())
    reply = await call("part of my order is missing, I only got the tray, order 10442, zip 02139")
    assert "Cobalt Lantern" in reply.text


async def test_naming_an_item_once_more_does_not_cancel_it() -> None:
    call = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    await call("cancel just the tray on order 10442, zip 02139, last four 4242")
    await call("the tray")
    assert call.store.performed == []


async def test_windows_are_narrowed_by_what_is_asked() -> None:
    shop = ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=()), appointments=(slots(),))
    call = await verified(shop, "I need to move my furniture delivery")
    reply = await call("what do you have in the afternoon")
    assert "Monday" in reply.text
    assert "Tuesday" not in reply.text


async def test_who_calls_and_what_about() -> None:
    call = Call(number="+16175550142", direction="outbound", purpose="delivery delay")
    await call.conversation.greeting()
    who = await call("who is this")
    assert "Acme Outdoors" in who.text
    assert "Would you like to hear it?" in who.text
    assert "on its way" in (await call("what news")).text


async def test_what_cannot_be_done_with_an_order_is_offered_to_a_person() -> None:
    reply = await Call()("can I add another mug to my order")
    assert "can't help with that myself" in reply.text
    assert "person" in reply.text


async def test_five_digits_that_are_no_order_may_be_the_zip_code() -> None:
    call = Call()
    await call("I got charged twice for order 10442")
    await call("02139")
    assert call.level == 2
    stranger = Call()
    await stranger("I got charged twice for order 10442")
    await stranger("02138")
    assert stranger.level <= 1
    assert stranger.conversation.state.identity.failures == 0


async def test_a_missed_delivery_yesterday_names_no_day() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=4))  # Tuesday and Friday
    missed = parcel(status=ShipmentStatus.ATTEMPT_FAILED, expected=None, redelivery=days)
    reply = await Call(ShopInMemory(order(shipments=(missed,))))(
        "I missed the delivery guy yesterday, order 10442, zip 02139"
    )
    assert "Which day" in reply.text


async def test_a_question_about_an_item_is_no_choice_of_it() -> None:
    call = await verified(delivered(), "I want to return something")
    reply = await call("when did the tray come")
    assert "I'll open a return" not in reply.text


async def test_what_a_caller_has_is_not_what_is_wanted_instead() -> None:
    stock = {"Lantern, large": 3, "Lantern, small": 2}
    shop = delivered(items=(Item(name="Lantern, medium"),), stock=stock)
    reply = await Call(shop)("it's too small, can I swap it for a large, order 10442, zip 02139, last four 4242")
    assert "for Lantern, large" in reply.text


async def test_the_other_one_of_two_parcels_is_a_parcel() -> None:
    there = parcel(status=ShipmentStatus.DELIVERED, expected=None, delivered_at=NOW - timedelta(days=1))
    coming = parcel(tracking="1Z999AA10123456785", expected=TODAY + timedelta(days=3))
    call = await verified(ShopInMemory(order(shipments=(there, coming))))
    reply = await call("when's the other one coming")
    assert "second package" in reply.text
    assert "first" not in reply.text


async def test_an_address_beside_the_detail_that_was_asked_for_changes_nothing() -> None:
    call = Call()
    await call("where is order 10442")
    reply = await call("it says Maple Street, zip 02139")
    assert "tomorrow" in reply.text
    assert "address_change" not in call.conversation.state.intents


async def test_what_is_in_the_order_is_no_complaint() -> None:
    call = await verified(ShopInMemory())
    reply = await call("oh good, and it's the lantern and the tray?")
    assert "Cobalt Lantern" in reply.text
    assert "sorry" not in reply.text


async def test_somebody_who_fixes_it_is_a_person() -> None:
    call = await verified(ShopInMemory(order(status=OrderStatus.ON_HOLD, shipments=())))
    assert isinstance((await call("can somebody fix that today")).action, Transfer)


async def test_what_was_ordered_is_told_when_the_caller_is_verified() -> None:
    call = Call()
    await call("what did I even order")
    await call("10442")
    assert "Walnut Tray" in (await call("02139")).text


async def test_four_digits_after_the_zip_code_are_of_the_card() -> None:
    call = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    await call("I need to change the apartment number on 10442")
    await call("02139 4242")
    assert call.level == 3
    whole = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    await whole("I need to change the apartment number on 10442")
    await whole("02139-1111")
    assert whole.level == 2
    assert whole.conversation.state.identity.failures == 0


async def test_money_that_was_paid_is_no_order_number() -> None:
    call = Call()
    reply = await call("I paid sixty four ninety nine on the fourteenth and where is it")
    assert call.conversation.state.order == ""
    assert "order number" in reply.text
    told = Call()
    await told("it was a hundred and twelve dollars, a hundred twelve forty, order 10442, where is it")
    assert told.conversation.state.order == "10442"


async def test_a_paused_subscription_is_told_and_not_paused_again() -> None:
    box = Subscription(id="S1", customer_id="c1", status="paused", contents=("Guji",))
    shop = ShopInMemory(order(), subscriptions=(box,))
    call = Call(shop)
    reply = await call("I swear I paused my subscription in January, is it paused, order 10442, zip 02139")
    assert "is paused" in reply.text
    assert shop.performed == []


async def test_of_several_weekdays_the_one_on_offer_is_meant() -> None:
    shop = ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=()), appointments=(slots(),))
    call = await verified(shop, "when is my furniture coming")
    reply = await call("oh no, Thursday I have the eye doctor, is there anything on Tuesday?")
    assert "Tuesday, December 1st" in reply.text
    assert "Monday" not in reply.text


async def test_another_detail_after_a_wrong_one_is_no_change_of_address() -> None:
    call = Call()
    await call("where is order 10442")
    await call("zip 02138")
    reply = await call("huh, oh you know what, that's my old apartment. how about my phone, 617-555-0142?")
    assert "tomorrow" in reply.text
    assert call.level == 2


async def test_once_more_after_hang_on_repeats() -> None:
    call = await verified(ShopInMemory())
    assert "tomorrow" in (await call("hang on, let me get a pencil... go again?")).text


async def test_what_to_prepare_is_told_with_the_number_that_was_given_first() -> None:
    booked = slots().model_copy(update={"checklist": ("Clear the hallway",)})
    shop = ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=()), appointments=(booked,))
    reply = await Call(shop)("I got a washer coming, 10442, 02139 on the zip, what do I gotta have ready for you guys")
    assert "Clear the hallway." in reply.text


async def test_okay_thanks_cancels_nothing() -> None:
    call = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    await call("cancel order 10442, zip 02139, last four 4242")
    reply = await call("okay thanks")
    assert call.store.performed == []
    assert "Are you sure?" in reply.text
    await call("yes, cancel it")
    assert [change.name for change in call.store.performed] == ["cancel_order"]


async def test_a_remark_at_a_return_opens_none() -> None:
    call = Call(delivered())
    await call("I want to return the tray, order 10442, zip 02139, last four 4242")
    await call("it's just too heavy")
    assert call.store.performed == []


async def test_a_variant_that_is_gone_is_not_swapped_for_another() -> None:
    shop = delivered(items=(Item(name="Lantern, small"),), stock={"Lantern, medium": 0, "Lantern, large": 2})
    reply = await Call(shop)("I'd like to exchange it for a medium, order 10442, zip 02139, last four 4242")
    assert "out of stock" in reply.text


async def test_where_to_send_it_after_a_return_was_opened() -> None:
    call = Call(delivered())
    await call("I want to return the tray, order 10442, zip 02139, last four 4242")
    await call("yes")
    reply = await call("where do I send it")
    assert "I don't have the shipping steps here." in reply.text
    assert len(call.store.performed) == 1


async def test_a_day_with_a_but_is_not_chosen_and_one_that_is_not_offered_is_said() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=3))  # Tuesday and Thursday
    missed = parcel(status=ShipmentStatus.ATTEMPT_FAILED, expected=None, redelivery=days)
    call = Call(ShopInMemory(order(shipments=(missed,))))
    reply = await call("I got a missed delivery slip, it says tomorrow but I work, order 10442, zip 02139")
    assert "Which day" in reply.text
    await call("thursday")
    other = await call("saturday?")
    assert "tomorrow or Thursday" in other.text
    assert call.store.performed == []


async def test_why_is_no_yes() -> None:
    scan = TrackingEvent(at=NOW - timedelta(hours=3), text="Severe weather", place="Boise, ID")
    late = parcel(status=ShipmentStatus.DELAYED, events=(scan,))
    call = await verified(ShopInMemory(order(shipments=(late,))), "my package is late")
    reply = await call("why")
    assert "Severe weather." in reply.text
    assert "Which number" not in reply.text


async def test_an_order_is_looked_up_by_telephone_number_when_that_is_asked_for() -> None:
    call = Call()
    assert "phone number" in (await call("can you look up my order by phone number")).text
    assert "ZIP" in (await call("617 555 0142")).text


async def test_a_day_that_was_thought_of_moves_no_delivery() -> None:
    call = await verified(ShopInMemory())
    reply = await call("oh I thought wednesday")
    assert "tomorrow" in reply.text
    await call("hm okay")
    assert call.store.performed == []


async def test_an_e_mail_to_be_sent_again_changes_no_address() -> None:
    call = Call()
    await call("can you resend the confirmation email")
    assert "address_change" not in call.conversation.state.intents
