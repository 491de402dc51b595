"""Orders of TMF622 v5: profiles by version, two more states, and further external identifiers."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.migrations.rebuild import rebuild_table
from ordercli.database.models import KEY, TEXT

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ORDER_STATES = (
    "new acknowledged in_progress awaiting_information on_hold assessing_cancellation cancellation_in_progress rejected"
    " canceled completed failed partial draft in_progress_accepted"
)
# The transitions that were allowed when this schema was released.
FOLLOWERS = {
    "new": "acknowledged rejected in_progress canceled",
    "draft": "acknowledged in_progress canceled",
    "acknowledged": "in_progress awaiting_information on_hold canceled in_progress_accepted",
    "in_progress": "awaiting_information on_hold assessing_cancellation completed failed partial canceled"
    " in_progress_accepted",
    "in_progress_accepted": "awaiting_information on_hold completed failed partial",
    "awaiting_information": "in_progress assessing_cancellation canceled",
    "on_hold": "in_progress assessing_cancellation canceled",
    "assessing_cancellation": "cancellation_in_progress",
    "cancellation_in_progress": "canceled",
}


def upgrade() -> None:
    """Rename stored profiles, admit the new states, and add the table; SQLite has to copy the orders for the states."""
    for table in ("batch", "inbound_entry", "customer_order"):
        op.execute(f"UPDATE {table} SET profile = 'tmf622-v4' WHERE profile = 'tmf622'")
    # The new table takes the name of the index.
    op.drop_index("order_external_id", "customer_order")
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("order_state", "customer_order", type_="check")
        op.create_check_constraint("order_state", "customer_order", _state_check())
    else:
        _rebuild_orders()
    op.create_index("order_key", "customer_order", ["external_id", "source", "resource"], unique=True)
    _guard_states()
    op.create_table(
        "order_external_id",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("type", TEXT, nullable=True),
        sa.Column("id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["payload.seq"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", "n"),
        sqlite_with_rowid=False,
    )
    op.create_index("further_external_id", "order_external_id", ["id", "source"])


def _state_check() -> str:
    return " OR ".join(f"state = '{state}'" for state in ORDER_STATES.split())


def _rebuild_orders() -> None:
    rebuild_table(
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
        sa.Column("assessed_from", TEXT, nullable=True),
        sa.Column("resource", TEXT, nullable=False, server_default="productOrder"),
        sa.CheckConstraint(_state_check(), name="order_state"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["seq"], ["payload.seq"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("order_id"),
    )


def _guard_states() -> None:
    """Make the trigger that refuses every other transition of an order anew."""
    pairs = [(state, after) for state, followers in FOLLOWERS.items() for after in followers.split()]
    allowed = ", ".join(f"('{state}', '{after}')" for state, after in pairs)
    on_sqlite = op.get_context().dialect.name == "sqlite"
    values, equals = (f"VALUES {allowed}", "IS") if on_sqlite else (allowed, "IS NOT DISTINCT FROM")
    condition = (
        f"OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN ({values})"
        f" AND NOT (OLD.state = 'assessing_cancellation' AND NEW.state {equals} OLD.assessed_from)"
    )
    event = "BEFORE UPDATE OF state ON customer_order"
    if on_sqlite:
        op.execute("DROP TRIGGER order_state_transition")
        op.execute(
            f"CREATE TRIGGER order_state_transition {event} WHEN {condition}"
            " BEGIN SELECT RAISE(ABORT, 'this state does not follow that one'); END"
        )
        return
    op.execute("DROP TRIGGER order_state_transition ON customer_order")
    op.execute(
        f"CREATE TRIGGER order_state_transition {event} FOR EACH ROW WHEN ({condition})"
        " EXECUTE FUNCTION order_state_transition()"
    )
