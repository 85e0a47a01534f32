"""ShipStation API v2: parcels whose labels were bought in ShipStation.

Requests and answers: the API's description (2.0.0, 2025-08-13); limit: docs.shipstation.com, 'Usage & Rate Limits'.
There is no look-up by tracking number (/v2/tracking is not described): the label is found, then tracked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.carriers.shipstation_statuses import LEFT_AT, SYSTEM, status
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Order, Shipment, ShipmentStatus, TrackingEvent
from asterisk_agent.commerce.places import place, zone_of
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient, segment
from asterisk_agent.settings_systems import ShipStation as Settings

LABELS = "/v2/labels"

RATES = (Rate(200, 60.0),)

MOST_LABELS = 25
"""Of one tracking number that are looked at, the newest; carriers use numbers again."""

REMEMBERED = 20_000
"""Parcels whose label is remembered, so that it is not searched again."""


class _Package(Part):
    tracking_number: str | None = None


class _Label(Part):
    label_id: str
    tracking_number: str | None = None
    carrier_code: str | None = None
    voided: bool | None = None
    packages: tuple[_Package, ...] | None = None

    def carries(self, number: str) -> bool:
        numbers = [self.tracking_number, *(one.tracking_number for one in self.packages or ())]
        return not self.voided and any(plain(one or "") == plain(number) for one in numbers)


class _Labels(Part):
    labels: tuple[_Label, ...]


class _Event(Part):
    occurred_at: str | None = None
    carrier_occurred_at: str | None = None
    description: str | None = None
    city_locality: str | None = None
    state_province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    status_code: str | None = None
    status_detail_code: str | None = None
    carrier_status_code: str | None = None


class _Tracking(Part):
    tracking_number: str
    carrier_code: str | None = None
    status_code: str | None = None
    status_description: str | None = None
    status_detail_code: str | None = None
    status_detail_description: str | None = None
    carrier_status_description: str | None = None
    exception_description: str | None = None
    estimated_delivery_date: str | None = None
    actual_delivery_date: str | None = None
    events: tuple[_Event, ...] | None = None


def create(section: Settings) -> ShipStation:
    """The aggregator of the settings. Raises NotConfigured."""
    require(section, "carriers.shipstation", "url", "key")
    return ShipStation(section)


class ShipStation:
    """The carrier protocol on ShipStation's labels."""

    def __init__(self, section: Settings) -> None:
        self._section = section
        self._web = WebClient(SYSTEM, section.url, Key("API-Key", section.key), rates=RATES)
        self._labels: OrderedDict[str, str] = OrderedDict()

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    @property
    def carriers(self) -> frozenset[str]:
        """Any."""
        return frozenset()

    @property
    def fresh(self) -> timedelta:
        """How long an answer counts as new."""
        return timedelta(minutes=self._section.fresh_minutes)

    @property
    def batch(self) -> int:
        """Each parcel needs requests of its own."""
        return 1

    async def track(self, parcel: Parcel) -> Shipment | None:
        """The parcel, None if its label is not ShipStation's."""
        label = await self._label(parcel)
        if label is None:
            return None
        answer = await self._web.get(f"{LABELS}/{segment(label)}/track", expected=(404,))
        if answer.status == 404:
            self._labels.pop(plain(parcel.tracking), None)
            return None
        told = read(_Tracking, answer.body, SYSTEM)
        # Of a label for several parcels only the first is tracked.
        return _shipment(told, parcel) if plain(told.tracking_number) == plain(parcel.tracking) else None

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """By tracking number, for those that are known."""
        found = {one.tracking: await self.track(one) for one in parcels}
        return {number: shipment for number, shipment in found.items() if shipment is not None}

    @property
    def capabilities(self) -> frozenset[str]:
        """It only tracks."""
        return frozenset()

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """It only tracks."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """Whether the key is good; what ShipStation cannot know."""
        try:
            read(_Labels, (await self._web.get(LABELS, {"page_size": 1})).body, SYSTEM)
        except SystemFailed as error:
            return (Check("credentials", False, str(error)),)
        return (
            Check("credentials", True, "the key may look up labels"),
            Check("parcels", None, "only those with labels bought in ShipStation; name a carrier or aggregator too"),
        )

    async def close(self) -> None:
        """Release connections."""
        await self._web.close()

    async def _label(self, parcel: Parcel) -> str | None:
        key = plain(parcel.tracking)
        if not key:
            return None
        if key in self._labels:
            self._labels.move_to_end(key)
            return self._labels[key]
        number = "".join(parcel.tracking.split())
        answer = await self._web.get(LABELS, {"tracking_number": number, "page_size": MOST_LABELS})
        labels = read(_Labels, answer.body, SYSTEM).labels
        label = next((one.label_id for one in labels if one.carries(parcel.tracking)), None)
        if label is not None:
            self._labels[key] = label
            while len(self._labels) > REMEMBERED:
                self._labels.popitem(last=False)
        return label


def _shipment(told: _Tracking, parcel: Parcel) -> Shipment:
    found = status(told.status_code, told.status_detail_code)
    events = tuple(event for one in told.events or () if (event := _event(one)))
    words = told.status_detail_description or told.status_description or told.carrier_status_description
    return Shipment(
        carrier=carrier_label(parcel.carrier or told.carrier_code or ""),
        tracking=parcel.tracking,
        status=found,
        raw_status=told.status_detail_code or told.status_code,
        raw_text=told.exception_description or words,
        expected=_expected(told, zone_of("US", parcel.zip)),
        delivered_at=_delivered_at(told, events) if found is ShipmentStatus.DELIVERED else None,
        left_at=LEFT_AT.get(told.status_detail_code or ""),
        events=events,
    )


def _event(told: _Event) -> TrackingEvent | None:
    """``occurred_at`` has an offset, ``carrier_occurred_at`` is local time of the scan's place."""
    text = told.occurred_at or told.carrier_occurred_at
    if not text:
        return None
    zone = zone_of(told.country_code, told.postal_code, told.state_province)
    coded = told.status_code or told.status_detail_code
    return TrackingEvent(
        at=moment(text, zone or UTC),
        text=told.description or "",
        place=place(told.city_locality, told.state_province, told.country_code),
        status=status(told.status_code, told.status_detail_code) if coded else ShipmentStatus.UNKNOWN,
        raw_code=told.status_detail_code or told.status_code or told.carrier_status_code,
    )


def _delivered_at(told: _Tracking, events: tuple[TrackingEvent, ...]) -> datetime | None:
    scans = [one.at for one in events if one.status is ShipmentStatus.DELIVERED]
    if scans:
        return max(scans)
    return moment(told.actual_delivery_date) if told.actual_delivery_date else None


def _expected(told: _Tracking, zone: tzinfo | None) -> date | None:
    """A day is told as its midnight in UTC; another time of day is a moment, at the recipient's place."""
    if not told.estimated_delivery_date:
        return None
    at = moment(told.estimated_delivery_date)
    return at.date() if at.time() == time() or zone is None else at.astimezone(zone).date()
