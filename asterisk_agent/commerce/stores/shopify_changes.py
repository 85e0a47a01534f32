"""Changes to Shopify orders: address, cancellation, return request, notes.

Nothing is refunded or put back on stock here: that is left to the shop's people.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from pydantic import AwareDatetime, Field

from asterisk_agent.commerce.changes import CancelOrder, ChangeAddress, OpenReturn, Outcome
from asterisk_agent.commerce.failures import BadAnswer, TooSlow
from asterisk_agent.commerce.models import Address, Order, ShipmentStatus
from asterisk_agent.commerce.refusals import refusal
from asterisk_agent.commerce.shop_records import Records
from asterisk_agent.commerce.stores.shopify_answers import Nodes, PostalAddress, ShopifyOrder
from asterisk_agent.commerce.stores.shopify_api import ShopifyApi, UserError
from asterisk_agent.commerce.stores.shopify_queries import (
    CANCEL_ORDER,
    CANCELLATION,
    CHANGE_ADDRESS,
    NOTES,
    REQUEST_RETURN,
    RETURNABLE,
    WRITE_NOTES,
)
from asterisk_agent.commerce.web.answer import Part

log = structlog.get_logger(__name__)

CANCEL_NOTE = "Cancelled by telephone, at the customer's wish. Nothing was refunded or restocked."

NOTES_NAMESPACE = "order_agent"
NOTES_KEY = "phone_calls"
"""Of the metafield that holds notes. Order.note will not do: Shopify's packing slips print it."""

CANCEL_LOOKS_S = (0.2, 0.4, 0.8, 1.6)
"""Shopify cancels in a job of its own: it is looked for after these seconds, one after the other."""

_CUSTOMER_NOTE = 300
"""Longest customerNote of a return line, characters."""

_REASONS = (
    ("SIZE_TOO_SMALL", r"too (small|tight|short)"),
    ("SIZE_TOO_LARGE", r"too (large|big|loose|long|wide)"),
    ("DEFECTIVE", r"broke|damag|defect|fault|crack|torn|not work|n't work|stopped working"),
    ("WRONG_ITEM", r"wrong (item|product|thing|one|size)|not what i ordered|didn't order"),
    ("NOT_AS_DESCRIBED", r"not as (described|pictured|shown)|different from"),
    ("COLOR", r"\bcolou?r\b"),
    ("STYLE", r"\bstyle\b"),
    ("UNWANTED", r"changed (my|our|her|his|their) mind|no longer|don't (want|need|like)|unwanted|by mistake"),
)
"""ReturnReason of the schema for what callers say; the first that fits."""


class _Updated(Part):
    errors: tuple[UserError, ...] = Field(alias="userErrors")


class _AddressChange(Part):
    update: _Updated | None = Field(alias="orderUpdate")


class _Job(Part):
    id: str


class _Cancelling(Part):
    job: _Job | None = None
    errors: tuple[UserError, ...] = Field(alias="orderCancelUserErrors")


class _CancelOrder(Part):
    cancel: _Cancelling | None = Field(alias="orderCancel")


class _Cancelled(Part):
    at: AwareDatetime | None = Field(None, alias="cancelledAt")


class _JobState(Part):
    done: bool


class _Cancellation(Part):
    order: _Cancelled | None = None
    job: _JobState | None = None


class _Named(Part):
    name: str


class _SentLine(Part):
    id: str
    line: _Named = Field(alias="lineItem")


class _ReturnableLine(Part):
    quantity: int
    sent: _SentLine = Field(alias="fulfillmentLineItem")


class _Returnable(Part):
    lines: Nodes[_ReturnableLine] = Field(alias="returnableFulfillmentLineItems")


class _Returnables(Part):
    fulfillments: Nodes[_Returnable] = Field(alias="returnableFulfillments")


class _Requested(Part):
    made: _Named | None = Field(None, alias="return")
    errors: tuple[UserError, ...] = Field(alias="userErrors")


class _ReturnRequest(Part):
    request: _Requested | None = Field(alias="returnRequest")


class _Metafield(Part):
    value: str
    digest: str = Field(alias="compareDigest")


class _Noted(Part):
    metafield: _Metafield | None = None


class _Notes(Part):
    order: _Noted | None = None


class _Set(Part):
    errors: tuple[UserError, ...] = Field(alias="userErrors")


class _SetNotes(Part):
    set: _Set | None = Field(alias="metafieldsSet")


class ShopifyChanges:
    """Makes changes to orders that were looked up just now."""

    def __init__(self, api: ShopifyApi, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._zone = zone
        self._clock = clock

    async def make(self, change: ChangeAddress | CancelOrder | OpenReturn, told: ShopifyOrder, order: Order) -> Outcome:
        """What became of a change to this order. Raises SystemFailed, TooSlow where it is not known."""
        reason = refusal(Records.of([order]), change, self._clock().astimezone(self._zone))
        match change:
            case ChangeAddress(address=address):
                return _refused(reason) if reason else await self._change_address(told, order, address)
            case CancelOrder():
                return _refused(reason) if reason else await self._cancel(told)
            case OpenReturn():
                # Shopify itself says what can come back; a parcel that nobody tracks may well have arrived.
                if reason and not (reason == "not_delivered" and _may_have_arrived(order)):
                    return _refused(reason)
                return await self._request_return(told, order, change)

    async def note(self, order_id: str, text: str) -> bool:
        """Add a dated line to the notes; False if somebody else wrote there just now, twice."""
        for _ in range(2):
            which = {"id": order_id, "namespace": NOTES_NAMESPACE, "key": NOTES_KEY}
            order = (await self._api.ask(NOTES, which, _Notes)).order
            if order is None:
                return False
            known = order.metafield
            day = self._clock().astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
            line = f"{day} {' '.join(text.split())}"
            if known and line in known.value.split("\n"):
                return True
            field = {
                "ownerId": order_id,
                "namespace": NOTES_NAMESPACE,
                "key": NOTES_KEY,
                "type": "multi_line_text_field",
                "value": f"{known.value}\n{line}" if known else line,
                "compareDigest": known.digest if known else None,
            }
            errors = _errors((await self._api.change(WRITE_NOTES, {"metafields": [field]}, _SetNotes)).set)
            if not errors:
                return True
            log.warning("shopify did not take a note", codes=[error.code for error in errors])
        return False

    async def _change_address(self, told: ShopifyOrder, order: Order, wanted: Address) -> Outcome:
        if order.address == wanted:
            return Outcome("done")
        variables = {"id": told.id, "address": address_input(wanted, told.shipping)}
        errors = _errors((await self._api.change(CHANGE_ADDRESS, variables, _AddressChange)).update)
        return _not_allowed("change_address", errors) if errors else Outcome("done")

    async def _cancel(self, told: ShopifyOrder) -> Outcome:
        variables = {"id": told.id, "note": CANCEL_NOTE}
        begun = (await self._api.change(CANCEL_ORDER, variables, _CancelOrder)).cancel
        if errors := _errors(begun):
            return _not_allowed("cancel_order", errors)
        if begun is None or begun.job is None:
            raise BadAnswer("shopify: a cancellation has neither a job nor an error")
        for pause in CANCEL_LOOKS_S:
            await asyncio.sleep(pause)
            state = await self._api.ask(CANCELLATION, {"order": told.id, "job": begun.job.id}, _Cancellation)
            if state.order and state.order.at:
                return Outcome("done")
            if state.job and state.job.done:
                log.warning("shopify's job ended without cancelling the order")
                return Outcome("refused", "not_allowed")
        raise TooSlow("shopify has not cancelled the order yet; look at it in the admin")

    async def _request_return(self, told: ShopifyOrder, order: Order, change: OpenReturn) -> Outcome:
        found = (await self._api.ask(RETURNABLE, {"order": told.id}, _Returnables)).fulfillments.nodes
        lines = [line for one in found for line in one.lines.nodes if line.quantity > 0]
        wanted = {name.casefold() for name in change.items or tuple(line.name for line in order.items)}
        chosen = [line for line in lines if line.sent.line.name.casefold() in wanted]
        if not chosen or (change.items and wanted - {line.sent.line.name.casefold() for line in chosen}):
            return Outcome("refused", "not_returnable")
        note = change.reason.strip()[:_CUSTOMER_NOTE]
        request = {
            "orderId": told.id,
            "returnLineItems": [
                {
                    "fulfillmentLineItemId": line.sent.id,
                    "quantity": line.quantity,
                    "returnReason": return_reason(change.reason),
                    **({"customerNote": note} if note else {}),
                }
                for line in chosen
            ],
        }
        made = (await self._api.change(REQUEST_RETURN, {"input": request}, _ReturnRequest)).request
        if errors := _errors(made):
            return _not_allowed("open_return", errors)
        if made is None or made.made is None:
            raise BadAnswer("shopify: a return request has neither a return nor an error")
        return Outcome("done", reference=made.made.name)


def address_input(wanted: Address, known: PostalAddress | None) -> dict[str, str]:
    """A MailingAddressInput, which replaces the whole address: name, company and telephone are kept."""
    code = bool(re.fullmatch(r"[A-Z]{2,3}", wanted.state))
    country = bool(re.fullmatch(r"[A-Z]{2}", wanted.country))
    fields = {
        "firstName": known.first if known else None,
        "lastName": known.last if known else None,
        "company": known.company if known else None,
        "phone": known.phone if known else None,
        "address1": wanted.line1,
        "address2": wanted.line2 or "",
        "city": wanted.city,
        "provinceCode" if code else "province": wanted.state,
        "zip": wanted.zip,
        "countryCode" if country else "country": wanted.country,
    }
    return {name: value for name, value in fields.items() if value is not None}


def return_reason(said: str) -> str:
    """The ReturnReason for what the caller said; UNKNOWN where it is none of them."""
    text = said.casefold().replace("’", "'")
    return next((reason for reason, words in _REASONS if re.search(words, text)), "UNKNOWN")


def _may_have_arrived(order: Order) -> bool:
    silent = {ShipmentStatus.UNKNOWN, ShipmentStatus.DELIVERED}
    return bool(order.shipments) and {one.status for one in order.shipments} <= silent


def _errors(payload: _Updated | _Cancelling | _Requested | _Set | None) -> tuple[UserError, ...]:
    """Why a mutation did nothing. Raises BadAnswer where there is no payload at all."""
    if payload is None:
        raise BadAnswer("shopify: a change was answered with nothing")
    return payload.errors


def _refused(reason: str) -> Outcome:
    return Outcome("refused", reason)


def _not_allowed(change: str, errors: Iterable[UserError]) -> Outcome:
    told = list(errors)
    log.warning(
        "shopify refused a change",
        change=change,
        codes=[error.code for error in told],
        personal_messages=[error.message for error in told],
    )
    return Outcome("refused", "not_allowed")
