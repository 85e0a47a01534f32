"""The catalogue of texts: keys to sentences, one file a language."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from asterisk_agent.settings import Shop

_END = re.compile(r"(?<=[.?!])\s+")


class TextsError(Exception):
    """A catalogue has no such key, or a text names a field that it is not given."""


@dataclass(frozen=True)
class Catalogue:
    """Texts of one language. A key is 'section.name'."""

    language: str
    texts: dict[str, tuple[tuple[str, ...], ...]]
    """Key to variants, each already cut into sentences; cutting comes before filling, since fields hold full stops."""

    def has(self, key: str) -> bool:
        """Whether there is a text under this key."""
        return key in self.texts

    def say(self, key: str, fields: Mapping[str, str] | None = None, variant: int = 0) -> tuple[str, ...]:
        """The sentences of variant ``variant`` (they rotate), fields filled. Raises TextsError."""
        variants = self.texts.get(key)
        if variants is None:
            raise TextsError(f"texts/{self.language}.toml has no text {key!r}; add it there")
        try:
            return tuple(sentence.format_map(fields or {}) for sentence in variants[variant % len(variants)])
        except KeyError as missing:
            raise TextsError(f"the text {key!r} in texts/{self.language}.toml names {missing}, not given") from None

    @property
    def words(self) -> frozenset[str]:
        """Every word of the fixed parts, as written; grounding takes these as said by the shop itself."""
        return frozenset(
            word
            for variants in self.texts.values()
            for sentences in variants
            for sentence in sentences
            for word in re.findall(r"[A-Za-z][A-Za-z'-]*", re.sub(r"\{\w+\}", " ", sentence))
        )


@cache
def catalogue(language: str = "en_US") -> Catalogue:
    """The shipped catalogue of a language. Raises TextsError when there is none."""
    file = resources.files("asterisk_agent.dialog").joinpath("texts", f"{language}.toml")
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TextsError(f"there is no catalogue texts/{language}.toml") from None
    except tomllib.TOMLDecodeError as error:
        raise TextsError(f"texts/{language}.toml is not valid TOML: {error}") from None
    texts = {
        f"{section}.{name}": tuple(tuple(_END.split(variant)) for variant in variants)
        for section, entries in data.items()
        for name, variants in entries.items()
    }
    return Catalogue(language, texts)


def fixed_phrases(shop: Shop, language: str = "en_US") -> tuple[str, ...]:
    """All sentences whose words are known before a call, the greeting first: for rendering ahead."""
    found: dict[str, None] = {}
    texts = catalogue(language).texts
    for key in sorted(texts, key=lambda name: not name.startswith("greeting.")):
        if key.startswith("which."):
            continue
        for variant in texts[key]:
            for sentence in variant:
                fields = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
                if fields <= {"shop"}:
                    found[sentence.format_map({"shop": shop.name})] = None
    return tuple(found)
