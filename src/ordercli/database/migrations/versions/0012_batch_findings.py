"""The findings of each batch, counted by code, so that they are known when its run has ended."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, the same on both engines; the findings of earlier batches are not known."""
    op.create_table(
        "batch_finding",
        sa.Column("batch_id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.PrimaryKeyConstraint("batch_id", "code"),
    )
