"""DHL Shipment Tracking Unified 1.5: one number in a request, a small quota, several shipments for one number.

Source: the description of the developer portal (Unified Shipment Tracking API 1.5.6), whose times carry no offset:
they are those of the place they stand beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carriers.dhl_reading import SYSTEM, Shipments, chosen, told
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Order, Shipment
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import Answer, read
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient
from asterisk_agent.commerce.web.quota import quota
from asterisk_agent.settings_systems import Dhl

EXAMPLE_NUMBER = "00340434292135100186"
"""A number of the form that DHL uses: asking for it proves the key, whatever is known of it."""

DAY_S = 86_400


class DhlCarrier:
    """See ``Carrier``. It changes nothing: the API only tracks."""

    name = SYSTEM
    carriers = frozenset({SYSTEM})
    batch = 1
    capabilities: frozenset[str] = frozenset()

    def __init__(self, client: WebClient, fresh: timedelta, per_day: int, clock: Callable[[], datetime]) -> None:
        self._client = client
        self.fresh = fresh
        self._per_day = per_day
        self._clock = clock

    async def track(self, parcel: Parcel) -> Shipment | None:
        """See ``Carrier``. Where several shipments have the number, the one that goes to the parcel's ZIP code."""
        number = plain(parcel.tracking)
        if not number:
            return None
        answer = await self._get(number, parcel.zip.strip(), (404,))
        if answer.status == 404:
            return None
        one = chosen(read(Shipments, answer.body, SYSTEM).shipments or (), parcel)
        return told(one, parcel, self._clock()) if one is not None else None

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """See ``Carrier``."""
        answers = [(one.tracking, await self.track(one)) for one in parcels]
        return {tracking: shipment for tracking, shipment in answers if shipment is not None}

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """See ``Carrier``."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """See ``Carrier``. It costs one request of the day's."""
        try:
            answer = await self._get(EXAMPLE_NUMBER, "", (401, 403, 404))
        except SystemFailed as error:
            return (Check("tracking", False, str(error)),)
        if answer.status in (401, 403):
            text = (
                f"dhl answered {answer.status}: carriers.dhl.key is wrong, or its app at developer.dhl.com"
                " has no 'Shipment Tracking - Unified' yet"
            )
            return (Check("tracking", False, text),)
        return (
            Check("tracking", True, "works, one parcel in a request"),
            Check(
                "quota",
                None,
                f"{self._per_day} requests a day are used in all; with several processes, or once DHL grants more, set"
                " carriers.dhl.per_day and carriers.dhl.seconds_between",
            ),
        )

    async def close(self) -> None:
        """See ``Carrier``."""
        await self._client.close()

    async def _get(self, number: str, zip_code: str, expected: tuple[int, ...]) -> Answer:
        where = {"recipientPostalCode": zip_code} if zip_code else {}
        return await self._client.get(
            "/track/shipments", {"trackingNumber": number, **where, "language": "en"}, expected=expected
        )


def create(section: Dhl, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> DhlCarrier:
    """The carrier of these settings. Raises NotConfigured."""
    require(section, "carriers.dhl", "url", "key")
    rates = [quota(section.per_day, DAY_S)]
    if section.seconds_between:
        rates.append(Rate(1, section.seconds_between))
    client = WebClient(
        SYSTEM,
        section.url,
        Key("DHL-API-Key", section.key),
        headers={"Accept": "application/json, application/problem+json"},
        rates=rates,
    )
    return DhlCarrier(client, timedelta(minutes=section.fresh_minutes), section.per_day, clock)
