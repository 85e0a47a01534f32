"""Yes, no, hesitation, doubt and calls for people: words whose sense hangs on the question that is open."""

from __future__ import annotations

from asterisk_agent.dialog.context.turn import ACTS, ELSEWHERE, PLAIN, STATUS, SURE_ACT, Case, Turn, first_of
from asterisk_agent.dialog.understanding import Intent, Understood

SURE_GOODBYE = 0.9
"""Confidence from which words that say no goodbye are one: a call that is ended cannot be taken back."""
SURE_FEEDBACK = 0.7
"""Confidence from which a turn tells what the caller thinks of the shop; less sure ones are mostly remarks."""
_AFTERWARDS = ("reorder", "warranty", "resend", "of_feedback")
"""What else the call type 'follow_up' is about."""


def yes_and_no(turn: Turn) -> Turn:
    """What agrees, and what only sounds like it."""
    return first_of(turn, _YES)


def _hums(turn: Turn) -> Turn | None:
    return turn.agrees() if turn.says("hums_yes") and turn.state.question else None


def _has_more_to_ask(turn: Turn) -> Turn | None:
    more = turn.state.question == "anything_else" and turn.says("more_to_ask")
    return turn.agrees(acknowledges=False) if more else None


def _wants_to_hear(turn: Turn) -> Turn | None:
    """'What's it about?' to 'do you have a moment?' of a call that was placed."""
    wants = turn.state.purpose and turn.state.question == "flow" and turn.says("wants_to_hear")
    return turn.agrees() if wants else None


def _asks_after_yes(turn: Turn) -> Turn | None:
    """'Yeah, what did he say?' to 'is there anything else?' asks already."""
    asks = turn.state.question == "anything_else" and turn.meant.polarity == "yes" and turn.says("asks_after_yes")
    return turn.without("affirm").but(polarity="", acknowledges=False) if asks else None


def _confirms_with_no(turn: Turn) -> Turn | None:
    """'No, that's right' to 'I can't find an order with that number. Is that number right?'"""
    confirms = turn.state.question in ("number", "number_not_found") and turn.says("no_thats_right")
    return turn.agrees() if confirms and not turn.meant.numbers else None


_YES: tuple[Case, ...] = (_hums, _confirms_with_no, _has_more_to_ask, _wants_to_hear, _asks_after_yes)


def call_for_people(turn: Turn) -> Turn:
    """'Somebody fix this' and 'a person please'; 'I want to be told', 'why do I need a person?' call for nobody."""
    if turn.says("to_be_told", "asks_about_people"):
        turn = turn.without("talk_to_human")
    return turn.means("talk_to_human", 0.9, polarity="").settle() if turn.says("asks_somebody", "bare_person") else turn


def late_yes(turn: Turn) -> Turn:
    """'I think I'd like that, please.'"""
    agrees = turn.says("agrees_at_last") and turn.heard <= {turn.state.intent, *PLAIN, *ELSEWHERE}
    asked = turn.state.question in ("flow", "number", "this_order")
    return turn.agrees() if agrees and asked and not turn.meant.polarity else turn


def talk_about_the_talk(turn: Turn) -> Turn:
    """An apology, a wish for help or to hear it again, a hesitation, a doubt; settled."""
    found = first_of(turn, _TALK)
    return found if found is turn else found.settle()


def _apologizes(turn: Turn) -> Turn | None:
    sorry = turn.state.question == "anything_else" and turn.says("apologizes")
    return turn.agrees(acknowledges=True) if sorry else None


def _asks_more(turn: Turn) -> Turn | None:
    about = turn.state.view is not None and turn.says("asks_more")
    return turn.means(STATUS, polarity="", facets=frozenset()) if about else None


def _asks_help(turn: Turn) -> Turn | None:
    return turn.but(intents=(), polarity="") if turn.says("asks_help") else None


def _once_more(turn: Turn) -> Turn | None:
    values = turn.meant.numbers or turn.meant.details
    again = turn.state.answer is not None and not values and turn.says("once_more")
    return turn.means("repeat", 1.0, polarity="") if again else None


def _hesitates(turn: Turn) -> Turn | None:
    return Turn(Understood(intents=(Intent("wait", 1.0),)), turn.text, turn.state) if turn.says("hesitates") else None


def _doubts(turn: Turn) -> Turn | None:
    return turn.but(intents=(), polarity="") if turn.state.turn and turn.says("doubts") else None


_TALK: tuple[Case, ...] = (_apologizes, _asks_more, _asks_help, _once_more, _hesitates, _doubts)


def sure_acts(turn: Turn) -> Turn:
    """Acts of the dialogue that are surely meant, where they make sense."""
    for act in ACTS:
        turn = turn.unless_sure(act, SURE_ACT)
    if not turn.state.purpose and not turn.says(*_AFTERWARDS):
        # 'Yep, same ZIP', 'I already gave my number to the other guy' have no feedback to give.
        turn = turn.unless_sure("follow_up", SURE_FEEDBACK)
    if (turn.state.question or turn.state.asked != "open") and not turn.says("greets"):
        turn = turn.without("greeting")  # 'Tuesday morning' is an answer.
    if turn.says("bye"):
        return turn
    turn = turn.unless_sure("goodbye", SURE_GOODBYE)
    # Thanks alone end nothing: there may be more.
    return turn.without("goodbye") if turn.meant.thanks and turn.heard <= {"goodbye", "affirm"} else turn


def takes_back(turn: Turn) -> Turn:
    """'Never mind', 'I'll think about it' to a question of yes or no; settled."""
    person = "talk_to_human" in turn.heard
    wish = turn.sure(turn.state.intent, *ELSEWHERE, *PLAIN)
    agrees = turn.meant.polarity == "yes" and turn.says("consents")  # 'alright, leave it then' does not
    keeps = agrees or turn.meant.numbers or person or wish
    off = (turn.says("takes_back") and not keeps) or (turn.says("puts_off") and not wish and not person)
    if turn.state.question not in ("flow", "person") or not off:
        return turn
    return turn.means("deny", 1.0, polarity="no", facets=frozenset()).settle()
