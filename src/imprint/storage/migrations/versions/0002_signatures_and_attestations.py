"""Signatures and attestations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("spki", sa.LargeBinary(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("signer", sa.String(length=1024), nullable=False),
        sa.Column("valid_from", sa.Double(), nullable=False),
        sa.Column("valid_until", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "attestations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("predicate_type", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("bundle", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("domain", sa.String(length=64), nullable=True),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("logged_at", sa.Double(), nullable=True),
        sa.CheckConstraint("kind IN ('provenance', 'publish')", name=op.f("ck_attestations_kind")),
        sa.CheckConstraint(
            "state IN ('verified', 'waiting', 'unsigned')", name=op.f("ck_attestations_state")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_attestations_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestations")),
        sa.UniqueConstraint("version_id", "kind", name=op.f("uq_attestations_version_id_kind")),
    )
    with op.batch_alter_table("attestations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attestations_state"), ["state"], unique=False)

    # Not in batches: SQLite would make the tables anew, and rows of others point at theirs.
    op.add_column(
        "packages",
        sa.Column("provenance_required", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("versions", sa.Column("signatures", sa.LargeBinary(), nullable=True))
    op.add_column("versions", sa.Column("signed_with", sa.String(length=64), nullable=True))
    op.create_index(
        op.f("ix_versions_signed_with_unpublished_at"),
        "versions",
        ["signed_with", "unpublished_at"],
        unique=False,
    )
