"""Changes that callers ask for at Shopify: made once, refused where they cannot be, never more than was asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from shopify_world import address, fulfillment, line, nodes, order, returned, shopify_shop, store, waiting

from asterisk_agent.commerce.changes import (
    CancelItem,
    CancelOrder,
    Change,
    ChangeAddress,
    InterceptParcel,
    OpenExchange,
    OpenReturn,
    Outcome,
    Reorder,
    RescheduleDelivery,
    SkipSubscription,
)
from asterisk_agent.commerce.failures import BadAnswer, Denied, Limited, TooSlow, Unreachable
from asterisk_agent.commerce.models import Address
from asterisk_agent.commerce.stores import shopify_changes
from asterisk_agent.commerce.stores.shopify_answers import PostalAddress
from asterisk_agent.commerce.stores.shopify_changes import address_input, return_reason
from asterisk_agent.commerce.web.patience import behind_the_calls

NEW = Address(line1="9 Oak Ave", city="Austin", state="TX", zip="78701")
MOVE = ChangeAddress("1001", NEW)
CANCEL = CancelOrder("1001")
SEND_BACK = OpenReturn("1001", ("Kettle",), "It's too small for us")
OK: dict[str, Any] = {"userErrors": []}
NO: dict[str, Any] = {"userErrors": [{"code": "INVALID", "message": "Zip is not valid for Texas"}]}


def returnable(*names: str, quantity: int = 1) -> dict[str, Any]:
    """What Shopify says can come back."""
    rows = [
        {
            "quantity": quantity,
            "fulfillmentLineItem": {"id": f"gid://shopify/FulfillmentLineItem/{n}", "lineItem": line(name)},
        }
        for n, name in enumerate(names)
    ]
    return {"returnableFulfillments": nodes({"returnableFulfillmentLineItems": nodes(*rows)})}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shopify_changes, "CANCEL_LOOKS_S", (0.0, 0.0, 0.0))


async def test_an_address_is_changed_and_the_recipient_stays() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        shop.says("ChangeAddress", {"orderUpdate": {"order": {"id": "gid://shopify/Order/1"}} | OK})
        assert await shopify.perform(MOVE, "key") == Outcome("done")
        [asked] = shop.asked("ChangeAddress")
    assert asked["id"] == "gid://shopify/Order/1"
    assert asked["address"] == {
        "firstName": "Maria",
        "lastName": "Lopez",
        "company": "Blue Dock",
        "phone": "(617) 555-0142",
        "address1": "9 Oak Ave",
        "address2": "",
        "city": "Austin",
        "provinceCode": "TX",
        "zip": "78701",
        "countryCode": "US",
    }


def test_a_state_and_a_country_in_words_are_sent_as_words() -> None:
    wanted = replace_address(state="Texas", country="United States")
    assert address_input(wanted, PostalAddress()) | {"province": "Texas", "country": "United States"} == {
        "address1": "9 Oak Ave",
        "address2": "",
        "city": "Austin",
        "province": "Texas",
        "zip": "78701",
        "country": "United States",
    }


def replace_address(**changes: str) -> Address:
    """The new address, a little different."""
    return NEW.model_copy(update=changes)


async def test_the_address_that_it_has_already_is_not_sent_again() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        at = {"address1": "9 Oak Ave", "address2": "", "city": "Austin", "provinceCode": "TX", "zip": "78701"}
        shop.has(waiting(shippingAddress=address(**at)))
        assert await shopify.perform(MOVE, "key") == Outcome("done")
        assert shop.asked("ChangeAddress") == []


@pytest.mark.parametrize(
    ("change", "told", "reason"),
    [
        (MOVE, order(), "already_shipped"),
        (MOVE, order(displayFulfillmentStatus="PARTIALLY_FULFILLED"), "already_shipped"),
        (MOVE, waiting(cancelledAt="2026-11-20T10:00:00Z"), "cancelled"),
        (MOVE, waiting(displayFinancialStatus="REFUNDED"), "already_refunded"),
        (CANCEL, order(), "already_shipped"),
        (CANCEL, order(fulfillments=[fulfillment("DELIVERED")]), "already_shipped"),
        (CANCEL, waiting(cancelledAt="2026-11-20T10:00:00Z"), "already_cancelled"),
        (CANCEL, waiting(displayFinancialStatus="REFUNDED"), "already_refunded"),
        (SEND_BACK, order(), "not_delivered"),
        (SEND_BACK, waiting(), "not_delivered"),
        (SEND_BACK, order(fulfillments=[fulfillment("DELIVERED")], returns=nodes(returned())), "already_open"),
        (OpenReturn("1001", ("Sofa",)), order(fulfillments=[fulfillment("DELIVERED")]), "no_such_item"),
    ],
)
async def test_what_cannot_be_done_is_refused_without_asking_shopify(
    change: Change, told: dict[str, Any], reason: str
) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(told)
        assert await shopify.perform(change, "key") == Outcome("refused", reason)
        assert not any("mutation" in one.body["query"] for one in shop.api.sent(".*graphql.json"))


async def test_an_order_that_is_not_there_is_not_changed() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has()
        assert await shopify.perform(MOVE, "key") == Outcome("refused", "no_such_order")
        shop.has(waiting(id="gid://shopify/Order/1"), waiting(name="1001", id="gid://shopify/Order/2"))
        assert await shopify.perform(MOVE, "another key") == Outcome("refused", "several_orders")


@pytest.mark.parametrize(
    "change",
    [
        CancelItem("1001", "Kettle"),
        InterceptParcel("1001", "1Z", NEW),
        RescheduleDelivery("1001", "1Z", date(2026, 11, 25)),
        OpenExchange("1001", "Kettle", "size L"),
        Reorder("1001"),
        SkipSubscription("1"),
    ],
)
async def test_what_shopify_cannot_do_is_said_so(change: Change) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        assert await shopify.perform(change, "key") == Outcome("unsupported")
        assert change.name not in shopify.capabilities
        assert shop.api.requests == []


async def test_an_order_is_cancelled_with_nothing_refunded_or_restocked() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        shop.says("CancelOrder", {"orderCancel": {"job": {"id": "gid://shopify/Job/1"}, "orderCancelUserErrors": []}})
        at = {"order": {"cancelledAt": "2026-11-23T15:00:00Z"}, "job": {"done": True}}
        shop.says("Cancellation", at)
        shop.says("Cancellation", {"order": {"cancelledAt": None}, "job": {"done": False}}, times=1)
        assert await shopify.perform(CANCEL, "key") == Outcome("done")
        assert len(shop.asked("Cancellation")) == 2
        [sent] = [one for one in shop.api.sent(".*graphql.json") if "orderCancel(" in one.body["query"]]
    assert "restock: false" in sent.body["query"]
    assert "refund" not in sent.body["query"].replace("refunded", "")
    assert sent.body["variables"]["id"] == "gid://shopify/Order/1"


async def test_a_cancellation_that_shopifys_job_does_not_make_is_refused() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        shop.says("CancelOrder", {"orderCancel": {"job": {"id": "gid://shopify/Job/1"}, "orderCancelUserErrors": []}})
        shop.says("Cancellation", {"order": {"cancelledAt": None}, "job": {"done": True}})
        assert await shopify.perform(CANCEL, "key") == Outcome("refused", "not_allowed")


async def test_a_cancellation_that_takes_too_long_is_not_known() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        shop.says("CancelOrder", {"orderCancel": {"job": {"id": "gid://shopify/Job/1"}, "orderCancelUserErrors": []}})
        shop.says("Cancellation", {"order": {"cancelledAt": None}, "job": {"done": False}})
        with pytest.raises(TooSlow):
            await shopify.perform(CANCEL, "key")


async def test_a_return_is_requested_for_the_items_that_were_named() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        mug = line("Mug", "gid://shopify/LineItem/2")
        shop.has(order(lineItems=nodes(line(), mug), fulfillments=[fulfillment("DELIVERED", line(), mug)]))
        shop.says("Returnable", returnable("Kettle", "Mug", quantity=2))
        shop.says("RequestReturn", {"returnRequest": {"return": {"name": "#1001-R1"}} | OK})
        assert await shopify.perform(SEND_BACK, "key") == Outcome("done", reference="#1001-R1")
        [asked] = shop.asked("RequestReturn")
    assert asked["input"] == {
        "orderId": "gid://shopify/Order/1",
        "returnLineItems": [
            {
                "fulfillmentLineItemId": "gid://shopify/FulfillmentLineItem/0",
                "quantity": 2,
                "returnReason": "SIZE_TOO_SMALL",
                "customerNote": "It's too small for us",
            }
        ],
    }


async def test_what_nobody_tracks_may_have_arrived_and_shopify_decides() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order(fulfillments=[fulfillment("MARKED_AS_FULFILLED")]))
        shop.says("Returnable", returnable("Kettle"))
        shop.says("RequestReturn", {"returnRequest": {"return": {"name": "#1001-R1"}} | OK})
        assert (await shopify.perform(replace(SEND_BACK, items=(), reason=""), "key")).status == "done"
        [line_] = shop.asked("RequestReturn")[0]["input"]["returnLineItems"]
    assert "customerNote" not in line_
    assert line_["returnReason"] == "UNKNOWN"


@pytest.mark.parametrize("there", [(), ("Mug",)])
async def test_what_shopify_does_not_take_back_is_not_returnable(there: tuple[str, ...]) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order(fulfillments=[fulfillment("DELIVERED")]))
        shop.says("Returnable", returnable(*there))
        assert await shopify.perform(SEND_BACK, "key") == Outcome("refused", "not_returnable")
        assert shop.asked("RequestReturn") == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("it's way too big", "SIZE_TOO_LARGE"),
        ("Too tight", "SIZE_TOO_SMALL"),
        ("it arrived broken", "DEFECTIVE"),
        ("it doesn’t work", "DEFECTIVE"),
        ("you sent the wrong item", "WRONG_ITEM"),
        ("not as described", "NOT_AS_DESCRIBED"),
        ("I don't like the colour", "COLOR"),
        ("I changed my mind", "UNWANTED"),
        ("my dog told me to", "UNKNOWN"),
        ("", "UNKNOWN"),
    ],
)
def test_reasons_in_shopifys_words(said: str, reason: str) -> None:
    assert return_reason(said) == reason


@pytest.mark.parametrize(
    ("change", "told", "operation", "answer"),
    [
        (MOVE, waiting(), "ChangeAddress", {"orderUpdate": {"order": None} | NO}),
        (CANCEL, waiting(), "CancelOrder", {"orderCancel": {"job": None, "orderCancelUserErrors": NO["userErrors"]}}),
        (
            SEND_BACK,
            order(fulfillments=[fulfillment("DELIVERED")]),
            "RequestReturn",
            {"returnRequest": {"return": None} | NO},
        ),
    ],
)
async def test_what_shopify_refuses_is_refused(
    change: Change, told: dict[str, Any], operation: str, answer: dict[str, Any]
) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(told)
        shop.says("Returnable", returnable("Kettle"))
        shop.says(operation, answer)
        assert await shopify.perform(change, "key") == Outcome("refused", "not_allowed")


@pytest.mark.parametrize(
    ("change", "told", "operation", "answer"),
    [
        (MOVE, waiting(), "ChangeAddress", {"orderUpdate": None}),
        (CANCEL, waiting(), "CancelOrder", {"orderCancel": {"job": None, "orderCancelUserErrors": []}}),
        (
            SEND_BACK,
            order(fulfillments=[fulfillment("DELIVERED")]),
            "RequestReturn",
            {"returnRequest": {"return": None} | OK},
        ),
    ],
)
async def test_an_answer_that_says_nothing_is_not_done(
    change: Change, told: dict[str, Any], operation: str, answer: dict[str, Any]
) -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(told)
        shop.says("Returnable", returnable("Kettle"))
        shop.says(operation, answer)
        with pytest.raises(BadAnswer):
            await shopify.perform(change, "key")


async def test_the_same_request_again_changes_nothing_twice() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        shop.says("ChangeAddress", {"orderUpdate": {"order": {"id": "gid://shopify/Order/1"}} | OK})
        first = await shopify.perform(MOVE, "key")
        assert await shopify.perform(MOVE, "key") == first == Outcome("done")
        assert len(shop.asked("ChangeAddress")) == 1


async def test_a_change_whose_answer_is_lost_is_sent_once_and_may_be_asked_for_again() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        shop.says("ChangeAddress", {"orderUpdate": {"order": {"id": "gid://shopify/Order/1"}} | OK})
        shop.fails("ChangeAddress", "cut", times=1)
        with behind_the_calls(), pytest.raises(Unreachable):
            await shopify.perform(MOVE, "key")
        assert len(shop.asked("ChangeAddress")) == 1
        assert await shopify.perform(MOVE, "key") == Outcome("done")


async def test_a_change_that_is_throttled_was_not_made_and_is_sent_again() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        shop.says("ChangeAddress", {"orderUpdate": {"order": {"id": "gid://shopify/Order/1"}} | OK})
        throttled = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
        status = {"maximumAvailable": 2000, "currentlyAvailable": 9, "restoreRate": 1000}
        shop.says("ChangeAddress", None, throttled, {"requestedQueryCost": 10, "throttleStatus": status}, times=1)
        assert await shopify.perform(MOVE, "key") == Outcome("done")
        shop.says("CancelOrder", None, throttled, {"requestedQueryCost": 2000, "throttleStatus": status})
        with pytest.raises(Limited):
            await shopify.perform(CANCEL, "another")


async def test_a_right_that_is_missing_is_a_failure_for_the_operator() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(waiting())
        denied = [{"message": "Required access: `write_orders`", "extensions": {"code": "ACCESS_DENIED"}}]
        shop.says("ChangeAddress", {"orderUpdate": None}, denied)
        with pytest.raises(Denied, match="write_orders"):
            await shopify.perform(MOVE, "key")


async def test_a_note_is_added_where_only_the_shops_people_see_it() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        shop.says("Notes", {"order": {"metafield": {"value": "2026-11-01 09:00 Asked.", "compareDigest": "d1"}}})
        shop.says("WriteNotes", {"metafieldsSet": {"metafields": []} | OK})
        assert await shopify.note("1001", "By telephone:\n change address.") is True
        [asked] = shop.asked("WriteNotes")
    assert asked["metafields"] == [
        {
            "ownerId": "gid://shopify/Order/1",
            "namespace": "order_agent",
            "key": "phone_calls",
            "type": "multi_line_text_field",
            "value": "2026-11-01 09:00 Asked.\n2026-11-23 10:00 By telephone: change address.",
            "compareDigest": "d1",
        }
    ]


async def test_the_first_note_must_not_overwrite_one_that_comes_at_the_same_time() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        shop.says("Notes", {"order": {"metafield": None}})
        shop.says("WriteNotes", {"metafieldsSet": {"metafields": []} | OK})
        stale = [{"code": "STALE_OBJECT", "message": "…"}]
        shop.says("WriteNotes", {"metafieldsSet": {"metafields": [], "userErrors": stale}}, times=1)
        assert await shopify.note("1001", "Asked.") is True
        assert [one["metafields"][0]["compareDigest"] for one in shop.asked("WriteNotes")] == [None, None]


async def test_a_note_that_is_there_already_is_left() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has(order())
        shop.says("Notes", {"order": {"metafield": {"value": "2026-11-23 10:00 Asked.", "compareDigest": "d1"}}})
        assert await shopify.note("1001", "Asked.") is True
        assert shop.asked("WriteNotes") == []


async def test_a_note_that_cannot_be_left_is_said_so() -> None:
    async with shopify_shop() as shop, store(shop) as shopify:
        shop.has()
        assert await shopify.note("1001", "Asked.") is False
        shop.has(order())
        shop.says("Notes", {"order": {"metafield": None}})
        shop.says(
            "WriteNotes", {"metafieldsSet": {"metafields": [], "userErrors": [{"code": "INVALID", "message": "…"}]}}
        )
        assert await shopify.note("1001", "Asked.") is False
