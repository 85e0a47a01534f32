"""Fetching models, against servers on loopback that behave like the publishers' and that do not."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from asterisk_agent import manifest
from asterisk_agent.speech.models import Download, Model
from asterisk_agent.speech.protocols import SpeechError
from asterisk_agent.speech.pull import Sources, pull

WEIGHTS = b"weights" * 100_000
CONFIG = b"{}"


@dataclass
class Publisher:
    """A web server; ``files`` are its answers by path, ``cut`` the paths whose answers break off."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)

    @property
    def sources(self) -> Sources:
        return Sources(hub=self.address, vosk_list=f"{self.address}/model-list.json")


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = site.files.get(self.path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write((data or b"")[: 1000 if self.path in site.cut else None])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Publisher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def hub_model(site: Publisher) -> Model:
    sibling = {"rfilename": "model.bin", "lfs": {"sha256": hashlib.sha256(WEIGHTS).hexdigest()}}
    blob = hashlib.sha1(b"blob %d\0" % len(CONFIG) + CONFIG).hexdigest()
    about = {"sha": "abc", "siblings": [sibling, {"rfilename": "config.json", "blobId": blob}, {"rfilename": "a.md"}]}
    site.files["/api/models/who/base?blobs=true"] = json.dumps(about).encode()
    site.files["/who/base/resolve/abc/model.bin"] = WEIGHTS
    site.files["/who/base/resolve/abc/config.json"] = CONFIG
    return Model("whisper-x", "whisper", "", "MIT", "", download=Download("hub", "who/base", 1))


def zip_model(site: Publisher, entries: dict[str, bytes] | None = None) -> Model:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in (entries or {"vosk-x-1/am/final.mdl": WEIGHTS, "vosk-x-1/conf/mfcc.conf": CONFIG}).items():
            archive.writestr(name, data)
    site.files["/vosk-x-1.zip"] = packed.getvalue()
    listed = [{"name": "vosk-x-1", "md5": hashlib.md5(packed.getvalue()).hexdigest()}]
    site.files["/model-list.json"] = json.dumps(listed).encode()
    return Model("vosk-x", "vosk", "", "Apache-2.0", "", download=Download("zip", f"{site.address}/vosk-x-1.zip", 1))


def fetch(model: Model, cache: Path, site: Publisher) -> Path:
    return pull(model, cache, lambda *_: None, site.sources)


def test_from_the_hub(publisher: Publisher, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = pull(hub_model(publisher), tmp_path, lambda *step: seen.append(step), publisher.sources)
    assert folder == tmp_path / "whisper-x"
    assert sorted(os.listdir(folder)) == ["MANIFEST.json", "config.json", "model.bin"]
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    files = manifest.read(folder)
    assert files is not None
    assert manifest.damage(folder, files) is None
    assert ("model.bin", len(WEIGHTS), len(WEIGHTS)) in seen
    assert os.listdir(tmp_path) == ["whisper-x"]


def test_an_archive(publisher: Publisher, tmp_path: Path) -> None:
    folder = fetch(zip_model(publisher), tmp_path, publisher)
    assert (folder / "am" / "final.mdl").read_bytes() == WEIGHTS
    assert os.listdir(tmp_path) == ["vosk-x"]


def test_pulling_again_mends_a_damaged_model(publisher: Publisher, tmp_path: Path) -> None:
    model = zip_model(publisher)
    folder = fetch(model, tmp_path, publisher)
    (folder / "am" / "final.mdl").write_bytes(b"")
    fetch(model, tmp_path, publisher)
    assert (folder / "am" / "final.mdl").read_bytes() == WEIGHTS
    assert os.listdir(tmp_path) == ["vosk-x"]


@pytest.mark.parametrize("kind", ["weights", "config", "archive", "cut", "not a zip", "not json", "gone"])
def test_what_arrives_wrong_is_not_put_in_place(kind: str, publisher: Publisher, tmp_path: Path) -> None:
    model = hub_model(publisher) if kind in {"weights", "config", "cut", "not json"} else zip_model(publisher)
    match kind:
        case "weights":
            publisher.files["/who/base/resolve/abc/model.bin"] = WEIGHTS[:-1] + b"x"
        case "config":
            publisher.files["/who/base/resolve/abc/config.json"] = b"[]"
        case "archive":
            publisher.files["/vosk-x-1.zip"] += b"x"
        case "cut":
            publisher.cut.add("/who/base/resolve/abc/model.bin")
        case "not a zip":
            publisher.files["/vosk-x-1.zip"] = b"<html>please log in</html>"
            publisher.files["/model-list.json"] = b"[]"
        case "not json":
            publisher.files["/api/models/who/base?blobs=true"] = b"<html>please log in</html>"
        case _:
            del publisher.files["/vosk-x-1.zip"]
    with pytest.raises(SpeechError) as error:
        fetch(model, tmp_path, publisher)
    assert "\n" not in str(error.value)
    assert os.listdir(tmp_path) == []


def test_a_failed_pull_keeps_the_model_that_was_there(publisher: Publisher, tmp_path: Path) -> None:
    model = zip_model(publisher)
    folder = fetch(model, tmp_path, publisher)
    publisher.files["/vosk-x-1.zip"] += b"x"
    with pytest.raises(SpeechError, match="arrived damaged"):
        fetch(model, tmp_path, publisher)
    assert (folder / "am" / "final.mdl").read_bytes() == WEIGHTS


def test_an_archive_cannot_write_outside(publisher: Publisher, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    fetch(zip_model(publisher, {"vosk-x-1/am": b"1", "../../evil": b"2", "/evil": b"3"}), cache, publisher)
    assert not list(tmp_path.glob("evil"))
    assert not Path("/evil").exists()
    assert os.listdir(tmp_path) == ["cache"]


def test_no_internet_is_one_line_with_the_fix(tmp_path: Path) -> None:
    nobody = Publisher("http://127.0.0.1:9")
    for model in (hub_model(nobody), zip_model(nobody)):
        with pytest.raises(SpeechError, match=rf"{model.name} cannot be fetched .*set speech\.\w+\.model") as error:
            fetch(model, tmp_path, nobody)
        assert "\n" not in str(error.value)
    assert os.listdir(tmp_path) == []
