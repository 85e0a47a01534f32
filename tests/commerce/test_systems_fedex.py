"""FedEx Track: what callers hear of every status, and what an operator reads when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from systems_world import FakeApi, Prism, spec

from asterisk_agent.commerce import carriers
from asterisk_agent.commerce.carrier import Carrier, Parcel
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
from asterisk_agent.commerce.models import Shipment
from asterisk_agent.commerce.models import ShipmentStatus as Status
from asterisk_agent.settings_systems import Carriers, FedEx

NUMBER = "794600000042"
PARCEL = Parcel("fedex", NUMBER, "02139", datetime(2026, 11, 20, tzinfo=UTC))
TRACK = "/track/v1/trackingnumbers"


@pytest.fixture(scope="module")
def prism() -> Iterator[Prism]:
    server = Prism(spec("fedex-tracking.json"))
    yield server
    server.close()


@pytest.fixture
async def api(prism: Prism) -> AsyncIterator[FakeApi]:
    async with FakeApi(prism) as server:
        server.answer("POST", "/oauth/token", {"access_token": "t1", "expires_in": 3599, "token_type": "bearer"})
        yield server


@pytest.fixture
async def fedex(api: FakeApi) -> AsyncIterator[Carrier]:
    section = FedEx(url=api.url, client_id="id", client_secret=SecretStr("s3cret"))
    made = carriers.create(Carriers(fedex=section), "fedex")
    yield made
    await made.close()


def scan(code: str = "DP", **more: Any) -> dict[str, Any]:
    return {
        "date": "2026-11-22T21:56:00-06:00",
        "eventType": code,
        "eventDescription": "Departed FedEx location",
        "derivedStatusCode": "IT",
        "scanLocation": {"city": "MEMPHIS", "stateOrProvinceCode": "TN", "countryCode": "US"},
    } | more


def result(code: str = "IT", **more: Any) -> dict[str, Any]:
    return {
        "trackingNumberInfo": {"trackingNumber": NUMBER, "carrierCode": "FDXE"},
        "latestStatusDetail": {"code": code, "derivedCode": code, "statusByLocale": "In transit"},
        "scanEvents": [scan()],
        "recipientInformation": {
            "address": {"city": "CAMBRIDGE", "stateOrProvinceCode": "MA", "postalCode": "02139", "countryCode": "US"}
        },
        "a_field_of_tomorrow": {},
    } | more


def answers(results: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    complete = [{"trackingNumber": number, "trackResults": rows} for number, rows in results.items()]
    return {"transactionId": "x", "output": {"completeTrackResults": complete}}


def knows(api: FakeApi, *rows: dict[str, Any]) -> None:
    api.answer("POST", TRACK, answers({NUMBER: list(rows)}))


async def told(api: FakeApi, fedex: Carrier, code: str = "IT", **more: Any) -> Shipment:
    knows(api, result(code, **more))
    found = await fedex.track(PARCEL)
    assert found is not None
    return found


async def test_a_parcel_on_its_way(api: FakeApi, fedex: Carrier) -> None:
    dates = [{"type": "ESTIMATED_DELIVERY", "dateTime": "2026-11-25T20:00:00-05:00"}]
    found = await told(api, fedex, dateAndTimes=dates)
    assert (found.carrier, found.tracking, found.status) == ("FedEx", NUMBER, Status.IN_TRANSIT)
    assert (found.expected, found.expected_from) == (date(2026, 11, 25), None)
    [one] = found.events
    assert (one.at, one.place) == (datetime(2026, 11, 23, 3, 56, tzinfo=UTC), "Memphis, TN")
    [asked] = api.sent(TRACK)
    assert asked.body["trackingInfo"] == [{"trackingNumberInfo": {"trackingNumber": NUMBER}}]
    assert asked.headers["Authorization"] == "Bearer t1"
    assert api.sent("/oauth/token")[0].body["client_secret"] == "s3cret"


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (("OC", "EP", "OX"), Status.PRE_TRANSIT),
        (("PU", "IT", "IX", "AR", "DP", "AF"), Status.IN_TRANSIT),
        (("OD",), Status.OUT_FOR_DELIVERY),
        (("DE",), Status.ATTEMPT_FAILED),
        (("HL", "HP"), Status.AVAILABLE_FOR_PICKUP),
        (("DL",), Status.DELIVERED),
        (("DY", "DD"), Status.DELAYED),
        (("RS",), Status.RETURNING),
        (("SE", "CA"), Status.EXCEPTION),
        (("QQ",), Status.UNKNOWN),
    ],
)
async def test_every_code_of_the_table(api: FakeApi, fedex: Carrier, codes: tuple[str, ...], status: Status) -> None:
    for code in codes:
        found = await told(api, fedex, code)
        assert (found.status, found.raw_status) == (status, code)


async def test_a_delay_is_told_with_its_reason(api: FakeApi, fedex: Carrier) -> None:
    latest = {
        "code": "IT",
        "derivedCode": "IT",
        "delayDetail": {"status": "DELAYED", "type": "WEATHER", "subType": "SNOW"},
        "ancillaryDetails": [{"reason": "A13", "reasonDescription": "Weather delay"}],
    }
    found = await told(api, fedex, latestStatusDetail=latest)
    assert (found.status, found.raw_text) == (Status.DELAYED, "Weather delay")


async def test_a_window_within_a_day_is_told_and_one_over_days_is_not(api: FakeApi, fedex: Carrier) -> None:
    day = {"window": {"begins": "2026-11-25T13:15:00-05:00", "ends": "2026-11-25T17:15:00-05:00"}}
    found = await told(api, fedex, estimatedDeliveryTimeWindow=day)
    assert found.expected == date(2026, 11, 25)
    assert found.expected_to == datetime(2026, 11, 25, 22, 15, tzinfo=UTC)
    days = {"window": {"begins": "2026-11-25T00:00:00-05:00", "ends": "2026-11-28T00:00:00-05:00"}}
    assert (await told(api, fedex, estimatedDeliveryTimeWindow=days)).expected_from is None


async def test_a_delivered_parcel_with_the_place(api: FakeApi, fedex: Carrier) -> None:
    found = await told(
        api,
        fedex,
        "DL",
        dateAndTimes=[{"type": "ACTUAL_DELIVERY", "dateTime": "2026-11-22T13:04:00-05:00"}],
        deliveryDetails={"locationDescription": "Receptionist/Front Desk", "receivedByName": "SMITH"},
    )
    assert found.delivered_at == datetime(2026, 11, 22, 18, 4, tzinfo=UTC)
    assert (found.left_at, found.expected) == ("Receptionist/Front Desk", None)


async def test_a_parcel_that_is_held_says_where(api: FakeApi, fedex: Carrier) -> None:
    place = {
        "locationContactAndAddress": {
            "contact": {"companyName": "FedEx Office"},
            "address": {"streetLines": ["100 CAMBRIDGE ST"], "city": "BOSTON"},
        }
    }
    found = await told(api, fedex, "HL", holdAtLocation=place)
    assert found.pickup == "FedEx Office"
    assert found.pickup_points[0].address == "100 Cambridge St, Boston"


async def test_of_a_number_that_was_used_again_the_parcel_of_this_order_is_told(api: FakeApi, fedex: Carrier) -> None:
    old = result("DL", scanEvents=[scan(date="2026-03-01T12:00:00-05:00")])
    knows(api, old, result("OD"))
    found = await fedex.track(PARCEL)
    assert found is not None
    assert found.status is Status.OUT_FOR_DELIVERY
    knows(api, old)
    assert await fedex.track(PARCEL) is None
    elsewhere = {"address": {"postalCode": "94110", "countryCode": "US"}}
    knows(api, result("OD", recipientInformation=elsewhere))
    assert await fedex.track(PARCEL) is None


async def test_local_times_without_an_offset_are_those_of_the_place(api: FakeApi, fedex: Carrier) -> None:
    found = await told(api, fedex, scanEvents=[scan(date="2026-11-22T21:56:00")])
    assert found.events[0].at == datetime(2026, 11, 23, 3, 56, tzinfo=UTC)


@pytest.mark.parametrize("answer", [answers({}), answers({NUMBER: []}), {"output": {}}])
async def test_what_fedex_does_not_know(api: FakeApi, fedex: Carrier, answer: dict[str, Any]) -> None:
    api.answer("POST", TRACK, answer)
    assert await fedex.track(PARCEL) is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("TRACKING.TRACKINGNUMBER.NOTFOUND", None),
        ("TRACKING.DATA.NOTFOUND", None),
        ("RATE.LIMIT.EXCEEDED", Limited),
        ("FORBIDDEN.ERROR", Denied),
        ("INTERNAL.SERVER.ERROR", Broken),
        ("SOMETHING.ELSE", BadAnswer),
    ],
)
async def test_errors_told_of_a_number_inside_a_200(
    api: FakeApi, fedex: Carrier, code: str, error: type[SystemFailed] | None
) -> None:
    knows(api, {"trackingNumberInfo": {"trackingNumber": NUMBER}, "error": {"code": code, "message": "x"}})
    if error is None:
        assert await fedex.track(PARCEL) is None
        return
    with pytest.raises(error):
        await fedex.track(PARCEL)


@pytest.mark.parametrize("number", ["", "1", "x" * 60])
async def test_what_is_no_number_is_not_asked_for(api: FakeApi, fedex: Carrier, number: str) -> None:
    assert await fedex.track(Parcel("fedex", number)) is None
    assert api.requests == []


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [(403, {}, Denied), (429, {"Retry-After": "60"}, Limited), (500, {}, Broken), (503, {}, Broken)],
)
async def test_failures(
    api: FakeApi, fedex: Carrier, status: int, headers: dict[str, str], error: type[SystemFailed]
) -> None:
    api.answer("POST", TRACK, {"errors": [{"code": "X", "message": "x"}]}, status, headers)
    with pytest.raises(error):
        await fedex.track(PARCEL)


async def test_garbage_html_cuts_and_silence(api: FakeApi, fedex: Carrier) -> None:
    api.answer("POST", TRACK, "<html>sorry</html>", headers={"Content-Type": "text/html"}, times=1)
    with pytest.raises(BadAnswer, match="JSON was expected"):
        await fedex.track(PARCEL)
    api.answer("POST", TRACK, {"output": []}, times=1)
    with pytest.raises(BadAnswer, match="output"):
        await fedex.track(PARCEL)
    api.fail("POST", TRACK, "cut", times=1)
    with pytest.raises(Unreachable):
        await fedex.track(PARCEL)
    api.fail("POST", TRACK, "hang", times=1)
    with pytest.raises(TooSlow):
        await fedex.track(PARCEL)


async def test_a_revoked_token_is_renewed_in_mid_call(api: FakeApi, fedex: Carrier) -> None:
    knows(api, result())
    await fedex.track(PARCEL)
    api.answer("POST", TRACK, {"errors": [{"code": "NOT.AUTHORIZED.ERROR"}]}, 401, times=1)
    api.answer("POST", "/oauth/token", {"access_token": "t2", "expires_in": 3599})
    assert await fedex.track(PARCEL) is not None
    assert [one.headers["Authorization"][-2:] for one in api.sent(TRACK)] == ["t1", "t1", "t2"]


async def test_many_parcels_go_thirty_at_a_time(api: FakeApi, fedex: Carrier) -> None:
    numbers = [str(794600000000 + place) for place in range(65)]
    rows = {number: [result(trackingNumberInfo={"trackingNumber": number})] for number in numbers[:64]}
    unknown = {"error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}}
    api.answer("POST", TRACK, answers(rows | {numbers[64]: [unknown]}))
    found = await fedex.track_many([Parcel("fedex", number) for number in numbers])
    assert sorted(found) == numbers[:64]
    assert [len(one.body["trackingInfo"]) for one in api.sent(TRACK)] == [30, 30, 5]


async def test_what_the_operator_reads(api: FakeApi, fedex: Carrier) -> None:
    knows(api, result())
    assert [row.works for row in await fedex.check()] == [True, None]
    api.answer("POST", TRACK, {"errors": []}, 503)
    assert [row.works for row in await fedex.check()] == [False]
    api.answer("POST", "/oauth/token", {"errors": [{"code": "NOT.AUTHORIZED.ERROR"}]}, 401)
    section = FedEx(url=api.url, client_id="id", client_secret=SecretStr("n0t-the-s3cret"))
    other = carriers.create(Carriers(fedex=section), "fedex")
    [row] = await other.check()
    assert "developer.fedex.com" in row.text
    assert "n0t-the-s3cret" not in row.text
    assert other.fresh == timedelta(minutes=15)
    await other.close()


# What FedEx's description and its examples have, and the first adapter did not.


async def test_the_official_example_is_read(api: FakeApi, fedex: Carrier) -> None:
    """It has an error beside the status, a window over days, and another number inside."""
    example = result(
        trackingNumberInfo={"trackingNumber": "128667043726"},
        latestStatusDetail={"code": "PU", "derivedCode": "PU", "statusByLocale": "Picked up"},
        error={"code": "TRACKING.TRACKINGNUMBER.EMPTY", "message": "Please provide tracking number."},
        dateAndTimes=[{"dateTime": "2007-09-27T00:00:00", "type": "ACTUAL_DELIVERY"}],
        estimatedDeliveryTimeWindow={
            "window": {"begins": "2021-10-01T08:00:00", "ends": "2021-10-15T00:00:00-06:00"},
            "type": "ACTUAL_DELIVERY",
        },
    )
    answer = answers({NUMBER: [example]})
    answer["output"]["alerts"] = "TRACKING.DATA.NOTFOUND -  Tracking data unavailable"
    api.answer("POST", TRACK, answer)
    found = await fedex.track(PARCEL)
    assert found is not None
    assert (found.status, found.raw_status, found.delivered_at) == (Status.IN_TRANSIT, "PU", None)


def refused(code: str) -> dict[str, Any]:
    return {"transactionId": "x", "errors": [{"code": code, "message": "x"}]}


@pytest.mark.parametrize("status", [200, 400, 404])
async def test_a_number_that_fedex_refuses_is_not_known(api: FakeApi, fedex: Carrier, status: int) -> None:
    api.answer("POST", TRACK, refused("TRACKING.TRACKINGNUMBER.INVALID"), status)
    assert await fedex.track(PARCEL) is None


@pytest.mark.parametrize(
    ("status", "code"), [(400, "TRACKING.TRACKINGINFO.EMPTY"), (400, "BAD.REQUEST.ERROR"), (404, "NOT.FOUND.ERROR")]
)
async def test_a_request_that_is_refused_says_nothing_of_the_number(
    api: FakeApi, fedex: Carrier, status: int, code: str
) -> None:
    api.answer("POST", TRACK, refused(code), status)
    with pytest.raises(Rejected):
        await fedex.track(PARCEL)


@pytest.mark.parametrize(
    ("code", "error"), [("INTERNAL.SERVER.ERROR", Broken), ("FORBIDDEN.ERROR", Denied), ("ODD", BadAnswer)]
)
async def test_errors_of_the_whole_answer_inside_a_200(
    api: FakeApi, fedex: Carrier, code: str, error: type[SystemFailed]
) -> None:
    api.answer("POST", TRACK, refused(code))
    with pytest.raises(error):
        await fedex.track(PARCEL)


async def test_one_wrong_number_does_not_cost_the_others_of_its_batch(api: FakeApi, fedex: Carrier) -> None:
    good = ["794600000001", "794600000002", "794600000003"]
    api.answer("POST", TRACK, answers({one: [result(trackingNumberInfo={"trackingNumber": one})] for one in good}))
    wrong = refused("TRACKING.TRACKINGNUMBER.INVALID")
    api.answer("POST", TRACK, wrong, 400, when=lambda one: "000000000000" in str(one.body))
    found = await fedex.track_many([Parcel("fedex", number) for number in (*good, "000000000000")])
    assert sorted(found) == good


@pytest.mark.parametrize(
    "output", [{"completeTrackResults": None}, {"completeTrackResults": [{"trackingNumber": "1"}]}]
)
async def test_nothing_told_is_not_known(api: FakeApi, fedex: Carrier, output: dict[str, Any]) -> None:
    api.answer("POST", TRACK, {"output": output})
    assert await fedex.track(PARCEL) is None


async def test_the_same_number_told_twice_is_one_parcel_after_the_other(api: FakeApi, fedex: Carrier) -> None:
    rows = [
        {"trackingNumber": NUMBER, "trackResults": [result("OD")]},
        {"trackingNumber": NUMBER, "trackResults": [result("DL", scanEvents=[scan(date="2026-03-01T12:00:00-05:00")])]},
    ]
    api.answer("POST", TRACK, {"output": {"completeTrackResults": rows}})
    found = await fedex.track(PARCEL)
    assert found is not None
    assert found.status is Status.OUT_FOR_DELIVERY


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (("AP",), Status.PRE_TRANSIT),
        (("AA", "AC", "AD", "AX", "BR", "CH", "CP", "CU", "EA", "EO", "FD", "PL", "PM", "SF"), Status.IN_TRANSIT),
        (("PD",), Status.DELAYED),
        (("RD", "RP", "RG", "LP", "SP", "Q7"), Status.UNKNOWN),
    ],
)
async def test_more_of_fedexs_own_codes(api: FakeApi, fedex: Carrier, codes: tuple[str, ...], status: Status) -> None:
    for code in codes:
        assert (await told(api, fedex, code)).status is status


async def test_a_parcel_that_came_back_to_the_shop_is_not_told_as_delivered(api: FakeApi, fedex: Carrier) -> None:
    scans = [scan("DL", derivedStatusCode="DL"), scan("RS", derivedStatusCode="RS", date="2026-11-21T10:00:00-06:00")]
    back = {"locationDescription": "Dock", "actualDeliveryAddress": {"city": "Reno", "stateOrProvinceCode": "NV"}}
    when = [{"type": "ACTUAL_DELIVERY", "dateTime": "2026-11-22T13:04:00-05:00"}]
    found = await told(api, fedex, "DL", scanEvents=scans, deliveryDetails=back, dateAndTimes=when)
    assert (found.status, found.delivered_at, found.left_at) == (Status.RETURNING, None, None)
    here = {"actualDeliveryAddress": {"city": "Cambridge", "stateOrProvinceCode": "MA"}}
    found = await told(api, fedex, "DL", scanEvents=scans, deliveryDetails=here, dateAndTimes=when)
    assert found.status is Status.DELIVERED


async def test_a_returning_parcel_has_no_day_for_the_caller(api: FakeApi, fedex: Carrier) -> None:
    dates = [{"type": "ESTIMATED_DELIVERY", "dateTime": "2026-11-25T20:00:00-05:00"}]
    assert (await told(api, fedex, "RS", dateAndTimes=dates)).expected is None


async def test_a_redirected_parcel_is_still_the_orders(api: FakeApi, fedex: Carrier) -> None:
    new = {"address": {"city": "SALEM", "postalCode": "01970", "countryCode": "US"}}
    old = {"city": "CAMBRIDGE", "postalCode": "02139", "countryCode": "US"}
    found = await told(api, fedex, recipientInformation=new, lastUpdatedDestinationAddress=old)
    assert found.status is Status.IN_TRANSIT


async def test_where_it_was_left_goes_by_its_kind_where_fedex_has_no_words(api: FakeApi, fedex: Carrier) -> None:
    when = [{"type": "ACTUAL_DELIVERY", "dateTime": "2026-11-22T13:04:00-05:00"}]
    kind = {"locationDescription": "", "locationType": "RECEPTIONIST_OR_FRONT_DESK"}
    assert (
        await told(api, fedex, "DL", dateAndTimes=when, deliveryDetails=kind)
    ).left_at == "receptionist or front desk"
    other = {"locationType": "OTHER"}
    assert (await told(api, fedex, "DL", dateAndTimes=when, deliveryDetails=other)).left_at is None
