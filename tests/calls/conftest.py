"""The line that the stories share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from calls_world import Line, agent_on, line_without_agent


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """One PBX with one agent for all stories that leave both as they found them."""
    people = {"HANDOFF__DESTINATIONS": "dbcheck,support", "HANDOFF__DEFAULT": "dbcheck"}
    folder = tmp_path_factory.mktemp("agent")
    async with line_without_agent(folder, **people) as idle, agent_on(idle) as busy:
        yield busy
