"""EasyPost's trackers, from answers and webhooks, in the common words. Source: docs.easypost.com, Trackers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from pydantic import Field

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carrier_names import carrier_key, carrier_label
from asterisk_agent.commerce.models import Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import left_at, place, zone_of
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.times import day, moment
from asterisk_agent.commerce.web.answer import Part

SYSTEM = "easypost"

_Status = ShipmentStatus
_CODES = StatusTable(
    SYSTEM,
    {
        "pre_transit": _Status.PRE_TRANSIT,
        "in_transit": _Status.IN_TRANSIT,
        "out_for_delivery": _Status.OUT_FOR_DELIVERY,
        "available_for_pickup": _Status.AVAILABLE_FOR_PICKUP,
        "delivered": _Status.DELIVERED,
        "return_to_sender": _Status.RETURNING,
        "failure": _Status.EXCEPTION,
        "error": _Status.EXCEPTION,
        "cancelled": _Status.EXCEPTION,
        "unknown": _Status.UNKNOWN,
    },
)
_LATE = frozenset({"delayed", "weather_delay", "transit_exception", "missorted", "held"})
"""Details of 'in_transit' that mean a delay."""

REUSED = timedelta(days=90)
"""A tracker that is this much older than the dispatch is of an earlier parcel with the same number."""


class _Location(Part):
    city: str | None = None
    state: str | None = None
    country: str | None = None
    zip: str | None = None


class _Scan(Part):
    at: str | None = Field(None, alias="datetime")
    message: str | None = None
    description: str | None = None
    status: str | None = None
    detail: str | None = Field(None, alias="status_detail")
    code: str | None = Field(None, alias="carrier_code")
    location: _Location | None = Field(None, alias="tracking_location")


class _CarrierDetail(Part):
    day: str | None = Field(None, alias="est_delivery_date_local")
    destination: _Location | None = Field(None, alias="destination_tracking_location")
    attempt: str | None = Field(None, alias="initial_delivery_attempt")


class Tracker(Part):
    """A parcel as EasyPost tells it."""

    number: str = Field(alias="tracking_code")
    status: str | None = None
    detail: str | None = Field(None, alias="status_detail")
    carrier: str | None = None
    made: str | None = Field(None, alias="created_at")
    eta: str | None = Field(None, alias="est_delivery_date")
    scans: tuple[_Scan, ...] | None = Field(None, alias="tracking_details")
    more: _CarrierDetail | None = Field(None, alias="carrier_detail")


class Trackers(Part):
    """A list of them."""

    trackers: tuple[Tracker, ...] | None = None


def newest_of(trackers: Sequence[Tracker], parcel: Parcel) -> Tracker | None:
    """The parcel's own: of its number and carrier, the newest, unless that is of an earlier parcel."""
    own = [
        one
        for one in trackers
        if plain(one.number) == plain(parcel.tracking)
        and (not parcel.carrier or not one.carrier or _same_carrier(parcel.carrier, one.carrier))
        and (parcel.shipped_at is None or not one.made or moment(one.made) > parcel.shipped_at - REUSED)
    ]
    return max(own, key=lambda one: moment(one.made) if one.made else datetime.min.replace(tzinfo=UTC), default=None)


def told(one: Tracker, tracking: str) -> Shipment:
    """The tracker in the common words; ``tracking`` as the parcel has it. Raises BadAnswer."""
    status = _status(one)
    events = tuple(_event(scan) for scan in one.scans or () if scan.at)
    delivered = _newest(scan for scan in events if scan.status is _Status.DELIVERED)
    waits = _newest(scan for scan in events if scan.status is _Status.AVAILABLE_FOR_PICKUP and scan.place)
    last = _newest(events)
    arrived = delivered if status is _Status.DELIVERED else None
    return Shipment(
        carrier=carrier_label(_key(one.carrier or "") or (one.carrier or "")),
        tracking=tracking,
        status=status,
        raw_status=one.status,
        raw_text=(last.text or None) if last else None,
        expected=_expected(one),
        delivered_at=arrived.at if arrived else None,
        left_at=left_at(arrived.text) if arrived else None,
        pickup=waits.place if waits and status is _Status.AVAILABLE_FOR_PICKUP else None,
        events=events,
    )


def _key(name: str) -> str:
    """'DHLExpress' and 'DHLEcs' as 'dhl'; '' where the name says it best."""
    key = "dhl" if name.upper().startswith("DHL") else carrier_key(name)
    return key if carrier_label(key) != key else ""


def _same_carrier(key: str, name: str) -> bool:
    return (_key(name) or carrier_key(name)) == key


def _newest(scans: Iterable[TrackingEvent]) -> TrackingEvent | None:
    return max(scans, key=lambda scan: scan.at, default=None)


def _status(one: Tracker) -> ShipmentStatus:
    status = _CODES.read(one.status)
    detail = (one.detail or "").casefold()
    if status is _Status.IN_TRANSIT and detail in _LATE:
        return _Status.DELAYED
    if status is _Status.EXCEPTION and one.status == "failure":
        attempted = bool(one.more and one.more.attempt) or detail == "delivery_exception"
        return _Status.ATTEMPT_FAILED if attempted else status
    return status


def _event(scan: _Scan) -> TrackingEvent:
    where = scan.location or _Location()
    zone = zone_of(where.country, where.zip, where.state)
    at = moment(scan.at or "", UTC)
    return TrackingEvent(
        at=at.astimezone(zone) if zone else at,
        text=scan.message or scan.description or "",
        place=place(where.city, where.state, where.country),
        status=_CODES.known(scan.status) or _Status.UNKNOWN,
        raw_code=scan.code or scan.status,
    )


def _expected(one: Tracker) -> date | None:
    """The carrier's local day; else the day of the estimate, of which midnight in UTC stands for the whole day."""
    if one.more and one.more.day:
        return day(one.more.day, UTC)
    if not one.eta:
        return None
    at = moment(one.eta, UTC)
    where = (one.more.destination if one.more else None) or _Location()
    zone = zone_of(where.country, where.zip, where.state)
    whole_day = at.astimezone(UTC).time() == datetime.min.time()
    return at.date() if whole_day or zone is None else at.astimezone(zone).date()
