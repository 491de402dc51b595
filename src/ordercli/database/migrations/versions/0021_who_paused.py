"""Who paused the queue, and why."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns, the same on both engines; of a pause that is in force, both stay unknown."""
    op.add_column("queue_pause", sa.Column("paused_by", TEXT))
    op.add_column("queue_pause", sa.Column("reason", TEXT))
