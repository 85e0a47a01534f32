"""Short questions about what was just told: 'where exactly?', 'until when?', 'why?', 'what happens next?'. Pure.

Each is answered with the one fact that it asks for, where the data has it; without it nothing is made up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from asterisk_agent.commerce.models import DeliverySlot, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.answers import Answers, Sentence, carriers_words, sentence
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.tools import Details, View

KINDS = (
    "open",
    "shipped",
    "until",
    "promise",
    "late",
    "paid",
    "why",
    "next",
    "sign",
    "home",
    "prepare",
    "inside",
    "where",
    "when",
)
"""In the order in which they are looked for: 'when' and 'where' stand in many questions."""

MOST_WORDS = 12
"""A longer turn is more than a question about what was said."""

_DONE = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.RETURNING})
_TROUBLE = frozenset(
    {
        ShipmentStatus.DELAYED,
        ShipmentStatus.EXCEPTION,
        ShipmentStatus.RETURNING,
        ShipmentStatus.ATTEMPT_FAILED,
        ShipmentStatus.AVAILABLE_FOR_PICKUP,
    }
)


def asked_for(text: str) -> str:
    """What a short question asks for, one of KINDS; '' if it is none."""
    if len(text.split()) > MOST_WORDS:
        text = re.split(r"[.,;?!]\s+(?=\w)|\bso\b", text)[-1]  # after a remark the question
    if len(text.split()) > MOST_WORDS:
        return ""
    kind = next((kind for kind in KINDS if touches(text, f"follows_{kind}")), "")
    if kind == "where" and touches(text, "sends_back"):
        return "next" if touches(text, "sends_where") else ""
    return kind


@dataclass(frozen=True)
class FollowUps:
    """Answers to such questions from a view of level 2 or more. ``subject``: the call type that is being talked of."""

    answers: Answers

    def answer(self, view: View, kind: str, subject: str, now: datetime) -> tuple[Sentence, ...]:
        """The sentences, () where the data does not say it."""
        details = view.details
        if details is None:
            return ()
        today = now.astimezone(self.answers.zone).date()
        match kind:
            case "open":
                return self._open(details)
            case "shipped" if subject not in ("refund_status", "return_status"):  # money is sent too
                return self._shipped(details, now)
            case "until":
                return self._until(details, subject, today)
            case "promise":
                return self._unsure(view, details, subject, now)
            case "late":
                return self._late(details, today)
            case "paid":
                return self.answers.listed(view, "refunds", now) if subject == "refund_status" else ()
            case "why":
                return self._why(view, details, subject)
            case "next":
                return self._next(view, details, subject)
            case "sign":
                return self._checklist(details, "home") or self._signature(details)
            case "home" | "prepare":
                return self._checklist(details, kind)
            case "inside":
                return self._inside(details, subject)
            case "where":
                return self._where(view, details, subject, now)
            case _:
                return self._when(view, details, subject, now)

    def _until(self, details: Details, subject: str, today: date) -> tuple[Sentence, ...]:
        ends = [one.pickup_until for one in details.shipments if one.pickup_until]
        ends += [point.until for one in details.shipments for point in one.pickup_points if point.until]
        if ends:
            return self._say("follow.until", ("pickup",), date=ear.day(min(ends), today))
        if subject == "start_return_exchange" and (last := details.return_by(self.answers.zone)):
            key = "follow.return_passed" if last < today else "follow.return_by"
            return self._say(key, ("return",), date=ear.day(last, today))
        return self._open(details)

    def _shipped(self, details: Details, now: datetime) -> tuple[Sentence, ...]:
        left = [one.shipped_at for one in details.shipments if one.shipped_at]
        if not left:
            return self._say("follow.no_ship_day", ()) if details.shipments else ()
        return self._say("follow.shipped_at", ("shipped_at",), when=ear.moment(min(left), now, self.answers.zone))

    def _open(self, details: Details) -> tuple[Sentence, ...]:
        hours = [point.hours for one in details.shipments for point in one.pickup_points if point.hours]
        return self._say("follow.hours", ("pickup",), hours=hours[0]) if hours else ()

    def _unsure(self, view: View, details: Details, subject: str, now: datetime) -> tuple[Sentence, ...]:
        """That nobody can promise a day, with the day that is expected."""
        today = now.astimezone(self.answers.zone).date()
        if subject in ("return_status", "refund_status"):
            return (*self._say("follow.no_promise", ()), *self.answers.listed(view, "refunds", now))
        coming = [one for one in details.shipments if one.expected and one.status not in _DONE]
        told = tuple(line for one in coming[:1] for line in self._expected(one, today))
        return (*self._say("follow.no_promise", ()), *told)

    def _late(self, details: Details, today: date) -> tuple[Sentence, ...]:
        """Whether it is late, with the day: () where no day is known."""
        one = next((one for one in details.shipments if one.expected and one.status not in _DONE), None)
        if one is None or one.expected is None:
            return ()
        late = one.expected < today or (details.promised is not None and one.expected > details.promised)
        told = self._say("follow.is_late" if late else "follow.on_time", ("expected",))
        return (*told, *self._expected(one, today))

    def _expected(self, one: Shipment, today: date) -> tuple[Sentence, ...]:
        if one.expected is None:
            return ()
        window = self.answers.window(one)
        late = one.expected < today
        key = "detail.expected_past" if late else f"detail.expected{'_window' if window else ''}"
        return self._say(key, ("expected",), date=ear.day(one.expected, today), **({} if late else window))

    def hour(self, view: View, subject: str) -> tuple[Sentence, ...]:
        """For those who ask for the time of day: that none is known, where that is so."""
        details = view.details
        coming = [one for one in details.shipments if one.status not in _DONE] if details else []
        if subject in ("large_item_delivery", "return_status", "refund_status", "subscription") or not coming:
            return ()
        return () if any(self.answers.window(one) for one in coming) else self._say("follow.no_hour", ())

    def _why(self, view: View, details: Details, subject: str) -> tuple[Sentence, ...]:
        if subject in ("return_status", "refund_status", "start_return_exchange"):
            reasons = [one.reason for one in details.returns if one.reason]
            if not reasons:
                return self._say("follow.no_reason", ()) if details.returns or details.refunds else ()
            return self._say("follow.why_return", ("return",), text=sentence(reasons[-1]))
        for one in details.shipments:
            text = carriers_words(one)
            if one.status in _TROUBLE and text:
                return self._say("follow.why_carrier", ("last_scan",), text=sentence(text))
        if subject == "cancel_order":
            return self._say("follow.shipped", ("status",)) if view.shipments else self._say("follow.no_reason", ())
        unexplained = view.status in (OrderStatus.ON_HOLD, OrderStatus.CANCELLED) or _TROUBLE & {*view.shipments}
        return self._say("follow.no_reason", ()) if unexplained else ()

    def _next(self, view: View, details: Details, subject: str) -> tuple[Sentence, ...]:
        if subject == "cancel_order" and view.shipments and view.status is not OrderStatus.CANCELLED:
            return self._say("follow.after_dispatch", ())
        if subject in ("return_status", "refund_status", "start_return_exchange"):
            steps = [one.next for one in details.returns if one.next]
            if steps or not details.returns:
                return self._say("follow.next", ("return",), text=sentence(steps[-1])) if steps else ()
            return self._say("follow.no_steps", ("return",), number=details.returns[-1].number)
        return ()

    def _checklist(self, details: Details, kind: str) -> tuple[Sentence, ...]:
        lines = details.appointment.checklist if details.appointment else ()
        if kind == "home":
            lines = tuple(line for line in lines if touches(line, "about_home"))
        return tuple(Sentence(sentence(line), ("appointment",)) for line in lines)

    def _signature(self, details: Details) -> tuple[Sentence, ...]:
        coming = any(one.status not in _DONE for one in details.shipments)
        return self._say("follow.signature", ()) if coming else ()

    def _inside(self, details: Details, subject: str) -> tuple[Sentence, ...]:
        if subject != "subscription":
            return ()
        boxes = [one for one in details.subscriptions if one.contents]
        text = ", ".join(boxes[0].contents) if boxes else ""
        return self._say("follow.inside", ("subscription",), text=text) if text else ()

    def _where(self, view: View, details: Details, subject: str, now: datetime) -> tuple[Sentence, ...]:
        if subject in ("return_status", "refund_status", "subscription"):
            return ()
        for one in details.shipments:
            points = [point for point in one.pickup_points if one.pickup in (None, point.name)]
            place = one.pickup or (points[0].name if points and one.status in _TROUBLE else "")
            if one.status in (ShipmentStatus.AVAILABLE_FOR_PICKUP, ShipmentStatus.ATTEMPT_FAILED) and place:
                address = points[0].address if points and points[0].address and points[0].address != place else ""
                told = self._say("detail.pickup", ("pickup",), place=f"{place}, {address}" if address else place)
                return (*told, *self._until(details, subject, now.astimezone(self.answers.zone).date()))
        told = tuple(line for one in details.shipments for line in self.answers.where(one, now))
        return () if view.status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED) else told

    def _when(self, view: View, details: Details, subject: str, now: datetime) -> tuple[Sentence, ...]:
        today = now.astimezone(self.answers.zone).date()
        nothing_back = subject == "refund_status" and not (details.refunds or details.returns)
        if subject in ("return_status", "refund_status", "start_return_exchange") and not nothing_back:
            return self._when_sent_back(view, details, subject, now)
        if subject == "large_item_delivery" and details.appointment and details.appointment.start:
            booked = details.appointment
            if booked.start and booked.end:
                window = ear.window(DeliverySlot(start=booked.start, end=booked.end), now, self.answers.zone)
                return self._say("follow.booked", ("appointment",), when=window)
        if subject == "subscription":
            days = [one.next_date for one in details.subscriptions if one.next_date]
            return self._say("follow.next_box", ("subscription",), date=ear.day(min(days), today)) if days else ()
        told: tuple[Sentence, ...] = ()
        if len(details.shipments) > 1:
            coming = [one for one in enumerate(details.shipments) if one[1].status not in _DONE]
            return tuple(line for place, one in coming for line in self.answers.package(place, one, now))
        for one in details.shipments:
            if one.status is ShipmentStatus.DELIVERED and one.delivered_at:
                when = ear.moment(one.delivered_at, now, self.answers.zone)
                told = (*told, *self._say("follow.delivered", ("delivered_at",), when=when))
            elif one.status is not ShipmentStatus.RETURNING:
                told = (*told, *self._expected(one, today))
        return told

    def _when_sent_back(self, view: View, details: Details, subject: str, now: datetime) -> tuple[Sentence, ...]:
        today = now.astimezone(self.answers.zone).date()
        if subject == "refund_status" and details.refunds:
            dated = any(one.expected or one.issued_at for one in details.refunds)
            return (
                *(() if dated else self._say("follow.no_date", ())),
                *self.answers.listed(view, "refunds", now),
            )
        for one in reversed(details.returns):
            if one.received_at is None and one.expected is not None:
                return self._say("follow.return_expected", ("return",), date=ear.day(one.expected, today))
            if one.received_at is not None:
                day = one.received_at.astimezone(self.answers.zone).date()
                return self._say("return.received_at", ("return",), date=ear.on_day(day, today))
        return ()

    def _say(self, key: str, fields: tuple[str, ...], **values: str) -> tuple[Sentence, ...]:
        return tuple(Sentence(text, fields) for text in self.answers.texts.say(key, values))
