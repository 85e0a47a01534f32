"""Checks everything an agent needs, one finding a line, each with its fix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from asterisk_agent import composition
from asterisk_agent.audio.vad import VoiceActivity, VoiceActivityError
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.dialog.encoder import EncoderError, packaged_encoder
from asterisk_agent.dialog.flows.load import load
from asterisk_agent.dialog.flows.located import FlowError
from asterisk_agent.dialog.knowledge.split import pages
from asterisk_agent.pbx.ami import AmiClient, AmiError
from asterisk_agent.pbx.ari import AriClient, AriDenied, AriError, AriUnreachable, AsteriskInfo
from asterisk_agent.pbx.queues import QueueMonitor
from asterisk_agent.pbx.transports import NoTransport, choose
from asterisk_agent.records import database, migrate
from asterisk_agent.settings import Settings, SettingsError
from asterisk_agent.speech import recognizers, synthesizers
from asterisk_agent.speech.protocols import SpeechError
from asterisk_agent.speech.workers import Workers

SAFE_SINCE = {20: (20, 20, 1), 21: (21, 12, 3), 22: (22, 10, 1), 23: (23, 4, 1)}
"""Oldest releases without known holes in ARI and AMI (Asterisk's security advisories up to November 2026)."""


@dataclass(frozen=True)
class Finding:
    """One check. ``state``: 'ok', 'warning' (the agent runs) or 'error' (it does not, or not rightly)."""

    check: str
    state: str
    text: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """All checks, each finding as soon as it is there. The settings themselves were good, or they would not be here."""
    yield Finding("settings", "ok", f"shop {settings.shop.name!r}, store {settings.store.system!r}")
    async for finding in _pbx(settings):
        yield finding
    async for finding in _models(settings):
        yield finding
    yield _flows(settings)
    yield _understanding()
    yield _knowledge(settings)
    async for finding in _systems(settings):
        yield finding
    yield await _database(settings)


async def _pbx(settings: Settings) -> AsyncIterator[Finding]:
    asterisk = settings.asterisk
    if not asterisk.url:
        yield Finding(
            "asterisk",
            "warning",
            "no PBX is configured; set asterisk.url, asterisk.password and asterisk.ami.secret (dialplan/README.md). "
            "'asterisk-agent demo' brings its own",
        )
        return
    password = asterisk.password.get_secret_value()
    async with AriClient(asterisk.url, asterisk.username, password, f"{asterisk.app}-doctor") as ari:
        try:
            info = await ari.info()
            yield Finding("ari", "ok", f"Asterisk {info.text} at {asterisk.url}")
            yield _security(info)
            yield await _media(ari, info)
            yield await _agent(ari, asterisk.app)
        except (AriUnreachable, AriDenied, AriError) as error:
            yield Finding("ari", "error", str(error))
    async with AmiClient(asterisk.ami) as ami:
        try:
            await ami.check()
            yield Finding("ami", "ok", f"{asterisk.ami.username} at {asterisk.ami.host}:{asterisk.ami.port}")
            yield await _queues(ami, settings)
        except AmiError as error:
            yield Finding("ami", "error", f"{error}. Until then hand-offs lack their variables")


async def _queues(ami: AmiClient, settings: Settings) -> Finding:
    queues = settings.handoff.queues
    if not queues:
        hint = "set handoff.queues, e.g. {support = 'support'}: then callers are told long waits and offered a callback"
        return Finding("queues", "warning", f"no queue is named; {hint}")
    monitor = QueueMonitor(ami, queues)
    missing = [name for key, name in queues.items() if await monitor.load(key) is None]
    if missing:
        return Finding("queues", "error", f"Asterisk has no queue {', '.join(missing)}; write handoff.queues as there")
    return Finding("queues", "ok", ", ".join(queues.values()))


def _security(info: AsteriskInfo) -> Finding:
    since = SAFE_SINCE.get(info.version[0])
    if since and info.version < since:
        wanted = ".".join(map(str, since))
        return Finding("security", "warning", f"Asterisk {info.text} has known holes in ARI or AMI; update to {wanted}")
    return Finding("security", "ok", "no known holes in ARI or AMI")


async def _media(ari: AriClient, info: AsteriskInfo) -> Finding:
    try:
        choose(info)
    except NoTransport as error:
        return Finding("media", "error", str(error))
    if not await ari.module_loaded("chan_websocket.so"):
        return Finding("media", "error", "chan_websocket is not loaded; add 'load = chan_websocket.so' to modules.conf")
    # A real round trip: a media channel is made, its WebSocket opened, and both closed.
    await ari.connect()
    media = await ari.external_media(f"{ari.app}-media", "ulaw")
    try:
        socket = await ari.connect_media(media.connection)
        await socket.close()
    except (AriUnreachable, aiohttp.ClientError) as error:
        return Finding("media", "error", f"the media WebSocket cannot be opened: {error}")
    finally:
        await ari.hang_up(media.channel.id)
    return Finding("media", "ok", "chan_websocket answers")


async def _agent(ari: AriClient, app: str) -> Finding:
    if await ari.app_exists(app):
        return Finding("agent", "ok", f"an agent takes calls for {app}")
    return Finding("agent", "warning", f"no agent answers as {app}: calls go to people; run 'asterisk-agent run'")


async def _models(settings: Settings) -> AsyncIterator[Finding]:
    workers = Workers(1)
    try:
        for check, create in (("recognizer", recognizers.create), ("voice", synthesizers.create)):
            engine = create(settings.speech, workers)
            try:
                started = asyncio.get_running_loop().time()
                await engine.warm()
                took = asyncio.get_running_loop().time() - started
                yield Finding(check, "ok", f"{engine.name}, ready in {took:.1f} s")
                await engine.close()
            except SpeechError as error:
                yield Finding(check, "error", str(error))
        try:
            VoiceActivity.load()
            yield Finding("voice activity", "ok", "Silero")
        except VoiceActivityError as error:
            yield Finding("voice activity", "error", str(error))
    finally:
        await workers.close()


def _flows(settings: Settings) -> Finding:
    shelf = composition.flows(settings)
    if shelf.source is None:
        return Finding("flows", "ok", "the shipped ones")
    try:
        found = load(shelf.source, destinations=settings.handoff.destinations)
    except FlowError as error:
        return Finding("flows", "error", f"{shelf.source} cannot be used: " + "; ".join(error.problems[:3]))
    return Finding("flows", "ok", f"{found.version} in {shelf.source}")


def _understanding() -> Finding:
    try:
        packaged_encoder()
    except EncoderError as error:
        return Finding("understanding", "warning", f"by patterns alone: {error}")
    return Finding("understanding", "ok", "sentence encoder and classifier")


def _knowledge(settings: Settings) -> Finding:
    folder = composition.texts_folder(settings)
    found, problems = pages(folder)
    if problems:
        return Finding("knowledge", "warning", "; ".join(problems[:3]))
    if not found:
        return Finding("knowledge", "warning", f"{folder} has no *.md file; questions about policies go to people")
    return Finding("knowledge", "ok", f"{len(found)} passages in {folder}")


async def _systems(settings: Settings) -> AsyncIterator[Finding]:
    try:
        systems = composition.systems(settings, data_dir=settings.data_dir)
    except SystemFailed as error:
        yield Finding("store", "error", str(error))
        return
    try:
        for row in await systems.check():
            yield Finding(row.what, {True: "ok", None: "warning", False: "error"}[row.works], row.text)
    finally:
        await systems.close()


async def _database(settings: Settings) -> Finding:
    try:
        url = database.url_of(settings)
        if await migrate.pending(url):
            return Finding("database", "warning", "tables are missing or old; run 'asterisk-agent db upgrade'")
    except (SettingsError, database.DatabaseError) as error:
        return Finding("database", "error", f"{error}. Until then records are kept in the data folder")
    return Finding("database", "ok", url.render_as_string(hide_password=True))
