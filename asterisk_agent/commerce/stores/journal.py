"""The changes made to a local store, one JSON line each, on disk before anybody is told that they are done.

Several processes may use one journal: who changes something holds ``alone`` and reads the ``news`` first.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from asterisk_agent.commerce.changes import Change, Outcome
from asterisk_agent.commerce.store import StoreError

_CHANGES: dict[str, TypeAdapter[Any]] = {kind.name: TypeAdapter(kind) for kind in Change.__args__}
_OUTCOME = TypeAdapter(Outcome)


@dataclass(frozen=True)
class Entry:
    """One change as it was made, or refused, at ``at`` (aware). ``replaced``: what it took the place of."""

    at: datetime
    key: str
    change: Change
    outcome: Outcome
    replaced: str = ""


class Journal:
    """An append-only file; None: kept by this process alone."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._read = 0
        self._lines = 0
        self._inode = 0
        self._broken: list[str] = []
        self._unended = False

    @property
    def problems(self) -> tuple[str, ...]:
        """Lines that cannot be used, as far as the file has been read."""
        half = (f"{self._file}, line {self._lines + 1}",) if self._unended else ()
        return (*self._broken, *half)

    def news(self) -> tuple[list[Entry], bool]:
        """The entries since the last time, in order, and whether the file is another one: then all of its entries.

        Raises StoreError when it cannot be read; lines that cannot be understood go to ``problems``.
        """
        if self._file is None:
            return [], False
        try:
            return self._news(self._file)
        except OSError as error:
            raise StoreError(f"the changes in {self._file} cannot be read: {error.strerror}") from None

    def _news(self, path: Path) -> tuple[list[Entry], bool]:
        try:
            status = path.stat()
            inode, size = status.st_ino, status.st_size
        except FileNotFoundError:
            # A file that was taken away starts the shop anew; a disk that is not there does not.
            if self._inode and not path.parent.exists():
                raise
            inode, size = 0, 0
        another = self._inode not in (0, inode) or size < self._read
        if another:
            self._read, self._lines, self._broken = 0, 0, []
        self._inode = inode
        if size <= self._read:
            self._unended = self._unended and not another
            return [], another
        with path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._unended = len(whole) < len(data)
        self._read += len(whole)
        return [entry for line in whole.splitlines() if (entry := self._entry(line))], another

    def _entry(self, line: bytes) -> Entry | None:
        self._lines += 1
        if not line.strip():
            return None
        try:
            row = json.loads(line)
            change = {key: value for key, value in row["change"].items() if key != "name"}
            entry = Entry(
                datetime.fromisoformat(row["at"]),
                str(row["key"]),
                _CHANGES[row["change"]["name"]].validate_python(change),
                _OUTCOME.validate_python(row["outcome"]),
                str(row["replaced"]),
            )
            if entry.at.tzinfo is None:
                raise ValueError("the time has no offset")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError):
            self._broken.append(f"{self._file}, line {self._lines}")
            return None
        return entry

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process appends meanwhile. Raises StoreError when the file cannot be had."""
        if self._file is None:
            yield
            return
        try:
            new = not self._file.exists()
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # It holds addresses: for this user's eyes only.
            file = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            if new:
                _sync_folder(self._file.parent)
        except OSError as error:
            raise StoreError(f"no change can be kept in {self._file}: {error.strerror}") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def append(self, entry: Entry) -> None:
        """Keep an entry, within ``alone``: it is on the disk when this returns. Raises StoreError: nothing was kept."""
        if self._file is None:
            return
        row = {
            "at": entry.at.isoformat(),
            "key": entry.key,
            "change": {
                "name": entry.change.name,
                **_CHANGES[entry.change.name].dump_python(entry.change, mode="json"),
            },
            "outcome": _OUTCOME.dump_python(entry.outcome, mode="json"),
            "replaced": entry.replaced,
        }
        try:
            with self._file.open("r+b", buffering=0) as file:
                self._write(file, (json.dumps(row) + "\n").encode())
        except OSError as error:
            raise StoreError(f"a change could not be kept in {self._file}: {error.strerror}") from None

    def _write(self, file: FileIO, line: bytes) -> None:
        size = file.seek(0, os.SEEK_END)
        # A line that a crash cut short stays a line of its own.
        cut = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        data = b"\n" + line if cut else line
        try:
            if file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise
        if cut:
            self._lines += 1
            self._broken.append(f"{self._file}, line {self._lines}")
        self._lines += 1
        self._read, self._unended = size + len(data), False


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
