"""Shippo: what a caller hears of a parcel, what an operator learns, its webhooks; requests as described officially."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import yaml
from systems_world import FakeApi, Prism, spec

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.changes import HoldAtLocation, Outcome
from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, Limited, SystemFailed, TooSlow, Unreachable
from asterisk_agent.commerce.models import Customer, Order, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.web.metrics import METRICS
from asterisk_agent.commerce.webhooks import shippo as webhooks
from asterisk_agent.commerce.webhooks.news import NotGenuine, TrackingNews
from asterisk_agent.settings_systems import Carriers, Shippo

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TOKEN = "shippo_live_that_stays_secret"
NUMBER = "9205590164917312751089"
TRACKS = "/tracks/.*"
USPS = f"/tracks/usps/{NUMBER}"
PARCEL = Parcel("usps", NUMBER, "94107")
Status = ShipmentStatus


@pytest.fixture(scope="module")
def prism() -> Iterator[Prism]:
    served = Prism(spec("shippo.yaml"))
    yield served
    served.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism) as server:
        yield server


@pytest.fixture
async def shippo(api: FakeApi) -> AsyncIterator[Carrier]:
    made = carriers.create(Carriers(shippo=Shippo(url=api.url, token=TOKEN)), "shippo")
    yield made
    await made.close()


def state(
    status: str = "TRANSIT", code: str | None = None, time: str | None = "2026-11-21T17:55:00Z", **more: Any
) -> Any:
    finer = {"code": code, "text": "In words.", "action_required": False} if code else None
    return {
        "object_id": "a21b3d6831c14ceaba6730179ce6e784",
        "object_created": "2026-11-21T18:00:00Z",
        "status": status,
        "substatus": finer,
        "status_date": time,
        "status_details": "Your shipment has left the origin facility.",
        "location": {"city": "Las Vegas", "state": "NV", "zip": "89101", "country": "US"},
    } | more


def track(now: Any = "", history: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "carrier": "usps",
        "tracking_number": NUMBER,
        "address_to": {"city": "San Francisco", "state": "CA", "zip": "94107", "country": "US"},
        "eta": None,
        "tracking_status": state() if now == "" else now,
        "tracking_history": list(history) if history is not None else None,
        "messages": [],
        "a_field_of_tomorrow": {"anything": [1]},
    } | more


async def told(api: FakeApi, shippo: Carrier, body: Any) -> Shipment:
    api.answer("GET", USPS, body)
    shipment = await shippo.track(PARCEL)
    assert shipment is not None
    return shipment


# What a caller hears


async def test_a_delivered_parcel_is_told_with_its_scans(api: FakeApi, shippo: Carrier) -> None:
    delivered = state(
        "DELIVERED",
        "delivered",
        status_details="Delivered, In/At Mailbox",
        location={"city": "San Francisco", "state": "CA", "zip": "94107", "country": "US"},
    )
    history = [state("PRE_TRANSIT", "information_received", "2026-11-19T08:00:00Z", location=None), state(), delivered]
    shipment = await told(api, shippo, track(delivered, history))
    assert (shipment.carrier, shipment.tracking) == ("USPS", NUMBER)
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (
        Status.DELIVERED,
        "DELIVERED/delivered",
        "Delivered, In/At Mailbox",
    )
    assert shipment.delivered_at == datetime(2026, 11, 21, 17, 55, tzinfo=UTC)
    assert shipment.left_at == "in or at mailbox"
    assert [(one.place, one.status, one.at.utcoffset()) for one in shipment.events] == [
        (None, Status.PRE_TRANSIT, timedelta(0)),
        ("Las Vegas, NV", Status.IN_TRANSIT, timedelta(hours=-8)),
        ("San Francisco, CA", Status.DELIVERED, timedelta(hours=-8)),
    ]
    (sent,) = api.requests
    assert (sent.method, sent.path) == ("GET", USPS)
    assert sent.headers["Authorization"] == f"ShippoToken {TOKEN}"


async def test_the_official_example_is_read(api: FakeApi, shippo: Carrier) -> None:
    """Examples of the fields in the official description."""
    schemas = yaml.safe_load(spec("shippo.yaml").read_text(encoding="utf-8"))["components"]["schemas"]
    fields = schemas["TrackingStatus"]["properties"]
    now = {name: field["example"] for name, field in fields.items() if "example" in field}
    now["status"] = schemas["TrackingStatusEnum"]["example"]
    whole = {name: field["example"] for name, field in schemas["Track"]["properties"].items() if "example" in field}
    shipment = await told(api, shippo, whole | {"tracking_status": now, "tracking_history": [now], "messages": []})
    assert (shipment.status, shipment.delivered_at) == (Status.DELIVERED, datetime(2016, 7, 23, tzinfo=UTC))
    assert shipment.raw_text == "Your shipment has been delivered at the destination mailbox."


@pytest.mark.parametrize(
    ("status", "code", "common"),
    [
        ("PRE_TRANSIT", "information_received", Status.PRE_TRANSIT),
        ("TRANSIT", None, Status.IN_TRANSIT),
        *(
            ("TRANSIT", code, Status.IN_TRANSIT)
            for code in (
                "package_accepted",
                "package_arrived",
                "package_departed",
                "package_forwarded",
                "package_processed",
                "package_processing",
                "delivery_scheduled",
                "delivery_rescheduled",
            )
        ),
        ("TRANSIT", "out_for_delivery", Status.OUT_FOR_DELIVERY),
        ("TRANSIT", "delivery_attempted", Status.ATTEMPT_FAILED),
        ("TRANSIT", "notice_left", Status.ATTEMPT_FAILED),
        ("TRANSIT", "location_inaccessible", Status.ATTEMPT_FAILED),
        ("TRANSIT", "reschedule_delivery", Status.ATTEMPT_FAILED),
        ("TRANSIT", "pickup_available", Status.AVAILABLE_FOR_PICKUP),
        ("TRANSIT", "delayed", Status.DELAYED),
        ("TRANSIT", "package_held", Status.DELAYED),
        ("TRANSIT", "address_issue", Status.EXCEPTION),
        ("TRANSIT", "contact_carrier", Status.EXCEPTION),
        ("TRANSIT", "package_damaged", Status.EXCEPTION),
        ("DELIVERED", "delivered", Status.DELIVERED),
        ("RETURNED", "return_to_sender", Status.RETURNING),
        ("FAILURE", "package_undeliverable", Status.EXCEPTION),
        ("FAILURE", "out_for_delivery", Status.EXCEPTION),
    ],
)
async def test_every_status(
    api: FakeApi, shippo: Carrier, status: str, code: str | None, common: ShipmentStatus
) -> None:
    shipment = await told(api, shippo, track(state(status, code)))
    assert (shipment.status, shipment.raw_status) == (common, f"{status}/{code}" if code else status)


@pytest.mark.parametrize(
    ("status", "code", "common"),
    [("TELEPORTED", None, Status.UNKNOWN), ("TRANSIT", "levitating", Status.IN_TRANSIT)],
)
async def test_codes_of_tomorrow_are_counted_and_not_guessed(
    api: FakeApi, shippo: Carrier, status: str, code: str | None, common: ShipmentStatus
) -> None:
    counter = METRICS.unknown_codes.labels("shippo")
    before = counter._value.get()
    shipment = await told(api, shippo, track(state(status, code)))
    assert (shipment.status, shipment.raw_text) == (common, "Your shipment has left the origin facility.")
    assert counter._value.get() == before + 1


async def test_a_status_that_shippo_calls_unknown_keeps_its_scans(api: FakeApi, shippo: Carrier) -> None:
    counter = METRICS.unknown_codes.labels("shippo")
    before = counter._value.get()
    shipment = await told(api, shippo, track(state("UNKNOWN", "other"), [state()]))
    assert (shipment.status, len(shipment.events)) == (Status.UNKNOWN, 1)
    assert counter._value.get() == before, "it is a code that is known"


async def test_a_parcel_that_waits_says_where(api: FakeApi, shippo: Carrier) -> None:
    shipment = await told(api, shippo, track(state("TRANSIT", "pickup_available"), [state()]))
    assert (shipment.pickup, shipment.delivered_at) == ("Las Vegas, NV", None)


async def test_a_waiting_place_that_the_newest_scan_leaves_out_is_the_last_one(api: FakeApi, shippo: Carrier) -> None:
    shipment = await told(api, shippo, track(state("TRANSIT", "pickup_available", location=None), [state()]))
    assert shipment.pickup == "Las Vegas, NV"


@pytest.mark.parametrize(
    ("eta", "home", "day"),
    [
        ("2026-11-25T00:00:00Z", {"state": "CA", "country": "US"}, date(2026, 11, 25)),
        ("2026-11-25T04:00:00Z", {"state": "CA", "country": "US"}, date(2026, 11, 24)),
        ("2026-11-25T04:00:00Z", None, date(2026, 11, 24)),
        ("2026-11-25T20:00:00", {"city": "Tokyo", "country": "JP"}, date(2026, 11, 26)),
        (None, None, None),
    ],
)
async def test_the_expected_day_is_the_recipients(
    api: FakeApi, shippo: Carrier, eta: str | None, home: Any, day: date | None
) -> None:
    """Midnight in UTC stands for a day without a time; without an address the order's ZIP code tells the zone."""
    shipment = await told(api, shippo, track(eta=eta, address_to=home))
    assert shipment.expected == day


@pytest.mark.parametrize("history", [None, []])
async def test_without_a_history_the_status_is_the_one_scan(api: FakeApi, shippo: Carrier, history: Any) -> None:
    shipment = await told(api, shippo, track(history=history))
    assert [one.place for one in shipment.events] == ["Las Vegas, NV"]


async def test_without_a_status_the_last_of_the_history_is_told(api: FakeApi, shippo: Carrier) -> None:
    shipment = await told(api, shippo, track(None, [state("PRE_TRANSIT"), state("TRANSIT", "out_for_delivery")]))
    assert shipment.status is Status.OUT_FOR_DELIVERY


async def test_a_scan_without_a_time_is_left_out(api: FakeApi, shippo: Carrier) -> None:
    shipment = await told(api, shippo, track(state("DELIVERED", time=None), [state("DELIVERED", time=None)]))
    assert (shipment.status, shipment.events, shipment.delivered_at) == (Status.DELIVERED, (), None)


# Numbers and carriers


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"detail": "tracking not found"}),
        (400, {"carrier": ["not supported"]}),
        (200, track(None)),
        (200, track(None, None)),
        (200, track(state("UNKNOWN"))),
    ],
)
async def test_a_number_that_shippo_does_not_know(api: FakeApi, shippo: Carrier, status: int, body: Any) -> None:
    api.answer("GET", USPS, body, status)
    assert await shippo.track(PARCEL) is None


@pytest.mark.parametrize(
    ("carrier", "number", "path"),
    [
        ("ups", "1Z12345E0205271688", "/tracks/ups/1Z12345E0205271688"),
        ("fedex", "1234 5678 9012", "/tracks/fedex/123456789012"),
        ("canadapost", "1234567890123456", "/tracks/canada_post/1234567890123456"),
        ("royalmail", "AB123456789GB", "/tracks/royal_mail/AB123456789GB"),
        ("ontrac", "C11031500001879", "/tracks/ontrac/C11031500001879"),
        ("dhl", "1234567890", "/tracks/dhl_express/1234567890"),
        ("dhl", "JJD0099999999", "/tracks/dhl_express/JJD0099999999"),
        ("dhl", "GM6051120500123456", "/tracks/dhl_ecommerce/GM6051120500123456"),
        ("usps", "9205/../x?y#z", "/tracks/usps/9205XYZ"),
    ],
)
async def test_the_carrier_is_named_in_shippos_words(
    api: FakeApi, shippo: Carrier, carrier: str, number: str, path: str
) -> None:
    api.answer("GET", TRACKS, track(tracking_number=number))
    shipment = await shippo.track(Parcel(carrier, number))
    assert [one.path for one in api.requests] == [path]
    assert shipment is not None
    assert shipment.tracking == number


@pytest.mark.parametrize(("carrier", "number"), [("", NUMBER), ("amazon", NUMBER), ("../usps", NUMBER), ("usps", " ")])
async def test_what_shippo_cannot_know_is_not_asked_for(
    api: FakeApi, shippo: Carrier, carrier: str, number: str
) -> None:
    assert await shippo.track(Parcel(carrier, number)) is None
    assert api.requests == []


def test_every_carrier_of_the_official_list_is_known() -> None:
    schemas = yaml.safe_load(spec("shippo.yaml").read_text(encoding="utf-8"))["components"]["schemas"]
    made = carriers.create(Carriers(shippo=Shippo(token=TOKEN)), "shippo")
    official = {name.replace("_", "") for name in schemas["CarriersEnum"]["enum"]}
    assert made.carriers == official | {"dhl"}


async def test_many_parcels_are_asked_for_one_by_one(api: FakeApi, shippo: Carrier) -> None:
    api.answer("GET", TRACKS, track())
    api.answer("GET", "/tracks/usps/B2222", {}, 404)
    found = await shippo.track_many([Parcel("usps", number) for number in ("A1111", "B2222", "C3333")])
    assert list(found) == ["A1111", "C3333"]


# Failures


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, {}, Denied),
        (403, {}, Denied),
        (429, {"Retry-After": "60"}, Limited),
        (500, {}, Broken),
        (503, {}, Broken),
        (301, {"Location": "https://goshippo.com/"}, BadAnswer),
    ],
)
async def test_answers_that_are_none(
    api: FakeApi, shippo: Carrier, status: int, headers: dict[str, str], kind: type[SystemFailed]
) -> None:
    api.answer("GET", USPS, {"detail": "no"}, status, headers)
    with pytest.raises(kind) as raised:
        await shippo.track(PARCEL)
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Bad gateway</html>",
        [],
        {"tracking_number": NUMBER},
        track({"status_date": None}),
        track(history=[state(time="yesterday")]),
        track(eta="soon"),
    ],
)
async def test_answers_of_another_form(api: FakeApi, shippo: Carrier, body: Any) -> None:
    api.answer("GET", USPS, body, headers={"Content-Type": "text/html"} if isinstance(body, str) else None)
    with pytest.raises(BadAnswer):
        await shippo.track(PARCEL)


@pytest.mark.parametrize(("fault", "kind"), [("cut", Unreachable), ("garbage", Unreachable), ("hang", TooSlow)])
async def test_a_connection_that_fails(api: FakeApi, shippo: Carrier, fault: str, kind: type[SystemFailed]) -> None:
    api.fail("GET", USPS, fault)
    with pytest.raises(kind):
        await shippo.track(PARCEL)


async def test_a_short_retry_after_is_waited_for(api: FakeApi, shippo: Carrier) -> None:
    api.answer("GET", USPS, track())
    api.answer("GET", USPS, {}, 429, {"Retry-After": "0"}, times=1)
    assert await shippo.track(PARCEL) is not None


# What the operator learns


@pytest.mark.parametrize(
    ("token", "secret", "works", "news"),
    [("shippo_live_1", "secret", True, True), ("shippo_live_1", "", True, None), ("shippo_test_1", "", None, None)],
)
async def test_check_names_what_works(
    api: FakeApi, token: str, secret: str, works: bool | None, news: bool | None
) -> None:
    api.answer("GET", "/carrier_accounts", {"results": []}, query={"results": "1"})
    made = carriers.create(Carriers(shippo=Shippo(url=api.url, token=token, webhook_secret=secret)), "shippo")
    found = {one.what: one for one in await made.check()}
    await made.close()
    assert (found["tracking"].works, found["news"].works) == (works, news)
    assert ("test token" in found["tracking"].text) is (works is None)


@pytest.mark.parametrize(("status", "said"), [(401, "the key is wrong"), (503, "503")])
async def test_check_tells_what_does_not_work(api: FakeApi, shippo: Carrier, status: int, said: str) -> None:
    api.answer("GET", "/carrier_accounts", {}, status)
    (only,) = await shippo.check()
    assert only.works is False
    assert said in only.text


def test_missing_settings_are_named() -> None:
    with pytest.raises(NotConfigured, match=r"carriers\.shippo\.token is missing"):
        carriers.create(Carriers(), "shippo")


async def test_it_says_what_it_is_and_changes_nothing() -> None:
    made = carriers.create(Carriers(shippo=Shippo(token=TOKEN)), "shippo")
    assert (made.name, made.batch, made.fresh) == ("shippo", 1, timedelta(minutes=15))
    order = Order(number="1", customer=Customer(id="1", name="Jane"), status=OrderStatus.SHIPPED, placed_at=NOW)
    assert made.capabilities == frozenset()
    outcome = await made.perform(order, Shipment(carrier="USPS"), HoldAtLocation("1", NUMBER, "Shop"), "key")
    assert outcome == Outcome("unsupported")


# Webhooks

SECRET = "123abc-é"
HOOK = Shippo(token=TOKEN, webhook_secret=SECRET)
BODY = json.dumps({"event": "track_updated", "test": False, "data": track(state("DELIVERED", "delivered"))}).encode()


def signature(body: bytes = BODY, at: int | str = int(NOW.timestamp()) - 100, secret: str = SECRET) -> str:
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"


@pytest.mark.parametrize(
    ("headers", "query"),
    [({}, {"token": SECRET}), ({"shippo-auth-signature": signature()}, {}), ({}, {"token": SECRET, "a": "b"})],
)
def test_news_of_a_parcel_is_taken(headers: dict[str, str], query: dict[str, str]) -> None:
    (news,) = webhooks.receive(HOOK, headers, BODY, query, NOW)
    assert isinstance(news, TrackingNews)
    assert news.system == "shippo"
    assert (news.shipment.carrier, news.shipment.tracking) == ("USPS", NUMBER)
    assert (news.shipment.status, news.shipment.delivered_at) == (
        Status.DELIVERED,
        datetime(2026, 11, 21, 17, 55, tzinfo=UTC),
    )


def test_a_delivery_that_is_sent_again_is_known_by_its_id() -> None:
    def delivered(body: bytes) -> str:
        return webhooks.receive(HOOK, {}, body, {"token": SECRET}, NOW)[0].delivery

    assert delivered(BODY) == delivered(BODY) != delivered(BODY.replace(b"Las Vegas", b"Reno"))


@pytest.mark.parametrize(
    "body",
    [
        {"event": "transaction_created", "data": {"object_id": "1"}},
        {"event": "batch_created", "data": "batch 1 created"},
        {"event": "track_updated", "data": track(None)},
        {},
    ],
)
def test_news_of_other_things_is_left_alone(body: dict[str, Any]) -> None:
    assert webhooks.receive(HOOK, {}, json.dumps(body).encode(), {"token": SECRET}, NOW) == ()


@pytest.mark.parametrize(
    ("headers", "query", "said"),
    [
        ({}, {}, "missing or wrong"),
        ({}, {"token": "123abc"}, "missing or wrong"),
        ({}, {"token": ""}, "missing or wrong"),
        ({}, {"token": "\udce9"}, "missing or wrong"),
        ({"shippo-auth-signature": ""}, {}, "signature is wrong"),
        ({"shippo-auth-signature": "t=1"}, {}, "signature is wrong"),
        ({"shippo-auth-signature": signature(secret="another")}, {}, "signature is wrong"),
        ({"shippo-auth-signature": signature(BODY + b" ")}, {}, "signature is wrong"),
        ({"shippo-auth-signature": signature(at=int(NOW.timestamp()) - 301)}, {}, "too old"),
        ({"shippo-auth-signature": signature(at=int(NOW.timestamp()) + 301)}, {}, "too old"),
        ({"shippo-auth-signature": signature(at="now")}, {}, "too old"),
    ],
)
def test_what_is_not_genuine_is_refused(headers: dict[str, str], query: dict[str, str], said: str) -> None:
    with pytest.raises(NotGenuine, match=said):
        webhooks.receive(HOOK, headers, BODY, query, NOW)


def test_without_a_secret_nothing_is_taken() -> None:
    with pytest.raises(NotGenuine, match="webhook_secret is not set"):
        webhooks.receive(Shippo(token=TOKEN), {}, BODY, {"token": ""}, NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b'{"event":"track_updated"}'])
def test_a_genuine_delivery_of_another_form_says_so(body: bytes) -> None:
    with pytest.raises(NotGenuine, match="not as Shippo describes it"):
        webhooks.receive(HOOK, {}, body, {"token": SECRET}, NOW)
