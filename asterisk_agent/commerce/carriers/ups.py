"""UPS Track: ``GET /api/track/v1/details/{number}``, one number a request.

Requests and answers: UPS's description (Tracking, OAuth client credentials). Parcels are tracked, not changed: UPS
Delivery Intercept is for the shipper's account and charges for it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carriers.ups_reading import SYSTEM, Told, shipment
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Denied, Rejected, SystemFailed
from asterisk_agent.commerce.models import Order, Shipment
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import read
from asterisk_agent.commerce.web.auth import OAuth2
from asterisk_agent.commerce.web.client import Rate, WebClient, segment
from asterisk_agent.settings_systems import Ups

DETAILS = "/api/track/v1/details"
RATE = Rate(25, 1.0)
"""UPS publishes no limit; this is our own, so that it need not set one."""
AT_ONCE = 10
"""Numbers that are asked for together."""
EXAMPLE_NUMBER = "1Z999AA10123456784"
"""UPS's own example of a number: asking for it proves the rights, whatever is known of it."""
_NO_NUMBER = 400
"""What is no UPS number is refused with 400, what is unknown with 404."""


class UpsCarrier:
    """See ``Carrier``."""

    name = SYSTEM
    carriers = frozenset({SYSTEM})
    batch = AT_ONCE
    capabilities: frozenset[str] = frozenset()

    def __init__(self, client: WebClient, fresh: timedelta) -> None:
        self._client = client
        self.fresh = fresh

    async def track(self, parcel: Parcel) -> Shipment | None:
        """See ``Carrier``."""
        number = plain(parcel.tracking)
        if not 7 <= len(number) <= 34:
            return None
        headers = {"transId": uuid.uuid4().hex[:32], "transactionSrc": "order-agent"}
        try:
            answer = await self._client.get(f"{DETAILS}/{segment(number)}", {"locale": "en_US"}, headers=headers)
        except Rejected as error:
            if error.status in (404, _NO_NUMBER):
                return None
            raise
        return shipment(parcel, read(Told, answer.body, SYSTEM).packages)

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """See ``Carrier``."""
        found: dict[str, Shipment] = {}
        for start in range(0, len(parcels), AT_ONCE):
            asked = parcels[start : start + AT_ONCE]
            answers = await asyncio.gather(*map(self.track, asked))
            found |= {one.tracking: told for one, told in zip(asked, answers, strict=True) if told is not None}
        return found

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """See ``Carrier``."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """See ``Carrier``."""
        try:
            await self.track(Parcel(SYSTEM, EXAMPLE_NUMBER))
        except Denied as error:
            fix = "take client id and secret from an app at developer.ups.com that has the Tracking product"
            return (Check("credentials", False, f"{error}; {fix}"),)
        except SystemFailed as error:
            return (Check("tracking", False, str(error)),)
        return (
            Check("tracking", True, "parcels can be tracked"),
            Check("changes", None, "deliveries are not changed through UPS: callers are offered a person"),
        )

    async def close(self) -> None:
        """See ``Carrier``."""
        await self._client.close()


def create(section: Ups) -> UpsCarrier:
    """The carrier of these settings. Raises NotConfigured."""
    require(section, "carriers.ups", "url", "client_id", "client_secret")
    auth = OAuth2(
        SYSTEM,
        section.url.rstrip("/") + "/security/v1/oauth/token",
        {"grant_type": "client_credentials", "client_id": section.client_id},
        {"client_secret": section.client_secret},
        style="basic",
    )
    client = WebClient(SYSTEM, section.url, auth, rates=(RATE,))
    return UpsCarrier(client, timedelta(minutes=section.fresh_minutes))
