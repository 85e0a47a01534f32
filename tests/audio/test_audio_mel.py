"""Whisper's features against the implementation of faster-whisper."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from asterisk_agent.audio.mel import log_mel


@pytest.mark.parametrize("samples", [0, 1, 100, 199, 1600, 16000, 48001, 191_000])
def test_same_as_the_reference(samples: int) -> None:
    pcm = (np.random.default_rng(samples).standard_normal(samples) * 3000).astype(np.int16)
    padded = np.zeros(12 * 16000, np.float32)
    padded[:samples] = pcm / np.float32(32768)
    reference = FeatureExtractor(feature_size=80)(padded, padding=0)[:, :1200]
    assert np.abs(log_mel(pcm, 1200) - reference).max() < 1e-5


def test_too_much_audio_is_cut() -> None:
    pcm = (np.random.default_rng(1).standard_normal(16000 * 3) * 3000).astype(np.int16)
    features = log_mel(pcm, 100)
    assert features.shape == (80, 100)
    assert features.dtype == np.float32
