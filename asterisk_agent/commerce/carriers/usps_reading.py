"""What USPS says of parcels, in the common words. Sources: see ``usps``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

import structlog
from pydantic import Field

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.failures import Broken, Limited
from asterisk_agent.commerce.models import Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import left_at, place, zone_of
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.times import day, moment
from asterisk_agent.commerce.web.answer import Answer, Part, read_each

log = structlog.get_logger(__name__)

SYSTEM = "usps"

_Status = ShipmentStatus
_CATEGORIES = StatusTable(
    SYSTEM,
    {
        "Pre-Shipment": _Status.PRE_TRANSIT,
        "Accepted": _Status.IN_TRANSIT,
        "In Transit": _Status.IN_TRANSIT,
        "Out for Delivery": _Status.OUT_FOR_DELIVERY,
        "Delivery Attempt": _Status.ATTEMPT_FAILED,
        "Available for Pickup": _Status.AVAILABLE_FOR_PICKUP,
        "Delivered": _Status.DELIVERED,
        "Alert": _Status.EXCEPTION,
    },
)
_EVENTS = StatusTable(
    SYSTEM,
    {
        **dict.fromkeys(("MA", "GX"), _Status.PRE_TRANSIT),
        **dict.fromkeys(("03", "07", "10"), _Status.IN_TRANSIT),
        "OF": _Status.OUT_FOR_DELIVERY,
        "02": _Status.ATTEMPT_FAILED,
        "01": _Status.DELIVERED,
        "09": _Status.RETURNING,
    },
)
"""Event codes that mean one thing wherever they stand; of the others the text is told."""

_LATE = ("arriving late", "delay", "missent", "later than expected")
_RETURN = ("return to sender", "returned to sender", "returned to the sender", "being returned")
_RETURNED = ("is being returned", "was returned")
"""In a summary; 'if unclaimed it will be returned' is a warning only."""
_MOVING = frozenset({_Status.IN_TRANSIT, _Status.EXCEPTION, _Status.OUT_FOR_DELIVERY, _Status.ATTEMPT_FAILED})


class _Event(Part):
    type: str | None = Field(None, alias="eventType")
    code: str | None = Field(None, alias="eventCode")
    at: str | None = Field(None, alias="eventTimestamp")
    at_gmt: str | None = Field(None, alias="GMTTimestamp")
    offset: str | None = Field(None, alias="GMTOffset")
    city: str | None = Field(None, alias="eventCity")
    state: str | None = Field(None, alias="eventState")
    country: str | None = Field(None, alias="eventCountry")
    zip: str | None = Field(None, alias="eventZIPCode")


class _Expectation(Part):
    expected: str | None = Field(None, alias="expectedDeliveryDate")
    predicted: str | None = Field(None, alias="predictedDeliveryDate")
    guaranteed: str | None = Field(None, alias="guaranteedDeliveryDate")
    begin: str | None = Field(None, alias="predictedDeliveryWindowStartTime")
    end: str | None = Field(None, alias="predictedDeliveryWindowEndTime")


class _Error(Part):
    code: str | int | None = None


class _Item(Part):
    """A parcel or, in an answer of 207, why there is none."""

    number: str | None = Field(None, alias="trackingNumber")
    code: str | int | None = Field(None, alias="statusCode")
    error: _Error | None = None
    status: str | None = None
    category: str | None = Field(None, alias="statusCategory")
    summary: str | None = Field(None, alias="statusSummary")
    expectation: _Expectation | None = Field(None, alias="deliveryDateExpectation")
    events: tuple[_Event, ...] | None = Field(None, alias="trackingEvents")

    @property
    def failure(self) -> int | None:
        """The HTTP status that stands for this number, None for a parcel."""
        told = str(self.code or (self.error.code if self.error else "") or "")
        failed = self.error is not None or (told.isdigit() and int(told) >= 300)
        return (int(told) if told.isdigit() else 404) if failed else None


def shipments(parcels: Sequence[Parcel], answer: Answer) -> dict[str, Shipment]:
    """The parcels of an answer by plain number. Raises BadAnswer, and Limited or Broken where all failed so."""
    items = read_each(_Item, answer.body, SYSTEM)
    failures = {item.failure for item in items if item.failure is not None}
    found: dict[str, Shipment] = {}
    for parcel in parcels:
        own = [one for one in items if one.failure is None and _is_of(plain(parcel.tracking), one.number)]
        if own:
            shipments = [_shipment(parcel, one) for one in own]
            found[plain(parcel.tracking)] = max(shipments, key=_newest)
    if failures & {401, 403}:
        log.warning("a parcel is not shown: is it of the shop's mailer id?", system=SYSTEM)
    if not found and 429 in failures:
        raise Limited("usps: too many requests for a number")
    if not found and (worst := max((one for one in failures if one >= 500), default=None)):
        raise Broken(f"usps answered {worst} for a number", worst)
    return found


def _is_of(asked: str, told: str | None) -> bool:
    """Whether an answer is about the number; USPS may leave off the routing ZIP ('420' and ZIP code) before it."""
    number = plain(told or "")
    return number == asked or (asked.startswith("420") and len(number) >= 20 and asked.endswith(number))


def _newest(shipment: Shipment) -> datetime:
    scan = shipment.last_scan
    return scan.at if scan else datetime.min.replace(tzinfo=UTC)


def _shipment(parcel: Parcel, item: _Item) -> Shipment:
    told = item.events or ()
    home = zone_of("", parcel.zip)
    events = tuple(_event(one, home) for one in told if one.at_gmt or one.at)
    status = _status(item, told)
    delivered = [one for one in events if _says(("delivered",), one.text)] if status is _Status.DELIVERED else []
    wait = [one for one in events if _says(("pickup", "pick up"), one.text)] or list(events)
    expectation = item.expectation or _Expectation()
    zone = home or (events[0].at.tzinfo if events else None)
    expected = _expected(expectation)
    begin, end = _window(expectation, expected, zone)
    return Shipment(
        carrier="USPS",
        tracking=parcel.tracking,
        status=status,
        raw_status=item.category,
        raw_text=item.status or item.summary,
        expected=expected,
        expected_from=begin,
        expected_to=end,
        delivered_at=delivered[0].at if delivered else None,
        left_at=left_at(item.status or delivered[0].text) if delivered else None,
        pickup=_pickup(item, wait[0]) if status is _Status.AVAILABLE_FOR_PICKUP and wait else None,
        events=events,
    )


def _status(item: _Item, events: Sequence[_Event]) -> ShipmentStatus:
    """The category; where it leaves open what is the matter, USPS's words, which are always English."""
    newest = _EVENTS.known(events[0].code) if events else None
    status = newest if newest and not item.category else _CATEGORIES.read(item.category)
    if status is _Status.DELIVERED and _says(("to original sender",), item.status):
        return _Status.RETURNING
    scans = (item.status, *(one.type for one in events))
    if status in _MOVING and (_says(_RETURN, *scans) or _says(_RETURNED, item.summary)):
        return _Status.RETURNING
    if status in (_Status.EXCEPTION, _Status.IN_TRANSIT) and _says(_LATE, item.status, item.summary):
        return _Status.DELAYED
    return status


def _says(signs: Sequence[str], *texts: str | None) -> bool:
    return any(sign in (text or "").casefold() for text in texts for sign in signs)


def _event(one: _Event, home: tzinfo | None) -> TrackingEvent:
    country = "" if (one.country or "").strip().upper() in ("UNITED STATES", "USA") else one.country
    zone = _offset(one.offset) or zone_of(country, one.zip, one.state) or home or UTC
    at = moment(one.at_gmt, UTC).astimezone(zone) if one.at_gmt else moment(one.at or "", zone)
    return TrackingEvent(
        at=at,
        whole_day=len((one.at_gmt or one.at or "").strip()) == len("2026-11-23"),
        text=one.type or "",
        place=place(one.city, one.state, country),
        status=_EVENTS.known(one.code) or _Status.UNKNOWN,
        raw_code=one.code,
    )


def _offset(text: str | None) -> tzinfo | None:
    """'-7:00' as a zone."""
    match = re.fullmatch(r"([+-]?)(\d{1,2}):?(\d{2})", (text or "").strip(), re.ASCII)
    if match is None or int(match[2]) > 14:
        return None
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-ahead if match[1] == "-" else ahead)


def _expected(told: _Expectation) -> date | None:
    if (known := told.expected or told.predicted) is not None:
        return day(known, UTC)
    # The guaranteed one may be words, such as '3 Business Days'.
    dated = re.match(r"\d{4}-\d{2}-\d{2}", told.guaranteed or "", re.ASCII)
    return day(dated[0], UTC) if dated else None


def _window(
    told: _Expectation, expected: date | None, zone: tzinfo | None
) -> tuple[datetime, datetime] | tuple[None, None]:
    begin, end = _clock(told.begin), _clock(told.end)
    if expected is None or zone is None or begin is None or end is None or begin >= end:
        return None, None
    return datetime.combine(expected, begin, zone), datetime.combine(expected, end, zone)


def _clock(text: str | None) -> time | None:
    """'9:00am', '12:15 PM', '13:00', '13:00:00'; None for anything else."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2})?\s*([ap])?\.?m?\.?", (text or "").strip().casefold(), re.ASCII)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _pickup(item: _Item, event: TrackingEvent) -> str | None:
    office = _says(("post office",), item.status, item.summary, event.text)
    return f"the post office in {event.place}" if office and event.place else event.place
