"""What Adobe Commerce and Magento say, in the one vocabulary of orders. Pure.

Times are UTC without saying so. Magento knows that a shipment was made and
its tracking numbers, never where the parcel is: its status stays UNKNOWN until a carrier is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_UP, Decimal

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
    Return,
    Shipment,
)
from asterisk_agent.commerce.phone import e164
from asterisk_agent.commerce.stores.adobe_parts import (
    AddressPart,
    CreditMemoPart,
    ItemPart,
    OrderPart,
    ReturnPart,
    ShipmentPart,
    ShippedItemPart,
)
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.metrics import METRICS

log = structlog.get_logger(__name__)

SYSTEM = "adobe"

_STATES = {
    "new": OrderStatus.PENDING,
    "pending_payment": OrderStatus.PENDING,
    "processing": OrderStatus.PROCESSING,
    "complete": OrderStatus.SHIPPED,
    "closed": OrderStatus.REFUNDED,
    "canceled": OrderStatus.CANCELLED,
    "holded": OrderStatus.ON_HOLD,
    "payment_review": OrderStatus.ON_HOLD,
}
"""Order states (Magento\\Sales\\Model\\Order::STATE_*); a shop names statuses of its own within them."""

_WAITING = (OrderStatus.PENDING, OrderStatus.PROCESSING)
_CANCELLABLE = frozenset({"new", "pending_payment", "processing"})
_CREDIT_MEMO_STATES = {1: "open", 2: "refunded", 3: "cancelled"}
"""Magento\\Sales\\Model\\Order\\Creditmemo::STATE_*."""
_RETURN_STATES = {"approved": "received and approved", "approved_on_item": "received and approved in part"}
"""Magento approves what has come back; elsewhere 'approved' comes before anything is sent."""


def order(
    row: OrderPart,
    shipments: Iterable[ShipmentPart],
    memos: Iterable[CreditMemoPart],
    returns: Iterable[ReturnPart],
    country: str,
) -> Order:
    """An order with what belongs to it out of these. ``country``: of telephone numbers without a country code."""
    mine = [one for one in shipments if one.order_id == row.entity_id]
    return Order(
        number=row.increment_id,
        id=str(row.entity_id),
        store=SYSTEM,
        customer=_customer(row, country),
        status=_status(row),
        raw_status=row.status or row.state,
        placed_at=moment(row.created_at),
        items=_items(row),
        total=_money(row.grand_total, row),
        address=_address(row.shipping_address),
        last4=_last4(row),
        shipments=tuple(parcel for one in mine for parcel in _parcels(row, one)),
        returns=tuple(_return(row, one) for one in returns if one.order_id == row.entity_id),
        refunds=_refunds(row, [one for one in memos if one.order_id == row.entity_id]),
        cancellable=_cancellable(row),
    )


def state_known(row: OrderPart) -> bool:
    """Whether the order's state is one of Magento's own."""
    return (row.state or "") in _STATES


def same_address(one: Address, other: Address) -> bool:
    """Whether two addresses differ in nothing but case."""
    return [str(value).casefold() for value in one.model_dump().values()] == [
        str(value).casefold() for value in other.model_dump().values()
    ]


def _status(row: OrderPart) -> OrderStatus:
    if not state_known(row):
        METRICS.unknown_codes.labels(SYSTEM).inc()
        log.warning("an order state is not known", system=SYSTEM, state=(row.state or "")[:60])
    status = _STATES.get(row.state or "", OrderStatus.PROCESSING)
    if row.state == "complete" and row.is_virtual:
        return OrderStatus.DELIVERED
    if status in _WAITING and row.shipped:
        sent = [item for item in row.lines if not item.is_virtual]
        left = any((item.qty_shipped or 0) + (item.qty_refunded or 0) < item.wanted for item in sent)
        return OrderStatus.PARTLY_SHIPPED if left else OrderStatus.SHIPPED
    return status


def _cancellable(row: OrderPart) -> bool | None:
    """As Order::canCancel: something is not invoiced yet. What is paid can only be refunded, which is people's work."""
    if not state_known(row):
        return None
    open_ = any(item.wanted > (item.qty_invoiced or 0) for item in row.lines)
    return row.state in _CANCELLABLE and open_ and not row.shipped


def _customer(row: OrderPart, country: str) -> Customer:
    addresses = [one for one in (row.billing_address, row.shipping_address) if one]
    names = [(row.customer_firstname, row.customer_lastname), *((one.firstname, one.lastname) for one in addresses)]
    phones = (e164(one.telephone, country) for one in addresses if one.telephone)
    email = row.customer_email or None
    return Customer(
        id=str(row.customer_id) if row.customer_id else email or f"order {row.entity_id}",
        name=next((" ".join(filter(None, pair)) for pair in names if any(pair)), ""),
        email=email,
        phone=next((phone for phone in phones if phone), None),
    )


def _items(row: OrderPart) -> tuple[Item, ...]:
    cancelled = row.state == "canceled"
    lines = [(line, line.qty_ordered if cancelled else line.wanted) for line in row.lines]
    return tuple(
        Item(
            name=line.called,
            quantity=int(quantity.to_integral_value(ROUND_UP)),
            sku=line.sku,
            price=_money(line.price, row),
        )
        for line, quantity in lines
        if quantity > 0
    )


def _money(amount: Decimal | None, row: OrderPart) -> Money | None:
    if amount is None or not row.order_currency_code:
        return None
    return Money(amount=amount, currency=row.order_currency_code)


def _address(part: AddressPart | None) -> Address | None:
    street = [line for line in (part and part.street) or () if line]
    if part is None or not street:
        return None
    return Address(
        line1=street[0],
        line2=", ".join(street[1:]) or None,
        city=part.city or "",
        state=part.region_code or part.region or "",
        zip=part.postcode or "",
        country=part.country_id or "",
    )


def _last4(row: OrderPart) -> str | None:
    digits = (row.payment and row.payment.cc_last4) or ""
    return digits if len(digits) == 4 and digits.isascii() and digits.isdigit() else None


def _parcels(row: OrderPart, part: ShipmentPart) -> tuple[Shipment, ...]:
    lines = {item.item_id: item for item in row.items}
    at = moment(part.created_at) if part.created_at else None
    names = tuple(
        dict.fromkeys(
            lines[item.order_item_id].called if item.order_item_id in lines else item.name or item.sku or ""
            for item in part.items
            if not _inside(lines.get(item.order_item_id or 0), part.items)
        )
    )
    tracks = part.tracks or ()
    if not tracks:
        return (Shipment(carrier="", shipped_at=at, items=names),)
    return tuple(
        Shipment(
            carrier=_carrier(track.carrier_code, track.title),
            tracking=track.track_number or None,
            shipped_at=at,
            # Of several parcels of one shipment it is not said which holds what.
            items=names if len(tracks) == 1 else (),
        )
        for track in tracks
    )


def _inside(line: ItemPart | None, sent: Sequence[ShippedItemPart]) -> bool:
    """Whether the line is a part of another one that is in the same shipment."""
    return line is not None and line.parent_item_id in {one.order_item_id for one in sent}


def _carrier(code: str | None, title: str | None) -> str:
    """The code, where it names a carrier; 'custom' and the shop's own codes say less than the title."""
    label = carrier_label(code or "")
    return label if label != code and label else carrier_label(title or "") or ("" if code == "custom" else code or "")


def _refunds(row: OrderPart, memos: Sequence[CreditMemoPart]) -> tuple[Refund, ...]:
    told = [
        Refund(
            amount=Money(amount=memo.grand_total, currency=currency),
            status=_CREDIT_MEMO_STATES.get(memo.state or 0, f"state {memo.state}"),
            issued_at=moment(memo.created_at) if memo.created_at else None,
        )
        for memo in memos
        if memo.grand_total is not None and (currency := memo.order_currency_code or row.order_currency_code)
    ]
    if told or not row.total_refunded:
        return tuple(told)
    total = _money(row.total_refunded, row)
    return (Refund(amount=total, status="refunded"),) if total else ()


def _return(row: OrderPart, part: ReturnPart) -> Return:
    names = {item.item_id: item.called for item in row.items}
    track = next((one for one in part.tracks or () if one.track_number), None)
    status = part.status or "unknown"
    return Return(
        number=part.increment_id or str(part.entity_id),
        status=_RETURN_STATES.get(status, status.replace("_", " ")),
        carrier=(_carrier(track.carrier_code, track.carrier_title) or None) if track else None,
        tracking=track.track_number if track else None,
        items=tuple(dict.fromkeys(names[one.order_item_id] for one in part.items if one.order_item_id in names)),
        opened_at=moment(part.date_requested) if part.date_requested else None,
    )
