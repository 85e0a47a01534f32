"""``asterisk-agent db``: the tables of the records database."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, NoReturn

import typer

from asterisk_agent.cli import settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The database of the records: create and upgrade its tables.")
    group.command("upgrade")(upgrade)
    group.command("status")(status)
    app.add_typer(group, name="db")


def upgrade(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create the tables, or bring them to this version.

    SQLite is upgraded by 'run' itself. For PostgreSQL, run this once before the first start and after each update
    of the package, as a user who may create tables; running it again does no harm.
    """
    from asterisk_agent.records import database, migrate

    url = database.url_of(settings_of(context))
    shown = url.render_as_string(hide_password=True)
    try:
        before, after = asyncio.run(migrate.upgrade(url))
    except database.DatabaseError as error:
        _fail(error)
    if as_json:
        typer.echo(json.dumps({"database": shown, "before": before, "after": after}))
    elif before == after:
        typer.echo(f"{shown} is up to date (revision {after}).")
    elif before is None:
        typer.echo(f"{shown}: created the tables (revision {after}).")
    else:
        typer.echo(f"{shown}: upgraded from revision {before} to {after}.")


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the database with this version. Ends with 1 when 'db upgrade' is needed."""
    from asterisk_agent.records import database, migrate

    url = database.url_of(settings_of(context))
    shown = url.render_as_string(hide_password=True)
    try:
        current, head = asyncio.run(migrate.status(url))
    except database.DatabaseError as error:
        _fail(error)
    if as_json:
        typer.echo(json.dumps({"database": shown, "current": current, "head": head}))
    elif current == head:
        typer.echo(f"{shown} is up to date (revision {head}).")
    else:
        have = f"has revision {current}" if current else "has no tables yet"
        typer.echo(f"{shown} {have}; this version needs {head}: run 'asterisk-agent db upgrade'.")
    if current != head:
        sys.exit(1)


def _fail(error: Exception) -> NoReturn:
    typer.secho(str(error), fg="red", err=True)
    sys.exit(1)
