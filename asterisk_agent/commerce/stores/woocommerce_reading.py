"""What WooCommerce says of orders, in the one vocabulary. Pure.

WooCommerce has no 'shipped': a shop completes an order when it is sent ('Order fulfilled and complete – requires no
further action', Managing Orders), and parcels come from its Fulfillments or from a tracking plugin's meta data.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, tzinfo
from decimal import ROUND_CEILING, Decimal

import structlog

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.models import (
    Address,
    Customer,
    Item,
    Money,
    Order,
    OrderStatus,
    Refund,
    Shipment,
    ShipmentStatus,
)
from asterisk_agent.commerce.phone import e164
from asterisk_agent.commerce.shop_records import ON_THE_WAY, plain
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.stores.woocommerce_api import SYSTEM
from asterisk_agent.commerce.stores.woocommerce_parts import (
    AddressPart,
    FulfillmentPart,
    LinePart,
    OrderPart,
    RefundPart,
    TrackingPart,
    meta,
    trackings,
)
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.metrics import METRICS

log = structlog.get_logger(__name__)

NO_ORDERS = frozenset({"checkout-draft", "auto-draft", "draft", "trash"})
"""States of what is not an order yet, or was thrown away."""

CANCELLED, COMPLETED = "cancelled", "completed"

_STATUSES = {
    "pending": OrderStatus.PENDING,
    "failed": OrderStatus.PENDING,  # the payment was declined and can be made again
    "processing": OrderStatus.PROCESSING,
    "on-hold": OrderStatus.ON_HOLD,
    COMPLETED: OrderStatus.SHIPPED,
    CANCELLED: OrderStatus.CANCELLED,
    "refunded": OrderStatus.REFUNDED,
    # Of the plugin Advanced Shipment Tracking:
    "partial-shipped": OrderStatus.PARTLY_SHIPPED,
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
}
"""By slug, as ``status`` has it. Shops and plugins add their own."""

_LAGGING = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.ON_HOLD})
"""What was sent counts more than these: they last until the shop completes the order."""

_CANCELLABLE = {"pending": True, "failed": True, "processing": None, "on-hold": None}
"""Unpaid orders customers may cancel themselves; of paid ones WooCommerce leaves it to the shop."""

PARCELS = StatusTable(
    SYSTEM,
    {
        "unfulfilled": ShipmentStatus.PRE_TRANSIT,
        # The shop says that it left; nobody says where it is.
        "fulfilled": ShipmentStatus.UNKNOWN,
    },
)

_COLLECTED = frozenset({"local_pickup", "pickup_location"})
"""Ways of delivery by which nothing is sent."""

_LAST4 = re.compile(r"last4|_wc_\w+_credit_card_account_four")
"""Meta fields of WooPayments, and of Authorize.Net, Braintree, Square and other gateways of SkyVerge's making."""


def status_known(part: OrderPart) -> bool:
    """Whether the order's state is one that is understood."""
    return part.status in _STATUSES


def on_its_way(part: OrderPart) -> bool:
    """Whether somebody waits for it, as far as the order itself tells; once completed, it stays so for ever."""
    completed = part.status == COMPLETED and _nothing_to_send(part)
    return _STATUSES.get(part.status) in ON_THE_WAY and not completed


def has_fulfillments(part: OrderPart) -> bool:
    """Whether parcels were prepared with the Fulfillments feature: WooCommerce notes it in the order's meta data."""
    return bool(_fulfillment(part)) and part.needs_processing is not False


def may_have_left(part: OrderPart) -> bool:
    """Whether a part of it was fulfilled, though without a carrier: downloads, or what goes without tracking."""
    return _fulfillment(part) in ("partially_fulfilled", "fulfilled")


def order(
    part: OrderPart,
    fulfillments: Iterable[FulfillmentPart],
    refunds: Iterable[RefundPart],
    country: str,
    zone: tzinfo,
) -> Order:
    """The order. ``country``: the shop's, for phone numbers without one. Raises BadAnswer for an impossible time."""
    shipments = _shipments(part, fulfillments, zone)
    status = _status(part, shipments)
    return Order(
        number=part.number,
        id=str(part.id),
        store=SYSTEM,
        customer=_customer(part, country),
        status=status,
        raw_status=part.status,
        placed_at=moment(part.date_created_gmt),
        items=tuple(_item(line, part) for line in part.line_items if line.quantity > 0),
        total=_money(part.total, part.currency),
        address=address(part.shipping, country),
        last4=_last4(part),
        shipments=shipments,
        refunds=tuple(refund for one in refunds if (refund := _refund(one, part))),
        cancellable=_CANCELLABLE.get(part.status, False) if status in _LAGGING else False,
    )


def address(part: AddressPart, country: str) -> Address | None:
    """The address, None where there is none. ``country``: meant where the store names none."""
    if not part.address_1.strip():
        return None
    return Address(
        line1=part.address_1,
        line2=part.address_2 or None,
        city=part.city,
        state=part.state,
        zip=part.postcode,
        country=part.country or country,
    )


def words(line: LinePart) -> str:
    """The line's name; WordPress keeps names as HTML."""
    return html.unescape(line.name).strip()


def _status(part: OrderPart, shipments: Sequence[Shipment]) -> OrderStatus:
    status = _STATUSES.get(part.status)
    if status is None:
        METRICS.unknown_codes.labels(SYSTEM).inc()
        log.warning("an order status is not known", system=SYSTEM, code=part.status[:60])
        status = OrderStatus.PROCESSING
    if part.status == COMPLETED:
        return OrderStatus.DELIVERED if _nothing_to_send(part) else OrderStatus.SHIPPED
    if status not in _LAGGING:
        return status
    if _fulfillment(part) == "fulfilled":
        return OrderStatus.SHIPPED
    if any(one.status is not ShipmentStatus.PRE_TRANSIT for one in shipments):
        # Something has left, and the shop has not completed the order: the rest is still to come.
        return OrderStatus.PARTLY_SHIPPED if sum(line.quantity for line in part.line_items) > 1 else OrderStatus.SHIPPED
    return status


def _fulfillment(part: OrderPart) -> str:
    """'unfulfilled', 'partially_fulfilled' or 'fulfilled'; '' where nothing was prepared with that feature."""
    return str(meta(part.meta_data, "_fulfillment_status") or "")


def _nothing_to_send(part: OrderPart) -> bool:
    """Whether a completed order is in the customer's hands: downloads, or collected at the shop."""
    ways = {one.method_id for one in part.shipping_lines}
    return part.needs_processing is False or (bool(ways) and ways <= _COLLECTED)


def _customer(part: OrderPart, country: str) -> Customer:
    billing = part.billing
    return Customer(
        id=str(part.customer_id) if part.customer_id else billing.email or f"order {part.id}",
        name=" ".join(filter(None, (billing.first_name.strip(), billing.last_name.strip()))),
        email=billing.email or None,
        phone=e164(billing.phone, billing.country or country) if billing.phone else None,
    )


def _item(line: LinePart, part: OrderPart) -> Item:
    """With the price of one piece after discounts, with tax where the shop's prices have it."""
    paid = line.total + line.total_tax if part.prices_include_tax else line.total
    return Item(
        name=words(line),
        quantity=int(line.quantity.to_integral_value(ROUND_CEILING)),
        sku=line.sku or None,
        price=_money(paid / line.quantity, part.currency),
        returnable=part.needs_processing is not False,
    )


def _shipments(part: OrderPart, fulfillments: Iterable[FulfillmentPart], zone: tzinfo) -> tuple[Shipment, ...]:
    """Each parcel once, though it may be told by the Fulfillments and by a tracking plugin."""
    names = {line.id: words(line) for line in part.line_items}
    found = [_fulfilled(one, names) for one in fulfillments if not one.date_deleted]
    parcels: dict[str, Shipment] = {}
    for place, one in enumerate([*found, *(_tracked(row, zone) for row in trackings(part))]):
        if one is not None:
            key = plain(one.tracking or "") or f"without a number, {place}"
            parcels[key] = _put_together(parcels[key], one) if key in parcels else one
    return tuple(parcels.values())


def _fulfilled(part: FulfillmentPart, names: dict[int, str]) -> Shipment | None:
    """The parcel; None for one that only was planned, and for what is sent without a carrier."""
    tracking = _word(part, "_tracking_number")
    provider = _word(part, "_shipment_provider")
    carrier = _word(part, "_provider_name") if provider in ("", "other") else _carrier(provider)
    if not tracking and not (carrier and part.is_fulfilled):
        return None
    status = PARCELS.read(part.status)
    at = _word(part, "_date_fulfilled")
    return Shipment(
        carrier=carrier,
        tracking=tracking or None,
        status=status if part.is_fulfilled else ShipmentStatus.PRE_TRANSIT,
        raw_status=part.status or None,
        shipped_at=moment(at) if at and part.is_fulfilled else None,
        items=tuple(names[id_] for id_ in _item_ids(part) if id_ in names),
    )


def _word(part: FulfillmentPart, key: str) -> str:
    value = meta(part.meta_data, key)
    return value.strip() if isinstance(value, str) else ""


def _item_ids(part: FulfillmentPart) -> Sequence[int]:
    value = meta(part.meta_data, "_items")
    rows = value if isinstance(value, list) else []
    return [int(row["item_id"]) for row in rows if isinstance(row, dict) and str(row.get("item_id", "")).isdigit()]


def _tracked(part: TrackingPart, zone: tzinfo) -> Shipment:
    return Shipment(
        carrier=_carrier(part.tracking_provider) or carrier_label(html.unescape(part.custom_tracking_provider).strip()),
        tracking=part.tracking_number.strip(),
        shipped_at=_shipped_at(part.date_shipped.strip(), zone),
    )


def _carrier(slug: str) -> str:
    """'dhl-us' → 'DHL', 'royal-mail' → 'royal mail'."""
    return carrier_label(slug.replace("-", " ").strip())


def _shipped_at(text: str, zone: tzinfo) -> datetime | None:
    """Midnight UTC stands for a whole day: its beginning in the shop's zone, else it would be the day before."""
    if not text:
        return None
    try:
        at = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else moment(text)
    except (ValueError, OverflowError, OSError, BadAnswer):
        return None  # typed in by people, through plugins of any age
    return datetime.combine(at.date(), time(), zone) if at.time() == time() else at


def _put_together(one: Shipment, other: Shipment) -> Shipment:
    moments = [at for at in (one.shipped_at, other.shipped_at) if at]
    return one.model_copy(
        update={
            "carrier": one.carrier or other.carrier,
            "items": one.items or other.items,
            "shipped_at": min(moments, default=None),
        }
    )


def _refund(part: RefundPart, of: OrderPart) -> Refund | None:
    """Where the payment provider was not asked, the shop has noted that it gives the money back in another way."""
    amount = _money(abs(part.amount), of.currency)
    if amount is None:
        return None
    return Refund(
        amount=amount,
        status="issued" if part.refunded_payment else "recorded by the shop",
        issued_at=moment(part.date_created_gmt) if part.date_created_gmt else None,
        method=of.payment_method_title or None if part.refunded_payment else None,
    )


def _last4(part: OrderPart) -> str | None:
    """Of the card, where the payment plugin keeps it with the order."""
    found = (str(row.value) for row in part.meta_data if _LAST4.fullmatch(row.key))
    return next((text for text in found if re.fullmatch(r"[0-9]{4}", text)), None)


def _money(amount: Decimal, currency: str) -> Money | None:
    """None without a currency, or for an amount that no order has."""
    if not re.fullmatch(r"[A-Z]{3}", currency) or not abs(amount) < 10**12:
        return None
    return Money(amount=amount.quantize(Decimal("0.01")), currency=currency)
