"""A carrier's API on loopback that is slow, sometimes hangs, fails or refuses: what look-ups are measured against.

It speaks FedEx Track (``POST /oauth/token``, ``POST /track/v1/trackingnumbers``), so that the real client is used.
Each answer holds one scan with the time at which it was given: whoever repeats it later can be checked for its age.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

WINDOW_S = 10.0


@dataclass
class SlowCarrier:
    """Delays are log-normal with this median and spread; ``hang`` and ``fail`` are shares of the requests.

    ``most``: requests in any ten seconds; more are refused with 429 (FedEx: 1,400). ``clock``: aware.
    """

    clock: Callable[[], datetime]
    median_s: float = 0.6
    spread: float = 0.9
    hang: float = 0.02
    fail: float = 0.02
    most: int = 1400
    seed: int = 1
    calm: bool = False
    """Answers at once, as long as this is set."""
    requests: int = 0
    parcels: int = 0
    refused: int = 0
    busiest: int = 0
    """Most requests that came within ten seconds."""
    _times: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def app(self) -> web.Application:
        """The server."""
        app = web.Application()
        app.router.add_post("/oauth/token", self._token)
        app.router.add_post("/track/v1/trackingnumbers", self._track)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "CXS"})

    async def _track(self, request: web.Request) -> web.Response:
        if not self._counted():
            return web.json_response({"errors": [{"code": "RATE.LIMIT"}]}, status=429, headers={"Retry-After": "2"})
        body = await request.json()
        numbers = [one["trackingNumberInfo"]["trackingNumber"] for one in body["trackingInfo"]]
        self.parcels += len(numbers)
        luck = 0.5 if self.calm else self._random.random()
        if luck < self.hang:
            await asyncio.sleep(30)
        if not self.calm:
            await asyncio.sleep(self.median_s * self._random.lognormvariate(0.0, self.spread))
        if luck > 1 - self.fail:
            return web.json_response({"errors": [{"code": "SERVICE.UNAVAILABLE"}]}, status=503)
        found = [{"trackingNumber": one, "trackResults": [self._result(one)]} for one in numbers]
        return web.json_response({"transactionId": "x", "output": {"completeTrackResults": found}})

    def _counted(self) -> bool:
        now = asyncio.get_running_loop().time()
        self.requests += 1
        self._times.append(now)
        while now - self._times[0] > WINDOW_S:
            self._times.popleft()
        self.busiest = max(self.busiest, len(self._times))
        if len(self._times) > self.most:
            self.refused += 1
            return False
        return True

    def _result(self, number: str) -> dict[str, Any]:
        told = self.clock().isoformat()
        status = {"code": "IT", "derivedCode": "IT", "statusByLocale": "In transit", "description": "In transit"}
        scan = {
            "date": told,
            "eventType": "DP",
            "eventDescription": "Departed FedEx location",
            "derivedStatusCode": "IT",
            "scanLocation": {"city": "MEMPHIS", "stateOrProvinceCode": "TN", "countryCode": "US"},
        }
        return {
            "trackingNumberInfo": {"trackingNumber": number, "carrierCode": "FDXE"},
            "latestStatusDetail": status,
            "scanEvents": [scan],
        }


@asynccontextmanager
async def serving(carrier: SlowCarrier) -> AsyncIterator[str]:
    """The carrier on loopback while the context lasts; its address."""
    runner = web.AppRunner(carrier.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
