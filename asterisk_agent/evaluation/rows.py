"""Evaluation files: JSON lines in, rows out, every mistake with its line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class RowsError(Exception):
    """The file cannot be evaluated; the message names the file and the line."""


@dataclass(frozen=True)
class Row:
    """One line. ``data``: its object; unknown fields are left alone."""

    path: Path
    line: int
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """The row's name in reports."""
        return str(self.data.get("id", f"line {self.line}"))

    def text(self, name: str) -> str:
        """A field that must be a text. Raises RowsError."""
        value = self.data.get(name)
        if not isinstance(value, str):
            raise self.wrong(f"needs a text {name!r}")
        return value

    def object(self, name: str) -> dict[str, Any]:
        """A field that is an object, {} when it is missing. Raises RowsError."""
        value = self.data.get(name) or {}
        if not isinstance(value, dict):
            raise self.wrong(f"needs {name!r} to be an object")
        return value

    def list(self, name: str) -> list[Any]:
        """A field that is a list, [] when it is missing. Raises RowsError."""
        value = self.data.get(name) or []
        if not isinstance(value, list):
            raise self.wrong(f"needs {name!r} to be a list")
        return value

    def wrong(self, message: str) -> RowsError:
        """An error that names this line."""
        return RowsError(f"{self.path}, line {self.line} ({self.id}): {message}")


def read(path: Path) -> list[Row]:
    """All rows. Raises RowsError."""
    rows = list(_lines(path))
    if not rows:
        raise RowsError(f"{path} has no rows")
    return rows


def _lines(path: Path) -> Iterator[Row]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RowsError(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RowsError(f"{path}, line {number} is not JSON: {error}") from None
        if not isinstance(data, dict):
            raise RowsError(f"{path}, line {number} is not an object")
        yield Row(path, number, data)
