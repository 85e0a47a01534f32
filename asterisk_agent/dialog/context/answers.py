"""Words that answer what was asked, or name it, and that the classifier takes for a wish of their own."""

from __future__ import annotations

import re

from asterisk_agent.commerce.models import OrderStatus
from asterisk_agent.dialog.context.turn import (
    BROKEN,
    ELSEWHERE,
    IDENTIFYING,
    LATE,
    NEAR,
    RETURN,
    STATUS,
    SURE_WISH,
    Case,
    Turn,
    first_of,
)
from asterisk_agent.dialog.follow_up import asked_for

MOST_ASIDE = 5
"""Words of a turn that may be a piece of an answer; more are a subject."""
_BESIDE_NAMES = frozenset({"the", "a", "an", "my", "that", "it's", "just", "only", "one", "please", "um", "uh", "oh"})
"""What stands beside the name of an item that is named alone."""


def of_days(turn: Turn) -> Turn:
    """'Thursday I can't' to a choice of days is about them."""
    if turn.state.asked not in ("choice", "date") or not turn.says("speaks_of_days"):
        return turn
    return turn.without(*NEAR).but(facets=frozenset())


def sum_not_number(turn: Turn) -> Turn:
    """'How come it's only thirty nine ninety nine?' gives no order number."""
    why = turn.meant.numbers and turn.state.view is not None and asked_for(turn.text) == "why"
    if not why or turn.says("names_an_order"):
        return turn
    return turn.but(numbers=(), intents=tuple(one for one in turn.meant.intents if one.confidence >= SURE_WISH))


def another(turn: Turn) -> Turn:
    """'I have one more'; settled."""
    if turn.meant.numbers or not turn.says("just_another"):
        return turn
    return turn.but(intents=(), polarity="", another=True, facets=frozenset()).settle()


def beside_the_question(turn: Turn) -> Turn:
    """'It's a blanket and a lamp' for an order number complains of nothing; 'for two months' asks for no status."""
    if _names_an_item(turn):
        return turn.but(intents=(), facets=frozenset(), another=False)
    turn = first_of(turn, _OF_THIS_ORDER)
    return turn if turn.meant.another and not turn.heard else first_of(turn, _BESIDE)


def _names_an_item(turn: Turn) -> bool:
    details = turn.state.view.details if turn.state.view else None
    names = {word for item in (details.items if details else ()) for word in item.name.lower().split()}
    said = set(re.findall(r"[\w'-]+", turn.text.lower()))
    return bool(names) and said <= names | _BESIDE_NAMES and turn.state.asked != "open"


# --- what fits no order that has left, that has arrived, or that holds other things ---


def _no_appointment(turn: Turn) -> Turn | None:
    details = turn.state.view.details if turn.state.view else None
    if details is None or turn.heard != {"large_item_delivery"}:
        return None
    if turn.state.intent == "large_item_delivery" or details.appointment:
        return None
    return turn if turn.says("of_large_items") else turn.means("policy_faq")


def _no_subscription(turn: Turn) -> Turn | None:
    """'Both in one box?' of an order without one."""
    details = turn.state.view.details if turn.state.view else None
    if details is None or turn.heard != {"subscription"} or details.subscriptions or turn.says("of_subscriptions"):
        return None
    return turn.means(STATUS)


def _left_where(turn: Turn) -> Turn | None:
    near = turn.heard <= {"failed_delivery_reschedule", *ELSEWHERE, STATUS}
    return turn.means(STATUS) if _has_parcels(turn) and near and turn.says("left_where") else None


def _of_money(turn: Turn) -> Turn | None:
    """'It's not on my statement' misses a refund, no parcel."""
    if not _has_parcels(turn) or turn.state.intent != "refund_status" or not turn.heard <= {BROKEN, "deny", *NEAR}:
        return None
    return turn.means("refund_status", polarity="") if turn.says("of_money") else None


def _not_there(turn: Turn) -> Turn | None:
    there = turn.state.view is not None and turn.state.view.status is OrderStatus.DELIVERED
    answers = turn.state.intent == BROKEN and turn.state.question == "flow"
    if answers or not there or not _has_parcels(turn) or not turn.heard <= {"deny", *ELSEWHERE}:
        return None
    return turn.means(BROKEN, polarity="") if turn.says("not_received") else None


def _another_order(turn: Turn) -> Turn | None:
    if not _has_parcels(turn) or turn.heard != {BROKEN} or turn.complains or not turn.says("names_other"):
        return None
    return turn.but(intents=(), another=True)


def _has_parcels(turn: Turn) -> bool:
    view = turn.state.view
    return view is not None and view.details is not None and bool(view.shipments)


_OF_THIS_ORDER: tuple[Case, ...] = (
    _no_appointment,
    _no_subscription,
    _left_where,
    _of_money,
    _not_there,
    _another_order,
)


# --- what is said beside a question ---


def _why_it_goes_back(turn: Turn) -> Turn | None:
    """'Because it's broken' to the question for the order number of a return."""
    why = turn.state.intent == RETURN and turn.state.asked in IDENTIFYING and turn.heard == {BROKEN}
    return turn.but(intents=()) if why else None


def _names_the_thing(turn: Turn) -> Turn | None:
    if not turn.state.intent or turn.state.asked not in IDENTIFYING or turn.complains:
        return None
    unlikely = turn.heard <= {BROKEN, "large_item_delivery", "out_of_scope"} and turn.says("names_thing")
    return turn.but(intents=()) if unlikely or turn.heard == {BROKEN} else None


def _asks_for_an_exception(turn: Turn) -> Turn | None:
    return turn.but(intents=()) if turn.says("asks_exception") else None


def _answers_shortly(turn: Turn) -> Turn | None:
    asks = turn.meant.facets or len(turn.text.split()) > MOST_ASIDE or turn.says("asks_something", "names_order")
    status = turn.heard and turn.heard <= {STATUS, LATE}
    return turn.but(intents=()) if turn.state.question == "flow" and status and not asks else None


def _stops_the_subscription(turn: Turn) -> Turn | None:
    stops = turn.state.intent == "subscription" and "cancel_order" in turn.heard and not turn.says("names_an_order")
    if not stops:
        return None
    others = turn.without("cancel_order", "subscription").meant.intents
    turn = turn.means("subscription", SURE_WISH)
    return turn.but(intents=(*turn.meant.intents, *others))


_BESIDE: tuple[Case, ...] = (
    _why_it_goes_back,
    _names_the_thing,
    _asks_for_an_exception,
    _answers_shortly,
    _stops_the_subscription,
)
