"""Records on their way to the database, in a file that survives the process.

Every record is in the file before the database is asked to take it. What is taken twice (because the process died
between the database's commit and the file's clearing) changes nothing, as records carry their identifiers.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import structlog

from asterisk_agent.records.rows import DamagedRecord, ProcessDied, Record, from_line, to_line

log = structlog.get_logger(__name__)

CHUNK = 500
"""Records of a dead process that are copied at once."""


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
                    for records in _chunks(file, path):
                        self.append(records)
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
                self._file.seek(self._end)
                self._file.write(data)
                self._file.flush()
                os.fsync(self._file.fileno())
            except OSError:
                # A torn line must not run into the next one.
                os.ftruncate(self._file.fileno(), self._end)
                raise
            self._end += len(data)

    def peek(self, limit: int) -> tuple[list[Record], int]:
        """The oldest records, and the place up to which they reach (for ``take``)."""
        with self._lock:
            self._file.seek(self._taken)
            lines: list[bytes] = []
            place = self._taken
            while len(lines) < limit and place < self._end:
                lines.append(self._file.readline())
                place += len(lines[-1])
        return list(_records(lines, self._path)), place

    def take(self, place: int) -> None:
        """The database has everything up to ``place``."""
        with self._lock:
            self._taken = place
            if self._taken == self._end:
                self._taken = self._end = 0
                os.ftruncate(self._file.fileno(), 0)

    def refuse(self, record: Record, why: str) -> None:
        """Set aside a record that the database will never take."""
        log.error("the database refuses a record; it is set aside", file=str(self._refused), personal_error=why)
        with self._refused.open("a", encoding="utf-8", opener=_private) as file:
            file.write(to_line(record))

    def close(self) -> None:
        """Let go of the file. One that holds nothing is removed; another is adopted by the next process."""
        with self._lock:
            if self.empty:
                self._path.unlink(missing_ok=True)
            self._file.close()


def _create(path: Path) -> IO[bytes]:
    """A new locked file. Between its making and its locking another process may take it for a dead one's."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                return file
        except FileNotFoundError:
            pass
        file.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _chunks(file: IO[bytes], path: Path) -> Iterator[Sequence[Record]]:
    while lines := [line for _, line in zip(range(CHUNK), file, strict=False)]:
        yield list(_records(lines, path))


def _records(lines: Iterable[bytes], path: Path) -> Iterator[Record]:
    for line in lines:
        try:
            yield from_line(line.decode())
        except (DamagedRecord, UnicodeDecodeError):
            # The last line of a process or a machine that died while writing.
            log.warning("a damaged line of the spool is passed over", file=str(path), bytes=len(line))
