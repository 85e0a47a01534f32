"""Records on their way to the database, in a file that survives the process.

Every record is in the file before the database is asked to take it. What is taken twice (because the process died
between the database's commit and the file's clearing) changes nothing, as records carry their identifiers.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import structlog

from asterisk_agent.records.rows import DamagedRecord, ProcessDied, Record, from_line, to_line

log = structlog.get_logger(__name__)

CHUNK = 500
"""Records of a dead process that are copied at once."""

READ_BYTES = 1 << 20


class Spool:
    """One process's first-in first-out file. Its lock tells other processes of the machine that this one lives.

    All methods block for the disk; they may be called from any thread, and raise OSError when the disk fails.
    """

    def __init__(self, folder: Path, process: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._path = folder / f"{process}.jsonl"
        self._refused = folder / "refused.log"
        self._lock = threading.Lock()
        self._file = _create(self._path)
        self._taken = 0
        self._end = 0

    @property
    def empty(self) -> bool:
        """Whether the database has everything."""
        return self._taken == self._end

    def adopt(self) -> int:
        """Take over the records of processes that are gone, and note their deaths; returns how many were gone."""
        died = 0
        for path in sorted(self._folder.glob("*.jsonl")):
            if path == self._path:
                continue
            try:
                with path.open("rb") as file:
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        continue  # it lives
                    while lines := list(islice(file, CHUNK)):
                        self.append(self._records(lines))
                    self.append([ProcessDied(path.stem)])
                    path.unlink()
                    died += 1
            except FileNotFoundError:
                continue  # another process was faster
        return died

    def append(self, records: Iterable[Record]) -> None:
        """Keep these too; they are on the disk when this returns, or none of them is when it raises."""
        data = "".join(to_line(record) for record in records).encode()
        if not data:
            return
        with self._lock:
            try:
                _write(self._file, data, self._end)
                os.fsync(self._file)
            except OSError:
                # Whoever adopts this file must not find half a line after the last whole one.
                os.ftruncate(self._file, self._end)
                raise
            self._end += len(data)

    def peek(self, limit: int) -> tuple[list[Record], int]:
        """The oldest records, and the place up to which they reach (for ``take``)."""
        with self._lock:
            size = READ_BYTES
            data = os.pread(self._file, size, self._taken)
            while b"\n" not in data and self._taken + len(data) < self._end:
                size *= 2
                data = os.pread(self._file, size, self._taken)
            lines = [line for line in data.splitlines(keepends=True)[:limit] if line.endswith(b"\n")]
            place = self._taken + sum(len(line) for line in lines)
        return list(self._records(lines)), place

    def take(self, place: int) -> None:
        """The database has everything up to ``place``."""
        with self._lock:
            self._taken = place
            if self._taken == self._end:
                self._taken = self._end = 0
                os.ftruncate(self._file, 0)

    def refuse(self, record: Record, why: str) -> None:
        """Set aside a record that the database will never take."""
        log.error("the database refuses a record; it is set aside", file=str(self._refused), personal_error=why)
        self._set_aside(to_line(record).encode())

    def close(self) -> None:
        """Let go of the file. One that holds nothing is removed; another is adopted by the next process."""
        with self._lock:
            if self.empty:
                self._path.unlink(missing_ok=True)
            os.close(self._file)

    def _records(self, lines: Iterable[bytes]) -> Iterator[Record]:
        for line in lines:
            try:
                yield from_line(line.decode())
            except (DamagedRecord, UnicodeDecodeError) as error:
                # The last line of a process that died while writing, or a line of a later version.
                log.warning(
                    "a line of the spool is no record; it is set aside", file=str(self._refused), error=str(error)
                )
                self._set_aside(line.rstrip(b"\n") + b"\n")

    def _set_aside(self, line: bytes) -> None:
        file = os.open(self._refused, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)


def _create(path: Path) -> int:
    """A new locked file. Between its making and its locking another process may take it for a dead one's."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if os.fstat(file).st_ino == path.stat().st_ino:
                return file
        except FileNotFoundError:
            pass
        os.close(file)


def _write(file: int, data: bytes, place: int) -> None:
    while data:
        written = os.pwrite(file, data, place)
        data, place = data[written:], place + written
