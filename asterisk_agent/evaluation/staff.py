"""The people behind a row's conversation: their queues and their hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from asterisk_agent.dialog.hours import WEEKDAYS, OpeningHours
from asterisk_agent.dialog.services import Hours, QueueState
from asterisk_agent.evaluation.shapes import clocks, fields, many, span
from asterisk_agent.settings import Hours as HoursSettings

ANY_FREE = 3
"""People available in a queue of which only ``true`` is said."""
_WEEK = {
    **dict.fromkeys(("daily", "every day", "all", "hours"), WEEKDAYS),
    **dict.fromkeys(("weekdays", "weekday"), WEEKDAYS[:5]),
    **dict.fromkeys(("weekend", "weekends"), WEEKDAYS[5:]),
}


@dataclass(frozen=True)
class StagedQueues:
    """The row's queues."""

    states: dict[str, QueueState]

    async def state(self, destination: str) -> QueueState | None:
        """See Queues."""
        return self.states.get(destination)


class Closed:
    """People do not answer, and nobody says when they will."""

    def open_at(self, moment: datetime) -> bool:
        """See Hours."""
        return False

    def next_opening(self, moment: datetime) -> datetime | None:
        """See Hours."""
        return None


def queues(told: Any) -> StagedQueues:
    states: dict[str, QueueState] = {}
    for name, state in (told or {}).items():
        one = fields({} if state is None else state, "available")
        available = one.get("available", 1)
        free = ANY_FREE * available if isinstance(available, bool) else int(available or 0)
        states[name] = QueueState(free, int(one.get("waiting") or 0), int(one.get("hold_s") or 0))
    return StagedQueues(states)


def hours(told: Any, zone: ZoneInfo) -> Hours:
    """``open``: true, false, or spans for all days or by day: {'mon-fri': '09:00-18:00', 'sat': '10 AM - 2 PM'}."""
    if told is None or told is True:
        return OpeningHours(HoursSettings(), zone)
    if not isinstance(told, dict):
        told = {"daily": told}
    week = dict.fromkeys(WEEKDAYS, "")
    for name, spans in told.items():
        week |= dict.fromkeys(_days(str(name)), ",".join(_span(one) for one in many(spans) if clocks(str(one))))
    if not any(week.values()):
        return Closed()
    return OpeningHours(HoursSettings.model_validate({"always": False, **week}), zone)


def _span(text: Any) -> str:
    begin, end = span(str(text))
    return f"{begin:%H:%M}-{end:%H:%M}"


def _days(name: str) -> tuple[str, ...]:
    """'mon-fri', 'sat', 'weekdays', 'daily'. Raises ValueError."""
    plain = name.lower().strip()
    if plain in _WEEK:
        return _WEEK[plain]
    begin, _, end = plain.partition("-")
    start, last = _place(begin), _place(end or begin)
    return WEEKDAYS[start : last + 1] if start <= last else (*WEEKDAYS[start:], *WEEKDAYS[: last + 1])


def _place(day: str) -> int:
    found = [place for place, name in enumerate(WEEKDAYS) if len(day.strip()) > 1 and name.startswith(day.strip()[:3])]
    if not found:
        raise ValueError(f"{day!r} is no day of the week")
    return found[0]
