"""Requests of the dialogue, kept in the records."""

from __future__ import annotations

from datetime import UTC, datetime

from asterisk_agent.dialog.reference import new_reference
from asterisk_agent.dialog.services import DeskError, Request
from asterisk_agent.records.database import DatabaseError
from asterisk_agent.records.rows import Requested
from asterisk_agent.records.writer import RecordWriter


class RecordDesk:
    """The Desk protocol on the record writer: on the disk or in the database when ``leave`` returns."""

    def __init__(self, writer: RecordWriter) -> None:
        self._writer = writer

    async def leave(self, request: Request) -> str:
        """Keep it; the reference. Raises DeskError."""
        reference = new_reference()
        row = Requested(
            # Processes that do not see each other may choose the same reference; neither's request may be lost.
            id=f"{reference}-{new_reference(9)}",
            call_id=request.call_id,
            at=datetime.now(UTC),
            kind=request.kind,
            order_number=request.order,
            intent=request.intent,
            summary=request.summary,
            words=request.words,
            phone=request.phone,
            destination=request.destination,
            due=request.due,
        )
        try:
            await self._writer.keep(row)
        except DatabaseError as error:
            raise DeskError(str(error)) from None
        return reference
