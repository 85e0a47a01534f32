"""``asterisk-agent eval``: figures on files of texts, spoken forms, dialogues and attacks."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table

from asterisk_agent.cli import settings_of
from asterisk_agent.evaluation.report import Report
from asterisk_agent.evaluation.rows import Row, RowsError, read
from asterisk_agent.settings import Settings


class Kind(StrEnum):
    """What a file holds."""

    INTENTS = "intents"
    SPOKEN = "spoken"
    ENDPOINT = "endpoint"
    DIALOGUES = "dialogues"
    ATTACKS = "attacks"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("eval")
    def evaluate(
        context: typer.Context,
        kind: Annotated[Kind, typer.Argument(help="What the file holds.")],
        file: Annotated[Path, typer.Argument(help="JSON lines.")],
        as_json: Annotated[bool, typer.Option("--json", help="Print all figures and failures as JSON.")] = False,
        failures: Annotated[int | None, typer.Option(min=0, help="Failures to show; with --json all.")] = None,
    ) -> None:
        """Measure the dialogue on a file of yours.

        intents: {"text", "intent", "accept"?}; spoken: {"spoken", "kind", "value", "context"?};
        endpoint: {"text_so_far", "complete", "asked"}; dialogues: {"world", "turns", "final"};
        attacks: {"text", "kind", "must_not"}. Nothing is called that needs a PBX; no store of yours is touched.
        """
        settings = settings_of(context)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
        try:
            report = _report(settings, kind, read(file), progress=not as_json)
        except RowsError as error:
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(2) from None
        if as_json:
            typer.echo(json.dumps(report.as_json(failures), indent=1, ensure_ascii=False))
        else:
            _show(report, 10 if failures is None else failures)


def _report(settings: Settings, kind: Kind, rows: list[Row], *, progress: bool) -> Report:
    from asterisk_agent import composition
    from asterisk_agent.evaluation import attacks, dialogues, endpoint, intents, spoken

    def step(done: int) -> None:
        if progress:
            typer.secho(f"\r{done}/{len(rows)} …", nl=done == len(rows), dim=True, err=True)

    match kind:
        case Kind.SPOKEN:
            return spoken.evaluate(rows)
        case Kind.ENDPOINT:
            return endpoint.evaluate(rows)
        case Kind.INTENTS:
            return intents.evaluate(rows, composition.understanding(settings))
        case Kind.DIALOGUES:
            understanding = composition.understanding(settings)
            return asyncio.run(dialogues.evaluate(rows, understanding, composition.knowledge_of, step))
        case Kind.ATTACKS:
            understanding = composition.understanding(settings)
            return asyncio.run(attacks.evaluate(rows, understanding, composition.knowledge_of, step))


def _show(report: Report, most: int) -> None:
    console = Console()
    for title, heads, lines in report.tables:
        table = Table(*heads, title=title)
        for line in lines:
            table.add_row(*line)
        console.print(table)
    for name, value in report.figures.items():
        if isinstance(value, int | float):
            console.print(f"{name:24} {value}", highlight=False)
    for failure in report.failures[:most]:
        console.print(f"[bold]{failure.id}[/bold]  ", end="")
        console.print(failure.what, markup=False, highlight=False)
    if len(report.failures) > most:
        console.print(f"… and {len(report.failures) - most} more; --failures N shows them", style="dim")
