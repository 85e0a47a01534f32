"""The examples from which intents are learnt: one text file a label, and the shop's own beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from asterisk_agent.dialog.intents.features import core


@dataclass(frozen=True)
class Examples:
    """Texts with their labels, without doubles; a text's last label wins, so a shop can overrule what is shipped."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Changes with any text or label."""
        rows = "\n".join(f"{label}\t{text}" for text, label in zip(self.texts, self.labels, strict=True))
        return hashlib.sha256(rows.encode()).hexdigest()[:16]


@cache
def shipped(language: str = "en_US") -> Examples:
    """The examples of ``examples/<language>/``: one text a line; lines that start with '#' say what the label means."""
    folder = resources.files("asterisk_agent.dialog.intents").joinpath("examples", language)
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    rows = {
        file.name.removesuffix(".txt"): [
            line for line in file.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")
        ]
        for file in files
    }
    return collected(rows)


def collected(rows: Mapping[str, Sequence[str]], beside: Examples | None = None) -> Examples:
    """``rows`` (label to texts), cleaned, after those of ``beside``."""
    found = dict(zip(beside.texts, beside.labels, strict=True)) if beside else {}
    for label, texts in rows.items():
        for text in texts:
            cleaned = core(text)
            if cleaned:
                found[cleaned] = label
    return Examples(tuple(found), tuple(found.values()))
