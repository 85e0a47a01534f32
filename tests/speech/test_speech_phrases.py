"""Rendered phrases on disk: the same bytes again, whatever happens to the files."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from asterisk_agent.speech.phrases import PhraseCache
from asterisk_agent.speech.protocols import Pcm

KEY = ("engine", "voice@1.0", "8000", "1", "Hello.")


def pcm(seed: int = 1, samples: int = 8000) -> Pcm:
    return np.random.default_rng(seed).integers(-20000, 20000, samples).astype(np.int16)


def test_another_process_finds_the_same_samples(tmp_path: Path) -> None:
    PhraseCache(tmp_path / "phrases", 10**6).keep(KEY, pcm())
    later = PhraseCache(tmp_path / "phrases", 10**6)
    assert later.get(KEY) is None
    found = later.load(KEY)
    assert found is not None
    assert np.array_equal(found, pcm())
    assert later.get(KEY) is found


def test_every_part_of_the_key_counts(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, 10**6)
    cache.keep(KEY, pcm())
    for index in range(len(KEY)):
        assert cache.load((*KEY[:index], "other", *KEY[index + 1 :])) is None
    assert cache.load(("enginevoice@1.0", *KEY[2:])) is None


def test_a_damaged_entry_is_not_played_and_is_written_anew(tmp_path: Path) -> None:
    PhraseCache(tmp_path, 10**6).keep(KEY, pcm())
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:100], b"", whole[:50] + b"\0" + whole[51:], whole + b"\0\0"):
        file.write_bytes(damaged)
        cache = PhraseCache(tmp_path, 10**6)
        assert cache.load(KEY) is None
        cache.keep(KEY, pcm())
        assert file.read_bytes() == whole


def test_the_folder_stays_within_its_bound_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    limit = 50_000
    cache = PhraseCache(tmp_path, limit)
    for number in range(10):
        cache.keep((*KEY, str(number)), pcm(number))
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= limit
    fresh = PhraseCache(tmp_path, limit)
    assert fresh.load((*KEY, "9")) is not None
    assert fresh.load((*KEY, "0")) is None


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    cache = PhraseCache(blocked / "phrases", 10**6)
    cache.keep(KEY, pcm())
    found = cache.get(KEY)
    assert found is not None
    assert np.array_equal(found, pcm())
    assert PhraseCache(blocked / "phrases", 10**6).load(KEY) is None


def test_many_writers_at_once_leave_whole_entries(tmp_path: Path) -> None:
    def write() -> None:
        cache = PhraseCache(tmp_path, 10**7)
        for number in range(20):
            cache.keep((*KEY, str(number)), pcm(number))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache = PhraseCache(tmp_path, 10**7)
    for number in range(20):
        found = cache.load((*KEY, str(number)))
        assert found is not None
        assert np.array_equal(found, pcm(number))
    assert len(list(tmp_path.iterdir())) == 20
