"""EasyPost trackers (API v2): any carrier's parcels, looked up first, registered where EasyPost does not have them yet.

Sources: docs.easypost.com (Trackers, Tracking Guide, Rate Limiting Guide: 5 list requests a second). Registering the
same number again answers the tracker that there is, so it may be repeated. Registering is what EasyPost bills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pydantic import SecretStr

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carriers.easypost_reading import SYSTEM, Tracker, Trackers, newest_of, told
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Order, Shipment
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import read
from asterisk_agent.commerce.web.auth import Basic
from asterisk_agent.commerce.web.client import Rate, WebClient
from asterisk_agent.settings_systems import EasyPost

PATH = "/v2/trackers"

_CARRIERS = {
    "ups": "UPS",
    "usps": "USPS",
    "fedex": "FedEx",
    "ontrac": "OnTrac",
    "canadapost": "CanadaPost",
    "lso": "LSO",
}
"""Names that EasyPost takes; of others, and of DHL with its many, it finds out the carrier from the number."""

TEST_KEY = "EZTK"
"""How the keys for tests begin."""


class EasyPostCarrier:
    """See ``Carrier``."""

    name = SYSTEM
    carriers: frozenset[str] = frozenset()
    batch = 1
    capabilities: frozenset[str] = frozenset()

    def __init__(self, client: WebClient, fresh: timedelta, test: bool, hears_news: bool) -> None:
        """``test``: the key is one for tests; ``hears_news``: a secret for webhooks is set."""
        self._client = client
        self.fresh = fresh
        self._test = test
        self._hears_news = hears_news

    async def track(self, parcel: Parcel) -> Shipment | None:
        """See ``Carrier``."""
        number = plain(parcel.tracking)
        if not number:
            return None
        answer = await self._client.get(PATH, {"tracking_code": number})
        one = newest_of(read(Trackers, answer.body, SYSTEM).trackers or (), parcel)
        if one is None:
            one = await self._registered(number, parcel)
        return told(one, parcel.tracking) if one is not None else None

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """See ``Carrier``."""
        answers = [(one.tracking, await self.track(one)) for one in parcels]
        return {tracking: shipment for tracking, shipment in answers if shipment is not None}

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """See ``Carrier``."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """See ``Carrier``."""
        try:
            await self._client.get(PATH, {"page_size": 1})
        except SystemFailed as error:
            return (Check("tracking", False, str(error)),)
        mode = Check(
            "tracking",
            None if self._test else True,
            "this is a test key: it knows the numbers EZ1000000001 to EZ7000000007 only, use the production key"
            if self._test
            else "works; a parcel whose label is not EasyPost's own is registered when it is first asked for",
        )
        news = Check("news", True, "webhooks with a right signature are taken")
        return (mode, news if self._hears_news else _NO_NEWS)

    async def close(self) -> None:
        """See ``Carrier``."""
        await self._client.close()

    async def _registered(self, number: str, parcel: Parcel) -> Tracker | None:
        """The parcel as EasyPost knows it from now on; None for a number that no carrier of its has (422)."""
        named = {"carrier": _CARRIERS[parcel.carrier]} if parcel.carrier in _CARRIERS else {}
        answer = await self._client.post(
            PATH, {"tracker": {"tracking_code": number, **named}}, expected=(404, 422), repeatable=True
        )
        if answer.status >= 300:
            return None
        return newest_of([read(Tracker, answer.body, SYSTEM)], parcel)


_NO_NEWS = Check(
    "news",
    None,
    "no webhook is accepted: set carriers.easypost.webhook_secret and the same webhook_secret at EasyPost's webhook",
)


def create(section: EasyPost) -> EasyPostCarrier:
    """The carrier of these settings. Raises NotConfigured."""
    require(section, "carriers.easypost", "url", "key")
    client = WebClient(SYSTEM, section.url, Basic(section.key, SecretStr("")), rates=(Rate(5, 1),))
    return EasyPostCarrier(
        client,
        timedelta(minutes=section.fresh_minutes),
        section.key.get_secret_value().startswith(TEST_KEY),
        bool(section.webhook_secret.get_secret_value()),
    )
