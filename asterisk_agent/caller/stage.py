"""A PBX and an agent to call: the configured ones, or private ones that last as long as the command."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from asterisk_agent.caller.phone import PbxRecorder
from asterisk_agent.pbx.private import PrivateAsterisk
from asterisk_agent.settings import ENV_PREFIX, Asterisk, Settings

READY_S = 120.0
"""Longest start of an agent; the first one renders its fixed phrases."""

STOP_S = 10.0

_LOG_LINES = 15


class StageError(Exception):
    """The agent did not start; the message has the end of its log."""


@dataclass(frozen=True)
class Stage:
    """Where calls are placed. ``recorder`` None: this Asterisk does not record, the caller does.

    ``pbx`` is the private Asterisk, None for a configured one; ``database`` is the agent's database URL and
    ``agent_log`` its log, both only for an agent that was started here.
    """

    asterisk: Asterisk
    recorder: PbxRecorder | None
    pbx: PrivateAsterisk | None = None
    database: str = ""
    agent_log: Path | None = None


@asynccontextmanager
async def stage_for(settings: Settings, settings_file: Path | None) -> AsyncIterator[Stage]:
    """The configured PBX, or a private one with an agent of its own when none is configured."""
    if settings.asterisk.url:
        yield Stage(settings.asterisk, None)
        return
    async with private_stage(settings, settings_file) as stage:
        yield stage


@asynccontextmanager
async def private_stage(
    settings: Settings, settings_file: Path | None, members: int = 1, sip_bind: str = "127.0.0.1"
) -> AsyncIterator[Stage]:
    """A private Asterisk and an agent in a process of its own, with a fresh database; both end with the block.

    While it lasts, SIGTERM cancels the task that entered it, so that nothing is left behind.
    Raises AsteriskNotFound, AsteriskFailed or StageError.
    """
    with _cancelled_by_sigterm(), tempfile.TemporaryDirectory(prefix="order-agent-stage-") as name:
        folder = Path(name)
        async with PrivateAsterisk(members=members, sip_bind=sip_bind) as pbx:
            database = f"sqlite:///{folder / 'records.db'}"
            # A user's own database stays clean of test calls; the phrase cache is shared, it only saves time.
            own = {"DATABASE__URL": database, "LOG__FORMAT": "json", "DATA_DIR": str(settings.data_dir)}
            environment = os.environ | pbx.environment | {ENV_PREFIX + key: value for key, value in own.items()}
            log_path = folder / "agent.log"
            async with agent_process(environment, settings_file, log_path):
                recorder = PbxRecorder("test-caller", "s", pbx.recordings, pbx.recordings_inside)
                yield Stage(pbx.asterisk, recorder, pbx, database, log_path)


@contextmanager
def _cancelled_by_sigterm() -> Iterator[None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("a stage is entered from a task")
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


@asynccontextmanager
async def agent_process(
    environment: dict[str, str], settings_file: Path | None, log_path: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An agent that takes calls, in a process of its own so that it shares no event loop with the caller.

    Its log goes to ``log_path``. Raises StageError when it does not get ready.
    """
    options = ("--settings", str(settings_file)) if settings_file else ()
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            # The agent must not outlive this process, however it ends.
            *("setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "asterisk_agent", *options, "run"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        await _ready(process, log_path)
        yield process
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, log_path: Path) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_S):
            while process.returncode is None:
                if '"event": "ready"' in await asyncio.to_thread(_text, log_path):
                    return
                await asyncio.sleep(0.1)
    end = (await asyncio.to_thread(_text, log_path)).splitlines()[-_LOG_LINES:]
    state = f"ended with code {process.returncode}" if process.returncode is not None else "did not get ready"
    raise StageError("\n".join([f"the agent {state}; its log ends with:", *end]))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
