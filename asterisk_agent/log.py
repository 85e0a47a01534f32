"""Structured logs: a static message and fields; personal fields are redacted unless the operator turns them on."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from asterisk_agent.settings import Log

PERSONAL = "personal_"
"""Prefix of fields that hold transcripts, names, numbers or tool arguments."""


def configure(settings: Log) -> None:
    """Send all logs of the process to standard error in the configured form."""
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _keep if settings.personal else _redact,
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    if settings.format == "text":
        shared.append(_escape)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries log through the standard library: their warnings belong in the same stream.
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )


def _redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {key: "(redacted)" if key.startswith(PERSONAL) and value else value for key, value in event.items()}


def _escape(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """No field can move the reader's cursor, colour the terminal or begin a line of its own."""
    return {
        key: _printable(value) if isinstance(value, str) and key != "exception" else value
        for key, value in event.items()
    }


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _keep(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return event
