"""Whole calls as people make them: words beside the question, details in pieces, a no that says more."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from dialog_world import NOW, TODAY, Call, ShopInMemory, order, parcel, verified

from asterisk_agent.commerce.models import (
    Appointment,
    DeliverySlot,
    OrderStatus,
    PickupPoint,
    Refund,
    Return,
    ShipmentStatus,
    Subscription,
)
from asterisk_agent.dialog.protocol import Hangup, Reply, Transfer

DELIVERED = parcel(status=ShipmentStatus.DELIVERED, expected=None, delivered_at=NOW - timedelta(days=1))
PREPARED = order(status=OrderStatus.PROCESSING, shipments=())


async def said(call: Call, *turns: str) -> Reply:
    """The reply to the last of several turns."""
    for turn in turns[:-1]:
        await call(turn)
    return await call(turns[-1])


async def trusted(shop: ShopInMemory) -> Call:
    """A call whose caller may change the order."""
    call = await verified(shop)
    await call("and the last four of my card are 4242")
    assert call.level == 3
    return call


def arrived() -> ShopInMemory:
    return ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(DELIVERED,)))


# --- who calls, and about what ---


async def test_an_order_number_that_is_found_after_all_is_taken_where_a_phone_number_was_asked_for() -> None:
    reply = await said(Call(), "where's my order", "I don't have the number", "okay it's one zero four four two")
    assert "on its way" in reply.text


async def test_looking_for_the_number_is_waited_for() -> None:
    reply = await said(Call(), "where's my order", "oh shoot I don't have it in front of me, hold on")
    assert reply.text == "Take your time."


async def test_a_phone_number_stands_for_the_order_number() -> None:
    call = Call()
    assert "ZIP code" in (await said(call, "where's my stuff", "617 555 0142")).text
    await call("02139")
    assert call.level == 1


async def test_a_phone_number_and_two_details_open_what_the_number_and_one_do() -> None:
    call = Call()
    reply = await said(call, "where's my stuff", "I dunno the number, can you look it up by my phone", "617 555 0142")
    assert "ZIP code" in reply.text
    reply = await said(call, "02139", "4242")
    assert call.level == 2
    assert "tomorrow" in reply.text


async def test_another_subject_is_none_of_the_order_even_when_it_begins_with_when() -> None:
    reply = await said(Call(), "where's my order", "10442", "when the football game last night")
    assert "only help with orders" in reply.text
    assert "ZIP code" in reply.text


async def test_the_calling_number_is_no_detail_even_when_it_has_found_the_order() -> None:
    call = Call(number="+16175550142")
    await call.conversation.greeting()
    await said(call, "yes", "I don't have it on me", "02139")
    assert call.level == 1
    await call("the order number is one zero four four two")
    assert call.level == 2


async def test_an_email_address_that_finds_nothing_is_said_to_find_nothing() -> None:
    reply = await said(Call(), "where's my order", "I don't have the number", "somebody at example dot com")
    assert reply.text.startswith("I can't find an order with that.")


async def test_a_zip_code_comes_in_pieces() -> None:
    call = Call()
    assert "0 2 1 so far" in (await said(call, "where's order 10442", "oh two one")).text
    await call("three nine")
    assert call.level == 2


async def test_the_number_of_a_parcel_is_neither_an_order_nor_a_detail() -> None:
    call = Call()
    reply = await said(call, "I have a tracking number, can you look that up", "4490 4430 4137 821")
    assert "didn't catch the order number" in reply.text
    await call("10442")
    assert call.conversation._state.identity.failures == 0


async def test_two_order_numbers_in_one_breath_are_served_one_after_the_other() -> None:
    other = order("10467", status=OrderStatus.PROCESSING, shipments=())
    call = Call(ShopInMemory(order(), other))
    reply = await said(call, "I need to check on two orders", "10442 and 10467", "02139")
    assert "on its way" in reply.text
    assert call.conversation._state.identity.failures == 0
    assert "being prepared" in (await call("and the other one")).text


@pytest.mark.parametrize(
    "words",
    [
        "yes ma'am I'm calling about my couch",
        "where's my garden hose",
        "you guys just called me",
        "I've got a question about two orders",
        "I need somebody to tell me what in the world is going on with my order",
    ],
)
async def test_words_without_the_word_order_are_about_one(words: str) -> None:
    assert "order number" in (await Call()(words)).text


async def test_a_name_alone_is_a_greeting() -> None:
    assert (await Call()("hi this is Loretta")).text == "Hello. How can I help?"


# --- beside the question ---


async def test_an_item_named_too_early_is_remembered() -> None:
    reply = await said(Call(arrived()), "one of the things I got is cracked", "the tray", "it's 10442, zip 02139")
    assert "about the Walnut Tray" in reply.text


async def test_a_new_address_given_too_early_is_remembered() -> None:
    call = Call(ShopInMemory(PREPARED))
    reply = await said(
        call,
        "can you ship it to my work instead",
        "10442",
        "02139",
        "it's 400 Madison Avenue Cambridge 02139",
        "last four 4242",
    )
    assert "400 Madison Ave, Cambridge" in reply.text


async def test_a_house_number_put_right_leaves_the_apartment() -> None:
    call = await trusted(ShopInMemory(PREPARED))
    reply = await said(
        call,
        "I need to change the address",
        "88 Glenwood Avenue apartment 12 Cambridge 02139",
        "no wait 80 Glenwood, not 88",
    )
    assert "80 Glenwood Ave, Apt 12" in reply.text
    await call("yes")
    assert "80 Glenwood Ave, Apt 12" in (await call("so it goes to the new place now")).text


async def test_a_reason_for_a_return_is_no_complaint() -> None:
    call = await trusted(arrived())
    assert "Shall I?" in (await said(call, "I want to return the tray", "it's scratched up a bit I don't like it")).text
    assert "The return is open." in (await call("yes")).text


async def test_what_is_wanted_for_a_broken_thing_agrees_to_the_claim() -> None:
    call = await verified(arrived())
    await call("the walnut tray is cracked")
    reply = await call("I don't want money I want another one")
    assert "The claim is open." in reply.text
    assert "The claim is with our team." in (await call("do I need to send the broken one back")).text


@pytest.mark.parametrize("pressing", ["well what are you gonna do about it", "so what do I do with it"])
async def test_being_pressed_for_a_remedy_puts_the_offer_again(pressing: str) -> None:
    call = await verified(arrived())
    await call("the walnut tray is cracked")
    assert "I can open a claim" in (await call(pressing)).text


@pytest.mark.parametrize(
    "words", ["that's not good enough", "that's too late, it's a birthday present", "this is unacceptable"]
)
async def test_discontent_is_offered_a_person_and_never_ends_the_call(words: str) -> None:
    call = await verified(ShopInMemory())
    reply = await said(call, "where is it", words)
    assert "put you through to a person" in reply.text
    assert reply.action is None


async def test_both_things_are_sent_back_one_after_the_other() -> None:
    call = await trusted(arrived())
    assert "one after the other" in (await said(call, "I want to return something", "both")).text
    assert "Cobalt Lantern" in (await call("the lantern")).text


async def test_an_item_by_itself_starts_the_return_that_was_offered() -> None:
    shop = ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(DELIVERED,), return_window_days=30))
    call = await trusted(shop)
    assert "start that now" in (await call("can I still send it back")).text
    assert "return for the Walnut Tray" in (await call("the tray")).text


async def test_cancelling_one_thing_never_becomes_the_whole_order() -> None:
    call = await trusted(ShopInMemory(PREPARED))
    assert "cancel the Walnut Tray" in (await call("cancel the walnut tray, keep the rest")).text
    assert "cancel the Walnut Tray" in (await call("cancel one")).text


async def test_great_names_no_item() -> None:
    call = await verified(arrived())
    assert "Walnut" not in (await said(call, "something in it was broken", "great")).text


# --- a no that says more, and what ends a call ---


@pytest.mark.parametrize(
    "words", ["no I never got it", "no, another question about the tray", "and the other one", "oh ok so it's coming"]
)
async def test_a_no_that_says_more_does_not_end_the_call(words: str) -> None:
    call = await verified(arrived())
    reply = await said(call, "where is it", words)
    assert not isinstance(reply.action, Hangup)


@pytest.mark.parametrize(
    "words",
    [
        "no that's all",
        "no I think that's it",
        "nope I'm good thanks",
        "no everything else is fine",
        "no that answers my question",
        "nah",
    ],
)
async def test_a_no_that_says_no_more_ends_it(words: str) -> None:
    call = await verified(ShopInMemory())
    assert isinstance((await said(call, "where is it", words)).action, Hangup)


async def test_yes_may_come_last() -> None:
    call = await trusted(ShopInMemory(PREPARED))
    await call("cancel my order")
    assert "The order is cancelled." in (await call("the whole thing yeah")).text


async def test_a_person_is_understood_in_one_word_at_any_question() -> None:
    call = await verified(arrived())
    await call("something in it was broken")
    assert isinstance((await call("ugh. person")).action, Transfer)


async def test_the_parcel_that_turns_up_ends_the_complaint() -> None:
    call = await verified(arrived())
    await call("it says delivered but I never got it")
    assert (await call("oh there it is I see it")).text == "All right. Is there anything else?"


# --- what can be told, and what cannot ---


@pytest.mark.parametrize("words", ["so it won't be here today", "so it isn't coming this week then"])
async def test_a_day_that_is_denied_is_answered_with_the_day(words: str) -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", words)
    assert reply.text.startswith("It's expected tomorrow.")


async def test_whether_somebody_must_sign_is_said_to_be_unknown() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "okay is somebody gotta sign for it")
    assert "can't see whether" in reply.text


async def test_nothing_is_passed_on_to_the_driver() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "can you tell the driver to ring the bell")
    assert "driver myself" in reply.text


async def test_when_the_shop_opens_is_told_while_it_is_closed() -> None:
    call = Call()
    call.hours.opens = NOW + timedelta(hours=3)
    assert "back today at 1 PM" in (await call("what time do you open")).text


async def test_why_an_order_was_cancelled_is_not_made_up() -> None:
    call = Call(ShopInMemory(order(status=OrderStatus.CANCELLED, shipments=())))
    reply = await said(call, "you cancelled my order, why", "10442")
    assert "don't have the reason" in reply.text


async def test_the_rest_of_an_order_in_two_parcels_is_no_claim_while_one_is_on_its_way() -> None:
    call = await verified(ShopInMemory(order(shipments=(DELIVERED, parcel(tracking="1Z999AA10123456785")))))
    assert "two packages" in (await call("I only got half my order")).text


async def test_the_next_box_moves_by_weeks() -> None:
    box = Subscription(id="s1", customer_id="c1", status="active", next_date=TODAY + timedelta(days=7))
    call = await verified(ShopInMemory(order(), subscriptions=(box,)))
    await call("when is my next box")
    assert "Monday, December 7th" in (await call("can you push it back a week")).text


async def test_an_hour_is_answered_for_a_missed_day_of_work() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    missed = parcel(status=ShipmentStatus.ATTEMPT_FAILED, redelivery=days)
    call = await verified(ShopInMemory(order(shipments=(missed,))))
    reply = await said(call, "I missed the delivery", "well I'm working tomorrow")
    assert "Which one would you like?" in reply.text


async def test_what_to_send_again_is_left_to_people() -> None:
    back = Return(number="R1", status="open")
    call = await verified(ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(DELIVERED,), returns=(back,))))
    reply = await said(call, "I lost my return label", "can you send it again")
    assert "put you through to a person" in reply.text


@pytest.mark.parametrize("words", ["you're the third person I'm talking to today", "this is the worst company ever"])
async def test_anger_is_answered_with_regret_and_the_question(words: str) -> None:
    assert (await Call()(words)).text == "I'm sorry about the trouble. How can I help?"


async def test_anger_after_an_answer_is_offered_a_person() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "this is the worst company ever")
    assert reply.text == "I'm sorry about the trouble. Shall I put you through to a person?"


async def test_nobody_here_can_hurry_an_order() -> None:
    reply = await said(await verified(ShopInMemory(PREPARED)), "when will it ship", "can you put a rush on it")
    assert reply.text == "I can't speed it up myself. Shall I put you through to a person?"


async def test_what_was_done_is_undone_by_people() -> None:
    call = await trusted(arrived())
    reply = await said(call, "I want to return the tray", "yes", "wait no I want to keep it")
    assert reply.text == "I can't help with that myself. Shall I put you through to a person?"
    assert len(call.store.performed) == 1


async def test_only_the_whole_order_is_ordered_again() -> None:
    call = await trusted(arrived())
    reply = await said(call, "I'd like to order the same tray again", "just the tray")
    assert reply.text.startswith("I can only order all of it again.")


async def test_why_a_shipped_order_is_not_cancelled_is_told_with_the_offer() -> None:
    reply = await said(await verified(ShopInMemory()), "can you cancel it", "why not")
    assert reply.text == "It has already shipped. Shall I put you through to a person?"


async def test_no_after_an_open_question_says_goodbye() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "yes", "no")
    assert isinstance(reply.action, Hangup)


async def test_an_apartment_put_right_before_it_is_asked_for() -> None:
    call = Call(ShopInMemory(PREPARED))
    reply = await said(call, "the apartment on order 10442 is wrong", "02139", "it should be apartment 8", "4242")
    assert "12 Maple St" in reply.text
    assert "Apt 8" in reply.text


async def test_the_hours_of_a_pickup_place_are_told() -> None:
    place = PickupPoint(name="Post Office, 435 South Street", hours="9 AM to 5 PM")
    held = parcel(status=ShipmentStatus.AVAILABLE_FOR_PICKUP, pickup=place.name, pickup_points=(place,))
    call = await verified(ShopInMemory(order(shipments=(held,))))
    assert "It's open 9 AM to 5 PM." in (await call("are they open Saturday")).text


async def test_the_number_of_what_was_opened_is_told_again() -> None:
    call = await trusted(arrived())
    opened = await said(call, "I want to return the tray", "yes")
    reference = opened.text.split("number is ")[1].split(".")[0]
    assert (await call("what's the return number again")).text.startswith(f"Its number is {reference}.")


@pytest.mark.parametrize("words", ["I don't see it", "it's not here"])
async def test_not_seeing_a_delivered_parcel_is_a_complaint(words: str) -> None:
    assert "Have you looked around the door" in (await said(await verified(arrived()), "is it there", words)).text


async def test_found_after_all_is_no_yes_to_a_person() -> None:
    reply = await said(
        await verified(arrived()), "I never got it", "can you check with the driver", "ok found it, thanks"
    )
    assert reply.action is None


async def test_another_thing_than_the_order_holds_is_another_order() -> None:
    assert "order number" in (await said(await verified(ShopInMemory()), "where is it", "and the blanket")).text


async def test_an_email_that_should_come_again_is_no_return() -> None:
    reply = await said(await verified(ShopInMemory(PREPARED)), "is my order confirmed", "can you resend the email")
    assert reply.text.startswith("I can't help with that myself.")


async def test_another_time_of_day_moves_a_booked_delivery() -> None:
    day = NOW + timedelta(days=3)
    booked = Appointment(
        order="10442",
        start=day.replace(hour=12),
        end=day.replace(hour=16),
        slots=(DeliverySlot(start=day.replace(hour=8), end=day.replace(hour=12)),),
    )
    call = await verified(ShopInMemory(PREPARED, appointments=(booked,)))
    reply = await said(call, "when is my furniture delivery", "can I get the morning instead")
    assert "between 8 AM and noon" in reply.text


async def test_the_zip_code_may_follow_a_number_that_was_read_back() -> None:
    call = Call()
    assert "Is that right?" in (await said(call, "where's my order", "10424", "no, four two at the end. 10442")).text
    await call("02139")
    assert call.level == 2


async def test_nothing_of_it_is_mine_is_a_claim_about_all_of_it() -> None:
    call = await verified(arrived())
    assert "I can open a claim for our team." in (await said(call, "my order was wrong", "none of it's mine")).text


BOX = Subscription(id="s1", customer_id="c1", status="active", next_date=TODAY + timedelta(days=7))


async def test_which_box_is_answered_by_what_is_to_be_confirmed() -> None:
    call = await verified(ShopInMemory(order(), subscriptions=(BOX,)))
    first = await call("skip my box")
    assert (await call("wait which box")).text == first.text
    assert "skipped" in (await call("ok yes")).text


@pytest.mark.parametrize(
    "words", ["I want my coffee box every two months instead", "can I get my subscription box less often"]
)
async def test_how_often_a_box_comes_is_changed_by_people(words: str) -> None:
    call = await verified(ShopInMemory(order(), subscriptions=(BOX,)))
    assert (await call(words)).text.startswith("I can't help with that myself.")


async def test_a_phone_number_on_the_order_is_changed_by_people() -> None:
    call = await verified(ShopInMemory(PREPARED))
    reply = await call("I need to update my phone number on the order")
    assert reply.text.startswith("I can't help with that myself.")


async def test_being_needed_at_home_is_no_wish_for_another_day() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "do they need me home")
    assert "can't see whether" in reply.text


async def test_the_wish_to_talk_about_an_order_is_no_wish_for_a_person() -> None:
    assert "on its way" in (await Call()("talk to me about order 10442")).text


async def test_a_wish_to_cancel_is_no_yes_to_another_question() -> None:
    late = parcel(status=ShipmentStatus.DELAYED, expected=TODAY + timedelta(days=5))
    call = await verified(ShopInMemory(order(shipments=(late,))), "why is my order late")
    assert "already shipped" in (await call("fine, cancel it")).text


async def test_anything_else_as_a_question_ends_nothing() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "anything else on that")
    assert "on its way" in reply.text


async def test_the_one_thing_that_came_is_not_the_missing_one() -> None:
    call = await verified(arrived())
    assert "about the Cobalt Lantern" in (await said(call, "something is missing", "just the tray came")).text


async def test_somebody_who_called_is_asked_after_not_asked_for() -> None:
    assert "order number" in (await Call()("did somebody call me from there")).text


async def test_you_all_is_not_all_of_the_order() -> None:
    call = await trusted(arrived())
    assert "one after the other" not in (await said(call, "I want to return something", "do y'all send a label")).text


async def test_goodbye_ends_the_call_at_any_question() -> None:
    late = parcel(status=ShipmentStatus.DELAYED, expected=TODAY + timedelta(days=5))
    call = await verified(ShopInMemory(order(shipments=(late,))), "why is my order late")
    assert isinstance((await said(call, "yes text me", "no bye")).action, Hangup)


async def test_changes_need_the_order_number_itself() -> None:
    call = Call(ShopInMemory(PREPARED))
    reply = await said(call, "cancel my order", "I don't have the number", "617 555 0142", "02139", "4242")
    assert call.level == 2
    assert "order number" in reply.text
    assert "Are you sure?" in (await call("oh it's 10442")).text


@pytest.mark.parametrize(
    ("left", "answer"),
    [(NOW - timedelta(days=2), "It shipped on Saturday"), (None, "I don't have the day it shipped.")],
)
async def test_when_it_shipped_is_not_when_it_comes(left: datetime | None, answer: str) -> None:
    call = await verified(ShopInMemory(order(shipments=(parcel(shipped_at=left),))))
    assert (await call("ok when did it ship")).text.startswith(answer)


async def test_why_something_goes_back_may_be_said_at_any_question() -> None:
    call = await verified(arrived())
    reply = await said(call, "I want to return the tray", "because it's broken")
    assert "last four" in reply.text


async def test_the_zip_code_may_come_with_the_whole_address() -> None:
    reply = await said(Call(), "where's order 10442", "my address is 9 Canal Street, Cambridge, Massachusetts 02139")
    assert "expected" in reply.text


async def test_no_zip_means_that_it_is_not_at_hand() -> None:
    assert "last four" in (await said(Call(), "where's order 10442", "no zip")).text


async def test_four_digits_alone_are_the_card_where_the_zip_code_was_asked_for() -> None:
    assert "Are you sure?" in (await said(await verified(ShopInMemory(PREPARED)), "cancel my order", "4242")).text


async def test_is_that_all_is_a_question() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "that's it?")
    assert reply.text.startswith("That's all I have here.")
    assert reply.action is None


@pytest.mark.parametrize("asks", ["what do I do then", "so what am I supposed to do now"])
async def test_what_to_do_is_answered_with_what_is_offered(asks: str) -> None:
    late = parcel(status=ShipmentStatus.DELAYED, expected=TODAY - timedelta(days=1))
    reply = await said(await verified(ShopInMemory(order(shipments=(late,)))), "why is my order late", asks)
    assert reply.text == "Would you like a person to look into it?"


async def test_what_is_wished_for_in_exchange_is_taken_from_the_request() -> None:
    call = await trusted(arrived())
    reply = await call("can I exchange the tray for a bigger one")
    assert "for a bigger one" in reply.text
    assert "for a bigger one" in (await call("it's too small")).text
    await call("sure")
    assert "don't have a date" in (await call("and when's that come")).text


async def test_returned_to_the_sender_is_about_the_parcel() -> None:
    call = Call()
    await call("tracking says returned to sender what's that about")
    assert call.conversation.state.intent == "order_status"


async def test_the_other_order_is_asked_for() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "okay. and the other order?")
    assert "order number" in reply.text


async def test_the_driver_hears_nothing_from_here() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "could it be left with my neighbor")
    assert "can't pass anything on" in reply.text


async def test_a_carrier_is_confirmed_in_other_words() -> None:
    shop = ShopInMemory(order(shipments=(parcel(carrier="USPS"),)))
    assert (await said(await verified(shop), "where is it", "and it's the post office right")).text.startswith(
        "It's with USPS."
    )


# --- beside the question, and after the deed ---


async def test_whether_all_is_well_is_no_complaint() -> None:
    reply = await said(await verified(ShopInMemory(PREPARED)), "where is it", "so nothing's gone wrong with it")
    assert reply.text.startswith("Your order is being prepared.")


async def test_having_asked_the_neighbors_declines_no_claim() -> None:
    reply = await said(await verified(arrived()), "it never came", "no there's nothing there", "nope asked them too")
    assert "Shall I?" in reply.text


async def test_a_refund_that_does_not_show_is_no_lost_parcel() -> None:
    refund = Refund(amount=order().total, status="issued", issued_at=NOW - timedelta(days=2))
    shop = ShopInMemory(order(status=OrderStatus.DELIVERED, shipments=(DELIVERED,), refunds=(refund,)))
    call = await verified(shop, "where's my refund")
    assert "refund" in (await call("it's not on my statement")).text
    assert "next step" in (await call("if it isn't there by the fifth who do I call")).text


async def test_something_off_the_order_is_not_the_whole_order() -> None:
    call = await trusted(ShopInMemory(PREPARED))
    assert (await call("I'd like to take something off my order")).text.startswith("Which item?")


async def test_not_to_cancel_is_no_wish_to_cancel() -> None:
    call = await trusted(ShopInMemory(PREPARED))
    assert "cancel" not in (await call("no not cancel, change it")).text


async def test_the_expected_day_may_be_asked_for_in_two_words() -> None:
    assert "expected" in (await said(await verified(ShopInMemory()), "where is it", "Friday yes? this Friday?")).text


async def test_a_detail_after_the_deed_does_nothing_twice() -> None:
    call = await verified(arrived())
    await said(call, "the lantern is broken", "yes please")
    assert len(call.desk.requests) == 1
    assert (await call("4242")).text == "What else can I help with?"


async def test_a_question_after_okay_agrees_to_nothing() -> None:
    point = PickupPoint(name="UPS Access Point, 4427 Monroe Street", until=TODAY + timedelta(days=5))
    missed = parcel(
        status=ShipmentStatus.ATTEMPT_FAILED, redelivery=(TODAY + timedelta(days=1),), pickup_points=(point,)
    )
    call = await verified(ShopInMemory(order(shipments=(missed,))), "they missed me, I'd rather pick it up")
    reply = await call("okay until when can I get it")
    assert "kept there until" in reply.text
    assert "Is that right?" in reply.text


async def test_a_problem_with_the_address_is_told_before_days_are_asked_for() -> None:
    bad = parcel(status=ShipmentStatus.EXCEPTION)
    call = Call(ShopInMemory(order(shipments=(bad,))))
    reply = await said(call, "UPS tried to deliver and said the address was bad", "10442", "02139")
    assert "a problem with the delivery" in reply.text


async def test_who_did_not_cancel_is_offered_a_person() -> None:
    shop = ShopInMemory(order(status=OrderStatus.CANCELLED, shipments=()))
    assert "person" in (await said(await verified(shop), "it says cancelled, I never cancelled it")).text


async def test_only_once_is_a_box_skipped_not_a_pause() -> None:
    box = Subscription(id="S1", customer_id="c1", next_date=TODAY + timedelta(days=7), contents=("Guji",))
    call = await trusted(ShopInMemory(order(), subscriptions=(box,)))
    assert "until you tell us" in (await call("hold off on my subscription")).text
    assert "skip" in (await call("just for a month")).text


async def test_whether_the_address_is_whole_is_no_wish_to_change_it() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "is that with the apartment number")
    assert "It's going to" in reply.text


@pytest.mark.parametrize("wish", ["can I change the quantity then", "could you add one more to it"])
async def test_what_cannot_be_changed_is_said(wish: str) -> None:
    assert "can't help with that myself" in (await said(await verified(ShopInMemory(PREPARED)), wish)).text


async def test_no_leave_it_is_taken_kindly() -> None:
    reply = await said(await verified(ShopInMemory(PREPARED)), "where is it", "no leave it")
    assert reply.text == "All right. Is there anything else?"


async def test_what_is_not_at_the_door_is_the_parcel_and_is_to_be_found() -> None:
    call = await verified(arrived())
    assert "Have you looked" in (await said(call, "where is it", "it's not there")).text
    assert "claim" in (await call("no just find it")).text


async def test_who_would_rather_not_pay_to_send_it_back_opens_no_return() -> None:
    call = await verified(arrived())
    reply = await said(call, "the lantern is broken", "yes please", "I don't want to pay to ship it back")
    assert "with our team" in reply.text


@pytest.mark.parametrize("asks", ["do you speak Spanish", "hola, habla español"])
async def test_another_language_is_a_matter_for_people(asks: str) -> None:
    assert (await Call()(asks)).text == "I only speak English. Shall I put you through to a person?"


async def test_texts_that_nobody_wants_are_stopped_and_nothing_is_cancelled() -> None:
    call = Call()
    assert isinstance((await call("can you make these texts stop")).action, Hangup)
    assert len(call.desk.requests) == 1


async def test_a_number_that_is_not_known_here_is_not_made_up() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "alright what's UPS's number")
    assert "don't have that" in reply.text


async def test_a_yes_with_nothing_in_it_leaves_no_feedback() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "yep same zip")
    assert reply.text == "What else can I help with?"


async def test_a_call_that_never_came_is_no_return() -> None:
    call = Call()
    await call("somebody said they'd call me back about my order")
    assert "return" not in call.conversation.state.intent


async def test_who_missed_a_call_of_ours_asks_about_an_order() -> None:
    assert "order number" in (await Call()("I just got a voicemail from you guys about a delivery")).text


async def test_whether_it_may_come_sooner_is_answered_plainly() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "could it come early")
    assert "can't speed it up" in reply.text


async def test_a_no_that_wants_a_refund_declines_no_claim() -> None:
    call = await verified(arrived())
    assert "Shall I?" in (await said(call, "someone stole my package, I looked everywhere", "no I want a refund")).text
    assert "with our team" in (await said(call, "yes", "what do you need from me")).text


async def test_what_was_ordered_and_where_it_is_is_no_complaint() -> None:
    call = Call()
    await call("I ordered a blanket and a lamp, where are they")
    assert call.conversation.state.intent == "order_status"


async def test_more_proof_than_is_needed_repeats_nothing() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "4242")
    assert reply.text == "What else can I help with?"


@pytest.mark.parametrize("words", ["you guys keep saying that and it never comes", "I'm not waiting till Friday"])
async def test_impatience_is_met_with_a_person(words: str) -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", words)
    assert reply.text.startswith("I'm sorry")
    assert reply.text.endswith("Shall I put you through to a person?")


async def test_one_box_is_no_subscription() -> None:
    assert "subscription" not in (await said(await verified(ShopInMemory()), "where is it", "both in one box?")).text


async def test_a_wish_for_a_person_is_no_yes_however_politely_it_is_put() -> None:
    call = await verified(arrived())
    assert "start a return" in (await call("did you get my return")).text
    assert isinstance((await call("a person please")).action, Transfer)


async def test_cancel_this_one_then_means_the_order() -> None:
    call = await trusted(ShopInMemory(PREPARED))
    assert (await said(call, "cancel my order", "ok cancel this one then")).text.startswith("Done. The order is canc")


async def test_may_i_have_the_tracking_number_asks_for_it() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "Thank you. May I also have the tracking number")
    assert reply.text.startswith("The tracking number is")


async def test_a_question_of_yes_or_no_is_put_a_second_time() -> None:
    late = parcel(status=ShipmentStatus.DELAYED, expected=TODAY + timedelta(days=5))
    call = await verified(ShopInMemory(order(shipments=(late,))), "my order hasn't moved in days")
    assert "text message" in (await call("the blue one")).text


async def test_taking_note_agrees_to_no_transfer() -> None:
    call = Call()
    offer = await said(call, "I paid and never got anything", "10442", "02139")
    assert "Would you like a person" in offer.text
    reply = await call("oh okay, Friday, so it is coming")
    assert reply.action is None
    assert reply.text == "All right. Is there anything else?"


async def test_who_paid_and_got_nothing_asks_for_no_refund_yet() -> None:
    call = Call()
    await call("I paid and never got anything")
    assert call.conversation.state.intent == "complaint_missing_damaged"


async def test_an_apology_repeats_nothing() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "oh sorry about that")
    assert reply.text == "All right. Is there anything else?"


async def test_disbelief_is_met_kindly() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "Monday? are you kidding me")
    assert reply.text.startswith("I'm sorry")


async def test_the_rest_of_the_order_is_asked_after_by_name() -> None:
    call = await trusted(ShopInMemory(PREPARED))
    reply = await said(call, "cancel just the lantern", "yes", "and the tray's still coming")
    assert "rest of the order stays" in reply.text


async def test_it_is_fine_lets_a_change_be() -> None:
    call = await verified(ShopInMemory(PREPARED))
    reply = await said(call, "can I still change the address", "nah it's fine leave it")
    assert reply.text.startswith("All right.")


async def test_clearing_the_way_is_no_other_day() -> None:
    slot = DeliverySlot(start=NOW + timedelta(days=3), end=NOW + timedelta(days=3, hours=4))
    booked = Appointment(order="10442", start=slot.start, end=slot.end, checklist=("Clear the hallway.",))
    call = await verified(ShopInMemory(PREPARED, appointments=(booked,)), "when does the sofa come")
    assert "Clear the hallway" in (await call("do I need to move stuff out of the way")).text


async def test_what_nobody_here_knows_about_the_driver_is_said() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "will he ring the bell")
    assert "don't have that in my notes" in reply.text


async def test_a_sum_is_no_order_number() -> None:
    assert "order number" in (await Call()("my refund was supposed to be 49.99")).text


async def test_where_what_i_ordered_is_asks_for_no_list_of_items() -> None:
    reply = await said(Call(), "where's what I ordered", "10442", "02139")
    assert reply.text.startswith("Your order is on its way.")


async def test_alright_leave_it_then_agrees_to_nothing() -> None:
    reply = await said(await verified(ShopInMemory()), "can I get it held at a UPS store", "alright leave it then")
    assert reply.action is None
    assert reply.text.startswith("All right.")


async def test_who_has_said_it_all_before_gives_no_feedback() -> None:
    reply = await Call()("look I already gave my number to the other guy")
    assert reply.text == "I'm sorry about the trouble. How can I help?"


async def test_a_question_after_yes_is_a_question() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "yeah what did he say, it's Friday?")
    assert reply.text != "What else can I help with?"


async def test_what_to_do_at_a_choice_of_days_is_to_choose_one() -> None:
    missed = parcel(
        status=ShipmentStatus.ATTEMPT_FAILED, redelivery=(TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    )
    call = await verified(ShopInMemory(order(shipments=(missed,))), "they missed me")
    assert "Which day" in (await said(call, "yes", "well what can I do")).text


async def test_a_number_to_call_the_carrier_at_is_not_known_here() -> None:
    reply = await said(await verified(ShopInMemory()), "where is it", "is there a number I can call at UPS")
    assert "don't have that" in reply.text


async def test_keeping_it_sends_nothing_back() -> None:
    call = await verified(arrived())
    await said(call, "where is it", "can I keep it")
    assert call.conversation.state.intent != "start_return_exchange"


async def test_why_a_person_is_needed_asks_for_none() -> None:
    box = Subscription(id="S1", customer_id="c1", next_date=TODAY + timedelta(days=7), contents=("Guji",))
    call = await verified(ShopInMemory(order(), subscriptions=(box,)), "I want to cancel my subscription")
    assert (await call("why do I need a person")).action is None


async def test_a_no_to_having_looked_leads_to_a_claim() -> None:
    call = await verified(arrived())
    reply = await said(call, "it says delivered to the front desk, I never got it", "no we don't have a front desk")
    assert "claim" in reply.text


async def test_goodbye_after_okay_at_the_offer_of_a_person_ends_the_call() -> None:
    call = await verified(ShopInMemory(PREPARED))
    reply = await said(call, "can you add one more to it", "ok I'll do it online, bye")
    assert isinstance(reply.action, Hangup)


async def test_thanks_at_the_offer_of_a_person_is_no_yes() -> None:
    reply = await said(await verified(ShopInMemory(PREPARED)), "can you add one more to it", "alright dear, thank you")
    assert reply.action is None
    assert reply.text.startswith("You're welcome.")


async def test_no_thats_right_confirms_a_number() -> None:
    reply = await said(Call(), "where is order 80001", "no that's right")
    assert "don't have an order with that number" in reply.text


async def test_a_number_that_is_dropped_is_let_be() -> None:
    reply = await said(Call(), "where's my order", "forget it")
    assert reply.text.startswith("All right.")


async def test_hours_of_work_are_no_other_subject_where_a_day_is_asked_for() -> None:
    days = (TODAY + timedelta(days=1), TODAY + timedelta(days=2))
    missed = parcel(status=ShipmentStatus.ATTEMPT_FAILED, redelivery=days)
    call = await verified(ShopInMemory(order(shipments=(missed,))), "I got a missed delivery notice")
    assert "only help with orders" not in (await said(call, "yes", "well I'm never home before six")).text


async def test_what_is_the_tracking_asks_for_the_number() -> None:
    assert (
        "tracking number is" in (await said(await verified(ShopInMemory()), "where is it", "what's the tracking")).text
    )
