"""The hand-off to people: what the human agent is told, and the way there.

The variables are part of the product's public face; their names are fixed here, never taken from anywhere else
(a name that ends in ')' would be a function write).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import structlog

from asterisk_agent.pbx.ami import AmiClient, AmiError
from asterisk_agent.pbx.ari import AriClient
from asterisk_agent.settings import HandOff

log = structlog.get_logger(__name__)

VARIABLES: Mapping[str, tuple[str, int]] = {
    "call_id": ("AGENT_CALL_ID", 64),
    "intent": ("AGENT_INTENT", 40),
    "order": ("AGENT_ORDER", 40),
    "verified": ("AGENT_VERIFIED", 1),
    "sentiment": ("AGENT_SENTIMENT", 20),
    "summary": ("AGENT_SUMMARY", 240),
    "reason": ("AGENT_REASON", 80),
    "next": ("AGENT_NEXT", 80),
}
"""Field of the hand-off context -> channel variable and its greatest length."""

INHERITED = "__"
"""Prefix with which a variable reaches the member's leg, Local channels between included."""

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9 _.#-]+")


def clean(value: object, limit: int) -> str:
    """A value that no dialplan expression can trip over: letters, digits, space and ``_.#-``, at most ``limit``."""
    return " ".join(_NOT_ALLOWED.sub(" ", str(value)).split())[:limit].strip()


def variables(context: Mapping[str, object]) -> dict[str, str]:
    """The channel variables for a hand-off context; every one is set, if only to nothing."""
    return {INHERITED + name: clean(context.get(field, ""), limit) for field, (name, limit) in VARIABLES.items()}


class HandOffRoute:
    """Sends channels of our application to people."""

    def __init__(self, ari: AriClient, ami: AmiClient, settings: HandOff) -> None:
        self._ari = ari
        self._ami = ami
        self._settings = settings

    async def send(self, channel_id: str, channel_name: str, destination: str, context: Mapping[str, object]) -> None:
        """Set the variables and let the channel go on in the hand-off context.

        An unknown destination becomes the default one. AMI that fails costs the variables, never the call.
        Raises AriError and AriUnreachable.
        """
        if destination not in self._settings.destinations:
            log.error("a destination is not on the administrator's list", destination=destination)
            destination = self._settings.default
        try:
            await self._ami.set_variables(channel_name, variables(context))
        except AmiError as error:
            log.error("the hand-off goes without its variables", channel=channel_name, error=str(error))
        await self._ari.continue_in_dialplan(channel_id, self._settings.context, destination)
        log.info("handed to people", channel=channel_name, destination=destination)
