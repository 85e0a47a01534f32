"""``asterisk-agent listen``: what the recogniser hears in a recording."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from asterisk_agent.settings import Speech


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("listen")(listen)


def listen(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A WAV file: PCM, float, µ-law or A-law, any rate and channels.")],
    engine: Annotated[str, typer.Option(help="'whisper' or 'vosk'; empty: as the settings say.")] = "",
    prompt: Annotated[str, typer.Option(help="Words that are likely, for engines that take a prompt.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print what the recogniser hears in a recording, utterance by utterance, with times and confidence.

    Times are seconds of the recording (milliseconds in JSON); decode is the engine's own work.
    """
    from asterisk_agent.audio.vad import VoiceActivityError
    from asterisk_agent.audio.wav import WavError
    from asterisk_agent.cli import settings_of
    from asterisk_agent.speech.protocols import SpeechError

    speech = settings_of(context).speech
    if engine not in {"", "whisper", "vosk"}:
        typer.secho(f"--engine {engine}: no such engine; known: whisper, vosk", fg="red", err=True)
        raise typer.Exit(2)
    if engine:
        speech = speech.model_copy(update={"recognizer": engine})
    try:
        asyncio.run(_listen(file, speech, prompt, as_json))
    except (SpeechError, VoiceActivityError, WavError) as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None


async def _listen(file: Path, speech: Speech, prompt: str, as_json: bool) -> None:
    from asterisk_agent.audio import wav
    from asterisk_agent.audio.vad import VoiceActivity
    from asterisk_agent.speech import recognizers
    from asterisk_agent.speech.listening import listen as heard_in
    from asterisk_agent.speech.protocols import Hints
    from asterisk_agent.speech.workers import Workers

    pcm, rate = await asyncio.to_thread(wav.read, file)
    workers = Workers(speech.workers)
    recognizer = recognizers.create(speech, workers)
    try:
        await recognizer.warm()
        count = 0
        async for heard in heard_in(pcm, rate, VoiceActivity.load(), recognizer, Hints(prompt=prompt)):
            count += 1
            if as_json:
                typer.echo(json.dumps(asdict(heard), ensure_ascii=False))
            else:
                times = f"{heard.start_ms / 1000:7.2f} {heard.end_ms / 1000:7.2f}"
                figures = f"{heard.confidence:4.0%}  decode {heard.decode_ms:4.0f} ms"
                typer.echo(f"{times}  {figures}  {heard.text or '(nothing)'}")
        if not count:
            typer.echo(f"no speech in {file} ({len(pcm) / rate:.1f} s)", err=True)
    finally:
        await recognizer.close()
        await workers.close()
