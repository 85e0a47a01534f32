"""Rendered phrases on disk, so that a fixed prompt is never synthesised twice."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import structlog

from asterisk_agent.speech.protocols import Pcm

log = structlog.get_logger(__name__)

_DIGEST = 32


class PhraseCache:
    """Audio by engine, voice, rate and text. A damaged entry counts as missing; the oldest go when it is full."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._memory: dict[str, Pcm] = {}

    def get(self, key: tuple[str, ...]) -> Pcm | None:
        """The audio kept under this key, or None."""
        name = _name(key)
        if name in self._memory:
            return self._memory[name]
        try:
            data = (self._folder / name).read_bytes()
        except OSError:
            return None
        digest, audio = data[:_DIGEST], data[_DIGEST:]
        if len(audio) % 2 or hashlib.sha256(audio).digest() != digest:
            log.warning("a damaged phrase is made anew", file=name)
            return None
        pcm = np.frombuffer(audio, "<i2").astype(np.int16)
        self._memory[name] = pcm
        return pcm

    def put(self, key: tuple[str, ...], pcm: Pcm) -> None:
        """Keep audio under this key. A disk that is full costs the cache, not the call."""
        name = _name(key)
        self._memory[name] = pcm
        audio = pcm.astype("<i2").tobytes()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(len(audio))
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(hashlib.sha256(audio).digest() + audio)
            os.replace(file.name, self._folder / name)
        except OSError as error:
            log.warning("a phrase cannot be kept on disk", error=str(error))

    def _make_room(self, wanted: int) -> None:
        files = sorted(
            (path for path in self._folder.iterdir() if path.is_file()), key=lambda path: path.stat().st_mtime
        )
        total = sum(path.stat().st_size for path in files) + wanted
        for path in files:
            if total <= self._limit:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def _name(key: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(key).encode()).hexdigest()
