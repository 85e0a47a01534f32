"""An agent in a process of its own on a real Asterisk, and what a test needs to see of both."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from asterisk_agent.caller.demo import member_variables
from asterisk_agent.caller.perform import prepare
from asterisk_agent.caller.phone import PbxRecorder
from asterisk_agent.caller.place import CallResult, place_call
from asterisk_agent.caller.report import CallReport, report_call
from asterisk_agent.caller.script import Step
from asterisk_agent.caller.stage import agent_process
from asterisk_agent.caller.voice import shared_voice
from asterisk_agent.caller.words import heard_back
from asterisk_agent.pbx.ari import AriClient
from asterisk_agent.pbx.private import AsteriskNotFound, PrivateAsterisk
from asterisk_agent.records import database
from asterisk_agent.settings import ENV_PREFIX, Settings, Speech, load

MARIA = '"Maria" <+16175550142>'

DIALPLAN = """
; What FreePBX's own dialplan does after the hand-off: it reads its database.
[order-agent-handoff](+)
exten => dbcheck,1,Set(DB(order-agent-test/key)=intact)
 same => n,Log(NOTICE,db-after-handoff=${DB(order-agent-test/key)} reason=${AGENT_REASON})
 same => n,Goto(support,1)
"""


@dataclass
class Line:
    """A PBX, an agent, and the folder of the agent's records."""

    pbx: PrivateAsterisk
    environment: dict[str, str]
    folder: Path
    process: asyncio.subprocess.Process | None = None

    async def call(
        self, steps: Sequence[Step], caller_id: str = MARIA, to: str = "Local/s@order-agent/n"
    ) -> CallResult:
        """A caller does these steps."""
        recorder = PbxRecorder("test-caller", "s", self.pbx.recordings, self.pbx.recordings_inside)
        prepared = await asyncio.to_thread(prepare, steps, shared_voice())
        return await place_call(self.pbx.asterisk, prepared, recorder=recorder, caller_id=caller_id)

    async def talk(self, steps: Sequence[Step], caller_id: str = MARIA) -> CallReport:
        """The same, with the agent's words as a recogniser hears them in the recording."""
        result = await self.call(steps, caller_id)
        async with heard_back(Speech()) as transcribe:
            return await report_call(result, "", None, transcribe)

    @property
    def settings(self) -> Settings:
        """The settings the agent has."""
        return load(environ=self.environment)

    @property
    def agent_log(self) -> str:
        """What the agent has logged."""
        return (self.folder / "agent.log").read_text(encoding="utf-8")

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of the agent's database."""
        engine = database.open_engine(database.url_of(self.settings))
        try:
            async with engine.connect() as connection:
                return [dict(row) for row in (await connection.execute(text(query))).mappings()]
        finally:
            await engine.dispose()

    async def left_in_asterisk(self) -> tuple[list[str], list[str]]:
        """Names of all channels and ids of all bridges."""
        settings = self.pbx.asterisk
        async with AriClient(settings.url, settings.username, settings.password.get_secret_value(), "test-look") as ari:
            return [channel.name for channel in await ari.channels()], await ari.bridges()

    def member_variables(self) -> dict[str, str]:
        """The AGENT_* variables on the last human agent's leg."""
        return member_variables(self.pbx.log())


@asynccontextmanager
async def agent_on(line: Line, settings_file: Path | None = None) -> AsyncIterator[Line]:
    """Run an agent for this line."""
    async with agent_process(line.environment, settings_file, line.folder / "agent.log") as process:
        line.process = process
        yield line


@asynccontextmanager
async def line_without_agent(folder: Path, **variables: str) -> AsyncIterator[Line]:
    """A PBX whose agent is not running. ``variables``: settings, without the prefix."""
    try:
        pbx = PrivateAsterisk(members=5, extra_dialplan=DIALPLAN)
    except AsteriskNotFound as error:
        pytest.skip(str(error))
    async with pbx:
        own = {"DATA_DIR": str(folder), "LOG__FORMAT": "json"} | variables
        environment = os.environ | pbx.environment | {ENV_PREFIX + key: value for key, value in own.items()}
        yield Line(pbx, environment, folder)


def said(report: CallReport) -> str:
    """All words of the agent, lower case."""
    return " ".join([report.greeting, *(turn.agent for turn in report.turns)]).lower()


def logged(log: str, event: str) -> list[dict[str, Any]]:
    """Lines of the agent's log with this event."""
    lines = (json.loads(line) for line in log.splitlines() if line.startswith("{"))
    return [fields for fields in lines if fields.get("event") == event]
