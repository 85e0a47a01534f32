"""What the human agent is told when a call is handed over."""

from __future__ import annotations

from asterisk_agent.dialog.protocol import HandOffContext
from asterisk_agent.dialog.state import Deed, State

_WANTS = {
    "order_status": "asks where the order is",
    "delivery_delay": "says the order is late",
    "failed_delivery_reschedule": "wants a missed delivery made again",
    "address_change": "wants the delivery address changed",
    "return_status": "asks about a return",
    "refund_status": "asks about a refund",
    "start_return_exchange": "wants to return or exchange something",
    "cancel_order": "wants to cancel the order",
    "subscription": "asks about a subscription",
    "large_item_delivery": "asks about a delivery window",
    "complaint_missing_damaged": "reports something missing, damaged or wrong",
    "policy_faq": "has a question about policies",
    "follow_up": "follows up on an earlier order",
}
_WHY = {
    "asked": "asked for a person",
    "silence": "fell silent",
    "noise": "could not be heard for noise",
    "identity_not_confirmed": "could not confirm identity details",
    "order_not_found": "gave order numbers that do not exist",
    "number_not_understood": "order number could not be made out",
    "not_understood": "could not be understood",
    "too_many_orders": "asked about many orders",
    "upset": "is upset",
    "vip": "is a marked customer",
}
_NEXT = {
    "identity_not_confirmed": "verify the caller",
    "order_not_found": "find the order another way",
    "number_not_understood": "find the order another way",
    "not_understood": "ask what the caller needs",
    "upset": "calm the caller and help with the request",
    "vip": "help with the request",
}


NEGATIVE, POSITIVE = -0.2, 0.2
"""Bounds of a call's sentiment, -1 to 1, for its name."""


def _mood(sentiment: float) -> str:
    if sentiment <= NEGATIVE:
        return "negative"
    return "positive" if sentiment >= POSITIVE else "neutral"


def _deed(deed: Deed) -> str:
    what = deed.name.replace("_", " ")
    if deed.outcome == "done":
        return f"done: {what}"
    return f"not done: {what} ({deed.outcome.replace('_', ' ')})"


def context(call_id: str, state: State, reason: str) -> HandOffContext:
    """The context from the state: no names, addresses or details, only what the queue's agents act on."""
    view = state.view
    known = view if view is not None and view.number == state.order else None
    level = known.level if known else view.level if view else 0
    parts = [f"Caller {_WANTS.get(state.intent, 'has not said what it is about')}"]
    order = state.order or (view.number if view else "")
    if state.order:
        parts.append(f"order {state.order}" + ("" if known else " (not found or not looked up)"))
    elif view:
        parts.append(f"one open order {view.number} for the calling number")
    if known:
        said = any(line.who == "agent" for line in state.history)
        words = dict.fromkeys([known.status.value, *(status.value for status in known.shipments)])
        parts.append("status " + ", ".join(word.replace("_", " ") for word in words) + (" (told)" if said else ""))
    parts.append(f"identity level {level}")
    parts += [_deed(deed) for deed in state.deeds]
    if why := _WHY.get(reason):
        parts.append(why)
    return HandOffContext(
        call_id=call_id,
        intent=state.intent or ("talk_to_human" if reason == "asked" else ""),
        order=order,
        verified=level,
        sentiment=_mood(state.sentiment),
        summary="; ".join(parts) + ".",
        reason=reason,
        next=_NEXT.get(reason, "help with the request" if state.intent else "ask what the caller needs"),
    )
