"""What a call tells the records, as plain values that survive a spool file.

A field that is added later needs a default, as lines of earlier versions are read too.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class CallStarted:
    """A call was taken."""

    id: str
    started_at: datetime
    caller_number: str
    channel: str
    process: str


@dataclass(frozen=True)
class CallEnded:
    """The agent's part of a call is over."""

    id: str
    ended_at: datetime
    intent: str
    order_number: str
    level: int
    outcome: str
    sentiment: float | None = None


@dataclass(frozen=True)
class Turn:
    """One exchange; see ``tables.TurnRow``."""

    call_id: str
    number: int
    at_ms: int
    kind: str
    said: str
    reply: str
    heard: str | None = None
    intent: str | None = None
    recognition_ms: float | None = None
    endpoint_ms: float | None = None
    understanding_ms: float | None = None
    lookup_ms: float | None = None
    synthesis_ms: float | None = None
    transport_ms: float | None = None
    response_ms: float | None = None
    sentiment: float | None = None


@dataclass(frozen=True)
class Audit:
    """One disclosure or identity attempt."""

    id: str
    call_id: str
    at: datetime
    kind: str
    order_number: str
    fields: tuple[str, ...]
    level: int


@dataclass(frozen=True)
class Transferred:
    """One hand-off to people."""

    id: str
    call_id: str
    at: datetime
    destination: str
    reason: str


@dataclass(frozen=True)
class Requested:
    """Something that people are to do for a caller; see ``tables.RequestRow``. ``due`` None: as soon as possible."""

    id: str
    call_id: str
    at: datetime
    kind: str
    order_number: str
    intent: str
    summary: str
    words: str
    phone: str
    destination: str
    due: datetime | None = None


@dataclass(frozen=True)
class ProcessDied:
    """Process ``process`` is gone without a goodbye: its calls without an end are lost."""

    process: str


Record = CallStarted | CallEnded | Turn | Audit | Transferred | Requested | ProcessDied

_KINDS: dict[str, type[Record]] = {
    kind.__name__: kind for kind in (CallStarted, CallEnded, Turn, Audit, Transferred, Requested, ProcessDied)
}
_TIMES = ("started_at", "ended_at", "at", "due")


class DamagedRecord(ValueError):
    """A line of the spool is not a record."""


def to_line(record: Record) -> str:
    """A record as one line of JSON."""
    fields = dataclasses.asdict(record)
    for name in _TIMES:
        if fields.get(name) is not None:
            fields[name] = fields[name].isoformat()
    return json.dumps({"record": type(record).__name__, **fields}, default=str) + "\n"


def from_line(line: str) -> Record:
    """The record of a line. Raises DamagedRecord."""
    try:
        fields: dict[str, Any] = json.loads(line)
        kind = _KINDS[fields.pop("record")]
        for name in _TIMES:
            if fields.get(name) is not None:
                fields[name] = datetime.fromisoformat(fields[name])
        if "fields" in fields:
            fields["fields"] = tuple(fields["fields"])
        return kind(**fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedRecord(str(error)) from None
