"""What to do next: one caller event, in the state of the dialogue, becomes a draft of the reply."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from asterisk_agent.commerce.lookup import LookupFailed
from asterisk_agent.dialog.acts import Acts
from asterisk_agent.dialog.beside import MOST_WORDS_ASIDE, STATUS, Beside
from asterisk_agent.dialog.capture import DETAIL_SLOTS, Capture, merged
from asterisk_agent.dialog.context.answers import MOST_ASIDE
from asterisk_agent.dialog.context.in_context import in_context
from asterisk_agent.dialog.context.turn import SURE_WISH
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.engine import NO_FACETS, Engine
from asterisk_agent.dialog.identity import Detail
from asterisk_agent.dialog.people import People
from asterisk_agent.dialog.protocol import CallerEvent, Keyed, Noise, Said, Silent, Slot
from asterisk_agent.dialog.reprompts import Reprompts
from asterisk_agent.dialog.said import after, touches
from asterisk_agent.dialog.spoken.order_format import order_format
from asterisk_agent.dialog.spoken.order_number import begun_number, parse_order_number
from asterisk_agent.dialog.spoken.parse import Context, parse
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.unclear import Unclear
from asterisk_agent.dialog.understanding import Intent, Scene, Understanding, Understood
from asterisk_agent.settings import Shop

ACTS = ("provide_identity", "affirm", "deny", "repeat", "wait", "goodbye", "greeting", "talk_to_human", "out_of_scope")
SLOW = 0.8
"""Pace for callers who ask to be spoken to more slowly, from then on."""
ZIP_DIGITS = 5
_KEYED_LENGTHS: dict[Detail, tuple[int, ...]] = {"zip": (5, 9), "last4": (4,), "phone": (10, 11)}
_FREE: tuple[Slot, ...] = ("date", "address", "choice", "item", "words", "rating", "contact")
"""What flows ask for: numbers in the answer are not order numbers."""
_KEEP = 0.6
"""Share of the sentiment so far that a new turn leaves."""


@dataclass(frozen=True)
class Policy:
    """Decides; capture gets numbers and details, the engine runs flows, people take over."""

    understanding: Understanding
    capture: Capture
    engine: Engine
    people: People
    reprompts: Reprompts
    beside: Beside
    acts: Acts
    unclear: Unclear

    async def next(self, draft: Draft, event: CallerEvent) -> None:
        """Fill the draft for one event."""
        if draft.state.over == "transfer":
            draft.transfer(self.people.handoff.default, "asked", "person.transfer_agreed")
            return
        draft.set(over="")  # after a goodbye the caller may still have "one more thing"
        if isinstance(event, Silent):
            self.reprompts.silent(draft, event.count)
        elif isinstance(event, Noise) or (isinstance(event, Said) and not event.text.strip()):
            self.reprompts.noise(draft)
        else:
            draft.set(spoke=True, silences=0, noises=0)
            if isinstance(event, Keyed):
                await self._keyed(draft, event.digits)
            else:
                await self._said(draft, event)
        if draft.given_up is not None:
            reason, key = draft.given_up
            await self._hand_over(draft, reason, (key,))

    @staticmethod
    def scene(state: State, shop: Shop) -> Scene:
        """What understanding may know."""
        reading_back = state.number if state.question in ("number", "number_not_found") else ""
        return Scene(
            pattern=shop.order_number,
            country=shop.country,
            asked=state.asked,
            order="" if state.identity.found_by else state.order,
            reading_back=reading_back,
            partial=state.partial,
            caller_phone=state.identity.caller_phone,
        )

    async def _said(self, draft: Draft, event: Said) -> None:
        # A classifier takes 10 to 30 ms: other callers' audio must not wait for it.
        scene = self.scene(draft.state, draft.shop)
        event = replace(event, text=after(event.text, "goes_on"))
        if draft.state.question == "anything_else" and not touches(rest := after(event.text, "leading_no"), "plain_no"):
            event = replace(event, text=rest)  # 'no, I never got it'
        read = await self._read(draft, event, scene)
        meant = _mended(in_context(read, event.text, draft.state), event.text, draft.state)
        self._feel(draft, event, meant)
        elsewhere = (meant.lacks and touches(event.text, "without_number")) or touches(event.text, "asks_by_other")
        draft.numberless = elsewhere and not meant.numbers
        reasked = draft.state.reasked
        draft.set(reasked=False)
        if draft.state.purpose and touches(event.text, "not_the_customer"):
            # Whoever answers is not who was called: the number says nothing about them.
            draft.set(view=None, identity=replace(draft.state.identity, caller_phone=""))
        if await self.beside.outside(draft, event.text, meant) or self.beside.only_thanks(
            draft, event.text, meant, reasked
        ):
            return
        requests = [intent for intent in meant.intents if intent.label not in ACTS]
        request = requests[0].label if requests else ""
        if set(meant.labels) - {"out_of_scope"} or meant.numbers or meant.details:
            draft.set(unclear=0, asides=0)
        if not request and len(event.text.split()) <= MOST_WORDS_ASIDE and touches(event.text, "slower"):
            draft.set(pace=SLOW)
            self.reprompts.repeat(draft)
            return
        cued = self.engine.flows.cued(event.text) if request in ("", *STATUS, "follow_up") else ""
        if cued and not (draft.state.frame and draft.state.frame.flow == cued) and draft.state.asked not in _FREE:
            await self.engine.start(draft, cued, event.text)
            return
        if "talk_to_human" in meant.labels and not self._wants_callback(draft, event.text):
            await self._person(draft, meant, request)
            return
        rule = self.people.automatic(draft, "transfer")
        if rule is not None:
            await self._hand_over(draft, rule.reason or "escalated", rule.say, rule.to)
            return
        if (
            self.beside.doubted(draft, event.text)
            or self.beside.follow_up(draft, event.text, meant, request)
            or self.beside.found(draft, event.text)
            or self.beside.vented(draft, event.text, meant, request)
            or self.beside.hurried(draft, event.text, meant, request)
            or self.beside.pressed(draft, event.text, meant, request)
            or self.beside.remarked(draft, event.text, meant)
            or (self._restates_act(draft, event.text, request) and self.engine.ask_again(draft))
        ):
            return
        if draft.state.asked == "words" and not meant.details and (last4 := _bare_last4(event.text)):
            meant = replace(meant, details=(("last4", last4),), numbers=())
        if draft.state.asked in ("item", "choice", "words") and meant.details and not meant.numbers:
            await self._detail_beside(draft, event, meant)
            return
        if draft.state.asked in _FREE and await self._free_answer(draft, event, meant):
            return
        elsewhere = touches(event.text, "names_order") or touches(event.text, "other_order")
        another = bool(meant.numbers) and meant.numbers[0].value != draft.state.order and elsewhere
        if draft.state.question == "flow" and not another and await self._answered(draft, event, meant, request):
            return
        in_use = bool(meant.numbers) and draft.state.view is not None and meant.numbers[0].value == draft.state.order
        if (draft.state.question == "flow" and not elsewhere) or (in_use and request):
            # In the middle of a flow a ZIP code said again, or part of an address; else the order in use, asked after.
            meant = replace(meant, numbers=())
        if meant.numbers and draft.state.asked not in _FREE:
            if request and request != draft.state.intent:
                self._turn_to(draft, [intent.label for intent in requests], event.text, meant)
            if another and draft.state.order and draft.state.view is not None and not request:
                self.engine.anew(draft)
            await self._number(draft, event, meant)
        elif draft.state.question and await self._answered(draft, event, meant, request):
            pass
        elif meant.details and draft.state.question in ("number", "number_not_found"):
            draft.set(waiting=merged(draft.state.waiting, meant.details))
            self.reprompts.ask_again(draft)
        elif meant.details and draft.state.asked not in _FREE:
            told = draft.state.view is not None and draft.state.view.details is not None
            if draft.state.intent == "address_change":
                self.engine.remember(draft, event.text)
            if request and request != draft.state.intent:
                self._turn_to(draft, [intent.label for intent in requests], event.text, meant)
            if request and draft.state.view is not None and not draft.state.identity.order:
                draft.set(waiting=merged(draft.state.waiting, meant.details))
                await self.engine.resume(draft, meant.facets)
            elif await self.capture.details_given(draft, meant.details):
                if told and draft.state.frame is None and draft.state.intent in STATUS and not meant.facets:
                    draft.wonder("anything_else", "act.more")  # nothing more is known of it
                else:
                    await self.engine.resume(draft, meant.facets)
        elif "wait" not in meant.labels and self._is_without(draft, meant, request):
            await self._lacks(draft)
        elif meant.another and request in ("", *STATUS):
            other = draft.state.other
            draft.set(order="", view=None, intent="order_status", frame=None, identity=draft.state.identity.forgotten())
            if not other:
                self._ask_other(draft, event.text)
            elif await self.capture.look_up(draft, other, confirmed=True):
                await self.engine.begin(draft, "order_status", event.text)
        elif await self.beside.in_the_texts(draft, event.text, meant, request) or (
            request in STATUS and not meant.facets and await self.beside.on_topic(draft, event.text, meant)
        ):
            pass
        elif request:
            if draft.state.view is None and (begun := begun_number(event.text, draft.shop.order_number)):
                draft.set(partial=begun)
                draft.numbers.append(begun)
            await self._request(draft, [intent.label for intent in requests], event, meant)
        elif meant.partial and (draft.state.view is None or draft.state.asked == "order_number"):
            draft.set(partial=meant.partial)
            draft.numbers.append(meant.partial)
            draft.ask("order_number", "ask.order_number_rest", number=" ".join(meant.partial))
        elif not await self.acts.served(draft, event.text, meant) and not await self.beside.on_topic(
            draft, event.text, meant
        ):
            await self.unclear.answer(draft, meant, event)

    @staticmethod
    def _is_without(draft: Draft, meant: Understood, request: str) -> bool:
        """Whether the caller does not have what is asked for, or will be asked for next."""
        state = draft.state
        if state.asked in ("order_number", *DETAIL_SLOTS):
            return meant.lacks or (draft.numberless and not request)
        begun = state.asked == "open" and state.view is None and not state.question
        return draft.numberless and not request and begun

    async def _read(self, draft: Draft, event: Said, scene: Scene) -> Understood:
        """What the words mean; of a detail in pieces, with the piece that came before."""
        begun, asked = draft.state.partial, DETAIL_SLOTS.get(draft.state.asked)
        if asked:
            draft.set(partial="")
        if begun and asked:
            whole = f"{' '.join(begun)} {event.text}"
            read = await asyncio.to_thread(self.understanding.understand, whole, scene)
            if asked in dict(read.details):
                return read
        return await asyncio.to_thread(self.understanding.understand, event.text, scene)

    def _restates_act(self, draft: Draft, text: str, request: str) -> bool:
        """'Cancel one' to 'I'll cancel the mug, are you sure?' is no yes, nor the whole order; 'which one?' asks."""
        frame = draft.state.frame
        same = frame is not None and self.engine.flows.serving.get(request) == frame.flow
        act = self.engine.confirming(frame) if same else ""
        if act == "cancel_item":
            return not (touches(text, "means_all") or touches(text, "consents") or touches(text, "one_item"))
        return bool(act) and touches(text, "asks_which")

    @staticmethod
    def _wants_callback(draft: Draft, text: str) -> bool:
        """Whether 'somebody can call me back' is the answer to what was just asked about the callback."""
        frame = draft.state.frame
        return frame is not None and frame.flow == "callback" and frame.tries > 0 and touches(text, "callback")

    def _feel(self, draft: Draft, event: Said, meant: Understood) -> None:
        """Sentiment of the call, from words, interruptions and repeats."""
        state = draft.state
        turn = min(meant.sentiment, -0.6 if meant.frustrated else 1.0)
        turn -= 0.1 * event.interrupted + 0.2 * (state.unclear > 0)
        sentiment = max(-1.0, min(1.0, _KEEP * state.sentiment + (1 - _KEEP) * turn))
        draft.set(
            sentiment=round(sentiment, 3),
            frustrated=state.frustrated + meant.frustrated,
            interruptions=state.interruptions + event.interrupted,
        )

    def _turn_to(self, draft: Draft, labels: list[str], said: str, meant: Understood) -> None:
        """Another call type, said together with a number or a detail: its flow begins when those are settled."""
        state = draft.state
        if labels[0] in STATUS and state.intent in STATUS and state.frame is not None:
            return
        draft.set(
            intent=labels[0],
            intents=(*state.intents, labels[0]),
            pending=tuple(labels[1:2]),
            frame=self.engine.opening(labels[0], said, meant.facets),
        )

    def _ask_other(self, draft: Draft, said: str) -> None:
        """Another order than the one in use: its number first, then its status."""
        opening = self.engine.opening("order_status", said, NO_FACETS)
        draft.set(intent="order_status", intents=(*draft.state.intents, "order_status"), frame=opening)
        draft.ask("order_number", "ask.order_number_first")

    async def _request(self, draft: Draft, labels: list[str], event: Said, meant: Understood) -> None:
        """A call type: its flow begins, or the question about the order in use is answered anew."""
        if meant.frustrated and draft.state.frustrated == 1 and labels[0] not in ("complaint_missing_damaged",):
            draft.say("mood.sorry")
        draft.set(pending=tuple(labels[1:2]))
        await self.engine.begin(draft, labels[0], event.text, meant.facets)

    async def _free_answer(self, draft: Draft, event: Said, meant: Understood) -> bool:
        """The answer to a flow's own question."""
        if draft.state.asked == "words" and meant.numbers and set(meant.labels) == {"provide_identity"}:
            # The order that the words will be about.
            if await self.capture.look_up(draft, meant.numbers[0].value):
                self.engine.ask_again(draft)
                draft.await_words("words")
            return True
        acts = {"repeat", "wait"} & set(meant.labels)
        if acts or ("goodbye" in meant.labels and (draft.state.asked == "words" or touches(event.text, "bye"))):
            return False
        if await self.engine.answered(draft, event.text, meant):
            return True
        serving = self.engine.flows.serving.get(next((one for one in meant.labels if one not in ACTS), ""))
        same = draft.state.frame is not None and draft.state.frame.flow == serving
        if draft.state.asked == "item" and same and len(event.text.split()) <= MOST_ASIDE:
            return await self.engine.missed(draft, event.text)  # 'king size' to 'which item?'
        # 'What do you have in the afternoon?' is about what is offered.
        about = draft.state.asked == "choice" and touches(event.text, "speaks_of_days")
        return about and not set(meant.labels) - set(ACTS) and await self.engine.missed(draft, event.text)

    async def _number(self, draft: Draft, event: Said, meant: Understood) -> None:
        """A number was said, perhaps with details or as a correction."""
        state = draft.state
        draft.set(waiting=merged(state.waiting, meant.details))
        same = meant.numbers[0].value == state.number
        if state.question == "number" and not same and await self._goes_on(draft, event, meant):
            same = True
        if state.question in ("number", "number_not_found") and same and meant.polarity != "no":
            at_hand = await self.capture.look_up(draft, state.number, confirmed=True)
        else:
            others = tuple(
                found[0].value
                for text in event.alternatives
                if (found := parse_order_number(text, draft.shop.order_number))
                and found[0].value != meant.numbers[0].value
            )
            at_hand = await self.capture.spoken_number(draft, meant.numbers, event.text, event.confidence, others)
        if at_hand:
            await self.engine.resume(draft, meant.facets, event.text)

    async def _goes_on(self, draft: Draft, event: Said, meant: Understood) -> bool:
        """Digits after a number was read back, that are no order while that one is: the ZIP code, said already."""
        value = meant.numbers[0].value
        if len(value) != ZIP_DIGITS or not value.isdigit() or meant.polarity == "no" or touches(event.text, "corrects"):
            return False
        try:
            other = await self.capture.tools.exists(value)
            read_back = not other and await self.capture.tools.exists(draft.state.number)
        except LookupFailed:
            return False
        if read_back:
            draft.set(waiting=merged(draft.state.waiting, (("zip", value),)))
        return read_back

    async def _answered(self, draft: Draft, event: Said | None, meant: Understood, request: str) -> bool:
        """Yes or no to the question that is open. False: it was neither."""
        state = draft.state
        if state.question == "flow":
            same = state.frame is not None and self.engine.flows.serving.get(request) == state.frame.flow
            answers = meant.polarity == "yes" or (meant.polarity == "no" and len(meant.labels) == 1)
            if request and not same and (not answers or _cancels(meant, request)):
                return False  # 'fine, cancel it' to 'would you like a text message?'
            if meant.details and meant.polarity != "no" and event and not touches(event.text, "agrees"):
                await self._detail_beside(draft, event, meant)
                return True
            return await self.engine.answered(draft, event.text if event else "", meant)
        if state.question == "person" and meant.polarity == "yes" and event and touches(event.text, "names_people"):
            await self._hand_over(draft, request or state.intent or "asked", ("person.transfer_agreed",))
            return True
        if not meant.polarity or request or meant.details:
            return False
        said = event.text if event else ""
        closes = not said or meant.polarity == "yes" or meant.thanks or touches(said, "plain_no")
        if state.question == "anything_else" and not closes:
            return False  # 'And the other one?' ends nothing
        if state.question == "anything_else" and touches(said, "bye"):
            draft.hang_up("caller_done", "act.goodbye")
            return True
        yes = meant.polarity == "yes"
        if state.question in ("number", "number_not_found"):
            if yes:
                if await self.capture.look_up(draft, state.number, confirmed=True):
                    await self.engine.resume(draft, meant.facets)
            else:
                if state.question == "number":
                    draft.set(number="", question="")
                self.capture.missed_number(draft)
        elif state.question == "this_order":
            draft.set(question="")
            if yes:
                await self.engine.begin(draft, "order_status", "", meant.facets)
            else:
                draft.set(view=None)
                if touches(said, "other_order"):
                    self._ask_other(draft, said)
                else:
                    draft.ask("open", "ask.open")
        elif state.question == "person":
            if yes:
                await self._hand_over(draft, state.intent or "asked", ("person.transfer_agreed",))
            elif "goodbye" in meant.labels:
                draft.hang_up("caller_done", "act.goodbye")
            else:
                draft.say("person.declined")
                draft.wonder("anything_else", "ask.anything_else")
        elif yes and meant.thanks:
            draft.wonder("anything_else", "act.welcome")
        elif yes and meant.acknowledges:
            draft.wonder("anything_else", "act.acknowledged")
        elif yes:
            draft.wonder("anything_else", "act.more")
        else:
            draft.hang_up("caller_done", "act.goodbye")
        return True

    async def _detail_beside(self, draft: Draft, event: Said, meant: Understood) -> None:
        """'Oh sure, last four is …' gives a detail; the flow's question is still open, unless that is answered too."""
        state = draft.state
        if not await self.capture.details_given(draft, meant.details) or state.frame is None:
            return
        draft.set(question=state.question, asked=state.asked)
        chosen = state.asked in ("item", "choice") and await self.engine.answered(draft, event.text, meant)
        if not chosen:
            self.engine.ask_again(draft)

    async def _person(self, draft: Draft, meant: Understood, request: str) -> None:
        """A person was asked for: at once, with what else was said kept for them."""
        if meant.numbers:
            draft.set(order=meant.numbers[0].value)
        if request:
            draft.set(intent=request, intents=(*draft.state.intents, request))
        draft.set(intents=(*draft.state.intents, "talk_to_human"))
        await self._hand_over(draft, "asked", ())

    async def _hand_over(self, draft: Draft, reason: str, say: tuple[str, ...], to: str = "default") -> None:
        if await self.people.take_over(draft, reason, say, to):
            await self.engine.run(draft)

    async def _lacks(self, draft: Draft) -> None:
        """The caller does not have what was asked for: another way, or a person."""
        kind = DETAIL_SLOTS.get(draft.state.asked)
        view = draft.state.view
        if kind is None:
            await self.capture.without_number(draft)
        elif view is None:
            draft.wonder("person", "ask.order_number_where")
        else:
            draft.set(declined=(*draft.state.declined, kind))
            self.capture.ask_detail(draft, view, "")

    async def _keyed(self, draft: Draft, digits: str) -> None:
        """Keypad entry: '0' alone is a person, '*' repeats, 1 and 2 are yes and no, else what was asked for."""
        state = draft.state
        plain = "".join(char for char in digits if char.isdigit())
        kind = DETAIL_SLOTS.get(state.asked)
        if plain == "0":
            await self._hand_over(draft, "asked", ())
        elif not plain:
            self.reprompts.repeat(draft)
        elif plain in ("1", "2") and state.question:
            await self._answered(draft, None, Understood(polarity="yes" if plain == "1" else "no"), "")
        elif state.asked in _FREE and await self.engine.answered(draft, plain, Understood()):
            return
        elif kind and len(plain) in _KEYED_LENGTHS.get(kind, ()):
            if await self.capture.details_given(draft, ((kind, plain[:5] if kind == "zip" else plain),)):
                await self.engine.resume(draft)
        elif kind and (other := self._keyed_other(plain)):
            if await self.capture.details_given(draft, ((other, plain[:5] if other == "zip" else plain),)):
                await self.engine.resume(draft)
        elif kind and kind != "email" and not self._keyed_number(draft, plain):
            draft.ask(state.asked, f"ask.{kind}_again")
        elif number := self._keyed_number(draft, plain):
            if await self.capture.look_up(draft, number, confirmed=state.number == number):
                await self.engine.resume(draft)
        else:
            self.capture.missed_number(draft)

    @staticmethod
    def _keyed_other(digits: str) -> Detail | None:
        """The detail, another than the one asked for, that so many keys give."""
        return next((kind for kind, lengths in _KEYED_LENGTHS.items() if len(digits) in lengths), None)

    def _keyed_number(self, draft: Draft, digits: str) -> str:
        """The order number that these keys mean: as they are, or after the format's fixed beginning."""
        shape = order_format(draft.shop.order_number)
        return next((head + digits for head in ("", *shape.beginnings) if shape.fits(head + digits)), "")


def _mended(meant: Understood, text: str, state: State) -> Understood:
    """'Oops, I mean 5528' after a detail that did not match gives that detail once more."""
    kind = state.mismatched
    if kind is None or meant.numbers or meant.details or not touches(text, "corrects"):
        return meant
    value = parse(kind, text, Context())
    if not isinstance(value, str) or not value:
        return meant
    return replace(meant, details=((kind, value),), intents=(Intent("provide_identity", 1.0),))


def _bare_last4(text: str) -> str:
    """Four digits and nothing else: a card's, said where a flow asks for words."""
    value = parse("last4", text, Context()) if touches(text, "only_digits") else ""
    return value if isinstance(value, str) else ""


def _cancels(meant: Understood, request: str) -> bool:
    """Whether an order is surely to be cancelled: a wish that dispatch may overtake."""
    return request == "cancel_order" and any(
        one.label == request and one.confidence >= SURE_WISH for one in meant.intents
    )
