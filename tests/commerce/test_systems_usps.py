"""USPS: what a caller hears of a parcel, what an operator learns, each request as it is described officially."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import structlog
from systems_world import FakeApi, Prism, Received, spec

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.changes import Outcome, RescheduleDelivery
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
from asterisk_agent.commerce.web.metrics import METRICS
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.settings_systems import Carriers, Usps

TRACKING = "/tracking/v3r2/tracking"
TOKEN = "/oauth2/v3/token"
SECRET = "s3cret-of-the-app"
NUMBER = "9400111899223100012927"
PARCEL = Parcel("usps", NUMBER, "02540")
Status = ShipmentStatus


@pytest.fixture(scope="module")
def prism() -> Iterator[Prism]:
    served = Prism(spec("usps-v3r2.yaml"))
    yield served
    served.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism, "/tracking/v3r2") as server:
        server.answer("POST", TOKEN, {"access_token": "token-1", "expires_in": "28799", "scope": "tracking"})
        yield server


@pytest.fixture
async def usps(api: FakeApi) -> AsyncIterator[Carrier]:
    made = carriers.create(Carriers(usps=Usps(url=api.url, client_id="app", client_secret=SECRET)), "usps")
    yield made
    await made.close()


def event(**more: Any) -> dict[str, Any]:
    return {
        "eventType": "Arrived at Post Office",
        "eventCode": "07",
        "eventCity": "FALMOUTH",
        "eventState": "MA",
        "eventZIPCode": "02540",
        "eventTimestamp": "2026-11-21T08:15:00-05:00",
        "GMTTimestamp": "2026-11-21T13:15:00.000Z",
        "GMTOffset": "-5:00",
    } | more


def item(category: str | None = "In Transit", number: str = NUMBER, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "trackingNumber": number,
        "status": category,
        "trackingEvents": [event()],
        "a_field_of_tomorrow": {"x": []},
    }
    return row | ({"statusCategory": category} if category else {}) | more


def error(number: str, status: str, **more: Any) -> dict[str, Any]:
    told = {"code": status, "message": "Tracking is not available for this item.", "errors": []}
    return {"statusCode": status, "trackingNumber": number, "error": told} | more


def knows(api: FakeApi, *items: Any, status: int = 200) -> None:
    api.answer("POST", TRACKING, list(items), status)


async def told(api: FakeApi, usps: Carrier, **more: Any) -> Shipment:
    knows(api, item(**more))
    shipment = await usps.track(PARCEL)
    assert shipment is not None
    return shipment


# What a caller hears


async def test_a_delivered_parcel_is_told_with_the_time_and_where_it_was_put(api: FakeApi, usps: Carrier) -> None:
    shipment = await told(
        api,
        usps,
        category="Delivered",
        status="Delivered, In/At Mailbox",
        trackingEvents=[
            event(
                eventType="Delivered, In/At Mailbox",
                eventCode="01",
                eventTimestamp="2026-11-21T12:55:00-05:00",
                GMTTimestamp="2026-11-21T17:55:00Z",
            ),
            event(
                eventType="Departed USPS Regional Facility",
                eventCode="EF",
                eventCity="DENVER",
                eventState="CO",
                eventZIPCode=None,
                GMTTimestamp="2026-11-19T04:10:00Z",
                GMTOffset="-07:00",
            ),
        ],
    )
    assert (shipment.carrier, shipment.tracking) == ("USPS", NUMBER)
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (
        Status.DELIVERED,
        "Delivered",
        "Delivered, In/At Mailbox",
    )
    assert shipment.delivered_at == datetime(2026, 11, 21, 17, 55, tzinfo=UTC)
    assert shipment.left_at == "in or at mailbox"
    assert [(one.place, one.raw_code, one.status) for one in shipment.events] == [
        ("Falmouth, MA", "01", Status.DELIVERED),
        ("Denver, CO", "EF", Status.UNKNOWN),
    ]
    assert [one.at.utcoffset() for one in shipment.events] == [timedelta(hours=-5), timedelta(hours=-7)]
    sent = api.sent(TRACKING, "POST")[0]
    assert sent.body == [{"trackingNumber": NUMBER, "destinationZIPCode": "02540"}]
    assert sent.headers["Authorization"] == "Bearer token-1"
    assert api.sent(TOKEN)[0].headers["Content-Type"] == "application/json"
    assert api.sent(TOKEN)[0].body == {"grant_type": "client_credentials", "client_id": "app", "client_secret": SECRET}


@pytest.mark.parametrize(
    ("category", "words", "status"),
    [
        ("Pre-Shipment", "Shipping Label Created, USPS Awaiting Item", Status.PRE_TRANSIT),
        ("Accepted", "USPS in possession of item", Status.IN_TRANSIT),
        ("In Transit", "In Transit to Next Facility", Status.IN_TRANSIT),
        ("In-Transit", "Departed USPS Facility", Status.IN_TRANSIT),
        ("In Transit", "In Transit, Arriving Late", Status.DELAYED),
        ("Out for Delivery", "Out for Delivery", Status.OUT_FOR_DELIVERY),
        ("Delivery Attempt", "Notice Left (No Authorized Recipient Available)", Status.ATTEMPT_FAILED),
        ("Available for Pickup", "Available for Pickup", Status.AVAILABLE_FOR_PICKUP),
        ("Delivered", "Delivered, Front Door/Porch", Status.DELIVERED),
        ("Delivered", "Delivered, To Original Sender", Status.RETURNING),
        ("Alert", "Delivery Delayed", Status.DELAYED),
        ("Alert", "Return to Sender", Status.RETURNING),
        ("Alert", "Insufficient Address", Status.EXCEPTION),
        ("DELIVERED", "Delivered, PO Box", Status.DELIVERED),
    ],
)
async def test_every_category(api: FakeApi, usps: Carrier, category: str, words: str, status: ShipmentStatus) -> None:
    shipment = await told(api, usps, category=category, status=words)
    assert (shipment.status, shipment.raw_status, shipment.raw_text) == (status, category, words)


async def test_a_category_of_tomorrow_is_not_guessed(api: FakeApi, usps: Carrier) -> None:
    counter = METRICS.unknown_codes.labels("usps")
    before = counter._value.get()
    shipment = await told(api, usps, category="Teleported", status="Teleported to the Moon")
    assert (shipment.status, shipment.raw_text) == (Status.UNKNOWN, "Teleported to the Moon")
    assert counter._value.get() == before + 1


async def test_without_a_category_a_clear_event_tells_the_status(api: FakeApi, usps: Carrier) -> None:
    shipment = await told(
        api, usps, category=None, trackingEvents=[event(eventCode="OF", eventType="Out for Delivery")]
    )
    assert shipment.status is Status.OUT_FOR_DELIVERY


async def test_a_parcel_on_its_way_back_is_not_called_on_its_way(api: FakeApi, usps: Carrier) -> None:
    """Scans after the turn have the ordinary category."""
    scans = [event(eventType="Departed USPS Facility"), event(eventType="Return to Sender", eventCode="09")]
    shipment = await told(api, usps, trackingEvents=scans)
    assert shipment.status is Status.RETURNING


@pytest.mark.parametrize(
    ("category", "summary", "status"),
    [
        ("Alert", "Your item was refused by the addressee and is being returned to the sender.", Status.RETURNING),
        ("Alert", "Your item was returned to the sender because the address was vacant.", Status.RETURNING),
        (
            "Delivery Attempt",
            "A notice was left. If this item is unclaimed by December 6 then it will be returned to sender.",
            Status.ATTEMPT_FAILED,
        ),
        ("In Transit", "Your package will arrive later than expected, but is still on its way.", Status.DELAYED),
    ],
)
async def test_the_summary_tells_what_the_category_leaves_open(
    api: FakeApi, usps: Carrier, category: str, summary: str, status: ShipmentStatus
) -> None:
    shipment = await told(api, usps, category=category, statusSummary=summary)
    assert shipment.status is status


async def test_the_expected_day_and_window_are_in_the_recipients_zone(api: FakeApi, usps: Carrier) -> None:
    expectation = {
        "expectedDeliveryDate": "2026-11-24",
        "predictedDeliveryWindowStartTime": "12:15 PM",
        "predictedDeliveryWindowEndTime": "16:15",
    }
    knows(api, item(deliveryDateExpectation=expectation))
    shipment = await usps.track(Parcel("usps", NUMBER, "94110-1234"))
    assert shipment is not None
    assert shipment.expected == date(2026, 11, 24)
    assert shipment.expected_from == datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
    assert shipment.expected_to == datetime(2026, 11, 25, 0, 15, tzinfo=UTC)
    assert api.sent(TRACKING)[0].body[0]["destinationZIPCode"] == "94110"


@pytest.mark.parametrize(
    ("expectation", "day"),
    [
        ({"predictedDeliveryDate": "2026-11-25"}, date(2026, 11, 25)),
        ({"guaranteedDeliveryDate": "2026-11-26T18:00"}, date(2026, 11, 26)),
        ({"guaranteedDeliveryDate": "3 Business Days"}, None),
        ({}, None),
        (None, None),
        ({"expectedDeliveryDate": "2026-11-24", "predictedDeliveryWindowStartTime": "soon"}, date(2026, 11, 24)),
        (
            {
                "expectedDeliveryDate": "2026-11-24",
                "predictedDeliveryWindowStartTime": "4:00pm",
                "predictedDeliveryWindowEndTime": "1:00pm",
            },
            date(2026, 11, 24),
        ),
    ],
)
async def test_whatever_else_is_said_of_the_day(
    api: FakeApi, usps: Carrier, expectation: dict[str, str] | None, day: date | None
) -> None:
    shipment = await told(api, usps, deliveryDateExpectation=expectation)
    assert (shipment.expected, shipment.expected_from, shipment.expected_to) == (day, None, None)


async def test_a_parcel_at_the_post_office_says_which(api: FakeApi, usps: Carrier) -> None:
    shipment = await told(
        api,
        usps,
        category="Available for Pickup",
        statusSummary="Your item arrived at the FALMOUTH, MA 02540 post office and is ready for pickup.",
        trackingEvents=[event(eventType="Available for Pickup", eventCode="16"), event(eventCity="BOSTON")],
    )
    assert shipment.pickup == "the post office in Falmouth, MA"


@pytest.mark.parametrize(
    ("times", "at", "offset"),
    [
        ({"GMTTimestamp": None, "GMTOffset": None, "eventTimestamp": "2026-11-21T08:15:00"}, 13, -5),
        ({"GMTTimestamp": None, "GMTOffset": "-7:00", "eventTimestamp": "2026-11-21T08:15:00"}, 15, -7),
        ({"GMTTimestamp": None, "GMTOffset": None, "eventTimestamp": "2026-11-21T08:15:00-10:00"}, 18, -10),
        ({"GMTTimestamp": "2026-11-21T13:15:00", "GMTOffset": None}, 13, -5),
        ({"GMTTimestamp": "2026-11-21T13:15:00Z", "GMTOffset": "nonsense"}, 13, -5),
    ],
)
async def test_local_times_have_the_zone_of_their_place(
    api: FakeApi, usps: Carrier, times: dict[str, Any], at: int, offset: int
) -> None:
    shipment = await told(api, usps, trackingEvents=[event(**times)])
    scan = shipment.events[0]
    assert scan.at == datetime(2026, 11, 21, at, 15, tzinfo=UTC)
    assert scan.at.utcoffset() == timedelta(hours=offset)


async def test_a_scan_with_a_day_only_keeps_its_day(api: FakeApi, usps: Carrier) -> None:
    scan = event(eventTimestamp="2026-11-21", GMTTimestamp=None, GMTOffset=None)
    shipment = await told(api, usps, trackingEvents=[scan])
    assert shipment.events[0].at.date() == date(2026, 11, 21)


async def test_a_parcel_abroad_names_the_country(api: FakeApi, usps: Carrier) -> None:
    scan = event(eventCity="TORONTO", eventState=None, eventZIPCode=None, eventCountry="CA", GMTOffset=None)
    shipment = await told(api, usps, trackingEvents=[scan])
    assert shipment.events[0].place == "Toronto, Canada"


@pytest.mark.parametrize("events", [None, [], [{"eventType": "Shipping Label Created"}]])
async def test_a_parcel_without_scans(api: FakeApi, usps: Carrier, events: Any) -> None:
    shipment = await told(api, usps, category="Pre-Shipment", trackingEvents=events)
    assert (shipment.status, shipment.events, shipment.last_scan) == (Status.PRE_TRANSIT, (), None)


# Numbers


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (207, [error(NUMBER, "404")]),
        (207, [error(NUMBER, "404", statusCode=404)]),
        (200, [{"trackingNumber": NUMBER, "error": {"message": "no such item"}}]),
        (404, {"error": {"code": "404", "message": "Tracking is not available for this item."}}),
        (400, {"error": {"code": "400", "message": "Invalid tracking number"}}),
        (200, []),
        (200, [item(number="9400111899223100019999")]),
    ],
)
async def test_a_number_that_usps_does_not_know(api: FakeApi, usps: Carrier, status: int, body: Any) -> None:
    api.answer("POST", TRACKING, body, status)
    assert await usps.track(PARCEL) is None


@pytest.mark.parametrize("number", ["", "   ", "12", "'; DROP", "9" * 35, "№№№№№"])
async def test_what_is_no_number_is_not_asked_for(api: FakeApi, usps: Carrier, number: str) -> None:
    if number == "'; DROP":
        knows(api, status=200)
    assert await usps.track(Parcel("usps", number)) is None
    assert all(one.body == [{"trackingNumber": "DROP"}] for one in api.sent(TRACKING))


async def test_a_hostile_zip_is_left_out(api: FakeApi, usps: Carrier) -> None:
    knows(api, item())
    assert await usps.track(Parcel("usps", NUMBER, '02540", "x": "')) is not None
    assert api.sent(TRACKING)[0].body == [{"trackingNumber": NUMBER}]


async def test_a_number_written_in_groups_is_answered_as_written(api: FakeApi, usps: Carrier) -> None:
    knows(api, item())
    written = "9400 1118 9922 3100 0129 27"
    shipment = await usps.track(Parcel("usps", written))
    assert shipment is not None
    assert shipment.tracking == written


async def test_the_routing_zip_before_a_number_may_be_missing_in_the_answer(api: FakeApi, usps: Carrier) -> None:
    knows(api, item())
    assert await usps.track(Parcel("usps", "42002540" + NUMBER)) is not None


async def test_of_two_parcels_with_one_number_the_newer_is_told(api: FakeApi, usps: Carrier) -> None:
    old = event(GMTTimestamp="2025-02-01T13:15:00Z")
    knows(api, item("Delivered", trackingEvents=[old]), item("Out for Delivery"))
    shipment = await usps.track(PARCEL)
    assert shipment is not None
    assert shipment.status is Status.OUT_FOR_DELIVERY


# Many parcels


def numbers(count: int) -> list[str]:
    return [f"94001118992231{index:08}" for index in range(count)]


def named(received: Received) -> list[str]:
    return [one["trackingNumber"] for one in received.body]


def asks_for(wanted: list[str]) -> Callable[[Received], bool]:
    return lambda received: named(received) == wanted


async def test_eighty_parcels_take_three_requests(api: FakeApi, usps: Carrier) -> None:
    wanted = numbers(80)
    for start in range(0, 80, 35):
        part = wanted[start : start + 35]
        body = [item(number=one) for one in reversed(part)]
        api.answer("POST", TRACKING, body, when=asks_for(part))
    found = await usps.track_many([Parcel("usps", one) for one in wanted])
    assert list(found) == wanted
    assert [len(one.body) for one in api.sent(TRACKING)] == [35, 35, 10]
    assert len(api.sent(TOKEN)) == 1


async def test_known_and_unknown_numbers_in_one_answer(api: FakeApi, usps: Carrier) -> None:
    first, second, third, fourth = numbers(4)
    knows(
        api,
        item("Delivered", first) | {"statusCode": "200"},
        error(second, "404"),
        error(third, "403"),
        item("Out for Delivery", fourth),
        status=207,
    )
    with structlog.testing.capture_logs() as logs:
        found = await usps.track_many([Parcel("usps", one) for one in (first, second, third, fourth)])
    assert {number: one.status for number, one in found.items()} == {
        first: Status.DELIVERED,
        fourth: Status.OUT_FOR_DELIVERY,
    }
    assert any("mailer id" in one["event"] for one in logs)


async def test_a_number_that_spoils_the_request_of_all_is_left_out(api: FakeApi, usps: Carrier) -> None:
    good, bad, other = *numbers(2), "ABCDE"
    for one in (good, bad):
        api.answer("POST", TRACKING, [item(number=one)], when=asks_for([one]))
    api.answer("POST", TRACKING, {"error": {"code": "400"}}, 400, when=lambda got: other in named(got))
    found = await usps.track_many([Parcel("usps", one) for one in (good, other, bad)])
    assert set(found) == {good, bad}


async def test_the_same_parcel_twice_is_asked_for_once(api: FakeApi, usps: Carrier) -> None:
    knows(api, item())
    spaced = NUMBER[:4] + " " + NUMBER[4:]
    found = await usps.track_many([PARCEL, PARCEL, Parcel("usps", spaced)])
    assert set(found) == {NUMBER, spaced}
    assert len(api.sent(TRACKING)[0].body) == 1


@pytest.mark.parametrize(("status", "kind"), [("429", Limited), ("503", Broken)])
async def test_failures_of_every_number_are_failures(
    api: FakeApi, usps: Carrier, status: str, kind: type[SystemFailed]
) -> None:
    knows(api, error(NUMBER, status), status=207)
    with pytest.raises(kind):
        await usps.track(PARCEL)


async def test_what_is_known_is_told_though_another_number_failed(api: FakeApi, usps: Carrier) -> None:
    first, *others = numbers(4)
    knows(api, item("Delivered", first), *map(error, others, ("429", "503", "500")), status=207)
    found = await usps.track_many([Parcel("usps", one) for one in (first, *others)])
    assert list(found) == [first]


# Failures


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, {}, Denied),
        (403, {}, Denied),
        (429, {"Retry-After": "30"}, Limited),
        (500, {}, Broken),
        (503, {"Retry-After": "120"}, Broken),
        (405, {}, Rejected),
        (302, {"Location": "https://www.usps.com/"}, BadAnswer),
    ],
)
async def test_answers_that_are_none(
    api: FakeApi, usps: Carrier, status: int, headers: dict[str, str], kind: type[SystemFailed]
) -> None:
    api.answer("POST", TRACKING, {"error": {"code": str(status)}}, status, headers)
    with pytest.raises(kind) as raised:
        await usps.track(PARCEL)
    assert SECRET not in str(raised.value)
    assert "token-1" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Sorry</html>",
        {"trackingNumber": NUMBER},
        [{"trackingNumber": {"odd": 1}}],
        [item(trackingEvents=[event(GMTTimestamp="yesterday")])],
    ],
)
async def test_answers_of_another_form(api: FakeApi, usps: Carrier, body: Any) -> None:
    api.answer("POST", TRACKING, body, headers={"Content-Type": "text/html"} if isinstance(body, str) else None)
    with pytest.raises(BadAnswer):
        await usps.track(PARCEL)


@pytest.mark.parametrize(("fault", "kind"), [("cut", Unreachable), ("garbage", Unreachable), ("hang", TooSlow)])
async def test_a_connection_that_fails(api: FakeApi, usps: Carrier, fault: str, kind: type[SystemFailed]) -> None:
    api.fail("POST", TRACKING, fault)
    with pytest.raises(kind):
        await usps.track(PARCEL)


async def test_a_short_retry_after_is_waited_for(api: FakeApi, usps: Carrier) -> None:
    knows(api, item())
    api.answer("POST", TRACKING, {}, 429, {"Retry-After": "0"}, times=1)
    assert await usps.track(PARCEL) is not None


async def test_behind_the_calls_a_cut_connection_is_tried_again(api: FakeApi, usps: Carrier) -> None:
    knows(api, item())
    api.fail("POST", TRACKING, "cut", times=1)
    with behind_the_calls():
        assert await usps.track(PARCEL) is not None


async def test_a_token_revoked_in_mid_call_is_replaced(api: FakeApi, usps: Carrier) -> None:
    knows(api, item())
    assert await usps.track(PARCEL) is not None
    api.answer("POST", TOKEN, {"access_token": "token-2", "expires_in": 28799})
    api.answer("POST", TRACKING, {}, 401, times=1)
    assert await usps.track(PARCEL) is not None
    assert [one.headers["Authorization"] for one in api.sent(TRACKING)][-2:] == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(("status", "body"), [(401, {"error": "invalid_client"}), (400, {"error": "invalid_client"})])
async def test_a_wrong_secret_says_so(api: FakeApi, usps: Carrier, status: int, body: Any) -> None:
    api.answer("POST", TOKEN, body, status)
    with pytest.raises(Denied, match="secret"):
        await usps.track(PARCEL)


# What the operator learns


async def test_check_names_what_works_and_the_limits(api: FakeApi, usps: Carrier) -> None:
    api.answer("POST", TRACKING, {"error": {"code": "404"}}, 404)
    found = {one.what: (one.works, one.text) for one in await usps.check()}
    assert found["tracking"][0] is True
    assert found["parcels"][0] is None
    assert "mailer id" in found["parcels"][1]
    assert found["quota"][0] is None


async def test_check_tells_an_app_without_the_right(api: FakeApi, usps: Carrier) -> None:
    api.answer("POST", TRACKING, {"error": {"code": "403"}}, 403)
    (only,) = await usps.check()
    assert only.works is False
    assert "add the Tracking API" in only.text


async def test_check_tells_a_wrong_secret(api: FakeApi, usps: Carrier) -> None:
    api.answer("POST", TOKEN, {"error": "invalid_client"}, 401)
    (only,) = await usps.check()
    assert only.works is False
    assert "the id or the secret is wrong" in only.text


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_missing_settings_are_named(missing: str) -> None:
    given = {"client_id": "app", "client_secret": SECRET} | {missing: ""}
    with pytest.raises(NotConfigured, match=f"carriers.usps.{missing} is missing"):
        carriers.create(Carriers(usps=Usps(**given)), "usps")


async def test_it_changes_nothing(api: FakeApi, usps: Carrier) -> None:
    order = Order(
        number="1001",
        customer=Customer(id="1", name="Jane Doe"),
        status=OrderStatus.SHIPPED,
        placed_at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    change = RescheduleDelivery("1001", NUMBER, date(2026, 11, 25))
    assert usps.capabilities == frozenset()
    outcome = await usps.perform(order, Shipment(carrier="USPS", tracking=NUMBER), change, "key")
    assert outcome == Outcome("unsupported")
    assert api.requests == []


def test_it_says_what_it_is() -> None:
    made = carriers.create(Carriers(usps=Usps(client_id="app", client_secret=SECRET, fresh_minutes=5)), "usps")
    assert (made.name, made.carriers, made.batch, made.fresh) == (
        "usps",
        frozenset({"usps"}),
        35,
        timedelta(minutes=5),
    )
