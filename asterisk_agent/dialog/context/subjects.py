"""The subject that is being talked of: a box, a booked window, a claim, parcels, items, returns."""

from __future__ import annotations

from asterisk_agent.dialog.context.turn import BROKEN, DEEDS, ELSEWHERE, NEAR, RETURN, STATUS, SURE_WISH, Turn
from asterisk_agent.dialog.follow_up import MOST_WORDS, asked_for
from asterisk_agent.dialog.said import touches, without

_LOOSE = ("open", "yes_no", "address")
"""What may be open when a wish about what was just told comes."""


def deed_of_the_subject(turn: Turn) -> Turn:
    """'Skip that one' after the next box was told, 'is Friday open?' after a booked window: a wish, and no no."""
    state = turn.state
    subject = next((label for label in (state.intent, *reversed(state.intents)) if label in DEEDS), "")
    if not subject or state.view is None or state.question == "flow" or state.asked not in _LOOSE:
        return turn
    if not turn.says(*DEEDS[subject]) or turn.sure(*NEAR):
        return turn
    if subject != "address_change" and "address_change" in turn.heard and turn.says("about_places"):
        return turn
    return turn.asks(subject, SURE_WISH, polarity="", facets=frozenset())


def claim(turn: Turn) -> Turn:
    """'I'd rather get a new one' to 'shall I open a claim?' agrees; what is wanted is part of the claim."""
    state, meant = turn.state, turn.meant
    if state.intent == BROKEN and state.asked == "item" and turn.says("wants_amends") and not meant.details:
        return turn.but(intents=(), polarity="", another=False)
    wish = without(turn.text, "wants_none")
    claiming = (
        state.question == "flow" and state.intent == BROKEN and not (meant.polarity == "no" and wish == turn.text)
    )
    if not claiming or not touches(wish, "wants_amends") or turn.heard & {"talk_to_human", "cancel_order"}:
        return turn
    return turn.means("affirm", SURE_WISH, polarity="yes")


def parcels(turn: Turn) -> Turn:
    """'The other one' of an order in two parcels is the other parcel."""
    several = turn.state.view is not None and len(turn.state.view.shipments) > 1
    if not several or not turn.meant.another or turn.meant.numbers or turn.says("names_an_order"):
        return turn
    return turn.but(another=False)


def items(turn: Turn) -> Turn:
    """'And it's the jacket and the mug?' asks what is in the order; nothing is wrong with it."""
    view = turn.state.view
    if view is None or turn.complains or BROKEN not in turn.heard:
        return turn
    if view.details is None:
        unsure = turn.heard == {BROKEN} and not turn.sure()
        return turn.means(STATUS, facets=frozenset({"items"})) if unsure and " or " in turn.text else turn
    words = set(turn.text.lower().replace(",", " ").replace("?", " ").split())
    named = any(item.name.lower().split()[-1] in words for item in view.details.items)
    if not named or turn.heard - {BROKEN} - NEAR or len(turn.text.split()) > MOST_WORDS:
        return turn
    return turn.means(STATUS, facets=frozenset({"items"}))


def rest_of_the_order(turn: Turn) -> Turn:
    """'Where's the rest of it?' complains of nothing yet."""
    rest = turn.says("rest_of_order") and not turn.says("damaged", "wrong")
    return turn.rather(BROKEN, STATUS) if rest else turn


def preparation(turn: Turn) -> Turn:
    """'What do we have to get ready?' is about the delivery of a large item."""
    return turn.asks("large_item_delivery", SURE_WISH) if turn.says("prepares") and not turn.sure(*NEAR) else turn


def tracking_number(turn: Turn) -> Turn:
    """'I have a tracking number' is about an order; it asks for none."""
    values = turn.meant.numbers or turn.meant.details
    if values or not turn.heard <= {"provide_identity"} or not turn.says("gives_tracking"):
        return turn
    return turn.asks(STATUS, facets=turn.meant.facets - {"tracking"})


def given_detail(turn: Turn) -> Turn:
    """'It says Congress Street, zip 04101' gives the detail that was asked for."""
    given = turn.state.asked in dict(turn.meant.details)
    return turn.without("address_change") if given and not turn.says("changes_address") else turn


def mail(turn: Turn) -> Turn:
    """An e-mail address is no place to deliver to."""
    values = turn.meant.numbers or turn.meant.details
    if values or not turn.says("about_mail") or turn.says("about_places"):
        return turn
    return turn.rather("address_change", "out_of_scope")


def by_mistake(turn: Turn) -> Turn:
    """'I ordered it twice by mistake' orders nothing again."""
    return turn.rather("follow_up", STATUS) if turn.says("by_mistake") else turn


def own_mistake(turn: Turn) -> Turn:
    """'I ordered the wrong one' complains of nobody."""
    return turn.without(BROKEN) if turn.says("own_mistake") else turn


def money_sent(turn: Turn) -> Turn:
    """'When did you send it?' of a refund."""
    sent = turn.state.intent == "refund_status" and turn.says("you_sent_it")
    return turn.rather("return_status", "refund_status") if sent else turn


def after_returns(turn: Turn) -> Turn:
    """'Let's do it then' after a question about returns asks for one."""
    if turn.state.intent != "policy_faq" or not turn.says("lets_do_it"):
        return turn
    asked = next((line.text for line in reversed(turn.state.history) if line.who == "caller"), "")
    near = turn.heard <= {"provide_identity", "affirm", BROKEN, STATUS, *ELSEWHERE}
    return turn.asks(RETURN) if near and touches(asked, "sends_back") else turn


def returns(turn: Turn) -> Turn:
    """A return that was opened is asked after, not opened again; what is to go back is one, broken as it may be."""
    if turn.says("called_back") and not turn.says("sends_back"):
        return turn.rather("return_status", STATUS)
    if turn.says("opened_return"):
        return turn.rather(RETURN, "return_status")
    if turn.says("return_window"):
        if RETURN in turn.heard:
            return turn.without("return_status", "delivery_delay")
        return turn.rather("return_status", RETURN)
    if turn.says("wants_to_send_back") and RETURN not in turn.heard:
        return turn.rather(BROKEN, RETURN)
    return turn


def place(turn: Turn) -> Turn:
    """'Where did they leave it?' asks about the delivery; the address is not to be changed."""
    if asked_for(turn.text) != "where" or turn.says("changes_address"):
        return turn
    to_change = "address" in turn.text.lower() and not turn.says("address_there")
    return turn if to_change else turn.rather("address_change", STATUS)


def corrected_detail(turn: Turn) -> Turn:
    """'Oh, that's my old apartment, how about my phone, 617…' after a detail that did not match; settled."""
    mends = turn.meant.details and turn.state.mismatched and not turn.heard & {"talk_to_human", "cancel_order"}
    return turn.means("provide_identity", 1.0, facets=frozenset()).settle() if mends else turn
