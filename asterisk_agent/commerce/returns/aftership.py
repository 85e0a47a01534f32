"""AfterShip Returns 2026-07: the returns of an order by its name.

``GET /returns?order_name=`` and the answer's fields: AfterShip's own description of the Returns API. The limit is the
10 a second for an account that the documentation of its other products names. Likely, not described: that a name is
found only with its '#' where the store writes one (both are asked for), and the order's own names in the answer, which
are those that users of the API read. Returns are created by ids of the store's lines, which are not known here: none
is opened.
"""

from __future__ import annotations

import asyncio

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import SystemFailed
from asterisk_agent.commerce.models import Order, Return
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient
from asterisk_agent.settings_systems import AfterShipReturns as Settings

RETURNS = "/returns/2026-07/returns"

MOST = 50
"""Returns in one answer, the most that there can be; no order has more."""

RATES = (Rate(10, 1.0),)

_APPROVALS = {"submitted": "requested", "approved": "approved", "rejected": "rejected", "expired": "expired"}
_SHIPPING = {
    "in_transit": "in transit",
    "delivered": "delivered",
    "partially_received": "partly here",
    "received": "received",
    "partially_dropped": "partly dropped off",
    "dropped": "dropped off",
}
"""How far an approved return is; 'no_label', 'pending' and 'void' say no more than that it is approved."""


class _Order(Part):
    order_name: str | None = None
    order_number: str | None = None


class _Item(Part):
    product_title: str | None = None
    return_reason: str | None = None


class _Shipment(Part):
    tracking_number: str | None = None
    slug: str | None = None


class _Receiving(Part):
    received_at: str | None = None


class _Return(Part):
    id: str
    rma_number: str
    approval_status: str
    shipping_status: str | None = None
    created_at: str | None = None
    refunded_at: str | None = None
    order: _Order
    return_items: tuple[_Item, ...] | None = None
    shipments: tuple[_Shipment, ...] | None = None
    receivings: tuple[_Receiving, ...] | None = None


class _Data(Part):
    returns: tuple[_Return, ...]


class _Answer(Part):
    data: _Data


def create(section: Settings) -> AfterShipReturns:
    """The system of the settings. Raises NotConfigured."""
    require(section, "returns.aftership", "url", "key")
    return AfterShipReturns(section)


class AfterShipReturns:
    """The returns protocol on AfterShip Returns."""

    def __init__(self, section: Settings) -> None:
        # Its own name in metrics: AfterShip Tracking has a limit and a breaker of its own.
        self._web = WebClient("aftership_returns", section.url, Key("as-api-key", section.key), rates=RATES)

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return "aftership"

    async def returns(self, order: Order) -> tuple[Return, ...]:
        """The returns of the order of the last 365 days, newest first."""
        if not order.key:
            return ()
        bare = order.number.strip().removeprefix("#")
        found = await asyncio.gather(self._named(bare), self._named(f"#{bare}"))
        rows = {row.id: row for rows in found for row in rows if _is_of(row, order)}
        return tuple(sorted(map(_read, rows.values()), key=_opened, reverse=True))

    @property
    def capabilities(self) -> frozenset[str]:
        """It only tells."""
        return frozenset()

    async def perform(self, order: Order, change: Change, key: str) -> Outcome:
        """It only tells."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """Whether the key may read returns."""
        try:
            await self._asked({"limit": 1})
        except SystemFailed as error:
            return (Check("credentials", False, str(error)),)
        return (
            Check("credentials", True, "the key may look up returns"),
            Check("age", None, "only returns of the last 365 days are found"),
            Check("open_return", None, "returns are looked up only: customers open them on AfterShip's returns page"),
        )

    async def close(self) -> None:
        """Release connections."""
        await self._web.close()

    async def _named(self, name: str) -> tuple[_Return, ...]:
        return await self._asked({"order_name": name, "limit": MOST})

    async def _asked(self, params: dict[str, str | int]) -> tuple[_Return, ...]:
        return read(_Answer, (await self._web.get(RETURNS, params)).body, "aftership_returns").data.returns


def _is_of(told: _Return, order: Order) -> bool:
    return order.key in (plain(told.order.order_name or ""), plain(told.order.order_number or ""))


def _read(told: _Return) -> Return:
    lines = told.return_items or ()
    parcel = next((one for one in told.shipments or () if one.tracking_number), _Shipment())
    received = [moment(one.received_at) for one in told.receivings or () if one.received_at]
    whole = told.shipping_status == "received" or told.approval_status == "done"
    return Return(
        number=told.rma_number,
        status=_status(told),
        reason=next((one.return_reason for one in lines if one.return_reason), None),
        carrier=carrier_label(parcel.slug) if parcel.slug else None,
        tracking=parcel.tracking_number,
        items=tuple(dict.fromkeys(one.product_title for one in lines if one.product_title)),
        opened_at=moment(told.created_at) if told.created_at else None,
        received_at=max(received) if received and whole else None,
    )


def _status(told: _Return) -> str:
    if told.approval_status == "done":
        return "refunded" if told.refunded_at else "completed"
    if told.approval_status == "approved":
        return _SHIPPING.get(told.shipping_status or "", "approved")
    return _APPROVALS.get(told.approval_status, told.approval_status)


def _opened(one: Return) -> float:
    return one.opened_at.timestamp() if one.opened_at else 0.0
