"""The inbound queue, customer orders and their lines."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the first schema."""
    op.create_table(
        "batch",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("inputs", sa.String(), nullable=False),
        sa.Column("track_id", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("input_sha256", sa.String(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("rejects_file", sa.String(), nullable=True),
        sa.Column("rejects_bytes", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.CheckConstraint("status = 'processing' OR status = 'completed' OR status = 'failed'", name="batch_status"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "batch_key", "batch", ["idempotency_key"], unique=True, sqlite_where=sa.text("idempotency_key IS NOT NULL")
    )
    op.create_index(op.f("ix_batch_started_at"), "batch", ["started_at"], unique=False)
    op.create_table(
        "payload",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "customer_order",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("filled_currency", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fulfillment_type", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("channel_id", sa.String(), nullable=True),
        sa.Column("requested_start_date", sa.String(), nullable=True),
        sa.Column("requested_completion_date", sa.String(), nullable=True),
        sa.Column("committed_due_date", sa.String(), nullable=True),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
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
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("filled_currency", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("isolated", sa.Boolean(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("claim_token", sa.String(), nullable=True),
        sa.Column("claim_expires_at", sa.String(), nullable=True),
        sa.Column("execute_after", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
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
    op.create_index(
        "entry_claimable", "inbound_entry", ["isolated", "seq"], unique=False, sqlite_where=sa.text("state = 'new'")
    )
    op.create_index(
        "entry_claimed", "inbound_entry", ["claim_token"], unique=False, sqlite_where=sa.text("state = 'in_progress'")
    )
    op.create_index(
        "entry_due", "inbound_entry", ["execute_after"], unique=False, sqlite_where=sa.text("state = 'pending'")
    )
    op.create_index(
        "entry_external_id",
        "inbound_entry",
        ["external_id", "source"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL AND state NOT IN ('error', 'cancelled')"),
    )
    op.create_index(
        "entry_lost_external_id",
        "inbound_entry",
        ["external_id"],
        unique=False,
        sqlite_where=sa.text("external_id IS NOT NULL AND state IN ('error', 'cancelled')"),
    )
    op.create_index(
        "entry_finished",
        "inbound_entry",
        ["state", "finished_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('completed', 'error', 'cancelled')"),
    )
    op.create_table(
        "order_line_item",
        sa.Column("order_seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("parent_item_id", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("action_reason", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ponr", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=True),
        sa.Column("mrc", sa.String(), nullable=True),
        sa.Column("nrc", sa.String(), nullable=True),
        sa.Column("product_offering_id", sa.String(), nullable=True),
        sa.Column("product_specification_id", sa.String(), nullable=True),
        sa.Column("product_id", sa.String(), nullable=True),
        sa.Column("place_id", sa.String(), nullable=True),
        sa.Column("committed_due_date", sa.String(), nullable=True),
        sa.Column("external_inventory_id", sa.String(), nullable=True),
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
        sa.Column("order_seq", sa.Integer(), nullable=False),
        sa.Column("line_n", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("previous_value", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_seq", "line_n"],
            ["order_line_item.order_seq", "order_line_item.n"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "line_n", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_line_item_contact",
        sa.Column("order_seq", sa.Integer(), nullable=False),
        sa.Column("line_n", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_seq", "line_n"],
            ["order_line_item.order_seq", "order_line_item.n"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "line_n", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_line_related_item",
        sa.Column("order_seq", sa.Integer(), nullable=False),
        sa.Column("line_n", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("related_id", sa.String(), nullable=True),
        sa.Column("relationship_type", sa.String(), nullable=True),
        sa.CheckConstraint("kind = 'line' OR kind = 'product'", name="related_kind"),
        sa.ForeignKeyConstraint(
            ["order_seq", "line_n"],
            ["order_line_item.order_seq", "order_line_item.n"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "line_n", "n"),
        sqlite_with_rowid=False,
    )
