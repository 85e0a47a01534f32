"""``asterisk-agent models``: which model weights are there, whether they are whole, and how to get more."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from asterisk_agent.speech.models import Status

_COLOURS = {"ready": "green", "missing": "yellow", "damaged": "red"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="The models for speech: what is there, with sizes, checksums and licences.\n\n"
        "Weights are looked for in a folder named in the settings, then in an installed package, then in the cache "
        "($XDG_CACHE_HOME/asterisk-order-agent/models). 'models pull NAME' fetches one from its publisher.",
        invoke_without_command=True,
    )
    group.callback()(models)
    group.command("pull")(pull)
    app.add_typer(group, name="models")


def models(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """The models for speech: what is there, with sizes, checksums and licences.

    Exit code 0: the models that the settings ask for are whole; 1: one of them is not.
    """
    from asterisk_agent.cli import settings_of
    from asterisk_agent.speech.models import statuses

    if context.invoked_subcommand is not None:
        return
    speech = settings_of(context).speech
    found = statuses(speech)
    for status in found:
        if as_json:
            typer.echo(json.dumps(_row(status)))
        else:
            _show(status)
    for engine in (speech.recognizer, speech.synthesizer, "vad"):
        there = [status.state for status in found if status.engine == engine and status.state != "missing"]
        # The list is in the order in which weights are looked for.
        if there[:1] != ["ready"]:
            raise typer.Exit(1)


def pull(name: Annotated[str, typer.Argument(help="A name that 'asterisk-agent models' lists.")]) -> None:
    """Fetch a model from its publisher into the cache. Needs the internet; an interrupted pull leaves nothing."""
    from asterisk_agent.speech.models import by_name, cache_folder
    from asterisk_agent.speech.protocols import SpeechError
    from asterisk_agent.speech.pull import pull as fetch

    try:
        folder = fetch(by_name(name), cache_folder(), _progress())
    except SpeechError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{name} is in {folder}")


def _progress() -> Any:
    """Prints each file's progress on stderr: a line that grows on a terminal, else a line each tenth."""
    terminal = sys.stderr.isatty()
    told: dict[str, int] = {}

    def tell(file: str, received: int, expected: int) -> None:
        step = received * (100 if terminal else 10) // expected if expected else received >> 24
        if told.get(file) == step:
            return
        told[file] = step
        share = f"{received / expected:4.0%} of {expected / 1e6:.1f} MB" if expected else f"{received / 1e6:.1f} MB"
        complete = bool(expected) and received >= expected
        typer.echo(f"{chr(13) if terminal else ''}{file}: {share}", err=True, nl=not terminal or complete)

    return tell


def _row(status: Status) -> dict[str, Any]:
    return {
        "name": status.name,
        "engine": status.engine,
        "purpose": status.purpose,
        "state": status.state,
        "source": status.source,
        "place": str(status.place) if status.place else None,
        "size": status.size,
        "licence": status.licence,
        "publisher": status.publisher,
        "note": status.note,
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in status.files],
    }


def _show(status: Status) -> None:
    mark = typer.style(f"{status.state:8}", fg=_COLOURS[status.state])
    size = f", {status.size / 1e6:,.1f} MB" if status.files else ""
    typer.echo(f"{mark} {status.name}: {status.purpose} ({status.licence}{size})")
    typer.echo(f"         {status.publisher}")
    if status.place:
        typer.echo(f"         {status.source}: {status.place}")
    for file in status.files:
        typer.echo(f"         {file.sha256}  {file.name}")
    if status.note:
        typer.echo(f"         {status.note}")
