"""Recognition engines, one file each. A new one is a file here and a line in ``create``."""

from __future__ import annotations

from asterisk_agent.settings import Speech
from asterisk_agent.speech.protocols import Recognizer
from asterisk_agent.speech.workers import Workers


def create(settings: Speech, workers: Workers) -> Recognizer:
    """The configured engine, not yet loaded."""
    match settings.recognizer:
        case "whisper":
            from asterisk_agent.speech.recognizers.whisper import WhisperRecognizer

            return WhisperRecognizer(settings.whisper, workers)
        case "vosk":
            from asterisk_agent.speech.recognizers.vosk import VoskRecognizer

            return VoskRecognizer(settings.vosk, workers)
