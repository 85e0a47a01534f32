"""What FedEx Track answers, read into the agent's models.

Codes: FedEx's developer guide, 'Track Service Status Codes'; ``derivedCode`` of the latest status is the one to go by.
Fields: the API's description (Track 1.0.0). Times come with an offset, or are local to the place of the scan.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from pydantic import Field

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.models import PickupPoint, Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import place, zone_of
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part

SYSTEM = "fedex"

_Status = ShipmentStatus

CODES = StatusTable(
    SYSTEM,
    {
        **dict.fromkeys(("OC", "EP", "OX", "IN", "AP"), _Status.PRE_TRANSIT),
        **dict.fromkeys(("PU", "PX", "IT", "IX", "AR", "DP", "AF", "OF", "TR", "LO", "PF", "CC"), _Status.IN_TRANSIT),
        **dict.fromkeys(("AA", "AC", "AD", "AX", "EA", "EO", "FD", "PL", "PM", "SF"), _Status.IN_TRANSIT),
        **dict.fromkeys(("BR", "CH", "CP", "CU"), _Status.IN_TRANSIT),
        **dict.fromkeys(("OD", "ED"), _Status.OUT_FOR_DELIVERY),
        "DE": _Status.ATTEMPT_FAILED,
        **dict.fromkeys(("HL", "HP"), _Status.AVAILABLE_FOR_PICKUP),
        "DL": _Status.DELIVERED,
        **dict.fromkeys(("DY", "DD", "CD", "PD"), _Status.DELAYED),
        "RS": _Status.RETURNING,
        **dict.fromkeys(("SE", "CA"), _Status.EXCEPTION),
        # News of a return label and of a parcel in several pieces: they do not say where it is.
        **dict.fromkeys(("RD", "RP", "RG", "LP", "SP"), _Status.UNKNOWN),
    },
)

_ESTIMATES = ("APPOINTMENT_DELIVERY", "ESTIMATED_DELIVERY", "COMMITMENT")
"""Types of the day on which it comes, the surest first."""

_LATE = frozenset({_Status.IN_TRANSIT, _Status.PRE_TRANSIT, _Status.EXCEPTION})


class _Address(Part):
    streets: tuple[str, ...] | None = Field(None, alias="streetLines")
    city: str | None = None
    state: str | None = Field(None, alias="stateOrProvinceCode")
    zip: str | None = Field(None, alias="postalCode")
    country: str | None = Field(None, alias="countryCode")


class _Contact(Part):
    company: str | None = Field(None, alias="companyName")


class _ContactAndAddress(Part):
    contact: _Contact | None = None
    address: _Address | None = None


class _Location(Part):
    place: _ContactAndAddress | None = Field(None, alias="locationContactAndAddress")
    kind: str | None = Field(None, alias="locationType")


class _Delay(Part):
    status: str | None = None


class _Ancillary(Part):
    reason: str | None = Field(None, alias="reasonDescription")


class _Latest(Part):
    code: str | None = None
    derived: str | None = Field(None, alias="derivedCode")
    text: str | None = Field(None, alias="statusByLocale")
    description: str | None = None
    delay: _Delay | None = Field(None, alias="delayDetail")
    ancillary: tuple[_Ancillary, ...] | None = Field(None, alias="ancillaryDetails")
    location: _Address | None = Field(None, alias="scanLocation")


class _Scan(Part):
    at: str | None = Field(None, alias="date")
    text: str | None = Field(None, alias="eventDescription")
    exception: str | None = Field(None, alias="exceptionDescription")
    code: str | None = Field(None, alias="derivedStatusCode")
    kind: str | None = Field(None, alias="eventType")
    location: _Address | None = Field(None, alias="scanLocation")


class _DateAndTime(Part):
    type: str | None = None
    at: str | None = Field(None, alias="dateTime")


class _Range(Part):
    begins: str | None = None
    ends: str | None = None


class _Window(Part):
    window: _Range | None = None


class _Delivery(Part):
    where: str | None = Field(None, alias="locationDescription")
    kind: str | None = Field(None, alias="locationType")
    address: _Address | None = Field(None, alias="actualDeliveryAddress")


class Failure(Part):
    """Why nothing is told of one number, inside an answer of 200."""

    code: str | None = None


class _NumberInfo(Part):
    number: str | None = Field(None, alias="trackingNumber")


class Result(Part):
    """One parcel with this number; numbers are used again after some months."""

    info: _NumberInfo | None = Field(None, alias="trackingNumberInfo")
    latest: _Latest | None = Field(None, alias="latestStatusDetail")
    scans: tuple[_Scan, ...] | None = Field(None, alias="scanEvents")
    dates: tuple[_DateAndTime, ...] | None = Field(None, alias="dateAndTimes")
    window: _Window | None = Field(None, alias="estimatedDeliveryTimeWindow")
    delivery: _Delivery | None = Field(None, alias="deliveryDetails")
    hold: _Location | None = Field(None, alias="holdAtLocation")
    recipient: _ContactAndAddress | None = Field(None, alias="recipientInformation")
    changed: _Address | None = Field(None, alias="lastUpdatedDestinationAddress")
    error: Failure | None = None

    @property
    def failure(self) -> str:
        """The code of what kept FedEx from telling anything, '' where it told a status (and a remark beside it)."""
        told = self.latest is not None and (self.latest.derived or self.latest.code)
        return "" if told or self.error is None else self.error.code or "an error without a code"

    def began(self) -> datetime | None:
        """When it was picked up, or first seen."""
        return _date(self, ("ACTUAL_PICKUP", "ACTUAL_TENDER", "SHIP"), UTC) or min(
            (one.at for one in _events(self, UTC)), default=None
        )


class Complete(Part):
    """All parcels with this number."""

    number: str = Field(alias="trackingNumber")
    results: tuple[Result, ...] | None = Field(None, alias="trackResults")


class _Output(Part):
    complete: tuple[Complete, ...] | None = Field(None, alias="completeTrackResults")


class Told(Part):
    """The whole answer: what was found, or why nothing is told."""

    output: _Output | None = None
    errors: tuple[Failure, ...] | None = None

    @property
    def complete(self) -> tuple[Complete, ...]:
        """What is told of each number. Raises BadAnswer where the answer has neither part."""
        if self.output is None and not self.errors:
            raise BadAnswer("fedex: output is missing")
        return (self.output.complete or ()) if self.output else ()


def shipment(parcel: Parcel, results: Iterable[Result]) -> Shipment | None:
    """The one of these that is the parcel, None where there is none: none since it was sent, or to another ZIP."""
    known = [one for one in results if one.latest is not None and not one.failure]
    fitting = [one for one in known if _fits(parcel, one)]
    newest = max(fitting, key=lambda one: one.began() or datetime.min.replace(tzinfo=UTC), default=None)
    return _shipment(parcel, newest) if newest is not None else None


def _fits(parcel: Parcel, result: Result) -> bool:
    began = result.began()
    # A label is made before the parcel leaves; a number that ended months before is another parcel's.
    early = began is not None and parcel.shipped_at is not None and (parcel.shipped_at - began).days > 30
    # A redirected parcel goes to another ZIP than the order does: one of the two is the order's.
    goals = (result.recipient.address if result.recipient else None, result.changed)
    there = {plain(one.zip)[:5] for one in goals if one and one.zip}
    return not early and (not there or not parcel.zip or plain(parcel.zip)[:5] in there)


def _shipment(parcel: Parcel, result: Result) -> Shipment:
    latest = result.latest or _Latest()
    address = result.recipient.address if result.recipient else None
    home = _zone(address) or zone_of("", parcel.zip)
    events = _events(result, home or UTC)
    zone: tzinfo = home or (events[0].at.tzinfo if events and events[0].at.tzinfo else UTC)
    status = _status(latest)
    if status is _Status.DELIVERED and _went_back(result, events):
        status = _Status.RETURNING
    delivered = _date(result, ("ACTUAL_DELIVERY",), zone) if status is _Status.DELIVERED else None
    coming = status not in (_Status.DELIVERED, _Status.RETURNING)
    begin, end = _expected_window(result, zone) if coming else (None, None)
    expected = begin or _date(result, _ESTIMATES, zone) if coming else None
    held = _held(result) if status is _Status.AVAILABLE_FOR_PICKUP else None
    return Shipment(
        carrier="FedEx",
        tracking=parcel.tracking,
        status=status,
        raw_status=latest.derived or latest.code,
        raw_text=_words(latest),
        shipped_at=_date(result, ("ACTUAL_PICKUP", "ACTUAL_TENDER", "SHIP"), zone),
        expected=expected.date() if expected else None,
        expected_from=begin,
        expected_to=end,
        delivered_at=delivered,
        left_at=_left_at(result.delivery) if delivered and result.delivery else None,
        pickup=held.name if held else None,
        pickup_points=(held,) if held else (),
        events=events,
    )


def _status(latest: _Latest) -> ShipmentStatus:
    status = CODES.read(latest.derived or latest.code)
    late = latest.delay is not None and (latest.delay.status or "").upper() == "DELAYED"
    return _Status.DELAYED if late and status in _LATE else status


def _went_back(result: Result, events: tuple[TrackingEvent, ...]) -> bool:
    """Whether what was delivered is a parcel that was sent back: FedEx tells both in the same words.

    It was on its way back before, and it was not delivered in the recipient's city.
    """
    if not any(one.status is _Status.RETURNING for one in events):
        return False
    there = result.delivery.address if result.delivery else None
    goal = result.recipient.address if result.recipient else None
    city = (there.city or "" if there else "").casefold()
    return not city or not goal or city != (goal.city or "").casefold()


def _left_at(delivery: _Delivery) -> str | None:
    kind = delivery.kind if delivery.kind != "OTHER" else None
    return delivery.where or (kind or "").replace("_", " ").lower() or None


def _words(latest: _Latest) -> str | None:
    reasons = [one.reason for one in latest.ancillary or () if one.reason]
    return (reasons[0] if reasons else None) or latest.text or latest.description


def _events(result: Result, home: tzinfo) -> tuple[TrackingEvent, ...]:
    return tuple(
        TrackingEvent(
            at=moment(one.at, _zone(one.location) or home),
            text=one.exception or one.text or "",
            place=place(one.location.city, one.location.state, one.location.country) if one.location else None,
            status=CODES.known(one.code) or _Status.UNKNOWN,
            raw_code=one.code or one.kind,
        )
        for one in result.scans or ()
        if one.at
    )


def _zone(address: _Address | None) -> tzinfo | None:
    return zone_of(address.country, address.zip, address.state) if address else None


def _date(result: Result, types: tuple[str, ...], zone: tzinfo) -> datetime | None:
    told = {one.type: one.at for one in result.dates or () if one.at}
    first = next((text for kind in types if (text := told.get(kind))), None)
    return moment(first, zone) if first else None


def _expected_window(result: Result, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Only a window within one day is one that a caller can wait for."""
    told = result.window.window if result.window else None
    if told is None or not told.begins or not told.ends:
        return None, None
    begin, end = moment(told.begins, zone), moment(told.ends, zone)
    return (begin, end) if begin < end and begin.date() == end.date() else (None, None)


def _held(result: Result) -> PickupPoint | None:
    known = result.hold.place if result.hold else None
    address = known.address if known else None
    street = ", ".join(address.streets or ()) if address else ""
    where = ", ".join(part for part in (street.title(), (address.city or "").title() if address else "") if part)
    name = (known.contact.company if known and known.contact else None) or "the FedEx location"
    return PickupPoint(name=name, address=where or None) if known else None
