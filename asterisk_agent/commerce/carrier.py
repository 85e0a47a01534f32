"""The protocol that every carrier and every tracking aggregator answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.models import Order, Shipment


@dataclass(frozen=True)
class Parcel:
    """What is known of a parcel before its carrier is asked.

    ``carrier``: as ``carrier_names.carrier_key`` writes it ('ups', 'fedex', 'usps', 'dhl', …), '' if not known.
    ``zip`` and ``shipped_at`` make a number unique where carriers use numbers again.
    """

    carrier: str
    tracking: str
    zip: str = ""
    shipped_at: datetime | None = None


class Carrier(Protocol):
    """Tracks parcels. All methods raise SystemFailed when the system fails; absence is not a failure."""

    @property
    def name(self) -> str:
        """The system's key in the settings, e.g. 'ups'."""

    @property
    def carriers(self) -> frozenset[str]:
        """Keys of the carriers whose parcels it knows; empty: any (an aggregator)."""

    @property
    def fresh(self) -> timedelta:
        """How long an answer counts as new (setting ``fresh_minutes``)."""

    @property
    def batch(self) -> int:
        """Most parcels in one request; 1 where each needs its own."""

    async def track(self, parcel: Parcel) -> Shipment | None:
        """The parcel as the carrier knows it, None if it does not. ``carrier`` and ``tracking`` are the parcel's."""

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """By tracking number, for those that are known; more than ``batch`` are asked for in several requests."""

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the changes that this carrier can make (``changes.InterceptParcel.name`` and so on)."""

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """Make a change to a parcel, once for each key. The caller has been checked and has agreed."""

    async def check(self) -> tuple[Check, ...]:
        """One harmless look at credentials and rights. Never raises SystemFailed."""

    async def close(self) -> None:
        """Release connections."""
