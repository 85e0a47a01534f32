"""AfterShip, tracking and returns: what callers hear of parcels and returns, and what is asked for.

There is no official description at hand: method, path, query, headers and bodies are checked here, as AfterShip's own
Python library (2026-07) sends them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import structlog
from systems_world import FakeApi

from asterisk_agent.commerce import carriers, returns
from asterisk_agent.commerce.aftersales import Returns
from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.carriers.aftership_reading import STATUSES
from asterisk_agent.commerce.changes import CancelOrder, OpenReturn, Outcome
from asterisk_agent.commerce.failures import (
    BadAnswer,
    Broken,
    Denied,
    Limited,
    Rejected,
    SystemFailed,
    TooSlow,
    Unreachable,
)
from asterisk_agent.commerce.models import Customer, Order, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.commerce.webhooks import aftership as webhooks
from asterisk_agent.commerce.webhooks.news import NotGenuine, TrackingNews
from asterisk_agent.settings_systems import AfterShip, AfterShipReturns, Carriers
from asterisk_agent.settings_systems import Returns as ReturnsSettings

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = "asat_that_stays_secret"
SECRET = "hook-secret"
TRACKINGS = "/tracking/2026-07/trackings"
RETURNS = "/returns/2026-07/returns"
NUMBER = "9400111899223197428490"
PARCEL = Parcel("usps", NUMBER, "02139")
ORDER = Order(
    number="1001",
    customer=Customer(id="7", name="Jane Doe"),
    status=OrderStatus.DELIVERED,
    placed_at=NOW,
    store="shopify",
)


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with FakeApi() as server:
        server.answer("POST", TRACKINGS, {"meta": {"code": 201}, "data": {"tag": "Pending"}}, 201)
        yield server


@pytest.fixture
async def aftership(api: FakeApi) -> AsyncIterator[Carrier]:
    section = AfterShip(url=api.url, key=KEY, webhook_secret=SECRET)
    made = carriers.create(Carriers(systems=("aftership",), aftership=section), "aftership")
    yield made
    await made.close()


def scan(at: str | None, tag: str = "InTransit", **more: Any) -> dict[str, Any]:
    row = {"checkpoint_time": at, "tag": tag, "subtag": f"{tag}_001", "message": f"Scanned {tag}", "slug": "usps"}
    where = {"city": "BOSTON", "state": "MA", "postal_code": "02205", "country_region": "USA"}
    return row | where | {"country_region_name": "United States"} | more


def tracking(tag: str | None = "InTransit", number: str = NUMBER, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"id": "0b02015f", "tracking_number": number, "slug": "usps", "tag": tag, "checkpoints": []}
    return row | {"subtag": f"{tag}_001", "subtag_message": f"Words of {tag}", "a_field_of_tomorrow": {}} | more


def knows(api: FakeApi, *rows: dict[str, Any]) -> None:
    page = {"total": len(rows), "next_cursor": None, "has_next_page": False}
    api.answer("GET", TRACKINGS, {"meta": {"code": 200}, "data": {"pagination": page, "trackings": list(rows)}})


async def told(aftership: Carrier, api: FakeApi, *rows: dict[str, Any], parcel: Parcel = PARCEL) -> Shipment:
    knows(api, *rows)
    found = await aftership.track(parcel)
    assert found is not None
    return found


# Requests


async def test_how_a_parcel_is_asked_for(api: FakeApi, aftership: Carrier) -> None:
    found = await told(aftership, api, tracking())
    assert (found.carrier, found.tracking, found.status) == ("USPS", NUMBER, ShipmentStatus.IN_TRANSIT)
    (request,) = api.requests
    assert (request.method, request.path) == ("GET", TRACKINGS)
    assert request.query == {"tracking_numbers": NUMBER, "limit": "200"}
    assert request.headers["as-api-key"] == KEY
    assert request.headers["Content-Type"] == "application/json"


async def test_a_parcel_that_nobody_told_aftership_of_is_added_once(api: FakeApi, aftership: Carrier) -> None:
    knows(api)
    assert await aftership.track(PARCEL) is None
    assert await aftership.track(PARCEL) is None
    assert [one.body for one in api.sent(TRACKINGS, "POST")] == [
        {"tracking_number": NUMBER, "slug": "usps", "destination_postal_code": "02139"}
    ]


@pytest.mark.parametrize(
    ("carrier", "slug"),
    [
        ("ups", "ups"),
        ("fedex", "fedex"),
        ("ontrac", "ontrac"),
        ("canadapost", "canada-post"),
        ("dhl", None),
        ("", None),
    ],
)
async def test_a_carrier_is_named_only_where_aftership_has_one_of_the_name(
    api: FakeApi, aftership: Carrier, carrier: str, slug: str | None
) -> None:
    knows(api)
    await aftership.track(Parcel(carrier, "1Z 999"))
    (added,) = api.sent(TRACKINGS, "POST")
    assert added.body == {"tracking_number": "1Z999"} | ({"slug": slug} if slug else {})


async def test_a_parcel_that_was_only_just_added_is_not_known(api: FakeApi, aftership: Carrier) -> None:
    """What the store says of it is more than that somebody asked AfterShip."""
    knows(api, tracking("Pending"))
    assert await aftership.track(PARCEL) is None
    assert not api.sent(TRACKINGS, "POST")


@pytest.mark.parametrize(("status", "code"), [(400, 4003), (400, 4005), (400, 4012), (403, 403), (500, 500)])
async def test_a_parcel_that_cannot_be_added_is_not_known(
    api: FakeApi, aftership: Carrier, status: int, code: int
) -> None:
    knows(api)
    api.answer("POST", TRACKINGS, {"meta": {"code": code, "message": "no", "type": "BadRequest"}, "data": {}}, status)
    assert await aftership.track(PARCEL) is None


@pytest.mark.parametrize("number", ["", "  ", f"{NUMBER},1Z999", "#"])
async def test_a_number_that_is_none_is_not_asked_for(api: FakeApi, aftership: Carrier, number: str) -> None:
    """A comma would ask for other parcels too."""
    knows(api, tracking(number="1Z999"))
    assert await aftership.track(Parcel("usps", number)) is None
    assert not api.requests


async def test_hostile_text_stays_a_value(api: FakeApi, aftership: Carrier) -> None:
    knows(api, tracking())
    number = "1&keyword=a#/../x"
    assert await aftership.track(Parcel("", number)) is None
    assert api.sent(TRACKINGS, "GET")[0].query == {"tracking_numbers": number, "limit": "200"}


async def test_what_aftership_answers_too_much_is_left_out(api: FakeApi, aftership: Carrier) -> None:
    knows(api, tracking(number=NUMBER + "1"), tracking(number="X" + NUMBER))
    assert await aftership.track(PARCEL) is None


async def test_many_parcels_in_few_requests(api: FakeApi, aftership: Carrier) -> None:
    assert aftership.batch == 50
    numbers = [f"1Z{number:06}" for number in range(60)]
    knows(api, *(tracking(number=one) for one in numbers[:58]))
    with behind_the_calls():
        found = await aftership.track_many([Parcel("usps", one) for one in numbers])
    assert set(found) == set(numbers[:58])
    asked = [one.query["tracking_numbers"].split(",") for one in api.sent(TRACKINGS, "GET")]
    assert asked == [numbers[:50], numbers[50:]]
    assert [one.body["tracking_number"] for one in api.sent(TRACKINGS, "POST")] == numbers[58:]


async def test_a_number_that_two_carriers_have(api: FakeApi, aftership: Carrier) -> None:
    ups = tracking("Delivered", slug="ups", updated_at="2026-11-23T08:00:00+00:00")
    post = tracking("InTransit", updated_at="2026-11-20T08:00:00+00:00")
    assert (await told(aftership, api, ups, post)).status is ShipmentStatus.IN_TRANSIT
    newest = await told(aftership, api, post, ups, parcel=Parcel("", NUMBER))
    assert (newest.status, newest.carrier) == (ShipmentStatus.DELIVERED, "UPS")
    assert (await told(aftership, api, post, ups, parcel=Parcel("dhl", NUMBER))).carrier == "DHL"


# Statuses


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ("Pending", ShipmentStatus.PRE_TRANSIT),
        ("InfoReceived", ShipmentStatus.PRE_TRANSIT),
        ("InTransit", ShipmentStatus.IN_TRANSIT),
        ("OutForDelivery", ShipmentStatus.OUT_FOR_DELIVERY),
        ("AttemptFail", ShipmentStatus.ATTEMPT_FAILED),
        ("Delivered", ShipmentStatus.DELIVERED),
        ("AvailableForPickup", ShipmentStatus.AVAILABLE_FOR_PICKUP),
        ("Exception", ShipmentStatus.EXCEPTION),
        ("Expired", ShipmentStatus.UNKNOWN),
    ],
)
async def test_tags(api: FakeApi, aftership: Carrier, tag: str, status: ShipmentStatus) -> None:
    with structlog.testing.capture_logs() as logs:
        found = await told(aftership, api, tracking(tag, checkpoints=[scan("2026-11-20T10:00:00Z", tag)]))
    assert (found.status, found.raw_status, found.raw_text) == (status, f"{tag}_001", f"Words of {tag}")
    assert not logs


@pytest.mark.parametrize(
    ("subtag", "status"),
    [
        *((f"Delivered_00{n}", ShipmentStatus.DELIVERED) for n in range(1, 6)),
        ("AvailableForPickup_001", ShipmentStatus.AVAILABLE_FOR_PICKUP),
        *((f"Exception_00{n}", ShipmentStatus.EXCEPTION) for n in (1, 2, 3, 6, 7, 8, 9)),
        *((f"Exception_0{n}", ShipmentStatus.EXCEPTION) for n in (12, 13, 14, 15, 18)),
        *((f"Exception_0{n}", ShipmentStatus.DELAYED) for n in ("04", "05", "16", "17")),
        *((f"Exception_0{n}", ShipmentStatus.RETURNING) for n in (10, 11)),
        *((f"AttemptFail_00{n}", ShipmentStatus.ATTEMPT_FAILED) for n in (1, 2, 3)),
        *((f"InTransit_00{n}", ShipmentStatus.IN_TRANSIT) for n in range(1, 10)),
        ("InfoReceived_001", ShipmentStatus.PRE_TRANSIT),
        ("OutForDelivery_001", ShipmentStatus.OUT_FOR_DELIVERY),
        ("OutForDelivery_003", ShipmentStatus.OUT_FOR_DELIVERY),
        ("OutForDelivery_004", ShipmentStatus.IN_TRANSIT),
        *((f"Pending_00{n}", ShipmentStatus.PRE_TRANSIT) for n in range(1, 7)),
        ("Expired_001", ShipmentStatus.UNKNOWN),
        ("Exception_099", ShipmentStatus.EXCEPTION),
    ],
)
async def test_subtags(api: FakeApi, aftership: Carrier, subtag: str, status: ShipmentStatus) -> None:
    tag = subtag.partition("_")[0]
    found = await told(aftership, api, tracking(tag, subtag=subtag, checkpoints=[scan("2026-11-20T10:00:00Z", tag)]))
    assert (found.status, found.raw_status) == (status, subtag)


async def test_a_tag_of_tomorrow_is_counted_and_not_guessed(api: FakeApi, aftership: Carrier) -> None:
    counter = STATUSES.metrics.unknown_codes.labels("aftership")
    before = counter._value.get()
    found = await told(aftership, api, tracking("Teleported"))
    assert (found.status, found.raw_status) == (ShipmentStatus.UNKNOWN, "Teleported_001")
    assert counter._value.get() == before + 1


@pytest.mark.parametrize("tag", ["Delivered", "InTransit", "OutForDelivery"])
async def test_what_goes_back_to_the_sender_is_never_delivered(api: FakeApi, aftership: Carrier, tag: str) -> None:
    found = await told(aftership, api, tracking(tag, return_to_sender=True, shipment_delivery_date="2026-11-20"))
    assert (found.status, found.delivered_at) == (ShipmentStatus.RETURNING, None)


async def test_left_with_a_neighbor(api: FakeApi, aftership: Carrier) -> None:
    assert (await told(aftership, api, tracking("Delivered", subtag="Delivered_005"))).left_at == "with a neighbor"


async def test_where_it_waits(api: FakeApi, aftership: Carrier) -> None:
    shop = {"pickup_location": "12 Main Street"}
    assert (await told(aftership, api, tracking("AvailableForPickup", **shop))).pickup == "12 Main Street"
    assert (await told(aftership, api, tracking("InTransit", **shop))).pickup is None


# Scans and days


async def test_scans_have_their_own_zones(api: FakeApi, aftership: Carrier) -> None:
    rows = [
        scan("2026-11-20T18:47:10-08:00", city="Los Angeles", state="CA"),
        scan("2026-11-21T23:30:00", city="CHICAGO", state="IL", postal_code=None),
        scan("2026-11-22T00:52:00"),
        scan("2026-11-22T10:00:00", country_region="DEU", country_region_name="Germany", city="Leipzig", state="SN"),
        scan("2026-11-22T11:00:00Z", city=None, state=None, location="Somewhere"),
        scan(None),
    ]
    events = (await told(aftership, api, tracking(checkpoints=rows))).events
    assert [(one.at.isoformat(), one.place) for one in events] == [
        ("2026-11-20T18:47:10-08:00", "Los Angeles, CA"),
        ("2026-11-21T23:30:00-06:00", "Chicago, IL"),
        ("2026-11-22T00:52:00-05:00", "Boston, MA"),
        ("2026-11-22T10:00:00+00:00", "Leipzig, Germany"),
        ("2026-11-22T11:00:00+00:00", "Somewhere"),
    ]
    assert (events[0].text, events[0].status, events[0].raw_code) == (
        "Scanned InTransit",
        ShipmentStatus.IN_TRANSIT,
        "InTransit_001",
    )


async def test_when_it_was_delivered(api: FakeApi, aftership: Carrier) -> None:
    rows = [scan("2026-11-21T09:00:00-05:00"), scan("2026-11-21T14:05:00-05:00", "Delivered")]
    by_scan = await told(aftership, api, tracking("Delivered", checkpoints=rows, shipment_delivery_date="2026-11-22"))
    assert by_scan.delivered_at == datetime(2026, 11, 21, 14, 5, tzinfo=timezone(timedelta(hours=-5)))
    there = {"destination_country_region": "USA", "destination_state": "CA", "destination_postal_code": "90001"}
    by_field = await told(aftership, api, tracking("Delivered", shipment_delivery_date="2026-11-21T14:05:00", **there))
    assert by_field.delivered_at == datetime(2026, 11, 21, 22, 5, tzinfo=UTC)
    assert (await told(aftership, api, tracking("Delivered"))).delivered_at is None


async def test_when_it_was_shipped(api: FakeApi, aftership: Carrier) -> None:
    here = {"origin_country_region": "USA", "origin_state": "TX", "origin_postal_code": "75201"}
    found = await told(aftership, api, tracking(shipment_pickup_date="2026-11-19T15:00:00", **here))
    assert found.shipped_at == datetime(2026, 11, 19, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"latest_estimated_delivery": {"type": "specific", "datetime": "2026-11-25"}}, date(2026, 11, 25)),
        ({"latest_estimated_delivery": {"datetime": "2026-11-25T23:59:00-08:00"}}, date(2026, 11, 25)),
        ({"latest_estimated_delivery": {"datetime": "2026-11-25T00:30:00"}}, date(2026, 11, 25)),
        (
            {
                "latest_estimated_delivery": {
                    "type": "range",
                    "datetime_min": "2026-11-25",
                    "datetime_max": "2026-11-27",
                }
            },
            date(2026, 11, 27),
        ),
        ({"courier_estimated_delivery_date": {"estimated_delivery_date": "2026-11-26"}}, date(2026, 11, 26)),
        ({"latest_estimated_delivery": None, "courier_estimated_delivery_date": None}, None),
    ],
)
async def test_the_day_it_is_expected(
    api: FakeApi, aftership: Carrier, fields: dict[str, Any], day: date | None
) -> None:
    """It is the recipient's day, whatever offset stands behind it."""
    found = await told(aftership, api, tracking(**fields))
    assert (found.expected, found.expected_from, found.expected_to) == (day, None, None)


async def test_the_hours_between_which_it_is_expected(api: FakeApi, aftership: Carrier) -> None:
    hours = {"datetime_min": "2026-11-25T14:00:00-05:00", "datetime_max": "2026-11-25T18:00:00-05:00"}
    found = await told(aftership, api, tracking(latest_estimated_delivery=hours))
    assert (found.expected, found.expected_from, found.expected_to) == (
        date(2026, 11, 25),
        datetime(2026, 11, 25, 19, 0, tzinfo=UTC),
        datetime(2026, 11, 25, 23, 0, tzinfo=UTC),
    )


async def test_a_parcel_of_which_little_is_told(api: FakeApi, aftership: Carrier) -> None:
    found = await told(aftership, api, {"tracking_number": NUMBER, "tag": "InfoReceived"})
    assert found == Shipment(
        carrier="USPS", tracking=NUMBER, status=ShipmentStatus.PRE_TRANSIT, raw_status="InfoReceived"
    )


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"tracking_number": None}, "trackings.0.tracking_number"),
        ({"checkpoints": {}}, "trackings.0.checkpoints"),
        ({"checkpoints": [scan("yesterday")]}, "ISO 8601"),
        ({"latest_estimated_delivery": {"datetime": "soon"}}, "no day"),
    ],
)
async def test_what_is_not_as_described_is_named(
    api: FakeApi, aftership: Carrier, row: dict[str, Any], place: str
) -> None:
    knows(api, tracking() | row)
    with pytest.raises(BadAnswer, match=place):
        await aftership.track(PARCEL)


# Failures


@pytest.mark.parametrize(
    ("status", "headers", "failure"),
    [
        (400, {}, Rejected),
        (401, {}, Denied),
        (403, {}, Denied),
        (404, {}, Rejected),
        (429, {"Retry-After": "30"}, Limited),
        (500, {}, Broken),
        (503, {"Retry-After": "120"}, Broken),
    ],
)
async def test_failures_have_their_kinds(
    api: FakeApi, aftership: Carrier, status: int, headers: dict[str, str], failure: type[SystemFailed]
) -> None:
    api.answer("GET", TRACKINGS, {"meta": {"code": status, "message": "no"}, "data": {}}, status, headers)
    with structlog.testing.capture_logs() as logs, pytest.raises(failure) as caught:
        await aftership.track(PARCEL)
    assert len(api.requests) == 1
    assert KEY not in str(caught.value) + str(logs)


async def test_a_limit_that_ends_at_once_is_waited_for(api: FakeApi, aftership: Carrier) -> None:
    knows(api, tracking())
    api.answer("GET", TRACKINGS, status=429, headers={"Retry-After": "0"}, times=1)
    assert await aftership.track(PARCEL) is not None
    assert len(api.requests) == 2


async def test_html_is_no_answer(api: FakeApi, aftership: Carrier) -> None:
    api.answer("GET", TRACKINGS, "<html>Just a moment</html>", headers={"Content-Type": "text/html"})
    with pytest.raises(BadAnswer, match="JSON was expected"):
        await aftership.track(PARCEL)


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection(api: FakeApi, aftership: Carrier, fault: str) -> None:
    api.fail("GET", TRACKINGS, fault)
    with pytest.raises(Unreachable):
        await aftership.track(PARCEL)


async def test_a_silent_system(api: FakeApi, aftership: Carrier) -> None:
    api.fail("GET", TRACKINGS, "hang")
    with pytest.raises(TooSlow):
        await aftership.track(PARCEL)


async def test_the_seventh_request_of_a_second_is_not_sent(api: FakeApi, aftership: Carrier) -> None:
    knows(api, tracking())
    for _ in range(6):
        await aftership.track(PARCEL)
    with pytest.raises(Limited, match="our own rate limit"):
        await aftership.track(PARCEL)
    assert len(api.requests) == 6


async def test_it_only_tracks(api: FakeApi, aftership: Carrier) -> None:
    parcel = Shipment(carrier="USPS", tracking=NUMBER)
    assert aftership.capabilities == frozenset()
    assert await aftership.perform(ORDER, parcel, CancelOrder("1001"), "k") == Outcome("unsupported")
    assert (aftership.name, aftership.carriers, aftership.fresh) == ("aftership", frozenset(), timedelta(minutes=15))
    assert not api.requests


async def test_the_check_of_a_good_key(api: FakeApi, aftership: Carrier) -> None:
    knows(api, tracking())
    found = await aftership.check()
    assert [(one.what, one.works) for one in found] == [("credentials", True), ("parcels", None), ("webhooks", True)]
    assert api.requests[0].query == {"limit": "1"}


async def test_the_check_of_a_bad_key(api: FakeApi, aftership: Carrier) -> None:
    api.answer("GET", TRACKINGS, {"meta": {"code": 401}}, 401)
    (found,) = await aftership.check()
    assert (found.what, found.works) == ("credentials", False)
    assert "key" in found.text


async def test_the_check_says_that_no_webhook_is_accepted(api: FakeApi) -> None:
    made = carriers.create(Carriers(aftership=AfterShip(url=api.url, key=KEY)), "aftership")
    knows(api)
    assert [(one.what, one.works) for one in await made.check()][2] == ("webhooks", None)
    await made.close()


def test_without_a_key() -> None:
    with pytest.raises(NotConfigured, match="ASTERISK_AGENT_CARRIERS__AFTERSHIP__KEY"):
        carriers.create(Carriers(), "aftership")
    with pytest.raises(NotConfigured, match="ASTERISK_AGENT_RETURNS__AFTERSHIP__KEY"):
        returns.create(ReturnsSettings(system="aftership"))


# Webhooks

SECTION = AfterShip(key=KEY, webhook_secret=SECRET)


def delivery(event: str = "tracking_update", **msg: Any) -> bytes:
    rows = [scan("2026-11-22T14:05:00-05:00", "Delivered")]
    told_ = tracking("Delivered", checkpoints=rows) | msg
    whole = {"event": event, "event_id": "94dadd60", "is_tracking_first_tag": True, "msg": told_, "ts": 1712741696}
    return json.dumps(whole).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"aftership-hmac-sha256": base64.b64encode(digest).decode(), "as-webhook-version": "2026-07"}


@pytest.mark.parametrize("event", ["tracking_update", "edd_revise"])
def test_news_of_a_parcel(event: str) -> None:
    body = delivery(event)
    (news,) = webhooks.receive(SECTION, signed(body), body, {}, NOW)
    assert isinstance(news, TrackingNews)
    assert (news.system, news.delivery) == ("aftership", "94dadd60")
    assert (news.shipment.carrier, news.shipment.tracking) == ("USPS", NUMBER)
    assert news.shipment.status is ShipmentStatus.DELIVERED
    assert news.shipment.delivered_at == datetime(2026, 11, 22, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize("event", ["tracking_pending_time", "an_event_of_tomorrow"])
def test_other_events_tell_nothing(event: str) -> None:
    body = delivery(event)
    assert webhooks.receive(SECTION, signed(body), body, {}, NOW) == ()


def test_a_delivery_that_is_tried_again_for_days_is_taken() -> None:
    """AfterShip tries for 68 hours with the same body; its 'ts' is from 2024."""
    body = delivery()
    assert len(webhooks.receive(SECTION, signed(body), body, {}, NOW)) == 1


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "is missing"),
        ({"as-signature-hmac-sha256": "x"}, "is missing"),
        ({"aftership-hmac-sha256": "bm8="}, "signature is wrong"),
        ({"aftership-hmac-sha256": "ü"}, "signature is wrong"),
        (signed(delivery(), "another"), "signature is wrong"),
        ({"aftership-hmac-sha256": hmac.new(b"hook-secret", delivery(), "sha256").hexdigest()}, "signature is wrong"),
    ],
)
def test_forged_news(headers: dict[str, str], words: str) -> None:
    with pytest.raises(NotGenuine, match=words):
        webhooks.receive(SECTION, headers, delivery(), {}, NOW)


def test_news_that_were_changed_on_the_way() -> None:
    body = delivery()
    with pytest.raises(NotGenuine, match="signature is wrong"):
        webhooks.receive(SECTION, signed(body), body.replace(b"Delivered", b"InTransit"), {}, NOW)


def test_without_a_secret_nothing_is_accepted() -> None:
    body = delivery()
    with pytest.raises(NotGenuine, match="webhook_secret is not set"):
        webhooks.receive(AfterShip(key=KEY), signed(body, ""), body, {}, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"event":"tracking_update","msg":null}', delivery(tracking_number=7)]
)
def test_genuine_news_of_another_form(body: bytes) -> None:
    with pytest.raises(NotGenuine, match="not as AfterShip describes it"):
        webhooks.receive(SECTION, signed(body), body, {}, NOW)


# Returns


@pytest.fixture
async def sent_back(api: FakeApi) -> AsyncIterator[Returns]:
    made = returns.create(ReturnsSettings(system="aftership", aftership=AfterShipReturns(url=api.url, key=KEY)))
    assert made is not None
    yield made
    await made.close()


def rma(number: str = "A1B2C3D4", approval: str = "approved", **more: Any) -> dict[str, Any]:
    row = {
        "id": f"id-{number}",
        "rma_number": number,
        "approval_status": approval,
        "shipping_status": "no_label",
        "created_at": "2026-11-10T09:00:00.001Z",
        "order": {"external_id": "5001", "order_number": "1001", "order_name": "#1001"},
        "return_items": [{"product_title": "Boots", "variant_title": "L", "return_reason": "Wrong size", "id": "1"}],
        "shipments": [],
        "receivings": [],
        "a_field_of_tomorrow": [],
    }
    return row | more


def has(api: FakeApi, *rows: dict[str, Any], name: str | None = None) -> None:
    body = {"meta": {"code": 20000, "type": "OK"}, "data": {"returns": list(rows), "pagination": {"page": 1}}}
    api.answer("GET", RETURNS, body, query={"order_name": name} if name else None)


async def test_a_return_that_is_on_its_way(api: FakeApi, sent_back: Returns) -> None:
    has(api)
    label = [{"tracking_number": None}, {"tracking_number": "1Z9", "slug": "ups", "tracking_status": "InTransit"}]
    has(api, rma(shipping_status="in_transit", shipments=label), name="#1001")
    (found,) = await sent_back.returns(ORDER)
    assert (found.number, found.status, found.reason) == ("A1B2C3D4", "in transit", "Wrong size")
    assert (found.carrier, found.tracking, found.items) == ("UPS", "1Z9", ("Boots",))
    assert (found.opened_at, found.received_at) == (datetime(2026, 11, 10, 9, 0, 0, 1000, tzinfo=UTC), None)
    assert [one.path for one in api.requests] == [RETURNS, RETURNS]
    assert {one.query["order_name"] for one in api.requests} == {"1001", "#1001"}
    assert {(one.query["limit"], one.headers["as-api-key"]) for one in api.requests} == {("50", KEY)}


@pytest.mark.parametrize(
    ("approval", "shipping", "status"),
    [
        ("submitted", "no_label", "requested"),
        ("approved", "no_label", "approved"),
        ("approved", "pending", "approved"),
        ("approved", "void", "approved"),
        ("approved", None, "approved"),
        ("approved", "a_state_of_tomorrow", "approved"),
        ("approved", "in_transit", "in transit"),
        ("approved", "delivered", "delivered"),
        ("approved", "partially_received", "partly here"),
        ("approved", "received", "received"),
        ("approved", "partially_dropped", "partly dropped off"),
        ("approved", "dropped", "dropped off"),
        ("done", "received", "completed"),
        ("rejected", "no_label", "rejected"),
        ("expired", "no_label", "expired"),
        ("a_state_of_tomorrow", "received", "a_state_of_tomorrow"),
    ],
)
async def test_states_of_returns(
    api: FakeApi, sent_back: Returns, approval: str, shipping: str | None, status: str
) -> None:
    has(api, rma(approval=approval, shipping_status=shipping))
    assert [one.status for one in await sent_back.returns(ORDER)] == [status]


async def test_when_a_return_was_received(api: FakeApi, sent_back: Returns) -> None:
    parts = [{"received_at": "2026-11-18T10:00:00Z"}, {"received_at": "2026-11-19T10:00:00Z"}]
    has(api, rma(shipping_status="received", receivings=parts))
    (whole,) = await sent_back.returns(ORDER)
    assert whole.received_at == datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
    has(api, rma(shipping_status="partially_received", receivings=parts[:1]))
    (part,) = await sent_back.returns(ORDER)
    assert part.received_at is None


async def test_a_return_that_was_refunded(api: FakeApi, sent_back: Returns) -> None:
    has(api, rma(approval="done", refunded_at="2026-11-20T10:00:00Z"))
    assert [one.status for one in await sent_back.returns(ORDER)] == ["refunded"]


async def test_several_returns_newest_first(api: FakeApi, sent_back: Returns) -> None:
    has(api, rma("OLD"), rma("NEW", created_at="2026-11-12T09:00:00Z"), rma("OLD"))
    assert [one.number for one in await sent_back.returns(ORDER)] == ["NEW", "OLD"]


async def test_returns_of_other_orders_are_left_out(api: FakeApi, sent_back: Returns) -> None:
    other = {"order_number": "11001", "order_name": "#11001"}
    has(api, rma("X", order=other), rma("Y", order={}), rma("Z", order={"order_number": "1001"}))
    assert [one.number for one in await sent_back.returns(ORDER)] == ["Z"]


async def test_an_order_without_returns(api: FakeApi, sent_back: Returns) -> None:
    has(api)
    assert await sent_back.returns(ORDER) == ()
    assert await sent_back.returns(ORDER.model_copy(update={"number": " #"})) == ()
    assert len(api.requests) == 2


async def test_a_hostile_order_name_stays_a_value(api: FakeApi, sent_back: Returns) -> None:
    has(api, rma())
    name = "1001&approval_status=done"
    assert await sent_back.returns(ORDER.model_copy(update={"number": name})) == ()
    assert {one.query["order_name"] for one in api.requests} == {name, f"#{name}"}


@pytest.mark.parametrize(
    ("status", "headers", "failure"),
    [
        (401, {}, Denied),
        (403, {}, Denied),
        (422, {}, Rejected),
        (429, {"Retry-After": "30"}, Limited),
        (502, {}, Broken),
    ],
)
async def test_failures_of_returns(
    api: FakeApi, sent_back: Returns, status: int, headers: dict[str, str], failure: type[SystemFailed]
) -> None:
    api.answer("GET", RETURNS, {"meta": {"code": status * 100}}, status, headers)
    with pytest.raises(failure):
        await sent_back.returns(ORDER)


@pytest.mark.parametrize("body", [{"data": []}, {"data": {"returns": [{"id": "1"}]}}, "<html></html>"])
async def test_answers_about_returns_of_another_form(api: FakeApi, sent_back: Returns, body: Any) -> None:
    api.answer("GET", RETURNS, body)
    with pytest.raises(BadAnswer):
        await sent_back.returns(ORDER)


async def test_returns_are_looked_up_only(api: FakeApi, sent_back: Returns) -> None:
    assert (sent_back.name, sent_back.capabilities) == ("aftership", frozenset())
    assert await sent_back.perform(ORDER, OpenReturn("1001", ("Boots",)), "k") == Outcome("unsupported")
    has(api, rma())
    found = await sent_back.check()
    assert [(one.what, one.works) for one in found] == [("credentials", True), ("age", None), ("open_return", None)]
    assert api.requests[0].query == {"limit": "1"}


async def test_the_check_of_a_key_without_returns(api: FakeApi, sent_back: Returns) -> None:
    api.answer("GET", RETURNS, {"meta": {"code": 40300}}, 403)
    assert [(one.what, one.works) for one in await sent_back.check()] == [("credentials", False)]
