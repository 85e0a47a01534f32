"""What can go wrong when a call is placed; each error's text says what to do."""

from __future__ import annotations

from asterisk_agent.caller.phone import CallError
from asterisk_agent.caller.recording import RecordingError
from asterisk_agent.caller.script import ScriptError
from asterisk_agent.caller.stage import StageError
from asterisk_agent.pbx.ari import AriDenied, AriError, AriUnreachable
from asterisk_agent.pbx.private import AsteriskFailed, AsteriskNotFound
from asterisk_agent.speech.protocols import SpeechError

CALL_ERRORS = (
    AriDenied,
    AriError,
    AriUnreachable,
    AsteriskFailed,
    AsteriskNotFound,
    CallError,
    RecordingError,
    ScriptError,
    SpeechError,
    StageError,
)
"""Shown to people as one line, without a stack trace."""
