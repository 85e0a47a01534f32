"""What is said about every state an order and its parcels can be in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from dialog_world import NOW, PARCEL, SECRETS, TODAY, ZONE, order, parcel

from asterisk_agent.commerce.models import Order, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.dialog.answers import Answers
from asterisk_agent.dialog.identity import Identity
from asterisk_agent.dialog.tools import OrderTools, View
from asterisk_agent.dialog.wording import catalogue

ANSWERS = Answers(catalogue(), ZONE)
DATED = re.compile(r"\d|today|tomorrow|yesterday|Monday|November|AM|PM")

TRUE_WORDS = {
    ShipmentStatus.PRE_TRANSIT: "shipping label",
    ShipmentStatus.IN_TRANSIT: "on its way.",
    ShipmentStatus.OUT_FOR_DELIVERY: "out for delivery",
    ShipmentStatus.ATTEMPT_FAILED: "tried to deliver",
    ShipmentStatus.AVAILABLE_FOR_PICKUP: "ready for you to pick up",
    ShipmentStatus.DELIVERED: "delivered",
    ShipmentStatus.DELAYED: "delayed",
    ShipmentStatus.RETURNING: "on its way back",
    ShipmentStatus.EXCEPTION: "a problem with the delivery",
    ShipmentStatus.UNKNOWN: "don't have its current status",
}
TRUE_WORDS_WITHOUT_PARCEL = {
    OrderStatus.PENDING: "isn't being prepared yet",
    OrderStatus.PROCESSING: "being prepared",
    OrderStatus.ON_HOLD: "on hold",
    OrderStatus.PARTLY_SHIPPED: "part of your order has shipped",
    OrderStatus.SHIPPED: "has shipped",
    OrderStatus.DELIVERED: "delivered",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REFUNDED: "refunded",
}


async def view(one: Order, level: int = 2, live: bool = True, age: timedelta = timedelta(hours=2)) -> View:
    """The order as the tools show it at this level."""
    from dialog_world import Clock, ShopInMemory

    from asterisk_agent.commerce.lookup import Lookup

    store, clock = ShopInMemory(one), Clock(NOW if live else NOW - age)
    tools = OrderTools(Lookup(store, 0.2, clock), clock)
    identity = Identity().given(one.number)
    if level == 2:
        checked = await tools.check(one.number, identity, "zip", "02139")
        assert checked is not None
        identity = checked.identity
    seen = await tools.order(one.number, identity)
    if not live:
        clock.now, store.down = NOW, True
        seen = await tools.order(one.number, identity)
    assert seen is not None
    assert seen.level == level
    return seen


def said(seen: View) -> str:
    return " ".join(sentence.text for sentence in ANSWERS.status(seen, NOW))


@pytest.mark.parametrize("status", list(ShipmentStatus))
async def test_every_parcel_status_has_true_words_without_details_at_level_1(status: ShipmentStatus) -> None:
    text = said(await view(order(shipments=(parcel(status=status),)), level=1))
    assert TRUE_WORDS[status] in text
    assert not DATED.search(text)
    assert not any(secret in text.lower() for secret in SECRETS)


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_every_order_status_has_true_words_without_parcels(status: OrderStatus) -> None:
    text = said(await view(order(status=status, shipments=()), level=1))
    assert TRUE_WORDS_WITHOUT_PARCEL[status] in text.lower()
    assert not DATED.search(text)


@pytest.mark.parametrize("status", list(ShipmentStatus))
async def test_every_parcel_status_names_its_carrier_at_level_2(status: ShipmentStatus) -> None:
    text = said(await view(order(shipments=(parcel(status=status, delivered_at=None),))))
    assert "UPS" in text
    assert TRUE_WORDS[status] in text


@pytest.mark.parametrize("status", [*ShipmentStatus])
async def test_the_last_known_status_is_said_with_its_age(status: ShipmentStatus) -> None:
    for level in (1, 2):
        text = said(await view(order(shipments=(parcel(status=status),)), level=level, live=False))
        assert text.startswith("As of two hours ago,")
        assert "may have changed" in text


@pytest.mark.parametrize("status", [*OrderStatus])
async def test_the_last_known_order_status_is_said_with_its_age(status: OrderStatus) -> None:
    text = said(await view(order(status=status, shipments=()), live=False))
    assert text.startswith("As of two hours ago,")


async def tell(*shipments: Shipment, **changes: object) -> str:
    return said(await view(order(shipments=shipments, **changes)))


async def test_in_transit_in_full() -> None:
    assert await tell(PARCEL) == (
        "Your order is on its way. It's with UPS and expected tomorrow. "
        "The last scan was today at 6:12 AM, in Newark, New Jersey."
    )


async def test_out_for_delivery_today_with_a_window() -> None:
    at = NOW.replace(hour=14)
    out = parcel(
        status=ShipmentStatus.OUT_FOR_DELIVERY, expected=TODAY, expected_from=at, expected_to=at + timedelta(hours=4)
    )
    assert (await tell(out)).startswith("Your order is out for delivery today, between 2 PM and 6 PM. It's with UPS.")


async def test_out_for_delivery_in_an_old_scan_is_not_called_today() -> None:
    scan = PARCEL.events[0].model_copy(update={"at": NOW - timedelta(days=2)})
    old = parcel(status=ShipmentStatus.OUT_FOR_DELIVERY, expected=TODAY - timedelta(days=2), events=(scan,))
    text = await tell(old)
    assert text.startswith("Your order is out for delivery. It's with UPS. It was expected on") is False
    assert "today" not in text
    assert "so it's late" in text


async def test_delivered_says_when_and_where() -> None:
    done = parcel(
        status=ShipmentStatus.DELIVERED, delivered_at=NOW - timedelta(hours=20), left_at="front door", expected=TODAY
    )
    assert await tell(done) == (
        "Your order was delivered yesterday at 2 PM. The carrier was UPS. The carrier's note says: front door."
    )


async def test_late_is_called_late() -> None:
    text = await tell(parcel(expected=TODAY - timedelta(days=1)))
    assert "It was expected yesterday, so it's late." in text


async def test_later_than_promised_is_said_unasked() -> None:
    text = await tell(parcel(expected=TODAY + timedelta(days=3)), promised=TODAY + timedelta(days=1))
    assert "expected Thursday, November 26th" in text
    assert "later than we promised, which was tomorrow" in text


async def test_pickup_names_the_place_and_is_not_late() -> None:
    text = await tell(
        parcel(
            status=ShipmentStatus.AVAILABLE_FOR_PICKUP,
            pickup="the post office on Elm Street",
            expected=TODAY - timedelta(1),
        )
    )
    assert "pick it up at the post office on Elm Street" in text
    assert "late" not in text


async def test_several_parcels_are_told_apart() -> None:
    done = parcel(status=ShipmentStatus.DELIVERED, delivered_at=NOW - timedelta(days=1), carrier="fedex")
    assert await tell(done, PARCEL) == (
        "Your order comes in two packages. The first package was delivered yesterday at 10 AM. "
        "The second package is on its way. It's with UPS and expected tomorrow."
    )
    at_level_1 = said(await view(order(shipments=(done, PARCEL)), level=1))
    assert at_level_1 == (
        "Your order is in more than one package. Part of it shows as delivered. Another part is on its way."
    )


async def test_no_date_is_made_up_when_there_is_none() -> None:
    text = await tell(parcel(expected=None, events=()))
    assert text == "Your order is on its way. It's with UPS. The carrier gives no delivery date yet."


async def test_a_cancelled_order_is_cancelled_whatever_its_parcels_do() -> None:
    assert (await tell(PARCEL, status=OrderStatus.CANCELLED)).startswith("Your order was cancelled.")


async def test_a_part_shipment_never_sounds_like_the_whole() -> None:
    text = await tell(PARCEL, status=OrderStatus.PARTLY_SHIPPED)
    assert text.startswith("Part of your order has shipped. The rest hasn't yet.")
    assert "The first package is on its way." in text


async def test_promise_of_an_unshipped_order() -> None:
    text = await tell(status=OrderStatus.PROCESSING, promised=TODAY + timedelta(days=3))
    assert text.endswith("We promised it for Thursday, November 26th.")
    text = await tell(status=OrderStatus.PROCESSING, promised=TODAY - timedelta(days=1))
    assert text.endswith("We promised it for yesterday, so it's late.")


async def test_of_a_scan_with_a_day_alone_no_time_is_told() -> None:
    scan = PARCEL.events[0].model_copy(update={"at": NOW - timedelta(days=1), "whole_day": True})
    text = said(await view(order(shipments=(parcel(events=(scan,)),))))
    assert "The last scan was yesterday, in Newark" in text


@pytest.mark.parametrize("status", list(ShipmentStatus))
async def test_a_carrier_that_nobody_names_is_not_spoken_of(status: ShipmentStatus) -> None:
    text = said(await view(order(shipments=(parcel(carrier="", status=status),))))
    assert TRUE_WORDS[status] in text
    assert not re.search(r"with [.,]|with and|was \.| {2}", text)
