"""Order numbers and identity details: heard, confirmed, looked up, checked. What it cannot settle it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asterisk_agent.commerce.lookup import Ambiguous, LookupFailed
from asterisk_agent.dialog import ear, levels
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.identity import DETAILS, Detail, Identity, plain_number
from asterisk_agent.dialog.protocol import Disclosure, Slot
from asterisk_agent.dialog.spoken.doubt import doubtful, spell_back
from asterisk_agent.dialog.spoken.nearest import nearest
from asterisk_agent.dialog.spoken.order_format import order_format
from asterisk_agent.dialog.spoken.order_number import Candidate
from asterisk_agent.dialog.tools import LevelNeeded, OrderTools, View

SURE_READING = 0.65
"""Confidence of the spoken-form parser from which a number is looked up without reading it back."""
SURE_HEARING = 0.45
"""The same for the recogniser's own confidence; below it Whisper base is wrong more often than right."""
SURE_LETTERS = 0.8
"""Recogniser's confidence below which letters that sound alike are read back."""
NEAR = 0.6
"""Score from which one of the caller's own orders is offered for a number that does not exist."""
MAX_MISSES = 4
MAX_UNKNOWN = 3
"""Different numbers without an order after which a person takes over: mistakes, or somebody trying numbers."""
MAX_ORDERS = 5
"""Different orders answered in one call, for the same reason."""

Why = Literal["", "for_details", "for_changes"]


DETAIL_SLOTS: dict[Slot, Detail] = {"zip": "zip", "last4": "last4", "phone": "phone", "email": "email"}
"""What is asked for to know the caller, and the detail that it is."""


@dataclass(frozen=True)
class Capture:
    """Methods return True when what they are for is at hand; else the draft asks, offers a person, or transfers."""

    tools: OrderTools

    # --- what a flow needs ---

    async def has_order(self, draft: Draft, level: int, why: Why = "") -> bool:
        """Whether there is an order to speak of; asks for its number otherwise."""
        state = draft.state
        view = state.view
        if view is not None and view.number_given and view.number == state.order:
            return await self._fresh(draft, view)
        if view is None and state.identity.found_by:
            draft.ask("zip", "ask.zip_to_find")
            return False
        if view is None and state.order and state.order not in state.unknown_numbers:
            return await self.look_up(draft, state.order, confirmed=True)
        if view is None:
            view = await self._calling(draft)
            if view is not None:
                draft.set(view=view)
                draft.say("caller.one_order")
        if view is not None and level < 2:
            return True
        if view is None and state.partial:
            draft.ask("order_number", "ask.order_number_rest", number=" ".join(state.partial))
        elif view is None and draft.numberless:
            draft.ask("phone", "ask.without_number")
        elif view is None:
            # After 'I'm sorry about that' no 'Sure.'
            draft.ask("order_number", "ask.order_number" if draft.sentences else "ask.order_number_first")
        else:
            draft.ask("order_number", "ask.order_number_for_changes" if why == "for_changes" else _FOR_DETAILS)
        return False

    def has_level(self, draft: Draft, level: int, why: Why = "") -> bool:
        """Whether the caller has shown enough of who they are; asks for a detail otherwise."""
        view = draft.state.view
        if view is None:
            return False
        if view.level < level:
            self.ask_detail(draft, view, "again" if draft.mismatch else why)
            return False
        return True

    def ask_detail(self, draft: Draft, view: View, manner: str) -> None:
        """Ask for the best detail that the order has on file. ``manner``: '', 'for_details', 'for_changes', 'again'."""
        found = draft.state.identity.found_by
        if not view.number_given or (found and found[0] == view.number and view.level >= levels.DETAILS):
            # Without its number an order is never opened for changes.
            draft.ask("order_number", "ask.order_number_for_changes" if manner == "for_changes" else _FOR_DETAILS)
            return
        kind = next((kind for kind in DETAILS if kind in view.askable and kind not in draft.state.declined), None)
        if kind is None:
            locked = draft.state.identity.locked
            draft.set(frame=None)
            draft.wonder("person", "identity.stays_locked" if locked else "identity.no_detail_on_file")
            draft.say("ask.person")
            return
        if manner == "for_changes" and view.level >= 2:
            draft.say("identity.one_more")
            manner = ""
        draft.ask(kind, f"ask.{kind}_{manner}" if manner else f"ask.{kind}")

    async def _fresh(self, draft: Draft, view: View) -> bool:
        """The order in use, as it is now."""
        try:
            fresh = await self.tools.order(view.number, draft.state.identity)
        except LookupFailed as error:
            self._down(draft, error)
            return False
        if fresh is None:
            self._unknown(draft, view.number, confirmed=True)
            return False
        if fresh.details is not None and view.details is not None:
            self._keep(draft, fresh, view)
        else:
            draft.set(view=fresh)
        return True

    async def refresh(self, draft: Draft) -> None:
        """After a change: the order as it is now, with what was looked up beside it, if it can be had."""
        view, identity = draft.state.view, draft.state.identity
        if view is None:
            return
        try:
            fresh = await self.tools.order(view.number, identity)
            if fresh is not None and view.details is not None and view.details.subscriptions:
                fresh = await self.tools.with_subscriptions(fresh, identity)
            if fresh is not None and view.details is not None and view.details.appointment:
                fresh = await self.tools.with_appointment(fresh, identity)
        except (LookupFailed, LevelNeeded):
            return
        draft.set(view=fresh or view)

    @staticmethod
    def _keep(draft: Draft, fresh: View, old: View) -> None:
        """Subscriptions and appointments are looked up by their own steps; they stay till then."""
        if fresh.details is None or old.details is None:
            return
        details = fresh.details.with_more(old.details)
        draft.set(view=fresh.with_details(details))

    async def _calling(self, draft: Draft) -> View | None:
        try:
            return await self.tools.of_caller(draft.state.identity, draft.state.intent in AFTER_DELIVERY)
        except LookupFailed:
            return None

    async def called(self, draft: Draft) -> None:
        """On a call that the agent places: the newest order of the number that was called, if it is known."""
        try:
            draft.set(view=await self.tools.newest_of_caller(draft.state.identity))
        except LookupFailed:
            return

    # --- order numbers ---

    async def spoken_number(
        self, draft: Draft, candidates: tuple[Candidate, ...], text: str, hearing: float, others: tuple[str, ...]
    ) -> bool:
        """A number was said: looked up at once when sure, read back when not, spelled where letters sound alike.

        ``text``: the caller's words; ``hearing``: the recogniser's confidence; ``others``: numbers from its
        alternatives.
        """
        best = candidates[0]
        rest = tuple(dict.fromkeys((*(item.value for item in candidates[1:]), *others)))
        draft.numbers += [best.value, *rest]
        draft.set(partial="")
        alike = hearing < SURE_LETTERS and any(best.value[place].isalpha() for place in doubtful(text, best.value))
        if best.confidence >= SURE_READING and hearing >= SURE_HEARING and not alike:
            return await self.look_up(draft, best.value, rest)
        value = await self._only_real(best.value, rest) if rest else best.value
        draft.wonder("number", "confirm.order_number", value, number=read_back(value))
        return False

    async def _only_real(self, best: str, rest: tuple[str, ...]) -> str:
        """The one of several readings that is an order, or the likeliest."""
        try:
            real = [value for value in (best, *rest[:3]) if await self.tools.exists(value)]
        except LookupFailed:
            return best
        return real[0] if len(real) == 1 else best

    async def look_up(self, draft: Draft, number: str, others: tuple[str, ...] = (), confirmed: bool = False) -> bool:
        """Find the order, with details given before it, or say honestly what is in the way."""
        number = plain_number(number)
        draft.numbers.append(number)
        identity = draft.state.identity.given(number)
        try:
            view = await self.tools.order(number, identity)
            if view is None and not confirmed:
                for other in (*others[:3], *await self._near(number, others, identity)):
                    if await self.tools.exists(other):
                        draft.set(order=number)
                        draft.numbers.append(other)
                        draft.wonder("number", "confirm.order_number_other", other, number=read_back(other))
                        return False
        except LookupFailed as error:
            draft.set(order=number, identity=identity, view=None)
            self._down(draft, error)
            return False
        if view is None and await self._is_zip(draft, number):
            return await self.details_given(draft, (("zip", number),))
        if view is None:
            self._unknown(draft, number, confirmed)
            return False
        asked = tuple(dict.fromkeys((*draft.state.orders_asked, number)))
        if len(asked) > MAX_ORDERS:
            draft.give_up("too_many_orders", "person.transfer_stuck")
            return False
        draft.set(order=number, identity=identity, orders_asked=asked, misses=0, unclear=0, view=view)
        draft.set(declined=draft.state.declined if number in draft.state.orders_asked[:-1] else ())
        draft.set(question="", number="", asked="open")
        if draft.state.waiting:
            waiting = draft.state.waiting
            draft.set(waiting=())
            return await self.details_given(draft, waiting)
        return True

    async def _is_zip(self, draft: Draft, number: str) -> bool:
        """Whether a number that is no order is the ZIP code of the order in use: said before it was asked for.

        Tries that are no ZIP code either count as unknown numbers, which end in a person.
        """
        identity, view = draft.state.identity, draft.state.view
        if view is None or not identity.order or len(number) != 5 or not number.isdigit():
            return False
        try:
            checked = await self.tools.check(identity.order, identity, "zip", number)
        except LookupFailed:
            return False
        return checked is not None and checked.matched

    async def _near(self, number: str, others: tuple[str, ...], identity: Identity) -> tuple[str, ...]:
        """Of the orders of the calling number, the one that sounds most like what was heard."""
        known = [view.number for view in await self.tools.calling(identity)]
        ranked = nearest([number, *others], known) if known else []
        return tuple(value for value, score in ranked[:1] if value in known and score >= NEAR)

    def _unknown(self, draft: Draft, number: str, confirmed: bool) -> None:
        unknown = tuple(dict.fromkeys((*draft.state.unknown_numbers, number)))
        draft.set(order=number, view=None, unknown_numbers=unknown)
        if len(unknown) >= MAX_UNKNOWN:
            draft.give_up("order_not_found", "person.transfer_stuck")
        elif confirmed:
            draft.ask("order_number", "not_found.order")
        else:
            draft.wonder("number_not_found", "confirm.order_number_not_found", number, number=read_back(number))

    def missed_number(self, draft: Draft) -> None:
        """No order number could be made out: slower, then by keypad or another detail, then a person."""
        shape = order_format(draft.shop.order_number)
        misses = draft.state.misses + 1
        draft.set(misses=misses, partial="")
        if misses >= MAX_MISSES or (misses == MAX_MISSES - 1 and shape.has_letters):
            draft.give_up("number_not_understood", "person.transfer_stuck")
        elif misses == 1:
            slowly = "ask.order_number_slowly_letters" if shape.speaks_letters else "ask.order_number_slowly"
            draft.ask("order_number", slowly)
        elif misses == 2 and not shape.has_letters:
            draft.ask("order_number", "ask.order_number_keypad")
        else:
            draft.ask("phone", "ask.other_identifier")

    # --- identity details ---

    async def without_number(self, draft: Draft) -> None:
        """The caller has no order number: their e-mail address or phone number finds it, else a person."""
        if draft.state.asked in ("order_number", "open") and not draft.state.identity.found_by:
            view = draft.state.view
            if view is not None and not view.number_given:
                # The number that is calling has found the order; it is no detail that the caller gave.
                draft.set(identity=draft.state.identity.found(view.number, "phone", ""), order=view.number)
                draft.ask("zip", "ask.zip_instead")
                return
            draft.ask("phone", "ask.without_number")
        else:
            draft.wonder("person", "ask.order_number_where")

    async def find_by(self, draft: Draft, details: tuple[tuple[Detail, str], ...]) -> bool:
        """Without a number: an order by the customer's e-mail address or phone number. False: it asks on.

        That opens nothing by itself: another detail must match before even status words are said.
        """
        unknown = True
        for kind, value in details:
            try:
                numbers = await self.tools.numbers_of(kind, value)
            except LookupFailed as error:
                self._down(draft, error)
                return False
            unknown = unknown and not numbers
            if len(numbers) != 1:
                continue
            rest = tuple(item for item in details if item[0] != kind)
            draft.set(identity=draft.state.identity.found(numbers[0], kind, value), order=numbers[0], waiting=())
            if rest:
                return await self.details_given(draft, rest)
            draft.ask("zip", "ask.zip_to_find")
            return False
        draft.set(waiting=merged(draft.state.waiting, details))
        draft.ask("order_number", "not_found.contact" if unknown else "ask.order_number_first")
        return False

    async def details_given(self, draft: Draft, details: tuple[tuple[Detail, str], ...]) -> bool:
        """Compare identity details with the order in use."""
        number = draft.state.identity.order
        if not number and (found := await self._found_after_all(draft, details)):
            rest = tuple((kind, value) for kind, value in details if value != found)
            draft.set(waiting=merged(draft.state.waiting, rest))
            return await self.look_up(draft, found)
        if not number:
            by_contact = any(kind in ("phone", "email") for kind, _ in details)
            instead = draft.state.asked in ("order_number", "phone", "email")
            finds = instead or draft.numberless or draft.state.misses > 0 or draft.state.question == "person"
            if finds and by_contact and draft.state.view is None:
                return await self.find_by(draft, details)
            draft.set(waiting=merged(draft.state.waiting, details))
            by_phone = draft.state.view is not None
            draft.ask("order_number", _FOR_DETAILS if by_phone else "ask.order_number_first")
            return False
        if draft.state.identity.found_by and any(value == number for _, value in details):
            # Asked for a ZIP code, the caller has found the order number instead.
            draft.set(identity=draft.state.identity.given(number))
            details = tuple((kind, value) for kind, value in details if value != number)
            if not details:
                return await self.look_up(draft, number, confirmed=True)
        view: View | None = None
        for kind, value in details:
            try:
                checked = await self.tools.check(number, draft.state.identity, kind, value)
            except LookupFailed as error:
                self._down(draft, error)
                return False
            if checked is None:
                draft.set(identity=draft.state.identity.forgotten())
                draft.ask("order_number", "not_found.order")
                return False
            if not checked.matched and await self._is_other(draft, kind, value):
                continue
            view = checked.view or view
            draft.mismatch = draft.mismatch or not checked.matched
            draft.set(identity=checked.identity, mismatched=None if checked.matched else kind)
            outcome: Literal["verified", "refused", "failed"] = (
                "verified" if checked.matched else "refused" if checked.was_locked else "failed"
            )
            level = checked.view.level if checked.view else 0
            draft.audit.append(Disclosure(outcome, number, (kind,), level))
        if draft.state.identity.locked:
            draft.set(view=view)
            draft.give_up("identity_not_confirmed", "identity.locked")
            return False
        if draft.mismatch:
            draft.say("identity.wrong")
        if view is None:
            draft.ask("zip", "ask.zip_again")
            return False
        before = draft.state.view
        draft.set(view=view, question="", number="", asked="open")
        if before is not None and before.number == view.number:
            self._keep(draft, view, before)
        return True

    async def _is_other(self, draft: Draft, kind: Detail, value: str) -> bool:
        """Whether what is no ZIP code of the order is another order, once a call: '10442 and 10467'."""
        if kind != "zip" or draft.state.other or not order_format(draft.shop.order_number).fits(value):
            return False
        try:
            other = await self.tools.exists(value)
        except LookupFailed:
            return False
        if other:
            draft.set(other=value)
            draft.audit.append(Disclosure("failed", draft.state.identity.order, (kind,), 0))
        return other

    async def _found_after_all(self, draft: Draft, details: tuple[tuple[Detail, str], ...]) -> str:
        """Digits like a ZIP code, given for a phone number or an e-mail address, that are an order; or ''."""
        if draft.state.view is not None or draft.state.asked not in ("phone", "email"):
            return ""
        code = dict(details).get("zip", "")
        if not code or not order_format(draft.shop.order_number).fits(code):
            return ""
        try:
            return code if await self.tools.exists(code) else ""
        except LookupFailed:
            return ""

    @staticmethod
    def _down(draft: Draft, error: LookupFailed) -> None:
        draft.wonder("person", "store.ambiguous" if isinstance(error, Ambiguous) else "store.down")


AFTER_DELIVERY = frozenset(
    {"return_status", "refund_status", "start_return_exchange", "complaint_missing_damaged", "follow_up"}
)
"""Call types that are mostly about orders which have arrived."""

_FOR_DETAILS = "ask.order_number_for_details"


def read_back(value: str) -> str:
    """A number for confirming: digits in groups; letters that sound alike with a word each."""
    return spell_back(value) if any(char.isalpha() for char in value) else ear.code(value)


def merged(old: tuple[tuple[Detail, str], ...], new: tuple[tuple[Detail, str], ...]) -> tuple[tuple[Detail, str], ...]:
    """Details with newer ones in place of older ones of their kind."""
    return tuple({**dict(old), **dict(new)}.items())
