"""``asterisk-agent doctor``: what is right, what is not, and how to mend it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Check settings, Asterisk (ARI, AMI, media), models, store and database; each finding names its fix.

    Exit code 0: all is well or has only warnings; 1: something is wrong.
    """
    from asterisk_agent.cli import settings_of
    from asterisk_agent.doctor import examine

    async def run() -> bool:
        healthy = True
        async for finding in examine(settings_of(context)):
            healthy = healthy and finding.state != "error"
            if as_json:
                typer.echo(json.dumps(asdict(finding)))
            else:
                mark = typer.style(f"{finding.state:8}", fg=_COLOURS[finding.state])
                typer.echo(f"{mark} {finding.check:15} {finding.text}")
        return healthy

    if not asyncio.run(run()):
        raise typer.Exit(1)
