"""What every section of the settings has in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

OptionalPath = Annotated[Path | None, BeforeValidator(lambda value: value if value != "" else None)]
"""A path, or nothing (an empty text)."""


class Section(BaseModel):
    """Frozen; an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
