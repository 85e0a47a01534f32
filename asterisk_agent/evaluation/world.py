"""The world of a dialogue row: its orders as models, in shapes that people write by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from asterisk_agent.commerce.models import (
    Address,
    Appointment,
    Customer,
    Item,
    Order,
    OrderStatus,
    PickupPoint,
    Refund,
    Return,
    Shipment,
    ShipmentStatus,
    Subscription,
    TrackingEvent,
)
from asterisk_agent.commerce.phone import e164
from asterisk_agent.evaluation.shapes import (
    Times,
    fields,
    first,
    interval_days,
    many,
    money,
    name_of,
    names,
    stock,
    yes,
)
from asterisk_agent.evaluation.statuses import shipment_status_of, status_of

_ZONES = tuple(ZoneInfo(f"America/{city}") for city in ("New_York", "Chicago", "Denver", "Los_Angeles", "Anchorage"))
"""The first that has the offset of ``now`` is taken for the shop's, so that a row's days are its shop's days."""

UNNAMED = "the carrier"


class WorldError(ValueError):
    """The row's world cannot be understood; the message says where."""


@dataclass(frozen=True)
class World:
    """Everything a conversation needs of a row. ``now`` is in the shop's ``zone``."""

    now: datetime
    zone: ZoneInfo
    orders: tuple[Order, ...]
    subscriptions: tuple[Subscription, ...]
    appointments: tuple[Appointment, ...]
    stale: dict[str, tuple[Order, datetime]]
    """Orders as they were last known, where the row says so, and when."""
    answers: tuple[str, ...] = ()
    """The shop's own texts about its policies."""


def world(data: dict[str, Any]) -> World:
    """What is missing means up, open, none. Raises WorldError."""
    try:
        now = _now(data.get("now"))
        zone = next((zone for zone in _ZONES if now.astimezone(zone).utcoffset() == now.utcoffset()), _ZONES[0])
        reader = _Reader(Times(now.astimezone(zone), zone))
        rows = [row for row in many(data.get("orders")) if isinstance(row, dict)]
        orders = tuple(reader.order(row) for row in rows)
        return World(
            now.astimezone(zone),
            zone,
            orders,
            tuple(one for row in rows for one in reader.subscriptions(row)),
            tuple(one for row in rows if (one := reader.appointment(row))),
            {order.key: old for order, row in zip(orders, rows, strict=True) if (old := reader.last_known(order, row))},
            tuple(str(one.get("a") or "") for one in many(data.get("knowledge")) if isinstance(one, dict)),
        )
    except KeyError as error:
        raise WorldError(f"its world cannot be read: an order has no {error}") from None
    except (ValueError, TypeError, AttributeError, IndexError, InvalidOperation) as error:
        what = " ".join(str(error).split())
        raise WorldError(f"its world cannot be read: {type(error).__name__}: {what}") from None


def _now(value: Any) -> datetime:
    if not value:
        return datetime.now().astimezone()
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=_ZONES[0])


@dataclass(frozen=True)
class _Reader:
    times: Times

    def order(self, row: dict[str, Any]) -> Order:
        status = status_of(str(row.get("status") or ""))
        shipments = self._delivered(row, tuple(self._shipment(fields(one, "carrier"), row) for one in _parcels(row)))
        if status is OrderStatus.SHIPPED and not shipments:
            kind = shipment_status_of(str(row.get("status"))) or ShipmentStatus.IN_TRANSIT
            shipments = (Shipment(carrier=str(row.get("carrier") or UNNAMED), status=kind),)
        address = row.get("address")
        code = _zip(row.get("zip") or (address.get("zip") if isinstance(address, dict) else None))
        placed = first(row, "placed_at", "placed", "ordered", "ordered_at", "created_at")
        total = first(row, "total", "amount")
        promised = [first(one, "promised") for one in _parcels(row) if isinstance(one, dict)]
        digits = re.sub(r"\D", "", str(row.get("last4") or ""))
        window = row.get("return_window_days")
        return Order(
            number=str(row["number"]),
            customer=Customer(
                id=str(row["number"]),
                name=str(row.get("name") or ""),
                email=row.get("email") or None,
                phone=e164(str(row["phone"]), "US") if row.get("phone") else None,
                vip=bool(yes(row.get("vip"), False)),
            ),
            status=status,
            placed_at=self.times.moment(placed) if placed else self.times.now - timedelta(days=7),
            items=tuple(self._item(one) for one in many(row.get("items"))),
            total=money(total) if total is not None else None,
            address=self._address(address, code) if address or code else None,
            last4=digits[-4:].zfill(4) if digits else None,
            promised=self.times.maybe_day(first(row, "promised") or next((day for day in promised if day), None)),
            shipments=shipments,
            returns=tuple(self._return(fields(one, "status"), place) for place, one in _counted(row.get("returns"))),
            refunds=tuple(self._refund(fields(one, "amount"), row) for one in many(row.get("refunds"))),
            cancellable=yes(row.get("cancellable"), None),
            return_window_days=int(window) if window not in (None, "") else None,
            stock=stock(row.get("stock")),
        )

    def subscriptions(self, row: dict[str, Any]) -> Iterable[Subscription]:
        for one in many(row.get("subscription")):
            told = fields(one, "status")
            box = first(told, "next_box", "box", "next_delivery", "next")
            inside = box if isinstance(box, dict) else {}
            upcoming = self.times.maybe_day(first(told, "next_date", "next_box_date", "date") or box)
            following = self.times.maybe_day(first(told, "following_date", "following", "after_next"))
            yield Subscription(
                id=str(told.get("id") or f"S-{row['number']}"),
                customer_id=str(row["number"]),
                next_date=upcoming,
                contents=names(first(told, "contents", "items") or first(inside, "contents", "items")),
                status=_subscription_status(str(told.get("status") or "active")),
                interval_days=(following - upcoming).days if following and upcoming else interval_days(told),
                skippable=yes(told.get("skippable"), True) is True,
                order=str(row["number"]),
            )

    def appointment(self, row: dict[str, Any]) -> Appointment | None:
        if not any(row.get(name) for name in ("appointment", "slots", "checklist")):
            return None
        booked = self.times.slot(row["appointment"]) if row.get("appointment") else None
        return Appointment(
            order=str(row["number"]),
            start=booked.start if booked else None,
            end=booked.end if booked else None,
            checklist=_lines(row.get("checklist")),
            slots=tuple(self.times.slots(row.get("slots"))),
        )

    def last_known(self, order: Order, row: dict[str, Any]) -> tuple[Order, datetime] | None:
        """The order as its carrier or the store told it last; three hours ago when the row does not say when."""
        if not row.get("last_known"):
            return None
        old = fields(row["last_known"], "status")
        scan = old.get("last_scan") if isinstance(old.get("last_scan"), dict) else old
        at = self.times.maybe_moment(first(old, "at", "as_of", "when", "updated") or first(scan or {}, "at"))
        at = at or self.times.now - timedelta(hours=float(first(old, "age_hours", "hours_ago") or 3))
        if old.get("shipments"):
            earlier = self.order({**row, **old, "last_known": None, "number": row["number"]})
            return earlier, at
        kind = shipment_status_of(str(old.get("status") or ""))
        if kind is None or not order.shipments:
            return (
                order.model_copy(update={"status": status_of(str(old["status"]))}) if old.get("status") else order
            ), at
        told = scan or {}
        seen = order.shipments[0].last_scan
        place = first(told, "place", "location") or (seen.place if seen and seen.at == at else None)
        event = TrackingEvent(at=at, text=str(told.get("text") or ""), place=place)
        changes: dict[str, Any] = {"status": kind, "events": (event,), "delivered_at": None, "left_at": None}
        if "expected" in old:
            changes["expected"] = self.times.maybe_day(old["expected"])
        parcel = order.shipments[0].model_copy(update=changes)
        return order.model_copy(update={"shipments": (parcel, *order.shipments[1:])}), at

    def _shipment(self, one: dict[str, Any], row: dict[str, Any]) -> Shipment:
        told = str(one.get("status") or row.get("status") or "")
        status = shipment_status_of(told) or ShipmentStatus.UNKNOWN
        expected = first(one, "expected", "eta", "expected_delivery", "estimated_delivery")
        day = self.times.maybe_day(expected)
        begin, end = self.times.window(day, first(one, "window") or (expected if isinstance(expected, dict) else None))
        points = tuple(_points(one.get("pickup"), self.times))
        scans = tuple(self._scan(scan) for scan in (*many(one.get("events")), *many(one.get("last_scan"))))
        delivered = self.times.maybe_moment(first(one, "delivered_at", "delivered"))
        if delivered is None and status is ShipmentStatus.DELIVERED and scans:
            delivered = max(scan.at for scan in scans)
        return Shipment(
            carrier=str(one.get("carrier") or UNNAMED),
            tracking=str(first(one, "tracking", "tracking_number"))
            if first(one, "tracking", "tracking_number")
            else None,
            status=status,
            raw_status=told,
            shipped_at=self.times.maybe_moment(one.get("shipped_at")),
            expected=day,
            expected_from=begin,
            expected_to=end,
            delivered_at=delivered,
            left_at=first(one, "left_at", "left"),
            pickup=points[0].name if points and status is ShipmentStatus.AVAILABLE_FOR_PICKUP else None,
            pickup_until=points[0].until if points else None,
            redelivery=self.times.days(one.get("redelivery")),
            pickup_points=points,
            events=scans,
            items=names(one.get("items")),
        )

    def _scan(self, value: Any) -> TrackingEvent:
        told = fields(value, "text")
        at = self.times.maybe_moment(first(told, "at", "when", "time", "date"))
        place = first(told, "place", "location", "city")
        return TrackingEvent(at=at or self.times.now, text=str(first(told, "text", "status") or ""), place=place)

    def _delivered(self, row: dict[str, Any], shipments: tuple[Shipment, ...]) -> tuple[Shipment, ...]:
        """A delivery that is told beside the shipments belongs to those that were delivered."""
        told = row.get("delivered")
        if not told:
            return shipments
        detail = fields(told, "at")
        changes: dict[str, Any] = {}
        if at := self.times.maybe_moment(first(detail, "at", "date", "when", "day") and detail):
            changes["delivered_at"] = at
        if place := first(detail, "place", "left_at", "location", "where", "left"):
            changes["left_at"] = str(place)
        if not shipments:
            return (Shipment(carrier=str(row.get("carrier") or UNNAMED), status=ShipmentStatus.DELIVERED, **changes),)
        return tuple(
            one.model_copy(update=changes) if one.status is ShipmentStatus.DELIVERED else one for one in shipments
        )

    def _return(self, one: dict[str, Any], place: int) -> Return:
        status = first(one, "status", "state") or ("received" if first(one, "received", "received_at") else "requested")
        return Return(
            number=str(first(one, "id", "number", "rma") or f"R-{place}"),
            status=str(status),
            items=names(first(one, "items", "item")),
            opened_at=self.times.maybe_moment(
                first(one, "opened", "opened_at", "requested", "requested_at", "created")
            ),
            received_at=self.times.maybe_moment(first(one, "received_at", "received")),
            refund_expected=self.times.maybe_day(first(one, "refund_expected", "refund_by", "refund_date")),
            expected=self.times.maybe_day(first(one, "expected", "eta", "expected_at")),
            next=first(one, "next", "next_step"),
            reason=first(one, "reason", "note", "rejected_because"),
            carrier=first(one, "carrier"),
        )

    def _refund(self, one: dict[str, Any], row: dict[str, Any]) -> Refund:
        issued = first(one, "issued_at", "issued", "date", "refunded_at", "processed", "processed_at")
        shows = first(one, "posts_by", "expected", "expected_by", "shows_by", "appears_by", "available_by")
        amount = first(one, "amount", "value") or first(row, "total")
        return Refund(
            amount=money({**one, "amount": amount}),
            status=str(one.get("status") or ("issued" if issued else "pending")),
            issued_at=self.times.maybe_moment(issued),
            method=first(one, "method", "to", "card"),
            expected=self.times.maybe_day(shows),
        )

    def _item(self, one: Any) -> Item:
        told = fields(one, "name")
        kind = first(told, "variant", "size", "color", "colour")
        price = first(told, "price", "amount")
        return Item(
            name=f"{name_of(told)}, {kind}" if kind and str(kind) not in name_of(told) else name_of(told),
            quantity=max(1, int(first(told, "quantity", "qty", "count") or 1)),
            sku=first(told, "sku"),
            price=money(price) if price is not None else None,
            returnable=yes(told.get("returnable"), True) is True and not yes(told.get("final_sale"), False),
        )

    def _address(self, value: Any, code: str) -> Address:
        told = fields(value or {}, "line1")
        return Address(
            line1=str(first(told, "line1", "street", "address1") or ""),
            line2=first(told, "line2", "unit", "address2"),
            city=str(told.get("city") or ""),
            state=str(told.get("state") or ""),
            zip=_zip(first(told, "zip", "postal_code", "zip_code")) or code,
        )


def _parcels(row: dict[str, Any]) -> list[Any]:
    return many(first(row, "shipments", "shipment", "packages"))


def _counted(value: Any) -> Iterable[tuple[int, Any]]:
    return enumerate(many(value), 1)


def _zip(value: Any) -> str:
    """Five digits, also where a number has lost its leading zeros."""
    return str(value).zfill(5) if value not in (None, "") else ""


def _points(value: Any, times: Times) -> Iterable[PickupPoint]:
    for one in many(value):
        if isinstance(one, bool):
            continue
        told = fields(one, "name")
        address = told.get("address")
        where = ", ".join(str(part) for part in address.values() if part) if isinstance(address, dict) else address
        name = first(told, "name", "place", "location", "store") or where
        if name:
            hours = first(told, "hours", "open")
            until = times.maybe_day(first(told, "until", "held_until", "by", "last_day"))
            yield PickupPoint(name=str(name), address=where, hours=str(hours) if hours else None, until=until)


def _lines(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        return tuple(f"{name}: {text}" for name, text in value.items())
    return names(value)


def _subscription_status(text: str) -> str:
    plain = text.lower()
    return "paused" if "paus" in plain or "hold" in plain else "cancelled" if "cancel" in plain else "active"
