"""Putting records into the tables, so that putting the same ones again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import String, Table, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from asterisk_agent.records.database import WRITES
from asterisk_agent.records.rows import Audit, CallEnded, CallStarted, ProcessDied, Record, Requested, Transferred, Turn
from asterisk_agent.records.tables import LOST, AuditRow, Base, CallRow, RequestRow, TransferRow, TurnRow

_TABLES: dict[type[Record], type[Base]] = {
    CallStarted: CallRow,
    Turn: TurnRow,
    Audit: AuditRow,
    Transferred: TransferRow,
    Requested: RequestRow,
}


_DATA_FAULTS = ("22", "23")
"""Classes of SQLSTATE that blame the data, not the server (PostgreSQL documentation, appendix A)."""


class Refused(Exception):
    """One of these records breaks the database's rules, now and ever; none of them was written."""


async def store(engine: AsyncEngine, records: Iterable[Record]) -> None:
    """All of these in one transaction. Raises Refused, or SQLAlchemyError or OSError when the database is down."""
    try:
        async with engine.execution_options(**{WRITES: True}).begin() as connection:
            for record in records:
                await _put(connection, record)
    except (IntegrityError, DataError) as error:
        raise Refused(str(error.orig)) from None
    except DBAPIError as error:
        if str(getattr(error.orig, "sqlstate", None) or "").startswith(_DATA_FAULTS):
            raise Refused(str(error.orig)) from None
        raise


async def _put(connection: AsyncConnection, record: Record) -> None:
    match record:
        case CallEnded():
            calls = _table(CallRow)
            fields = _fitted(calls, asdict(record))
            done = await connection.execute(update(calls).where(calls.c.id == fields.pop("id")).values(fields))
            if done.rowcount == 0:
                raise Refused(f"no call has the id {record.id}")
        case ProcessDied():
            calls = _table(CallRow)
            open_ones = (calls.c.process == record.process) & calls.c.ended_at.is_(None)
            await connection.execute(update(calls).where(open_ones).values(outcome=LOST))
        case _:
            await _upsert(connection, _table(_TABLES[type(record)]), asdict(record))


async def _upsert(connection: AsyncConnection, table: Table, values: dict[str, Any]) -> None:
    fields = _fitted(table, values)
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in fields.items() if name not in keys}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(insert(table).values(fields).on_conflict_do_update(index_elements=keys, set_=rest))


def _fitted(table: Table, fields: dict[str, Any]) -> dict[str, Any]:
    """Texts as the columns can hold them: a caller's strange name must not cost the record of the call."""
    fitted: dict[str, Any] = {}
    for name, value in fields.items():
        column = table.c[name].type
        if isinstance(value, str) and isinstance(column, String):
            # No NUL (PostgreSQL) and no lone surrogates (UTF-8).
            fitted[name] = value.replace("\0", "").encode(errors="replace").decode()[: column.length]
        else:
            fitted[name] = list(value) if isinstance(value, tuple) else value
    return fitted


def _table(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)
    return table
