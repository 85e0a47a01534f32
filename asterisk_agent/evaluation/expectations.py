"""What a dialogue row expects of a turn and of the end, and what came instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from asterisk_agent.commerce.models import Order
from asterisk_agent.dialog.services import Request
from asterisk_agent.dialog.spoken.postal import words as usps
from asterisk_agent.evaluation.actions import CHANGES, without_goodbye
from asterisk_agent.evaluation.stage import Stage
from asterisk_agent.evaluation.statuses import status_of
from asterisk_agent.evaluation.wording import gives_away, says


@dataclass(frozen=True)
class TurnVerdict:
    """What went wrong in one turn, in words; ``disclosed``: texts of must_not_say that were said."""

    wrong: tuple[str, ...] = ()
    disclosed: int = 0
    wrong_action: bool = False


@dataclass
class Course:
    """One row's conversation as it went."""

    said: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)


def judge_turn(expect: dict[str, Any], reply: str, actions: Sequence[str], level: int) -> TurnVerdict:
    """One turn against its ``expect``. ``actions``: the public names of what was done in it."""
    wrong: list[str] = []
    wanted = _many(expect.get("must_say_any") or [])
    if wanted and not any(says(reply, str(text)) for text in wanted):
        wrong.append(f"says none of {wanted}")
    told = [text for text in _many(expect.get("must_not_say") or []) if gives_away(reply, str(text))]
    wrong += [f"gives away {text!r}" for text in told]
    wrong_action = "action" in expect and not _as_expected(expect["action"], actions)
    if wrong_action:
        wrong.append(f"does {', '.join(actions) or 'nothing'}, not {expect['action'] or 'nothing'}")
    asked = (expect.get("state") or {}).get("level")
    if asked is not None and level != asked:
        wrong.append(f"level {level}, not {asked}")
    return TurnVerdict(tuple(wrong), len(told), wrong_action)


def _as_expected(wanted: str | None, actions: Sequence[str]) -> bool:
    """null: no change and no transfer. To hang up is neither, so it may end a turn for which nothing is expected.

    A named action may come with a request that belongs to it (a ticket before a transfer), but no change of an order
    may come along that was not named.
    """
    if not wanted:
        return not without_goodbye(actions)
    names = set(wanted.split("|"))
    return bool(names & set(actions)) and not {*actions} & CHANGES - names


def judge_end(final: dict[str, Any], course: Course, stage: Stage) -> tuple[str, ...]:
    """The end against every key of ``final`` that is known; what differs, in words."""
    wrong: list[str] = []
    for name, wanted in final.items():
        check = _CHECKS.get(name)
        seen = check(wanted, course, stage) if check else None
        if seen is not None:
            wrong.append(f"at the end {name} is {seen}, not {wanted}")
    return tuple(wrong)


# Each check returns None when the end is as wanted, else what it is.


def _outcome(wanted: Any, course: Course, stage: Stage) -> str | None:
    """'resolved' and endings by other names: nobody was put through, nothing was left to be done by calling back."""
    kinds = {request.kind for request in stage.desk.requests}
    transferred = any(action.startswith("transfer:") for action in course.actions)
    called = bool(kinds & {"schedule_callback", "take_message"})
    reached = "transferred" if transferred else "callback" if called else "resolved"
    names = str(wanted).split("|")
    if reached in names:
        return None
    if kinds & set(_REQUESTS.get(names[0], ())):
        return None
    known = {"transferred", "callback", "resolved", *_REQUESTS}
    return None if reached == "resolved" and not known & set(names) else reached


def _intents(wanted: Any, course: Course, stage: Stage) -> str | None:
    served = stage.talk.state.intents
    return None if {*_many(wanted)} <= {*served} else ", ".join(served) or "none"


def _level(wanted: Any, course: Course, stage: Stage) -> str | None:
    return None if stage.talk.level == wanted else str(stage.talk.level)


def _order(wanted: Any, course: Course, stage: Stage) -> str | None:
    return None if _plain(stage.talk.order) == _plain(wanted) else stage.talk.order or "none"


def _transfer(wanted: Any, course: Course, stage: Stage) -> str | None:
    went = [action.removeprefix("transfer:") for action in course.actions if action.startswith("transfer:")]
    last = went[-1] if went else ""
    return None if last in str(wanted or "").split("|") else last or "none"


def _said_all(wanted: Any, course: Course, stage: Stage) -> str | None:
    groups = [_many(group) for group in _many(wanted)]
    missing = [group for group in groups if not any(says(text, str(one)) for text in course.said for one in group)]
    return f"without {missing}" if missing else None


def _address(wanted: Any, course: Course, stage: Stage) -> str | None:
    order = _of(stage)
    if order is None or order.address is None:
        return "none"
    left = order.address.model_dump()
    if not isinstance(wanted, dict):
        text = " ".join(str(part) for name, part in left.items() if part and name != "country")
        return None if _postal(wanted) in _postal(text) else text
    differs = {key: left.get(key) for key, value in wanted.items() if _postal(left.get(key)) != _postal(value)}
    return str(differs) if differs else None


def _postal(text: Any) -> str:
    """A part of an address in the Postal Service's abbreviations: 'Beacon Street' and 'Beacon St' are the same."""
    told = str(text or "").lower().strip()
    parts = re.findall(r"[a-z0-9]+", usps.STATES.get(told, told).lower())
    return " ".join(_SHORT.get(part, part).lower() for part in parts)


def _order_status(wanted: Any, course: Course, stage: Stage) -> str | None:
    order = _of(stage)
    if order is None:
        return "that of no order"
    return None if order.status in {status_of(name) for name in str(wanted).split("|")} else order.status.value


def _delivery_date(wanted: Any, course: Course, stage: Stage) -> str | None:
    order = _of(stage)
    days = [one.expected.isoformat() for one in order.shipments if one.expected] if order else []
    return None if str(wanted)[:10] in days else ", ".join(days) or "none"


def _slot(wanted: Any, course: Course, stage: Stage) -> str | None:
    number = stage.talk.order or next((one.order for one in stage.store.records.appointments.values()), "")
    booked = stage.store.records.appointment(number)
    if booked is None or booked.start is None or booked.end is None:
        return None if not wanted else "not booked"
    text = f"{booked.start:%Y-%m-%d %H:%M}-{booked.end:%H:%M}"
    given = " ".join(str(part) for part in wanted.values()) if isinstance(wanted, dict) else str(wanted)
    parts = re.findall(r"\d{4}-\d\d-\d\d|\d{1,2}:\d\d", given)
    return None if parts and all(part.zfill(5) in text for part in parts) else text


def _subscription(wanted: Any, course: Course, stage: Stage) -> str | None:
    left = [one.model_dump(mode="json") for one in stage.store.records.subscriptions]
    given = wanted if isinstance(wanted, dict) else {"status": wanted}
    fits = [one for one in left if all(_plain(one.get(key)) == _plain(value) for key, value in given.items())]
    return None if fits else str([{key: one.get(key) for key in given} for one in left] or "none")


def _items(wanted: Any, course: Course, stage: Stage) -> str | None:
    order = _of(stage)
    left = sorted(item.name.lower() for item in order.items) if order else []
    return None if sorted(str(name).lower() for name in _many(wanted)) == left else ", ".join(left) or "none"


def _pickup(wanted: Any, course: Course, stage: Stage) -> str | None:
    order = _of(stage)
    places = [one.pickup for one in order.shipments if one.pickup] if order else []
    return None if any(_plain(wanted) in _plain(place) for place in places) else ", ".join(places) or "none"


def _returned(wanted: Any, course: Course, stage: Stage) -> str | None:
    order = _of(stage)
    names = [name.lower() for one in order.returns for name in one.items] if order else []
    given = wanted.get("items") or wanted.get("item") if isinstance(wanted, dict) else wanted
    if isinstance(given, bool):
        return None if bool(names) is given else ", ".join(names) or "none"
    missing = [one for one in _many(given) if not any(str(one).lower() in name for name in names)]
    return ", ".join(names) or "none" if missing else None


def _left(kinds: tuple[str, ...]) -> Callable[[Any, Course, Stage], str | None]:
    """Requests of these kinds: there is one (true, null), or one that carries the words given."""

    def check(wanted: Any, course: Course, stage: Stage) -> str | None:
        left = [request for request in stage.desk.requests if request.kind in kinds]
        if wanted is None or isinstance(wanted, bool):
            return None if bool(left) is bool(wanted) else f"{len(left)} of them"
        values = [*wanted.values()] if isinstance(wanted, dict) else _many(wanted)
        fits = any(all(_plain(value) in _carried(request) for value in values) for request in left)
        return None if fits else str([_carried(request) for request in left])

    return check


def _carried(request: Request) -> str:
    due = request.due.isoformat() if request.due else ""
    return _plain(" ".join((request.kind, request.order, request.summary, request.words, request.phone, due)))


_REQUESTS: dict[str, tuple[str, ...]] = {
    "callback": ("schedule_callback",),
    "message": ("take_message",),
    "ticket": ("create_ticket", "take_message", "open_claim"),
    "claim": ("open_claim",),
    "text": ("send_text",),
    "feedback": ("record_feedback",),
}
_CHECKS: dict[str, Callable[[Any, Course, Stage], str | None]] = {
    "outcome": _outcome,
    "intents": _intents,
    "level": _level,
    "order": _order,
    "transfer": _transfer,
    "said_all": _said_all,
    "address": _address,
    "order_status": _order_status,
    "delivery_date": _delivery_date,
    "slot": _slot,
    "appointment": _slot,
    "subscription": _subscription,
    "items": _items,
    "pickup": _pickup,
    "return": _returned,
    "returns": _returned,
    "exchange": _returned,
    **{name: _left(kinds) for name, kinds in _REQUESTS.items()},
}


def _of(stage: Stage) -> Order | None:
    """The order that the caller talked about; where none was named, the only one."""
    orders = stage.store.records.orders
    if stage.talk.order:
        return stage.store.records.order(stage.talk.order)
    return next(iter(orders.values())) if len(orders) == 1 else None


_SHORT = {**usps.SUFFIXES, **usps.DIRECTIONS, **usps.UNITS}


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _plain(value: Any) -> str:
    return re.sub(r"[^a-z0-9]", "", str("" if value is None else value).lower())
