"""The shop in a file: what an owner of a tiny shop sees, with good rows, broken rows and a file that changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent import log
from asterisk_agent.commerce import stores
from asterisk_agent.commerce.changes import (
    CancelItem,
    CancelOrder,
    Change,
    ChangeAddress,
    InterceptParcel,
    OpenExchange,
    OpenReturn,
    RegisterWarranty,
    Reorder,
    SkipSubscription,
)
from asterisk_agent.commerce.models import Address, Customer, OrderStatus, ShipmentStatus
from asterisk_agent.commerce.store import StoreError
from asterisk_agent.commerce.stores import relative_time
from asterisk_agent.commerce.stores.local import DEMO_SHOP, LocalStore
from asterisk_agent.dialog.spoken.check_digits import CHECKS
from asterisk_agent.settings import Log, Shop, Store
from asterisk_agent.settings_systems import LocalStore as LocalSettings

MARIA = Customer(id="c1", name="Maria Lopez")

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=ZONE)
TODAY = NOW.date()
HOME = Address(line1="4 Elm Court", city="Boston", state="MA", zip="02118")


def shop(**changes: Any) -> dict[str, Any]:
    """A shop with one good order, whose row is changed."""
    return {
        "customers": [{"id": "c1", "name": "Maria Lopez", "email": "Maria@Example.com", "phone": "(617) 555-0142"}],
        "orders": [order(**changes)],
    }


def order(**changes: Any) -> dict[str, Any]:
    return {"number": "10442", "customer": "c1", "status": "shipped", "placed_at": "2026-11-20T09:00"} | changes


def open_store(tmp_path: Path, content: Any, clock: Callable[[], datetime] = lambda: NOW) -> LocalStore:
    file = tmp_path / "shop.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return LocalStore(file, ZONE, "US", clock)


def replace(tmp_path: Path, content: Any) -> None:
    """As editors do it: a new file takes the old one's place."""
    new = tmp_path / "shop.json.new"
    new.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    new.replace(tmp_path / "shop.json")


def told(store: LocalStore) -> list[str]:
    return [str(problem) for problem in store.problems]


# --- asking ---


async def test_an_order_is_found_by_number_phone_and_email(tmp_path: Path) -> None:
    store = open_store(tmp_path, shop())
    found = await store.order("10442")
    assert found is not None
    assert found.status is OrderStatus.SHIPPED
    assert found.customer.phone == "+16175550142"
    assert found.placed_at == datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
    assert await store.orders_by_phone("+16175550142") == (found,)
    assert await store.orders_by_email("maria@example.com") == (found,)
    assert await store.order("10443") is None
    assert await store.orders_by_phone("+16175550143") == ()
    assert await store.orders_by_email("") == ()
    assert told(store) == []


async def test_separators_in_a_written_number_do_not_matter(tmp_path: Path) -> None:
    store = open_store(tmp_path, shop(number="#ab-10 442"))
    found = await store.order("AB10442")
    assert found is not None
    assert found.number == "#ab-10 442"


async def test_orders_of_a_customer_come_newest_first(tmp_path: Path) -> None:
    content = shop()
    content["orders"] += [order(number="3", placed_at="now-1h"), order(number="2", placed_at="today-9 10:00")]
    store = open_store(tmp_path, content)
    assert [found.number for found in await store.orders_by_phone("+16175550142")] == ["3", "10442", "2"]


# --- times ---


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", TODAY),
        ("today+2", TODAY + timedelta(days=2)),
        ("today-1", TODAY - timedelta(days=1)),
        ("2026-12-24", date(2026, 12, 24)),
    ],
)
def test_days(text: str, meant: date) -> None:
    assert relative_time.day(text, NOW, ZONE) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", NOW),
        ("now-3h", NOW - timedelta(hours=3)),
        ("now+20m", NOW + timedelta(minutes=20)),
        ("today 14:05", NOW.replace(hour=14, minute=5)),
        ("today-1 08:00", datetime(2026, 11, 22, 8, 0, tzinfo=ZONE)),
        ("2026-11-23T14:05", NOW.replace(hour=14, minute=5)),
        ("2026-11-23T14:05Z", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)),
        ("2026-11-23 14:05+01:00", datetime(2026, 11, 23, 13, 5, tzinfo=UTC)),
    ],
)
def test_times(text: str, meant: datetime) -> None:
    found = relative_time.moment(text, NOW, ZONE)
    assert found == meant
    assert found.tzinfo is not None


def test_today_is_the_shops_day_and_hours_are_real_hours() -> None:
    late = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # still the 23rd in New York
    assert relative_time.day("today", late, ZONE) == date(2026, 11, 23)
    after_the_change = datetime(2026, 11, 1, 4, 0, tzinfo=ZONE)  # clocks went back at 2:00
    three_hours_ago = relative_time.moment("now-3h", after_the_change, ZONE)
    assert after_the_change.astimezone(UTC) - three_hours_ago.astimezone(UTC) == timedelta(hours=3)


BAD_TIMES = [
    "",
    "today",
    "today 25:00",
    "today+99999 10:00",
    "now-9999999h",
    "nowish",
    "2026-02-30T10:00",
    "1700000000",
]


@pytest.mark.parametrize("text", BAD_TIMES)
def test_a_bad_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write a time as 2026-11-23T14:05"):
        relative_time.moment(text, NOW, ZONE)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "today+99999", "2026-02-30", "20261123", "23.11.2026", "now", "today 10:00"]
)
def test_a_bad_day_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"write a day as 2026-11-23"):
        relative_time.day(text, NOW, ZONE)


@given(st.text(alphabet="nowtday+-0123456789 :ThmZ", max_size=20))
def test_any_text_is_a_time_or_a_clear_error(text: str) -> None:
    for read in (relative_time.moment, relative_time.day):
        try:
            read(text, NOW, ZONE)
        except ValueError as error:
            told = str(error)
        else:
            continue
        assert "write a" in told


async def test_relative_times_move_on_without_a_restart(tmp_path: Path) -> None:
    now = NOW
    store = open_store(tmp_path, shop(promised="today+1"), lambda: now)
    found = await store.order("10442")
    assert found is not None
    assert found.promised == TODAY + timedelta(days=1)
    now = NOW + timedelta(days=3)
    found = await store.order("10442")
    assert found is not None
    assert found.promised == TODAY + timedelta(days=4)


# --- broken rows ---


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"shipments": [{"carrier": "UPS", "expected": "soon"}]},
            "orders[0].shipments[0].expected = 'soon': write a day",
        ),
        ({"shipments": [{"carrier": "UPS", "status": "lost"}]}, "orders[0].shipments[0].status = 'lost': use one of"),
        ({"shipments": [{"tracking": "1Z"}]}, "orders[0].shipments[0].carrier: is missing"),
        (
            {"shipments": [{"carrier": "UPS", "events": [{"at": "now-3", "text": "x"}]}]},
            "orders[0].shipments[0].events[0].at",
        ),
        ({"shipments": "none"}, "orders[0].shipments = 'none': must be"),
        ({"status": "Shipped"}, "orders[0].status = 'Shipped': use one of pending, processing"),
        ({"placed_at": None}, "orders[0].placed_at = None"),
        ({"placed_at": 1700000000}, "orders[0].placed_at = 1700000000: write a time"),
        ({"number": 10442}, "orders[0].number = 10442: must be a valid string"),
        ({"number": "---"}, "orders[0].number = '---': must have letters or digits"),
        ({"customer": "c9"}, "orders[0].customer = 'c9': no usable customer has this id"),
        ({"customer": ["c1"]}, "orders[0].customer = ['c1']: no usable customer"),
        ({"last4": "424"}, "orders[0].last4 = '424': must match pattern"),
        ({"items": [{"name": "pot", "quantity": 0}]}, "orders[0].items[0].quantity = 0: must be greater than"),
        ({"total": {"amount": "cheap"}}, "orders[0].total.amount = 'cheap'"),
        ({"shiped_at": "now"}, "orders[0].shiped_at = 'now': there is no such key"),
        ({"shipments": [{"carrier": "UPS", "expectd": "today"}]}, "did you mean 'expected'?"),
        ({"address": {"line1": "x", "city": "y", "state": "z", "zip": 2139}}, "orders[0].address.zip = 2139"),
    ],
)
async def test_a_broken_row_is_named_with_its_fix_and_the_shop_stays_open(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    content = shop(**changes)
    content["orders"].append(order(number="10500"))
    store = open_store(tmp_path, content)
    assert any(says in line for line in told(store)), told(store)
    assert await store.order("10442") is None
    assert await store.order("10500") is not None


async def test_every_fault_of_a_row_is_named_at_once(tmp_path: Path) -> None:
    store = open_store(tmp_path, shop(promised="soon", status="gone", colour="red"))
    assert len(told(store)) == 3


async def test_a_number_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    content = shop(last4="1111")
    content["orders"].append(order(number="#10442", last4="2222"))
    store = open_store(tmp_path, content)
    assert told(store) == ["orders[1].number = '10442': an earlier row has it already; give this one its own"]
    found = await store.order("10442")
    assert found is not None
    assert found.last4 == "1111"


async def test_broken_customers_subscriptions_and_appointments(tmp_path: Path) -> None:
    content = shop()
    content["customers"] += [
        {"id": "c2"},
        {"id": "c1", "name": "Twin"},
        "c3",
        {"id": "c4", "name": "Jo", "phone": "call me"},
    ]
    content["orders"].append(order(number="10500", customer="c4"))
    content["subscriptions"] = [
        {"id": "S1", "customer_id": "c9"},
        {"id": "S2", "customer_id": "c1", "next_date": "soon"},
    ]
    content["subscriptions"] += [
        {"id": "S3", "customer_id": "c1", "status": "on"},
        {"id": "S4", "customer_id": "c1", "interval_days": 0},
        {"id": "S5", "customer_id": "c1", "interval_days": 7},
        {"id": "S5", "customer_id": "c1"},
    ]
    free = [{"start": "today 10:00", "end": "today 12:00"}, {"start": "today 12:00", "end": "today 10:00"}]
    content["appointments"] = [
        {"order": "9", "start": "today 10:00", "end": "today 12:00"},
        {"order": "10442", "start": "today 12:00", "end": "today 10:00"},
        {"order": "10500", "start": "today 10:00"},
        {"order": "#10 442", "slots": free},
        {"order": "10442"},
    ]
    store = open_store(tmp_path, content)
    assert [line.split(" = ")[0].split(":")[0] for line in told(store)] == [
        "customers[1].name",
        "customers[2].id",
        "customers[3]",
        "customers[4].phone",
        "subscriptions[0].customer_id",
        "subscriptions[1].next_date",
        "subscriptions[2].status",
        "subscriptions[3].interval_days",
        "subscriptions[5].id",
        "appointments[0].order",
        "appointments[1].end",
        "appointments[2].start",
        "appointments[3].slots[1].end",
        "appointments[4].order",
    ]
    appointment = await store.appointment("10442")
    assert appointment is not None
    assert [slot.start for slot in appointment.slots] == [NOW.replace(minute=0)]
    assert [one.id for one in await store.subscriptions(MARIA)] == ["S5"]
    found = await store.order("10500")
    assert found is not None
    assert found.customer.phone is None


async def test_values_of_broken_rows_stay_out_of_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = shop()
    content["customers"].append({"id": "c2", "name": "Jo", "phone": "555-SECRET-77"})
    log.configure(Log())
    try:
        open_store(tmp_path, content)
    finally:
        structlog.reset_defaults()
    logged = capsys.readouterr().err
    assert "customers[1].phone" in logged
    assert "SECRET" not in logged


# --- files that are no shop ---


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is not JSON: Expecting value in line 1, column 1"),
        ('{"customers": [],\n "orders": [}', "in line 2, column 13"),
        ("[]", "must hold an object with the lists"),
        ('{"customers": []}', "has no list 'orders'"),
        ('{"customers": [], "orders": {}}', "has 'orders' as an object; it must be a list"),
        ('{"customers": [], "order": []}', "has the unknown list 'order'; did you mean 'orders'?"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_shop_is_an_error_at_the_start(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path, content)
    assert says in str(caught.value)
    assert str(tmp_path / "shop.json") in str(caught.value)


def test_a_file_in_another_encoding_or_none_at_all(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_bytes('{"customers": [], "orders": [], "x": "é"}'.encode("latin-1"))
    with pytest.raises(StoreError, match="is not UTF-8 text"):
        LocalStore(file, ZONE)
    with pytest.raises(StoreError, match=r"cannot be read: No such file or directory; check store\.local\.file"):
        LocalStore(tmp_path / "none.json", ZONE)
    with pytest.raises(StoreError, match="cannot be read: Is a directory"):
        LocalStore(tmp_path, ZONE)


async def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    store = open_store(tmp_path, "\ufeff" + json.dumps(shop()))
    assert await store.order("10442") is not None


# --- files that change ---


async def test_a_changed_file_is_used_at_once(tmp_path: Path) -> None:
    store = open_store(tmp_path, shop())
    replace(tmp_path, shop(status="delivered"))
    found = await store.order("10442")
    assert found is not None
    assert found.status is OrderStatus.DELIVERED


async def test_a_broken_new_version_keeps_the_old_one_until_it_is_mended(tmp_path: Path) -> None:
    store = open_store(tmp_path, shop())
    replace(tmp_path, '{"customers": [')
    assert await store.order("10442") is not None
    assert any("is not JSON" in line for line in told(store))
    replace(tmp_path, shop(status="delivered"))
    found = await store.order("10442")
    assert found is not None
    assert found.status is OrderStatus.DELIVERED
    assert told(store) == []


async def test_a_file_that_vanishes_and_comes_back(tmp_path: Path) -> None:
    folder, hidden = tmp_path / "share", tmp_path / "unmounted"
    folder.mkdir()
    store = open_store(folder, shop())
    folder.rename(hidden)
    assert await store.order("10442") is not None
    assert any("No such file" in line for line in told(store))
    hidden.rename(folder)
    assert await store.order("10442") is not None
    assert told(store) == []


# --- the demo shop ---


async def demo_at(now: datetime) -> LocalStore:
    return LocalStore(DEMO_SHOP, ZONE, "US", lambda: now)


async def test_the_settings_lead_to_the_demo_shop_or_to_a_file(tmp_path: Path) -> None:
    demo = stores.create(Store(), Shop())
    assert demo.name == "local"
    assert await demo.order("10442") is not None
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(shop(number="777")))
    own = stores.create(Store(local=LocalSettings(file=file)), Shop())
    assert await own.order("777") is not None
    assert await own.order("10442") is None


async def test_the_orders_that_the_readme_speaks_of() -> None:
    store = await demo_at(NOW)
    first, second = await store.order("10442"), await store.order("10443")
    assert first is not None
    assert second is not None
    assert first.address is not None
    assert first.address.zip == "02139"
    assert (first.shipments[0].carrier, first.shipments[0].status) == ("UPS", ShipmentStatus.IN_TRANSIT)
    assert second.shipments[0].status is ShipmentStatus.OUT_FOR_DELIVERY
    assert second.shipments[0].expected == TODAY


@pytest.mark.parametrize("hour", [0, 1, 6, 12, 18, 23])
@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 11, 1), date(2027, 3, 14), date(2028, 2, 29)])
async def test_the_demo_shop_is_sound_at_any_hour_of_any_day(day: date, hour: int) -> None:
    now = datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZONE)
    store = await demo_at(now)
    assert told(store) == []
    numbers = [str(number) for number in range(10442, 10468)]
    orders = [found for number in numbers if (found := await store.order(number))]
    assert len(orders) == len(numbers)
    seen = {shipment.status for found in orders for shipment in found.shipments}
    assert seen == set(ShipmentStatus) - {ShipmentStatus.UNKNOWN}
    for found in orders:
        assert found.placed_at < now
        for shipment in found.shipments:
            times = [found.placed_at, *([shipment.shipped_at] if shipment.shipped_at else [])]
            times += [event.at for event in shipment.events]
            assert times == sorted(times), f"{found.number}: scans are not in the order of time"
            assert times[-1] <= now
            if shipment.expected and shipment.status is not ShipmentStatus.DELIVERED:
                waits = shipment.status is ShipmentStatus.AVAILABLE_FOR_PICKUP
                assert waits or shipment.expected >= day


async def test_the_demo_shop_has_something_for_every_kind_of_call() -> None:
    store = await demo_at(NOW)
    orders = {number: await store.order(number) for number in map(str, range(10442, 10468))}
    found = {number: one for number, one in orders.items() if one}
    returns = {one.status for order in found.values() for one in order.returns}
    assert returns >= {"requested", "in transit", "received", "refunded"}
    refunds = {number: [one.status for one in order.refunds] for number, order in found.items() if order.refunds}
    assert (refunds["10451"], refunds["10463"], refunds["10464"]) == (["pending"], ["issued"], ["issued", "pending"])
    assert all(one.expected and one.method for order in found.values() for one in order.refunds)
    assert {order.cancellable for order in found.values() if order.status is OrderStatus.PROCESSING} == {True, False}
    missed = found["10446"].shipments[0]
    assert missed.redelivery
    assert missed.pickup_points
    booked, open_ = await store.appointment("10449"), await store.appointment("10455")
    assert booked
    assert booked.start
    assert booked.slots
    assert booked.checklist
    assert open_
    assert not open_.start
    assert open_.slots
    assert open_.checklist
    assert [number for number, order in found.items() if order.customer.vip] == ["10456"]
    assert found["10465"].stock
    assert not any(found["10465"].stock.values())
    assert found["10458"].stock
    assert any(found["10458"].stock.values())
    boxes = [box for order in ("10451", "10466", "10467") for box in await store.subscriptions(found[order].customer)]
    assert [box.skippable for box in boxes] == [True, True, False]


DONE: list[tuple[Change, str]] = [
    (ChangeAddress("10448", HOME), ""),
    (CancelOrder("10448"), ""),
    (CancelItem("10460", "cookbook"), ""),
    (CancelOrder("10459"), "not_allowed"),
    (CancelOrder("10442"), "already_shipped"),
    (InterceptParcel("10442", "1Z999AA10123456784", HOME), ""),
    (OpenReturn("10444", ("desk lamp",)), ""),
    (OpenReturn("10457", ("canvas backpack",)), "window_passed"),
    (OpenReturn("10458", ("gift card",)), "not_returnable"),
    (OpenReturn("10461", ("rain boots",)), "already_open"),
    (OpenExchange("10458", "wool sweater", "a large"), ""),
    (OpenExchange("10465", "yoga mat", "blue"), "out_of_stock"),
    (SkipSubscription("S-31"), ""),
    (SkipSubscription("S-33"), "not_skippable"),
    (Reorder("10444"), ""),
    (RegisterWarranty("10444"), ""),
]


@pytest.mark.parametrize(
    ("change", "reason"), DONE, ids=[f"{change.name}-{reason or 'done'}" for change, reason in DONE]
)
async def test_changes_that_a_newcomer_can_try_in_the_demo_shop(change: Change, reason: str) -> None:
    outcome = await (await demo_at(NOW)).perform(change, "key")
    assert (outcome.status, outcome.reason) == ("refused" if reason else "done", reason)


def test_people_and_parcels_of_the_demo_shop_are_told_apart() -> None:
    shop = json.loads(DEMO_SHOP.read_text())
    for key in ("id", "name", "email", "phone"):
        values = [customer[key] for customer in shop["customers"]]
        assert len(values) == len(set(values)), key
    last4 = {order["customer"]: order["last4"] for order in shop["orders"]}
    assert len(set(last4.values())) == len(last4)
    homes = {order["customer"]: order["address"]["zip"] for order in shop["orders"]}
    assert len(set(homes.values())) == len(homes)
    parcels = [parcel for order in shop["orders"] for parcel in order.get("shipments", ()) if "tracking" in parcel]
    assert len({parcel["tracking"] for parcel in parcels}) == len(parcels)
    for parcel in parcels:
        assert CHECKS[parcel["carrier"].lower()](parcel["tracking"]), parcel["tracking"]
