"""Requests over HTTP: kept answers, and a counter by which a long-lived process sees that reference data changed."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import KEY, TEXT

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, the same on both engines; nothing that exists is rewritten."""
    op.create_table(
        "reference_generation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("n", KEY, nullable=False),
        sa.CheckConstraint("id = 1", name="one_generation"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "kept_answer",
        sa.Column("client", TEXT, nullable=False),
        sa.Column("idempotency_key", TEXT, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", TEXT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("client", "idempotency_key"),
    )
    op.create_index("kept_answer_age", "kept_answer", ["created_at"])
