"""What Vendure says, in the one vocabulary of orders. Pure.

States are those of the default order, fulfillment and refund processes (docs.vendure.io, 'Orders'); shops add their
own. Orders of several sellers are told without their parcels, which Vendure keeps with each seller's order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import structlog

from asterisk_agent.commerce.carrier_names import carrier_label
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
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.stores.vendure_api import SYSTEM
from asterisk_agent.commerce.stores.vendure_parts import (
    AddressPart,
    EntryPart,
    FulfillmentPart,
    OrderPart,
    PaymentPart,
    RefundPart,
)
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.metrics import METRICS

log = structlog.get_logger(__name__)

MODIFYING = "Modifying"

CARTS = ("Created", "Draft", "AddingItems")
"""No orders yet: nobody was told the number."""

_UNPAID = "ArrangingPayment"

CLOSED = (*CARTS, _UNPAID, "Delivered", "Cancelled")
"""States of orders that are not, or not any more, on their way to customers."""

_STATUSES = {
    _UNPAID: OrderStatus.PENDING,
    "PaymentAuthorized": OrderStatus.PROCESSING,
    "PaymentSettled": OrderStatus.PROCESSING,
    "PartiallyShipped": OrderStatus.PARTLY_SHIPPED,
    "Shipped": OrderStatus.SHIPPED,
    "PartiallyDelivered": OrderStatus.PROCESSING,  # says nothing about the rest: the parcels count
    "Delivered": OrderStatus.DELIVERED,
    "Cancelled": OrderStatus.CANCELLED,
    MODIFYING: OrderStatus.PROCESSING,
    "ArrangingAdditionalPayment": OrderStatus.ON_HOLD,
}

_CANCELLABLE = ("PaymentAuthorized", "PaymentSettled")
_LAGGING = frozenset({OrderStatus.PROCESSING, OrderStatus.ON_HOLD})
"""What was sent counts more than these."""

_GONE = ("Shipped", "Delivered")
_PARCELS = {
    "Created": ShipmentStatus.PRE_TRANSIT,
    "Pending": ShipmentStatus.PRE_TRANSIT,
    "Shipped": ShipmentStatus.IN_TRANSIT,
    "Delivered": ShipmentStatus.DELIVERED,
}
_NO_PARCEL = "Cancelled"
_TABLE = StatusTable(SYSTEM, _PARCELS)

_REFUND_STATES = {"Pending": "pending", "Settled": "issued", "Failed": "failed"}
_PAID = ("Authorized", "Settled")


def was_placed(part: OrderPart) -> bool:
    """Whether it is an order, not a cart."""
    return part.placed_at is not None or part.state not in CARTS


def order(part: OrderPart, decimals: int, country: str) -> Order:
    """The order. ``decimals`` of amounts; ``country``: the shop's, for phone numbers. Raises BadAnswer for a time."""
    status = _status(part)
    return Order(
        number=part.code,
        id=part.id,
        store=SYSTEM,
        customer=_customer(part, country),
        status=status,
        raw_status=part.state,
        placed_at=moment(part.placed_at or part.created_at),
        items=_items(part, decimals),
        total=None if status is OrderStatus.CANCELLED else _money(part.total, part.currency, decimals),
        address=_address(part.shipping),
        last4=_last4(part.payments or ()),
        shipments=tuple(_shipments(part)),
        refunds=tuple(_refunds(part, decimals)),
        cancellable=_cancellable(part),
    )


def parcels(part: OrderPart) -> tuple[FulfillmentPart, ...]:
    """The fulfillments that stand."""
    return tuple(one for one in part.fulfillments or () if one.state != _NO_PARCEL)


def state_known(part: OrderPart) -> bool:
    """Whether the order's state is one of Vendure's own process."""
    return part.state in _STATUSES


def _status(part: OrderPart) -> OrderStatus:
    status = _STATUSES.get(part.state)
    if status is None:
        METRICS.unknown_codes.labels(SYSTEM).inc()
        log.warning("an order status is not known", system=SYSTEM, code=part.state[:60])
        status = OrderStatus.PROCESSING
    if status is not OrderStatus.CANCELLED and _all_refunded(part):
        return OrderStatus.REFUNDED
    gone = [one for one in parcels(part) if one.state in _GONE]
    if status not in _LAGGING or not gone:
        return status
    sent = Counter[str]()
    for parcel in gone:
        for line in parcel.lines:
            sent[line.line] += line.quantity
    rest = any(sent[line.id] < line.quantity for line in part.lines)
    return OrderStatus.PARTLY_SHIPPED if rest else OrderStatus.SHIPPED


def _all_refunded(part: OrderPart) -> bool:
    """Vendure has no state for it."""
    paid = [one for one in part.payments or () if one.state in _PAID]
    back = sum(refund.total for one in paid for refund in one.refunds if refund.state != "Failed")
    return 0 < sum(one.amount for one in paid) <= back


def _cancellable(part: OrderPart) -> bool | None:
    """A parcel that is packed leaves the shop; Vendure itself would cancel even what was delivered."""
    if part.state in _CANCELLABLE:
        return not parcels(part)
    return False if part.state in _STATUSES else None


def _customer(part: OrderPart, country: str) -> Customer:
    known, at = part.customer, part.shipping
    name = f"{known.first} {known.last}".strip() if known else ""
    phone = (known.phone if known else None) or (at.phone if at else None)
    return Customer(
        id=known.id if known else f"order {part.id}",
        name=name or ((at.name or "").strip() if at else ""),
        email=(known.email or None) if known else None,
        phone=e164(phone, (at.country if at else None) or country) if phone else None,
    )


def _items(part: OrderPart, decimals: int) -> tuple[Item, ...]:
    """What is left of the order; of one that was cancelled as a whole, what was in it."""
    left = any(line.quantity > 0 for line in part.lines)
    return tuple(
        Item(
            name=line.variant.name,
            quantity=quantity,
            sku=line.variant.sku or None,
            price=None if line.price is None else _money(line.price, part.currency, decimals),
        )
        for line in part.lines
        if (quantity := line.quantity if left else line.placed) > 0
    )


def _address(part: AddressPart | None) -> Address | None:
    """None where there is none: a cart has empty fields."""
    if part is None or not part.line1 or not (part.zip or part.city):
        return None
    return Address(
        line1=part.line1,
        line2=part.line2 or None,
        city=part.city or "",
        state=part.province or "",
        zip=part.zip or "",
        country=part.country or "US",
    )


def _shipments(part: OrderPart) -> Iterable[Shipment]:
    names = {line.id: line.variant.name for line in part.lines}
    for parcel in parcels(part):
        moments = _moments(parcel, part.history.items)
        yield Shipment(
            carrier=_carrier(parcel, part),
            tracking=parcel.tracking.strip() or None,
            status=_TABLE.read(parcel.state),
            raw_status=parcel.state,
            shipped_at=moments.get("Shipped"),
            delivered_at=moments.get("Delivered") if parcel.state == "Delivered" else None,
            items=tuple(dict.fromkeys(names[line.line] for line in parcel.lines if line.line in names)),
        )


def _moments(parcel: FulfillmentPart, history: Iterable[EntryPart]) -> Mapping[str, datetime]:
    """When the parcel came into its states, the last time for each."""
    return {
        str(entry.data.get("to")): moment(entry.at)
        for entry in sorted(history, key=lambda entry: entry.at)
        if isinstance(entry.data, dict) and str(entry.data.get("fulfillmentId")) == parcel.id
    }


def _carrier(parcel: FulfillmentPart, part: OrderPart) -> str:
    """'' where nobody says: the name of a shipping method such as 'Standard' is none of a carrier."""
    method = parcel.method.strip()
    label = carrier_label(method)
    offered = {word.casefold() for line in part.shipping_lines for word in (line.method.name, line.method.code)}
    return "" if label == method and method.casefold() in offered else label


def _refunds(part: OrderPart, decimals: int) -> Iterable[Refund]:
    """Oldest first, by the payment that they go back to."""
    for payment in part.payments or ():
        for refund in payment.refunds:
            amount = _money(refund.total, part.currency, decimals)
            if amount is not None and refund.total > 0:
                yield Refund(
                    amount=amount,
                    status=_REFUND_STATES.get(refund.state, refund.state),
                    issued_at=_issued_at(refund),
                    method=_card(payment),
                )


def _issued_at(part: RefundPart) -> datetime | None:
    return moment(part.updated_at) if part.updated_at and part.state == "Settled" else None


def _card_data(part: PaymentPart) -> tuple[str, str]:
    """Kind and last four digits as Vendure's Braintree plugin keeps them (``defaultExtractMetadataFn``), or ''."""
    known = part.metadata.get("cardData") if isinstance(part.metadata, dict) else None
    if not isinstance(known, dict) or not re.fullmatch(r"[0-9]{4}", str(known.get("last4"))):
        return "", ""
    return str(known.get("cardType") or "card")[:40], str(known["last4"])


def _card(part: PaymentPart) -> str | None:
    kind, last4 = _card_data(part)
    return f"{kind} ending {last4}" if last4 else None


def _last4(payments: Iterable[PaymentPart]) -> str | None:
    """Of the card that paid last."""
    known = [_card_data(one)[1] for one in payments if one.state in _PAID]
    return next((last4 for last4 in reversed(known) if last4), None)


def _money(amount: int, currency: str, decimals: int) -> Money | None:
    """None without a currency."""
    if not re.fullmatch(r"[A-Z]{3}", currency):
        return None
    return Money(amount=Decimal(amount).scaleb(-decimals), currency=currency)
