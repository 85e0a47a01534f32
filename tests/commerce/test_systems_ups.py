"""UPS Track: what callers hear of every status, and what an operator reads when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from systems_world import FakeApi, Prism, spec

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier, Parcel
from asterisk_agent.commerce.changes import HoldAtLocation, Outcome
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
from asterisk_agent.commerce.models import Customer, Order, OrderStatus, Shipment
from asterisk_agent.commerce.models import ShipmentStatus as Status
from asterisk_agent.settings_systems import Carriers, Ups

NUMBER = "1Z999AA10123456784"
PARCEL = Parcel("ups", NUMBER, "02139")
DETAILS = r"/api/track/v1/details/.*"
TOKEN = "/security/v1/oauth/token"


@pytest.fixture(scope="module")
def prism() -> Iterator[Prism]:
    server = Prism(spec("ups-tracking.yaml"))
    yield server
    server.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism, "/api", r"^/security") as server:
        server.answer("POST", TOKEN, {"access_token": "t1", "expires_in": "14399", "token_type": "Bearer"})
        yield server


@pytest.fixture
async def ups(api: FakeApi) -> AsyncIterator[Carrier]:
    section = Ups(url=api.url, client_id="id", client_secret=SecretStr("s3cret"))
    made = carriers.create(Carriers(ups=section), "ups")
    yield made
    await made.close()


def activity(type_: str = "I", number: str = "005", **more: Any) -> dict[str, Any]:
    return {
        "location": {"address": {"city": "Worcester", "stateProvince": "MA", "countryCode": "US", "country": "US"}},
        "status": {"type": type_, "description": "Departed from Facility", "code": "DP", "statusCode": number},
        "date": "20261122",
        "time": "225600",
        "gmtDate": "20261123",
        "gmtTime": "03:56:00",
        "gmtOffset": "-05:00",
    } | more


def package(**more: Any) -> dict[str, Any]:
    return {
        "trackingNumber": NUMBER,
        "activity": [activity()],
        "packageAddress": [
            {"type": "ORIGIN", "address": {"city": "Reno", "stateProvince": "NV", "countryCode": "US"}},
            {
                "type": "DESTINATION",
                "address": {"city": "Cambridge", "stateProvince": "MA", "postalCode": "02139", "countryCode": "US"},
            },
        ],
        "a_field_of_tomorrow": [1],
    } | more


def knows(api: FakeApi, *packages: dict[str, Any], **more: Any) -> None:
    api.answer("GET", DETAILS, {"trackResponse": {"shipment": [{"package": list(packages)}]}}, **more)


async def told(api: FakeApi, ups: Carrier, **more: Any) -> Shipment:
    knows(api, package(**more))
    found = await ups.track(PARCEL)
    assert found is not None
    return found


async def test_the_official_example_is_read(api: FakeApi, ups: Carrier) -> None:
    """Its request too is checked against the description."""
    knows(api, package(), package(trackingNumber="1Z999AA10123456775"))
    found = await ups.track(PARCEL)
    assert found is not None
    assert (found.carrier, found.tracking, found.status) == ("UPS", NUMBER, Status.IN_TRANSIT)
    [scan] = found.events
    assert scan.at == datetime(2026, 11, 23, 3, 56, tzinfo=UTC)
    assert scan.at.utcoffset() == timedelta(hours=-5)
    assert (scan.text, scan.place) == ("Departed from Facility", "Worcester, MA")
    [asked] = api.sent(DETAILS)
    assert asked.headers["Authorization"] == "Bearer t1"
    assert asked.headers["transactionSrc"]
    assert api.sent(TOKEN)[0].headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("numbers", "status"),
    [
        ((3,), Status.PRE_TRANSIT),
        ((5, 10, 38, 39), Status.IN_TRANSIT),
        ((6, 21, 37), Status.OUT_FOR_DELIVERY),
        ((22, 23, 24, 60, 61, 62), Status.ATTEMPT_FAILED),
        ((17, 40), Status.AVAILABLE_FOR_PICKUP),
        ((11, 26), Status.DELIVERED),
        ((46, 48, 51, 52, 53), Status.DELAYED),
        ((33, 34, 35, 36), Status.RETURNING),
        ((13, 29, 59, 64), Status.EXCEPTION),
        ((0,), Status.UNKNOWN),
    ],
)
async def test_every_code_of_the_table(api: FakeApi, ups: Carrier, numbers: tuple[int, ...], status: Status) -> None:
    for number in numbers:
        found = await told(api, ups, activity=[activity("I", f"{number:03}")])
        assert (found.status, found.raw_status) == (status, f"{number:03}")


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("M", Status.PRE_TRANSIT),
        ("I", Status.IN_TRANSIT),
        ("D", Status.DELIVERED),
        ("X", Status.EXCEPTION),
        ("NA", Status.UNKNOWN),
        ("??", Status.UNKNOWN),
    ],
)
async def test_an_unknown_code_goes_by_its_type(api: FakeApi, ups: Carrier, type_: str, status: Status) -> None:
    found = await told(api, ups, activity=[activity(type_, "987")])
    assert (found.status, found.raw_status) == (status, "987")


async def test_the_day_and_the_window_that_it_comes(api: FakeApi, ups: Carrier) -> None:
    days = [{"type": "SDD", "date": "20261124"}, {"type": "RDD", "date": "20261125"}]
    time = {"type": "EDW", "startTime": "131500", "endTime": "171500"}
    found = await told(api, ups, deliveryDate=days, deliveryTime=time)
    assert found.expected == date(2026, 11, 25)
    assert found.expected_from == datetime(2026, 11, 25, 18, 15, tzinfo=UTC)
    assert found.expected_to == datetime(2026, 11, 25, 22, 15, tzinfo=UTC)


async def test_a_delivered_parcel_with_the_place(api: FakeApi, ups: Carrier) -> None:
    found = await told(
        api,
        ups,
        activity=[activity("D", "011")],
        deliveryDate=[{"type": "DEL", "date": "20261122"}],
        deliveryTime={"type": "DEL", "endTime": "130400"},
        deliveryInformation={"location": "Front Door", "receivedBy": "SMITH"},
    )
    assert found.delivered_at == datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
    assert (found.left_at, found.expected) == ("Front Door", None)


async def test_a_parcel_at_an_access_point_says_until_when(api: FakeApi, ups: Carrier) -> None:
    shop = {"type": "ACCESSPOINT", "name": "Corner Shop", "address": {"city": "Boston", "stateProvince": "MA"}}
    found = await told(
        api,
        ups,
        activity=[activity("I", "040")],
        packageAddress=[shop],
        accessPointInformation={"pickupByDate": "20261129"},
    )
    assert (found.pickup, found.pickup_until) == ("Corner Shop, Boston, MA", date(2026, 11, 29))


async def test_local_times_without_an_offset_are_those_of_the_place(api: FakeApi, ups: Carrier) -> None:
    scan = activity(gmtDate=None, gmtTime=None, gmtOffset=None)
    scan["location"] = {"address": {"city": "Reno", "stateProvince": "NV", "countryCode": "US"}}
    found = await told(api, ups, activity=[scan])
    assert found.events[0].at == datetime(2026, 11, 23, 6, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer",
    [
        {
            "trackResponse": {
                "shipment": [{"warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}]
            }
        },
        {"trackResponse": {"shipment": []}},
        {"trackResponse": {}},
        {"trackResponse": {"shipment": [{"package": [package(trackingNumber="1ZOTHER")]}]}},
    ],
)
async def test_what_ups_does_not_know(api: FakeApi, ups: Carrier, answer: dict[str, Any]) -> None:
    api.answer("GET", DETAILS, answer)
    assert await ups.track(PARCEL) is None


@pytest.mark.parametrize("status", [400, 404])
async def test_a_number_that_is_refused_is_not_known(api: FakeApi, ups: Carrier, status: int) -> None:
    api.answer(
        "GET", DETAILS, {"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}, status
    )
    assert await ups.track(PARCEL) is None


@pytest.mark.parametrize("number", ["", "1", "../oauth", "x" * 60])
async def test_what_is_no_number_is_not_asked_for(api: FakeApi, ups: Carrier, number: str) -> None:
    assert await ups.track(Parcel("ups", number)) is None or api.sent(DETAILS)
    assert all(
        "/" not in one.path.removeprefix("/api/track/v1/details/") for one in api.requests if "track" in one.path
    )


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (403, {}, Denied),
        (429, {"Retry-After": "60"}, Limited),
        (500, {}, Broken),
        (503, {}, Broken),
    ],
)
async def test_failures(
    api: FakeApi, ups: Carrier, status: int, headers: dict[str, str], error: type[SystemFailed]
) -> None:
    api.answer("GET", DETAILS, {"response": {"errors": [{"code": "1", "message": "x"}]}}, status, headers)
    with pytest.raises(error):
        await ups.track(PARCEL)


async def test_garbage_html_cuts_and_silence(api: FakeApi, ups: Carrier) -> None:
    api.answer("GET", DETAILS, "<html>sorry</html>", headers={"Content-Type": "text/html"}, times=1)
    with pytest.raises(BadAnswer, match="JSON was expected"):
        await ups.track(PARCEL)
    api.fail("GET", DETAILS, "cut", times=1)
    with pytest.raises(Unreachable):
        await ups.track(PARCEL)
    api.fail("GET", DETAILS, "hang", times=1)
    with pytest.raises(TooSlow):
        await ups.track(PARCEL)


@pytest.mark.parametrize(
    "wrong", [{"deliveryDate": [{"type": "SDD", "date": "tomorrow"}]}, {"activity": [activity(gmtTime="noon")]}]
)
async def test_times_that_are_none(api: FakeApi, ups: Carrier, wrong: dict[str, Any]) -> None:
    knows(api, package(**wrong))
    with pytest.raises(BadAnswer):
        await ups.track(PARCEL)


async def test_a_revoked_token_is_renewed_in_mid_call(api: FakeApi, ups: Carrier) -> None:
    knows(api, package())
    await ups.track(PARCEL)
    api.answer("GET", DETAILS, {"response": {"errors": []}}, 401, times=1)
    api.answer("POST", TOKEN, {"access_token": "t2", "expires_in": "14399"})
    assert await ups.track(PARCEL) is not None
    assert [one.headers["Authorization"] for one in api.sent(DETAILS)] == ["Bearer t1", "Bearer t1", "Bearer t2"]


async def test_many_parcels(api: FakeApi, ups: Carrier) -> None:
    numbers = [f"1Z999AA1{number:010}" for number in range(12)]
    for number in numbers[:-1]:
        body = {"trackResponse": {"shipment": [{"package": [package(trackingNumber=number)]}]}}
        api.answer("GET", rf"/api/track/v1/details/{number}", body)
    api.answer("GET", rf"/api/track/v1/details/{numbers[-1]}", {"response": {"errors": []}}, 404)
    found = await ups.track_many([Parcel("ups", number) for number in numbers])
    assert sorted(found) == numbers[:-1]
    assert len(api.sent(TOKEN)) == 1


async def test_what_the_operator_reads(api: FakeApi, ups: Carrier) -> None:
    knows(api, package())
    assert [row.works for row in await ups.check()] == [True, None]
    api.answer("GET", DETAILS, {"response": {"errors": []}}, 503)
    assert [row.works for row in await ups.check()] == [False]
    api.answer("GET", DETAILS, {"response": {"errors": []}}, 403)
    [row] = await ups.check()
    assert "developer.ups.com" in row.text
    assert "s3cret" not in row.text


async def test_nothing_is_changed(ups: Carrier) -> None:
    order = Order(
        number="1", customer=Customer(id="c", name="M"), status=OrderStatus.SHIPPED, placed_at=datetime.now(UTC)
    )
    change = HoldAtLocation("1", NUMBER, "x")
    assert await ups.perform(order, Shipment(carrier="UPS", tracking=NUMBER), change, "k") == Outcome("unsupported")


# What UPS's description and its examples have, and the first adapter did not.


async def test_an_official_example_under_another_number_than_was_asked_for(api: FakeApi, ups: Carrier) -> None:
    """UPS SurePost and Mail Innovations answer with their own number; the one asked for stands beside it."""
    status = {"code": "SR", "description": "Your package was released by the customs agency.", "statusCode": "003"}
    example = package(
        trackingNumber="string",
        alternateTrackingNumber=[{"number": "92419900000033499522966220", "type": "USPS_PIC"}],
        activity=[
            activity("X", "003", date="20210210", time="071356", gmtDate="20210210", gmtTime="74700")
            | {"status": status}
        ],
        currentStatus=status | {"type": "X", "simplifiedTextDescription": "Delivered"},
        deliveryDate=[{"date": "string", "type": "string"}],
        deliveryTime={"endTime": "string", "startTime": "string", "type": "string"},
        accessPointInformation={"pickupByDate": "string"},
        packageAddress=[{"type": "ORIGIN/DESTINATION", "name": "Sears", "address": {"city": "Wayne"}}],
    )
    api.answer("GET", DETAILS, {"trackResponse": {"shipment": [{"inquiryNumber": NUMBER, "package": [example]}]}})
    found = await ups.track(Parcel("ups", NUMBER))
    assert found is not None
    assert (found.tracking, found.status, found.raw_status) == (NUMBER, Status.PRE_TRANSIT, "003")
    assert found.events[0].at == datetime(2021, 2, 10, 7, 47, tzinfo=UTC)
    by_post = await ups.track(Parcel("ups", "92419900000033499522966220"))
    assert by_post is not None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"response": {"errors": [{"code": "250003", "message": "Invalid Access License number"}]}}),
        (400, {"response": {"errors": [{"code": "1", "message": "Missing transId"}]}}),
        (404, {"message": "no Route matched"}),
    ],
)
async def test_a_request_that_is_refused_says_nothing_of_the_number(
    api: FakeApi, ups: Carrier, status: int, body: dict[str, Any]
) -> None:
    api.answer("GET", DETAILS, body, status)
    with pytest.raises(Rejected):
        await ups.track(PARCEL)


async def test_the_current_status_goes_before_a_later_scan(api: FakeApi, ups: Carrier) -> None:
    found = await told(
        api, ups, currentStatus={"code": "011", "description": "Delivered"}, activity=[activity("I", "005")]
    )
    assert (found.status, found.raw_status, found.raw_text) == (Status.DELIVERED, "011", "Delivered")


def at(city: str, state: str, **more: Any) -> dict[str, Any]:
    return activity(**more) | {
        "location": {"address": {"city": city, "stateProvince": state, "countryCode": "US"}},
    }


async def test_a_parcel_that_came_back_to_the_shop_is_not_told_as_delivered(api: FakeApi, ups: Carrier) -> None:
    back = [at("RENO", "NV", type_="D", number="011"), at("Worcester", "MA", type_="RS", number="987")]
    dates = [{"type": "DEL", "date": "20261122"}]
    found = await told(api, ups, activity=back, deliveryDate=dates, deliveryInformation={"location": "Dock"})
    assert (found.status, found.delivered_at, found.left_at) == (Status.RETURNING, None, None)
    here = [at("CAMBRIDGE", "MA", type_="D", number="011"), at("Worcester", "MA", type_="I", number="035")]
    assert (await told(api, ups, activity=here, deliveryDate=dates)).status is Status.DELIVERED


async def test_a_returning_parcel_has_no_day_for_the_caller(api: FakeApi, ups: Carrier) -> None:
    found = await told(api, ups, activity=[activity("I", "035")], deliveryDate=[{"type": "RDD", "date": "20261125"}])
    assert (found.status, found.expected) == (Status.RETURNING, None)


@pytest.mark.parametrize(("type_", "status"), [("RS", Status.RETURNING), ("MV", Status.EXCEPTION)])
async def test_returns_and_voided_labels_go_by_their_type(
    api: FakeApi, ups: Carrier, type_: str, status: Status
) -> None:
    assert (await told(api, ups, activity=[activity(type_, "")])).status is status


async def test_a_window_is_no_time_of_delivery_and_an_empty_place_is_none(api: FakeApi, ups: Carrier) -> None:
    found = await told(
        api,
        ups,
        activity=[activity("D", "011")],
        deliveryDate=[{"type": "DEL", "date": "20261122"}],
        deliveryTime={"type": "EDW", "startTime": "131500", "endTime": "171500"},
        deliveryInformation={"location": ""},
    )
    assert found.delivered_at == datetime(2026, 11, 23, 3, 56, tzinfo=UTC)
    assert found.left_at is None


async def test_the_shippers_address_is_no_pickup_point(api: FakeApi, ups: Carrier) -> None:
    shipper = {"type": "SHIPPER", "name": "Acme Warehouse", "address": {"city": "Reno", "stateProvince": "NV"}}
    found = await told(api, ups, activity=[activity("I", "040")], packageAddress=[shipper])
    assert found.pickup == "the UPS Access Point"


async def test_a_number_that_was_used_before_is_not_this_parcel(api: FakeApi, ups: Carrier) -> None:
    old = package(activity=[activity("D", "011", gmtDate="20260301")])
    sent = Parcel("ups", NUMBER, "02139", datetime(2026, 11, 20, tzinfo=UTC))
    knows(api, old)
    assert await ups.track(sent) is None
    knows(api, old, package(activity=[]))
    found = await ups.track(sent)
    assert found is not None
    assert found.events == ()
    knows(api, old, package())
    found = await ups.track(sent)
    assert found is not None
    assert found.status is Status.IN_TRANSIT


@pytest.mark.parametrize("lacking", [{"date": None, "gmtTime": None}, {"date": "", "gmtDate": ""}])
async def test_a_scan_without_a_day_is_left_out(api: FakeApi, ups: Carrier, lacking: dict[str, Any]) -> None:
    found = await told(api, ups, activity=[activity(**lacking)])
    assert (found.status, found.events) == (Status.IN_TRANSIT, ())
