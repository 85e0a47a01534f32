"""What callers say, through a telephone line, into the embedded recogniser."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asterisk_agent.caller.voice import Pcm, noise
from asterisk_agent.settings import Whisper
from asterisk_agent.speech.protocols import Hints, SpeechError, Transcript
from asterisk_agent.speech.recognizers.whisper import WhisperRecognizer
from asterisk_agent.speech.recognizers.whisper_model import RATE, Text, passages
from asterisk_agent.speech.workers import Workers

Line = Callable[..., Pcm]

ORDER = Hints(prompt="our shop. My order number is 0 1 2 3 4 5 6 7 8 9.")
OPEN = Hints(prompt="our shop. Order number, tracking, package, delivery, refund, return, ZIP code, agent.")

NUMBERS = (
    ("one zero four four two", "10442"),
    ("my order number is one oh four four two", "10442"),
    ("yes, it's two zero one three nine", "20139"),
    ("six six seven one zero", "66710"),
    ("it is eight three five nine one", "83591"),
    ("nine eight seven six five", "98765"),
    ("my order is five five one two three", "55123"),
    ("three one four one five", "31415"),
    ("sure, one one eight two six", "11826"),
    ("order number seven three zero five nine", "73059"),
)
SENTENCES = (
    ("Hi, where is my order?", "hi where is my order"),
    ("I want to talk to a person.", "i want to talk to a person"),
    ("yes", "yes"),
    ("no", "no"),
    ("It still has not arrived.", "it still has not arrived"),
    ("I would like a refund.", "i would like a refund"),
    ("Could you repeat that?", "could you repeat that"),
    ("I don't have it with me.", "i don't have it with me"),
    ("Thank you.", "thank you"),
    ("When will it be delivered?", "when will it be delivered"),
)


async def heard(whisper: WhisperRecognizer, pcm: Pcm, hints: Hints = OPEN) -> Transcript:
    utterance = whisper.utterance(hints)
    for at in range(0, len(pcm), 320):
        utterance.feed(pcm[at : at + 320])
    return await utterance.final()


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


async def test_order_numbers_come_out_digit_by_digit(whisper: WhisperRecognizer, line: Line) -> None:
    wrong = []
    for text, digits in NUMBERS:
        transcript = await heard(whisper, line(text), ORDER)
        if re.sub(r"\D", "", transcript.text) != digits:
            wrong.append((digits, transcript.text))
    # Measured: all ten.
    assert len(wrong) <= 1, wrong


async def test_short_answers_and_requests(whisper: WhisperRecognizer, line: Line) -> None:
    wrong = []
    for text, expected in SENTENCES:
        transcript = await heard(whisper, line(text))
        if plain(transcript.text) != expected:
            wrong.append((expected, transcript.text))
        assert 0.3 < transcript.confidence <= 1.0
    # Measured: all ten.
    assert len(wrong) <= 1, wrong


async def test_in_a_noisy_room_most_numbers_survive(whisper: WhisperRecognizer, line: Line) -> None:
    right = 0
    for text, digits in NUMBERS:
        transcript = await heard(whisper, line(text, noise_dbfs=-35), ORDER)
        right += re.sub(r"\D", "", transcript.text) == digits
    assert right >= 8


@pytest.mark.parametrize(
    "spoken", ["one zero four four four", "three seven eight six five", "nine eight nine nine nine"]
)
async def test_a_number_after_words_of_the_prompt_is_not_swallowed(
    whisper: WhisperRecognizer, line: Line, spoken: str
) -> None:
    for hints in (OPEN, Hints(prompt="our shop. Where is my order?")):
        assert re.search(r"\d", (await heard(whisper, line(f"Where is my order {spoken}?"), hints)).text), hints


async def test_what_else_it_may_have_been_holds_the_number_that_the_best_text_lost(
    whisper: WhisperRecognizer, line: Line
) -> None:
    lost, found = 0, 0
    for digits in ("20333", "80555", "94000", "67999", "51222", "40888", "93777", "30444"):
        transcript = await heard(whisper, line(f"My order number is {' '.join(digits)}.", noise_dbfs=-45), ORDER)
        texts = [re.sub(r"\D", "", text) for text in (transcript.text, *transcript.alternatives)]
        assert len(texts) > 1
        lost += texts[0] != digits
        found += digits in texts
    assert found >= 7, (lost, found)


SOUNDS: dict[str, Pcm] = {
    "nothing": np.zeros(0, np.int16),
    "one sample": np.ones(1, np.int16),
    "digital silence": np.zeros(2 * RATE, np.int16),
    "line noise": (np.random.default_rng(1).standard_normal(2 * RATE) * 15).astype(np.int16),
    "white noise": (np.random.default_rng(2).standard_normal(2 * RATE) * 2000).astype(np.int16),
    "short noise": (np.random.default_rng(3).standard_normal(RATE // 2) * 2000).astype(np.int16),
    "room": np.repeat(noise(3000, -30), 2),
    "garbage": np.random.default_rng(4).integers(-32768, 32767, RATE).astype(np.int16),
    "full scale": np.full(RATE, 32767, np.int16),
    "hum": (np.sin(2 * np.pi * 120 * np.arange(2 * RATE) / RATE) * 3000).astype(np.int16),
    "ringback": (np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE) * 8000).astype(np.int16),
}


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("hints", [Hints(), ORDER, OPEN], ids=["no prompt", "number", "open"])
async def test_no_words_where_none_were_said(whisper: WhisperRecognizer, name: str, hints: Hints) -> None:
    transcript = await heard(whisper, SOUNDS[name], hints)
    assert (transcript.text, transcript.confidence) == ("", 0.0)
    assert transcript.audio_ms == len(SOUNDS[name]) * 1000 // RATE


async def test_longer_than_the_window_and_longer_than_any_window(whisper: WhisperRecognizer, line: Line) -> None:
    texts = (
        "I bought a blue jacket from your web shop two weeks ago.",
        "The first message said that it would arrive on Monday.",
        "On Tuesday another message said that the driver could not find my house.",
        "I called the carrier and they told me to talk to you instead.",
        "My neighbor did not see a package and the mailbox is empty.",
        "So I would like to know where it is right now.",
        "If it cannot be found then please send me a new one.",
        "I am leaving for a long trip at the end of next week.",
        "Is there any way to have it delivered before that day?",
        "Otherwise I would rather have my money back on my card.",
    )
    story = np.concatenate([line(text) for text in texts])
    middle = story[: 15 * RATE]
    assert "blue jacket" in plain((await heard(whisper, middle)).text)
    assert len(story) > 31 * RATE
    text = plain((await heard(whisper, story)).text)
    for part in ("blue jacket", "driver", "neighbor", "my money back"):
        assert part in text


def test_long_audio_is_cut_in_a_pause_and_nothing_is_lost() -> None:
    pcm = (np.random.default_rng(1).standard_normal(70 * RATE) * 3000).astype(np.int16)
    pcm[26 * RATE : 26 * RATE + 3200] = 0
    pieces = passages(pcm)
    assert np.array_equal(np.concatenate(pieces), pcm)
    assert all(len(piece) <= 30 * RATE for piece in pieces)
    assert 26 * RATE <= len(pieces[0]) <= 26 * RATE + 3200


async def test_a_loop_is_decoded_again_in_the_full_window(
    whisper: WhisperRecognizer, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = whisper._model
    assert model is not None
    windows = []
    original = model._generate

    circles = [Text("goodbye. " * 30, -0.06, 0.03), Text("good bye. " * 30, -0.07, 0.03)]

    def looping(pcm: Pcm, prompt: str, window_s: int) -> list[Text]:
        windows.append((window_s, prompt))
        return circles if window_s < 30 else original(pcm, prompt, window_s)

    monkeypatch.setattr(model, "_generate", looping)
    transcript = await heard(whisper, line("Goodbye."))
    assert plain(transcript.text) == "goodbye"
    assert windows == [(12, OPEN.prompt), (30, "")]
    monkeypatch.setattr(model, "_generate", lambda *_: circles)
    assert (await heard(whisper, line("Goodbye."))).text == ""
    monkeypatch.setattr(model, "_generate", lambda *_: [circles[0], Text("Goodbye.", -0.3, 0.03)])
    assert (await heard(whisper, line("Goodbye."))).text == "Goodbye."


async def test_final_is_the_partial_when_only_silence_followed(whisper: WhisperRecognizer, line: Line) -> None:
    utterance = whisper.utterance(ORDER)
    utterance.feed(line("one zero four four two"))
    partial = await utterance.partial()
    utterance.feed(np.zeros(3200, np.int16))
    assert await utterance.final() is partial


async def test_final_hears_what_was_said_after_the_partial(whisper: WhisperRecognizer, line: Line) -> None:
    utterance = whisper.utterance(ORDER)
    utterance.feed(line("one zero four"))
    partial = await utterance.partial()
    utterance.feed(line("four two"))
    final = await utterance.final()
    assert re.sub(r"\D", "", partial.text) == "104"
    assert re.sub(r"\D", "", final.text) == "10442"
    assert final.audio_ms > partial.audio_ms


async def test_two_who_ask_at_once_share_a_decode(whisper: WhisperRecognizer, line: Line) -> None:
    utterance = whisper.utterance(ORDER)
    utterance.feed(line("yes"))
    first, second = await asyncio.gather(utterance.partial(), utterance.partial())
    assert first is second


async def test_one_who_gives_up_does_not_take_the_transcript_from_another(
    whisper: WhisperRecognizer, line: Line
) -> None:
    utterance = whisper.utterance(OPEN)
    utterance.feed(line("It still has not arrived."))
    impatient = asyncio.create_task(utterance.partial())
    patient = asyncio.create_task(utterance.partial())
    await asyncio.sleep(0)
    impatient.cancel()
    assert plain((await patient).text) == "it still has not arrived"


async def test_a_cancelled_utterance_leaves_the_queue_at_once(line: Line) -> None:
    pool = Workers(1)
    recognizer = WhisperRecognizer(Whisper(), pool)
    await recognizer.warm()
    busy, gate = threading.Event(), threading.Event()
    blocked = asyncio.create_task(pool.run(lambda: busy.set() or gate.wait()))
    await asyncio.to_thread(busy.wait)
    utterance = recognizer.utterance(OPEN)
    utterance.feed(line("yes"))
    asked = asyncio.create_task(utterance.partial())
    for _ in range(5):
        await asyncio.sleep(0)
    assert pool.waiting == 1
    utterance.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert pool.waiting == 0
    gate.set()
    await blocked
    await pool.close()


async def test_ten_callers_at_once_each_get_their_own_words(whisper: WhisperRecognizer, line: Line) -> None:
    audio = [line(text) for text, _ in NUMBERS]
    transcripts = await asyncio.gather(*(heard(whisper, pcm, ORDER) for pcm in audio))
    right = sum(
        re.sub(r"\D", "", found.text) == digits for found, (_, digits) in zip(transcripts, NUMBERS, strict=True)
    )
    assert right >= 9


async def test_without_warm_it_says_so(workers: Workers) -> None:
    with pytest.raises(SpeechError, match="warm"):
        await WhisperRecognizer(Whisper(), workers).utterance(OPEN).final()


@pytest.mark.parametrize("kind", ["no folder", "empty folder", "garbage"])
async def test_a_wrong_model_folder_is_one_clear_line(kind: str, tmp_path: Path, workers: Workers) -> None:
    folder = tmp_path / "model"
    if kind != "no folder":
        folder.mkdir()
    if kind == "garbage":
        for name in ("model.bin", "config.json", "tokenizer.json"):
            (folder / name).write_bytes(b"garbage")
    with pytest.raises(SpeechError) as error:
        await WhisperRecognizer(Whisper(model=folder), workers).warm()
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)
