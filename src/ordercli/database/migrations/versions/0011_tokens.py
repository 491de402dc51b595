"""Tokens of clients that send requests over HTTP."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, the same on both engines; nothing that exists is rewritten."""
    op.create_table(
        "api_token",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("created", TEXT, nullable=False),
        sa.Column("expires", TEXT, nullable=True),
        sa.Column("last_used", TEXT, nullable=True),
        sa.CheckConstraint("role = 'read' OR role = 'order' OR role = 'operate'", name="role"),
        sa.PrimaryKeyConstraint("name"),
    )
