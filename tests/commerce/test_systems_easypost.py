"""EasyPost: what a caller hears of a parcel, what an operator learns, and its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from systems_world import FakeApi, recorded

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.changes import HoldAtLocation, Outcome
from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, Limited, SystemFailed, TooSlow, Unreachable
from asterisk_agent.commerce.models import Customer, Order, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.web.metrics import METRICS
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.commerce.webhooks import easypost as webhooks
from asterisk_agent.commerce.webhooks.news import NotGenuine, TrackingNews
from asterisk_agent.settings_systems import Carriers, EasyPost

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TRACKERS = "/v2/trackers"
KEY = "EZAKk3y-that-stays-secret"
NUMBER = "EZ4000000004"
PARCEL = Parcel("usps", NUMBER, "29401")
Status = ShipmentStatus


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with FakeApi() as server:
        yield server


@pytest.fixture
async def easypost(api: FakeApi) -> AsyncIterator[Carrier]:
    made = carriers.create(Carriers(easypost=EasyPost(url=api.url, key=KEY)), "easypost")
    yield made
    await made.close()


def scan(status: str = "in_transit", time: str = "2026-11-21T13:15:00Z", **more: Any) -> dict[str, Any]:
    where = {"city": "CHARLESTON", "state": "SC", "country": None, "zip": "29401"}
    row = {"object": "TrackingDetail", "message": "Arrived at Post Office", "description": "", "status": status}
    return row | {"datetime": time, "source": "USPS", "carrier_code": "07", "tracking_location": where} | more


def tracker(status: str | None = "in_transit", detail: str | None = "arrived_at_facility", **more: Any) -> Any:
    return {
        "id": "trk_1",
        "tracking_code": NUMBER,
        "status": status,
        "status_detail": detail,
        "created_at": "2026-11-18T09:00:00Z",
        "est_delivery_date": None,
        "carrier": "USPS",
        "tracking_details": [scan()],
        "carrier_detail": None,
        "a_field_of_tomorrow": {"anything": [1]},
    } | more


def knows(api: FakeApi, *trackers: Any) -> None:
    api.answer("GET", TRACKERS, {"trackers": list(trackers), "has_more": True})


async def told(api: FakeApi, easypost: Carrier, one: Any) -> Shipment:
    knows(api, one)
    shipment = await easypost.track(PARCEL)
    assert shipment is not None
    return shipment


# What a caller hears


async def test_the_official_example_is_told_whole(api: FakeApi, easypost: Carrier) -> None:
    api.answer("GET", TRACKERS, recorded("easypost/trackers-list.json"))
    shipment = await easypost.track(Parcel("usps", "EZ1000000001"))
    assert shipment is not None
    assert (shipment.carrier, shipment.tracking) == ("USPS", "EZ1000000001")
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (
        Status.PRE_TRANSIT,
        "pre_transit",
        "Shipping Label Created",
    )
    assert shipment.expected == date(2025, 5, 9)
    assert [(one.text, one.place, one.status) for one in shipment.events] == [
        ("Pre-Shipment Info Sent to USPS", None, Status.PRE_TRANSIT),
        ("Shipping Label Created", "Houston, TX", Status.PRE_TRANSIT),
    ]
    assert shipment.events[1].at == datetime(2025, 4, 10, 9, 17, 17, tzinfo=UTC)
    assert shipment.events[1].at.utcoffset() == timedelta(hours=-5)
    (sent,) = api.requests
    assert (sent.method, sent.path, sent.query) == ("GET", TRACKERS, {"tracking_code": "EZ1000000001"})
    assert sent.headers["Authorization"] == "Basic RVpBS2szeS10aGF0LXN0YXlzLXNlY3JldDo=", "the key as user, no password"


async def test_a_parcel_that_easypost_does_not_have_is_registered(api: FakeApi, easypost: Carrier) -> None:
    knows(api)
    api.answer("POST", TRACKERS, recorded("easypost/trackers-create.json"), 201)
    shipment = await easypost.track(Parcel("usps", "EZ1000000001"))
    assert shipment is not None
    assert shipment.status is Status.PRE_TRANSIT
    assert api.sent(TRACKERS, "POST")[0].body == {"tracker": {"tracking_code": "EZ1000000001", "carrier": "USPS"}}


@pytest.mark.parametrize(
    ("carrier", "named"),
    [("ups", "UPS"), ("fedex", "FedEx"), ("canadapost", "CanadaPost"), ("dhl", None), ("", None), ("evri", None)],
)
async def test_the_carrier_is_named_where_its_name_is_sure(
    api: FakeApi, easypost: Carrier, carrier: str, named: str | None
) -> None:
    knows(api)
    api.answer("POST", TRACKERS, tracker(carrier=named or "DHLExpress"))
    await easypost.track(Parcel(carrier, NUMBER))
    assert api.sent(TRACKERS, "POST")[0].body["tracker"].get("carrier") == named


@pytest.mark.parametrize(
    ("status", "detail", "common"),
    [
        ("pre_transit", "label_created", Status.PRE_TRANSIT),
        ("in_transit", "departed_facility", Status.IN_TRANSIT),
        ("in_transit", None, Status.IN_TRANSIT),
        ("in_transit", "delayed", Status.DELAYED),
        ("in_transit", "weather_delay", Status.DELAYED),
        ("in_transit", "held", Status.DELAYED),
        ("out_for_delivery", "out_for_delivery", Status.OUT_FOR_DELIVERY),
        ("available_for_pickup", "arrived_at_pickup_location", Status.AVAILABLE_FOR_PICKUP),
        ("delivered", "arrived_at_destination", Status.DELIVERED),
        ("return_to_sender", "return", Status.RETURNING),
        ("failure", "delivery_exception", Status.ATTEMPT_FAILED),
        ("failure", "lost", Status.EXCEPTION),
        ("failure", None, Status.EXCEPTION),
        ("error", "status_update", Status.EXCEPTION),
        ("cancelled", "cancelled", Status.EXCEPTION),
        ("unknown", "unknown", Status.UNKNOWN),
    ],
)
async def test_every_status(
    api: FakeApi, easypost: Carrier, status: str, detail: str | None, common: ShipmentStatus
) -> None:
    shipment = await told(api, easypost, tracker(status, detail))
    assert (shipment.status, shipment.raw_status) == (common, status)


async def test_a_failure_after_an_attempt_is_an_attempt(api: FakeApi, easypost: Carrier) -> None:
    detail = {"initial_delivery_attempt": "2026-11-21T17:00:00Z"}
    shipment = await told(api, easypost, tracker("failure", "status_update", carrier_detail=detail))
    assert shipment.status is Status.ATTEMPT_FAILED


@pytest.mark.parametrize("status", ["teleported", None])
async def test_a_status_of_tomorrow_is_not_guessed(api: FakeApi, easypost: Carrier, status: str | None) -> None:
    counter = METRICS.unknown_codes.labels("easypost")
    before = counter._value.get()
    shipment = await told(api, easypost, tracker(status))
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (
        Status.UNKNOWN,
        status,
        "Arrived at Post Office",
    )
    assert counter._value.get() == before + 1


async def test_a_delivered_parcel_has_its_time_and_place(api: FakeApi, easypost: Carrier) -> None:
    scans = [
        scan("delivered", "2026-11-21T17:55:00Z", message="Delivered, Front Door/Porch"),
        scan("out_for_delivery", "2026-11-21T12:00:00Z"),
    ]
    shipment = await told(api, easypost, tracker("delivered", tracking_details=scans))
    assert shipment.delivered_at == datetime(2026, 11, 21, 17, 55, tzinfo=UTC)
    assert shipment.left_at == "front door or porch"
    assert shipment.pickup is None


async def test_a_parcel_that_waits_says_where(api: FakeApi, easypost: Carrier) -> None:
    scans = [scan(), scan("available_for_pickup", "2026-11-22T12:00:00Z", message="Available for Pickup")]
    shipment = await told(api, easypost, tracker("available_for_pickup", tracking_details=scans))
    assert (shipment.pickup, shipment.delivered_at) == ("Charleston, SC", None)


@pytest.mark.parametrize(
    ("eta", "detail", "day"),
    [
        ("2026-11-27T00:00:00Z", {"destination_tracking_location": {"state": "SC"}}, date(2026, 11, 27)),
        ("2026-11-27T03:00:00Z", {"destination_tracking_location": {"state": "SC"}}, date(2026, 11, 26)),
        ("2026-11-27T03:00:00Z", None, date(2026, 11, 27)),
        ("2026-11-27T23:00:00Z", {"est_delivery_date_local": "2026-11-26"}, date(2026, 11, 26)),
        (None, {"est_delivery_date_local": None}, None),
    ],
)
async def test_the_expected_day_is_the_recipients(
    api: FakeApi, easypost: Carrier, eta: str | None, detail: Any, day: date | None
) -> None:
    """Midnight in UTC stands for a day without a time."""
    shipment = await told(api, easypost, tracker(est_delivery_date=eta, carrier_detail=detail))
    assert shipment.expected == day


@pytest.mark.parametrize("details", [None, [], [scan() | {"datetime": None}]])
async def test_a_parcel_without_scans(api: FakeApi, easypost: Carrier, details: Any) -> None:
    shipment = await told(api, easypost, tracker("pre_transit", tracking_details=details))
    assert (shipment.status, shipment.events, shipment.raw_text) == (Status.PRE_TRANSIT, (), None)


@pytest.mark.parametrize(
    ("name", "said"),
    [("DHLExpress", "DHL"), ("FedExSmartPost", "FedEx"), ("LaserShipV2", "OnTrac"), ("Purolator", "Purolator")],
)
async def test_the_carrier_is_said_as_people_say_it(api: FakeApi, easypost: Carrier, name: str, said: str) -> None:
    knows(api, tracker(carrier=name))
    shipment = await easypost.track(Parcel("", NUMBER))
    assert shipment is not None
    assert shipment.carrier == said


# Numbers


@pytest.mark.parametrize(("status", "code"), [(422, "TRACKER.TRACKING_CODE.INVALID"), (404, "NOT_FOUND")])
async def test_a_number_that_no_carrier_has(api: FakeApi, easypost: Carrier, status: int, code: str) -> None:
    knows(api)
    api.answer("POST", TRACKERS, {"error": {"code": code, "message": "no"}}, status)
    assert await easypost.track(PARCEL) is None


@pytest.mark.parametrize("number", ["", " ", "#?"])
async def test_what_is_no_number_is_not_asked_for(api: FakeApi, easypost: Carrier, number: str) -> None:
    assert await easypost.track(Parcel("usps", number)) is None
    assert api.requests == []


async def test_hostile_text_changes_no_request(api: FakeApi, easypost: Carrier) -> None:
    knows(api)
    api.answer("POST", TRACKERS, {}, 422)
    await easypost.track(Parcel("usps", "1Z&carrier=UPS/../x"))
    assert api.sent(TRACKERS, "GET")[0].query == {"tracking_code": "1ZCARRIERUPSX"}


@pytest.mark.parametrize(
    "other",
    [
        tracker("delivered", tracking_code="EZ40000000044"),
        tracker("delivered", carrier="UPS"),
        tracker("delivered", created_at="2026-01-02T09:00:00Z"),
    ],
)
async def test_anothers_parcel_is_not_told(api: FakeApi, easypost: Carrier, other: Any) -> None:
    """Another number, another carrier's, or an earlier parcel with the same number."""
    knows(api, other, tracker("in_transit"))
    shipment = await easypost.track(Parcel("usps", NUMBER, shipped_at=datetime(2026, 11, 17, tzinfo=UTC)))
    assert shipment is not None
    assert shipment.status is Status.IN_TRANSIT


async def test_an_earlier_parcel_with_the_same_number_is_not_told(api: FakeApi, easypost: Carrier) -> None:
    knows(api, tracker("delivered", created_at="2026-01-02T09:00:00Z"))
    api.answer("POST", TRACKERS, tracker("pre_transit"))
    shipment = await easypost.track(Parcel("usps", NUMBER, shipped_at=datetime(2026, 11, 17, tzinfo=UTC)))
    assert shipment is not None
    assert shipment.status is Status.PRE_TRANSIT


async def test_of_several_trackers_the_newest_is_told(api: FakeApi, easypost: Carrier) -> None:
    knows(
        api,
        tracker("delivered", created_at="2026-11-01T09:00:00Z"),
        tracker("in_transit"),
        tracker("unknown", created_at=None),
    )
    shipment = await easypost.track(PARCEL)
    assert shipment is not None
    assert shipment.status is Status.IN_TRANSIT


async def test_many_parcels_are_asked_for_one_by_one(api: FakeApi, easypost: Carrier) -> None:
    api.answer("POST", TRACKERS, {}, 422)
    for number in ("A1111", "B2222", "C3333"):
        rows = [] if number == "B2222" else [tracker(tracking_code=number)]
        api.answer("GET", TRACKERS, {"trackers": rows}, query={"tracking_code": number})
    with behind_the_calls():
        found = await easypost.track_many([Parcel("usps", number) for number in ("A1111", "B2222", "C3333")])
    assert list(found) == ["A1111", "C3333"]


# Failures


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, {}, Denied),
        (403, {}, Denied),
        (429, {"Retry-After": "10"}, Limited),
        (500, {}, Broken),
        (503, {}, Broken),
        (301, {"Location": "https://www.easypost.com/"}, BadAnswer),
    ],
)
async def test_answers_that_are_none(
    api: FakeApi, easypost: Carrier, method: str, status: int, headers: dict[str, str], kind: type[SystemFailed]
) -> None:
    knows(api)
    api.answer(method, TRACKERS, {"error": {"code": "NO"}}, status, headers)
    with pytest.raises(kind) as raised:
        await easypost.track(PARCEL)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Bad gateway</html>",
        [],
        {"trackers": {"id": "1"}},
        {"trackers": [{"status": "delivered"}]},
        {"trackers": [tracker(tracking_details=[scan(time="yesterday")])]},
    ],
)
async def test_answers_of_another_form(api: FakeApi, easypost: Carrier, body: Any) -> None:
    api.answer("GET", TRACKERS, body, headers={"Content-Type": "text/html"} if isinstance(body, str) else None)
    with pytest.raises(BadAnswer):
        await easypost.track(PARCEL)


@pytest.mark.parametrize(("fault", "kind"), [("cut", Unreachable), ("garbage", Unreachable), ("hang", TooSlow)])
async def test_a_connection_that_fails(api: FakeApi, easypost: Carrier, fault: str, kind: type[SystemFailed]) -> None:
    api.fail("GET", TRACKERS, fault)
    with pytest.raises(kind):
        await easypost.track(PARCEL)


async def test_registering_may_be_repeated(api: FakeApi, easypost: Carrier) -> None:
    knows(api)
    api.answer("POST", TRACKERS, tracker())
    api.answer("POST", TRACKERS, {}, 503, {"Retry-After": "0"}, times=1)
    assert await easypost.track(PARCEL) is not None
    assert len(api.sent(TRACKERS, "POST")) == 2


async def test_more_than_five_requests_a_second_are_not_sent_on_a_call(api: FakeApi, easypost: Carrier) -> None:
    knows(api, tracker())
    with pytest.raises(Limited, match="our own rate limit"):
        await easypost.track_many([PARCEL] * 12)
    assert 5 <= len(api.requests) < 12


# What the operator learns


@pytest.mark.parametrize(
    ("key", "secret", "works", "news"),
    [("EZAKlive", "secret", True, True), ("EZAKlive", "", True, None), ("EZTKtest", "", None, None)],
)
async def test_check_names_what_works(
    api: FakeApi, key: str, secret: str, works: bool | None, news: bool | None
) -> None:
    api.answer("GET", TRACKERS, {"trackers": []}, query={"page_size": "1"})
    made = carriers.create(Carriers(easypost=EasyPost(url=api.url, key=key, webhook_secret=secret)), "easypost")
    found = {one.what: one for one in await made.check()}
    await made.close()
    assert (found["tracking"].works, found["news"].works) == (works, news)
    assert ("test key" in found["tracking"].text) is (works is None)
    assert [one.method for one in api.requests] == ["GET"], "nothing is registered, nothing billed"


@pytest.mark.parametrize(("status", "said"), [(401, "the key is wrong"), (503, "503")])
async def test_check_tells_what_does_not_work(api: FakeApi, easypost: Carrier, status: int, said: str) -> None:
    api.answer("GET", TRACKERS, {}, status)
    (only,) = await easypost.check()
    assert only.works is False
    assert said in only.text


def test_missing_settings_are_named() -> None:
    with pytest.raises(NotConfigured, match=r"carriers\.easypost\.key is missing"):
        carriers.create(Carriers(), "easypost")


async def test_it_says_what_it_is_and_changes_nothing() -> None:
    made = carriers.create(Carriers(easypost=EasyPost(key=KEY)), "easypost")
    assert (made.name, made.carriers, made.batch) == ("easypost", frozenset(), 1)
    assert made.fresh == timedelta(minutes=15)
    order = Order(number="1", customer=Customer(id="1", name="Jane"), status=OrderStatus.SHIPPED, placed_at=NOW)
    assert made.capabilities == frozenset()
    outcome = await made.perform(order, Shipment(carrier="USPS"), HoldAtLocation("1", NUMBER, "Shop"), "key")
    assert outcome == Outcome("unsupported")


# Webhooks

SECRET = "sécret of the webhook"
HOOK = EasyPost(key=KEY, webhook_secret=SECRET)


def delivery(description: str = "tracker.updated", **more: Any) -> bytes:
    """An event as EasyPost sends it: its recorded form, and the tracker in 'result'."""
    event = recorded("easypost/events-retrieve.json") | {"description": description, "result": tracker("delivered")}
    return json.dumps(event | more).encode()


def signature(content: bytes, secret: str = SECRET) -> str:
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, content, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("description", ["tracker.created", "tracker.updated"])
def test_news_of_a_parcel_is_taken(description: str) -> None:
    body = delivery(description)
    (news,) = webhooks.receive(HOOK, {"x-hmac-signature": signature(body)}, body, {}, NOW)
    assert isinstance(news, TrackingNews)
    assert (news.system, news.delivery) == ("easypost", "evt_ad2365c22d1511f0b5364ffbb3e7a1f1")
    assert (news.shipment.carrier, news.shipment.tracking) == ("USPS", NUMBER)
    assert news.shipment.status is Status.DELIVERED


def test_the_newer_signature_is_enough() -> None:
    body = delivery()
    at = "Mon, 23 Nov 2026 14:58:00 +0000"
    headers = {"x-timestamp": at, "x-path": "/webhooks/easypost"}
    headers["x-hmac-signature-v2"] = signature(f"{at}POST/webhooks/easypost".encode() + body)
    assert len(webhooks.receive(HOOK, headers, body, {}, NOW)) == 1


@pytest.mark.parametrize("description", ["batch.updated", "shipment.invoice.created", ""])
def test_news_of_other_things_is_left_alone(description: str) -> None:
    body = delivery(description, result={"object": "Batch"})
    assert webhooks.receive(HOOK, {"x-hmac-signature": signature(body)}, body, {}, NOW) == ()


BODY = b'{"description":"tracker.updated"}'
V2 = {"x-path": "/webhooks/easypost", "x-timestamp": "2026-11-23T14:59:00Z"}


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "missing"),
        ({"x-hmac-signature": ""}, "wrong"),
        ({"x-hmac-signature": signature(BODY, "another secret")}, "wrong"),
        ({"x-hmac-signature": signature(BODY + b" ")}, "wrong"),
        ({"x-hmac-signature": signature(BODY).removeprefix("hmac-sha256-hex=")}, "wrong"),
        ({"x-hmac-signature": "hmac-sha256-hex=\udce9"}, "wrong"),
        (V2 | {"x-hmac-signature-v2": signature(BODY)}, "wrong"),
        (V2 | {"x-timestamp": "x", "x-hmac-signature-v2": signature(b"xPOST/webhooks/easypost" + BODY)}, "no time"),
        (
            V2
            | {
                "x-timestamp": "2026-11-23T14:54:00Z",
                "x-hmac-signature-v2": signature(b"2026-11-23T14:54:00ZPOST/webhooks/easypost" + BODY),
            },
            "too old",
        ),
    ],
)
def test_what_is_not_genuine_is_refused(headers: dict[str, str], said: str) -> None:
    with pytest.raises(NotGenuine, match=said):
        webhooks.receive(HOOK, headers, BODY, {}, NOW)


def test_without_a_secret_nothing_is_taken() -> None:
    with pytest.raises(NotGenuine, match="webhook_secret is not set"):
        webhooks.receive(EasyPost(key=KEY), {"x-hmac-signature": signature(BODY, "")}, BODY, {}, NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", BODY, b'{"description":"tracker.updated","result":[]}'])
def test_a_genuine_delivery_of_another_form_says_so(body: bytes) -> None:
    with pytest.raises(NotGenuine, match="not as EasyPost describes it"):
        webhooks.receive(HOOK, {"x-hmac-signature": signature(body)}, body, {}, NOW)
