"""The agent's voice as a caller hears it: level, trimming, first sound, fixed phrases, interruption."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from asterisk_agent.audio.resample import resample
from asterisk_agent.caller.voice import voice_level
from asterisk_agent.settings import Hibari
from asterisk_agent.speech.phrases import PhraseCache
from asterisk_agent.speech.protocols import Hints, Pcm, SpeechError
from asterisk_agent.speech.recognizers.whisper import WhisperRecognizer
from asterisk_agent.speech.synthesizers.hibari import HibariSynthesizer, parts
from asterisk_agent.speech.voice import LEVEL_DBFS, PAUSE_MS, Voice, telephone
from asterisk_agent.speech.workers import Workers

GREETING = "Hello, this is our shop. How can I help you?"
ANSWER = "Your order 1 0 4 4 2 shipped on Tuesday, and it should arrive on Friday, December 4th."


@pytest.fixture
def voice(hibari: HibariSynthesizer, tmp_path: Path) -> Voice:
    return Voice(hibari, PhraseCache(tmp_path, 10**7))


async def said(voice: Voice, text: str) -> Pcm:
    return np.concatenate([chunk async for chunk in voice.say(text)])


async def test_it_is_understood_on_the_telephone(voice: Voice, whisper: WhisperRecognizer) -> None:
    utterance = whisper.utterance(Hints())
    utterance.feed(resample(await said(voice, ANSWER), 8000, 16000))
    text = (await utterance.final()).text
    assert "10442" in re.sub(r"[ -]", "", text)
    for word in ("shipped", "Tuesday", "Friday", "December 4"):
        assert word in text


@pytest.mark.parametrize("text", [GREETING, ANSWER, "Yes.", "One moment please."])
async def test_level_trimming_and_no_clipping(voice: Voice, text: str) -> None:
    async for chunk in voice.say(text):
        level = voice_level(chunk)
        assert level is not None
        assert abs(level - LEVEL_DBFS) < 2
        assert np.abs(chunk.astype(int)).max() <= 30000
        assert np.any(np.abs(chunk[:320]) > 30)
        assert not np.any(chunk[-PAUSE_MS * 8 :])


async def test_a_long_sentence_begins_before_it_is_whole(voice: Voice) -> None:
    chunks = [chunk async for chunk in voice.say(ANSWER)]
    assert len(chunks) == 2
    assert len(chunks[0]) < 0.6 * sum(map(len, chunks))


async def test_a_warmed_phrase_comes_at_once_and_with_the_same_samples(
    hibari: HibariSynthesizer, tmp_path: Path
) -> None:
    first = Voice(hibari, PhraseCache(tmp_path, 10**7))
    fresh = await said(first, GREETING)
    assert not first.cached(GREETING)
    steps: list[tuple[int, int]] = []
    await first.warm([GREETING, "Goodbye.", GREETING], lambda done, of: steps.append((done, of)))
    assert steps == [(1, 2), (2, 2)]
    assert first.cached(GREETING)
    again = Voice(Mute(), PhraseCache(tmp_path, 10**7))
    await again.warm([GREETING])
    assert np.array_equal(await said(first, GREETING), fresh)
    assert np.array_equal(await said(again, GREETING), fresh)


async def test_what_was_not_warmed_is_kept_nowhere(voice: Voice, tmp_path: Path) -> None:
    await said(voice, "Your order is at 12 Main Street.")
    assert not voice.cached("Your order is at 12 Main Street.")
    assert os.listdir(tmp_path) == []


async def test_stopping_early_stops_the_work() -> None:
    engine = Mute()
    voice = Voice(engine, PhraseCache(Path("/nonexistent"), 1))
    async with aclosing(voice.say("one two")) as chunks:
        async for _ in chunks:
            break
    assert engine.spoken == ["one"]
    assert engine.closed


@pytest.mark.parametrize("rate", [8000, 16000, 24000])
async def test_other_rates(hibari: HibariSynthesizer, tmp_path: Path, rate: int) -> None:
    pcm = await said(Voice(hibari, PhraseCache(tmp_path, 10**6), rate), "Hello there.")
    assert 0.5 < len(pcm) / rate < 2.0


async def test_empty_and_silent_text(voice: Voice) -> None:
    for text in ("", " ", "..."):
        chunks = [chunk async for chunk in voice.say(text)]
        assert sum(map(len, chunks)) < 8000
    await voice.warm([""])


def test_trimming_of_nothing_and_of_silence() -> None:
    for pcm in (np.zeros(0, np.int16), np.zeros(5000, np.int16)):
        assert len(telephone(pcm, 8000)) == PAUSE_MS * 8


async def test_speed(workers: Workers) -> None:
    lengths = []
    for speed in (0.7, 1.0, 1.5):
        engine = HibariSynthesizer(Hibari(speed=speed), workers)
        await engine.warm()
        lengths.append(sum([len(chunk) async for chunk in engine.stream("Where is my order?")]))
    assert lengths[0] > 1.2 * lengths[1] > 1.2 * 1.2 * lengths[2]


async def test_an_unknown_voice_is_one_clear_line(workers: Workers) -> None:
    with pytest.raises(SpeechError, match=r"speech\.hibari\.voice = 'nix' is no voice of hibari; known: heart"):
        await HibariSynthesizer(Hibari(voice="nix"), workers).warm()
    with pytest.raises(SpeechError, match="warm"):
        await anext(HibariSynthesizer(Hibari(), workers).stream("x"))


def test_where_a_sentence_may_be_cut() -> None:
    assert parts("Your order has shipped, thank you.") == ["Your order has shipped, thank you."]
    assert parts("Well, okay, I have found your order, and it is on its way now.") == [
        "Well, okay, I have found your order,",
        "and it is on its way now.",
    ]
    assert parts("It was sent to 1,250 people in the whole of the country") == [
        "It was sent to 1,250 people in the whole of the country"
    ]
    assert parts("It is on its way to you and will arrive, I think.")[0].startswith("It is on its way")


class Mute:
    """A synthesizer that says one chunk a word and remembers which."""

    name = "hibari"
    voice = "heart@1.0"
    sample_rate = 24000

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.closed = False

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def stream(self, text: str, pace: float = 1.0) -> AsyncGenerator[Pcm, None]:
        try:
            for word in text.split():
                self.spoken.append(word)
                yield np.full(2400, 1000, np.int16)
        finally:
            self.closed = True
