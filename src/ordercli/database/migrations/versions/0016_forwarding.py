"""Forwarding: entries and batches name the system that their orders go to; what is known of each forwarded order."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT, where

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_FINISHED = "state IN ('completed', 'error', 'cancelled')"


def upgrade() -> None:
    """Add columns, tables and indexes, the same on both engines; no row is rewritten.

    The indexes by which the local queue finds its entries leave out those for other systems, which have an index of
    their own. The column is in them too: SQLite would otherwise read each entry to count them.
    """
    op.add_column("inbound_entry", sa.Column("target", TEXT, nullable=True))
    op.add_column("batch", sa.Column("target", TEXT, nullable=True))
    _replace_index("entry_claimable", ["isolated", "seq", "target"], "state = 'new' AND target IS NULL")
    _replace_index("entry_due", ["execute_after", "target"], "state = 'pending' AND target IS NULL")
    _replace_index("entry_claimed", ["claim_token", "seq", "target"], "state = 'in_progress'")
    _replace_index("entry_finished", ["state", "finished_at", "target"], _FINISHED)
    _replace_index(
        "entry_of_other_kind", ["resource", "state", "target"], "resource <> 'productOrder' AND target IS NULL"
    )
    op.create_index(
        "entry_of_target",
        "inbound_entry",
        ["target", "state", "execute_after", "seq"],
        **where("target IS NOT NULL"),
    )
    op.create_table(
        "forward",
        sa.Column("order_id", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("holds_id", sa.Boolean(), nullable=False),
        sa.Column("remote_id", TEXT, nullable=True),
        sa.Column("remote_href", TEXT, nullable=True),
        sa.Column("remote_state", TEXT, nullable=True),
        sa.Column("sent_at", TEXT, nullable=True),
        sa.Column("lookups", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_body", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_index(
        "forward_external_id", "forward", ["target", "resource", "external_id"], unique=True, **where("holds_id")
    )
    op.create_index("forward_sent", "forward", ["target", "sent_at"], **where("sent_at IS NOT NULL"))
    op.create_table(
        "target_pause",
        sa.Column("target", TEXT, nullable=False),
        sa.Column("paused_at", TEXT, nullable=False),
        sa.Column("until", TEXT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )


def _replace_index(name: str, columns: list[str], condition: str) -> None:
    op.drop_index(name, "inbound_entry")
    op.create_index(name, "inbound_entry", columns, **where(condition))
