"""What DHL says of shipments, in the common words. Source: see ``dhl``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from pydantic import Field

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.models import Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import place, zone_of
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part

SYSTEM = "dhl"

_Status = ShipmentStatus
_CODES = StatusTable(
    SYSTEM,
    {
        "pre-transit": _Status.PRE_TRANSIT,
        "transit": _Status.IN_TRANSIT,
        "delivered": _Status.DELIVERED,
        "failure": _Status.EXCEPTION,
        "unknown": _Status.UNKNOWN,
    },
)

_WAITS = re.compile(r"\b(ready|available|awaiting|held) (for|at) (\w+ )?(pick-?up|collection|service ?point)", re.I)
_ON_THE_VAN = re.compile(r"\bout for delivery\b|\bwith (the )?(delivery )?courier\b|\bdelivery vehicle\b", re.I)
_ATTEMPT = re.compile(
    r"\battempt(ed)?\b|\bnot (at )?home\b|\bnotification card\b|\brecipient (was )?(absent|away)\b", re.I
)
"""DHL has five codes; what the words of a scan say beyond them."""

_EARLY = timedelta(days=2)
"""A shop may note the dispatch this long after DHL's first scan."""


class _Address(Part):
    country: str | None = Field(None, alias="countryCode")
    zip: str | None = Field(None, alias="postalCode")
    city: str | None = Field(None, alias="addressLocality")

    @property
    def zone(self) -> tzinfo | None:
        return zone_of(self.country, self.zip, _state(self.city)) if self.country else None


class _ServicePoint(Part):
    label: str | None = None


class _Place(Part):
    address: _Address | None = None
    point: _ServicePoint | None = Field(None, alias="servicePoint")


class _Scan(Part):
    at: str = Field(alias="timestamp")
    code: str = Field(alias="statusCode")
    location: _Place | None = None
    status: str | None = None
    description: str | None = None

    @property
    def words(self) -> str:
        return self.description or self.status or ""

    @property
    def zone(self) -> tzinfo | None:
        return self.location.address.zone if self.location and self.location.address else None


class _Frame(Part):
    begin: str | None = Field(None, alias="estimatedFrom")
    end: str | None = Field(None, alias="estimatedThrough")


class _Proof(Part):
    at: str | None = Field(None, alias="timestamp")


class _Details(Part):
    proof: _Proof | None = Field(None, alias="proofOfDelivery")


class One(Part):
    """A shipment as DHL answers it."""

    id: str | None = None
    origin: _Place | None = None
    destination: _Place | None = None
    status: _Scan | None = None
    eta: str | None = Field(None, alias="estimatedTimeOfDelivery")
    frame: _Frame | None = Field(None, alias="estimatedDeliveryTimeFrame")
    returned: bool | None = Field(None, alias="returnFlag")
    details: _Details | None = None
    events: tuple[_Scan, ...] | None = None

    @property
    def home(self) -> tzinfo | None:
        """The zone that it goes to."""
        return self.destination.address.zone if self.destination and self.destination.address else None


class Shipments(Part):
    """An answer."""

    shipments: tuple[One, ...] | None = None


def chosen(found: Sequence[One], parcel: Parcel) -> One | None:
    """The only one, or the one that goes to the parcel's ZIP code, or that moved after it was sent; else none of them:
    a stranger's parcel is worse than none."""
    if len(found) < 2:
        return found[0] if found else None
    home = _zip(parcel.zip)
    near = [one for one in found if not home or _same_zip(home, one)]
    if len(near) > 1 and parcel.shipped_at is not None:
        since = parcel.shipped_at - _EARLY
        near = [one for one in near if one.status and moment(one.status.at, one.status.zone or UTC) >= since]
    return near[0] if len(near) == 1 else None


def told(one: One, parcel: Parcel, now: datetime) -> Shipment:
    """The shipment in the common words; ``now`` tells whether it is expected today. Raises BadAnswer."""
    events = _events(one)
    expected = _day(one)
    status = _status(one, expected, now)
    begin, end = _window(one)
    last = one.status
    delivered = None
    if status is _Status.DELIVERED and last is not None:
        proof = one.details.proof.at if one.details and one.details.proof else None
        delivered = moment(proof, one.home or UTC) if proof else moment(last.at, last.zone or one.home or UTC)
    return Shipment(
        carrier="DHL",
        tracking=parcel.tracking,
        status=status,
        raw_status=last.code if last else None,
        raw_text=(last.words or None) if last else None,
        expected=expected,
        expected_from=begin,
        expected_to=end,
        delivered_at=delivered,
        pickup=_waiting_place(last) if status is _Status.AVAILABLE_FOR_PICKUP and last else None,
        events=events,
    )


def _status(one: One, expected: date | None, now: datetime) -> ShipmentStatus:
    if one.status is None:
        return _Status.UNKNOWN
    code = _CODES.read(one.status.code)
    if one.returned:
        return _Status.RETURNING
    words = f"{one.status.status or ''} {one.status.description or ''}"
    if code is _Status.EXCEPTION and _ATTEMPT.search(words):
        return _Status.ATTEMPT_FAILED
    if code is not _Status.IN_TRANSIT:
        return code
    if _WAITS.search(words):
        return _Status.AVAILABLE_FOR_PICKUP
    today = now.astimezone(one.home or UTC).date()
    return _Status.OUT_FOR_DELIVERY if expected == today or _ON_THE_VAN.search(words) else code


def _events(one: One) -> tuple[TrackingEvent, ...]:
    """A scan without a place has the zone of the one before it, the first that of the origin."""
    zone: tzinfo = (one.origin.address.zone if one.origin and one.origin.address else None) or UTC
    events: list[TrackingEvent] = []
    for scan in sorted(one.events or (), key=lambda scan: scan.at):
        zone = scan.zone or zone
        known = _CODES.known(scan.code) or _Status.UNKNOWN
        events.append(
            TrackingEvent(
                at=moment(scan.at, zone), text=scan.words, place=_place(scan), status=known, raw_code=scan.code
            )
        )
    return tuple(reversed(events))


def _place(scan: _Scan) -> str | None:
    """'Whittier, CA, US' and 'SHEFFIELD, GB' have their country at the end of the city."""
    if scan.location is None or scan.location.address is None:
        return None
    address = scan.location.address
    parts = [part.strip() for part in (address.city or "").split(",")]
    if _american(address.country):
        kept = parts[:-1] if parts[-1].upper() in ("US", "USA") else parts
        return place(kept[0] if kept else None, ", ".join(kept[1:]))
    while len(parts) > 1 and re.fullmatch(r"[A-Z]{2}", parts[-1]):
        parts.pop()
    return place(", ".join(parts), None, address.country)


def _state(city: str | None) -> str | None:
    """'CA' of 'Whittier, CA, US' or 'Whittier, CA'."""
    match = re.search(r", ?([A-Z]{2})(, ?USA?)?$", city or "")
    return match[1] if match else None


def _american(country: str | None) -> bool:
    return (country or "US").upper() in ("US", "USA")


def _day(one: One) -> date | None:
    text = one.eta or (one.frame.end if one.frame else None)
    if not text:
        return None
    zone = one.home or UTC
    return moment(text, zone).astimezone(zone).date()


def _window(one: One) -> tuple[datetime, datetime] | tuple[None, None]:
    """Only a window of some hours is one: from midnight to midnight is a day."""
    if one.frame is None or not one.frame.begin or not one.frame.end or one.home is None:
        return None, None
    begin, end = moment(one.frame.begin, one.home), moment(one.frame.end, one.home)
    return (begin, end) if timedelta(0) < end - begin < timedelta(hours=20) else (None, None)


def _waiting_place(scan: _Scan) -> str | None:
    label = scan.location.point.label if scan.location and scan.location.point else None
    return label or _place(scan)


def _zip(text: str | None) -> str:
    """For comparing: letters and digits, of a ZIP code the first five."""
    plain = re.sub(r"[^0-9A-Z]", "", (text or "").upper())
    return plain[:5] if re.fullmatch(r"\d{9}", plain, re.ASCII) else plain


def _same_zip(home: str, one: One) -> bool:
    return bool(one.destination and one.destination.address and _zip(one.destination.address.zip) == home)
