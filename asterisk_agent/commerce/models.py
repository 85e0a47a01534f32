"""What a shop knows, as plain typed models. Every system is mapped onto these, raw code and text kept."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class ShipmentStatus(StrEnum):
    """One vocabulary for all carriers (EasyPost's words, extended)."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    RETURNING = "returning"
    EXCEPTION = "exception"
    UNKNOWN = "unknown"


class OrderStatus(StrEnum):
    """The order as a whole, before and beside its shipments."""

    PENDING = "pending"
    PROCESSING = "processing"
    ON_HOLD = "on_hold"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Model):
    """A postal address; ``state`` and ``zip`` as written by the store."""

    line1: str
    line2: str | None = None
    city: str
    state: str
    zip: str
    country: str = "US"


class Money(_Model):
    """An amount in major units with its ISO 4217 currency."""

    amount: Decimal
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")


class Item(_Model):
    """One line of an order."""

    name: str
    quantity: int = Field(1, ge=1)
    sku: str | None = None
    price: Money | None = None
    returnable: bool = True


class PickupPoint(_Model):
    """A place where a parcel can wait. ``hours`` as the carrier says them."""

    name: str
    address: str | None = None
    hours: str | None = None
    until: date | None = None
    """The last day on which a parcel that waits there can be had."""


class DeliverySlot(_Model):
    """A delivery window that is free."""

    start: datetime
    end: datetime


class TrackingEvent(_Model):
    """One scan. ``at`` carries a UTC offset; ``whole_day``: only its day is known."""

    at: datetime
    whole_day: bool = False
    text: str
    place: str | None = None
    status: ShipmentStatus = ShipmentStatus.UNKNOWN
    raw_code: str | None = None


class Shipment(_Model):
    """One parcel. ``expected`` is the carrier's current estimate, a day in the shop's time zone."""

    carrier: str
    tracking: str | None = None
    status: ShipmentStatus = ShipmentStatus.UNKNOWN
    raw_status: str | None = None
    """The carrier's own code, e.g. 'OD'; ``raw_text`` its words."""
    raw_text: str | None = None
    shipped_at: datetime | None = None
    expected: date | None = None
    expected_from: datetime | None = None
    expected_to: datetime | None = None
    delivered_at: datetime | None = None
    left_at: str | None = None
    pickup: str | None = None
    pickup_until: date | None = None
    redelivery: tuple[date, ...] = ()
    """Days that the carrier offers for another attempt."""
    pickup_points: tuple[PickupPoint, ...] = ()
    """Places where it could be held."""
    events: tuple[TrackingEvent, ...] = ()
    items: tuple[str, ...] = ()
    as_of: datetime | None = None
    """Set where the carrier does not answer now: what is said here was so then."""

    @property
    def last_scan(self) -> TrackingEvent | None:
        """The newest event, or None before the first scan."""
        return max(self.events, key=lambda event: event.at, default=None)


class Return(_Model):
    """A return and how far it is. ``status``: the system's word, for people."""

    number: str
    status: str
    reason: str | None = None
    carrier: str | None = None
    tracking: str | None = None
    items: tuple[str, ...] = ()
    opened_at: datetime | None = None
    received_at: datetime | None = None
    refund_expected: date | None = None
    expected: date | None = None
    """The day on which what is sent back should be there."""
    next: str | None = None
    """What the shop does next with it, in the system's words."""


class Refund(_Model):
    """Money sent back. ``method`` as the shop says it: 'Visa ending 4242'."""

    amount: Money
    status: str
    issued_at: datetime | None = None
    method: str | None = None
    expected: date | None = None
    """The day by which it shows on the statement."""


class Customer(_Model):
    """A person. ``phone`` is E.164 where it could be read as such; ``last4`` ends the payment card."""

    id: str
    name: str
    email: str | None = None
    phone: str | None = None
    vip: bool = False


class Order(_Model):
    """An order as one store tells it."""

    number: str
    id: str | None = None
    """The system's own key for it, where that is not the number."""
    store: str | None = None
    """The system that told it, a key of the settings."""
    customer: Customer
    status: OrderStatus
    raw_status: str | None = None
    placed_at: datetime
    items: tuple[Item, ...] = ()
    total: Money | None = None
    address: Address | None = None
    last4: str | None = Field(None, pattern=r"^\d{4}$")
    promised: date | None = None
    shipments: tuple[Shipment, ...] = ()
    returns: tuple[Return, ...] = ()
    """The newest last."""
    refunds: tuple[Refund, ...] = ()
    cancellable: bool | None = None
    """Whether it can still be stopped; None: the store does not say."""
    return_window_days: int | None = None
    """Days after delivery within which items can come back; None: the store does not say."""
    stock: dict[str, int] | None = None
    """Variants to exchange for and how many are there, e.g. {'size L': 3}; None: the store does not say."""

    @property
    def key(self) -> str:
        """The number as stores are asked for it: upper-case letters and digits."""
        return "".join(char for char in self.number.upper() if char.isascii() and char.isalnum())


class Subscription(_Model):
    """A repeating order. ``status``: active, paused or cancelled."""

    id: str
    customer_id: str
    next_date: date | None = None
    contents: tuple[str, ...] = ()
    status: str = "active"
    interval_days: int | None = None
    skippable: bool = True
    order: str | None = None
    """Number of the order that began it, where the store knows."""


class Appointment(_Model):
    """The delivery of a large item: its window (None: not booked yet), the windows that are free, the checklist."""

    order: str
    start: datetime | None = None
    end: datetime | None = None
    checklist: tuple[str, ...] = ()
    slots: tuple[DeliverySlot, ...] = ()
