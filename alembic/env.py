"""Runs the migrations on the connection that the agent hands over (``asterisk-agent db upgrade``)."""

from __future__ import annotations

from alembic import context

from asterisk_agent.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
