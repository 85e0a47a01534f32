"""``asterisk-agent knowledge``: the shop's texts: check them, index them, ask them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from asterisk_agent.cli import settings_of
from asterisk_agent.composition import encoder, texts_folder

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    knowledge = typer.Typer(
        help="Questions about shipping, returns and so on are answered with sentences of your own Markdown files "
        "(knowledge.folder), word for word, or not at all.",
        no_args_is_help=True,
    )
    app.add_typer(knowledge, name="knowledge")

    @knowledge.command("ask")
    def ask(context: typer.Context, question: str, as_json: _Json = False) -> None:
        """What a caller who asks this would be told, and which passages came near."""
        from asterisk_agent.dialog.knowledge.load import from_folder

        found = from_folder(texts_folder(settings_of(context)), encoder())
        answer = found.answer(question)
        hits = found.search(question)
        if as_json:
            rows = [{"text": hit.passage.text, "source": hit.passage.source, "score": hit.score} for hit in hits]
            typer.echo(json.dumps({"answer": answer.text if answer else None, "passages": rows}, indent=1))
            return
        if answer is None:
            typer.secho("The caller would be told that this is not known, and offered a person.", fg="yellow")
        else:
            typer.secho(answer.text, bold=True)
            typer.echo(f"from {answer.source}")
        table = Table("score", "source", "passage")
        for hit in hits:
            table.add_row(f"{hit.score:.2f}", hit.passage.source, hit.passage.text)
        Console().print(table)

    @knowledge.command("check")
    def check(context: typer.Context, folder: Annotated[Path | None, typer.Argument()] = None) -> None:
        """The passages of a folder as they would be spoken, and the files that cannot be used."""
        from asterisk_agent.dialog.knowledge.split import MOST_WORDS, pages

        place = folder or texts_folder(settings_of(context))
        found, problems = pages(place)
        for passage in found:
            words = len(passage.text.split())
            long = f"  ← {words} words, more than {MOST_WORDS}: shorten it" if words > MOST_WORDS else ""
            typer.echo(f"{passage.source}:{passage.line}: {passage.text}{long}")
        for problem in problems:
            typer.secho(problem, fg="red", err=True)
        if not found:
            typer.secho(f"{place} has no *.md file with text in it.", fg="red", err=True)
        if problems or not found:
            raise typer.Exit(1)

    @knowledge.command("index")
    def index_(context: typer.Context, as_json: _Json = False) -> None:
        """Put the embeddings of the texts into the database, so that every process starts with them at hand."""
        from asterisk_agent.dialog.knowledge.load import index
        from asterisk_agent.records import database

        settings = settings_of(context)
        found = encoder()
        if found is None:
            typer.secho("The sentence encoder is not installed; 'asterisk-agent doctor' says how.", fg="red", err=True)
            raise typer.Exit(1)

        async def run() -> None:
            engine = database.open_engine(database.url_of(settings))
            try:
                done = await index(texts_folder(settings), found, engine)
            finally:
                await engine.dispose()
            if as_json:
                typer.echo(json.dumps(vars(done)))
                return
            typer.echo(f"{done.passages} passages: {done.added} new, {done.removed} gone")
            for problem in done.problems:
                typer.secho(problem, fg="red", err=True)

        from sqlalchemy.exc import SQLAlchemyError

        try:
            asyncio.run(run())
        except (SQLAlchemyError, OSError) as error:
            typer.secho(f"The database cannot be used: {str(error).splitlines()[0]}", fg="red", err=True)
            typer.secho("Is it up to date? 'asterisk-agent db upgrade'", err=True)
            raise typer.Exit(1) from None
