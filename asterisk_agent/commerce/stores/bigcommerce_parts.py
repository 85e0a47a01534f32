"""What BigCommerce answers: orders and shipments of V2, refunds, transactions and customers of V3.

Declared is what the agent uses. V2 writes amounts as texts, dates as RFC 2822 and an empty list as no body at all.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from asterisk_agent.commerce.web.answer import Part


def _text(value: Any) -> Any:
    """V2 writes what is not there as '', null, {} or []."""
    return "" if value is None or value in ({}, []) else value


def _rows(value: Any) -> Any:
    """A single row stands for a list of one in the description's examples."""
    return [value] if isinstance(value, dict) else [] if value is None else value


Text = Annotated[str, BeforeValidator(_text)]


class AddressPart(Part):
    """A billing or delivery address; ``state`` is a name ('Texas') where the shop's own checkout wrote it."""

    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    street_1: Text = ""
    street_2: Text = ""
    city: Text = ""
    state: Text = ""
    zip: Text = ""
    country_iso2: Text = ""
    phone: Text = ""
    email: Text = ""


class LinePart(Part):
    """One line of an order. ``price_inc_tax``: of one piece."""

    id: int
    name: Text
    sku: Text = ""
    type: Text = "physical"
    quantity: int
    quantity_shipped: int = 0
    quantity_refunded: int = 0
    price_inc_tax: Decimal | None = None

    @property
    def outstanding(self) -> int:
        """Pieces that are still to be sent."""
        if self.type != "physical":
            return 0
        return max(0, self.quantity - self.quantity_refunded - self.quantity_shipped)


Lines = Annotated[tuple[LinePart, ...], BeforeValidator(_rows)]


class ShippingAddressPart(AddressPart):
    """A delivery address of an order. ``line_items`` come with a consignment only."""

    id: int
    line_items: Lines = ()


class LocationPart(Part):
    """Where a customer collects an order."""

    name: Text = ""
    address_line_1: Text = ""
    address_line_2: Text = ""
    city: Text = ""


class PickupPart(Part):
    """What is to be collected, and where."""

    location: LocationPart | None = None
    line_items: Lines = ()


class DigitalPart(Part):
    """What is downloaded or sent by e-mail."""

    line_items: Lines = ()


class EmailPart(Part):
    """Gift certificates."""

    gift_certificates: tuple[DigitalPart, ...] = ()


class ConsignmentsPart(Part):
    """Everything in an order by the way in which it is handed over."""

    shipping: tuple[ShippingAddressPart, ...]
    pickups: tuple[PickupPart, ...] = ()
    downloads: tuple[DigitalPart, ...] = ()
    email: EmailPart = EmailPart()

    @property
    def lines(self) -> tuple[LinePart, ...]:
        """The lines of the order in the order of their ids."""
        handed = [*(one.line_items for one in self.shipping), *(one.line_items for one in self.pickups)]
        sent = [one.line_items for one in (*self.downloads, *self.email.gift_certificates)]
        return tuple(sorted((line for lines in (*handed, *sent) for line in lines), key=lambda line: line.id))


def _written_out(value: Any) -> Any:
    """None where only a link to the consignments, or to their lines, was answered."""
    if not isinstance(value, dict) or "shipping" not in value:
        return None
    groups = [group for kind in ("shipping", "pickups", "downloads") for group in _dicts(value.get(kind))]
    linked = any("resource" in line for group in groups for line in _dicts(group.get("line_items")))
    return None if linked else value


def _dicts(value: Any) -> list[dict[str, Any]]:
    rows = _rows(value)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


class OrderPart(Part):
    """An order. ``id`` is its number; ``customer_id`` 0: a guest. Amounts are in ``default_currency_code``."""

    id: int
    status_id: int
    status: Text = ""
    customer_id: int = 0
    date_created: str
    date_shipped: Text = ""
    """Set when everything has been sent."""
    total_inc_tax: Decimal
    currency_code: Text = ""
    default_currency_code: Text = ""
    payment_status: Text = ""
    staff_notes: Text = ""
    billing_address: AddressPart = AddressPart()
    consignments: Annotated[ConsignmentsPart | None, BeforeValidator(_written_out)] = None


class ShippedPart(Part):
    """Of which line how many pieces are in a shipment."""

    order_product_id: int
    quantity: int = 1


class ShipmentPart(Part):
    """A parcel. BigCommerce knows that it was sent and by whom, never where it is."""

    id: int
    date_created: Text = ""
    tracking_number: Text = ""
    tracking_carrier: Text = ""
    shipping_provider: Text = ""
    shipping_provider_display_name: Text = ""
    items: tuple[ShippedPart, ...] = ()


class RefundPaymentPart(Part):
    """The part of a refund that went one way."""

    provider_id: Text = ""
    amount: Decimal
    is_declined: bool | None = None
    transaction_id: Text = ""


class RefundPart(Part):
    """A refund; an order can have several."""

    id: int
    order_id: int
    created: Text = ""
    total_amount: Decimal
    payments: tuple[RefundPaymentPart, ...] = ()


class CardPart(Part):
    """The card of a transaction."""

    card_type: Text = ""
    card_last4: Text = ""


class TransactionPart(Part):
    """Money that moved, or was to move."""

    id: int
    event: str
    status: Text = ""
    credit_card: CardPart | None = None


class CustomerPart(Part):
    """A registered customer."""

    id: int
    phone: Text = ""


class RefundsPart(Part):
    """A page of refunds."""

    data: tuple[RefundPart, ...] = ()


class TransactionsPart(Part):
    """An order's transactions."""

    data: tuple[TransactionPart, ...] = ()


class CustomersPart(Part):
    """A page of customers."""

    data: tuple[CustomerPart, ...] = ()
