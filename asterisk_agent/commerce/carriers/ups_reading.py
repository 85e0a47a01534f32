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
        "M": _Status.PRE_TRANSIT,
        **dict.fromkeys(("I", "P"), _Status.IN_TRANSIT),
        "O": _Status.OUT_FOR_DELIVERY,
        "D": _Status.DELIVERED,
        **dict.fromkeys(("X", "MV"), _Status.EXCEPTION),
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


class _OtherNumber(Part):
    number: str | None = None


class _AccessPoint(Part):
    until: str | None = Field(None, alias="pickupByDate")


class Package(Part):
    """One parcel."""

    number: str | None = Field(None, alias="trackingNumber")
    others: tuple[_OtherNumber, ...] | None = Field(None, alias="alternateTrackingNumber")
    state: _State | None = Field(None, alias="currentStatus")
    activities: tuple[_Activity, ...] | None = Field(None, alias="activity")
    days: tuple[_Day, ...] | None = Field(None, alias="deliveryDate")
    time: _Time | None = Field(None, alias="deliveryTime")
    delivery: _Delivery | None = Field(None, alias="deliveryInformation")
    addresses: tuple[_Addressed, ...] | None = Field(None, alias="packageAddress")
    access_point: _AccessPoint | None = Field(None, alias="accessPointInformation")


class _Shipment(Part):
    asked: str | None = Field(None, alias="inquiryNumber")
    packages: tuple[Package, ...] | None = Field(None, alias="package")


class _Response(Part):
    shipments: tuple[_Shipment, ...] | None = Field(None, alias="shipment")


class Told(Part):
    """The whole answer. Without a package UPS knows nothing of the number; it says so in warnings."""

    response: _Response = Field(alias="trackResponse")

    def packages(self, number: str) -> tuple[Package, ...]:
        """The parcels with this number: UPS's own, one of those beside it, or the one that the answer is about."""
        found: list[Package] = []
        for shipment in self.response.shipments or ():
            packages = shipment.packages or ()
            about = len(packages) == 1 and plain(shipment.asked or "") == number
            found += [one for one in packages if about or number in _numbers(one)]
        return tuple(found)


def _numbers(package: Package) -> set[str]:
    return {plain(one or "") for one in (package.number, *(other.number for other in package.others or ()))}


def shipment(parcel: Parcel, told: Told) -> Shipment | None:
    """The package with the parcel's number, the newest where UPS used it again; None if it is not among them."""
    known = [_shipment(parcel, one) for one in told.packages(plain(parcel.tracking))]
    fitting = [one for one in known if not _was_another(parcel, one)]
    return max(fitting, key=_newest, default=None)


def _was_another(parcel: Parcel, one: Shipment) -> bool:
    """UPS uses numbers again: what was last seen long before this parcel was sent is another one's."""
    scan = one.last_scan
    return scan is not None and parcel.shipped_at is not None and (parcel.shipped_at - scan.at).days > 30


def _newest(one: Shipment) -> datetime:
    """A label without a scan is newer than any scan."""
    scan = one.last_scan
    return scan.at if scan else datetime.max.replace(tzinfo=UTC)


def _shipment(parcel: Parcel, package: Package) -> Shipment:
    goal = _goal(package)
    home: tzinfo = _zone(goal) or zone_of("", parcel.zip) or UTC
    activities = package.activities or ()
    events = tuple(_event(one, home) for one in activities if one.date or (one.gmt_date and one.gmt_time))
    latest = activities[0].status if activities and activities[0].status else _State()
    told = package.state or _State()
    status, raw = _status(told, latest)
    if status is _Status.DELIVERED and _went_back(package):
        status = _Status.RETURNING
    here = status is _Status.DELIVERED
    days = {one.type: one.date for one in package.days or () if one.date}
    coming = None if here or status is _Status.RETURNING else days.get("RDD") or days.get("SDD")
    begin, end = _window(package.time, coming, home)
    waits = status is _Status.AVAILABLE_FOR_PICKUP
    until = package.access_point.until if package.access_point else None
    return Shipment(
        carrier="UPS",
        tracking=parcel.tracking,
        status=status,
        raw_status=raw,
        raw_text=told.description or latest.description or told.simple,
        expected=_day(coming) if coming else None,
        expected_from=begin,
        expected_to=end,
        delivered_at=_delivered(package, days.get("DEL"), events, home) if here else None,
        left_at=(package.delivery.where or None) if package.delivery and here else None,
        pickup=_access_point(package) if waits else None,
        pickup_until=_day(until) if waits and until else None,
        events=events,
    )


def _goal(package: Package, type_: str = "DESTINATION") -> _Address | None:
    return next((one.address for one in package.addresses or () if one.type == type_), None)


def _delivered(package: Package, day: str | None, events: tuple[TrackingEvent, ...], home: tzinfo) -> datetime | None:
    """The day of delivery with its time, else the scan: the time of a window is no time of delivery."""
    if day and package.time and package.time.type == "DEL" and package.time.end:
        return _moment(day, package.time.end, home)
    scans = [one.at for one in events if one.status is _Status.DELIVERED] or [one.at for one in events[:1]]
    if scans:
        return scans[0]
    return _moment(day, None, home) if day else None


def _went_back(package: Package) -> bool:
    """Whether what was delivered is a parcel that was sent back: UPS tells both in the same words.

    It was on its way back before, and its last place is not the city that it was sent to.
    """
    before = [one.status for one in (package.activities or ())[1:] if one.status]
    if not any(_status_of(one) is _Status.RETURNING for one in before):
        return False
    last = package.activities[0].location if package.activities else None
    city = (last.address.city or "" if last and last.address else "").casefold()
    goal = _goal(package)
    return not city or not goal or city != (goal.city or "").casefold()


def _status(told: _State, latest: _State) -> tuple[ShipmentStatus, str | None]:
    """The status and the code that it comes from: the current one's, the last scan's, else the type's."""
    for number in (told.number, told.own, latest.number):
        known = CODES.known(_number(number))
        if known is not None:
            return known, number
    code = told.number or latest.number or told.own
    by_type = TYPES.known(latest.type or told.type)
    if code or by_type is None:
        CODES.read(code or latest.type or told.type)  # counted and logged: no table knows it
    return by_type or _Status.UNKNOWN, code or latest.type or told.type


def _status_of(state: _State) -> ShipmentStatus:
    return CODES.known(_number(state.number)) or TYPES.known(state.type) or _Status.UNKNOWN


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
        status=_status_of(state),
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
    kinds = ("ACCESS", "PICKUP", "HOLD", "DELIVERY")
    found = next((one for one in package.addresses or () if (one.type or "").startswith(kinds)), None)
    if found is None:
        return "the UPS Access Point"
    where = place(found.address.city, found.address.state, found.address.country) if found.address else None
    return ", ".join(part for part in (found.name, where) if part) or "the UPS Access Point"
