"""Intents: what each text means by itself, against its label."""

from __future__ import annotations

from collections import Counter

from asterisk_agent.dialog.understanding import LABELS, Scene, Understanding
from asterisk_agent.evaluation.report import Failure, Report, share
from asterisk_agent.evaluation.rows import Row

OUT = "out_of_scope"


def evaluate(rows: list[Row], understanding: Understanding) -> Report:
    """Strict and lenient accuracy, macro-F1, out-of-scope recall and precision. Raises RowsError."""
    wanted, accepted, given = [], [], []
    for row in rows:
        label = row.text("intent")
        also = [label, *row.list("accept")]
        for name in also:
            if name not in LABELS:
                raise row.wrong(f"{name!r} is no label; known: {', '.join(LABELS)}")
        found = understanding.understand(row.text("text"), Scene(pattern=r"\d{5}")).labels
        wanted.append(label)
        accepted.append(also)
        given.append(found[0] if found else OUT)
    # Lenient: an accepted answer counts as the row's own label.
    lenient = [want if got in also else got for want, also, got in zip(wanted, accepted, given, strict=True)]
    failures = [
        Failure(row.id, f"{row.text('text')!r}: {want}, understood as {got}")
        for row, want, got, counted in zip(rows, wanted, given, lenient, strict=True)
        if counted != want
    ]
    per_label = {label: _figures(label, wanted, lenient) for label in LABELS if label in wanted or label in lenient}
    confusion = Counter((want, got) for want, got in zip(wanted, lenient, strict=True) if want != got)
    scored = [figures["f1"] for figures in per_label.values() if figures["rows"]]
    figures = {
        "rows": len(rows),
        "accuracy_strict": share(sum(want == got for want, got in zip(wanted, given, strict=True)), len(rows)),
        "accuracy_lenient": share(len(rows) - len(failures), len(rows)),
        "macro_f1": round(sum(scored) / len(scored), 4) if scored else 0.0,
        "out_of_scope_recall": per_label.get(OUT, {}).get("recall", 0.0),
        "out_of_scope_precision": per_label.get(OUT, {}).get("precision", 0.0),
        "per_label": per_label,
        "confusion": [
            {"label": want, "understood": got, "rows": count} for (want, got), count in confusion.most_common()
        ],
    }
    lines = tuple(
        (label, str(one["rows"]), *(f"{one[name]:.3f}" for name in ("precision", "recall", "f1")))
        for label, one in per_label.items()
    )
    mixed = tuple((want, got, str(count)) for (want, got), count in confusion.most_common(15))
    return Report(
        figures,
        tuple(failures),
        (
            ("Per label (lenient)", ("label", "rows", "precision", "recall", "F1"), lines),
            ("Most confused", ("label", "understood as", "rows"), mixed),
        ),
    )


def _figures(label: str, wanted: list[str], given: list[str]) -> dict[str, float]:
    right = sum(want == got == label for want, got in zip(wanted, given, strict=True))
    rows, found = wanted.count(label), given.count(label)
    precision, recall = share(right, found), share(right, rows)
    both = precision + recall
    return {
        "rows": rows,
        "precision": precision,
        "recall": recall,
        "f1": round(2 * precision * recall / both, 4) if both else 0.0,
    }
