"""The values for which the orders of each batch were refused, each with an example."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and a table, the same on both engines; what earlier batches refused is not known."""
    op.add_column("batch_finding", sa.Column("refused", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "batch_value",
        sa.Column("batch_id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("external_id", TEXT, nullable=True),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("pointer", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.PrimaryKeyConstraint("batch_id", "code", "value"),
    )
