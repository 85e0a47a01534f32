"""What Amazon says, in the one vocabulary of orders. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta, tzinfo

import structlog

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.models import (
    Address,
    Customer,
    Item,
    Money,
    Order,
    OrderStatus,
    Return,
    Shipment,
    ShipmentStatus,
)
from asterisk_agent.commerce.phone import e164
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.stores.amazon_parts import ItemPart, MoneyPart, OrderPart, PackagePart, ReturnPart
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.metrics import METRICS

log = structlog.get_logger(__name__)

SYSTEM = "amazon"

_STATES = {
    "PENDING_AVAILABILITY": OrderStatus.PENDING,
    "PENDING": OrderStatus.PENDING,
    "UNSHIPPED": OrderStatus.PROCESSING,
    "PARTIALLY_SHIPPED": OrderStatus.PARTLY_SHIPPED,
    "SHIPPED": OrderStatus.SHIPPED,
    "CANCELLED": OrderStatus.CANCELLED,
    "UNFULFILLABLE": OrderStatus.ON_HOLD,
}

_STATUSES = StatusTable(
    SYSTEM,
    {
        # PackageStatus.status
        "PENDING": ShipmentStatus.PRE_TRANSIT,
        "IN_TRANSIT": ShipmentStatus.IN_TRANSIT,
        "SHIPPED": ShipmentStatus.IN_TRANSIT,
        "DELIVERED": ShipmentStatus.DELIVERED,
        "UNDELIVERABLE": ShipmentStatus.EXCEPTION,
        # PackageStatus.detailedStatus
        "PENDING_SCHEDULE": ShipmentStatus.PRE_TRANSIT,
        "PENDING_PICK_UP": ShipmentStatus.PRE_TRANSIT,
        "PENDING_DROP_OFF": ShipmentStatus.PRE_TRANSIT,
        "PICKED_UP": ShipmentStatus.IN_TRANSIT,
        "DROPPED_OFF": ShipmentStatus.IN_TRANSIT,
        "AT_ORIGIN_FC": ShipmentStatus.IN_TRANSIT,
        "AT_DESTINATION_FC": ShipmentStatus.IN_TRANSIT,
        "OUT_FOR_DELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
        "REJECTED_BY_BUYER": ShipmentStatus.RETURNING,
        "RETURNING_TO_SELLER": ShipmentStatus.RETURNING,
        "RETURNED_TO_SELLER": ShipmentStatus.RETURNING,
        "LOST": ShipmentStatus.EXCEPTION,
        "DAMAGED": ShipmentStatus.EXCEPTION,
    },
)
_NO_PARCEL = frozenset({"CANCELLED", "LABEL_CANCELLED"})
"""A label that was thrown away is no parcel."""

_RETURN_STATES = {
    "CREATED": "requested",
    "CARRIER_NOTIFIED_TO_PICK_UP_FROM_CUSTOMER": "requested, the carrier is to pick it up",
    "CARRIER_OUT_FOR_PICK_UP_FROM_CUSTOMER": "requested, the carrier is out to pick it up",
    "CUSTOMER_CANCELLED_PICK_UP": "requested, the pick-up was called off",
    "CUSTOMER_RESCHEDULED_PICK_UP": "requested, the pick-up was moved",
    "PICKED_FROM_CUSTOMER": "in transit",
    "CUSTOMER_DROPPED_OFF": "in transit",
    "IN_TRANSIT": "in transit",
    "OUT_FOR_DELIVERY": "in transit",
    "REPLANNED": "in transit",
    "DELIVERED": "received",
    "PARTIALLY_PROCESSED": "received, inspection is not finished",
    "PROCESSED": "processed",
    "REJECTED": "rejected",
    "CANCELLED": "cancelled",
}
_PICKUP_PROGRAM = "IN_STORE_PICK_UP"
_PICKUP_ADDRESS = "PICKUP_POINT"


def order(row: OrderPart, returns: Iterable[ReturnPart], country: str, zone: tzinfo) -> Order:
    """An order. ``country`` of telephone numbers without a country code, ``zone`` of the shop's days."""
    shipments = _shipments(row)
    return Order(
        number=row.order_id,
        id=row.order_id,
        store=SYSTEM,
        customer=_customer(row, country),
        status=_status(row, shipments),
        raw_status=row.fulfillment.fulfillment_status if row.fulfillment else None,
        placed_at=moment(row.created_time),
        items=tuple(_item(line) for line in row.order_items if line.quantity_ordered > 0),
        total=_money(row.proceeds.grand_total if row.proceeds else None),
        address=_address(row),
        promised=_promised(row, zone),
        shipments=shipments,
        returns=tuple(_return(row, one) for one in returns),
    )


def last_day(until: str, zone: tzinfo) -> date:
    """The day that a delivery window ends on.

    Amazon ends whole days at 23:59:59 of the marketplace (07:59:59Z for December in Seattle) without naming its zone:
    that moment less half a day has the meant date in every zone from UTC-12 to UTC+11. Other ends are a time of day.
    """
    at = moment(until)
    utc = at - (at.utcoffset() or timedelta(0))
    if (at.minute, at.second) == (59, 59):
        return (utc - timedelta(hours=12)).date()
    return at.astimezone(zone).date()


def _status(row: OrderPart, shipments: tuple[Shipment, ...]) -> OrderStatus:
    code = row.fulfillment.fulfillment_status if row.fulfillment else ""
    status = _STATES.get(code)
    if status is None:
        METRICS.unknown_codes.labels(SYSTEM).inc()
        log.warning("an order state is not known", system=SYSTEM, state=code[:60])
        return OrderStatus.PROCESSING
    arrived = bool(shipments) and all(one.status is ShipmentStatus.DELIVERED for one in shipments)
    return OrderStatus.DELIVERED if status is OrderStatus.SHIPPED and arrived else status


def _shipments(row: OrderPart) -> tuple[Shipment, ...]:
    names = {line.order_item_id: line.called for line in row.order_items}
    return tuple(_shipment(one, names) for one in row.packages or () if not _NO_PARCEL & set(_codes(one)))


def _shipment(part: PackagePart, names: dict[str, str]) -> Shipment:
    codes = _codes(part)
    return Shipment(
        carrier=carrier_label(part.carrier or ""),
        tracking=part.tracking_number or None,
        status=_package_status(codes),
        raw_status=codes[0] if codes else None,
        shipped_at=moment(part.ship_time) if part.ship_time else None,
        items=tuple(
            dict.fromkeys(names[one.order_item_id] for one in part.package_items or () if one.order_item_id in names)
        ),
    )


def _codes(part: PackagePart) -> tuple[str, ...]:
    """The exact code first."""
    told = part.package_status
    return tuple(filter(None, (told.detailed_status, told.status))) if told else ()


def _package_status(codes: tuple[str, ...]) -> ShipmentStatus:
    read = [_STATUSES.read(code) for code in codes]
    return next((status for status in read if status is not ShipmentStatus.UNKNOWN), ShipmentStatus.UNKNOWN)


def _customer(row: OrderPart, country: str) -> Customer:
    """The buyer. Amazon's e-mail address for one (…@marketplace.amazon.com) is not known to the buyer: it is no detail
    to check a caller by, and only names the customer here."""
    told, theirs = row.buyer, not _picked_up(row)
    name = (told and told.buyer_name) or (row.address.name if row.address and theirs else None)
    return Customer(
        id=(told and told.buyer_email) or row.order_id, name=name or "", phone=_phone(row, country) if theirs else None
    )


def _phone(row: OrderPart, country: str) -> str | None:
    """The recipient's number. One with an extension is Amazon's own and shared by many buyers."""
    phone = (row.address and row.address.phone) or ""
    if re.search(r"[A-Za-z#;,]", phone):
        return None
    return e164(phone, (row.address and row.address.country_code) or country)


def _picked_up(row: OrderPart) -> bool:
    """Whether the recipient is a shop or a locker, not the customer."""
    return _PICKUP_PROGRAM in (row.programs or ()) or (row.address and row.address.address_type) == _PICKUP_ADDRESS


def _address(row: OrderPart) -> Address | None:
    """Where it goes. A shop's address is known to everybody: nobody is to be checked by it."""
    told = row.address
    if told is None or not told.address_line1 or _picked_up(row):
        return None
    return Address(
        line1=told.address_line1,
        line2=", ".join(filter(None, (told.address_line2, told.address_line3))) or None,
        city=told.city or "",
        state=told.state_or_region or "",
        zip=told.postal_code or "",
        country=told.country_code or "",
    )


def _item(line: ItemPart) -> Item:
    price = line.product.price
    return Item(
        name=line.called,
        quantity=line.quantity_ordered,
        sku=line.product.seller_sku,
        price=_money(price.unit_price if price else None),
    )


def _money(part: MoneyPart | None) -> Money | None:
    return Money(amount=part.amount, currency=part.currency_code) if part else None


def _promised(row: OrderPart, zone: tzinfo) -> date | None:
    window = row.fulfillment.deliver_by_window if row.fulfillment else None
    return last_day(window.latest_date_time, zone) if window and window.latest_date_time else None


def _return(row: OrderPart, part: ReturnPart) -> Return:
    shipping, about = part.return_shipping_info, part.return_metadata
    track = shipping.reverse_tracking_info if shipping else None
    names = tuple(line.called for line in row.order_items if line.product.seller_sku == part.merchant_sku)
    received = shipping.delivery_date_time if shipping else None
    return Return(
        number=(about and about.rma_id) or part.id,
        status=_RETURN_STATES.get(part.status, part.status.replace("_", " ").lower()),
        reason=about.return_reason if about else None,
        carrier=carrier_label(track.carrier_name) if track and track.carrier_name else None,
        tracking=track.tracking_id if track else None,
        items=names if part.merchant_sku else (),
        opened_at=moment(part.creation_date_time) if part.creation_date_time else None,
        received_at=moment(received) if received else None,
    )
