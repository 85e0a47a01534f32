"""AfterShip's trackings as shipments, from the API and from webhooks alike. Pure.

Fields, and what their times mean: the API's own Python library, aftership-tracking-sdk 10.0.1 (API 2026-07), and its
description. Tags and subtags: www.aftership.com/docs/tracking/2026-07/enum, 'Delivery Statuses' and 'Delivery
Sub-statuses'; Exception_016 to 018: support.aftership.com, 'Learn About Delivery Sub-Status'. Exception_014 and 015
were in none of these and count as what their tag says.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.models import Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import place, zone_of
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part

SYSTEM = "aftership"

STATUSES = StatusTable(
    SYSTEM,
    {
        "Pending": ShipmentStatus.PRE_TRANSIT,
        "InfoReceived": ShipmentStatus.PRE_TRANSIT,
        "InTransit": ShipmentStatus.IN_TRANSIT,
        "OutForDelivery": ShipmentStatus.OUT_FOR_DELIVERY,
        "AttemptFail": ShipmentStatus.ATTEMPT_FAILED,
        "Delivered": ShipmentStatus.DELIVERED,
        "AvailableForPickup": ShipmentStatus.AVAILABLE_FOR_PICKUP,
        "Exception": ShipmentStatus.EXCEPTION,
        # Nothing was heard of it for 30 days: that is no status.
        "Expired": ShipmentStatus.UNKNOWN,
        # An appointment was made; the parcel is not on a van.
        "OutForDelivery_004": ShipmentStatus.IN_TRANSIT,
        # Customs, other reasons, processing, weather.
        "Exception_004": ShipmentStatus.DELAYED,
        "Exception_005": ShipmentStatus.DELAYED,
        "Exception_016": ShipmentStatus.DELAYED,
        "Exception_017": ShipmentStatus.DELAYED,
        # Returning to the sender, returned to the sender.
        "Exception_010": ShipmentStatus.RETURNING,
        "Exception_011": ShipmentStatus.RETURNING,
    },
)
"""Tags, and the subtags that say something else than their tag."""

_LEFT_AT = {"Delivered_005": "with a neighbor"}


class _Checkpoint(Part):
    checkpoint_time: str | None = None
    message: str | None = None
    tag: str | None = None
    subtag: str | None = None
    subtag_message: str | None = None
    location: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country_region: str | None = None
    country_region_name: str | None = None

    @property
    def zone(self) -> tzinfo | None:
        return zone_of(self.country_region, self.postal_code, self.state)

    @property
    def where(self) -> str | None:
        """Countries are alpha-3 codes with a name beside them."""
        american = self.country_region in (None, "", "USA")
        return place(self.city, self.state, "US" if american else self.country_region_name) or self.location or None


class _Estimate(Part):
    """The newest estimate of all; days and times are those of the recipient's place."""

    datetime: str | None = None
    datetime_min: str | None = None
    datetime_max: str | None = None


class _CarrierEstimate(Part):
    """The carrier's own; the other estimates are AfterShip's."""

    estimated_delivery_date: str | None = None


class Tracking(Part):
    """A parcel as AfterShip tells it."""

    tracking_number: str
    slug: str | None = None
    tag: str | None = None
    subtag: str | None = None
    subtag_message: str | None = None
    return_to_sender: bool | None = None
    updated_at: str | None = None
    checkpoints: tuple[_Checkpoint, ...] | None = None
    latest_estimated_delivery: _Estimate | None = None
    courier_estimated_delivery_date: _CarrierEstimate | None = None
    shipment_pickup_date: str | None = None
    shipment_delivery_date: str | None = None
    pickup_location: str | None = None
    origin_country_region: str | None = None
    origin_state: str | None = None
    origin_postal_code: str | None = None
    destination_country_region: str | None = None
    destination_state: str | None = None
    destination_postal_code: str | None = None

    @property
    def heard_of(self) -> bool:
        """Whether the carrier has told anything: 'Pending' without a scan is only that somebody asked."""
        return self.tag != "Pending" or bool(self.checkpoints)

    @property
    def origin(self) -> tzinfo:
        return zone_of(self.origin_country_region, self.origin_postal_code, self.origin_state) or UTC

    @property
    def destination(self) -> tzinfo:
        found = zone_of(self.destination_country_region, self.destination_postal_code, self.destination_state)
        return found or UTC


def shipment(told: Tracking, carrier: str, number: str) -> Shipment:
    """The parcel as it is told to callers, under the carrier (any name of it) and the number that were asked for.

    A time without an offset is that of the place where it was taken; of places without a known zone, UTC.
    Raises BadAnswer.
    """
    status = ShipmentStatus.RETURNING if told.return_to_sender else _status(told.tag, told.subtag)
    events = tuple(event for one in told.checkpoints or () if (event := _event(one)))
    start, end = _window(told)
    waits = status is ShipmentStatus.AVAILABLE_FOR_PICKUP
    return Shipment(
        carrier=carrier_label(carrier),
        tracking=number,
        status=status,
        raw_status=told.subtag or told.tag,
        raw_text=told.subtag_message,
        shipped_at=moment(told.shipment_pickup_date, told.origin) if told.shipment_pickup_date else None,
        expected=_expected(told),
        expected_from=start,
        expected_to=end,
        delivered_at=_delivered_at(told, events) if status is ShipmentStatus.DELIVERED else None,
        left_at=_LEFT_AT.get(told.subtag or ""),
        pickup=told.pickup_location if waits else None,
        events=events,
    )


def _status(tag: str | None, subtag: str | None) -> ShipmentStatus:
    return STATUSES.known(subtag) or STATUSES.read(tag)


def _event(told: _Checkpoint) -> TrackingEvent | None:
    if not told.checkpoint_time:
        return None
    return TrackingEvent(
        at=moment(told.checkpoint_time, told.zone or UTC),
        text=told.message or told.subtag_message or "",
        place=told.where,
        status=_status(told.tag, told.subtag) if told.tag else ShipmentStatus.UNKNOWN,
        raw_code=told.subtag or told.tag,
    )


def _delivered_at(told: Tracking, events: tuple[TrackingEvent, ...]) -> datetime | None:
    scans = [one.at for one in events if one.status is ShipmentStatus.DELIVERED]
    if scans:
        return max(scans)
    return moment(told.shipment_delivery_date, told.destination) if told.shipment_delivery_date else None


def _expected(told: Tracking) -> date | None:
    """The day as it is written: it is the recipient's, whatever offset stands behind it."""
    newest, carriers = told.latest_estimated_delivery, told.courier_estimated_delivery_date
    text = (newest.datetime or newest.datetime_max) if newest else None
    text = text or (carriers.estimated_delivery_date if carriers else None)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BadAnswer(f"{SYSTEM}: the estimated delivery is no day") from None


def _window(told: Tracking) -> tuple[datetime | None, datetime | None]:
    """Between which hours it is expected, where both are told and are of one day."""
    estimate = told.latest_estimated_delivery
    first, last = (estimate.datetime_min, estimate.datetime_max) if estimate else (None, None)
    if not first or not last or "T" not in first or "T" not in last or first[:10] != last[:10]:
        return None, None
    start, end = moment(first, told.destination), moment(last, told.destination)
    return (start, end) if start < end else (None, None)
