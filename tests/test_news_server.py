"""Webhooks over a real socket: genuine ones renew what callers hear, forged and repeated ones do nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from asterisk_agent.commerce.lookup import Lookup
from asterisk_agent.commerce.models import Customer, Order, OrderStatus
from asterisk_agent.commerce.stores.memory import MemoryStore
from asterisk_agent.commerce.trackings import Trackings
from asterisk_agent.news_server import ListenError, NewsServer, listening
from asterisk_agent.settings import Settings

SECRET = "shpss_for_tests"


class CountingStore(MemoryStore):
    asked = 0

    async def order(self, number: str) -> Order | None:
        self.asked += 1
        return await super().order(number)


def order(status: OrderStatus) -> Order:
    maria = Customer(id="c1", name="Maria Lopez")
    at = datetime.now(UTC) - timedelta(days=1)
    return Order(number="1001", id="820982911946154508", store="shopify", customer=maria, status=status, placed_at=at)


@dataclass
class World:
    store: CountingStore
    lookup: Lookup
    url: str
    session: aiohttp.ClientSession

    async def deliver(self, body: bytes, secret: str = SECRET, delivery: str = "d1", system: str = "shopify") -> int:
        signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Webhook-Id": delivery,
            "X-Shopify-Event-Id": delivery,
            "Content-Type": "application/json",
        }
        async with self.session.post(f"{self.url}/webhooks/{system}", data=body, headers=headers) as response:
            return response.status

    async def status(self) -> OrderStatus:
        found = (await self.lookup.order("1001")).order
        assert found is not None
        return found.status


BODY = json.dumps({"id": 820982911946154508, "name": "#1001", "admin_graphql_api_id": "gid://shopify/Order/1"}).encode()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    settings = Settings.model_validate({"store": {"system": "shopify", "shopify": {"client_secret": SECRET}}})
    store = CountingStore([order(OrderStatus.PROCESSING)])
    lookup = Lookup(store, 1.0, lambda: datetime.now(UTC))
    server = NewsServer(settings, lookup, Trackings([], lambda: datetime.now(UTC)), lambda: datetime.now(UTC))
    async with listening(server, "127.0.0.1:0") as port, aiohttp.ClientSession() as session:
        yield World(store, lookup, f"http://127.0.0.1:{port}", session)
    await lookup.close()


async def test_a_change_in_the_store_is_heard_by_the_next_caller(world: World) -> None:
    assert await world.status() is OrderStatus.PROCESSING
    world.store.records = world.store.records.with_order(order(OrderStatus.SHIPPED))
    assert await world.status() is OrderStatus.PROCESSING  # fresh for ten seconds
    assert await world.deliver(BODY) == 200
    assert await world.status() is OrderStatus.SHIPPED


async def test_a_forged_delivery_does_nothing(world: World) -> None:
    await world.status()
    assert await world.deliver(BODY, secret="wrong") == 401
    assert await world.deliver(BODY + b" ", secret="") == 401
    await world.status()
    assert world.store.asked == 1


async def test_a_delivery_that_comes_again_does_nothing(world: World) -> None:
    await world.status()
    for _ in range(3):
        assert await world.deliver(BODY) == 200
        await world.status()
    assert world.store.asked == 2
    assert await world.deliver(BODY, delivery="d2") == 200
    await world.status()
    assert world.store.asked == 3


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"{}", b"null", b'{"id": {"a": 1}}'])
async def test_signed_nonsense_is_no_news_and_no_crash(world: World, body: bytes) -> None:
    await world.status()
    assert await world.deliver(body) in (200, 401)
    await world.status()
    assert world.store.asked == 1


async def test_systems_that_are_not_in_use_are_not_listened_to(world: World) -> None:
    for system in ("woocommerce", "local", "nonsense"):
        assert await world.deliver(BODY, system=system) == 404


async def test_the_counts_of_the_systems_can_be_scraped(world: World) -> None:
    async with world.session.get(f"{world.url}/metrics") as response:
        assert "order_agent_system_requests" in await response.text()


async def test_an_address_that_is_taken_is_told(world: World) -> None:
    settings = Settings()
    server = NewsServer(settings, world.lookup, Trackings([], lambda: datetime.now(UTC)), lambda: datetime.now(UTC))
    taken = world.url.removeprefix("http://")
    with pytest.raises(ListenError, match=r"webhooks\.listen"):
        async with listening(server, taken):
            pass
