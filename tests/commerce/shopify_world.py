"""A Shopify shop that answers GraphQL operations by name, and orders as its schema describes them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from graphql import GraphQLSchema, build_client_schema, execute_sync, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language import OperationDefinitionNode
from pydantic import SecretStr
from systems_world import SPECS, FakeApi, Received

from asterisk_agent.commerce.stores import shopify
from asterisk_agent.commerce.stores.shopify_api import PATH
from asterisk_agent.commerce.subscriptions import shopify as shopify_subscriptions
from asterisk_agent.settings import Shop
from asterisk_agent.settings_systems import Shopify

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SHOP = Shop(time_zone="America/New_York")
SCHEMA = SPECS / "shopify-admin-2026-10.json.gz"
SCOPES = (
    "read_orders",
    "read_all_orders",
    "write_orders",
    "read_customers",
    "read_returns",
    "write_returns",
    "read_merchant_managed_fulfillment_orders",
    "read_own_subscription_contracts",
    "write_own_subscription_contracts",
)
TOKEN = "shpat_first"


@cache
def described() -> dict[str, Any]:
    """The official description, scopes and all."""
    with gzip.open(SCHEMA) as file:
        return dict(json.load(file))


@cache
def schema() -> GraphQLSchema | None:
    """The official 2026-10 schema; None where it is not at hand."""
    return build_client_schema(described()["data"], assume_valid=True) if SCHEMA.exists() else None


class FakeShopify:
    """Answers by the operation's name. With the schema at hand, requests and answers must fit it."""

    def __init__(self, api: FakeApi) -> None:
        self.api = api
        self.violations: list[str] = []
        self.unchecked: set[str] = set()

    def says(
        self,
        operation: str,
        data: Mapping[str, Any] | None,
        errors: list[dict[str, Any]] | str | None = None,
        cost: dict[str, Any] | None = None,
        times: int | None = None,
        fits: bool = True,
    ) -> None:
        """Answer an operation. ``fits``: whether the schema allows the answer."""
        body: dict[str, Any] = {"data": data}
        if errors is not None:
            body["errors"] = errors
        body["extensions"] = {"cost": cost or throttle(1900)}
        if errors is not None or not fits:
            self.unchecked.add(operation)

        def asked(received: Received) -> bool:
            named = isinstance(received.body, dict) and operation_of(received) == operation
            if named and operation not in self.unchecked and data is not None:
                self._check_answer(received, data)
            return named

        self.api.answer("POST", PATH, body, times=times, when=asked)

    def fails(self, operation: str, fault: str, times: int | None = None) -> None:
        """No answer to an operation."""
        self.api.fail("POST", PATH, fault, times, when=lambda received: operation_of(received) == operation)

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The variables of each request for an operation."""
        return [one.body["variables"] for one in self.api.sent(PATH) if operation_of(one) == operation]

    def has(self, *orders: dict[str, Any]) -> None:
        """These orders are found, by whatever search; one is told where a single one is asked for."""
        self.says("OrderNames", {"orders": {"nodes": [{"id": one["id"], "name": one["name"]} for one in orders]}})
        self.says("Orders", {"orders": {"nodes": list(orders)}})
        for one in orders:
            self._tells(one)

    def _tells(self, one: dict[str, Any]) -> None:
        def wanted(received: Received) -> bool:
            return operation_of(received) == "Order" and received.body["variables"]["id"] == one["id"]

        self.api.answer(
            "POST",
            PATH,
            {"data": {"order": one}},
            when=lambda received: wanted(received) and self._check_answer(received, {"order": one}),
        )

    def check_requests(self) -> None:
        """Note what the schema does not allow."""
        known = schema()
        if known is None:
            return
        for received in self.api.sent(PATH):
            document = parse(received.body["query"])
            self.violations += [f"{operation_of(received)}: {error}" for error in validate(known, document)]
            operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
            values = get_variable_values(known, operation.variable_definitions or (), received.body["variables"])
            if isinstance(values, list):
                self.violations += [f"{operation_of(received)}: {error}" for error in values]

    def _check_answer(self, received: Received, data: Mapping[str, Any]) -> bool:
        known = schema()
        if known is not None and operation_of(received) not in self.unchecked:
            done = execute_sync(
                known,
                parse(received.body["query"]),
                root_value=data,
                variable_values=received.body["variables"],
            )
            self.violations += [f"answer to {operation_of(received)}: {error}" for error in done.errors or ()]
        return True


def operation_of(received: Received) -> str:
    """The operation's name, '' for another request."""
    text = received.body.get("query", "") if isinstance(received.body, dict) else ""
    found = re.search(r"\b(?:query|mutation) (\w+)", text)
    return found.group(1) if found else ""


@asynccontextmanager
async def shopify_shop(scopes: tuple[str, ...] = SCOPES, **facts: Any) -> AsyncIterator[FakeShopify]:
    """A shop that has granted these scopes."""
    async with FakeApi() as api:
        fake = FakeShopify(api)
        fake.api.answer(
            "POST",
            "/admin/oauth/access_token",
            {"access_token": TOKEN, "scope": ",".join(scopes), "expires_in": 86399},
        )
        shop = {
            "name": "Blue Box",
            "ianaTimezone": "America/New_York",
            "orderNumberFormatPrefix": "#",
            "orderNumberFormatSuffix": "",
        }
        granted = [{"handle": scope, "description": "…"} for scope in scopes]
        fake.says("Facts", {"currentAppInstallation": {"accessScopes": granted}, "shop": shop | facts})
        yield fake
        fake.check_requests()
        assert not fake.violations, "against Shopify's schema:\n" + "\n".join(fake.violations)


def section(fake: FakeShopify, **settings: Any) -> Shopify:
    """Settings with id and secret."""
    given = {"client_id": "app-id", "client_secret": SecretStr("app-secret")} | settings
    return Shopify(url=fake.api.url, **given)


@asynccontextmanager
async def store(fake: FakeShopify, **settings: Any) -> AsyncIterator[shopify.ShopifyStore]:
    """The adapter, connected to it."""
    made = shopify.create(section(fake, **settings), SHOP, lambda: NOW)
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def subscriptions(fake: FakeShopify) -> AsyncIterator[shopify_subscriptions.ShopifySubscriptions]:
    """The subscription system, connected to it."""
    made = shopify_subscriptions.create(section(fake), SHOP, lambda: NOW)
    try:
        yield made
    finally:
        await made.close()


def throttle(available: float, requested: float = 100, rate: float = 100) -> dict[str, Any]:
    """What an answer says about costs."""
    status = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": rate}
    return {"requestedQueryCost": requested, "actualQueryCost": 10, "throttleStatus": status}


def bag(amount: str, currency: str = "USD") -> dict[str, Any]:
    """A MoneyBag."""
    return {"presentmentMoney": {"amount": amount, "currencyCode": currency}}


def nodes(*rows: dict[str, Any], more: bool = False) -> dict[str, Any]:
    """A connection."""
    return {"nodes": list(rows), "pageInfo": {"hasNextPage": more, "endCursor": None}}


def address(**changes: Any) -> dict[str, Any]:
    """A MailingAddress."""
    return {
        "name": "Maria Lopez",
        "firstName": "Maria",
        "lastName": "Lopez",
        "company": "Blue Dock",
        "address1": "12 Elm St",
        "address2": "Apt 4",
        "city": "Boston",
        "province": "Massachusetts",
        "provinceCode": "MA",
        "zip": "02116",
        "countryCodeV2": "US",
        "phone": "(617) 555-0142",
    } | changes


def line(name: str = "Kettle", id_: str = "gid://shopify/LineItem/1", **changes: Any) -> dict[str, Any]:
    """A LineItem."""
    return {
        "id": id_,
        "name": name,
        "sku": "KET-1",
        "quantity": 1,
        "currentQuantity": 1,
        "isGiftCard": False,
        "requiresShipping": True,
        "discountedUnitPriceAfterAllDiscountsSet": bag("59.9"),
    } | changes


def fulfillment(shown: str | None = "IN_TRANSIT", *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A Fulfillment of these lines."""
    return {
        "status": "SUCCESS",
        "displayStatus": shown,
        "requiresShipping": True,
        "createdAt": "2026-11-19T15:00:00Z",
        "inTransitAt": "2026-11-20T02:00:00Z",
        "estimatedDeliveryAt": "2026-11-25T04:30:00Z",
        "deliveredAt": None,
        "trackingInfo": [{"company": "UPS", "number": "1Z999AA10123456784"}],
        "fulfillmentLineItems": nodes(*({"lineItem": one} for one in lines or (line(),))),
        "events": nodes(
            {
                "happenedAt": "2026-11-20T02:00:00Z",
                "status": "IN_TRANSIT",
                "message": "Departed facility",
                "city": "Hartford",
                "province": "CT",
            }
        ),
    } | changes


def payment(kind: str = "SALE", status: str = "SUCCESS", number: str | None = "•••• •••• •••• 4242") -> dict[str, Any]:
    """An OrderTransaction by card, or without one."""
    card = {"__typename": "CardPaymentDetails", "company": "Visa", "number": number}
    details = card if number else {"__typename": "PaypalWalletPaymentDetails"}
    return {"kind": kind, "status": status, "formattedGateway": "Shopify Payments", "paymentDetails": details}


def refund(amount: str, *payments: dict[str, Any]) -> dict[str, Any]:
    """A Refund."""
    return {
        "processedAt": "2026-11-22T12:00:00Z",
        "totalRefundedSet": bag(amount),
        "transactions": nodes(*payments),
    }


def returned(status: str = "OPEN", *names: str) -> dict[str, Any]:
    """A Return with its parcel."""
    tracking = {"carrierName": "usps", "number": "9400100000000000000000"}
    deliverable = {"__typename": "ReverseDeliveryShippingDeliverable", "tracking": tracking}
    return {
        "name": "#1001-R1",
        "status": status,
        "createdAt": "2026-11-22T10:00:00Z",
        "returnLineItems": nodes(
            *(
                {
                    "__typename": "ReturnLineItem",
                    "returnReasonDefinition": {"name": "Too small"},
                    "fulfillmentLineItem": {"lineItem": line(name)},
                }
                for name in names or ("Kettle",)
            )
        ),
        "reverseFulfillmentOrders": nodes({"reverseDeliveries": nodes({"deliverable": deliverable})}),
    }


def order(name: str = "#1001", id_: int = 1, **changes: Any) -> dict[str, Any]:
    """An order of a kettle that is on its way."""
    return {
        "id": f"gid://shopify/Order/{id_}",
        "name": name,
        "processedAt": "2026-11-18T14:00:00Z",
        "cancelledAt": None,
        "displayFulfillmentStatus": "FULFILLED",
        "displayFinancialStatus": "PAID",
        "email": "maria@example.com",
        "phone": None,
        "customer": {
            "id": "gid://shopify/Customer/7",
            "displayName": "Maria Lopez",
            "tags": ["VIP"],
            "defaultEmailAddress": {"emailAddress": "maria@example.com"},
            "defaultPhoneNumber": {"phoneNumber": "+16175550142"},
        },
        "shippingAddress": address(),
        "billingAddress": address(),
        "totalPriceSet": bag("64.99"),
        "lineItems": nodes(line()),
        "fulfillments": [fulfillment()],
        "transactions": [payment()],
        "refunds": [],
        "fulfillmentOrders": nodes({"deliveryMethod": {"maxDeliveryDateTime": "2026-11-26T04:59:00Z"}}),
        "returns": nodes(),
    } | changes


def waiting(**changes: Any) -> dict[str, Any]:
    """An order that has not left."""
    return order(**({"displayFulfillmentStatus": "UNFULFILLED", "fulfillments": []} | changes))
