"""The caller's sentiment, of turns and of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("calls", "turns"):
        op.add_column(table, sa.Column("sentiment", sa.Float, nullable=True))


def downgrade() -> None:
    for table in ("turns", "calls"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("sentiment")
