"""The open question once more: after silence, noise, or something that was said beside it."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.dialog.capture import read_back
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.engine import Engine


@dataclass(frozen=True)
class Reprompts:
    """Puts what is open again; the third silence or noise in a row ends in a person."""

    engine: Engine

    def silent(self, draft: Draft, count: int) -> None:
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
            self.ask_again(draft)

    def noise(self, draft: Draft) -> None:
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
            self.ask_again(draft)

    def ask_again(self, draft: Draft) -> None:
        """The open question once more, in its plain form."""
        state = draft.state
        if state.question in ("number", "number_not_found"):
            draft.numbers.append(state.number)
            draft.wonder("number", "confirm.order_number_other", state.number, number=read_back(state.number))
        elif state.question == "person":
            draft.say("ask.person")
        elif state.question == "this_order":
            self.repeat(draft)
        elif state.question == "anything_else":
            draft.say("ask.anything_else")
        elif not self.engine.ask_again(draft):
            draft.say(f"ask.{state.asked}" if state.asked != "yes_no" else "ask.open")

    def repeat(self, draft: Draft) -> None:
        last = draft.state.answer or draft.state.last
        if last is None or not last.sentences:
            draft.say("act.nothing_to_repeat")
            return
        draft.repeat(last)
