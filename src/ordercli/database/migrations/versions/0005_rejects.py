"""Rejects that are sent again: which lines were accepted, which entries exported, what runs over requests refused."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT, where

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns, indexes and one table, the same on both engines; nothing that exists is rewritten."""
    op.add_column("batch", sa.Column("rejects_digest", TEXT, nullable=True))
    op.add_column("batch", sa.Column("kind", TEXT, nullable=False, server_default="submit"))
    op.add_column("batch", sa.Column("part_of", TEXT, nullable=True))
    op.create_index("batch_kind", "batch", ["kind", "started_at"])
    op.create_index("batch_part", "batch", ["part_of"], **where("part_of IS NOT NULL"))
    op.add_column("inbound_entry", sa.Column("exported_at", TEXT, nullable=True))
    op.add_column("inbound_entry", sa.Column("sent_again_as", TEXT, nullable=True))
    op.create_table(
        "sent_again",
        sa.Column("batch_id", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("order_id", TEXT, nullable=False),
        sa.Column("sent_in", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["sent_in"], ["batch.id"]),
        sa.PrimaryKeyConstraint("batch_id", "file", "record"),
        sqlite_with_rowid=False,
    )
