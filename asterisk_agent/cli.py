"""The commands. Each lives in a file of its own under ``commands/``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from asterisk_agent import __version__
from asterisk_agent.settings import Settings, SettingsError, load

COMMANDS: tuple[str, ...] = (
    "bench",
    "call",
    "calls",
    "chat",
    "connect",
    "db",
    "demo",
    "doctor",
    "eval",
    "flows",
    "intents",
    "knowledge",
    "listen",
    "models",
    "order",
    "requests",
    "run",
    "turn",
)
"""Modules of ``commands/``; each has a function ``register(app: typer.Typer)``."""

app = typer.Typer(
    name="asterisk-agent",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A voice agent for order-tracking calls on Asterisk and FreePBX.\n\n"
    "Try it with nothing but this machine: 'asterisk-agent demo'.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"asterisk-agent {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    settings: Annotated[
        Path | None, typer.Option(help="Settings file (TOML). 'asterisk-agent settings' prints a full one.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = settings


def settings_of(context: typer.Context) -> Settings:
    """The settings for this command; a bad one ends the command with a clear line."""
    return load(context.find_root().obj)


@app.command("settings")
def show_settings() -> None:
    """Print every setting with its default and meaning, ready to edit."""
    from asterisk_agent.settings import document

    typer.echo(document(), nl=False)


for _name in COMMANDS:
    import_module(f"asterisk_agent.commands.{_name}").register(app)


def main() -> None:
    """Entry point of ``asterisk-agent``."""
    try:
        app()
    except SettingsError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(2)
