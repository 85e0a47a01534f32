"""Log-mel features against those of faster-whisper, which are OpenAI's."""

from __future__ import annotations

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from asterisk_agent.audio.mel import log_mel

RATE = 16000


@pytest.mark.parametrize("samples", [1, 100, 1600, RATE, 3 * RATE + 77, 12 * RATE - 1])
def test_features_are_those_whisper_was_trained_on(samples: int) -> None:
    pcm = (np.random.default_rng(samples).standard_normal(samples) * 3000).astype(np.int16)
    padded = np.zeros(12 * RATE, np.float32)
    padded[:samples] = pcm / 32768
    expected = FeatureExtractor(feature_size=80)(padded, padding=0)[:, :1200]
    # Their last window of a full 12 s looks into a mirror image of the end; here silence follows.
    assert np.abs(log_mel(pcm, 1200) - expected)[:, :-2].max() < 1e-3


def test_no_audio_is_silence() -> None:
    features = log_mel(np.zeros(0, np.int16), 1200)
    assert features.shape == (80, 1200)
    assert len(np.unique(features)) == 1


def test_audio_longer_than_the_window_is_cut() -> None:
    pcm = (np.random.default_rng(1).standard_normal(13 * RATE) * 3000).astype(np.int16)
    assert log_mel(pcm, 1200).shape == (80, 1200)
