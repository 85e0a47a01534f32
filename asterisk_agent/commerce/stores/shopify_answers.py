"""Answers of Shopify's GraphQL Admin API about orders: what of them is used. Names are the schema's own, as aliases."""

from __future__ import annotations

from decimal import Decimal
from typing import Generic, TypeVar

from pydantic import AwareDatetime, Field

from asterisk_agent.commerce.models import Address, Money
from asterisk_agent.commerce.stores.shopify_queries import Sizes
from asterisk_agent.commerce.web.answer import Part

_NO_PARCEL = frozenset({"CANCELLED", "CANCELED", "ERROR", "FAILURE"})
"""States of fulfillments that came to nothing."""

_Node = TypeVar("_Node")


class _Page(Part):
    more: bool = Field(False, alias="hasNextPage")


class Nodes(Part, Generic[_Node]):
    """A connection."""

    nodes: tuple[_Node, ...] = ()
    page: _Page = Field(_Page(), alias="pageInfo")


class _Amount(Part):
    amount: Decimal
    currency: str = Field(alias="currencyCode", pattern=r"^[A-Z]{3}$")


class _Bag(Part):
    paid: _Amount = Field(alias="presentmentMoney")

    @property
    def money(self) -> Money:
        """In major units."""
        return Money(amount=self.paid.amount, currency=self.paid.currency)


class EmailAddress(Part):
    """Of a customer."""

    text: str = Field(alias="emailAddress")


class PhoneNumber(Part):
    """Of a customer, E.164."""

    text: str = Field(alias="phoneNumber")


class _Customer(Part):
    id: str
    name: str = Field("", alias="displayName")
    tags: tuple[str, ...] = ()
    email: EmailAddress | None = Field(None, alias="defaultEmailAddress")
    phone: PhoneNumber | None = Field(None, alias="defaultPhoneNumber")


class PostalAddress(Part):
    """Parts that the app may not see are None."""

    name: str | None = None
    first: str | None = Field(None, alias="firstName")
    last: str | None = Field(None, alias="lastName")
    company: str | None = None
    line1: str | None = Field(None, alias="address1")
    line2: str | None = Field(None, alias="address2")
    city: str | None = None
    province: str | None = None
    province_code: str | None = Field(None, alias="provinceCode")
    zip: str | None = None
    country: str | None = Field(None, alias="countryCodeV2")
    phone: str | None = None

    def address(self) -> Address | None:
        """None where nothing of it is known."""
        if not (self.line1 or self.zip or self.city):
            return None
        return Address(
            line1=self.line1 or "",
            line2=self.line2 or None,
            city=self.city or "",
            state=self.province_code or self.province or "",
            zip=self.zip or "",
            country=self.country or "US",
        )


class _Line(Part):
    id: str
    name: str
    sku: str | None = None
    quantity: int
    current: int = Field(0, alias="currentQuantity")
    gift_card: bool = Field(False, alias="isGiftCard")
    shipped: bool = Field(True, alias="requiresShipping")
    price: _Bag | None = Field(None, alias="discountedUnitPriceAfterAllDiscountsSet")


class _NamedLine(Part):
    id: str = ""
    name: str


class _Content(Part):
    line: _NamedLine = Field(alias="lineItem")


class _Tracking(Part):
    company: str | None = None
    number: str | None = None


class FulfillmentEvent(Part):
    """A scan."""

    at: AwareDatetime = Field(alias="happenedAt")
    status: str
    message: str | None = None
    city: str | None = None
    province: str | None = None


class Fulfillment(Part):
    """One dispatch of items of an order, in one or several parcels."""

    status: str
    shown: str | None = Field(None, alias="displayStatus")
    shipped: bool = Field(True, alias="requiresShipping")
    created: AwareDatetime = Field(alias="createdAt")
    moving: AwareDatetime | None = Field(None, alias="inTransitAt")
    estimate: AwareDatetime | None = Field(None, alias="estimatedDeliveryAt")
    delivered: AwareDatetime | None = Field(None, alias="deliveredAt")
    tracking: tuple[_Tracking, ...] = Field((), alias="trackingInfo")
    contents: Nodes[_Content] = Field(Nodes[_Content](), alias="fulfillmentLineItems")
    events: Nodes[FulfillmentEvent] = Nodes[FulfillmentEvent]()

    @property
    def counts(self) -> bool:
        """Whether it came to something."""
        return self.status not in _NO_PARCEL and self.shown != "CANCELED"


class _Card(Part):
    company: str | None = None
    number: str | None = None

    @property
    def last4(self) -> str | None:
        """The digits that Shopify shows."""
        digits = "".join(char for char in self.number or "" if char.isascii() and char.isdigit())
        return digits[-4:] if len(digits) >= 4 else None


class Transaction(Part):
    """A payment or the return of one."""

    kind: str
    status: str
    gateway: str | None = Field(None, alias="formattedGateway")
    card: _Card | None = Field(None, alias="paymentDetails")


class RefundAnswer(Part):
    """Money sent back, in one or several payments."""

    at: AwareDatetime = Field(alias="processedAt")
    total: _Bag = Field(alias="totalRefundedSet")
    transactions: Nodes[Transaction] = Nodes[Transaction]()


class _Delivery(Part):
    latest: AwareDatetime | None = Field(None, alias="maxDeliveryDateTime")


class _FulfillmentOrder(Part):
    delivery: _Delivery | None = Field(None, alias="deliveryMethod")


class _Reason(Part):
    name: str


class _ReturnLine(Part):
    reason: _Reason | None = Field(None, alias="returnReasonDefinition")
    content: _Content | None = Field(None, alias="fulfillmentLineItem")


class ReturnTracking(Part):
    """Of the parcel in which they come."""

    carrier: str | None = Field(None, alias="carrierName")
    number: str | None = None


class _Deliverable(Part):
    tracking: ReturnTracking | None = None


class _ReverseDelivery(Part):
    deliverable: _Deliverable | None = None


class _ReverseOrder(Part):
    deliveries: Nodes[_ReverseDelivery] = Field(Nodes[_ReverseDelivery](), alias="reverseDeliveries")


class ReturnAnswer(Part):
    """Items on their way back."""

    name: str
    status: str
    created: AwareDatetime = Field(alias="createdAt")
    lines: Nodes[_ReturnLine] = Field(Nodes[_ReturnLine](), alias="returnLineItems")
    reverse: Nodes[_ReverseOrder] = Field(Nodes[_ReverseOrder](), alias="reverseFulfillmentOrders")


class ShopifyOrder(Part):
    """An order as the documents ask for it."""

    id: str
    name: str
    at: AwareDatetime = Field(alias="processedAt")
    cancelled: AwareDatetime | None = Field(None, alias="cancelledAt")
    state: str = Field(alias="displayFulfillmentStatus")
    paid: str | None = Field(None, alias="displayFinancialStatus")
    email: str | None = None
    phone: str | None = None
    customer: _Customer | None = None
    shipping: PostalAddress | None = Field(None, alias="shippingAddress")
    billing: PostalAddress | None = Field(None, alias="billingAddress")
    total: _Bag | None = Field(None, alias="totalPriceSet")
    lines: Nodes[_Line] = Field(Nodes[_Line](), alias="lineItems")
    fulfillments: tuple[Fulfillment, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    refunds: tuple[RefundAnswer, ...] = ()
    promises: Nodes[_FulfillmentOrder] = Field(Nodes[_FulfillmentOrder](), alias="fulfillmentOrders")
    returns: Nodes[ReturnAnswer] = Nodes[ReturnAnswer]()

    def cut(self, sizes: Sizes) -> bool:
        """Whether it has more than was asked for."""
        return (
            self.lines.page.more
            or self.returns.page.more
            or len(self.fulfillments) >= sizes.parcels
            or len(self.refunds) >= sizes.refunds
            or any(len(one.tracking) >= sizes.numbers or one.contents.page.more for one in self.fulfillments)
        )
