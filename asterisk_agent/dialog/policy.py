"""What to do next: one caller event, in the state of the dialogue, becomes a draft of the reply."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from asterisk_agent.dialog.capture import Capture, merged, read_back
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.engine import Engine
from asterisk_agent.dialog.follow_up import FollowUps, asked_for
from asterisk_agent.dialog.identity import Detail
from asterisk_agent.dialog.in_context import in_context
from asterisk_agent.dialog.people import People
from asterisk_agent.dialog.protocol import CallerEvent, Keyed, Noise, Said, Silent, Slot
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.spoken.order_format import order_format
from asterisk_agent.dialog.spoken.order_number import begun_number, parse_order_number
from asterisk_agent.dialog.spoken.parse import Context, parse
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.understanding import Intent, Scene, Understanding, Understood
from asterisk_agent.settings import Shop

CLEAR_HEARING = 0.6
"""Recogniser's confidence below which strange words are taken for misheard ones, not for another subject.

Whisper base on narrowband speech: right sentences 0.66 to 0.98, garbled ones 0.50 to 0.71 (a dozen, measured).
"""

ACTS = ("provide_identity", "affirm", "deny", "repeat", "wait", "goodbye", "greeting", "talk_to_human", "out_of_scope")
STATUS = ("order_status", "delivery_delay")
"""Call types that are questions about the order in use; asked again, they are answered anew."""
MAX_UNCLEAR = 3
"""Turns in a row that nothing could be done with; then a person."""
LEAST_SUBJECT_WORDS = 4
"""Words from which an answer that is none counts as another subject; fewer are misheard."""
SLOW = 0.8
"""Pace for callers who ask to be spoken to more slowly, from then on."""
SURELY_OFF = 0.8
"""Confidence from which a question is off the subject, whatever was spoken of before."""
MOST_ASIDES = 3
"""Questions in a row that are taken as belonging to the subject."""
MOST_WORDS_ASIDE = 10
"""Words of a turn that may ask for a slower voice; in longer ones it is part of something else."""
_DETAIL_SLOTS: dict[Slot, Detail] = {"zip": "zip", "last4": "last4", "phone": "phone", "email": "email"}
_KEYED_LENGTHS: dict[Detail, tuple[int, ...]] = {"zip": (5, 9), "last4": (4,), "phone": (10, 11)}
_FREE: tuple[Slot, ...] = ("date", "address", "choice", "item", "words", "rating", "contact")
"""What flows ask for: numbers in the answer are not order numbers."""
_VAGUE = ("", "large_item_delivery", "follow_up")
"""Labels that questions about goods are mistaken for."""
SURE_REQUEST = 0.95
"""Confidence from which a call type is served before the shop's texts are looked through."""
_BESIDE = ("policy_faq", "out_of_scope", "follow_up", "large_item_delivery")
"""Labels that short questions about what was just told are mistaken for."""
_MAY_BE_CUT = ("", "flow", "anything_else", "person")
"""Open questions beside which such a question may be asked."""
_KEEP = 0.6
"""Share of the sentiment so far that a new turn leaves."""


@dataclass(frozen=True)
class Policy:
    """Decides; capture gets numbers and details, the engine runs flows, people take over."""

    understanding: Understanding
    capture: Capture
    engine: Engine
    people: People

    async def next(self, draft: Draft, event: CallerEvent) -> None:
        """Fill the draft for one event."""
        if draft.state.over == "transfer":
            draft.transfer(self.people.handoff.default, "asked", "person.transfer_agreed")
            return
        draft.set(over="")  # after a goodbye the caller may still have "one more thing"
        if isinstance(event, Silent):
            self._silent(draft, event.count)
        elif isinstance(event, Noise) or (isinstance(event, Said) and not event.text.strip()):
            self._noise(draft)
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
            order=state.order,
            reading_back=reading_back,
            partial=state.partial,
            caller_phone=state.identity.caller_phone,
        )

    async def _said(self, draft: Draft, event: Said) -> None:
        # A classifier takes 10 to 30 ms: other callers' audio must not wait for it.
        scene = self.scene(draft.state, draft.shop)
        read = await asyncio.to_thread(self.understanding.understand, event.text, scene)
        meant = _mended(in_context(read, event.text, draft.state), event.text, draft.state)
        self._feel(draft, event, meant)
        requests = [intent for intent in meant.intents if intent.label not in ACTS]
        request = requests[0].label if requests else ""
        if set(meant.labels) - {"out_of_scope"} or meant.numbers or meant.details:
            draft.set(unclear=0, asides=0)
        if not request and len(event.text.split()) <= MOST_WORDS_ASIDE and touches(event.text, "slower"):
            draft.set(pace=SLOW)
            self._repeat(draft)
            return
        cued = self.engine.flows.cued(event.text) if request in ("", *STATUS) else ""
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
        if self._follow_up(draft, event.text, meant, request):
            return
        if draft.state.asked in _FREE and await self._free_answer(draft, event, meant):
            return
        if draft.state.question == "flow" and await self._answered(draft, event, meant, request):
            return
        if meant.numbers and draft.state.asked not in _FREE:
            if request and request != draft.state.intent:
                self._turn_to(draft, [intent.label for intent in requests], event.text, meant)
            await self._number(draft, event, meant)
        elif draft.state.question and await self._answered(draft, event, meant, request):
            pass
        elif meant.details and draft.state.asked not in _FREE:
            if request and request != draft.state.intent:
                self._turn_to(draft, [intent.label for intent in requests], event.text, meant)
            if request and draft.state.view is not None and not draft.state.identity.order:
                draft.set(waiting=merged(draft.state.waiting, meant.details))
                await self.engine.resume(draft, meant.facets)
            elif await self.capture.details_given(draft, meant.details):
                await self.engine.resume(draft, meant.facets)
        elif meant.lacks and draft.state.asked in ("order_number", *_DETAIL_SLOTS):
            await self._lacks(draft)
        elif meant.another and request in ("", *STATUS):
            draft.set(order="", view=None, intent="order_status", frame=None, identity=draft.state.identity.forgotten())
            await self.engine.begin(draft, "order_status", event.text)
        elif (request in STATUS and not meant.facets and await self._on_topic(draft, event.text, meant)) or (
            await self._in_the_texts(draft, event.text, meant, request)
        ):
            pass
        elif request:
            if draft.state.view is None and (begun := begun_number(event.text, draft.shop.order_number)):
                draft.set(partial=begun)
                draft.numbers.append(begun)
            await self._request(draft, [intent.label for intent in requests], event, meant)
        elif meant.partial:
            draft.set(partial=meant.partial)
            draft.numbers.append(meant.partial)
            draft.ask("order_number", "ask.order_number_rest", number=" ".join(meant.partial))
        elif not await self._act(draft, event.text, meant) and not await self._on_topic(draft, event.text, meant):
            await self._not_understood(draft, meant, event.confidence, len(event.text.split()))

    async def _in_the_texts(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """A question that no call type surely fits, and that the shop's own texts answer."""
        sure = next((one.confidence for one in meant.intents if one.label == request), 0.0)
        about_orders = touches(text, "names_order") or meant.facets
        if request not in _VAGUE or sure >= SURE_REQUEST or about_orders or not touches(text, "asks_something"):
            return False
        if await asyncio.to_thread(self.engine.knowledge.answer, text) is None:
            return False
        await self.engine.begin(draft, "policy_faq", text)
        return True

    @staticmethod
    def _wants_callback(draft: Draft, text: str) -> bool:
        """Whether 'somebody can call me back' is the answer to what was just asked about the callback."""
        frame = draft.state.frame
        return frame is not None and frame.flow == "callback" and frame.tries > 0 and touches(text, "callback")

    def _follow_up(self, draft: Draft, text: str, meant: Understood, request: str) -> bool:
        """A short question about what was just told: that one fact, and the open question again."""
        state, kind = draft.state, asked_for(text)
        view = state.view
        elsewhere = request not in ("", *STATUS, *_BESIDE, state.intent)
        facets = meant.facets - {"items"} if kind == "inside" else meant.facets
        agrees = meant.polarity == "yes" and state.question == "flow"
        taken = meant.numbers or meant.details or facets or meant.another or agrees
        if not kind or view is None or elsewhere or taken or state.question not in _MAY_BE_CUT:
            return False
        told = FollowUps(self.engine.answers).answer(view, kind, state.intent, draft.now)
        if not told:
            return False
        draft.tell(told)
        if not self.engine.ask_again(draft):
            draft.wonder("anything_else", "ask.anything_else")
        return True

    async def _on_topic(self, draft: Draft, text: str, meant: Understood) -> bool:
        """A short question that makes sense only within the subject: that is told again, with what it asks for."""
        state = draft.state
        off = next((intent.confidence for intent in meant.intents if intent.label == "out_of_scope"), 0.0)
        short = len(text.split()) <= MOST_WORDS_ASIDE and touches(text, "asks_on")
        if set(meant.labels) & set(STATUS) and (state.intent in STATUS or touches(text, "names_order")):
            return False
        known = state.view is not None and state.view.level >= 2 and state.intent in self.engine.flows.serving
        if not short or not known or off >= SURELY_OFF or state.asides >= MOST_ASIDES:
            return False
        draft.set(asides=state.asides + 1)
        await self.engine.aside(draft, state.intent, text)
        return True

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

    async def _request(self, draft: Draft, labels: list[str], event: Said, meant: Understood) -> None:
        """A call type: its flow begins, or the question about the order in use is answered anew."""
        if meant.frustrated and draft.state.frustrated == 1 and labels[0] not in ("complaint_missing_damaged",):
            draft.say("mood.sorry")
        draft.set(pending=tuple(labels[1:2]))
        await self.engine.begin(draft, labels[0], event.text, meant.facets)

    async def _free_answer(self, draft: Draft, event: Said, meant: Understood) -> bool:
        """The answer to a flow's own question."""
        acts = {"repeat", "wait"} & set(meant.labels)
        if acts or (draft.state.asked == "words" and "goodbye" in meant.labels):
            return False
        return await self.engine.answered(draft, event.text, meant)

    async def _number(self, draft: Draft, event: Said, meant: Understood) -> None:
        """A number was said, perhaps with details or as a correction."""
        state = draft.state
        draft.set(waiting=merged(state.waiting, meant.details))
        same = meant.numbers[0].value == state.number
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
            await self.engine.resume(draft, meant.facets)

    async def _answered(self, draft: Draft, event: Said | None, meant: Understood, request: str) -> bool:
        """Yes or no to the question that is open. False: it was neither."""
        state = draft.state
        if state.question == "flow":
            same = state.frame is not None and self.engine.flows.serving.get(request) == state.frame.flow
            answers = meant.polarity == "yes" or (meant.polarity == "no" and len(meant.labels) == 1)
            if request and not same and not answers:
                return False
            if meant.details and meant.polarity == "yes" and event and not touches(event.text, "agrees"):
                # 'Oh sure, last four is …' gives the detail; the question is still open.
                if await self.capture.details_given(draft, meant.details) and state.frame is not None:
                    draft.set(question="flow", asked=state.asked)
                    self.engine.ask_again(draft)
                return True
            return await self.engine.answered(draft, event.text if event else "", meant)
        if not meant.polarity or request or meant.details:
            return False
        if state.question == "anything_else" and touches(event.text if event else "", "bye"):
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
            draft.ask("open", "act.more")
        else:
            draft.hang_up("caller_done", "act.goodbye")
        return True

    async def _act(self, draft: Draft, text: str, meant: Understood) -> bool:
        """Acts of the dialogue itself. False: none."""
        labels = meant.labels
        asked = draft.state.asked
        if "repeat" in labels:
            self._repeat(draft)
        elif "wait" in labels:
            draft.say("act.wait")
        elif "goodbye" in labels:
            draft.hang_up("caller_done", "act.goodbye")
        elif meant.asks_what_we_are:
            draft.say("act.automated")
            draft.wonder("person", "ask.person")
        elif touches(text, "asks_help"):
            draft.say("act.help")
            self._ask_again(draft)
        elif "deny" in labels and asked in _DETAIL_SLOTS:
            await self.engine.declined(draft)
        elif "deny" in labels and asked == "order_number":
            draft.wonder("person", "ask.person")
        elif "affirm" in labels and asked in _DETAIL_SLOTS:
            draft.ask(asked, f"ask.{asked}")
        elif "affirm" in labels and asked == "order_number":
            draft.ask("order_number", "ask.order_number")
        elif meant.thanks:
            draft.wonder("anything_else", "act.welcome")
        elif "greeting" in labels and asked == "open" and not draft.state.question:
            draft.ask("open", "act.greeting")
        elif "greeting" in labels:
            draft.say("act.here")
            self._ask_again(draft)
        elif "affirm" in labels and asked == "open":
            draft.ask("order_number", "ask.order_number_first")
        elif "deny" in labels and asked == "open":
            draft.wonder("person", "ask.person")
        else:
            return False
        return True

    def _repeat(self, draft: Draft) -> None:
        last = draft.state.last
        if last is None or not last.sentences:
            draft.say("act.nothing_to_repeat")
            return
        draft.repeat(last)

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
        kind = _DETAIL_SLOTS.get(draft.state.asked)
        view = draft.state.view
        if kind is None:
            await self.capture.without_number(draft)
        elif view is None:
            draft.wonder("person", "ask.order_number_where")
        else:
            draft.set(declined=(*draft.state.declined, kind))
            self.capture.ask_detail(draft, view, "")

    async def _not_understood(self, draft: Draft, meant: Understood, hearing: float, words: int) -> None:
        """Words, but none that help here: off the subject, or not made out."""
        state = draft.state
        strange = state.asked != "open" and words < LEAST_SUBJECT_WORDS
        off_topic = "out_of_scope" in meant.labels and not (meant.lacks or strange) and hearing >= CLEAR_HEARING
        if state.asked == "order_number" and not off_topic:
            self.capture.missed_number(draft)
            return
        if not off_topic and await self.engine.missed(draft):
            return
        unclear = state.unclear + 1
        draft.set(unclear=unclear)
        if unclear >= MAX_UNCLEAR:
            draft.give_up("not_understood", "person.transfer_stuck")
        elif off_topic and unclear > 1:
            draft.wonder("person", "out_of_scope.again")
        elif off_topic:
            draft.set(intent=state.intent or "out_of_scope", intents=(*state.intents, "out_of_scope"))
            draft.say("out_of_scope.first")
            self._ask_again(draft)
        elif state.asked in _DETAIL_SLOTS:
            draft.ask(state.asked, f"ask.{state.asked}_again")
        elif state.question:
            draft.say("unclear.yes_no")
            self._ask_again(draft)
        else:
            draft.ask("open", "unclear.first" if unclear == 1 else "unclear.again")

    async def _keyed(self, draft: Draft, digits: str) -> None:
        """Keypad entry: '0' alone is a person, '*' repeats, 1 and 2 are yes and no, else what was asked for."""
        state = draft.state
        plain = "".join(char for char in digits if char.isdigit())
        kind = _DETAIL_SLOTS.get(state.asked)
        if plain == "0":
            await self._hand_over(draft, "asked", ())
        elif not plain:
            self._repeat(draft)
        elif plain in ("1", "2") and state.question:
            await self._answered(draft, None, Understood(polarity="yes" if plain == "1" else "no"), "")
        elif state.asked in _FREE and await self.engine.answered(draft, plain, Understood()):
            return
        elif kind and len(plain) in _KEYED_LENGTHS.get(kind, ()):
            if await self.capture.details_given(draft, ((kind, plain[:5] if kind == "zip" else plain),)):
                await self.engine.resume(draft)
        elif kind and kind != "email" and not self._keyed_number(draft, plain):
            draft.ask(state.asked, f"ask.{kind}_again")
        elif number := self._keyed_number(draft, plain):
            if await self.capture.look_up(draft, number, confirmed=state.number == number):
                await self.engine.resume(draft)
        else:
            self.capture.missed_number(draft)

    def _keyed_number(self, draft: Draft, digits: str) -> str:
        """The order number that these keys mean: as they are, or after the format's fixed beginning."""
        shape = order_format(draft.shop.order_number)
        return next((head + digits for head in ("", *shape.beginnings) if shape.fits(head + digits)), "")

    def _silent(self, draft: Draft, count: int) -> None:
        """Nothing was said: two different re-prompts, then a person; goodbye if there never was a word."""
        state = draft.state
        draft.set(silences=count)
        if count >= 3:
            if state.spoke:
                draft.give_up("silence", "person.transfer_silence")
            else:
                draft.hang_up("silence", "silence.goodbye")
        elif count == 2:
            draft.say(f"silence.{state.asked}")
        else:
            draft.say("silence.first")
            self._ask_again(draft)

    def _noise(self, draft: Draft) -> None:
        """Sound without words: ask again, then show other ways, then a person."""
        noises = draft.state.noises + 1
        draft.set(noises=noises)
        if noises >= 3:
            draft.give_up("noise", "person.transfer_noise")
        elif noises == 2:
            draft.say("noise.again")
            draft.say(f"silence.{draft.state.asked}")
        else:
            draft.say("noise.first")
            self._ask_again(draft)

    def _ask_again(self, draft: Draft) -> None:
        """The open question once more, in its plain form."""
        state = draft.state
        if state.question in ("number", "number_not_found"):
            draft.numbers.append(state.number)
            draft.wonder("number", "confirm.order_number_other", state.number, number=read_back(state.number))
        elif state.question == "person":
            draft.say("ask.person")
        elif state.question == "anything_else":
            draft.say("ask.anything_else")
        elif not self.engine.ask_again(draft):
            draft.say(f"ask.{state.asked}" if state.asked != "yes_no" else "ask.open")


def _mended(meant: Understood, text: str, state: State) -> Understood:
    """'Oops, I mean 5528' after a detail that did not match gives that detail once more."""
    kind = state.mismatched
    if kind is None or meant.numbers or meant.details or not touches(text, "corrects"):
        return meant
    value = parse(kind, text, Context())
    if not isinstance(value, str) or not value:
        return meant
    return replace(meant, details=((kind, value),), intents=(Intent("provide_identity", 1.0),))
