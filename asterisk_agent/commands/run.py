"""``asterisk-agent run``: take calls until told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys

import typer

from asterisk_agent.settings import SettingsError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(context: typer.Context) -> None:
    """Take calls from the configured Asterisk until stopped (Ctrl-C or SIGTERM).

    Needs asterisk.url, asterisk.password and asterisk.ami.secret in the settings, and the product's dialplan in
    Asterisk (dialplan/README.md). A stop lets calls go on for half a minute; whoever is left then goes to people.
    """
    import uvloop

    from asterisk_agent import log
    from asterisk_agent.cli import settings_of

    settings = settings_of(context)
    if not settings.asterisk.url:
        raise SettingsError(
            "asterisk.url is not set, so there is no PBX to take calls from; set ASTERISK_AGENT_ASTERISK__URL or "
            "asterisk.url in the settings file, or try 'asterisk-agent demo', which brings its own PBX"
        )
    log.configure(settings.log)
    from asterisk_agent.app import StartError, running_agent

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        async with running_agent(settings) as agent:
            await agent.serve(stop)

    failed = False
    try:
        uvloop.run(serve())
    except* StartError as group:  # alone, or out of the agent's task group
        failed = True
        typer.secho(str(first_of(group)), fg="red", err=True)
    if failed:
        sys.exit(1)


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception inside, however deep."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
