"""YAML with the line of every value, so that a mistake can be shown where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Place = tuple[str | int, ...]

_Model = TypeVar("_Model", bound=BaseModel)

MAX_BYTES = 1_000_000


class FlowError(Exception):
    """A flow is refused: every reason with its file and line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Located:
    """A YAML document as plain values, and the line at which each begins."""

    path: Path
    data: Any
    lines: dict[Place, int]

    def problem(self, place: Place, message: str) -> str:
        """One line for people: 'cancel.yaml:14: …'; the nearest enclosing value where the place itself has no line."""
        known = next(place[:size] for size in range(len(place), -1, -1) if place[:size] in self.lines)
        return f"{self.path.name}:{self.lines[known]}: {message}"

    def validate(self, model: type[_Model], place: Place = ()) -> _Model:
        """The values at ``place`` as a model. Raises FlowError with every mistake."""
        value = self.data
        for step in place:
            value = value[step]
        try:
            return model.model_validate(value)
        except ValidationError as error:
            raise FlowError([self._explain((*place, *item["loc"]), dict(item)) for item in error.errors()]) from None

    def _explain(self, place: Place, item: dict[str, Any]) -> str:
        name = ".".join(str(step) for step in place) or "the file"
        message = str(item["msg"]).removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "is not known here; check the spelling against the description of the format"
        return self.problem(place, f"{name}: {message}")


def read(path: Path) -> Located:
    """Read a YAML file. Raises FlowError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FlowError([f"{path.name}:1: is larger than {MAX_BYTES // 1000} kB; this is no flow"])
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError([f"{path.name}:1: cannot be read: {error}"]) from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise FlowError([f"{path.name}:{line}: is not valid YAML: {getattr(error, 'problem', error)}"]) from None
    except RecursionError:
        raise FlowError([f"{path.name}:1: is nested too deeply"]) from None
    lines: dict[Place, int] = {(): 1}
    data = _plain(node, (), lines, path, set()) if node is not None else {}
    return Located(path, data, lines)


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path, open_: set[int]) -> Any:
    lines[place] = node.start_mark.line + 1
    if id(node) in open_:
        raise FlowError([f"{path.name}:{lines[place]}: refers to itself"])
    if isinstance(node, yaml.ScalarNode):
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise FlowError([f"{path.name}:{lines[place]}: {error}"]) from None
        finally:
            loader.dispose()
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, index), lines, path, {*open_, id(node)}) for index, item in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        # 'yes' and 'no' are names of ways here, not truth values: keys are read as written.
        key = str(key_node.value)
        if key in found:
            line = key_node.start_mark.line + 1
            raise FlowError(
                [f"{path.name}:{line}: {key!r} stands here twice; the first is in line {lines[(*place, key)]}"]
            )
        found[key] = _plain(value_node, (*place, key), lines, path, {*open_, id(node)})
        lines[(*place, key)] = key_node.start_mark.line + 1
    return found
