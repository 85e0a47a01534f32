"""What the store and the carrier each know of a parcel, put together. Pure."""

from __future__ import annotations

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carrier_names import carrier_key
from asterisk_agent.commerce.models import Order, Shipment, ShipmentStatus


def parcel_of(order: Order, shipment: Shipment) -> Parcel:
    """What a carrier needs to find it."""
    return Parcel(
        carrier_key(shipment.carrier),
        shipment.tracking or "",
        order.address.zip if order.address else "",
        shipment.shipped_at or order.placed_at,
    )


def put_together(stored: Shipment, tracked: Shipment) -> Shipment:
    """The carrier knows where it is; the store knows what is in it and when it left.

    Where the carrier's own code says nothing, the store's status stays.
    """
    unknown = tracked.status is ShipmentStatus.UNKNOWN
    given = {
        name: value
        for name in type(tracked).model_fields
        if (value := getattr(tracked, name)) not in (None, (), "", ShipmentStatus.UNKNOWN)
    }
    kept = {"carrier": stored.carrier or tracked.carrier, "tracking": stored.tracking, "items": stored.items}
    if unknown and stored.status is not ShipmentStatus.UNKNOWN:
        kept |= {"raw_status": stored.raw_status, "raw_text": stored.raw_text}
    return stored.model_copy(update=given | kept)
