"""``asterisk-agent flows``: the conversation as data: look, copy, check, replay, publish."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from asterisk_agent import log
from asterisk_agent.cli import settings_of
from asterisk_agent.composition import flows as flows_of
from asterisk_agent.dialog.facts import FACTS
from asterisk_agent.dialog.flows.acts import ACTS
from asterisk_agent.dialog.flows.load import FlowSet, load
from asterisk_agent.dialog.flows.located import FlowError
from asterisk_agent.dialog.flows.shelf import FlowShelf
from asterisk_agent.dialog.levels import CHANGES
from asterisk_agent.dialog.protocol import CallerEvent, Keyed, Noise, Said, Silent
from asterisk_agent.settings import Settings

if TYPE_CHECKING:
    from asterisk_agent.dialog.flows.replay import Difference, Recorded
    from asterisk_agent.records.queries import CallDetail

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    flows = typer.Typer(
        help="How conversations go, as files that a shop can change without code: flows list, copy one, edit it, "
        "check it, try it with 'chat --flows FOLDER', replay it against recorded calls, publish it.",
        no_args_is_help=True,
    )
    app.add_typer(flows, name="flows")

    @flows.command("list")
    def list_(context: typer.Context, as_json: _Json = False) -> None:
        """The flows in use, what each serves, and where it comes from."""
        settings = _settings(context)
        shelf = flows_of(settings)
        current = shelf.current()
        own = {path.stem for path in shelf.source.glob("*.yaml")} if shelf.source else set()
        rows = [
            {
                "name": flow.name,
                "version": flow.version,
                "serves": list(flow.serves),
                "from": "shop" if flow.name in own else "shipped",
                "about": flow.about,
            }
            for flow in current.flows.values()
        ]
        if as_json:
            typer.echo(json.dumps({"version": current.version, "flows": rows}, indent=1))
            return
        table = Table("flow", "version", "serves", "from", "about", title=f"Flows in use: {current.version}")
        for row in rows:
            table.add_row(*(", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row.values()))
        Console().print(table)

    @flows.command("show")
    def show(context: typer.Context, name: str) -> None:
        """Print a flow's file."""
        path = _file(flows_of(_settings(context)), name)
        typer.echo(path.read_text(encoding="utf-8"), nl=False)

    @flows.command("copy")
    def copy(context: typer.Context, name: str, folder: Path) -> None:
        """Copy a flow's file into a folder of yours, to be edited there."""
        path = _file(flows_of(_settings(context)), name)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / path.name
        if target.exists():
            _fail(f"{target} is there already; remove it first")
        shutil.copyfile(path, target)
        typer.echo(f"{target}\nEdit it, then: asterisk-agent flows check {folder}")

    @flows.command("check")
    def check(context: typer.Context, folder: Path) -> None:
        """Check the flows of a folder; every mistake with its file and line."""
        found = _load(folder, _settings(context))
        typer.secho(f"✓ {folder}: usable, {len(found.flows)} flows with the shipped ones, {found.version}", fg="green")

    @flows.command("facts")
    def facts(as_json: _Json = False) -> None:
        """What conditions and texts can name, from which identity level on it is known, and what it means."""
        if as_json:
            rows = {
                name: {"level": fact.level, "in_texts": fact.words, "about": fact.about} for name, fact in FACTS.items()
            }
            typer.echo(json.dumps(rows, indent=1))
            return
        table = Table("fact", "from level", "in texts", "meaning")
        for name, fact in FACTS.items():
            table.add_row(name, str(fact.level), "yes" if fact.words else "conditions only", fact.about)
        Console().print(table)

    @flows.command("acts")
    def acts() -> None:
        """What flows can do, what each act must be given, and which identity level it needs."""
        table = Table("act", "needs", "may have", "level")
        for name, kind in ACTS.items():
            level = str(CHANGES.get(name, 3)) if kind.build else "–"
            table.add_row(name, ", ".join(kind.needs) or "–", ", ".join(kind.may) or "–", level)
        Console().print(table)

    @flows.command("publish")
    def publish(context: typer.Context, folder: Path) -> None:
        """Make the flows of a folder those of every call that begins from now on; calls in progress keep theirs."""
        shelf = flows_of(_settings(context))
        try:
            name = shelf.publish(folder)
        except FlowError as error:
            _refuse(error)
        typer.secho(f"✓ published as {name}; 'asterisk-agent flows use VERSION' goes back", fg="green")

    @flows.command("versions")
    def versions(context: typer.Context) -> None:
        """Published versions, oldest first; the one in use is marked."""
        shelf = flows_of(_settings(context))
        source = shelf.source
        for name in shelf.versions():
            typer.echo(f"{'*' if source and source.name == name else ' '} {name}")
        if not shelf.versions():
            typer.echo("none published; the shipped flows are in use")

    @flows.command("use")
    def use(context: typer.Context, version: str) -> None:
        """Go back, or forward, to a published version."""
        try:
            flows_of(_settings(context)).choose(version)
        except FlowError as error:
            _refuse(error)
        typer.secho(f"✓ {version} serves every call that begins from now on", fg="green")

    @flows.command("replay")
    def replay(
        context: typer.Context,
        folder: Path,
        calls: Annotated[int, typer.Option(help="How many of the latest recorded calls.", min=1, max=1000)] = 20,
        as_json: _Json = False,
    ) -> None:
        """What recorded callers would hear with the flows of a folder: every turn that would go otherwise.

        The same words go through the flows in use and the ones of the folder, with today's data; nothing is changed
        anywhere. Shows what callers said: personal data.
        """
        settings = _settings(context)
        new = _load(folder, settings)
        count, differences = asyncio.run(_replay(settings, new, calls))
        if as_json:
            typer.echo(json.dumps({"calls": count, "differences": [vars(item) for item in differences]}, indent=1))
            return
        for item in differences:
            typer.secho(f"call {item.call_id}, turn {item.turn}: {item.said or '(greeting)'}", bold=True)
            typer.echo(f"  now:   {item.before}")
            typer.secho(f"  then:  {item.after}", fg="yellow")
        touched = len({item.call_id for item in differences})
        typer.echo(f"{count} calls replayed, {touched} would go otherwise, {len(differences)} turns in all.")


def _settings(context: typer.Context) -> Settings:
    """The settings, with the log where it does not mix with what is printed."""
    settings = settings_of(context)
    log.configure(settings.log)
    return settings


async def _replay(settings: Settings, new: FlowSet, most: int) -> tuple[int, list[Difference]]:
    from asterisk_agent.composition import talking
    from asterisk_agent.dialog.flows.replay import replay
    from asterisk_agent.records import database
    from asterisk_agent.records.queries import detail, history

    differences: list[Difference] = []
    engine = database.open_engine(database.url_of(settings))
    try:
        found = [await detail(engine, summary.call.id) for summary in await history(engine, most)]
        recorded = [_recorded(call) for call in found if call is not None and call.turns]
        async with talking(settings, lambda: datetime.now(UTC)) as services:
            pair = (flows_of(settings).current(), new)
            for number, call in enumerate(recorded, 1):
                typer.secho(f"\rreplaying {number}/{len(recorded)} …", nl=number == len(recorded), dim=True, err=True)
                differences += await replay(
                    call, pair, settings.shop, settings.handoff, settings.identity, services, lambda: datetime.now(UTC)
                )
    finally:
        await engine.dispose()
    return len(recorded), differences


def _recorded(call: CallDetail) -> Recorded:
    """What the caller did, out of the records."""
    from asterisk_agent.dialog.flows.replay import Recorded

    events: list[tuple[str, CallerEvent]] = []
    silences = 0
    for turn in call.turns:
        silences = silences + 1 if turn.kind == "silence" else 0
        match turn.kind:
            case "speech":
                events.append((turn.said, Said(turn.said)))
            case "digits":
                events.append((f"[dtmf:{turn.said}#]", Keyed(turn.said)))
            case "silence":
                events.append(("[silence]", Silent(silences)))
            case "noise":
                events.append(("[noise]", Noise()))
    return Recorded(call.call.id, call.call.caller_number, tuple(events))


def _load(folder: Path, settings: Settings) -> FlowSet:
    try:
        return load(folder, destinations=settings.handoff.destinations)
    except FlowError as error:
        _refuse(error)


def _file(shelf: FlowShelf, name: str) -> Path:
    own = [shelf.source / f"{name}.yaml"] if shelf.source else []
    ours = Path(str(resources.files("asterisk_agent.dialog.flows").joinpath("shipped", f"{name}.yaml")))
    found = next((path for path in (*own, ours) if path.is_file()), None)
    if found is None:
        names = sorted(path.stem for path in ours.parent.glob("*.yaml"))
        _fail(f"there is no flow {name!r}; there are: {', '.join(names)}")
    return found


def _refuse(error: FlowError) -> NoReturn:
    _fail("\n".join((*error.problems, f"refused: {len(error.problems)} mistakes; nothing was changed")))


def _fail(message: str) -> NoReturn:
    typer.secho(message, fg="red", err=True)
    raise typer.Exit(1)
