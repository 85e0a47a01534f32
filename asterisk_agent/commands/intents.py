"""``asterisk-agent intents``: what a caller's words are taken for, and how well that works with your own examples."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from asterisk_agent.cli import settings_of
from asterisk_agent.composition import understanding
from asterisk_agent.dialog.encoder import EncoderError, MiniLM, packaged_encoder
from asterisk_agent.dialog.intents.examples import Examples, collected, shipped

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    intents = typer.Typer(
        help="What callers want is learnt from examples: those shipped, and your own (understanding.examples).",
        no_args_is_help=True,
    )
    app.add_typer(intents, name="intents")

    @intents.command("try")
    def try_(context: typer.Context, texts: Annotated[list[str], typer.Argument()], as_json: _Json = False) -> None:
        """What each text would be taken for, e.g.: intents try "where's my stuff" "cancel it and call me back"."""
        from asterisk_agent.dialog.understanding import Scene

        settings = settings_of(context)
        ready = understanding(settings)
        scene = Scene(pattern=settings.shop.order_number, country=settings.shop.country)
        found = [(text, ready.understand(text, scene)) for text in texts]
        if as_json:
            rows = [
                {"text": text, "intents": [asdict(intent) for intent in meant.intents], "sentiment": meant.sentiment}
                for text, meant in found
            ]
            typer.echo(json.dumps(rows, indent=1))
            return
        table = Table("text", "taken for", "confidence", "mood")
        for text, meant in found:
            for number, intent in enumerate(meant.intents):
                mood = f"{meant.sentiment:+.1f}" if not number else ""
                table.add_row(text if not number else "", intent.label, f"{intent.confidence:.2f}", mood)
            if not meant.intents:
                table.add_row(text, "nothing", "", f"{meant.sentiment:+.1f}")
        Console().print(table)

    @intents.command("measure")
    def measure(context: typer.Context, as_json: _Json = False) -> None:
        """Five-fold cross-validation of all examples, yours included: some minutes on one core."""
        from asterisk_agent.dialog.intents.training import cross_validate

        examples, encoder = _material(context)
        found = cross_validate(examples, encoder)
        if as_json:
            typer.echo(json.dumps(asdict(found), indent=1))
            return
        typer.echo(
            f"{found.texts} texts: {found.accuracy:.3f} right, out of scope {found.out_of_scope_recall:.3f} found and "
            f"{found.out_of_scope_precision:.3f} of those taken for it, calibration error {found.calibration_error:.3f}"
        )
        table = Table("label", "found")
        for label, share in sorted(found.recall.items(), key=lambda row: row[1]):
            table.add_row(label, f"{share:.3f}")
        Console().print(table)

    @intents.command("train")
    def train(
        context: typer.Context,
        out: Annotated[Path | None, typer.Option(help="File to write; the data folder's own when left out.")] = None,
    ) -> None:
        """Train now rather than at the next start; takes about a minute when an example is new."""
        if out is None:
            understanding(settings_of(context))
            return
        from asterisk_agent.dialog.intents.training import train as trained

        examples, encoder = _material(context)
        try:
            trained(examples, encoder).save(out)
        except OSError as error:
            typer.secho(f"{out} cannot be written: {error.strerror or error}", fg="red", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{len(examples.texts)} examples → {out}")


def _material(context: typer.Context) -> tuple[Examples, MiniLM]:
    """All examples and the encoder; ends the command when it is not installed."""
    own = settings_of(context).understanding.examples
    try:
        return (collected(own, beside=shipped()) if own else shipped()), packaged_encoder()
    except EncoderError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None
