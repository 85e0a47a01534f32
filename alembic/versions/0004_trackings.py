"""What carriers last said of parcels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trackings",
        sa.Column("tracking", sa.String(100), nullable=False),
        sa.Column("carrier", sa.String(40), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipment", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("tracking", name="pk_trackings"),
    )
    op.create_index("ix_trackings_as_of", "trackings", ["as_of"])


def downgrade() -> None:
    op.drop_table("trackings")
