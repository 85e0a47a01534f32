"""Answers of systems, read into typed models with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from asterisk_agent.commerce.failures import BadAnswer


@dataclass(frozen=True)
class Answer:
    """``body``: parsed JSON, None for an empty body. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Part(BaseModel):
    """A part of an answer: what the agent uses is declared, everything else is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


_Part = TypeVar("_Part", bound=Part)


def read(model: type[_Part], body: object, system: str) -> _Part:
    """The body as this model. Raises BadAnswer that names the first field which is missing or wrong, not its value."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole answer"
        raise BadAnswer(f"{system}: {place} is not as described: {first['msg']}") from None


def read_each(model: type[_Part], rows: object, system: str) -> tuple[_Part, ...]:
    """A list of answers. Raises BadAnswer when it is no list or a row is wrong."""
    if not isinstance(rows, list):
        raise BadAnswer(f"{system}: a list was expected, not {type(rows).__name__}")
    return tuple(read(model, row, system) for row in rows)
