"""The phrases by which intents and dialogue acts are known, read from the language's file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Cues:
    """Compiled expressions, to be searched in lower-case text without punctuation."""

    intents: dict[str, re.Pattern[str]]
    acts: dict[str, re.Pattern[str]]
    facets: dict[str, re.Pattern[str]]
    misheard: dict[str, str]
    """Common short phrases with their labels, for likeness when a recogniser got a sound wrong."""
    feelings: tuple[tuple[float, re.Pattern[str]], ...]
    """Words and phrases by the mood they show, -1…1."""


@cache
def cues(language: str = "en_US") -> Cues:
    """The shipped cues of a language."""
    file = resources.files("asterisk_agent.dialog").joinpath("texts", f"cues_{language}.toml")
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    words: dict[str, str] = data["words"]

    def compiled(section: str) -> dict[str, re.Pattern[str]]:
        return {
            name: re.compile("|".join(_filled(line, words) for line in lines)) for name, lines in section_of(section)
        }

    def section_of(section: str) -> list[tuple[str, list[str]]]:
        return list(data[section].items())

    misheard = {phrase: label for label, phrases in section_of("misheard") for phrase in phrases}
    feelings = tuple(
        (float(group["weight"]), re.compile(rf"\b(?:{'|'.join(group['words'])})\b")) for group in data["feelings"]
    )
    return Cues(compiled("intents"), compiled("acts"), compiled("facets"), misheard, feelings)


def _filled(line: str, words: dict[str, str]) -> str:
    for name, expression in words.items():
        line = line.replace(f"<{name}>", expression)
    return line
