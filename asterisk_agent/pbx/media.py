"""What a media transport is: frames of the caller's codec both ways, and the truth about what was played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class MediaLost(Exception):
    """The media connection is gone while the call may still be there."""


@dataclass(frozen=True)
class MediaFrame:
    """Audio from the caller in the transport's codec, 20 ms as a rule."""

    payload: bytes


@dataclass(frozen=True)
class MarkPlayed:
    """Everything that was sent before this mark has been played to the caller."""

    mark: str


MediaEvent = MediaFrame | MarkPlayed


class MediaTransport(Protocol):
    """One call's audio. One reader and one writer at a time."""

    @property
    def codec(self) -> str:
        """'ulaw' or 'alaw', 8 kHz."""

    async def receive(self) -> MediaEvent:
        """The next frame or mark. Raises MediaLost when the connection has ended."""

    async def send(self, payload: bytes) -> None:
        """Queue audio at the PBX: whole 20 ms frames, played at their own pace. Raises MediaLost."""

    async def mark(self, mark: str) -> None:
        """Ask to be told when everything sent so far was played. Raises MediaLost."""

    async def flush(self) -> None:
        """Forget what is queued, at once; its marks do not come. Raises MediaLost."""

    async def close(self) -> None:
        """End the connection."""
