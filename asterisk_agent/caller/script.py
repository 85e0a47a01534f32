"""What a simulated caller does, step by step; read from JSON lines.

One step a line, named by its first key (empty lines and lines that begin with '#' are skipped)::

    {"say": "Hi, where is my order?"}                       wait until the agent has finished, then speak
    {"say": "One zero four [pause 900] four two"}           a pause inside one utterance, milliseconds
    {"say": "Stop, I want a person.", "barge_in_ms": 800}   speak 800 ms into the agent's next speech
    {"say": "Hello?", "at_once": true, "snr_db": 10}        do not wait; noise 10 dB below the voice
    {"wav": "question.wav"}                                 a recording instead of text (same options)
    {"dtmf": "10442#"}                                      keys (same options but snr_db)
    {"pause": 1500}                                         say nothing for so long, milliseconds
    {"noise": 2000, "level_dbfs": -35}                      noise without a voice, milliseconds
    {"listen": true}                                        wait until the agent has finished speaking
    {"stay": 20}                                            stay on the line until it ends, at most 20 s
    {"hang_up": true}                                       hang up now

A script that does not end in ``hang_up`` or ``stay`` hears the agent out and then hangs up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ScriptError(Exception):
    """A caller's script cannot be used; the message names the line and the fix."""


@dataclass(frozen=True)
class AfterAgent:
    """When the agent has finished speaking."""


@dataclass(frozen=True)
class BargeIn:
    """``ms`` into the agent's next (or present) speech."""

    ms: int


@dataclass(frozen=True)
class AtOnce:
    """Now, whatever the agent does."""


Cue = AfterAgent | BargeIn | AtOnce


@dataclass(frozen=True)
class Say:
    """One utterance from text; ``[pause 900]`` in it is 900 ms of silence. ``snr_db``: noise under the voice."""

    text: str
    cue: Cue = AfterAgent()
    snr_db: float | None = None


@dataclass(frozen=True)
class PlayFile:
    """One utterance from a WAV file (16-bit PCM; the first channel is used)."""

    path: Path
    cue: Cue = AfterAgent()
    snr_db: float | None = None


@dataclass(frozen=True)
class Keys:
    """Keypad digits."""

    digits: str
    cue: Cue = AfterAgent()


@dataclass(frozen=True)
class Pause:
    """Silence of ``ms`` milliseconds."""

    ms: int


@dataclass(frozen=True)
class Noise:
    """Noise of ``ms`` milliseconds without a voice."""

    ms: int
    level_dbfs: float = -40.0


@dataclass(frozen=True)
class Listen:
    """Wait until the agent has finished speaking."""


@dataclass(frozen=True)
class Stay:
    """Stay until the line is hung up from the other side, at most ``seconds``."""

    seconds: float


@dataclass(frozen=True)
class HangUp:
    """End the call now."""


Step = Say | PlayFile | Keys | Pause | Noise | Listen | Stay | HangUp

_CUE_KEYS = frozenset({"barge_in_ms", "at_once"})


def load_script(path: Path) -> tuple[Step, ...]:
    """Read a script file. WAV paths in it are relative to the file. Raises ScriptError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError(f"script {path} cannot be read: {error}") from None
    return parse_script(text, str(path), path.parent)


def parse_script(text: str, name: str = "script", folder: Path = Path()) -> tuple[Step, ...]:
    """Read a script. ``name`` stands in errors; WAV paths are relative to ``folder``. Raises ScriptError."""
    steps: list[Step] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            steps.append(_step(line, folder))
        except ScriptError as error:
            raise ScriptError(f"{name}, line {number}: {error}") from None
    if not steps:
        raise ScriptError(f'{name} has no steps; write one a line, e.g. {{"say": "Where is my order?"}}')
    return tuple(steps)


def say(text: str, cue: Cue | None = None, snr_db: float | None = None) -> Say:
    """A checked Say step. Raises ScriptError when there is nothing to say."""
    if not re.search(r"\w", re.sub(r"\[pause \d+\]", "", text)):
        raise ScriptError(f"there is nothing to say in {text!r}")
    return Say(text, cue or AfterAgent(), snr_db)


def play_file(path: Path, cue: Cue | None = None, snr_db: float | None = None) -> PlayFile:
    """A checked PlayFile step. Raises ScriptError when the file does not exist."""
    if not path.is_file():
        raise ScriptError(f"there is no file {path}")
    return PlayFile(path, cue or AfterAgent(), snr_db)


def keys(digits: str, cue: Cue | None = None) -> Keys:
    """A checked Keys step. Raises ScriptError for anything but 0-9, * and #."""
    if not re.fullmatch(r"[0-9*#]{1,40}", digits):
        raise ScriptError(f"keys are 0-9, * and #, 40 at most, not {digits!r}")
    return Keys(digits, cue or AfterAgent())


def pause(ms: int) -> Pause:
    """A checked Pause step. Raises ScriptError when it is negative or longer than ten minutes."""
    if not 0 <= ms <= 600_000:
        raise ScriptError(f"a pause lasts from 0 to 600000 ms, not {ms}")
    return Pause(ms)


def _step(line: str, folder: Path) -> Step:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise ScriptError(f"is not JSON ({error.msg} at column {error.colno})") from None
    if not isinstance(fields, dict):
        raise ScriptError('a step is an object such as {"say": "Hello"}')
    names = [key for key in fields if key in _STEPS]
    if len(names) != 1:
        found = ", ".join(names) if names else ", ".join(map(str, fields)) or "nothing"
        raise ScriptError(f"a step has exactly one of {', '.join(_STEPS)}; found {found}")
    build, allowed = _STEPS[names[0]]
    unknown = set(fields) - {names[0]} - allowed
    if unknown:
        known = ", ".join(sorted(allowed)) or "none"
        raise ScriptError(f"{names[0]} has no option {', '.join(sorted(unknown))} (options: {known})")
    return build(fields, folder)


def _cue(fields: dict[str, Any]) -> Cue:
    if "barge_in_ms" in fields and "at_once" in fields:
        raise ScriptError("barge_in_ms and at_once exclude each other")
    if "barge_in_ms" in fields:
        return BargeIn(int(_number(fields, "barge_in_ms", 0, 60_000)))
    if "at_once" in fields and _true(fields, "at_once"):
        return AtOnce()
    return AfterAgent()


def _snr(fields: dict[str, Any]) -> float | None:
    return _number(fields, "snr_db", -20, 60) if "snr_db" in fields else None


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str) or not value:
        raise ScriptError(f"{key} takes a text, not {json.dumps(value)}")
    return value


def _number(fields: dict[str, Any], key: str, low: float, high: float) -> float:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ScriptError(f"{key} takes a number from {low} to {high}, not {json.dumps(value)}")
    return value


def _true(fields: dict[str, Any], key: str) -> bool:
    value = fields[key]
    if not isinstance(value, bool):
        raise ScriptError(f"{key} takes true, not {json.dumps(value)}")
    return value


def _listen(fields: dict[str, Any], _folder: Path) -> Step:
    if not _true(fields, "listen"):
        raise ScriptError("listen takes true")
    return Listen()


def _hang_up(fields: dict[str, Any], _folder: Path) -> Step:
    if not _true(fields, "hang_up"):
        raise ScriptError("hang_up takes true")
    return HangUp()


def _noise(fields: dict[str, Any], _folder: Path) -> Step:
    ms = int(_number(fields, "noise", 20, 600_000))
    return Noise(ms, _number(fields, "level_dbfs", -80, -3)) if "level_dbfs" in fields else Noise(ms)


_STEPS: dict[str, tuple[Callable[[dict[str, Any], Path], Step], frozenset[str]]] = {
    "say": (lambda f, _: say(_text(f, "say"), _cue(f), _snr(f)), _CUE_KEYS | {"snr_db"}),
    "wav": (lambda f, folder: play_file(folder / _text(f, "wav"), _cue(f), _snr(f)), _CUE_KEYS | {"snr_db"}),
    "dtmf": (lambda f, _: keys(_text(f, "dtmf"), _cue(f)), _CUE_KEYS),
    "pause": (lambda f, _: Pause(int(_number(f, "pause", 0, 600_000))), frozenset()),
    "noise": (_noise, frozenset({"level_dbfs"})),
    "listen": (_listen, frozenset()),
    "stay": (lambda f, _: Stay(_number(f, "stay", 0, 7200)), frozenset()),
    "hang_up": (_hang_up, frozenset()),
}
