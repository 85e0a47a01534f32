"""What 'connect' and 'order' print, for an operator who sets a shop up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asterisk_agent.cli import app

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTERISK_AGENT_DATA_DIR", str(tmp_path))


def test_an_order_is_told_as_on_a_call_with_its_sources() -> None:
    result = RUN.invoke(app, ["order", "10442"])
    assert result.exit_code == 0
    assert "Your order is on its way." in result.output
    assert "order 10442: local, just now: shipped" in result.output
    assert "1Z999AA10123456784" in result.output


def test_the_whole_order_as_json() -> None:
    result = RUN.invoke(app, ["order", "1 0-4 4 2", "--json"])
    told = json.loads(result.output)
    assert told["order"]["number"] == "10442"
    assert told["spoken"][0] == "Your order is on its way."


def test_an_unknown_number_is_told() -> None:
    result = RUN.invoke(app, ["order", "99999"])
    assert result.exit_code == 1
    assert "no order has the number '99999'" in result.output


def test_the_systems_in_use_are_checked() -> None:
    result = RUN.invoke(app, ["connect"])
    assert result.exit_code == 0
    assert "works" in result.output
    assert "local" in result.output


def test_broken_rows_of_the_local_shop_are_failures_with_their_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = tmp_path / "shop.json"
    shop.write_text('{"customers": [{"id": "c1"}], "orders": []}', encoding="utf-8")
    monkeypatch.setenv("ASTERISK_AGENT_STORE__LOCAL__FILE", str(shop))
    result = RUN.invoke(app, ["connect", "--json"])
    assert result.exit_code == 1
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["works"] for row in rows] == [True, False]
    assert "customers[0].name" in rows[1]["text"]


@pytest.mark.parametrize(
    ("system", "missing"),
    [
        ("shopify", "store.shopify.url"),
        ("woocommerce", "store.woocommerce.url"),
        ("bigcommerce", "store.bigcommerce.store_hash"),
        ("adobe", "store.adobe.url"),
        ("amazon", "store.amazon.client_id"),
        ("vendure", "store.vendure.url"),
        ("ups", "carriers.ups.client_id"),
        ("fedex", "carriers.fedex.client_id"),
        ("usps", "carriers.usps.client_id"),
        ("dhl", "carriers.dhl.key"),
        ("easypost", "carriers.easypost.key"),
        ("shippo", "carriers.shippo.token"),
        ("aftership", "carriers.aftership.key"),
        ("shipstation", "carriers.shipstation.key"),
        ("loop", "returns.loop.key"),
        ("recharge", "subscriptions.recharge.token"),
    ],
)
def test_what_is_missing_is_named_with_its_variable(system: str, missing: str) -> None:
    result = RUN.invoke(app, ["connect", system])
    assert result.exit_code == 1
    assert f"{missing} is missing; set ASTERISK_AGENT_{missing.replace('.', '__').upper()}" in result.output


def test_a_system_that_does_not_exist_is_told_with_those_that_do() -> None:
    result = RUN.invoke(app, ["connect", "shopfy"])
    assert result.exit_code == 2
    assert "there is no system 'shopfy'; known: adobe, aftership, amazon" in result.output
