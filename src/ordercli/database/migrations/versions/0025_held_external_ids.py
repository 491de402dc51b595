"""The indexes of the external ids of entries no longer name the state, which each claim and completion changes.

An entry holds its external id until it fails, when it has an error code, or is withdrawn, when it has a reason. SQLite
copies the entries for the constraint by which a reason says this; PostgreSQL adds it. Schemas before 0004 kept no reason,
and somebody may have put a withdrawn entry back into the queue with SQL: the state decides.
"""

import sqlalchemy as sa
from alembic import op

from ordercli.database.migrations.rebuild import rebuild_table
from ordercli.database.models import KEY, TEXT, where

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

EVERY = ("new", "in_progress", "pending", "completed", "error", "cancelled")
STATES = " OR ".join(f"state = '{each}'" for each in EVERY)
WITHDRAWN = "(state = 'cancelled') = (reason IS NOT NULL)"


def upgrade() -> None:
    """Add the constraint, and make the indexes anew."""
    op.drop_index("entry_external_id", "inbound_entry")
    op.drop_index("entry_lost_external_id", "inbound_entry")
    op.execute(
        "UPDATE inbound_entry SET reason = CASE WHEN state = 'cancelled' THEN 'discarded' END"
        " WHERE (state = 'cancelled') <> (reason IS NOT NULL)"
    )
    if op.get_context().dialect.name == "postgresql":
        op.create_check_constraint("entry_withdrawn", "inbound_entry", WITHDRAWN)
    else:
        _rebuild()
    op.create_index(
        "entry_external_id",
        "inbound_entry",
        ["external_id", "source", "resource"],
        unique=True,
        **where("external_id IS NOT NULL AND error_code IS NULL AND reason IS NULL"),
    )
    op.create_index(
        "entry_lost_external_id",
        "inbound_entry",
        ["external_id"],
        **where("external_id IS NOT NULL AND (error_code IS NOT NULL OR reason IS NOT NULL)"),
    )


def _rebuild() -> None:
    rebuild_table(
        "inbound_entry",
        sa.Column("seq", KEY, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("order_id", "resource")),
        sa.Column("external_id", TEXT),
        *(sa.Column(name, TEXT, nullable=False) for name in ("source", "profile")),
        sa.Column("filled_currency", TEXT),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        *(sa.Column(name, TEXT) for name in ("error_code", "error")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("attempts", "losses")),
        sa.Column("isolated", sa.Boolean(), nullable=False),
        *(sa.Column(name, TEXT) for name in ("worker", "claim_token", "claim_expires_at", "execute_after")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("created_at", "updated_at")),
        sa.Column("finished_at", TEXT),
        *(sa.Column(name, TEXT, nullable=False) for name in ("batch_id", "file")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("line", "record")),
        *(sa.Column(name, TEXT) for name in ("work_notes", "reason", "exported_at", "sent_again_as", "target")),
        *(sa.Column(name, TEXT) for name in ("submitted_by", "changed_by")),
        sa.PrimaryKeyConstraint("seq"),
        sa.CheckConstraint("(state = 'error') = (error_code IS NOT NULL)", name="entry_error"),
        sa.CheckConstraint("(state = 'in_progress') = (claim_token IS NOT NULL)", name="entry_claim"),
        sa.CheckConstraint(STATES, name="entry_state"),
        sa.CheckConstraint(WITHDRAWN, name="entry_withdrawn"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["seq"], ["payload.seq"]),
        sa.UniqueConstraint("order_id"),
    )
