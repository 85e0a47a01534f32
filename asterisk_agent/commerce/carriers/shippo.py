"""Shippo tracking (API version 2018-02-08): one number of a named carrier in a request.

Sources: docs.goshippo.com (public-api.yaml; Rate limits: 500 look-ups a minute live, 50 with a test token).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carriers.shippo_reading import SYSTEM, Track, told
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Order, Shipment
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import read
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient, segment
from asterisk_agent.settings_systems import Shippo

TEST_TOKEN = "shippo_test_"
VERSION = "2018-02-08"

_TOKENS = """
    airterra apc_postal apg aramex asendia_us australia_post axlehire better_trucks borderguru boxberry bring
    canada_post cdl chronopost collect_plus correios_br correos_espana colissimo deutsche_post dhl_benelux dhl_ecommerce
    dhl_express dhl_germany_c2c dhl_germany dpd_de dpd_uk estafeta fastway_australia fedex globegistics gls_us gophr gso
    hermes_germany_b2c hermes_uk hongkong_post lasership lso mondial_relay new_zealand_post nippon_express ontrac
    parcelforce passport pcf poste_italiane posti purolator royal_mail royal_mail_sf rr_donnelley russian_post skypostal
    stuart swyft uds ups usps veho
"""
"""Shippo's names of carriers (CarriersEnum)."""

_BY_KEY = {token.replace("_", ""): token for token in _TOKENS.split()}
_DHL_EXPRESS = re.compile(r"\d{10}|J[JVD]\w{8,}", re.ASCII)
"""DHL Express numbers have ten digits or begin with JJD, JVGL and the like; others are DHL eCommerce's in the US."""


class ShippoCarrier:
    """See ``Carrier``. Of a parcel whose carrier is not known it says nothing: Shippo asks for the name."""

    name = SYSTEM
    carriers = frozenset({*_BY_KEY, "dhl"})
    batch = 1
    capabilities: frozenset[str] = frozenset()

    def __init__(self, client: WebClient, fresh: timedelta, test: bool, hears_news: bool) -> None:
        """``test``: the token is one for tests; ``hears_news``: a secret for webhooks is set."""
        self._client = client
        self.fresh = fresh
        self._test = test
        self._hears_news = hears_news

    async def track(self, parcel: Parcel) -> Shipment | None:
        """See ``Carrier``."""
        number = plain(parcel.tracking)
        carrier = _token(parcel.carrier, number)
        if not number or carrier is None:
            return None
        answer = await self._client.get(f"/tracks/{segment(carrier)}/{segment(number)}", expected=(400, 404))
        if answer.status >= 400:
            return None
        track = read(Track, answer.body, SYSTEM)
        return told(track, parcel.tracking, parcel.zip) if track.is_known else None

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
            await self._client.get("/carrier_accounts", {"results": 1})
        except SystemFailed as error:
            return (Check("tracking", False, str(error)),)
        if self._test:
            text = "this is a test token: it knows Shippo's test numbers only, use the live token (shippo_live_…)"
            mode = Check("tracking", None, text)
        else:
            mode = Check("tracking", True, "works for parcels whose carrier the store names")
        return (mode, Check("news", True, "webhooks with the token are taken") if self._hears_news else _NO_NEWS)

    async def close(self) -> None:
        """See ``Carrier``."""
        await self._client.close()


_NO_NEWS = Check(
    "news",
    None,
    "no webhook is accepted: set carriers.shippo.webhook_secret and the same as ?token=… in the webhook's address",
)


def create(section: Shippo) -> ShippoCarrier:
    """The carrier of these settings. Raises NotConfigured."""
    require(section, "carriers.shippo", "url", "token")
    test = section.token.get_secret_value().startswith(TEST_TOKEN)
    client = WebClient(
        SYSTEM,
        section.url,
        Key("Authorization", section.token, "ShippoToken "),
        headers={"SHIPPO-API-VERSION": VERSION},
        rates=(Rate(50 if test else 500, 60),),
    )
    return ShippoCarrier(
        client, timedelta(minutes=section.fresh_minutes), test, bool(section.webhook_secret.get_secret_value())
    )


def _token(carrier: str, number: str) -> str | None:
    if carrier == "dhl":
        return "dhl_express" if _DHL_EXPRESS.fullmatch(number) else "dhl_ecommerce"
    return _BY_KEY.get(carrier)
