"""Composition: builds everything from the settings, and takes calls until told to stop."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from asterisk_agent import composition
from asterisk_agent.audio.vad import VoiceActivity, VoiceActivityError
from asterisk_agent.call import Call
from asterisk_agent.call_report import CallReport
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.lookup import Lookup, TimedLookups
from asterisk_agent.commerce.prefetch import keep_fetching
from asterisk_agent.dialog.conversation import Conversation
from asterisk_agent.dialog.flows.shelf import FlowShelf
from asterisk_agent.dialog.knowledge.load import with_database
from asterisk_agent.dialog.protocol import Caller
from asterisk_agent.dialog.services import Services
from asterisk_agent.dialog.spoken import parse as spoken_forms
from asterisk_agent.dialog.wording import fixed_phrases
from asterisk_agent.news_server import ListenError, NewsServer, listening
from asterisk_agent.pbx.adoption import send_orphans_to_people
from asterisk_agent.pbx.ami import AmiClient, AmiError
from asterisk_agent.pbx.ari import BACKOFF_S, AriClient, AriDenied, AriError, AriUnreachable
from asterisk_agent.pbx.events import StasisStart
from asterisk_agent.pbx.handoff import HandOffRoute
from asterisk_agent.pbx.leg import Leg, own_prefix
from asterisk_agent.pbx.queues import QueueMonitor
from asterisk_agent.pbx.transports import NoTransport, choose
from asterisk_agent.queue_states import PbxQueues
from asterisk_agent.records import database, migrate
from asterisk_agent.records.trackings import TrackingShelf
from asterisk_agent.records.writer import RecordWriter
from asterisk_agent.request_desk import RecordDesk
from asterisk_agent.settings import Settings
from asterisk_agent.speech import recognizers, synthesizers
from asterisk_agent.speech.ear import Ear
from asterisk_agent.speech.phrases import PhraseCache
from asterisk_agent.speech.protocols import Recognizer, SpeechError
from asterisk_agent.speech.voice import Voice
from asterisk_agent.speech.workers import Workers
from asterisk_agent.turn import sentence_end
from asterisk_agent.turn.machine import TurnMachine
from asterisk_agent.turn.timing import Timing

log = structlog.get_logger(__name__)

CALLS_PER_CORE = 10
"""Callers that one core serves with answers in time (measured with Whisper base and a 12 s window)."""

SHUTDOWN_S = 30.0
"""How long calls may go on after the process was told to stop; then the callers go to people."""

DAY_S = 86_400.0

LAG_STEP_S = 0.1
LAG_WARNING_MS = 100.0

PHRASES_BYTES = 200_000_000


class StartError(Exception):
    """The agent cannot start; the message says what to do."""


@dataclass(frozen=True)
class Parts:
    """What all calls of the process share."""

    settings: Settings
    ari: AriClient
    route: HandOffRoute
    recognizer: Recognizer
    voice: Voice
    voice_activity: VoiceActivity
    services: Services
    flows: FlowShelf
    records: RecordWriter


class Agent:
    """Takes calls from one Asterisk. ``running_agent`` builds it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._legs: dict[asyncio.Task[None], Leg] = {}
        self._closing = False
        limits = parts.settings.limits
        self.max_calls = limits.max_calls or CALLS_PER_CORE * (os.cpu_count() or 1)
        self.loop_lag_ms = 0.0

    @property
    def active_calls(self) -> int:
        """Calls with the agent now."""
        return len(self._legs)

    async def serve(self, stop: asyncio.Event) -> None:
        """Take calls until ``stop`` is set; then let calls end, and send what is left to people.

        Raises StartError when Asterisk does not know the agent.
        """
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(self._watch_lag()), group.create_task(self._take_calls(group))]
            await stop.wait()
            self._closing = True
            if self._legs:
                log.info("stopping; calls go on for a while", calls=len(self._legs), seconds=SHUTDOWN_S)
                await asyncio.wait(list(self._legs), timeout=SHUTDOWN_S)
            for task in [*background, *self._legs]:
                task.cancel()

    async def _take_calls(self, group: asyncio.TaskGroup) -> None:
        ari = self._parts.ari
        ari.on_connect(self._send_orphans)
        await _connect(ari)
        log.info("ready", app=ari.app, max_calls=self.max_calls)
        prefix = own_prefix(ari.app)
        async for start in ari.incoming():
            if not start.channel.id.startswith(prefix):
                self._take(start, group)

    def _take(self, start: StasisStart, group: asyncio.TaskGroup) -> None:
        parts = self._parts
        if self._closing or len(self._legs) >= self.max_calls:
            reason = "shutdown" if self._closing else "busy"
            log.warning("a call goes to people at once", reason=reason, calls=len(self._legs))
            group.create_task(self._overflow(start, reason))
            return
        leg = Leg(parts.ari, parts.route, start)
        task = group.create_task(self._serve_call(leg), name=f"call-{leg.call_id}")
        self._legs[task] = leg
        task.add_done_callback(self._legs.pop)

    async def _serve_call(self, leg: Leg) -> None:
        parts = self._parts
        settings = parts.settings
        lookups = TimedLookups(parts.services.lookup)
        channel = leg.channel
        conversation = Conversation(
            leg.call_id,
            settings.shop,
            settings.handoff,
            replace(parts.services, lookup=lookups),
            Caller(channel.number, channel.caller_name),
            lambda: datetime.now(UTC),
            flows=parts.flows.current(),
            identity=settings.identity,
        )
        report = CallReport(leg.call_id, parts.records, channel.number, channel.name)
        call = Call(
            leg,
            Ear(leg.codec, parts.voice_activity, parts.recognizer),
            parts.voice,
            TurnMachine(Timing(**settings.turn.model_dump())),
            conversation,
            report,
            lookups,
            settings.shop,
            settings.handoff.default,
            settings.limits.max_call_s,
        )
        log.info("call taken", call_id=leg.call_id, personal_caller=channel.number, calls=len(self._legs))
        with suppress(asyncio.CancelledError):
            outcome = await call.run()
            log.info("call ended", call_id=leg.call_id, reason=outcome.reason, handed_to=outcome.handed_to)

    async def _overflow(self, start: StasisStart, reason: str) -> None:
        channel, default = start.channel, self._parts.settings.handoff.default
        try:
            await self._parts.route.send(channel.id, channel.name, default, {"reason": reason})
        except (AriError, AriUnreachable, AriDenied) as error:
            log.error("a caller could not be sent to people", channel=channel.name, error=str(error))

    async def _send_orphans(self) -> None:
        parts = self._parts
        await send_orphans_to_people(parts.ari, parts.route, parts.settings.handoff.default, self._own_ids)

    def _own_ids(self) -> set[str]:
        return set().union(*(leg.ids for leg in self._legs.values()))

    async def _watch_lag(self) -> None:
        """Measure how late the event loop runs; what blocks it delays every caller."""
        while True:
            due = time.monotonic() + LAG_STEP_S
            await asyncio.sleep(LAG_STEP_S)
            self.loop_lag_ms = (time.monotonic() - due) * 1000
            if self.loop_lag_ms > LAG_WARNING_MS:
                log.warning("the event loop was late", ms=round(self.loop_lag_ms), calls=len(self._legs))


async def _connect(ari: AriClient) -> None:
    delay = BACKOFF_S[0]
    while True:
        try:
            await ari.connect()
            info = await ari.info()
            choose(info)
        except (AriDenied, NoTransport) as error:
            raise StartError(str(error)) from None
        except (AriUnreachable, AriError) as error:
            log.warning("waiting for Asterisk", error=str(error), next_s=round(delay, 1))
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, BACKOFF_S[1])
        else:
            log.info("connected to Asterisk", version=info.text)
            return


@asynccontextmanager
async def _background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Work beside the calls, for as long as the context lasts. It never costs a call; its end is logged."""
    task = asyncio.create_task(work)
    task.add_done_callback(_ended)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("work beside the calls has ended", error=repr(error))


async def _drop_old(shelf: TrackingShelf) -> None:
    while True:
        await shelf.forget_old(datetime.now(UTC))
        await asyncio.sleep(DAY_S)


@asynccontextmanager
async def running_agent(settings: Settings) -> AsyncIterator[Agent]:
    """An agent with its engines warm and its database ready; ``serve`` takes calls. Raises StartError."""
    async with AsyncExitStack() as stack:
        workers = Workers(settings.speech.workers)
        stack.push_async_callback(workers.close)
        try:
            voice_activity = VoiceActivity.load()
            recognizer = recognizers.create(settings.speech, workers)
            synthesizer = synthesizers.create(settings.speech, workers)
            await asyncio.gather(recognizer.warm(), synthesizer.warm())
            voice = Voice(synthesizer, PhraseCache(settings.data_dir / "phrases", PHRASES_BYTES))
            flows = composition.flows(settings)
            await voice.warm(fixed_phrases(settings.shop, flows.current().texts))
            url = database.url_of(settings)
            engine = database.open_engine(url)
            stack.push_async_callback(engine.dispose)
            systems = composition.systems(settings, data_dir=settings.data_dir, shelf=TrackingShelf(engine))
            understanding = await asyncio.to_thread(composition.understanding, settings)
            await asyncio.to_thread(spoken_forms.prepare, datetime.now(settings.shop.zone).date())
            await asyncio.to_thread(sentence_end.shipped)
            encoder = await asyncio.to_thread(composition.encoder)
        except (SpeechError, VoiceActivityError, SystemFailed, database.DatabaseError) as error:
            raise StartError(str(error)) from None
        stack.push_async_callback(systems.close)
        try:
            # Calls come first: until the database is there and up to date, records are kept in the spool.
            writer = RecordWriter(engine, settings.data_dir / "spool", lambda: migrate.prepare(url))
            records = await stack.enter_async_context(writer)
        except database.DatabaseError as error:
            raise StartError(str(error)) from None
        asterisk = settings.asterisk
        ari = await stack.enter_async_context(
            AriClient(asterisk.url, asterisk.username, asterisk.password.get_secret_value(), asterisk.app)
        )
        ami = await stack.enter_async_context(AmiClient(asterisk.ami))
        try:
            await ami.check()
        except AmiError as error:
            log.error("hand-offs will lack their variables until this is mended", error=str(error))
        carriers = settings.carriers
        if carriers.systems and carriers.prefetch_minutes and carriers.prefetch_orders:
            every_s = carriers.prefetch_minutes * 60
            await stack.enter_async_context(_background(keep_fetching(systems, every_s, carriers.prefetch_orders)))
        if carriers.systems:
            await stack.enter_async_context(_background(_drop_old(TrackingShelf(engine))))
        lookup = Lookup(systems, settings.store.deadline_s, lambda: datetime.now(UTC))
        stack.push_async_callback(lookup.close)
        if settings.webhooks.listen:
            server = NewsServer(settings, lookup, systems.trackings, lambda: datetime.now(UTC))
            try:
                await stack.enter_async_context(listening(server, settings.webhooks.listen))
            except ListenError as error:
                raise StartError(str(error)) from None
        services = Services(
            lookup,
            RecordDesk(records),
            PbxQueues(QueueMonitor(ami, settings.handoff.queues)),
            await with_database(composition.texts_folder(settings), encoder, engine),
            composition.hours(settings),
            understanding,
        )
        route = HandOffRoute(ari, ami, settings.handoff)
        yield Agent(Parts(settings, ari, route, recognizer, voice, voice_activity, services, flows, records))
