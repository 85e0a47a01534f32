"""Voice activity by the Silero model (ONNX, MIT; its file comes with the package faster-whisper)."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

RATE = 16000
WINDOW = 512
"""Samples of one decision: 32 ms at 16 kHz, as the model was trained."""

WINDOW_MS = 32
_CONTEXT = 64
_STATE = (1, 1, 128)

INSTALL = "pip install --force-reinstall --no-deps faster-whisper==1.2.1"

SHA256 = "4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2"
"""Of the model file in faster-whisper 1.2.1 (Silero VAD 6)."""

DITHER = 10.0 / 32768
"""Noise (RMS, -70 dBFS) laid under every window. After digital silence the bare model finds voice up to 150 ms later
than after a line's own noise (measured). Leaving quiet windows out costs as much: the model needs its past."""

_NOISE = (np.random.default_rng(1).standard_normal(WINDOW) * DITHER).astype(np.float32)


class VoiceActivityError(Exception):
    """The model cannot be loaded; the message says what to do."""


class VoiceActivity:
    """The model, shared by all calls. A window of 32 ms costs about 0.15 ms: half a percent of a core for each call."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    @classmethod
    def load(cls) -> VoiceActivity:
        """Load the model. Raises VoiceActivityError."""
        package = find_spec("faster_whisper")
        file = Path(package.origin or "").parent / "assets" / "silero_vad_v6.onnx" if package else None
        if file is None or not file.is_file():
            raise VoiceActivityError(f"the voice activity model is missing; install it again: {INSTALL}")
        if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256:
            raise VoiceActivityError(f"the voice activity model {file} is damaged; install it again: {INSTALL}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        return cls(onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]))

    def session(self) -> VoiceActivitySession:
        """The state of one call."""
        return VoiceActivitySession(self._session)


class VoiceActivitySession:
    """Voice activity of one stream."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._rest = np.zeros(0, np.int16)
        self._input = np.zeros((1, _CONTEXT + WINDOW), np.float32)
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)

    def push(self, pcm: NDArray[np.int16]) -> list[float]:
        """Take 16 kHz audio; returns the probability of voice (0…1) of each window that is complete."""
        audio = np.concatenate((self._rest, pcm))
        whole = len(audio) - len(audio) % WINDOW
        self._rest = audio[whole:]
        return [self._probability(window) for window in audio[:whole].reshape(-1, WINDOW)]

    def _probability(self, window: NDArray[np.int16]) -> float:
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        np.multiply(window, np.float32(1 / 32768), out=self._input[0, _CONTEXT:])
        self._input[0, _CONTEXT:] += _NOISE
        feed = {"input": self._input, "h": self._h, "c": self._c}
        probability, self._h, self._c = self._session.run(None, feed)
        return float(probability[0])
