"""The tables. Times are UTC; identifiers are made by the writer, so that a repeated write changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LOST = "lost"
"""Outcome of a call whose process died under it."""

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcTime(TypeDecorator[datetime]):
    """A moment: aware on both sides, UTC in the database (SQLite keeps no offset)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the product."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[str]: JSON}


class CallRow(Base):
    """One call with the agent. ``ended_at`` is empty while it lasts, and stays so if the process died.

    ``outcome`` is then LOST, from the moment when another process of the machine found out. ``level`` is the
    caller's identity level, ``sentiment`` theirs at the end from -1 to 1, ``process`` the writer's id.
    """

    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    caller_number: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(200))
    intent: Mapped[str | None] = mapped_column(String(40))
    order_number: Mapped[str | None] = mapped_column(String(64))
    level: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str | None] = mapped_column(String(40))
    sentiment: Mapped[float | None] = mapped_column(Float)
    process: Mapped[str] = mapped_column(String(64))


class TurnRow(Base):
    """One exchange. Times in milliseconds; all but ``number`` may be unknown (a greeting has no caller's words).

    ``sentiment`` of the caller up to here, -1 furious to 1 delighted.
    """

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at_ms: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    said: Mapped[str] = mapped_column(Text)
    reply: Mapped[str] = mapped_column(Text)
    heard: Mapped[str | None] = mapped_column(Text)
    intent: Mapped[str | None] = mapped_column(String(40))
    recognition_ms: Mapped[float | None] = mapped_column(Float)
    endpoint_ms: Mapped[float | None] = mapped_column(Float)
    understanding_ms: Mapped[float | None] = mapped_column(Float)
    lookup_ms: Mapped[float | None] = mapped_column(Float)
    synthesis_ms: Mapped[float | None] = mapped_column(Float)
    transport_ms: Mapped[float | None] = mapped_column(Float)
    response_ms: Mapped[float | None] = mapped_column(Float)
    sentiment: Mapped[float | None] = mapped_column(Float)


class AuditRow(Base):
    """One disclosure or identity attempt, for whoever must account for it."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_call_id", "call_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    order_number: Mapped[str] = mapped_column(String(64))
    fields: Mapped[list[str]]
    level: Mapped[int] = mapped_column(Integer)


class RequestRow(Base):
    """Something that people are to do for a caller: a callback, a ticket, a claim, a text message.

    ``id`` begins with the reference that the caller was told, up to the dash. It outlives its call's records. ``due``
    empty: as soon as possible; ``closed_at`` empty: still to be done.
    """

    __tablename__ = "requests"
    __table_args__ = (Index("ix_requests_closed_at", "closed_at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    order_number: Mapped[str] = mapped_column(String(64))
    intent: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(String(40))
    destination: Mapped[str] = mapped_column(String(40))
    due: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class PassageRow(Base):
    """The embedding of a passage of the shop's texts, so that it is computed once for all processes.

    ``digest`` is that of model and text; ``vector`` float32, little endian.
    """

    __tablename__ = "passages"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class TrackingRow(Base):
    """What a carrier or aggregator last said of a parcel: a ``Shipment`` as JSON. ``tracking`` in plain characters."""

    __tablename__ = "trackings"

    tracking: Mapped[str] = mapped_column(String(100), primary_key=True)
    carrier: Mapped[str] = mapped_column(String(40))
    system: Mapped[str] = mapped_column(String(40))
    as_of: Mapped[datetime] = mapped_column(index=True)
    shipment: Mapped[dict[str, Any]]


class TransferRow(Base):
    """One hand-off to people."""

    __tablename__ = "transfers"
    __table_args__ = (Index("ix_transfers_call_id", "call_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    destination: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(80))
