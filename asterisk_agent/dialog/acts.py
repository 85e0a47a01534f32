"""Acts of the dialogue itself: repeat, wait, goodbye, thanks, a greeting, yes and no to nothing in particular."""

from __future__ import annotations

from dataclasses import dataclass

from asterisk_agent.dialog.capture import DETAIL_SLOTS
from asterisk_agent.dialog.draft import Draft
from asterisk_agent.dialog.flows.engine import Engine
from asterisk_agent.dialog.reprompts import Reprompts
from asterisk_agent.dialog.said import touches
from asterisk_agent.dialog.understanding import Understood


@dataclass(frozen=True)
class Acts:
    """Serves what is about the talk, not about an order."""

    engine: Engine
    reprompts: Reprompts

    async def served(self, draft: Draft, text: str, meant: Understood) -> bool:
        """Acts of the dialogue itself. False: none."""
        labels = meant.labels
        asked = draft.state.asked
        if "repeat" in labels:
            self.reprompts.repeat(draft)
        elif "wait" in labels:
            draft.say("act.wait")
        elif "goodbye" in labels:
            draft.hang_up("caller_done", "act.goodbye")
        elif touches(text, "asks_who_calls"):
            draft.say("act.who", shop=draft.shop.name)
            self.reprompts.ask_again(draft)
        elif meant.asks_what_we_are:
            draft.say("act.automated")
            draft.wonder("person", "ask.person")
        elif asked in ("order_number", *DETAIL_SLOTS) and touches(text, "asks_why_identity"):
            draft.say("identity.why")
            self.reprompts.ask_again(draft)
        elif touches(text, "asks_language"):
            draft.say("act.language")
            draft.wonder("person", "ask.person")
        elif touches(text, "asks_help"):
            draft.say("act.help")
            self.reprompts.ask_again(draft)
        elif "deny" in labels and asked in DETAIL_SLOTS:
            await self.engine.declined(draft)
        elif "deny" in labels and asked == "order_number" and touches(text, "takes_back"):
            draft.set(frame=None)
            draft.wonder("anything_else", "act.acknowledged")
        elif "deny" in labels and asked == "order_number":
            draft.wonder("person", "ask.person")
        elif "affirm" in labels and asked in DETAIL_SLOTS:
            draft.ask(asked, f"ask.{asked}")
        elif "affirm" in labels and asked == "order_number":
            draft.ask("order_number", "ask.order_number")
        elif meant.thanks:
            draft.wonder("anything_else", "act.welcome")
        elif "greeting" in labels and asked == "open" and not draft.state.question:
            draft.ask("open", "act.greeting")
        elif "greeting" in labels:
            draft.say("act.here")
            self.reprompts.ask_again(draft)
        elif touches(text, "introduces") and asked == "open" and not draft.state.question:
            draft.ask("open", "act.greeting")
        elif "affirm" in labels and asked == "open" and draft.state.view is not None:
            draft.wonder("anything_else", "act.acknowledged")
        elif "affirm" in labels and asked == "open":
            draft.ask("order_number", "ask.order_number_first")
        elif "deny" in labels and asked == "open" and (touches(text, "politely") or touches(text, "takes_back")):
            draft.wonder("anything_else", "act.acknowledged")
        elif "deny" in labels and asked == "open":
            draft.wonder("person", "ask.person")
        else:
            return False
        return True
