"""Single facts of an order that are asked for: address, tracking number, total."""

from __future__ import annotations

from asterisk_agent.dialog.context.turn import ELSEWHERE, PLAIN, STATUS, Turn


def unasked(turn: Turn) -> Turn:
    """Without facts that are named, but not asked for."""
    state, facets = turn.state, turn.meant.facets
    if state.intent == "refund_status":
        facets -= {"total"}
    at_pickup = state.frame is not None and state.frame.flow == "failed_delivery_reschedule"
    if turn.says("address_there") or (at_pickup and turn.says("the_address")):
        facets -= {"address"}
    if turn.says("has_tracking"):
        facets -= {"tracking"}
    return turn.but(facets=facets)


def asked(turn: Turn) -> Turn:
    """A fact of an order that is known is a question about it, unless something else is surely meant."""
    known = turn.state.view is not None or turn.state.order
    return turn.asks(STATUS) if turn.meant.facets and known and not turn.sure(*PLAIN, *ELSEWHERE) else turn


def another_order(turn: Turn) -> Turn:
    """A further order is no question about something else."""
    further = turn.meant.another and turn.heard - {"provide_identity"} <= ELSEWHERE
    return turn.without(*ELSEWHERE) if further else turn
