"""Composition: builds everything from the settings, and takes calls until told to stop."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog

from asterisk_agent.audio.vad import VoiceActivity
from asterisk_agent.call import Call
from asterisk_agent.call_report import CallReport
from asterisk_agent.commerce import stores
from asterisk_agent.commerce.lookup import Lookup
from asterisk_agent.dialog.conversation import Conversation
from asterisk_agent.dialog.protocol import Caller
from asterisk_agent.dialog.wording import fixed_phrases
from asterisk_agent.settings import Settings
from asterisk_agent.speech import recognizers, synthesizers
from asterisk_agent.speech.ear import Ear
from asterisk_agent.speech.phrases import PhraseCache
from asterisk_agent.speech.voice import Voice
from asterisk_agent.speech.workers import Workers
from asterisk_agent.turn.machine import TurnMachine
from asterisk_agent.turn.timing import Timing

log = structlog.get_logger(__name__)

CALLS_PER_CORE = 10
"""Callers that one core serves with answers in time (measured with Whisper base and a 12 s window)."""

SHUTDOWN_S = 30.0
"""How long calls may go on after the process was told to stop; then the callers go to people."""

LAG_STEP_S = 0.1
LAG_WARNING_MS = 100.0


class Agent:
    """Takes calls from one Asterisk. Build it with ``running_agent``."""

    def __init__(
        self,
        settings: Settings,
        pbx: Pbx,
        recognizer: Recognizer,
        voice: Voice,
        voice_activity: VoiceActivity,
        lookup: Lookup,
        records: RecordWriter,
    ) -> None:
        self._settings = settings
        self._pbx = pbx
        self._recognizer = recognizer
        self._voice = voice
        self._voice_activity = voice_activity
        self._lookup = lookup
        self._records = records
        self._calls: set[asyncio.Task[None]] = set()
        self._closing = False
        self.max_calls = settings.limits.max_calls or CALLS_PER_CORE * (os.cpu_count() or 1)

    @property
    def active_calls(self) -> int:
        """Calls with the agent now."""
        return len(self._calls)

    async def serve(self, stop: asyncio.Event) -> None:
        """Take calls until ``stop`` is set; then let calls end, and send what is left to people."""
        async with asyncio.TaskGroup() as group:
            lag = group.create_task(watch_lag())
            taking = group.create_task(self._take_calls(group))
            await stop.wait()
            self._closing = True
            if self._calls:
                log.info("stopping; calls go on for a while", calls=len(self._calls), seconds=SHUTDOWN_S)
                await asyncio.wait(self._calls, timeout=SHUTDOWN_S)
            taking.cancel()
            lag.cancel()
            for task in self._calls:
                task.cancel()

    async def _take_calls(self, group: asyncio.TaskGroup) -> None:
        async for leg in self._pbx.incoming():
            task = group.create_task(self._serve_call(leg))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _serve_call(self, leg: Leg) -> None:
        full = len(self._calls) > self.max_calls
        if full or self._closing:
            reason = "busy" if full else "shutdown"
            log.warning("a call goes to people at once", reason=reason, calls=len(self._calls) - 1)
            await self._overflow(leg, reason)
            return
        with suppress(asyncio.CancelledError):
            await self._build_call(leg).run()
