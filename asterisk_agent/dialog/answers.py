"""An order, as far as the caller may know it, put into sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from asterisk_agent.commerce.models import OrderStatus, Refund, Return, Shipment, ShipmentStatus
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.tools import Details, View
from asterisk_agent.dialog.wording import Catalogue

_BEFORE_SHIPMENTS = {
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REFUNDED: "refunded",
    OrderStatus.ON_HOLD: "on_hold",
}
"""States of the whole order that count more than what its packages do."""

_TROUBLE = frozenset(
    {
        ShipmentStatus.DELAYED,
        ShipmentStatus.EXCEPTION,
        ShipmentStatus.RETURNING,
        ShipmentStatus.ATTEMPT_FAILED,
    }
)
_RETURN_STATES = {
    "refunded": ("refunded",),
    "rejected": ("reject", "declin", "denied"),
    "cancelled": ("cancel",),
    "processed": ("processed", "completed", "complete", "closed", "approved and"),
    "inspecting": ("inspect", "processing", "review"),
    "received": ("received", "arrived", "delivered"),
    "in_transit": ("transit", "shipped", "way", "dropped"),
    "label_sent": ("label", "authoriz", "authoris", "approved", "accepted"),
    "requested": ("request", "open", "pending", "created"),
}
"""Spoken states of returns, and the beginnings of words by which stores name them; the first that fits."""
_REFUND_STATES = {
    "failed": ("fail", "reject", "declin"),
    "cancelled": ("cancel",),
    "pending": ("pending", "process", "request", "queued", "approved", "open", "initiated"),
    "issued": ("issued", "refunded", "complete", "success", "succeeded", "paid", "sent", "settled", "done"),
}
_EXPLAINED = frozenset({ShipmentStatus.DELAYED, ShipmentStatus.EXCEPTION, ShipmentStatus.RETURNING})
"""Trouble whose reason the carrier's note may hold."""
_MOVES = re.compile(
    r"(?:\W|departed|arrived|left|in transit|processed|scan\w*|exception|delay(?:ed)?|returning|to sender)*$", re.I
)
"""A note that says no more than the status."""
_MOST = 4
_ENDED = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.RETURNING, ShipmentStatus.AVAILABLE_FOR_PICKUP})
"""No arrival is awaited any more."""
_WHICH = ("which.first", "which.second", "which.third", "which.fourth")
_MOST_PACKAGES = 4


@dataclass(frozen=True)
class Sentence:
    """One sentence and the fields of the order that it discloses."""

    text: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answers:
    """Turns views into sentences. Pure: the same view at the same time gives the same words."""

    texts: Catalogue
    zone: ZoneInfo

    def status(self, view: View, now: datetime) -> tuple[Sentence, ...]:
        """What the order is doing, the answer first. Level 1: status words only; level 2: with carrier, scan, dates."""
        if view.details is None or not view.shipments or _of_whole(view):
            return (*self._words(view, now), *self._promise(view, now))
        if len(view.details.shipments) == 1 and view.status is not OrderStatus.PARTLY_SHIPPED:
            return self._one_package(view, view.details.shipments[0], view.details, now)
        return self._packages(view, view.details, now)

    def facet(self, view: View, wanted: str, now: datetime) -> tuple[Sentence, ...]:
        """One detail that was asked for, for level 2 views only."""
        details = view.details
        if details is None:
            return ()
        today = now.astimezone(self.zone).date()
        if wanted == "address":
            text = ear.address(details.address) if details.address else ""
            return self._say("detail.address", ("address",), address=text) if text else self._say("detail.no_address")
        if wanted == "items":
            text = ear.items(details.items)
            return self._say("detail.items", ("items",), items=text) if text else self._say("detail.no_items")
        if wanted == "carrier":
            coming = [one for one in details.shipments if one.status is not ShipmentStatus.DELIVERED]
            names = dict.fromkeys(ear.carrier(one.carrier) for one in coming or details.shipments if one.carrier)
            spoken = tuple(item for name in names for item in self._say("detail.carrier", ("carrier",), carrier=name))
            return spoken or self._say("detail.no_carrier")
        if wanted == "tracking":
            codes = [ear.code(shipment.tracking) for shipment in details.shipments if shipment.tracking]
            spoken = tuple(
                sentence for text in codes for sentence in self._say("detail.tracking", ("tracking",), tracking=text)
            )
            return spoken or self._say("detail.no_tracking")
        if wanted == "total":
            total = ear.money(details.total) if details.total else ""
            return self._say("detail.total", ("total",), amount=total) if total else self._say("detail.no_total")
        return self._say("detail.placed", ("placed_at",), date=ear.on_day(self._day(details.placed_at), today))

    def listed(self, view: View, what: str, now: datetime) -> tuple[Sentence, ...]:
        """What the order has of returns, refunds and so on, one sentence each; () where it has none."""
        details = view.details
        if details is None:
            return ()
        today = now.astimezone(self.zone).date()
        if what == "returns":
            return tuple(line for one in details.returns[-_MOST:] for line in self._return(one, today))
        if what == "refunds":
            return tuple(line for one in details.refunds[-_MOST:] for line in self._refund(one, today))
        if what == "items":
            text = ear.items(details.items)
            return self._say("detail.items", ("items",), items=text) if text else ()
        booked = details.appointment
        if booked is None:
            return ()
        if what == "checklist":
            return tuple(Sentence(line if line.endswith((".", "!", "?")) else f"{line}.") for line in booked.checklist)
        names = [ear.window(slot, now, self.zone) for slot in booked.slots[:_MOST]]
        return self._say("appointment.slots", ("slots",), slots=ear.either(names)) if names else ()

    def _return(self, one: Return, today: date) -> tuple[Sentence, ...]:
        """One return: how far it is, and when the money is expected."""
        state = _spoken_state(one.status, _RETURN_STATES)
        if state == "received" and one.received_at:
            told = self._say("return.received_at", ("return",), date=ear.on_day(self._day(one.received_at), today))
        else:
            told = self._say(f"return.{state or 'other'}", ("return",), status=_words_of(one.status))
        if one.reason and state == "rejected":
            told = (*told, *self._say("follow.why_return", ("return",), text=sentence(one.reason)))
        if one.next and state in ("requested", "label_sent"):
            told = (*told, *self._say("follow.next", ("return",), text=sentence(one.next)))
        if one.refund_expected is not None and state not in ("refunded", "rejected", "cancelled"):
            told = (*told, *self._say("return.refund_expected", ("refund",), date=ear.day(one.refund_expected, today)))
        return told

    def _refund(self, one: Refund, today: date) -> tuple[Sentence, ...]:
        """One refund: amount, whether it was issued, when, to what, and when it shows."""
        state = _spoken_state(one.status, _REFUND_STATES)
        fields = {"amount": ear.money(one.amount)}
        key = f"refund.{state or 'other'}"
        if state == "issued" and one.issued_at:
            key, fields["date"] = "refund.issued_at", ear.on_day(self._day(one.issued_at), today)
        told = self._say(key, ("refund",), status=_words_of(one.status), **fields)
        if one.method:
            told = (*told, *self._say("refund.method", ("refund",), method=_spoken_method(one.method)))
        if one.expected is not None:
            past = one.expected < today
            key = "refund.expected_past" if past else "refund.expected"
            told = (*told, *self._say(key, ("refund",), date=ear.day(one.expected, today)))
        return told

    def _say(self, key: str, fields: tuple[str, ...] = (), **values: str) -> tuple[Sentence, ...]:
        return tuple(Sentence(text, fields) for text in self.texts.say(key, values))

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _words(self, view: View, now: datetime) -> tuple[Sentence, ...]:
        """Status words, without dates, places or names; with their age when the store cannot be asked now."""
        whole = _of_whole(view)
        kinds = tuple(dict.fromkeys(view.shipments))
        name = whole or (kinds[0].value if len(kinds) == 1 else "mixed")
        if view.live:
            spoken = self._say(f"status.{name}", ("status",))
        else:
            age = ear.ago(view.as_of, now, self.zone)
            spoken = (*self._say(f"stale.{name}", ("status",), age=age), *self._say("stale.now_unsure"))
        if name != "mixed":
            return spoken
        for place, kind in enumerate(kinds[:_MOST_PACKAGES]):
            which = self.texts.say("which.one" if place == 0 else "which.other")[0]
            spoken = (*spoken, *self._say(f"package.{kind.value}", ("status",), which=which))
        return spoken

    def _promise(self, view: View, now: datetime) -> tuple[Sentence, ...]:
        """The promised day of an order that has not shipped."""
        waiting = (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.ON_HOLD)
        if view.details is None or view.details.promised is None or view.status not in waiting or view.shipments:
            return ()
        today = now.astimezone(self.zone).date()
        past = view.details.promised < today
        key, text = "detail.promised_past" if past else "detail.promised", ear.day(view.details.promised, today)
        return self._say(key, ("promised",), date=text)

    def _one_package(self, view: View, shipment: Shipment, details: Details, now: datetime) -> tuple[Sentence, ...]:
        today = now.astimezone(self.zone).date()
        first = self._headline(shipment, now) if view.live else ()
        spoken = first or self._words(view, now)
        if not view.live:
            return (*spoken, *self.where(shipment, now))
        carrier = ear.carrier(shipment.carrier)
        if shipment.status in _ENDED:
            key = "carrier_delivered" if shipment.status is ShipmentStatus.DELIVERED else "carrier"
            spoken = (*spoken, *(self._say(f"detail.{key}", ("carrier",), carrier=carrier) if carrier else ()))
        else:
            spoken = (*spoken, *self._expected(shipment, today), *self._against_promise(shipment, details, today))
        return (*spoken, *self.where(shipment, now), *self._reason(shipment))

    def _reason(self, shipment: Shipment) -> tuple[Sentence, ...]:
        """What the carrier notes about a parcel in trouble, where that says more than that it moves."""
        note = carriers_words(shipment)
        if shipment.status not in _EXPLAINED or not note or _MOVES.match(note) or "facility" in note.lower():
            return ()
        return self._say("follow.why_carrier", ("last_scan",), text=sentence(note))

    def _headline(self, shipment: Shipment, now: datetime) -> tuple[Sentence, ...]:
        """The first sentence where a date belongs into it; () where the status words say it."""
        today = now.astimezone(self.zone).date()
        if shipment.status is ShipmentStatus.DELIVERED and shipment.delivered_at:
            when = ear.moment(shipment.delivered_at, now, self.zone)
            return self._say("detail.delivered_at", ("status", "delivered_at"), when=when)
        if shipment.status is ShipmentStatus.OUT_FOR_DELIVERY and self._is_today(shipment, today):
            window = self.window(shipment)
            if window:
                return self._say("detail.out_for_delivery_window", ("status", "expected"), **window)
            return self._say("detail.out_for_delivery_today", ("status", "expected"))
        return ()

    def _is_today(self, shipment: Shipment, today: date) -> bool:
        scan = shipment.last_scan
        days = {shipment.expected, self._day(scan.at) if scan else None}
        days |= {self._day(shipment.expected_from) if shipment.expected_from else None}
        return today in days

    def window(self, shipment: Shipment) -> dict[str, str]:
        """``from`` and ``to``, the hours of the expected day; empty where the carrier gives none."""
        if shipment.expected_from is None or shipment.expected_to is None:
            return {}
        return {"from": ear.clock(shipment.expected_from, self.zone), "to": ear.clock(shipment.expected_to, self.zone)}

    def _expected(self, shipment: Shipment, today: date) -> tuple[Sentence, ...]:
        """Carrier and estimate in one sentence; an estimate that has passed is called late."""
        carrier = ear.carrier(shipment.carrier)
        with_carrier = self._say("detail.carrier", ("carrier",), carrier=carrier) if carrier else ()
        expected = shipment.expected or (self._day(shipment.expected_from) if shipment.expected_from else None)
        if expected is None:
            unsure = shipment.status in _TROUBLE or shipment.status is ShipmentStatus.IN_TRANSIT
            return (*with_carrier, *(self._say("detail.no_estimate", ()) if unsure else ()))
        when = ear.day(expected, today)
        if expected < today:
            return (*with_carrier, *self._say("detail.expected_past", ("expected",), date=when))
        if shipment.status is ShipmentStatus.OUT_FOR_DELIVERY and expected == today:
            return with_carrier
        window = self.window(shipment)
        key = f"detail.{'carrier_' if carrier else ''}expected{'_window' if window else ''}"
        named = {"carrier": carrier} if carrier else {}
        return self._say(key, (*named, "expected"), date=when, **named, **window)

    def _against_promise(self, shipment: Shipment, details: Details, today: date) -> tuple[Sentence, ...]:
        if details.promised is None or shipment.expected is None or shipment.expected <= details.promised:
            return ()
        key = "detail.promised_past" if details.promised < today else "detail.later_than_promised"
        return self._say(key, ("promised",), date=ear.day(details.promised, today))

    def where(self, shipment: Shipment, now: datetime) -> tuple[Sentence, ...]:
        """Where the parcel is, was left, or waits to be picked up."""
        if shipment.status is ShipmentStatus.DELIVERED:
            return self._say("detail.left_at", ("left_at",), place=shipment.left_at) if shipment.left_at else ()
        if shipment.status is ShipmentStatus.AVAILABLE_FOR_PICKUP and shipment.pickup:
            return self._say("detail.pickup", ("pickup",), place=shipment.pickup)
        scan = shipment.last_scan
        if scan is None:
            return ()
        if scan.whole_day:
            # The carrier's own day: in the shop's zone its midnight may be the day before.
            when = ear.on_day(scan.at.date(), now.astimezone(self.zone).date())
        else:
            when = ear.moment(scan.at, now, self.zone)
        if scan.place:
            return self._say("detail.last_scan", ("last_scan",), when=when, place=ear.place(scan.place))
        return self._say("detail.last_scan_no_place", ("last_scan",), when=when)

    def _packages(self, view: View, details: Details, now: datetime) -> tuple[Sentence, ...]:
        if view.status is OrderStatus.PARTLY_SHIPPED:
            spoken = self._say("status.partly_shipped", ("status",))
        else:
            spoken = self._say("detail.packages", ("shipments",), count=ear.count(len(details.shipments)))
        if not view.live:
            age = ear.ago(view.as_of, now, self.zone)
            spoken = (*self._say("stale.packages", ("shipments",), age=age), *self._say("stale.now_unsure"), *spoken)
        for place, shipment in enumerate(details.shipments[:_MOST_PACKAGES]):
            spoken = (*spoken, *self.package(place, shipment, now))
        return spoken

    def package(self, place: int, shipment: Shipment, now: datetime) -> tuple[Sentence, ...]:
        """One package of several: which it is, how far, and when it is expected."""
        today = now.astimezone(self.zone).date()
        which = self.texts.say(_WHICH[min(place, _MOST_PACKAGES - 1)])[0]
        if shipment.status is ShipmentStatus.DELIVERED and shipment.delivered_at:
            when = ear.moment(shipment.delivered_at, now, self.zone)
            line = self._say("detail.package_delivered_at", ("status", "delivered_at"), which=which, when=when)
        elif shipment.status is ShipmentStatus.OUT_FOR_DELIVERY and self._is_today(shipment, today):
            line = self._say("detail.package_out_today", ("status", "expected"), which=which)
        else:
            line = self._say(f"package.{shipment.status.value}", ("status",), which=which)
        return (*line, *(() if shipment.status in _ENDED else self._expected(shipment, today)))


def _of_whole(view: View) -> str:
    """The name of the status words when the order's own state is what counts, else ''."""
    if view.status in _BEFORE_SHIPMENTS:
        return _BEFORE_SHIPMENTS[view.status]
    if view.status is OrderStatus.PARTLY_SHIPPED and (not view.shipments or view.details is None):
        return "partly_shipped"
    if view.status is OrderStatus.DELIVERED and set(view.shipments) <= {ShipmentStatus.UNKNOWN}:
        return "delivered_order"
    if not view.shipments:
        return view.status.value
    return ""


def _spoken_state(raw: str, states: dict[str, tuple[str, ...]]) -> str:
    """The state that a store's word means, '' for one that is not known: then the word itself is said."""
    plain = _words_of(raw)
    return next((state for state, heads in states.items() if any(head in plain for head in heads)), "")


def _words_of(raw: str) -> str:
    return raw.replace("_", " ").replace("-", " ").lower()


_WHOSE = {
    **{name: f"your {name}" for name in ("card", "credit card", "debit card", "bank account", "account")},
    **{name: f"a {name}" for name in ("gift card", "store credit card", "voucher")},
    "original payment method": "the original payment method",
    "original payment": "the original payment method",
}
"""Ways of paying that need a word before them."""


def _spoken_method(method: str) -> str:
    """'Visa ending 4242' with its digits one by one; 'card' is the caller's."""
    plain = " ".join(method.lower().replace("_", " ").split())
    if plain in _WHOSE:
        return _WHOSE[plain]
    return re.sub(r"\d{3,}", lambda found: " ".join(found.group()), method)


def carriers_words(shipment: Shipment) -> str:
    """The carrier's newest note on a parcel, '' without one."""
    scan = shipment.last_scan
    return (scan.text if scan else "") or shipment.raw_text or ""


def sentence(text: str) -> str:
    """The system's own words as a sentence."""
    plain = text.strip()
    plain = plain[:1].upper() + plain[1:]
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."
