"""A small web server for the news of stores and aggregators (webhooks), and for the counts of all systems."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib import import_module

import prometheus_client
import structlog
from aiohttp import web

from asterisk_agent.commerce.lookup import Lookup
from asterisk_agent.commerce.trackings import Trackings
from asterisk_agent.commerce.web.metrics import METRICS
from asterisk_agent.commerce.webhooks.news import News, NotGenuine, OrderNews, TrackingNews
from asterisk_agent.settings import Settings
from asterisk_agent.settings_section import Section

log = structlog.get_logger(__name__)

LONGEST_BYTES = 1_000_000
DELIVERIES = 10_000
"""Ids of deliveries that are remembered, so that one which is sent again does nothing."""

SENDERS = ("shopify", "woocommerce", "bigcommerce", "easypost", "shippo", "aftership")
"""Systems that send news; modules of ``commerce/webhooks``, each with a function ``receive``."""


class ListenError(Exception):
    """The server cannot be opened; the message says what to do."""


class NewsServer:
    """Takes deliveries at ``POST /webhooks/SYSTEM``; ``GET /metrics`` tells counts in Prometheus' form."""

    def __init__(self, settings: Settings, lookup: Lookup, trackings: Trackings, clock: Callable[[], datetime]) -> None:
        self._sections = _sections(settings)
        self._lookup = lookup
        self._trackings = trackings
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.app = web.Application(client_max_size=LONGEST_BYTES)
        self.app.router.add_post("/webhooks/{system}", self._receive)
        self.app.router.add_get("/metrics", self._metrics)

    async def _receive(self, request: web.Request) -> web.Response:
        system = request.match_info["system"]
        section = self._sections.get(system)
        if section is None:
            return web.Response(status=404, text="this system is not in use\n")
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        receive = import_module(f"asterisk_agent.commerce.webhooks.{system}").receive
        try:
            news: tuple[News, ...] = receive(section, headers, body, dict(request.query), self._clock())
        except NotGenuine as error:
            log.warning("a webhook delivery is refused", system=system, reason=str(error))
            return web.Response(status=401, text="refused\n")
        for one in news:
            self._take(system, one)
        return web.Response(text="ok\n")

    def _take(self, system: str, news: News) -> None:
        if news.delivery:
            key = (system, news.delivery)
            if key in self._seen:
                log.info("a webhook delivery came again", system=system)
                return
            self._seen[key] = None
            if len(self._seen) > DELIVERIES:
                self._seen.popitem(last=False)
        match news:
            case OrderNews(store=store, id=id_, number=number):
                self._lookup.heard_of_change(store, id_, number)
            case TrackingNews(system=teller, shipment=shipment):
                self._trackings.take(shipment, teller)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(
            body=prometheus_client.generate_latest(METRICS.registry),
            headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST},
        )


def _sections(settings: Settings) -> dict[str, Section]:
    """The systems in use that send news, with their settings."""
    in_stores: dict[str, Section] = {
        name: getattr(settings.store, name) for name in (settings.store.system, *settings.store.also)
    }
    in_carriers: dict[str, Section] = {name: getattr(settings.carriers, name) for name in settings.carriers.systems}
    return {name: section for name, section in {**in_stores, **in_carriers}.items() if name in SENDERS}


@asynccontextmanager
async def listening(server: NewsServer, listen: str) -> AsyncIterator[int]:
    """The server on ``listen`` ('host:port', port 0: any) while the context lasts; the port. Raises ListenError."""
    host, _, port = listen.rpartition(":")
    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, int(port)).start()
        except OSError as error:
            raise ListenError(f"webhooks.listen = {listen!r} cannot be opened: {error.strerror}") from None
        log.info("listening for webhooks", address=listen)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
