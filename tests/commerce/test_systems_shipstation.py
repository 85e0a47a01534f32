"""ShipStation: what callers hear of parcels; each request as the official description of API v2 has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import structlog
import yaml
from systems_world import FakeApi, Prism, spec

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.carriers import shipstation_statuses
from asterisk_agent.commerce.changes import CancelOrder, Outcome
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
from asterisk_agent.settings_systems import Carriers, ShipStation

KEY = "key-that-stays-secret"
LABELS = "/v2/labels"
TRACK = "/v2/labels/se-324658/track"
NUMBER = "1Z932R800390810600"
PARCEL = Parcel("ups", NUMBER, "92056")


@pytest.fixture(scope="module")
def prism() -> Iterator[Prism]:
    server = Prism(spec("shipstation-v2.yaml"))
    yield server
    server.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism) as server:
        yield server


@pytest.fixture
async def shipstation(api: FakeApi) -> AsyncIterator[Carrier]:
    made = carriers.create(Carriers(shipstation=ShipStation(url=api.url, key=KEY)), "shipstation")
    yield made
    await made.close()


def label(number: str | None = NUMBER, id_: str = "se-324658", **more: Any) -> dict[str, Any]:
    row = {"label_id": id_, "status": "completed", "tracking_number": number, "carrier_code": "ups", "voided": False}
    return row | {"packages": [{"tracking_number": number}], "a_field_of_tomorrow": 1} | more


def scan(at: str | None, code: str | None = "IT", **more: Any) -> dict[str, Any]:
    where = {"city_locality": "OCEANSIDE", "state_province": "CA", "postal_code": "92056", "country_code": "US"}
    return where | {"occurred_at": at, "description": "Arrived at UPS Facility", "status_code": code} | more


def tracking(code: str | None = "IT", detail: str | None = None, **more: Any) -> dict[str, Any]:
    """As docs.shipstation.com, 'Tracking', shows it."""
    row: dict[str, Any] = {"tracking_number": NUMBER, "status_code": code, "status_description": "In Transit"}
    row |= {"carrier_status_code": "I", "carrier_status_description": "ON ITS WAY", "estimated_delivery_date": None}
    return (
        row
        | {"actual_delivery_date": None, "exception_description": None, "events": []}
        | ({"status_detail_code": detail, "status_detail_description": f"Words of {detail}"} if detail else {})
        | more
    )


def knows(api: FakeApi, *labels: dict[str, Any]) -> None:
    links = {"first": {"href": "x"}, "last": {"href": "x"}, "prev": {}, "next": {}}
    api.answer("GET", LABELS, {"labels": list(labels), "total": len(labels), "page": 1, "pages": 1, "links": links})


async def told(shipstation: Carrier, api: FakeApi, answer: dict[str, Any], parcel: Parcel = PARCEL) -> Shipment:
    knows(api, label())
    api.answer("GET", TRACK, answer)
    found = await shipstation.track(parcel)
    assert found is not None
    return found


# Requests


async def test_a_parcel_is_found_by_its_label(api: FakeApi, shipstation: Carrier) -> None:
    found = await told(shipstation, api, tracking())
    assert (found.carrier, found.tracking, found.status) == ("UPS", NUMBER, ShipmentStatus.IN_TRANSIT)
    assert (found.raw_status, found.raw_text) == ("IT", "In Transit")
    assert [(one.method, one.path) for one in api.requests] == [("GET", LABELS), ("GET", TRACK)]
    assert api.requests[0].query == {"tracking_number": NUMBER, "page_size": "25"}
    assert {one.headers["API-Key"] for one in api.requests} == {KEY}


async def test_the_label_is_searched_once(api: FakeApi, shipstation: Carrier) -> None:
    await told(shipstation, api, tracking())
    assert await shipstation.track(PARCEL) is not None
    assert len(api.sent(LABELS)) == 1
    assert len(api.sent(TRACK)) == 2


async def test_a_label_that_is_gone_is_searched_again(api: FakeApi, shipstation: Carrier) -> None:
    await told(shipstation, api, tracking())
    api.answer("GET", TRACK, {"errors": []}, 404, times=1)
    assert await shipstation.track(PARCEL) is None
    assert await shipstation.track(PARCEL) is not None
    assert len(api.sent(LABELS)) == 2


@pytest.mark.parametrize(
    "rows",
    [[], [label(voided=True)], [label(NUMBER + "1")], [label(None)], [label("1Z9", packages=None)]],
)
async def test_a_parcel_without_a_label_is_not_known(
    api: FakeApi, shipstation: Carrier, rows: list[dict[str, Any]]
) -> None:
    knows(api, *rows)
    assert await shipstation.track(PARCEL) is None
    assert not api.sent(TRACK)


async def test_of_two_labels_the_newest_counts(api: FakeApi, shipstation: Carrier) -> None:
    """ShipStation lists the newest first."""
    knows(api, label(id_="se-1", voided=True), label(id_="se-2"), label(id_="se-3"))
    api.answer("GET", f"{LABELS}/se-2/track", tracking())
    assert await shipstation.track(PARCEL) is not None


async def test_the_second_parcel_of_a_label_is_not_the_first(api: FakeApi, shipstation: Carrier) -> None:
    """ShipStation tracks a label by its first parcel: its scans are not those of the second."""
    knows(api, label("1Z-1", packages=[{"tracking_number": "1Z-1"}, {"tracking_number": "1Z-2"}]))
    api.answer("GET", TRACK, tracking() | {"tracking_number": "1Z-1"})
    assert await shipstation.track(Parcel("ups", "1Z-2")) is None
    first = await shipstation.track(Parcel("ups", "1Z1"))
    assert first is not None
    assert first.tracking == "1Z1"


async def test_many_parcels(api: FakeApi, shipstation: Carrier) -> None:
    knows(api)
    api.answer("GET", LABELS, {"labels": [label()]}, query={"tracking_number": NUMBER})
    api.answer("GET", TRACK, tracking("DE"))
    found = await shipstation.track_many([PARCEL, Parcel("usps", "940011")])
    assert {number: one.status for number, one in found.items()} == {NUMBER: ShipmentStatus.DELIVERED}
    assert shipstation.batch == 1


@pytest.mark.parametrize("number", ["1&label_status=voided#", "../../carriers", "é1"])
async def test_hostile_text_stays_a_value(api: FakeApi, shipstation: Carrier, number: str) -> None:
    knows(api, label())
    assert await shipstation.track(Parcel("ups", number)) is None
    (request,) = api.requests
    assert (request.path, request.query["tracking_number"]) == (LABELS, number)
    assert "label_status" not in request.query


async def test_a_hostile_label_stays_a_value() -> None:
    """Unchecked: the description allows no such label."""
    async with FakeApi() as api:
        made = carriers.create(Carriers(shipstation=ShipStation(url=api.url, key=KEY)), "shipstation")
        knows(api, label(id_="se-1/../../carriers?x="))
        assert await made.track(PARCEL) is None
        assert [one.path for one in api.requests] == [LABELS, f"{LABELS}/se-1/../../carriers?x=/track"]
        assert not api.requests[1].query
        await made.close()


async def test_a_parcel_without_a_number_is_not_asked_for(api: FakeApi, shipstation: Carrier) -> None:
    assert await shipstation.track(Parcel("ups", " - ")) is None
    assert not api.requests


# Statuses


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AC", ShipmentStatus.IN_TRANSIT),
        ("IT", ShipmentStatus.IN_TRANSIT),
        ("DE", ShipmentStatus.DELIVERED),
        ("EX", ShipmentStatus.EXCEPTION),
        ("UN", ShipmentStatus.UNKNOWN),
        ("AT", ShipmentStatus.ATTEMPT_FAILED),
        ("NY", ShipmentStatus.PRE_TRANSIT),
        ("SP", ShipmentStatus.AVAILABLE_FOR_PICKUP),
    ],
)
async def test_short_codes(api: FakeApi, shipstation: Carrier, code: str, status: ShipmentStatus) -> None:
    with structlog.testing.capture_logs() as logs:
        found = await told(shipstation, api, tracking(code))
    assert (found.status, found.raw_status) == (status, code)
    assert not logs


DETAILS = {
    "COLLECTION_FAILED": ShipmentStatus.PRE_TRANSIT,
    "AWAITING_DESPATCH": ShipmentStatus.PRE_TRANSIT,
    "COLLECTION_REQUESTED": ShipmentStatus.PRE_TRANSIT,
    "DESPATCHED": ShipmentStatus.IN_TRANSIT,
    "ELEC_ADVICE_RECD_BY_CARRIER": ShipmentStatus.PRE_TRANSIT,
    "NOT_YET_RECEIVED_BY_CARRIER": ShipmentStatus.PRE_TRANSIT,
    "COLLECTION_MADE": ShipmentStatus.IN_TRANSIT,
    "ATTEMPTED_DELIVERY": ShipmentStatus.ATTEMPT_FAILED,
    "ATTEMPTED_DELIVERY_2ND": ShipmentStatus.ATTEMPT_FAILED,
    "ATTEMPTED_DELIVERY_3RD": ShipmentStatus.ATTEMPT_FAILED,
    "COD_AMOUNT_NOT_PAID": ShipmentStatus.ATTEMPT_FAILED,
    "CUSTOMER_CARDED": ShipmentStatus.ATTEMPT_FAILED,
    "CUSTOMER_IDENTIFICATION_FAILED": ShipmentStatus.ATTEMPT_FAILED,
    "INVALID_METHOD_OF_PAYMENT": ShipmentStatus.ATTEMPT_FAILED,
    "NO_ACCESS_TO_RECIPIENTS_ADDRESS": ShipmentStatus.ATTEMPT_FAILED,
    "OUT_FOR_DELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
    "DELIVERED": ShipmentStatus.DELIVERED,
    "DELIVERED_DAMAGED": ShipmentStatus.DELIVERED,
    "DELIVERED_IN_PART": ShipmentStatus.IN_TRANSIT,
    "DELIVERED_SPECIFIED_SAFE_PLACE": ShipmentStatus.DELIVERED,
    "DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION": ShipmentStatus.AVAILABLE_FOR_PICKUP,
    "DELIVERED_TO_NEIGHBOUR": ShipmentStatus.DELIVERED,
    "DELIVERED_TO_PO_BOX": ShipmentStatus.DELIVERED,
    "PARCEL_COLLECTED_FROM_PICKUP_POINT": ShipmentStatus.DELIVERED,
    "PROOF_OF_DELIVERY": ShipmentStatus.DELIVERED,
    "CANCELLED": ShipmentStatus.EXCEPTION,
    "CANCELLED_BEFORE_DESPATCH": ShipmentStatus.EXCEPTION,
    "CUSTOMER_MOVED": ShipmentStatus.RETURNING,
    "HAZARDOUS_PROHIBITED": ShipmentStatus.RETURNING,
    "NOT_COLLECTED_FROM_PICKUP_POINT": ShipmentStatus.RETURNING,
    "NOT_DELIVERED": ShipmentStatus.RETURNING,
    "NOT_DELIVERED_ADDRESSEE_DECEASED": ShipmentStatus.EXCEPTION,
    "PARCEL_DAMAGED": ShipmentStatus.RETURNING,
    "PARCEL_DISPOSED": ShipmentStatus.EXCEPTION,
    "PARCEL_LOST": ShipmentStatus.EXCEPTION,
    "PARCEL_OUTSIDE_OF_SERVICE_CAPABILITY": ShipmentStatus.RETURNING,
    "REFUSED_BY_CUSTOMER": ShipmentStatus.RETURNING,
    "RETURN_TO_SENDER": ShipmentStatus.RETURNING,
    "ADDRESS_QUERY": ShipmentStatus.EXCEPTION,
    "CARRIER_DELAYS": ShipmentStatus.DELAYED,
    "CUSTOMS_CLEARED": ShipmentStatus.IN_TRANSIT,
    "CUSTOMS_PROCESSING": ShipmentStatus.IN_TRANSIT,
    "DELAYED_NOT_CARRIER": ShipmentStatus.DELAYED,
    "DELIVERY_ARRANGED_WITH_RECIPIENT": ShipmentStatus.IN_TRANSIT,
    "HELD_BY_CARRIER": ShipmentStatus.EXCEPTION,
    "HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING": ShipmentStatus.DELAYED,
    "HELD_BY_CUSTOMS": ShipmentStatus.DELAYED,
    "HELD_BY_EXPORT_CUSTOMS": ShipmentStatus.DELAYED,
    "HELD_BY_IMPORT_CUSTOMS": ShipmentStatus.DELAYED,
    "HUB_SCAN_OUT": ShipmentStatus.IN_TRANSIT,
    "IN_TRANSIT": ShipmentStatus.IN_TRANSIT,
    "INCORRECT_DECLARATION": ShipmentStatus.EXCEPTION,
    "MISSORTED": ShipmentStatus.DELAYED,
    "PARCEL_OVER_LABELLED": ShipmentStatus.IN_TRANSIT,
    "PARCEL_REPACKED": ShipmentStatus.DELAYED,
    "PARCEL_UPDATE_NOTIFICATION_VIA_EMAIL": ShipmentStatus.IN_TRANSIT,
    "PARCEL_UPDATE_NOTIFICATION_VIA_SMS": ShipmentStatus.IN_TRANSIT,
    "RECEIVED_BY_CARRIER": ShipmentStatus.IN_TRANSIT,
    "RECEIVED_LOCAL_DELIVERY_DEPOT": ShipmentStatus.IN_TRANSIT,
    "ROUTING_ERROR": ShipmentStatus.DELAYED,
    "SUB_CONTRACTOR_EVENT": ShipmentStatus.IN_TRANSIT,
    "SUB_CONTRACTOR_RECEIVED": ShipmentStatus.IN_TRANSIT,
    "RECD_BY_CARRIER_NO_ELEC_ADVICE": ShipmentStatus.IN_TRANSIT,
    "AWAITING_ELECTRONIC_ADVICE": ShipmentStatus.PRE_TRANSIT,
    "AWAITING_COLLECTION_FROM_PICKUP_POINT": ShipmentStatus.AVAILABLE_FOR_PICKUP,
    "COLLECT_AT_LOCAL_PO": ShipmentStatus.AVAILABLE_FOR_PICKUP,
    "CUSTOMER_TO_COLLECT_FROM_CARRIER": ShipmentStatus.AVAILABLE_FOR_PICKUP,
    "DELIVERED_TO_LOCKER_COLLECTION_POINT": ShipmentStatus.AVAILABLE_FOR_PICKUP,
}
SILENT = ["CARRIER_STATUS_NOT_MAPPED", "COD_AMOUNT_PAID", "INFORMATION", "POST_TRANSIT_STATUS"]


@pytest.mark.parametrize(("detail", "status"), DETAILS.items())
def test_detail_codes(detail: str, status: ShipmentStatus) -> None:
    """The finer code wins, and may stand in the place of the short one too, as the description has it."""
    assert shipstation_statuses.status("UN", detail) is status
    assert shipstation_statuses.status(detail, None) is status


@pytest.mark.parametrize("detail", SILENT)
def test_details_that_say_nothing_of_the_parcel(detail: str) -> None:
    assert shipstation_statuses.status("DE", detail) is ShipmentStatus.DELIVERED
    assert shipstation_statuses.status(detail, None) is ShipmentStatus.UNKNOWN


def test_every_code_of_the_description_is_known() -> None:
    described = yaml.safe_load(spec("shipstation-v2.yaml").read_text(encoding="utf-8"))
    codes = described["components"]["schemas"]["tracking_status_detail_code"]["enum"]
    assert set(codes) == {*DETAILS, *SILENT}


async def test_a_code_of_tomorrow_is_counted_and_not_guessed(api: FakeApi, shipstation: Carrier) -> None:
    counter = shipstation_statuses.STATUSES.metrics.unknown_codes.labels("shipstation")
    before = counter._value.get()
    found = await told(shipstation, api, tracking("ZZ"))
    assert (found.status, found.raw_status) == (ShipmentStatus.UNKNOWN, "ZZ")
    assert counter._value.get() == before + 1


async def test_an_unknown_detail_leaves_the_short_code(api: FakeApi, shipstation: Carrier) -> None:
    found = await told(shipstation, api, tracking("DE", "DELIVERED_BY_DRONE"))
    assert (found.status, found.raw_status) == (ShipmentStatus.DELIVERED, "DELIVERED_BY_DRONE")
    assert found.raw_text == "Words of DELIVERED_BY_DRONE"


async def test_the_carriers_reason_goes_before_the_status(api: FakeApi, shipstation: Carrier) -> None:
    found = await told(shipstation, api, tracking("EX", exception_description="Apartment number missing"))
    assert (found.status, found.raw_text) == (ShipmentStatus.EXCEPTION, "Apartment number missing")


@pytest.mark.parametrize(
    ("detail", "place"),
    [
        ("DELIVERED_TO_NEIGHBOUR", "with a neighbor"),
        ("DELIVERED_SPECIFIED_SAFE_PLACE", "the safe place that was chosen"),
        ("DELIVERED_TO_PO_BOX", "the P O box"),
        ("DELIVERED", None),
    ],
)
async def test_where_it_was_left(api: FakeApi, shipstation: Carrier, detail: str, place: str | None) -> None:
    assert (await told(shipstation, api, tracking("DE", detail))).left_at == place


# Scans and days


async def test_scans_have_their_own_zones(api: FakeApi, shipstation: Carrier) -> None:
    rows = [
        scan("2026-11-20T12:32:00Z", carrier_occurred_at="2026-11-20T04:32:00"),
        scan(None, carrier_occurred_at="2026-11-21T05:32:00"),
        scan("2026-11-22T09:00:00-05:00", "DE", city_locality="BOSTON", state_province="MA", postal_code="02205"),
        scan("2026-11-22T09:30:00Z", None, city_locality="", state_province="", country_code="", event_code="X"),
        scan(None),
    ]
    events = (await told(shipstation, api, tracking(events=rows))).events
    assert [(one.at.astimezone(UTC).isoformat(), one.place, one.raw_code) for one in events] == [
        ("2026-11-20T12:32:00+00:00", "Oceanside, CA", "IT"),
        ("2026-11-21T13:32:00+00:00", "Oceanside, CA", "IT"),
        ("2026-11-22T14:00:00+00:00", "Boston, MA", "DE"),
        ("2026-11-22T09:30:00+00:00", None, None),
    ]
    assert (events[2].status, events[3].status) == (ShipmentStatus.DELIVERED, ShipmentStatus.UNKNOWN)
    assert events[0].text == "Arrived at UPS Facility"


async def test_when_it_was_delivered(api: FakeApi, shipstation: Carrier) -> None:
    rows = [scan("2026-11-20T12:32:00Z"), scan("2026-11-22T14:05:00-08:00", "DE")]
    actual = {"actual_delivery_date": "2026-11-22T00:00:00Z"}
    by_scan = await told(shipstation, api, tracking("DE", events=rows, **actual))
    assert by_scan.delivered_at == datetime(2026, 11, 22, 22, 5, tzinfo=UTC)
    by_field = await told(shipstation, api, tracking("DE", actual_delivery_date="2026-11-22T11:59:03.289Z"))
    assert by_field.delivered_at == datetime(2026, 11, 22, 11, 59, 3, 289000, tzinfo=UTC)
    assert (await told(shipstation, api, tracking("IT", **actual))).delivered_at is None


@pytest.mark.parametrize(
    ("text", "zip_code", "day"),
    [
        ("2026-11-25T00:00:00Z", "92056", date(2026, 11, 25)),
        ("2026-11-25T00:00:00.000Z", "", date(2026, 11, 25)),
        ("2026-11-26T04:00:00Z", "92056", date(2026, 11, 25)),
        ("2026-11-26T04:00:00Z", "", date(2026, 11, 26)),
        (None, "92056", None),
    ],
)
async def test_the_day_it_is_expected(
    api: FakeApi, shipstation: Carrier, text: str | None, zip_code: str, day: date | None
) -> None:
    answer = tracking(estimated_delivery_date=text)
    assert (await told(shipstation, api, answer, Parcel("ups", NUMBER, zip_code))).expected == day


async def test_a_parcel_of_which_little_is_told(api: FakeApi, shipstation: Carrier) -> None:
    found = await told(shipstation, api, {"tracking_number": NUMBER, "status_code": "NY"}, Parcel("", NUMBER))
    assert found == Shipment(carrier="", tracking=NUMBER, status=ShipmentStatus.PRE_TRANSIT, raw_status="NY")


async def test_the_carrier_where_the_store_does_not_know_it(api: FakeApi, shipstation: Carrier) -> None:
    found = await told(shipstation, api, tracking(carrier_code="stamps_com"), Parcel("", NUMBER))
    assert found.carrier == "USPS"


async def test_what_the_official_example_tells(api: FakeApi, prism: Prism, shipstation: Carrier) -> None:
    """The description's own example of an answer can be read."""
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(prism.url + TRACK, headers={"API-Key": "k"}) as response:
        example = await response.json()
    found = await told(shipstation, api, example | {"tracking_number": NUMBER})
    assert found.events
    assert found.raw_text


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"status_code": "IT"}, "tracking_number"),
        (tracking(events=[scan("yesterday")]), "ISO 8601"),
        (tracking(events={}), "events"),
        (tracking(estimated_delivery_date="soon"), "ISO 8601"),
    ],
)
async def test_what_is_not_as_described_is_named(
    api: FakeApi, shipstation: Carrier, answer: dict[str, Any], place: str
) -> None:
    knows(api, label())
    api.answer("GET", TRACK, answer)
    with pytest.raises(BadAnswer, match=place):
        await shipstation.track(PARCEL)


# Failures


@pytest.mark.parametrize("path", [LABELS, TRACK])
@pytest.mark.parametrize(
    ("status", "headers", "failure"),
    [
        (400, {}, Rejected),
        (401, {}, Denied),
        (403, {}, Denied),
        (429, {"Retry-After": "30"}, Limited),
        (500, {}, Broken),
        (503, {"Retry-After": "120"}, Broken),
    ],
)
async def test_failures_have_their_kinds(
    api: FakeApi, shipstation: Carrier, path: str, status: int, headers: dict[str, str], failure: type[SystemFailed]
) -> None:
    knows(api, label())
    api.answer("GET", path, {"request_id": "x", "errors": [{"message": "no"}]}, status, headers)
    with structlog.testing.capture_logs() as logs, pytest.raises(failure) as caught:
        await shipstation.track(PARCEL)
    assert len(api.sent(path)) == 1
    assert KEY not in str(caught.value) + str(logs)


async def test_a_limit_that_ends_at_once_is_waited_for(api: FakeApi, shipstation: Carrier) -> None:
    knows(api, label())
    api.answer("GET", TRACK, tracking())
    api.answer("GET", TRACK, status=429, headers={"Retry-After": "0"}, times=1)
    assert await shipstation.track(PARCEL) is not None
    assert len(api.sent(TRACK)) == 2


async def test_html_is_no_answer(api: FakeApi, shipstation: Carrier) -> None:
    api.answer("GET", LABELS, "<html>Maintenance</html>", headers={"Content-Type": "text/html"})
    with pytest.raises(BadAnswer, match="JSON was expected"):
        await shipstation.track(PARCEL)


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_a_broken_connection(api: FakeApi, shipstation: Carrier, fault: str) -> None:
    knows(api, label())
    api.fail("GET", TRACK, fault)
    with pytest.raises(Unreachable):
        await shipstation.track(PARCEL)


async def test_a_silent_system(api: FakeApi, shipstation: Carrier) -> None:
    api.fail("GET", LABELS, "hang")
    with pytest.raises(TooSlow):
        await shipstation.track(PARCEL)


async def test_it_only_tracks(api: FakeApi, shipstation: Carrier) -> None:
    customer = Customer(id="7", name="Jane Doe")
    order = Order(
        number="1", customer=customer, status=OrderStatus.SHIPPED, placed_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    parcel = Shipment(carrier="UPS", tracking=NUMBER)
    assert shipstation.capabilities == frozenset()
    assert await shipstation.perform(order, parcel, CancelOrder("1"), "k") == Outcome("unsupported")
    assert (shipstation.name, shipstation.carriers) == ("shipstation", frozenset())
    assert shipstation.fresh == timedelta(minutes=15)
    assert not api.requests


async def test_the_check_of_a_good_key(api: FakeApi, shipstation: Carrier) -> None:
    knows(api, label())
    assert [(one.what, one.works) for one in await shipstation.check()] == [("credentials", True), ("parcels", None)]
    assert api.requests[0].query == {"page_size": "1"}


async def test_the_check_of_a_bad_key(api: FakeApi, shipstation: Carrier) -> None:
    api.answer("GET", LABELS, {"errors": []}, 401)
    (found,) = await shipstation.check()
    assert (found.what, found.works) == ("credentials", False)


def test_without_a_key() -> None:
    with pytest.raises(NotConfigured, match="ASTERISK_AGENT_CARRIERS__SHIPSTATION__KEY"):
        carriers.create(Carriers(), "shipstation")
