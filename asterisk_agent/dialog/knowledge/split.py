"""Markdown pages cut into passages short enough to be spoken, each with the headings above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

MOST_WORDS = 45
"""Longest passage, about 18 s of speech."""
MAX_BYTES = 2_000_000

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"https?://\S+|www\.\S+")


class PageError(Exception):
    """A page cannot be used; the message names the file and why."""


@dataclass(frozen=True)
class Passage:
    """``text`` as it is spoken; ``headings`` from the page's title down; ``source`` 'shipping.md#Canada'; its line."""

    text: str
    headings: tuple[str, ...]
    source: str
    line: int

    @property
    def context(self) -> str:
        """The headings and the text, for finding it."""
        return ". ".join((*self.headings, self.text))


def pages(folder: Path) -> tuple[list[Passage], list[str]]:
    """The passages of all *.md files, and what is wrong with files that cannot be used."""
    found: list[Passage] = []
    problems: list[str] = []
    for path in sorted(folder.rglob("*.md")):
        try:
            found += passages(path.relative_to(folder).as_posix(), _read(path))
        except PageError as error:
            problems.append(str(error))
    return found, problems


def passages(name: str, markdown: str) -> list[Passage]:
    """The passages of one page, in order; the same words twice are kept once."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(_without_front_matter(markdown))
    headings: list[tuple[int, str]] = []
    found: dict[str, Passage] = {}
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            level = int(token.tag[1:])
            headings = [one for one in headings if one[0] < level]
            headings.append((level, _plain(tokens[place + 1])))
        elif token.type == "inline" and tokens[place - 1].type != "heading_open":
            names = tuple(text for _, text in headings)
            source = f"{name}#{names[-1]}" if names else name
            for text in _spoken(_plain(token)):
                found.setdefault(text, Passage(text, names, source, (token.map or [0])[0] + 1))
    return list(found.values())


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PageError(f"{path.name}: is larger than {MAX_BYTES // 1_000_000} MB; split it")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PageError(f"{path.name}: is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise PageError(f"{path.name}: cannot be read: {error.strerror}") from None


def _without_front_matter(markdown: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL)


def _plain(token: Token) -> str:
    """The words of a line of Markdown, without marks, tags and addresses of pages."""
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            continue
    text = _LINK.sub("our website", _TAG.sub(" ", unescape("".join(parts))))
    return re.sub(r"\s+", " ", "".join(char for char in text if char.isprintable())).strip()


def _spoken(text: str) -> Iterator[str]:
    """Whole sentences, as many as can be said at once."""
    chunk: list[str] = []
    for sentence in _SENTENCE.split(text):
        if not sentence.strip():
            continue
        if chunk and len(" ".join((*chunk, sentence)).split()) > MOST_WORDS:
            yield _ended(" ".join(chunk))
            chunk = []
        chunk.append(sentence.strip())
    if chunk:
        yield _ended(" ".join(chunk))


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
