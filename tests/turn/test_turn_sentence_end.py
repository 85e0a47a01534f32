"""Whether a sentence ends at its last word, judged for words that no example has."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from asterisk_agent.cli import app
from asterisk_agent.dialog.encoder import packaged_encoder
from asterisk_agent.turn import sentence_end
from asterisk_agent.turn.endpoint import LIKELY_END
from asterisk_agent.turn.sentence_end import SentenceEnds, shipped
from asterisk_agent.turn.sentence_training import examples, train
from asterisk_agent.turn.spelling import words_of

ROWS = Path(__file__).parents[1] / "data" / "eval" / "endpoint.jsonl"


@pytest.mark.parametrize(
    "whole",
    [
        "I bought a trampoline and one leg is bent",
        "can you find out where my harmonica is",
        "the courier left it at the marina",
        "it was meant to come on the same day as the easel",
    ],
)
def test_a_sentence_said_to_its_end_and_the_same_cut_off(whole: str) -> None:
    words = words_of(whole)
    cut = [*words[:-2], words[-2]] if words[-2] in {"one", "the"} else words[:-1]
    assert shipped().likelihood(words) > 0.5
    assert shipped().likelihood(cut) < shipped().likelihood(words)


@pytest.mark.parametrize("cut", ["I'd like to know where my", "the website shows", "I want to return the blue"])
def test_what_cannot_be_the_end_is_waited_for(cut: str) -> None:
    assert shipped().likelihood(words_of(cut)) < LIKELY_END


def test_one_judgement_takes_less_than_a_millisecond() -> None:
    model, words = shipped(), words_of("I was told that somebody would call me back about the easel on Monday")
    started = time.process_time()
    for _ in range(100):
        model.likelihood(words)
    assert time.process_time() - started < 0.1


def test_a_model_learns_from_sentences_and_survives_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = [
        f"{begin} {verb} my {thing}"
        for begin in ("I want to", "can you", "I need to", "please")
        for verb in ("return", "track", "find", "cancel", "change")
        for thing in ("order", "parcel", "lamp", "refund", "address")
    ]
    made = train(sentences, *packaged_encoder().words())
    assert made.likelihood(words_of("I want to track my chair")) > made.likelihood(words_of("I want to track my"))
    (tmp_path / "weights").mkdir()
    made.save(tmp_path / "weights" / "en_US.npz")
    monkeypatch.setattr(sentence_end.resources, "files", lambda _: tmp_path)
    read: SentenceEnds = shipped.__wrapped__()
    words = words_of("I want to track my chair")
    assert read.likelihood(words) == pytest.approx(made.likelihood(words), abs=0.05)
    assert np.isfinite(read.hidden).all()


def test_what_measures_is_not_what_teaches() -> None:
    rows = {tuple(words_of(json.loads(line)["text_so_far"])) for line in ROWS.read_text(encoding="utf-8").splitlines()}
    assert not rows & {*examples("whole"), *examples("broken")}


def test_the_command_tells_how_long_the_agent_waits() -> None:
    told = CliRunner().invoke(app, ["turn", "try", "my order number is", "where is my order"])
    assert told.exit_code == 0, told.output
    assert [line.split()[0] for line in told.output.splitlines()] == ["1400", "200"]
