"""What is about an order after all, and what is none of it: 'I'm calling about my couch', 'make these texts stop'."""

from __future__ import annotations

from asterisk_agent.dialog.context.turn import (
    BROKEN,
    ELSEWHERE,
    NEAR,
    RETURN,
    STATUS,
    SURE_ACT,
    SURE_WISH,
    Case,
    Turn,
    first_of,
)


def of_an_order(turn: Turn) -> Turn:
    """The first of the cases below."""
    return first_of(turn, _CASES)


def _back_to_the_sender(turn: Turn) -> Turn | None:
    """The carrier sends it back, not the caller."""
    near = turn.heard <= {"return_status", RETURN, *NEAR}
    return turn.means(STATUS) if near and turn.says("to_sender") else None


def _is_all_well(turn: Turn) -> Turn | None:
    near = turn.state.view is not None and turn.heard <= {BROKEN, *NEAR}
    return turn.means(STATUS, polarity="") if near and turn.says("all_well") else None


def _wants_no_calls(turn: Turn) -> Turn | None:
    near = not turn.meant.numbers and turn.heard <= {"cancel_order", BROKEN, *NEAR}
    return turn.but(intents=(), polarity="") if near and turn.says("no_calls") else None


def _wants_it_found(turn: Turn) -> Turn | None:
    near = turn.state.view is not None and turn.heard <= NEAR
    return turn.means(BROKEN, polarity="") if near and turn.says("wants_it_found") else None


def _checks_the_address(turn: Turn) -> Turn | None:
    """'Is that with the apartment number?' changes nothing."""
    checks = turn.state.view is not None and turn.says("checks_address")
    return turn.means(STATUS, polarity="", facets=frozenset({"address"})) if checks else None


def _was_contacted(turn: Turn) -> Turn | None:
    """'I got a voicemail about a delivery' gives no feedback."""
    if turn.heard != {"follow_up"} or turn.state.purpose or turn.says("of_feedback"):
        return None
    return turn.means(STATUS) if turn.says("was_contacted") and turn.says("names_order") else None


def _asks_on_about_policy(turn: Turn) -> Turn | None:
    """'And it's free?' after the shop's text on returns."""
    asks = turn.heard == {BROKEN} and turn.state.intent == "policy_faq" and not turn.complains
    return turn.means("out_of_scope", SURE_ACT) if asks else None


def _paid_and_got_nothing(turn: Turn) -> Turn | None:
    never = turn.heard == {"refund_status"} and turn.state.view is None and turn.says("not_received")
    return turn.means(BROKEN, lacks=False) if never and not turn.says("of_refunds") else None


def _asks_where(turn: Turn) -> Turn | None:
    """'I ordered a blanket and a lamp, where are they?'"""
    asks = turn.heard == {BROKEN} and turn.says("asks_where") and not turn.complains
    return turn.means(STATUS) if asks else None


def _keeps_the_order(turn: Turn) -> Turn | None:
    """'Not cancel, change it.'"""
    return turn.without("cancel_order") if turn.says("keeps_order") else None


def _seeks_the_order(turn: Turn) -> Turn | None:
    seeks = not turn.meant.numbers and turn.heard <= ELSEWHERE | {"wait"} and turn.says("seeks_order")
    return turn.means(STATUS) if seeks else None


def _wants_mail_again(turn: Turn) -> Turn | None:
    return turn.means("follow_up", SURE_WISH) if turn.says("resend") and turn.says("about_mail") else None


def _orders_anew_alone(turn: Turn) -> Turn | None:
    """'Cancel it, I'll reorder' wants no order from us."""
    alone = "cancel_order" in turn.heard and turn.says("reorders_self")
    return turn.without("follow_up") if alone else None


def _may_keep(turn: Turn) -> Turn | None:
    """'Can I keep it?' sends nothing back."""
    return turn.means("policy_faq") if RETURN in turn.heard and turn.says("may_keep") else None


def _is_elsewhere(turn: Turn) -> Turn | None:
    """What is heard as something else is left so from here on; the cases below are about questions off the subject."""
    return None if turn.heard <= {"out_of_scope", "follow_up"} and not turn.meant.numbers else turn


def _calls_about(turn: Turn) -> Turn | None:
    state = turn.state
    begun = state.question == "this_order" or (state.asked == "open" and state.view is None and not state.question)
    return turn.means(STATUS, polarity="") if begun and turn.says("calls_about") else None


def _asks_items(turn: Turn) -> Turn | None:
    asks = turn.state.view is not None and turn.says("asks_items")
    return turn.means(STATUS, polarity="", facets=frozenset({"items"})) if asks else None


def _wants_amends(turn: Turn) -> Turn | None:
    wants = turn.state.view is not None and turn.says("wants_amends", "wants_trace")
    return turn.means(BROKEN, polarity="") if wants else None


_CASES: tuple[Case, ...] = (
    _back_to_the_sender,
    _is_all_well,
    _wants_no_calls,
    _wants_it_found,
    _checks_the_address,
    _was_contacted,
    _asks_on_about_policy,
    _paid_and_got_nothing,
    _asks_where,
    _keeps_the_order,
    _seeks_the_order,
    _wants_mail_again,
    _orders_anew_alone,
    _may_keep,
    _is_elsewhere,
    _calls_about,
    _asks_items,
    _wants_amends,
)
