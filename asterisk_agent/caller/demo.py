"""The demo's story, and whether it really happened."""

from __future__ import annotations

import re
from dataclasses import dataclass

from asterisk_agent.caller.report import CallReport
from asterisk_agent.caller.script import BargeIn, Say, Stay, Step

ORDER = "10442"

STORY: tuple[Step, ...] = (
    Say("Hi, where is my order?"),
    Say("It's one zero four four two."),
    Say("The zip code is zero two one three nine."),
    Say("Wait, can you say that again please?", BargeIn(1500)),
    Say("Thanks. Can I talk to a person please?"),
    Stay(8),
)
"""What the caller does. The order and its ZIP code are of the demo shop."""

BARGE_IN_MS = 1000
"""An agent that speaks on for longer than this has not noticed the caller."""

RESPONSE_MS = 3000
"""An answer later than this is no conversation."""

_VARIABLE = re.compile(r"member-leg (AGENT_[A-Z_]+)=(.*)")


@dataclass(frozen=True)
class Check:
    """One thing that had to happen. ``detail``: what was seen."""

    what: str
    passed: bool
    detail: str


def member_variables(asterisk_log: str) -> dict[str, str]:
    """What the human agent's leg was given, as the private Asterisk's member noted it."""
    return {match[1]: match[2].strip() for match in _VARIABLE.finditer(asterisk_log)}


def queue_line(queue_log: str) -> str:
    """The queue_log's line of the caller being connected to a person, '' if there is none."""
    return next((line for line in reversed(queue_log.splitlines()) if "|CONNECT|" in line), "")


def checks(report: CallReport, asterisk_log: str, queue_log: str) -> tuple[Check, ...]:
    """Whether the story happened, from the recording, the person's leg and the queue's log."""
    variables, connected = member_variables(asterisk_log), queue_line(queue_log)
    responses = [turn.response_ms for turn in report.turns]
    barge_in = next((turn.barge_in_ms for turn in report.turns if turn.barged_in), None)
    return (
        Check(
            "the caller was greeted",
            report.greeting_ms is not None,
            "" if report.greeting_ms is None else f"{report.greeting_ms:.0f} ms after the answer",
        ),
        Check(
            "every question was answered",
            len(responses) == sum(isinstance(step, Say) for step in STORY)
            and all(value is not None and value < RESPONSE_MS for value in responses),
            ", ".join("–" if value is None else f"{value:.0f}" for value in responses) + " ms",
        ),
        Check(
            "the agent stopped when it was interrupted",
            barge_in is not None and barge_in < BARGE_IN_MS,
            "it was not speaking" if barge_in is None else f"after {barge_in:.0f} ms",
        ),
        Check("the caller was connected to a person", bool(connected), connected or "no CONNECT in queue_log"),
        Check(
            "the person was told which order it is about",
            variables.get("AGENT_ORDER") == ORDER,
            f"AGENT_ORDER={variables.get('AGENT_ORDER', '')}",
        ),
    )
