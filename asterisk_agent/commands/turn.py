"""``asterisk-agent turn``: whether a caller who says this would be waited for, and the model behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asterisk_agent.cli import settings_of
from asterisk_agent.dialog.encoder import EncoderError, packaged_encoder
from asterisk_agent.dialog.intents.examples import shipped
from asterisk_agent.turn.endpoint import wait_ms
from asterisk_agent.turn.timing import Timing

_HESITATION = "wait"
"""The label whose examples are often no whole sentences: "um let me"."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    turn = typer.Typer(help="When the agent takes the floor.", no_args_is_help=True)
    app.add_typer(turn, name="turn")

    @turn.command("try")
    def try_(
        context: typer.Context,
        texts: Annotated[list[str], typer.Argument()],
        asked: Annotated[str, typer.Option(help="What was asked for: open, yes_no or a slot's name.")] = "open",
    ) -> None:
        """Silence after each text that ends the caller's turn, e.g.: turn try "my order number is" "where is it"."""
        chosen = settings_of(context).turn
        timing = Timing(endpoint_ms=chosen.endpoint_ms, incomplete_ms=chosen.incomplete_ms)
        for text in texts:
            typer.echo(f"{wait_ms(text, asked, (), timing):5} ms  {text}")

    @turn.command("train")
    def train(out: Annotated[Path, typer.Argument(help="File to write.")]) -> None:
        """Train the model of sentence ends from the shipped examples: half a minute on one core."""
        from asterisk_agent.turn.sentence_training import train as trained

        known = shipped()
        sentences = [text for text, label in zip(known.texts, known.labels, strict=True) if label != _HESITATION]
        try:
            trained(sentences, *packaged_encoder().words()).save(out)
        except (EncoderError, OSError) as error:
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{len(sentences)} sentences → {out}")
