"""Runs flows: from node to node until the caller has to say something, or the flow is over.

It decides nothing about order numbers and identity details (see ``capture``); it says what it lacks and waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from asterisk_agent.commerce.models import Address, Item
from asterisk_agent.dialog.capture import Capture
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.cursor import Cursor
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
from asterisk_agent.dialog.flows.perform import Performer
from asterisk_agent.dialog.flows.questions import Questions
from asterisk_agent.dialog.flows.reading import read
from asterisk_agent.dialog.flows.tell import Teller
from asterisk_agent.dialog.people import People
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.state import Frame
from asterisk_agent.dialog.understanding import Facet, Understood

log = structlog.get_logger(__name__)

MOST_STEPS = 80
"""Nodes passed in one turn; the loader finds circles, this stops what it cannot see."""

MOST_CONFIRMS = 3
"""Times that a change is put to the caller for a yes or no."""

MOST_ASIDES = 3
"""Times that the choices are told again to callers who ask for them."""

MOST_REMEMBERED = 1000
"""Characters of the caller's words that a flow keeps for its later questions."""

MOST_REFUSING = 3
"""Words that refuse to name an item; more say what is the matter."""

OUTBOUND = "outbound"
"""The flow of calls that the agent places."""

NO_FACETS: frozenset[Facet] = frozenset()
TELLING = frozenset({"return_status", "refund_status", "subscription", "large_item_delivery", "delivery_delay"})
"""Call types whose flows tell something; of the others the status is told."""
_OF_THEIR_OWN = frozenset({"complaint_missing_damaged", "start_return_exchange", "follow_up"})
"""Call types in whose words single facts of the order stand without being asked for: 'not what I ordered'."""
ASIDE = frozenset({"policy_faq", "order_status"})
"""Call types that may cut into another flow, which goes on afterwards."""


@dataclass(frozen=True)
class Engine:
    """Flows of one call. Adds to the draft; raises nothing for data reasons."""

    flows: FlowSet
    capture: Capture
    people: People
    cursor: Cursor
    questions: Questions
    teller: Teller
    performer: Performer
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
        waits = state.frame is not None and self.cursor.waits(state.frame) and state.frame.flow != flow
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
        if frame is not None and self.cursor.asks(frame) is not None:
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
            if self._served(draft, intent):
                draft.wonder("anything_else", "act.more")
                return
            known = intent in self.flows.serving and intent not in ("policy_faq", "follow_up")
            await self.begin(draft, intent if known else "order_status", said, facets)
            return
        if facets:
            draft.set(frame=replace(frame, facets=facets))
        await self.run(draft)

    def _served(self, draft: Draft, intent: str) -> bool:
        """Whether what was done last is what that call type is for: a detail that comes after it changes nothing."""
        deed, flow = next(iter(draft.state.deeds[-1:]), None), self.flows.serving.get(intent)
        if deed is None or flow is None or deed.outcome != "done":
            return False
        return any(isinstance(node, Act) and node.act == deed.name for node in self.flows.flows[flow].nodes.values())

    async def declined(self, draft: Draft) -> None:
        """The caller would rather not give what was asked for."""
        node = self.cursor.node(draft.state.frame)
        draft.say("person.declined")
        self.cursor.go(draft, node.declined if isinstance(node, LookUp) else END)
        await self.run(draft)

    async def answered(self, draft: Draft, text: str, meant: Understood) -> bool:
        """The caller's words, taken as the answer to the flow's question. False: they are none."""
        frame = draft.state.frame
        node = self.cursor.node(frame)
        if frame is None:
            return False
        if isinstance(node, Offer) and meant.polarity:
            if meant.polarity == "yes":
                await self._to_people(draft, node.reason or draft.state.intent, ())
            else:
                self.cursor.go(draft, node.next)
                await self.run(draft)
            return True
        if isinstance(node, Act) and frame.tries:
            return await self._agreed(draft, frame, node, text, meant)
        if not isinstance(node, Ask) or not frame.tries:
            return False
        if node.instead and (way := self.cursor.instead(draft, node, text)) is not None:
            draft.set(frame=replace(frame, said=text))
            self.cursor.go(draft, way)
            await self.run(draft)
            return True
        if node.ask == "yes_no":
            yes = meant.polarity == "yes" or (not meant.polarity and self._names_item(draft, frame, node, text))
            if not meant.polarity and not yes:
                return False
            if yes:
                draft.set(frame=replace(frame, said=f"{frame.said}. {text}".strip(". ")))
            self.cursor.go(draft, node.yes if yes else node.no)
        else:
            asks = node.ask in ("item", "choice") and touches(text, "asks_of_it")
            value = None if asks else read(self.cursor.question(draft, node), text)
            if value is None and node.ask == "item" and meant.polarity == "yes" and node.failed not in ("person", END):
                self.cursor.go(draft, node.failed)  # 'yes, go ahead' to 'which item?': about all of it
            elif value is None:
                if node.ask == "item" and len(text.split()) > MOST_REFUSING and touches(text, "wrong"):
                    self.remember(draft, text)
                    self.cursor.go(draft, node.failed)  # 'no, a box with somebody else's name on it'
                    await self.run(draft)
                    return True
                if node.ask == "phone" and touches(text, "this_number"):
                    return False  # withheld, or a number that cannot be called
                if (meant.polarity != "no" or meant.lacks) and not touches(text, "takes_back"):
                    return False
                draft.say("person.declined")
                self.cursor.go(draft, END)
            else:
                self.cursor.fill(draft, node, value)
                self.cursor.go(draft, node.next)
        await self.run(draft)
        return True

    async def missed(self, draft: Draft, text: str) -> bool:
        """The answer was not understood: ask in other words, in the end another way. False: nothing was asked."""
        node = self.cursor.asks(draft.state.frame)
        if node is None:
            return False
        if isinstance(node, Ask) and node.ask == "phone" and touches(text, "speaks_of_days"):
            self.remember(draft, text)  # 'tomorrow morning' to 'which number should they call?'
        asides = draft.state.asides
        if isinstance(node, Ask) and node.ask == "choice" and touches(text, "asks_for_times") and asides < MOST_ASIDES:
            draft.set(asides=asides + 1)
            return self.questions.narrow(draft, text) or self.ask_again(draft)
        if not self.questions.narrow(draft, text):
            await self.run(draft)
        return True

    def confirming(self, frame: Frame | None) -> str:
        """The act that the open question asks to confirm, '' if it is another question."""
        node = self.cursor.asks(frame)
        return node.act if isinstance(node, Act) else ""

    def remember(self, draft: Draft, text: str) -> None:
        """Keep words that answer nothing now: what is asked for later may be in them."""
        frame = draft.state.frame
        if frame is not None and len(frame.said) < MOST_REMEMBERED:
            draft.set(frame=replace(frame, said=f"{frame.said}. {text}".strip(". ")))

    def ask_again(self, draft: Draft) -> bool:
        """The open question of the flow once more, as it was put first. False: there is none."""
        frame = draft.state.frame
        node = self.cursor.asks(frame)
        if frame is None or node is None:
            return False
        keys = node.confirm if isinstance(node, Act) else node.say
        self.cursor.recite(draft, keys or (("ask.person",) if isinstance(node, Offer) else ()))
        return True

    async def run(self, draft: Draft) -> None:
        """From the frame's node on, until the flow waits or is over."""
        for _ in range(MOST_STEPS):
            frame = draft.state.frame
            if frame is None or draft.action is not None:
                return
            if not frame.node:
                self.cursor.go(draft, self.flows.flows[frame.flow].start)
                continue
            node = self.cursor.node(frame)
            way = await self._named(draft, frame) if node is None else await self._step(draft, frame, node)
            if way is None:
                return
            self.cursor.go(draft, way)
        log.error("a flow turns in a circle", call_id=self.call_id, flow=draft.state.intent)
        draft.set(frame=None)
        draft.wonder("person", "ask.person")

    # --- nodes: each returns the next node's name, None when it waits or the flow is over ---

    async def _step(self, draft: Draft, frame: Frame, node: Node) -> str | None:
        match node:
            case Say():
                self.cursor.recite(draft, node.say)
                return node.next
            case Ask():
                return self.questions.put(draft, frame, node)
            case LookUp():
                return await self.teller.look_up(draft, frame, node)
            case Tell():
                return await self.teller.tell(draft, frame, node)
            case Decide():
                facts = self.people.facts(draft)
                ways = (way.next for way in node.decide if way.when is None or way.when.holds(facts))
                return next(ways, END)
            case Act():
                return await self._act(draft, frame, node)
            case Offer():
                self.cursor.recite(draft, node.say or ("ask.person",))
                draft.set(frame=replace(frame, tries=1))
                draft.await_words("yes_no")
                return None
            case ToPeople():
                reason = node.reason or dict(frame.slots).get("reason") or draft.state.intent
                await self._to_people(draft, reason, node.say, node.transfer)
                return None
            case Go():
                draft.set(frame=Frame(node.flow, "", frame.said, frame.facets, frame.slots))
                self.teller.now_serving(draft, *self.flows.flows[node.flow].serves)
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

    async def _act(self, draft: Draft, frame: Frame, node: Act) -> str | None:
        change = self.performer.change(draft, node)
        if isinstance(change, str):
            return change
        tools = self.capture.tools
        if change is not None and not self.capture.has_level(draft, tools.level_for(node.act), "for_changes"):
            return None
        if not node.confirm:
            return await self.performer.perform(draft, node)
        if frame.tries >= MOST_CONFIRMS:
            return "person"
        if frame.tries:
            draft.say("unclear.yes_no")
        self.cursor.recite(draft, node.confirm)
        draft.set(frame=replace(frame, tries=frame.tries + 1))
        draft.await_words("yes_no")
        return None

    async def _agreed(self, draft: Draft, frame: Frame, node: Act, text: str, meant: Understood) -> bool:
        """Yes, no, or the answer mended, after a text that confirms."""
        if node.instead and (way := self.cursor.instead(draft, node, text)) is not None:
            draft.set(frame=replace(frame, said=text))
            self.cursor.go(draft, way)
            await self.run(draft)
            return True
        said = self.questions.mend(draft, frame, node, text) if meant.polarity != "yes" and node.correct else None
        if said is not None and (said != frame or any(isinstance(value, Address) for _, value in said.slots)):
            draft.set(frame=replace(said, tries=0))
            await self.run(draft)
            return True
        if said is not None and not meant.polarity and (node.act == "open_claim" or not _holds_item(said)):
            meant = replace(meant, polarity="yes")  # the day or place said once more
        if not meant.polarity and said is None and node.correct and touches(text, "names_day"):
            meant = replace(meant, polarity="no")  # a day that is not offered
        if not meant.polarity and self._insists(frame, text, meant):
            meant = replace(meant, polarity="yes")
        if not meant.polarity:
            return False
        if meant.polarity == "yes":
            draft.set(frame=replace(frame, said=f"{frame.said}. {text}".strip(". ")))
            way = await self.performer.perform(draft, node)
            if way is not None:
                self.cursor.go(draft, way)
        elif node.correct and not self._gives_up(text, meant) and frame.tries < MOST_CONFIRMS:
            asking = self.cursor.node(replace(frame, node=node.correct))
            draft.set(frame=replace(frame, node=node.correct, tries=1, said=""))
            if isinstance(asking, Ask):
                self.questions.again(draft, asking)
            return True
        else:
            if not isinstance(self.cursor.node(replace(frame, node=node.declined)), Say):
                draft.say("person.declined")
            self.cursor.go(draft, node.declined)
        await self.run(draft)
        return True

    def _names_item(self, draft: Draft, frame: Frame, node: Ask, text: str) -> bool:
        """'The lamp' to 'you can send it back; would you like to start that?' agrees."""
        if "start_return_exchange" not in self.flows.flows[frame.flow].serves or len(text.split()) > MOST_REFUSING:
            return False
        question = replace(self.cursor.question(draft, node), kind="item", prefilled=True)
        return read(question, text) is not None

    def _insists(self, frame: Frame, text: str, meant: Understood) -> bool:
        """'Just cancel it already' to 'I'll cancel it, are you sure?'. 'Cancel that' may take the wish back."""
        return bool(set(self.flows.flows[frame.flow].serves) & set(meant.labels)) and touches(text, "insists")

    @staticmethod
    def _gives_up(text: str, meant: Understood) -> bool:
        """Whether a no means the whole change, not what was wrong with it."""
        return meant.lacks or "goodbye" in meant.labels or touches(text, "takes_back")

    def _end(self, draft: Draft, node: End) -> str | None:
        self.cursor.recite(draft, node.say)
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
            self.cursor.recite(draft, rule.say or ("ask.person",))
            draft.set(question="person", asked="yes_no", number="")
        else:
            draft.wonder("anything_else", "ask.anything_else")
        return None

    async def _to_people(self, draft: Draft, reason: str, say: tuple[str, ...], to: str = "default") -> None:
        if await self.people.take_over(draft, reason or "asked", say, to):
            await self.run(draft)


def _holds_item(frame: Frame) -> bool:
    """What is taken off an order or sent back is not agreed to by its name alone."""
    return any(isinstance(value, Item) for _, value in frame.slots)
