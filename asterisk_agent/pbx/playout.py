"""Speaking to the caller: keeps a little audio queued at the PBX and knows what has been heard.

Only marks that came back count as heard. Audio of a playback is kept until it ends, so that a pause can be
taken back: what was flushed is sent again from the last quiet moment before the cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from asterisk_agent.audio.g711 import Codec
from asterisk_agent.audio.level import quietest
from asterisk_agent.pbx.media import MediaLost, MediaTransport

FRAME_MS = 20
FRAME_BYTES = 160
CHUNK_MS = 60
"""Audio between two marks: the resolution of what is known to be heard."""

QUEUE_MS = 300
"""Audio kept queued at the PBX: covers the event loop's jitter, and little is lost at a flush."""

REWIND_MS = 600
"""A resumed playback goes back to the quietest moment of this stretch before the cut."""

BYTES_PER_MS = 8


@dataclass(frozen=True)
class PlaybackProgress:
    """``heard_ms`` of playback ``playback`` have reached the caller."""

    playback: int
    heard_ms: int


@dataclass(frozen=True)
class PlaybackDone:
    """All of playback ``playback`` has reached the caller."""

    playback: int


@dataclass
class _Audio:
    data: bytearray = field(default_factory=bytearray)
    finished: bool = False
    sent: int = 0
    heard: int = 0
    heard_at: float = 0.0


class Playout:
    """Plays one playback at a time over a transport. ``run`` moves the audio; it is a task of the leg."""

    def __init__(self, codec: Codec, emit: Callable[[PlaybackProgress | PlaybackDone], None]) -> None:
        self._codec = codec
        self._emit = emit
        self._audio: dict[int, _Audio] = {}
        self._current: int | None = None
        self._epoch = 0
        self._transport: MediaTransport | None = None
        self._wake = asyncio.Event()

    def feed(self, playback: int, payload: bytes) -> None:
        """Add audio in the leg's codec to a playback, started or not."""
        self._audio.setdefault(playback, _Audio()).data += payload
        self._wake.set()

    def finish(self, playback: int) -> None:
        """Nothing more will be fed to this playback."""
        audio = self._audio.setdefault(playback, _Audio())
        audio.data += self._codec.silence * (-len(audio.data) % FRAME_BYTES)
        audio.finished = True
        self._wake.set()

    def start(self, playback: int) -> None:
        """Let this playback be heard, from its beginning."""
        self._audio.setdefault(playback, _Audio())
        self._current = playback
        self._wake.set()

    async def pause(self, playback: int) -> int:
        """Silence it at once; returns the milliseconds heard. Its audio is kept."""
        if playback != self._current:
            return 0
        audio = self._audio[playback]
        heard = audio.heard
        if audio.sent > audio.heard:
            # Between two marks the PBX plays at the pace of the clock.
            since = int((self._now() - audio.heard_at) * 1000) * BYTES_PER_MS
            heard = min(audio.heard + since, audio.sent)
        await self._silence()
        audio.heard = audio.sent = heard - heard % FRAME_BYTES
        return audio.heard // BYTES_PER_MS

    async def resume(self, playback: int, from_ms: int) -> None:
        """Go on after a pause, from the quietest moment shortly before ``from_ms``."""
        audio = self._audio.get(playback)
        if audio is None:
            return
        end = min(from_ms * BYTES_PER_MS, len(audio.data))
        start = max(0, end - REWIND_MS * BYTES_PER_MS)
        quiet = start + quietest(self._codec.decode(bytes(audio.data[start:end])), FRAME_BYTES) if start else 0
        audio.sent = audio.heard = quiet - quiet % FRAME_BYTES
        self.start(playback)

    async def stop(self, playback: int) -> None:
        """End a playback: silence it at once if it is being heard, and forget its audio."""
        if playback == self._current:
            await self._silence()
        self._audio.pop(playback, None)

    async def run(self, transport: MediaTransport) -> None:
        """Move audio until cancelled. Raises MediaLost; may be run again over a new transport."""
        self._transport = transport
        if self._current is not None:
            # A new transport: what the old one had queued is sent again.
            audio = self._audio[self._current]
            audio.sent = audio.heard
        self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._send(transport)

    def marked(self, mark: str) -> None:
        """A mark came back from the transport."""
        try:
            playback, epoch, position = (int(part) for part in mark.split(":"))
        except ValueError:
            return  # none of ours
        audio = self._audio.get(playback)
        if audio is None or epoch != self._epoch or playback != self._current:
            return
        audio.heard, audio.heard_at = position, self._now()
        self._emit(PlaybackProgress(playback, position // BYTES_PER_MS))
        if not self._ended(playback, audio):
            self._wake.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _ended(self, playback: int, audio: _Audio) -> bool:
        if not audio.finished or audio.heard < len(audio.data):
            return False
        self._current = None
        del self._audio[playback]
        self._emit(PlaybackDone(playback))
        return True

    async def _send(self, transport: MediaTransport) -> None:
        epoch = self._epoch
        while self._current is not None and epoch == self._epoch:
            playback, audio = self._current, self._audio[self._current]
            if self._ended(playback, audio):
                return
            whole = len(audio.data) - len(audio.data) % FRAME_BYTES
            size = min(CHUNK_MS * BYTES_PER_MS, whole - audio.sent)
            if size <= 0 or audio.sent + size - audio.heard > QUEUE_MS * BYTES_PER_MS:
                return
            payload = bytes(audio.data[audio.sent : audio.sent + size])
            if audio.sent == audio.heard:
                audio.heard_at = self._now()
            audio.sent += size
            mark = f"{playback}:{epoch}:{audio.sent}"
            await transport.send(payload)
            await transport.mark(mark)

    async def _silence(self) -> None:
        self._current = None
        self._epoch += 1
        if self._transport is not None:
            with suppress(MediaLost):  # then nothing is queued any more
                await self._transport.flush()
