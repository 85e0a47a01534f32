"""AfterShip Tracking 2026-07: parcels of any carrier that the account follows.

Paths, query and bodies: the API's own Python library, aftership-tracking-sdk 10.0.1. Rates: www.aftership.com/docs/
tracking, 'Rate limit' (of 2025-01; that of 2026-07 was not found). AfterShip knows only parcels that it was told of,
mostly by the shop's own connection; others are added when they are first asked for, and answered from the next time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import structlog

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carrier_names import carrier_key
from asterisk_agent.commerce.carriers.aftership_reading import SYSTEM, Tracking, shipment
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Denied, Rejected, SystemFailed
from asterisk_agent.commerce.models import Order, Shipment
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient
from asterisk_agent.settings_systems import AfterShip as Settings

log = structlog.get_logger(__name__)

TRACKINGS = "/tracking/2026-07/trackings"

BATCH = 50
"""Most numbers in one request."""

MOST_ROWS = 200
"""Most trackings in one answer: a number can be several carriers'."""

RATES = (Rate(6, 1.0),)
"""Of asking for trackings, the slower of the two requests that are made here."""

REMEMBERED = 20_000
"""Numbers that were added and are not added again."""

_SLUGS = {"ups": "ups", "fedex": "fedex", "usps": "usps", "ontrac": "ontrac", "canadapost": "canada-post"}
"""AfterShip's names of carriers that it has only one of; it finds the others itself."""


class _Trackings(Part):
    trackings: tuple[Tracking, ...]


class _Answer(Part):
    data: _Trackings


def create(section: Settings) -> AfterShip:
    """The aggregator of the settings. Raises NotConfigured."""
    require(section, "carriers.aftership", "url", "key")
    return AfterShip(section)


class AfterShip:
    """The carrier protocol on AfterShip."""

    def __init__(self, section: Settings) -> None:
        self._section = section
        # Its description requires a content type of requests without content, too.
        headers = {"Content-Type": "application/json"}
        self._web = WebClient(SYSTEM, section.url, Key("as-api-key", section.key), headers=headers, rates=RATES)
        self._added: OrderedDict[str, None] = OrderedDict()

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    @property
    def carriers(self) -> frozenset[str]:
        """Any."""
        return frozenset()

    @property
    def fresh(self) -> timedelta:
        """How long an answer counts as new."""
        return timedelta(minutes=self._section.fresh_minutes)

    @property
    def batch(self) -> int:
        """Most parcels in one request."""
        return BATCH

    async def track(self, parcel: Parcel) -> Shipment | None:
        """The parcel, None if AfterShip does not follow it, which it does from now on, or has heard nothing of it."""
        return (await self.track_many([parcel])).get(parcel.tracking)

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """By tracking number, for those that AfterShip has heard of; it follows the others from now on."""
        wanted = [one for one in parcels if plain(one.tracking) and "," not in one.tracking]
        followed: dict[str, Tracking] = {}
        for start in range(0, len(wanted), BATCH):
            followed |= await self._asked(wanted[start : start + BATCH])
        await self._add(one for one in wanted if one.tracking not in followed)
        return {
            one.tracking: shipment(told, one.carrier or told.slug or "", one.tracking)
            for one in wanted
            if (told := followed.get(one.tracking)) and told.heard_of
        }

    @property
    def capabilities(self) -> frozenset[str]:
        """It only tracks."""
        return frozenset()

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """It only tracks."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """Whether the key is good; what AfterShip cannot know."""
        try:
            read(_Answer, (await self._web.get(TRACKINGS, {"limit": 1})).body, SYSTEM)
        except SystemFailed as error:
            return (Check("credentials", False, str(error)),)
        news = bool(self._section.webhook_secret.get_secret_value())
        return (
            Check("credentials", True, "the key may look up trackings"),
            Check("parcels", None, "parcels of the last 120 days; others are added, which counts against the plan"),
            Check(
                "webhooks",
                True if news else None,
                "news are verified with carriers.aftership.webhook_secret"
                if news
                else "none are accepted: set carriers.aftership.webhook_secret to the secret of Settings > Webhooks",
            ),
        )

    async def close(self) -> None:
        """Release connections."""
        await self._web.close()

    async def _asked(self, parcels: Sequence[Parcel]) -> dict[str, Tracking]:
        numbers = ",".join(dict.fromkeys("".join(one.tracking.split()) for one in parcels))
        answer = await self._web.get(TRACKINGS, {"tracking_numbers": numbers, "limit": MOST_ROWS})
        rows = read(_Answer, answer.body, SYSTEM).data.trackings
        return {parcel.tracking: row for parcel in parcels if (row := _of(parcel, rows))}

    async def _add(self, parcels: Iterable[Parcel]) -> None:
        """Have AfterShip follow these, each asked for once. That it does not is no failure of the look-up."""
        for parcel in parcels:
            if plain(parcel.tracking) in self._added:
                continue
            body = {
                "tracking_number": "".join(parcel.tracking.split()),
                "slug": _SLUGS.get(parcel.carrier),
                "destination_postal_code": parcel.zip or None,
            }
            try:
                # A number that is there already is refused (meta code 4003): asking twice does nothing twice.
                await self._web.post(TRACKINGS, {k: v for k, v in body.items() if v}, repeatable=True)
            except (Rejected, Denied) as error:
                log.info("a parcel was not added to AfterShip", kind=error.kind, carrier=parcel.carrier)
            except SystemFailed:
                return
            self._added[plain(parcel.tracking)] = None
            while len(self._added) > REMEMBERED:
                self._added.popitem(last=False)


def _of(parcel: Parcel, rows: Iterable[Tracking]) -> Tracking | None:
    """The tracking with this number: the carrier's where it has one, else the one that was changed last."""
    same = [one for one in rows if plain(one.tracking_number) == plain(parcel.tracking)]
    carriers = [one for one in same if parcel.carrier and carrier_key(one.slug or "") == parcel.carrier]
    return max(carriers or same, key=lambda one: one.updated_at or "", default=None)
