"""What WooCommerce's REST API v3 answers: orders, fulfillments, refunds, and what plugins keep in an order's meta data.

Declared is what the agent uses. Times in ``*_gmt`` fields are UTC without a Z, amounts are texts, and PHP writes
'nothing' as '', null, false or an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from asterisk_agent.commerce.web.answer import Part


def _text(value: Any) -> str:
    if isinstance(value, bool | dict | list | None):
        return ""
    return str(value)


Text = Annotated[str, BeforeValidator(_text)]
"""'' where there is nothing, or something else than a text."""

Number = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Amount = Annotated[Decimal, BeforeValidator(lambda value: value or "0")]
Flag = Annotated[bool, BeforeValidator(lambda value: value or False)]
"""A boolean when a fulfillment is made, '1' or '0' in lists."""


class MetaPart(Part):
    """One field that WooCommerce or a plugin keeps beside the others; ``value`` is of any kind."""

    key: Text
    value: Any = None


class AddressPart(Part):
    """A billing or delivery address; ``state`` is a code ('NY') where WooCommerce has codes for the country."""

    first_name: Text = ""
    last_name: Text = ""
    address_1: Text = ""
    address_2: Text = ""
    city: Text = ""
    state: Text = ""
    postcode: Text = ""
    country: Text = ""
    email: Text = ""
    phone: Text = ""


class LinePart(Part):
    """One line of an order, after discounts; ``total`` is without tax."""

    id: int
    name: Text
    sku: Text = ""
    quantity: Decimal
    total: Amount = Decimal(0)
    total_tax: Amount = Decimal(0)


class ShippingLinePart(Part):
    """A way of delivery that was chosen."""

    method_id: Text = ""


class RefundOfOrderPart(Part):
    """A refund as the order names it; ``RefundPart`` says more."""

    id: int


class OrderPart(Part):
    """An order, with the ``FIELDS``."""

    id: int
    number: Number
    status: str
    currency: Text = ""
    prices_include_tax: bool = False
    date_created_gmt: str
    date_paid_gmt: Text = ""
    customer_id: int = 0
    total: Amount
    payment_method_title: Text = ""
    needs_processing: bool | None = None
    """Whether anything in it is to be sent: False where all is virtual or a download."""
    billing: AddressPart
    shipping: AddressPart = AddressPart()
    line_items: tuple[LinePart, ...] = ()
    shipping_lines: tuple[ShippingLinePart, ...] = ()
    refunds: tuple[RefundOfOrderPart, ...] = ()
    meta_data: tuple[MetaPart, ...] = ()


FIELDS = ",".join(OrderPart.model_fields)
"""For ``_fields``: only these come back, and WooCommerce does not work the others out."""


class NumberPart(Part):
    """An order's id and the number that callers know."""

    id: int
    number: Number


class FulfillmentPart(Part):
    """What is or was sent together (Order fulfillments, REST API v3)."""

    id: int
    status: Text = ""
    is_fulfilled: Flag = False
    date_deleted: Text = ""
    meta_data: tuple[MetaPart, ...] = ()


class TrackingPart(Part):
    """A row of the meta field ``_wc_shipment_tracking_items``, which Shipment Tracking and plugins like it keep.

    ``date_shipped``: a Unix time, midnight UTC of the day that was typed in.
    """

    tracking_number: Text = ""
    tracking_provider: Text = ""
    custom_tracking_provider: Text = ""
    date_shipped: Text = ""


class RefundPart(Part):
    """A refund; an order can have several. ``refunded_payment``: the payment provider was asked to send it."""

    id: int
    date_created_gmt: Text = ""
    amount: Amount
    refunded_payment: Flag = False


class CustomerPart(Part):
    """A registered customer; guests are none."""

    id: int
    email: Text = ""


def meta(rows: tuple[MetaPart, ...], key: str) -> Any:
    """The value of a meta field, None where it is not there."""
    return next((row.value for row in rows if row.key == key), None)


def trackings(part: OrderPart) -> tuple[TrackingPart, ...]:
    """The tracking numbers in an order's meta data. PHP writes a list with gaps as an object."""
    value = meta(part.meta_data, "_wc_shipment_tracking_items")
    rows = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    found = (TrackingPart.model_validate(row) for row in rows if isinstance(row, Mapping))
    return tuple(one for one in found if one.tracking_number.strip())
