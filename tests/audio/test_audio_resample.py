"""Resampling by its signal-to-noise ratio, its aliases and its delay."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from asterisk_agent.audio.resample import StreamResampler, resample

PAIRS = [(8000, 16000), (16000, 8000), (24000, 8000), (22050, 8000), (8000, 24000), (8000, 22050), (24000, 16000)]


def tone(hertz: float, rate: int, seconds: float = 1.0) -> NDArray[np.int16]:
    wave: NDArray[np.float64] = 16000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)
    return np.rint(wave).astype(np.int16)


def in_frames(pcm: NDArray[np.int16], rate_in: int, rate_out: int, ms: int = 20) -> NDArray[np.int16]:
    stream = StreamResampler(rate_in, rate_out)
    step = rate_in * ms // 1000
    pieces = [stream.push(pcm[at : at + step]) for at in range(0, len(pcm), step)]
    return np.concatenate((*pieces, stream.flush()))


def snr_db(pcm: NDArray[np.int16], hertz: float, rate: int) -> float:
    middle = slice(rate // 10, -rate // 10)
    expected = 16000 * np.sin(2 * np.pi * hertz * np.arange(len(pcm)) / rate)[middle]
    error = pcm[middle] - expected
    return float(10 * np.log10(np.mean(expected**2) / np.mean(error**2)))


def level_db(pcm: NDArray[np.int16]) -> float:
    middle = pcm[len(pcm) // 10 : -len(pcm) // 10].astype(np.float64)
    return float(20 * np.log10(np.sqrt(np.mean(middle**2)) / (16000 / np.sqrt(2)) + 1e-9))


@pytest.mark.parametrize("hertz", [300, 1000, 2500])
@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_a_stream_keeps_speech_frequencies(rate_in: int, rate_out: int, hertz: int) -> None:
    assert snr_db(in_frames(tone(hertz, rate_in), rate_in, rate_out), hertz, rate_out) > 45


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_a_recording_keeps_speech_frequencies(rate_in: int, rate_out: int) -> None:
    assert snr_db(resample(tone(1000, rate_in), rate_in, rate_out), 1000, rate_out) > 60


@pytest.mark.parametrize("hertz", [4700, 5500, 7000])
@pytest.mark.parametrize("rate_in", [16000, 24000, 22050])
def test_what_the_telephone_cannot_carry_does_not_come_back_as_an_alias(rate_in: int, hertz: int) -> None:
    assert level_db(in_frames(tone(hertz, rate_in), rate_in, 8000)) < -55
    assert level_db(resample(tone(hertz, rate_in), rate_in, 8000)) < -55


def test_upsampling_adds_no_images() -> None:
    wide = in_frames(tone(3000, 8000), 8000, 16000).astype(np.float64)[1600:-1600]
    spectrum = np.abs(np.fft.rfft(wide * np.hanning(len(wide))))
    hertz = np.fft.rfftfreq(len(wide), 1 / 16000)
    image = spectrum[(hertz > 4600) & (hertz < 8000)].max() / spectrum.max()
    assert 20 * np.log10(image) < -60


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_frames_of_any_size_give_the_same_samples(rate_in: int, rate_out: int) -> None:
    noise = np.random.default_rng(3).integers(-20000, 20000, 6000).astype(np.int16)
    stream, at, sizes = StreamResampler(rate_in, rate_out), 0, np.random.default_rng(4)
    pieces = []
    while at < len(noise):
        size = int(sizes.integers(0, 400))
        pieces.append(stream.push(noise[at : at + size]))
        at += size
    whole = StreamResampler(rate_in, rate_out)
    expected = np.concatenate((whole.push(noise), whole.flush()))
    assert np.array_equal(np.concatenate((*pieces, stream.flush())), expected)


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_a_stream_holds_back_no_more_than_it_says(rate_in: int, rate_out: int) -> None:
    stream, given, got, worst = StreamResampler(rate_in, rate_out), 0, 0, 0.0
    for _ in range(100):
        frame = np.zeros(rate_in // 50, np.int16)
        given += len(frame)
        got += len(stream.push(frame))
        worst = max(worst, 1000 * (given / rate_in - got / rate_out))
    assert stream.delay_ms < 3
    assert worst <= stream.delay_ms + 1000 / rate_out + 1e-6


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_a_stream_is_not_shifted(rate_in: int, rate_out: int) -> None:
    click = np.zeros(rate_in // 2, np.int16)
    click[rate_in // 4] = 30000
    out = in_frames(click, rate_in, rate_out)
    assert abs(int(np.argmax(np.abs(out))) / rate_out - 0.25) <= 1 / min(rate_in, rate_out)


def test_loud_audio_is_clipped_and_does_not_wrap() -> None:
    square = np.where(np.arange(8000) % 40 < 20, 32767, -32768).astype(np.int16)
    wide = in_frames(square, 8000, 16000)
    assert wide.max() == 32767
    assert wide.min() == -32768
    assert np.array_equal(np.sign(wide[400:-400:2]), np.sign(square[200:-200]))


def test_the_same_rate_changes_nothing() -> None:
    pcm = tone(440, 8000)
    assert np.array_equal(in_frames(pcm, 8000, 8000), pcm)
    assert np.array_equal(resample(pcm, 8000, 8000), pcm)
