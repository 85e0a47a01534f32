"""``asterisk-agent connect``: whether the systems in the settings can be used, and for what."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from asterisk_agent.commerce.checks import Check

_MARKS = {True: ("works", "green"), None: ("limit", "yellow"), False: ("FAILS", "red")}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("connect")(connect)


def connect(
    context: typer.Context,
    system: Annotated[
        str, typer.Argument(help="One system, e.g. 'shopify' or 'ups', used or not; all that are used without it.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Check credentials and rights of stores, carriers, returns and subscription systems.

    Each is asked once for something harmless; nothing is changed. What will work for
    callers, what works with a limit, and what will not, each with what to do about it.
    Exit code 0: nothing fails; 1: something does; 2: there is no such system.
    """
    from asterisk_agent import log
    from asterisk_agent.cli import settings_of
    from asterisk_agent.commerce.checks import Check
    from asterisk_agent.commerce.failures import SystemFailed
    from asterisk_agent.commerce.web.patience import behind_the_calls
    from asterisk_agent.composition import UnknownSystem, systems_named

    settings = settings_of(context)
    log.configure(settings.log.model_copy(update={"level": "error"}))

    async def run() -> bool:
        fine = True
        for name, make in systems_named(settings, system):
            try:
                one = make()
            except SystemFailed as error:
                rows: tuple[Check, ...] = (Check("settings", False, str(error)),)
            else:
                if one is None:
                    continue
                with behind_the_calls():
                    rows = await one.check()
                await one.close()
            for row in rows:
                fine = fine and row.works is not False
                _show(name, row, as_json)
        return fine

    try:
        fine = asyncio.run(run())
    except UnknownSystem as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(2)
    if not fine:
        sys.exit(1)


def _show(system: str, row: Check, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"system": system, **asdict(row)}, ensure_ascii=False))
        return
    word, colour = _MARKS[row.works]
    typer.echo(f"{typer.style(word, fg=colour)}  {system:12} {row.what:18} {row.text}")
