"""FedEx Track (Basic Integrated Visibility): ``POST /track/v1/trackingnumbers``, up to 30 numbers at once.

Requests and answers: FedEx's description (Track 1.0.0); quota: developer.fedex.com, 'Rate limits': 1,400 in 10 s.
It changes nothing: FedEx has no open interface for a shop's parcels under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from asterisk_agent.commerce.carrier import Parcel
from asterisk_agent.commerce.carriers.fedex_reading import SYSTEM, Result, Told, shipment
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, Limited, Rejected, SystemFailed
from asterisk_agent.commerce.models import Order, Shipment
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.web.answer import Answer, read
from asterisk_agent.commerce.web.auth import OAuth2
from asterisk_agent.commerce.web.client import WebClient
from asterisk_agent.commerce.web.quota import quota
from asterisk_agent.settings_systems import FedEx

PATH = "/track/v1/trackingnumbers"
MOST = 30
"""Numbers in one request."""
LIMIT = (1400, 10.0)
"""Requests in seconds, of a project."""
EXAMPLE_NUMBER = "794600000000"
"""A number of the form that FedEx uses: asking for it proves the rights, whatever is known of it."""

_UNKNOWN = ("TRACKING.TRACKINGNUMBER.", "TRACKING.DATA.NOTFOUND", "TRACKING.REFERENCENUMBER.NOTFOUND")
"""Beginnings of the codes by which FedEx says that it does not know a number, or that it is none."""


class FedExCarrier:
    """See ``Carrier``."""

    name = SYSTEM
    carriers = frozenset({SYSTEM})
    batch = MOST
    capabilities: frozenset[str] = frozenset()

    def __init__(self, client: WebClient, fresh: timedelta) -> None:
        self._client = client
        self.fresh = fresh

    async def track(self, parcel: Parcel) -> Shipment | None:
        """See ``Carrier``."""
        return (await self.track_many([parcel])).get(parcel.tracking)

    async def track_many(self, parcels: Sequence[Parcel]) -> Mapping[str, Shipment]:
        """See ``Carrier``. What is no tracking number is not asked for."""
        asked = [one for one in parcels if _is_number(plain(one.tracking))]
        found: dict[str, Shipment] = {}
        for start in range(0, len(asked), MOST):
            found |= await self._batch(asked[start : start + MOST])
        return found

    async def perform(self, order: Order, shipment: Shipment, change: Change, key: str) -> Outcome:
        """See ``Carrier``."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """See ``Carrier``."""
        try:
            await self.track(Parcel(SYSTEM, EXAMPLE_NUMBER))
        except Denied as error:
            fix = "take client id and secret from a project at developer.fedex.com that has the Track API"
            return (Check("credentials", False, f"{error}; {fix}"),)
        except SystemFailed as error:
            return (Check("tracking", False, str(error)),)
        return (
            Check("tracking", True, "parcels can be tracked"),
            Check("changes", None, "FedEx offers none for parcels under way: callers are offered a person"),
        )

    async def close(self) -> None:
        """See ``Carrier``."""
        await self._client.close()

    async def _batch(self, parcels: Sequence[Parcel]) -> dict[str, Shipment]:
        try:
            told = read(Told, (await self._ask(parcels)).body, SYSTEM)
        except Rejected as error:
            if not _is_unknown(error):
                raise
            return await self._singly(parcels)
        _raise_failure([failure.code or "an error without a code" for failure in told.errors or ()], 0)
        results: dict[str, list[Result]] = {}
        for one in told.complete:
            results.setdefault(plain(one.number), []).extend(one.results or ())
        every = [result for rows in results.values() for result in rows]
        _raise_failure([result.failure for result in every if result.failure], sum(not one.failure for one in every))
        found = {one.tracking: shipment(one, results.get(plain(one.tracking), ())) for one in parcels}
        return {number: known for number, known in found.items() if known is not None}

    async def _singly(self, parcels: Sequence[Parcel]) -> dict[str, Shipment]:
        """One wrong number has the whole request refused: each half is asked for by itself."""
        if len(parcels) == 1:
            return {}
        half = len(parcels) // 2
        return {**await self._batch(parcels[:half]), **await self._batch(parcels[half:])}

    async def _ask(self, parcels: Sequence[Parcel]) -> Answer:
        numbers = dict.fromkeys(plain(one.tracking) for one in parcels)
        body = {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
        }
        return await self._client.post(PATH, body, headers={"X-locale": "en_US"}, repeatable=True)


def create(section: FedEx) -> FedExCarrier:
    """The carrier of these settings. Raises NotConfigured."""
    require(section, "carriers.fedex", "url", "client_id", "client_secret")
    auth = OAuth2(
        SYSTEM,
        section.url.rstrip("/") + "/oauth/token",
        {"grant_type": "client_credentials", "client_id": section.client_id},
        {"client_secret": section.client_secret},
    )
    client = WebClient(SYSTEM, section.url, auth, rates=(quota(*LIMIT),))
    return FedExCarrier(client, timedelta(minutes=section.fresh_minutes))


def _is_number(number: str) -> bool:
    return 8 <= len(number) <= 40


def _is_unknown(error: Rejected) -> bool:
    """Whether a 400 or 404 speaks of a number, and not of the request as a whole."""
    try:
        told = read(Told, error.body, SYSTEM).errors or ()
    except BadAnswer:
        return False
    return bool(told) and all((one.code or "").startswith(_UNKNOWN) for one in told)


def _raise_failure(codes: Sequence[str], told: int) -> None:
    """A failure of FedEx's own, told inside a 200, is not that the numbers are unknown. ``told``: how many are."""
    worst = next((code for code in codes if not code.startswith(_UNKNOWN)), None)
    if worst is None or told:
        return
    if "RATE" in worst or "THROTTL" in worst:
        raise Limited(f"fedex: {worst[:60]}")
    if "FORBIDDEN" in worst or "AUTHORI" in worst:
        raise Denied(f"fedex: {worst[:60]}")
    if "INTERNAL" in worst or "SERVICE" in worst or "SYSTEM" in worst:
        raise Broken(f"fedex: {worst[:60]}", 500)
    raise BadAnswer(f"fedex: {worst[:60]}")
