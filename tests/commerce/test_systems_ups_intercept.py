"""UPS Delivery Intercept: what a caller's change of a parcel under way becomes, and what it never does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from systems_world import FakeApi, Prism, spec

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier
from asterisk_agent.commerce.carriers.ups_intercept import CENTER
from asterisk_agent.commerce.changes import Change, HoldAtLocation, InterceptParcel, Outcome, RescheduleDelivery
from asterisk_agent.commerce.failures import Broken, Denied, SystemFailed, TooSlow
from asterisk_agent.commerce.models import Address, Customer, Order, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.commerce.stores.memory import MemoryStore
from asterisk_agent.commerce.systems import Systems
from asterisk_agent.commerce.trackings import Trackings
from asterisk_agent.settings_systems import Carriers, Ups

NUMBER = "1ZA2F8810719086435"
BASE = "/api/deliveryintercept/v2"
HOME = Address(line1="12 Maple Street", line2="Unit 4", city="Boston", state="MA", zip="02139")
NEW = Address(line1="84 Harbor Road", city="Portland", state="ME", zip="04101")
PARCEL = Shipment(carrier="ups", tracking=NUMBER, status=ShipmentStatus.IN_TRANSIT)
ORDER = Order(
    number="10442",
    customer=Customer(id="c1", name="Dana Reyes", phone="+16175550142"),
    status=OrderStatus.SHIPPED,
    placed_at=datetime(2026, 11, 20, tzinfo=UTC),
    address=HOME,
    shipments=(PARCEL,),
)
REDIRECT = InterceptParcel("10442", NUMBER, NEW)
LATER = RescheduleDelivery("10442", NUMBER, date(2026, 11, 27))
HOLD = HoldAtLocation("10442", NUMBER, CENTER)
DONE = {"transactionId": "ASR1212", "statusCode": "000", "statusMsg": "Success", "success": True, "errors": None}
PATHS = {
    "AA": f"{BASE}/redirect/address/{NUMBER}",
    "FD": f"{BASE}/reschedule/{NUMBER}",
    "WC": f"{BASE}/willcall/{NUMBER}",
}
CHANGES = [(REDIRECT, "AA"), (LATER, "FD"), (HOLD, "WC")]


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    """The description asks for a path parameter that no path has: the copy is without it."""
    described = yaml.safe_load(spec("ups-intercept.yaml").read_text(encoding="utf-8"))
    for ways in described["paths"].values():
        for way in ways.values():
            way["parameters"] = [one for one in way["parameters"] if one.get("name") != "version"]
    copy: Path = tmp_path_factory.mktemp("ups") / "ups-intercept.yaml"
    copy.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    server = Prism(copy)
    yield server
    server.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism, BASE, r"^/security|^/api/track") as server:
        server.answer("POST", "/security/v1/oauth/token", {"access_token": "t1", "expires_in": "14399"})
        seen(server, "005")
        can(server)
        costs(server, "0.00")
        for path in PATHS.values():
            server.answer("POST", path, DONE)
        yield server


@pytest.fixture
async def ups(api: FakeApi) -> AsyncIterator[Carrier]:
    section = Ups(url=api.url, client_id="id", client_secret=SecretStr("s3cret"), account="a2f881")
    made = carriers.create(Carriers(ups=section), "ups")
    yield made
    await made.close()


def seen(api: FakeApi, code: str, day: str = "20261124") -> None:
    package = {
        "trackingNumber": NUMBER,
        "currentStatus": {"statusCode": code},
        "deliveryDate": [{"type": "SDD", "date": day}],
    }
    api.answer("GET", r"/api/track/v1/details/.*", {"trackResponse": {"shipment": [{"package": [package]}]}})


def can(api: FakeApi, create: str = "ELIGIBLE", cancel: str = "NOT_ELIGIBLE", alone: str = "") -> None:
    rows: list[dict[str, Any]] = []
    for name in ("FD", "WC", "RD"):
        value: dict[str, Any] = {"createEligibility": create, "modifyEligibility": cancel, "cancelEligibility": cancel}
        if name == "FD":
            value["dateOptionsforFutureDelivery"] = [{"date": 20261127, "dayOfWeekText": "Friday"}]
        rows.append({"interceptFeature": name, "eligibilityValue": value})
    told = next(row for row in rows if row["interceptFeature"] == alone) if alone else rows
    api.answer("GET", f"{BASE}/eligibility/.*", {"response": {**DONE, "commonEligibilityMap": told}})


def costs(api: FakeApi, total: str, by_shipper: bool = False) -> None:
    row = {"totalCharge": total, "chargeCurrency": "USD", "shipperPaidInterceptCharges": by_shipper}
    api.answer("POST", f"{BASE}/charges/.*", {"response": {**DONE, "chargeInfo": [row]}})


def made(api: FakeApi) -> list[Any]:
    return [one.body for path in PATHS.values() for one in api.sent(path)]


@pytest.mark.parametrize(("change", "kind"), CHANGES)
async def test_a_change_reaches_ups_in_the_described_form(
    api: FakeApi, ups: Carrier, change: Change, kind: str
) -> None:
    assert await ups.perform(ORDER, PARCEL, change, "k1") == Outcome("done")
    [sent] = api.sent(PATHS[kind])
    assert sent.body["requestType"] == kind
    assert 3 <= len(sent.headers["transId"]) <= 14
    assert (sent.headers["PlatformType"], sent.headers["InquiryType"]) == ("XOLT", "U")
    assert api.sent("/security/.*")[0].headers["x-merchant-id"] == "A2F881"
    if kind == "AA":
        assert sent.body["newDeliveryAddress"]["addressInfo"]["postalCode"] == "04101"
    assert sent.body.get("deliveryDate") == ("20261127" if kind == "FD" else None)
    [rating] = api.sent(f"{BASE}/charges/.*")[0].body["ratingRequest"]
    assert rating["trackInfo"] == {"interceptOption": kind}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("003", "not_under_way"),
        ("011", "already_delivered"),
        ("021", "out_for_delivery"),
        ("040", "waits_for_pickup"),
        ("035", "returning"),
        ("013", "not_allowed"),
    ],
)
async def test_the_parcels_present_state_decides(api: FakeApi, ups: Carrier, code: str, reason: str) -> None:
    seen(api, code)
    assert await ups.perform(ORDER, PARCEL, REDIRECT, "k1") == Outcome("refused", reason)
    assert made(api) == []


@pytest.mark.parametrize(
    ("order", "change", "reason"),
    [
        (ORDER, HoldAtLocation("10442", NUMBER, "Corner Shop"), "place_not_offered"),
        (ORDER, RescheduleDelivery("10442", NUMBER, date(2026, 11, 26)), "day_not_offered"),
        (ORDER, InterceptParcel("10442", NUMBER, NEW.model_copy(update={"zip": "SW1A 1AA"})), "address_not_accepted"),
        (ORDER, InterceptParcel("10442", NUMBER, NEW.model_copy(update={"country": "CA"})), "address_not_accepted"),
        (ORDER.model_copy(update={"customer": Customer(id="c", name="D")}), REDIRECT, "incomplete"),
        (ORDER.model_copy(update={"address": None}), REDIRECT, "incomplete"),
        (
            ORDER.model_copy(update={"customer": Customer(id="c", name=" ", phone="+16175550142")}),
            REDIRECT,
            "incomplete",
        ),
    ],
)
async def test_what_ups_would_not_take_is_refused(
    api: FakeApi, ups: Carrier, order: Order, change: Change, reason: str
) -> None:
    assert await ups.perform(order, PARCEL, change, "k1") == Outcome("refused", reason)
    assert made(api) == []


async def test_another_shippers_parcel_is_left_alone(api: FakeApi) -> None:
    section = Ups(url=api.url, client_id="id", client_secret=SecretStr("s"), account="999AA1")
    other = carriers.create(Carriers(ups=section), "ups")
    assert await other.perform(ORDER, PARCEL, REDIRECT, "k1") == Outcome("refused", "not_our_parcel")
    await other.close()
    assert api.sent(f"{BASE}/.*") == []


@pytest.mark.parametrize(
    ("total", "by_shipper", "outcome"),
    [("21.00", False, Outcome("refused", "costs_money")), ("21.00", True, Outcome("done"))],
)
async def test_a_charge_that_nobody_told_the_caller_of_is_not_accepted(
    api: FakeApi, ups: Carrier, total: str, by_shipper: bool, outcome: Outcome
) -> None:
    costs(api, total, by_shipper)
    assert await ups.perform(ORDER, PARCEL, REDIRECT, "k1") == outcome
    assert len(made(api)) == (outcome.status == "done")


async def test_an_unknown_charge_is_not_accepted_either(api: FakeApi, ups: Carrier) -> None:
    api.answer("POST", f"{BASE}/charges/.*", {"response": {"statusCode": "400", "errors": [{"code": "710"}]}}, 400)
    assert await ups.perform(ORDER, PARCEL, REDIRECT, "k1") == Outcome("refused", "charge_unknown")
    assert made(api) == []


@pytest.mark.parametrize(
    ("change", "cancel", "outcome"),
    [
        (REDIRECT, "NOT_ELIGIBLE", Outcome("refused", "not_allowed")),
        (REDIRECT, "ELIGIBLE", Outcome("refused", "already_intercepted")),
        (HOLD, "ELIGIBLE", Outcome("done")),
    ],
)
async def test_what_ups_says_is_not_possible(
    api: FakeApi, ups: Carrier, change: Change, cancel: str, outcome: Outcome
) -> None:
    can(api, "NOT_ELIGIBLE", cancel)
    assert await ups.perform(ORDER, PARCEL, change, "k1") == outcome
    assert made(api) == []


async def test_eligibility_as_the_schema_has_it(api: FakeApi, ups: Carrier) -> None:
    can(api, alone="RD")
    assert await ups.perform(ORDER, PARCEL, REDIRECT, "k1") == Outcome("done")


async def test_the_same_change_is_made_once_under_any_key(api: FakeApi, ups: Carrier) -> None:
    for key in ("k1", "k1", "k2"):
        assert await ups.perform(ORDER, PARCEL, REDIRECT, key) == Outcome("done")
    assert len(made(api)) == 1


async def test_a_day_that_is_already_the_parcels_needs_no_change(api: FakeApi, ups: Carrier) -> None:
    seen(api, "005", "20261127")
    assert await ups.perform(ORDER, PARCEL, LATER, "k1") == Outcome("done")
    assert made(api) == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, DONE | {"statusCode": "500", "success": False}, Broken),
        (401, {"response": {"statusCode": "401", "errors": []}}, Denied),
        (503, {}, Broken),
    ],
)
async def test_failures(
    api: FakeApi, ups: Carrier, status: int, body: dict[str, Any], error: type[SystemFailed]
) -> None:
    api.answer("POST", PATHS["AA"], body, status)
    with pytest.raises(error):
        await ups.perform(ORDER, PARCEL, REDIRECT, "k1")


async def test_a_refusal_of_ups_is_one(api: FakeApi, ups: Carrier) -> None:
    api.answer("POST", PATHS["AA"], {"response": {"statusCode": "400", "errors": [{"code": "710"}]}}, 400)
    assert await ups.perform(ORDER, PARCEL, REDIRECT, "k1") == Outcome("refused", "not_allowed")


async def test_after_a_time_out_nobody_claims_to_know_and_it_is_not_sent_twice(api: FakeApi, ups: Carrier) -> None:
    api.fail("POST", PATHS["AA"], "hang")
    with pytest.raises(TooSlow):
        await ups.perform(ORDER, PARCEL, REDIRECT, "k1")
    assert len(made(api)) == 1


class Plain(MemoryStore):
    """A store that changes no parcel."""

    capabilities = frozenset()


async def test_through_all_systems_a_redirect_reaches_ups(api: FakeApi, ups: Carrier) -> None:
    systems = Systems([Plain([ORDER])], Trackings([ups], lambda: datetime(2026, 11, 23, tzinfo=UTC)))
    assert InterceptParcel.name in systems.capabilities
    assert await systems.perform(REDIRECT, "k1") == Outcome("done")
    assert made(api)[0]["newDeliveryAddress"]["addressInfo"]["city"] == "Portland"


async def test_without_the_account_nothing_is_changed(api: FakeApi) -> None:
    section = Ups(url=api.url, client_id="id", client_secret=SecretStr("s3cret"))
    tracked = carriers.create(Carriers(ups=section), "ups")
    systems = Systems([Plain([ORDER])], Trackings([tracked], lambda: datetime(2026, 11, 23, tzinfo=UTC)))
    assert systems.capabilities == frozenset()
    assert await systems.perform(REDIRECT, "k1") == Outcome("unsupported")
    assert await tracked.perform(ORDER, PARCEL, REDIRECT, "k1") == Outcome("unsupported")
    await tracked.close()
    assert made(api) == []
    assert all("x-merchant-id" not in one.headers for one in api.sent("/security/.*"))


async def test_what_the_operator_reads(api: FakeApi, ups: Carrier) -> None:
    assert [row.works for row in await ups.check()] == [True, True]
    api.answer("GET", f"{BASE}/eligibility/.*", {"response": {"statusCode": "401", "errors": []}}, 401)
    changes = (await ups.check())[1]
    assert changes.works is False
    assert "Delivery Intercept product" in changes.text
