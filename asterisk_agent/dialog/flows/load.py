"""Reads flow files and refuses what cannot work: every mistake with its file and line, before any caller meets it."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from asterisk_agent.dialog.facts import FACTS, known
from asterisk_agent.dialog.flows import acts
from asterisk_agent.dialog.flows.expressions import Expression
from asterisk_agent.dialog.flows.format import END, KINDS, Act, Ask, Escalation, Flow, Go, Node, Rule
from asterisk_agent.dialog.flows.located import FlowError, Located, Place, read
from asterisk_agent.dialog.said import cues, touches
from asterisk_agent.dialog.understanding import LABELS
from asterisk_agent.dialog.wording import Catalogue, catalogue, fields_of

ESCALATION = "escalation.yaml"
NAMED = {END: "is there anything else?", "person": "offer a person", "ticket": "leave a ticket, else offer a person"}
"""Nodes that every flow has without naming them."""
ACTS_OF_DIALOGUE = ("talk_to_human", "affirm", "deny", "repeat", "wait", "goodbye", "greeting")
"""Labels that the dialogue serves without a flow."""


@dataclass(frozen=True)
class FlowSet:
    """All flows of a call: fixed from its first word to its last, whatever is published meanwhile."""

    flows: dict[str, Flow]
    rules: tuple[Rule, ...]
    texts: Catalogue
    version: str
    """Digest of all files, kept with the call's records."""
    serving: dict[str, str] = field(default_factory=dict)
    """Label to the flow that serves it."""

    def cued(self, text: str) -> str:
        """The flow that begins by a cue in the words, '' if none does."""
        return next((flow.name for flow in self.flows.values() for cue in flow.cues if touches(text, cue)), "")

    def node(self, flow: str, name: str) -> Node | None:
        """The node, None for the nodes that every flow has."""
        found: Node | None = self.flows[flow].nodes.get(name)
        return found


@cache
def shipped(language: str = "en_US") -> FlowSet:
    """The flows that come with the program."""
    return load(None, language)


def load(folder: Path | None, language: str = "en_US", destinations: Iterable[str] | None = None) -> FlowSet:
    """The shipped flows, with those of ``folder`` in place of the ones of the same name or serving the same labels.

    ``destinations``: the keys that a transfer may name; None: not checked here. Raises FlowError with all mistakes.
    """
    own = sorted(folder.glob("*.yaml")) if folder is not None else []
    if folder is not None and not own:
        raise FlowError([f"{folder}: has no *.yaml file; copy one with 'asterisk-agent flows copy' and edit it"])
    ours = resources.files("asterisk_agent.dialog.flows").joinpath("shipped")
    problems: list[str] = []
    files = [Path(str(item)) for item in sorted(ours.iterdir(), key=str) if item.name.endswith(".yaml")]
    texts = catalogue(language)
    flows: dict[str, Flow] = {}
    serving: dict[str, str] = {}
    rules: tuple[Rule, ...] = ()
    digest = hashlib.sha256()
    located: dict[str, Located] = {}
    for path in (*files, *own):
        try:
            document = read(path)
            digest.update(repr(document.data).encode())
            if path.name == ESCALATION:
                rules = _rules(document, destinations if path in own else None)
                continue
            flow = _flow(document)
        except FlowError as error:
            problems += error.problems
            continue
        flows[flow.name] = flow
        located[flow.name] = document
        serving |= dict.fromkeys(flow.serves, flow.name)
        texts = texts.joined(
            {key: tuple(variants) for key, variants in flow.texts.get(language, flow.texts.get("en_US", {})).items()}
        )
    problems += [
        problem for name, flow in flows.items() for problem in _check(flow, located[name], flows, texts, destinations)
    ]
    problems += [
        f"{ESCALATION}: the text {key!r} is in no catalogue" for rule in rules for key in rule.say if not texts.has(key)
    ]
    if problems:
        raise FlowError(problems)
    return FlowSet(flows, rules, texts, digest.hexdigest()[:12], serving)


def _rules(document: Located, destinations: Iterable[str] | None) -> tuple[Rule, ...]:
    rules = document.validate(Escalation).rules
    problems: list[str] = []
    for index, rule in enumerate(rules):
        problems += _unknown_facts(document, ("rules", index, "when"), rule.when)
        if destinations is not None and rule.to not in (*destinations, "default"):
            problems.append(document.problem(("rules", index, "to"), _no_destination(rule.to, destinations)))
    if problems:
        raise FlowError(problems)
    return rules


def _flow(document: Located) -> Flow:
    """The file as a flow with its nodes read."""
    if not isinstance(document.data, dict):
        raise FlowError([document.problem((), "a flow begins with 'format: 1', 'name: …' and 'nodes:'")])
    flow = document.validate(Flow)
    nodes: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in flow.nodes.items():
        place: Place = ("nodes", name)
        kind = next((kind for key, kind in KINDS.items() if isinstance(value, dict) and key in value), None)
        if kind is None:
            problems.append(document.problem(place, f"the node {name!r} has none of {', '.join(KINDS)}"))
            continue
        if name in NAMED:
            problems.append(
                document.problem(place, f"{name!r} is a node that every flow has ({NAMED[name]}); rename it")
            )
            continue
        try:
            nodes[name] = document.validate(kind, place)
        except FlowError as error:
            problems += error.problems
    if problems:
        raise FlowError(problems)
    return flow.model_copy(update={"nodes": nodes})


def _check(
    flow: Flow, document: Located, flows: dict[str, Flow], texts: Catalogue, destinations: Iterable[str] | None
) -> list[str]:
    problems: list[str] = []

    def wrong(place: Place, message: str) -> None:
        problems.append(document.problem(place, message))

    for index, label in enumerate(flow.serves):
        if label in ACTS_OF_DIALOGUE:
            wrong(("serves", index), f"{label!r} is served by the dialogue itself")
        elif label not in LABELS:
            wrong(("serves", index), f"{label!r} is no intent; {_hint(label, LABELS)}")
    for index, cue in enumerate(flow.cues):
        if not known(f"said.{cue}"):
            wrong(("cues", index), f"{cue!r} is no cue; {_hint(cue, cues())}")
    if flow.start not in flow.nodes:
        wrong(("start",), f"there is no node {flow.start!r}; {_hint(flow.start, flow.nodes)}")
    for name, node in flow.nodes.items():
        place: Place = ("nodes", name)
        for way in node.ways():
            if way not in flow.nodes and way not in NAMED:
                wrong(place, f"the node {name!r} leads to {way!r}, which does not exist; {_hint(way, flow.nodes)}")
        for key in (*getattr(node, "say", ()), *getattr(node, "retry", ()), *getattr(node, "confirm", ())):
            if not texts.has(key):
                wrong(place, f"the text {key!r} is in no catalogue; {_hint(key, texts.texts)}")
                continue
            for fact in fields_of(texts, key):
                if not known(fact):
                    wrong(place, f"the text {key!r} names {{{fact}}}, which is no fact; {_hint(fact, FACTS)}")
        if isinstance(node, Ask):
            if node.ask == "choice" and not node.of:
                wrong(place, f"the node {name!r} asks for a choice; 'of' must name the fact with the choices")
            if node.of and not known(node.of):
                wrong((*place, "of"), f"{node.of!r} is no fact; {_hint(node.of, FACTS)}")
        if isinstance(node, Act):
            for message in acts.mistakes(node):
                wrong((*place, "act"), message)
            for parameter, value in node.parameters.items():
                problems += _unknown_facts(document, (*place, "with", parameter), value)
            if node.correct and not isinstance(flow.nodes.get(node.correct), Ask):
                wrong((*place, "correct"), f"{node.correct!r} is no asking node of this flow")
        if isinstance(node, Go) and node.flow not in flows:
            wrong((*place, "flow"), f"there is no flow {node.flow!r}; {_hint(node.flow, flows)}")
        for index, way in enumerate(getattr(node, "instead", ())):
            problems += _unknown_facts(document, (*place, "instead", index), way.when)
        for index, way in enumerate(getattr(node, "decide", ())):
            problems += _unknown_facts(document, (*place, "decide", index), way.when)
            if way.when is None and index + 1 < len(node.decide):
                wrong((*place, "decide", index), "a way without 'when' is always taken; it must come last")
        to = getattr(node, "transfer", None)
        if to is not None and destinations is not None and to not in (*destinations, "default"):
            wrong((*place, "transfer"), _no_destination(to, destinations))
    for name in sorted(set(flow.nodes) - _reached(flow)):
        wrong(("nodes", name), f"nothing leads to the node {name!r}")
    problems += [document.problem(("nodes", name), f"the node {name!r} turns in a circle") for name in _circles(flow)]
    return problems


def _reached(flow: Flow) -> set[str]:
    found: set[str] = set()
    ahead = [flow.start]
    while ahead:
        name = ahead.pop()
        if name in found or name not in flow.nodes:
            continue
        found.add(name)
        node = flow.nodes[name]
        ahead += [*node.ways(), *([node.correct] if isinstance(node, Act) and node.correct else [])]
    return found


def _circles(flow: Flow) -> list[str]:
    """Nodes from which one comes back to them without ever waiting for the caller."""
    waits = ("ask", "look_up", "act", "offer")
    passing = {
        name: [way for way in node.ways() if way in flow.nodes]
        for name, node in flow.nodes.items()
        if not any(hasattr(node, kind) for kind in waits)
    }
    found: list[str] = []
    for start, ways in passing.items():
        seen: set[str] = set()
        ahead = list(ways)
        while ahead:
            name = ahead.pop()
            if name == start:
                found.append(start)
                break
            if name not in seen and name in passing:
                seen.add(name)
                ahead += passing[name]
    return found


def _unknown_facts(document: Located, place: Place, condition: Expression | None) -> list[str]:
    names = condition.names if condition is not None else ()
    return [
        document.problem(place, f"{name!r} is no fact; {_hint(name, FACTS)} ('asterisk-agent flows facts' lists them)")
        for name in sorted(names)
        if not known(name)
    ]


def _no_destination(name: str, destinations: Iterable[str]) -> str:
    return (
        f"{name!r} is not in handoff.destinations ({', '.join(destinations)}); "
        "the administrator's list is the only one callers are sent to"
    )


def _hint(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"did you mean {close[0]!r}?" if close else "check the spelling"
