"""What a turn means where it is said: the classifier reads each text alone, the dialogue knows what was spoken of."""

from __future__ import annotations

from asterisk_agent.dialog.context import acts, answers, facts, orders, subjects
from asterisk_agent.dialog.context.turn import Rule, Turn
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.understanding import Understood

RULES: tuple[Rule, ...] = (
    acts.yes_and_no,
    acts.call_for_people,
    acts.late_yes,
    acts.talk_about_the_talk,
    answers.of_days,
    answers.sum_not_number,
    answers.another,
    answers.beside_the_question,
    orders.of_an_order,
    subjects.deed_of_the_subject,
    subjects.claim,
    subjects.parcels,
    subjects.items,
    subjects.given_detail,
    acts.sure_acts,
    subjects.rest_of_the_order,
    subjects.preparation,
    subjects.tracking_number,
    subjects.mail,
    subjects.by_mistake,
    subjects.money_sent,
    subjects.after_returns,
    subjects.returns,
    subjects.place,
    subjects.own_mistake,
    acts.takes_back,
    subjects.corrected_detail,
    facts.unasked,
    facts.asked,
    facts.another_order,
)
"""In this order: what hangs on the open question, what is an answer to it, the order, its subjects, single facts."""


def in_context(meant: Understood, text: str, state: State) -> Understood:
    """The same, with what only the dialogue can know."""
    turn = Turn(meant, text, state)
    for rule in RULES:
        if turn.settled:
            break
        turn = rule(turn)
    return turn.meant
