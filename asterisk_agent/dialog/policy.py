"""What to do next: one caller event, in the state of the dialogue, becomes a draft of the reply."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.dialog import ear
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.identity import Detail
from asterisk_agent.dialog.order_flow import OrderFlow, merged
from asterisk_agent.dialog.protocol import CallerEvent, Keyed, Noise, Said, Silent, Slot
from asterisk_agent.dialog.spoken.order_format import order_format
from asterisk_agent.dialog.spoken.order_number import parse_order_number
from asterisk_agent.dialog.state import State
from asterisk_agent.dialog.understanding import Scene, Understanding, Understood
from asterisk_agent.settings import HandOff, Shop

SERVED = ("order_status", "delivery_delay")
"""Call types answered here; the other labels go to people."""
CLEAR_HEARING = 0.6
"""Recogniser's confidence below which strange words are taken for misheard ones, not for another subject.

Whisper base on narrowband speech: right sentences 0.66 to 0.98, garbled ones 0.50 to 0.71 (a dozen, measured).
"""

ACTS = ("provide_identity", "affirm", "deny", "repeat", "wait", "goodbye", "greeting", "talk_to_human", "out_of_scope")
MAX_UNCLEAR = 3
"""Turns in a row that nothing could be done with; then a person."""
_DETAIL_SLOTS: dict[Slot, Detail] = {"zip": "zip", "last4": "last4", "phone": "phone", "email": "email"}
_KEYED_LENGTHS: dict[Detail, tuple[int, ...]] = {"zip": (5, 9), "last4": (4,), "phone": (10, 11)}


@dataclass(frozen=True)
class Policy:
    """Decides; the order flow looks up and answers."""

    understanding: Understanding
    flow: OrderFlow
    handoff: HandOff

    async def next(self, draft: Draft, event: CallerEvent) -> None:
        """Fill the draft for one event."""
        if draft.state.over == "transfer":
            draft.transfer(self.handoff.default, "asked", "person.transfer_agreed")
            return
        draft.set(over="")  # after a goodbye the caller may still have "one more thing"
        if isinstance(event, Silent):
            self._silent(draft, event.count)
            return
        if isinstance(event, Noise) or (isinstance(event, Said) and not event.text.strip()):
            self._noise(draft)
            return
        draft.set(spoke=True, silences=0, noises=0)
        if isinstance(event, Keyed):
            await self._keyed(draft, event.digits)
        else:
            await self._said(draft, event)

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
        meant = self.understanding.understand(event.text, self.scene(draft.state, draft.shop))
        if meant.frustrated:
            draft.set(frustrated=draft.state.frustrated + 1)
        request = next((label for label in meant.labels if label not in ACTS), "")
        if set(meant.labels) - {"out_of_scope"} or meant.numbers or meant.details:
            draft.set(unclear=0)
        if request and not (request == "order_status" and meant.facets and draft.state.intent in SERVED):
            draft.set(intent=request)
        if "talk_to_human" in meant.labels:
            self._person(draft, meant)
        elif request and request not in SERVED:
            self._unbuilt(draft, request, meant)
        elif meant.numbers:
            await self._number(draft, event, meant)
        elif draft.state.question and await self._answered(draft, meant, request):
            pass
        elif meant.details:
            await self.flow.details_given(draft, meant.details, meant.facets)
        elif meant.lacks and draft.state.asked in ("order_number", *_DETAIL_SLOTS):
            self._lacks(draft)
        elif meant.another:
            draft.set(order="", view=None, intent="order_status")
            draft.ask("order_number", "ask.another_number")
        elif request:
            await self.flow.again(draft, meant.facets)
        elif meant.partial:
            draft.set(partial=meant.partial)
            draft.numbers.append(meant.partial)
            draft.ask("order_number", "ask.order_number_rest", number=" ".join(meant.partial))
        elif not self._act(draft, meant):
            self._not_understood(draft, meant, event.confidence)

    async def _number(self, draft: Draft, event: Said, meant: Understood) -> None:
        """A number was said, perhaps with details or as a correction."""
        state = draft.state
        draft.set(waiting=merged(state.waiting, meant.details))
        same = meant.numbers[0].value == state.number
        if state.question in ("number", "number_not_found") and same and meant.polarity != "no":
            await self.flow.look_up(draft, state.number, meant.facets, confirmed=True)
            return
        others = tuple(
            found[0].value
            for text in event.alternatives
            if (found := parse_order_number(text, draft.shop.order_number)) and found[0].value != meant.numbers[0].value
        )
        await self.flow.spoken_number(draft, meant.numbers, event.confidence, others, meant.facets)

    async def _answered(self, draft: Draft, meant: Understood, request: str) -> bool:
        """Yes or no to the question that is open. False: it was neither."""
        state = draft.state
        if not meant.polarity or request or meant.details:
            return False
        yes = meant.polarity == "yes"
        if state.question == "number":
            if yes:
                await self.flow.look_up(draft, state.number, confirmed=True)
            else:
                draft.set(number="", question="")
                self.flow.missed_number(draft)
        elif state.question == "number_not_found":
            if yes:
                await self.flow.look_up(draft, state.number, confirmed=True)
            else:
                self.flow.missed_number(draft)
        elif state.question == "person":
            if yes:
                draft.transfer(self.handoff.default, state.intent or "asked", "person.transfer_agreed")
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

    def _act(self, draft: Draft, meant: Understood) -> bool:
        """Acts of the dialogue itself. False: none."""
        labels = meant.labels
        if "repeat" in labels:
            self._repeat(draft)
        elif "wait" in labels:
            draft.say("act.wait")
        elif "goodbye" in labels:
            draft.hang_up("caller_done", "act.goodbye")
        elif meant.asks_what_we_are:
            draft.say("act.automated")
            draft.wonder("person", "ask.person")
        elif "deny" in labels and draft.state.asked in _DETAIL_SLOTS:
            draft.say("person.declined")
            draft.wonder("anything_else", "ask.anything_else")
        elif "deny" in labels and draft.state.asked == "order_number":
            draft.wonder("person", "ask.person")
        elif "affirm" in labels and draft.state.asked in _DETAIL_SLOTS:
            draft.ask(draft.state.asked, f"ask.{draft.state.asked}")
        elif "affirm" in labels and draft.state.asked == "order_number":
            draft.ask("order_number", "ask.order_number")
        elif meant.thanks:
            draft.wonder("anything_else", "act.welcome")
        elif "greeting" in labels and draft.state.asked == "open" and not draft.state.question:
            draft.ask("open", "act.greeting")
        elif "greeting" in labels:
            draft.say("act.here")
            self._ask_again(draft)
        elif "affirm" in labels and draft.state.asked == "open":
            draft.ask("order_number", "ask.order_number_first")
        elif "deny" in labels and draft.state.asked == "open":
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

    def _person(self, draft: Draft, meant: Understood) -> None:
        """A person was asked for: at once, with what else was said kept for them."""
        if meant.numbers:
            draft.set(order=meant.numbers[0].value)
        draft.transfer(self.handoff.default, "asked", "person.transfer")

    def _unbuilt(self, draft: Draft, request: str, meant: Understood) -> None:
        """A call type that people serve: said plainly, a person offered."""
        if meant.numbers:
            draft.set(order=meant.numbers[0].value)
        draft.say(f"unbuilt.{request}")
        draft.wonder("person", "person.offer")

    def _lacks(self, draft: Draft) -> None:
        """The caller does not have what was asked for: another way, or a person."""
        kind = _DETAIL_SLOTS.get(draft.state.asked)
        if kind is None or draft.state.view is None:
            draft.wonder("person", "ask.order_number_where")
            return
        draft.set(declined=(*draft.state.declined, kind))
        self.flow.ask_detail(draft, draft.state.view, "")

    def _not_understood(self, draft: Draft, meant: Understood, hearing: float) -> None:
        """Words, but none that help here: off the subject, or not made out."""
        state = draft.state
        off_topic = "out_of_scope" in meant.labels and not meant.lacks and hearing >= CLEAR_HEARING
        if state.asked == "order_number" and not off_topic:
            self.flow.missed_number(draft)
            return
        unclear = state.unclear + 1
        draft.set(unclear=unclear)
        if unclear >= MAX_UNCLEAR:
            draft.transfer(self.handoff.default, "not_understood", "person.transfer_stuck")
        elif off_topic and unclear > 1:
            draft.wonder("person", "out_of_scope.again")
        elif off_topic:
            draft.set(intent=state.intent or "out_of_scope")
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
            draft.transfer(self.handoff.default, "asked", "person.transfer")
        elif not plain:
            self._repeat(draft)
        elif plain in ("1", "2") and state.question:
            await self._answered(draft, Understood(polarity="yes" if plain == "1" else "no"), "")
        elif kind and len(plain) in _KEYED_LENGTHS.get(kind, ()):
            await self.flow.details_given(draft, ((kind, plain[:5] if kind == "zip" else plain),))
        elif kind and kind != "email" and not self._keyed_number(draft, plain):
            draft.ask(state.asked, f"ask.{kind}_again")
        elif number := self._keyed_number(draft, plain):
            await self.flow.look_up(draft, number, confirmed=state.number == number)
        else:
            self.flow.missed_number(draft)

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
                draft.transfer(self.handoff.default, "silence", "person.transfer_silence")
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
            draft.transfer(self.handoff.default, "noise", "person.transfer_noise")
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
            draft.wonder("number", "confirm.order_number_other", state.number, number=ear.code(state.number))
        elif state.question == "person":
            draft.say("ask.person")
        elif state.question == "anything_else":
            draft.say("ask.anything_else")
        else:
            draft.say(f"ask.{state.asked}" if state.asked != "yes_no" else "ask.open")
