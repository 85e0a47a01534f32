"""G.711 against the standard's own step-by-step algorithm and tables."""

from __future__ import annotations

import numpy as np
import pytest

from asterisk_agent.audio.g711 import ALAW, ULAW, Codec, codec


def reference_ulaw(code: int) -> int:
    """ITU-T G.191 ulaw_expand, one code at a time, on 16-bit scale."""
    inverted = ~code & 0xFF
    exponent, mantissa = (inverted >> 4) & 7, inverted & 15
    step = 4 << (exponent + 1)
    value = (0x80 << exponent) + step * mantissa + step // 2 - 4 * 33
    return -value if code < 0x80 else value


def reference_alaw(code: int) -> int:
    """ITU-T G.191 alaw_expand, one code at a time, on 16-bit scale."""
    plain = (code ^ 0x55) & 0x7F
    exponent, mantissa = plain >> 4, plain & 15
    if exponent > 0:
        mantissa += 16
    value = (mantissa << 4) + 8
    if exponent > 1:
        value <<= exponent - 1
    return value if code > 127 else -value


@pytest.mark.parametrize(("law", "reference"), [(ULAW, reference_ulaw), (ALAW, reference_alaw)], ids=["ulaw", "alaw"])
def test_every_code_decodes_as_the_standard_says(law: Codec, reference: object) -> None:
    assert callable(reference)
    expected = [reference(code) for code in range(256)]
    assert law.decode(bytes(range(256))).tolist() == expected


def test_well_known_values_of_the_tables() -> None:
    assert ULAW.decode(b"\x00\x80\x7f\xff").tolist() == [-32124, 32124, 0, 0]
    assert ALAW.decode(b"\x2a\xaa\x55\xd5").tolist() == [-32256, 32256, -8, 8]


@pytest.mark.parametrize("law", [ULAW, ALAW], ids=["ulaw", "alaw"])
def test_a_second_trip_changes_nothing(law: Codec) -> None:
    once = law.decode(bytes(range(256)))
    assert law.decode(law.encode(once)).tolist() == once.tolist()


@pytest.mark.parametrize("law", [ULAW, ALAW], ids=["ulaw", "alaw"])
def test_every_sample_becomes_the_nearest_value(law: Codec) -> None:
    linear = np.arange(-32768, 32768, dtype=np.int32)
    values = np.unique(law.decode(bytes(range(256))).astype(np.int32))
    nearest = np.abs(linear[:, None] - values[None, :]).min(axis=1)
    found = np.abs(linear - law.decode(law.encode(linear.astype(np.int16))).astype(np.int32))
    assert np.array_equal(found, nearest)


@pytest.mark.parametrize("law", [ULAW, ALAW], ids=["ulaw", "alaw"])
@pytest.mark.parametrize("level_dbfs", [-6, -20, -30])
def test_speech_levels_keep_their_signal_to_noise(law: Codec, level_dbfs: int) -> None:
    """ITU-T G.712 asks 33 dB of a whole PCM channel at these levels."""
    time = np.arange(8000) / 8000
    clean = 10 ** (level_dbfs / 20) * 32767 * np.sin(2 * np.pi * 1020 * time)
    noise = law.decode(law.encode(np.rint(clean).astype(np.int16))) - clean
    assert 10 * np.log10(np.mean(clean**2) / np.mean(noise**2)) > 33


def test_silence_is_the_quietest_code_of_each_law() -> None:
    assert ULAW.decode(ULAW.silence).tolist() == [0]
    assert ALAW.decode(ALAW.silence).tolist() == [8]


def test_empty_audio_stays_empty() -> None:
    assert ULAW.encode(ULAW.decode(b"")) == b""


def test_codecs_by_name() -> None:
    assert codec("ulaw") is ULAW
    assert codec("alaw") is ALAW
    with pytest.raises(KeyError):
        codec("opus")
