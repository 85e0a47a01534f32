"""Orders as Shopify's GraphQL Admin API tells them, in the models of the agent. Pure.

Amounts are in the currency in which the customer paid (presentment money). Times are UTC; a day is the one that the
moment has in the shop's zone. Fulfillment states: FulfillmentDisplayStatus and FulfillmentEventStatus of the schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.models import (
    Customer,
    Item,
    Order,
    OrderStatus,
    Refund,
    Return,
    Shipment,
    ShipmentStatus,
    TrackingEvent,
)
from asterisk_agent.commerce.phone import e164
from asterisk_agent.commerce.statuses import StatusTable
from asterisk_agent.commerce.stores.shopify_answers import (
    Fulfillment,
    FulfillmentEvent,
    RefundAnswer,
    ReturnAnswer,
    ReturnTracking,
    ShopifyOrder,
    Transaction,
)
from asterisk_agent.commerce.web.metrics import METRICS

log = structlog.get_logger(__name__)

STATUSES = StatusTable(
    "shopify",
    {
        "LABEL_PURCHASED": ShipmentStatus.PRE_TRANSIT,
        "LABEL_PRINTED": ShipmentStatus.PRE_TRANSIT,
        "LABEL_VOIDED": ShipmentStatus.PRE_TRANSIT,
        "CONFIRMED": ShipmentStatus.PRE_TRANSIT,
        "SUBMITTED": ShipmentStatus.PRE_TRANSIT,
        "CARRIER_PICKED_UP": ShipmentStatus.IN_TRANSIT,
        "IN_TRANSIT": ShipmentStatus.IN_TRANSIT,
        "OUT_FOR_DELIVERY": ShipmentStatus.OUT_FOR_DELIVERY,
        "ATTEMPTED_DELIVERY": ShipmentStatus.ATTEMPT_FAILED,
        "READY_FOR_PICKUP": ShipmentStatus.AVAILABLE_FOR_PICKUP,
        "DELIVERED": ShipmentStatus.DELIVERED,
        "PICKED_UP": ShipmentStatus.DELIVERED,
        "DELAYED": ShipmentStatus.DELAYED,
        "FAILURE": ShipmentStatus.EXCEPTION,
        "NOT_DELIVERED": ShipmentStatus.EXCEPTION,
        # The shop says that it left; nobody says where it is.
        "FULFILLED": ShipmentStatus.UNKNOWN,
        "MARKED_AS_FULFILLED": ShipmentStatus.UNKNOWN,
    },
)

_BEFORE_DISPATCH = {
    "UNFULFILLED": OrderStatus.PROCESSING,
    "OPEN": OrderStatus.PROCESSING,
    "IN_PROGRESS": OrderStatus.PROCESSING,
    "PENDING_FULFILLMENT": OrderStatus.PROCESSING,
    "REQUEST_DECLINED": OrderStatus.PROCESSING,
    "RESTOCKED": OrderStatus.PROCESSING,
    "SCHEDULED": OrderStatus.PROCESSING,
    "FULFILLMENT_NOT_REQUIRED": OrderStatus.PROCESSING,
    "ON_HOLD": OrderStatus.ON_HOLD,
}
_UNPAID = frozenset({"PENDING", "PARTIALLY_PAID", "EXPIRED", "VOIDED"})
_CANCELLABLE = frozenset({"UNFULFILLED", "OPEN", "ON_HOLD", "SCHEDULED"})
"""Nobody outside the shop was asked to send it; of the other states Shopify decides when it is asked."""

_PAYMENTS = frozenset({"SALE", "AUTHORIZATION", "CAPTURE", "EMV_AUTHORIZATION"})


def order_of(told: ShopifyOrder, country: str, zone: ZoneInfo) -> Order:
    """The order as the agent knows it. ``country``: of phone numbers without a country code."""
    shipments = tuple(shipment for one in told.fulfillments for shipment in _shipments(one, zone))
    latest = [one.delivery.latest for one in told.promises.nodes if one.delivery and one.delivery.latest]
    return Order(
        number=told.name.strip().removeprefix("#").strip() or told.name,
        id=told.id,
        store="shopify",
        customer=_customer(told, country),
        status=_status(told),
        raw_status="CANCELLED" if told.cancelled else told.state,
        placed_at=told.at,
        items=_items(told),
        total=told.total.money if told.total else None,
        address=told.shipping.address() if told.shipping else None,
        last4=_last4(told.transactions),
        promised=max(latest).astimezone(zone).date() if latest else None,
        shipments=shipments,
        returns=tuple(_return(one) for one in told.returns.nodes),
        refunds=tuple(_refund(one) for one in told.refunds if one.total.paid.amount > 0),
        cancellable=_cancellable(told),
    )


def _customer(told: ShopifyOrder, country: str) -> Customer:
    account, shipping, billing = told.customer, told.shipping, told.billing
    phones = (
        account.phone.text if account and account.phone else None,
        told.phone,
        billing.phone if billing else None,
        shipping.phone if shipping else None,
    )
    names = (account.name if account else None, billing.name if billing else None, shipping.name if shipping else None)
    return Customer(
        id=account.id if account else told.id,
        name=next((name for name in names if name), ""),
        email=(account.email.text if account and account.email else None) or told.email or None,
        phone=next((known for one in phones if one and (known := e164(one, country))), None),
        vip=any(tag.strip().casefold() == "vip" for tag in account.tags) if account else False,
    )


def _status(told: ShopifyOrder) -> OrderStatus:
    if told.cancelled:
        return OrderStatus.CANCELLED
    if told.paid == "REFUNDED":
        return OrderStatus.REFUNDED
    parcels = [one for one in told.fulfillments if one.counts]
    if told.state == "PARTIALLY_FULFILLED":
        return OrderStatus.PARTLY_SHIPPED
    if told.state == "FULFILLED":
        arrived = [_shipment_status(one) is ShipmentStatus.DELIVERED for one in parcels if one.shipped]
        # What needs no shipping, such as a download, is there when it is fulfilled.
        return OrderStatus.DELIVERED if parcels and all(arrived) else OrderStatus.SHIPPED
    if told.state in _BEFORE_DISPATCH:
        status = _BEFORE_DISPATCH[told.state]
        return OrderStatus.PENDING if told.paid in _UNPAID and status is OrderStatus.PROCESSING else status
    METRICS.unknown_codes.labels("shopify").inc()
    log.warning("a status code is not known", system="shopify", code=told.state[:60])
    return OrderStatus.SHIPPED if parcels else OrderStatus.PROCESSING


def _cancellable(told: ShopifyOrder) -> bool | None:
    """orderCancel works only while nothing is fulfilled and no return is open."""
    if told.cancelled or any(one.counts for one in told.fulfillments):
        return False
    return True if told.state in _CANCELLABLE else None


def _items(told: ShopifyOrder) -> tuple[Item, ...]:
    """What is still ordered or was sent; of an order that is taken back as a whole, what it was."""
    sent = {content.line.id for one in told.fulfillments if one.counts for content in one.contents.nodes}
    lines = [line for line in told.lines.nodes if line.quantity >= 1]
    kept = [line for line in lines if line.current >= 1 or line.id in sent] or lines
    return tuple(
        Item(
            name=line.name,
            quantity=line.current if line.current >= 1 else line.quantity,
            sku=line.sku or None,
            price=line.price.money if line.price else None,
            returnable=line.shipped and not line.gift_card,
        )
        for line in kept
    )


def _last4(transactions: Iterable[Transaction]) -> str | None:
    """Of the card that paid."""
    paid = (one for one in transactions if one.kind in _PAYMENTS and one.status == "SUCCESS")
    return next((one.card.last4 for one in paid if one.card and one.card.last4), None)


def _shipments(told: Fulfillment, zone: ZoneInfo) -> tuple[Shipment, ...]:
    """The parcels of a fulfillment, one for each tracking number. Their state is the fulfillment's: Shopify has one
    for all of its parcels, and does not say what is in which."""
    if not told.counts or not told.shipped:
        return ()
    status = _shipment_status(told)
    common: dict[str, Any] = {
        "status": status,
        "raw_status": told.shown,
        "raw_text": _words(told.shown) if told.shown else None,
        "shipped_at": told.moving or (told.created if status is not ShipmentStatus.PRE_TRANSIT else None),
        "expected": told.estimate.astimezone(zone).date() if told.estimate else None,
        "delivered_at": told.delivered,
        "events": tuple(_event(one) for one in told.events.nodes),
        "items": tuple(dict.fromkeys(content.line.name for content in told.contents.nodes)),
    }
    numbers = list(dict.fromkeys((one.number or None, one.company or "") for one in told.tracking)) or [(None, "")]
    return tuple(Shipment(carrier=carrier_label(company), tracking=number, **common) for number, company in numbers)


def _shipment_status(told: Fulfillment) -> ShipmentStatus:
    status = STATUSES.read(told.shown) if told.shown else ShipmentStatus.UNKNOWN
    return ShipmentStatus.DELIVERED if status is ShipmentStatus.UNKNOWN and told.delivered else status


def _event(told: FulfillmentEvent) -> TrackingEvent:
    return TrackingEvent(
        at=told.at,
        text=told.message or _words(told.status),
        place=", ".join(part for part in (told.city, told.province) if part) or None,
        status=STATUSES.read(told.status),
        raw_code=told.status,
    )


def _refund(told: RefundAnswer) -> Refund:
    """One refund, be it of a part. Its state is that of its payments; without any, Shopify does not say."""
    payments = [one for one in told.transactions.nodes if one.kind == "REFUND"]
    states = {one.status for one in payments}
    if states == {"SUCCESS"}:
        status = "refunded"
    elif states and states <= {"FAILURE", "ERROR"}:
        status = "failed"
    else:
        status = "pending"
    methods = {_method(one) for one in payments}
    return Refund(
        amount=told.total.money,
        status=status,
        issued_at=told.at if status == "refunded" else None,
        method=methods.pop() if len(methods) == 1 else None,
    )


def _method(told: Transaction) -> str | None:
    if told.card and told.card.last4:
        return f"{told.card.company or 'card'} ending {told.card.last4}"
    return told.gateway or None


def _return(told: ReturnAnswer) -> Return:
    trackings = [
        delivery.deliverable.tracking
        for reverse in told.reverse.nodes
        for delivery in reverse.deliveries.nodes
        if delivery.deliverable and delivery.deliverable.tracking
    ]
    tracking = trackings[0] if trackings else ReturnTracking()
    contents = [line.content for line in told.lines.nodes if line.content]
    return Return(
        number=told.name,
        status=told.status.lower(),
        reason=next((line.reason.name for line in told.lines.nodes if line.reason), None),
        carrier=carrier_label(tracking.carrier) if tracking.carrier else None,
        tracking=tracking.number or None,
        items=tuple(dict.fromkeys(content.line.name for content in contents)),
        opened_at=told.created,
    )


def _words(code: str) -> str:
    """'OUT_FOR_DELIVERY' → 'Out for delivery', as Shopify's admin shows it."""
    return code.replace("_", " ").capitalize()


def newest_first(orders: Iterable[Order]) -> tuple[Order, ...]:
    """By the time at which they were placed."""
    return tuple(sorted(orders, key=lambda order: order.placed_at, reverse=True))
