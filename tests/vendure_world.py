"""A real store for tests: Vendure from npm on SQLite, on loopback, with orders placed as its customers place them."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from systems_world import TOOLS, free_port, node, node_tools

READY_S = 60
USER = PASSWORD = "superadmin"

LAMP, BLANKET = "1", "2"
"""Ids of the products, which cost 129.00 and 89.50; delivery costs 7.95."""


@dataclass(frozen=True)
class Person:
    """A customer and where the order goes."""

    first: str = "Ann"
    last: str = "Lee"
    email: str = "ann.lee@example.com"
    phone: str = "(617) 555-0142"
    line1: str = "12 Main Street"
    city: str = "Boston"
    state: str = "MA"
    zip: str = "02139"


ANN = Person()


@dataclass(frozen=True)
class Placed:
    """An order. ``lines``: ids of its lines, in the order in which they were put into the cart."""

    code: str
    id: str
    lines: tuple[str, ...]


class Vendure:
    """One server with a database of its own."""

    def __init__(self) -> None:
        """Installs the packages and fills a database, both once for all runs; copies it."""
        self._tools = node_tools(TOOLS / "vendure")
        self._folder = tempfile.TemporaryDirectory(prefix="vendure-")
        self._file = Path(self._folder.name) / "shop.sqlite"
        shutil.copy(_filled(self._tools), self._file)
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._token = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it; returns when it answers."""
        told = Path(self._folder.name) / "output"
        with told.open("ab") as output:
            self._process = subprocess.Popen(
                _command("serve", str(self._file), str(self._port)),
                cwd=self._tools,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(),
            )
        end = time.monotonic() + READY_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Vendure did not start: {told.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def freeze(self) -> None:
        """Connections are taken, but nothing is answered any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after ``freeze``."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Power off: connections are cut, nothing is cleaned up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it and throw its database away."""
        self.kill()
        self._folder.cleanup()

    async def place(
        self, person: Person = ANN, cart: Sequence[tuple[str, int]] = ((LAMP, 1),), method: str = "card"
    ) -> Placed:
        """Buy something in the shop as a guest. ``method``: 'card' is paid at once, 'invoice' later."""
        address = {
            "fullName": f"{person.first} {person.last}",
            "streetLine1": person.line1,
            "city": person.city,
            "province": person.state,
            "postalCode": person.zip,
            "countryCode": "US",
            "phoneNumber": person.phone,
        }
        customer = {
            "firstName": person.first,
            "lastName": person.last,
            "emailAddress": person.email,
            "phoneNumber": person.phone,
        }
        paid = {"method": method, "metadata": {"cardData": {"cardType": "Visa", "last4": "4242"}}}
        steps: list[tuple[str, Mapping[str, object]]] = [
            *((_ADD, {"variant": variant, "quantity": quantity}) for variant, quantity in cart),
            (_CUSTOMER, {"input": customer}),
            (_ADDRESS, {"input": address}),
            (_SHIPPING, {}),
            (_TO_PAYMENT, {}),
            (_PAY, {"input": paid}),
        ]
        token = ""
        for document, variables in steps:
            told, new_token = await self._asked("shop-api", document, variables, token)
            token = new_token or token
        order = told["outcome"]
        assert order["state"].startswith("Payment"), order
        return Placed(order["code"], order["id"], tuple(line["id"] for line in order["lines"]))

    async def fill_cart(self) -> str:
        """Put something into a cart and leave; the code that it has."""
        told, _ = await self._asked("shop-api", _ADD, {"variant": LAMP, "quantity": 1}, "")
        return str(told["outcome"]["code"])

    async def sign_out(self, token: str) -> None:
        """End somebody's session at the Admin API."""
        await self._asked("admin-api", "mutation { logout { success } }", {}, token)

    async def admin(self, document: str, **variables: object) -> dict[str, Any]:
        """The data of a request to the Admin API; error results fail the test."""
        if not self._token:
            asked = {"u": USER, "p": PASSWORD}
            _, self._token = await self._asked("admin-api", _LOGIN, asked, "")
        return (await self._asked("admin-api", document, variables, self._token))[0]

    async def order(self, code: str) -> dict[str, Any]:
        """What Vendure itself says of an order."""
        [found] = (await self.admin(_ORDER, code=code))["orders"]["items"]
        return dict(found)

    async def pack(self, order: Placed, method: str, tracking: str, lines: Mapping[str, int] | None = None) -> str:
        """Make a parcel of these lines (all by one piece each if none are named); its id."""
        contents = lines or dict.fromkeys(order.lines, 1)
        arguments = [{"name": "method", "value": method}, {"name": "trackingCode", "value": tracking}]
        told = await self.admin(
            _FULFIL,
            input={
                "lines": [{"orderLineId": line, "quantity": quantity} for line, quantity in contents.items()],
                "handler": {"code": "manual-fulfillment", "arguments": arguments},
            },
        )
        return str(told["outcome"]["id"])

    async def move(self, parcel: str, state: str) -> None:
        """A parcel into a state such as 'Shipped' or 'Delivered'."""
        await self.admin(_MOVE, id=parcel, state=state)

    async def refund(self, code: str, cents: int, settled: bool = True) -> None:
        """Give back a part of what was paid; with the dummy handler the shop's people settle it by hand."""
        [payment] = (await self.order(code))["payments"]
        asked = {"paymentId": payment["id"], "amount": cents, "lines": [], "shipping": 0, "adjustment": 0}
        told = await self.admin(_REFUND, input=asked)
        if settled:
            await self.admin(_SETTLE, input={"id": told["outcome"]["id"], "transactionId": "by hand"})

    async def api_key(self, *permissions: str) -> str:
        """A key whose role has these permissions."""
        role = {"code": f"role-{time.monotonic_ns()}", "description": "r", "permissions": list(permissions)}
        id_ = (await self.admin(_ROLE, input=role))["createRole"]["id"]
        asked = {"roleIds": [id_], "translations": [{"languageCode": "en", "name": "agent"}]}
        return str((await self.admin(_KEY, input=asked))["createApiKey"]["apiKey"])

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    async def _asked(
        self, api: str, document: str, variables: Mapping[str, object], token: str
    ) -> tuple[dict[str, Any], str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": document, "variables": dict(variables)}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/{api}", json=body, headers=headers) as answer,
        ):
            told = await answer.json()
            assert "errors" not in told, told["errors"]
            for result in told["data"].values():
                assert not (isinstance(result, dict) and result.get("errorCode")), result
            return told["data"], answer.headers.get("vendure-auth-token", "")


def _filled(tools: Path) -> Path:
    """A database with the shop's products and settings, made once for each version of the script."""
    script = (TOOLS / "vendure" / "server.mjs").read_bytes()
    file = tools / f"shop-{hashlib.sha256(script).hexdigest()[:12]}.sqlite"
    if not file.exists():
        with tempfile.TemporaryDirectory(dir=tools) as folder:
            new = Path(folder) / "shop.sqlite"
            told = subprocess.run(
                _command("fill", str(new)),
                cwd=tools,
                env=_environment(),
                capture_output=True,
                timeout=READY_S,
                check=False,
            )
            if told.returncode != 0:
                raise RuntimeError(
                    f"Vendure's database was not filled: {told.stdout[-1000:]!r} {told.stderr[-1000:]!r}"
                )
            new.replace(file)
    return file


def _command(*arguments: str) -> list[str]:
    return [node(), str(TOOLS / "vendure" / "server.mjs"), *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "VENDURE_DISABLE_TELEMETRY": "true"}


_RESULT = "{ __typename ... on Order { id code state lines { id } } ... on ErrorResult { errorCode message } }"
_ADD = (
    f"mutation($variant: ID!, $quantity: Int!) {{ outcome: addItemToOrder"
    f"(productVariantId: $variant, quantity: $quantity) {_RESULT} }}"
)
_CUSTOMER = f"mutation($input: CreateCustomerInput!) {{ outcome: setCustomerForOrder(input: $input) {_RESULT} }}"
_ADDRESS = f"mutation($input: CreateAddressInput!) {{ outcome: setOrderShippingAddress(input: $input) {_RESULT} }}"
_SHIPPING = f'mutation {{ outcome: setOrderShippingMethod(shippingMethodId: ["1"]) {_RESULT} }}'
_TO_PAYMENT = f'mutation {{ outcome: transitionOrderToState(state: "ArrangingPayment") {_RESULT} }}'
_PAY = f"mutation($input: PaymentInput!) {{ outcome: addPaymentToOrder(input: $input) {_RESULT} }}"

_OR_ERROR = "... on ErrorResult { errorCode message }"
_LOGIN = f"mutation($u: String!, $p: String!) {{ login(username: $u, password: $p) {{ __typename {_OR_ERROR} }} }}"
_ORDER = """query($code: String!) { orders(options: { filter: { code: { eq: $code } } }) { items {
  id code state totalWithTax payments { id } lines { quantity }
  shippingAddress { fullName streetLine1 streetLine2 city province postalCode countryCode phoneNumber }
  history(options: { sort: { createdAt: ASC } }) { items { type isPublic data } } } } }"""
_FULFIL = (
    "mutation($input: FulfillOrderInput!) { outcome: addFulfillmentToOrder(input: $input) "
    f"{{ __typename ... on Fulfillment {{ id }} {_OR_ERROR} }} }}"
)
_MOVE = (
    "mutation($id: ID!, $state: String!) { outcome: transitionFulfillmentToState(id: $id, state: $state) "
    f"{{ __typename {_OR_ERROR} }} }}"
)
_REFUND = (
    "mutation($input: RefundOrderInput!) { outcome: refundOrder(input: $input) "
    f"{{ __typename ... on Refund {{ id }} {_OR_ERROR} }} }}"
)
_SETTLE = (
    f"mutation($input: SettleRefundInput!) {{ outcome: settleRefund(input: $input) {{ __typename {_OR_ERROR} }} }}"
)
_ROLE = "mutation($input: CreateRoleInput!) { createRole(input: $input) { id } }"
_KEY = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey } }"
