"""Voice activity by the Silero model (ONNX, MIT; its file comes with the package faster-whisper)."""

from __future__ import annotations

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

QUIET_RMS = 30.0
"""Windows below this level (-61 dBFS) hold no voice on a telephone line: the model is not asked."""


class VoiceActivityError(Exception):
    """The model cannot be loaded; the message says what to do."""


class VoiceActivity:
    """The model, shared by all calls. One window costs about 0.1 ms of one core."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    @classmethod
    def load(cls) -> VoiceActivity:
        """Load the model. Raises VoiceActivityError."""
        package = find_spec("faster_whisper")
        file = Path(package.origin or "").parent / "assets" / "silero_vad_v6.onnx" if package else None
        if file is None or not file.is_file():
            raise VoiceActivityError(
                "the voice activity model is missing; install it again: pip install --force-reinstall "
                "--no-deps faster-whisper==1.2.1"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            return cls(onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]))
        except Exception as error:  # onnxruntime raises classes of its own that are not exported
            raise VoiceActivityError(f"the voice activity model {file.name} is damaged: {error}") from None

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
        self._rest = np.concatenate((self._rest, pcm))
        count = len(self._rest) // WINDOW
        windows = [self._rest[index * WINDOW : (index + 1) * WINDOW] for index in range(count)]
        self._rest = self._rest[count * WINDOW :]
        return [self._probability(window) for window in windows]

    def _probability(self, window: NDArray[np.int16]) -> float:
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = window.astype(np.float32) / 32768.0
        if float(np.sqrt(np.mean(np.square(window.astype(np.float32))))) < QUIET_RMS:
            return 0.0
        feed = {"input": self._input, "h": self._h, "c": self._c}
        probability, self._h, self._c = self._session.run(None, feed)
        return float(probability[0])
