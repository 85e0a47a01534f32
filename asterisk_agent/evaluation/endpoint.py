"""Endpointing: whether a caller who said this has said all."""

from __future__ import annotations

from typing import get_args

from asterisk_agent.dialog.expectations import expectation
from asterisk_agent.dialog.protocol import Slot
from asterisk_agent.evaluation.report import Failure, Report, share
from asterisk_agent.evaluation.rows import Row
from asterisk_agent.settings import Shop
from asterisk_agent.turn.endpoint import is_complete

SLOTS: dict[str, Slot] = {slot: slot for slot in get_args(Slot)}
"""What can be asked for; other names ('name') are judged like free speech."""


def evaluate(rows: list[Row]) -> Report:
    """Accuracy, and both kinds of mistakes apart; order numbers have five digits. Raises RowsError."""
    shop = Shop(order_number=r"\d{5}")
    order_lengths = expectation("order_number", shop).lengths
    early: list[Failure] = []
    late: list[Failure] = []
    for row in rows:
        complete = row.data.get("complete")
        if not isinstance(complete, bool):
            raise row.wrong("needs 'complete' to be true or false")
        asked = str(row.data.get("asked") or "open")
        slot = SLOTS.get(asked)
        lengths = (expectation(slot, shop).lengths if slot else ()) or order_lengths
        text = row.text("text_so_far")
        if is_complete(text, asked, lengths) == complete:
            continue
        kind, word = (late, "incomplete") if complete else (early, "complete")
        kind.append(Failure(row.id, f"asked {asked}, {text!r}: called {word}"))
    figures = {
        "rows": len(rows),
        "accuracy": share(len(rows) - len(early) - len(late), len(rows)),
        "false_complete": len(early),
        "false_incomplete": len(late),
    }
    return Report(figures, (*early, *late))
