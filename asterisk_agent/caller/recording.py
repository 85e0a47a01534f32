"""The caller's recording as files: stereo WAV, left the caller, right the agent."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np

from asterisk_agent.caller.measure import Tracks
from asterisk_agent.caller.segments import RATE, Pcm

_SETTLE_S = 0.1
_LONGEST_WAIT_S = 5.0


class RecordingError(Exception):
    """A recording is missing or damaged; the message names the file."""


def write_stereo(path: Path, tracks: Tracks) -> None:
    """Keep both directions in one file, sample by sample."""
    length = max(len(tracks.caller), len(tracks.agent))
    both = np.zeros((length, 2), "<i2")
    both[: len(tracks.caller), 0] = tracks.caller
    both[: len(tracks.agent), 1] = tracks.agent
    _write(path, both.tobytes(), channels=2)


def write_mono(path: Path, pcm: Pcm) -> None:
    """Keep one direction."""
    _write(path, pcm.astype("<i2").tobytes(), channels=1)


def read_stereo(path: Path) -> Tracks:
    """Read a file of ``write_stereo``. Raises RecordingError."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise RecordingError(f"recording {path} cannot be read: {error}") from None
    if shape != (2, 2, RATE):
        raise RecordingError(f"recording {path} is not stereo, 16 bit, {RATE} Hz")
    both = np.frombuffer(data, "<i2").reshape(-1, 2)
    return Tracks(both[:, 0].astype(np.int16), both[:, 1].astype(np.int16))


async def read_mixmonitor(path: Path) -> Tracks:
    """Read what ``MixMonitor(….raw,D)`` on the caller's channel wrote, once it has stopped growing.

    Its left half is what came from the channel (here: the agent), its right half what went to it (the caller).
    Raises RecordingError.
    """
    await _settled(path)
    try:
        samples = np.frombuffer(await asyncio.to_thread(path.read_bytes), "<i2")
    except (OSError, ValueError) as error:
        raise RecordingError(f"recording {path} cannot be read: {error}") from None
    both = samples[: len(samples) // 2 * 2].reshape(-1, 2)
    return Tracks(caller=both[:, 1].astype(np.int16), agent=both[:, 0].astype(np.int16))


async def _settled(path: Path) -> None:
    try:
        async with asyncio.timeout(_LONGEST_WAIT_S):
            size = -1
            while True:
                now = await asyncio.to_thread(_size, path)
                if now is not None and now == size:
                    return
                size = -1 if now is None else now
                await asyncio.sleep(_SETTLE_S)
    except TimeoutError:
        raise RecordingError(f"Asterisk did not write the recording {path}") from None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _write(path: Path, data: bytes, channels: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data)
