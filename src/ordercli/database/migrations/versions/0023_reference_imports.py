"""When the records of each type were last imported."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, the same on both engines; of what was imported before, the time stays unknown."""
    op.create_table(
        "reference_import",
        sa.Column("type", TEXT, nullable=False),
        sa.Column("imported_at", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("type"),
    )
