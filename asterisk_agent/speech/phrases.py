"""Rendered phrases on disk and in memory, so that a fixed prompt is never synthesised twice nor waited for."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import structlog

from asterisk_agent.speech.protocols import Pcm

log = structlog.get_logger(__name__)

_DIGEST = 32
_SUFFIX = ".pcm"


class PhraseCache:
    """Audio by engine, voice, pace, rate and text. A damaged entry counts as missing; the longest unused go first.

    ``limit_bytes`` bounds the folder. ``load`` and ``keep`` touch the disk: call them in a thread.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._memory: dict[str, Pcm] = {}

    def get(self, key: tuple[str, ...]) -> Pcm | None:
        """The audio under this key if it was loaded or kept by this process, else None. Never blocks."""
        return self._memory.get(_name(key))

    def load(self, key: tuple[str, ...]) -> Pcm | None:
        """The same, from the disk too."""
        name = _name(key)
        if name in self._memory:
            return self._memory[name]
        path = self._folder / name
        try:
            data = path.read_bytes()
        except OSError:
            return None
        digest, audio = data[:_DIGEST], data[_DIGEST:]
        if not audio or len(audio) % 2 or hashlib.sha256(audio).digest() != digest:
            log.warning("a damaged phrase is made anew", file=name)
            return None
        with suppress(OSError):
            os.utime(path)
        self._memory[name] = np.frombuffer(audio, "<i2").astype(np.int16)
        return self._memory[name]

    def keep(self, key: tuple[str, ...], pcm: Pcm) -> None:
        """Keep audio under this key. A disk that is full or read-only costs the cache, not the call."""
        name = _name(key)
        self._memory[name] = pcm
        audio = pcm.astype("<i2").tobytes()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(len(audio) + _DIGEST)
            self._write(name, hashlib.sha256(audio).digest() + audio)
        except OSError as error:
            log.warning("a phrase cannot be kept on disk", folder=str(self._folder), error=error.strerror)

    def _write(self, name: str, data: bytes) -> None:
        descriptor, scratch = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(scratch, self._folder / name)
        except OSError:
            Path(scratch).unlink(missing_ok=True)
            raise

    def _make_room(self, wanted: int) -> None:
        entries = [(path, path.stat()) for path in self._folder.glob(f"*{_SUFFIX}")]
        total = sum(stat.st_size for _, stat in entries) + wanted
        for path, stat in sorted(entries, key=lambda entry: entry[1].st_mtime):
            if total <= self._limit:
                return
            path.unlink(missing_ok=True)
            total -= stat.st_size


def _name(key: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(key).encode()).hexdigest() + _SUFFIX
