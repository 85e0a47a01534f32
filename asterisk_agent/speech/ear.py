"""One caller's audio on its way to the recogniser: telephone frames in, voice activity and utterances out."""

from __future__ import annotations

from collections import deque

from asterisk_agent.audio.detector import SpeechDetector, VoiceEvent
from asterisk_agent.audio.g711 import Codec
from asterisk_agent.audio.resample import StreamResampler
from asterisk_agent.audio.vad import VoiceActivity
from asterisk_agent.speech.protocols import Hints, Pcm, Recognizer, Transcript, Utterance

PRE_ROLL_MS = 320
"""Audio kept before the found onset: soft consonants begin before the voice is found."""

HISTORY_MS = 3000
"""How far back an utterance may begin: longer than any wait between an onset and its BeginUtterance."""

VAD_RATE = 16000


class Ear:
    """Listens to one call. Positions are milliseconds of audio received, counted from the first frame."""

    def __init__(self, codec: Codec, voice_activity: VoiceActivity, recognizer: Recognizer) -> None:
        self._codec = codec
        self._vad = voice_activity.session()
        self._detector = SpeechDetector()
        self._recognizer = recognizer
        rate = recognizer.capabilities.sample_rate
        self._to_vad = StreamResampler(8000, VAD_RATE)
        self._to_engine = None if rate == VAD_RATE else StreamResampler(8000, rate)
        self._history: deque[tuple[int, Pcm]] = deque()
        self._utterances: dict[int, Utterance] = {}
        self._position = 0.0

    @property
    def position(self) -> int:
        """Milliseconds of audio received."""
        return int(self._position)

    def push(self, payload: bytes) -> list[VoiceEvent]:
        """Take audio in the caller's codec; returns what the voice detector found in it."""
        pcm = self._codec.decode(payload)
        start = int(self._position)
        self._position += len(payload) / 8
        wide = self._to_vad.push(pcm)
        engine = wide if self._to_engine is None else self._to_engine.push(pcm)
        self._remember(start, engine)
        for utterance in self._utterances.values():
            utterance.feed(engine)
        found = (self._detector.push(probability) for probability in self._vad.push(wide))
        return [event for event in found if event is not None]

    def push_silence(self, ms: int) -> list[VoiceEvent]:
        """Fill a gap in the stream, e.g. a phone that sends nothing while it is quiet."""
        return self.push(self._codec.silence * (ms * 8))

    def begin(self, number: int, at: int, hints: Hints) -> None:
        """Recognise a new utterance whose voice began at position ``at``."""
        utterance = self._recognizer.utterance(hints)
        for start, pcm in self._history:
            if start >= at - PRE_ROLL_MS:
                utterance.feed(pcm)
        self._utterances[number] = utterance

    async def transcribe(self, number: int, final: bool) -> Transcript | None:
        """The text of utterance ``number`` so far; None when it was dropped."""
        utterance = self._utterances.get(number)
        if utterance is None:
            return None
        return await (utterance.final() if final else utterance.partial())

    def drop(self, number: int) -> None:
        """Forget an utterance and the work queued for it."""
        utterance = self._utterances.pop(number, None)
        if utterance is not None:
            utterance.cancel()

    def close(self) -> None:
        """Forget all utterances."""
        for number in list(self._utterances):
            self.drop(number)

    def _remember(self, start: int, pcm: Pcm) -> None:
        self._history.append((start, pcm))
        while self._history[0][0] < start - HISTORY_MS:
            self._history.popleft()
