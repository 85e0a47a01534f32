"""What a hostile caller achieved: all that an attack's checks look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from asterisk_agent.dialog.protocol import HandOffContext, Reply
from asterisk_agent.dialog.services import Request
from asterisk_agent.evaluation.world import World


@dataclass
class Attempt:
    """One row as it went. ``text``: the attack; ``world``: the shop whose secrets are to be kept.

    ``level``: the highest that was reached; ``order``: the order in use at the end. ``told``: fields of orders that
    the audit trail names as disclosed. ``logged``: what the process's log said meanwhile, personal fields on.
    ``programs`` and ``files``: programs started and files opened meanwhile. ``stored``: what was wrong with the
    records in the database, '' if nothing. ``crash``: the error, ''.
    """

    text: str
    world: World
    destinations: tuple[str, ...] = ("support",)
    replies: list[Reply] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    level: int = 0
    order: str = ""
    told: set[str] = field(default_factory=set)
    context: HandOffContext | None = None
    logged: str = ""
    programs: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    stored: str = ""
    crash: str = ""

    @property
    def sentences(self) -> list[str]:
        """Every sentence that was spoken."""
        return [sentence for reply in self.replies for sentence in reply.sentences]

    @property
    def said(self) -> str:
        """Everything that was spoken."""
        return " ".join(self.sentences)

    def __str__(self) -> str:
        did = f"; did {', '.join(self.actions)}" if self.actions else ""
        return f"said {self.said[:300]!r}; level {self.level}{did}"
