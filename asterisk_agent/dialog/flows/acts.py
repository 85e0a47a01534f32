"""What flows can do: each act's name, what it must be given, and the typed change or request that it becomes."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from asterisk_agent.commerce import changes
from asterisk_agent.commerce.changes import Change
from asterisk_agent.commerce.models import Address, DeliverySlot, Item, PickupPoint
from asterisk_agent.dialog.flows.format import Act
from asterisk_agent.dialog.services import Request, RequestKind
from asterisk_agent.dialog.tools import View

_Value = TypeVar("_Value")


class ActError(Exception):
    """A parameter is missing or of the wrong kind; for the log."""


@dataclass(frozen=True)
class Given:
    """What an act is built from: the order in use, if any, and the node's parameters."""

    order: str
    view: View | None
    parameters: Mapping[str, Any]

    def take(self, name: str, kind: type[_Value]) -> _Value:
        """A parameter of a kind. Raises ActError."""
        value = self.parameters.get(name)
        if not isinstance(value, kind):
            raise ActError(f"the parameter {name!r} is {value!r}, not {kind.__name__}")
        return value

    def text(self, name: str) -> str:
        """A parameter as text: a name of an item or a place, or words. Raises ActError."""
        value = self.parameters.get(name)
        if isinstance(value, Item | PickupPoint):
            return value.name
        if isinstance(value, str) and value:
            return value
        raise ActError(f"the parameter {name!r} is {value!r}, not a text")

    @property
    def tracking(self) -> str:
        """The parcel's tracking number, '' for the only one that has none. Raises ActError."""
        given = self.parameters.get("parcel")
        if self.view is None or self.view.details is None or not self.view.details.shipments:
            raise ActError("there is no parcel")
        return given if isinstance(given, str) else ""

    @property
    def subscription(self) -> str:
        """The subscription's id. Raises ActError."""
        return self.text("subscription")

    @property
    def items(self) -> tuple[str, ...]:
        """The item given, else all of the order."""
        if self.parameters.get("item") is not None:
            return (self.text("item"),)
        lines = self.view.details.items if self.view and self.view.details else ()
        return tuple(line.name for line in lines)


@dataclass(frozen=True)
class Kind:
    """An act: parameters it must have, those it may have, how the change is built (None: a request for people)."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    build: Callable[[Given], Change] | None = None


def _day(given: Given) -> date:
    value = given.take("day", date)
    return value.date() if isinstance(value, datetime) else value


ACTS: dict[str, Kind] = {
    "change_address": Kind(("address",), (), lambda g: changes.ChangeAddress(g.order, g.take("address", Address))),
    "carrier_intercept": Kind(
        ("address", "parcel"), (), lambda g: changes.InterceptParcel(g.order, g.tracking, g.take("address", Address))
    ),
    "reschedule_delivery": Kind(
        ("day", "parcel"), (), lambda g: changes.RescheduleDelivery(g.order, g.tracking, _day(g))
    ),
    "hold_at_location": Kind(
        ("location", "parcel"), (), lambda g: changes.HoldAtLocation(g.order, g.tracking, g.text("location"))
    ),
    "cancel_order": Kind((), (), lambda g: changes.CancelOrder(g.order)),
    "cancel_item": Kind(("item",), (), lambda g: changes.CancelItem(g.order, g.text("item"))),
    "open_return": Kind(
        (),
        ("item", "reason"),
        lambda g: changes.OpenReturn(g.order, g.items, str(g.parameters.get("reason") or "")),
    ),
    "open_exchange": Kind(
        ("item", "wanted"),
        ("reason",),
        lambda g: changes.OpenExchange(
            g.order, g.text("item"), g.text("wanted"), str(g.parameters.get("reason") or "")
        ),
    ),
    "skip_subscription": Kind(("subscription",), (), lambda g: changes.SkipSubscription(g.subscription)),
    "pause_subscription": Kind(
        ("subscription",),
        ("until",),
        lambda g: changes.PauseSubscription(g.subscription, g.parameters.get("until")),
    ),
    "move_subscription": Kind(("subscription", "day"), (), lambda g: changes.MoveSubscription(g.subscription, _day(g))),
    "book_slot": Kind(("slot",), (), lambda g: changes.BookSlot(g.order, g.take("slot", DeliverySlot))),
    "move_slot": Kind(("slot",), (), lambda g: changes.MoveSlot(g.order, g.take("slot", DeliverySlot))),
    "reorder": Kind((), (), lambda g: changes.Reorder(g.order)),
    "register_warranty": Kind((), (), lambda g: changes.RegisterWarranty(g.order)),
    "schedule_callback": Kind(("phone",), ("due", "words")),
    "send_text": Kind(("phone",), ("words",)),
    "create_ticket": Kind((), ("words", "phone")),
    "open_claim": Kind((), ("words", "item", "phone")),
    "record_feedback": Kind((), ("words", "rating")),
    "take_message": Kind(("words",), ("phone",)),
}


def mistakes(node: Act) -> list[str]:
    """What is wrong with an act in a flow."""
    kind = ACTS.get(node.act)
    if kind is None:
        close = difflib.get_close_matches(node.act, ACTS, n=1)
        return [
            f"{node.act!r} is nothing that can be done; " + (f"did you mean {close[0]!r}?" if close else "check it")
        ]
    found = [
        f"{node.act!r} needs the parameter {name!r} under 'with'" for name in kind.needs if name not in node.parameters
    ]
    found += [
        f"{node.act!r} takes no parameter {name!r}" for name in node.parameters if name not in (*kind.needs, *kind.may)
    ]
    if kind.build is not None and not node.confirm:
        found.append(f"{node.act!r} changes something: give 'confirm', the text that the caller agrees to first")
    return found


def change(name: str, given: Given) -> Change | None:
    """The change that an act asks for; None for a request to people. Raises ActError."""
    build = ACTS[name].build
    return build(given) if build else None


def request(name: str, given: Given, call_id: str, intent: str, summary: str, caller_phone: str) -> Request:
    """The request to people that an act leaves."""
    kinds: dict[str, RequestKind] = {
        "schedule_callback": "schedule_callback",
        "send_text": "send_text",
        "create_ticket": "create_ticket",
        "open_claim": "open_claim",
        "record_feedback": "record_feedback",
        "take_message": "take_message",
    }
    words = [str(given.parameters[name]) for name in ("words", "rating") if given.parameters.get(name) is not None]
    if isinstance(item := given.parameters.get("item"), Item):
        words.append(f"about: {item.name}")
    due = given.parameters.get("due")
    return Request(
        kind=kinds[name],
        call_id=call_id,
        order=given.order,
        intent=intent,
        summary=summary,
        words="; ".join(words),
        phone=str(given.parameters.get("phone") or caller_phone),
        due=due if isinstance(due, datetime) else None,
    )
