"""Whole conversations in a world of their own: what is said, what is done, what is left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from asterisk_agent.dialog.understanding import LABELS, Understanding
from asterisk_agent.evaluation import actions
from asterisk_agent.evaluation.events import Events
from asterisk_agent.evaluation.expectations import Course, judge_end, judge_turn
from asterisk_agent.evaluation.report import Failure, Report, share
from asterisk_agent.evaluation.rows import Row
from asterisk_agent.evaluation.stage import MakeKnowledge, Stage, staged
from asterisk_agent.evaluation.world import WorldError


@dataclass
class Run:
    """One row as it went."""

    row: Row
    course: Course = field(default_factory=Course)
    wrong: list[str] = field(default_factory=list)
    passed: int = 0
    disclosures: int = 0
    wrong_actions: int = 0
    goal: bool = False

    @property
    def group(self) -> str:
        """What the row is counted under."""
        return str(self.row.data.get("label") or self.row.id.rsplit("-", 1)[0])


async def evaluate(
    rows: list[Row],
    understanding: Understanding,
    knowledge: MakeKnowledge,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Run every row. A goal is reached when the end is as ``final`` says, without a disclosure or a wrong action.

    Raises RowsError for unknown labels and actions.
    """
    for row in rows:
        _check(row)
    runs: list[Run] = []
    for place, row in enumerate(rows, 1):
        runs.append(await _run(row, understanding, knowledge))
        progress(place)
    turns = sum(len(row.list("turns")) for row in rows)
    count = Counter(run.group for run in runs)
    reached = Counter(run.group for run in runs if run.goal)
    figures = {
        "rows": len(rows),
        "goals_reached": share(sum(run.goal for run in runs), len(rows)),
        "turns_passed": share(sum(run.passed for run in runs), turns),
        "disclosures": sum(run.disclosures for run in runs),
        "wrong_actions": sum(run.wrong_actions for run in runs),
    }
    lines = tuple((group, str(count[group]), f"{share(reached[group], count[group]):.3f}") for group in count)
    failures = tuple(Failure(run.row.id, "; ".join(run.wrong)) for run in runs if run.wrong)
    return Report(figures, failures, (("Goals reached", ("group", "rows", "share"), lines),))


def _check(row: Row) -> None:
    row.object("world")
    intents = row.object("final").get("intents") or ()
    for name in [intents] if isinstance(intents, str) else intents:
        if name not in LABELS:
            raise row.wrong(f"{name!r} is no label; known: {', '.join(LABELS)}")
    for turn in row.list("turns"):
        if not isinstance(turn, dict) or not isinstance(turn.get("caller"), str):
            raise row.wrong("has a turn without a text 'caller'")
        if not isinstance(turn.get("expect") or {}, dict):
            raise row.wrong("has a turn whose 'expect' is no object")
        for name in _named(turn):
            if not actions.is_action(name):
                known = ", ".join(sorted(actions.ACTIONS))
                raise row.wrong(f"{name!r} is no action; known: {actions.TRANSFER}<destination>, {known}")


def _named(turn: dict[str, dict[str, object]]) -> list[str]:
    """The actions that a turn expects."""
    action = (turn.get("expect") or {}).get("action")
    return [name for name in str(action or "").split("|") if name]


async def _run(row: Row, understanding: Understanding, knowledge: MakeKnowledge) -> Run:
    run = Run(row)
    named = [name.removeprefix(actions.TRANSFER) for turn in row.list("turns") for name in _named(turn) if ":" in name]
    try:
        stage = staged(row.id, row.object("world"), understanding, knowledge, destinations=tuple(named))
    except WorldError as error:
        run.wrong.append(str(error))
        return run
    async with stage:
        try:
            await stage.talk.greeting()
            await _converse(run, stage)
        except Exception as error:  # one row's conversation; the others are still to be measured
            run.wrong.append(f"crashed: {type(error).__name__}: {error}")
            return run
        ends = judge_end(row.object("final"), run.course, stage)
    run.wrong += ends
    run.goal = not ends and not run.disclosures and not run.wrong_actions
    return run


async def _converse(run: Run, stage: Stage) -> None:
    events = Events()
    for place, turn in enumerate(run.row.list("turns"), 1):
        done, left = len(stage.store.performed), len(stage.desk.requests)
        reply = await stage.talk.respond(events.of(turn["caller"]))
        names = actions.done(stage.store.performed[done:], stage.desk.requests[left:], reply)
        run.course.actions += names
        run.course.said.append(reply.text)
        verdict = judge_turn(turn.get("expect") or {}, reply.text, names, stage.talk.level)
        run.passed += not verdict.wrong
        run.disclosures += verdict.disclosed
        run.wrong_actions += verdict.wrong_action
        run.wrong += [f"turn {place} ({turn['caller']!r} → {reply.text!r}): {what}" for what in verdict.wrong]
        await stage.turn_over()
