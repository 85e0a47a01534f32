"""What Adobe Commerce and Magento answer: the fields of the REST description of 2.4.9 that are used."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field, field_validator

from asterisk_agent.commerce.stores.adobe_search import Row
from asterisk_agent.commerce.web.answer import Part


class AddressPart(Part):
    """An order's address, with what is sent back when it is changed."""

    entity_id: int | None = None
    address_type: str | None = None
    prefix: str | None = None
    firstname: str | None = None
    middlename: str | None = None
    lastname: str | None = None
    suffix: str | None = None
    company: str | None = None
    email: str | None = None
    telephone: str | None = None
    street: tuple[str, ...] | None = None
    city: str | None = None
    region: str | None = None
    region_code: str | None = None
    postcode: str | None = None
    country_id: str | None = None


class _Shipping(Part):
    address: AddressPart | None = None


class _Assignment(Part):
    shipping: _Shipping | None = None


class _Extension(Part):
    shipping_assignments: tuple[_Assignment, ...] | None = None


class _Payment(Part):
    cc_last4: str | None = None


class ItemPart(Part):
    """A line of an order; one with ``parent_item_id`` is the chosen variant or a part of another line."""

    item_id: int
    parent_item_id: int | None = None
    name: str | None = None
    sku: str | None = None
    price: Decimal | None = None
    is_virtual: int | None = None
    qty_ordered: Decimal = Decimal(0)
    qty_canceled: Decimal | None = None
    qty_invoiced: Decimal | None = None
    qty_refunded: Decimal | None = None
    qty_shipped: Decimal | None = None

    @property
    def wanted(self) -> Decimal:
        """How many are ordered and not cancelled."""
        return self.qty_ordered - (self.qty_canceled or 0)

    @property
    def called(self) -> str:
        """Its name, else its SKU."""
        return self.name or self.sku or ""


class OrderPart(Row):
    """An order as /V1/orders lists it."""

    increment_id: str
    created_at: str
    state: str | None = None
    status: str | None = None
    is_virtual: int | None = None
    customer_id: int | None = None
    customer_email: str | None = None
    customer_firstname: str | None = None
    customer_lastname: str | None = None
    grand_total: Decimal | None = None
    total_refunded: Decimal | None = None
    order_currency_code: str | None = None
    items: tuple[ItemPart, ...] = ()
    billing_address: AddressPart | None = None
    payment: _Payment | None = None
    extension_attributes: _Extension | None = None

    @field_validator("extension_attributes", mode="before")
    @classmethod
    def _empty_list_is_nothing(cls, value: Any) -> Any:
        """PHP writes an empty object as []."""
        return value or None

    @property
    def shipping_address(self) -> AddressPart | None:
        """Where it goes; None for what is not sent at all."""
        assignments = (self.extension_attributes and self.extension_attributes.shipping_assignments) or ()
        found = (one.shipping.address for one in assignments if one.shipping and one.shipping.address)
        return next(found, None)

    @property
    def lines(self) -> tuple[ItemPart, ...]:
        """The lines that a customer knows."""
        return tuple(item for item in self.items if item.parent_item_id is None)

    @property
    def shipped(self) -> bool:
        """Whether anything has left."""
        return any(item.qty_shipped for item in self.items)


class ShippedItemPart(Part):
    name: str | None = None
    sku: str | None = None
    order_item_id: int | None = None


class _Track(Part):
    track_number: str | None = None
    title: str | None = None
    carrier_code: str | None = None


class ShipmentPart(Row):
    """A shipment as /V1/shipments lists it: one parcel or, with several tracks, several."""

    order_id: int
    created_at: str | None = None
    items: tuple[ShippedItemPart, ...] = ()
    tracks: tuple[_Track, ...] | None = None


class CreditMemoPart(Row):
    """A refund as /V1/creditmemos lists it."""

    order_id: int
    created_at: str | None = None
    state: int | None = None
    grand_total: Decimal | None = None
    order_currency_code: str | None = None


class _ReturnTrack(Part):
    track_number: str | None = None
    carrier_title: str | None = None
    carrier_code: str | None = None


class _ReturnedItem(Part):
    order_item_id: int | None = None


class ReturnPart(Row):
    """A return as /V1/returns lists it; Adobe Commerce only."""

    increment_id: str | None = None
    order_id: int
    status: str | None = None
    date_requested: str | None = None
    items: tuple[_ReturnedItem, ...] = ()
    tracks: tuple[_ReturnTrack, ...] | None = None


class CustomerPart(Part):
    """A registered customer as /V1/customers/search lists it."""

    class _Address(Part):
        telephone: str | None = None

    id: int
    addresses: tuple[_Address, ...] = Field(default=())
