"""What UPS Track answers, read into the agent's models.

Fields: UPS's description (Tracking). A status is told by ``statusCode`` first and by its ``type`` where that is not
known. Times: ``gmtDate``, ``gmtTime`` and ``gmtOffset`` where given, else local to the place of the scan.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from pydantic import Field

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.models import Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import place, zone_of
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.web.answer import Part

SYSTEM = "ups"

_Status = ShipmentStatus


def _codes(numbers: Iterable[int], status: ShipmentStatus) -> dict[str, ShipmentStatus]:
    return {str(number): status for number in numbers}


CODES = StatusTable(
    SYSTEM,
    {
        **_codes((3,), _Status.PRE_TRANSIT),
        **_codes((5, 10, 38, 39), _Status.IN_TRANSIT),
        **_codes((6, 21, 37), _Status.OUT_FOR_DELIVERY),
        **_codes((22, 23, 24, 60, 61, 62), _Status.ATTEMPT_FAILED),
        **_codes((17, 40), _Status.AVAILABLE_FOR_PICKUP),
        **_codes((11, 26), _Status.DELIVERED),
        **_codes((46, 48, 51, 52, 53), _Status.DELAYED),
        **_codes((33, 34, 35, 36), _Status.RETURNING),
        **_codes((13, 29, 59, 64), _Status.EXCEPTION),
        **_codes((0,), _Status.UNKNOWN),
    },
)
TYPES = StatusTable(
    SYSTEM,
    {
        **dict.fromkeys(("M", "MV"), _Status.PRE_TRANSIT),
        **dict.fromkeys(("I", "P"), _Status.IN_TRANSIT),
        "O": _Status.OUT_FOR_DELIVERY,
        "D": _Status.DELIVERED,
        "X": _Status.EXCEPTION,
        "RS": _Status.RETURNING,
        "NA": _Status.UNKNOWN,
    },
)


class _Address(Part):
    city: str | None = None
    state: str | None = Field(None, alias="stateProvince")
    zip: str | None = Field(None, alias="postalCode")
    country: str | None = Field(None, alias="countryCode")


class _Location(Part):
    address: _Address | None = None


class _State(Part):
    type: str | None = None
    number: str | None = Field(None, alias="statusCode")
    own: str | None = Field(None, alias="code")
    description: str | None = None
    simple: str | None = Field(None, alias="simplifiedTextDescription")


class _Activity(Part):
    location: _Location | None = None
    status: _State | None = None
    date: str | None = None
    time: str | None = None
    gmt_date: str | None = Field(None, alias="gmtDate")
    gmt_time: str | None = Field(None, alias="gmtTime")
    offset: str | None = Field(None, alias="gmtOffset")


class _Day(Part):
    type: str | None = None
    date: str | None = None


class _Time(Part):
    type: str | None = None
    start: str | None = Field(None, alias="startTime")
    end: str | None = Field(None, alias="endTime")


class _Delivery(Part):
    where: str | None = Field(None, alias="location")


class _Addressed(Part):
    type: str | None = None
    name: str | None = None
    address: _Address | None = None


class _AccessPoint(Part):
    until: str | None = Field(None, alias="pickupByDate")


class Package(Part):
    """One parcel."""

    number: str | None = Field(None, alias="trackingNumber")
    state: _State | None = Field(None, alias="currentStatus")
    activities: tuple[_Activity, ...] | None = Field(None, alias="activity")
    days: tuple[_Day, ...] | None = Field(None, alias="deliveryDate")
    time: _Time | None = Field(None, alias="deliveryTime")
    delivery: _Delivery | None = Field(None, alias="deliveryInformation")
    addresses: tuple[_Addressed, ...] | None = Field(None, alias="packageAddress")
    access_point: _AccessPoint | None = Field(None, alias="accessPointInformation")


class _Shipment(Part):
    packages: tuple[Package, ...] | None = Field(None, alias="package")


class _Response(Part):
    shipments: tuple[_Shipment, ...] | None = Field(None, alias="shipment")


class Told(Part):
    """The whole answer. Without a package UPS knows nothing of the number; it says so in warnings."""

    response: _Response = Field(alias="trackResponse")

    @property
    def packages(self) -> tuple[Package, ...]:
        """All parcels of all shipments."""
        return tuple(one for shipment in self.response.shipments or () for one in shipment.packages or ())


def shipment(parcel: Parcel, packages: Iterable[Package]) -> Shipment | None:
    """The package with the parcel's number, the newest where UPS used it again; None if it is not among them."""
    wanted = plain(parcel.tracking)
    known = [_shipment(parcel, one) for one in packages if plain(one.number or "") == wanted]
    return max(known, key=_newest, default=None)


def _newest(one: Shipment) -> datetime:
    scan = one.last_scan
    return scan.at if scan else datetime.min.replace(tzinfo=UTC)


def _shipment(parcel: Parcel, package: Package) -> Shipment:
    goal = next((one.address for one in package.addresses or () if one.type == "DESTINATION"), None)
    home: tzinfo = _zone(goal) or zone_of("", parcel.zip) or UTC
    activities = package.activities or ()
    events = tuple(_event(one, home) for one in activities if one.gmt_date or one.date)
    state = package.state or _State()
    latest = activities[0].status if activities and activities[0].status else _State()
    status = _status(state, latest)
    days = {one.type: one.date for one in package.days or () if one.date}
    delivered = _moment(days.get("DEL"), package.time.end if package.time else None, home) if "DEL" in days else None
    if status is _Status.DELIVERED and delivered is None and events:
        delivered = events[0].at
    coming = days.get("RDD") or days.get("SDD")
    begin, end = _window(package.time, coming, home)
    expected = None if status is _Status.DELIVERED or coming is None else _day(coming)
    waits = status is _Status.AVAILABLE_FOR_PICKUP
    until = package.access_point.until if package.access_point else None
    return Shipment(
        carrier="UPS",
        tracking=parcel.tracking,
        status=status,
        raw_status=latest.number or state.own or latest.type,
        raw_text=state.description or latest.description or state.simple,
        expected=expected,
        expected_from=begin if expected else None,
        expected_to=end if expected else None,
        delivered_at=delivered if status is _Status.DELIVERED else None,
        left_at=package.delivery.where if package.delivery and status is _Status.DELIVERED else None,
        pickup=_access_point(package) if waits else None,
        pickup_until=_day(until) if waits and until else None,
        events=events,
    )


def _status(state: _State, latest: _State) -> ShipmentStatus:
    for number in (latest.number, state.number, state.own):
        known = CODES.known(_number(number))
        if known is not None:
            return known
    code = latest.number or state.own
    by_type = TYPES.known(latest.type or state.type)
    if code:
        CODES.read(code)  # counted and logged: no table knows it
    return by_type or _Status.UNKNOWN


def _number(code: str | None) -> str:
    """'011' → '11', '000' → '0'."""
    return str(int(code)) if code and code.isascii() and code.isdigit() else code or ""


def _event(one: _Activity, home: tzinfo) -> TrackingEvent:
    address = one.location.address if one.location else None
    if one.gmt_date and one.gmt_time:
        at = _moment(one.gmt_date, one.gmt_time, UTC).astimezone(_offset(one.offset) or _zone(address) or home)
    else:
        at = _moment(one.date, one.time, _zone(address) or home)
    state = one.status or _State()
    return TrackingEvent(
        at=at,
        whole_day=not (one.gmt_time or one.time),
        text=(state.description or "").strip(),
        place=place(address.city, address.state, address.country) if address else None,
        status=CODES.known(_number(state.number)) or TYPES.known(state.type) or _Status.UNKNOWN,
        raw_code=state.number or state.own,
    )


def _zone(address: _Address | None) -> tzinfo | None:
    return zone_of(address.country, address.zip, address.state) if address else None


def _offset(text: str | None) -> tzinfo | None:
    hours, _, minutes = (text or "").strip().lstrip("+-").partition(":")
    if not hours.isdigit() or int(hours) > 14 or (minutes and not minutes.isdigit()):
        return None
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-ahead if (text or "").strip().startswith("-") else ahead)


def _day(text: str) -> date:
    """'20261123' or ISO. Raises BadAnswer."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadAnswer("ups: a day is not in the form YYYYMMDD") from None


def _moment(day: str | None, time: str | None, zone: tzinfo) -> datetime:
    """'20261123' with '071356' or '07:13:56'; midnight without a time. Raises BadAnswer."""
    digits = (time or "").replace(":", "").strip().zfill(6)
    try:
        clock = datetime.strptime(digits[:6], "%H%M%S").time()
    except ValueError:
        raise BadAnswer("ups: a time is not in the form HHMMSS") from None
    return datetime.combine(_day(day or ""), clock, zone)


def _window(time: _Time | None, day: str | None, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    if time is None or day is None or not time.start or not time.end:
        return None, None
    begin, end = _moment(day, time.start, zone), _moment(day, time.end, zone)
    return (begin, end) if begin < end else (None, None)


def _access_point(package: Package) -> str | None:
    found = next((one for one in package.addresses or () if one.type not in ("ORIGIN", "DESTINATION")), None)
    if found is None:
        return "the UPS Access Point"
    where = place(found.address.city, found.address.state, found.address.country) if found.address else None
    return ", ".join(part for part in (found.name, where) if part) or "the UPS Access Point"
