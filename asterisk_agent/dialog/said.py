"""What a caller's words touch on: cues that flows decide by, as facts ``said.NAME``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources


@cache
def cues(language: str = "en_US") -> dict[str, re.Pattern[str]]:
    """Name of the cue to its expression, for lower-case text without punctuation."""
    file = resources.files("asterisk_agent.dialog").joinpath("texts", f"said_{language}.toml")
    data: dict[str, list[str]] = tomllib.loads(file.read_text(encoding="utf-8"))["said"]
    return {name: re.compile("|".join(lines)) for name, lines in data.items()}


def touches(text: str, name: str, language: str = "en_US") -> bool:
    """Whether the words hold the cue."""
    plain = _plain(text)
    return bool(plain) and bool(cues(language)[name].search(plain))


def after(text: str, name: str, language: str = "en_US") -> str:
    """What follows the cue that the text begins with; the text itself where it begins otherwise."""
    found = cues(language)[name].match(_plain(text))
    head = len(found.group().rstrip()) if found else 0
    words = text.split()
    taken = next((count for count in range(len(words) + 1) if len(_plain(" ".join(words[:count]))) >= head), 0)
    return " ".join(words[taken:]) if head else text


def without(text: str, name: str, language: str = "en_US") -> str:
    """The words without the cue, lower case and without punctuation; the text itself where it is not in them."""
    plain = _plain(text)
    return cues(language)[name].sub("", plain) if plain and cues(language)[name].search(plain) else text


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9' ]+", " ", text.lower().replace("’", "'")).split())
