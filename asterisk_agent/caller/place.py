"""Places one call into an Asterisk as a caller with a telephone would, and keeps what both sides said.

Every call has a Stasis application of its own, so that nothing that belongs to an agent is ever touched.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from asterisk_agent.caller.line import Line
from asterisk_agent.caller.measure import Tracks
from asterisk_agent.caller.perform import Acted, Performer, Prepared, Watch
from asterisk_agent.caller.phone import CUSHION_MS, PbxRecorder, Phone, as_received, cause_text
from asterisk_agent.caller.recording import RecordingError, read_mixmonitor
from asterisk_agent.caller.segments import Segment
from asterisk_agent.caller.timecode import Restored, as_it_is, restore
from asterisk_agent.pbx.ari import AriClient
from asterisk_agent.settings import Asterisk

AGENT = "Local/s@order-agent/n"
"""The agent in the dialplan that comes with it."""


SHORT_MS = 1000.0
"""A call that ended at once holds too little, beside what stands in it before the stream begins, to be compared."""


@dataclass(frozen=True)
class CallResult:
    """One finished call. Spans in ``acted`` and ``answered_ms`` are in milliseconds of ``tracks``.

    ``recorded_at``: whether ``tracks`` were recorded in Asterisk ('pbx') or by the caller itself; ``lost_ms`` is how
    much of the former was missing and has been put back. ``own`` and ``own_acted`` are the caller's own recording
    and times in any case.
    ``cause`` is the Q.850 cause of the hang-up.
    """

    tracks: Tracks
    recorded_at: Literal["pbx", "caller"]
    lost_ms: float
    own: Tracks
    own_acted: tuple[Acted, ...]
    answered_ms: float
    ring_ms: float
    acted: tuple[Acted, ...]
    hung_up_by: Literal["caller", "other side"]
    cause: int

    @property
    def cause_text(self) -> str:
        """The cause in words."""
        return cause_text(self.cause)


async def place_call(
    asterisk: Asterisk,
    steps: Sequence[Prepared],
    *,
    to: str = AGENT,
    caller_id: str = "",
    recorder: PbxRecorder | None = None,
    line: Line | None = None,
    watch: Watch | None = None,
) -> CallResult:
    """Call ``to`` (any dial string), act out the script, hang up.

    ``caller_id``: '"Name" <number>' or a number. ``recorder``: how this Asterisk records it; None: the caller's
    own recording is used. ``line``: the telephone, for room noise or to follow the call; ``watch`` is told of each
    act as it begins, in the line's time.
    Raises CallError when the call is not answered, AriError, AriDenied or AriUnreachable when Asterisk cannot be
    used, RecordingError when it did not record.
    """
    app = f"asterisk-agent-caller-{uuid.uuid4().hex[:12]}"
    line = line or Line()
    async with AriClient(asterisk.url, asterisk.username, asterisk.password.get_secret_value(), app) as ari:
        await ari.connect()
        phone = Phone(ari)
        try:
            await phone.lift()
            answer = await phone.dial(to, caller_id, recorder)
            performer = Performer(line, phone.press, watch)
            by_caller = await _talk_while(phone, line, performer.run(steps))
            cause = await phone.hang_up()
        finally:
            await phone.put_away()
    own = line.tracks()
    recording = as_it_is(own) if recorder is None else await _at_pbx(own, recorder, app)
    return CallResult(
        tracks=recording.tracks,
        recorded_at="caller" if recorder is None else "pbx",
        lost_ms=recording.lost_ms,
        own=own,
        own_acted=tuple(performer.acted),
        answered_ms=_began_ms(recording, recorder) - answer.connected_ms,
        ring_ms=answer.ring_ms,
        acted=tuple(replace(act, span=recording.place(act.span)) for act in performer.acted),
        hung_up_by="caller" if by_caller else "other side",
        cause=cause,
    )


def _began_ms(recording: Restored, recorder: PbxRecorder | None) -> float:
    """When audio began to flow, in recording time (true to 20 ms).

    At the PBX the stream's cushion is heard before its first frame; a recording may begin late but never early.
    """
    return 0.0 if recorder is None else min(0.0, recording.place(Segment(0, 0)).start_ms - CUSHION_MS)


async def _at_pbx(own: Tracks, recorder: PbxRecorder, app: str) -> Restored:
    recorded = await read_mixmonitor(recorder.folder / f"{app}.raw")
    if recorded.length_ms < SHORT_MS:
        return as_it_is(recorded)
    restored = await asyncio.to_thread(restore, as_received(own.caller), recorded)
    if restored is None:
        raise RecordingError(
            "the PBX's recording does not hold the caller's audio as it was sent; "
            "is something between them transcoding? Use ulaw throughout"
        )
    return restored


async def _talk_while(phone: Phone, line: Line, performance: Coroutine[None, None, bool]) -> bool:
    """Stream the line while the script runs; a stream that fails ends the line and is raised."""
    talking = asyncio.create_task(phone.talk(line))
    talking.add_done_callback(lambda _: line.hang_up())
    try:
        by_caller = await performance
    finally:
        talking.cancel()
        await asyncio.wait((talking,))
    if not talking.cancelled():
        talking.result()
    return by_caller
