"""The public names of what the agent does for a caller, and what it did in one turn."""

from __future__ import annotations

from collections.abc import Sequence

from asterisk_agent.commerce.applying import NAMES
from asterisk_agent.commerce.changes import Change
from asterisk_agent.dialog.protocol import Hangup, Reply, Transfer
from asterisk_agent.dialog.services import Request

CHANGES = NAMES
"""What changes a shop's or a carrier's records."""

ACTIONS = CHANGES | {"hangup", "schedule_callback", "send_text", "create_ticket", "open_claim", "record_feedback"}
"""Besides ``transfer:<destination>``."""

TRANSFER = "transfer:"

_PUBLIC = {"take_message": "create_ticket"}
"""Kinds of requests that go by another name: a message is a ticket with the caller's own words."""


def is_action(name: str) -> bool:
    """Whether files may name it."""
    return name in ACTIONS or (name.startswith(TRANSFER) and len(name) > len(TRANSFER))


def done(changes: Sequence[Change], requests: Sequence[Request], reply: Reply) -> list[str]:
    """The names of what was done in one turn."""
    names = [change.name for change in changes]
    names += [_PUBLIC.get(request.kind, request.kind) for request in requests]
    if isinstance(reply.action, Transfer):
        names.append(f"{TRANSFER}{reply.action.destination}")
    elif isinstance(reply.action, Hangup):
        names.append("hangup")
    return names


def without_goodbye(names: Sequence[str]) -> list[str]:
    """What changed something or moved the caller: ending a call after a goodbye does neither."""
    return [name for name in names if name != "hangup"]
