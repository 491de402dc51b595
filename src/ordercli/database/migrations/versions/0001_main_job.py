"""The inbound queue, customer orders and their lines."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import KEY, TEXT, where

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Entries change their state a few times and are deleted: their pages need room, and a vacuum before they are many.
HOT = (
    "ALTER TABLE inbound_entry SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
    " autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05,"
    " autovacuum_vacuum_cost_delay = 0)"
)


def upgrade() -> None:
    """Make the tables of the first schema."""
    op.create_table(
        "batch",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("inputs", TEXT, nullable=False),
        sa.Column("track_id", TEXT, nullable=True),
        sa.Column("idempotency_key", TEXT, nullable=True),
        sa.Column("input_sha256", TEXT, nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("rejects_file", TEXT, nullable=True),
        sa.Column("rejects_bytes", KEY, nullable=False),
        sa.Column("started_at", TEXT, nullable=False),
        sa.Column("finished_at", TEXT, nullable=True),
        sa.CheckConstraint("status = 'processing' OR status = 'completed' OR status = 'failed'", name="batch_status"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("batch_key", "batch", ["idempotency_key"], unique=True, **where("idempotency_key IS NOT NULL"))
    op.create_index(op.f("ix_batch_started_at"), "batch", ["started_at"], unique=False)
    op.create_table(
        "payload",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "customer_order",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("order_id", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("filled_currency", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fulfillment_type", TEXT, nullable=False),
        sa.Column("currency", TEXT, nullable=True),
        sa.Column("customer_id", TEXT, nullable=True),
        sa.Column("channel_id", TEXT, nullable=True),
        sa.Column("requested_start_date", TEXT, nullable=True),
        sa.Column("requested_completion_date", TEXT, nullable=True),
        sa.Column("committed_due_date", TEXT, nullable=True),
        sa.Column("batch_id", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.CheckConstraint(
            "state = 'new' OR state = 'acknowledged' OR state = 'in_progress' OR state = 'awaiting_information' OR state = 'on_hold' OR state = 'assessing_cancellation' OR state = 'cancellation_in_progress' OR state = 'rejected' OR state = 'canceled' OR state = 'completed' OR state = 'failed' OR state = 'partial'",
            name="order_state",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["seq"],
            ["payload.seq"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("order_id"),
    )
    op.create_index("order_batch", "customer_order", ["batch_id"], unique=False)
    op.create_index("order_by_state", "customer_order", ["state", "created_at"], unique=False)
    op.create_index("order_created", "customer_order", ["created_at"], unique=False)
    op.create_index("order_currency", "customer_order", ["currency", "created_at"], unique=False)
    op.create_index("order_customer", "customer_order", ["customer_id", "created_at"], unique=False)
    op.create_index("order_external_id", "customer_order", ["external_id", "source"], unique=True)
    op.create_index("order_updated", "customer_order", ["updated_at"], unique=False)
    op.create_table(
        "inbound_entry",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("order_id", TEXT, nullable=False),
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("filled_currency", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("error_code", TEXT, nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("isolated", sa.Boolean(), nullable=False),
        sa.Column("worker", TEXT, nullable=True),
        sa.Column("claim_token", TEXT, nullable=True),
        sa.Column("claim_expires_at", TEXT, nullable=True),
        sa.Column("execute_after", TEXT, nullable=True),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("finished_at", TEXT, nullable=True),
        sa.Column("batch_id", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'error') = (error_code IS NOT NULL)", name="entry_error"),
        sa.CheckConstraint("(state = 'in_progress') = (claim_token IS NOT NULL)", name="entry_claim"),
        sa.CheckConstraint(
            "state = 'new' OR state = 'in_progress' OR state = 'pending' OR state = 'completed' OR state = 'error' OR state = 'cancelled'",
            name="entry_state",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["seq"],
            ["payload.seq"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("order_id"),
    )
    op.create_index("entry_batch", "inbound_entry", ["batch_id", "state"], unique=False)
    op.create_index("entry_claimable", "inbound_entry", ["isolated", "seq"], unique=False, **where("state = 'new'"))
    op.create_index("entry_claimed", "inbound_entry", ["claim_token"], unique=False, **where("state = 'in_progress'"))
    op.create_index("entry_due", "inbound_entry", ["execute_after"], unique=False, **where("state = 'pending'"))
    op.create_index(
        "entry_external_id",
        "inbound_entry",
        ["external_id", "source"],
        unique=True,
        **where("external_id IS NOT NULL AND state NOT IN ('error', 'cancelled')"),
    )
    op.create_index(
        "entry_lost_external_id",
        "inbound_entry",
        ["external_id"],
        unique=False,
        **where("external_id IS NOT NULL AND state IN ('error', 'cancelled')"),
    )
    op.create_index(
        "entry_finished",
        "inbound_entry",
        ["state", "finished_at"],
        unique=False,
        **where("state IN ('completed', 'error', 'cancelled')"),
    )
    op.create_table(
        "order_line_item",
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("item_id", TEXT, nullable=False),
        sa.Column("parent_item_id", TEXT, nullable=True),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("action_reason", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ponr", sa.Boolean(), nullable=False),
        sa.Column("quantity", TEXT, nullable=True),
        sa.Column("mrc", TEXT, nullable=True),
        sa.Column("nrc", TEXT, nullable=True),
        sa.Column("product_offering_id", TEXT, nullable=True),
        sa.Column("product_specification_id", TEXT, nullable=True),
        sa.Column("product_id", TEXT, nullable=True),
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("committed_due_date", TEXT, nullable=True),
        sa.Column("external_inventory_id", TEXT, nullable=True),
        sa.CheckConstraint(
            "state = 'new' OR state = 'acknowledged' OR state = 'in_progress' OR state = 'awaiting_information' OR state = 'on_hold' OR state = 'assessing_cancellation' OR state = 'cancellation_in_progress' OR state = 'rejected' OR state = 'canceled' OR state = 'completed' OR state = 'failed'",
            name="line_state",
        ),
        sa.ForeignKeyConstraint(
            ["order_seq"],
            ["customer_order.seq"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_characteristic_value",
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("line_n", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("value", TEXT, nullable=True),
        sa.Column("previous_value", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["order_seq", "line_n"],
            ["order_line_item.order_seq", "order_line_item.n"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "line_n", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_line_item_contact",
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("line_n", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("party_id", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("first_name", TEXT, nullable=True),
        sa.Column("last_name", TEXT, nullable=True),
        sa.Column("email", TEXT, nullable=True),
        sa.Column("phone", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["order_seq", "line_n"],
            ["order_line_item.order_seq", "order_line_item.n"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "line_n", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_line_related_item",
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("line_n", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("related_id", TEXT, nullable=True),
        sa.Column("relationship_type", TEXT, nullable=True),
        sa.CheckConstraint("kind = 'line' OR kind = 'product'", name="related_kind"),
        sa.ForeignKeyConstraint(
            ["order_seq", "line_n"],
            ["order_line_item.order_seq", "order_line_item.n"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "line_n", "n"),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(HOT)
