"""What the files of a model must be: names, sizes and SHA-256, kept beside the weights that this program wrote."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "MANIFEST.json"


@dataclass(frozen=True)
class PinnedFile:
    """One file of a model; ``name`` is relative to the model's folder."""

    name: str
    size: int
    sha256: str


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damage(folder: Path, files: tuple[PinnedFile, ...]) -> str | None:
    """What is wrong with the first file that is not as pinned, e.g. 'model.bin is missing'; None when all are well."""
    for pinned in files:
        path = folder / pinned.name
        try:
            size = path.stat().st_size
            if size != pinned.size:
                return f"{pinned.name} has {size:,} bytes instead of {pinned.size:,}"
            if sha256_of(path) != pinned.sha256:
                return f"{pinned.name} does not have its SHA-256 {pinned.sha256[:12]}…"
        except FileNotFoundError:
            return f"{pinned.name} is missing"
        except OSError as error:
            return f"{pinned.name} cannot be read: {error.strerror}"
    return None


def describe(folder: Path) -> tuple[PinnedFile, ...]:
    """All files of a folder as they are now, without the manifest itself."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return tuple(PinnedFile(str(path.relative_to(folder)), path.stat().st_size, sha256_of(path)) for path in paths)


def write(folder: Path, files: tuple[PinnedFile, ...]) -> None:
    """Write the manifest of ``files`` into ``folder``."""
    (folder / NAME).write_text(json.dumps([asdict(file) for file in files], indent=1), encoding="utf-8")


def read(folder: Path) -> tuple[PinnedFile, ...] | None:
    """The manifest of ``folder``; None when there is none or it cannot be read."""
    try:
        rows = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return tuple(PinnedFile(str(row["name"]), int(row["size"]), str(row["sha256"])) for row in rows)
    except (OSError, ValueError, KeyError, TypeError):
        return None
