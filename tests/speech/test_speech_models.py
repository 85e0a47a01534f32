"""Where weights are found, and what an operator reads when they are missing or damaged."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from asterisk_agent import manifest
from asterisk_agent.settings import Speech, Vosk, Whisper
from asterisk_agent.speech import models, packaged_whisper
from asterisk_agent.speech.protocols import SpeechError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The two packages with tiny weights instead of 145 MB."""
    first, second = tmp_path / "site" / "one" / "data", tmp_path / "site" / "two" / "data"
    first.mkdir(parents=True)
    second.mkdir(parents=True)
    (first / "model.bin.part1").write_bytes(b"first half, ")
    (second / "model.bin.part2").write_bytes(b"second half")
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "model.bin").write_bytes(b"first half, second half")
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (second / name).write_text("{}")
        (whole / name).write_text("{}")
    files = {file.name: file for file in manifest.describe(whole)}
    pinned = tuple(files[file.name] for file in packaged_whisper.FILES)
    monkeypatch.setattr(packaged_whisper, "FILES", pinned)
    monkeypatch.setattr(packaged_whisper, "data_folders", lambda: (first, second))
    return first, second


def cached_model(name: str, **files: bytes) -> Path:
    folder = models.cache_folder() / name
    for file, data in {"am/final.mdl": b"mdl", "conf/model.conf": b"conf", "graph/Gr.fst": b"fst", **files}.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data)
    manifest.write(folder, manifest.describe(folder))
    return folder


def test_the_packaged_model_is_joined_once(small: tuple[Path, Path]) -> None:
    folder = models.whisper_folder(None)
    assert folder.parent == models.cache_folder()
    assert (folder / "model.bin").read_bytes() == b"first half, second half"
    before = (folder / "model.bin").stat().st_mtime_ns
    assert models.whisper_folder(None) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    assert os.listdir(models.cache_folder()) == [folder.name]


@pytest.mark.parametrize("harm", [b"", b"first half, second haLf", b"first half, second half and more"])
def test_a_damaged_copy_in_the_cache_is_made_again(small: tuple[Path, Path], harm: bytes) -> None:
    folder = models.whisper_folder(None)
    (folder / "model.bin").write_bytes(harm)
    models.whisper_folder(None)
    assert (folder / "model.bin").read_bytes() == b"first half, second half"


@pytest.mark.parametrize("harm", ["changed", "cut", "gone"])
def test_a_damaged_package_is_one_clear_line_and_leaves_nothing_behind(small: tuple[Path, Path], harm: str) -> None:
    part = small[1] / "model.bin.part2"
    if harm == "changed":
        part.write_bytes(b"SECOND half")
    elif harm == "cut":
        part.write_bytes(b"second")
    else:
        part.unlink()
    with pytest.raises(SpeechError) as error:
        models.whisper_folder(None)
    assert "\n" not in str(error.value)
    assert os.listdir(models.cache_folder()) == []


def test_a_cache_that_cannot_be_written_says_what_to_do(small: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(SpeechError, match=r"cannot be written.*XDG_CACHE_HOME"):
        models.whisper_folder(None)


def _join(cache: str) -> str:
    os.environ["XDG_CACHE_HOME"] = cache
    return str(models.whisper_folder(None))


def test_several_processes_may_join_at_once(tmp_path: Path) -> None:
    """With the real weights: each process finds them whole."""
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        folders = pool.map(_join, [str(tmp_path / "shared")] * 3)
    assert len(set(folders)) == 1
    assert manifest.damage(Path(folders[0]), packaged_whisper.FILES) is None
    assert os.listdir(Path(folders[0]).parent) == [Path(folders[0]).name]


def test_the_settings_come_before_the_package(small: tuple[Path, Path], tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (own / name).touch()
    assert models.whisper_folder(own) == own


def test_the_cache_comes_after_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged_whisper, "data_folders", lambda: None)
    with pytest.raises(SpeechError, match="no Whisper model is installed; run: pip install"):
        models.whisper_folder(None)
    folder = cached_model("whisper-base")
    assert models.whisper_folder(None) == folder


def test_vosk_from_settings_then_cache(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"set speech\.vosk\.model .*asterisk-agent models pull vosk-small-en-us"):
        models.vosk_folder(None)
    large = cached_model("vosk-en-us")
    assert models.vosk_folder(None) == large
    small = cached_model("vosk-small-en-us")
    assert models.vosk_folder(None) == small
    (small / "am" / "final.mdl").write_bytes(b"xxx")
    with pytest.raises(SpeechError, match=r"damaged: .*final\.mdl.*; run: asterisk-agent models pull vosk-small-en-us"):
        models.vosk_folder(None)
    (small / manifest.NAME).unlink()
    with pytest.raises(SpeechError, match="manifest is missing"):
        models.vosk_folder(None)
    with pytest.raises(SpeechError, match="is not a folder"):
        models.vosk_folder(tmp_path / "nowhere")
    with pytest.raises(SpeechError, match=r"lacks am/final\.mdl, conf, graph"):
        models.vosk_folder(tmp_path)


def test_every_state_is_told(small: tuple[Path, Path], tmp_path: Path) -> None:
    cached_model("vosk-small-en-us")
    (cached_model("vosk-en-us") / "conf" / "model.conf").write_bytes(b"CONF")
    speech = Speech(whisper=Whisper(model=tmp_path / "nowhere"), vosk=Vosk(model=cached_model("own")))
    found = {status.name: status for status in models.statuses(speech)}
    states = {name: (status.state, status.source) for name, status in found.items()}
    assert states == {
        "speech.vosk.model": ("ready", "settings"),
        "speech.whisper.model": ("missing", "settings"),
        "whisper-base-packaged": ("ready", "package"),
        "whisper-base": ("missing", None),
        "vosk-small-en-us": ("ready", "cache"),
        "vosk-en-us": ("damaged", "cache"),
        "hibari-heart": ("ready", "package"),
        "silero-vad": ("ready", "package"),
    }
    assert all(status.licence and status.publisher for status in found.values())
    assert all(bool(status.note) == (status.state != "ready") for status in found.values())


def test_a_package_that_is_gone_is_missing(small: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda _package: None)
    found = {status.name: status for status in models.statuses(Speech())}
    for name in ("hibari-heart", "silero-vad"):
        assert found[name].state == "missing"
        assert "pip install" in found[name].note
