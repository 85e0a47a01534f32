"""What an evaluation comes to: figures by name, and what failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Failure:
    """One row that went wrong, and how."""

    id: str
    what: str


@dataclass(frozen=True)
class Report:
    """``figures``: the keys of the JSON. ``tables``: title, heads and lines for people."""

    figures: dict[str, Any]
    failures: tuple[Failure, ...] = ()
    tables: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = field(default=())

    def as_json(self, most: int | None = None) -> dict[str, Any]:
        """Everything as plain values; ``most``: so many failures."""
        shown = self.failures if most is None else self.failures[:most]
        return {**self.figures, "failures": [{"id": one.id, "what": one.what} for one in shown]}


def share(part: int, whole: int) -> float:
    """Rounded to four places; 0 of nothing is 0."""
    return round(part / whole, 4) if whole else 0.0
