"""When an order at a target was last asked for, so that questions count in the limit of the target per second."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT, where

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and its index, the same on both engines."""
    op.add_column("forward", sa.Column("asked_at", TEXT, nullable=True))
    op.create_index("forward_asked", "forward", ["target", "asked_at"], **where("asked_at IS NOT NULL"))
