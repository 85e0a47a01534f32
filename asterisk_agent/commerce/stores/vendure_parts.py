"""Answers of Vendure's Admin API about orders: what of them is used. Names are the schema's own, as aliases."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from asterisk_agent.commerce.web.answer import Part


class CustomerPart(Part):
    """A registered customer or a guest: Vendure keeps both alike."""

    id: str
    first: str = Field("", alias="firstName")
    last: str = Field("", alias="lastName")
    email: str = Field("", alias="emailAddress")
    phone: str | None = Field(None, alias="phoneNumber")


class AddressPart(Part):
    """All fields can be null."""

    name: str | None = Field(None, alias="fullName")
    line1: str | None = Field(None, alias="streetLine1")
    line2: str | None = Field(None, alias="streetLine2")
    city: str | None = None
    province: str | None = None
    zip: str | None = Field(None, alias="postalCode")
    country: str | None = Field(None, alias="countryCode")
    phone: str | None = Field(None, alias="phoneNumber")


class _Method(Part):
    code: str = ""
    name: str = ""


class _ShippingLine(Part):
    method: _Method = Field(_Method(), alias="shippingMethod")


class _Variant(Part):
    name: str
    sku: str = ""


class LinePart(Part):
    """``quantity`` is what is left of ``placed`` after cancellations; amounts are in minor units."""

    id: str
    quantity: int
    placed: int = Field(0, alias="orderPlacedQuantity")
    price: int | None = Field(None, alias="discountedUnitPriceWithTax")
    variant: _Variant = Field(alias="productVariant")


class RefundPart(Part):
    """Minor units."""

    state: str
    total: int
    updated_at: str | None = Field(None, alias="updatedAt")


class PaymentPart(Part):
    """``metadata``: whatever the payment plugin keeps. Minor units."""

    state: str
    amount: int
    metadata: Any = None
    refunds: tuple[RefundPart, ...] = ()


class _FulfilledLine(Part):
    line: str = Field(alias="orderLineId")
    quantity: int


class FulfillmentPart(Part):
    """``method``: what the shop's people typed in, or the name of the shipping method."""

    id: str
    state: str
    method: str = ""
    tracking: str = Field("", alias="trackingCode")
    lines: tuple[_FulfilledLine, ...] = ()


class EntryPart(Part):
    """An entry of the history; ``data`` depends on its type."""

    at: str = Field(alias="createdAt")
    data: Any = None


class _History(Part):
    items: tuple[EntryPart, ...] = ()


class OrderPart(Part):
    """An order or a cart."""

    id: str
    code: str
    state: str
    created_at: str = Field(alias="createdAt")
    placed_at: str | None = Field(None, alias="orderPlacedAt")
    currency: str = Field(alias="currencyCode")
    total: int = Field(alias="totalWithTax")
    customer: CustomerPart | None = None
    shipping: AddressPart | None = Field(None, alias="shippingAddress")
    shipping_lines: tuple[_ShippingLine, ...] = Field((), alias="shippingLines")
    lines: tuple[LinePart, ...] = ()
    payments: tuple[PaymentPart, ...] | None = None
    fulfillments: tuple[FulfillmentPart, ...] | None = None
    history: _History = _History()


class OrderList(Part):
    """A page."""

    items: tuple[OrderPart, ...]


class _ServerConfig(Part):
    decimals: int = Field(2, ge=0, le=6, alias="moneyStrategyPrecision")


class _GlobalSettings(Part):
    server: _ServerConfig = Field(_ServerConfig(), alias="serverConfig")


class _Decimals(Part):
    settings: _GlobalSettings = Field(_GlobalSettings(), alias="globalSettings")

    @property
    def decimals(self) -> int:
        """Of all amounts, whatever the currency (``moneyStrategy``)."""
        return self.settings.server.decimals


class OrdersPart(_Decimals):
    """Orders, and how their amounts are written."""

    orders: OrderList


class AccountPart(Part):
    """A customer with orders."""

    id: str
    email: str = Field("", alias="emailAddress")
    phone: str | None = Field(None, alias="phoneNumber")
    orders: OrderList


class _Accounts(Part):
    items: tuple[AccountPart, ...]


class CustomersPart(_Decimals):
    """Customers with their orders, and how amounts are written."""

    customers: _Accounts
