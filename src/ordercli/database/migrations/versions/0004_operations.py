"""What operators do: batches are resumed, entries discarded with a reason and purged, the queue paused."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and one table; nothing that exists is rewritten."""
    op.add_column("batch", sa.Column("worker", TEXT, nullable=True))
    op.add_column("batch", sa.Column("resume_with", TEXT, nullable=True))
    op.add_column("batch", sa.Column("purged", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("batch", sa.Column("purged_completed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("inbound_entry", sa.Column("reason", TEXT, nullable=True))
    op.create_table(
        "queue_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused_at", TEXT, nullable=False),
        sa.CheckConstraint("id = 1", name="one_pause"),
        sa.PrimaryKeyConstraint("id"),
    )
