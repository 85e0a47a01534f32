"""What callers can have changed, when it is refused, and that the shop answers accordingly afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.commerce.applying import NAMES, apply, redo, replaces
from asterisk_agent.commerce.changes import (
    BookSlot,
    CancelItem,
    CancelOrder,
    Change,
    ChangeAddress,
    HoldAtLocation,
    InterceptParcel,
    MoveSlot,
    MoveSubscription,
    OpenExchange,
    OpenReturn,
    Outcome,
    PauseSubscription,
    RegisterWarranty,
    Reorder,
    RescheduleDelivery,
    SkipSubscription,
    idempotency_key,
)
from asterisk_agent.commerce.models import (
    Address,
    Appointment,
    Customer,
    DeliverySlot,
    Item,
    Money,
    Order,
    OrderStatus,
    PickupPoint,
    Refund,
    Return,
    Shipment,
    ShipmentStatus,
    Subscription,
)
from asterisk_agent.commerce.shop_records import Records
from asterisk_agent.commerce.stores.memory import MemoryStore

MARIA = Customer(id="c1", name="Maria Lopez")

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 21, 30, tzinfo=ZONE)  # the 24th in UTC
TODAY = NOW.date()
HOME = Address(line1="18 Linden Street", city="Cambridge", state="MA", zip="02139")
NEW = Address(line1="4 Elm Court", line2="Apt 2", city="Boston", state="MA", zip="02118")


def parcel(status: ShipmentStatus = ShipmentStatus.IN_TRANSIT, **changes: Any) -> Shipment:
    row: dict[str, Any] = {"carrier": "UPS", "tracking": "1Z999AA10123456784", "status": status}
    return Shipment.model_validate(row | changes)


def order(status: OrderStatus = OrderStatus.PROCESSING, *parcels: Shipment, **changes: Any) -> Order:
    row: dict[str, Any] = {
        "number": "10442",
        "customer": Customer(id="c1", name="Maria Lopez", phone="+16175550142", email="Maria@example.com"),
        "status": status,
        "placed_at": NOW - timedelta(days=20),
        "items": (Item(name="teapot"), Item(name="tea towel", quantity=2), Item(name="gift card", returnable=False)),
        "total": Money(amount=Decimal("64.90")),
        "address": HOME,
        "promised": TODAY + timedelta(days=2),
        "shipments": parcels,
    }
    return Order.model_validate(row | changes)


def arrived(days_ago: int = 5, **changes: Any) -> Order:
    return order(
        OrderStatus.DELIVERED, parcel(ShipmentStatus.DELIVERED, delivered_at=NOW - timedelta(days=days_ago)), **changes
    )


def day(ahead: int) -> date:
    return TODAY + timedelta(days=ahead)


def slot(ahead: int, hour: int = 8) -> DeliverySlot:
    start = datetime(TODAY.year, TODAY.month, TODAY.day, hour, tzinfo=ZONE) + timedelta(days=ahead)
    return DeliverySlot(start=start, end=start + timedelta(hours=4))


def box(**changes: Any) -> Subscription:
    row: dict[str, Any] = {"id": "S-1", "customer_id": "c1", "next_date": day(3), "interval_days": 14}
    return Subscription.model_validate(row | changes)


def window(booked: DeliverySlot | None = None, *free: DeliverySlot) -> Appointment:
    return Appointment(
        order="10442", start=booked.start if booked else None, end=booked.end if booked else None, slots=free
    )


def store(
    one: Order | None = None, subscription: Subscription | None = None, appointment: Appointment | None = None
) -> MemoryStore:
    return MemoryStore(
        (one or order(),), (subscription,) if subscription else (), (appointment,) if appointment else (), lambda: NOW
    )


async def after(shop: MemoryStore, change: Change, reference: str = "") -> Order:
    """The order once the change is done."""
    assert await shop.perform(change, "key") == Outcome("done", reference=reference)
    assert shop.performed == [change]
    found = await shop.order("10442")
    assert found is not None
    return found


UPS = "1Z999AA10123456784"
WITH_OFFERS = {"redelivery": (day(1), day(2)), "pickup_points": (PickupPoint(name="Harbor Depot"),)}
FREE = window(None, slot(2), slot(3))
BOOKED = window(slot(2), slot(3), slot(4))

REFUSED: list[tuple[str, Change, MemoryStore]] = [
    # an address
    ("no_such_order", ChangeAddress("99999", NEW), store()),
    ("already_shipped", ChangeAddress("10442", NEW), store(order(OrderStatus.SHIPPED))),
    ("already_shipped", ChangeAddress("10442", NEW), store(order(OrderStatus.PROCESSING, parcel()))),
    ("already_shipped", ChangeAddress("10442", NEW), store(order(OrderStatus.PARTLY_SHIPPED))),
    ("cancelled", ChangeAddress("10442", NEW), store(order(OrderStatus.CANCELLED))),
    ("already_refunded", ChangeAddress("10442", NEW), store(order(OrderStatus.REFUNDED))),
    # a parcel
    ("no_such_parcel", InterceptParcel("10442", "1Z0", NEW), store(order(OrderStatus.SHIPPED, parcel()))),
    (
        "not_under_way",
        InterceptParcel("10442", UPS, NEW),
        store(order(OrderStatus.PROCESSING, parcel(ShipmentStatus.PRE_TRANSIT))),
    ),
    ("already_delivered", InterceptParcel("10442", UPS, NEW), store(arrived())),
    (
        "returning",
        InterceptParcel("10442", UPS, NEW),
        store(order(OrderStatus.SHIPPED, parcel(ShipmentStatus.RETURNING))),
    ),
    (
        "waits_for_pickup",
        InterceptParcel("10442", UPS, NEW),
        store(order(OrderStatus.SHIPPED, parcel(ShipmentStatus.AVAILABLE_FOR_PICKUP))),
    ),
    (
        "day_not_offered",
        RescheduleDelivery("10442", UPS, day(3)),
        store(order(OrderStatus.SHIPPED, parcel(**WITH_OFFERS))),
    ),
    ("day_not_offered", RescheduleDelivery("10442", UPS, day(-1)), store(order(OrderStatus.SHIPPED, parcel()))),
    ("already_delivered", RescheduleDelivery("10442", UPS, day(1)), store(arrived())),
    ("no_such_parcel", RescheduleDelivery("10442", "", day(1)), store(order(OrderStatus.SHIPPED, parcel()))),
    (
        "place_not_offered",
        HoldAtLocation("10442", UPS, "the moon"),
        store(order(OrderStatus.SHIPPED, parcel(**WITH_OFFERS))),
    ),
    ("place_not_offered", HoldAtLocation("10442", UPS, "anywhere"), store(order(OrderStatus.SHIPPED, parcel()))),
    ("already_delivered", HoldAtLocation("10442", UPS, "Harbor Depot"), store(arrived())),
    # stopping it
    ("already_cancelled", CancelOrder("10442"), store(order(OrderStatus.CANCELLED))),
    ("already_shipped", CancelOrder("10442"), store(order(OrderStatus.SHIPPED))),
    ("already_shipped", CancelOrder("10442"), store(order(OrderStatus.PROCESSING, parcel()))),
    ("already_shipped", CancelOrder("10442"), store(arrived(cancellable=True))),
    ("not_allowed", CancelOrder("10442"), store(order(cancellable=False))),
    ("no_such_item", CancelItem("10442", "samovar"), store()),
    ("already_shipped", CancelItem("10442", "teapot"), store(order(OrderStatus.SHIPPED))),
    (
        "already_shipped",
        CancelItem("10442", "teapot"),
        store(order(OrderStatus.PARTLY_SHIPPED, parcel(items=("teapot",)))),
    ),
    # sending it back
    ("not_delivered", OpenReturn("10442", ("teapot",)), store()),
    ("not_delivered", OpenReturn("10442", ("teapot",)), store(order(OrderStatus.SHIPPED, parcel()))),
    ("no_such_item", OpenReturn("10442", ("teapot", "samovar")), store(arrived())),
    ("not_returnable", OpenReturn("10442", ("teapot", "gift card")), store(arrived())),
    ("not_returnable", OpenReturn("10442", ()), store(arrived())),
    ("window_passed", OpenReturn("10442", ("teapot",)), store(arrived(31, return_window_days=30))),
    (
        "already_open",
        OpenReturn("10442", ("Teapot",)),
        store(arrived(returns=(Return(number="R1", status="in transit", items=("teapot",)),))),
    ),
    (
        "already_open",
        OpenReturn("10442", ("teapot",)),
        store(arrived(returns=(Return(number="R1", status="requested"),))),
    ),
    ("window_passed", OpenExchange("10442", "teapot", "blue"), store(arrived(31, return_window_days=30))),
    ("out_of_stock", OpenExchange("10442", "teapot", "blue"), store(arrived(stock={"blue": 0, "red": 1}))),
    ("out_of_stock", OpenExchange("10442", "teapot", "size large"), store(arrived(stock={"extra large": 4}))),
    ("out_of_stock", OpenExchange("10442", "teapot", "green"), store(arrived(stock={}))),
    # boxes
    ("no_such_subscription", SkipSubscription("S-9"), store(None, box())),
    ("no_such_subscription", SkipSubscription("S-1"), store(None, box(status="cancelled"))),
    ("not_skippable", SkipSubscription("S-1"), store(None, box(skippable=False))),
    ("paused", SkipSubscription("S-1"), store(None, box(status="paused", next_date=None))),
    ("no_next_box", SkipSubscription("S-1"), store(None, box(next_date=None))),
    ("already_paused", PauseSubscription("S-1"), store(None, box(status="paused", next_date=None))),
    ("day_passed", PauseSubscription("S-1", day(-1)), store(None, box())),
    ("day_passed", MoveSubscription("S-1", day(-1)), store(None, box())),
    ("paused", MoveSubscription("S-1", day(5)), store(None, box(status="paused"))),
    # windows
    ("no_appointment", BookSlot("10442", slot(2)), store()),
    ("slot_taken", BookSlot("10442", slot(9)), store(None, None, FREE)),
    ("slot_taken", MoveSlot("10442", slot(9)), store(None, None, BOOKED)),
    ("already_booked", BookSlot("10442", slot(3)), store(None, None, BOOKED)),
    ("not_booked", MoveSlot("10442", slot(2)), store(None, None, FREE)),
    ("slot_passed", BookSlot("10442", slot(0)), store(None, None, window(None, slot(0)))),
    ("cancelled", BookSlot("10442", slot(2)), store(order(OrderStatus.CANCELLED), None, FREE)),
    ("already_delivered", MoveSlot("10442", slot(3)), store(arrived(), None, BOOKED)),
    # afterwards
    ("no_such_order", Reorder("99999"), store()),
    ("cancelled", RegisterWarranty("10442"), store(order(OrderStatus.CANCELLED))),
]


@pytest.mark.parametrize(
    ("reason", "change", "shop"), REFUSED, ids=[f"{change.name}-{reason}" for reason, change, _ in REFUSED]
)
async def test_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(
    reason: str, change: Change, shop: MemoryStore
) -> None:
    before = shop.records
    assert await shop.perform(change, "key") == Outcome("refused", reason)
    assert shop.records == before
    assert shop.performed == []


# --- before dispatch ---


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.ON_HOLD])
async def test_the_address_changes_until_the_parcel_leaves(status: OrderStatus) -> None:
    shop = store(order(status, parcel(ShipmentStatus.PRE_TRANSIT)))
    assert (await after(shop, ChangeAddress("10442", NEW))).address == NEW


async def test_a_cancelled_order_stays_cancelled_and_nobody_comes() -> None:
    shop = store(order(OrderStatus.PROCESSING, parcel(ShipmentStatus.PRE_TRANSIT)), None, BOOKED)
    found = await after(shop, CancelOrder("10442"))
    assert (found.status, found.shipments) == (OrderStatus.CANCELLED, ())
    assert await shop.appointment("10442") is None
    assert await shop.perform(CancelOrder("10442"), "another call") == Outcome("refused", "already_cancelled")


async def test_a_shop_that_can_still_stop_a_shipped_order_says_so() -> None:
    found = await after(store(order(OrderStatus.SHIPPED, parcel(), cancellable=True)), CancelOrder("10442"))
    assert found.status is OrderStatus.CANCELLED


async def test_one_item_is_stopped_and_the_old_total_is_no_longer_told() -> None:
    found = await after(store(), CancelItem("10442", "Teapot"))
    assert [line.name for line in found.items] == ["tea towel", "gift card"]
    assert found.total is None
    assert found.status is OrderStatus.PROCESSING


async def test_the_last_item_stops_the_order() -> None:
    found = await after(store(order(items=(Item(name="teapot"),))), CancelItem("10442", "teapot"))
    assert found.status is OrderStatus.CANCELLED


async def test_what_has_not_left_with_the_rest_can_still_be_stopped() -> None:
    waiting = parcel(ShipmentStatus.PRE_TRANSIT, tracking=None, items=("tea towel",))
    shop = store(order(OrderStatus.PARTLY_SHIPPED, parcel(items=("teapot", "gift card")), waiting))
    found = await after(shop, CancelItem("10442", "tea towel"))
    assert [one.items for one in found.shipments] == [("teapot", "gift card")]


# --- under way ---


async def test_a_parcel_goes_to_another_address() -> None:
    shop = store(order(OrderStatus.SHIPPED, parcel()))
    assert (await after(shop, InterceptParcel("10442", UPS.lower(), NEW))).address == NEW


async def test_a_parcel_comes_on_an_offered_day_and_is_not_late_for_it() -> None:
    missed = parcel(ShipmentStatus.ATTEMPT_FAILED, expected=day(1), expected_from=NOW, expected_to=NOW, **WITH_OFFERS)
    found = await after(
        store(order(OrderStatus.SHIPPED, missed, promised=day(-1))), RescheduleDelivery("10442", UPS, day(2))
    )
    assert (found.shipments[0].expected, found.shipments[0].expected_from, found.promised) == (day(2), None, day(2))


async def test_any_coming_day_will_do_where_none_are_named_even_today() -> None:
    found = await after(store(order(OrderStatus.SHIPPED, parcel())), RescheduleDelivery("10442", UPS, TODAY))
    assert found.shipments[0].expected == TODAY


async def test_the_only_parcel_needs_no_tracking_number() -> None:
    shop = store(order(OrderStatus.SHIPPED, parcel(tracking=None)))
    assert (await after(shop, RescheduleDelivery("10442", "", day(1)))).shipments[0].expected == day(1)


async def test_a_held_parcel_is_no_longer_promised_at_the_door() -> None:
    shop = store(order(OrderStatus.SHIPPED, parcel(expected=day(1), **WITH_OFFERS)))
    found = await after(shop, HoldAtLocation("10442", UPS, "Harbor Depot"))
    assert (found.shipments[0].pickup, found.shipments[0].expected, found.promised) == ("Harbor Depot", None, None)
    assert await shop.perform(RescheduleDelivery("10442", UPS, day(2)), "later") == Outcome("done")
    again = await shop.order("10442")
    assert again is not None
    assert (again.shipments[0].pickup, again.shipments[0].expected) == (None, day(2))


# --- sending back ---


async def test_a_return_has_a_number_and_stands_on_the_order() -> None:
    found = await after(store(arrived(return_window_days=5)), OpenReturn("10442", ("teapot",)), "R10442-1")
    assert found.returns == (Return(number="R10442-1", status="requested", items=("teapot",), opened_at=NOW),)


async def test_the_last_day_of_the_window_counts_whole_in_the_shops_zone() -> None:
    at = datetime(2026, 10, 25, 3, 30, tzinfo=UTC)  # the evening before in New York, and before the clocks change
    last = arrived(shipments=(parcel(ShipmentStatus.DELIVERED, delivered_at=at),), return_window_days=30)
    assert (await store(last).perform(OpenReturn("10442", ("teapot",)), "key")).status == "done"
    passed = last.model_copy(update={"return_window_days": 29})
    assert (await store(passed).perform(OpenReturn("10442", ("teapot",)), "key")).reason == "window_passed"


async def test_a_shop_that_names_no_window_refuses_no_return() -> None:
    assert (await store(arrived(900)).perform(OpenReturn("10442", ("teapot",)), "key")).status == "done"


async def test_without_names_the_whole_order_comes_back() -> None:
    shop = store(arrived(items=(Item(name="teapot"), Item(name="cup"))))
    assert (await after(shop, OpenReturn("10442", ()), "R10442-1")).returns[0].items == ("teapot", "cup")


async def test_what_came_first_can_come_back_while_the_rest_is_under_way() -> None:
    came = parcel(ShipmentStatus.DELIVERED, items=("teapot",), delivered_at=NOW - timedelta(days=1))
    shop = store(order(OrderStatus.PARTLY_SHIPPED, came, parcel(tracking="1Z2", items=("tea towel",))))
    assert (await shop.perform(OpenReturn("10442", ("tea towel",)), "a")).reason == "not_delivered"
    assert (await shop.perform(OpenReturn("10442", ("teapot",)), "b")).status == "done"


async def test_a_rejected_return_does_not_stand_in_the_way_and_numbers_stay_apart() -> None:
    old = Return(number="R10442-2", status="Rejected by the warehouse", items=("teapot",))
    found = await after(store(arrived(returns=(old,))), OpenReturn("10442", ("teapot",)), "R10442-3")
    assert [one.number for one in found.returns] == ["R10442-2", "R10442-3"]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ("size L", "size L"),
        ("a large please", "size L"),
        ("Extra Large", "size XL"),
        ("extra-large", "size XL"),
        ("navy", "navy, small"),
        ("the small one in navy", "navy, small"),
    ],
)
async def test_an_exchange_is_found_by_the_callers_words_and_taken_off_the_shelf(wanted: str, named: str) -> None:
    stock = {"size L": 2, "size XL": 1, "navy, small": 3}
    found = await after(store(arrived(stock=stock)), OpenExchange("10442", "teapot", wanted), "R10442-1")
    assert found.stock == stock | {named: stock[named] - 1}
    assert found.returns[0].status == "exchange requested"


async def test_the_last_one_is_exchanged_once() -> None:
    shop = store(arrived(stock={"blue": 1}, items=(Item(name="cup"), Item(name="pot"))))
    assert (await shop.perform(OpenExchange("10442", "cup", "blue"), "a")).status == "done"
    assert (await shop.perform(OpenExchange("10442", "pot", "blue"), "b")).reason == "out_of_stock"


# --- boxes ---


async def test_boxes_are_skipped_moved_and_paused() -> None:
    shop = store(None, box())
    assert (await shop.perform(SkipSubscription("S-1"), "a")).status == "done"
    assert [one.next_date for one in await shop.subscriptions(MARIA)] == [day(17)]
    assert (await shop.perform(MoveSubscription("S-1", day(20)), "b")).status == "done"
    assert [one.next_date for one in await shop.subscriptions(MARIA)] == [day(20)]
    assert (await shop.perform(PauseSubscription("S-1"), "c")).status == "done"
    assert [(one.status, one.next_date) for one in await shop.subscriptions(MARIA)] == [("paused", None)]
    assert (await shop.perform(PauseSubscription("S-1", day(60)), "d")).status == "done"
    assert [(one.status, one.next_date) for one in await shop.subscriptions(MARIA)] == [("paused", day(60))]


async def test_without_an_interval_nobody_knows_the_box_after_the_next() -> None:
    shop = store(None, box(interval_days=None))
    assert (await shop.perform(SkipSubscription("S-1"), "a")).status == "done"
    assert [one.next_date for one in await shop.subscriptions(MARIA)] == [None]


# --- windows ---


async def test_a_window_is_booked_moved_and_moved_back() -> None:
    shop = store(None, None, FREE)
    assert (await shop.perform(BookSlot("10442", slot(2)), "a")).status == "done"
    booked = await shop.appointment("10442")
    assert booked is not None
    assert (booked.start, booked.end, booked.slots) == (slot(2).start, slot(2).end, (slot(3),))
    assert (await shop.perform(MoveSlot("10442", slot(3)), "b")).status == "done"
    assert (await shop.perform(MoveSlot("10442", slot(2)), "c")).status == "done"
    again = await shop.appointment("10442")
    assert again == booked


async def test_the_order_is_told_for_the_day_of_its_window() -> None:
    sofa = parcel(ShipmentStatus.PRE_TRANSIT, expected=day(2), tracking=None, items=("sofa",))
    lamp = parcel(expected=day(1), items=("lamp",))
    shop = store(order(OrderStatus.PARTLY_SHIPPED, lamp, sofa), None, BOOKED)
    found = await after(shop, MoveSlot("10442", slot(4)))
    assert [one.expected for one in found.shipments] == [day(1), day(4)]
    assert found.promised == day(4)


async def test_a_window_said_in_another_zone_is_the_same_window() -> None:
    wanted = slot(2)
    elsewhere = DeliverySlot(start=wanted.start.astimezone(UTC), end=wanted.end.astimezone(UTC))
    assert (await store(None, None, FREE).perform(BookSlot("10442", elsewhere), "a")).status == "done"


# --- afterwards ---


@pytest.mark.parametrize(
    ("number", "another", "new"),
    [("10442", "10450", "10451"), ("#AB-0099", "CD0500", "AB0100"), ("99", "98", "100"), ("ROSE", "TULIP", "ROSE1")],
)
async def test_the_same_again_is_a_new_order(number: str, another: str, new: str) -> None:
    old = arrived(number=number, returns=(Return(number="R1", status="requested"),))
    shop = MemoryStore((old, order(number=another)), clock=lambda: NOW)
    assert await shop.perform(Reorder(number), "key") == Outcome("done", reference=new)
    found = await shop.order(new)
    assert found is not None
    assert (found.status, found.placed_at, found.items, found.address) == (
        OrderStatus.PENDING, NOW, old.items, old.address,
    )  # fmt: skip
    assert (found.shipments, found.returns, found.promised) == ((), (), None)
    assert (await shop.orders_by_phone("+16175550142"))[0] == found


async def test_a_warranty_is_registered_once() -> None:
    shop = store(arrived())
    assert (await shop.perform(RegisterWarranty("10442"), "a")).status == "done"
    assert await shop.perform(RegisterWarranty("10442"), "b") == Outcome("refused", "already_registered")


# --- once ---


async def test_a_key_that_was_seen_changes_nothing_and_gets_the_same_answer() -> None:
    shop = store(None, box())
    for _ in range(3):
        assert await shop.perform(SkipSubscription("S-1"), "key") == Outcome("done")
    assert [one.next_date for one in await shop.subscriptions(MARIA)] == [day(17)]
    assert shop.performed == [SkipSubscription("S-1")]


def test_keys_tell_calls_changes_and_turns_apart() -> None:
    first = MoveSlot("10442", slot(2))
    keys = {
        idempotency_key("call-1", first),
        idempotency_key("call-2", first),
        idempotency_key("call-1", MoveSlot("10442", slot(3))),
        idempotency_key("call-1", first, turn=2),
    }
    assert len(keys) == 4
    assert idempotency_key("call-1", first) == idempotency_key("call-1", MoveSlot("10442", slot(2)))


# --- anything at all ---

_days = st.integers(-3, 20).map(day)
_slots = st.integers(-1, 5).map(slot)
_numbers = st.sampled_from(["10442", "10 442", "99999", ""])
_trackings = st.sampled_from([UPS, "1Z0", ""])
_names = st.sampled_from(["teapot", "gift card", "samovar", ""])
_boxes = st.sampled_from(["S-1", "S-2"])
_changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(ChangeAddress, _numbers, st.just(NEW)),
    st.builds(InterceptParcel, _numbers, _trackings, st.just(NEW)),
    st.builds(RescheduleDelivery, _numbers, _trackings, _days),
    st.builds(HoldAtLocation, _numbers, _trackings, st.sampled_from(["Harbor Depot", ""])),
    st.builds(CancelOrder, _numbers),
    st.builds(CancelItem, _numbers, _names),
    st.builds(OpenReturn, _numbers, st.lists(_names, max_size=2).map(tuple)),
    st.builds(OpenExchange, _numbers, _names, st.sampled_from(["blue", "size L", ""])),
    st.builds(SkipSubscription, _boxes),
    st.builds(PauseSubscription, _boxes, st.none() | _days),
    st.builds(MoveSubscription, _boxes, _days),
    st.builds(BookSlot, _numbers, _slots),
    st.builds(MoveSlot, _numbers, _slots),
    st.builds(Reorder, _numbers),
    st.builds(RegisterWarranty, _numbers),
)
_orders = st.builds(
    lambda status, kinds, stock, days, cancellable: order(
        status,
        *(parcel(kind, tracking=[UPS, None][place % 2], **WITH_OFFERS) for place, kind in enumerate(kinds)),
        stock=stock,
        return_window_days=days,
        cancellable=cancellable,
        refunds=(Refund(amount=Money(amount=Decimal("1.00")), status="issued"),),
    ),
    st.sampled_from(OrderStatus),
    st.lists(st.sampled_from(ShipmentStatus), max_size=3),
    st.none() | st.just({"blue": 1, "size L": 0}),
    st.none() | st.just(3),
    st.none() | st.booleans(),
)


@given(_orders, st.sampled_from(["active", "paused", "cancelled"]), st.booleans(), st.lists(_changes, max_size=6))
def test_any_changes_are_done_or_refused_for_a_reason_and_can_be_done_again_over_the_old_records(
    one: Order, status: str, booked: bool, wanted: list[Change]
) -> None:
    """The second run is what a restart does with the changes that were kept."""
    start = Records.of((one,), (box(status=status),), (window(slot(1) if booked else None, slot(2), slot(3)),))
    records, again = start, start
    for change in wanted:
        replaced = replaces(records, change)
        changed, outcome = apply(records, change, NOW)
        if outcome.status == "refused":
            assert outcome.reason
            assert changed == records
            continue
        assert (outcome.status, outcome.reason) == ("done", "")
        redone = redo(again, change, NOW, outcome.reference, replaced)
        assert redone is not None
        records, again = changed, redone
    assert again == records
    assert one.refunds == next(iter(records.orders.values())).refunds


def test_every_change_that_exists_is_covered_here() -> None:
    assert {change.name for _, change, _ in REFUSED} == NAMES
    assert len(NAMES) == 15
