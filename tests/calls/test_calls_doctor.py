"""What 'doctor' finds on a PBX with an agent, as the administrator sees it."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
from calls_world import Line
from real_programs import eventually
from sqlalchemy.exc import SQLAlchemyError

from asterisk_agent.caller.script import HangUp, Listen, Say
from asterisk_agent.settings import ENV_PREFIX

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="package")]


async def examined(line: Line, **variables: str) -> tuple[int | None, dict[str, dict[str, str]]]:
    """Exit code, and the findings by check."""
    environment = line.environment | {ENV_PREFIX + key: value for key, value in variables.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "asterisk_agent", "doctor", "--json"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    rows = [json.loads(text) for text in out.splitlines() if text.startswith(b"{")]
    return process.returncode, {row["check"]: row for row in rows if "check" in row}


async def has_tables(line: Line) -> bool:
    """Whether the agent has made its database."""
    try:
        await line.rows("SELECT sentiment FROM calls")
    except SQLAlchemyError:
        return False
    return True


async def test_all_is_well_on_a_pbx_with_an_agent(line: Line) -> None:
    # The first call makes the database, beside the call.
    await line.call([Say("Where is my order?"), Listen(), HangUp()])
    await eventually(lambda: has_tables(line), 30, "the agent's database is there")
    code, found = await examined(line, HANDOFF__QUEUES__SUPPORT="support")
    assert code == 0, found
    for check in ("ari", "ami", "media", "agent", "queues", "recognizer", "voice", "local: orders", "database"):
        assert found[check]["state"] == "ok", found[check]


async def test_what_is_wrong_is_named_with_its_fix(line: Line) -> None:
    code, found = await examined(
        line,
        HANDOFF__QUEUES__SUPPORT="suport",
        STORE__SYSTEM="shopify",
        CARRIERS__SYSTEMS="ups",
        ASTERISK__PASSWORD="wrong",
    )
    assert code == 1
    assert "no queue suport" in found["queues"]["text"]
    assert "store.shopify.url is missing" in found["store"]["text"]
    assert found["ari"]["state"] == "error"
