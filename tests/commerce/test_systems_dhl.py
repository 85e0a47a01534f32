"""DHL: what a caller hears of a parcel, what an operator learns, each request as it is described officially."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import yaml
from systems_world import FakeApi, Prism, spec

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.carriers import dhl as adapter
from asterisk_agent.commerce.changes import HoldAtLocation, Outcome
from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, Limited, SystemFailed, TooSlow, Unreachable
from asterisk_agent.commerce.models import Customer, Order, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.web.metrics import METRICS
from asterisk_agent.settings_systems import Carriers, Dhl

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SHIPMENTS = "/track/shipments"
KEY = "k3y-that-stays-secret"
NUMBER = "GM6051120500123456"
PARCEL = Parcel("dhl", NUMBER, "90601")
Status = ShipmentStatus


@pytest.fixture(scope="module")
def prism() -> Iterator[Prism]:
    served = Prism(spec("dhl-unified.yaml"))
    yield served
    served.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism, "/track") as server:
        yield server


@pytest.fixture
async def dhl(api: FakeApi) -> AsyncIterator[Carrier]:
    made = adapter.create(Dhl(url=api.url, key=KEY, seconds_between=0), clock=lambda: NOW)
    yield made
    await made.close()


def at(city: str | None = "Whittier, CA, US", country: str = "US", zip_code: str = "90601", **more: Any) -> Any:
    address = {"countryCode": country, "postalCode": zip_code} | ({"addressLocality": city} if city else {})
    return {"address": address, **more}


def scan(code: str = "transit", time: str = "2026-11-21T08:50:36", **more: Any) -> dict[str, Any]:
    return {"timestamp": time, "statusCode": code, "status": "PROCESSED", "location": at()} | more


def one(code: str = "transit", **more: Any) -> dict[str, Any]:
    now = scan(code, **{key: more.pop(key) for key in ("status", "description", "location") if key in more})
    row = {"id": NUMBER, "service": "ecommerce", "destination": at(), "status": now, "events": [now]}
    return row | {"a_field_of_tomorrow": {"anything": [1]}} | more


def knows(api: FakeApi, *shipments: dict[str, Any]) -> None:
    api.answer("GET", SHIPMENTS, {"shipments": list(shipments), "possibleAdditionalShipmentsUrl": []})


async def told(api: FakeApi, dhl: Carrier, shipment: dict[str, Any]) -> Shipment:
    knows(api, shipment)
    found = await dhl.track(PARCEL)
    assert found is not None
    return found


@cache
def official() -> Any:
    """The example of the official description."""
    return yaml.safe_load(spec("dhl-unified.yaml").read_text(encoding="utf-8"))["components"]["examples"][
        "trackingShipments"
    ]["value"]


# What a caller hears


async def test_the_official_example_is_told_whole(api: FakeApi, dhl: Carrier) -> None:
    api.answer("GET", SHIPMENTS, official())
    shipment = await dhl.track(Parcel("dhl", "GMDBD8E9CCE94842E495B7", "S8 7FA"))
    assert shipment is not None
    assert (shipment.carrier, shipment.tracking) == ("DHL", "GMDBD8E9CCE94842E495B7")
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (
        Status.IN_TRANSIT,
        "transit",
        "ARRIVED AT CUSTOMS",
    )
    assert len(shipment.events) == 8
    assert shipment.last_scan == shipment.events[0]
    assert (shipment.events[0].place, shipment.events[1].place) == ("Heathrow, United Kingdom", "Whittier, CA")
    assert shipment.events[0].at == datetime(2023, 1, 29, 16, 2, tzinfo=UTC)
    assert shipment.events[1].at == datetime(2023, 1, 23, 16, 52, 15, tzinfo=UTC), "08:52 in California"
    assert shipment.events[-1].place is None
    assert shipment.events[-1].at.utcoffset() == timedelta(hours=-7), "a label without a place: Utah, where it began"
    sent = api.sent(SHIPMENTS)[0]
    assert sent.query == {
        "trackingNumber": "GMDBD8E9CCE94842E495B7",
        "recipientPostalCode": "S8 7FA",
        "language": "en",
    }
    assert sent.headers["DHL-API-Key"] == KEY


@pytest.mark.parametrize(
    ("code", "words", "status"),
    [
        ("pre-transit", "The instruction data was provided", Status.PRE_TRANSIT),
        ("transit", "Processed", Status.IN_TRANSIT),
        ("transit", "Shipment is out with courier for delivery", Status.OUT_FOR_DELIVERY),
        ("transit", "OUT FOR DELIVERY", Status.OUT_FOR_DELIVERY),
        ("transit", "The shipment has been loaded onto the delivery vehicle", Status.OUT_FOR_DELIVERY),
        ("transit", "The shipment is ready for pick-up at the retail outlet", Status.AVAILABLE_FOR_PICKUP),
        ("transit", "AVAILABLE FOR PICKUP", Status.AVAILABLE_FOR_PICKUP),
        ("delivered", "DELIVERED", Status.DELIVERED),
        ("failure", "Delivery attempted; recipient not home", Status.ATTEMPT_FAILED),
        ("failure", "The address is not complete", Status.EXCEPTION),
        ("unknown", "LABEL CREATED", Status.UNKNOWN),
    ],
)
async def test_every_code(api: FakeApi, dhl: Carrier, code: str, words: str, status: ShipmentStatus) -> None:
    shipment = await told(api, dhl, one(code, status=words))
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (status, code, words)


@pytest.mark.parametrize("code", ["pre-transit", "transit", "failure", "unknown", "delivered"])
async def test_a_parcel_that_goes_back_is_not_called_delivered(api: FakeApi, dhl: Carrier, code: str) -> None:
    shipment = await told(api, dhl, one(code, returnFlag=True))
    assert (shipment.status, shipment.delivered_at) == (Status.RETURNING, None)


async def test_a_code_of_tomorrow_is_not_guessed(api: FakeApi, dhl: Carrier) -> None:
    counter = METRICS.unknown_codes.labels("dhl")
    before = counter._value.get()
    shipment = await told(api, dhl, one("teleported", status="Teleported"))
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (Status.UNKNOWN, "teleported", "Teleported")
    assert counter._value.get() == before + 1


@pytest.mark.parametrize(
    ("code", "eta", "status", "day"),
    [
        ("transit", "2026-11-23T00:00:00", Status.OUT_FOR_DELIVERY, date(2026, 11, 23)),
        ("transit", "2026-11-24T00:00:00", Status.IN_TRANSIT, date(2026, 11, 24)),
        ("transit", "2026-11-24T02:00:00Z", Status.OUT_FOR_DELIVERY, date(2026, 11, 23)),
        ("pre-transit", "2026-11-23T00:00:00", Status.PRE_TRANSIT, date(2026, 11, 23)),
        ("failure", "2026-11-23T00:00:00", Status.EXCEPTION, date(2026, 11, 23)),
    ],
)
async def test_expected_today_means_out_for_delivery(
    api: FakeApi, dhl: Carrier, code: str, eta: str, status: ShipmentStatus, day: date
) -> None:
    shipment = await told(api, dhl, one(code, estimatedTimeOfDelivery=eta))
    assert (shipment.status, shipment.expected) == (status, day)


async def test_today_is_that_of_the_recipient(api: FakeApi) -> None:
    """It is still the 22nd in California."""
    late = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    made = adapter.create(Dhl(url=api.url, key=KEY), clock=lambda: late)
    shipment = await told(api, made, one(estimatedTimeOfDelivery="2026-11-22T00:00:00"))
    await made.close()
    assert shipment.status is Status.OUT_FOR_DELIVERY


@pytest.mark.parametrize(
    ("begin", "end", "window"),
    [
        ("2026-11-24T10:00:00", "2026-11-24T13:30:00", (18, 21)),
        ("2026-11-24T10:00:00-05:00", "2026-11-24T13:30:00-05:00", (15, 18)),
        ("2026-11-24T00:00:00", "2026-11-24T23:59:59", None),
        ("2026-11-24T10:00:00", "2026-11-26T18:00:00", None),
        ("2026-11-24T10:00:00", None, None),
    ],
)
async def test_a_window_is_some_hours_in_the_recipients_zone(
    api: FakeApi, dhl: Carrier, begin: str, end: str | None, window: tuple[int, int] | None
) -> None:
    frame = {"estimatedFrom": begin} | ({"estimatedThrough": end} if end else {})
    shipment = await told(api, dhl, one(estimatedDeliveryTimeFrame=frame))
    if window is None:
        assert (shipment.expected_from, shipment.expected_to) == (None, None)
    else:
        assert shipment.expected_from == datetime(2026, 11, 24, window[0], tzinfo=UTC)
        assert shipment.expected_to == datetime(2026, 11, 24, window[1], 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("details", "hour"),
    [(None, 16), ({"proofOfDelivery": {"timestamp": "2026-11-21T12:30:00"}}, 20), ({"proofOfDelivery": {}}, 16)],
)
async def test_a_delivered_parcel_has_its_time(api: FakeApi, dhl: Carrier, details: Any, hour: int) -> None:
    shipment = await told(api, dhl, one("delivered", details=details))
    assert shipment.delivered_at is not None
    assert (shipment.delivered_at.astimezone(UTC).day, shipment.delivered_at.astimezone(UTC).hour) == (21, hour)


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (at(servicePoint={"label": "DHL ServicePoint, 12 Main Street"}), "DHL ServicePoint, 12 Main Street"),
        (at(), "Whittier, CA"),
        (None, None),
    ],
)
async def test_a_parcel_that_waits_says_where(api: FakeApi, dhl: Carrier, location: Any, place: str | None) -> None:
    shipment = await told(api, dhl, one(status="Available for pickup", location=location))
    assert (shipment.status, shipment.pickup) == (Status.AVAILABLE_FOR_PICKUP, place)


@pytest.mark.parametrize(
    ("location", "place", "offset"),
    [
        (at("Berlin", "DE", "10115"), "Berlin, Germany", 1),
        (at("SHEFFIELD, GB", "UK", "S87FA"), "Sheffield, United Kingdom", 0),
        (at("Cagliari, CA", "IT", "09121"), "Cagliari, Italy", 1),
        (at("HONG KONG", "HK", ""), "Hong Kong, Hong Kong", 8),
        (at("El Paso, TX, US", "US", "79901"), "El Paso, TX", -7),
        (at("Austin, TX", "US", ""), "Austin, TX", -6),
        (at("Honolulu, HI, US", "US", "96813"), "Honolulu, HI", -10),
        (at(None, "DE", "10115"), "Germany", 1),
        (at("Atlantis", "XX", ""), "Atlantis, XX", -5),
        (None, None, -5),
    ],
)
async def test_local_times_have_the_zone_of_their_place(
    api: FakeApi, dhl: Carrier, location: Any, place: str | None, offset: int
) -> None:
    """Of a scan without a place that is known: the zone of the origin."""
    shipment = await told(api, dhl, one(origin=at("New York, NY", "US", "10001"), events=[scan(location=location)]))
    found = shipment.events[0]
    assert (found.place, found.at.utcoffset()) == (place, timedelta(hours=offset))
    assert found.at.replace(tzinfo=None) == datetime(2026, 11, 21, 8, 50, 36)


async def test_an_offset_wins_over_the_place(api: FakeApi, dhl: Carrier) -> None:
    shipment = await told(api, dhl, one(events=[scan(time="2026-11-21T08:00:00+01:00")]))
    assert shipment.events[0].at == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


async def test_what_dhl_leaves_out_is_not_told(api: FakeApi, dhl: Carrier) -> None:
    shipment = await told(api, dhl, {"id": NUMBER})
    assert shipment == Shipment(carrier="DHL", tracking=NUMBER)


# Numbers


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, json.dumps({"title": "No result found", "status": 404, "detail": "No shipment with that number."})),
        (200, {"shipments": []}),
        (200, {}),
    ],
)
async def test_a_number_that_dhl_does_not_know(api: FakeApi, dhl: Carrier, status: int, body: Any) -> None:
    api.answer("GET", SHIPMENTS, body, status, {"Content-Type": "application/problem+json"} if status == 404 else None)
    assert await dhl.track(PARCEL) is None


@pytest.mark.parametrize("number", ["", "  ", "--"])
async def test_what_is_no_number_is_not_asked_for(api: FakeApi, dhl: Carrier, number: str) -> None:
    assert await dhl.track(Parcel("dhl", number)) is None
    assert api.requests == []


async def test_hostile_text_changes_no_request(api: FakeApi, dhl: Carrier) -> None:
    knows(api)
    await dhl.track(Parcel("dhl", "GM60&service=express#x", "1&language=de"))
    assert api.sent(SHIPMENTS)[0].query == {
        "trackingNumber": "GM60SERVICEEXPRESSX",
        "recipientPostalCode": "1&language=de",
        "language": "en",
    }


AUSTIN = one("delivered", destination=at("Austin, TX", "US", "78701-1234"), status="THE OTHER")
WHITTIER = one("transit", status="OURS")
NOWHERE = {"id": NUMBER, "status": scan(status="NO ADDRESS")}


@pytest.mark.parametrize(
    ("shipments", "parcel", "words"),
    [
        ((AUSTIN, WHITTIER), Parcel("dhl", NUMBER, "90601"), "OURS"),
        ((AUSTIN, WHITTIER, NOWHERE), Parcel("dhl", NUMBER, "90601-4455"), "OURS"),
        ((AUSTIN, WHITTIER), Parcel("dhl", NUMBER, "78701"), "THE OTHER"),
        ((AUSTIN, WHITTIER), Parcel("dhl", NUMBER, "10001"), None),
        ((AUSTIN, WHITTIER), Parcel("dhl", NUMBER), None),
        ((AUSTIN,), Parcel("dhl", NUMBER, "10001"), "THE OTHER"),
    ],
)
async def test_of_several_the_one_to_the_zip_code_is_told(
    api: FakeApi, dhl: Carrier, shipments: Any, parcel: Parcel, words: str | None
) -> None:
    """A stranger's parcel is worse than none."""
    knows(api, *shipments)
    found = await dhl.track(parcel)
    assert (found.raw_text if found else None) == words


async def test_of_several_to_one_zip_code_the_one_since_the_dispatch_is_told(api: FakeApi, dhl: Carrier) -> None:
    old = one("delivered", status="OF LAST YEAR")
    old["status"] |= {"timestamp": "2025-11-21T08:00:00"}
    knows(api, old, WHITTIER)
    sent = datetime(2026, 11, 20, tzinfo=UTC)
    found = await dhl.track(Parcel("dhl", NUMBER, "90601", sent))
    assert found is not None
    assert found.raw_text == "OURS"


async def test_many_parcels_are_asked_for_one_by_one(api: FakeApi, dhl: Carrier) -> None:
    knows(api, one())
    api.answer("GET", SHIPMENTS, {}, 404, query={"trackingNumber": "GM2"})
    found = await dhl.track_many([Parcel("dhl", "GM1"), Parcel("dhl", "GM2"), Parcel("dhl", "GM3")])
    assert list(found) == ["GM1", "GM3"]
    assert [one.query["trackingNumber"] for one in api.sent(SHIPMENTS)] == ["GM1", "GM2", "GM3"]


# The key's quota


async def test_a_second_caller_within_five_seconds_is_not_kept_waiting(api: FakeApi) -> None:
    made = adapter.create(Dhl(url=api.url, key=KEY))
    knows(api, one())
    assert await made.track(PARCEL) is not None
    with pytest.raises(Limited, match="our own rate limit"):
        await made.track(PARCEL)
    await made.close()
    assert len(api.requests) == 1


@pytest.mark.parametrize("per_day", [1, 5, 40])
async def test_no_more_than_the_days_quota_goes_at_once(api: FakeApi, per_day: int) -> None:
    made = adapter.create(Dhl(url=api.url, key=KEY, per_day=per_day, seconds_between=0))
    knows(api, one())
    with pytest.raises(Limited):
        await made.track_many([PARCEL] * (per_day + 1))
    await made.close()
    assert 1 <= len(api.requests) <= per_day


# Failures


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, {}, Denied),
        (403, {}, Denied),
        (429, {"Retry-After": "3600"}, Limited),
        (500, {}, Broken),
        (503, {}, Broken),
        (302, {"Location": "https://www.dhl.com/"}, BadAnswer),
    ],
)
async def test_answers_that_are_none(
    api: FakeApi, dhl: Carrier, status: int, headers: dict[str, str], kind: type[SystemFailed]
) -> None:
    api.answer("GET", SHIPMENTS, {"title": "no"}, status, headers)
    with pytest.raises(kind) as raised:
        await dhl.track(PARCEL)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Access denied</html>",
        [],
        {"shipments": {"id": "1"}},
        {"shipments": [{"status": {"statusCode": "transit"}}]},
        {"shipments": [one(events=[scan(time="yesterday")])]},
    ],
)
async def test_answers_of_another_form(api: FakeApi, dhl: Carrier, body: Any) -> None:
    api.answer("GET", SHIPMENTS, body, headers={"Content-Type": "text/html"} if isinstance(body, str) else None)
    with pytest.raises(BadAnswer):
        await dhl.track(PARCEL)


@pytest.mark.parametrize(("fault", "kind"), [("cut", Unreachable), ("garbage", Unreachable), ("hang", TooSlow)])
async def test_a_connection_that_fails(api: FakeApi, dhl: Carrier, fault: str, kind: type[SystemFailed]) -> None:
    api.fail("GET", SHIPMENTS, fault)
    with pytest.raises(kind):
        await dhl.track(PARCEL)


async def test_a_short_retry_after_is_waited_for(api: FakeApi, dhl: Carrier) -> None:
    knows(api, one())
    api.answer("GET", SHIPMENTS, {}, 503, {"Retry-After": "0"}, times=1)
    assert await dhl.track(PARCEL) is not None


# What the operator learns


@pytest.mark.parametrize("status", [200, 404])
async def test_check_names_what_works_and_the_quota(api: FakeApi, dhl: Carrier, status: int) -> None:
    api.answer("GET", SHIPMENTS, {}, status)
    found = {one.what: one for one in await dhl.check()}
    assert found["tracking"].works is True
    assert found["quota"].works is None
    assert "250 requests a day" in found["quota"].text
    assert len(api.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_check_tells_a_wrong_key(api: FakeApi, dhl: Carrier, status: int) -> None:
    api.answer("GET", SHIPMENTS, {}, status)
    (only,) = await dhl.check()
    assert only.works is False
    assert "carriers.dhl.key" in only.text


async def test_check_tells_that_dhl_is_down(api: FakeApi, dhl: Carrier) -> None:
    api.answer("GET", SHIPMENTS, {}, 503)
    (only,) = await dhl.check()
    assert (only.works, "503" in only.text) == (False, True)


def test_missing_settings_are_named() -> None:
    with pytest.raises(NotConfigured, match=r"carriers\.dhl\.key is missing"):
        carriers.create(Carriers(), "dhl")


async def test_it_says_what_it_is_and_changes_nothing() -> None:
    made = carriers.create(Carriers(dhl=Dhl(key=KEY)), "dhl")
    assert (made.name, made.carriers, made.batch, made.fresh) == ("dhl", frozenset({"dhl"}), 1, timedelta(hours=1))
    order = Order(number="1", customer=Customer(id="1", name="Jane"), status=OrderStatus.SHIPPED, placed_at=NOW)
    assert made.capabilities == frozenset()
    outcome = await made.perform(order, Shipment(carrier="DHL"), HoldAtLocation("1", NUMBER, "Shop"), "key")
    assert outcome == Outcome("unsupported")
