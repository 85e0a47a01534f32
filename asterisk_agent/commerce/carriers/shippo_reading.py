"""Shippo's tracks, from answers and webhooks, in the common words.

Source: docs.goshippo.com, public-api.yaml (Track) and Tracking, Event definitions (codes of the substatus).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from pydantic import Field

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.models import Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import left_at, place, zone_of
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part

SYSTEM = "shippo"

_Status = ShipmentStatus
_CODES = StatusTable(
    SYSTEM,
    {
        "PRE_TRANSIT": _Status.PRE_TRANSIT,
        "TRANSIT": _Status.IN_TRANSIT,
        "DELIVERED": _Status.DELIVERED,
        "RETURNED": _Status.RETURNING,
        "FAILURE": _Status.EXCEPTION,
        "UNKNOWN": _Status.UNKNOWN,
    },
)
_FINER = StatusTable(
    SYSTEM,
    {
        "out_for_delivery": _Status.OUT_FOR_DELIVERY,
        "pickup_available": _Status.AVAILABLE_FOR_PICKUP,
        **dict.fromkeys(
            ("delivery_attempted", "notice_left", "location_inaccessible", "reschedule_delivery"),
            _Status.ATTEMPT_FAILED,
        ),
        **dict.fromkeys(("delayed", "package_held"), _Status.DELAYED),
        **dict.fromkeys(("address_issue", "contact_carrier", "package_damaged"), _Status.EXCEPTION),
        **dict.fromkeys(
            (
                "delivery_rescheduled",
                "delivery_scheduled",
                "information_received",
                "package_accepted",
                "package_arrived",
                "package_departed",
                "package_forwarded",
                "package_processed",
                "package_processing",
            ),
            _Status.IN_TRANSIT,
        ),
    },
)
"""What the substatus of TRANSIT says."""


class _Location(Part):
    city: str | None = None
    state: str | None = None
    country: str | None = None
    zip: str | None = None


class _Substatus(Part):
    code: str | None = None


class _State(Part):
    status: str
    substatus: _Substatus | None = None
    at: str | None = Field(None, alias="status_date")
    details: str | None = Field(None, alias="status_details")
    location: _Location | None = None

    @property
    def meaning(self) -> ShipmentStatus:
        """In the common words, the substatus considered."""
        status = _CODES.known(self.status) or _Status.UNKNOWN
        return (_FINER.known(self._finer) or status) if status is _Status.IN_TRANSIT else status

    def counted(self) -> ShipmentStatus:
        """The same; codes that are not known are counted."""
        if _CODES.read(self.status) is _Status.IN_TRANSIT and self._finer:
            _FINER.read(self._finer)
        return self.meaning

    @property
    def _finer(self) -> str | None:
        return self.substatus.code if self.substatus else None

    @property
    def code(self) -> str:
        """'TRANSIT', 'TRANSIT/out_for_delivery'."""
        return f"{self.status}/{self._finer}" if self._finer else self.status


class Track(Part):
    """A parcel as Shippo tells it."""

    carrier: str
    number: str = Field(alias="tracking_number")
    state: _State | None = Field(None, alias="tracking_status")
    history: tuple[_State, ...] | None = Field(None, alias="tracking_history")
    eta: str | None = None
    home: _Location | None = Field(None, alias="address_to")

    @property
    def is_known(self) -> bool:
        """Whether the carrier knows the number: Shippo answers for any."""
        return bool(self.history) or (self.state is not None and _CODES.known(self.state.status) is not _Status.UNKNOWN)


def told(track: Track, tracking: str, zip_code: str = "") -> Shipment:
    """The track in the common words; ``tracking`` as the parcel has it. Raises BadAnswer."""
    history = track.history or ()
    now = track.state or (history[-1] if history else None)
    status = now.counted() if now else _Status.UNKNOWN
    events = tuple(_event(one) for one in history if one.at)
    last = _event(now) if now and now.at else None
    waits = [last, *reversed(events)] if status is _Status.AVAILABLE_FOR_PICKUP else []
    arrived = last if status is _Status.DELIVERED else None
    return Shipment(
        carrier=carrier_label(track.carrier),
        tracking=tracking,
        status=status,
        raw_status=now.code if now else None,
        raw_text=(now.details or None) if now else None,
        expected=_expected(track, zip_code),
        delivered_at=arrived.at if arrived else None,
        left_at=left_at(arrived.text) if arrived else None,
        pickup=next((one.place for one in waits if one and one.place), None),
        events=events or ((last,) if last else ()),
    )


def _event(one: _State) -> TrackingEvent:
    where = one.location or _Location()
    at = moment(one.at or "", UTC)
    zone = _zone(one.location)
    return TrackingEvent(
        at=at.astimezone(zone) if zone else at,
        text=one.details or "",
        place=place(where.city, where.state, where.country),
        status=one.meaning,
        raw_code=one.code,
    )


def _zone(where: _Location | None) -> tzinfo | None:
    return zone_of(where.country, where.zip, where.state) if where else None


def _expected(track: Track, zip_code: str) -> date | None:
    """Midnight in UTC stands for the whole day."""
    if not track.eta:
        return None
    at = moment(track.eta, UTC)
    zone = _zone(track.home) or zone_of("", zip_code)
    whole_day = at.astimezone(UTC).time() == datetime.min.time()
    return at.date() if whole_day or zone is None else at.astimezone(zone).date()
