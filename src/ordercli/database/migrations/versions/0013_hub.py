"""Subscriptions to events, and the lease of the server that delivers them."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, the same on both engines; nothing that exists is rewritten."""
    op.create_table(
        "hub_subscription",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=True),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("callback", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("cursor", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", TEXT, nullable=True),
        sa.Column("next_at", TEXT, nullable=True),
        sa.Column("last_error", TEXT, nullable=True),
        sa.Column("disabled_at", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hub_lease",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
