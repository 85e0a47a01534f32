"""Shopify's tokens, limits and failures, as the store adapter meets them."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from shopify_world import NOW, SHOP, TOKEN, order, shopify_shop, store, throttle

from asterisk_agent.commerce.failures import (
    BadAnswer,
    Broken,
    Denied,
    Limited,
    Rejected,
    SystemFailed,
    TooSlow,
    Unreachable,
)
from asterisk_agent.commerce.required import NotConfigured
from asterisk_agent.commerce.stores import shopify as shopify_module
from asterisk_agent.commerce.stores.shopify_api import FACTS_S, PATH, Budget
from asterisk_agent.commerce.web.patience import behind_the_calls
from asterisk_agent.settings_systems import Shopify


def error(code: str, message: str = "No.") -> list[dict[str, Any]]:
    """GraphQL errors as Shopify writes them."""
    return [{"message": message, "path": ["order"], "extensions": {"code": code}}]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": ""}, "store.shopify.url is missing"),
        ({"client_id": "", "client_secret": SecretStr("")}, "access_token"),
        ({"client_secret": SecretStr("")}, "store.shopify.client_secret is missing"),
        ({"client_id": ""}, "store.shopify.client_id is missing"),
    ],
)
def test_a_missing_setting_is_named(settings: dict[str, Any], said: str) -> None:
    given = {"url": "https://x.myshopify.com", "client_id": "id", "client_secret": SecretStr("s")} | settings
    with pytest.raises(NotConfigured, match=said):
        shopify_module.create(Shopify(**given), SHOP, lambda: NOW)


async def test_a_token_is_fetched_once_for_all_requests() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        await shopify.order("1001")
        await shopify.order("1001")
        [asked] = shop.api.sent("/admin/oauth/access_token")
        sent = shop.api.sent(PATH)
    assert asked.body == {"grant_type": "client_credentials", "client_id": "app-id", "client_secret": "app-secret"}
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert {one.headers["X-Shopify-Access-Token"] for one in sent} == {TOKEN}
    assert len(shop.asked("Facts")) == 1


async def test_a_token_of_the_settings_is_used_as_it_is() -> None:
    async with shopify_shop() as shop, store(shop, access_token=SecretStr("shpat_fixed")) as shopify:
        shop.has(order())
        await shopify.order("1001")
        assert shop.api.sent("/admin/oauth/access_token") == []
        assert {one.headers["X-Shopify-Access-Token"] for one in shop.api.sent(PATH)} == {"shpat_fixed"}


async def test_a_token_that_is_revoked_in_mid_call_is_replaced_once() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        await shopify.order("1001")
        shop.api.answer("POST", PATH, {"errors": "[API] Invalid API key or access token"}, status=401, times=1)
        shop.api.answer(
            "POST", "/admin/oauth/access_token", {"access_token": "shpat_new", "scope": "", "expires_in": 86399}
        )
        assert await shopify.order("1001") is not None
        assert shop.api.sent(PATH)[-1].headers["X-Shopify-Access-Token"] == "shpat_new"


async def test_a_wrong_secret_is_told_without_showing_it() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.api.answer("POST", "/admin/oauth/access_token", {"error": "application_cannot_be_found"}, status=400)
        with pytest.raises(Denied, match="application_cannot_be_found") as raised:
            await shopify.order("1001")
        [told] = await shopify.check()
    assert told.works is False
    assert "store.shopify.url" in told.text
    assert "app-secret" not in str(raised.value) + told.text


@pytest.mark.parametrize(
    ("status", "failure"),
    [(401, Denied), (403, Denied), (404, Rejected), (402, Rejected), (423, Rejected), (500, Broken), (503, Broken)],
)
async def test_a_refused_request_is_a_failure_and_not_an_absent_order(status: int, failure: type[SystemFailed]) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.api.answer("POST", PATH, {"errors": "No."}, status=status)
        with pytest.raises(failure):
            await shopify.order("1001")
        assert [one.works for one in await shopify.check()] == [False]


async def test_too_many_requests_are_tried_again_when_shopify_says_soon() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        shop.api.answer("POST", PATH, None, status=429, headers={"Retry-After": "0"}, times=1)
        assert await shopify.order("1001") is not None
        shop.api.answer("POST", PATH, None, status=429, headers={"Retry-After": "30"}, times=1)
        with pytest.raises(Limited) as raised:
            await shopify.order("1001")
    assert raised.value.retry_after == 30.0


async def test_a_used_up_cost_limit_is_waited_for_if_it_is_short() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        shop.says("OrderNames", None, error("THROTTLED"), throttle(99, requested=100, rate=1000), times=1)
        assert await shopify.order("1001") is not None
        shop.says("OrderNames", None, error("THROTTLED"), throttle(0, requested=500, rate=100), times=1)
        with pytest.raises(Limited) as raised:
            await shopify.order("1001")
    assert raised.value.retry_after == 5.0


async def test_a_limit_that_does_not_say_how_long_is_a_limit() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.says("OrderNames", None, error("THROTTLED"), cost={"requestedQueryCost": 10})
        with pytest.raises(Limited) as raised:
            await shopify.order("1001")
    assert raised.value.retry_after is None


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("ACCESS_DENIED", Denied),
        ("SHOP_INACTIVE", Denied),
        ("INTERNAL_SERVER_ERROR", Broken),
        ("TIMEOUT", Broken),
        ("MAX_COST_EXCEEDED", Rejected),
        ("undefinedField", Rejected),
        ("", Rejected),
    ],
)
async def test_an_error_with_status_200_is_a_failure_and_not_an_absent_order(
    code: str, failure: type[SystemFailed]
) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        shop.says("Order", {"order": None}, error(code))
        with pytest.raises(failure):
            await shopify.order("1001")


async def test_what_a_customer_said_is_not_in_an_error() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.says("Orders", None, error("INVALID_VARIABLE", "was provided invalid value maria@example.com"))
        with pytest.raises(Rejected) as raised:
            await shopify.orders_by_email("maria@example.com")
    assert "maria" not in str(raised.value)


async def test_errors_may_be_a_text() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.says("OrderNames", None, "Not Found")
        with pytest.raises(Rejected):
            await shopify.order("1001")


async def test_a_field_that_is_kept_back_leaves_the_others() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        kept_back = error("ACCESS_DENIED", "This app is not approved to use the phone field.")
        shop.says("Order", {"order": order(email=None, customer=None)}, kept_back)
        with structlog.testing.capture_logs() as logs:
            found = await shopify.order("1001")
    assert found is not None
    assert found.customer.email is None
    assert len(found.shipments) == 1
    assert any("not approved" in str(one.get("reason")) for one in logs)


async def test_a_denied_request_makes_the_rights_be_learned_anew() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        shop.says("Order", {"order": None}, error("ACCESS_DENIED", "Required access: `read_orders`"), times=2)
        with pytest.raises(Denied, match="read_orders"):
            await shopify.order("1001")
        assert await shopify.order("1001") is not None
        assert len(shop.asked("Facts")) == 2


@pytest.mark.parametrize(
    "body",
    [
        "<html>Maintenance</html>",
        "[]",
        {},
        {"data": {}},
        {"data": {"orders": None}},
        {"data": {"orders": {"nodes": [{"name": "#1001"}]}}},
        "null",
    ],
)
async def test_what_is_no_answer_is_a_failure(body: Any) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has()
        await shopify.order("1001")
        shop.api.answer("POST", PATH, body)
        with pytest.raises(BadAnswer):
            await shopify.order("1001")


@pytest.mark.parametrize(
    "wrong",
    [
        {"processedAt": "yesterday"},
        {"processedAt": "2026-11-18T14:00:00"},  # without a zone it is no moment
        {"totalPriceSet": {"presentmentMoney": {"amount": "a lot", "currencyCode": "USD"}}},
        {"name": None},
    ],
)
async def test_a_wrong_field_is_named_and_not_guessed(wrong: dict[str, Any]) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.unchecked.update(("Order", "OrderNames"))
        shop.has(order())
        shop.says("Order", {"order": order() | wrong}, fits=False)
        with pytest.raises(BadAnswer, match=r"order\."):
            await shopify.order("1001")


@pytest.mark.parametrize(("fault", "failure"), [("cut", Unreachable), ("garbage", Unreachable), ("hang", TooSlow)])
async def test_a_connection_that_fails_is_a_failure(fault: str, failure: type[SystemFailed]) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.fails("OrderNames", fault)
        with pytest.raises(failure):
            await shopify.order("1001")


async def test_behind_the_calls_half_of_the_limit_is_left_to_callers() -> None:
    budget = Budget()
    assert budget.pause_s(0.0) == 0.0
    async with shopify_shop() as shop, store(shop) as shopify:
        empty = {"orders": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}
        shop.says("OpenOrders", empty, cost=throttle(999.9, rate=100))
        with behind_the_calls():
            await shopify.open_orders(5)
            await shopify.open_orders(5)  # waits until a thousandth of a second's worth is back
        budget = shopify._api.budget
    assert budget.pause_s(budget.at) == pytest.approx(0.001)
    assert budget.pause_s(budget.at + 1) == 0.0


async def test_rights_are_learned_anew_after_an_hour_and_if_that_fails_the_old_ones_serve() -> None:
    clock = [0.0]
    async with shopify_shop() as shop, store(shop) as shopify:
        shopify._api.clock = lambda: clock[0]
        shop.has(order())
        assert await shopify.order("1001") is not None
        clock[0] = FACTS_S + 1
        shop.fails("Facts", "cut")
        assert await shopify.order("1001") is not None
        assert await shopify.order("1001") is not None
        assert len(shop.asked("Facts")) == 2


async def test_another_version_that_answers_is_told() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        answer = {
            "currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}]},
            "shop": {"name": "Blue Box", "ianaTimezone": "America/New_York"},
        }
        shop.api.answer("POST", PATH, {"data": answer}, headers={"X-Shopify-API-Version": "2027-01"}, times=1)
        shop.has(order())
        found = {one.what: one for one in await shopify.check()}
    assert "2027-01" in found["API version"].text
