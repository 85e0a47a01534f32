"""Whether a text can be what was said. Whisper writes fluent sentences over noise, and sometimes goes round in circles.

The limits are measured on telephone audio with Whisper base: 33 kinds of silence, noise, tones, clicks and coughs,
each with and without a prompt, had an average log probability below -1.78, but for echoes of the prompt (-0.7, at a
no-speech probability above 0.83); speech down to 5 dB over the noise had -1.6 or more where its text was right, and
never a no-speech probability above 0.6.
"""

from __future__ import annotations

import re
import zlib

SURE_NOTHING = -1.7
"""Average log probability of the tokens below which there was no speech."""

NO_SPEECH = 0.6
"""OpenAI's limit for the no-speech probability."""

DOUBTFUL = -0.5
"""With a no-speech probability above the limit, less than this is no speech."""

ECHO_NO_SPEECH = 0.4
"""The same for texts that stand in the prompt or are known inventions."""

_INVENTED = re.compile(
    r"(thank you|thanks)( very much| so much)?( for (watching|listening))?|bye( bye)?|you|oh|so|the|i|the end"
    r"|please subscribe.*|subtitles by.*|\W*(beep|music|applause|laughter|inaudible|silence)\W*",
    re.IGNORECASE,
)
FASTEST_DIGITS_PER_S = 7.0
"""Nobody says more digits in a second; hurried callers reach five. Whisper goes on and on after "zero zero zero"."""

SLOWEST_LETTERS_PER_S = 9.0
"""An echo of the prompt that is slower has swallowed something: callers, slow ones in noise too, say 9.1 to 20 letters
of such phrases in a second; echoes that stopped before the caller's number had 6.5 to 8.1 (measured)."""

_COMPRESSION = 2.4
"""Text that compresses better repeats itself (the limit of OpenAI's decoder)."""

_LOOP = re.compile(r"(\b([a-z]{2,})\W+(?!\2\b)[a-z]{2,}(?:\W+\w+){0,8}?\W*?)(?:\s+\1){3,}", re.IGNORECASE)
"""Four times the same two or more words in a row; single words and digits may repeat."""

_WORDS = re.compile(r"[a-z0-9']+")


def repeats(text: str) -> bool:
    """Whether the text goes round in circles."""
    data = text.encode()
    return (len(data) > 60 and len(data) / len(zlib.compress(data)) > _COMPRESSION) or _LOOP.search(text) is not None


def outruns(text: str, voiced_s: float) -> bool:
    """Whether ``text`` has more digits than a caller can say in ``voiced_s`` seconds of voice."""
    return len(re.findall(r"\d", text)) > FASTEST_DIGITS_PER_S * max(voiced_s, 1.0)


def swallows(text: str, prompt: str, voiced_s: float) -> bool:
    """Whether ``text`` is a piece of the prompt, and too short for ``voiced_s`` seconds of voice."""
    words = _WORDS.findall(text.lower())
    return len(words) > 1 and _echoes(text, prompt) and len("".join(words)) < SLOWEST_LETTERS_PER_S * voiced_s


def is_speech(text: str, log_probability: float, no_speech: float, prompt: str) -> bool:
    """Whether a recognised text is to be believed. ``log_probability`` is the average over its tokens."""
    if not _WORDS.search(text.lower()) or log_probability < SURE_NOTHING or repeats(text):
        return False
    if no_speech > NO_SPEECH and log_probability < DOUBTFUL:
        return False
    if no_speech > ECHO_NO_SPEECH:
        return not (_invented(text) or _echoes(text, prompt))
    return True


def _invented(text: str) -> bool:
    return _INVENTED.fullmatch(text.strip(" .!?…")) is not None


def _echoes(text: str, prompt: str) -> bool:
    return f" {_plain(text)} " in f" {_plain(prompt)} "


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))
