"""A real Vendure: bought in its shop, packed and sent by its staff, asked about and changed through the store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import psutil
import pytest
import pytest_asyncio
from aiohttp import web
from real_programs import eventually
from vendure_world import ANN, BLANKET, LAMP, PASSWORD, USER, Placed, Vendure

from asterisk_agent.commerce import stores
from asterisk_agent.commerce.changes import CancelItem, CancelOrder, Change, ChangeAddress, OpenReturn, Outcome
from asterisk_agent.commerce.failures import Denied, SystemFailed, TooSlow, Unreachable
from asterisk_agent.commerce.models import Address, Money, OrderStatus, ShipmentStatus
from asterisk_agent.commerce.store import Store
from asterisk_agent.settings import Shop
from asterisk_agent.settings import Store as StoreSettings
from asterisk_agent.settings_systems import Vendure as VendureSettings

UPS, FEDEX = "1Z999AA10123456784", "794644790132"
NEW_HOME = Address(line1="9 Oak Road", line2="Apt 2", city="Dallas", state="TX", zip="75201")


@pytest.fixture(scope="module")
def vendure() -> Iterator[Vendure]:
    """One server for all."""
    server = Vendure()
    try:
        server.start()
        yield server
    finally:
        server.close()


def store_at(url: str, **credentials: str) -> Store:
    """The store; with the administrator's account unless something else is given."""
    given = credentials or {"username": USER, "password": PASSWORD}
    section = VendureSettings.model_validate({"url": url, **given})
    return stores.create(StoreSettings(system="vendure", vendure=section), Shop())


@pytest_asyncio.fixture
async def store(vendure: Vendure) -> AsyncIterator[Store]:
    """The store on that server."""
    made = store_at(vendure.url)
    yield made
    await made.close()


async def sent(vendure: Vendure, order: Placed, tracking: str = UPS) -> str:
    """Everything in one parcel that is on its way; its id."""
    parcel = await vendure.pack(order, "UPS", tracking)
    await vendure.move(parcel, "Shipped")
    return parcel


# What a caller hears


async def test_an_order_placed_a_moment_ago_is_told_as_it_was_bought(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place(cart=((LAMP, 2), (BLANKET, 1)))
    found = await store.order(placed.code)
    assert found is not None
    assert len(found.number) == 5
    assert (found.number, found.id, found.store) == (placed.code, placed.id, "vendure")
    assert (found.status, found.raw_status) == (OrderStatus.PROCESSING, "PaymentSettled")
    assert (found.customer.name, found.customer.phone) == ("Ann Lee", "+16175550142")
    assert found.customer.email == "ann.lee@example.com"
    assert found.address == Address(line1="12 Main Street", city="Boston", state="MA", zip="02139")
    assert [(item.name, item.quantity, item.sku) for item in found.items] == [
        ("Walnut desk lamp", 2, "LAMP-1"),
        ("Wool blanket", 1, "BLANKET-1"),
    ]
    assert found.items[0].price == Money(amount=Decimal("129.00"))
    assert found.total == Money(amount=Decimal("355.45"))
    assert found.last4 == "4242"
    assert abs(found.placed_at - datetime.now(UTC)) < timedelta(seconds=30)
    assert (found.shipments, found.refunds, found.cancellable) == ((), (), True)


async def test_an_order_on_invoice_is_being_prepared_too(vendure: Vendure, store: Store) -> None:
    found = await store.order((await vendure.place(method="invoice")).code)
    assert found is not None
    assert (found.status, found.raw_status) == (OrderStatus.PROCESSING, "PaymentAuthorized")


async def test_an_order_in_two_parcels_is_followed_until_both_are_there(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place(cart=((LAMP, 2), (BLANKET, 1)))
    lamp, blanket = placed.lines

    async def told() -> tuple[OrderStatus, list[tuple[str, str | None, ShipmentStatus]]]:
        found = await store.order(placed.code)
        assert found is not None
        return found.status, [(one.carrier, one.tracking, one.status) for one in found.shipments]

    first = await vendure.pack(placed, "fedex ground", FEDEX, {lamp: 1, blanket: 1})
    assert await told() == (OrderStatus.PROCESSING, [("FedEx", FEDEX, ShipmentStatus.PRE_TRANSIT)])
    await vendure.move(first, "Shipped")
    assert await told() == (OrderStatus.PARTLY_SHIPPED, [("FedEx", FEDEX, ShipmentStatus.IN_TRANSIT)])
    await vendure.move(first, "Delivered")
    assert await told() == (OrderStatus.PARTLY_SHIPPED, [("FedEx", FEDEX, ShipmentStatus.DELIVERED)])
    # Vendure proposes the name of the shipping method where a carrier should stand.
    second = await vendure.pack(placed, "Standard Shipping", UPS, {lamp: 1})
    await vendure.move(second, "Shipped")
    assert await told() == (
        OrderStatus.SHIPPED,
        [("FedEx", FEDEX, ShipmentStatus.DELIVERED), ("", UPS, ShipmentStatus.IN_TRANSIT)],
    )
    await vendure.move(second, "Delivered")
    found = await store.order(placed.code)
    assert found is not None
    assert found.status is OrderStatus.DELIVERED
    assert [one.items for one in found.shipments] == [("Walnut desk lamp", "Wool blanket"), ("Walnut desk lamp",)]
    now = datetime.now(UTC)
    for one in found.shipments:
        assert one.shipped_at is not None
        assert one.delivered_at is not None
        assert now - timedelta(seconds=60) < one.shipped_at <= one.delivered_at <= now


async def test_a_parcel_that_was_called_off_is_none(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    await vendure.move(await vendure.pack(placed, "UPS", UPS), "Cancelled")
    found = await store.order(placed.code)
    assert found is not None
    assert (found.status, found.shipments, found.cancellable) == (OrderStatus.PROCESSING, (), True)


async def test_money_sent_back_in_parts_is_told_part_by_part(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    await vendure.refund(placed.code, 1000)
    await vendure.refund(placed.code, 550, settled=False)
    found = await store.order(placed.code)
    assert found is not None
    assert found.status is OrderStatus.PROCESSING
    assert [(one.amount.amount, one.status, one.method) for one in found.refunds] == [
        (Decimal("10.00"), "issued", "Visa ending 4242"),
        (Decimal("5.50"), "pending", "Visa ending 4242"),
    ]
    assert [one.issued_at is None for one in found.refunds] == [False, True]
    await vendure.refund(placed.code, 13695 - 1550)
    found = await store.order(placed.code)
    assert found is not None
    assert found.status is OrderStatus.REFUNDED


async def test_only_the_whole_number_of_an_order_finds_it(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    for number in (
        "99999",
        placed.code[:4],
        placed.code + "0",
        "%",
        f"{placed.code}' OR 1=1 --",
        '"}}}',
        "",
        "9" * 500,
    ):
        assert await store.order(number) is None, number
    assert await store.order(placed.code) is not None


async def test_a_cart_is_no_order(vendure: Vendure, store: Store) -> None:
    assert await store.order(await vendure.fill_cart()) is None


async def test_a_telephone_number_that_two_customers_share_finds_the_orders_of_both(
    vendure: Vendure, store: Store
) -> None:
    maya = replace(ANN, first="Maya", email="maya@example.com", phone="(212) 555-0147")
    leo = replace(maya, first="Leo", email="leo@example.com", phone="212.555.0147")
    other = replace(maya, first="Eve", email="eve@example.com", phone="(646) 555-0147")
    one, _, two = [await vendure.place(person) for person in (maya, other, leo)]
    found = await store.orders_by_phone("+12125550147")
    assert [(order.number, order.customer.name) for order in found] == [(two.code, "Leo Lee"), (one.code, "Maya Lee")]
    assert await store.orders_by_phone("+12125550199") == ()


async def test_an_email_address_finds_its_orders_newest_first(vendure: Vendure, store: Store) -> None:
    zoe = replace(ANN, first="Zoe", email="Zoe.Q@Example.com")
    codes = [(await vendure.place(zoe)).code for _ in range(2)]
    found = await store.orders_by_email(" ZOE.q@example.COM")
    assert [order.number for order in found] == codes[::-1]
    assert await store.orders_by_email("oe.q@example.com") == ()
    assert await store.orders_by_email("") == ()


async def test_open_orders_are_those_on_their_way(vendure: Vendure, store: Store) -> None:
    waiting, way, there, off = [await vendure.place() for _ in range(4)]
    await sent(vendure, way)
    await vendure.move(await sent(vendure, there), "Delivered")
    assert await store.perform(CancelOrder(off.code), "open") == Outcome("done")
    await vendure.fill_cart()
    numbers = [order.number for order in await store.open_orders(500)]
    assert numbers[:2] == [way.code, waiting.code]
    assert not {there.code, off.code} & set(numbers)
    assert [order.number for order in await store.open_orders(1)] == [way.code]


# What a caller can have changed


async def test_an_address_is_changed_before_dispatch(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    before = await vendure.order(placed.code)
    assert await store.perform(ChangeAddress(placed.code, NEW_HOME), "k1") == Outcome("done")
    after = await vendure.order(placed.code)
    assert after["shippingAddress"] == {
        "fullName": "Ann Lee",
        "streetLine1": "9 Oak Road",
        "streetLine2": "Apt 2",
        "city": "Dallas",
        "province": "TX",
        "postalCode": "75201",
        "countryCode": "US",
        "phoneNumber": "(617) 555-0142",
    }
    assert (after["state"], after["totalWithTax"]) == ("PaymentSettled", before["totalWithTax"])
    found = await store.order(placed.code)
    assert found is not None
    assert found.address == NEW_HOME

    # The same once more, by the same key and by another, changes nothing.
    for key in ("k1", "k2"):
        assert await store.perform(ChangeAddress(placed.code, NEW_HOME), key) == Outcome("done")
    assert (await vendure.order(placed.code))["history"] == after["history"]


async def test_an_address_line_that_is_no_more_is_cleared(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    assert await store.perform(ChangeAddress(placed.code, NEW_HOME), "k1") == Outcome("done")
    home = NEW_HOME.model_copy(update={"line2": None, "line1": "10 Oak Road"})
    assert await store.perform(ChangeAddress(placed.code, home), "k2") == Outcome("done")
    found = await store.order(placed.code)
    assert found is not None
    assert found.address == home


STAGES = ("packed", "shipped", "delivered", "cancelled", "refunded")


async def brought_to(stage: str, vendure: Vendure, placed: Placed) -> None:
    """An order into a stage in which it is too late."""
    if stage == "cancelled":
        await vendure.admin("mutation($id: ID!) { cancelOrder(input: { orderId: $id }) { __typename } }", id=placed.id)
    elif stage == "refunded":
        await vendure.refund(placed.code, 13695)
    else:
        parcel = await vendure.pack(placed, "UPS", UPS)
        for state in {"packed": (), "shipped": ("Shipped",), "delivered": ("Shipped", "Delivered")}[stage]:
            await vendure.move(parcel, state)


REFUSALS: tuple[tuple[Callable[[str], Change], tuple[str, ...]], ...] = (
    (
        lambda code: ChangeAddress(code, NEW_HOME),
        ("not_allowed", "already_shipped", "already_shipped", "cancelled", "already_refunded"),
    ),
    (
        CancelOrder,
        ("not_allowed", "already_shipped", "already_shipped", "already_cancelled", "already_refunded"),
    ),
    (
        lambda code: CancelItem(code, "Walnut desk lamp"),
        ("not_allowed", "already_shipped", "already_shipped", "already_cancelled", "already_refunded"),
    ),
)


@pytest.mark.parametrize("stage", STAGES)
async def test_what_comes_too_late_is_refused_and_leaves_the_order_alone(
    vendure: Vendure, store: Store, stage: str
) -> None:
    placed = await vendure.place()
    await brought_to(stage, vendure, placed)
    before = await vendure.order(placed.code)
    for make, reasons in REFUSALS:
        change = make(placed.code)
        expected = Outcome("refused", reasons[STAGES.index(stage)])
        assert await store.perform(change, f"{stage} {change.name}") == expected, change.name
    assert await vendure.order(placed.code) == before


@pytest.mark.parametrize("country", ["CA", "ZZ"])
async def test_another_country_is_for_people(vendure: Vendure, store: Store, country: str) -> None:
    placed = await vendure.place()
    before = await vendure.order(placed.code)
    abroad = Address(line1="1 Yonge St", city="Toronto", state="ON", zip="M5E 1W7", country=country)
    assert await store.perform(ChangeAddress(placed.code, abroad), "k") == Outcome("refused", "not_allowed")
    assert await vendure.order(placed.code) == before


async def test_an_order_is_cancelled_once_and_nothing_is_refunded(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place(cart=((LAMP, 2), (BLANKET, 1)))
    for _ in range(2):
        assert await store.perform(CancelOrder(placed.code), "k1") == Outcome("done")
    assert await store.perform(CancelOrder(placed.code), "k2") == Outcome("refused", "already_cancelled")
    found = await store.order(placed.code)
    assert found is not None
    assert (found.status, found.raw_status) == (OrderStatus.CANCELLED, "Cancelled")
    assert [(item.name, item.quantity) for item in found.items] == [("Walnut desk lamp", 2), ("Wool blanket", 1)]
    assert (found.total, found.refunds) == (None, ())


async def test_one_item_is_cancelled_and_the_rest_stays(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place(cart=((LAMP, 2), (BLANKET, 1)))
    assert await store.perform(CancelItem(placed.code, "walnut desk lamp"), "k1") == Outcome("done")
    found = await store.order(placed.code)
    assert found is not None
    assert found.status is OrderStatus.PROCESSING
    assert [(item.name, item.quantity) for item in found.items] == [("Wool blanket", 1)]
    assert found.total == Money(amount=Decimal("97.45"))
    again = await store.perform(CancelItem(placed.code, "Walnut desk lamp"), "k2")
    assert again == Outcome("refused", "no_such_item")
    assert await store.perform(CancelItem(placed.code, "Wool blanket"), "k3") == Outcome("done")
    assert (await vendure.order(placed.code))["state"] == "Cancelled"


async def test_what_vendure_has_not_is_said_so(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    assert await store.perform(OpenReturn(placed.code, ("Walnut desk lamp",)), "k") == Outcome("unsupported")
    assert await store.perform(CancelOrder("99999"), "k2") == Outcome("refused", "no_such_order")


async def test_a_note_is_for_the_staff_only(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    assert await store.note(placed.code, 'Caller says: "ring twice" \\ ✓')
    last = (await vendure.order(placed.code))["history"]["items"][-1]
    assert (last["type"], last["isPublic"]) == ("ORDER_NOTE", False)
    assert last["data"]["note"] == 'Caller says: "ring twice" \\ ✓'
    assert not await store.note("99999", "nobody's")


# What an operator learns


async def test_a_key_with_all_rights_works_without_an_account(vendure: Vendure) -> None:
    placed = await vendure.place()
    key = await vendure.api_key("ReadOrder", "ReadCustomer", "UpdateOrder")
    store = store_at(vendure.url, api_key=key)
    assert await store.perform(ChangeAddress(placed.code, NEW_HOME), "k") == Outcome("done")
    assert placed.code in [order.number for order in await store.orders_by_email(ANN.email)]
    assert all(finding.works is not False for finding in await store.check())
    await store.close()


@pytest.mark.parametrize(
    ("rights", "wrong"),
    [
        (("ReadOrder", "ReadCustomer"), ["changes"]),
        (("ReadOrder", "UpdateOrder"), ["customers"]),
        (("ReadCatalog",), ["orders", "customers", "changes"]),
    ],
)
async def test_check_names_the_rights_that_a_key_lacks(
    vendure: Vendure, rights: tuple[str, ...], wrong: list[str]
) -> None:
    store = store_at(vendure.url, api_key=await vendure.api_key(*rights))
    found = await store.check()
    assert [one.what for one in found if one.works is False] == wrong
    assert all("role" in one.text for one in found if one.works is False)
    await store.close()


@pytest.mark.parametrize("wrong", [{"api_key": "no-such-key"}, {"username": USER, "password": "no-such-word"}])
async def test_wrong_credentials_are_named_and_not_shown(vendure: Vendure, wrong: dict[str, str]) -> None:
    store = store_at(vendure.url, **wrong)
    [only] = await store.check()
    assert (only.what, only.works) == ("credentials", False)
    assert "no-such" not in only.text
    with pytest.raises(Denied, match="vendure"):
        await store.order("41001")
    await store.close()


# A server that goes away


class Wire:
    """Between the store and Vendure; ``cut_at``: a text in a request before which the server loses its power."""

    def __init__(self, vendure: Vendure) -> None:
        self._vendure = vendure
        self.cut_at = ""
        self.tokens: list[str] = []
        self.url = ""

    async def __aenter__(self) -> Wire:
        app = web.Application()
        app.router.add_post("/admin-api", self._pass)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token not in self.tokens:
            self.tokens.append(token)
        if self.cut_at and self.cut_at in body:
            self.cut_at = ""
            self._vendure.kill()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self._vendure.url + "/admin-api", data=body, headers=headers) as answer,
            ):
                passed = {name: answer.headers[name] for name in ("vendure-auth-token",) if name in answer.headers}
                return web.json_response(json.loads(await answer.read()), status=answer.status, headers=passed)
        except aiohttp.ClientError:
            assert request.transport is not None
            request.transport.close()
            return web.Response()


async def test_a_server_killed_in_mid_request_is_told_as_such_and_answers_when_it_is_back(
    vendure: Vendure, store: Store
) -> None:
    placed = await vendure.place()
    vendure.freeze()
    asking = asyncio.create_task(store.order(placed.code))
    port = int(vendure.url.rpartition(":")[2])

    def connected() -> bool:
        return any(one.raddr and one.raddr.port == port for one in psutil.Process().net_connections("tcp"))

    await eventually(connected, 2, "the request is at the server")
    vendure.kill()
    with pytest.raises(Unreachable):
        await asking
    with pytest.raises(Unreachable):
        await store.order(placed.code)
    [only] = await store.check()
    assert only.works is False
    vendure.start()
    found = await store.order(placed.code)
    assert found is not None
    assert found.number == placed.code


async def test_a_server_that_hangs_is_given_up_in_time(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    vendure.freeze()
    with pytest.raises(TooSlow):
        await store.order(placed.code)
    vendure.thaw()
    assert await store.order(placed.code) is not None


@pytest.mark.parametrize("cut_at", ['"dryRun": false', "PaymentSettled"])
async def test_an_address_change_that_a_power_cut_interrupts_is_finished_when_it_is_asked_for_again(
    vendure: Vendure, cut_at: str
) -> None:
    placed = await vendure.place()
    async with Wire(vendure) as wire:
        store = store_at(wire.url)
        assert await store.order(placed.code) is not None
        wire.cut_at = cut_at
        with pytest.raises(SystemFailed):
            await store.perform(ChangeAddress(placed.code, NEW_HOME), "k")
        vendure.start()
        left = await store.order(placed.code)
        assert left is not None
        assert left.status is OrderStatus.PROCESSING
        assert await store.perform(ChangeAddress(placed.code, NEW_HOME), "k") == Outcome("done")
        after = await vendure.order(placed.code)
        assert (after["state"], after["shippingAddress"]["streetLine1"]) == ("PaymentSettled", "9 Oak Road")
        await store.close()


async def test_an_order_that_the_staff_are_changing_is_left_to_them(vendure: Vendure, store: Store) -> None:
    placed = await vendure.place()
    document = 'mutation($id: ID!) { transitionOrderToState(id: $id, state: "Modifying") { __typename } }'
    await vendure.admin(document, id=placed.id)
    found = await store.order(placed.code)
    assert found is not None
    assert found.status is OrderStatus.PROCESSING
    for change in (ChangeAddress(placed.code, NEW_HOME), CancelOrder(placed.code)):
        assert await store.perform(change, change.name) == Outcome("refused", "not_allowed")
    assert (await vendure.order(placed.code))["state"] == "Modifying"


async def test_a_session_that_ends_in_mid_call_is_renewed_unnoticed(vendure: Vendure) -> None:
    placed = await vendure.place()
    async with Wire(vendure) as wire:
        store = store_at(wire.url)
        assert await store.order(placed.code) is not None
        await vendure.sign_out(wire.tokens[0])
        assert await store.perform(ChangeAddress(placed.code, NEW_HOME), "k") == Outcome("done")
        assert len(wire.tokens) == 2
        await store.close()


async def test_two_callers_who_change_the_same_order_at_once_do_not_disturb_each_other(
    vendure: Vendure, store: Store
) -> None:
    placed = await vendure.place()
    homes = [NEW_HOME.model_copy(update={"line1": f"{number} Oak Road"}) for number in range(1, 5)]
    made = await asyncio.gather(*(store.perform(ChangeAddress(placed.code, home), home.line1) for home in homes))
    assert made == [Outcome("done")] * 4
    found = await store.order(placed.code)
    assert found is not None
    assert (found.raw_status, found.address) == ("PaymentSettled", homes[-1])
