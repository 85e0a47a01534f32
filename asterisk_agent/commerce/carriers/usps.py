"""USPS Tracking 3.2 (v3r2): up to 35 numbers in a request, answers and errors mixed.

Sources: the description of the developer portal (Package Tracking and Notification 3.2.3); token as JSON, github.com/
USPS/api-examples, README; categories and event codes, Publication 199, appendices G-4 and G-5. USPS shows the parcels
of the shop's own mailer id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carriers.usps_reading import SYSTEM, shipments
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Rejected, SystemFailed
from asterisk_agent.commerce.models import Order, Shipment
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import Answer
from asterisk_agent.commerce.web.auth import OAuth2
from asterisk_agent.commerce.web.client import WebClient
from asterisk_agent.commerce.web.quota import quota
from asterisk_agent.settings_systems import Usps

MOST = 35
"""Numbers in one request."""
EXAMPLE_NUMBER = "9400100000000000000000"
"""A number of the form that USPS uses: asking for it proves the rights, whatever is known of it."""


class UspsCarrier:
    """See ``Carrier``. It changes nothing: USPS has no interface for a shop's parcels under way."""

    name = SYSTEM
    carriers = frozenset({SYSTEM})
    batch = MOST
    capabilities: frozenset[str] = frozenset()

    def __init__(self, client: WebClient, fresh: timedelta, per_hour: int) -> None:
        self._client = client
        self._per_hour = per_hour
        self.fresh = fresh

    async def track(self, parcel: Parcel) -> Shipment | None:
        """See ``Carrier``."""
        return (await self.track_many([parcel])).get(parcel.tracking)

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """See ``Carrier``. What is no tracking number is not asked for."""
        asked = list({plain(one.tracking): one for one in parcels if _is_number(plain(one.tracking))}.values())
        found: dict[str, Shipment] = {}
        for start in range(0, len(asked), MOST):
            found |= await self._batch(asked[start : start + MOST])
        return {one.tracking: found[key] for one in parcels if (key := plain(one.tracking)) in found}

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """See ``Carrier``."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """See ``Carrier``."""
        try:
            answer = await self._post([Parcel(SYSTEM, EXAMPLE_NUMBER)], (401, 403, 404))
        except SystemFailed as error:
            return (Check("tracking", False, str(error)),)
        if answer.status in (401, 403):
            text = f"usps answered {answer.status}: add the Tracking API to the app at developers.usps.com (My Apps)"
            return (Check("tracking", False, text),)
        return (
            Check("tracking", True, f"works, up to {MOST} parcels in a request"),
            Check(
                "parcels",
                None,
                "only those of the shop's own mailer id are shown: for others name an aggregator in carriers.systems",
            ),
            Check("quota", None, f"{self._per_hour} requests an hour are used, as USPS allows a new app"),
        )

    async def close(self) -> None:
        """See ``Carrier``."""
        await self._client.close()

    async def _post(self, parcels: Sequence[Parcel], expected: tuple[int, ...]) -> Answer:
        body = [_asked(one) for one in parcels]
        return await self._client.post("/tracking/v3r2/tracking", body, expected=expected, repeatable=True)

    async def _batch(self, parcels: Sequence[Parcel]) -> dict[str, Shipment]:
        """By plain number."""
        try:
            answer = await self._post(parcels, (404,))
        except Rejected as error:
            if error.status != 400:
                raise
            if len(parcels) == 1:
                return {}
            # One number that USPS takes for none spoils the request of all.
            half = len(parcels) // 2
            return {**await self._batch(parcels[:half]), **await self._batch(parcels[half:])}
        return shipments(parcels, answer) if answer.status != 404 else {}


def create(section: Usps) -> UspsCarrier:
    """The carrier of these settings. Raises NotConfigured."""
    require(section, "carriers.usps", "url", "client_id", "client_secret")
    auth = OAuth2(
        SYSTEM,
        section.url.rstrip("/") + "/oauth2/v3/token",
        {"grant_type": "client_credentials", "client_id": section.client_id},
        {"client_secret": section.client_secret},
        style="json",
    )
    client = WebClient(SYSTEM, section.url, auth, rates=(quota(section.per_hour, 3600),))
    return UspsCarrier(client, timedelta(minutes=section.fresh_minutes), section.per_hour)


def _is_number(number: str) -> bool:
    return 4 <= len(number) <= 34


def _asked(parcel: Parcel) -> dict[str, str]:
    """The ZIP tells parcels with the same number apart."""
    body = {"trackingNumber": plain(parcel.tracking)}
    zip_code = re.fullmatch(r"(\d{5})(-?\d{4})?", parcel.zip.strip(), re.ASCII)
    return body | ({"destinationZIPCode": zip_code[1]} if zip_code else {})
