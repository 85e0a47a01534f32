"""What the process does to the machine meanwhile: programs it starts and files it opens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn")


@dataclass
class Seen:
    """Command lines and paths, in order."""

    programs: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class _Watch:
    """Python cannot take an audit hook away again, so there is one, which listens only when asked to."""

    def __init__(self) -> None:
        self.seen: Seen | None = None
        self._hooked = False

    def hook(self) -> None:
        if not self._hooked:
            sys.addaudithook(self._note)
            self._hooked = True

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.seen is None:
            return
        if event in _STARTS:
            self.seen.programs.append(f"{event} {arguments[:2]!r}")
        elif event == "open":
            self.seen.files.append(str(arguments[0]))


_watch = _Watch()


@contextmanager
def watched() -> Iterator[Seen]:
    """All that happens within, in any thread. Not for use within itself."""
    _watch.hook()
    _watch.seen = seen = Seen()
    try:
        yield seen
    finally:
        _watch.seen = None
