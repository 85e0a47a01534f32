"""What a turn means where it is said: the classifier reads each text alone, the dialogue knows what was spoken of."""

from __future__ import annotations

import re
from dataclasses import replace

from asterisk_agent.commerce.models import OrderStatus
from asterisk_agent.dialog.capture import DETAIL_SLOTS
from asterisk_agent.dialog.follow_up import MOST_WORDS, asked_for
from asterisk_agent.dialog.said import touches, without
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.understanding import Intent, Understood

ABOUT_THE_ORDER = 0.7
"""Confidence of 'this is about the order' where a detail of it is asked for."""
SURE_ACT = 0.5
"""Confidence from which a turn counts as an act of the dialogue; a strange word resembles none."""
SURE_GOODBYE = 0.9
"""Confidence from which words that say no goodbye are one: a call that is ended cannot be taken back."""
SURE_FEEDBACK = 0.7
"""Confidence from which a turn tells what the caller thinks of the shop; less sure ones are mostly remarks."""
_AFTERWARDS = ("reorder", "warranty", "resend", "of_feedback")
"""What else the call type 'follow_up' is about."""
SURE_WISH = 0.8
"""Confidence from which a wish goes before a detail that seems to be asked for."""
_ACTS = frozenset({"repeat", "wait", "goodbye", "greeting"})
_PLAIN = _ACTS | {"affirm", "deny", "provide_identity"}
_DEEDS = {
    "subscription": ("skip", "pause", "move", "of_boxes"),
    "large_item_delivery": ("move", "slots", "asks_for_times"),
    "address_change": ("changes_it",),
}
"""What can be done about a subject that was just told, by the cue that asks for it."""
_LOOSE = ("open", "yes_no", "address")
"""What may be open when such a wish comes."""
_IDENTIFYING = ("order_number", *DETAIL_SLOTS)
"""What is asked for to know the order and the caller."""
_BESIDE_NAMES = frozenset({"the", "a", "an", "my", "that", "it's", "just", "only", "one", "please", "um", "uh", "oh"})
"""What stands beside the name of an item that is named alone."""
MOST_ASIDE = 5
"""Words of a turn that may be a piece of an answer; more are a subject."""
_RETURN, _BROKEN = "start_return_exchange", "complaint_missing_damaged"
_ELSEWHERE = frozenset({"policy_faq", "out_of_scope", "follow_up"})
_NEAR = _PLAIN | _ELSEWHERE | {"order_status", "delivery_delay", "failed_delivery_reschedule", *_DEEDS}
"""Labels that such a wish is mistaken for."""


def in_context(meant: Understood, text: str, state: State) -> Understood:
    """The same, with what only the dialogue can know."""
    if touches(text, "hums_yes") and state.question:
        return replace(meant, intents=(Intent("affirm", 1.0),), polarity="yes")
    if state.question == "anything_else" and touches(text, "more_to_ask"):
        return replace(meant, intents=(Intent("affirm", 1.0),), polarity="yes", acknowledges=False)
    if state.question == "anything_else" and meant.polarity == "yes" and touches(text, "asks_after_yes"):
        others = tuple(one for one in meant.intents if one.label != "affirm")
        meant = replace(meant, intents=others, polarity="", acknowledges=False)
    if state.purpose and state.question == "flow" and touches(text, "wants_to_hear"):
        return replace(meant, intents=(Intent("affirm", 1.0),), polarity="yes")
    if touches(text, "to_be_told"):
        meant = replace(meant, intents=tuple(one for one in meant.intents if one.label != "talk_to_human"))
    if touches(text, "asks_somebody") or touches(text, "bare_person"):
        return replace(meant, intents=(Intent("talk_to_human", 0.9),), polarity="")
    agrees = touches(text, "agrees_at_last") and _names(meant.intents) <= {state.intent, *_PLAIN, *_ELSEWHERE}
    if agrees and not meant.polarity and state.question in ("flow", "number", "this_order"):
        return replace(meant, intents=(Intent("affirm", 1.0),), polarity="yes")
    if touches(text, "apologizes") and state.question == "anything_else":
        return replace(meant, intents=(Intent("affirm", 1.0),), polarity="yes", acknowledges=True)
    if touches(text, "asks_more") and state.view is not None:
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),), polarity="", facets=frozenset())
    if touches(text, "asks_help"):
        return replace(meant, intents=(), polarity="")
    if touches(text, "once_more") and state.answer is not None and not meant.numbers and not meant.details:
        return replace(meant, intents=(Intent("repeat", 1.0),), polarity="")
    if touches(text, "hesitates"):
        return Understood(intents=(Intent("wait", 1.0),))
    if touches(text, "doubts") and state.turn:
        return replace(meant, intents=(), polarity="")
    if state.asked in ("choice", "date") and touches(text, "speaks_of_days"):
        others = tuple(one for one in meant.intents if one.label not in _NEAR)
        meant = replace(meant, intents=others, facets=frozenset())
    if meant.numbers and state.view is not None and asked_for(text) == "why" and not touches(text, "names_an_order"):
        # 'How come it's only thirty nine ninety nine?' gives no order number.
        sure = tuple(one for one in meant.intents if one.confidence >= SURE_WISH)
        meant = replace(meant, numbers=(), intents=sure)
    if touches(text, "just_another") and not meant.numbers:
        return replace(meant, intents=(), polarity="", another=True, facets=frozenset())
    meant = _of_an_order(_beside_the_question(meant, text, state), text, state)
    meant = _of_a_claim(_of_the_subject(meant, text, state), text, state)
    meant = _of_the_items(_of_the_parcels(meant, text, state), text, state)
    given = dict(meant.details)
    if state.asked in given and not touches(text, "changes_address"):
        # 'It says Congress Street, zip 04101' gives the detail that was asked for.
        meant = replace(meant, intents=tuple(one for one in meant.intents if one.label != "address_change"))
    intents = tuple(one for one in meant.intents if one.label not in _ACTS or one.confidence >= SURE_ACT)
    if not state.purpose and not any(touches(text, cue) for cue in _AFTERWARDS):
        # 'Yep, same ZIP', 'I already gave my number to the other guy' have no feedback to give.
        intents = tuple(one for one in intents if one.label != "follow_up" or one.confidence >= SURE_FEEDBACK)
    if (state.question or state.asked != "open") and not touches(text, "greets"):
        # 'Tuesday morning' is an answer.
        intents = tuple(intent for intent in intents if intent.label != "greeting")
    if not touches(text, "bye"):
        intents = tuple(one for one in intents if one.label != "goodbye" or one.confidence >= SURE_GOODBYE)
    if meant.thanks and not touches(text, "bye") and _names(intents) <= {"goodbye", "affirm"}:
        # Thanks alone end nothing: there may be more.
        intents = tuple(intent for intent in intents if intent.label != "goodbye")
    if touches(text, "rest_of_order") and not any(touches(text, cue) for cue in ("damaged", "wrong")):
        intents = tuple(replace(one, label="order_status") if one.label == _BROKEN else one for one in intents)
    if touches(text, "prepares") and all(one.confidence < SURE_WISH for one in intents if one.label not in _NEAR):
        kept = tuple(one for one in intents if one.label == "provide_identity")
        intents = (Intent("large_item_delivery", SURE_WISH), *kept)
    values = bool(meant.numbers or meant.details)
    if _names(intents) <= {"provide_identity"} and touches(text, "gives_tracking") and not values:
        intents = (Intent("order_status", ABOUT_THE_ORDER), *intents)
        meant = replace(meant, facets=meant.facets - {"tracking"})
    if touches(text, "about_mail") and not (values or touches(text, "about_places")):
        intents = tuple(replace(one, label="out_of_scope") if one.label == "address_change" else one for one in intents)
    if touches(text, "by_mistake"):
        intents = tuple(replace(one, label="order_status") if one.label == "follow_up" else one for one in intents)
    if state.intent == "refund_status" and touches(text, "you_sent_it"):
        intents = tuple(replace(one, label="refund_status") if one.label == "return_status" else one for one in intents)
    intents = _as_just_told(intents, text, state)
    intents = _about_the_place(_of_returns(intents, text), text)
    if touches(text, "own_mistake"):
        intents = tuple(intent for intent in intents if intent.label != _BROKEN)
    person = "talk_to_human" in _names(intents)
    wish = any(one.confidence >= SURE_WISH for one in intents if one.label not in (state.intent, *_ELSEWHERE, *_PLAIN))
    agrees = meant.polarity == "yes" and touches(text, "consents")  # 'alright, leave it then' does not
    keeps = agrees or bool(meant.numbers) or person or wish
    off = (touches(text, "takes_back") and not keeps) or (touches(text, "puts_off") and not wish and not person)
    if state.question in ("flow", "person") and off:
        return replace(meant, intents=(Intent("deny", 1.0),), polarity="no", facets=frozenset())
    if meant.details and state.mismatched and not _names(intents) & {"talk_to_human", "cancel_order"}:
        # 'Oh, that's my old apartment, how about my phone, 617…'
        return replace(meant, intents=(Intent("provide_identity", 1.0),), facets=frozenset())
    facets = meant.facets - {"total"} if state.intent == "refund_status" else meant.facets
    at_pickup = state.frame is not None and state.frame.flow == "failed_delivery_reschedule"
    there = touches(text, "address_there") or (at_pickup and touches(text, "the_address"))
    facets = facets - {"address"} if there else facets
    facets = facets - {"tracking"} if touches(text, "has_tracking") else facets
    meant = replace(meant, facets=facets)
    known = state.view is not None or bool(state.order)
    unsure = all(one.confidence < SURE_WISH for one in intents if one.label not in _PLAIN | _ELSEWHERE)
    if meant.facets and known and unsure:
        kept = tuple(intent for intent in intents if intent.label == "provide_identity")
        intents = (Intent("order_status", ABOUT_THE_ORDER), *kept)
    if meant.another and _names(intents) - {"provide_identity"} <= _ELSEWHERE:
        intents = tuple(intent for intent in intents if intent.label not in _ELSEWHERE)
    return replace(meant, intents=intents)


def _of_an_order(meant: Understood, text: str, state: State) -> Understood:
    """'I'm calling about my couch' is about an order; 'I want a new one sent' is a claim."""
    if touches(text, "to_sender") and _names(meant.intents) <= {"return_status", _RETURN, *_NEAR}:
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),))  # the carrier sends it back
    if touches(text, "all_well") and _names(meant.intents) <= {_BROKEN, *_NEAR} and state.view is not None:
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),), polarity="")
    if touches(text, "no_calls") and not meant.numbers and _names(meant.intents) <= {"cancel_order", _BROKEN, *_NEAR}:
        return replace(meant, intents=(), polarity="")
    if touches(text, "wants_it_found") and state.view is not None and _names(meant.intents) <= {"wait", *_NEAR}:
        return replace(meant, intents=(Intent(_BROKEN, ABOUT_THE_ORDER),), polarity="")
    if touches(text, "checks_address") and state.view is not None:
        intents = (Intent("order_status", ABOUT_THE_ORDER),)
        return replace(meant, intents=intents, polarity="", facets=frozenset({"address"}))
    contacted = touches(text, "was_contacted") and touches(text, "names_order") and not touches(text, "of_feedback")
    if contacted and _names(meant.intents) == {"follow_up"} and not state.purpose:
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),))
    if _names(meant.intents) == {_BROKEN} and state.intent == "policy_faq" and not _complains(text):
        return replace(meant, intents=(Intent("out_of_scope", SURE_ACT),))  # 'and it's free?'
    never = _names(meant.intents) == {"refund_status"} and touches(text, "not_received")
    if never and state.view is None and not touches(text, "of_refunds"):
        return replace(meant, intents=(Intent(_BROKEN, ABOUT_THE_ORDER),), lacks=False)
    if _names(meant.intents) == {_BROKEN} and touches(text, "asks_where") and not _complains(text):
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),))
    if touches(text, "keeps_order"):
        kept = tuple(one for one in meant.intents if one.label not in ("cancel_order", "cancel_item"))
        return replace(meant, intents=kept)
    if touches(text, "seeks_order") and _names(meant.intents) <= _ELSEWHERE | {"wait"} and not meant.numbers:
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),))
    if touches(text, "resend") and touches(text, "about_mail"):
        return replace(meant, intents=(Intent("follow_up", SURE_WISH),))
    if touches(text, "reorders_self") and "cancel_order" in _names(meant.intents):
        return replace(meant, intents=tuple(one for one in meant.intents if one.label != "follow_up"))
    if not _names(meant.intents) <= {"out_of_scope", "follow_up"} or meant.numbers:
        return meant
    begun = state.question == "this_order" or (state.asked == "open" and state.view is None and not state.question)
    if begun and touches(text, "calls_about"):
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),), polarity="")
    if state.view is not None and touches(text, "asks_items"):
        return replace(
            meant, intents=(Intent("order_status", ABOUT_THE_ORDER),), facets=frozenset({"items"}), polarity=""
        )
    if state.view is not None and (touches(text, "wants_amends") or touches(text, "wants_trace")):
        return replace(meant, intents=(Intent(_BROKEN, ABOUT_THE_ORDER),), polarity="")
    return meant


def _beside_the_question(meant: Understood, text: str, state: State) -> Understood:
    """'It's a blanket and a lamp' for an order number complains of nothing; 'for two months' asks for no status."""
    heard = _names(meant.intents)
    complains = _complains(text)
    items = state.view.details.items if state.view and state.view.details else ()
    named = {word for item in items for word in item.name.lower().split()}
    if named and {*re.findall(r"[\w'-]+", text.lower())} <= named | _BESIDE_NAMES and state.asked != "open":
        return replace(meant, intents=(), facets=frozenset(), another=False)
    meant, heard = _of_this_order(meant, text, state, complains)
    if meant.another and not heard:
        return meant
    if state.intent == _RETURN and state.asked in _IDENTIFYING and heard == {_BROKEN}:
        return replace(meant, intents=())  # 'because it's broken' says why it goes back
    unlikely = heard <= {_BROKEN, "large_item_delivery", "out_of_scope"} and touches(text, "names_thing")
    if state.intent and state.asked in _IDENTIFYING and unlikely and not complains:
        return replace(meant, intents=())
    if state.intent and state.asked in _IDENTIFYING and heard == {_BROKEN} and not complains:
        return replace(meant, intents=())
    if touches(text, "asks_exception"):
        return replace(meant, intents=())
    asks = any(touches(text, cue) for cue in ("asks_something", "names_order")) or len(text.split()) > MOST_ASIDE
    if (
        state.question == "flow"
        and heard
        and heard <= {"order_status", "delivery_delay"}
        and not (asks or meant.facets)
    ):
        return replace(meant, intents=())
    if state.intent == "subscription" and "cancel_order" in heard and not touches(text, "names_an_order"):
        others = tuple(one for one in meant.intents if one.label not in ("cancel_order", "subscription"))
        return replace(meant, intents=(Intent("subscription", SURE_WISH), *others))
    return meant


def _of_this_order(meant: Understood, text: str, state: State, complains: bool) -> tuple[Understood, set[str]]:
    """What fits no order that has left, that has arrived, or that holds other things."""
    heard, view = _names(meant.intents), state.view
    if view is None or view.details is None:
        return meant, heard
    about = (Intent("order_status", ABOUT_THE_ORDER),)
    if heard == {"large_item_delivery"} and state.intent != "large_item_delivery" and not view.details.appointment:
        if not touches(text, "of_large_items"):
            meant = replace(meant, intents=(Intent("policy_faq", ABOUT_THE_ORDER),))
    elif heard == {"subscription"} and not (touches(text, "of_subscriptions") or view.details.subscriptions):
        meant = replace(meant, intents=about)  # 'both in one box?'
    elif not view.shipments:
        return meant, heard
    elif touches(text, "left_where") and heard <= {"failed_delivery_reschedule", *_ELSEWHERE, "order_status"}:
        meant = replace(meant, intents=about)
    elif state.intent == "refund_status" and touches(text, "of_money") and heard <= {_BROKEN, "deny", *_NEAR}:
        meant = replace(meant, intents=(Intent("refund_status", ABOUT_THE_ORDER),), polarity="")
    elif view.status is OrderStatus.DELIVERED and touches(text, "not_received") and heard <= {"deny", *_ELSEWHERE}:
        meant = replace(meant, intents=(Intent(_BROKEN, ABOUT_THE_ORDER),), polarity="")
    elif heard == {_BROKEN} and not complains and touches(text, "names_other"):
        meant = replace(meant, intents=(), another=True)
    return meant, _names(meant.intents)


def _of_a_claim(meant: Understood, text: str, state: State) -> Understood:
    """'I'd rather get a new one' to 'shall I open a claim?' agrees; what is wanted is part of the claim."""
    if state.intent == _BROKEN and state.asked == "item" and touches(text, "wants_amends") and not meant.details:
        return replace(meant, intents=(), polarity="", another=False)
    claiming = state.question == "flow" and state.intent == _BROKEN
    wish = without(text, "wants_none")
    if meant.polarity == "no" and wish == text:
        return meant
    if not claiming or not touches(wish, "wants_amends") or _names(meant.intents) & {"talk_to_human", "cancel_order"}:
        return meant
    return replace(meant, intents=(Intent("affirm", SURE_WISH),), polarity="yes")


def _of_the_parcels(meant: Understood, text: str, state: State) -> Understood:
    """'The other one' of an order in two parcels is the other parcel."""
    parcels = len(state.view.shipments) if state.view else 0
    if parcels < 2 or not meant.another or meant.numbers or touches(text, "names_an_order"):
        return meant
    return replace(meant, another=False)


def _of_the_items(meant: Understood, text: str, state: State) -> Understood:
    """'And it's the jacket and the mug?' asks what is in the order; nothing is wrong with it."""
    details = state.view.details if state.view else None
    complains = _complains(text)
    heard = _names(meant.intents)
    unsure = all(one.confidence < SURE_WISH for one in meant.intents)
    if details is None and state.view and not complains and heard == {_BROKEN} and unsure and " or " in text:
        return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),), facets=frozenset({"items"}))
    if details is None or complains or _BROKEN not in heard or heard - {_BROKEN} - _NEAR:
        return meant
    if len(text.split()) > MOST_WORDS:
        return meant
    words = set(text.lower().replace(",", " ").replace("?", " ").split())
    if not any(item.name.lower().split()[-1] in words for item in details.items):
        return meant
    return replace(meant, intents=(Intent("order_status", ABOUT_THE_ORDER),), facets=frozenset({"items"}))


def _of_the_subject(meant: Understood, text: str, state: State) -> Understood:
    """'Skip that one' after the next box was told, 'is Friday open?' after a booked window: a wish, and no no."""
    subject = next((label for label in (state.intent, *reversed(state.intents)) if label in _DEEDS), "")
    if not subject or state.view is None or state.question == "flow" or state.asked not in _LOOSE:
        return meant
    if not any(touches(text, cue) for cue in _DEEDS[subject]):
        return meant
    if subject != "address_change" and "address_change" in _names(meant.intents) and touches(text, "about_places"):
        return meant
    if any(one.label not in _NEAR and one.confidence >= SURE_WISH for one in meant.intents):
        return meant
    kept = tuple(one for one in meant.intents if one.label == "provide_identity")
    return replace(meant, intents=(Intent(subject, SURE_WISH), *kept), polarity="", facets=frozenset())


def _of_returns(intents: tuple[Intent, ...], text: str) -> tuple[Intent, ...]:
    """A return that was opened is asked after, not opened again; what is to go back is one, broken as it may be."""
    if touches(text, "called_back") and not touches(text, "sends_back"):
        return tuple(replace(one, label="order_status") if one.label == "return_status" else one for one in intents)
    if touches(text, "opened_return"):
        return tuple(replace(one, label="return_status") if one.label == _RETURN else one for one in intents)
    if touches(text, "return_window"):
        if _RETURN in _names(intents):
            return tuple(one for one in intents if one.label not in ("return_status", "delivery_delay"))
        return tuple(replace(one, label=_RETURN) if one.label == "return_status" else one for one in intents)
    if touches(text, "wants_to_send_back") and _RETURN not in _names(intents):
        return tuple(replace(one, label=_RETURN) if one.label == _BROKEN else one for one in intents)
    return intents


def _as_just_told(intents: tuple[Intent, ...], text: str, state: State) -> tuple[Intent, ...]:
    """'Let's do it then' after a question about returns asks for one."""
    asked = next((line.text for line in reversed(state.history) if line.who == "caller"), "")
    after_returns = state.intent == "policy_faq" and touches(asked, "sends_back") and touches(text, "lets_do_it")
    if not after_returns or _names(intents) - {"provide_identity", "affirm", _BROKEN, "order_status", *_ELSEWHERE}:
        return intents
    kept = tuple(intent for intent in intents if intent.label == "provide_identity")
    return (Intent(_RETURN, ABOUT_THE_ORDER), *kept)


def _about_the_place(intents: tuple[Intent, ...], text: str) -> tuple[Intent, ...]:
    """'Where did they leave it?' asks about the delivery; the address is not to be changed."""
    there = touches(text, "address_there")
    if asked_for(text) != "where" or touches(text, "changes_address") or ("address" in text.lower() and not there):
        return intents
    return tuple(replace(one, label="order_status") if one.label == "address_change" else one for one in intents)


def _complains(text: str) -> bool:
    """Whether the words say that something is not as it should be."""
    return any(touches(text, cue) for cue in ("damaged", "wrong", "missing", "not_received"))


def _names(intents: tuple[Intent, ...]) -> set[str]:
    return {intent.label for intent in intents}
