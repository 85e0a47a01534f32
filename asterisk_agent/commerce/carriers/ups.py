"""UPS Track: ``GET /api/track/v1/details/{number}``, one number a request.

Requests and answers: UPS's description (Tracking, OAuth client credentials). Parcels are changed only where the
shipper's account is set (``ups_intercept``).
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carriers.ups_intercept import NAMES, Intercept, UpsIntercept
from asterisk_agent.commerce.carriers.ups_reading import SYSTEM, Told, shipment
from asterisk_agent.commerce.changes import Change, Outcome, RescheduleDelivery
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import BadAnswer, Denied, Rejected, SystemFailed
from asterisk_agent.commerce.models import Order, Shipment, ShipmentStatus
from asterisk_agent.commerce.once import REMEMBERED, Once
from asterisk_agent.commerce.parcels import parcel_of
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import Part, read
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
_UNCHANGEABLE = {
    ShipmentStatus.DELIVERED: "already_delivered",
    ShipmentStatus.RETURNING: "returning",
    ShipmentStatus.AVAILABLE_FOR_PICKUP: "waits_for_pickup",
    ShipmentStatus.OUT_FOR_DELIVERY: "out_for_delivery",
    ShipmentStatus.EXCEPTION: "not_allowed",
    ShipmentStatus.PRE_TRANSIT: "not_under_way",
    ShipmentStatus.UNKNOWN: "not_under_way",
}
_OF_NUMBERS = re.compile(r"(inquiry|tracking) (number|information)", re.IGNORECASE)
"""What UPS's words for a 400 speak of when it is the number that is wrong; its description lists no codes."""


class UpsCarrier:
    """See ``Carrier``."""

    name = SYSTEM
    carriers = frozenset({SYSTEM})
    batch = AT_ONCE

    def __init__(self, client: WebClient, fresh: timedelta, account: str = "") -> None:
        self._client = client
        self.fresh = fresh
        self._intercept = UpsIntercept(client, account) if account else None
        self._once = Once()
        self._made: dict[str, Change] = {}

    @property
    def capabilities(self) -> frozenset[str]:
        """See ``Carrier``: none without the shipper's account."""
        return NAMES if self._intercept else frozenset()

    async def track(self, parcel: Parcel) -> Shipment | None:
        """See ``Carrier``."""
        number = plain(parcel.tracking)
        if not 7 <= len(number) <= 34:
            return None
        headers = {"transId": uuid.uuid4().hex[:32], "transactionSrc": "order-agent"}
        try:
            answer = await self._client.get(f"{DETAILS}/{segment(number)}", {"locale": "en_US"}, headers=headers)
        except Rejected as error:
            if _is_unknown(error):
                return None
            raise
        return shipment(parcel, read(Told, answer.body, SYSTEM))

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """See ``Carrier``."""
        found: dict[str, Shipment] = {}
        for start in range(0, len(parcels), AT_ONCE):
            asked = parcels[start : start + AT_ONCE]
            answers = await asyncio.gather(*map(self.track, asked))
            found |= {one.tracking: told for one, told in zip(asked, answers, strict=True) if told is not None}
        return found

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """See ``Carrier``. What was made last for a parcel is not made again, whatever the key."""
        intercept = self._intercept
        if intercept is None or not isinstance(change, Intercept):
            return Outcome("unsupported")
        number = plain(change.tracking)

        async def make() -> Outcome:
            if self._made.get(number) == change:
                return Outcome("done")
            now = await self.track(parcel_of(order, shipment))
            if now is None:
                return Outcome("refused", "no_such_parcel")
            if reason := _UNCHANGEABLE.get(now.status):
                return Outcome("refused", reason)
            if isinstance(change, RescheduleDelivery) and now.expected == change.day:
                return Outcome("done")
            outcome = await intercept.make(number, order, change)
            if outcome.status == "done":
                self._made[number] = change
                while len(self._made) > REMEMBERED:
                    del self._made[next(iter(self._made))]
            return outcome

        return await self._once.make(key, make)

    async def check(self) -> tuple[Check, ...]:
        """See ``Carrier``."""
        try:
            await self.track(Parcel(SYSTEM, EXAMPLE_NUMBER))
        except Denied as error:
            fix = "take client id and secret from an app at developer.ups.com that has the Tracking product"
            return (Check("credentials", False, f"{error}; {fix}"),)
        except SystemFailed as error:
            return (Check("tracking", False, str(error)),)
        return (Check("tracking", True, "parcels can be tracked"), await self._check_changes())

    async def _check_changes(self) -> Check:
        if self._intercept is None:
            text = "set carriers.ups.account to redirect and reschedule; until then callers are offered a person"
            return Check("changes", None, text)
        try:
            await self._intercept.may_ask(EXAMPLE_NUMBER)
        except Denied as error:
            return Check(
                "changes", False, f"{error}; add the Delivery Intercept product to the app at developer.ups.com"
            )
        except SystemFailed as error:
            return Check("changes", False, str(error))
        text = "own parcels can be redirected, rescheduled and held where UPS says that it costs nobody but the shipper"
        return Check("changes", True, text)

    async def close(self) -> None:
        """See ``Carrier``."""
        await self._client.close()


class _Error(Part):
    message: str | None = None


class _Errors(Part):
    errors: tuple[_Error, ...] | None = None


class _Refusal(Part):
    response: _Errors


def _is_unknown(error: Rejected) -> bool:
    """Whether UPS says that it does not know the number (404) or that it is none (400): a gateway says neither so."""
    try:
        told = read(_Refusal, error.body, SYSTEM).response.errors or ()
    except BadAnswer:
        return False
    return error.status == 404 or (error.status == 400 and any(_OF_NUMBERS.search(one.message or "") for one in told))


def create(section: Ups) -> UpsCarrier:
    """The carrier of these settings. Raises NotConfigured."""
    require(section, "carriers.ups", "url", "client_id", "client_secret")
    merchant = {"x-merchant-id": section.account.upper()} if section.account else {}
    auth = OAuth2(
        SYSTEM,
        section.url.rstrip("/") + "/security/v1/oauth/token",
        {"grant_type": "client_credentials", "client_id": section.client_id},
        {"client_secret": section.client_secret},
        style="basic",
        token_headers=merchant,
    )
    client = WebClient(SYSTEM, section.url, auth, rates=(RATE,))
    return UpsCarrier(client, timedelta(minutes=section.fresh_minutes), section.account)
