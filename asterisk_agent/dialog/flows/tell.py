"""What flows look up and tell: the order, its subscription or appointment, the shop's texts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from asterisk_agent.commerce.lookup import LookupFailed
from asterisk_agent.commerce.models import OrderStatus
from asterisk_agent.dialog.answers import Answers, Sentence
from asterisk_agent.dialog.capture import Capture
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.format import LookUp, Tell
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.services import Knowledge
from asterisk_agent.dialog.state import Frame
from asterisk_agent.dialog.tools import LevelNeeded

_ENDED = (OrderStatus.CANCELLED, OrderStatus.REFUNDED)


@dataclass(frozen=True)
class Teller:
    """Each method returns the next node's name, None when the flow waits or is over."""

    capture: Capture
    answers: Answers
    knowledge: Knowledge

    async def look_up(self, draft: Draft, frame: Frame, node: LookUp) -> str | None:
        """Have the order, or what belongs to it, at the node's level."""
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
            self.now_serving(draft, "large_item_delivery")
        return node.next if found else node.none

    @staticmethod
    def now_serving(draft: Draft, *labels: str) -> None:
        """What the call turned out to be about, beside what the caller said."""
        new = tuple(label for label in labels[:1] if label not in draft.state.intents)
        draft.set(intents=(*draft.state.intents, *new))

    async def tell(self, draft: Draft, frame: Frame, node: Tell) -> str | None:
        """Tell what the data or the shop's texts say."""
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
