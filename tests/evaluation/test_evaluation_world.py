"""Worlds that people write by hand: many shapes of the same thing come to the same order."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from asterisk_agent.commerce.models import Order, OrderStatus, ShipmentStatus
from asterisk_agent.evaluation.rows import read
from asterisk_agent.evaluation.statuses import shipment_status_of, status_of
from asterisk_agent.evaluation.world import World, WorldError, world

NOW = "2026-11-23T10:00:00-05:00"
FILES = Path(__file__).parent.parent / "data" / "eval"


def of(**order: Any) -> World:
    return world({"now": NOW, "orders": [{"number": "10442", "status": "shipped", **order}]})


def order(**fields: Any) -> Order:
    return of(**fields).orders[0]


@pytest.mark.parametrize(
    "redelivery",
    [
        ["2026-11-25"],
        "2026-11-25",
        "2026-11-25T09:00:00-05:00",
        {"date": "2026-11-25"},
        {"days": ["2026-11-25"], "by": "8 PM"},
        [{"date": "2026-11-25", "window": "09:00-12:00"}],
        ["Wednesday"],
    ],
)
def test_days_for_another_delivery(redelivery: Any) -> None:
    assert order(shipments=[{"redelivery": redelivery}]).shipments[0].redelivery == (date(2026, 11, 25),)


@pytest.mark.parametrize("none", [None, [], {}, True, {"available": False}])
def test_no_days_for_another_delivery(none: Any) -> None:
    assert order(shipments=[{"redelivery": none}]).shipments[0].redelivery == ()


@pytest.mark.parametrize(
    "pickup",
    [
        "The UPS Store",
        ["The UPS Store"],
        {"place": "The UPS Store", "until": "2026-11-29"},
        [{"name": "The UPS Store"}],
    ],
)
def test_places_to_pick_up(pickup: Any) -> None:
    parcel = order(shipments=[{"status": "Held at location", "pickup": pickup}]).shipments[0]
    assert parcel.pickup_points[0].name == parcel.pickup == "The UPS Store"
    offered = order(shipments=[{"status": "Delivery attempted", "pickup": pickup}]).shipments[0]
    assert (offered.status, offered.pickup) == (ShipmentStatus.ATTEMPT_FAILED, None)


@pytest.mark.parametrize(
    "items",
    [
        "lantern",
        ["lantern"],
        {"title": "lantern"},
        [{"name": "lantern", "qty": "1"}],
        [{"product": "lantern", "price": "$64.99"}],
    ],
)
def test_items(items: Any) -> None:
    assert [(item.name, item.quantity) for item in order(items=items).items] == [("lantern", 1)]


@pytest.mark.parametrize(
    "slots",
    [
        ["2026-12-02 08:00-12:00"],
        ["2026-12-02 8 AM to noon"],
        [{"date": "2026-12-02", "window": "08:00-12:00"}],
        [{"day": "2026-12-02", "start": "08:00", "end": "12:00"}],
        [{"start": "2026-12-02T08:00", "end": "2026-12-02T12:00"}],
        {"2026-12-02": ["8am-12pm"]},
        {"date": "2026-12-02", "windows": ["08:00-12:00"]},
        [{"date": "2026-12-02", "window": "morning"}],
    ],
)
def test_windows_of_a_large_item(slots: Any) -> None:
    slot = of(slots=slots).appointments[0].slots[0]
    assert f"{slot.start:%Y-%m-%d %H:%M}-{slot.end:%H:%M %z}" == "2026-12-02 08:00-12:00 -0500"


@pytest.mark.parametrize(
    ("subscription", "days"),
    [
        ({"next_date": "2026-12-01", "following_date": "2026-12-29"}, 28),
        ({"next": "2026-12-01", "every": "4 weeks"}, 28),
        ({"next_box": {"date": "2026-12-01"}, "interval": "monthly"}, 30),
        ({"next_delivery": "2026-12-01", "interval_weeks": 4}, 28),
        ({"next_date": "2026-12-01", "interval": "every other week"}, 14),
        ({"next_date": "2026-12-01"}, None),
    ],
)
def test_subscriptions(subscription: Any, days: int | None) -> None:
    found = of(subscription=subscription).subscriptions[0]
    assert (found.next_date, found.interval_days, found.order) == (date(2026, 12, 1), days, "10442")


@pytest.mark.parametrize(
    "stock", [{"size L": 3, "size M": 0}, [{"name": "size L", "count": 3}, {"name": "size M", "count": 0}]]
)
def test_stock(stock: Any) -> None:
    assert order(stock=stock).stock == {"size L": 3, "size M": 0}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("confirmed", OrderStatus.PROCESSING),
        ("not yet shipped", OrderStatus.PROCESSING),
        ("partially_shipped", OrderStatus.PARTLY_SHIPPED),
        ("Shipped", OrderStatus.SHIPPED),
        ("Out for Delivery", OrderStatus.SHIPPED),
        ("delivered", OrderStatus.DELIVERED),
        ("canceled", OrderStatus.CANCELLED),
        ("on-hold", OrderStatus.ON_HOLD),
        ("", OrderStatus.PROCESSING),
    ],
)
def test_statuses_of_orders(text: str, status: OrderStatus) -> None:
    assert status_of(text) is status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Out for Delivery", ShipmentStatus.OUT_FOR_DELIVERY),
        ("label created", ShipmentStatus.PRE_TRANSIT),
        ("DELIVERY_ATTEMPTED", ShipmentStatus.ATTEMPT_FAILED),
        ("ready for pickup", ShipmentStatus.AVAILABLE_FOR_PICKUP),
        ("picked up by carrier", ShipmentStatus.IN_TRANSIT),
        ("delivery exception", ShipmentStatus.EXCEPTION),
        ("delivered", ShipmentStatus.DELIVERED),
        ("returning to sender", ShipmentStatus.RETURNING),
        ("???", None),
    ],
)
def test_statuses_of_shipments(text: str, status: ShipmentStatus | None) -> None:
    assert shipment_status_of(text) is status


def test_what_is_missing_is_none() -> None:
    plain = world({"orders": [{"number": 7}]}).orders[0]
    assert (plain.number, plain.items, plain.shipments, plain.address, plain.cancellable) == ("7", (), (), None, None)
    assert world({}).orders == ()


def test_details_are_read_as_they_are_spoken() -> None:
    found = order(phone="(617) 555-0142", zip=2139, last4=42, total="$1,299.00", promised={"from": "2026-11-25"})
    assert found.address is not None
    assert found.total is not None
    assert (found.customer.phone, found.address.zip, found.last4) == ("+16175550142", "02139", "0042")
    assert (str(found.total.amount), found.promised) == ("1299.00", date(2026, 11, 25))


def test_a_delivery_beside_its_shipment() -> None:
    told = {"at": "2026-11-20T14:10:00-05:00", "place": "porch"}
    parcel = order(status="delivered", shipments=[{"status": "delivered"}], delivered=told).shipments[0]
    assert (parcel.delivered_at, parcel.left_at) == (datetime.fromisoformat("2026-11-20T14:10:00-05:00"), "porch")
    coming = order(shipments=[{"status": "in_transit"}], delivered=told).shipments[0]
    assert coming.delivered_at is None


def test_what_was_known_last() -> None:
    parcel = {"status": "out_for_delivery", "expected": "2026-11-23"}
    found = of(shipments=[parcel], last_known={"status": "in_transit", "at": "2026-11-22T18:00:00-05:00"})
    old, at = found.stale["10442"]
    assert (old.shipments[0].status, at.isoformat()) == (ShipmentStatus.IN_TRANSIT, "2026-11-22T18:00:00-05:00")
    assert found.orders[0].shipments[0].status is ShipmentStatus.OUT_FOR_DELIVERY


@pytest.mark.parametrize(
    ("now", "zone"),
    [
        ("2026-11-23T10:00:00-05:00", "America/New_York"),
        ("2026-07-23T10:00:00-05:00", "America/Chicago"),
        ("2026-11-23T10:00:00-08:00", "America/Los_Angeles"),
        ("2026-11-23T10:00:00Z", "America/New_York"),
    ],
)
def test_the_days_of_the_shop(now: str, zone: str) -> None:
    assert world({"now": now}).zone.key == zone


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shipments": [{"expected": "some day"}]}, "is no day"),
        ({"refunds": [{"amount": "lots"}]}, "is no amount"),
        ({"number": None, "returns": [{"received": "soon"}]}, "is no day"),
        ({"return_window_days": "long"}, "invalid literal"),
    ],
)
def test_a_world_that_cannot_be_read_says_why(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(WorldError, match=message):
        of(**wrong)
    with pytest.raises(WorldError, match="an order has no 'number'"):
        world({"orders": [{}]})


def test_every_world_of_the_shipped_file_can_be_read() -> None:
    rows = read(FILES / "dialogues.jsonl")
    assert sum(len(world(row.object("world")).orders) for row in rows) > 100
