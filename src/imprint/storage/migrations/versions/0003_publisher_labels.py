"""Publisher labels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "publisher_labels",
        sa.Column("publisher_id", sa.String(length=36), nullable=False),
        sa.Column("repository", sa.String(length=1024), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("publisher_id", "repository", name=op.f("pk_publisher_labels")),
    )
