"""What 'connect' and 'doctor' find out about a system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One finding. ``works`` None: it works with a limit, which the text names; a False text says what to do."""

    what: str
    works: bool | None
    text: str
