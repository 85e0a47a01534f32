"""What callers say beside the question that is open: short questions about what was just told, thanks, other wishes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from asterisk_agent.commerce.models import OrderStatus
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.engine import Engine
from asterisk_agent.dialog.follow_up import MOST_WORDS, FollowUps, asked_for
from asterisk_agent.dialog.reprompts import Reprompts
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.spoken.details import parse_phone
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.understanding import Understood

STATUS = ("order_status", "delivery_delay")
"""Call types that are questions about the order in use; asked again, they are answered anew."""
SURELY_OFF = 0.8
"""Confidence from which a question is off the subject, whatever was spoken of before."""
MOST_ASIDES = 3
"""Questions in a row that are taken as belonging to the subject."""
_VAGUE = ("", "large_item_delivery", "follow_up")
"""Labels that questions about goods are mistaken for."""
_OF_POLICY = ("start_return_exchange", "return_status", "refund_status", "order_status", "delivery_delay", "")
"""Labels that questions about the shop's ways are mistaken for."""
SURE_REQUEST = 0.95
"""Confidence from which a call type is served before the shop's texts are looked through."""
_BESIDE = ("policy_faq", "out_of_scope", "follow_up", "large_item_delivery")
"""Labels that short questions about what was just told are mistaken for."""
_FINAL = ("cancel_order", "cancel_item")
"""Acts that 'okay, thanks' does not agree to."""
_SHORT = ("why", "where", "when", "next", "until")
"""Questions that a word asks; what sounds like a yes in them is none."""
_UNSERVED = {"wants_faster": "unserved.faster", "changes_goods": "unserved.text"}
"""Wishes about an order that nothing here can grant, by cue, and what is said to them."""
_SENT_BACK = ("open_return", "open_exchange")
_ABOUT_CLAIMS = ("complaint_missing_damaged", "start_return_exchange", "refund_status", *STATUS, *_BESIDE)
"""Labels that questions about a claim are mistaken for."""
_OPEN_ANSWERS = ("date", "address", "choice", "item", "words", "rating", "contact")
"""What is asked for where a remark may be part of the answer."""
_MAY_BE_CUT = ("", "flow", "anything_else", "person")
"""Open questions beside which such a question may be asked."""
MOST_WORDS_ASIDE = 10
"""Words of a turn that may ask for a slower voice; in longer ones it is part of something else."""


@dataclass(frozen=True)
class Beside:
    """Each way tells whether it has served the turn."""

    engine: Engine
    reprompts: Reprompts

    async def outside(self, draft: Draft, text: str, meant: Understood) -> bool:
        """To be connected with a number that was said, or to get money off: neither can be had here."""
        if "talk_to_human" in meant.labels and parse_phone(text, draft.shop.country) and touches(text, "connects"):
            draft.set(intents=(*draft.state.intents, "talk_to_human"))
            draft.say("person.own_team")
            draft.wonder("person", "ask.person")
            return True
        asks = touches(text, "wants_money_off") and asked_for(text) not in ("when", "where")
        if meant.numbers or meant.details or "talk_to_human" in meant.labels or not asks:
            return False
        if await asyncio.to_thread(self.engine.teller.knowledge.answer, text) is not None:
            return False
        draft.say("unserved.money_off")
        draft.wonder("person", "ask.person")
        return True

    def only_thanks(self, draft: Draft, text: str, meant: Understood, reasked: bool) -> bool:
        """'Alright then, thanks' after an answer is no yes to the question that followed it."""
        state = draft.state
        if state.question not in ("flow", "person") or meant.polarity == "no" or touches(text, "consents"):
            return False
        ends = meant.thanks or meant.acknowledges or "goodbye" in meant.labels
        if touches(text, "farewell") or (ends and touches(text, "bye")):
            draft.hang_up("caller_done", "act.goodbye")
            return True
        act = self.engine.confirming(state.frame)
        if not act and touches(text, "takes_note"):
            draft.set(frame=None)
            draft.wonder("anything_else", "act.acknowledged")
            return True
        declines = reasked or act in _FINAL or state.question == "person" or touches(text, "moves_on")
        if not meant.thanks or not declines:
            return False
        if act:
            draft.say("unclear.yes_no")
            self.reprompts.ask_again(draft)
            return True
        draft.set(frame=None)
        draft.wonder("anything_else", "act.welcome")
        return True

    def doubted(self, draft: Draft, text: str) -> bool:
        """'Are you sure?' is answered with the same once more; it is no yes to what was asked."""
        last = draft.state.answer
        if text.rstrip().endswith("?") and touches(text, "only_that") and draft.state.view is not None:
            draft.say("follow.all_known")
            draft.wonder("person", "ask.person")
            return True
        if last is None or draft.state.question == "number" or not touches(text, "doubts"):
            return False
        draft.say("act.sure")
        draft.repeat(last)
        return True

    def follow_up(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """A short question about what was just told: that one fact, and the open question again."""
        state, kind = draft.state, asked_for(text)
        if touches(text, "about_the_rest") and any(deed.name == "cancel_item" for deed in state.deeds[-1:]):
            draft.say("follow.rest")
            draft.wonder("anything_else", "ask.anything_else")
            return True
        if self._after_deed(draft, text, meant, request):
            return True
        view = state.view
        restated = self._restated(state, text)
        kind = kind or ("when" if restated else "")
        if kind == "late" and "delivery_delay" not in state.intents:
            draft.set(intents=(*state.intents, "delivery_delay"))
        again = kind and touches(text, "asks_again")
        signs = kind == "sign" and touches(text, "asks_something")
        elsewhere = not (again or restated or signs) and request not in ("", *STATUS, *_BESIDE, state.intent)
        facets = meant.facets - {"items"} if kind == "inside" else meant.facets
        agrees = (
            meant.polarity == "yes"
            and state.question == "flow"
            and touches(text, "consents")  # 'okay, until when?' asks
            and not (restated or (kind in _SHORT and len(text.split()) < 3))
        )
        taken = meant.numbers or meant.details or facets or meant.another or agrees
        if not kind or view is None or elsewhere or taken or state.question not in _MAY_BE_CUT:
            return False
        told = FollowUps(self.engine.teller.answers).answer(view, kind, state.intent, draft.now)
        if not told and kind == "next" and any(deed.name in _SENT_BACK for deed in state.deeds[-1:]):
            draft.say("follow.no_steps_yet")
            draft.wonder("anything_else", "ask.anything_else")
            return True
        if not told and kind == "next" and view.details is not None:
            if (
                state.question == "flow" or state.asked in _OPEN_ANSWERS
            ):  # what is offered is the next step, unless the question follows an answer
                return len(text.split()) <= MOST_WORDS and self.engine.ask_again(draft)
            draft.set(frame=None)
            draft.say("follow.no_next")
            draft.wonder("person", "ask.person")
            return True
        if not told:
            return False
        draft.tell(told)
        if kind == "when" and touches(text, "asks_hour"):
            draft.tell(FollowUps(self.engine.teller.answers).hour(view, state.intent))
        if state.question == "person":
            draft.wonder("person", "ask.person")
        elif self.engine.ask_again(draft):
            draft.set(reasked=True)
        else:
            draft.wonder("anything_else", "ask.anything_else")
        return True

    def _after_deed(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """'So it goes to the new place now?', 'how will I know?': about what was just done."""
        state, deed = draft.state, next(iter(draft.state.deeds[-1:]), None)
        values = meant.numbers or meant.details or (meant.facets - {"tracking"}) or "talk_to_human" in meant.labels
        asked = state.question == "anything_else" or (not state.question and state.asked == "open")
        asked = asked or (state.question == "person" and not meant.polarity)
        if deed is None or deed.outcome != "done" or not asked or values:
            return False
        of_claim = touches(text, "about_claim") or touches(text, "wants_amends")
        if deed.reference and touches(text, "asks_reference"):
            draft.say("follow.reference", number=deed.reference)
        elif deed.name == "open_claim" and of_claim and request in ("", *_ABOUT_CLAIMS):
            draft.say("follow.claim")
        elif deed.name in _SENT_BACK and asked_for(text) == "when" and _asks_for_goods(text):
            draft.say("follow.no_date")
        elif touches(text, "undoes") and deed.name not in ("send_text", "schedule_callback", "create_ticket"):
            draft.say("unserved.text")
            draft.wonder("person", "ask.person")
            return True
        elif touches(text, "confirms_done") and meant.polarity != "no":
            draft.say("follow.done")
            if deed.name == "change_address" and state.view is not None:
                draft.tell(self.engine.teller.answers.facet(state.view, "address", draft.now))
        else:
            return False
        draft.wonder("anything_else", "ask.anything_else")
        return True

    def vented(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """'You're the third person I'm talking to today' asks for nothing yet."""
        wish = request not in ("", "out_of_scope", "follow_up", "delivery_delay")
        if wish or meant.polarity or meant.numbers or meant.details or not touches(text, "vents"):
            return False
        if touches(text, "names_order") or meant.facets:
            return False
        draft.say("mood.sorry")
        if draft.state.view is not None and draft.state.question in ("", "anything_else", "person"):
            draft.wonder("person", "ask.person")
        else:
            self.reprompts.ask_again(draft)
        return True

    def hurried(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """'Can you put a rush on it?', 'add one more to it' of an order that is known: nobody here can."""
        near = ("", *STATUS, *_BESIDE, "failed_delivery_reschedule", "address_change")
        if draft.state.view is None or request not in near or meant.numbers or meant.details:
            return False
        wish = next((key for cue, key in _UNSERVED.items() if touches(text, cue)), "")
        if self.engine.confirming(draft.state.frame) or not wish:
            return False
        draft.set(frame=None)
        draft.say(wish)
        draft.wonder("person", "ask.person")
        return True

    def found(self, draft: Draft, text: str) -> bool:
        """'Oh, there it is, I see it' about an order that was told to be delivered."""
        state = draft.state
        there = state.view is not None and state.view.status is OrderStatus.DELIVERED
        confirming = self.engine.confirming(state.frame) not in ("", "open_claim")
        if not there or confirming or not touches(text, "found_it"):
            return False
        draft.set(frame=None)
        draft.wonder("anything_else", "act.acknowledged")
        return True

    def pressed(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """'That's not good enough', 'what are you going to do about it?': what is offered, else a person."""
        state = draft.state
        remedy = touches(text, "asks_remedy")
        near = ("", *STATUS, *_BESIDE, state.intent, *(("start_return_exchange",) if remedy else ()))
        if state.view is None or request not in near or meant.numbers or meant.details:
            return False
        if not (remedy or touches(text, "discontent")):
            return False
        confirming = self.engine.confirming(state.frame)
        if confirming and remedy and not meant.polarity:
            return self.engine.ask_again(draft)
        if confirming or state.question not in ("", "anything_else", "person", "flow") or state.asked in _OPEN_ANSWERS:
            return False
        draft.set(frame=None)
        draft.say("mood.sorry")
        draft.wonder("person", "ask.person")
        return True

    def remarked(self, draft: Draft, text: str, meant: Understood) -> bool:
        """'It's scratchy' to 'I'll open a return, shall I?' says why; the question is still open."""
        act = self.engine.confirming(draft.state.frame)
        remark = set(meant.labels) == {"complaint_missing_damaged"} and not meant.polarity
        remark = remark or (meant.polarity != "yes" and touches(text, "dislikes"))
        wrong = any(touches(text, cue) for cue in ("wrong", "damaged", "missing", "not_received"))
        # 'Nope, asked them too', 'no, I want a refund'
        more = meant.polarity == "no" and (touches(text, "looked") or touches(text, "wants_amends"))
        of_claim = act == "open_claim" and (wrong or more) and meant.polarity != "yes"
        of_claim = of_claim and not touches(text, "takes_back")
        if not ((act in _SENT_BACK and remark) or of_claim) or draft.state.asides >= MOST_ASIDES:
            return False
        draft.set(asides=draft.state.asides + 1)
        self.engine.remember(draft, text)
        return self.engine.ask_again(draft)

    def _restated(self, state: State, text: str) -> bool:
        """'So February first?' asks for the day once more; where a day was asked for it is the answer."""
        answers = bool(self.engine.confirming(state.frame)) or state.asked not in ("open", "yes_no")
        return not answers and touches(text, "restates_day")

    async def on_topic(self, draft: Draft, text: str, meant: Understood) -> bool:
        """A short question that makes sense only within the subject: that is told again, with what it asks for."""
        state = draft.state
        off = next((intent.confidence for intent in meant.intents if intent.label == "out_of_scope"), 0.0)
        short = len(text.split()) <= MOST_WORDS_ASIDE and touches(text, "asks_on")
        if set(meant.labels) & set(STATUS) and (state.intent in STATUS or touches(text, "names_order")):
            return False
        if touches(text, "wants_contact"):
            return False
        known = state.view is not None and state.view.level >= 2 and state.intent in self.engine.flows.serving
        if not short or not known or off >= SURELY_OFF or state.asides >= MOST_ASIDES:
            return False
        draft.set(asides=state.asides + 1)
        await self.engine.aside(draft, state.intent, text)
        return True

    async def _policy_asked(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """'How long does she have to send it back' of an order that is not known or not there yet."""
        view = draft.state.view
        there = view is not None and view.status is OrderStatus.DELIVERED
        if there or request not in _OF_POLICY or meant.numbers or not touches(text, "asks_policy"):
            return False
        # 'It's a gift, she's very particular, so how long does she have …': the question is its last part.
        for question in dict.fromkeys((text, re.split(r"[.,;?!]\s+(?=\w)|\bso\b", text)[-1].strip())):
            if question and await asyncio.to_thread(self.engine.teller.knowledge.answer, question) is not None:
                await self.engine.begin(draft, "policy_faq", question)
                return True
        return False

    async def in_the_texts(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """A question that no call type surely fits, and that the shop's own texts answer."""
        if await self._policy_asked(draft, text, meant, request):
            return True
        sure = next((one.confidence for one in meant.intents if one.label == request), 0.0)
        about_orders = touches(text, "names_order") or meant.facets
        if request not in _VAGUE or sure >= SURE_REQUEST or about_orders or not touches(text, "asks_something"):
            return False
        if await asyncio.to_thread(self.engine.teller.knowledge.answer, text) is None:
            return False
        await self.engine.begin(draft, "policy_faq", text)
        return True


def _asks_for_goods(text: str) -> bool:
    """'And when's that come?' of an exchange; when the money comes is another question."""
    return touches(text, "to_come") and not touches(text, "of_refunds")
