"""What a caller hears when the shop's systems disagree, share numbers or are slow."""

from __future__ import annotations

from datetime import timedelta

from dialog_world import NOW, Call, ShopInMemory, order, parcel

from asterisk_agent.commerce.models import Customer, Order, ShipmentStatus
from asterisk_agent.commerce.store import AmbiguousNumber
from asterisk_agent.dialog.protocol import Transfer

JO = Customer(id="c2", name="Jo Park", email="jo@example.org", phone="+13125550188")


class TwoStores(ShopInMemory):
    """The number 10442 is an order of Dana's in one store and one of Jo's in another."""

    async def order(self, number: str) -> Order | None:
        out = parcel(status=ShipmentStatus.OUT_FOR_DELIVERY)
        raise AmbiguousNumber([order(store="shopify"), order(store="amazon", customer=JO, shipments=(out,))])


async def test_a_number_of_two_orders_is_not_guessed_and_people_take_over() -> None:
    call = Call(TwoStores())
    reply = await call("where is my order, one zero four four two")
    assert "more than one order with that number" in reply.text
    assert "out for delivery" not in reply.text
    assert "on its way" not in reply.text
    assert isinstance((await call("yes please")).action, Transfer)


async def test_of_two_orders_the_calling_numbers_own_is_meant() -> None:
    call = Call(TwoStores(), number=JO.phone or "")
    reply = await call("where is my order, one zero four four two")
    assert "out for delivery" in reply.text


async def test_a_phone_number_that_two_customers_share_offers_neithers_order() -> None:
    shared = JO.model_copy(update={"phone": "+16175550142"})
    store = ShopInMemory(order("10442"), order("10443", customer=shared))
    call = Call(store, number="+16175550142")
    greeting = await call.conversation.greeting()
    assert "calling about" not in greeting.text
    reply = await call("where is my order")
    assert "order number" in reply.text
    assert call.level == 0


async def test_what_a_silent_carrier_said_last_is_told_with_its_age() -> None:
    old = parcel(as_of=NOW - timedelta(hours=2))
    reply = await Call(ShopInMemory(order(shipments=(old,))))("where is order one zero four four two, zip 02139")
    assert "As of two hours ago, your order was on its way." in reply.text
