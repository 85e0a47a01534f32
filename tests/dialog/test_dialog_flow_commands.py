"""``asterisk-agent flows`` and ``knowledge`` as their users type them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from dialog_world import Call, ShopInMemory, order
from typer.testing import CliRunner

from asterisk_agent.cli import app
from asterisk_agent.commerce.models import OrderStatus
from asterisk_agent.dialog.flows.load import load, shipped
from asterisk_agent.dialog.flows.replay import Recorded, replay
from asterisk_agent.dialog.protocol import Said
from asterisk_agent.records import database, migrate
from asterisk_agent.records.rows import CallStarted, Turn
from asterisk_agent.records.store import store
from asterisk_agent.settings import HandOff, IdentityRules, Shop
from asterisk_agent.settings import load as load_settings


def run(tmp_path: Path, *arguments: str, expect: int = 0) -> Result:
    env = {"ASTERISK_AGENT_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"}
    result = CliRunner().invoke(app, list(arguments), env=env)
    assert result.exit_code == expect, result.output
    return result


def test_a_flow_is_copied_edited_checked_published_and_taken_back(tmp_path: Path) -> None:
    own = tmp_path / "own"
    assert "cancel_order" in run(tmp_path, "flows", "list").stdout
    assert "serves: [cancel_order]" in run(tmp_path, "flows", "show", "cancel_order").stdout
    run(tmp_path, "flows", "copy", "cancel_order", str(own))
    file = own / "cancel_order.yaml"
    assert "remove it first" in run(tmp_path, "flows", "copy", "cancel_order", str(own), expect=1).stderr
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("say: cancel.done", "say: cancel.gone"), encoding="utf-8")
    refused = run(tmp_path, "flows", "check", str(own), expect=1)
    assert "cancel_order.yaml:" in refused.stderr
    assert "'cancel.gone' is in no catalogue" in refused.stderr
    assert run(tmp_path, "flows", "publish", str(own), expect=1).stderr
    file.write_text(text.replace("version: 1", "version: 7"), encoding="utf-8")
    run(tmp_path, "flows", "check", str(own))
    run(tmp_path, "flows", "publish", str(own))
    rows = json.loads(run(tmp_path, "flows", "list", "--json").stdout)["flows"]
    assert [(row["version"], row["from"]) for row in rows if row["name"] == "cancel_order"] == [(7, "shop")]
    version = run(tmp_path, "flows", "versions").stdout.strip().removeprefix("* ")
    run(tmp_path, "flows", "use", version)
    assert "no published version" in run(tmp_path, "flows", "use", "other", expect=1).stderr


def test_facts_and_acts_are_listed(tmp_path: Path) -> None:
    assert "order.late" in json.loads(run(tmp_path, "flows", "facts", "--json").stdout)
    assert "change_address" in run(tmp_path, "flows", "acts").stdout
    assert "there is no flow" in run(tmp_path, "flows", "show", "nothing", expect=1).stderr


OTHER = """\
format: 1
name: order_status
version: 2
serves: [order_status]
start: order
nodes:
  order: {look_up: order, next: human}
  human: {transfer: default}
"""


async def test_a_replay_shows_what_would_go_otherwise_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "order_status.yaml").write_text(OTHER, encoding="utf-8")
    world = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    said = ("where is order 10442", "cancel my order, zip 02139, last four 4242", "yes")
    call = Recorded("c1", "", tuple((text, Said(text)) for text in said))
    found = await replay(
        call,
        (shipped(), load(tmp_path)),
        Shop(name="Acme Outdoors"),
        HandOff(),
        IdentityRules(),
        world.services,
        world.clock,
    )
    assert found[0].said == "where is order 10442"
    assert "prepared" in found[0].before
    assert "[to support]" in found[0].after
    assert "Done" in found[2].before
    assert found[2].after == "(the call had ended)"
    assert world.store.performed == []
    assert (
        await replay(call, (shipped(), shipped()), Shop(), HandOff(), IdentityRules(), world.services, world.clock)
        == []
    )


def test_recorded_calls_are_replayed_from_the_database(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "order_status.yaml").write_text(OTHER, encoding="utf-8")

    async def record() -> None:
        url = database.url_of(load_settings(environ={"ASTERISK_AGENT_DATA_DIR": str(tmp_path / "data")}))
        await migrate.upgrade(url)
        engine = database.open_engine(url)
        try:
            at = datetime.now(UTC)
            turn = Turn("c1", 1, 900, "speech", "where is order 10442", "Your order is on its way.")
            await store(engine, [CallStarted("c1", at, "", "x", "p"), turn])
        finally:
            await engine.dispose()

    asyncio.run(record())
    found = json.loads(run(tmp_path, "flows", "replay", str(tmp_path / "own"), "--json").stdout)
    assert found["calls"] == 1
    assert found["differences"][0]["said"] == "where is order 10442"


@pytest.mark.parametrize(("question", "told"), [("do you ship to Canada", "Canada"), ("do you sell cars", "not known")])
def test_the_texts_are_asked(tmp_path: Path, question: str, told: str) -> None:
    assert told in run(tmp_path, "knowledge", "ask", question).stdout


def test_the_texts_are_checked_and_indexed(tmp_path: Path) -> None:
    assert "shipping.md#" in run(tmp_path, "knowledge", "check").stdout
    assert "no *.md file" in run(tmp_path, "knowledge", "check", str(tmp_path), expect=1).stderr
    assert "db upgrade" in run(tmp_path, "knowledge", "index", expect=1).stderr
    run(tmp_path, "db", "upgrade")
    done = json.loads(run(tmp_path, "knowledge", "index", "--json").stdout)
    assert done["added"] == done["passages"] > 10
