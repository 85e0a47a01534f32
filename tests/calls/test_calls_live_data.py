"""A shop's system behind a call: quick, slow, failing in mid-call, with a revoked key; the caller always hears why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from calls_world import Line, agent_on, line_without_agent, logged, said
from systems_world import FakeApi

from asterisk_agent.caller.script import HangUp, Keys, Listen, Pause, Say, Step

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="package")]

ORDERS = "/stores/abc123/v2/orders"


def order(number: str) -> dict[str, Any]:
    """An order as BigCommerce V2 answers it with ``include=consignments.line_items``."""
    line = {"id": 65, "name": "Chambray Towel", "sku": "S", "type": "physical", "quantity": 1, "quantity_shipped": 1}
    home = {"street_1": "666 Sussex St", "city": "Austin", "state": "Texas", "zip": "78751", "country_iso2": "US"}
    return {
        "id": int(number),
        "customer_id": 11,
        "date_created": "Tue, 03 Nov 2026 21:40:11 +0000",
        "status_id": 2,
        "status": "Shipped",
        "total_inc_tax": "69.84",
        "currency_code": "USD",
        "payment_status": "captured",
        "billing_address": {"first_name": "Jane", "last_name": "Doe", "email": "jane@example.com"},
        "consignments": {"shipping": [home | {"id": 1, "line_items": [line]}], "pickups": [], "downloads": []},
    }


@dataclass
class Shop:
    """A BigCommerce store, and an agent that asks it."""

    api: FakeApi
    line: Line

    def has(self, number: str) -> None:
        """A shipped order."""
        self.api.answer("GET", rf"{ORDERS}/{number}", order(number))


def ask(number: str) -> tuple[Step, ...]:
    """One question, and its answer."""
    return (Say(f"Where is my order {number}?"), Listen())


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with FakeApi() as api:
        api.answer("GET", rf"{ORDERS}/\d+/shipments", status=204)
        api.answer("GET", r"/stores/abc123/v3/orders/.*", {"data": [], "meta": {}})
        api.answer("GET", r"/stores/abc123/v3/customers", {"data": [], "meta": {}})
        settings = {
            "STORE__SYSTEM": "bigcommerce",
            "STORE__BIGCOMMERCE__URL": api.url,
            "STORE__BIGCOMMERCE__STORE_HASH": "abc123",
            "STORE__BIGCOMMERCE__TOKEN": "secret-token",
        }
        folder = tmp_path_factory.mktemp("live")
        async with line_without_agent(folder, **settings) as line, agent_on(line):
            yield Shop(api, line)


async def test_a_slow_store_is_covered_with_words_and_then_answers(shop: Shop) -> None:
    shop.has("10442")
    shop.api.delay_s = 1.2
    words = said(await shop.line.talk([*ask("one zero four four two"), HangUp()]))
    shop.api.delay_s = 0.0
    filler = max(words.find("one moment"), words.find("look that up"))
    assert filler >= 0, words
    assert words.find("has shipped") > filler, words


async def test_a_store_that_breaks_leaves_what_was_known_with_its_age(shop: Shop) -> None:
    shop.has("10443")
    steps = ask("one zero four four three")
    assert "has shipped" in said(await shop.line.talk([*steps, HangUp()]))
    shop.api.answer("GET", rf"{ORDERS}/10443", "<html>maintenance</html>", 503, {"Content-Type": "text/html"})
    # For ten seconds an answer counts as fresh: this caller speaks after that.
    words = said(await shop.line.talk([Listen(), Pause(6000), *steps, HangUp()]))
    assert "as of" in words, words
    assert "shipped" in words, words


async def test_a_revoked_key_is_told_honestly_and_the_operator_reads_what_to_do(shop: Shop) -> None:
    shop.api.answer("GET", rf"{ORDERS}/10446", {"status": 401, "title": "Unauthorized"}, 401)
    words = said(await shop.line.talk([*ask("one zero four four six"), HangUp()]))
    assert "can't reach" in words or "cannot reach" in words, words
    wrong = [
        row for row in logged(shop.line.agent_log, "a system did not answer as it should") if "401" in row["error"]
    ]
    assert wrong
    assert "connect" in wrong[0]["error"]
    assert "secret-token" not in shop.line.agent_log


async def test_a_number_that_the_store_does_not_have_is_asked_again(shop: Shop) -> None:
    shop.has("10445")
    shop.api.answer("GET", rf"{ORDERS}/99999", {"status": 404}, 404)
    steps = [Say("Where is my order?"), Keys("99999#"), Listen(), Keys("10445#"), Listen(), HangUp()]
    words = said(await shop.line.talk(steps))
    assert "has shipped" in words, words
    asked = [one.path.rpartition("/")[2] for one in shop.api.sent(rf"{ORDERS}/(?:99999|10445)")]
    assert asked[:2] == ["99999", "10445"]
