"""What BigCommerce says, in the one vocabulary of orders. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.models import (
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
from asterisk_agent.commerce.stores.bigcommerce_address import address
from asterisk_agent.commerce.stores.bigcommerce_parts import (
    LinePart,
    OrderPart,
    PickupPart,
    RefundPart,
    RefundPaymentPart,
    ShipmentPart,
    ShippingAddressPart,
    TransactionPart,
)
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.metrics import METRICS

log = structlog.get_logger(__name__)

SYSTEM = "bigcommerce"

CANCELLED, AWAITING_PICKUP, AWAITING_SHIPMENT, AWAITING_FULFILLMENT = 5, 8, 9, 11
SHIPPED, PARTLY_SHIPPED, PARTLY_REFUNDED = 2, 3, 14

_STATUSES = {
    0: OrderStatus.PENDING,  # Incomplete: the shopper reached the payment page and left
    1: OrderStatus.PENDING,  # Pending
    SHIPPED: OrderStatus.SHIPPED,
    PARTLY_SHIPPED: OrderStatus.PARTLY_SHIPPED,
    4: OrderStatus.REFUNDED,
    CANCELLED: OrderStatus.CANCELLED,
    6: OrderStatus.CANCELLED,  # Declined: the seller does not take it on
    7: OrderStatus.PENDING,  # Awaiting Payment
    AWAITING_PICKUP: OrderStatus.SHIPPED,  # packed, waits for the customer: told as a parcel that can be collected
    AWAITING_SHIPMENT: OrderStatus.PROCESSING,  # packed, waits for the carrier
    10: OrderStatus.DELIVERED,  # Completed: receipt is confirmed, or the files can be downloaded
    AWAITING_FULFILLMENT: OrderStatus.PROCESSING,
    12: OrderStatus.ON_HOLD,  # Manual Verification Required
    13: OrderStatus.ON_HOLD,  # Disputed
    PARTLY_REFUNDED: OrderStatus.PROCESSING,  # says nothing about parcels: these count
}
"""By ``status_id`` (GET /v2/order_statuses); shops rename statuses, the ids stay.

That Completed means a confirmed receipt is from the help article 'Order Statuses'.
"""

_LAGGING = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.ON_HOLD})
"""What was sent counts more than these: BigCommerce leaves it to the shop to move an order on."""

_CANCELLABLE = {1: True, 7: True, AWAITING_FULFILLMENT: True, 0: False, AWAITING_SHIPMENT: False, 13: False}
"""What is packed leaves the shop whatever the status says; a dispute is for people."""

_PROVIDERS = {"upsready": "ups", "upsonline": "ups", "endicia": "usps"}
"""Names of BigCommerce's shipping integrations (``shipping_provider``) for carriers."""

_PAID_BY = frozenset({"purchase", "authorization", "capture", "settled", "pending"})
_CARDS = {"master": "Mastercard", "american_express": "American Express", "diners_club": "Diners Club"}


OPEN = (AWAITING_FULFILLMENT, AWAITING_SHIPMENT, PARTLY_SHIPPED, SHIPPED, PARTLY_REFUNDED)
"""Statuses of paid orders that are, or may be, on their way to customers."""


@dataclass(frozen=True)
class Contents:
    """What is in an order and where it goes."""

    lines: tuple[LinePart, ...]
    shipping: tuple[ShippingAddressPart, ...]
    pickups: tuple[PickupPart, ...] = ()


def status_known(part: OrderPart) -> bool:
    """Whether the order's status is one that BigCommerce describes."""
    return part.status_id in _STATUSES


def may_have_parcels(part: OrderPart, lines: Sequence[LinePart]) -> bool:
    """Whether something was sent, as far as the order itself tells."""
    told = _STATUSES.get(part.status_id) in _LAGGING and not part.date_shipped
    return any(line.quantity_shipped for line in lines) or not told


def order(
    part: OrderPart,
    contents: Contents,
    shipments: Sequence[ShipmentPart],
    refunds: Iterable[RefundPart],
    transactions: Sequence[TransactionPart],
    country: str,
) -> Order:
    """The order. ``country``: the shop's, for phone numbers without one. Raises BadAnswer for an impossible time."""
    lines = {line.id: line for line in contents.lines}
    parcels = [_shipment(one, lines) for one in shipments]
    if part.status_id == AWAITING_PICKUP:
        parcels += [_pickup(one, part.status) for one in contents.pickups or (PickupPart(),)]
    currency = part.default_currency_code or part.currency_code
    status = _status(part, contents.lines, bool(shipments))
    return Order(
        number=str(part.id),
        id=str(part.id),
        store=SYSTEM,
        customer=_customer(part, country),
        status=status,
        raw_status=part.status or str(part.status_id),
        placed_at=moment(part.date_created),
        items=tuple(_item(line, currency) for line in contents.lines if line.quantity > 0),
        total=_money(part.total_inc_tax, currency),
        address=address(contents.shipping[0], country) if contents.shipping else None,
        last4=_last4(transactions),
        shipments=tuple(parcels),
        refunds=tuple(refund for one in refunds for refund in _refunds(one, currency, transactions)),
        cancellable=_CANCELLABLE.get(part.status_id) if status in _LAGGING else False,
    )


def _status(part: OrderPart, lines: Sequence[LinePart], sent: bool) -> OrderStatus:
    status = _STATUSES.get(part.status_id)
    if status is None:
        METRICS.unknown_codes.labels(SYSTEM).inc()
        log.warning("an order status is not known", system=SYSTEM, code=part.status_id)
        status = OrderStatus.PROCESSING
    sent = sent or any(line.quantity_shipped for line in lines)
    if status in _LAGGING and part.date_shipped:
        return OrderStatus.SHIPPED
    if status not in _LAGGING or not sent:
        return status
    return OrderStatus.PARTLY_SHIPPED if any(line.outstanding for line in lines) else OrderStatus.SHIPPED


def _customer(part: OrderPart, country: str) -> Customer:
    billing = part.billing_address
    return Customer(
        id=str(part.customer_id) if part.customer_id else billing.email or f"order {part.id}",
        name=" ".join(filter(None, (billing.first_name.strip(), billing.last_name.strip()))),
        email=billing.email or None,
        phone=e164(billing.phone, billing.country_iso2 or country) if billing.phone else None,
    )


def _item(line: LinePart, currency: str) -> Item:
    price = _money(line.price_inc_tax, currency) if line.price_inc_tax is not None else None
    physical = line.type == "physical"
    return Item(name=line.name, quantity=line.quantity, sku=line.sku or None, price=price, returnable=physical)


def _shipment(part: ShipmentPart, lines: dict[int, LinePart]) -> Shipment:
    return Shipment(
        carrier=_carrier(part),
        tracking=part.tracking_number.strip() or None,
        shipped_at=moment(part.date_created) if part.date_created else None,
        items=tuple(lines[one.order_product_id].name for one in part.items if one.order_product_id in lines),
    )


def _carrier(part: ShipmentPart) -> str:
    """'' where nobody says; 'carrier_1234567' and 'shipperhq' are integrations, whose name for people counts."""
    if part.tracking_carrier:
        return carrier_label(part.tracking_carrier)
    provider = _PROVIDERS.get(part.shipping_provider, part.shipping_provider)
    label = carrier_label(provider)
    return label if label != provider else part.shipping_provider_display_name or provider


def _pickup(part: PickupPart, words: str) -> Shipment:
    at = part.location
    place = ", ".join(filter(None, (at.name, at.address_line_1, at.address_line_2, at.city))) if at else ""
    return Shipment(
        carrier="",
        status=ShipmentStatus.AVAILABLE_FOR_PICKUP,
        raw_status=str(AWAITING_PICKUP),
        raw_text=words or None,
        pickup=place or None,
        items=tuple(line.name for line in part.line_items),
    )


def _refunds(part: RefundPart, currency: str, transactions: Sequence[TransactionPart]) -> Iterable[Refund]:
    """A refund by the ways that the money took."""
    for payment in part.payments or (RefundPaymentPart(amount=part.total_amount),):
        amount = _money(payment.amount, currency)
        if amount is not None and payment.amount > 0:
            yield Refund(
                amount=amount,
                status="failed" if payment.is_declined else "issued",
                issued_at=moment(part.created) if part.created and not payment.is_declined else None,
                method=_method(payment, transactions),
            )


def _method(payment: RefundPaymentPart, transactions: Sequence[TransactionPart]) -> str | None:
    """'Visa ending 4242', 'store credit', 'gift certificate'; a payment provider's name is not said."""
    of = next((one for one in transactions if str(one.id) == payment.transaction_id), None)
    card = of.credit_card if of else None
    if card and re.fullmatch(r"\d{4}", card.card_last4):
        kind = _CARDS.get(card.card_type, card.card_type.replace("_", " ").title()) or "card"
        return f"{kind} ending {card.card_last4}"
    return {"storecredit": "store credit", "giftcertificate": "gift certificate"}.get(payment.provider_id)


def _last4(transactions: Sequence[TransactionPart]) -> str | None:
    """Of the card that paid last."""
    cards = [
        one.credit_card.card_last4
        for one in sorted(transactions, key=lambda one: one.id)
        if one.credit_card and one.event in _PAID_BY and one.status == "ok"
    ]
    return next((last4 for last4 in reversed(cards) if re.fullmatch(r"[0-9]{4}", last4)), None)


def _money(amount: Decimal, currency: str) -> Money | None:
    """None without a currency, or for an amount that no order has."""
    if not re.fullmatch(r"[A-Z]{3}", currency) or not abs(amount) < 10**12:
        return None
    return Money(amount=amount.quantize(Decimal("0.01")), currency=currency)
