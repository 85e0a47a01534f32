"""Trackings of open orders, fetched ahead on a schedule, so that callers hear fresh answers at once."""

from __future__ import annotations

import asyncio

import structlog

from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.parcels import parcel_of
from asterisk_agent.commerce.systems import Systems
from asterisk_agent.commerce.web.patience import behind_the_calls

log = structlog.get_logger(__name__)


async def fetch_ahead(systems: Systems, most: int) -> int:
    """Have the trackings of the newest ``most`` open orders ready; how many were fetched. Raises SystemFailed."""
    with behind_the_calls():
        orders = await systems.open_orders(most)
    parcels = [parcel_of(order, shipment) for order in orders for shipment in order.shipments]
    return await systems.trackings.fetch_ahead(parcels)


async def keep_fetching(systems: Systems, every_s: float, most: int) -> None:
    """``fetch_ahead`` now and every ``every_s`` seconds; a failure is logged and left for the next round."""
    while True:
        try:
            found = await fetch_ahead(systems, most)
            log.info("trackings are fetched ahead", parcels=found)
        except SystemFailed as error:
            log.warning("trackings cannot be fetched ahead now", error=str(error))
        await asyncio.sleep(every_s)
