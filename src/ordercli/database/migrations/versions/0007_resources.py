"""Kinds of orders: a customer order names its kind, and an external id is unique in each kind."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT, where

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and the kind to the unique indexes; the same on both engines."""
    op.add_column("customer_order", sa.Column("resource", TEXT, nullable=False, server_default="productOrder"))
    op.drop_index("order_external_id", "customer_order")
    op.create_index("order_external_id", "customer_order", ["external_id", "source", "resource"], unique=True)
    op.drop_index("entry_external_id", "inbound_entry")
    op.create_index(
        "entry_external_id",
        "inbound_entry",
        ["external_id", "source", "resource"],
        unique=True,
        **where("external_id IS NOT NULL AND state NOT IN ('error', 'cancelled')"),
    )
