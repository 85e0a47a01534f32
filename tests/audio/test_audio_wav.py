"""Recordings as people have them: many formats, and damaged ones."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from asterisk_agent.audio import wav
from asterisk_agent.audio.g711 import ALAW, ULAW
from asterisk_agent.audio.wav import WavError

TONE = np.rint(12000 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)).astype(np.int16)
DATA = Path(__file__).parents[1] / "data" / "audio"


def riff(
    path: Path, tag: int, bits: int, data: bytes, *, channels: int = 1, rate: int = 8000, extra: bytes = b""
) -> Path:
    width = bits // 8 * channels
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits) + extra
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    # An odd chunk before the data: readers must skip its padding byte.
    body += b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def packed_24(pcm: np.ndarray) -> bytes:
    return b"".join((int(sample) * 256).to_bytes(3, "little", signed=True) for sample in pcm)


@pytest.mark.parametrize(
    ("tag", "bits", "data", "within"),
    [
        (1, 8, (TONE // 256 + 128).astype(np.uint8).tobytes(), 256),
        (1, 16, TONE.tobytes(), 0),
        (1, 24, packed_24(TONE), 0),
        (1, 32, (TONE.astype(np.int32) * 65536).tobytes(), 0),
        (3, 32, (TONE / 32768).astype("<f4").tobytes(), 1),
        (3, 64, (TONE / 32768).astype("<f8").tobytes(), 1),
        (7, 8, ULAW.encode(TONE), 512),
        (6, 8, ALAW.encode(TONE), 512),
    ],
)
def test_every_usual_format(tmp_path: Path, tag: int, bits: int, data: bytes, within: int) -> None:
    pcm, rate = wav.read(riff(tmp_path / "a.wav", tag, bits, data))
    assert rate == 8000
    assert pcm.dtype == np.int16
    assert len(pcm) == len(TONE)
    assert np.abs(pcm.astype(int) - TONE).max() <= within


def test_channels_are_mixed(tmp_path: Path) -> None:
    both = np.stack((TONE, np.zeros_like(TONE)), axis=1)
    pcm, _ = wav.read(riff(tmp_path / "a.wav", 1, 16, both.tobytes(), channels=2))
    assert np.abs(pcm.astype(int) - TONE / 2).max() <= 1


def test_the_extensible_header_of_newer_recorders(tmp_path: Path) -> None:
    guid = struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + bytes(14)
    pcm, _ = wav.read(riff(tmp_path / "a.wav", 0xFFFE, 16, TONE.tobytes(), extra=guid))
    assert np.array_equal(pcm, TONE)


def test_a_file_of_the_standard_library_and_its_rate(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(TONE.tobytes())
    pcm, rate = wav.read(tmp_path / "a.wav")
    assert rate == 22050
    assert np.array_equal(pcm, TONE)


def test_a_recording_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    path = riff(tmp_path / "a.wav", 1, 16, TONE.tobytes())
    path.write_bytes(path.read_bytes()[:-1001])
    pcm, _ = wav.read(path)
    assert np.array_equal(pcm, TONE[: len(pcm)])
    assert len(pcm) == len(TONE) - 501


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a WAV file"),
        (b"ID3" + bytes(100), "not a WAV file"),
        (b"RIFF\0\0\0\0WAVE", "no chunk 'fmt '"),
        (b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0\x01\0\x01\0", "format chunk is cut off"),
    ],
)
def test_what_is_no_recording_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(WavError, match=says):
        wav.read(tmp_path / "a.wav")


@pytest.mark.parametrize(("tag", "bits", "channels", "rate"), [(2, 4, 1, 8000), (1, 16, 0, 8000), (1, 16, 1, 0)])
def test_formats_that_cannot_be_read_are_named(tmp_path: Path, tag: int, bits: int, channels: int, rate: int) -> None:
    with pytest.raises(WavError, match="cannot be read"):
        wav.read(riff(tmp_path / "a.wav", tag, bits, TONE.tobytes(), channels=channels, rate=rate))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WavError, match=r"none\.wav cannot be read: No such file"):
        wav.read(tmp_path / "none.wav")


def test_the_committed_recording_is_speech_of_three_seconds() -> None:
    pcm, rate = wav.read(DATA / "korean_digits_ulaw.wav")
    assert rate == 8000
    assert 2 < len(pcm) / rate < 4
    assert np.abs(pcm).max() > 3000
