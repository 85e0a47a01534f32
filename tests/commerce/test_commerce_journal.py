"""Changes to the shop in a file: kept on the disk, made again at the next start, and giving way to the owner."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from asterisk_agent.commerce import stores
from asterisk_agent.commerce.changes import (
    CancelOrder,
    Change,
    ChangeAddress,
    MoveSlot,
    MoveSubscription,
    OpenExchange,
    OpenReturn,
    Outcome,
    RegisterWarranty,
    Reorder,
    RescheduleDelivery,
    SkipSubscription,
)
from asterisk_agent.commerce.models import Address, Customer, DeliverySlot, Order, OrderStatus
from asterisk_agent.commerce.store import StoreError
from asterisk_agent.commerce.stores.local import DEMO_SHOP, LocalStore
from asterisk_agent.settings import Shop, Store

MARIA = Customer(id="c1", name="Maria Lopez")

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=ZONE)
NEW = Address(line1="4 Elm Court", line2="Apt 2", city="Boston", state="MA", zip="02118")
SLOTS = [
    DeliverySlot(start=datetime(2026, 11, day, 8, tzinfo=ZONE), end=datetime(2026, 11, day, 12, tzinfo=ZONE))
    for day in (26, 27)
]
DAYS = (date(2026, 11, 26), date(2026, 11, 27))


def shop(**changes: Any) -> dict[str, Any]:
    """10442 waits, 10443 has come, 10444 was missed; ``changes`` to the first."""
    return {
        "customers": [{"id": "c1", "name": "Maria Lopez", "phone": "+16175550142"}],
        "orders": [
            {
                "number": "10442",
                "customer": "c1",
                "status": "processing",
                "placed_at": "2026-11-20T09:00",
                "items": [{"name": "sofa"}],
                "address": {"line1": "18 Linden Street", "city": "Cambridge", "state": "MA", "zip": "02139"},
            }
            | changes,
            {
                "number": "10443",
                "customer": "c1",
                "status": "delivered",
                "placed_at": "2026-11-02T09:00",
                "items": [{"name": "teapot"}],
                "stock": {"blue": 1},
                "shipments": [{"carrier": "UPS", "status": "delivered", "delivered_at": "2026-11-10T09:00"}],
            },
            {
                "number": "10444",
                "customer": "c1",
                "status": "shipped",
                "placed_at": "2026-11-12T09:00",
                "shipments": [
                    {
                        "carrier": "UPS",
                        "tracking": "1Z999AA10123456784",
                        "status": "attempt_failed",
                        "redelivery": [day.isoformat() for day in DAYS],
                    }
                ],
            },
        ],
        "subscriptions": [{"id": "S-1", "customer_id": "c1", "next_date": "2026-12-01", "interval_days": 10}],
        "appointments": [
            {
                "order": "10442",
                "start": "2026-11-25T08:00",
                "end": "2026-11-25T12:00",
                "slots": [{"start": slot.start.isoformat(), "end": slot.end.isoformat()} for slot in SLOTS],
            }
        ],
    }


def write(folder: Path, content: dict[str, Any]) -> Path:
    """As editors do it: a new file takes the old one's place."""
    (folder / "new").write_text(json.dumps(content), encoding="utf-8")
    return (folder / "new").replace(folder / "shop.json")


def journal(folder: Path) -> Path:
    return folder / "state" / "changes.jsonl"


def started(folder: Path, content: dict[str, Any] | None = None) -> LocalStore:
    """The store as it is after a start with this shop in the file, or with the file as it is."""
    if content is not None:
        write(folder, content)
    return LocalStore(folder / "shop.json", ZONE, "US", lambda: NOW, journal(folder))


async def order(store: LocalStore, number: str = "10442") -> Order:
    found = await store.order(number)
    assert found is not None
    return found


def told(store: LocalStore) -> list[str]:
    return [str(problem) for problem in store.problems]


EVERYTHING: tuple[tuple[Change, str], ...] = (
    (ChangeAddress("10442", NEW), ""),
    (MoveSlot("10442", SLOTS[1]), ""),
    (SkipSubscription("S-1"), ""),
    (MoveSubscription("S-1", date(2026, 12, 24)), ""),
    (OpenExchange("10443", "teapot", "blue"), "R10443-1"),
    (RescheduleDelivery("10444", "1Z999AA10123456784", DAYS[1]), ""),
    (Reorder("10443"), "10445"),
    (RegisterWarranty("10443"), ""),
    (CancelOrder("10445"), ""),
)


async def test_everything_that_was_done_is_there_after_a_restart(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    for key, (change, reference) in enumerate(EVERYTHING):
        assert await store.perform(change, str(key)) == Outcome("done", reference=reference), change
    again = started(tmp_path)
    assert told(again) == []
    for number in ("10442", "10443", "10444", "10445"):
        assert await order(again, number) == await order(store, number)
    assert (await order(again)).address == NEW
    assert (await order(again, "10444")).shipments[0].expected == DAYS[1]
    assert (await order(again, "10445")).status is OrderStatus.CANCELLED
    assert await again.appointment("10442") == await store.appointment("10442")
    assert [one.next_date for one in await again.subscriptions(MARIA)] == [date(2026, 12, 24)]
    assert (await again.perform(RegisterWarranty("10443"), "new")).reason == "already_registered"


async def test_a_key_is_remembered_over_a_restart_be_it_done_or_refused(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    assert (await store.perform(SkipSubscription("S-1"), "skip")).status == "done"
    assert (await store.perform(OpenReturn("10442", ("sofa",)), "return")).reason == "not_delivered"
    again = started(tmp_path)
    assert (await again.perform(SkipSubscription("S-1"), "skip")).status == "done"
    assert (await again.perform(OpenReturn("10442", ("sofa",)), "return")).reason == "not_delivered"
    assert [one.next_date for one in await again.subscriptions(MARIA)] == [date(2026, 12, 11)]
    assert len(journal(tmp_path).read_text().splitlines()) == 2


async def test_today_is_the_shops_day_whatever_the_clocks_zone(tmp_path: Path) -> None:
    evening = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # still the 23rd in New York
    store = LocalStore(write(tmp_path, shop()), ZONE, "US", lambda: evening)
    assert (await store.perform(MoveSubscription("S-1", date(2026, 11, 23)), "key")).status == "done"
    assert (await store.perform(MoveSubscription("S-1", date(2026, 11, 22)), "past")).reason == "day_passed"


async def test_without_a_journal_changes_last_as_long_as_the_process(tmp_path: Path) -> None:
    file = write(tmp_path, shop())
    store = LocalStore(file, ZONE, "US", lambda: NOW)
    assert (await store.perform(CancelOrder("10442"), "key")).status == "done"
    assert (await order(store)).status is OrderStatus.CANCELLED
    assert (await order(LocalStore(file, ZONE, "US", lambda: NOW))).status is OrderStatus.PROCESSING
    assert [path.name for path in tmp_path.iterdir()] == ["shop.json"]


async def test_the_composition_keeps_changes_in_the_data_folder(tmp_path: Path) -> None:
    store = stores.create(Store(), Shop(), tmp_path / "data", lambda: NOW)
    assert (await store.perform(CancelOrder("10448"), "key")).status == "done"
    (kept,) = (tmp_path / "data").iterdir()
    assert kept.name == "local_store_changes.jsonl"
    assert kept.stat().st_mode & 0o777 == 0o600
    again = await stores.create(Store(), Shop(), tmp_path / "data").order("10448")
    assert again is not None
    assert again.status is OrderStatus.CANCELLED


# --- two at once ---


async def test_the_same_change_twice_at_once_is_made_once(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    outcomes = await asyncio.gather(*(store.perform(SkipSubscription("S-1"), "key") for _ in range(20)))
    assert {outcome.status for outcome in outcomes} == {"done"}
    assert [one.next_date for one in await store.subscriptions(MARIA)] == [date(2026, 12, 11)]
    assert len(journal(tmp_path).read_text().splitlines()) == 1


async def test_one_window_goes_to_one_of_two_who_want_it_at_once(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    outcomes = await asyncio.gather(*(store.perform(MoveSlot("10442", SLOTS[0]), str(caller)) for caller in range(8)))
    assert sorted(outcome.status for outcome in outcomes) == ["done", *["refused"] * 7]
    assert {outcome.reason for outcome in outcomes if outcome.reason} == {"slot_taken"}


async def test_that_holds_without_a_journal_too(tmp_path: Path) -> None:
    def clock() -> datetime:
        time.sleep(0.002)  # others have time to step in between the look at the key and the change
        return NOW

    store = LocalStore(write(tmp_path, shop()), ZONE, "US", clock)
    outcomes = await asyncio.gather(*(store.perform(SkipSubscription("S-1"), "key") for _ in range(8)))
    assert {outcome.status for outcome in outcomes} == {"done"}
    assert [one.next_date for one in await store.subscriptions(MARIA)] == [date(2026, 12, 11)]


async def test_a_change_waits_for_the_other_process_that_makes_one(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(ChangeAddress("10442", NEW), "address")
    with journal(tmp_path).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = asyncio.create_task(store.perform(CancelOrder("10442"), "cancel"))
        assert not (await asyncio.wait({waiting}, timeout=0.1))[0]
        assert len(journal(tmp_path).read_text().splitlines()) == 1
    assert (await waiting).status == "done"


async def test_two_processes_share_a_journal(tmp_path: Path) -> None:
    one, other = started(tmp_path, shop()), started(tmp_path)
    assert (await one.perform(ChangeAddress("10442", NEW), "address")).status == "done"
    assert (await order(other)).address == NEW
    assert (await other.perform(CancelOrder("10442"), "cancel")).status == "done"
    assert (await one.perform(CancelOrder("10442"), "cancel")).status == "done"
    assert (await one.perform(CancelOrder("10442"), "again")).reason == "already_cancelled"
    outcomes = await asyncio.gather(
        *(store.perform(SkipSubscription("S-1"), "skip") for store in (one, other) for _ in range(5))
    )
    assert {outcome.status for outcome in outcomes} == {"done"}
    for store in (one, other):
        assert [found.next_date for found in await store.subscriptions(MARIA)] == [date(2026, 12, 11)]


# --- the owner's file ---


async def test_changes_stay_when_the_owner_edits_something_else(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(ChangeAddress("10442", NEW), "key")
    write(tmp_path, shop(status="shipped"))
    found = await order(store)
    assert (found.status, found.address) == (OrderStatus.SHIPPED, NEW)


async def test_what_the_owner_writes_later_in_the_same_place_counts(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(ChangeAddress("10442", NEW), "key")
    mended = {"line1": "9 Oak Lane", "city": "Salem", "state": "MA", "zip": "01970"}
    write(tmp_path, shop(address=mended))
    for seen in (store, started(tmp_path)):
        address = (await order(seen)).address
        assert address is not None
        assert address.line1 == "9 Oak Lane"


@pytest.mark.parametrize(
    ("status", "then"), [("on_hold", "cancelled"), ("pending", "cancelled"), ("shipped", "shipped")]
)
async def test_a_cancelled_order_stays_so_unless_it_was_sent_all_the_same(
    tmp_path: Path, status: str, then: str
) -> None:
    store = started(tmp_path, shop())
    await store.perform(CancelOrder("10442"), "key")
    write(tmp_path, shop(status=status))
    assert (await order(store)).status.value == then


async def test_a_window_stays_booked_when_the_owner_takes_it_off_the_list_or_enters_it(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(MoveSlot("10442", SLOTS[1]), "key")
    content = shop()
    content["appointments"][0]["slots"].pop()
    write(tmp_path, content)
    booked = await store.appointment("10442")
    assert booked is not None
    assert booked.start == SLOTS[1].start
    content["appointments"][0] |= {"start": SLOTS[1].start.isoformat(), "end": SLOTS[1].end.isoformat()}
    write(tmp_path, content)
    entered = await store.appointment("10442")
    assert entered is not None
    assert (entered.start, [slot.start for slot in entered.slots]) == (SLOTS[1].start, [SLOTS[0].start])


async def test_an_order_that_is_gone_takes_its_changes_with_it(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(ChangeAddress("10442", NEW), "a")
    await store.perform(Reorder("10443"), "b")
    write(tmp_path, {"customers": [], "orders": []})
    assert await store.order("10442") is None
    assert told(started(tmp_path)) == []


async def test_a_new_order_gives_way_to_one_of_that_number_in_the_file(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    assert (await store.perform(Reorder("10443"), "key")).reference == "10445"
    content = shop()
    content["orders"].append(content["orders"][0] | {"number": "10445", "status": "shipped"})
    write(tmp_path, content)
    assert (await order(store, "10445")).status is OrderStatus.SHIPPED
    assert await store.order("10446") is None


async def test_taking_the_journal_away_starts_the_shop_anew(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(CancelOrder("10442"), "key")
    journal(tmp_path).unlink()
    assert (await order(store)).status is OrderStatus.PROCESSING
    assert (await store.perform(CancelOrder("10442"), "key")).status == "done"
    assert (await order(started(tmp_path))).status is OrderStatus.CANCELLED


# --- what goes wrong ---

BROKEN = [
    b"",
    b"not json",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"at": "2026-11-23T10:00:00-05:00", "key": "k", "change": {"name": "give_discount"}, "outcome": {}}',
    b'{"at": "yesterday", "key": "k", "change": {"name": "cancel_order", "order": "10442"},'
    b' "outcome": {"status": "done"}, "replaced": "waiting"}',
    b'{"at": "2026-11-23T10:00:00", "key": "k", "change": {"name": "cancel_order", "order": "10442"},'
    b' "outcome": {"status": "done"}, "replaced": "waiting"}',
    b'{"at": "2026-11-23T10:00:00-05:00", "key": "k", "change": {"name": "cancel_order", "order": "10442"},'
    b' "outcome": {"status": "perhaps"}, "replaced": "waiting"}',
]


async def test_broken_lines_are_reported_with_their_place_and_the_others_count(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(ChangeAddress("10442", NEW), "a")
    with journal(tmp_path).open("ab") as file:
        file.writelines(line + b"\n" for line in BROKEN)
    await started(tmp_path).perform(SkipSubscription("S-1"), "b")
    again = started(tmp_path)
    # The empty line is no change, but nobody needs to look at it either.
    places = [f"{journal(tmp_path)}, line {number}" for number in range(3, len(BROKEN) + 2)]
    assert told(again) == [
        f"{place}: is no change that is understood and is not used; remove the line" for place in places
    ]
    found = await order(again)
    assert (found.address, found.status) == (NEW, OrderStatus.PROCESSING)
    assert [one.next_date for one in await again.subscriptions(MARIA)] == [date(2026, 12, 11)]


async def test_a_line_that_a_crash_cut_short_costs_only_itself(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(ChangeAddress("10442", NEW), "a")
    await store.perform(SkipSubscription("S-1"), "b")
    whole = journal(tmp_path).read_bytes()
    journal(tmp_path).write_bytes(whole[:-20])
    again = started(tmp_path)
    assert len(told(again)) == 1
    assert (await again.perform(CancelOrder("10442"), "c")).status == "done"
    last = started(tmp_path)
    assert len(told(last)) == len(told(again)) == 1
    assert (await order(last)).status is OrderStatus.CANCELLED
    assert (await order(last)).address == NEW
    assert [one.next_date for one in await last.subscriptions(MARIA)] == [date(2026, 12, 1)]


async def test_a_change_that_cannot_be_kept_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    store = started(tmp_path, shop())
    with pytest.raises(StoreError, match="Not a directory"):
        await store.perform(CancelOrder("10442"), "key")
    assert (await order(store)).status is OrderStatus.PROCESSING


async def test_a_full_disk_leaves_no_half_line_and_no_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = started(tmp_path, shop())
    await store.perform(ChangeAddress("10442", NEW), "a")
    before = journal(tmp_path).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(StoreError, match="No space left on device"):
            await store.perform(CancelOrder("10442"), "b")
    assert journal(tmp_path).read_bytes() == before
    assert (await order(store)).status is OrderStatus.PROCESSING
    assert (await store.perform(CancelOrder("10442"), "b")).status == "done"
    assert (await order(started(tmp_path))).status is OrderStatus.CANCELLED


async def test_a_journal_that_cannot_be_read_stops_changes_but_not_answers(tmp_path: Path) -> None:
    journal(tmp_path).mkdir(parents=True)
    store = started(tmp_path, shop())
    assert (await order(store)).status is OrderStatus.PROCESSING
    assert any("cannot be read" in line for line in told(store))
    with pytest.raises(StoreError):
        await store.perform(CancelOrder("10442"), "key")
    journal(tmp_path).rmdir()
    assert (await store.perform(CancelOrder("10442"), "key")).status == "done"
    assert told(store) == []


async def test_a_disk_that_vanishes_does_not_undo_what_was_done(tmp_path: Path) -> None:
    store = started(tmp_path, shop())
    await store.perform(CancelOrder("10442"), "key")
    (tmp_path / "state").rename(tmp_path / "unmounted")
    assert (await order(store)).status is OrderStatus.CANCELLED
    assert any("No such file" in line for line in told(store))
    with pytest.raises(StoreError, match="No such file"):
        await store.perform(SkipSubscription("S-1"), "skip")
    assert not (tmp_path / "state").exists()
    (tmp_path / "unmounted").rename(tmp_path / "state")
    assert (await order(store)).status is OrderStatus.CANCELLED
    assert told(store) == []


# --- the demo shop ---


async def test_a_change_to_the_demo_shop_is_there_a_minute_later_and_tomorrow(tmp_path: Path) -> None:
    now = NOW
    store = LocalStore(DEMO_SHOP, ZONE, "US", lambda: now, tmp_path / "changes.jsonl")
    missed = (await order(store, "10446")).shipments[0]
    assert missed.tracking is not None
    for key, change in enumerate(
        (RescheduleDelivery("10446", missed.tracking, missed.redelivery[1]), CancelOrder("10448"))
    ):
        assert (await store.perform(change, str(key))).status == "done"
    now = NOW + timedelta(minutes=5)
    assert (await order(store, "10446")).shipments[0].expected == missed.redelivery[1]
    # Tomorrow the demo's parcel was missed a day later: what was agreed for this one is over.
    now = NOW + timedelta(days=1)
    assert (await order(store, "10446")).shipments[0].expected == now.date() + timedelta(days=1)
    assert (await order(store, "10448")).status is OrderStatus.CANCELLED
