"""One caller's conversation: events in, replies and actions out, every turn can be taken back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal

import structlog

from asterisk_agent.commerce.lookup import LookupFailed
from asterisk_agent.commerce.phone import e164
from asterisk_agent.dialog import summary
from asterisk_agent.dialog.acts import Acts
from asterisk_agent.dialog.answers import Answers, Sentence
from asterisk_agent.dialog.beside import Beside
from asterisk_agent.dialog.capture import Capture
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.cursor import Cursor
from asterisk_agent.dialog.flows.engine import Engine
from asterisk_agent.dialog.flows.load import FlowSet, shipped
from asterisk_agent.dialog.flows.perform import Performer
from asterisk_agent.dialog.flows.questions import Questions
from asterisk_agent.dialog.flows.tell import Teller
from asterisk_agent.dialog.grounding import grounds, ungrounded
from asterisk_agent.dialog.identity import Identity
from asterisk_agent.dialog.people import People
from asterisk_agent.dialog.policy import Policy
from asterisk_agent.dialog.protocol import (
    Caller,
    CallerEvent,
    Disclosure,
    HandOffContext,
    Keyed,
    Noise,
    Reply,
    Said,
    Silent,
)
from asterisk_agent.dialog.reprompts import Reprompts
from asterisk_agent.dialog.services import Services
from asterisk_agent.dialog.spoken.doubt import spell_back
from asterisk_agent.dialog.state import Line, State
from asterisk_agent.dialog.tools import OrderTools, View
from asterisk_agent.dialog.unclear import Unclear
from asterisk_agent.dialog.wording import fixed_phrases
from asterisk_agent.settings import HandOff, IdentityRules, Shop

log = structlog.get_logger()

ANTICIPATE_S = 0.25
"""Longest wait for the caller's orders before the greeting."""

MAX_TEXT = 2000
"""Characters of one turn that are read; 20 s of speech hold about 400."""


class Conversation:
    """The dialogue of one call. Not for concurrent use, but ``anticipate`` may run beside everything else."""

    def __init__(  # its collaborators, given once by the call
        self,
        call_id: str,
        shop: Shop,
        handoff: HandOff,
        services: Services,
        caller: Caller,
        clock: Callable[[], datetime],
        direction: Literal["inbound", "outbound"] = "inbound",
        purpose: str = "",
        flows: FlowSet | None = None,
        identity: IdentityRules | None = None,
    ) -> None:
        """``clock`` returns aware datetimes. ``purpose``: why the agent calls, on outbound calls.

        ``flows``: those of this call from beginning to end; the shipped ones when none are given.
        """
        self._call_id = call_id
        self._shop = shop
        self._clock = clock
        self._flows = flows or shipped()
        self._texts = self._flows.texts
        self._fixed = frozenset(fixed_phrases(shop, self._texts))
        rules = identity or IdentityRules()
        self._tools = OrderTools(services.lookup, clock, call_id, rules.levels)
        self._understanding = services.understanding
        people = People(handoff, self._flows.rules, services.hours, services.queues, frozenset(self._flows.flows))
        capture = Capture(self._tools)
        answers = Answers(self._texts, shop.zone)
        cursor = Cursor(self._flows, people)
        self._engine = Engine(
            self._flows,
            capture,
            people,
            cursor,
            Questions(cursor),
            Teller(capture, answers, services.knowledge),
            Performer(cursor, capture, services.desk, call_id),
            call_id,
        )
        reprompts = Reprompts(self._engine)
        beside = Beside(self._engine, reprompts)
        acts = Acts(self._engine, reprompts)
        unclear = Unclear(self._engine, capture, reprompts)
        self._policy = Policy(self._understanding, capture, self._engine, people, reprompts, beside, acts, unclear)
        phone = e164(caller.number, shop.country) or ""
        self._outbound = direction == "outbound"
        self._state = State(
            identity=Identity(country=shop.country, caller_phone=phone, most_failures=rules.most_failures),
            purpose=purpose,
        )
        self._before = self._state
        self._audit: list[Disclosure] = []
        self._audited_before = 0
        self._disclosing: list[tuple[str, Disclosure]] = []
        self._log = log.bind(call_id=call_id)

    @property
    def intent(self) -> str:
        """The last call type that was asked for, '' before any."""
        return self._state.intent

    @property
    def order(self) -> str:
        """The order number in use: the caller's, else that of the calling number's order; '' if none."""
        return self._state.order or (self._state.view.number if self._state.view else "")

    @property
    def level(self) -> int:
        """The identity level for the order in use."""
        return self._state.view.level if self._state.view else 0

    @property
    def sentiment(self) -> float:
        """How the caller feels, -1 furious to 1 delighted."""
        return self._state.sentiment

    @property
    def state(self) -> State:
        """Everything known, immutable."""
        return self._state

    async def greeting(self) -> Reply:
        """Who this is, that it is automated, and one question: about the caller's one live order where there is one.

        Waits for the store no longer than ANTICIPATE_S.
        """
        draft = Draft(self._state, self._texts, self._shop, self._clock())
        if self._outbound:
            await self._engine.call_out(draft)
        elif (view := await self._live_order()) is not None:
            draft.say("greeting.known", shop=self._shop.name)
            draft.set(view=view)
            draft.wonder("this_order", f"anticipated.{self._anticipated(view)}")
        else:
            draft.say("greeting.hello", shop=self._shop.name)
        sentences = self._checked(draft, draft.now)
        reply = draft.reply(tuple(sentence.text for sentence in sentences))
        self._note_disclosures(draft, sentences)
        self._state = replace(draft.state, last=reply, history=(*draft.state.history, Line("agent", reply.text)))
        self._before = self._state
        return reply

    async def _live_order(self) -> View | None:
        """The one live order of the calling number, if that is known in time and there are words for it."""
        try:
            async with asyncio.timeout(ANTICIPATE_S):
                view = await self._tools.of_caller(self._state.identity)
        except (LookupFailed, TimeoutError):
            return None
        return view if view is not None and self._texts.has(f"anticipated.{self._anticipated(view)}") else None

    @staticmethod
    def _anticipated(view: View) -> str:
        kinds = set(view.shipments)
        return next(iter(kinds)).value if len(kinds) == 1 else view.status.value

    async def respond(self, event: CallerEvent) -> Reply:
        """The reply to one event. A store that is down or slow is told in words, never raised."""
        event = _clean(event)
        self._before = self._state
        self._audited_before = len(self._audit)
        now = self._clock()
        draft = Draft(replace(self._state, turn=self._state.turn + 1), self._texts, self._shop, now)
        repeated = self._state.last
        await self._policy.next(draft, event)
        if not draft.sentences and draft.action is None:
            self._log.error("a turn has no answer", turn=draft.state.turn)
            draft.say("unclear.first")
        sentences = self._checked(draft, now)
        reply = draft.reply(tuple(sentence.text for sentence in sentences))
        self._note_disclosures(draft, sentences)
        lines = (Line("caller", event.text if isinstance(event, Said) else ""), Line("agent", reply.text))
        is_repeat = repeated is not None and reply.sentences == repeated.sentences
        self._state = replace(
            draft.state,
            last=reply,
            answer=self._state.answer if isinstance(event, Noise | Silent) else reply,
            told=(*draft.state.told, *(() if is_repeat else reply.sentences)),
            history=(*draft.state.history, *lines),
        )
        return reply

    def filler(self, turn: int, again: bool = False) -> str:
        """One short sentence for a caller who waits for a look-up, at first or ``again``; it tells nothing."""
        return " ".join(self._texts.say("act.still_looking" if again else "act.looking", variant=turn))

    async def anticipate(self, text: str) -> None:
        """Have the look-up ready for the order number in a partial transcript. Says and changes nothing."""
        scene = self._policy.scene(self._state, self._shop)
        meant = await asyncio.to_thread(self._understanding.understand, text[:MAX_TEXT], scene)
        if not meant.numbers:
            return
        try:
            await self._tools.prefetch(meant.numbers[0].value)
        except LookupFailed:
            self._log.info("anticipated look-up failed")

    def heard(self, text: str) -> None:
        """The last reply was cut: only ``text`` of it was heard. What was not heard was not told."""
        last = self._state.last
        if last is None:
            return
        whole: list[str] = []
        rest = " ".join(text.split())
        for sentence in last.sentences:
            spoken = " ".join(sentence.split())
            if not rest.startswith(spoken):
                break
            whole.append(sentence)
            rest = rest[len(spoken) :].lstrip()
        begun = len(whole) + (1 if rest else 0)
        unheard = set(last.sentences[len(whole) :])
        told = self._state.told[: len(self._state.told) - len(last.sentences)]
        history = self._state.history
        if history and history[-1].who == "agent":
            history = (*history[:-1], Line("agent", text))
        self._state = replace(
            self._state, told=(*told, *(item for item in last.sentences if item not in unheard)), history=history
        )
        never = set(last.sentences[begun:])
        for sentence, line in self._disclosing:
            if sentence in never and line in self._audit:
                self._audit.remove(line)
        self._disclosing = []

    def retract(self) -> None:
        """Undo the last respond(): the caller went on before hearing any of it.

        Attempts to verify stay in the audit trail, since the comparison was made; disclosures were not.
        """
        self._state = self._before
        kept = [line for line in self._audit[self._audited_before :] if line.kind != "disclosed"]
        self._audit[self._audited_before :] = kept
        self._disclosing = []

    def context(self, reason: str) -> HandOffContext:
        """What the human agent is told."""
        return summary.context(self._call_id, self._state, reason)

    def take_disclosures(self) -> tuple[Disclosure, ...]:
        """Audit lines since the last call of this."""
        lines = tuple(self._audit)
        self._audit.clear()
        self._audited_before = 0
        self._disclosing = []
        return lines

    def _checked(self, draft: Draft, now: datetime) -> list[Sentence]:
        """Only grounded sentences; one that is not is replaced by a safe one, once."""
        view = draft.state.view
        views = tuple(old for old in draft.state.views if view is None or old.number != view.number)
        if view is not None:
            views = (*views, view)
        draft.set(views=views)
        state = draft.state
        heard = (*draft.numbers, state.order, state.number, state.partial, *state.unknown_numbers, *state.orders_asked)
        facts = self._engine.people.facts(draft)
        said = tuple(value for frame in (state.frame, *draft.frames) if frame is not None for _, value in frame.slots)
        times = (facts.at.next_opening, facts.at.callback, facts.get("queue.wait_minutes"))
        spelled = (spell_back(number) for number in heard if any(char.isalpha() for char in number))
        given = (deed.reference for deed in state.deeds)
        more = (*said, *given, *times, state.identity.caller_phone, *spelled)
        allowed = grounds(
            views,
            heard,
            now,
            self._shop.zone,
            fixed_words=self._texts.words,
            fixed_sentences=self._fixed | frozenset(draft.quoted),
            shop=self._shop.name,
            more=more,
        )
        kept: list[Sentence] = []
        replaced = False
        for sentence in draft.sentences:
            wrong = ungrounded(sentence.text, allowed)
            if not wrong:
                kept.append(sentence)
                continue
            self._log.error("ungrounded sentence withheld", turn=state.turn, facts=len(wrong), personal_facts=wrong)
            if not replaced:
                kept += [Sentence(text) for text in self._texts.say("safe.sentence")]
                replaced = True
        return kept

    def _note_disclosures(self, draft: Draft, sentences: list[Sentence]) -> None:
        self._audit += draft.audit
        view = draft.state.view
        self._disclosing = []
        if view is None:
            return
        for sentence in sentences:
            if sentence.fields:
                line = Disclosure("disclosed", view.number, sentence.fields, view.level)
                self._audit.append(line)
                self._disclosing.append((sentence.text, line))


def _clean(event: CallerEvent) -> CallerEvent:
    """Control characters out, length capped; keys that are not digits out."""
    if isinstance(event, Said):
        return replace(event, text=_plain(event.text), alternatives=tuple(map(_plain, event.alternatives[:8])))
    if isinstance(event, Keyed):
        return Keyed(re.sub(r"[^0-9*]", "", event.digits)[:32])
    return event


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text[:MAX_TEXT])
