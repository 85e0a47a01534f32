"""Calls, turns with timings, audit, transfers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_STEPS = ("recognition", "endpoint", "understanding", "lookup", "synthesis", "transport", "response")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("caller_number", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("intent", sa.String(40)),
        sa.Column("order_number", sa.String(64)),
        sa.Column("level", sa.Integer),
        sa.Column("outcome", sa.String(40)),
        sa.Column("process", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_table(
        "turns",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("heard", sa.Text),
        sa.Column("intent", sa.String(40)),
        *(sa.Column(f"{step}_ms", sa.Float) for step in _STEPS),
        sa.PrimaryKeyConstraint("call_id", "number", name="pk_turns"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_turns_call_id", ondelete="CASCADE"),
    )
    for table, own in (
        (
            "audit",
            (
                sa.Column("kind", sa.String(20), nullable=False),
                sa.Column("order_number", sa.String(64), nullable=False),
                sa.Column("fields", sa.JSON, nullable=False),
                sa.Column("level", sa.Integer, nullable=False),
            ),
        ),
        (
            "transfers",
            (
                sa.Column("destination", sa.String(40), nullable=False),
                sa.Column("reason", sa.String(80), nullable=False),
            ),
        ),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.String(64), nullable=False),
            sa.Column("call_id", sa.String(64), nullable=False),
            sa.Column("at", _TIME, nullable=False),
            *own,
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=f"fk_{table}_call_id", ondelete="CASCADE"),
        )
        op.create_index(f"ix_{table}_call_id", table, ["call_id"])


def downgrade() -> None:
    for table in ("transfers", "audit", "turns", "calls"):
        op.drop_table(table)
