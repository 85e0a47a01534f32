"""Where a flow stands: its node, the question that is open, what it says and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from asterisk_agent.commerce.models import Address
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.format import Act, Ask, LookUp, Node, Offer
from asterisk_agent.dialog.flows.load import FlowSet
from asterisk_agent.dialog.flows.reading import Question
from asterisk_agent.dialog.people import People
from asterisk_agent.dialog.state import Frame


@dataclass(frozen=True)
class Cursor:
    """Reads and moves the frame of the draft that it is given."""

    flows: FlowSet
    people: People

    def instead(self, draft: Draft, node: Ask | Act, text: str) -> str | None:
        """The node that words lead to which are no answer but another wish; None if they are none."""
        facts = self.people.facts(draft)
        facts = replace(facts, at=replace(facts.at, said=text))
        return next((way.next for way in node.instead if way.when is None or way.when.holds(facts)), None)

    def node(self, frame: Frame | None) -> Node | None:
        """The node that a frame stands at; None for names of the engine's own."""
        return self.flows.node(frame.flow, frame.node) if frame is not None else None

    def asks(self, frame: Frame | None) -> Ask | Act | Offer | None:
        """The node whose question is open, if one is."""
        node = self.node(frame)
        return node if isinstance(node, Ask | Act | Offer) and frame is not None and frame.tries else None

    def waits(self, frame: Frame) -> bool:
        """Whether the flow is in the middle of something: a question, or a number or detail that it lacks."""
        return self.asks(frame) is not None or isinstance(self.node(frame), LookUp)

    @staticmethod
    def go(draft: Draft, node: str) -> None:
        """On to a node; no question is open then."""
        if draft.state.frame is not None:
            draft.set(frame=replace(draft.state.frame, node=node, tries=0), question="", number="")

    @staticmethod
    def fill(draft: Draft, node: Ask, value: Any) -> None:
        """Keep an answer in the node's slot."""
        if draft.state.frame is not None:
            draft.set(frame=draft.state.frame.with_slot(node.slot or node.ask, value))

    def question(self, draft: Draft, node: Ask) -> Question:
        """What a node asks, with the options and the address that the order has now."""
        facts = self.people.facts(draft)
        options = facts.get(node.of or "order.items") or ()
        said = facts.slots.get(node.slot or node.ask)
        booked = facts.get("subscription.next") if node.ask == "date" else None
        address = said if isinstance(said, Address) else facts.get("order.address")
        return Question(
            node.ask,
            facts.at.zone,
            facts.at.today,
            options if isinstance(options, tuple) else (),
            node.expects,
            address if isinstance(address, Address) else None,
            draft.shop.country,
            booked if isinstance(booked, date) else None,
            draft.state.identity.caller_phone,
        )

    def recite(self, draft: Draft, keys: tuple[str, ...]) -> None:
        """Say texts of the catalogue; the order's fields in them are disclosures."""
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
