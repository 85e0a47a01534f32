"""Loop Returns, API v1: the returns of an order by its Shopify name.

Address, header and states: docs.loopreturns.com, 'Get Return Details' and 'Return Webhook'; limit: 'Rate limit'. That
an order without a return is answered with 200 and an ``error`` was seen by users of the API; Loop does not describe it.
Likely, not described: whether the name is asked for with its '#' (both are), and that ``label_updated_at`` of a
delivered label is when the parcel arrived. Loop opens returns only on its own pages, so none is opened here.
"""

from __future__ import annotations

import asyncio

from asterisk_agent.commerce.carrier_names import carrier_label
from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.checks import Check
from asterisk_agent.commerce.failures import Denied, SystemFailed
from asterisk_agent.commerce.models import Order, Return
from asterisk_agent.commerce.required import require
from asterisk_agent.commerce.shop_records import plain
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Answer, Part, read_each
from asterisk_agent.commerce.web.auth import Key
from asterisk_agent.commerce.web.client import Rate, WebClient
from asterisk_agent.settings_systems import Loop as Settings

SYSTEM = "loop"

DETAILS = "/api/v1/warehouse/return/details"

RATES = (Rate(300, 60.0),)

NO_SUCH_ORDER = "CONNECT-CHECK"
"""An order name that no shop has, for the check."""

_STATES = {"open": "open", "closed": "closed", "cancelled": "cancelled", "expired": "expired", "review": "pending"}
"""'review' or 'needs review' blocks a return before anything has arrived."""

_UNDER_WAY = frozenset({"in_transit", "out_for_delivery"})


class _Item(Part):
    title: str | None = None
    return_reason: str | None = None


class _Return(Part):
    id: int | str
    state: str
    order_name: str
    created_at: str | None = None
    line_items: tuple[_Item, ...] | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    label_status: str | None = None
    label_updated_at: str | None = None


def create(section: Settings) -> LoopReturns:
    """The system of the settings. Raises NotConfigured."""
    require(section, "returns.loop", "url", "key")
    return LoopReturns(section)


class LoopReturns:
    """The returns protocol on Loop."""

    def __init__(self, section: Settings) -> None:
        self._web = WebClient(SYSTEM, section.url, Key("X-Authorization", section.key), rates=RATES, judge=_judge)

    @property
    def name(self) -> str:
        """The system's key in the settings."""
        return SYSTEM

    async def returns(self, order: Order) -> tuple[Return, ...]:
        """The returns of the order, newest first."""
        if not order.key:
            return ()
        bare = order.number.strip().removeprefix("#")
        found = await asyncio.gather(self._named(bare), self._named(f"#{bare}"))
        rows = {str(row.id): row for rows in found for row in rows if plain(row.order_name) == order.key}
        told = [_read(row) for row in rows.values()]
        return tuple(sorted(told, key=_opened, reverse=True))

    @property
    def capabilities(self) -> frozenset[str]:
        """Customers open returns on Loop's own pages."""
        return frozenset()

    async def perform(self, order: Order, change: Change, key: str) -> Outcome:
        """It only tells."""
        return Outcome("unsupported")

    async def check(self) -> tuple[Check, ...]:
        """Whether the key may read returns."""
        try:
            await self._named(NO_SUCH_ORDER)
        except SystemFailed as error:
            return (Check("credentials", False, str(error)),)
        return (
            Check("credentials", True, "the key may look up returns"),
            Check("open_return", None, "returns are looked up only: customers open them on Loop's page"),
        )

    async def close(self) -> None:
        """Release connections."""
        await self._web.close()

    async def _named(self, name: str) -> tuple[_Return, ...]:
        """The answer is one return; a list would be read as well."""
        answer = await self._web.get(DETAILS, {"order_name": name}, expected=(404,))
        body = answer.body
        if answer.status == 404 or not body or _refusal(body):
            return ()
        return read_each(_Return, body if isinstance(body, list) else [body], SYSTEM)


def _judge(answer: Answer) -> None:
    """A refused key may be told in an answer of 200, in the words of 401."""
    if "unauth" in _refusal(answer.body).lower():
        raise Denied(f"{SYSTEM}: the key is wrong, was revoked or lacks the scope 'Returns'")


def _refusal(body: object) -> str:
    """What an answer says instead of a return, '' if it is one."""
    if not isinstance(body, dict) or "id" in body:
        return ""
    return str(body.get("error") or body.get("errors") or "")


def _read(told: _Return) -> Return:
    label = told.label_status or ""
    lines = told.line_items or ()
    return Return(
        number=str(told.id),
        status=_status(told.state, label),
        reason=next((one.return_reason for one in lines if one.return_reason), None),
        carrier=carrier_label(told.carrier) if told.carrier else None,
        tracking=told.tracking_number or None,
        items=tuple(dict.fromkeys(one.title for one in lines if one.title)),
        opened_at=moment(told.created_at) if told.created_at else None,
        received_at=moment(told.label_updated_at) if label == "delivered" and told.label_updated_at else None,
    )


def _status(state: str, label: str) -> str:
    """Where the parcel is, while the return is under way; Loop's own word for a state that is new."""
    word = _STATES.get(state.lower().removeprefix("needs ").strip(), state)
    if word not in ("open", "pending"):
        return word
    return "in transit" if label in _UNDER_WAY else "delivered" if label == "delivered" else word


def _opened(one: Return) -> float:
    return one.opened_at.timestamp() if one.opened_at else 0.0
