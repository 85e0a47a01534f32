"""Runs flows: from node to node until the caller has to say something, or the flow is over.

It decides nothing about order numbers and identity details (see ``capture``); it says what it lacks and waits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import structlog

from asterisk_agent.commerce.changes import Change, ChangeAddress
from asterisk_agent.commerce.lookup import LookupFailed
from asterisk_agent.commerce.models import Address, DeliverySlot, Item, OrderStatus
from asterisk_agent.dialog import ear, summary
from asterisk_agent.dialog.answers import Answers, Sentence
from asterisk_agent.dialog.capture import Capture
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows import acts
from asterisk_agent.dialog.flows.acts import ActError, Given
from asterisk_agent.dialog.flows.format import (
    END,
    Act,
    Ask,
    Decide,
    End,
    Go,
    LookUp,
    Node,
    Offer,
    Say,
    Tell,
    ToPeople,
)
from asterisk_agent.dialog.flows.load import FlowSet
from asterisk_agent.dialog.flows.reading import Question, narrowed, new_place, read
from asterisk_agent.dialog.people import People
from asterisk_agent.dialog.protocol import Disclosure, Slot
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.services import Desk, DeskError, Knowledge
from asterisk_agent.dialog.spoken.zones import Zone, zone_text
from asterisk_agent.dialog.state import Deed, Frame
from asterisk_agent.dialog.tools import LevelNeeded
from asterisk_agent.dialog.understanding import Facet, Understood

log = structlog.get_logger(__name__)

MOST_STEPS = 80
"""Nodes passed in one turn; the loader finds circles, this stops what it cannot see."""

MOST_CONFIRMS = 3
"""Times that a change is put to the caller for a yes or no."""

OPEN: frozenset[Zone] = frozenset({"open"})
"""Where answers given beforehand are looked for: not in order numbers, ZIP codes and other details."""
OUTBOUND = "outbound"
"""The flow of calls that the agent places."""

NO_FACETS: frozenset[Facet] = frozenset()
_SLOTS: dict[str, Slot] = {
    "yes_no": "yes_no",
    "date": "date",
    "address": "address",
    "choice": "choice",
    "item": "item",
    "words": "words",
    "phone": "contact",
    "rating": "rating",
}
TELLING = frozenset({"return_status", "refund_status", "subscription", "large_item_delivery", "delivery_delay"})
"""Call types whose flows tell something; of the others the status is told."""
_OF_THEIR_OWN = frozenset({"complaint_missing_damaged", "start_return_exchange", "follow_up"})
"""Call types in whose words single facts of the order stand without being asked for: 'not what I ordered'."""
_ENDED = (OrderStatus.CANCELLED, OrderStatus.REFUNDED)
ASIDE = frozenset({"policy_faq", "order_status"})
"""Call types that may cut into another flow, which goes on afterwards."""


@dataclass(frozen=True)
class Engine:
    """Flows of one call. Adds to the draft; raises nothing for data reasons."""

    flows: FlowSet
    capture: Capture
    answers: Answers
    people: People
    desk: Desk
    knowledge: Knowledge
    call_id: str

    async def begin(self, draft: Draft, label: str, said: str = "", facets: frozenset[Facet] = NO_FACETS) -> None:
        """Serve a call type, from the start of its flow."""
        flow = self.flows.serving.get(label)
        if flow is None:
            draft.set(intent=label)
            draft.say("unserved.text")
            draft.wonder("person", "ask.person")
            return
        state = draft.state
        waits = state.frame is not None and self._waits(state.frame) and state.frame.flow != flow
        paused = state.frame if waits and label in ASIDE else state.paused if label in ASIDE else None
        facets = NO_FACETS if label in _OF_THEIR_OWN else facets
        frame = Frame(flow, self.flows.flows[flow].start, said, facets)
        draft.set(intent=label, intents=(*state.intents, label), frame=frame, paused=paused, question="", number="")
        await self.run(draft)

    async def aside(self, draft: Draft, label: str, said: str) -> None:
        """Tell again what a call type tells, and go on with the question that was open."""
        frame = draft.state.frame
        told = label if label in TELLING else "order_status"
        flow = self.flows.serving.get(told, "order_status")
        if frame is not None and self._asks(frame) is not None:
            draft.set(paused=frame)
        draft.set(frame=Frame(flow, "", said), question="", number="")
        await self.run(draft)

    async def start(self, draft: Draft, flow: str, said: str) -> None:
        """Run a flow that serves no call type of its own."""
        draft.set(frame=Frame(flow, "", said), question="", number="")
        await self.run(draft)

    def opening(self, label: str, said: str, facets: frozenset[Facet]) -> Frame | None:
        """The beginning of the flow that serves a call type, to be run later; None if none does."""
        flow = self.flows.serving.get(label)
        facets = NO_FACETS if label in _OF_THEIR_OWN else facets
        return Frame(flow, "", said, facets) if flow is not None else None

    def anew(self, draft: Draft) -> None:
        """The flow under way from its start, for another order."""
        frame = draft.state.frame
        if frame is not None:
            draft.set(frame=Frame(frame.flow, "", frame.said, frame.facets), question="", number="")

    async def call_out(self, draft: Draft) -> None:
        """The beginning of a call that the agent places: who calls, why, and the first question."""
        draft.say("greeting.outbound", shop=draft.shop.name)
        draft.set(intent="follow_up", intents=("follow_up",), frame=Frame(OUTBOUND, ""))
        await self.capture.called(draft)
        await self.run(draft)

    async def resume(self, draft: Draft, facets: frozenset[Facet] = NO_FACETS, said: str = "") -> None:
        """Go on after something that the flow lacked has come: a number, a detail. Without a flow: tell the status.

        ``said``: the words that brought it; they may say more.
        """
        frame = draft.state.frame
        if frame is None:
            intent = draft.state.intent
            known = intent in self.flows.serving and intent not in ("policy_faq", "follow_up")
            await self.begin(draft, intent if known else "order_status", said, facets)
            return
        if facets:
            draft.set(frame=replace(frame, facets=facets))
        await self.run(draft)

    async def declined(self, draft: Draft) -> None:
        """The caller would rather not give what was asked for."""
        node = self._node(draft.state.frame)
        draft.say("person.declined")
        self._go(draft, node.declined if isinstance(node, LookUp) else END)
        await self.run(draft)

    async def answered(self, draft: Draft, text: str, meant: Understood) -> bool:
        """The caller's words, taken as the answer to the flow's question. False: they are none."""
        frame = draft.state.frame
        node = self._node(frame)
        if frame is None:
            return False
        if isinstance(node, Offer) and meant.polarity:
            if meant.polarity == "yes":
                await self._to_people(draft, node.reason or draft.state.intent, ())
            else:
                self._go(draft, node.next)
                await self.run(draft)
            return True
        if isinstance(node, Act) and frame.tries:
            return await self._agreed(draft, frame, node, text, meant)
        if not isinstance(node, Ask) or not frame.tries:
            return False
        if node.instead and (way := self._instead(draft, node, text)) is not None:
            draft.set(frame=replace(frame, said=text))
            self._go(draft, way)
            await self.run(draft)
            return True
        if node.ask == "yes_no":
            if not meant.polarity:
                return False
            if meant.polarity == "yes":
                draft.set(frame=replace(frame, said=f"{frame.said}. {text}".strip(". ")))
            self._go(draft, node.yes if meant.polarity == "yes" else node.no)
        else:
            asks = node.ask in ("item", "choice") and touches(text, "asks_of_it")
            value = None if asks else read(self._question(draft, node), text)
            if value is None and node.ask == "item" and meant.polarity == "yes" and node.failed not in ("person", END):
                self._go(draft, node.failed)  # 'yes, go ahead' to 'which item?': about all of it
            elif value is None:
                if node.ask == "phone" and touches(text, "this_number"):
                    return False  # withheld, or a number that cannot be called
                if (meant.polarity != "no" or meant.lacks) and not touches(text, "takes_back"):
                    return False
                draft.say("person.declined")
                self._go(draft, END)
            else:
                self._fill(draft, node, value)
                self._go(draft, node.next)
        await self.run(draft)
        return True

    async def missed(self, draft: Draft, text: str) -> bool:
        """The answer was not understood: ask in other words, in the end another way. False: nothing was asked."""
        if self._asks(draft.state.frame) is None:
            return False
        if not self._narrow(draft, text):
            await self.run(draft)
        return True

    def _narrow(self, draft: Draft, text: str) -> bool:
        """'What do you have in the afternoon?' to a choice of days or windows: those alone."""
        node = self._node(draft.state.frame)
        if not isinstance(node, Ask) or node.ask != "choice":
            return False
        question = self._question(draft, node)
        left = narrowed(question, text)
        if not 0 < len(left) < len(question.options):
            return False
        named = [
            ear.window(one, draft.now, question.zone) if isinstance(one, DeliverySlot) else ear.day(one, question.today)
            for one in left
        ]
        draft.say("choice.narrowed", options=ear.either(named))
        draft.await_words(_SLOTS[node.ask])
        return True

    def confirming(self, frame: Frame | None) -> str:
        """The act that the open question asks to confirm, '' if it is another question."""
        node = self._asks(frame)
        return node.act if isinstance(node, Act) else ""

    def ask_again(self, draft: Draft) -> bool:
        """The open question of the flow once more, as it was put first. False: there is none."""
        frame = draft.state.frame
        node = self._asks(frame)
        if frame is None or node is None:
            return False
        keys = node.confirm if isinstance(node, Act) else node.say
        self._recite(draft, keys or (("ask.person",) if isinstance(node, Offer) else ()))
        return True

    async def run(self, draft: Draft) -> None:
        """From the frame's node on, until the flow waits or is over."""
        for _ in range(MOST_STEPS):
            frame = draft.state.frame
            if frame is None or draft.action is not None:
                return
            if not frame.node:
                self._go(draft, self.flows.flows[frame.flow].start)
                continue
            node = self._node(frame)
            way = await self._named(draft, frame) if node is None else await self._step(draft, frame, node)
            if way is None:
                return
            self._go(draft, way)
        log.error("a flow turns in a circle", call_id=self.call_id, flow=draft.state.intent)
        draft.set(frame=None)
        draft.wonder("person", "ask.person")

    # --- nodes: each returns the next node's name, None when it waits or the flow is over ---

    async def _step(self, draft: Draft, frame: Frame, node: Node) -> str | None:
        match node:
            case Say():
                self._recite(draft, node.say)
                return node.next
            case Ask():
                return self._ask(draft, frame, node)
            case LookUp():
                return await self._look_up(draft, frame, node)
            case Tell():
                return await self._tell(draft, frame, node)
            case Decide():
                facts = self.people.facts(draft)
                ways = (way.next for way in node.decide if way.when is None or way.when.holds(facts))
                return next(ways, END)
            case Act():
                return await self._act(draft, frame, node)
            case Offer():
                self._recite(draft, node.say or ("ask.person",))
                draft.set(frame=replace(frame, tries=1))
                draft.await_words("yes_no")
                return None
            case ToPeople():
                reason = node.reason or dict(frame.slots).get("reason") or draft.state.intent
                await self._to_people(draft, reason, node.say, node.transfer)
                return None
            case Go():
                draft.set(frame=Frame(node.flow, "", frame.said, frame.facets, frame.slots))
                self._now_serving(draft, *self.flows.flows[node.flow].serves)
                return self.flows.flows[node.flow].start
            case End():
                return self._end(draft, node)

    async def _named(self, draft: Draft, frame: Frame) -> str | None:
        if frame.node == END:
            return await self._over(draft)
        if frame.node == "ticket" and "ticket" in self.flows.flows and frame.flow != "ticket":
            draft.set(frame=Frame("ticket", "", frame.said, NO_FACETS, frame.slots))
            return self.flows.flows["ticket"].start
        if draft.state.paused is not None:
            draft.set(frame=replace(draft.state.paused, tries=0), paused=None)
            return draft.state.frame.node if draft.state.frame else None
        draft.set(frame=None)
        draft.wonder("person", "ask.person")
        return None

    def _ask(self, draft: Draft, frame: Frame, node: Ask) -> str | None:
        question = self._question(draft, node)
        if frame.tries == 0 and node.ask != "yes_no":
            if node.ask in ("choice", "item") and not question.options:
                return node.failed
            if node.ask in ("choice", "item") and len(question.options) == 1:
                self._fill(draft, node, question.options[0])
                return node.next
            said = frame.said if node.ask in ("choice", "item", "phone") else zone_text(frame.said, OPEN)
            said = (new_place(frame.said) if node.ask == "address" else "") or said
            value = read(replace(question, prefilled=True), said) if said and not node.fresh else None
            if value is not None:
                self._fill(draft, node, value)
                return node.next
        if frame.tries > len(node.retry):
            return node.failed
        self._recite(draft, node.say if frame.tries == 0 else (node.retry[frame.tries - 1],))
        draft.set(frame=replace(frame, tries=frame.tries + 1))
        draft.await_words(_SLOTS[node.ask])
        return None

    async def _look_up(self, draft: Draft, frame: Frame, node: LookUp) -> str | None:
        if not await self.capture.has_order(draft, node.level, node.why):
            return None
        level = max(node.level, 2 if node.look_up != "order" else 1)
        if not self.capture.has_level(draft, level, node.why):
            return None
        view = draft.state.view
        if view is None or node.look_up == "order":
            return node.next
        tools, identity = self.capture.tools, draft.state.identity
        try:
            if node.look_up == "subscription":
                view = await tools.with_subscriptions(view, identity)
                found: object = view.details.subscriptions if view.details else ()
            else:
                view = await tools.with_appointment(view, identity)
                found = view.details.appointment if view.details else None
        except LevelNeeded:
            return node.none
        except LookupFailed:
            draft.set(frame=None)
            draft.wonder("person", "store.down")
            return None
        draft.set(view=view)
        if found and node.look_up == "appointment":
            self._now_serving(draft, "large_item_delivery")
        return node.next if found else node.none

    @staticmethod
    def _now_serving(draft: Draft, *labels: str) -> None:
        """What the call turned out to be about, beside what the caller said."""
        new = tuple(label for label in labels[:1] if label not in draft.state.intents)
        draft.set(intents=(*draft.state.intents, *new))

    async def _tell(self, draft: Draft, frame: Frame, node: Tell) -> str | None:
        view = draft.state.view
        if node.tell == "knowledge":
            passage = await asyncio.to_thread(self.knowledge.answer, frame.said) if frame.said else None
            if passage is None:
                return node.none
            draft.quote(passage.text)
            return node.next
        if view is None:
            return node.none
        if node.tell == "status":
            if frame.facets and view.level >= 2:
                for facet in sorted(frame.facets):
                    draft.tell(self.answers.facet(view, facet, draft.now))
            elif frame.facets and view.number_given and self._was_told(draft):
                draft.say("identity.unsaid")
            else:
                if touches(frame.said, "asks_confirmed") and view.status not in _ENDED:
                    draft.tell((Sentence(self.answers.texts.say("follow.have_it")[0], ("status",)),))
                draft.tell(self.answers.status(view, draft.now))
            return node.next
        told = self.answers.listed(view, node.tell, draft.now)
        draft.tell(told)
        return node.next if told else node.none

    @staticmethod
    def _was_told(draft: Draft) -> bool:
        """Whether the status of the order in use has been heard."""
        number = draft.state.order
        return any(view.number == number for view in draft.state.views)

    async def _act(self, draft: Draft, frame: Frame, node: Act) -> str | None:
        change = self._change(draft, node)
        if isinstance(change, str):
            return change
        tools = self.capture.tools
        if change is not None and not self.capture.has_level(draft, tools.level_for(node.act), "for_changes"):
            return None
        if not node.confirm:
            return await self._perform(draft, node)
        if frame.tries >= MOST_CONFIRMS:
            return "person"
        if frame.tries:
            draft.say("unclear.yes_no")
        self._recite(draft, node.confirm)
        draft.set(frame=replace(frame, tries=frame.tries + 1))
        draft.await_words("yes_no")
        return None

    async def _agreed(self, draft: Draft, frame: Frame, node: Act, text: str, meant: Understood) -> bool:
        """Yes, no, or the answer mended, after a text that confirms."""
        if node.instead and (way := self._instead(draft, node, text)) is not None:
            draft.set(frame=replace(frame, said=text))
            self._go(draft, way)
            await self.run(draft)
            return True
        said = self._mend(draft, frame, node, text) if meant.polarity != "yes" and node.correct else None
        if said is not None and (said != frame or any(isinstance(value, Address) for _, value in said.slots)):
            draft.set(frame=replace(said, tries=0))
            await self.run(draft)
            return True
        if said is not None and not meant.polarity and (node.act == "open_claim" or not _names_item(said)):
            meant = replace(meant, polarity="yes")  # the day or place said once more
        if not meant.polarity and said is None and node.correct and touches(text, "names_day"):
            meant = replace(meant, polarity="no")  # a day that is not offered
        if not meant.polarity and self._insists(frame, text, meant):
            meant = replace(meant, polarity="yes")
        if not meant.polarity:
            return False
        if meant.polarity == "yes":
            draft.set(frame=replace(frame, said=f"{frame.said}. {text}".strip(". ")))
            way = await self._perform(draft, node)
            if way is not None:
                self._go(draft, way)
        elif node.correct and not self._gives_up(text, meant) and frame.tries < MOST_CONFIRMS:
            asking = self._node(replace(frame, node=node.correct))
            draft.set(frame=replace(frame, node=node.correct, tries=1, said=""))
            if isinstance(asking, Ask):
                self._recite(draft, asking.retry[:1] or asking.say)
                draft.await_words(_SLOTS[asking.ask])
            return True
        else:
            if not isinstance(self._node(replace(frame, node=node.declined)), Say):
                draft.say("person.declined")
            self._go(draft, node.declined)
        await self.run(draft)
        return True

    def _insists(self, frame: Frame, text: str, meant: Understood) -> bool:
        """'Just cancel it already' to 'I'll cancel it, are you sure?'. 'Cancel that' may take the wish back."""
        return bool(set(self.flows.flows[frame.flow].serves) & set(meant.labels)) and touches(text, "insists")

    @staticmethod
    def _gives_up(text: str, meant: Understood) -> bool:
        """Whether a no means the whole change, not what was wrong with it."""
        return meant.lacks or "goodbye" in meant.labels or touches(text, "takes_back")

    def _mend(self, draft: Draft, frame: Frame, node: Act, text: str) -> Frame | None:
        asking = self._node(replace(frame, node=node.correct))
        if not isinstance(asking, Ask):
            return None
        value = read(replace(self._question(draft, asking), prefilled=asking.ask != "address"), text)
        name = asking.slot or asking.ask
        if value is None:
            return None
        return frame if value == dict(frame.slots).get(name) else frame.with_slot(name, value)

    def _change(self, draft: Draft, node: Act) -> Change | str | None:
        """The change that a node asks for, None for a request; the node to go to if something is missing."""
        try:
            return acts.change(node.act, self._given(draft, node))
        except ActError as error:
            log.error("an act lacks something", call_id=self.call_id, act=node.act, personal_error=str(error))
            return node.refused if isinstance(node.refused, str) else "person"

    def _given(self, draft: Draft, node: Act) -> Given:
        facts = self.people.facts(draft)
        values = {name: self._raw(value, facts) for name, value in node.parameters.items()}
        return Given(draft.state.order, draft.state.view, values)

    @staticmethod
    def _raw(value: Any, facts: Any) -> Any:
        """A parameter's value: a fact as it is (an address, a day, a window), else what the expression comes to."""
        return facts.get(value.text.strip()) if value.names == {value.text.strip()} else value.value(facts)

    async def _perform(self, draft: Draft, node: Act) -> str | None:
        state = draft.state
        change = self._change(draft, node)
        if isinstance(change, str):
            return change
        if change is None:
            return await self._leave(draft, node)
        try:
            outcome = await self.capture.tools.perform(state.order, change, state.identity)
        except LevelNeeded as needed:
            return None if not self.capture.has_level(draft, needed.level, "for_changes") else "person"
        except LookupFailed:
            self._note(draft, node.act, "unknown")
            self._recite(draft, ("act.not_sure",))
            return node.failed
        self._note(draft, node.act, outcome.status if outcome.status == "done" else outcome.reason or outcome.status)
        if outcome.status == "done":
            if isinstance(change, ChangeAddress):
                draft.set(identity=draft.state.identity.moved(change.address.zip))
            if draft.state.frame is not None and outcome.reference:
                draft.set(frame=draft.state.frame.with_slot("done.reference", outcome.reference))
            await self.capture.refresh(draft)
            return node.next
        if outcome.status == "unsupported":
            return node.unsupported
        ways = node.refused
        return ways if isinstance(ways, str) else ways.get(outcome.reason, ways.get("other", "person"))

    async def _leave(self, draft: Draft, node: Act) -> str:
        """Keep a request for people; only what is kept is spoken of."""
        state = draft.state
        told = summary.context(self.call_id, state, "").summary
        given = self._given(draft, node)
        request = acts.request(node.act, given, self.call_id, state.intent, told, state.identity.caller_phone)
        try:
            reference = await self.desk.leave(request)
        except DeskError as error:
            log.error("a request could not be kept", call_id=self.call_id, kind=node.act, error=str(error))
            return node.failed
        self._note(draft, node.act, "done")
        if draft.state.frame is not None:
            kept = draft.state.frame.with_slot("done.reference", reference)
            draft.set(frame=kept.with_slot("due", request.due) if request.due else kept)
        return node.next

    def _note(self, draft: Draft, act: str, outcome: str) -> None:
        state = draft.state
        draft.set(deeds=(*state.deeds, Deed(act, state.order, outcome)))
        kind: Any = "changed" if outcome == "done" else "not_changed"
        level = state.view.level if state.view else 0
        draft.audit.append(Disclosure(kind, state.order, (act, outcome), level))

    def _end(self, draft: Draft, node: End) -> str | None:
        self._recite(draft, node.say)
        if node.end == "goodbye":
            draft.hang_up("caller_done", "act.goodbye")
            return None
        if node.end == "quiet":
            draft.set(frame=None, asked="open", question="anything_else")
            return None
        return END

    async def _over(self, draft: Draft) -> str | None:
        """What else was asked for, what was cut into, else whether there is anything else."""
        state = draft.state
        if state.pending:
            draft.set(pending=state.pending[1:], frame=None)
            said = state.frame.said if state.frame else ""
            await self.begin(draft, state.pending[0], said)
            return None
        if state.paused is not None:
            draft.set(frame=replace(state.paused, tries=0), paused=None, reasked=True)
            return state.paused.node
        draft.set(frame=None)
        rule = self.people.automatic(draft, "offer")
        if rule is not None:
            self._recite(draft, rule.say or ("ask.person",))
            draft.set(question="person", asked="yes_no", number="")
        else:
            draft.wonder("anything_else", "ask.anything_else")
        return None

    async def _to_people(self, draft: Draft, reason: str, say: tuple[str, ...], to: str = "default") -> None:
        if await self.people.take_over(draft, reason or "asked", say, to):
            await self.run(draft)

    # --- small parts ---

    def _instead(self, draft: Draft, node: Ask | Act, text: str) -> str | None:
        facts = self.people.facts(draft)
        facts = replace(facts, at=replace(facts.at, said=text))
        return next((way.next for way in node.instead if way.when is None or way.when.holds(facts)), None)

    def _node(self, frame: Frame | None) -> Node | None:
        return self.flows.node(frame.flow, frame.node) if frame is not None else None

    def _asks(self, frame: Frame | None) -> Ask | Act | Offer | None:
        """The node whose question is open, if one is."""
        node = self._node(frame)
        return node if isinstance(node, Ask | Act | Offer) and frame is not None and frame.tries else None

    def _waits(self, frame: Frame) -> bool:
        """Whether the flow is in the middle of something: a question, or a number or detail that it lacks."""
        return self._asks(frame) is not None or isinstance(self._node(frame), LookUp)

    @staticmethod
    def _go(draft: Draft, node: str) -> None:
        if draft.state.frame is not None:
            draft.set(frame=replace(draft.state.frame, node=node, tries=0), question="", number="")

    @staticmethod
    def _fill(draft: Draft, node: Ask, value: Any) -> None:
        if draft.state.frame is not None:
            draft.set(frame=draft.state.frame.with_slot(node.slot or node.ask, value))

    def _question(self, draft: Draft, node: Ask) -> Question:
        facts = self.people.facts(draft)
        options = facts.get(node.of or "order.items") or ()
        said = facts.slots.get(node.slot or node.ask)
        address = said if isinstance(said, Address) else facts.get("order.address")
        return Question(
            node.ask,
            facts.at.zone,
            facts.at.today,
            options if isinstance(options, tuple) else (),
            node.expects,
            address if isinstance(address, Address) else None,
            draft.shop.country,
            draft.state.identity.caller_phone,
        )

    def _recite(self, draft: Draft, keys: tuple[str, ...]) -> None:
        facts = self.people.facts(draft)
        fields: dict[str, None] = {}

        def words(name: str) -> str | None:
            value = facts.words(name)
            if value is not None and not name.startswith(("slot.", "done.", "caller.", "people.", "queue.")):
                fields[name] = None
            return value

        for key in keys:
            fields.clear()
            told = draft.texts.tell(key, words, draft.state.turn)
            draft.add(told, tuple(fields))


def _names_item(frame: Frame) -> bool:
    """What is taken off an order or sent back is not agreed to by its name alone."""
    return any(isinstance(value, Item) for _, value in frame.slots)
