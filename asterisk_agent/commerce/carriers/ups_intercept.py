"""UPS Delivery Intercept v2: another address, another day, or held at a UPS center, for the shipper's own parcels.

Requests and answers: UPS's description (Delivery Intercept v2). Each change asks whether it is possible (eligibility)
and what it costs (charges) first. The request to change has no field for a payment: UPS bills an account. A charge
above zero that UPS does not say the shipper pays is refused ('costs_money'): nobody has told the caller of it.
The description contradicts itself: eligibility is a list in its examples and an object in its schema (both are read);
redirects stand under 'RD', which it titles 'Reschedule Delivery'; ``deliveryDate`` is the new day.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from asterisk_agent.commerce.changes import HoldAtLocation, InterceptParcel, Outcome, RescheduleDelivery
from asterisk_agent.commerce.failures import BadAnswer, Broken, Rejected
from asterisk_agent.commerce.models import Address, Order
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.web.client import WebClient, segment

PATH = "/api/deliveryintercept/v2"
CENTER = "the UPS customer center"
"""Where UPS holds a parcel for pickup; which one, UPS decides."""

Intercept = InterceptParcel | RescheduleDelivery | HoldAtLocation
NAMES = frozenset({InterceptParcel.name, RescheduleDelivery.name, HoldAtLocation.name})

_WAYS = {InterceptParcel: ("AA", "RD", "redirect/address"), RescheduleDelivery: ("FD", "FD", "reschedule")}
_WILL_CALL = ("WC", "WC", "willcall")
_FIELDS = {"line1": 50, "city": 30}


class _Day(Part):
    date: str | int


class _Values(Part):
    create: str = Field("UNKNOWN", alias="createEligibility")
    cancel: str = Field("UNKNOWN", alias="cancelEligibility")
    days: tuple[_Day, ...] | None = Field(None, alias="dateOptionsforFutureDelivery")


class _Feature(Part):
    name: str = Field(alias="interceptFeature")
    value: _Values = Field(alias="eligibilityValue")


class _Charge(Part):
    total: Decimal = Field(alias="totalCharge")
    by_shipper: bool = Field(False, alias="shipperPaidInterceptCharges")


class _Told(Part):
    success: bool = False
    code: str = Field("", alias="statusCode")
    features: tuple[_Feature, ...] | _Feature | None = Field(None, alias="commonEligibilityMap")
    charges: tuple[_Charge, ...] | None = Field(None, alias="chargeInfo")


class UpsIntercept:
    """Changes of one shipper's parcels. Raises SystemFailed; after a time-out it is not known what was made."""

    def __init__(self, client: WebClient, account: str) -> None:
        self._client = client
        self._account = account.upper()

    def owns(self, number: str) -> bool:
        """Whether the number is one of this shipper's: '1Z', then the account."""
        return bool(re.fullmatch(r"1Z[A-Z0-9]{16}", number)) and number[2:8] == self._account

    async def make(self, number: str, order: Order, change: Intercept) -> Outcome:
        """Make the change, or say why not. ``number``: the tracking number, upper-case letters and digits."""
        kind, feature, path = _WAYS.get(type(change), _WILL_CALL)
        if not self.owns(number):
            return Outcome("refused", "not_our_parcel")
        if isinstance(change, HoldAtLocation) and change.location != CENTER:
            return Outcome("refused", "place_not_offered")
        phone = order.customer.phone or ""
        goal = change.address if isinstance(change, InterceptParcel) else order.address
        named = order.customer.name.strip()
        if not named or not re.fullmatch(r"\+\d{1,13}", phone) or order.address is None or goal is None:
            return Outcome("refused", "incomplete")
        if not (_is_written(order.address) and _is_written(goal)):
            return Outcome("refused", "address_not_accepted")
        if reason := await self._not_possible(number, feature, change):
            return Outcome("refused", reason) if reason != "done" else Outcome("done")
        if reason := await self._not_free(number, kind, order, goal):
            return Outcome("refused", reason)
        body: dict[str, Any] = {
            "requestType": kind,
            "requesterContactInfo": {"name": order.customer.name[:30], "telephone": phone},
            "specialInstructions": None,
        }
        if isinstance(change, RescheduleDelivery):
            body["deliveryDate"] = f"{change.day:%Y%m%d}"
        if isinstance(change, InterceptParcel):
            body["newDeliveryAddress"] = _named(order, goal)
        told = await self._ask("POST", f"{path}/{segment(number)}", body)
        return Outcome("done") if told is not None and told.success else Outcome("refused", "not_allowed")

    async def may_ask(self, number: str) -> bool:
        """Whether UPS answers this app at all; changes nothing. Raises SystemFailed where it does not."""
        return await self._ask("GET", f"eligibility/intercept/{segment(number)}") is not None

    async def _not_possible(self, number: str, feature: str, change: Intercept) -> str:
        """Why not; 'done' where a hold for pickup, which has no choices, is already there."""
        told = await self._ask("GET", f"eligibility/intercept/{segment(number)}")
        features = told.features if told is not None else None
        rows = (features,) if isinstance(features, _Feature) else features or ()
        found = next((one.value for one in rows if one.name == feature), None)
        if found is None or found.create != "ELIGIBLE":
            there = found is not None and found.cancel == "ELIGIBLE"
            if there and isinstance(change, HoldAtLocation):
                return "done"
            return "already_intercepted" if there else "not_allowed"
        if isinstance(change, RescheduleDelivery) and found.days is not None:
            return "" if f"{change.day:%Y%m%d}" in {str(one.date) for one in found.days} else "day_not_offered"
        return ""

    async def _not_free(self, number: str, kind: str, order: Order, goal: Address) -> str:
        assert order.address is not None
        person = {"firstName": order.customer.name.split()[0], "phoneNumber": order.customer.phone}
        rating: dict[str, Any] = {
            "fromAddress": _written(order.address) | person,
            "toAddress": _written(goal) | person,
            "trackInfo": {"interceptOption": kind},
        }
        if kind == "AA":
            rating["redirectAddress"] = _named(order, goal)
        told = await self._ask("POST", f"charges/{segment(number)}", {"ratingRequest": [rating]}, asks=True)
        if told is None or not told.charges:
            return "charge_unknown"
        return "costs_money" if any(one.total > 0 and not one.by_shipper for one in told.charges) else ""

    async def _ask(self, method: str, path: str, body: object = None, *, asks: bool = False) -> _Told | None:
        """The answer; None where UPS refuses (400, or not successful). UPS's own failures come inside a 200 too."""
        headers: Mapping[str, str] = {
            "transId": uuid.uuid4().hex[:14],
            "PlatformType": "XOLT",
            "InquiryType": "U",
            "Content-Type": "application/json",
        }
        try:
            if method == "GET":
                answer = await self._client.get(f"{PATH}/{path}", {"loc": "en_US"}, headers=headers)
            else:
                answer = await self._client.post(f"{PATH}/{path}?loc=en_US", body, headers=headers, repeatable=asks)
        except Rejected as error:
            if error.status == 400:
                return None
            raise
        if not isinstance(answer.body, dict):
            raise BadAnswer("ups: an object was expected from Delivery Intercept")
        told = read(_Told, answer.body.get("response", answer.body), "ups")
        if not told.success and told.code.startswith("5"):
            raise Broken("ups: Delivery Intercept failed inside an answer of 200", 500)
        return told if told.success else None


def _is_written(one: Address) -> bool:
    """Whether it has the form that UPS takes: an address in the United States with a state's code and a ZIP."""
    state, zip_code = one.state.strip().upper(), one.zip.strip()
    short = all(0 < len(getattr(one, name)) <= most for name, most in _FIELDS.items()) and len(one.line2 or "") <= 35
    form = re.fullmatch(r"[A-Z]{2}", state) and re.fullmatch(r"\d{5}(-\d{4})?", zip_code, re.ASCII)
    return short and bool(form) and one.country.upper() == "US"


def _written(one: Address) -> dict[str, Any]:
    second = {"addressLine2": one.line2} if one.line2 else {}
    return {
        "addressLine1": one.line1,
        **second,
        "city": one.city,
        "state": one.state.strip().upper(),
        "postalCode": one.zip.strip(),
        "countryCode": "US",
    }


def _named(order: Order, goal: Address) -> dict[str, Any]:
    return {
        "addressNickName": "New address",
        "addressInfo": _written(goal),
        "nameOrCompanyName": order.customer.name,
        "contactName": order.customer.name,
        "phoneNumber": order.customer.phone,
    }
