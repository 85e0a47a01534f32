"""WooCommerce: what can be changed for callers, which the site itself does not guard, and what operators learn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from systems_world import FakeApi
from woocommerce_world import (
    CANCELLED,
    COMPLETED,
    FULFILLMENTS,
    HOUSEHOLD,
    KEY,
    NOW,
    ON_HOLD,
    ORDERS,
    PENDING,
    PROCESSING,
    REFUNDED,
    SECRET,
    SPLIT,
    changed,
    exchange,
    has,
    placed,
    plays,
    settings,
    site,
)

from asterisk_agent.commerce import stores
from asterisk_agent.commerce.changes import CancelItem, CancelOrder, Change, ChangeAddress, OpenReturn, Outcome, Reorder
from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, TooSlow, Unreachable
from asterisk_agent.commerce.models import Address
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.store import Store
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.settings import Shop
from asterisk_agent.settings import Store as StoreSettings
from asterisk_agent.settings_systems import WooCommerce

BROADWAY = Address(line1="1200 Broadway", line2="Apt 9", city="New York", state="NY", zip="10001")
WRITTEN = {"address_1": "1200 Broadway", "address_2": "Apt 9", "city": "New York", "state": "NY", "postcode": "10001"}
CHANGE = ChangeAddress("24", BROADWAY)
NO_REFUND = "Cancelled for the customer by phone. Nothing was refunded."


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with site() as server:
        yield server


@pytest.fixture
async def store(api: FakeApi) -> AsyncIterator[Store]:
    section = StoreSettings(system="woocommerce", woocommerce=settings(api))
    made = stores.create(section, Shop(), clock=lambda: NOW)
    yield made
    await made.close()


def takes(api: FakeApi, order: dict[str, Any], **changes: Any) -> None:
    """The order can be asked for, and a change is answered with it so changed."""
    has(api, order)
    api.answer("PUT", rf"{ORDERS}/{order['id']}", order | changes)


# The delivery address


async def test_the_address_is_changed_before_dispatch(api: FakeApi, store: Store) -> None:
    """As recorded: what is sent is merged into the address, so name and country stay."""
    has(api, placed(PROCESSING, shipping=placed(COMPLETED)["shipping"]))
    plays(api, "order_update_shipping")
    assert await store.perform(CHANGE, "key") == Outcome("done")
    assert changed(api) == [("PUT", "/orders/24", {"shipping": WRITTEN})]


async def test_the_same_request_again_changes_nothing(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING, shipping=placed(COMPLETED)["shipping"]))
    plays(api, "order_update_shipping")
    for _ in range(2):
        assert await store.perform(CHANGE, "key") == Outcome("done")
    assert len(changed(api)) == 1


async def test_an_address_whose_change_was_not_answered_is_done_when_asked_again(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING, shipping=placed(COMPLETED)["shipping"]))
    api.fail("PUT", rf"{ORDERS}/24", "cut")
    with pytest.raises(Unreachable):
        await store.perform(CHANGE, "key")
    moved = exchange("order_update_shipping")["response"]["body"]["shipping"]
    has(api, placed(PROCESSING, shipping=moved))
    assert await store.perform(CHANGE, "key") == Outcome("done")
    assert len(changed(api)) == 1


async def test_the_address_it_has_already(api: FakeApi, store: Store) -> None:
    has(api, placed(COMPLETED, id=24, number="24", status="processing", meta_data=[]))
    same = Address(line1="418 W 47TH  St", line2="apt 6b", city="new york", state="ny", zip="10036")
    assert await store.perform(ChangeAddress("24", same), "key") == Outcome("done")
    assert changed(api) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (COMPLETED, "already_shipped"),
        (SPLIT, "already_shipped"),
        (CANCELLED, "cancelled"),
        (REFUNDED, "already_refunded"),
    ],
)
async def test_an_address_that_stays(api: FakeApi, store: Store, number: int, reason: str) -> None:
    """The recorded site would have taken the change of a completed order."""
    takes(api, placed(number))
    assert await store.perform(ChangeAddress(str(number), BROADWAY), "key") == Outcome("refused", reason)
    assert changed(api) == []


@pytest.mark.parametrize(
    "meta",
    [
        {"key": "_wc_shipment_tracking_items", "value": [{"tracking_number": "1Z9", "tracking_provider": "ups"}]},
        {"key": "_fulfillment_status", "value": "fulfilled"},
        {"key": "_fulfillment_status", "value": "partially_fulfilled"},
    ],
    ids=["tracking number", "fulfilled", "partly fulfilled, nobody knows by whom"],
)
async def test_an_order_that_lags_behind_its_parcels(api: FakeApi, store: Store, meta: dict[str, Any]) -> None:
    takes(api, placed(PROCESSING, meta_data=[meta]), status="cancelled")
    assert await store.perform(CHANGE, "key") == Outcome("refused", "already_shipped")
    assert await store.perform(CancelOrder("24"), "key2") == Outcome("refused", "already_shipped")
    assert changed(api) == []


async def test_a_parcel_with_a_label_keeps_its_address(api: FakeApi, store: Store) -> None:
    takes(api, placed(PROCESSING, meta_data=[{"key": "_fulfillment_status", "value": "unfulfilled"}]))
    label = {"key": "_tracking_number", "value": "1Z9"}
    api.answer("GET", FULFILLMENTS, [{"id": 1, "status": "unfulfilled", "is_fulfilled": "0", "meta_data": [label]}])
    elsewhere = BROADWAY.model_copy(update={"line1": "9 Elm St"})
    assert await store.perform(ChangeAddress("24", elsewhere), "key") == Outcome("refused", "not_allowed")
    assert changed(api) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"zip": "NOT-A-ZIP"},
        {"zip": ""},
        {"zip": "1000"},
        {"state": "ZZ"},
        {"state": ""},
        {"state": "New York"},
        {"line1": " "},
        {"city": ""},
        {"country": "ZZ"},
        {"country": "CA", "zip": "M5H 1A1", "state": "ON"},
    ],
)
async def test_an_address_that_cannot_be_right(api: FakeApi, store: Store, wrong: dict[str, str]) -> None:
    """The recorded site takes 'NOT-A-ZIP' and the country 'ZZ'."""
    takes(api, placed(PROCESSING))
    change = ChangeAddress("24", BROADWAY.model_copy(update=wrong))
    assert await store.perform(change, "key") == Outcome("refused", "not_allowed")
    assert changed(api) == []


async def test_an_address_abroad_has_no_zip_code_to_check(api: FakeApi, store: Store) -> None:
    dublin = {"address_1": "1 Quay", "city": "Dublin", "state": "D", "postcode": "D01", "country": "IE"}
    there = Address(line1="2 Quay", city="Dublin", state="D", zip="D02 XY45", country="IE")
    new = dublin | {"address_1": "2 Quay", "postcode": "D02 XY45"}
    takes(api, placed(PROCESSING, shipping=dublin), shipping=new)
    assert await store.perform(ChangeAddress("24", there), "key") == Outcome("done")


async def test_an_order_that_is_not_delivered_anywhere(api: FakeApi, store: Store) -> None:
    takes(api, placed(PROCESSING, shipping={"address_1": ""}))
    assert await store.perform(CHANGE, "key") == Outcome("refused", "not_allowed")


async def test_an_address_that_the_site_did_not_keep(api: FakeApi, store: Store) -> None:
    takes(api, placed(HOUSEHOLD))
    assert await store.perform(ChangeAddress("26", BROADWAY), "key") == Outcome("refused", "not_allowed")


async def test_a_change_that_the_site_refuses(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING))
    refused = exchange("order_update_bad_status")["response"]
    api.answer("PUT", rf"{ORDERS}/24", refused["body"], refused["status"])
    assert await store.perform(CancelOrder("24"), "key") == Outcome("refused", "not_allowed")


# Cancelling


async def test_a_paid_order_is_cancelled_and_the_staff_learn_of_the_money(api: FakeApi, store: Store) -> None:
    """As recorded: cancelling refunds nothing."""
    has(api, placed(CANCELLED, status="processing"))
    plays(api, "order_cancel")
    assert await store.perform(CancelOrder("22"), "key") == Outcome("done")
    assert changed(api) == [
        ("PUT", "/orders/22", {"status": "cancelled"}),
        ("POST", "/orders/22/notes", {"note": NO_REFUND, "customer_note": False}),
    ]


@pytest.mark.parametrize("number", [PENDING, ON_HOLD])
async def test_an_order_that_is_not_paid_is_just_cancelled(api: FakeApi, store: Store, number: int) -> None:
    takes(api, placed(number), status="cancelled")
    assert await store.perform(CancelOrder(str(number)), "key") == Outcome("done")
    assert changed(api) == [("PUT", f"/orders/{number}", {"status": "cancelled"})]


async def test_a_cancellation_without_its_note_is_done(api: FakeApi, store: Store) -> None:
    takes(api, placed(PROCESSING), status="cancelled")
    api.answer("POST", rf"{ORDERS}/24/notes", {"code": "odd"}, 500)
    with structlog.testing.capture_logs() as logs:
        assert await store.perform(CancelOrder("24"), "key") == Outcome("done")
    assert "a paid order was cancelled, but no note about its refund could be left" in [row["event"] for row in logs]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (COMPLETED, "already_shipped"),
        (SPLIT, "already_shipped"),
        (CANCELLED, "already_cancelled"),
        (REFUNDED, "already_refunded"),
    ],
)
async def test_an_order_that_is_not_cancelled(api: FakeApi, store: Store, number: int, reason: str) -> None:
    takes(api, placed(number), status="cancelled")
    assert await store.perform(CancelOrder(str(number)), "key") == Outcome("refused", reason)
    assert changed(api) == []


@pytest.mark.parametrize("change", [CHANGE, CancelOrder("24")])
async def test_an_order_in_a_state_of_the_shops_own_is_for_people(api: FakeApi, store: Store, change: Change) -> None:
    takes(api, placed(PROCESSING, status="engraving"))
    assert await store.perform(change, "key") == Outcome("refused", "not_allowed")
    assert changed(api) == []


async def test_a_site_that_keeps_its_state_has_not_cancelled(api: FakeApi, store: Store) -> None:
    takes(api, placed(PROCESSING))
    assert await store.perform(CancelOrder("24"), "key") == Outcome("refused", "not_allowed")


async def test_a_cancellation_whose_answer_was_lost_is_done_when_asked_again(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING))
    api.fail("PUT", rf"{ORDERS}/24", "cut")
    with pytest.raises(Unreachable):
        await store.perform(CancelOrder("24"), "key")
    has(api, placed(PROCESSING, status="cancelled"))
    assert await store.perform(CancelOrder("24"), "key") == Outcome("done")
    assert await store.perform(CancelOrder("24"), "another") == Outcome("refused", "already_cancelled")
    assert len(changed(api)) == 1


async def test_a_change_that_is_not_answered_in_time_is_not_known(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING))
    api.fail("PUT", rf"{ORDERS}/24", "hang")
    with pytest.raises(TooSlow):
        await store.perform(CancelOrder("24"), "key")
    assert len(changed(api)) == 1


async def test_a_key_that_may_only_read(api: FakeApi, store: Store) -> None:
    has(api, placed(HOUSEHOLD))
    plays(api, "order_update_readonly_key")
    with pytest.raises(Denied):
        await store.perform(CancelOrder("26"), "key")


async def test_a_plugins_number_leads_to_the_right_order(api: FakeApi, store: Store) -> None:
    takes(api, placed(PENDING, number="WEB-24"), status="cancelled")
    api.answer("GET", ORDERS, [placed(PENDING, number="WEB-24"), placed(PROCESSING)])
    assert await store.perform(CancelOrder("web-24"), "key") == Outcome("done")
    assert changed(api) == [("PUT", "/orders/27", {"status": "cancelled"})]


async def test_a_change_to_no_order(api: FakeApi, store: Store) -> None:
    assert await store.perform(CancelOrder("219"), "key") == Outcome("refused", "no_such_order")


@pytest.mark.parametrize("change", [CancelItem("24", "Bottle"), OpenReturn("24", ("Bottle",)), Reorder("24")])
async def test_what_it_cannot_do(api: FakeApi, store: Store, change: Change) -> None:
    assert change.name not in store.capabilities
    assert await store.perform(change, "key") == Outcome("unsupported")
    assert api.requests == []


# Notes


async def test_a_note_is_for_the_staff_alone(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING))
    plays(api, "note_create_private")
    assert exchange("note_create_private")["response"]["body"]["customer_note"] is False
    assert await store.note("24", "Caller confirmed the delivery address by phone.") is True
    body = {"note": "Caller confirmed the delivery address by phone.", "customer_note": False}
    assert changed(api) == [("POST", "/orders/24/notes", body)]


async def test_no_note_without_an_order(api: FakeApi, store: Store) -> None:
    assert await store.note("219", "x") is False
    assert changed(api) == []


async def test_a_note_is_not_written_twice(api: FakeApi, store: Store) -> None:
    has(api, placed(PROCESSING))
    api.answer("POST", rf"{ORDERS}/24/notes", {"code": "wp_die"}, 503, {"Retry-After": "0"})
    with behind_the_calls(), pytest.raises(Broken):
        await store.note("24", "x")
    assert len(changed(api)) == 1


# What the operator learns


async def findings(store: Store) -> dict[str, tuple[bool | None, str]]:
    return {one.what: (one.works, one.text) for one in await store.check()}


@pytest.fixture
def writable(api: FakeApi) -> FakeApi:
    api.answer("PUT", rf"{ORDERS}/9999999999", exchange("order_get_not_found")["response"]["body"], 400)
    return api


async def test_good_keys(writable: FakeApi, store: Store) -> None:
    told = await findings(store)
    assert {what for what, (works, _) in told.items() if works} == {"orders", "numbers", "parcels"}
    assert {what for what, (works, _) in told.items() if works is False} == set()
    assert "Fulfillments" in told["parcels"][1]
    assert "refunds nothing" in told["changes"][1]
    assert "unusual form" in told["phone"][1]
    assert "store.woocommerce.webhook_secret" in told["news"][1]
    assert changed(writable) == [("PUT", "/orders/9999999999", {})]


async def test_a_secret_for_webhooks(writable: FakeApi) -> None:
    section = settings(writable, webhook_secret=SecretStr("whsec"))
    made = stores.create(StoreSettings(system="woocommerce", woocommerce=section), Shop(), clock=lambda: NOW)
    assert (await findings(made))["news"][0] is True
    await made.close()


@pytest.mark.parametrize(
    ("recording", "advice"),
    [
        ("auth_bad_key", "the key is unknown"),
        ("auth_none_list", "Authorization header"),
        ("auth_bad_secret", "store.woocommerce.secret"),
        ("route_missing", "permalinks"),
        ("site_maintenance", "answered 503"),
        ("site_database_down", "answered 500"),
    ],
)
async def test_what_keeps_everything_from_working(api: FakeApi, store: Store, recording: str, advice: str) -> None:
    told = exchange(recording)["response"]
    api.answer("GET", ORDERS, told["body"], told["status"])
    found = await findings(store)
    assert list(found) == ["orders"]
    assert found["orders"][0] is False
    assert advice in found["orders"][1]
    assert SECRET not in found["orders"][1]


@pytest.mark.parametrize("body", ["<html>Welcome</html>", {"orders": []}, [{"id": "x"}]])
async def test_an_address_of_something_else(api: FakeApi, store: Store, body: Any) -> None:
    api.answer("GET", ORDERS, body)
    assert (await findings(store))["orders"][0] is False


async def test_keys_that_may_only_read(api: FakeApi, store: Store) -> None:
    refused = exchange("order_update_readonly_key")["response"]
    api.answer("PUT", rf"{ORDERS}/9999999999", refused["body"], refused["status"])
    works, text = (await findings(store))["changes"]
    assert works is False
    assert "Read/Write" in text


async def test_changes_that_cannot_be_tried(api: FakeApi, store: Store) -> None:
    api.fail("PUT", rf"{ORDERS}/9999999999", "cut")
    assert (await findings(store))["changes"][0] is False


async def test_a_site_without_fulfillments(writable: FakeApi, store: Store) -> None:
    writable.answer("GET", FULFILLMENTS, exchange("route_missing")["response"]["body"], 404)
    assert (await findings(store))["parcels"] == (True, "from the tracking plugin's data")
    writable.answer("GET", ORDERS, [placed(PROCESSING)])
    works, text = (await findings(store))["parcels"]
    assert works is None
    assert "Order Fulfillments" in text


async def test_fulfillments_that_the_key_may_not_see(writable: FakeApi, store: Store) -> None:
    writable.answer("GET", FULFILLMENTS, exchange("auth_none")["response"]["body"], 401)
    assert (await findings(store))["parcels"][0] is False


def numbered() -> list[dict[str, Any]]:
    return [placed(HOUSEHOLD, number="WEB-9"), placed(PROCESSING, number="WEB-8"), placed(COMPLETED)]


@pytest.mark.parametrize("asked", [{"number": "WEB-8"}, {"search": "8"}])
async def test_numbers_that_a_plugin_lets_be_found(writable: FakeApi, store: Store, asked: dict[str, str]) -> None:
    writable.answer("GET", ORDERS, numbered())
    writable.answer("GET", ORDERS, [{"id": 24, "number": "WEB-8"}], query=asked)
    works, text = (await findings(store))["numbers"]
    assert works is True
    assert "not WooCommerce's own" in text


async def test_numbers_that_a_plugin_keeps_to_itself(writable: FakeApi, store: Store) -> None:
    writable.answer("GET", ORDERS, numbered(), query={"per_page": "100"})
    writable.answer("GET", ORDERS, numbered()[:1], query={"per_page": "1"})
    works, text = (await findings(store))["numbers"]
    assert works is None
    assert "100 newest" in text


async def test_one_order_does_not_show_whether_numbers_are_found(writable: FakeApi, store: Store) -> None:
    writable.answer("GET", ORDERS, numbered()[:1])
    assert (await findings(store))["numbers"][0] is None


async def test_an_empty_shop(writable: FakeApi, store: Store) -> None:
    writable.answer("GET", ORDERS, [])
    told = await findings(store)
    assert (told["orders"][0], told["parcels"][0]) == (True, None)


@pytest.mark.parametrize("missing", ["url", "key", "secret"])
def test_a_missing_setting_is_named(missing: str) -> None:
    section = WooCommerce(**({"url": "https://shop.example.com", "key": KEY, "secret": SECRET} | {missing: ""}))
    with pytest.raises(NotConfigured, match=f"ASTERISK_AGENT_STORE__WOOCOMMERCE__{missing.upper()}"):
        stores.create(StoreSettings(system="woocommerce", woocommerce=section), Shop(), clock=lambda: NOW)


async def test_keys_do_not_travel_in_the_clear() -> None:
    section = WooCommerce(url="http://shop.example.com", key=SecretStr(KEY), secret=SecretStr(SECRET))
    with pytest.raises(NotConfigured, match="https"):
        stores.create(StoreSettings(system="woocommerce", woocommerce=section), Shop(), clock=lambda: NOW)


async def test_a_site_that_points_elsewhere(api: FakeApi, store: Store) -> None:
    """http to https, or www to none."""
    api.answer("GET", rf"{ORDERS}/24", status=301, headers={"Location": "https://www.shop.example.com/"})
    with pytest.raises(BadAnswer, match="points elsewhere"):
        await store.order("24")
