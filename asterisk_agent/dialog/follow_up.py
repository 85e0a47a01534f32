"""Short questions about what was just told: 'where exactly?', 'until when?', 'why?', 'what happens next?'. Pure.

Each is answered with the one fact that it asks for, where the data has it; without it nothing is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from asterisk_agent.commerce.models import DeliverySlot, OrderStatus, Shipment, ShipmentStatus
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.answers import Answers, Sentence, sentence
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.tools import Details, View

KINDS = ("until", "why", "next", "home", "prepare", "inside", "where", "when")
"""In the order in which they are looked for: 'when' and 'where' stand in many questions."""

MOST_WORDS = 12
"""A longer turn is more than a question about what was said."""

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
        return ""
    kind = next((kind for kind in KINDS if touches(text, f"follows_{kind}")), "")
    return "" if kind == "where" and touches(text, "sends_back") else kind


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
            case "until":
                return self._until(details, today)
            case "why":
                return self._why(details, subject)
            case "next":
                return self._next(details, subject)
            case "home" | "prepare":
                return self._checklist(details, kind)
            case "inside":
                return self._inside(details, subject)
            case "where":
                return self._where(view, details, subject, now)
            case _:
                return self._when(view, details, subject, now)

    def _until(self, details: Details, today: date) -> tuple[Sentence, ...]:
        ends = [one.pickup_until for one in details.shipments if one.pickup_until]
        ends += [point.until for one in details.shipments for point in one.pickup_points if point.until]
        if ends:
            return self._say("follow.until", ("pickup",), date=ear.day(min(ends), today))
        hours = [point.hours for one in details.shipments for point in one.pickup_points if point.hours]
        return self._say("follow.hours", ("pickup",), hours=hours[0]) if hours else ()

    def _why(self, details: Details, subject: str) -> tuple[Sentence, ...]:
        if subject in ("return_status", "refund_status", "start_return_exchange"):
            reasons = [one.reason for one in details.returns if one.reason]
            return self._say("follow.why_return", ("return",), text=sentence(reasons[-1])) if reasons else ()
        for one in details.shipments:
            text = _carriers_words(one)
            if one.status in _TROUBLE and text:
                return self._say("follow.why_carrier", ("last_scan",), text=sentence(text))
        return ()

    def _next(self, details: Details, subject: str) -> tuple[Sentence, ...]:
        if subject in ("return_status", "refund_status", "start_return_exchange"):
            steps = [one.next for one in details.returns if one.next]
            return self._say("follow.next", ("return",), text=sentence(steps[-1])) if steps else ()
        return ()

    def _checklist(self, details: Details, kind: str) -> tuple[Sentence, ...]:
        lines = details.appointment.checklist if details.appointment else ()
        if kind == "home":
            lines = tuple(line for line in lines if touches(line, "about_home"))
        return tuple(Sentence(sentence(line), ("appointment",)) for line in lines)

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
                return (*told, *self._until(details, now.astimezone(self.answers.zone).date()))
        told = tuple(line for one in details.shipments for line in self.answers.where(one, now))
        return () if view.status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED) else told

    def _when(self, view: View, details: Details, subject: str, now: datetime) -> tuple[Sentence, ...]:
        today = now.astimezone(self.answers.zone).date()
        if subject in ("return_status", "refund_status", "start_return_exchange"):
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
        for one in details.shipments:
            if one.status is ShipmentStatus.DELIVERED and one.delivered_at:
                when = ear.moment(one.delivered_at, now, self.answers.zone)
                told = (*told, *self._say("follow.delivered", ("delivered_at",), when=when))
            elif one.expected is not None and one.status is not ShipmentStatus.RETURNING:
                key = "detail.expected_past" if one.expected < today else "detail.expected"
                told = (*told, *self._say(key, ("expected",), date=ear.day(one.expected, today)))
        return told

    def _when_sent_back(self, view: View, details: Details, subject: str, now: datetime) -> tuple[Sentence, ...]:
        today = now.astimezone(self.answers.zone).date()
        if subject == "refund_status" and details.refunds:
            return self.answers.listed(view, "refunds", now)
        for one in reversed(details.returns):
            if one.received_at is None and one.expected is not None:
                return self._say("follow.return_expected", ("return",), date=ear.day(one.expected, today))
            if one.received_at is not None:
                day = one.received_at.astimezone(self.answers.zone).date()
                return self._say("return.received_at", ("return",), date=ear.on_day(day, today))
        return ()

    def _say(self, key: str, fields: tuple[str, ...], **values: str) -> tuple[Sentence, ...]:
        return tuple(Sentence(text, fields) for text in self.answers.texts.say(key, values))


def _carriers_words(one: Shipment) -> str:
    scan = one.last_scan
    return (scan.text if scan else "") or one.raw_text or ""
