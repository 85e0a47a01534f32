"""Caller turns as files write them: words, or an event in brackets."""

from __future__ import annotations

import re

from asterisk_agent.dialog.protocol import CallerEvent, Keyed, Noise, Said, Silent

_SILENCE = re.compile(r"\[\s*silence\b[^\]]*\]", re.IGNORECASE)
_NOISE = re.compile(r"\[\s*noise\b[^\]]*\]", re.IGNORECASE)
_KEYS = re.compile(r"\[\s*dtmf\s*:\s*(?P<keys>[^\]]*?)#?\s*\]", re.IGNORECASE)


class Events:
    """Turns a row's turns into events; silences are counted as long as nothing comes between them."""

    def __init__(self) -> None:
        self._silences = 0

    def of(self, text: str) -> CallerEvent:
        """The event: '[silence 8s]', '[noise]', '[dtmf:10442#]', else words."""
        text = text.strip()
        if _SILENCE.fullmatch(text):
            self._silences += 1
            return Silent(self._silences)
        self._silences = 0
        if _NOISE.fullmatch(text):
            return Noise()
        if keys := _KEYS.fullmatch(text):
            return Keyed(keys["keys"])
        return Said(text)
