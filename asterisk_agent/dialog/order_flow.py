"""From an order number to its status: capture, confirm, look up, verify, answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asterisk_agent.commerce.lookup import LookupFailed
from asterisk_agent.dialog import ear
from asterisk_agent.dialog.answers import Answers
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.identity import DETAILS, Detail, plain_number
from asterisk_agent.dialog.protocol import Disclosure
from asterisk_agent.dialog.spoken.order_format import order_format
from asterisk_agent.dialog.spoken.order_number import Candidate
from asterisk_agent.dialog.tools import OrderTools, View
from asterisk_agent.dialog.understanding import Facet
from asterisk_agent.settings import HandOff

SURE_READING = 0.65
"""Confidence of the spoken-form parser from which a number is looked up without reading it back."""
SURE_HEARING = 0.45
"""The same for the recogniser's own confidence; below it Whisper base is wrong more often than right."""
MAX_MISSES = 3
MAX_UNKNOWN = 3
"""Different numbers without an order after which a person takes over: mistakes, or somebody trying numbers."""
MAX_ORDERS = 5
"""Different orders answered in one call, for the same reason."""

NO_FACETS: frozenset[Facet] = frozenset()


@dataclass(frozen=True)
class OrderFlow:
    """The steps of the order-status flow. Every method adds to the draft and raises nothing for data reasons."""

    tools: OrderTools
    answers: Answers
    handoff: HandOff

    async def spoken_number(
        self,
        draft: Draft,
        candidates: tuple[Candidate, ...],
        hearing: float,
        others: tuple[str, ...],
        facets: frozenset[Facet],
    ) -> None:
        """A number was said: looked up at once when sure, read back when not.

        ``hearing``: the recogniser's confidence; ``others``: numbers from its alternatives.
        """
        best = candidates[0]
        rest = tuple(dict.fromkeys((*(item.value for item in candidates[1:]), *others)))
        draft.numbers += [best.value, *rest]
        draft.set(partial="")
        if best.confidence >= SURE_READING and hearing >= SURE_HEARING:
            await self.look_up(draft, best.value, facets, rest)
            return
        value = await self._only_real(best.value, rest) if rest else best.value
        draft.wonder("number", "confirm.order_number", value, number=ear.code(value))

    async def _only_real(self, best: str, rest: tuple[str, ...]) -> str:
        """The one of several readings that is an order, or the likeliest."""
        try:
            real = [value for value in (best, *rest[:3]) if await self.tools.exists(value)]
        except LookupFailed:
            return best
        return real[0] if len(real) == 1 else best

    async def look_up(
        self,
        draft: Draft,
        number: str,
        facets: frozenset[Facet] = NO_FACETS,
        others: tuple[str, ...] = (),
        confirmed: bool = False,
    ) -> None:
        """Find the order and answer, or say honestly what is in the way."""
        number = plain_number(number)
        draft.numbers.append(number)
        identity = draft.state.identity.given(number)
        try:
            view = await self.tools.order(number, identity)
            if view is None and not confirmed:
                for other in others[:3]:
                    if await self.tools.exists(other):
                        draft.set(order=number)
                        draft.wonder("number", "confirm.order_number_other", other, number=ear.code(other))
                        return
        except LookupFailed:
            draft.set(order=number, identity=identity, view=None)
            draft.wonder("person", "store.down")
            return
        if view is None:
            self._unknown(draft, number, confirmed)
            return
        asked = tuple(dict.fromkeys((*draft.state.orders_asked, number)))
        if len(asked) > MAX_ORDERS:
            draft.transfer(self.handoff.default, "too_many_orders", "person.transfer_stuck")
            return
        draft.set(order=number, identity=identity, orders_asked=asked, misses=0, unclear=0, declined=())
        draft.set(intent=draft.state.intent or "order_status")
        if draft.state.waiting:
            waiting = draft.state.waiting
            draft.set(waiting=())
            await self.details_given(draft, waiting, facets)
            return
        self.answer(draft, view, facets)

    def _unknown(self, draft: Draft, number: str, confirmed: bool) -> None:
        unknown = tuple(dict.fromkeys((*draft.state.unknown_numbers, number)))
        draft.set(order=number, view=None, unknown_numbers=unknown)
        if len(unknown) >= MAX_UNKNOWN:
            draft.transfer(self.handoff.default, "order_not_found", "person.transfer_stuck")
        elif confirmed:
            draft.ask("order_number", "not_found.order")
        else:
            draft.wonder("number_not_found", "confirm.order_number_not_found", number, number=ear.code(number))

    def missed_number(self, draft: Draft) -> None:
        """No order number could be made out: slower, then by keypad, then a person."""
        shape = order_format(draft.shop.order_number)
        misses = draft.state.misses + 1
        draft.set(misses=misses, partial="")
        if misses >= MAX_MISSES or (misses == MAX_MISSES - 1 and shape.has_letters):
            draft.transfer(self.handoff.default, "number_not_understood", "person.transfer_stuck")
        elif misses == 1:
            slowly = "ask.order_number_slowly_letters" if shape.speaks_letters else "ask.order_number_slowly"
            draft.ask("order_number", slowly)
        else:
            draft.ask("order_number", "ask.order_number_keypad")

    async def details_given(
        self, draft: Draft, details: tuple[tuple[Detail, str], ...], facets: frozenset[Facet] = NO_FACETS
    ) -> None:
        """Compare identity details with the order in use and answer at the level reached."""
        number = draft.state.identity.order
        if not number:
            draft.set(waiting=merged(draft.state.waiting, details))
            by_phone = draft.state.view is not None
            draft.ask("order_number", "ask.order_number_for_details" if by_phone else "ask.order_number_first")
            return
        view: View | None = None
        wrong = False
        for kind, value in details:
            try:
                checked = await self.tools.check(number, draft.state.identity, kind, value)
            except LookupFailed:
                draft.wonder("person", "store.down")
                return
            if checked is None:
                draft.ask("order_number", "not_found.order")
                return
            view, wrong = checked.view, wrong or not checked.matched
            draft.set(identity=checked.identity)
            outcome: Literal["verified", "refused", "failed"] = (
                "verified" if checked.matched else "refused" if checked.was_locked else "failed"
            )
            draft.audit.append(Disclosure(outcome, number, (kind,), checked.view.level))
        if view is None:
            return
        if draft.state.identity.locked:
            draft.set(view=view)
            draft.transfer(self.handoff.default, "identity_not_confirmed", "identity.locked")
            return
        if wrong and view.level < 2:
            if draft.state.view is None or draft.state.view.number != number:
                self._tell(draft, view)
            draft.set(view=view)
            draft.say("identity.wrong")
            self.ask_detail(draft, view, "again")
            return
        if wrong:
            draft.say("identity.wrong")
        self.answer(draft, view, facets)

    def answer(self, draft: Draft, view: View, facets: frozenset[Facet] = NO_FACETS) -> None:
        """Say what this view holds, then ask for what could unlock more, or whether there is anything else."""
        draft.set(view=view)
        if view.level >= 2 and facets:
            for facet in sorted(facets):
                self._disclose(draft, view, facet)
        else:
            self._tell(draft, view)
        if view.level < 2:
            self.ask_detail(draft, view, "for_details")
        elif self.answers.needs_help(view, draft.now) and not facets:
            draft.wonder("person", "detail.offer_help")
        else:
            draft.wonder("anything_else", "ask.anything_else")

    def _tell(self, draft: Draft, view: View) -> None:
        draft.tell(self.answers.status(view, draft.now))

    def _disclose(self, draft: Draft, view: View, facet: str) -> None:
        draft.tell(self.answers.facet(view, facet, draft.now))

    def ask_detail(self, draft: Draft, view: View, manner: str) -> None:
        """Ask for the best detail that the order has on file. ``manner``: '', 'for_details' or 'again'."""
        if not view.number_given:
            draft.ask("order_number", "ask.order_number_for_details")
            return
        kind = next((kind for kind in DETAILS if kind in view.askable and kind not in draft.state.declined), None)
        if kind is None:
            locked = draft.state.identity.locked
            draft.wonder("person", "identity.stays_locked" if locked else "identity.no_detail_on_file")
            draft.say("ask.person")
            return
        draft.ask(kind, f"ask.{kind}_{manner}" if manner else f"ask.{kind}")

    async def again(self, draft: Draft, facets: frozenset[Facet] = NO_FACETS) -> None:
        """The caller asks about the order in use once more."""
        state = draft.state
        view = state.view
        if view is None and state.order and state.order not in state.unknown_numbers:
            await self.look_up(draft, state.order, facets, confirmed=True)
            return
        if view is None or not view.number_given:
            await self.start(draft)
            return
        try:
            fresh = await self.tools.order(view.number, draft.state.identity)
        except LookupFailed:
            draft.wonder("person", "store.down")
            return
        if fresh is None:
            self._unknown(draft, view.number, confirmed=True)
            return
        if facets and fresh.level < 2:
            draft.set(view=fresh)
            draft.say("identity.unsaid")
            self.ask_detail(draft, fresh, "")
            return
        self.answer(draft, fresh, facets)

    async def start(self, draft: Draft) -> None:
        """The caller asks about an order without a number: their one open order by caller number, or ask for it."""
        draft.set(intent=draft.state.intent or "order_status")
        try:
            view = await self.tools.of_caller(draft.state.identity) if draft.state.view is None else None
        except LookupFailed:
            view = None
        if view is None:
            known = draft.state.view is not None
            draft.ask("order_number", "ask.order_number_for_details" if known else "ask.order_number_first")
            return
        draft.say("caller.one_order")
        self.answer(draft, view)


def merged(old: tuple[tuple[Detail, str], ...], new: tuple[tuple[Detail, str], ...]) -> tuple[tuple[Detail, str], ...]:
    """Details with newer ones in place of older ones of their kind."""
    return tuple({**dict(old), **dict(new)}.items())
