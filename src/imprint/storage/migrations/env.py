"""What Alembic runs around the migrations. The connection is given, and so is its transaction."""

from __future__ import annotations

from alembic import context

from imprint.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it; the same migration must run on both engines.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
