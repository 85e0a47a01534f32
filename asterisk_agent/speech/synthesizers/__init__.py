"""Synthesis engines, one file each. A new one is a file here and a line in ``create``."""

from __future__ import annotations

from asterisk_agent.settings import Speech
from asterisk_agent.speech.protocols import Synthesizer
from asterisk_agent.speech.workers import Workers


def create(settings: Speech, workers: Workers) -> Synthesizer:
    """The configured engine, not yet loaded."""
    match settings.synthesizer:
        case "hibari":
            from asterisk_agent.speech.synthesizers.hibari import HibariSynthesizer

            return HibariSynthesizer(settings.hibari, workers)
