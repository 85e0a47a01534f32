"""The catalogue of texts: keys to sentences, one file a language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from asterisk_agent.settings import Shop

_END = re.compile(r"(?<=[.?!])\s+")
_FIELD = re.compile(r"\{([a-z_][a-z_0-9.]*)\}")


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
        given = fields or {}
        spoken: list[str] = []
        for sentence in variants[variant % len(variants)]:
            missing = [name for name in _FIELD.findall(sentence) if name not in given]
            if missing:
                raise TextsError(f"the text {key!r} in texts/{self.language}.toml names {missing[0]!r}, not given")
            spoken.append(_FIELD.sub(lambda found: given[found.group(1)], sentence))
        return tuple(spoken)

    def tell(self, key: str, words: Callable[[str], str | None], variant: int = 0) -> tuple[str, ...]:
        """The sentences of a variant with facts filled in; one that names a fact which is not known is left out.

        Raises TextsError when there is no such text.
        """
        variants = self.texts.get(key)
        if variants is None:
            raise TextsError(f"texts/{self.language}.toml has no text {key!r}; add it there")
        told: list[str] = []
        for sentence in variants[variant % len(variants)]:
            values = {name: words(name) for name in _FIELD.findall(sentence)}
            if None not in values.values():
                told.append(_FIELD.sub(lambda found, known=values: str(known[found.group(1)]), sentence))  # type: ignore[misc]
        return tuple(told)

    def joined(self, more: Mapping[str, tuple[str, ...]]) -> Catalogue:
        """This catalogue with further texts (key to variants), which go before its own."""
        cut = {key: tuple(tuple(_END.split(variant)) for variant in variants) for key, variants in more.items()}
        return Catalogue(self.language, {**self.texts, **cut}) if more else self

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the fixed parts, as written; grounding takes these as said by the shop itself."""
        return frozenset(
            word
            for variants in self.texts.values()
            for sentences in variants
            for sentence in sentences
            for word in re.findall(r"[A-Za-z][A-Za-z'-]*", _FIELD.sub(" ", sentence))
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


def fields_of(texts: Catalogue, key: str) -> frozenset[str]:
    """The names that the text's variants have in braces."""
    return frozenset(name for lines in texts.texts[key] for line in lines for name in _FIELD.findall(line))


def fixed_phrases(shop: Shop, catalogue_: Catalogue | None = None) -> tuple[str, ...]:
    """All sentences whose words are known before a call, the greeting first: for rendering ahead."""
    found: dict[str, None] = {}
    texts = (catalogue_ or catalogue()).texts
    for key in sorted(texts, key=lambda name: not name.startswith("greeting.")):
        if key.startswith("which."):
            continue
        for variant in texts[key]:
            for sentence in variant:
                if set(_FIELD.findall(sentence)) <= {"shop"}:
                    found[sentence.replace("{shop}", shop.name)] = None
    return tuple(found)
