"""What Amazon answers: the fields of Orders 2026-01-01 and External Fulfillment Returns 2024-09-11 that are used."""

from __future__ import annotations

from decimal import Decimal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from asterisk_agent.commerce.web.answer import Part


class _Camel(Part):
    model_config = ConfigDict(alias_generator=to_camel)


class MoneyPart(_Camel):
    """An amount."""

    amount: Decimal
    currency_code: str


class _Buyer(_Camel):
    buyer_name: str | None = None
    buyer_email: str | None = None


class AddressPart(_Camel):
    """Where it goes; without the restricted role Amazon leaves name, street, postal code and phone out."""

    name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    city: str | None = None
    state_or_region: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None
    address_type: str | None = None


class _Recipient(_Camel):
    delivery_address: AddressPart | None = None


class _Proceeds(_Camel):
    grand_total: MoneyPart | None = None


class _Window(_Camel):
    earliest_date_time: str | None = None
    latest_date_time: str | None = None


class _Fulfillment(_Camel):
    fulfillment_status: str
    fulfilled_by: str | None = None
    deliver_by_window: _Window | None = None


class _Price(_Camel):
    unit_price: MoneyPart | None = None


class _Product(_Camel):
    asin: str | None = None
    title: str | None = None
    seller_sku: str | None = None
    price: _Price | None = None


class ItemPart(_Camel):
    """A line of an order; 0 are ordered of what was cancelled."""

    order_item_id: str
    quantity_ordered: int
    product: _Product

    @property
    def called(self) -> str:
        """Its title, else a number of it."""
        return self.product.title or self.product.seller_sku or self.product.asin or ""


class _PackageStatus(_Camel):
    status: str
    detailed_status: str | None = None


class _PackageItem(_Camel):
    order_item_id: str


class PackagePart(_Camel):
    """A parcel; only of orders that the merchant sends."""

    package_reference_id: str
    package_status: _PackageStatus | None = None
    carrier: str | None = None
    ship_time: str | None = None
    tracking_number: str | None = None
    package_items: tuple[_PackageItem, ...] | None = None


class OrderPart(_Camel):
    """An order with the data sets that were asked for and may be seen."""

    order_id: str
    created_time: str
    programs: tuple[str, ...] | None = None
    buyer: _Buyer | None = None
    recipient: _Recipient | None = None
    proceeds: _Proceeds | None = None
    fulfillment: _Fulfillment | None = None
    order_items: tuple[ItemPart, ...] = ()
    packages: tuple[PackagePart, ...] | None = None

    @property
    def address(self) -> AddressPart | None:
        """Where it goes, as far as may be seen."""
        return self.recipient.delivery_address if self.recipient else None

    @property
    def by_merchant(self) -> bool:
        """Whether the merchant sends it, not Amazon."""
        return self.fulfillment is not None and self.fulfillment.fulfilled_by == "MERCHANT"


class OneOrder(_Camel):
    """Answer of getOrder. v0 answered an unknown number with an empty object; so may this."""

    order: OrderPart | None = None


class _Pagination(_Camel):
    next_token: str | None = None


class Orders(_Camel):
    """Answer of searchOrders."""

    orders: tuple[OrderPart, ...]
    pagination: _Pagination | None = None


class _Error(_Camel):
    code: str
    message: str | None = None


class Errors(_Camel):
    """An error answer."""

    errors: tuple[_Error, ...] = ()


class _Tracking(_Camel):
    carrier_name: str | None = None
    tracking_id: str | None = None


class _ReturnMetadata(_Camel):
    return_reason: str | None = None
    rma_id: str | None = None


class _ReturnShipping(_Camel):
    delivery_date_time: str | None = None
    reverse_tracking_info: _Tracking | None = None


class _Channel(_Camel):
    customer_order_id: str | None = None


class ReturnPart(_Camel):
    """A return of one item."""

    id: str
    status: str
    merchant_sku: str | None = None
    creation_date_time: str | None = None
    return_metadata: _ReturnMetadata | None = None
    return_shipping_info: _ReturnShipping | None = None
    marketplace_channel_details: _Channel | None = None


class Returns(_Camel):
    """Answer of listReturns."""

    returns: tuple[ReturnPart, ...] = ()
    next_token: str | None = None
