"""Records that could not be written yet, in a file that survives the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import structlog

from asterisk_agent.records.rows import DamagedRecord, Record, from_line, to_line

log = structlog.get_logger(__name__)


class Spool:
    """One process's file of unwritten records, oldest first. Its lock tells others that the process lives."""

    def __init__(self, folder: Path, process: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / f"{process}.jsonl"
        self._file: IO[str] = self._path.open("a+", encoding="utf-8")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._refused = folder / "refused.log"

    def adopt(self) -> None:
        """Take over the records of processes that are gone."""
        for path in sorted(self._folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime):
            if path == self._path:
                continue
            with path.open("r", encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                self.append(_records(file, path))
                path.unlink()

    def append(self, records: Iterable[Record]) -> None:
        """Keep these too; they are on the disk when this returns."""
        self._file.writelines(to_line(record) for record in records)
        self._file.flush()
        os.fsync(self._file.fileno())

    def read(self) -> list[Record]:
        """All records kept."""
        self._file.seek(0)
        return _records(self._file, self._path)

    def clear(self) -> None:
        """Everything kept has been written."""
        self._file.seek(0)
        self._file.truncate()
        self._file.flush()

    def refuse(self, record: Record, why: str) -> None:
        """Set aside a record that the database will never take."""
        log.error("the database refuses a record; it is set aside", file=str(self._refused), error=why)
        with self._refused.open("a", encoding="utf-8") as file:
            file.write(to_line(record))

    def close(self) -> None:
        """Let go of the file; one that holds nothing is removed."""
        self._file.flush()
        if self._path.exists() and self._path.stat().st_size == 0:
            self._path.unlink()
        self._file.close()


def _records(file: Iterable[str], path: Path) -> list[Record]:
    records = []
    for line in file:
        try:
            records.append(from_line(line))
        except DamagedRecord as error:
            # The last line of a process that was killed while writing.
            log.warning("a damaged line of the spool is passed over", file=str(path), error=str(error))
    return records
