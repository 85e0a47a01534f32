"""Levels, exactly as the shop's policy says."""

from __future__ import annotations

import pytest
from dialog_world import order

from asterisk_agent.dialog.identity import MAX_FAILURES, Detail, Identity


def test_nothing_known_is_level_0_and_the_number_alone_level_1() -> None:
    assert Identity().level(order()) == 0
    assert Identity().given("10442").level(order()) == 1
    assert Identity().given("10443").level(order()) == 0


def test_the_callers_number_lifts_to_level_1_and_no_further() -> None:
    caller = Identity(caller_phone="+16175550142")
    assert caller.level(order()) == 1
    told, matched = caller.present(order(), "zip", "02139")
    assert matched
    assert told.level(order()) == 1, "details need the order number too"
    assert Identity(caller_phone="+16175550143").level(order()) == 0


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("zip", "02139"),
        ("zip", "02139-1234"),
        ("phone", "+16175550142"),
        ("phone", "617-555-0142"),
        ("email", "Dana.Reyes@example.com"),
        ("last4", "4242"),
    ],
)
def test_one_detail_is_level_2(kind: Detail, value: str) -> None:
    identity, matched = Identity().given("10442").present(order(), kind, value)
    assert matched
    assert identity.level(order()) == 2


def test_two_different_details_are_level_3_and_the_same_twice_is_not() -> None:
    identity, _ = Identity().given("10442").present(order(), "zip", "02139")
    again, _ = identity.present(order(), "zip", "02139")
    assert again.level(order()) == 2
    both, _ = again.present(order(), "last4", "4242")
    assert both.level(order()) == 3


def test_details_of_one_order_do_not_open_another() -> None:
    identity, _ = Identity().given("10442").present(order(), "zip", "02139")
    other = order("10443", address=order().address.model_copy(update={"zip": "10036"}))  # type: ignore[union-attr]
    assert identity.given("10443").level(other) == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("zip", "02138"),
        ("zip", ""),
        ("phone", "+16175550143"),
        ("phone", "nonsense"),
        ("email", "reyes@example.com"),
        ("last4", "2424"),
    ],
)
def test_wrong_details_change_nothing_but_the_count(kind: Detail, value: str) -> None:
    identity, matched = Identity().given("10442").present(order(), kind, value)
    assert not matched
    assert identity.level(order()) == 1
    assert identity.failures == 1


def test_a_detail_that_the_order_does_not_have_never_matches() -> None:
    bare = order(address=None, last4=None)
    for kind, value in (("zip", ""), ("last4", "")):
        _, matched = Identity().given("10442").present(bare, kind, value)  # type: ignore[arg-type]
        assert not matched


def test_three_failures_lock_even_the_right_answer() -> None:
    identity, _ = Identity().given("10442").present(order(), "zip", "02139")
    for _ in range(MAX_FAILURES):
        identity, _ = identity.present(order(), "last4", "0000")
    assert identity.locked
    assert identity.level(order()) == 1
    identity, matched = identity.present(order(), "last4", "4242")
    assert not matched
    assert identity.level(order()) == 1
