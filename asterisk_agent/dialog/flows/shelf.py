"""Published flows: versions side by side, one of them current. A call keeps the version that it began with.

FOLDER/versions/20261123-101500-c52f733644e7/*.yaml
FOLDER/current -> versions/20261123-101500-c52f733644e7
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from asterisk_agent.dialog.flows.load import FlowSet, load, shipped
from asterisk_agent.dialog.flows.located import FlowError

log = structlog.get_logger(__name__)

CURRENT = "current"
VERSIONS = "versions"


@dataclass
class FlowShelf:
    """Gives each call its flows: the published ones, or the shipped ones where none are.

    ``folder``: where versions are published, or a plain folder of the shop's own ``*.yaml``. A version that cannot
    be used is logged, and the one before stays in use.
    """

    folder: Path
    destinations: tuple[str, ...]
    _flows: FlowSet = field(default_factory=shipped)
    _stamp: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        """Have the flows at hand before the first call."""
        self.current()

    def current(self) -> FlowSet:
        """The flows for a call that begins now."""
        source = self.source
        stamp = _stamp(source)
        if stamp == self._stamp:
            return self._flows
        self._stamp = stamp
        if source is None:
            self._flows = shipped()
            return self._flows
        try:
            self._flows = load(source, destinations=self.destinations)
        except FlowError as error:
            for problem in error.problems:
                log.error("published flows cannot be used; the ones before stay", problem=problem)
        else:
            log.info("flows loaded", version=self._flows.version, folder=str(source))
        return self._flows

    @property
    def source(self) -> Path | None:
        """The folder that holds the flows now, None for the shipped ones."""
        current = self.folder / CURRENT
        if current.is_dir():
            return current.resolve()
        return self.folder if any(self.folder.glob("*.yaml")) else None

    def versions(self) -> tuple[str, ...]:
        """Names of the published versions, oldest first."""
        return tuple(sorted(path.name for path in (self.folder / VERSIONS).glob("*") if path.is_dir()))

    def publish(self, draft: Path) -> str:
        """Check the flows of a folder and make them those of calls to come; the version's name. Raises FlowError."""
        flows = load(draft, destinations=self.destinations)
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{flows.version}"
        target = self.folder / VERSIONS / name
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(draft.glob("*.yaml")):
            shutil.copyfile(path, target / path.name)
        self.choose(name)
        return name

    def choose(self, version: str) -> None:
        """Make a published version the current one, in one step. Raises FlowError."""
        if version not in self.versions():
            raise FlowError([f"{version!r} is no published version; there are: {', '.join(self.versions()) or 'none'}"])
        fresh = self.folder / f".{CURRENT}.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path(VERSIONS) / version)
        fresh.replace(self.folder / CURRENT)


def _stamp(folder: Path | None) -> tuple[object, ...]:
    """What changes when the files do."""
    if folder is None:
        return (None,)
    return (folder, *((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in _files(folder)))


def _files(folder: Path) -> Iterable[Path]:
    return sorted(folder.glob("*.yaml"))
